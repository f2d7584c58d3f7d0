/**
 * A way to other devices: it listens under this device's key and dials others. What carries frames over a stream of bytes
 * (iroh.ts, tls.ts) shares `createStreamTransport`: each frame behind its length, 4 bytes, most significant first; who says
 * nothing for four seconds, though asked, is gone.
 *
 * Promises: shared/ports.ts T1–T7 (tests/contracts/transport.ts). Only those come in whom `accepts` lets in (process.ts says who that
 * is); for `pair` anybody, while this device offers or asks to be paired, since only the code tells who that is.
 */
import type { PeerTransport } from '../../../shared/ports.ts'
import type { Result } from '../../../shared/result.ts'

export const purposes = ['sync', 'pair'] as const
export type Purpose = (typeof purposes)[number]

/** What both ends name before they speak; another version is another name. */
export const protocolOf: Readonly<Record<Purpose, string>> = { sync: 'values-steward/sync/1', pair: 'values-steward/pair/1' }

export interface Target {
  /** Whom to expect; null where only the code will tell, in pairing. */
  readonly key: Uint8Array | null
  /** `IP:PORT`, `[IP]:PORT`. */
  readonly addresses: readonly string[]
}

export interface Arrival {
  readonly purpose: Purpose
  readonly transport: PeerTransport
}

export interface Carrier {
  readonly name: 'iroh' | 'tls'
  readonly port: number
  /** Lines that are open, or still bring out what was said last. */
  readonly lines: number
  /** Errors: `not-found` (nobody answers there), `denied` (it is somebody else, or does not know this device). */
  dial(target: Target, purpose: Purpose): Promise<Result<PeerTransport>>
  /** Called for each device that came in; set before the first can. */
  onArrival(listener: (arrival: Arrival) => void): void
  close(): Promise<void>
}

export interface CarrierOptions {
  /** The seed of this device's ed25519 key, 32 bytes. */
  readonly secret: Uint8Array
  /** 0 takes any free one. */
  readonly port: number
  /** Asked for each key that wants in. */
  readonly accepts: (key: Uint8Array, purpose: Purpose) => boolean
  readonly limits?: TransportLimits
  /** For the line to this key, where that makes a difference. */
  readonly limitsOf?: (key: Uint8Array) => TransportLimits
}

/** Looked at again for each frame: they may change with what is known of the other end. */
export interface TransportLimits {
  /** Bytes of one frame. */
  readonly frame: number
  /** Bytes that may wait to be written. */
  readonly backlog: number
  /** Frames that may come in a second; any number where it is left out. */
  readonly pace?: number
}

/** The largest graph in one frame, and one more behind it; more frames than anybody has to say anything in. */
export const transportLimits = { frame: 64 * 1024 * 1024, backlog: 160 * 1024 * 1024, pace: 20_000 } as const satisfies TransportLimits

/** Milliseconds that a dialled device is given to answer. */
export const dialPatience = 5_000

/** Milliseconds of silence after which the other end is asked for a sign of life, and after which it is held to be gone. */
const silence = { asked: 1_000, gone: 4_000 } as const

const second = 1_000

/** Lengths that no frame has: a question for a sign of life, and the answer. */
const signs = { ask: 0xffff_ffff, answer: 0xffff_fffe } as const

/** Bytes below which `drained` resolves, and bytes written to the wire at a time. */
const lowMark = 256 * 1024
const pieceBytes = 64 * 1024

/** A stream of bytes both ways, to somebody known. */
export interface Wire {
  readonly remote: Uint8Array
  /** Resolves once the wire takes more; rejects where it broke. */
  write(bytes: Uint8Array): Promise<void>
  /** Nothing more will be written; resolves when that is on its way. */
  finish(): Promise<void>
  /** At once, whatever is under way. */
  destroy(): void
}

export interface StreamTransport extends PeerTransport {
  /** Bytes that came. */
  take(bytes: Uint8Array): void
  /** No more will come. */
  end(): void
}

