/**
 * Kills a process that edits (support/writer.ts) at random points, again and again on one home, and looks after each time
 * whether every edit that was acknowledged is there. `node tests/kill.ts --runs 200 [--seed N]` prints one JSON line.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { openHome } from '../main/replica.ts'
import { seeded } from './support/worlds.ts'

export interface KillReport {
  readonly runs: number
  readonly acknowledged: number
  readonly lost: readonly number[]
}

/** `onRun` is told the number of edits acknowledged so far, after each run. */
export async function killAtRandom(runs: number, seed: number, onRun: (acknowledged: number) => void = () => undefined): Promise<KillReport> {
  const directory = await mkdtemp(join(tmpdir(), 'steward-kill-'))
  const chance = seeded(seed)
  const acknowledged = new Set<number>()
  const lost = new Set<number>()
  let next = 0
  try {
    for (let run = 0; run < runs; run += 1) {
      for (const edit of await editUntilKilled(directory, next, chance() * 250)) acknowledged.add(edit)
      const home = await openHome({ directory, mode: 'write', random: { bytes: (length) => Uint8Array.from({ length }, () => chance() * 256) } })
      if (!home.ok) throw new Error(home.error.message)
      const there = home.value.doc.getMap('edits')
      for (const edit of acknowledged) if (there.get(String(edit)) !== 'x'.repeat(edit % 700)) lost.add(edit)
      next = Math.max(-1, ...[...there.keys()].map(Number)) + 1
      await home.value.close()
      onRun(acknowledged.size)
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return { runs, acknowledged: acknowledged.size, lost: [...lost] }
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

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } } })
  const report = await killAtRandom(Number(values.runs), Number(values.seed), (count) => process.stderr.write(`\r${count} edits acknowledged`))
  process.stderr.write('\n')
  process.stdout.write(`${JSON.stringify({ ...report, seed: Number(values.seed) })}\n`)
  process.exitCode = report.lost.length === 0 && report.acknowledged > 0 ? 0 : 1
}
