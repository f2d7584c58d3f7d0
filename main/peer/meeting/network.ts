/**
 * The steward's end of the process that meets other devices (process.ts): dials, arrivals and finds as values and transports.
 * The process may die at any time: every channel closes then, another is started and told the same again.
 *
 * Promises of its transports: T1–T7 of shared/ports.ts. Leaves out who is dialled and when (meeting.ts) and what frames say.
 */
import { forkProcess, type ProcessHost } from '../../../models/fork.ts'
import type { PeerTransport } from '../../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../../shared/result.ts'
import { transportLimits, type Purpose, type Target, type TransportLimits } from '../carrier/carrier.ts'
import { Line } from '../carrier/line.ts'
import type { FromProcess, Listening, ToProcess } from './messages.ts'

/** A process that runs process.ts. */
export type NetworkHost = Omit<ProcessHost<ToProcess, FromProcess>, 'pid'>

export type NetworkState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'quiet' }
  | { readonly kind: 'listening'; readonly port: number; readonly carriers: readonly string[]; /** By `Date.now`. */ readonly since: number }
  | { readonly kind: 'broken'; readonly problem: Problem }

export interface NetworkListeners {
  readonly onState?: (state: NetworkState) => void
  /** Somebody came in; for `sync` a member. */
  readonly onArrival?: (transport: PeerTransport, purpose: Purpose) => void
  /** Somebody who is no member came in, and may show that it is one; without this it is sent away. */
  readonly onStranger?: (transport: PeerTransport) => void
  /** A device of the circle, by its id, was found at these addresses; `isNews` where it has just come or moved there. */
  readonly onDevice?: (device: string, addresses: readonly string[], isNews: boolean) => void
  /** One of the circle that this device does not know, by the key that it is met under. */
  readonly onKin?: (key: Uint8Array, addresses: readonly string[]) => void
  readonly onOffer?: (nameplate: string, addresses: readonly string[]) => void
  /** The key of somebody who was not let in. */
  readonly onRefused?: (key: Uint8Array) => void
  /** The machine woke or its addresses changed. */
  readonly onMoved?: () => void
}

export interface Network {
  readonly state: NetworkState
  /** From here on members may come in, and this device can be found by them; again at every change. */
  listen(listening: Listening): void
  /** `signal`: it is wanted no more; a line that came all the same is closed. */
  dial(target: Target, purpose: Purpose, signal?: AbortSignal): Promise<Result<PeerTransport>>
  /** Lets strangers in for pairing, until `withdraw`; the addresses where. */
  offer(nameplate: string): Promise<Result<readonly string[]>>
  withdraw(): void
  close(): Promise<void>
}

/** A process that died this often, without a minute in between, is not started again. */
const mostDeaths = 5
const calm = 60_000
const stopPatience = 2_000

export function startNetwork(listeners: NetworkListeners, startHost: (entry: URL) => NetworkHost = forkProcess, limits: TransportLimits = transportLimits): Network {
  return new Supervisor(listeners, startHost, limits)
}

class Supervisor implements Network {
  state: NetworkState = { kind: 'starting' }
  readonly #listeners: NetworkListeners
  readonly #startHost: (entry: URL) => NetworkHost
  readonly #limits: TransportLimits
  readonly #channels = new Map<number, Channel>()
  readonly #dials = new Map<number, (result: Result<PeerTransport>) => void>()
  #host: NetworkHost | null = null
  #listening: Listening | null = null
  #nameplate: string | null = null
  #offers: ((result: Result<readonly string[]>) => void)[] = []
  #lastDial = 0
  #deaths: number[] = []
  #isClosed = false

  constructor(listeners: NetworkListeners, startHost: (entry: URL) => NetworkHost, limits: TransportLimits) {
    this.#limits = limits
    this.#listeners = listeners
    this.#startHost = startHost
    this.#launch()
  }

  listen(listening: Listening): void {
    const before = this.#listening
    this.#listening = listening
    const isSame = before !== null && before.relay === listening.relay && Buffer.compare(before.secret, listening.secret) === 0
    if (isSame) this.#host?.send({ kind: 'members', members: listening.members, circle: listening.circle })
    else this.#host?.send({ kind: 'listen', listening })
  }

