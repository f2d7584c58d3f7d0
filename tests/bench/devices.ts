/**
 * Two homes in two network namespaces (where there are none, on loopback, which is said): how soon one that starts is found and connected, how long 5,000
 * cards take to come over against iroh alone with the same bytes, what 500 edits cost on the wire against their encoded bytes, how
 * soon a device is back after its address changed, and how many packets left the network.
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
import { readGraph } from '../../shared/document.ts'
import type { CardId } from '../../shared/schema.ts'
import { createMaker, valueOf } from '../support/document.ts'
import { openLan, type Lan, type Machine } from '../support/lan.ts'
import { root } from '../support/terminal.ts'
import type { Measurement } from './run.ts'

const cards = 5_000
const edits = 500

export async function benchDevices(): Promise<readonly Measurement[]> {
  const lan = openLan(2)
  const folder = await mkdtemp(join(tmpdir(), 'bench-devices-'))
  const homes = [join(folder, 'left'), join(folder, 'right')] as const
  try {
    return await measure(lan, homes)
  } finally {
    lan.close()
    await rm(folder, { recursive: true })
  }
}

async function measure(lan: Lan, [left, right]: readonly [string, string]): Promise<readonly Measurement[]> {
  const [here, there] = lan.machines as [Machine, Machine]
  const place = lan.isReal ? 'two namespaces' : 'loopback'
  const list = Array.from({ length: cards }, (_, at) => ({ title: `Being there ${at}`, contexts: [`when somebody close to me needs it, kind ${at % 40}`], policies: [`MOMENTS where ${at} says what nobody else will`, `SILENCE in which ${at % 97} may rest`, `WORDS that stay kind, number ${at}`] }))
  await command(['cards', 'add', '-', '--home', left], JSON.stringify(list))
  await pair(here, there, left, right)
  const bytes = await documentBytes(left)

  /* The first time: everything. */
  const first = await meet(here, there, left, right)
  const raw = await rawTime(here, there, bytes)
  /* Later: what was changed since. */
  const encoded = await change(left)
  const sent = here.sent()
  await meet(here, there, left, right)
  const later = here.sent() - sent
  const moved = await move(here, there, left, right)
  return [
    { name: `started, found and connected, ${place}`, value: first.found, unit: 'ms', reference: 2_000, reference_name: 'two seconds', ratio: first.found / 2_000 },
    { name: `${cards} cards first synced, ${place}`, value: first.synced, unit: 'ms', reference: raw, reference_name: `iroh alone, ${bytes} bytes`, ratio: first.synced / raw },
    { name: `bytes sent for ${edits} edits, ${place}`, value: later, unit: 'bytes', reference: encoded, reference_name: 'the edits as Yjs encodes them', ratio: later / encoded },
    { name: `back after a change of address, ${place}`, value: moved, unit: 'ms', reference: 5_000, reference_name: 'five seconds', ratio: moved / 5_000 },
    { name: `packets that left the network, ${place}`, value: lan.leaked(), unit: 'packets', reference: 0, reference_name: 'none', ratio: lan.leaked() }
  ]
}

interface Line {
  readonly event: string
  readonly code?: string
  /** Milliseconds of this process. */
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
    for (const part of parts) if (part.startsWith('{')) lines.push({ ...(JSON.parse(part) as Line), at: performance.now() })
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

/** The other one starts where this one runs already: from its first moment to the first sign of each other, and from there to level. */
async function meet(here: Machine, there: Machine, left: string, right: string): Promise<{ readonly found: number; readonly synced: number }> {
  const first = run(here, ['sync', '--json', '--home', left])
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  const started = performance.now()
  const second = run(there, ['sync', '--json', '--home', right])
  const peer = await second.until('peer')
  const synced = await second.until('synced')
  await Promise.all([first.stop(), second.stop()])
  return { found: peer.at - started, synced: synced.at - peer.at }
}

async function move(here: Machine, there: Machine, left: string, right: string): Promise<number> {
  const first = run(here, ['sync', '--json', '--home', left])
  const second = run(there, ['sync', '--json', '--home', right])
  await second.until('synced')
  const before = second.lines.filter(({ event }) => event === 'peer').length
  const at = performance.now()
  there.move('10.77.0.99')
  const again = await second.until('peer', before + 1)
  await Promise.all([first.stop(), second.stop()])
  return again.at - at
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

async function documentBytes(home: string): Promise<number> {
  return await withHome(home, 'read', (doc) => Promise.resolve(Y.encodeStateAsUpdate(doc).length))
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
