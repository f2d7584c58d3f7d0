/**
 * What every channel to another device has on this side, whatever carries it (T1–T6 of shared/ports.ts): frames that come before
 * anybody listens are kept, the end is told once, and whoever waits is told when there is room again.
 */
import type { PeerTransport } from '../../../shared/ports.ts'
import type { TransportLimits } from './carrier.ts'

export abstract class Line implements PeerTransport {
  readonly remote: Uint8Array
  pending = 0
  readonly #limits: TransportLimits
  /** Bytes; at this many or fewer still pending there is room. */
  readonly #lowMark: number
  readonly #early: Uint8Array[] = []
  readonly #closing = new Set<() => void>()
  readonly #dry = new Set<() => void>()
  #listener: ((frame: Uint8Array) => void) | null = null
  #isOver = false

  constructor(remote: Uint8Array, limits: TransportLimits, lowMark: number) {
    this.remote = remote
    this.#limits = limits
    this.#lowMark = lowMark
  }

  get isOver(): boolean {
    return this.#isOver
  }

  send(frame: Uint8Array): void {
    if (this.#isOver) return
    if (frame.length > this.#limits.frame || this.pending + frame.length > this.#limits.backlog) return this.close()
    this.pending += frame.length
    this.pass(frame.slice())
  }

  drained(): Promise<void> {
    return new Promise((resolve) => (this.#isOver || this.pending <= this.#lowMark ? resolve() : this.#dry.add(resolve)))
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#listener = listener
    for (const frame of this.#early.splice(0)) if (!this.#isOver) listener(frame)
  }

  onClose(tell: () => void): void {
    if (this.#isOver) tell()
    else this.#closing.add(tell)
  }

  close(): void {
    if (this.#isOver) return
    this.hangUp()
    this.end()
  }

  /** To whoever listens. */
  take(frame: Uint8Array): void {
    if (this.#isOver) return
    if (this.#listener === null) this.#early.push(frame)
    else this.#listener(frame)
  }

  /** So many bytes of what was sent are out. */
  wrote(bytes: number): void {
    this.pending -= bytes
    if (this.pending > this.#lowMark) return
    for (const tell of this.#dry) tell()
    this.#dry.clear()
  }

  /** The other end is gone, or need not be told. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.ended()
    for (const tell of [...this.#dry, ...this.#closing]) tell()
  }

  /** Out to the other end; its bytes are counted as pending already. */
  protected abstract pass(frame: Uint8Array): void
  /** Tells the other end. */
  protected abstract hangUp(): void
  /** Nothing of this channel runs on. */
  protected ended(): void {}
}
