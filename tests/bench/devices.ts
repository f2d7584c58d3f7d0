/**
 * Two homes in two network namespaces (where there are none, on loopback, which is said): how soon one is found and connected once
 * both listen, neither knowing where the other is; how long 5,000 cards take to come over against iroh alone with the same bytes,
 * what 500 edits cost on the wire against their encoded bytes, how soon two are level again after an address changed, after a cable
 * was out, after the network between them was dead, after one slept a minute; and how many packets left the network. Starting the
 * program is a figure of its own and in none of the others.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as Y from 'yjs'
import { openHome } from '../../main/replica.ts'
import { systemRandom } from '../../main/system.ts'
import { editText } from '../../shared/commands/card.ts'
import { readGraph } from '../../shared/document/document.ts'
import type { CardId } from '../../shared/schema.ts'
import { createMaker, valueOf } from '../support/document.ts'
import { openLan, type Lan, type Machine } from '../support/lan.ts'
import { root } from '../support/terminal.ts'
import type { Measurement } from './run.ts'

const cards = 5_000
const edits = 500
/** Meetings of two that know nothing of each other's place. */
const rounds = 7
/** Milliseconds. */
const asleep = 60_000
const apart = 20_000
const deaths = [7_000, 10_000, 13_500, 17_000] as const

export async function benchDevices(): Promise<readonly Measurement[]> {
  const lan = openLan(2)
  const folder = await mkdtemp(join(tmpdir(), 'bench-devices-'))
  try {
    return [...(await measureFinding(lan, [join(folder, 'here'), join(folder, 'there')])), ...(await measure(lan, [join(folder, 'left'), join(folder, 'right')]))]
  } finally {
    lan.close()
    await rm(folder, { recursive: true })
  }
}

async function measure(lan: Lan, [left, right]: readonly [string, string]): Promise<readonly Measurement[]> {
  const [here, there] = lan.machines as [Machine, Machine]
  const place = placeOf(lan)
  const list = Array.from({ length: cards }, (_, at) => ({ title: `Being there ${at}`, contexts: [`when somebody close to me needs it, kind ${at % 40}`], policies: [`MOMENTS where ${at} says what nobody else will`, `SILENCE in which ${at % 97} may rest`, `WORDS that stay kind, number ${at}`] }))
  await command(['cards', 'add', '-', '--home', left], JSON.stringify(list))
  await pair(here, there, left, right)
  const document = await documentOf(left)
  const bytes = document.length

  /* The first time: everything. */
  const first = await meet(here, there, left, right)
  const raw = await rawTime(here, there, bytes)
  const reading = readingTime(document)
  /* Later: what was changed since. */
  const encoded = await change(left)
  const sent = here.sent()
  await meet(here, there, left, right)
  const later = here.sent() - sent
  return [
    atMost(2_000, `a home of ${cards} cards found and connected, ${place}`, first.found),
    { name: `${cards} cards first synced, ${place}`, value: first.synced, unit: 'ms', reference: raw, reference_name: `iroh alone, ${bytes} bytes`, ratio: first.synced / raw },
    { name: `${cards} cards first synced, against what any home in Yjs must do, ${place}`, value: first.synced, unit: 'ms', reference: raw + reading, reference_name: `iroh alone, and then Yjs alone reading the bytes once (${Math.round(reading)} ms)`, ratio: first.synced / (raw + reading) },
    { name: `bytes sent for ${edits} edits, ${place}`, value: later, unit: 'bytes', reference: encoded, reference_name: 'the edits as Yjs encodes them', ratio: later / encoded },
    { name: `packets that left the network, ${place}`, value: lan.leaked(), unit: 'packets', reference: 0, reference_name: 'none', ratio: lan.leaked() }
  ]
}

