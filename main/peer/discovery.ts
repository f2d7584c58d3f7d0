/**
 * Finds the person's other devices in the same network by multicast DNS, and lets them find this one. An advert's name is a
 * fresh random number and a tag of it under the circle's key, so that only the circle can tell whose it is; it changes every
 * ten minutes and with every address. No name, no key, no number that stays stands in it.
 *
 * (The number is drawn, not read off a clock: two devices whose clocks differ find each other all the same.) While a device
 * offers to be paired, its advert holds the public part of the code instead. What an advert says is a hint where to dial, no more:
 * who answers there is known only by the key. One socket an IPv4 interface; nothing goes further than the link.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { Bonjour, type Browser, type Service } from 'bonjour-service'
import { ownAddresses } from './addresses.ts'

/** Who is looked for, and what this device answers to. */
export interface Circle {
  readonly me: string
  readonly others: readonly string[]
  /** 32 bytes each, newest first: adverts are made under the first, recognised under all. */
  readonly keys: readonly Uint8Array[]
}

export interface DiscoveryOptions {
  /** A device of the circle, at these addresses (`IP:PORT`, the likeliest first); `isNews` where it has just said so for the first time. */
  readonly onDevice: (device: string, addresses: readonly string[], isNews: boolean) => void
  /** A device that offers to be paired under this public number. */
  readonly onOffer: (nameplate: string, addresses: readonly string[]) => void
}

export interface Discovery {
  setCircle(circle: Circle | null, port: number): void
  /** Null ends it. */
  setOffer(offer: { readonly nameplate: string; readonly port: number } | null): void
  /** Looks at the interfaces again, tells everybody anew where this device is, and asks who is there. */
  refresh(): void
  /** This machine's addresses in its networks, without port. */
  addresses(): readonly string[]
  close(): void
}

/** Without the leading underline; electron-builder.yml tells macOS of it. */
const serviceType = 'values-steward'
const rotation = 10 * 60_000
/** Milliseconds between questions: often at first, then seldom. */
const questions = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000] as const
/** Milliseconds after which a new advert is said again: a packet to everybody may be lost. (The library's own: three seconds.) */
const repeats = [250, 1_000] as const
const mostAdverts = 500

export function createDiscovery({ onDevice, onOffer }: DiscoveryOptions): Discovery {
  let circle: Circle | null = null
  let port = 0
  let offer: { readonly nameplate: string; readonly port: number } | null = null
  let links: Link[] = []
  let isClosed = false
  let asked = 0
  let asking: NodeJS.Timeout | null = null
  /** Advert's name to its addresses. */
  const adverts = new Map<string, readonly string[]>()

  const recognise = (name: string, addresses: readonly string[], isNews: boolean): void => {
    const device = circle === null ? null : readAdvert(name, circle)
    if (device !== null) onDevice(device, addresses, isNews)
    const nameplate = /^pair-(\d{3})-[0-9a-f]{16}$/u.exec(name)?.[1]
    if (nameplate !== undefined) onOffer(nameplate, addresses)
  }
  const hear = (service: Service): void => {
    const from = service.referer?.family === 'IPv4' || isIPv4(service.referer?.address ?? '') ? [service.referer?.address ?? ''] : []
    const hosts = [...new Set([...from, ...(service.addresses ?? []).filter(isIPv4)])].slice(0, 8)
    if (!Number.isInteger(service.port) || service.port < 1 || service.port > 65_535 || hosts.length === 0) return
    const addresses = hosts.map((host) => `${host}:${service.port}`)
    const isNews = !adverts.delete(service.name)
    if (adverts.size >= mostAdverts) adverts.delete(adverts.keys().next().value ?? '')
    adverts.set(service.name, addresses)
    recognise(service.name, addresses, isNews)
  }
  const announce = (): void => {
    for (const link of links) {
      link.show(circle === null ? null : { name: writeAdvert(circle), port }, offer === null ? null : { name: `pair-${offer.nameplate}-${randomBytes(8).toString('hex')}`, port: offer.port })
    }
  }
  const ask = (): void => {
    if (isClosed) return
    for (const link of links) link.ask()
    asking = setTimeout(ask, questions[Math.min(asked, questions.length - 1)])
    asking.unref()
    asked += 1
  }
  const refresh = (): void => {
    if (isClosed) return
    for (const link of links) link.close()
    links = ownAddresses().map((address) => openLink(address, hear))
    announce()
    asked = 0
    if (asking !== null) clearTimeout(asking)
    ask()
  }
  const rotating = setInterval(announce, rotation)
  rotating.unref()
  refresh()
  return {
    setCircle(next, nextPort) {
      circle = next
      port = nextPort
      announce()
      for (const [name, addresses] of [...adverts]) recognise(name, addresses, false)
    },
    setOffer(next) {
      offer = next
      announce()
    },
    refresh,
    addresses: ownAddresses,
    close() {
      isClosed = true
      clearInterval(rotating)
      if (asking !== null) clearTimeout(asking)
      for (const link of links) link.close()
    }
  }
}

