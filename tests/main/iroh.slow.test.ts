/**
 * The switch *anywhere*, on the real endpoint: where it goes, and what it says to an address that is none. That nothing leaves
 * the network without it is tests/main/peer/namespaces.slow.test.ts.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { openIroh } from '../../main/iroh.ts'
import type { Carrier } from '../../main/peer/carrier.ts'
import { valueOf } from '../support/document.ts'

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

const open = (relay: string | null) => openIroh({ secret: Uint8Array.from(randomBytes(32)), port: 0, relay, accepts: () => true })

describe('anywhere', () => {
  it('goes to the relay that was named, over TLS', async () => {
    const named = await place()
    carriers.push(valueOf(await open(named.address)))
    /* The first byte of a TLS handshake. */
    expect(await named.first).toBe(0x16)
  })

  it.each(['relay', 'https://', 'not an address'])('says what is wrong with “%s”', async (address) => {
    const opened = await open(address)
    if (opened.ok) carriers.push(opened.value)
    expect(opened).toMatchObject({ ok: false, error: { kind: 'bad-input', message: `“${address}” is not the address of a relay` } })
  })
})
