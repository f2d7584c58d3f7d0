import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { compaction, openHome, openHomeOn, type Home } from '../../main/replica.ts'
import { currentLayout } from '../../shared/layout.ts'
import type { Random } from '../../shared/ports.ts'
import { writeFrame } from '../../shared/wire.ts'
import { connectClient, type Client } from '../support/client.ts'
import { createMemoryDisk, openMemoryStorage, type MemoryDisk } from '../support/storage.ts'
import { createTransportPair } from '../support/transport.ts'

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
    const asRoot = process.getuid?.() === 0
    if (asRoot) execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory])
    try {
      const home = await open()
      home.doc.getMap('edits').set('a', 1)
      await home.saved()
      await home.close()
      if (asRoot) execFileSync('mount', ['-o', 'remount,ro', directory])
      else {
        for (const name of await readdir(directory)) await chmod(join(directory, name), 0o400)
        await chmod(directory, 0o500)
      }
      const locked = await open()
      expect(locked.state()).toMatchObject({ kind: 'read-only', problem: { kind: 'read-only' } })
      expect(valuesOf(locked.doc)).toEqual({ a: 1 })
      locked.doc.getMap('edits').set('b', 2)
      expect((await locked.saved()).ok).toBe(false)
      await locked.close()
    } finally {
      if (asRoot) execFileSync('umount', [directory])
      else await chmod(directory, 0o700)
    }
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
