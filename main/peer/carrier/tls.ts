/**
 * Devices over TLS 1.3 on TCP, for machines without an iroh binary, for networks that let no UDP through, and for pairing by an
 * address alone. Both ends show a certificate that is nothing but their device's key; the key is what is checked, against
 * whom was expected and who may come in, and no authority counts.
 */
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type TLSSocket } from 'node:tls'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { PeerTransport } from '../../../shared/ports.ts'
import { splitAddress } from './addresses.ts'
import { createStreamTransport, dialPatience, protocolOf, purposes, type Arrival, type Carrier, type CarrierOptions, type Purpose, type Target, type Wire } from './carrier.ts'
import { pem, privateKeyOf, publicBytesOf, selfSigned } from './der.ts'

/** At one time, strangers that have not shown a key yet among them. */
const mostConnections = 64

/** Errors: `conflict` (the port is taken). */
export async function openTls(options: CarrierOptions): Promise<Result<Carrier>> {
  const privateKey = privateKeyOf(options.secret)
  const identity = { key: privateKey.export({ format: 'pem', type: 'pkcs8' }), cert: pem(selfSigned(privateKey)) }
  const server = createServer({ ...identity, minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: false, ALPNProtocols: purposes.map((each) => protocolOf[each]), handshakeTimeout: dialPatience })
  const listening = await listen(server, options.port)
  return listening.ok ? ok(new TlsCarrier(server, identity, options)) : listening
}

class TlsCarrier implements Carrier {
  readonly name = 'tls'
  readonly port: number
  readonly #server: Server
  readonly #identity: { readonly key: string | Buffer; readonly cert: string }
  readonly #options: CarrierOptions
  readonly #open = new Set<TLSSocket>()
  #isClosed = false
  #arrive: (arrival: Arrival) => void = () => undefined

  constructor(server: Server, identity: { key: string | Buffer; cert: string }, options: CarrierOptions) {
    this.#server = server
    this.#identity = identity
    this.#options = options
    this.port = (server.address() as AddressInfo).port
    server.maxConnections = mostConnections
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    server.on('secureConnection', (socket) => {
      socket.on('error', () => socket.destroy())
      const purpose = purposes.find((each) => protocolOf[each] === socket.alpnProtocol)
      const remote = keyOf(socket)
      if (this.#isClosed || purpose === undefined || remote === null || !options.accepts(remote, purpose)) return void socket.destroy()
      this.#arrive({ purpose, transport: this.#transportOver(socket, remote) })
    })
  }

  get lines(): number {
    return this.#open.size
  }

  onArrival(listener: (arrival: Arrival) => void): void {
    this.#arrive = listener
  }

  /** All addresses at once; the first that shows the right key counts. */
  async dial({ key, addresses }: Target, purpose: Purpose): Promise<Result<PeerTransport>> {
    const attempts = addresses.map((address) => this.#attempt(address, key, purpose))
    const first = await Promise.any(attempts).catch(() => null)
    for (const attempt of attempts) void attempt.then((one) => one === first || one.socket.destroy(), () => undefined)
    if (first === null) return fail('not-found', 'that device does not answer', 'see that it is on, in the same network, and that Values Steward runs there')
    return ok(this.#transportOver(first.socket, first.remote))
  }

  async close(): Promise<void> {
    /* Frees the port at once; whoever is still showing a key is turned away when that is done. */
    this.#isClosed = true
    this.#server.close()
    for (const socket of this.#open) socket.destroy()
  }

  #attempt(address: string, key: Uint8Array | null, purpose: Purpose): Promise<{ readonly socket: TLSSocket; readonly remote: Uint8Array }> {
    const { host, port } = splitAddress(address)
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, ...this.#identity, minVersion: 'TLSv1.3', rejectUnauthorized: false, ALPNProtocols: [protocolOf[purpose]], servername: '' })
      const giveUp = (): void => {
        socket.destroy()
        reject(new Error('nobody answers'))
      }
      const timer = setTimeout(giveUp, dialPatience)
      socket.once('error', giveUp)
      socket.once('close', giveUp)
      socket.once('secureConnect', () => {
        clearTimeout(timer)
        const remote = keyOf(socket)
        if (remote === null || socket.alpnProtocol !== protocolOf[purpose] || (key !== null && Buffer.compare(remote, key) !== 0)) return giveUp()
        socket.off('error', giveUp)
        socket.off('close', giveUp)
        resolve({ socket, remote })
      })
      socket.on('error', () => socket.destroy())
      socket.once('close', () => clearTimeout(timer))
    })
  }

  #transportOver(socket: TLSSocket, remote: Uint8Array): PeerTransport {
    this.#open.add(socket)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 5_000)
    const wire: Wire = {
      remote,
      write: (bytes) => new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
      async finish() {
        socket.end()
        const late = setTimeout(() => socket.destroy(), dialPatience)
        late.unref()
      },
      destroy: () => void socket.destroy()
    }
    const transport = createStreamTransport(wire, this.#options.limitsOf?.(wire.remote) ?? this.#options.limits)
    socket.on('data', (bytes: Buffer) => transport.take(bytes))
    socket.on('end', () => transport.end())
    socket.on('close', () => {
      this.#open.delete(socket)
      transport.end()
    })
    return transport
  }
}

/** The key that the other end proved to hold (TLS checks its signature, whoever signed the certificate). */
function keyOf(socket: TLSSocket): Uint8Array | null {
  const certificate = socket.getPeerX509Certificate()
  return certificate === undefined ? null : publicBytesOf(certificate.publicKey)
}

function listen(server: Server, port: number): Promise<Result<void>> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(fail('conflict', `port ${port} cannot be used for finding other devices`, 'close what uses it')))
    server.listen({ port, exclusive: true }, () => resolve(ok(undefined)))
  })
}
