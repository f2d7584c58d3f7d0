/** A home of before, which is plain: sealed when it is opened for writing, in one step, with nothing plain left and nothing lost. */
import { closeSync, linkSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { openLogFile, type LogFile } from '../../../main/log/file.ts'
import { readLibrary } from '../../../main/packs.ts'
import { createFileKeystore } from '../../../main/peer/circle/keys.ts'
import { readPlaces } from '../../../main/peer/meeting/places.ts'
import { openHome } from '../../../main/replica.ts'
import { openVault } from '../../../main/vault/open.ts'
import { addCard } from '../../../shared/commands/card.ts'
import { createDocument, readGraph } from '../../../shared/document/document.ts'
import type { Result } from '../../../shared/result.ts'
import { filesIn, wordsFound } from '../../support/bytes.ts'
import { fillDisk, mountDisk } from '../../support/disk.ts'
import { writePlainFile, writePlainLog } from '../../support/plain.ts'
import { testLog } from '../../support/vault.ts'

const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }
const words = Array.from({ length: 12 }, (_, at) => `PLANTED-${at}-xylophone`)
const entries = words.map((word) => Buffer.from(`${word} ${'and so on '.repeat(300)}`))
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'steward-migrate-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = (more: Partial<Parameters<typeof openLogFile>[0]> = {}): Result<LogFile> => openLogFile({ directory, mode: 'write', ...testLog, takesPlain: true, maximumPages: null, ...more })
function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.message}; ${result.error.remedy}`)
  return result.value
}
function wordsIn(file: LogFile): readonly string[] {
  return value(file.load()).entries.map((entry) => Buffer.from(entry).toString().split(' ')[0] ?? '')
}
/** Opens, reads, closes; nothing plain is there then. */
function expectSealed(): void {
  const file = value(open())
  expect(file.opened).toMatchObject({ kind: 'writable', name: '00112233445566778899aabbccddeeff' })
  expect(wordsIn(file)).toEqual(words)
  expect(wordsFound(directory, words)).toEqual([])
  file.close()
  expect(wordsFound(directory, words)).toEqual([])
  const again = value(open({ takesPlain: false }))
  expect(wordsIn(again)).toEqual(words)
  again.close()
}

describe('a plain log', () => {
  it('is sealed whole, whether it was closed in good order or its newest rows lie beside it', () => {
    for (const isOpen of [false, true]) {
      rmSync(directory, { recursive: true })
      /* As after a kill: a copy of the files as they lie there. */
      const end = writePlainLog(directory, entries, { isOpen })
      const image = filesIn(directory)
      end()
      rmSync(directory, { recursive: true })
      for (const [path, bytes] of image) writePlainFile(directory, path, bytes)
      expect(wordsFound(directory, words).length).toBeGreaterThanOrEqual(words.length)
      expectSealed()
      expect(readdirSync(directory).filter((name) => /plain|sealed|-wal/u.test(name))).toEqual([])
    }
  })

  it('is overwritten before it goes: whoever still had it open finds nothing in it', () => {
    writePlainLog(directory, entries)()
    const old = openSync(join(directory, 'values.sqlite'), 'r')
    try {
      expect(readFileSync(old).includes('PLANTED-0')).toBe(true)
      expectSealed()
      const left = Buffer.alloc(200_000)
      const length = readSync(old, left, 0, left.length, 0)
      expect(left.subarray(0, length).includes('PLANTED')).toBe(false)
    } finally {
      closeSync(old)
    }
  })

  it('of which somebody keeps a second name is left whole under that', () => {
    writePlainLog(directory, entries)()
    const backup = mkdtempSync(join(tmpdir(), 'steward-backup-'))
    linkSync(join(directory, 'values.sqlite'), join(backup, 'kept'))
    const before = readFileSync(join(backup, 'kept'))
    expectSealed()
    expect(readFileSync(join(backup, 'kept'))).toEqual(before)
    rmSync(backup, { recursive: true })
  })

  it('keeps its rows that could not be read, sealed, and says those that are found then', () => {
    writePlainLog(directory, entries)()
    const database = new DatabaseSync(join(directory, 'values.sqlite'))
    database.exec("INSERT INTO damaged VALUES (3, CAST('PLANTED-earlier' AS BLOB)); UPDATE entries SET bytes = CAST('PLANTED-flipped' AS BLOB) WHERE number = 5")
    database.close()
    const file = value(open())
    expect(wordsIn(file)).toEqual(words.filter((_, at) => at !== 4))
    file.close()
    expect(wordsFound(directory, ['PLANTED'])).toEqual([])
    const sealed = new DatabaseSync(join(directory, 'values.sqlite'))
    expect(sealed.prepare('SELECT count(*) AS count FROM damaged').get()).toEqual({ count: 2 })
    sealed.close()
  })

  it('that is damaged is mended first, and what is put aside of it is sealed with the home', async () => {
    writePlainLog(directory, entries)()
    const path = join(directory, 'values.sqlite')
    const bytes = readFileSync(path)
    bytes.fill(0x55, 4096 * 3, 4096 * 3 + 300)
    writeFileSync(path, bytes)
    const home = value(await openHome({ directory, mode: 'write', random }))
    expect(home.notice?.message).toContain('could not be read')
    await home.close()
    expect(wordsFound(directory, words)).toEqual([])
    expect(readdirSync(join(directory, 'damaged-1'))).toContain('values.sqlite.sealed')
  })

  it('is read as it is where nobody may write, and without a trace', () => {
    writePlainLog(directory, entries)()
    const before = [...filesIn(directory)]
    expect(wordsIn(value(open({ mode: 'read', vault: null })))).toEqual(words)
    expect([...filesIn(directory)]).toEqual(before)
  })

  it('is refused where everything was sealed before: somebody put it there', () => {
    writePlainLog(directory, entries)()
    for (const mode of ['write', 'read'] as const) expect(open({ mode, takesPlain: false })).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining('is not sealed') } })
  })

  it('goes on from wherever a crash left it', () => {
    const path = join(directory, 'values.sqlite')
    const steps: readonly (() => void)[] = [
      /* While the sealed one was written. */
      () => writeFileSync(`${path}-sealed`, 'half of a database'),
      /* After the second name was given, to the file and to what lay beside it. */
      () => linkSync(path, `${path}-plain`),
      () => writeFileSync(`${path}-plain-wal`, 'PLANTED-beside'),
      /* Everything at once. */
      () => {
        writeFileSync(`${path}-sealed-journal`, 'x')
        linkSync(path, `${path}-plain`)
      }
    ]
    for (const crash of steps) {
      rmSync(directory, { recursive: true })
      writePlainLog(directory, entries)()
      crash()
      expectSealed()
    }
    /* After the sealed one took its place, and the plain one was still to be overwritten. */
    rmSync(directory, { recursive: true })
    writePlainLog(directory, entries)()
    renameSync(path, join(directory, 'kept'))
    writePlainLog(directory, entries)()
    value(open()).close()
    renameSync(join(directory, 'kept'), `${path}-plain`)
    expectSealed()
  })

  it('that another program is reading waits for it to end', () => {
    const end = writePlainLog(directory, entries, { isOpen: true })
    const reader = new DatabaseSync(join(directory, 'values.sqlite'), { readOnly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM entries').get()
    end()
    const writer = new DatabaseSync(join(directory, 'values.sqlite'))
    writer.exec("INSERT INTO entries (bytes, checksum) VALUES (x'00', x'00'); DELETE FROM entries WHERE bytes = x'00'")
    expect(open()).toMatchObject({ ok: false, error: { kind: 'conflict' } })
    reader.close()
    writer.close()
    expectSealed()
  })

  it('for whose sealed copy there is no room is read, all of it, and sealed as soon as there is', () => {
    writePlainLog(directory, entries)()
    const file = value(open({ maximumPages: 6 }))
    expect(file.opened).toMatchObject({ kind: 'read-only', problem: { message: 'there is no room left on the disk' } })
    expect(wordsIn(file)).toEqual(words)
    file.close()
    expect(readdirSync(directory).filter((name) => /sealed|plain/u.test(name))).toEqual([])
    expectSealed()
  })

  it('on a disk that is really full, or cannot be written, is read too', async () => {
    const disk = mountDisk(directory, 1_024)
    try {
      writePlainLog(directory, entries)()
      const filler = disk.isMounted ? fillDisk(directory) : null
      const full = value(await openHome({ directory, mode: 'write', random }))
      if (filler !== null) {
        expect(full.state()).toMatchObject({ kind: 'read-only' })
        rmSync(filler)
      }
      await full.close()
      const before = [...filesIn(directory)].filter(([path]) => path === 'values.sqlite')
      disk.makeReadOnly()
      if (disk.isMounted) {
        const read = value(await openHome({ directory, mode: 'write', random }))
        expect(read.state()).toMatchObject({ kind: 'read-only', problem: { kind: 'read-only' } })
        await read.close()
        expect([...filesIn(directory)].filter(([path]) => path === 'values.sqlite')).toEqual(before)
      }
    } finally {
      disk.end()
    }
  })
})

describe('a whole plain home', () => {
  it('is sealed at its next opening: values, devices, packs, and what was put aside; all is there as before', async () => {
    const doc = createDocument(1)
    value(addCard(doc, { title: 'PLANTED-card', policies: ['PLANTED-line'] }, { now: 1, newId: () => crypto.randomUUID() }))
    writePlainLog(directory, [Y.encodeStateAsUpdate(doc)])()
    writePlainLog(join(directory, 'devices'), [Buffer.from('PLANTED-envelope')])()
    writePlainFile(directory, 'devices/keys', 'PLANTED-secret')
    writePlainFile(directory, 'devices/places.json', JSON.stringify({ port: 5, relay: null, devices: { 'PLANTED-device': ['10.0.0.1:5'] } }))
    const pack = [{ id: 'planted-pack', title: 'PLANTED-title', licence: 'CC0-1.0', author: 'Ana', language: 'en' }, { id: 'late', domain: 'friendship', mode: 'theory', situation: 'PLANTED-situation', options: ['Wait', 'Go'], paraphrases: ['Again.'], reversibility: 'easily', stakes: 'low' }]
    writePlainFile(directory, 'packs/planted-pack.jsonl', pack.map((line) => JSON.stringify(line)).join('\n'))
    writePlainFile(directory, 'packs/planted-half.jsonl.part', 'PLANTED-half')
    writePlainFile(directory, 'damaged-1/values.sqlite', 'PLANTED-aside')
    writePlainFile(directory, 'devices/damaged-2/values.sqlite-wal', 'PLANTED-aside')
    mkdirSync(join(directory, 'packs', 'folder.json'))

    const looked = value(await openHome({ directory, mode: 'read', random }))
    expect(Object.values(readGraph(looked.doc).cards).map(({ title }) => title)).toEqual(['PLANTED-card'])
    expect((await readLibrary({ directory, seal: looked.seal })).packs.at(-1)).toMatchObject({ id: 'planted-pack' })
    await looked.close()

    const home = value(await openHome({ directory, mode: 'write', random }))
    expect([home.notice, home.name]).toEqual([null, '00112233445566778899aabbccddeeff'])
    await home.close()
    expect(wordsFound(directory, ['planted', '10.0.0.1'])).toEqual([])

    const again = value(await openHome({ directory, mode: 'write', random }))
    expect(Object.values(readGraph(again.doc).cards).map(({ title, policies }) => [title, policies.map(({ text }) => text)])).toEqual([['PLANTED-card', ['PLANTED-line']]])
    expect(again.seal.takesPlain).toBe(false)
    expect(Buffer.from(value(createFileKeystore(directory, again.seal).read()) ?? []).toString()).toBe('PLANTED-secret')
    expect(readPlaces(directory, again.seal)).toMatchObject({ port: 5, devices: { 'PLANTED-device': ['10.0.0.1:5'] } })
    expect((await readLibrary({ directory, seal: again.seal })).scenarios.at(-1)).toMatchObject({ situation: 'PLANTED-situation' })
    const devices = value(openLogFile({ directory: join(directory, 'devices'), mode: 'write', vault: again.seal.vault?.material() ?? null, store: 'devices', takesPlain: false, why: null, maximumPages: null }))
    expect(wordsIn(devices)).toEqual(['PLANTED-envelope'])
    devices.close()
    await again.close()
  })

  it('is not taken for one again once all is sealed: a plain file that is put there then is left out', async () => {
    await value(await openHome({ directory, mode: 'write', random })).close()
    const home = value(await openHome({ directory, mode: 'read', random }))
    writePlainFile(directory, 'devices/keys', 'a key of somebody else')
    expect(createFileKeystore(directory, home.seal).read()).toEqual({ ok: true, value: null })
    await home.close()
    const opening = value(await openVault({ directory, mode: 'read' }))
    expect(opening).toMatchObject({ kind: 'open', isSealed: true })
  })
})
