/**
 * Two ends of a Transport in memory, for tests: an implementation of shared/ports.ts T1–T4 (tests/contracts/transport.ts),
 * which hands frames over in later turns of the event loop, as a wire does.
 */
import type { Transport } from '../../shared/ports.ts'

export function createTransportPair(): readonly [Transport, Transport] {
  const left = createEnd()
  const right = createEnd()
  left.connect(right)
  right.connect(left)
  return [left, right]
}

interface End extends Transport {
  connect(peer: End): void
  take(frame: Uint8Array): void
  end(): void
}

function createEnd(): End {
  const early: Uint8Array[] = []
  const closing: (() => void)[] = []
  let peer: End | null = null
  let listener: ((frame: Uint8Array) => void) | null = null
  let ended = false
  return {
    connect(other) {
      peer = other
    },
    take(frame) {
      if (ended) return
      if (listener === null) early.push(frame)
      else listener(frame)
    },
    end() {
      if (ended) return
      ended = true
      for (const tell of closing) tell()
    },
    send(frame) {
      if (ended) return
      const copy = frame.slice()
      setImmediate(() => peer?.take(copy))
    },
    onFrame(next) {
      listener = next
      for (const frame of early.splice(0)) next(frame)
    },
    onClose(tell) {
      if (ended) tell()
      else closing.push(tell)
    },
    close() {
      if (ended) return
      this.end()
      setImmediate(() => peer?.end())
    }
  }
}
