import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLogFile, type LogFile } from '../../../main/log/file.ts'
import type { LogMode } from '../../../main/log/log.ts'
import type { Result } from '../../../shared/result.ts'
import { fillDisk, mountDisk, quickFolder } from '../../support/disk.ts'
import { testLog } from '../../support/vault.ts'

let base: string
let directory: string
beforeEach(() => {
  base = quickFolder()
  directory = base
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const tryOpen = (mode: LogMode = 'write', maximumPages: number | null = null): Result<LogFile> => openLogFile({ directory, mode, ...testLog, maximumPages })
function open(mode: LogMode = 'write'): LogFile {
  const file = tryOpen(mode)
  if (!file.ok) throw new Error(file.error.message)
  return file.value
}
function textsIn(file: LogFile): readonly string[] {
  const loaded = file.load()
  if (!loaded.ok) throw new Error(loaded.error.message)
  return loaded.value.entries.map((entry) => Buffer.from(entry).toString())
}
function write(...texts: readonly string[]): void {
  const file = open()
  expect(file.append(texts.map((text) => Buffer.from(text)))).toEqual({ ok: true, value: undefined })
  file.close()
}
/** Every file with what it holds. */
const snapshot = (): readonly (readonly [string, string])[] => readdirSync(directory).map((name) => [name, readFileSync(join(directory, name)).toString('base64')] as const)
const change = (sql: string): void => {
  const database = new DatabaseSync(join(directory, 'values.sqlite'))
  database.exec(sql)
  database.close()
}

describe('the file of the log', () => {
  it('belongs to the person alone, in a folder of their own', () => {
    directory = join(directory, 'new')
    write('a')
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    const file = open()
    for (const name of readdirSync(directory)) expect([name, statSync(join(directory, name)).mode & 0o777]).toEqual([name, 0o600])
    file.close()
  })

  it('keeps the name that the home was given', () => {
    const first = open()
    first.close()
    expect(first.opened.name).toMatch(/^[0-9a-f]{32}$/u)
    for (const mode of ['write', 'read'] as const) {
      const again = open(mode)
      expect(again.opened.name).toBe(first.opened.name)
      again.close()
    }
  })

  it('is read without a trace, whether it was closed in good order or is being written', () => {
    write('a', 'b')
    const before = snapshot()
    const reader = open('read')
    expect(textsIn(reader)).toEqual(['a', 'b'])
    expect(reader.append([Buffer.from('c')])).toMatchObject({ ok: false, error: { kind: 'read-only' } })
    reader.close()
    expect(snapshot()).toEqual(before)
    const writer = open()
    writer.append([Buffer.from('c')])
    expect(textsIn(open('read'))).toEqual(['a', 'b', 'c'])
    writer.append([Buffer.from('d')])
    expect(textsIn(open('read'))).toEqual(['a', 'b', 'c', 'd'])
    writer.close()
  })

  it('that is not there is nothing to read, and reading makes none', () => {
    directory = join(directory, 'nowhere')
    const reader = open('read')
    expect(reader.opened).toMatchObject({ kind: 'read-only', name: null, problem: { kind: 'not-found' } })
    expect(textsIn(reader)).toEqual([])
    expect(existsSync(directory)).toBe(false)
  })

  it('goes on where a crash came between putting a damaged file aside and putting its successor in place', () => {
    write('a')
    renameSync(join(directory, 'values.sqlite'), join(directory, 'values.sqlite-rebuilt'))
    mkdirSync(join(directory, 'damaged-1'))
    const file = open()
    expect(textsIn(file)).toEqual(['a'])
    file.close()
  })

  it('sets a row aside that is not what was written, once, says so, and keeps its bytes', () => {
    write('a', 'b', 'c')
    change("UPDATE entries SET bytes = CAST('x' AS BLOB) WHERE number = 2")
    const reader = open('read').load()
    expect(reader).toMatchObject({ ok: true, value: { notice: { message: 'one change that you made cannot be read any more' } } })
    const file = open()
    const loaded = file.load()
    expect(loaded.ok && [loaded.value.entries.map(String), loaded.value.notice?.message]).toEqual([['97', '99'], 'one change that you made cannot be read any more'])
    expect(textsIn(file)).toEqual(['a', 'c'])
    file.close()
    const again = open().load()
    expect(again).toMatchObject({ ok: true, value: { notice: null } })
    const database = new DatabaseSync(join(directory, 'values.sqlite'), { readOnly: true })
    expect(database.prepare('SELECT number, bytes FROM damaged').all()).toEqual([expect.objectContaining({ number: 2, bytes: Uint8Array.from(Buffer.from('x')) })])
    database.close()
  })
})

describe('a home of which something is gone', () => {
  it('says so where its file is, and has what can be read of what a kill had left beside it, which is kept', () => {
    const writer = open()
    writer.append([Buffer.from('a')])
    const image = snapshot()
    writer.close()
    const wal = Buffer.from(image.find(([name]) => name === 'values.sqlite-wal')?.[1] ?? '', 'base64')
    for (const left of [null, Buffer.alloc(0)]) {
      for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true })
      for (const [name, bytes] of image) writeFileSync(join(directory, name), Buffer.from(bytes, 'base64'))
      if (left === null) rmSync(join(directory, 'values.sqlite'))
      else writeFileSync(join(directory, 'values.sqlite'), left)
      const file = open()
      expect([textsIn(file), file.load().ok && file.load()]).toMatchObject([['a'], { value: { notice: { message: 'the newest changes could not all be read' } } }])
      expect(file.append([Buffer.from('b')])).toEqual({ ok: true, value: undefined })
      file.close()
      expect(readFileSync(join(directory, 'damaged-1', 'values.sqlite-wal'))).toEqual(wal)
    }
    for (const name of readdirSync(directory)) if (name !== 'writer.pid') rmSync(join(directory, name), { recursive: true })
    expect(open('read').load()).toMatchObject({ value: { notice: { message: 'the file that held your values was gone' } } })
    const file = open()
    expect(file.load()).toMatchObject({ value: { entries: [], notice: { message: 'the file that held your values was gone' } } })
    file.close()
    expect(open().load()).toMatchObject({ value: { notice: null } })
  })

  it('goes on where a crash came while a damaged file and what lay beside it were put aside', () => {
    write('old')
    renameSync(join(directory, 'values.sqlite'), join(base, 'of before'))
    for (const name of readdirSync(directory)) if (name.startsWith('values')) rmSync(join(directory, name))
    const before = open()
    before.append([Buffer.from('of the damaged one')])
    const beside = readFileSync(join(directory, 'values.sqlite-wal'))
    before.close()
    /* The file is in its folder, what lay beside it is not yet, and neither is its successor in place. */
    mkdirSync(join(directory, 'damaged-1'))
    renameSync(join(directory, 'values.sqlite'), join(directory, 'damaged-1', 'values.sqlite'))
    writeFileSync(join(directory, 'values.sqlite-wal'), beside)
    renameSync(join(base, 'of before'), join(directory, 'values.sqlite-rebuilt'))
    const file = open()
    expect(textsIn(file)).toEqual(['old'])
    file.close()
    expect(readFileSync(join(directory, 'damaged-2', 'values.sqlite-wal'))).toEqual(beside)
  })
})

