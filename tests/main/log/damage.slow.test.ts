import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isWalWhole } from '../../../main/log/damage.ts'
import { openLogFile, type LogFile } from '../../../main/log/file.ts'
import { quickFolder } from '../../support/disk.ts'
import { flipBeside, flipLog, flipSmall, tearLast } from '../../damage.ts'
import { testLog } from '../../support/vault.ts'

const count = 60
/** Large enough that some lie over several pages. */
const entryOf = (at: number): Buffer => Buffer.alloc(100 + (at % 5) * 1_500, at + 1)
const all = Array.from({ length: count }, (_, at) => entryOf(at))
let directory: string

beforeEach(() => {
  directory = quickFolder()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function open(at: string): LogFile {
  const file = openLogFile({ directory: at, mode: 'write', ...testLog, maximumPages: null })
  if (!file.ok) throw new Error(file.error.message)
  return file.value
}

const text = (entry: Uint8Array): string => Buffer.from(entry).toString('latin1')

/** The files of a home in which each of `entries` was a commit of its own, as a kill leaves them. */
function imageOfDead(entries: readonly Uint8Array[]): Record<'values.sqlite' | 'values.sqlite-wal' | 'writer.pid', Buffer> {
  const file = open(directory)
  for (const entry of entries) file.append([entry])
  const read = (name: string): Buffer => readFileSync(join(directory, name))
  const image = { 'values.sqlite': read('values.sqlite'), 'values.sqlite-wal': read('values.sqlite-wal'), 'writer.pid': read('writer.pid') }
  file.close()
  return image
}

/** Opens a home of these files, reads it, writes to it, and opens it again. */
function live(files: Readonly<Record<string, Uint8Array>>): { readonly entries: readonly Uint8Array[]; readonly said: boolean; readonly kept: readonly string[] } {
  const home = mkdtempSync(join(directory, 'home-'))
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(home, name), bytes)
  const file = open(home)
  const loaded = file.load()
  if (!loaded.ok) throw new Error(loaded.error.message)
  if (file.opened.kind === 'writable') expect(file.append([Buffer.from('after')])).toEqual({ ok: true, value: undefined })
  file.close()
  const again = open(home)
  const more = again.load()
  if (file.opened.kind === 'writable') expect(more.ok && more.value.entries.map(text)).toEqual([...loaded.value.entries.map(text), 'after'])
  again.close()
  const kept = readdirSync(home).filter((name) => name.startsWith('damaged-'))
  rmSync(home, { recursive: true, force: true })
  return { entries: loaded.value.entries, said: loaded.value.notice !== null || file.opened.kind !== 'writable', kept }
}

/** How many of what was written are there; fails where anything else is. */
function survivors(entries: readonly Uint8Array[]): number {
  for (const entry of entries) expect(Buffer.compare(entry, all[(entry[0] ?? 0) - 1] ?? Buffer.of())).toBe(0)
  return entries.length
}

function flipped(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0xff
  return copy
}

describe('a damaged home', () => {
  it('with a byte changed anywhere opens with nearly all that it held, says where something is lost, and can be written', { timeout: 60_000 }, () => {
    const file = open(directory)
    file.append(all)
    file.close()
    const whole = readFileSync(join(directory, 'values.sqlite'))
    const signed = readFileSync(join(directory, 'writer.pid'))
    const places = [...Array.from({ length: 100 }, (_, at) => at), ...Array.from({ length: 80 }, (_, at) => Math.floor((at + 0.5) * (whole.length / 80)))]
    let lossless = 0
    for (const at of places) {
      const { entries, said } = live({ 'values.sqlite': flipped(whole, at), 'writer.pid': signed })
      const left = survivors(entries)
      expect(left, `byte ${at}`).toBeGreaterThan(count / 2)
      if (left < count) expect(said, `byte ${at}`).toBe(true)
      else lossless += 1
    }
    expect(lossless).toBeGreaterThan(50)
  })

  it('cut off anywhere opens, says what is lost, and keeps the damaged file', { timeout: 60_000 }, () => {
    const file = open(directory)
    file.append(all)
    file.close()
    const whole = readFileSync(join(directory, 'values.sqlite'))
    const signed = readFileSync(join(directory, 'writer.pid'))
    let last = 0
    for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 60)) {
      const { entries, said, kept } = live({ 'values.sqlite': whole.subarray(0, length), 'writer.pid': signed })
      last = survivors(entries)
      expect(said, `${length} bytes`).toBe(true)
      expect(kept, `${length} bytes`).toHaveLength(length === 0 ? 0 : 1)
    }
    expect(last).toBeGreaterThan(count / 2)
  })

  it('with a byte changed in what a kill left beside it opens with what was written before, and says so', { timeout: 60_000 }, () => {
    const image = imageOfDead(all)
    expect(survivors(live(image).entries)).toBe(count)
    const wal = image['values.sqlite-wal']
    let silent = 0
    for (let at = 0; at < wal.length; at += Math.ceil(wal.length / 70)) {
      const { entries, said, kept } = live({ ...image, 'values.sqlite-wal': flipped(wal, at) })
      if (survivors(entries) < count) expect(said, `byte ${at}`).toBe(true)
      else silent += 1
      if (said) expect(kept).toHaveLength(1)
    }
    expect(silent).toBeLessThan(12)
  })

  it('with a log beside it that was cut off keeps every commit before the cut', { timeout: 60_000 }, () => {
    const image = imageOfDead(all)
    const wal = image['values.sqlite-wal']
    const left: number[] = []
    for (let length = 0; length < wal.length; length += Math.ceil(wal.length / 60)) {
      left.push(survivors(live({ ...image, 'values.sqlite-wal': wal.subarray(0, length) }).entries))
    }
    expect(left).toEqual([...left].sort((one, other) => one - other))
    expect(left.at(-1)).toBeGreaterThan(count - 5)
  })
})

