/**
 * Keeps this device level with the person's others for as long as it runs: who is dialled, when, and again.
 *
 * Of two that find each other the one with the smaller id dials, the other waits a moment first; a channel that is lost is dialled
 * again at once and then with growing pauses; after sleep or a change of address everybody is. One session a device: a second one
 * replaces the first, but where both dialled at the same time, in which case the one of the smaller id stays. Who comes in and is
 * not known has a session too, in which it may show that it belongs (exchange.ts); a device that belongs no more itself dials nobody.
 */
import type { PeerTransport } from '../../shared/ports.ts'
import type { Session } from './exchange.ts'
import type { Network, NetworkListeners } from './network.ts'
import type { Peers } from './peers.ts'
import type { Places } from './places.ts'

/** What is needed of the circle. */
export type MeetingPeers = Pick<Peers, 'me' | 'standing' | 'devices' | 'connect' | 'transportSecret' | 'discoveryKeys' | 'onEvent'>

export interface MeetingOptions {
  readonly peers: MeetingPeers
  readonly startNetwork: (listeners: NetworkListeners) => Network
  readonly places: Places
  readonly onPlaces: (places: Places) => void
  /** A device of the circle, or one that no longer is, or (null) nobody known, wanted in and was not let in. */
  readonly onRefused?: (device: string | null) => void
  /** A session began or ended. */
  readonly onMet?: () => void
}

export interface Meeting {
  /** Devices with a session now. */
  met(): readonly string[]
  /** Resolves once every device that can be reached is level; how many those are. */
  level(): Promise<number>
  /** Starts *anywhere* at this relay, or (null) ends it. */
  setRelay(relay: string | null): void
  close(): Promise<void>
}

/** Milliseconds. */
const pauses = { turn: 1_500, first: 250, last: 4_000, nudge: 5_000, same: 1_500 } as const
/** How long a device may take to be found, for `level`. */
const reach = 6_000

interface Line {
  readonly transport: PeerTransport
  readonly session: Session
}

interface Other {
  readonly id: string
  readonly key: Uint8Array
  addresses: readonly string[]
  session: (Line & { readonly since: number; readonly byMe: boolean }) | null
  isDialling: boolean
  pause: number
  timer: NodeJS.Timeout | null
  /** When it last could not be reached; 0 for never. */
  missed: number
}

export function startMeeting(options: MeetingOptions): Meeting {
  return new Meetings(options)
}

class Meetings implements Meeting {
  readonly #options: MeetingOptions
  readonly #network: Network
  readonly #others = new Map<string, Other>()
  /** Sessions with those who are not known yet, by their keys in hexadecimal. */
  readonly #guests = new Map<string, Line>()
  readonly #ends: (() => void)[] = []
  readonly #refusals = new Map<string, number>()
  #places: Places
  #isClosed = false

