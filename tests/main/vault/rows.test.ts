/** Somebody who can write the disk, and has not the key, changes rows of a sealed log: whatever they do is seen. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checksumOf } from '../../../main/log/damage.ts'
import { openLogFile, type LogFile } from '../../../main/log/file.ts'
import { createVault, newMaterial } from '../../../main/vault/vault.ts'
import { testLog } from '../../support/vault.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'steward-rows-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function open(more: Partial<Parameters<typeof openLogFile>[0]> = {}): LogFile {
  const file = openLogFile({ directory, mode: 'write', ...testLog, maximumPages: null, ...more })
  if (!file.ok) throw new Error(file.error.message)
  return file.value
}
/** What is read then, and what is said. */
function read(): readonly [texts: readonly string[], notice: string | null] {
  const file = open()
  const loaded = file.load()
  file.close()
  if (!loaded.ok) throw new Error(loaded.error.message)
  return [loaded.value.entries.map((entry) => Buffer.from(entry).toString()), loaded.value.notice?.message ?? null]
}
function write(...texts: readonly string[]): void {
  const file = open()
  for (const text of texts) file.append([Buffer.from(text)])
  file.close()
}
interface Raw {
  readonly number: number
  readonly bytes: Uint8Array
  readonly checksum: Uint8Array
}
/** As somebody with the file alone, who puts every checksum right. */
function tamper(change: (rows: readonly Raw[]) => readonly Raw[]): void {
  const database = new DatabaseSync(join(directory, 'values.sqlite'))
  const rows = database.prepare('SELECT * FROM entries ORDER BY number').all() as unknown as readonly Raw[]
  database.exec('DELETE FROM entries')
  const insert = database.prepare('INSERT INTO entries VALUES (?, ?, ?)')
  for (const { number, bytes } of change(rows)) insert.run(number, bytes, checksumOf(bytes))
  database.close()
}
function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, where) => (where === at ? byte ^ 0x10 : byte))
}

describe('rows that are', () => {
  it('exchanged do not open', () => {
    write('a', 'b', 'c')
    tamper((rows) => rows.map((row, at) => ({ ...row, bytes: (at === 0 ? rows[1] : at === 1 ? rows[0] : row)?.bytes ?? row.bytes })))
    expect(read()).toEqual([['c'], '2 changes that you made cannot be read any more'])
    expect(read()).toEqual([['c'], null])
  })

  it('said twice, or of another log, another home, or plain, do not open', () => {
    const other = createVault(newMaterial())
    write('a')
    const [own] = ((): readonly Raw[] => {
      let found: readonly Raw[] = []
      tamper((rows) => (found = rows))
      return found
    })()
    const foreign = [own?.bytes ?? new Uint8Array(), Buffer.concat([Buffer.of(0), other.seal(Buffer.from('evil'), ['log', 'values', 3, 0])]), Buffer.from('evil'), Buffer.of()]
    tamper((rows) => [...rows, ...foreign.map((bytes, at) => ({ number: 2 + at, bytes, checksum: bytes }))])
    expect(read()).toEqual([['a'], '4 changes that you made cannot be read any more'])
  })

  it('flipped in any byte are set aside, and the others kept', () => {
    write('a', 'some more words', 'c')
    let length = 0
    tamper((rows) => {
      length = rows[1]?.bytes.length ?? 0
      return rows
    })
    for (let at = 0; at < length; at += 1) {
      tamper((rows) => rows.map((row) => (row.number === 2 ? { ...row, bytes: flip(row.bytes, at) } : row)))
      const looked = open({ mode: 'read' }).load()
      expect(looked.ok && [looked.value.entries.map((entry) => Buffer.from(entry).toString()), looked.value.notice?.message]).toEqual([['a', 'c'], 'one change that you made cannot be read any more'])
      tamper((rows) => rows.map((row) => (row.number === 2 ? { ...row, bytes: flip(row.bytes, at) } : row)))
    }
    expect(read()).toEqual([['a', 'some more words', 'c'], null])
  })

  it('taken out from among the others, or from the end, are missed, once', () => {
    write('a', 'b', 'c', 'd')
    tamper((rows) => rows.filter(({ number }) => number !== 2))
    expect(read()).toEqual([['a', 'c', 'd'], 'one change that you made cannot be read any more'])
    expect(read()).toEqual([['a', 'c', 'd'], null])
    tamper((rows) => rows.slice(0, -1))
    expect(read()).toEqual([['a', 'c'], 'one change that you made cannot be read any more'])
    write('e')
    expect(read()).toEqual([['a', 'c', 'e'], null])
  })

  it('put back after they were replaced are left out, and the replacement is not undone', () => {
    write('a', 'b')
    let old: readonly Raw[] = []
    tamper((rows) => (old = rows))
    const file = open()
    file.compact(Buffer.from('all of it'))
    file.append([Buffer.from('c')])
    file.close()
    tamper((rows) => [...old, ...rows])
    expect(read()).toEqual([['all of it', 'c'], '2 changes that you made cannot be read any more'])
    expect(read()).toEqual([['all of it', 'c'], null])
  })
})

describe('a sealed log', () => {
  it('is refused without its key or with another, and stays as it is', () => {
    write('a')
    expect(openLogFile({ directory, mode: 'write', ...testLog, vault: null, maximumPages: null })).toMatchObject({ ok: false, error: { kind: 'denied' } })
    expect(openLogFile({ directory, mode: 'read', ...testLog, vault: null, maximumPages: null })).toMatchObject({ ok: false, error: { kind: 'denied' } })
    expect(read()).toEqual([['a'], null])
  })

  it('gives its rows numbers that go on after a row was set aside, so that none is sealed twice for one place', () => {
    write('a', 'b')
    tamper((rows) => rows.map((row) => (row.number === 2 ? { ...row, bytes: flip(row.bytes, 20) } : row)))
    read()
    write('c')
    const database = new DatabaseSync(join(directory, 'values.sqlite'))
    expect(database.prepare('SELECT number FROM entries ORDER BY number').all().map(({ number }) => number)).toEqual([1, 3])
    database.close()
  })
})
