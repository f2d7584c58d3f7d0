/**
 * What the command line can ask about devices: pair, devices, rename, revoke, sync, anywhere. Each prints its events as they come, one JSON object
 * a line with `--json`, and words without; standard input answers the one question that pairing asks.
 *
 * Leaves out how a home and its circle are opened and closed (cli.ts), and what is said on the wire (pair.ts, exchange.ts).
 */
import { hostname } from 'node:os'
import { DevicesArgument } from '../../shared/devices.ts'
import type { PeerTransport, Transport } from '../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import { atPort, isNearby } from './carrier/addresses.ts'
import { openFolders } from './meeting/folders.ts'
import { reasons } from './meeting/greeting.ts'
import { startMeeting } from './meeting/meeting.ts'
import { startNetwork, type Network, type NetworkListeners } from './meeting/network.ts'
import type { Join, Offer } from './meeting/pair.ts'
import type { DeviceView, Peers } from './circle/peers.ts'
import type { Places } from './meeting/places.ts'

/** Where a command prints and reads. */
export interface Console {
  readonly json: boolean
  readonly input: AsyncIterable<Uint8Array | string>
  /** One line, without its end. */
  print(line: string): Promise<void>
  note(line: string): Promise<void>
  readonly signal: AbortSignal
}

/** Either side of pairing, while it is under way. */
type Pairing = Pick<Join, 'onWords' | 'answer' | 'cancel' | 'ended'>
/** What a device says of itself and of another once they are paired. */
type NameOf = (device: string) => string

interface SyncEvent {
  readonly kind: string
  readonly device?: string | null
  readonly reason?: string
  readonly port?: number
  readonly since?: number
}

/** Milliseconds that an offer is looked for in the network. */
const search = 45_000

/** Milliseconds that one run looks into a folder, and the most that a timer takes: 24 days. */
const folderStay = 2_000
const longestStay = 2 ** 31 - 1

/** Offers this device's circle to another one, until it is paired, refused, or the time is over. */
export async function offerDevice(offer: Offer, nameOf: NameOf, console: Console, start: (listeners: NetworkListeners) => Network = startNetwork): Promise<Result<string>> {
  const network = start({
    onArrival: (transport, purpose) => {
      if (purpose === 'pair') offer.attempt(transport)
    }
  })
  try {
    const addresses = await network.offer(offer.nameplate)
    if (!addresses.ok) {
      offer.cancel()
      return addresses
    }
    const address = addresses.value[0] ?? ''
    if (console.json) await console.print(JSON.stringify({ event: 'code', code: offer.code, address }))
    else await console.print(`On the other device: steward pair ${offer.code}\nWhere it does not find this one: steward pair ${offer.code} --address ${address}`)
    return await finish(offer, nameOf, console)
  } finally {
    network.withdraw()
    await network.close()
  }
}

export interface JoinOptions {
  readonly code: string
  /** `IP:PORT` where it was typed. */
  readonly address: string | null
  readonly join: (transport: Transport) => Join
  readonly nameOf: NameOf
  /** Where the device that it joined will listen. */
  readonly onPlace: (device: string, addresses: readonly string[]) => void
  readonly start?: (listeners: NetworkListeners) => Network
}

/** Joins the circle of the device that shows `code`. */
export async function joinDevice({ code, address, join, nameOf, onPlace, start = startNetwork }: JoinOptions, console: Console): Promise<Result<string>> {
  const found = await findOffer(code, address, console.signal, start)
  if (!found.ok) return found
  try {
    const pairing = join(found.value.transport)
    const told = await finish(pairing, nameOf, console)
    const ended = await pairing.ended
    if (ended.ok && pairing.port() > 0) onPlace(ended.value, atPort(found.value.addresses, pairing.port()))
    return told
  } finally {
    await found.value.network.close()
  }
}

export interface FoundOffer {
  readonly network: Network
  readonly transport: PeerTransport
  readonly addresses: readonly string[]
}

/** A line to the device that offers `code`: at `address`, else wherever the code's public part is offered in this network. */
export async function findOffer(code: string, address: string | null, signal: AbortSignal, start: (listeners: NetworkListeners) => Network): Promise<Result<FoundOffer>> {
  const nameplate = code.trim().slice(0, 3)
  let found: (addresses: readonly string[]) => void = () => undefined
  const offered = new Promise<readonly string[]>((resolve) => (found = resolve))
  const network = start({
    onOffer: (name, all) => {
      /* What was found is not dialled beyond this network; what was typed is. */
      const addresses = all.filter((one) => isNearby(one))
      if (name === nameplate && addresses.length > 0) found(addresses)
    }
  })
  const addresses = address === null ? await Promise.race([offered, after(search), aborted(signal)]) : [address]
  const transport = addresses === null ? notOffered(signal) : await network.dial({ key: null, addresses }, 'pair', signal)
  if (transport.ok) return ok({ network, transport: transport.value, addresses: addresses ?? [] })
  await network.close()
  return transport
}

