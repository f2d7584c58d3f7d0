/**
 * A relay of iroh's protocol (iroh-relay-v2 over WebSocket), so that *anywhere* can be tried where no server of anybody's is: whoever
 * proves its key has datagrams passed on to whomever it names by key. The package brings none: its binary holds the client only.
 *
 * Over plain HTTP, since the package trusts no authority but the known ones; nothing else differs for those who use it. As a
 * program of its own (`node relay.ts HOST FILE`) it prints its address, and writes down all that it hears.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { ed25519 } from '@noble/curves/ed25519.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { WebSocketServer, type WebSocket } from 'ws'

export interface Relay {
  /** `http://HOST:PORT` */
  readonly address: string
  /** Keys, in hexadecimal, of those who are here. */
  guests(): readonly string[]
  /** Datagrams passed on so far. */
  passed(): number
  close(): Promise<void>
}

/** First bytes of what is said; iroh-relay/src/protos/common.rs. */
const frames = { challenge: 0, proof: 1, confirmed: 2, denied: 3, send: 4, sendMany: 5, come: 6, comeMany: 7, ping: 9, pong: 10 } as const
const keyBytes = 32

/** `hear` is given every message as it came. */
export async function startRelay(host = '127.0.0.1', hear: (message: Uint8Array) => void = () => undefined): Promise<Relay> {
  const guests = new Map<string, WebSocket>()
  let passed = 0
  /* It is asked how far away it is. */
  const server = createServer((_request, response) => response.writeHead(200).end())
  const sockets = new WebSocketServer({ server, path: '/relay', handleProtocols: (names) => (names.has('iroh-relay-v2') ? 'iroh-relay-v2' : false) })
  sockets.on('connection', (socket) => {
    const challenge = Uint8Array.from(randomBytes(16))
    let key: string | null = null
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      if (key !== null && guests.get(key) === socket) guests.delete(key)
    })
    socket.on('message', (data) => {
      const frame = Uint8Array.from(data as Buffer)
      hear(frame)
      if (key === null) {
        const proven = readProof(frame, challenge)
        socket.send(Uint8Array.of(proven === null ? frames.denied : frames.confirmed))
        if (proven === null) return socket.close()
        key = proven
        guests.set(key, socket)
      } else if (frame[0] === frames.ping) socket.send(Uint8Array.of(frames.pong, ...frame.subarray(1)))
      else if (frame[0] === frames.send || frame[0] === frames.sendMany) {
        const to = guests.get(Buffer.from(frame.subarray(1, 1 + keyBytes)).toString('hex'))
        passed += 1
        to?.send(Buffer.concat([Uint8Array.of(frame[0] === frames.send ? frames.come : frames.comeMany), Buffer.from(key, 'hex'), frame.subarray(1 + keyBytes)]))
      }
    })
    socket.send(Uint8Array.of(frames.challenge, ...challenge))
  })
  server.listen(0, host)
  await once(server, 'listening')
  return {
    address: `http://${host}:${(server.address() as AddressInfo).port}`,
    guests: () => [...guests.keys()],
    passed: () => passed,
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }
}

/** The key that signed what the challenge comes to; null for anything else. */
function readProof(frame: Uint8Array, challenge: Uint8Array): string | null {
  if (frame[0] !== frames.proof || frame.length !== 1 + keyBytes + 1 + 64) return null
  const key = frame.slice(1, 1 + keyBytes)
  const signed = blake3(challenge, { context: utf8ToBytes('iroh-relay handshake v1 challenge signature') })
  return ed25519.verify(frame.slice(-64), signed, key) ? Buffer.from(key).toString('hex') : null
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , host, file = '/dev/null'] = process.argv
  const relay = await startRelay(host, (message) => appendFileSync(file, message))
  process.stdout.write(`${relay.address}\n`)
}