it('a number that SQLite kept and that is damaged, or a table that is called otherwise, is no reason to take nothing', () => {
  const path = join(directory, 'values.sqlite')
  const rename = (): void => writeFileSync(path, Buffer.from(readFileSync(path).toString('latin1').replace('sqlite_sequence(name,seq)', 'sqlite_sequence(name,sex)'), 'latin1'))
  const spoil = [rename, "UPDATE sqlite_sequence SET name = 'entrie5'", 'UPDATE sqlite_sequence SET seq = 1 << 61', "UPDATE sqlite_sequence SET seq = 'x'", 'DELETE FROM sqlite_sequence', 'PRAGMA user_version = 0', 'PRAGMA user_version = 70000']
  for (const [at, how] of spoil.entries()) {
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true })
    write('a', 'b')
    if (typeof how === 'string') change(how)
    else how()
    const file = open()
    expect([at, file.opened.kind, textsIn(file), file.append([Buffer.from('c')])]).toEqual([at, 'writable', ['a', 'b'], { ok: true, value: undefined }])
    file.close()
    const again = open()
    expect([at, textsIn(again)]).toEqual([at, ['a', 'b', 'c']])
    again.close()
  }
})

describe('what stands in its place', () => {
  it('a link to somewhere else is refused, and what it leads to is left as it is', () => {
    write('a')
    const path = join(directory, 'values.sqlite')
    renameSync(path, join(base, 'elsewhere'))
    symlinkSync(join(base, 'elsewhere'), path)
    const before = readFileSync(join(base, 'elsewhere'))
    for (const mode of ['write', 'read'] as const) expect(tryOpen(mode)).toMatchObject({ ok: false, error: { kind: 'bad-input', message: 'the file that should hold your values is a link to somewhere else' } })
    expect([readFileSync(join(base, 'elsewhere')), readdirSync(base).some((name) => name.startsWith('elsewhere-'))]).toEqual([before, false])
  })

  it('a file of a newer version is opened for reading, said so, and left as it is', () => {
    write('a')
    change('PRAGMA user_version = 99')
    const before = snapshot()
    const file = open()
    expect(file.opened).toMatchObject({ kind: 'read-only', problem: { kind: 'read-only', message: expect.stringContaining('newer version') } })
    expect(textsIn(file)).toEqual(['a'])
    expect(file.append([Buffer.from('b')])).toMatchObject({ ok: false, error: { message: expect.stringContaining('newer version') } })
    file.close()
    expect(snapshot()).toEqual(before)
  })

  it('one that this version cannot even read is refused with the same words', () => {
    write('a')
    change('ALTER TABLE entries RENAME TO pages; PRAGMA user_version = 99')
    for (const mode of ['write', 'read'] as const) expect(tryOpen(mode)).toMatchObject({ ok: false, error: { kind: 'read-only', message: expect.stringContaining('newer version') } })
  })

  it('another program’s database, or any other file, is refused and left as it is', () => {
    const path = join(directory, 'values.sqlite')
    for (const make of [() => writeFileSync(path, 'my shopping list'.repeat(300)), () => change('CREATE TABLE songs (title TEXT)')]) {
      rmSync(path, { force: true })
      make()
      const before = readFileSync(path)
      for (const mode of ['write', 'read'] as const) expect(tryOpen(mode)).toMatchObject({ ok: false, error: { kind: 'bad-input', message: 'the file that should hold your values is some other program’s' } })
      expect(readFileSync(path)).toEqual(before)
    }
  })

  it('a file in place of the folder is one clear sentence', () => {
    directory = join(directory, 'file')
    writeFileSync(directory, 'x')
    for (const mode of ['write', 'read'] as const) expect(tryOpen(mode)).toMatchObject({ ok: false, error: { kind: 'bad-input', message: 'the home is not a folder' } })
  })
})

