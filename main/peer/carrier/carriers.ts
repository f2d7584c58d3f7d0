/**
 * All that this device listens with for its others, at one port: TLS over TCP, and iroh over UDP with one endpoint an address.
 *
 * (One for all addresses would tell whoever is connected every address of this machine, those of its virtual networks among
 * them, and the other end would try them all: over its router, where they are not in a network of its own. So each endpoint knows
 * one address, and is asked for none but those in that address's network. Where a relay is allowed there is one for all.)
 */
import { fail, ok, type Result } from '../../../shared/result.ts'
import { openIroh, type IrohOptions } from '../../iroh.ts'
import { isNearby, ownAddresses } from './addresses.ts'
import type { Arrival, Carrier } from './carrier.ts'
import { openTls } from './tls.ts'

export interface Way {
  readonly carrier: Carrier
  readonly addresses: readonly string[]
}

export interface Carriers {
  readonly port: number
  readonly names: readonly Carrier['name'][]
  /** To whoever is at these addresses, iroh first; none where nothing of it lies in a network of this machine. */
  ways(addresses: readonly string[]): readonly Way[]
  /** Lines that are open, or still bring out what was said last. */
  readonly lines: number
  /** After a change of this machine's addresses. */
  follow(): Promise<void>
  close(): Promise<void>
}

export type CarriersOptions = Omit<IrohOptions, 'port' | 'host'> & { readonly onArrival: (arrival: Arrival, carrier: Carrier) => void }

/** Of ports, where one is taken by something else. */
const attempts = 8
const everywhere = '0.0.0.0'

/** `wanted`: the port to take if it is free; 0 for any. Errors: `conflict` (no port), `bad-input` (no relay's address). */
export async function openCarriers(options: CarriersOptions, wanted: number): Promise<Result<Carriers>> {
  let problem: Result<never> = fail('conflict', 'no port is free for meeting other devices', 'restart this computer')
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const tls = await openTls({ ...options, port: attempt === 0 ? wanted : 0 })
    if (!tls.ok) continue
    const opened = new Listeners(options, tls.value)
    const done = await opened.start()
    if (done.ok) return ok(opened)
    await opened.close()
    if (done.error.kind === 'bad-input') return done
    problem = done
  }
  return problem
}

class Listeners implements Carriers {
  readonly port: number
  readonly #options: CarriersOptions
  readonly #tls: Carrier
  /** By the address that it listens at. */
  readonly #endpoints = new Map<string, Carrier>()
  readonly #closing = new Map<string, Promise<void>>()
  readonly #hosts: () => readonly string[]
  #isWithout = false
  #isClosed = false

  constructor(options: CarriersOptions, tls: Carrier) {
    this.#options = options
    this.#tls = tls
    this.port = tls.port
    this.#hosts = options.relay === null ? ownAddresses : () => [everywhere]
    tls.onArrival((arrival) => options.onArrival(arrival, tls))
  }

  get names(): readonly Carrier['name'][] {
    return [...(this.#endpoints.size > 0 ? ['iroh' as const] : []), 'tls']
  }

  get lines(): number {
    return [...this.#endpoints.values(), this.#tls].reduce((sum, { lines }) => sum + lines, 0)
  }

  /** Errors: those of the first endpoint that cannot be opened at this port. */
  async start(): Promise<Result<void>> {
    for (const host of this.#hosts()) {
      const opened = await this.#open(host)
      if (!opened.ok) return opened
    }
    return ok(undefined)
  }

  async follow(): Promise<void> {
    const hosts = this.#hosts()
    for (const [host, endpoint] of this.#endpoints) {
      if (hosts.includes(host)) continue
      this.#endpoints.delete(host)
      /* Nothing waits for goodbyes over an address that is gone, but one that is opened there again. */
      this.#closing.set(host, endpoint.close())
    }
    /* Where one cannot be opened, TLS is there all the same. */
    for (const host of hosts) if (!this.#isClosed) await this.#open(host)
  }

  ways(addresses: readonly string[]): readonly Way[] {
    if (this.#options.relay !== null) return [...this.#endpoints.values(), this.#tls].map((carrier) => ({ carrier, addresses }))
    const near = addresses.filter((address) => isNearby(address))
    const over = [...this.#endpoints].map(([host, carrier]) => ({ carrier, addresses: near.filter((address) => isNearby(address, host)) }))
    return [...over, { carrier: this.#tls, addresses: near }].filter((way) => way.addresses.length > 0)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#endpoints.values(), this.#tls].map((carrier) => carrier.close()))
  }

  async #open(host: string): Promise<Result<void>> {
    if (this.#isWithout || this.#endpoints.has(host)) return ok(undefined)
    await this.#closing.get(host)
    const opened = await openIroh({ ...this.#options, host, port: this.port })
    if (!opened.ok) {
      this.#isWithout = opened.error.kind === 'not-found'
      return this.#isWithout ? ok(undefined) : opened
    }
    opened.value.onArrival((arrival) => this.#options.onArrival(arrival, opened.value))
    this.#endpoints.set(host, opened.value)
    return ok(undefined)
  }
}
