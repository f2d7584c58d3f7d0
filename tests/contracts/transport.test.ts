import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createSocketTransport } from '../../main/doors/socket.ts'
import { createTransportPair } from '../support/transport.ts'
import { transportContract } from './transport.ts'

const backlogBytes = 64 * 1024 * 1024

/** Both ends of one real WebSocket connection over loopback. */
async function connectSockets() {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const server = new WebSocketServer({ server: http })
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`)
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [[WebSocket], unknown]
  return {
    client,
    accepted,
    async dispose() {
      client.terminate()
      accepted.terminate()
      server.close()
      http.close()
      await once(http, 'close')
    }
  }
}

transportContract('a pair in memory', async () => {
  const [left, right] = createTransportPair()
  return { left, right, dispose: async () => left.close() }
})

transportContract('a WebSocket', async () => {
  const { client, accepted, dispose } = await connectSockets()
  return { left: createSocketTransport(client, backlogBytes), right: createSocketTransport(accepted, backlogBytes), dispose }
})

it('a WebSocket whose other end does not read is cut off, and no frame is left out of the middle', async () => {
  const { client, accepted, dispose } = await connectSockets()
  const transport = createSocketTransport(accepted, 1_000_000)
  const closed = vi.fn()
  transport.onClose(closed)
  const numbers: number[] = []
  client.on('message', (data: Buffer) => numbers.push(data.readUInt32BE(0)))
  client.pause()
  for (let number = 0; number < 100; number += 1) {
    const frame = Buffer.alloc(1_000_000)
    frame.writeUInt32BE(number)
    transport.send(frame)
  }
  expect(closed).toHaveBeenCalledTimes(1)
  client.resume()
  await once(client, 'close')
  expect(numbers).toEqual(numbers.map((_, index) => index))
  expect(numbers.length).toBeLessThan(100)
  await dispose()
})
