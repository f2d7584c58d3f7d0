/**
 * The process that meets other devices: it listens, dials, finds and is found, and passes frames on; it understands none of them.
 * It is not trusted to live: network.ts starts another, and the steward's process never speaks to a network itself.
 *
 * TLS and iroh listen on the same port, one over TCP, one over UDP, so that one address names both (carriers.ts). A device is dialled
 * over iroh first and over TLS too where that takes longer than a moment. To be paired, this device shows a throw-away key.
 *
 * Who is no member is a guest: heard for a few seconds, in small frames, few at a time, since it may be a device that others took
 * in. What it says is judged in the steward's process (exchange.ts); it stays only if it becomes a member meanwhile.
 */
import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { strangerFrame } from '../../../shared/peer/message.ts'
import type { PeerTransport } from '../../../shared/ports.ts'
import type { Problem, Result } from '../../../shared/result.ts'
import { dialPatience, transportLimits, type Arrival, type Carrier, type Purpose, type Target, type TransportLimits } from '../carrier/carrier.ts'
import { openCarriers, type Carriers, type Way } from '../carrier/carriers.ts'
import { createDiscovery } from './discovery.ts'
import type { FromProcess, Listening, ToProcess } from './messages.ts'
import { openTls } from '../carrier/tls.ts'

/** Milliseconds between looks at clock and interfaces, and a gap between two looks that only sleep explains. */
const watch = { every: 500, slept: 3_000 } as const
/** Milliseconds that iroh is given alone. */
const headStart = 400
/** Who is no member: so many at one time and a minute, for so many milliseconds, with so many frames a second. */
const guests = { atOnce: 8, perMinute: 60, stay: 12_000, pace: 100 } as const
const minute = 60_000
/** Milliseconds for what was said last to come out before this process ends. */
const lastWords = 1_000

const notListening: Problem = { kind: 'internal', message: 'this device cannot listen for others', remedy: 'restart the app; your values are safe' }

const parent = findParent()
interface Channel {
  readonly transport: PeerTransport
  readonly purpose: Purpose
  /** Ends its stay; null for a member. */
  leaving: NodeJS.Timeout | null
}

const channels = new Map<number, Channel>()
/** When guests came in the last minute, by `performance.now`, and how many are here, chosen lines or not. */
let visits: number[] = []
let visitors = 0
let lastChannel = 0
/** Numbers of dials that are under way and still wanted. */
const dials = new Set<number>()
let members = new Set<string>()
let carriers: Carriers | null = null
/** For pairing: under a throw-away key. */
let stranger: Promise<Result<Carrier>> | null = null
let last: Promise<void> = Promise.resolve()
const discovery = createDiscovery({
  onDevice: (device, addresses, isNews) => parent.send({ kind: 'device', device, addresses, isNews }),
  onKin: (key, addresses) => parent.send({ kind: 'kin', key, addresses }),
  onOffer: (nameplate, addresses) => parent.send({ kind: 'offer', nameplate, addresses })
})

/* The parts that read what strangers send over the link throw where it makes no sense: that ends the packet, not the process. */
process.on('uncaughtException', (error) => {
  if (!/bonjour-service|multicast-dns|dns-packet|dns-txt/u.test(error.stack ?? '')) process.exit(1)
})

parent.onMessage((message) => {
  switch (message.kind) {
    case 'listen':
      last = last.then(() => listen(message.listening)).catch(() => parent.send({ kind: 'broken', problem: notListening }))
      break
    case 'members':
      setMembers(message.members)
      discovery.setCircle(message.circle, carriers?.port ?? 0)
      break
    case 'dial':
      dials.add(message.number)
      void last.then(() => dial(message.number, message.target, message.purpose))
      break
    case 'abandon':
      dials.delete(message.number)
      break
    case 'send':
      send(message.channel, message.frame)
      break
    case 'close':
      channels.get(message.channel)?.transport.close()
      break
    case 'offer':
      last = last.then(() => offer(message.nameplate)).catch(() => parent.send({ kind: 'offering', addresses: [] }))
      break
    case 'withdraw':
      last = last.then(withdraw).catch(() => undefined)
      break
    case 'stop':
      void stop()
      break
  }
})
watchMachine()