function notOffered(signal: AbortSignal): Result<never> {
  return signal.aborted
    ? fail('cancelled', 'it was stopped', 'run it again')
    : fail('not-found', 'no device in this network offers that code', 'see that it is still shown there, or give its address as it is shown there')
}

/** The same on both sides: show the words, ask, wait. */
async function finish(pairing: Pairing, nameOf: NameOf, console: Console): Promise<Result<string>> {
  const lines = linesOf(console.input)
  pairing.onWords(({ words, name }) => {
    void (async () => {
      if (console.json) await console.print(JSON.stringify({ event: 'words', words }))
      else await console.print(`${name === '' ? 'The other device' : name} must show the same six words:\n  ${words.join(' ')}\nDoes it? (yes or no)`)
      pairing.answer((await lines()) === 'yes')
    })()
  })
  const stop = (): void => pairing.cancel()
  console.signal.addEventListener('abort', stop, { once: true })
  if (console.signal.aborted) stop()
  const ended = await pairing.ended
  console.signal.removeEventListener('abort', stop)
  if (!ended.ok) return ended
  const name = nameOf(ended.value)
  return ok(console.json ? `${JSON.stringify({ event: 'paired', device: ended.value, name })}\n` : `Paired with ${name}. "steward sync" keeps the two level.\n`)
}

/** `own`: what this device calls itself before it has a place among others. */
export function listDevices(devices: readonly DeviceView[], json: boolean, own = hostname()): Result<string> {
  if (devices.length === 0) return ok(json ? '' : `This device, ${own}, is not paired with another.\nTo add one: "steward pair --offer" here and "steward pair CODE" on the other, or the other way round.\n`)
  return ok(devices.map((device) => `${json ? jsonOf(device) : linesFor(device).join('\n  ')}\n`).join(''))
}

function jsonOf({ id, name, state, isForked, isComing, addedAt, lastMet, waiting }: DeviceView): string {
  const shown = state === 'active' && isForked ? 'forked' : state
  return JSON.stringify({ id, name, state: shown, addedAt, lastMet, waiting, ...(isForked && state === 'this' ? { isForked } : {}), ...(isComing ? { isComing } : {}) })
}

function linesFor({ id, name, state, isForked, isComing, lastMet, waiting }: DeviceView): readonly string[] {
  const shown = state === 'active' && isForked ? 'forked' : state
  const met = state === 'active' ? `, ${lastMet === null ? 'not met yet' : `last met ${new Date(lastMet).toISOString()}`}, ${waiting} to send` : ''
  return [
    `${id}  ${shown.padEnd(8)}  ${name}${met}`,
    ...(isForked && state !== 'revoked' ? [`two devices write under this name: one was probably set up from a copy of the other. ${state === 'this' ? 'Remove this one on another of yours' : 'Remove it'}, and pair it again.`] : []),
    ...(isComing ? ['what your other devices have has not come here yet, or not all of it: run "steward sync" on both'] : [])
  ]
}

/** `named` is an id, the beginning of one that no other shares, or a name that no other has. */
export function findRevocable(devices: readonly DeviceView[], named: string): Result<DeviceView> {
  const found = findDevice(devices, named)
  if (!found.ok) return found
  /* It could tell nobody of it afterwards. */
  if (found.value.state === 'this') return fail('conflict', 'that is this device itself', 'run this on another one of yours')
  if (found.value.state === 'revoked') return fail('conflict', 'that device was removed already', 'see "steward devices"')
  return found
}

/** `named`: as for `findRevocable`; this device too. Errors: `not-found`, `bad-input` (no name, or one that is too long). */
export async function renameDevice(peers: Pick<Peers, 'devices' | 'rename'>, named: string, name: string, json: boolean): Promise<Result<string>> {
  const found = findDevice(peers.devices(), named)
  if (!found.ok) return found
  const { id } = found.value
  const argument = DevicesArgument.safeParse({ do: 'rename', device: id, name })
  if (!argument.success) return fail('bad-input', argument.error.issues[0]?.message ?? 'that is no name', 'give another name')
  const renamed = await peers.rename(id, name)
  if (!renamed.ok) return renamed
  return ok(json ? `${JSON.stringify({ event: 'renamed', device: id, name })}
` : `It is called ${name} now, on your other devices when they next meet.
`)
}

