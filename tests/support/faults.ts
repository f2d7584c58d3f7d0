/**
 * A network in memory that does what networks do, from one seed: it drops, doubles, delays and so reorders packets, parts devices
 * from each other and cuts channels; time is the world's own, so that hours pass in a second and the same seed takes the same
 * way. `connect` gives Transports that keep T1–T7 over it (numbers, acknowledgements, resending); with `isRaw` the faults reach
 * the frames themselves, as in a folder that some service keeps level badly.
 */
import type { Clock, PeerTransport } from '../../shared/ports.ts'
import { seeded } from './worlds.ts'

export interface Faults {
  /** Shares of packets, in [0, 1]. */
  readonly drop: number
  readonly double: number
  /** Milliseconds at most. */
  readonly delay: number
}

export interface FaultCounts {
  dropped: number
  doubled: number
  /** Packets that arrived behind one sent later. */
  overtaken: number
  cut: number
}

export interface FaultWorld {
  readonly counts: FaultCounts
  /** In [0, 1), the same for the same seed. */
  random(): number
  /** Milliseconds of the world. */
  now(): number
  /** A clock that is wrong by so many milliseconds. */
  clock(skew: number): Clock
  setFaults(faults: Faults): void
  /** Nothing passes between the two until `heal`. */
  part(left: string, right: string): void
  heal(): void
  connect(left: End, right: End, isRaw?: boolean): readonly [PeerTransport, PeerTransport]
  /** What a machine does when it loses its power: its channels say nothing more, and nobody is told. */
  silence(transport: PeerTransport): void
  /** Lets so many milliseconds pass. */
  pass(milliseconds: number): Promise<void>
  /** Gives the platform's own timers back. */
  end(): void
}

export interface End {
  readonly name: string
  readonly key: Uint8Array
}

export const calm: Faults = { drop: 0, double: 0, delay: 5 }
const resend = 250
const mostResends = 12

const usualLimits = { frame: 64 * 1024 * 1024, backlog: 64 * 1024 * 1024 }

/** Takes over `setTimeout`, its kin and `performance.now` until `end`. */
export function createFaultWorld(seed: number, limits = usualLimits): FaultWorld {
  const random = seeded(seed)
  const time = takeTime()
  const counts: FaultCounts = { dropped: 0, doubled: 0, overtaken: 0, cut: 0 }
  const parted = new Set<string>()
  const ends = new Map<PeerTransport, () => void>()
  let faults = calm
  const road = (left: string, right: string): string => [left, right].toSorted().join(' ')

  /** One packet on its way; perhaps never, perhaps twice. */
  function carry(from: string, to: string, arrive: () => void, order: { sent: number; arrived: number }): void {
    const copies = random() < faults.double ? 2 : 1
    if (copies === 2) counts.doubled += 1
    order.sent += 1
    const number = order.sent
    for (let copy = 0; copy < copies; copy += 1) {
      if (parted.has(road(from, to)) || random() < faults.drop) {
        counts.dropped += 1
        continue
      }
      time.after(Math.ceil(random() * faults.delay), () => {
        if (parted.has(road(from, to))) return void (counts.dropped += 1)
        if (number < order.arrived) counts.overtaken += 1
        order.arrived = Math.max(order.arrived, number)
        arrive()
      })
    }
  }

  function connect(left: End, right: End, isRaw = false): readonly [PeerTransport, PeerTransport] {
    const build = (): MemoryEnd => (isRaw ? new Raw() : new Reliable(limits))
    const pair: [MemoryEnd, MemoryEnd] = [build(), build()]
    for (const [at, from, to] of [[0, left, right], [1, right, left]] as const) {
      const order = { sent: 0, arrived: 0 }
      pair[at].open(to.key, (packet) => carry(from.name, to.name, () => pair[1 - at]?.hear(packet), order), time.after, () => void (counts.cut += 1))
      ends.set(pair[at], () => pair[at].silence())
    }
    return pair
  }

  return {
    counts, random, connect,
    now: time.now,
    clock: (skew) => ({ now: () => 1_800_000_000_000 + time.now() + skew }),
    setFaults(next) {
      faults = next
    },
    part: (left, right) => void parted.add(road(left, right)),
    heal: () => parted.clear(),
    silence: (transport) => ends.get(transport)?.(),
    pass: time.pass,
    end: time.end
  }
}

