/**
 * Three to six devices of one person, as a story from one seed: they edit, meet over a network that loses, doubles, reorders and
 * parts, lose their power, are put out of the circle, run full, and in the end are all together. `tell` then says what they came
 * to, and throws where they differ, where something waits, or where an edit is gone that was said to be saved.
 *
 * Everything is real but the wires, the disks and the time: documents, logs, envelopes, gate, membership.
 */
import * as fc from 'fast-check'
import * as Y from 'yjs'
import { createLocalGatekeeper } from '../../main/peer/gatekeeper.ts'
import type { Keystore } from '../../main/peer/keys.ts'
import { openPeers, type Peers } from '../../main/peer/peers.ts'
import { openHomeOn, type Home } from '../../main/replica.ts'
import { createProjection, readDocument } from '../../shared/document.ts'
import { rootNames } from '../../shared/layout.ts'
import type { PeerTransport, Random, Storage } from '../../shared/ports.ts'
import { ok } from '../../shared/result.ts'
import { createMaker, createSample, perform, someCommand, valueOf } from './document.ts'
import { calm, createFaultWorld, type FaultWorld } from './faults.ts'
import { createMemoryDisk, openMemoryStorage, type MemoryDisk } from './storage.ts'
import { seeded } from './worlds.ts'

export interface Story {
  readonly seed: number
  /** 3 to 6. */
  readonly devices: number
  readonly operations: number
  /** A defect of ours, to see that it is found. */
  readonly broken?: 'says saved too early' | 'loses what it said is saved'
}

export interface Told {
  readonly seed: number
  readonly operations: number
  readonly acknowledged: number
  readonly restarts: number
  readonly crashes: number
  readonly revoked: number
  readonly held: number
  readonly meetings: number
  readonly partings: number
  readonly full: number
  readonly dropped: number
  readonly doubled: number
  readonly overtaken: number
  readonly cut: number
  /** Edits that were made while another device made some that it had not seen. */
  readonly concurrent: number
  readonly cards: number
  readonly bytes: number
}

type Meeting = readonly [left: Device, right: Device, atLeft: PeerTransport, atRight: PeerTransport, sessions: { nudge(): void }[]]

/** What was saved, as its own device was told. */
interface Saved {
  readonly state: ReadonlyMap<number, number>
  readonly deleted: Y.Snapshot
}

class Device {
  readonly name: string
  readonly disk = createMemoryDisk()
  readonly peersDisk = createMemoryDisk()
  readonly maker: ReturnType<typeof createMaker>
  readonly random: Random
  readonly saved: Saved[] = []
  readonly skew: number
  readonly #world: FaultWorld
  readonly #story: Story
  #keys: Uint8Array | null = null
  home: Home | null = null
  peers: Peers | null = null
  isRevoked = false
  #storages: { crash(): void }[] = []
  #lastSaved: Saved | null = null