/* Every place: node tests/damage.ts. */
describe('a small home, at one place in so many', () => {
  it('with a byte changed in its log, or beside it, loses what is there and no more, and says so', { timeout: 60_000 }, () => {
    for (const { places, lossless, least, wrong } of [flipLog(199, 3), flipLog(1_021, 4_096)]) {
      expect([wrong, places > 20, lossless > places / 4]).toEqual([[], true, true])
      expect(least).toBeGreaterThan(8)
    }
    const { wrong, least } = flipBeside(2_503, 7)
    expect([wrong, least > 9]).toEqual([[], true])
  })

  it('cut off within what was written last has all that came before it', { timeout: 60_000 }, () => {
    expect(tearLast(173)).toMatchObject({ wrong: [], least: 11, lossless: 0 })
  })

  it('with a byte changed in any other of its files opens with all that it held, among its devices, and the doctor finds it', { timeout: 120_000 }, async () => {
    const { places, lossless, wrong } = await flipSmall(157, 40)
    expect([wrong, places > 15, lossless]).toEqual([[], true, places])
  })
})

describe('SQLite’s log', () => {
  it('is whole as SQLite leaves it, and not with a byte changed in a commit', () => {
    const wal = imageOfDead(all)['values.sqlite-wal']
    expect(isWalWhole(wal)).toBe(true)
    expect(isWalWhole(wal.subarray(0, -1))).toBe(true)
    expect(isWalWhole(Buffer.alloc(0))).toBe(true)
    expect(isWalWhole(flipped(wal, 12))).toBe(false)
    expect(isWalWhole(flipped(wal, 5_000))).toBe(false)
    expect(isWalWhole(flipped(wal, wal.length - 3))).toBe(false)
  })

  it('is whole where a new round stands before what is left of an old one', () => {
    /* SQLite brings the log over into the file after 1,000 pages, and begins again at its front. */
    const wal = imageOfDead(Array.from({ length: 1_100 }, (_, at) => Buffer.alloc(3_000, at)))['values.sqlite-wal']
    const frame = 24 + 4_096
    expect((wal.length - 32) / frame).toBeGreaterThan(1_000)
    expect(wal.readUInt32BE(32 + 8)).not.toBe(wal.readUInt32BE(wal.length - frame + 8))
    expect(isWalWhole(wal)).toBe(true)
    expect(isWalWhole(flipped(wal, 100))).toBe(false)
  })
})