/** Small homes: what is measured is how they find each other. */
async function measureFinding(lan: Lan, [left, right]: readonly [string, string]): Promise<readonly Measurement[]> {
  const [here, there] = lan.machines as [Machine, Machine]
  const place = placeOf(lan)
  await command(['cards', 'add', '-', '--home', left], JSON.stringify({ title: 'Being there', policies: ['MOMENTS of quiet'] }))
  await pair(here, there, left, right)
  const meetings: { readonly found: number; readonly started: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all([left, right].map((home) => rm(join(home, 'devices', 'places.json'), { force: true })))
    meetings.push(await meet(here, there, left, right))
  }
  const found = meetings.map((one) => one.found).sort((one, other) => one - other)
  const version = await startTime(there)
  const started = Math.max(...meetings.map((one) => one.started))
  const measured = [
    atMost(2_000, `found and connected, the middle one of ${rounds}, ${place}`, found[Math.floor(rounds / 2)] ?? Number.NaN),
    atMost(2_000, `found and connected, the slowest of ${rounds}, ${place}`, found.at(-1) ?? Number.NaN),
    { name: `started until it listens, the slowest of ${rounds}, ${place}`, value: started, unit: 'ms', reference: version, reference_name: 'the same program saying its version', ratio: started / version }
  ]
  return lan.isReal ? [...measured, ...(await measureReturn(here, there, left, right))] : measured
}

/** From when it could again to when both say that they are level again; on loopback there is nothing to take away. */
async function measureReturn(here: Machine, there: Machine, left: string, right: string): Promise<readonly Measurement[]> {
  const both = [run(here, ['sync', '--json', '--home', left]), run(there, ['sync', '--json', '--home', right])]
  await Promise.all(both.map((one) => one.until('synced')))
  const after = async (name: string, go: () => Promise<void>): Promise<Measurement> => {
    const before = both.map(({ lines }) => lines.filter(({ event }) => event === 'synced').length)
    await go()
    const at = Date.now()
    const again = await Promise.all(both.map((one, index) => one.until('synced', (before[index] ?? 0) + 1)))
    return atMost(5_000, `level again after ${name}, two namespaces`, Math.max(...again.map((line) => line.at)) - at)
  }
  const away = (milliseconds: number, go: (isThere: boolean) => void) => async (): Promise<void> => {
    go(false)
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    go(true)
  }
  const deadNetworks = async (): Promise<Measurement> => {
    const each: Measurement[] = []
    for (const milliseconds of deaths) each.push(await after(`${deaths.map((one) => one / 1_000).join(', ')} s of a dead network that nothing tells of, the slowest`, away(milliseconds, there.setHeard)))
    return each.reduce((one, other) => (other.value > one.value ? other : one))
  }
  const measured = [
    await after('a change of address', () => Promise.resolve(there.move('10.77.0.99'))),
    await after(`${apart / 1_000} s without the cable`, away(apart, there.setLink)),
    await deadNetworks(),
    await after(`${asleep / 1_000} s of sleep`, away(asleep, (isThere) => there.setAsleep(!isThere)))
  ]
  await Promise.all(both.map((one) => one.stop()))
  return measured
}

const placeOf = ({ isReal }: Lan): string => (isReal ? 'two namespaces' : 'loopback')

function atMost(limit: number, name: string, value: number): Measurement {
  return { name, value, unit: 'ms', reference: limit, reference_name: `${limit / 1_000} seconds`, ratio: value / limit }
}

interface Line {
  readonly event: string
  readonly code?: string
  readonly since?: number
  /** When it was read here; by `Date.now`, which all machines share here. */
  readonly at: number
}

/** A command on a machine, its events as they come. */
function run(machine: Machine, argv: readonly string[]) {
  const child = machine.start(process.execPath, [join(root, 'main', 'cli.ts'), ...argv])
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  child.stderr?.pipe(process.stderr)
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) if (part.startsWith('{')) lines.push({ ...(JSON.parse(part) as Line), at: Date.now() })
    for (const look of waiting) look()
  })
  const until = (event: string, number = 1): Promise<Line> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.filter((line) => line.event === event)[number - 1]
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return {
    child, until, lines,
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'close')
    }
  }
}

