import { describe, expect, it, vi } from 'vitest'
import type * as Y from 'yjs'
import { openHomeOn, type Home } from '../../main/replica.ts'
import { openReplica, type Replica } from '../../renderer/replica.ts'
import { addCard, editText } from '../../shared/commands/card.ts'
import { readGraph } from '../../shared/document/document.ts'
import { hasPending } from '../../shared/document/integrated.ts'
import type { Bridge } from '../../shared/ipc.ts'
import type { Transport } from '../../shared/ports.ts'
import type { CardId } from '../../shared/schema.ts'
import { createMemoryDisk, openMemoryStorage, type MemoryDisk } from '../support/storage.ts'
import { createTransportPair } from '../support/transport.ts'

let number = 0
const maker = { now: 1_000, newId: () => `id-${(number += 1)}` }

async function openHome(disk: MemoryDisk): Promise<Home> {
  const home = await openHomeOn(openMemoryStorage(disk), { random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) }, name: 'home', problem: null })
  if (!home.ok) throw new Error(home.error.message)
  return home.value
}

/** The window's end of a line that can be cut and laid again. */
function createLine(): { readonly sync: Bridge['sync']; /** Of the window's frames, the first `most` arrive. */ connect(home: Home, most?: number): void; cut(): void } {
  let near: Transport | null = null
  const frames = new Set<(frame: Uint8Array) => void>()
  const states = new Set<(connected: boolean) => void>()
  return {
    sync: {
      send: (frame) => near?.send(frame),
      onFrame: (listener) => (frames.add(listener), () => void frames.delete(listener)),
      onConnected: (listener) => (states.add(listener), () => void states.delete(listener))
    },
    connect(home, most = Infinity) {
      const [left, right] = createTransportPair()
      let sent = 0
      near = { ...left, send: (frame) => (sent += 1) <= most && left.send(frame) }
      left.onFrame((frame) => frames.forEach((listener) => listener(frame)))
      states.forEach((listener) => listener(true))
      home.connect(right)
    },
    cut() {
      near?.close()
      near = null
      states.forEach((listener) => listener(false))
    }
  }
}

function write(doc: Y.Doc, title: string): CardId {
  const card = addCard(doc, { title, policies: ['a line'] }, maker)
  if (!card.ok) throw new Error(card.error.message)
  return card.value
}

const titles = (doc: Y.Doc): string[] => Object.values(readGraph(doc).cards).map((card) => card.title).toSorted()
const whenSaved = (replica: Replica): Promise<void> => vi.waitFor(() => expect(replica.state()).toEqual({ kind: 'saved' }), { timeout: 5_000, interval: 2 })

