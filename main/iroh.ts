/**
 * Devices over iroh: QUIC under this device's own key, straight to an address. The minimal preset and no relay: it asks
 * nobody where anybody is, and sends nothing but to the address dialled. With `relay` (the person's switch *anywhere*) devices
 * also meet at that one relay, which sees sealed bytes and who meets whom.
 *
 * The only importer of @number0/iroh. `openIroh` fails with `not-found` where there is no binary for this machine: TLS is
 * used instead (peer/tls.ts). One connection a pair of devices and purpose, with one stream; whoever dialled writes first.
 */
import type { Connection, Endpoint, EndpointAddr, Incoming, RecvStream, RelayMode, SendStream } from '@number0/iroh'
import { fail, ok, type Result } from '../shared/result.ts'
import type { PeerTransport } from '../shared/ports.ts'
import { createStreamTransport, dialPatience, protocolOf, purposes, type Arrival, type Carrier, type CarrierOptions, type Purpose, type Target, type Wire } from './peer/carrier/carrier.ts'

export interface IrohOptions extends CarrierOptions {
  /** The address of this machine to listen at; `0.0.0.0` for all. */
  readonly host: string
  /** The address of a relay (https://…); null for none. */
  readonly relay: string | null
}

/** What the one who dials writes first: QUIC shows a stream to the other side only then. */
const greeting = 1
/** An IPv6 address that nobody else reaches. */
const nowhere = '[::1]:0'
const readBytes = 64 * 1024

/** Errors: `not-found` (no binary), `conflict` (the port is taken), `bad-input` (that is no relay's address). */
export async function openIroh(options: IrohOptions): Promise<Result<Carrier>> {
  const iroh = await import('@number0/iroh').catch(() => null)
  if (iroh === null) return fail('not-found', 'iroh has no build for this kind of machine', 'nothing to do: TLS is used instead')
  const bind = async (also: readonly string[]): Promise<Endpoint> => {
    const builder = iroh.Endpoint.builder()
    iroh.presetMinimal(builder)
    builder.relayMode(relayMode)
    builder.secretKey([...options.secret])
    builder.alpns(purposes.map(protocolBytes))
    for (const address of [`${options.host}:${options.port}`, ...also]) builder.bindAddr(address)
    return await builder.bind()
  }
  let relayMode: RelayMode
  try {
    relayMode = options.relay === null ? iroh.RelayMode.disabled() : iroh.RelayMode.customFromUrls([options.relay])
  } catch {
    return fail('bad-input', `“${options.relay}” is not the address of a relay`, 'write it like https://relay.example.org, or switch Anywhere off')
  }
  let endpoint: Endpoint
  try {
    /* Of itself it listens at every IPv6 address too, and tells of them. */
    endpoint = options.host === '0.0.0.0' ? await bind([]) : await bind([nowhere]).catch(() => bind([]))
  } catch {
    return fail('conflict', `port ${options.port} cannot be used for finding other devices`, 'close what uses it')
  }
  const addressOf: AddressOf = (key, addresses) => new iroh.EndpointAddr(iroh.EndpointId.fromBytes([...key]), options.relay, [...addresses])
  return ok(new IrohCarrier(endpoint, options, addressOf))
}

type AddressOf = (key: Uint8Array, addresses: readonly string[]) => EndpointAddr

class IrohCarrier implements Carrier {
  readonly name = 'iroh'
  readonly port: number
  readonly #endpoint: Endpoint
  readonly #options: IrohOptions
  readonly #addressOf: AddressOf
  readonly #open = new Set<Connection>()
  #arrive: (arrival: Arrival) => void = () => undefined

  constructor(endpoint: Endpoint, options: IrohOptions, addressOf: AddressOf) {
    this.#endpoint = endpoint
    this.#options = options
    this.#addressOf = addressOf
    this.port = Number(endpoint.boundSockets()[0]?.split(':').at(-1))
    void this.#listen()
  }

  get lines(): number {
    return this.#open.size
  }

  onArrival(listener: (arrival: Arrival) => void): void {
    this.#arrive = listener
  }

