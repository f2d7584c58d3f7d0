/**
 * The Devices room's side in the steward: this device's circle, the network that keeps it level, and pairing one step at a time.
 *
 * Invariants: nothing listens and nothing is sent before this home is paired or the person asks to pair it; one pairing at a time;
 * whatever the person is asked to compare came from pair.ts, and their answer goes there.
 */
import type { DevicesArgument, DevicesView, PairingState } from '../../shared/devices.ts'
import { DeviceId } from '../../shared/peer/identity.ts'
import { pairingLimits } from '../../shared/peer/pairing.ts'
import type { Clock } from '../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import type { Home } from '../replica.ts'
import { atPort } from './carrier/addresses.ts'
import { findOffer } from './commands.ts'
import { startMeeting, type Meeting } from './meeting/meeting.ts'
import { startNetwork, type Network, type NetworkHost, type NetworkListeners, type NetworkState } from './meeting/network.ts'
import { openPeersIn } from './circle/open.ts'
import { joinPairing, offerPairing } from './meeting/pair.ts'
import type { Peers } from './circle/peers.ts'
import { readPlaces, withPort, writePlaces, type Places } from './meeting/places.ts'

/** What the steward needs of it. */
export interface DevicesDoor {
  view(): DevicesView
  act(argument: DevicesArgument): Promise<Result<DevicesView>>
  /** Called at every change of `view`; returns its own end. */
  onChange(listener: () => void): () => void
  /** For a restore into an empty home: takes the place of the device that a backup was made on. */
  readonly peers: Pick<Peers, 'state' | 'recover' | 'succeed'> | null
  close(): Promise<void>
}

/** A home that cannot be paired: one that is open for reading only. */
export const noDevices: DevicesDoor = {
  view: () => ({ me: null, others: [], fallen: [], network: { kind: 'off' }, pairing: { kind: 'none' }, notice: null, held: [], canRestore: false, relay: null }),
  act: (argument) => Promise.resolve(argument.do === 'look' ? ok(noDevices.view()) : fail('read-only', 'this home can only be read', 'open it where it can be written')),
  onChange: () => () => undefined,
  peers: null,
  close: () => Promise.resolve()
}

export interface DevicesRoomOptions {
  readonly home: Home
  readonly directory: string
  readonly clock: Clock
  /** Starts the process that meets other devices; else one is forked. */
  readonly host?: (entry: URL) => NetworkHost
}

/** For a home that can be written. Errors: those of the circle's store and keys. */
export async function openDevicesRoom({ home, directory, clock, host }: DevicesRoomOptions): Promise<Result<DevicesDoor>> {
  if (home.state().kind === 'read-only') return ok(noDevices)
  let notice: Problem | null = null
  const peers = await openPeersIn(directory, home, 'write', (problem) => (notice = problem))
  if (!peers.ok) return peers
  const places = readPlaces(directory, home.seal, (problem) => (notice ??= problem))
  return ok(new Room({ peers: peers.value, notice, places, onPlaces: (places) => writePlaces(directory, places, home.seal), clock, start: (listeners) => startNetwork(listeners, host) }))
}

interface RoomParts {
  readonly peers: Peers
  /** What was damaged of it. */
  readonly notice: Problem | null
  readonly places: Places
  readonly onPlaces: (places: Places) => void
  readonly clock: Clock
  readonly start: (listeners: NetworkListeners) => Network
}

/** Pairing that is under way: what the person may say to it. */
interface Current {
  answer(yes: boolean): void
  cancel(): void
}

class Room implements DevicesDoor {
  readonly #parts: RoomParts
  readonly #listeners = new Set<() => void>()
  /** What each held thing would do, once it was looked at. */
  readonly #lines = new Map<string, readonly string[]>()
  readonly #heldAt = new Map<string, number>()
  readonly #end: () => void
  #places: Places
  #meeting: Meeting | null = null
  #network: NetworkState = { kind: 'quiet' }
  #pairing: PairingState = { kind: 'none' }
  #current: Current | null = null
  #isClosed = false