async function listen({ secret, port, relay, members: known, circle }: Listening): Promise<void> {
  await carriers?.close()
  setMembers(known)
  const accepts = (key: Uint8Array, purpose: Purpose): boolean => {
    const isHeard = purpose === 'sync' && (isMember(key) || hasRoom())
    if (!isHeard) parent.send({ kind: 'refused', remote: key })
    return isHeard
  }
  const onArrival = ({ purpose, transport }: Arrival, carrier: Carrier): void => {
    if (!isMember(transport.remote)) visit(transport)
    whenChosen(transport, () => admit(transport, purpose, null, carrier.name))
  }
  const opened = await openCarriers({ secret, accepts, relay, limitsOf, onArrival }, port)
  if (!opened.ok) return parent.send({ kind: 'broken', problem: opened.error })
  carriers = opened.value
  discovery.setCircle(circle, carriers.port)
  parent.send({ kind: 'listening', port: carriers.port, carriers: carriers.names, since: Date.now() })
}

async function dial(number: number, { key, addresses }: Target, purpose: Purpose): Promise<void> {
  if (!dials.has(number)) return
  const ways: readonly Way[] = purpose === 'pair' ? (await strangerCarriers()).map((carrier) => ({ carrier, addresses })) : (carriers?.ways(addresses) ?? [])
  const race = ways.map(async ({ carrier, addresses: near }) => {
    if (carrier.name === 'tls' && ways.length > 1) await new Promise((resolve) => setTimeout(resolve, headStart))
    return { carrier, dialled: await carrier.dial({ key, addresses: near }, purpose) }
  })
  const first = await Promise.any(race.map(async (one) => {
    const { carrier, dialled } = await one
    if (!dialled.ok) throw new Error(dialled.error.message)
    return { name: carrier.name, transport: dialled.value }
  })).catch(() => null)
  /* Whoever comes second is sent away again. */
  for (const one of race) void one.then(({ dialled }) => dialled.ok && dialled.value !== first?.transport && dialled.value.close())
  if (!dials.delete(number)) first?.transport.close()
  else if (first === null) parent.send({ kind: 'failed', number, problem: { kind: 'not-found', message: 'that device does not answer', remedy: 'see that it is on, in the same network, and that Values Steward runs there' } })
  else {
    first.transport.send(chosen)
    first.transport.onFrame(admit(first.transport, purpose, number, first.name))
  }
}

/** Of two lines that were opened at once the one who dialled keeps one, and says so on it; a line on which nothing is said is closed. */
const chosen = new Uint8Array(0)

type Pass = (frame: Uint8Array) => void

function whenChosen(transport: PeerTransport, then: () => Pass): void {
  let pass: Pass | null = null
  const late = setTimeout(() => transport.close(), dialPatience)
  transport.onClose(() => clearTimeout(late))
  transport.onFrame((frame) => {
    if (pass !== null) return pass(frame)
    clearTimeout(late)
    pass = then()
  })
}

// ---- guests ---------------------------------------------------------------------------------------------------------

function isMember(key: Uint8Array): boolean {
  return members.has(Buffer.from(key).toString('hex'))
}

function hasRoom(): boolean {
  const since = performance.now() - minute
  visits = visits.filter((at) => at > since)
  return visitors < guests.atOnce && visits.length < guests.perMinute
}

function visit(transport: PeerTransport): void {
  visits.push(performance.now())
  visitors += 1
  transport.onClose(() => (visitors -= 1))
}

/** Few and small frames from somebody unknown; any from the moment on at which it is a member. */
function limitsOf(key: Uint8Array): TransportLimits {
  return {
    get frame() {
      return isMember(key) ? transportLimits.frame : strangerFrame
    },
    get pace() {
      return isMember(key) ? transportLimits.pace : guests.pace
    },
    backlog: transportLimits.backlog
  }
}

// ---- channels -------------------------------------------------------------------------------------------------------