async function pair(here: Machine, there: Machine, left: string, right: string): Promise<void> {
  const offer = run(here, ['pair', '--offer', '--json', '--home', left])
  const { code = '' } = await offer.until('code')
  const join_ = run(there, ['pair', code, '--json', '--home', right])
  await Promise.all([offer.until('words'), join_.until('words')])
  for (const { child } of [offer, join_]) child.stdin?.write('yes\n')
  await Promise.all([once(offer.child, 'close'), once(join_.child, 'close')])
}

/**
 * The other one starts where this one listens already: its start until its advert is up (as it says itself), from there to the
 * session's beginning there, from there to level.
 */
async function meet(here: Machine, there: Machine, left: string, right: string): Promise<{ readonly started: number; readonly found: number; readonly synced: number }> {
  const first = run(here, ['sync', '--json', '--home', left])
  await first.until('listening')
  const at = Date.now()
  const second = run(there, ['sync', '--json', '--home', right])
  const { since = Number.NaN } = await second.until('listening')
  const peer = await second.until('peer')
  const synced = await second.until('synced')
  await Promise.all([first.stop(), second.stop()])
  return { started: since - at, found: peer.at - since, synced: synced.at - peer.at }
}

async function startTime(machine: Machine): Promise<number> {
  const at = performance.now()
  await once(machine.start(process.execPath, [join(root, 'main', 'cli.ts'), '--version']), 'close')
  return performance.now() - at
}

/** iroh and nothing else, in a process on each machine, with as many bytes in the same pieces. */
async function rawTime(here: Machine, there: Machine, bytes: number): Promise<number> {
  const receiver = here.start(process.execPath, [join(root, 'tests', 'support', 'rawiroh.ts'), 'receive', String(bytes)])
  receiver.stderr?.pipe(process.stderr)
  const [line] = (await once(receiver.stdout?.setEncoding('utf8') ?? Readable.from([]), 'data')) as [string]
  const sender = there.start(process.execPath, [join(root, 'tests', 'support', 'rawiroh.ts'), 'send', String(bytes), here.address, line.trim()])
  sender.stderr?.pipe(process.stderr)
  const [time] = (await once(sender.stdout?.setEncoding('utf8') ?? Readable.from([]), 'data')) as [string]
  receiver.kill()
  return Number(time)
}

async function documentOf(home: string): Promise<Uint8Array> {
  return await withHome(home, 'read', (doc) => Promise.resolve(Y.encodeStateAsUpdate(doc)))
}

/** In a document of its own, by a program that has read it once already. */
function readingTime(document: Uint8Array): number {
  const doc = new Y.Doc()
  const at = performance.now()
  Y.applyUpdate(doc, document)
  return performance.now() - at
}

/** Changes a title in each of 500 cards; the bytes of these edits, as one update. */
async function change(home: string): Promise<number> {
  return await withHome(home, 'write', async (doc, saved) => {
    const before = Y.encodeStateVector(doc)
    const maker = createMaker('bench')
    for (const card of Object.keys(readGraph(doc).cards).slice(0, edits) as CardId[]) valueOf(editText(doc, { kind: 'card', card, field: 'story' }, 'I sat with her, and neither of us said a word for an hour.', maker))
    await saved()
    return Y.encodeStateAsUpdate(doc, before).length
  })
}

async function withHome<Value>(directory: string, mode: 'read' | 'write', work: (doc: Y.Doc, saved: () => Promise<unknown>) => Promise<Value>): Promise<Value> {
  const home = valueOf(await openHome({ directory, mode, random: systemRandom }))
  try {
    return await work(home.doc, () => home.saved())
  } finally {
    await home.close()
  }
}

async function command(argv: readonly string[], input: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'main', 'cli.ts'), ...argv], { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.end(input)
  await once(child, 'close')
}