  dial(target: Target, purpose: Purpose, signal?: AbortSignal): Promise<Result<PeerTransport>> {
    const host = this.#host
    if (host === null) return Promise.resolve(gone())
    this.#lastDial += 1
    const number = this.#lastDial
    return new Promise((resolve) => {
      this.#dials.set(number, resolve)
      host.send({ kind: 'dial', number, target, purpose })
      signal?.addEventListener('abort', () => {
        if (!this.#dials.delete(number)) return
        host.send({ kind: 'abandon', number })
        resolve(fail('cancelled', 'it was stopped', 'try again in a moment'))
      }, { once: true })
    })
  }

  offer(nameplate: string): Promise<Result<readonly string[]>> {
    const host = this.#host
    if (host === null) return Promise.resolve(gone())
    this.#nameplate = nameplate
    return new Promise((resolve) => {
      this.#offers.push(resolve)
      host.send({ kind: 'offer', nameplate })
    })
  }

  withdraw(): void {
    this.#nameplate = null
    this.#host?.send({ kind: 'withdraw' })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const host = this.#host
    if (host === null) return
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => host.kill(), stopPatience)
      host.onExit(() => {
        clearTimeout(late)
        resolve()
      })
      host.send({ kind: 'stop' })
    })
  }

  // ---- the process --------------------------------------------------------------------------------------------------

  #launch(): void {
    const host = this.#startHost(new URL('./process.ts', import.meta.url))
    this.#host = host
    host.onMessage((message) => {
      if (this.#host === host) this.#hear(message)
    })
    host.onExit(() => {
      if (this.#host === host) this.#bury()
    })
    if (this.#listening === null) this.#enter({ kind: 'quiet' })
    else host.send({ kind: 'listen', listening: this.#listening })
    if (this.#nameplate !== null) host.send({ kind: 'offer', nameplate: this.#nameplate })
  }

  #hear(message: FromProcess): void {
    switch (message.kind) {
      case 'listening':
        return this.#enter(message)
      case 'broken':
        return this.#enter(message)
      case 'offering':
        for (const tell of this.#offers.splice(0)) tell(message.addresses.length > 0 ? ok(message.addresses) : fail('not-found', 'this computer is in no network', 'join one, or exchange through a folder'))
        return
      case 'device':
        return this.#listeners.onDevice?.(message.device, message.addresses, message.isNews)
      case 'kin':
        return this.#listeners.onKin?.(Uint8Array.from(message.key), message.addresses)
      case 'offer':
        return this.#listeners.onOffer?.(message.nameplate, message.addresses)
      case 'moved':
        return this.#listeners.onMoved?.()
      case 'refused':
        return this.#listeners.onRefused?.(Uint8Array.from(message.remote))
      case 'opened':
        return this.#open(message)
      case 'failed':
        this.#dials.get(message.number)?.({ ok: false, error: message.problem })
        this.#dials.delete(message.number)
        return
      case 'frame':
        return this.#channels.get(message.channel)?.take(message.frame)
      case 'wrote':
        return this.#channels.get(message.channel)?.wrote(message.bytes)
      case 'closed':
        this.#channels.get(message.channel)?.end()
        this.#channels.delete(message.channel)
        return
    }
  }

  #open({ channel, number, isGuest, purpose, remote }: Extract<FromProcess, { kind: 'opened' }>): void {
    const host = this.#host
    if (host === null) return
    if (isGuest && this.#listeners.onStranger === undefined) {
      host.send({ kind: 'close', channel })
      return this.#listeners.onRefused?.(Uint8Array.from(remote))
    }
    if (number !== null && !this.#dials.has(number)) return host.send({ kind: 'close', channel })
    const transport = new Channel(Uint8Array.from(remote), this.#limits, (frame) => host.send({ kind: 'send', channel, frame }), () => host.send({ kind: 'close', channel }))
    this.#channels.set(channel, transport)
    if (isGuest) return this.#listeners.onStranger?.(transport)
    if (number === null) return this.#listeners.onArrival?.(transport, purpose)
    this.#dials.get(number)?.(ok(transport))
    this.#dials.delete(number)
  }

  #bury(): void {
    this.#host = null
    for (const channel of this.#channels.values()) channel.end()
    for (const tell of this.#dials.values()) tell(gone())
    for (const tell of this.#offers.splice(0)) tell(gone())
    this.#channels.clear()
    this.#dials.clear()
    if (this.#isClosed) return
    const now = performance.now()
    this.#deaths = [...this.#deaths.filter((at) => now - at < calm), now]
    if (this.#deaths.length < mostDeaths) return this.#launch()
    this.#enter({ kind: 'broken', problem: { kind: 'internal', message: 'meeting other devices failed several times in a row', remedy: 'restart the app; your values are safe' } })
  }

  #enter(state: NetworkState): void {
    this.state = state
    this.#listeners.onState?.(state)
  }
}

/** A channel of the process, seen from here. */
class Channel extends Line {
  readonly #pass: (frame: Uint8Array) => void
  readonly #hangUp: () => void

  constructor(remote: Uint8Array, limits: TransportLimits, pass: (frame: Uint8Array) => void, hangUp: () => void) {
    super(remote, limits, lowMark)
    this.#pass = pass
    this.#hangUp = hangUp
  }

  protected pass(frame: Uint8Array): void {
    this.#pass(frame)
  }

  protected hangUp(): void {
    this.#hangUp()
  }
}

/** Bytes; a frame of the exchange or so. */
const lowMark = 512 * 1024

function gone(): Result<never> {
  return fail('internal', 'the part that meets other devices is not running', 'try again in a moment')
}