/** What takes its frames from now on. */
function admit(transport: PeerTransport, purpose: Purpose, number: number | null, carrier: string): Pass {
  lastChannel += 1
  const channel = lastChannel
  /* Who was a member when it came may be none by now: what counts is what it is when it is heard. */
  const isGuest = number === null && purpose === 'sync' && !isMember(transport.remote)
  const leaving = isGuest ? setTimeout(() => transport.close(), guests.stay) : null
  channels.set(channel, { transport, purpose, leaving })
  parent.send({ kind: 'opened', channel, number, isGuest, purpose, remote: transport.remote, carrier })
  transport.onClose(() => {
    if (leaving !== null) clearTimeout(leaving)
    channels.delete(channel)
    parent.send({ kind: 'closed', channel })
  })
  return (frame) => parent.send({ kind: 'frame', channel, frame })
}

function send(channel: number, frame: Uint8Array): void {
  const transport = channels.get(channel)?.transport
  if (transport === undefined) return
  transport.send(frame)
  void transport.drained().then(() => parent.send({ kind: 'wrote', channel, bytes: frame.length }))
}

/** Those who are members no more are sent away at once; a guest who is one now stays. */
function setMembers(next: readonly string[]): void {
  members = new Set(next)
  for (const channel of channels.values()) {
    if (channel.purpose !== 'sync') continue
    const { leaving } = channel
    if (isMember(channel.transport.remote)) {
      if (leaving !== null) clearTimeout(leaving)
      channel.leaving = null
    } else if (leaving === null) channel.transport.close()
  }
}

// ---- pairing --------------------------------------------------------------------------------------------------------

async function strangerCarriers(): Promise<readonly Carrier[]> {
  stranger ??= openTls({ secret: Uint8Array.from(randomBytes(32)), port: 0, accepts: (_key, purpose) => purpose === 'pair' })
  const opened = await stranger
  return opened.ok ? [opened.value] : []
}

async function offer(nameplate: string): Promise<void> {
  const [carrier] = await strangerCarriers()
  if (carrier === undefined) return parent.send({ kind: 'offering', addresses: [] })
  carrier.onArrival(({ purpose, transport }) => whenChosen(transport, () => admit(transport, purpose, null, carrier.name)))
  discovery.setOffer({ nameplate, port: carrier.port })
  parent.send({ kind: 'offering', addresses: discovery.addresses().map((address) => `${address}:${carrier.port}`) })
}

async function withdraw(): Promise<void> {
  discovery.setOffer(null)
  const opened = stranger === null ? null : await stranger
  stranger = null
  if (opened?.ok === true) await opened.value.close()
}

// ---- the machine ----------------------------------------------------------------------------------------------------

/** After sleep, and where an address came or went, everybody is told anew; channels over an address that is gone are closed. */
function watchMachine(): void {
  let looked = Date.now()
  let before = interfaceText()
  const timer = setInterval(() => {
    const now = Date.now()
    const text = interfaceText()
    if (text !== before || now - looked > watch.slept) last = last.then(move).catch(() => undefined)
    before = text
    looked = now
  }, watch.every)
  timer.unref()
}

async function move(): Promise<void> {
  await carriers?.follow()
  discovery.refresh()
  parent.send({ kind: 'moved' })
}

function interfaceText(): string {
  return JSON.stringify(Object.entries(networkInterfaces()).map(([name, each]) => [name, each?.map(({ address }) => address)]))
}

async function stop(): Promise<void> {
  discovery.close()
  for (const { transport } of channels.values()) transport.close()
  const late = performance.now() + lastWords
  while ((carriers?.lines ?? 0) > 0 && performance.now() < late) await new Promise((resolve) => setTimeout(resolve, 10))
  const opened = stranger === null ? null : await stranger
  await Promise.all([carriers?.close(), ...(opened?.ok === true ? [opened.value.close()] : [])])
  process.exit(0)
}

/** Whoever started this: a forked Node process, or Electron's utility process. */
interface Parent {
  send(message: FromProcess): void
  onMessage(listener: (message: ToProcess) => void): void
}

function findParent(): Parent {
  const port = (process as { parentPort?: { postMessage(message: unknown): void; on(event: 'message', listener: (event: { data: unknown }) => void): void } }).parentPort
  if (port !== undefined) return { send: (message) => port.postMessage(message), onMessage: (listener) => port.on('message', (event) => listener(event.data as ToProcess)) }
  process.on('disconnect', () => process.exit(0))
  return { send: (message) => void process.send?.(message, () => {}), onMessage: (listener) => process.on('message', (message) => listener(message as ToProcess)) }
}
