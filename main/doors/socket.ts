/**
 * The Transport port over a WebSocket: binary messages are frames; text messages are somebody else's.
 *
 * Promises: shared/ports.ts T1–T4 (tests/contracts/transport.ts). A reader that lets more than `backlogBytes` wait loses
 * the channel instead of a frame, so that what arrives is always whole and in order.
 */
import type { WebSocket } from 'ws'
import type { Transport } from '../../shared/ports.ts'
import { createInbox } from './inbox.ts'

export function createSocketTransport(socket: WebSocket, backlogBytes: number): Transport {
  const inbox = createInbox()
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) inbox.take(data)
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', inbox.end)
  return {
    send(frame) {
      if (inbox.isOver || socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount <= backlogBytes) return socket.send(frame)
      socket.terminate()
      inbox.end()
    },
    onFrame: inbox.onFrame,
    onClose: inbox.onClose,
    close() {
      if (inbox.isOver) return
      socket.close(1000)
      inbox.end()
    }
  }
}
