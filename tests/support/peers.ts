/**
 * Devices for tests: homes on memory disks with their circle, paired with each other over transports in memory, the same words
 * said yes to on both sides. Everything is the program's own but the disk and the wire.
 */
import { randomBytes } from 'node:crypto'
import * as Y from 'yjs'
import { createLocalGatekeeper, type Gatekeeper } from '../../main/peer/circle/gatekeeper.ts'
import type { Keystore } from '../../main/peer/circle/keys.ts'
import { joinPairing, offerPairing } from '../../main/peer/meeting/pair.ts'
import type { PeerEvent } from '../../main/peer/circle/core.ts'
import { openPeers, type Peers } from '../../main/peer/circle/peers.ts'
import { openHomeOn, type Home } from '../../main/replica.ts'
import type { DeviceId } from '../../shared/peer/identity.ts'
import { ok } from '../../shared/result.ts'
import { createMaker, valueOf } from './document.ts'
import { createMemoryDisk, openMemoryStorage, type MemoryDisk } from './storage.ts'
import { createTransportPair } from './transport.ts'

export interface Device {
  readonly name: string
  readonly homeDisk: MemoryDisk
  readonly peerDisk: MemoryDisk
  readonly keystore: Keystore
  readonly home: Home
  readonly peers: Peers
  readonly events: PeerEvent[]
  readonly maker: ReturnType<typeof createMaker>
  close(): Promise<void>
  /** As a power cut: what was not durable is gone. */
  crash(): void
}

export interface DeviceOptions {
  readonly homeDisk?: MemoryDisk
  readonly peerDisk?: MemoryDisk
  readonly keystore?: Keystore
  readonly createGatekeeper?: (state: () => Uint8Array) => Gatekeeper
  /** Milliseconds; the test's own where it matters. */
  readonly now?: () => number
}

export function createMemoryKeystore(): Keystore {
  let kept: Uint8Array | null = null
  return {
    read: () => ok(kept),
    write(bytes) {
      kept = bytes.slice()
      return ok(undefined)
    }
  }
}

let opened = 0

export async function openDevice(name: string, { homeDisk = createMemoryDisk(), peerDisk = createMemoryDisk(), keystore = createMemoryKeystore(), createGatekeeper = createLocalGatekeeper, now = Date.now }: DeviceOptions = {}): Promise<Device> {
  const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }
  const homeStorage = openMemoryStorage(homeDisk)
  const peerStorage = openMemoryStorage(peerDisk)
  const home = valueOf(await openHomeOn(homeStorage, { random, name, problem: null }))
  const peers = valueOf(await openPeers({ home, storage: peerStorage, keystore, clock: { now }, random, createGatekeeper, name, pauses: { quiet: 5, most: 20 } }))
  const events: PeerEvent[] = []
  peers.onEvent((event) => events.push(event))
  return {
    name, homeDisk, peerDisk, keystore, home, peers, events,
    maker: createMaker(`${name}${(opened += 1)}-`),
    async close() {
      await peers.close()
      await home.close()
    },
    crash() {
      homeStorage.crash()
      peerStorage.crash()
    }
  }
}

/** The same device once more, from what its disks hold. */
export function reopen({ name, homeDisk, peerDisk, keystore }: Device): Promise<Device> {
  return openDevice(name, { homeDisk, peerDisk, keystore })
}

/** `joining` is added to the devices of `existing`: both persons say yes, and the graph is there. */
export async function pair(existing: Device, joining: Device): Promise<DeviceId> {
  const [left, right] = createTransportPair()
  const offer = valueOf(offerPairing({ peers: existing.peers }))
  const join = joinPairing({ peers: joining.peers, code: offer.code, transport: right })
  offer.onWords(() => offer.answer(true))
  join.onWords(() => join.answer(true))
  offer.attempt(left)
  const [device] = await Promise.all([offer.ended, join.ended].map(async (ended) => valueOf(await ended)))
  await meet(existing, joining)
  return device as DeviceId
}

/** Two devices in touch until both are level; `isProven`: over a transport that proves the keys of both, as all real ones do. */
export async function meet(one: Device, other: Device, isProven = false): Promise<void> {
  const line = connect(one, other, isProven)
  const levels = await Promise.all([line.left.level(), line.right.level()])
  if (levels.includes(false)) throw new Error(`${one.name} and ${other.name} did not come level`)
  line.end()
}

export function connect(one: Device, other: Device, isProven = false) {
  const [near, far] = createTransportPair()
  const keyOf = ({ peers }: Device): string | null => (isProven ? valueOf(peers.ownCard()).transport : null)
  const left = one.peers.connect(near, { remote: keyOf(other) })
  const right = other.peers.connect(far, { remote: keyOf(one) })
  return {
    left, right,
    end() {
      left.close()
      right.close()
    }
  }
}

/** Everything that two documents may differ in: content, clocks, deletions, and what waits. */
export function fingerprint({ home: { doc } }: Pick<Device, 'home'>): string {
  const deleted = [...Y.snapshot(doc).ds.clients].filter(([, ranges]) => ranges.length > 0).sort(([left], [right]) => left - right)
  return JSON.stringify({
    content: inOrder(Object.fromEntries([...doc.share.keys()].map((name) => [name, doc.getMap(name).toJSON()]))),
    clocks: [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([left], [right]) => left - right),
    deleted,
    pending: doc.store.pendingStructs !== null || doc.store.pendingDs !== null
  })
}

/** The same value with its keys sorted, all the way down. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, one]) => [key, inOrder(one)]))
}
