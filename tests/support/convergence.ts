/**
 * Three to six devices of one person, as a story from one seed: they edit, meet over a network that loses, doubles, reorders and
 * parts, lose their power, are put out of the circle, run full, and in the end are all together. `tell` then says what they came
 * to, and throws where they differ, where something waits, or where an edit is gone that was said to be saved.
 *
 * Everything is real but the wires, the disks and the time: documents, logs, envelopes, gate, membership.
 */
import * as fc from 'fast-check'
import * as Y from 'yjs'
import { createLocalGatekeeper } from '../../main/peer/circle/gatekeeper.ts'
import type { Keystore } from '../../main/peer/circle/keys.ts'
import { openPeers, type Peers } from '../../main/peer/circle/peers.ts'
import { openHomeOn, type Home } from '../../main/replica.ts'
import { createProjection, readDocument } from '../../shared/document/document.ts'
import { rootNames } from '../../shared/document/layout.ts'
import type { DeviceId } from '../../shared/peer/identity.ts'
import type { PeerTransport, Random, Storage } from '../../shared/ports.ts'
import { ok } from '../../shared/result.ts'
import { createMaker, createSample, perform, someCommand, valueOf } from './document.ts'
import { calm, createFaultWorld, type FaultWorld } from './faults.ts'
import { createMemoryDisk, openMemoryStorage, type MemoryDisk } from './storage.ts'
import { createTestStore, TestWindow, type StoreTrouble, type TestStore } from './windows.ts'
import { seeded } from './worlds.ts'