describe('a disk', () => {
  it('that cannot be written is read, with what a killed process left beside the file', () => {
    const disk = mountDisk(directory)
    try {
      const writer = open()
      writer.append([Buffer.from('a')])
      const image = snapshot()
      writer.close()
      for (const [name, bytes] of image) writeFileSync(join(directory, name), Buffer.from(bytes, 'base64'))
      disk.makeReadOnly()
      const file = open()
      expect(file.opened).toMatchObject({ kind: 'read-only', problem: { kind: 'read-only' } })
      expect(textsIn(file)).toEqual(['a'])
      expect(file.append([Buffer.from('b')])).toMatchObject({ ok: false, error: { kind: 'read-only' } })
    } finally {
      disk.end()
    }
  })

  it('that is full hides nothing of a home in which a row is damaged', () => {
    const disk = mountDisk(directory, 1_024)
    try {
      write('a', 'b', 'c')
      change("UPDATE entries SET bytes = CAST('x' AS BLOB) WHERE number = 2")
      const file = open()
      const filler = disk.isMounted ? fillDisk(directory) : null
      const loaded = file.load()
      expect(loaded.ok && [loaded.value.entries.map(String), loaded.value.notice?.message]).toEqual([['97', '99'], 'one change that you made cannot be read any more'])
      file.close()
      if (filler !== null) rmSync(filler)
    } finally {
      disk.end()
    }
  })

  it('that is full is a problem that passes: nothing is lost, it opens all the same, and takes the next change when there is room', () => {
    const disk = mountDisk(directory, 1_024)
    try {
      const file = disk.isMounted ? open() : tryOpen('write', 40)
      const log = 'ok' in file ? (file.ok ? file.value : null) : file
      if (log === null) throw new Error('it did not open')
      log.append([Buffer.from('a')])
      const filler = disk.isMounted ? fillDisk(directory) : null
      const huge = Buffer.alloc(300_000, 1)
      expect(log.append([huge])).toMatchObject({ ok: false, error: { kind: 'storage', message: 'there is no room left on the disk' } })
      expect(log.compact(huge)).toMatchObject({ ok: false, error: { kind: 'storage' } })
      expect(textsIn(log)).toEqual(['a'])
      if (filler !== null) rmSync(filler)
      expect(log.append([Buffer.from('b')])).toEqual({ ok: true, value: undefined })
      log.close()
      const second = disk.isMounted ? fillDisk(directory) : null
      const again = open()
      expect([again.opened.kind, textsIn(again)]).toEqual(['writable', ['a', 'b']])
      if (second !== null) {
        expect(again.append([Buffer.from('c')])).toMatchObject({ ok: false, error: { message: 'there is no room left on the disk' } })
        expect(again.compact(huge)).toMatchObject({ ok: false, error: { kind: 'storage' } })
        expect(tryOpen()).toMatchObject({ ok: false, error: { kind: 'conflict' } })
        rmSync(second)
      }
      expect(again.append([Buffer.from('c')])).toEqual({ ok: true, value: undefined })
      again.close()
      const last = open()
      expect(textsIn(last)).toEqual(['a', 'b', 'c'])
      last.close()
    } finally {
      disk.end()
    }
  })
})
