import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { writeUpdate } from 'y-protocols/sync'
import * as Y from 'yjs'
import { compaction, openHome, openHomeOn, type Home } from '../../main/replica.ts'
import { addCard, editText } from '../../shared/commands/card.ts'
import { createDocument, readGraph } from '../../shared/document/document.ts'
import { currentLayout } from '../../shared/document/layout.ts'
import type { Random, Storage } from '../../shared/ports.ts'
import { fail } from '../../shared/result.ts'
import type { CardId } from '../../shared/schema.ts'
import { readFrame, writeFrame, type Frame } from '../../shared/wire.ts'
import { connectClient, type Client } from '../support/client.ts'
import { createMemoryDisk, openMemoryStorage, type MemoryDisk } from '../support/storage.ts'
import { mountDisk } from '../support/disk.ts'
import { createTransportPair } from '../support/transport.ts'
import { seeded } from '../support/worlds.ts'

const random: Random = { bytes: (length) => randomBytes(length) }
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'steward-home-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function open(mode: 'write' | 'read' = 'write', at = directory): Promise<Home> {
  const home = await openHome({ directory: at, mode, random })
  if (!home.ok) throw new Error(home.error.message)
  return home.value
}

async function openOn(disk: MemoryDisk): Promise<Home> {
  const home = await openHomeOn(openMemoryStorage(disk), { random, name: null, problem: null })
  if (!home.ok) throw new Error(home.error.message)
  return home.value
}

function connect(home: Home, doc?: Y.Doc): Client {
  const [near, far] = createTransportPair()
  home.connect(far)
  return connectClient(near, doc)
}

const valuesOf = (doc: Y.Doc): unknown => doc.getMap('edits').toJSON()
const isLevel = (client: Client): boolean => client.saved.at(-1) === client.sent.at(-1)

/** A frame with one update. */
function edits(number: number, update: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  writeUpdate(encoder, update)
  return writeFrame({ kind: 'edits', number, message: encoding.toUint8Array(encoder) })
}

/** Updates of the document `state` that are whole to read, and that Yjs fails to apply after it has applied part of them. */
function halfways(state: Uint8Array, seed: number, count: number): readonly Uint8Array[] {
  const other = createDocument()
  Y.applyUpdate(other, state)
  const before = Y.encodeStateVector(other)
  editText(other, { kind: 'card', card: Object.keys(readGraph(other).cards)[0] as CardId, field: 'title' }, 'Another title', { now: 2, newId: () => 'x' })
  addCard(other, { title: 'four', policies: ['a line'] }, { now: 2, newId: () => 'four' })
  const update = Y.encodeStateAsUpdate(other, before)
  const chance = seeded(seed)
  const found: Uint8Array[] = []
  while (found.length < count) {
    const bytes = update.slice()
    for (let hits = 0; hits < 2; hits += 1) bytes[Math.floor(chance() * bytes.length)] = Math.floor(chance() * 256)
    const copy = createDocument()
    Y.applyUpdate(copy, state)
    let isWhole = false
    try {
      Y.decodeUpdate(bytes)
      isWhole = true
      Y.applyUpdate(copy, bytes)
    } catch {
      if (isWhole && Buffer.compare(Y.encodeStateAsUpdate(copy), state) !== 0) found.push(bytes)
    }
  }
  return found
}