  constructor(name: string, number: number, world: FaultWorld, story: Story) {
    this.name = name
    this.maker = createMaker(`${name}-`)
    this.#world = world
    this.#story = story
    const next = seeded(story.seed * 31 + number)
    this.random = { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) }
    this.skew = Math.floor((next() - 0.5) * 86_400_000)
  }

  get isUp(): boolean {
    return this.home !== null
  }

  async start(): Promise<void> {
    const open = (disk: MemoryDisk): Storage => {
      const storage = openMemoryStorage(disk)
      this.#storages.push(storage)
      if (this.#story.broken === 'says saved too early') return early(storage)
      return this.#story.broken === undefined ? storage : lossy(storage)
    }
    const home = valueOf(await openHomeOn(open(this.disk), { random: this.random, name: this.name, problem: null }))
    const keystore: Keystore = {
      read: () => ok(this.#keys),
      write: (bytes) => {
        this.#keys = bytes.slice()
        return ok(undefined)
      }
    }
    const peers = valueOf(await openPeers({
      home, storage: open(this.peersDisk), keystore, clock: this.#world.clock(this.skew), random: this.random, name: this.name,
      createGatekeeper: createLocalGatekeeper
    }))
    this.home = home
    this.peers = peers
  }

  /** Resolves when it is off; what was under way is finished first. */
  async stop(): Promise<void> {
    const { home, peers } = this
    this.home = null
    this.peers = null
    this.#keepSaved()
    await peers?.close()
    await home?.close()
    this.#storages = []
  }

  /** At once; nothing that was under way is finished. */
  crash(): void {
    for (const storage of this.#storages.splice(0)) storage.crash()
    this.#keepSaved()
    void this.peers?.close()
    this.home = null
    this.peers = null
  }

  /** Notes what is saved whenever the home says that it is. */
  async edit(work: (home: Home) => void): Promise<boolean> {
    const { home } = this
    if (home === null) return false
    work(home)
    const snapshot = Y.snapshot(home.doc)
    const saved = await home.saved()
    if (!saved.ok || this.home !== home) return false
    this.#lastSaved = { state: snapshot.sv, deleted: snapshot }
    return true
  }

  #keepSaved(): void {
    if (this.#lastSaved !== null) this.saved.push(this.#lastSaved)
    this.#lastSaved = null
  }

  allSaved(): readonly Saved[] {
    return this.#lastSaved === null ? this.saved : [...this.saved, this.#lastSaved]
  }
}

/** Lives through the story of `seed`; throws what is wrong at its end. */
export async function tell(story: Story): Promise<Told> {
  const world = createFaultWorld(story.seed)
  try {
    return await live(story, world)
  } catch (error) {
    throw new Error(`seed ${story.seed} (${story.devices} devices, ${story.operations} operations): ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  } finally {
    world.end()
  }
}

async function live(story: Story, world: FaultWorld): Promise<Told> {
  const { random } = world
  const counts = { acknowledged: 0, restarts: 0, crashes: 0, revoked: 0, held: 0, meetings: 0, partings: 0, full: 0, concurrent: 0 }
  const below = (limit: number): number => Math.floor(random() * limit)
  const devices = Array.from({ length: story.devices }, (_, number) => new Device('abcdef'[number] ?? 'x', number, world, story))
  const channels = new Map<string, Meeting>()
  const edits = new Map<Device, number>()

  async function during<Value>(work: Promise<Value>): Promise<Value> {
    let isDone = false
    void work.then(() => (isDone = true), () => (isDone = true))
    for (let turn = 0; turn < 600 && !isDone; turn += 1) await world.pass(10)
    if (!isDone) throw new Error('something did not end within six seconds')
    return await work
  }
  const up = (): Device[] => devices.filter(({ isUp, isRevoked }) => isUp && !isRevoked)
  const keyOf = (left: Device, right: Device): string => [left.name, right.name].toSorted().join('')
  const part = (device: Device): void => {
    for (const [key, [left, right, atLeft, atRight]] of channels) {
      if (left !== device && right !== device) continue
      world.silence(left === device ? atLeft : atRight)
      channels.delete(key)
    }
  }
  const meet = (left: Device, right: Device, isRaw: boolean): void => {
    if (left === right || left.peers === null || right.peers === null || channels.has(keyOf(left, right))) return
    const [first, second] = [valueOf(left.peers.ownCard()).transport, valueOf(right.peers.ownCard()).transport]
    const [atLeft, atRight] = world.connect({ name: left.name, key: bytesOf(first) }, { name: right.name, key: bytesOf(second) }, isRaw)
    const key = keyOf(left, right)
    const sessions: { nudge(): void }[] = []
    channels.set(key, [left, right, atLeft, atRight, sessions])
    const over = (): void => void (channels.get(key)?.[2] === atLeft && channels.delete(key))
    atLeft.onClose(over)
    atRight.onClose(over)
    counts.meetings += 1
    sessions.push(left.peers.connect(atLeft, { remote: isRaw ? null : second }), right.peers.connect(atRight, { remote: isRaw ? null : first }))
  }
  /** As a device does every few seconds (main/peer/meeting.ts). */
  const nudge = (): void => {
    for (const [, , , , sessions] of channels.values()) for (const session of sessions) session.nudge()
  }
  /** The person lets through what was put aside because it takes much away. */
  const decide = async (device: Device): Promise<void> => {
    for (const { key, canTake } of device.peers?.quarantine() ?? []) {
      if (!canTake) throw new Error(`${device.name} put something of its own person's devices aside for good: ${device.peers?.quarantine().find((one) => one.key === key)?.why}`)
      counts.held += 1
      await device.peers?.take(key)
    }
  }

  // ---- how it begins: one has a notebook, the others join
  const [first, ...others] = devices as [Device, ...Device[]]
  for (const device of devices) await during(device.start())
  Y.applyUpdate(first.home?.doc ?? new Y.Doc(), Y.encodeStateAsUpdate(createSample(99).doc))
  for (const other of others) {
    const entries = valueOf(await during(first.peers?.admit(valueOf(other.peers?.ownCard() ?? fail())) ?? fail()))
    valueOf(await during(other.peers?.join(entries) ?? fail()))
  }

  // ---- what happens
  const commands = fc.sample(someCommand, { seed: story.seed, numRuns: story.operations })
  let done = 0
  while (done < commands.length) {
    const dice = random()
    const here = up()
    const one = here[below(here.length)]
    const other = here[below(here.length)]
    if (one === undefined || other === undefined) {
      for (const device of devices) if (!device.isUp && !device.isRevoked) await during(device.start())
      continue
    }
    if (dice < 0.86) {
      const command = commands[done]
      done += 1
      if (command === undefined) break
      edits.set(one, done)
      if ([...edits].some(([device, at]) => device !== one && done - at < 5)) counts.concurrent += 1
      void one.edit((home) => void perform(home.doc, command, one.maker)).then((isSaved) => void (isSaved && (counts.acknowledged += 1)))
      if (random() < 0.2) await world.pass(below(120))
    } else if (dice < 0.93) meet(one, other, random() < 0.2)
    else if (dice < 0.945) channels.get(keyOf(one, other))?.[2].close()
    else if (dice < 0.955) {
      counts.partings += 1
      world.part(one.name, other.name)
    } else if (dice < 0.965) world.heal()
    else if (dice < 0.975) world.setFaults({ drop: random() * 0.3, double: random() * 0.3, delay: 1 + below(400) })
    else if (dice < 0.982) {
      counts.crashes += 1
      part(one)
      one.crash()
    } else if (dice < 0.987) {
      counts.restarts += 1
      part(one)
      await during(one.stop())
    } else if (dice < 0.99) {
      counts.full += 1
      const { disk } = one
      disk.problem = { kind: 'storage', message: 'the disk is full', remedy: 'make room' }
      await world.pass(below(2_000))
      disk.problem = null
    } else if (dice < 0.9915 && counts.revoked < devices.length - 2 && one !== other && story.operations - done > 20) {
      const id = other.peers?.me?.id
      const revoked = id === undefined ? null : await during(one.peers?.revoke(id) ?? fail())
      if (revoked?.ok === true) {
        counts.revoked += 1
        other.isRevoked = true
      }
    } else if (dice < 0.997) {
      const off = devices.find(({ isUp, isRevoked }) => !isUp && !isRevoked)
      if (off !== undefined) await during(off.start())
    } else {
      await world.pass(below(3_000))
      nudge()
      for (const device of up()) await decide(device)
    }
  }

  // ---- how it ends: all together, on a good line, until nothing moves any more
  world.setFaults(calm)
  world.heal()
  for (const [, , atLeft, atRight] of [...channels.values()]) {
    atLeft.close()
    atRight.close()
  }
  channels.clear()
  for (const device of devices) device.disk.problem = null
  for (const device of devices) if (!device.isUp && !device.isRevoked) await during(device.start())
  const left = up()
  for (let round = 0; ; round += 1) {
    for (const [at, one] of left.entries()) for (const other of left.slice(at + 1)) meet(one, other, false)
    await world.pass(3_000)
    for (const device of left) await decide(device)
    for (const device of left) await during(device.peers?.flushed() ?? fail())
    nudge()
    await world.pass(3_000)
    const differences = differencesBetween(left)
    if (differences === null) break
    if (round === 8) throw new Error(differences)
  }
  await check(left, devices)
  /* And once more, from what lies on the disks. */
  for (const device of left) {
    part(device)
    await during(device.stop())
  }
  for (const device of left) await during(device.start())
  const again = differencesBetween(left, false)
  if (again !== null) throw new Error(`after a restart, ${again}`)
  await check(left, devices)
  const doc = left[0]?.home?.doc ?? new Y.Doc()
  const told: Told = {
    seed: story.seed, operations: done, ...counts, ...world.counts,
    cards: Object.keys(readDocument(doc).graph.cards).length, bytes: Y.encodeStateAsUpdate(doc).length
  }
  for (const device of devices) await during(device.stop())
  return told
}

// ---- what must hold -------------------------------------------------------------------------------------------------

/** Null where all have the same: JSON, state vector, delete set, and nothing that waits. */
function differencesBetween(devices: readonly Device[], haveMet = true): string | null {
  const [first, ...others] = devices
  const doc = first?.home?.doc
  if (first === undefined || doc === undefined) return 'nobody is left'
  for (const device of devices) {
    const its = device.home?.doc
    if (its === undefined) return `${device.name} is off`
    if (its.store.pendingStructs !== null || its.store.pendingDs !== null) return `${device.name} waits for something that never came`
    if ((device.peers?.quarantine().length ?? 0) > 0) return `${device.name} put something aside`
    const waiting = device.peers?.devices().filter((one) => one.state === 'active' && one.waiting > 0 && devices.some((each) => each.peers?.me?.id === one.id)) ?? []
    if (haveMet && waiting.length > 0) return `${device.name} still has something for ${waiting.map(({ name }) => name).join(', ')}`
  }
  for (const other of others) {
    const its = other.home?.doc
    if (its === undefined) return `${other.name} is off`
    const [mine, theirs] = [Y.snapshot(doc), Y.snapshot(its)]
    if (!Y.equalSnapshots(mine, theirs)) return `${first.name} and ${other.name} differ in what they have or in what they deleted`
    for (const name of rootNames) if (JSON.stringify(sorted(doc.getMap(name).toJSON())) !== JSON.stringify(sorted(its.getMap(name).toJSON()))) return `${first.name} and ${other.name} read different ${name}`
  }
  return null
}

/** Every saved edit is there, and the document reads as it should. */
async function check(left: readonly Device[], all: readonly Device[]): Promise<void> {
  const doc = left[0]?.home?.doc ?? new Y.Doc()
  const now = Y.snapshot(doc)
  for (const device of all) {
    /* What a removed device made after it was removed is lost with it. */
    if (device.isRevoked) continue
    for (const { state, deleted } of device.allSaved()) {
      for (const [client, clock] of state) if ((now.sv.get(client) ?? 0) < clock) throw new Error(`an edit that ${device.name} was told is saved is gone (client ${client}: ${now.sv.get(client) ?? 0} of ${clock})`)
      if (!holds(now, deleted)) throw new Error(`something that ${device.name} deleted, and was told that it is saved, is back`)
    }
  }
  const projection = createProjection(doc)
  if (JSON.stringify(projection.current()) !== JSON.stringify(readDocument(doc))) throw new Error('the document reads differently when it is followed and when it is read afresh')
  projection.end()
  const saved = await Promise.all(left.map(({ home }) => home?.saved()))
  if (saved.some((one) => one?.ok !== true)) throw new Error('something is not saved in the end')
}

/** Is all that was deleted then deleted now? */
function holds(now: Y.Snapshot, then: Y.Snapshot): boolean {
  for (const [client, ranges] of then.ds.clients) {
    const mine = now.ds.clients.get(client) ?? []
    for (const { clock, len } of ranges) {
      let at = clock
      for (const range of mine) if (range.clock <= at && range.clock + range.len > at) at = range.clock + range.len
      if (at < clock + len) return false
    }
  }
  return true
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([key, one]) => [key, sorted(one)]))
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

function fail(): never {
  throw new Error('a device is off that should be on')
}

// ---- defects, to see that they are found ----------------------------------------------------------------------------

/** Says that an entry is kept before it is. */
function early(storage: Storage): Storage {
  return { ...storage, append: (entry) => (void new Promise((resolve) => setTimeout(resolve, 400)).then(() => storage.append(entry)), Promise.resolve(ok(undefined))) }
}

/** Keeps all but one in thirty. */
function lossy(storage: Storage): Storage {
  let number = 0
  return {
    ...storage,
    append(entry) {
      number += 1
      return number % 30 === 0 ? Promise.resolve(ok(undefined)) : storage.append(entry)
    }
  }
}