  constructor(parts: RoomParts) {
    this.#parts = parts
    this.#places = parts.places
    this.#end = parts.peers.onEvent((event) => {
      if (event.kind === 'devices') this.#meet()
      if (event.kind === 'quarantined') void this.#lookAt(event.key)
      this.#change()
    })
    for (const { key } of parts.peers.quarantine()) void this.#lookAt(key)
    this.#meet()
  }

  get peers(): Peers {
    return this.#parts.peers
  }

  view(): DevicesView {
    const { peers, clock } = this.#parts
    const { me } = peers
    const standing = peers.standing()
    const met = new Set(this.#meeting?.met())
    const network = this.#network
    return {
      me: me === null || standing.kind === 'alone' ? null : { id: me.id, name: me.name, standing: standing.kind, by: standing.kind === 'fallen' ? standing.by : '', isCopied: peers.isCopied(), isComing: peers.isComing() },
      others: peers.devices().filter(({ state }) => state !== 'this').map(({ id, name, state, isForked, addedAt, lastMet, waiting }) => ({
        id, name, state: state === 'revoked' ? state : isForked ? 'forked' : 'active', addedAt, lastMet, waiting, isHere: met.has(id)
      })),
      fallen: peers.fallen(),
      network: network.kind === 'broken' ? network : { kind: this.#meeting === null ? 'off' : network.kind === 'listening' ? 'on' : 'starting' },
      pairing: this.#pairing,
      notice: this.#parts.notice,
      held: peers.quarantine().map(({ key, name, why, canTake }) => ({ key, device: name, reason: why, at: this.#heldAt.get(key) ?? clock.now(), lines: this.#lines.get(key) ?? [], canTake })),
      canRestore: peers.canUndo(),
      relay: this.#places.relay
    }
  }

  async act(argument: DevicesArgument): Promise<Result<DevicesView>> {
    const done = await this.#do(argument)
    return done.ok ? ok(this.view()) : done
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#end()
    this.#current?.cancel()
    await this.#meeting?.close()
    await this.#parts.peers.close()
  }

  async #do(argument: DevicesArgument): Promise<Result<unknown>> {
    const { peers } = this.#parts
    switch (argument.do) {
      case 'look':
        return ok(undefined)
      case 'offer':
        return await this.#offer()
      case 'join':
        return this.#join(argument.code, argument.address)
      case 'answer':
        this.#current?.answer(argument.same)
        if (this.#pairing.kind === 'words') this.#show({ ...this.#pairing, isAnswered: true })
        return ok(undefined)
      case 'cancel':
        this.#current?.cancel()
        this.#current = null
        this.#show({ kind: 'none' })
        return ok(undefined)
      case 'rename':
        return await peers.rename(DeviceId.parse(argument.device), argument.name)
      case 'revoke':
        return await peers.revoke(DeviceId.parse(argument.device))
      case 'settle':
        return argument.take ? await peers.take(argument.key) : await peers.drop(argument.key)
      case 'restore':
        return peers.undo() ? ok(undefined) : fail('not-found', 'other devices deleted nothing since the app was opened', 'look among the versions of a card, or restore a backup')
      case 'anywhere':
        this.#note({ ...this.#places, relay: argument.relay })
        this.#meeting?.setRelay(argument.relay)
        return ok(undefined)
    }
  }

  // ---- pairing

  async #offer(): Promise<Result<void>> {
    if (this.#current !== null) return busy
    this.#note(withPort(this.#places))
    const offer = offerPairing({ peers: this.#parts.peers, port: this.#places.port })
    if (!offer.ok) return offer
    const { code, nameplate } = offer.value
    const network = this.#parts.start({ onArrival: (transport, purpose) => void (purpose === 'pair' && offer.value.attempt(transport)) })
    this.#follow(offer.value, network)
    const addresses = await network.offer(nameplate)
    if (!addresses.ok) {
      offer.value.cancel()
      return addresses
    }
    /* It was stopped while the network began. */
    if (this.#current !== offer.value) return ok(undefined)
    const address = addresses.value[0] ?? ''
    this.#show({ kind: 'offering', code, address, scan: `values-steward:pair ${code} ${address}`, until: this.#parts.clock.now() + pairingLimits.milliseconds })
    return ok(undefined)
  }

  #join(code: string, address: string | null): Result<void> {
    if (this.#current !== null) return busy
    const stop = new AbortController()
    const searching: Current = { answer: () => undefined, cancel: () => stop.abort() }
    this.#current = searching
    this.#show({ kind: 'joining' })
    void findOffer(code, address, stop.signal, this.#parts.start).then(async (found) => {
      /* It was stopped, and something else may be under way by now. */
      if (this.#current !== searching) return found.ok ? await found.value.network.close() : undefined
      if (!found.ok) {
        this.#current = null
        return this.#show({ kind: 'failed', problem: found.error })
      }
      const { network, transport, addresses } = found.value
      const pairing = joinPairing({ peers: this.#parts.peers, code, transport })
      this.#follow(pairing, network)
      void pairing.ended.then((ended) => ended.ok && pairing.port() > 0 && this.#meeting?.hint(ended.value, atPort(addresses, pairing.port())))
    })
    return ok(undefined)
  }

  /** The same on both sides from here on. */
  #follow(pairing: Current & Pick<ReturnType<typeof joinPairing>, 'onWords' | 'ended'>, network: Network): void {
    this.#current = pairing
    pairing.onWords(({ words, name }) => {
      if (this.#current === pairing) this.#show({ kind: 'words', words, name, isAnswered: false })
    })
    void pairing.ended.then(async (ended) => {
      if (this.#current === pairing) {
        this.#current = null
        const name = ended.ok ? (this.#parts.peers.devices().find(({ id }) => id === ended.value)?.name ?? '') : ''
        this.#show(ended.ok ? { kind: 'paired', name } : ended.error.kind === 'cancelled' && this.#pairing.kind === 'none' ? { kind: 'none' } : { kind: 'failed', problem: ended.error })
      }
      network.withdraw()
      /* What was said last is still on its way. */
      await new Promise((resolve) => setTimeout(resolve, 500))
      await network.close()
    })
  }

  // ---- what goes on by itself

  /** From the first other device on, this one is in the network for them: one that was removed hears there that it was. */
  #meet(): void {
    const { peers, start } = this.#parts
    if (this.#meeting !== null || this.#isClosed || !peers.devices().some(({ state }) => state !== 'this')) return
    this.#meeting = startMeeting({
      peers, places: this.#places, onPlaces: (places) => this.#note(places),
      startNetwork: (listeners) => start({
        ...listeners,
        onState: (state) => {
          this.#network = state
          listeners.onState?.(state)
          this.#change()
        }
      }),
      onMet: () => this.#change()
    })
  }

  async #lookAt(key: string): Promise<void> {
    this.#heldAt.set(key, this.#parts.clock.now())
    const shown = await this.#parts.peers.show(key)
    if (shown.ok) this.#lines.set(key, shown.value.lines)
    this.#change()
  }

  #note(places: Places): void {
    this.#places = places
    this.#parts.onPlaces(places)
  }

  #show(pairing: PairingState): void {
    this.#pairing = pairing
    this.#change()
  }

  #change(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

const busy = fail('conflict', 'a device is just being added', 'finish that first, or stop it')