export function createStreamTransport(wire: Wire, limits: TransportLimits = transportLimits): StreamTransport {
  const early: Uint8Array[] = []
  const closing = new Set<() => void>()
  const dry = new Set<() => void>()
  const queue: Uint8Array[] = []
  const parser = createParser(limits, (isQuestion) => {
    /* What waits to be written is an answer too: who asks without end and reads nothing fills no memory. */
    if (isQuestion && queue.length === 0) put(sign(signs.answer))
  })
  let listener: ((frame: Uint8Array) => void) | null = null
  let ended = false
  let pending = 0
  let writing: Promise<void> | null = null
  /** Runs out where the other end takes no more of what was said last. */
  let leaving: NodeJS.Timeout | null = null
  /** The second that is counted, by `performance.now`, and frames that came in it. */
  let counted = { since: 0, frames: 0 }

  const settle = (): void => {
    if (pending > lowMark && !ended) return
    for (const tell of dry) tell()
    dry.clear()
  }
  const over = (): void => {
    if (ended) return
    ended = true
    clearInterval(listening)
    settle()
    for (const tell of closing) tell()
  }
  const breakOff = (): void => {
    over()
    wire.destroy()
  }
  const put = (bytes: Uint8Array): void => {
    pending += bytes.length
    queue.push(bytes)
    writing ??= drain()
  }
  let heard = performance.now()
  let looked = heard
  const listening = setInterval(() => {
    const now = performance.now()
    /* Where this process itself slept, the other end is given another chance. */
    if (now - looked > silence.gone) heard = now - silence.asked
    looked = now
    if (now - heard > silence.gone) breakOff()
    else if (now - heard >= silence.asked) put(sign(signs.ask))
  }, silence.asked)
  listening.unref()
  async function drain(): Promise<void> {
    try {
      for (let bytes = queue.shift(); bytes !== undefined; bytes = queue.shift()) {
        for (let at = 0; at < bytes.length; at += pieceBytes) {
          const piece = bytes.subarray(at, at + pieceBytes)
          await wire.write(piece)
          leaving?.refresh()
          pending -= piece.length
          /* While much is on its way, that the wire takes more is a sign of life too. */
          if (pending > lowMark) heard = performance.now()
          settle()
        }
      }
    } catch {
      breakOff()
    }
    writing = null
  }
  return {
    remote: wire.remote,
    get pending() {
      return pending
    },
    send(frame) {
      if (ended) return
      if (frame.length > limits.frame || pending + frame.length > limits.backlog) return breakOff()
      put(withLength(frame))
    },
    drained: () => new Promise((resolve) => (ended || pending <= lowMark ? resolve() : dry.add(resolve))),
    onFrame(next) {
      listener = next
      for (const frame of early.splice(0)) if (!ended) next(frame)
    },
    onClose(tell) {
      if (ended) tell()
      else closing.add(tell)
    },
    take(bytes) {
      if (ended) return
      heard = performance.now()
      const frames = parser(bytes)
      if (heard - counted.since >= second) counted = { since: heard, frames: 0 }
      counted.frames += frames?.length ?? 0
      if (frames === null || counted.frames > (limits.pace ?? Infinity)) return breakOff()
      for (const frame of frames) {
        if (ended) return
        if (listener === null) early.push(frame)
        else listener(frame)
      }
    },
    end: breakOff,
    close() {
      if (ended) return
      over()
      const late = setTimeout(() => wire.destroy(), dialPatience).unref()
      leaving = late
      const last = writing ?? Promise.resolve()
      void last.then(() => {
        clearTimeout(late)
        return wire.finish()
      }).catch(() => wire.destroy())
    }
  }
}

function sign(length: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, length)
  return bytes
}

function withLength(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frame.length + 4)
  new DataView(bytes.buffer).setUint32(0, frame.length)
  bytes.set(frame, 4)
  return bytes
}

/**
 * Cuts what arrives, in pieces of any size, into frames; null where one says it is longer than the limit. Memory grows with
 * the bytes that came, not with the length that was promised.
 */
function createParser(limits: TransportLimits, onSign: (isQuestion: boolean) => void): (bytes: Uint8Array) => readonly Uint8Array[] | null {
  const head = new Uint8Array(4)
  let headFilled = 0
  let body = new Uint8Array(0)
  let bodyFilled = 0
  return (bytes) => {
    const frames: Uint8Array[] = []
    let at = 0
    for (;;) {
      if (headFilled < 4) {
        const part = bytes.subarray(at, at + 4 - headFilled)
        head.set(part, headFilled)
        headFilled += part.length
        at += part.length
        if (headFilled < 4) return frames
        bodyFilled = 0
      }
      const length = new DataView(head.buffer).getUint32(0)
      if (length === signs.ask || length === signs.answer) {
        onSign(length === signs.ask)
        headFilled = 0
        continue
      }
      if (length > limits.frame) return null
      const part = bytes.subarray(at, at + length - bodyFilled)
      if (body.length < bodyFilled + part.length) body = grown(body, bodyFilled, Math.min(length, Math.max(bodyFilled + part.length, 2 * body.length)))
      body.set(part, bodyFilled)
      bodyFilled += part.length
      at += part.length
      if (bodyFilled < length) return frames
      frames.push(body.subarray(0, length))
      body = new Uint8Array(0)
      headFilled = 0
    }
  }
}

function grown(bytes: Uint8Array, filled: number, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length)
  larger.set(bytes.subarray(0, filled))
  return larger
}