// ---- channels -------------------------------------------------------------------------------------------------------

type Packet =
  | { readonly kind: 'frame'; readonly number: number; readonly frame: Uint8Array }
  | { readonly kind: 'bye' | 'sign'; readonly number: number }
  | { readonly kind: 'seen'; readonly number: number }

type After = (milliseconds: number, then: () => void) => void

/** What both kinds of channel share: who listens, who is told of the end. */
abstract class MemoryEnd implements PeerTransport {
  remote: Uint8Array = new Uint8Array(32)
  pending = 0
  protected carry: (packet: Packet) => void = () => undefined
  protected after: After = () => undefined
  protected isOver = false
  readonly #early: Uint8Array[] = []
  readonly #closing = new Set<() => void>()
  readonly #dry = new Set<() => void>()
  #listener: ((frame: Uint8Array) => void) | null = null
  #cut: () => void = () => undefined

  open(remote: Uint8Array, carry: (packet: Packet) => void, after: After, cut: () => void): void {
    this.remote = remote
    this.carry = carry
    this.after = after
    this.#cut = cut
    this.begin()
  }

  protected abstract begin(): void
  abstract send(frame: Uint8Array): void
  abstract hear(packet: Packet): void
  abstract close(): void

  drained(): Promise<void> {
    return new Promise((resolve) => (this.isOver || this.pending <= 256 * 1024 ? resolve() : this.#dry.add(resolve)))
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#listener = listener
    for (const frame of this.#early.splice(0)) if (!this.isOver) listener(frame)
  }

  onClose(tell: () => void): void {
    if (this.isOver) tell()
    else this.#closing.add(tell)
  }

  silence(): void {
    this.isOver = true
    this.#closing.clear()
  }

  protected deliver(frame: Uint8Array): void {
    if (this.#listener === null) this.#early.push(frame)
    else this.#listener(frame)
  }

  protected settle(): void {
    if (this.pending > 256 * 1024 && !this.isOver) return
    for (const tell of this.#dry) tell()
    this.#dry.clear()
  }

  protected finish(isCut = false): void {
    if (this.isOver) return
    this.isOver = true
    if (isCut) this.#cut()
    this.settle()
    for (const tell of this.#closing) tell()
  }
}

/** Numbers what it sends and sends it again until it was seen; gives up after a while, as a wire does. */
class Reliable extends MemoryEnd {
  readonly #unseen = new Map<number, { packet: Packet; tries: number }>()
  readonly #ahead = new Map<number, Packet>()
  #sent = 0
  #seen = 0
  #isLeaving = false
  readonly #limits: typeof usualLimits

  constructor(limits: typeof usualLimits) {
    super()
    this.#limits = limits
  }

  protected begin(): void {
    this.#ask()
  }

  send(frame: Uint8Array): void {
    if (this.isOver || this.#isLeaving) return
    if (frame.length > this.#limits.frame || this.pending + frame.length > this.#limits.backlog) return this.close()
    this.pending += frame.length
    this.#push({ kind: 'frame', number: this.#next(), frame: frame.slice() })
  }

  hear(packet: Packet): void {
    if (this.isOver && !this.#isLeaving) return
    if (packet.kind === 'seen') {
      for (const [number, { packet: sent }] of this.#unseen) {
        if (number > packet.number) continue
        this.#unseen.delete(number)
        if (sent.kind === 'frame') this.pending -= sent.frame.length
      }
      return this.settle()
    }
    this.#ahead.set(packet.number, packet)
    for (let next = this.#ahead.get(this.#seen + 1); next !== undefined; next = this.#ahead.get(this.#seen + 1)) {
      this.#ahead.delete(this.#seen + 1)
      this.#seen += 1
      if (next.kind === 'frame' && !this.isOver) this.deliver(next.frame)
      if (next.kind === 'bye') this.finish()
    }
    this.carry({ kind: 'seen', number: this.#seen })
  }

  close(): void {
    if (this.isOver) return
    this.#isLeaving = true
    this.finish()
    this.#push({ kind: 'bye', number: this.#next() })
  }

  override silence(): void {
    super.silence()
    this.#isLeaving = false
    this.#unseen.clear()
  }

  #next(): number {
    this.#sent += 1
    return this.#sent
  }

  #push(packet: Packet): void {
    const entry = { packet, tries: 0 }
    this.#unseen.set(packet.number, entry)
    const attempt = (): void => {
      if (this.#unseen.get(packet.number) !== entry) return
      entry.tries += 1
      if (entry.tries > mostResends) {
        this.#unseen.clear()
        return this.finish(true)
      }
      this.carry(packet)
      this.after(resend, attempt)
    }
    attempt()
  }

  /** So that it hears of an end that nobody told. */
  #ask(): void {
    if (this.isOver) return
    if (this.#unseen.size === 0) this.#push({ kind: 'sign', number: this.#next() })
    this.after(2_000, () => this.#ask())
  }
}

/** Every fault reaches the frames. */
class Raw extends MemoryEnd {
  protected begin(): void {
    /* Nothing to begin. */
  }

  send(frame: Uint8Array): void {
    if (!this.isOver) this.carry({ kind: 'frame', number: 0, frame: frame.slice() })
  }

  hear(packet: Packet): void {
    if (this.isOver) return
    if (packet.kind === 'frame') this.deliver(packet.frame)
    else if (packet.kind === 'bye') this.finish()
  }

  close(): void {
    if (this.isOver) return
    this.finish()
    this.carry({ kind: 'bye', number: 0 })
  }
}

// ---- time -----------------------------------------------------------------------------------------------------------

interface Timer {
  readonly at: number
  readonly order: number
  readonly fire: () => void
  readonly every: number | null
}

/** The world's own time, in place of the platform's timers. */
function takeTime() {
  const platform = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, setInterval: globalThis.setInterval, clearInterval: globalThis.clearInterval }
  const timers = new Map<number, Timer>()
  let now = 0
  let made = 0
  const add = (milliseconds: number, then: () => void, every: number | null): number => {
    made += 1
    timers.set(made, { at: now + Math.max(0, Number.isFinite(milliseconds) ? milliseconds : 0), order: made, fire: then, every })
    return made
  }
  const handle = (id: number) => ({ id, unref() { return this }, ref() { return this }, hasRef: () => true, [Symbol.toPrimitive]: () => id })
  const drop = (timer: unknown): void => {
    if (timer !== undefined && timer !== null) timers.delete(Number(timer))
  }
  const clock = performance.now.bind(performance)
  performance.now = () => now
  Object.assign(globalThis, {
    setTimeout: (then: (...rest: unknown[]) => void, milliseconds = 0, ...rest: unknown[]) => handle(add(milliseconds, () => then(...rest), null)),
    setInterval: (then: (...rest: unknown[]) => void, milliseconds = 0, ...rest: unknown[]) => handle(add(milliseconds, () => then(...rest), Math.max(1, milliseconds))),
    clearTimeout: drop,
    clearInterval: drop
  })
  /** Whatever waits for nothing but its turn. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    now: () => now,
    after: (milliseconds: number, then: () => void): void => void add(milliseconds, then, null),
    async pass(milliseconds: number): Promise<void> {
      const until = now + milliseconds
      await settle()
      for (;;) {
        let next: [number, Timer] | null = null
        for (const entry of timers) if (next === null || entry[1].at < next[1].at) next = entry
        if (next === null || next[1].at > until) break
        const [id, timer] = next
        timers.delete(id)
        now = Math.max(now, timer.at)
        if (timer.every !== null) timers.set(id, { ...timer, at: now + timer.every })
        timer.fire()
        await settle()
      }
      now = until
    },
    end() {
      Object.assign(globalThis, platform)
      performance.now = clock
    }
  }
}
