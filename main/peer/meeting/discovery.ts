/**
 * Finds the person's other devices in the same network by multicast DNS, and lets them find this one. An advert's name is a
 * fresh random number and a tag of it under the circle's key, so that only the circle can tell whose it is; it changes every
 * ten minutes and with every address. No name, no number that stays stands in it, and no key but sealed to the circle: for one that
 * came in through another device and does not know this one yet.
 *
 * (The number is drawn, not read off a clock: two devices whose clocks differ find each other all the same.) While a device
 * offers to be paired, its advert holds the public part of the code instead. What an advert says is a hint where to dial, no more:
 * who answers there is known only by the key. One socket an IPv4 interface; nothing goes further than the link.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { Bonjour, type Browser, type Service } from 'bonjour-service'
import { ownAddresses } from '../carrier/addresses.ts'

/** Who is looked for, and what this device answers to. */
export interface Circle {
  readonly me: string
  /** The public key under which this device is met. */
  readonly key: Uint8Array
  readonly others: readonly string[]
  /** 32 bytes each, newest first: adverts are made under the first, recognised under all. */
  readonly keys: readonly Uint8Array[]
}

export interface DiscoveryOptions {
  /** A device of the circle, at these addresses (`IP:PORT`, the likeliest first); `isNews` where it has just said so for the first time. */
  readonly onDevice: (device: string, addresses: readonly string[], isNews: boolean) => void
  /** A device of the circle that is not among `others`, by the key that it is met under. */
  readonly onKin: (key: Uint8Array, addresses: readonly string[]) => void
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
/** What the sealed key is called in an advert. */
const sealedKey = 'k'
/** Milliseconds between questions: often at first, then seldom. */
const questions = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000] as const
/** Milliseconds after which a new advert is said again: a packet to everybody may be lost. (The library's own: three seconds.) */
const repeats = [250, 1_000] as const
const mostAdverts = 500

export function createDiscovery({ onDevice, onKin, onOffer }: DiscoveryOptions): Discovery {
  let circle: Circle | null = null
  let port = 0
  let offer: { readonly nameplate: string; readonly port: number } | null = null
  let links: Link[] = []
  let isClosed = false
  let asked = 0
  let asking: NodeJS.Timeout | null = null
  /** By the advert's name. */
  const adverts = new Map<string, { readonly addresses: readonly string[]; readonly sealed: string }>()

  const recognise = (name: string, addresses: readonly string[], sealed: string, isNews: boolean): void => {
    const device = circle === null ? null : readAdvert(name, circle)
    const kin = circle === null || device !== null ? null : readKey(name, sealed, circle)
    if (device !== null) onDevice(device, addresses, isNews)
    if (kin !== null) onKin(kin, addresses)
    const nameplate = /^pair-(\d{3})-[0-9a-f]{16}$/u.exec(name)?.[1]
    if (nameplate !== undefined) onOffer(nameplate, addresses)
  }
  const hear = (service: Service): void => {
    const from = service.referer?.family === 'IPv4' || isIPv4(service.referer?.address ?? '') ? [service.referer?.address ?? ''] : []
    const hosts = [...new Set([...from, ...(service.addresses ?? []).filter(isIPv4)])].slice(0, 8)
    if (!Number.isInteger(service.port) || service.port < 1 || service.port > 65_535 || hosts.length === 0) return
    const addresses = hosts.map((host) => `${host}:${service.port}`)
    const said = (service.txt as { readonly [sealedKey]?: unknown } | undefined)?.[sealedKey]
    const sealed = typeof said === 'string' ? said : ''
    const isNews = !adverts.delete(service.name)
    if (adverts.size >= mostAdverts) adverts.delete(adverts.keys().next().value ?? '')
    adverts.set(service.name, { addresses, sealed })
    recognise(service.name, addresses, sealed, isNews)
  }
  const announce = (): void => {
    for (const link of links) {
      const name = circle === null ? '' : writeAdvert(circle)
      link.show(
        circle === null ? null : { name, port, sealed: writeKey(name, circle) },
        offer === null ? null : { name: `pair-${offer.nameplate}-${randomBytes(8).toString('hex')}`, port: offer.port, sealed: '' }
      )
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
      for (const [name, { addresses, sealed }] of [...adverts]) recognise(name, addresses, sealed, false)
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

/** Goes with the advert of this name: the key of the device that shows it. */
export function writeKey(name: string, { key, keys }: Circle): string {
  return Buffer.from(sealFor(name, keys[0] ?? new Uint8Array(32)).encrypt(key)).toString('hex')
}

/** Null where it is not of the circle, or this device's own. */
export function readKey(name: string, sealed: string, { key: own, keys }: Circle): Uint8Array | null {
  if (!/^[0-9a-f]{96}$/u.test(sealed)) return null
  for (const each of keys) {
    try {
      const key = sealFor(name, each).decrypt(Uint8Array.from(Buffer.from(sealed, 'hex')))
      return Buffer.compare(key, own) === 0 ? null : key
    } catch {
      continue
    }
  }
  return null
}

/** Once a name: what is drawn for it is drawn for nothing else. */
function sealFor(name: string, key: Uint8Array): ReturnType<typeof chacha20poly1305> {
  return chacha20poly1305(createHmac('sha256', key).update(`values steward: advert key ${name}`).digest(), new Uint8Array(12))
}

function tagOf(key: Uint8Array, salt: string, device: string): Buffer {
  return createHmac('sha256', key).update(`values steward: advert ${salt} ${device}`).digest().subarray(0, 16)
}

// ---- one interface --------------------------------------------------------------------------------------------------

interface Advert {
  readonly name: string
  readonly port: number
  /** Nothing where empty. */
  readonly sealed: string
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
        return [bonjour.publish({ name: advert.name, type: serviceType, protocol: 'udp', port: advert.port, host: `${advert.name}.local`, probe: false, disableIPv6: true, ...(advert.sealed === '' ? {} : { txt: { [sealedKey]: advert.sealed } }) })]
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
