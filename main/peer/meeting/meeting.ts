/**
 * Keeps this device level with the person's others for as long as it runs: who is dialled, when, and again.
 *
 * Of two that find each other the one with the smaller id dials, the other waits a moment first; a channel that is lost is dialled
 * again at once and then with growing pauses; after sleep or a change of address everybody is, and so is who is heard of again or at
 * another address, whatever is being dialled already. One session a device: a second one replaces the first, but where both dialled
 * at the same time, in which case the one of the smaller id stays, and where two computers go by one name, which take turns of ten seconds. Who comes in and is not known has a session too, in which it may
 * show that it belongs (greeting.ts), and so has who is found in the circle's name though nobody told of it; a device that belongs no
 * more itself dials nobody.
 */
import type { PeerTransport } from '../../../shared/ports.ts'
import type { Problem } from '../../../shared/result.ts'
import type { Session } from './exchange.ts'
import type { Network, NetworkListeners } from './network.ts'
import type { Peers } from '../circle/peers.ts'
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
  /** Others can come in, at this port, and find this device, since then (by `Date.now`). */
  readonly onListening?: (port: number, since: number) => void
  /** No more is met from here on. */
  readonly onBroken?: (problem: Problem) => void
}

export interface Meeting {
  /** Devices with a session now. */
  met(): readonly string[]
  /** Resolves once every device that can be reached is level; how many those are. */
  level(): Promise<number>
  /** A device of the circle should be at these addresses. */
  hint(device: string, addresses: readonly string[]): void
  /** Starts *anywhere* at this relay, or (null) ends it. */
  setRelay(relay: string | null): void
  close(): Promise<void>
}

/** Milliseconds. */
const pauses = { turn: 400, first: 250, last: 2_000, nudge: 5_000, same: 1_500, copies: 10_000, kin: 5_000, mostKin: 300_000 } as const
/** Who says that it is of the circle may be one that was removed: so many are remembered, and dialled at one time. */
const kinLimits = { known: 100, atOnce: 4 } as const
/** For `level`: how long a device may take to be found once this one listens, and how long that may take. */
const reach = 6_000
const start = 30_000

interface Line {
  readonly transport: PeerTransport
  readonly session: Session
}

interface Other {
  readonly id: string
  readonly key: Uint8Array
  addresses: readonly string[]
  session: (Line & { readonly since: number; readonly byMe: boolean }) | null
  /** A dial that is under way. */
  dialling: AbortController | null
  pause: number
  /** The next dial; when it is due, by `performance.now`. */
  timer: NodeJS.Timeout | null
  due: number
}

export function startMeeting(options: MeetingOptions): Meeting {
  return new Meetings(options)
}

class Meetings implements Meeting {
  readonly #options: MeetingOptions
  readonly #network: Network
  readonly #others = new Map<string, Other>()
  /** Sessions with those who are not known yet, by their keys in hexadecimal; and when such a one may be dialled again. */
  readonly #guests = new Map<string, Line>()
  readonly #kin = new Map<string, { readonly next: number; readonly pause: number }>()
  #kinDials = 0
  readonly #ends: (() => void)[] = []
  readonly #refusals = new Map<string, number>()
  #places: Places
  /** Devices that were level at some time since. */
  readonly #synced = new Set<string>()
  /** By `performance.now`; null before. */
  #listeningSince: number | null = null
  #isClosed = false

