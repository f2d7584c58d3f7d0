/**
 * The Transport port over a WebSocket: binary messages are frames; text messages are somebody else's.
 *
 * Promises: shared/ports.ts T1–T4 (tests/contracts/transport.ts). A reader that lets more than `backlogBytes` wait loses
 * the channel instead of a frame, so that what arrives is always whole and in order.
 */
import type { WebSocket } from 'ws'
import type { Transport } from '../../shared/ports.ts'

export function createSocketTransport(socket: WebSocket, backlogBytes: number): Transport {
  const early: Uint8Array[] = []
  const closing = new Set<() => void>()
  let listener: ((frame: Uint8Array) => void) | null = null
  let ended = false
  const end = () => {
    if (ended) return
    ended = true
    for (const tell of closing) tell()
  }
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary || ended) return
    if (listener === null) early.push(data)
    else listener(data)
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', end)
  return {
    send(frame) {
      if (ended || socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount <= backlogBytes) return socket.send(frame)
      socket.terminate()
      end()
    },
    onFrame(next) {
      listener = next
      for (const frame of early.splice(0)) next(frame)
    },
    onClose(tell) {
      if (ended) tell()
      else closing.add(tell)
    },
    close() {
      if (ended) return
      socket.close(1000)
      end()
    }
  }
}