function findDevice(devices: readonly DeviceView[], named: string): Result<DeviceView> {
  const found = [devices.filter(({ id }) => id === named), devices.filter(({ name }) => name === named), devices.filter(({ id }) => named.length >= 4 && id.startsWith(named))].find((each) => each.length > 0) ?? []
  const [only] = found
  if (only === undefined) return fail('not-found', 'there is no such device', 'see "steward devices"')
  return found.length === 1 ? ok(only) : fail('bad-input', 'more than one device is called that', 'give its id, see "steward devices"')
}

/** Whether devices meet through a relay, too. */
export function tellAnywhere(relay: string | null, json: boolean): Result<string> {
  if (json) return ok(`${JSON.stringify({ relay })}\n`)
  return ok(relay === null ? 'Off: your devices meet only in the same network, and nothing leaves it.\n' : `On: your devices also meet through ${relay}. Set it on each of them.\n`)
}

/** Who was not let in, or did not let this one in, and why. */
export function tellRefused(devices: readonly DeviceView[], device: string | null | undefined, reason: string | undefined): string {
  const name = namedOf(devices, device)
  if (reason === 'fork') return `something from ${name} does not go on from what it said before`
  if (reason === 'malformed') return `${name} said something that is not known here: see that both run the same version of Values Steward`
  const isTold = isOwnPlace(reason) && devices.some(({ id, state }) => id === device && state === 'active')
  return `${isTold ? `${name} did not let this device in` : `${name} was not let in`}${reason === undefined ? '' : `: ${reason}`}`
}

function namedOf(devices: readonly DeviceView[], device: string | null | undefined): string {
  return devices.find(({ id }) => id === device)?.name ?? 'a device that is not yours'
}

export interface SyncOptions {
  readonly peers: Peers
  readonly console: Console
  /** Ends when every device that can be reached is level. */
  readonly once: boolean
  /** A folder to exchange sealed files through, instead of the network. */
  readonly folder: string | null
  readonly places: Places
  readonly onPlaces: (places: Places) => void
  readonly start?: (listeners: NetworkListeners) => Network
}

/** Keeps this home level with the others until told to stop. */
export async function syncDevices({ peers, console, once, folder, places, onPlaces, start = startNetwork }: SyncOptions): Promise<Result<string>> {
  const { me } = peers
  const outside = whyOutside(peers)
  if (outside !== null) return { ok: false, error: outside }
  /* One that was removed hears of it from whoever goes on being in the network. */
  const others = peers.devices().filter(({ state }) => state === 'active' || (state === 'revoked' && !once))
  if (me === null || others.length === 0) return fail('not-found', 'this home is not paired with another', 'start with "steward pair --offer" here and "steward pair CODE" there')
  const name = (id: string | null | undefined): string => namedOf(peers.devices(), id)
  const sentences: Readonly<Record<string, (event: SyncEvent) => string>> = {
    listening: () => 'looking for your other devices',
    peer: ({ device }) => `${name(device)} is here`,
    synced: ({ device }) => `level with ${name(device)}`,
    refused: ({ device, reason }) => tellRefused(peers.devices(), device, reason),
    quarantined: ({ device, reason }) => `something from ${name(device)} was put aside${reason === undefined ? '' : `: ${reason}`}; "steward quarantine list" shows it`
  }
  const tell = (event: SyncEvent): void => {
    const sentence = sentences[event.kind]
    if (sentence === undefined) return
    const { kind, ...rest } = event
    void console.print(console.json ? JSON.stringify({ event: kind, ...rest }) : sentence(event))
  }
  let isOutside = false
  const forks = followForks(peers, once)
  for (const problem of forks.news()) void console.note(`${problem.message}; ${problem.remedy}`)
  const end = peers.onEvent((event) => {
    tell(event)
    if (event.kind === 'devices') for (const problem of forks.news()) void console.note(`${problem.message}; ${problem.remedy}`)
    /* It goes on until it is told to stop, and meets nobody any more. */
    const problem = event.kind === 'devices' && !isOutside ? whyOutside(peers) : null
    if (problem === null) return
    isOutside = true
    void console.note(`${problem.message}; ${problem.remedy}`)
  })
  try {
    if (folder !== null) return await exchangeInFolder(folder, { peers, console, once })
    let giveUp: (problem: Problem) => void = () => undefined
    const failed = new Promise<Problem>((resolve) => (giveUp = resolve))
    const meeting = startMeeting({
      peers, startNetwork: start, places, onPlaces,
      onRefused: (device) => tell({ kind: 'refused', device }),
      onListening: (port, since) => tell({ kind: 'listening', port, since }),
      onBroken: (problem) => giveUp(problem)
    })
    const stopped = aborted(console.signal)
    const level = await Promise.race([failed, stopped, ...(once ? [meeting.level()] : [])])
    await meeting.close()
    if (level !== null && typeof level === 'object') return { ok: false, error: level }
    if (once && peers.isCopied()) return { ok: false, error: copiedHere }
    if (once && level === 0) return fail('not-found', 'none of your other devices could be reached', 'see that one is on, in the same network, and that Values Steward runs there')
    return ok('')
  } finally {
    end()
  }
}