  constructor(options: MeetingOptions) {
    this.#options = options
    this.#places = options.places
    this.#network = options.startNetwork({
      onState: (state) => {
        if (state.kind === 'broken') options.onBroken?.(state.problem)
        if (state.kind !== 'listening') return
        if (state.port !== this.#places.port) this.#note({ ...this.#places, port: state.port })
        this.#listeningSince ??= performance.now()
        options.onListening?.(state.port, state.since)
      },
      onArrival: (transport, purpose) => {
        if (purpose === 'sync') this.#adopt(transport, false)
      },
      onStranger: (transport) => this.#hear(transport),
      onDevice: (device, addresses, isNews) => this.#find(device, addresses, isNews),
      onKin: (key, addresses) => this.#findKin(key, addresses),
      onRefused: (key) => this.#refuse(Buffer.from(key).toString('hex')),
      onMoved: () => {
        for (const other of this.#others.values()) this.#dialSoon(other, 0)
      }
    })
    this.#ends.push(options.peers.onEvent((event) => {
      if (event.kind === 'devices') this.#update()
      if (event.kind === 'synced') this.#synced.add(event.device)
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
    const begun = performance.now()
    const level = new Map<string, Session>()
    for (;;) {
      const here = [...this.#others.values()].flatMap(({ id, session }) => (session === null ? [] : [{ id, session: session.session }]))
      const waiting = here.filter(({ id, session }) => level.get(id) !== session)
      await Promise.all(waiting.map(async ({ id, session }) => {
        if (await session.level()) level.set(id, session)
      }))
      /* One that came, was level and left again needs nothing more. */
      const reached = [...this.#others.keys()].filter((id) => level.has(id) || this.#synced.has(id))
      const until = this.#listeningSince === null ? begun + start : Math.max(begun, this.#listeningSince) + reach
      if (waiting.length === 0 && (reached.length === this.#others.size || performance.now() > until)) return reached.length
      if (waiting.length === 0) await pause(50)
    }
  }

  hint(device: string, addresses: readonly string[]): void {
    this.#find(device, addresses, true)
  }

  setRelay(relay: string | null): void {
    this.#note({ ...this.#places, relay })
    this.#update()
    /* Who was never seen here may be met there. */
    for (const other of this.#others.values()) if (other.session === null) this.#dialSoon(other, this.#turn(other))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const end of this.#ends) end()
    for (const { timer, dialling, session } of this.#others.values()) {
      if (timer !== null) clearTimeout(timer)
      dialling?.abort()
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
      const other: Other = { id, key: Uint8Array.from(Buffer.from(transport, 'hex')), addresses: this.#places.devices[id] ?? [], session: null, dialling: null, pause: pauses.first, timer: null, due: 0 }
      this.#others.set(id, other)
      const guest = this.#guests.get(transport)
      if (guest !== undefined) this.#adopt(guest.transport, false, guest.session)
      else this.#dialSoon(other, this.#turn(other))
    }
    for (const [id, { session, dialling, timer }] of this.#others) {
      if (active.some((device) => device.id === id)) continue
      this.#others.delete(id)
      if (timer !== null) clearTimeout(timer)
      dialling?.abort()
      session?.transport.close()
    }
    this.#network.listen({
      secret: secret.value, port: this.#places.port, relay: this.#places.relay,
      members: active.map(({ transport }) => transport),
      circle: { me: me.id, key: Uint8Array.from(Buffer.from(me.transport, 'hex')), others: active.map(({ id }) => id), keys: peers.discoveryKeys() }
    })
  }

  #find(device: string, addresses: readonly string[], isNews: boolean): void {
    const other = this.#others.get(device)
    if (other === undefined) return
    const isNew = addresses.some((address) => !other.addresses.includes(address))
    other.addresses = [...new Set([...addresses, ...other.addresses])].slice(0, 8)
    if (isNew) this.#note({ ...this.#places, devices: { ...this.#places.devices, [device]: [...other.addresses] } })
    other.pause = pauses.first
    if (other.session === null && (isNew || isNews || other.dialling === null)) this.#dialSoon(other, this.#turn(other))
  }

  /** Both came in later, each through another device: of the two the one with the smaller key dials first. */
  #findKin(key: Uint8Array, addresses: readonly string[]): void {
    const { peers } = this.#options
    const [own, remote] = [peers.me?.transport ?? '', Buffer.from(key).toString('hex')]
    const isKnown = this.#guests.has(remote) || peers.devices().some(({ transport }) => transport === remote)
    const now = performance.now()
    if (this.#isClosed || isKnown || peers.standing().kind !== 'member') return
    const { next, pause: last } = this.#kin.get(remote) ?? { next: now + (own < remote ? 0 : pauses.turn), pause: pauses.kin / 2 }
    const isDue = now >= next && this.#kinDials < kinLimits.atOnce
    const pause = isDue ? Math.min(last * 2, pauses.mostKin) : last
    if (this.#kin.size >= kinLimits.known && !this.#kin.has(remote)) this.#kin.delete(this.#kin.keys().next().value ?? '')
    this.#kin.set(remote, { next: isDue ? now + pause : next, pause })
    if (isDue) void this.#dialKin(key, addresses)
  }

  async #dialKin(key: Uint8Array, addresses: readonly string[]): Promise<void> {
    this.#kinDials += 1
    const dialled = await this.#network.dial({ key, addresses }, 'sync')
    this.#kinDials -= 1
    if (dialled.ok) this.#hear(dialled.value)
  }

  /** Whose turn it is to dial: ours at once, the other's first for a moment. */
  #turn({ id }: Other): number {
    return (this.#options.peers.me?.id ?? '') < id ? 0 : pauses.turn
  }

  #dialSoon(other: Other, delay: number): void {
    const isSomewhere = other.addresses.length > 0 || this.#places.relay !== null
    if (this.#isClosed || !isSomewhere || this.#options.peers.standing().kind !== 'member') return
    const due = performance.now() + delay
    /* Hearing of it again and again puts nothing off. */
    if (other.timer !== null && other.due <= due) return
    if (other.timer !== null) clearTimeout(other.timer)
    other.due = due
    other.timer = setTimeout(() => {
      other.timer = null
      void this.#dial(other)
    }, delay)
    other.timer.unref()
  }

  async #dial(other: Other): Promise<void> {
    if (this.#isClosed || this.#others.get(other.id) !== other) return
    /* It may be on its way to where nobody is any more. */
    other.dialling?.abort()
    const dialling = new AbortController()
    const before = other.session
    other.dialling = dialling
    const dialled = await this.#network.dial({ key: other.key, addresses: other.addresses }, 'sync', dialling.signal)
    if (other.dialling === dialling) other.dialling = null
    if (dialled.ok) return this.#adopt(dialled.value, true)
    if (dialling.signal.aborted || this.#isClosed || other.session !== before || this.#others.get(other.id) !== other) return
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
    /* Each of two copies would end the other's line as soon as it came. */
    if (old !== null && now - old.since < pauses.copies && this.#options.peers.devices().some(({ id, isForked }) => id === other.id && isForked)) return transport.close()
    const session = begun ?? this.#options.peers.connect(transport, { remote: key.toString('hex') })
    const mine = { transport, session, since: now, byMe }
    other.session = mine
    other.pause = pauses.first
    /* Both dialled: of the two lines the other's is the one that stays. */
    if (!byMe && this.#turn(other) > 0) other.dialling?.abort()
    if (other.timer !== null) clearTimeout(other.timer)
    other.timer = null
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