  async dial({ key, addresses }: Target, purpose: Purpose): Promise<Result<PeerTransport>> {
    if (key === null) return fail('bad-input', 'iroh dials by key only', 'use TLS where only the address is known')
    let connection: Connection | null = null
    try {
      const attempt = this.#endpoint.connect(this.#addressOf(key, addresses), protocolBytes(purpose))
      /* It goes on trying by itself for much longer. */
      connection = await within(dialPatience, attempt, (late) => hangUp(late, 0n))
      const { send, recv } = await within(dialPatience, connection.openBi(), () => undefined)
      await within(dialPatience, send.writeAll([greeting]), () => undefined)
      return ok(this.#transportOver(connection, send, recv))
    } catch {
      if (connection !== null) hangUp(connection, 0n)
      return fail('not-found', 'that device does not answer', 'see that it is on, in the same network, and that Values Steward runs there')
    }
  }

  async close(): Promise<void> {
    for (const connection of this.#open) hangUp(connection, 0n)
    await this.#endpoint.close().catch(() => undefined)
  }

  async #listen(): Promise<void> {
    while (!this.#endpoint.isClosed()) {
      /* One that was lost on its way in is no reason to hear no others. */
      const incoming = await this.#endpoint.acceptNext().catch(() => undefined)
      if (incoming === null) return
      if (incoming === undefined) await pause(100)
      else void this.#admit(incoming).catch(() => undefined)
    }
  }

  async #admit(incoming: Incoming): Promise<void> {
    const connection = await within(dialPatience, (async () => await (await incoming.accept()).connect())(), (late) => hangUp(late, 0n))
    const name = Buffer.from(connection.alpn()).toString()
    const purpose = purposes.find((each) => protocolOf[each] === name)
    const remote = Uint8Array.from(connection.remoteId().toBytes())
    if (purpose === undefined || !this.#options.accepts(remote, purpose)) return hangUp(connection, 1n)
    try {
      const { send, recv } = await within(dialPatience, connection.acceptBi(), () => undefined)
      const [first] = await within(dialPatience, recv.readExact(1), () => undefined)
      if (first !== greeting) return hangUp(connection, 1n)
      this.#arrive({ purpose, transport: this.#transportOver(connection, send, recv) })
    } catch {
      hangUp(connection, 1n)
    }
  }

  #transportOver(connection: Connection, send: SendStream, recv: RecvStream): PeerTransport {
    this.#open.add(connection)
    const destroy = (): void => {
      this.#open.delete(connection)
      hangUp(connection, 0n)
    }
    const wire: Wire = {
      remote: Uint8Array.from(connection.remoteId().toBytes()),
      write: (bytes) => send.writeAll(numbersIn(bytes)),
      async finish() {
        await send.finish()
        /* Given up only when the other end has it all, or is gone. */
        await Promise.race([send.stopped(), connection.closed(), pause(dialPatience)])
        destroy()
      },
      destroy
    }
    const transport = createStreamTransport(wire, this.#options.limitsOf?.(wire.remote) ?? this.#options.limits)
    void (async () => {
      for (;;) {
        const bytes = await recv.read(readBytes)
        if (bytes.length === 0) break
        transport.take(Uint8Array.from(bytes))
      }
    })().catch(() => undefined).then(() => transport.end())
    return transport
  }
}

/** A connection that is lost already may say so by throwing. */
function hangUp(connection: Connection, code: bigint): void {
  try {
    connection.close(code, [])
  } catch {
    /* It is gone, which was wanted. */
  }
}

function protocolBytes(purpose: Purpose): number[] {
  return [...Buffer.from(protocolOf[purpose])]
}

/** The binding takes plain lists of numbers; filled in place, they cost a third of `Array.from`. */
function numbersIn(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  numbers.length = bytes.length
  for (let at = 0; at < bytes.length; at += 1) numbers[at] = bytes[at] as number
  return numbers
}

/** Rejects after `milliseconds`; what comes later still is given to `late`. */
function within<Value>(milliseconds: number, attempt: Promise<Value>, late: (value: Value) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      reject(new Error('it took too long'))
    }, milliseconds)
    attempt.then(
      (value) => {
        clearTimeout(timer)
        if (isLate) late(value)
        else resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error instanceof Error ? error : new Error('it failed'))
      }
    )
  })
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
}
