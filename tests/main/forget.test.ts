/** Forgetting for good, seen from outside: the bytes of the home, file by file, before and after. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLog } from '../../main/log/log.ts'
import { openHome, openHomeOn, type Home } from '../../main/replica.ts'
import { addCard, editText, forgetCard, removePolicy, setStatus } from '../../shared/commands/card.ts'
import { startSession, writeAnswer } from '../../shared/commands/session.ts'
import { saveVersion } from '../../shared/commands/version.ts'
import { readGraph } from '../../shared/document/document.ts'
import { fail } from '../../shared/result.ts'
import type { CardId } from '../../shared/schema.ts'
import { connectClient } from '../support/client.ts'
import { createMemoryDisk, openMemoryStorage } from '../support/storage.ts'
import { createTransportPair } from '../support/transport.ts'

const random = { bytes: (length: number) => randomBytes(length) }
let directory: string
let number = 0
const maker = { now: 1_000, newId: () => `id-${(number += 1)}` }

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'steward-forget-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function open(): Promise<Home> {
  const home = await openHome({ directory, mode: 'write', random })
  if (!home.ok) throw new Error(home.error.message)
  return home.value
}

/** The rows of the log but the first, which is the card that stays, as they lie in the file; each by bytes out of its middle. */
function rows(): readonly Buffer[] {
  const database = new DatabaseSync(join(directory, 'values.sqlite'), { readOnly: true })
  try {
    return database.prepare('SELECT bytes FROM entries ORDER BY number').all().slice(1).map(({ bytes }) => Buffer.from(bytes as Uint8Array)).filter(({ length }) => length > 64).map((bytes) => bytes.subarray(16, 64))
  } finally {
    database.close()
  }
}

/** Which of these stand in some file of the home, whichever it is. */
async function found<Sought extends string | Buffer>(words: readonly Sought[]): Promise<readonly Sought[]> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true })
  const bytes = Buffer.concat(await Promise.all(files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name)))))
  return words.filter((word) => bytes.includes(word))
}

const secret = ['Xylotitle', 'xyloline', 'xylotaken', 'xylomended', 'xylostory', 'xyloobstacle', 'xyloanswer']

/** A card that was written, mended, put by twice, put into words further, and in force; and one beside it. */
function write(home: Home): CardId {
  const { doc } = home
  const value = <Value>(result: { ok: true; value: Value } | { ok: false; error: { message: string } }): Value => {
    if (!result.ok) throw new Error(result.error.message)
    return result.value
  }
  value(addCard(doc, { title: 'Keptitle', policies: ['keptline of mine'] }, maker))
  const card = value(addCard(doc, { title: 'Xylotitle', story: 'The xylostory of it.', policies: ['the xyloline', 'the xylotaken line'] }, maker))
  value(saveVersion(doc, card, maker))
  const [line, taken] = readGraph(doc).cards[card]?.policies ?? []
  value(editText(doc, { kind: 'policy', card, policy: line?.id as never }, 'the xyloline xylomended', maker))
  value(removePolicy(doc, card, taken?.id as never, maker))
  value(editText(doc, { kind: 'card', card, field: 'obstacles' }, 'A xyloobstacle', maker))
  value(setStatus(doc, card, 'endorsed', maker))
  value(saveVersion(doc, card, maker))
  const session = value(startSession(doc, 'choice', maker, { card }))
  value(writeAnswer(doc, session, 'story', 'A xyloanswer', maker))
  value(editText(doc, { kind: 'card', card, field: 'obstacles' }, '', maker))
  return card
}

describe('a card that is forgotten for good', () => {
  it('has left no word in any file of the home once that is saved, and the others are there', async () => {
    const home = await open()
    const card = write(home)
    expect((await home.saved()).ok).toBe(true)
    const before = rows()
    expect(before.length).toBeGreaterThan(3)
    expect(await found(before)).toEqual(before)
    expect(forgetCard(home.doc, card).ok).toBe(true)
    expect((await home.saved()).ok).toBe(true)
    expect([await found(before), await found(secret)]).toEqual([[], []])
    await home.close()
    expect([await found(before), await found(secret)]).toEqual([[], []])
    const again = await open()
    expect(Object.values(readGraph(again.doc).cards).map(({ title }) => title)).toEqual(['Keptitle'])
    await again.close()
  })

  it('is as gone where a window forgot it, or another device, and where the home is closed at once', async () => {
    const home = await open()
    const card = write(home)
    const [near, far] = createTransportPair()
    home.connect(far)
    const window = connectClient(near)
    await home.saved()
    const before = rows()
    await expect.poll(() => Object.keys(readGraph(window.doc).cards)).toContain(card)
    forgetCard(window.doc, card)
    await expect.poll(() => Object.keys(readGraph(home.doc).cards)).not.toContain(card)
    await home.close()
    expect([await found(before), await found(secret)]).toEqual([[], []])
  })

  it('is gone after the next start where a crash came before the log was replaced', async () => {
    const home = await open()
    const card = write(home)
    await home.saved()
    await home.close()
    /* The log as a crash leaves it: the forgetting is appended, and all that was before still there. */
    const log = await openLog({ directory, mode: 'write', ...home.seal })
    if (!log.ok) throw new Error(log.error.message)
    const entries = await log.value.load()
    if (!entries.ok) throw new Error(entries.error.message)
    const disk = createMemoryDisk()
    for (const entry of entries.value) await openMemoryStorage(disk).append(entry)
    const copy = await openHomeOn({ ...openMemoryStorage(disk), compact: () => Promise.resolve(fail('storage', 'the disk is full', 'free some room')) }, { random, name: null, problem: null })
    if (!copy.ok) throw new Error(copy.error.message)
    const updates: Uint8Array[] = []
    copy.value.doc.on('update', (update: Uint8Array) => updates.push(update))
    forgetCard(copy.value.doc, card)
    for (const update of updates) await log.value.append(update)
    await log.value.abandon()
    await copy.value.close()
    const before = rows()
    expect(await found(before)).toEqual(before)
    const again = await open()
    await expect.poll(async () => [await found(before), await found(secret)]).toEqual([[], []])
    expect(Object.values(readGraph(again.doc).cards).map(({ title }) => title)).toEqual(['Keptitle'])
    await again.close()
  })

  it('is forgotten all the same where the log cannot be replaced, and its words go as soon as it can', async () => {
    const disk = createMemoryDisk()
    const real = openMemoryStorage(disk)
    let isFull = true
    const home = await openHomeOn({ ...real, compact: (bytes) => (isFull ? Promise.resolve(fail('storage', 'the disk is full', 'free some room')) : real.compact(bytes)) }, { random, name: null, problem: null })
    if (!home.ok) throw new Error(home.error.message)
    const holds = (word: string): boolean => disk.entries.some((entry) => Buffer.from(entry).includes(word))
    const card = write(home.value)
    expect((await home.value.saved()).ok).toBe(true)
    expect(secret.filter(holds)).toEqual(secret)
    forgetCard(home.value.doc, card)
    expect((await home.value.saved()).ok).toBe(true)
    expect(secret.filter(holds)).toEqual(secret)
    isFull = false
    addCard(home.value.doc, { title: 'Another' }, maker)
    expect((await home.value.saved()).ok).toBe(true)
    expect([...secret, 'Keptitle', 'Another'].filter(holds)).toEqual(['Keptitle', 'Another'])
    await home.value.close()
  })
})