/** Null while this device belongs. */
function whyOutside(peers: Peers): Problem | null {
  const standing = peers.standing()
  const remedy = 'pair it with one of them again; what it has stays, and comes along'
  if (standing.kind === 'removed') return { kind: 'denied', message: 'this device was removed from the others', remedy }
  if (standing.kind === 'fallen') return { kind: 'denied', message: `this device was let in by ${standing.by}, which was removed before the others had heard of it`, remedy }
  return null
}

const copiedHere: Problem = { kind: 'conflict', message: 'two devices write under the name of this one: its home was copied, or set back, and the others take in what only one of the two writes', remedy: 'remove this device on another one, and pair it again; what it has stays, and comes along' }

/** Devices under whose name two write: each is told of once. `endsWithOwn`: a command that ends with what is to be said of this one. */
function followForks(peers: Peers, endsWithOwn: boolean): { news(): readonly Problem[] } {
  const told = new Set<string>(endsWithOwn && peers.me !== null ? [peers.me.id] : [])
  return {
    news: () => peers.devices().filter(({ id, state, isForked }) => isForked && state !== 'revoked' && !told.has(id)).map(({ id, name, state }): Problem => {
      told.add(id)
      return state === 'this'
        ? copiedHere
        : { kind: 'conflict', message: `two devices write under the name of ${name}: its home was copied, or set back, and not all that it says is taken in`, remedy: `remove ${name} here ("steward revoke ${id}"), and pair it again; what it has stays, and comes along` }
    })
  }
}

/** Said to a device of the circle as it was: it belongs no more. */
function isOwnPlace(reason: string | undefined): boolean {
  return reason === reasons.removed || reason === reasons.fallen
}

/** With every other device through sealed files: once takes what lies there and leaves what they lack. */
async function exchangeInFolder(folder: string, { peers, console, once }: Pick<SyncOptions, 'peers' | 'console' | 'once'>): Promise<Result<string>> {
  const folders = await openFolders({ folder, peers, onProblem: ({ message, remedy }) => void (once || console.note(`${message}; ${remedy}`)) })
  if (!folders.ok) return folders
  await stay(once ? folderStay : longestStay, console.signal)
  const left = await folders.value.close()
  if (!left.ok) return left
  return ok(console.json || !once ? '' : 'What your other devices may lack lies in the folder. Run this there, too, until both say that they are level.\n')
}

/** Until so many milliseconds are over or it is told to stop. Nothing else keeps a program running that only looks into a folder now and then. */
async function stay(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | null = null
  const over = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)))
  await Promise.race([over, aborted(signal)])
  if (timer !== null) clearTimeout(timer)
}

/** The next line of the input, trimmed and in lower case; empty where it ended, or broke off. */
function linesOf(input: AsyncIterable<Uint8Array | string>): () => Promise<string> {
  let iterator: AsyncIterator<Uint8Array | string> | null = null
  let text = ''
  return async () => {
    iterator ??= input[Symbol.asyncIterator]()
    while (!text.includes('\n')) {
      const { value, done } = await iterator.next().catch(() => ended)
      if (done === true) break
      text += typeof value === 'string' ? value : Buffer.from(value).toString('utf8')
      if (text.length > 10_000) break
    }
    const [line = '', ...rest] = text.split('\n')
    text = rest.join('\n')
    return line.trim().toLowerCase()
  }
}

const ended = { value: undefined, done: true } as const

function after(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds).unref())
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null)
    else signal.addEventListener('abort', () => resolve(null), { once: true })
  })
}
