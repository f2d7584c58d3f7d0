/**
 * The switch *anywhere*, on the real endpoint: where it goes, what is carried there, and what it says to an address that is none.
 * That nothing leaves the network without it is tests/main/peer/namespaces.slow.test.ts.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openIroh } from '../../main/iroh.ts'
import type { Carrier } from '../../main/peer/carrier/carrier.ts'
import { privateKeyOf, publicBytesOf } from '../../main/peer/carrier/der.ts'
import type { PeerTransport } from '../../shared/ports.ts'
import { valueOf } from '../support/document.ts'
import { startRelay } from '../support/relay.ts'

const carriers: Carrier[] = []
const servers: Server[] = []
afterEach(async () => {
  await Promise.all(carriers.splice(0).map((carrier) => carrier.close()))
  for (const server of servers.splice(0)) server.close()
})

/** A place on this machine where a relay might be: its address, and the first byte that anybody sends there. */
async function place(): Promise<{ readonly address: string; readonly first: Promise<number> }> {
  const server = createServer()
  servers.push(server)
  const first = new Promise<number>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined)
      socket.once('data', (bytes) => {
        resolve(bytes[0] ?? 0)
        socket.destroy()
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, first }
}

const open = (relay: string | null, secret = Uint8Array.from(randomBytes(32))) => openIroh({ secret, host: '0.0.0.0', port: 0, relay, accepts: () => true })

describe('anywhere', () => {
  it('goes to the relay that was named, over TLS', async () => {
    const named = await place()
    carriers.push(valueOf(await open(named.address)))
    /* The first byte of a TLS handshake. */
    expect(await named.first).toBe(0x16)
  })

  it('carries frames both ways between two that know nothing but each other\'s key, and only where both have it on', async () => {
    const relay = await startRelay()
    try {
      const secrets = [Uint8Array.from(randomBytes(32)), Uint8Array.from(randomBytes(32))] as const
      const keys = secrets.map((secret) => publicBytesOf(privateKeyOf(secret)) as Uint8Array)
      const [left, right] = [valueOf(await open(relay.address, secrets[0])), valueOf(await open(relay.address, secrets[1]))]
      carriers.push(left, right)
      await vi.waitFor(() => expect([...relay.guests()].sort()).toEqual(keys.map((key) => Buffer.from(key).toString('hex')).sort()), 20_000)
      const target = { key: keys[1] ?? null, addresses: [] }
      const arrived = new Promise<PeerTransport>((resolve) => right.onArrival(({ transport }) => resolve(transport)))
      const near = valueOf(await left.dial(target, 'sync'))
      near.send(Uint8Array.of(1, 2, 3))
      const far = await arrived
      expect([far.remote, relay.passed() > 0]).toEqual([keys[0], true])
      const heard: number[][] = []
      far.onFrame((frame) => {
        heard.push([...frame])
        far.send(frame.toReversed())
      })
      near.onFrame((frame) => heard.push([...frame]))
      await vi.waitFor(() => expect(heard).toEqual([[1, 2, 3], [3, 2, 1]]), 20_000)

      const off = valueOf(await open(null))
      carriers.push(off)
      expect(await off.dial(target, 'sync')).toMatchObject({ ok: false, error: { kind: 'not-found' } })
    } finally {
      await Promise.all(carriers.splice(0).map((carrier) => carrier.close()))
      await relay.close()
    }
  })

  it.each(['relay', 'https://', 'not an address'])('says what is wrong with “%s”', async (address) => {
    const opened = await open(address)
    if (opened.ok) carriers.push(opened.value)
    expect(opened).toMatchObject({ ok: false, error: { kind: 'bad-input', message: `“${address}” is not the address of a relay` } })
  })
})