describe('the home replica', () => {
  it('gives back after a restart what was saved, and a home that was never written to is empty', async () => {
    const first = await open()
    first.doc.getMap('edits').set('a', 1)
    expect(await first.saved()).toEqual({ ok: true, value: undefined })
    await first.close()
    const second = await open()
    expect(valuesOf(second.doc)).toEqual({ a: 1 })
    await second.close()
  })

  it('keeps two windows level, each edit acknowledged to the one that made it', async () => {
    const home = await open()
    const [left, right] = [connect(home), connect(home)]
    left.doc.getMap('edits').set('left', 1)
    right.doc.getMap('edits').set('right', 2)
    await vi.waitFor(() => expect([valuesOf(left.doc), valuesOf(right.doc), valuesOf(home.doc)]).toEqual(Array(3).fill({ left: 1, right: 2 })))
    await vi.waitFor(() => expect([isLevel(left), isLevel(right)]).toEqual([true, true]))
    await home.close()
    await vi.waitFor(() => expect(left.isClosed).toBe(true))
  })

  it('takes the edits that a window made while it was away, and acknowledges them', async () => {
    const home = await open()
    const doc = new Y.Doc()
    doc.getMap('edits').set('offline', true)
    const client = connect(home, doc)
    await vi.waitFor(() => expect(isLevel(client) && client.sent.length > 0).toBe(true))
    await home.close()
    const again = await open()
    expect(valuesOf(again.doc)).toEqual({ offline: true })
    await again.close()
  })

  it('says saved only after the storage did', async () => {
    const disk = createMemoryDisk()
    let release: () => void = () => undefined
    disk.pause = () => new Promise((resolve) => (release = resolve))
    const home = await openOn(disk)
    const client = connect(home)
    client.doc.getMap('edits').set('a', 1)
    await vi.waitFor(() => expect(valuesOf(home.doc)).toEqual({ a: 1 }))
    await new Promise((resolve) => setTimeout(resolve, 30))
    const edit = client.sent.at(-1)
    expect(client.saved).not.toContain(edit)
    expect(disk.entries).toEqual([])
    disk.pause = null
    release()
    await vi.waitFor(() => expect(client.saved).toContain(edit))
    expect(disk.entries).toHaveLength(1)
    await home.close()
  })

  it('keeps edits that a full disk did not take, says so, and writes them when there is room', async () => {
    const disk = createMemoryDisk()
    const home = await openOn(disk)
    const client = connect(home)
    await vi.waitFor(() => expect(isLevel(client) && client.sent.length > 0).toBe(true))
    disk.problem = { kind: 'storage', message: 'there is no room left on the disk', remedy: 'free some room' }
    client.doc.getMap('edits').set('kept', 1)
    await vi.waitFor(() => expect(client.refused.map(({ problem }) => problem)).toEqual([disk.problem]))
    expect(home.state()).toEqual({ kind: 'failing', problem: disk.problem })
    expect(client.saved).not.toContain(client.sent.at(-1))
    disk.problem = null
    await vi.waitFor(() => expect(client.saved).toContain(client.sent.at(-1)), { timeout: 10_000 })
    expect(home.state()).toEqual({ kind: 'writable' })
    await home.close()
    const again = await openOn(disk)
    expect(valuesOf(again.doc)).toEqual({ kept: 1 })
    await again.close()
  })

  it('closes the channel of a window that sends what is no message, and changes nothing', async () => {
    const home = await open()
    home.doc.getMap('edits').set('a', 1)
    const before = Y.encodeStateAsUpdate(home.doc)
    const update = Y.encodeStateAsUpdate(home.doc)
    const hostile = [
      new Uint8Array(), Uint8Array.of(255), Uint8Array.of(0, 1), writeFrame({ kind: 'ask', message: Uint8Array.of(7, 7) }),
      writeFrame({ kind: 'edits', number: 1, message: Uint8Array.of(2) }), writeFrame({ kind: 'edits', number: 1, message: Uint8Array.of(9, 1, 0) }),
      writeFrame({ kind: 'edits', number: 1, message: Uint8Array.of(2, update.length, ...update.slice(0, -3)) })
    ]
    for (const frame of hostile) {
      const [near, far] = createTransportPair()
      home.connect(far)
      let isClosed = false
      near.onClose(() => (isClosed = true))
      near.send(frame)
      await vi.waitFor(() => expect(isClosed).toBe(true))
    }
    expect(Y.encodeStateAsUpdate(home.doc)).toEqual(before)
    await home.close()
  })

  it('closes the channel of a window whose update Yjs can read and fails in the middle of, and changes nothing', { timeout: 60_000 }, async () => {
    const disk = createMemoryDisk()
    const home = await openOn(disk)
    let made = 0
    const maker = { now: 1, newId: () => `id-${(made += 1)}` }
    for (const title of ['one', 'two', 'three']) addCard(home.doc, { title, policies: ['a line', 'another'] }, maker)
    await home.saved()
    const state = Y.encodeStateAsUpdate(home.doc)
    const written = disk.entries.length
    const updates = halfways(state, Number(process.env['STEWARD_SEED'] ?? 7), 10)
    for (const update of updates) {
      const [near, far] = createTransportPair()
      let isClosed = false
      near.onClose(() => (isClosed = true))
      home.connect(far)
      near.send(edits(1, update))
      await vi.waitFor(() => expect(isClosed).toBe(true), { interval: 1 })
      expect(Y.encodeStateAsUpdate(home.doc)).toEqual(state)
    }
    expect(disk.entries).toHaveLength(written)
    const client = connect(home)
    client.doc.getMap('edits').set('after', 1)
    await vi.waitFor(() => expect(valuesOf(home.doc)).toEqual({ after: 1 }))
    await vi.waitFor(() => expect(isLevel(client)).toBe(true))
    await home.close()
  })

  it('keeps an edit whose foundation has not arrived yet, and calls it saved only once it is durable', async () => {
    const disk = createMemoryDisk()
    const home = await openOn(disk)
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    doc.getMap('edits').set('a', 1)
    doc.getMap('edits').set('b', 2)
    const [near, far] = createTransportPair()
    home.connect(far)
    const answers: Frame[] = []
    near.onFrame((bytes) => {
      const frame = readFrame(bytes)
      if (frame.ok) answers.push(frame.value)
    })
    near.send(edits(1, updates[1] ?? new Uint8Array()))
    await vi.waitFor(() => expect(answers).toContainEqual({ kind: 'saved', number: 1 }))
    expect(disk.entries).toHaveLength(1)
    await home.close()
    const again = await openOn(disk)
    expect(valuesOf(again.doc)).toEqual({})
    Y.applyUpdate(again.doc, updates[0] ?? new Uint8Array())
    expect(valuesOf(again.doc)).toEqual({ a: 1, b: 2 })
    await again.close()
  })

  it('calls nothing saved before all that came before it is, where the disk takes some edits and not others', async () => {
    const disk = createMemoryDisk()
    const storage = openMemoryStorage(disk)
    let refusals = 3
    const choosy: Storage = { ...storage, append: (entry) => (entry.length > 900 && (refusals -= 1) >= 0 ? Promise.resolve(fail('storage', 'no room', 'wait')) : storage.append(entry)) }
    const opened = await openHomeOn(choosy, { random, name: null, problem: null })
    if (!opened.ok) throw new Error(opened.error.message)
    const home = opened.value
    const client = connect(home)
    await vi.waitFor(() => expect(isLevel(client) && client.sent.length > 0).toBe(true))
    client.doc.getMap('edits').set('large', 'x'.repeat(1_000))
    for (const key of ['small', 'smaller']) client.doc.getMap('edits').set(key, 'x')
    const [large = 0, ...rest] = client.sent.slice(-3)
    await vi.waitFor(() => expect(client.refused.map(({ number }) => number)).toEqual([large, ...rest]))
    expect(client.saved.filter((number) => number >= large)).toEqual([])
    await vi.waitFor(() => expect(new Set(client.saved.slice(-3))).toEqual(new Set([large, ...rest])), { timeout: 10_000 })
    expect(await home.saved()).toEqual({ ok: true, value: undefined })
    await home.close()
    const again = await openOn(disk)
    expect(valuesOf(again.doc)).toEqual({ large: 'x'.repeat(1_000), small: 'x', smaller: 'x' })
    await again.close()
  })

  it('makes the log one entry again after many edits, and loses none of them', async () => {
    const disk = createMemoryDisk()
    const home = await openOn(disk)
    for (let edit = 0; edit < compaction.entries * 3; edit += 1) {
      home.doc.getMap('edits').set(`k${edit}`, edit)
      if (edit % 100 === 0) await home.saved()
    }
    await home.saved()
    await home.close()
    expect(disk.entries.length).toBeLessThan(compaction.entries * 2)
    const again = await openOn(disk)
    expect(again.doc.getMap('edits').size).toBe(compaction.entries * 3)
    await again.close()
  })

  it('windows that come and go while the disk fails now and then all end level with the home', { timeout: 60_000 }, async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('edit' as const), who: fc.nat(2), key: fc.nat(5) }),
      fc.record({ kind: fc.constant('leave' as const), who: fc.nat(2), key: fc.constant(0) }),
      fc.record({ kind: fc.constant('disk' as const), who: fc.nat(1), key: fc.constant(0) }),
      fc.record({ kind: fc.constant('wait' as const), who: fc.constant(0), key: fc.constant(0) })
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const disk = createMemoryDisk()
        const home = await openOn(disk)
        const clients = [connect(home), connect(home), connect(home)]
        for (const [at, { kind, who, key }] of steps.entries()) {
          const client = clients[who]
          if (kind === 'disk') disk.problem = who === 0 ? null : { kind: 'storage', message: 'full', remedy: 'wait' }
          else if (kind === 'wait') await new Promise((resolve) => setImmediate(resolve))
          else if (kind === 'edit') client?.doc.getMap('edits').set(`k${key}`, at)
          else if (client !== undefined) {
            client.disconnect()
            clients[who] = connect(home, client.doc)
          }
        }
        disk.problem = null
        await vi.waitFor(() => expect(clients.every(isLevel)).toBe(true), { timeout: 10_000, interval: 5 })
        await vi.waitFor(() => expect(clients.map((client) => valuesOf(client.doc))).toEqual(clients.map(() => valuesOf(home.doc))))
        const state = valuesOf(home.doc)
        await home.close()
        const again = await openOn(disk)
        expect(valuesOf(again.doc)).toEqual(state)
        await again.close()
      }),
      { numRuns: 40 }
    )
  })
})