describe('the window’s replica', () => {
  it('says saved only after the home acknowledged, whatever it was shown meanwhile', async () => {
    const disk = createMemoryDisk()
    const home = await openHome(disk)
    const line = createLine()
    const replica = openReplica(line.sync)
    line.connect(home)
    await replica.whenLevel()
    await whenSaved(replica)
    let release: () => void = () => undefined
    disk.pause = () => new Promise((resolve) => (release = resolve))
    const said: string[] = []
    replica.onState((state) => said.push(`${state.kind} with ${disk.entries.length} on the disk`))
    write(replica.doc, 'A')
    await vi.waitFor(() => expect(titles(home.doc)).toEqual(['A']))
    expect(replica.state()).toEqual({ kind: 'saving' })
    disk.pause = null
    release()
    await whenSaved(replica)
    expect(said).toEqual(['saving with 0 on the disk', 'saved with 1 on the disk'])
    replica.close()
    await home.close()
  })

  it('keeps what is written while the line is cut, says so, and sends it when the line is back', async () => {
    const disk = createMemoryDisk()
    const home = await openHome(disk)
    const line = createLine()
    const replica = openReplica(line.sync)
    line.connect(home)
    await whenSaved(replica)
    line.cut()
    expect(replica.state()).toEqual({ kind: 'away', unsaved: false })
    write(replica.doc, 'written away')
    expect(replica.state()).toEqual({ kind: 'away', unsaved: true })
    write(home.doc, 'written at home')
    line.connect(home)
    await whenSaved(replica)
    expect([titles(replica.doc), titles(home.doc)]).toEqual(Array(2).fill(['written at home', 'written away']))
    await home.close()
    const again = await openHome(disk)
    expect(titles(again.doc)).toEqual(['written at home', 'written away'])
    await again.close()
  })

  it('an edit under way when the line breaks is unsaved until the next line has taken it', async () => {
    const disk = createMemoryDisk()
    const home = await openHome(disk)
    const line = createLine()
    const replica = openReplica(line.sync)
    line.connect(home)
    await whenSaved(replica)
    write(replica.doc, 'A')
    line.cut()
    expect(replica.state()).toEqual({ kind: 'away', unsaved: true })
    line.connect(home)
    await whenSaved(replica)
    expect(titles(home.doc)).toEqual(['A'])
    await home.close()
  })

  it('leaves no home waiting for what it wrote before it had a line, should that break before the home has it', async () => {
    const home = await openHome(createMemoryDisk())
    const line = createLine()
    const replica = openReplica(line.sync)
    line.connect(home)
    await whenSaved(replica)
    line.cut()
    const card = write(replica.doc, 'written away')
    /* Its question, and one frame of edits. */
    line.connect(home, 2)
    expect(editText(replica.doc, { kind: 'card', card, field: 'title' }, 'written on', maker).ok).toBe(true)
    expect(replica.state()).toEqual({ kind: 'saving' })
    await vi.waitFor(() => expect([hasPending(home.doc), titles(home.doc)]).toEqual([false, ['written on']]))
    line.cut()
    replica.close()
    await home.close()
  })

  it('says that what was written on a line is unsaved, should that break before the home has it', async () => {
    const home = await openHome(createMemoryDisk())
    const line = createLine()
    const replica = openReplica(line.sync)
    line.connect(home, 1)
    write(replica.doc, 'A')
    expect(replica.state()).toEqual({ kind: 'saving' })
    line.cut()
    expect(replica.state()).toEqual({ kind: 'away', unsaved: true })
    line.connect(home)
    await whenSaved(replica)
    expect(titles(home.doc)).toEqual(['A'])
    replica.close()
    await home.close()
  })

  it('says why the home could not write, and that it is saved once it could', async () => {
    const disk = createMemoryDisk()
    const home = await openHome(disk)
    const line = createLine()
    const replica = openReplica(line.sync)
    line.connect(home)
    await whenSaved(replica)
    disk.problem = { kind: 'storage', message: 'there is no room left on the disk', remedy: 'free some room' }
    write(replica.doc, 'A')
    await vi.waitFor(() => expect(replica.state()).toEqual({ kind: 'refused', problem: disk.problem }))
    disk.problem = null
    await whenSaved(replica)
    await home.close()
  })

  it('takes back one’s own edits alone, two hundred and more, typing in one text as one step', async () => {
    const home = await openHome(createMemoryDisk())
    const line = createLine()
    const replica = openReplica(line.sync)
    line.connect(home)
    await whenSaved(replica)
    const { doc, undo } = replica
    const card = write(doc, '')
    for (const typed of ['B', 'Be', 'Bei']) editText(doc, { kind: 'card', card, field: 'title' }, typed, maker)
    editText(doc, { kind: 'card', card, field: 'story' }, 'A story', maker)
    write(home.doc, 'by another window')
    await vi.waitFor(() => expect(titles(doc)).toEqual(['Bei', 'by another window']))
    for (let step = 0; step < 250; step += 1) write(doc, `card ${step}`)
    for (let step = 0; step < 250; step += 1) undo.undo()
    expect(titles(doc)).toEqual(['Bei', 'by another window'])
    undo.undo()
    expect(readGraph(doc).cards[card]).toMatchObject({ title: 'Bei', story: '' })
    undo.undo()
    expect(readGraph(doc).cards[card]).toMatchObject({ title: '' })
    undo.undo()
    expect(titles(doc)).toEqual(['by another window'])
    expect(undo.undo()).toBeNull()
    await home.close()
  })
})