export interface Story {
  readonly seed: number
  /** 3 to 6. */
  readonly devices: number
  readonly operations: number
  /** Part of the edits are made in windows, whose lines are cut and whose browser's store fails; without, a seed goes the way it always went. */
  readonly windows?: boolean
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
  /** Devices that fell out with the one that had let them in, and were added again. */
  readonly readded: number
  readonly meetings: number
  readonly partings: number
  readonly full: number
  readonly dropped: number
  readonly doubled: number
  readonly overtaken: number
  readonly cut: number
  /** Windows that were opened, and closed on edits that no home had; those edits that a later window brought back from the browser's store. */
  readonly windows: number
  readonly shutUnsaved: number
  readonly rescued: number
  /** Rows of a browser's store that were spoilt, and times at which one failed. */
  readonly spoilt: number
  readonly storeTroubles: number
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
  /** Under which it was removed. */
  removedId: DeviceId | null = null
  /** Not bought yet. */
  isLate = false
  windows: TestWindow[] = []
  /** What windows were closed on, and the browser's store must bring back; nothing once that store had trouble. */
  owed: Y.Snapshot[] = []
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
    for (const each of this.windows) each.connect(home)
  }

  /** Resolves when it is off; what was under way is finished first. */
  async stop(): Promise<void> {
    const { home, peers } = this
    this.home = null
    this.peers = null
    for (const each of this.windows) each.cut()
    this.#keepSaved()
    await peers?.close()
    await home?.close()
    this.#storages = []
  }

  /** At once; nothing that was under way is finished. */
  crash(): void {
    for (const storage of this.#storages.splice(0)) storage.crash()
    for (const each of this.windows) each.cut()
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

  /** Opens one more, that tells this device what it is told is saved. */
  openWindow(store: TestStore): TestWindow {
    const opened = new TestWindow(this.#world, this.cache, store)
    this.windows.push(opened)
    opened.replica.onState(({ kind }) => {
      if (kind !== 'saved') return
      const snapshot = Y.snapshot(opened.replica.doc)
      this.saved.push({ state: snapshot.sv, deleted: snapshot })
    })
    if (this.home !== null) opened.connect(this.home)
    return opened
  }

  /** The browser's store, one a story. */
  get cache(): string {
    return `story-${this.#story.seed}-${this.#story.operations}-${this.name}`
  }

  allSaved(): readonly Saved[] {
    return this.#lastSaved === null ? this.saved : [...this.saved, this.#lastSaved]
  }
}

/** Lives through the story of `seed`; throws what is wrong at its end. */
export async function tell(story: Story): Promise<Told> {
  const world = createFaultWorld(story.seed)
  const store = story.windows === true ? createTestStore() : null
  try {
    return await live(story, world, store)
  } catch (error) {
    throw new Error(`seed ${story.seed} (${story.devices} devices, ${story.operations} operations): ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  } finally {
    store?.end()
    world.end()
  }
}

async function live(story: Story, world: FaultWorld, store: TestStore | null): Promise<Told> {
  const { random } = world
  const counts = { acknowledged: 0, restarts: 0, crashes: 0, revoked: 0, held: 0, readded: 0, meetings: 0, partings: 0, full: 0, concurrent: 0, windows: 0, shutUnsaved: 0, rescued: 0, spoilt: 0, storeTroubles: 0 }
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
  /** As a device does every few seconds (main/peer/meeting/meeting.ts). */
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

  /** One of the things that befall windows. */
  const befall = async (device: Device, browser: TestStore): Promise<void> => {
    const dice = random()
    const which = device.windows[below(device.windows.length)]
    if (which === undefined || (dice < 0.3 && device.windows.length < 3)) {
      if (device.home === null) return
      counts.windows += 1
      device.openWindow(browser)
    } else if (dice < 0.55) {
      const isKept = random() < 0.5 && which.isLevel && which.isStoreWell
      if (isKept) {
        /* The program has gone, somebody writes on, waits a moment, and closes the window. */
        which.cut()
        for (const command of fc.sample(someCommand, { seed: story.seed + counts.windows, numRuns: 3 })) which.edit((doc) => void perform(doc, command, device.maker))
        await during(which.replica.cached())
      }
      shut(device, which, isKept)
    } else if (dice < 0.75) which.cut()
    else if (dice < 0.9) {
      if (device.home !== null) which.connect(device.home)
    } else if (dice < 0.95) {
      counts.spoilt += await during(browser.spoil(device.cache, random))
      /* What builds on a spoilt row cannot be read either, and windows that are open write on behind it. */
      device.owed = []
      for (const one of device.windows) one.isStoreWell = false
    } else {
      counts.storeTroubles += 1
      browser.set((['full', 'aborts', 'silent'] as const)[below(3)] as StoreTrouble)
      await world.pass(below(6_000))
      browser.set('none')
      /* Who waits for an answer gives the store up within some seconds, and what lies in it goes with it. */
      await world.pass(5_000)
      for (const each of devices) {
        each.owed = []
        for (const one of each.windows) one.isStoreWell = false
      }
    }
  }
  /** `isKept`: the browser has had the time to keep what was written. */
  const shut = (device: Device, which: TestWindow, isKept: boolean): void => {
    const isUnsaved = which.replica.state().kind !== 'saved'
    if (isUnsaved) counts.shutUnsaved += 1
    if (isUnsaved && isKept && which.isStoreWell) device.owed.push(Y.snapshot(which.replica.doc))
    device.windows = device.windows.filter((one) => one !== which)
    which.close()
  }

  /** Whoever was let in by a device that was removed at the same time is told so, and its person adds it again. */
  const addAgain = async (left: readonly Device[]): Promise<void> => {
    for (const device of left) {
      const standing = device.peers?.standing()
      if (standing?.kind === 'member') continue
      if (standing?.kind !== 'fallen' || standing.by === '') throw new Error(`${device.name} was not removed, and is told that it is ${standing?.kind}`)
      const belongs = ({ peers }: Device): boolean => peers?.standing().kind === 'member'
      /* Where nobody is left who belongs, two that fell out begin anew. */
      const helper = left.find(belongs) ?? left.find((other) => other !== device)
      await letIn(helper ?? fail(), device)
      counts.readded += 1
    }
  }

  // ---- how it begins: one has a notebook, the others join
  const [first, ...others] = devices as [Device, ...Device[]]
  const late = devices.length > 3 ? devices.at(-1) : undefined
  if (late !== undefined) late.isLate = true
  for (const device of devices) if (!device.isLate) await during(device.start())
  Y.applyUpdate(first.home?.doc ?? new Y.Doc(), Y.encodeStateAsUpdate(createSample(99).doc))
  const letIn = async (helper: Device, other: Device): Promise<void> => {
    const entries = valueOf(await during(helper.peers?.admit(valueOf(other.peers?.joiningCard() ?? fail())) ?? fail()))
    valueOf(await during(other.peers?.join(entries) ?? fail()))
  }
  for (const other of others) if (!other.isLate) await letIn(first, other)

  const remove = async (by: Device, device: Device): Promise<void> => {
    const id = device.peers?.me?.id
    const revoked = id === undefined ? null : await during(by.peers?.revoke(id) ?? fail())
    if (revoked?.ok !== true) return
    counts.revoked += 1
    device.isRevoked = true
    device.removedId = id ?? null
  }
  /** A removal counts no more where whoever said it is removed before others heard of it: the person sees it in the list, and says it again. */
  const removeAgain = async (left: readonly Device[]): Promise<void> => {
    for (const { removedId } of devices) {
      const by = left.find(({ peers }) => peers?.standing().kind === 'member' && peers.devices().some(({ id, state }) => id === removedId && state === 'active'))
      if (by !== undefined && removedId !== null) valueOf(await during(by.peers?.revoke(removedId) ?? fail()))
    }
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
      for (const device of devices) if (!device.isUp && !device.isRevoked && !device.isLate) await during(device.start())
      continue
    }
    if (late?.isLate === true && done > story.operations / 2 && here.length > 1 && one.peers?.standing().kind === 'member') {
      late.isLate = false
      await during(late.start())
      /* Meanwhile it may have heard that it belongs no more itself. */
      await letIn(one.peers?.standing().kind === 'member' ? one : (here.find(({ peers }) => peers?.standing().kind === 'member') ?? one), late)
      if (random() < 0.5) meet(one, late, false)
      if (random() < 0.5) await world.pass(below(2_000))
      /* Now and then its helper is removed by one that may not have heard of it. */
      if (other !== one && counts.revoked < devices.length - 2 && random() < 0.3) await remove(other, one)
      continue
    }
    if (dice < 0.86) {
      const command = commands[done]
      done += 1
      if (command === undefined) break
      edits.set(one, done)
      if ([...edits].some(([device, at]) => device !== one && done - at < 5)) counts.concurrent += 1
      const shown = store !== null && random() < 0.5 ? one.windows[below(one.windows.length)] : undefined
      if (shown !== undefined) shown.edit((doc) => void perform(doc, command, one.maker))
      else void one.edit((home) => void perform(home.doc, command, one.maker)).then((isSaved) => void (isSaved && (counts.acknowledged += 1)))
      if (random() < 0.2) await world.pass(below(120))
      if (store !== null && random() < 0.08) await befall(one, store)
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
      /* The program alone, or the whole machine. */
      if (store !== null && random() < 0.5) for (const each of one.windows.splice(0)) each.close()
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
      await remove(one, other)
    } else if (dice < 0.997) {
      const off = devices.find(({ isUp, isRevoked, isLate }) => !isUp && !isRevoked && !isLate)
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
  for (const device of devices) if (!device.isUp && !device.isRevoked && !device.isLate) await during(device.start())
  const left = up()
  if (store !== null) {
    for (const device of left) {
      for (const each of device.windows) if (!each.isConnected && device.home !== null) each.connect(device.home)
      const { replica } = device.openWindow(store)
      /* Once it is level, and has read what lies in the browser's store. */
      await during(replica.whenLevel().then(() => replica.cached()))
    }
    await world.pass(3_000)
  }
  for (let round = 0; ; round += 1) {
    for (const [at, one] of left.entries()) for (const other of left.slice(at + 1)) meet(one, other, false)
    await world.pass(3_000)
    for (const device of left) await decide(device)
    await addAgain(left)
    await removeAgain(left)
    for (const device of left) await during(device.peers?.flushed() ?? fail())
    nudge()
    await world.pass(3_000)
    const differences = differencesBetween(left) ?? differencesInWindows(left)
    if (differences === null) break
    if (round === 8) throw new Error(differences)
  }
  await check(left, devices)
  for (const device of left) {
    const now = Y.snapshot(device.home?.doc ?? new Y.Doc())
    for (const owed of device.owed) if (!includes(now, owed)) throw new Error(`an edit that a window of ${device.name} was closed on, and that lay in the browser's store, is gone`)
    counts.rescued += device.owed.length
  }
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
  for (const device of devices) {
    for (const each of device.windows.splice(0)) each.close()
    await during(device.stop())
  }
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

/** Null where every window shows what its home has, and says that it is saved. */
function differencesInWindows(devices: readonly Device[]): string | null {
  for (const { name, home, windows } of devices) {
    for (const { replica } of windows) {
      if (replica.state().kind !== 'saved') return `a window of ${name} says "${replica.state().kind}"`
      if (home === null || !Y.equalSnapshots(Y.snapshot(home.doc), Y.snapshot(replica.doc))) return `a window of ${name} shows something else than its home`
    }
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

/** Is all that was there then, and all that was deleted then, so now? */
function includes(now: Y.Snapshot, then: Y.Snapshot): boolean {
  return [...then.sv].every(([client, clock]) => (now.sv.get(client) ?? 0) >= clock) && holds(now, then)
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
