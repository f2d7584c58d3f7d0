/**
 * Kills a process that edits (support/writer.ts), again and again on one home, and looks after each time whether every edit that was
 * acknowledged is there: at random points of time, or (by strace) just before its Nth write, fsync, rename and so on, N at random.
 * `node tests/kill.ts --runs 1000 [--seed N] [--calls]` prints one JSON line.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { openHome } from '../main/replica.ts'
import { keepTestKeys } from './support/keys.ts'
import { seeded } from './support/worlds.ts'

export interface KillReport {
  readonly runs: number
  readonly acknowledged: number
  readonly lost: readonly number[]
  /** Milliseconds of the slowest start afterwards. */
  readonly slowest: number
  /** Before which calls it was killed, and how often; empty where it was killed by the clock. */
  readonly calls: Readonly<Record<string, number>>
}

/** Calls of the system by which something reaches the disk, and the highest number of each in one run that is tried. */
const calls = { pwrite64: 600, rename: 3, fsync: 150, unlink: 3, write: 400, ftruncate: 3 } as const

/** Runs after which a new home is made, so that its making is cut short too. */
const runsOfOneHome = 12

/** Whether a process can be killed at a call of the system here (strace, and leave to trace). */
export function canKillAtCalls(): boolean {
  return spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', 'true']).status === 0
}

/** Like `killAtRandom`, just before a call that changes the disk. */
export async function killAtCalls(runs: number, seed: number, onRun: (acknowledged: number) => void = () => undefined): Promise<KillReport> {
  const names = Object.keys(calls) as (keyof typeof calls)[]
  const total = { runs: 0, acknowledged: 0, lost: [] as number[], slowest: 0, calls: {} as Record<string, number> }
  for (let home = 0; total.runs < runs; home += 1) {
    const part = await killAgainAndAgain(Math.min(runsOfOneHome, runs - total.runs), seed + home, (count) => onRun(total.acknowledged + count), (directory, first, run, chance) => {
      const name = names[(run + home) % names.length] ?? 'write'
      return editUntilCall(directory, first, name, 1 + Math.floor(chance() * calls[name]), 20 + Math.floor(chance() * chance() * 900))
    })
    for (const [name, count] of Object.entries(part.calls)) total.calls[name] = (total.calls[name] ?? 0) + count
    total.runs += part.runs
    total.acknowledged += part.acknowledged
    total.lost.push(...part.lost)
    total.slowest = Math.max(total.slowest, part.slowest)
  }
  return total
}

/** `onRun` is told the number of edits acknowledged so far, after each run. */
export async function killAtRandom(runs: number, seed: number, onRun: (acknowledged: number) => void = () => undefined): Promise<KillReport> {
  return await killAgainAndAgain(runs, seed, onRun, async (directory, first, _, chance) => ({ edits: await editUntilKilled(directory, first, chance() * 250), call: null }))
}

type Run = (directory: string, first: number, run: number, chance: () => number) => Promise<{ readonly edits: readonly number[]; readonly call: string | null }>

async function killAgainAndAgain(runs: number, seed: number, onRun: (acknowledged: number) => void, edit: Run): Promise<KillReport> {
  const directory = await mkdtemp(join(tmpdir(), 'steward-kill-'))
  const chance = seeded(seed)
  const acknowledged = new Set<number>()
  const lost = new Set<number>()
  const killed: Record<string, number> = {}
  let next = 0
  let slowest = 0
  try {
    for (let run = 0; run < runs; run += 1) {
      const { edits, call } = await edit(directory, next, run, chance)
      for (const one of edits) acknowledged.add(one)
      if (call !== null) killed[call] = (killed[call] ?? 0) + 1
      const before = performance.now()
      const home = await openHome({ directory, mode: 'write', random: { bytes: (length) => Uint8Array.from({ length }, () => chance() * 256) } })
      if (!home.ok) throw new Error(home.error.message)
      slowest = Math.max(slowest, performance.now() - before)
      const there = home.value.doc.getMap('edits')
      for (const edit of acknowledged) if (there.get(String(edit)) !== 'x'.repeat(edit % 700)) lost.add(edit)
      next = Math.max(-1, ...[...there.keys()].map(Number)) + 1
      await home.value.close()
      onRun(acknowledged.size)
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return { runs, acknowledged: acknowledged.size, lost: [...lost], slowest: Math.round(slowest), calls: killed }
}

/** Edits acknowledged until the kill, which comes `milliseconds` after the first of them. */
function editUntilKilled(directory: string, first: number, milliseconds: number): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const writer = fileURLToPath(new URL('./support/writer.ts', import.meta.url))
    const child = spawn(process.execPath, [writer, directory, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    let isTimed = false
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (chunk: string) => {
      text += chunk
      if (isTimed) return
      isTimed = true
      setTimeout(() => child.kill('SIGKILL'), milliseconds)
    })
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended by itself with ${code}`))
      else resolve(text.split('\n').slice(0, -1).map(Number))
    })
  })
}

/** Edits acknowledged until just before the `number`th call of this name in one of its threads, or all `count` where there were fewer calls. */
function editUntilCall(directory: string, first: number, name: string, number: number, count: number): ReturnType<Run> {
  return new Promise((resolve, reject) => {
    const writer = fileURLToPath(new URL('./support/writer.ts', import.meta.url))
    const trace = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${name}`, '-e', `inject=${name}:signal=KILL:when=${number}`]
    const child = spawn('strace', [...trace, process.execPath, writer, directory, String(first), String(count)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (chunk: string) => (text += chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`the writer ended by itself with ${code}`))
      else resolve({ edits: text.split('\n').slice(0, -1).map(Number), call: signal === 'SIGKILL' ? name : null })
    })
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  keepTestKeys()
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' }, calls: { type: 'boolean', default: false } } })
  const report = await (values.calls ? killAtCalls : killAtRandom)(Number(values.runs), Number(values.seed), (count) => process.stderr.write(`\r${count} edits acknowledged`))
  process.stderr.write('\n')
  process.stdout.write(`${JSON.stringify({ ...report, seed: Number(values.seed) })}\n`)
  process.exitCode = report.lost.length === 0 && report.acknowledged > 0 ? 0 : 1
}
