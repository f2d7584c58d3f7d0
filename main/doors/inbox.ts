/**
 * What every channel to a window has on this side, whatever carries it (T1–T4 of shared/ports.ts): frames that come before anybody
 * listens are kept, and the end is told once, to whoever asks after it too.
 */
import type { Transport } from '../../shared/ports.ts'

export interface Inbox extends Pick<Transport, 'onFrame' | 'onClose'> {
  readonly isOver: boolean
  /** To whoever listens; after the end to nobody. */
  take(frame: Uint8Array): void
  end(): void
}

/** `atEnd`: what lets go of what carries it; runs before the end is told. */
export function createInbox(atEnd: () => void = () => undefined): Inbox {
  const early: Uint8Array[] = []
  const closing = new Set<() => void>()
  let listener: ((frame: Uint8Array) => void) | null = null
  let isOver = false
  return {
    get isOver() {
      return isOver
    },
    take(frame) {
      if (isOver) return
      if (listener === null) early.push(frame)
      else listener(frame)
    },
    onFrame(next) {
      listener = next
      for (const frame of early.splice(0)) next(frame)
    },
    onClose(tell) {
      if (isOver) tell()
      else closing.add(tell)
    },
    end() {
      if (isOver) return
      isOver = true
      atEnd()
      for (const tell of closing) tell()
    }
  }
}