describe('a home that cannot be written', () => {
  it('is refused to a second writer while the first one lives, and read by others meanwhile', async () => {
    const first = await open()
    first.doc.getMap('edits').set('a', 1)
    await first.saved()
    const second = await openHome({ directory, mode: 'write', random })
    expect(second.ok ? null : second.error).toMatchObject({ kind: 'conflict', message: `another Values Steward is using this home (process ${process.pid})` })
    const reader = await open('read')
    expect(valuesOf(reader.doc)).toEqual({ a: 1 })
    await reader.close()
    await first.close()
    await (await open()).close()
  })

  it('opens a home of a newer version for reading, and says so', async () => {
    const home = await open()
    home.doc.getMap('edits').set('a', 1)
    home.doc.getMap('meta').set('layout', currentLayout + 1)
    await home.saved()
    await home.close()
    const newer = await open()
    expect(newer.state()).toMatchObject({ kind: 'read-only', problem: { message: expect.stringContaining('newer version') } })
    const client = connect(newer)
    await vi.waitFor(() => expect(valuesOf(client.doc)).toEqual({ a: 1 }))
    client.doc.getMap('edits').set('b', 2)
    await vi.waitFor(() => expect(client.refused.at(-1)?.problem.kind).toBe('read-only'))
    expect(valuesOf(newer.doc)).toEqual({ a: 1 })
    await newer.close()
  })

  it('does the same where the file itself is of a newer format', async () => {
    const home = await open()
    home.doc.getMap('edits').set('a', 1)
    await home.close()
    const database = new DatabaseSync(join(directory, 'values.sqlite'))
    database.exec('PRAGMA user_version = 99')
    database.close()
    const before = await readFile(join(directory, 'values.sqlite'))
    const newer = await open()
    expect(newer.state()).toMatchObject({ kind: 'read-only', problem: { message: expect.stringContaining('newer version') } })
    expect(valuesOf(newer.doc)).toEqual({ a: 1 })
    await newer.close()
    expect(await readFile(join(directory, 'values.sqlite'))).toEqual(before)
  })

  it('is read where the disk takes no writing', async () => {
    const disk = mountDisk(directory)
    try {
      const home = await open()
      home.doc.getMap('edits').set('a', 1)
      await home.saved()
      await home.close()
      disk.makeReadOnly()
      const locked = await open()
      expect(locked.state()).toMatchObject({ kind: 'read-only', problem: { kind: 'read-only' } })
      expect(valuesOf(locked.doc)).toEqual({ a: 1 })
      locked.doc.getMap('edits').set('b', 2)
      expect((await locked.saved()).ok).toBe(false)
      await locked.close()
    } finally {
      disk.end()
    }
  })

  it('shows the cards of an older layout as this program reads them, and leaves the home as it is', async () => {
    const home = await open()
    Y.applyUpdate(home.doc, readFileSync(new URL('../shared/fixtures/layout-1.bin', import.meta.url)))
    const count = Object.keys(readGraph(home.doc).cards).length
    await home.saved()
    await home.close()
    const before = await readFile(join(directory, 'values.sqlite'))
    const reader = await open('read')
    const cards = Object.values(readGraph(reader.doc).cards)
    expect(cards).toHaveLength(count)
    expect(cards.flatMap((card) => card.policies).length).toBeGreaterThan(0)
    await reader.close()
    expect(await readFile(join(directory, 'values.sqlite'))).toEqual(before)
  })

  it('a file in place of the folder is one clear sentence', async () => {
    const file = join(directory, 'file')
    await writeFile(file, 'not a folder')
    const home = await openHome({ directory: file, mode: 'write', random })
    expect(home.ok ? null : home.error).toMatchObject({ kind: 'bad-input', message: 'the home is not a folder' })
  })

  it('reading a home that is not there makes nothing', async () => {
    const home = await open('read', join(directory, 'nowhere'))
    expect(valuesOf(home.doc)).toEqual({})
    await home.close()
    expect(await readdir(directory)).toEqual([])
  })
})

it('a home of which something cannot be read any more says so, once, and is written all the same', async () => {
  const home = await open()
  home.doc.getMap('edits').set('a', 1)
  home.doc.getMap('edits').set('b', 2)
  await home.saved()
  await home.close()
  const database = new DatabaseSync(join(directory, 'values.sqlite'))
  database.exec('UPDATE entries SET checksum = zeroblob(16) WHERE number = 1')
  database.close()
  const damaged = await open()
  expect(damaged.notice).toMatchObject({ kind: 'storage', message: 'one change that you made cannot be read any more' })
  expect(damaged.state()).toEqual({ kind: 'writable', notice: damaged.notice })
  damaged.doc.getMap('edits').set('c', 3)
  expect(await damaged.saved()).toEqual({ ok: true, value: undefined })
  expect(damaged.state()).toEqual({ kind: 'writable', notice: damaged.notice })
  await damaged.close()
  const again = await open()
  expect([again.notice, again.state(), valuesOf(again.doc)]).toEqual([null, { kind: 'writable' }, expect.objectContaining({ c: 3 })])
  await again.close()
})