// ---- what an advert says --------------------------------------------------------------------------------------------

/** A new one each time. */
export function writeAdvert({ me, keys }: Circle): string {
  const salt = randomBytes(8).toString('hex')
  return `${salt}-${tagOf(keys[0] ?? new Uint8Array(32), salt, me).toString('hex')}`
}

/** The device whose advert this is; null where it is nobody's of the circle, or this device's own. */
export function readAdvert(name: string, { others, keys }: Circle): string | null {
  const [, salt, tag] = /^([0-9a-f]{16})-([0-9a-f]{32})$/u.exec(name) ?? []
  if (salt === undefined || tag === undefined) return null
  const given = Buffer.from(tag, 'hex')
  return others.find((device) => keys.some((key) => timingSafeEqual(tagOf(key, salt, device), given))) ?? null
}

function tagOf(key: Uint8Array, salt: string, device: string): Buffer {
  return createHmac('sha256', key).update(`values steward: advert ${salt} ${device}`).digest().subarray(0, 16)
}

// ---- one interface --------------------------------------------------------------------------------------------------

interface Advert {
  readonly name: string
  readonly port: number
}

interface Link {
  show(...adverts: readonly (Advert | null)[]): void
  ask(): void
  close(): void
}

function openLink(address: string, hear: (service: Service) => void): Link {
  /* An interface that goes away is no error: the next look at them opens the links anew. */
  const bonjour = new Bonjour({ interface: address, bind: '0.0.0.0' } as object, () => undefined)
  const { mdns } = (bonjour as unknown as { readonly server: { readonly mdns: NodeJS.EventEmitter & { respond(records: unknown): void } } }).server
  mdns.on('error', () => undefined)
  let browser: Browser | null = null
  let shown: Service[] = []
  let repeating: NodeJS.Timeout[] = []
  return {
    show(...adverts) {
      for (const timer of repeating) clearTimeout(timer)
      for (const service of shown) service.stop(() => undefined)
      shown = adverts.flatMap((advert) => {
        if (advert === null) return []
        return [bonjour.publish({ name: advert.name, type: serviceType, protocol: 'udp', port: advert.port, host: `${advert.name}.local`, probe: false, disableIPv6: true })]
      })
      repeating = repeats.map((after) => setTimeout(() => void (shown.length > 0 && mdns.respond(shown.flatMap((service) => service.records()))), after).unref())
    },
    ask() {
      /* A new one each time, which asks as it starts: each tells of an advert but once. */
      browser?.stop()
      browser = bonjour.find({ type: serviceType, protocol: 'udp' }, hear)
    },
    close() {
      for (const timer of repeating) clearTimeout(timer)
      browser?.stop()
      bonjour.unpublishAll(() => bonjour.destroy())
    }
  }
}