  constructor(options: MeetingOptions) {
    this.#options = options
    this.#places = options.places
    this.#network = options.startNetwork({
      onState: (state) => {
        if (state.kind === 'listening' && state.port !== this.#places.port) this.#note({ ...this.#places, port: state.port })
      },
      onArrival: (transport, purpose) => {
        if (purpose === 'sync') this.#adopt(transport, false)
      },
      onStranger: (transport) => this.#hear(transport),
      onDevice: (device, addresses) => this.#find(device, addresses),
      onRefused: (key) => this.#refuse(Buffer.from(key).toString('hex')),
      onMoved: () => {
        for (const other of this.#others.values()) this.#dialSoon(other, 0)
      }
    })
    this.#ends.push(options.peers.onEvent(({ kind }) => {
      if (kind === 'devices') this.#update()
    }))
    const nudging = setInterval(() => {
      for (const { session } of this.#others.values()) session?.session.nudge()
    }, pauses.nudge)
    nudging.unref()
    this.#ends.push(() => clearInterval(nudging))
    this.#update()
  }

  met(): readonly string[] {
    return [...this.#others.values()].filter(({ session }) => session !== null).map(({ id }) => id)
  }

  async level(): Promise<number> {
    const until = performance.now() + reach
    const level = new Map<string, Session>()
    for (;;) {
      const here = [...this.#others.values()].flatMap(({ id, session }) => (session === null ? [] : [{ id, session: session.session }]))
      const waiting = here.filter(({ id, session }) => level.get(id) !== session)
      await Promise.all(waiting.map(async ({ id, session }) => {
        if (await session.level()) level.set(id, session)
      }))
      const absent = [...this.#others.values()].filter(({ id }) => !level.has(id))
      if (waiting.length === 0 && (absent.length === 0 || performance.now() > until)) return level.size
      if (waiting.length === 0) await pause(50)
    }
  }

  setRelay(relay: string | null): void {
    this.#note({ ...this.#places, relay })
    this.#update()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const end of this.#ends) end()
    for (const { timer, session } of this.#others.values()) {
      if (timer !== null) clearTimeout(timer)
      session?.transport.close()
    }
    await this.#network.close()
  }

  /** Takes over who belongs to the circle now. */
  #update(): void {
    const { peers } = this.#options
    const { me } = peers
    const secret = peers.transportSecret()
    if (me === null || !secret.ok || this.#isClosed) return
    const active = peers.devices().filter(({ id, state }) => id !== me.id && state === 'active')
    for (const { id, transport } of active) {
      if (this.#others.has(id)) continue
      const other: Other = { id, key: Uint8Array.from(Buffer.from(transport, 'hex')), addresses: this.#places.devices[id] ?? [], session: null, isDialling: false, pause: pauses.first, timer: null, missed: 0 }
      this.#others.set(id, other)
      const guest = this.#guests.get(transport)
      if (guest !== undefined) this.#adopt(guest.transport, false, guest.session)
      else if (other.addresses.length > 0) this.#dialSoon(other, this.#turn(other))
    }
    for (const [id, { session, timer }] of this.#others) {
      if (active.some((device) => device.id === id)) continue
      this.#others.delete(id)
      if (timer !== null) clearTimeout(timer)
      session?.transport.close()
    }
    this.#network.listen({
      secret: secret.value, port: this.#places.port, relay: this.#places.relay,
      members: active.map(({ transport }) => transport),
      circle: { me: me.id, others: active.map(({ id }) => id), keys: peers.discoveryKeys() }
    })
  }

  #find(device: string, addresses: readonly string[]): void {
    const other = this.#others.get(device)
    if (other === undefined) return
    const isNew = addresses.some((address) => !other.addresses.includes(address))
    other.addresses = [...new Set([...addresses, ...other.addresses])].slice(0, 8)
    if (isNew) this.#note({ ...this.#places, devices: { ...this.#places.devices, [device]: [...other.addresses] } })
    other.pause = pauses.first
    if (other.session === null) this.#dialSoon(other, this.#turn(other))
  }

  /** Whose turn it is to dial: ours at once, the other's first for a moment. */
  #turn({ id }: Other): number {
    return (this.#options.peers.me?.id ?? '') < id ? 0 : pauses.turn
  }

  #dialSoon(other: Other, delay: number): void {
    if (this.#isClosed || other.addresses.length === 0 || this.#options.peers.standing().kind !== 'member') return
    if (other.timer !== null) clearTimeout(other.timer)
    other.timer = setTimeout(() => void this.#dial(other), delay)
    other.timer.unref()
  }

  async #dial(other: Other): Promise<void> {
    if (other.isDialling || this.#others.get(other.id) !== other) return
    const before = other.session
    other.isDialling = true
    const dialled = await this.#network.dial({ key: other.key, addresses: other.addresses }, 'sync')
    other.isDialling = false
    if (dialled.ok) return this.#adopt(dialled.value, true)
    if (this.#isClosed || other.session !== before || this.#others.get(other.id) !== other) return
    other.missed = performance.now()
    other.pause = Math.min(other.pause * 2, pauses.last)
    this.#dialSoon(other, other.pause)
  }

  /** Somebody whom this device does not know: it becomes known in its session, or is sent away in it. */
  #hear(transport: PeerTransport): void {
    const key = Buffer.from(transport.remote)
    const remote = key.toString('hex')
    if ([...this.#others.values()].some((each) => key.equals(each.key))) return this.#adopt(transport, false)
    if (this.#isClosed || this.#guests.has(remote)) return transport.close()
    const session = this.#options.peers.connect(transport, { remote })
    this.#guests.set(remote, { transport, session })
    transport.onClose(() => this.#guests.delete(remote))
  }

  #adopt(transport: PeerTransport, byMe: boolean, begun: Session | null = null): void {
    const key = Buffer.from(transport.remote)
    const other = [...this.#others.values()].find((each) => key.equals(each.key))
    if (other === undefined || this.#isClosed) return transport.close()
    const old = other.session
    const now = performance.now()
    if (old !== null && now - old.since < pauses.same && old.byMe !== byMe && old.byMe === (this.#turn(other) === 0)) return transport.close()
    const session = begun ?? this.#options.peers.connect(transport, { remote: key.toString('hex') })
    const mine = { transport, session, since: now, byMe }
    other.session = mine
    other.pause = pauses.first
    if (other.timer !== null) clearTimeout(other.timer)
    old?.transport.close()
    this.#options.onMet?.()
    transport.onClose(() => {
      if (other.session !== mine) return
      other.session = null
      this.#options.onMet?.()
      /* Sent away at once means that it knows this device no more: no hurry then. */
      other.pause = performance.now() - now < pauses.same ? Math.min(other.pause * 2, pauses.last) : pauses.first
      this.#dialSoon(other, other.pause + this.#turn(other))
    })
  }

  #refuse(key: string): void {
    const now = performance.now()
    if (now - (this.#refusals.get(key) ?? -Infinity) < 10_000) return
    if (this.#refusals.size > 1_000) this.#refusals.clear()
    this.#refusals.set(key, now)
    this.#options.onRefused?.(this.#options.peers.devices().find(({ transport }) => transport === key)?.id ?? null)
  }

  #note(places: Places): void {
    this.#places = places
    this.#options.onPlaces(places)
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
