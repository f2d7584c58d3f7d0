/**
 * Kills `steward models install` at random points, again and again on one home, then lets it end: are the bytes the right ones, and
 * how much was fetched more than once? `node tests/killdownload.ts --runs 200 [--seed N]` prints one JSON line.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { readInstalled } from '../models/installed.ts'
import { entryOf, modelFiles, sha256, startSource, type TestSource } from './support/source.ts'
import { seeded } from './support/worlds.ts'

export interface DownloadKillReport {
  readonly runs: number
  /** Kills that hit while bytes were coming. */
  readonly amidst: number
  readonly bytes: number
  readonly fetchedAgain: number
  /** Every file has its SHA-256. */
  readonly isRight: boolean
  readonly seconds: number
}

const root = join(import.meta.dirname, '..')
/** Bytes that one run wins on average before it is killed. */
const won = 100_000

export async function killDownloads(runs: number, seed: number, pace: number | null = null, onRun: (run: number, sent: number) => void = () => undefined): Promise<DownloadKillReport> {
  const started = performance.now()
  const chance = seeded(seed)
  const home = await mkdtemp(join(tmpdir(), 'steward-kills-'))
  const files = modelFiles(Math.max(4_000_000, Math.round(1.2 * runs * won)))
  const source = await startSource(files)
  source.pace = pace
  try {
    const catalogue = join(home, 'catalogue.json')
    await writeFile(catalogue, JSON.stringify({ models: [entryOf(files)] }))
    const env = { ...process.env, VALUES_STEWARD_HOME: join(home, 'home'), VALUES_STEWARD_MODELS_AT: source.base, VALUES_STEWARD_CATALOGUE: catalogue }
    const run = () => spawn(process.execPath, [join(root, 'main', 'cli.ts'), 'models', 'install', 'Tiny', '--json'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let amidst = 0
    for (let count = 0; count < runs; count += 1) {
      const child = run()
      const gone = once(child, 'close')
      const before = source.sent
      /* One of five before it asks for anything, or while it looks at what is here. */
      if (chance() < 0.2) await Promise.race([gone, later(chance() * 800)])
      else await Promise.race([gone, whenSent(source, before + 1 + chance() * 2 * won)])
      if (child.exitCode !== null) throw new Error('it ended before it was killed')
      child.kill('SIGKILL')
      await gone
      if (source.sent > before) amidst += 1
      onRun(count + 1, source.sent)
    }
    source.pace = null
    const last = run()
    let errors = ''
    last.stderr.on('data', (chunk) => (errors += String(chunk)))
    const [code] = (await once(last, 'close')) as [number]
    if (code !== 0) throw new Error(`the last run failed: ${errors}`)
    const installed = await readInstalled(join(home, 'home', 'models', 'Tiny'))
    const bytes = Object.values(files).reduce((sum, { length }) => sum + length, 0)
    const isRight = installed.ok && installed.value.record.files.length === 4 && installed.value.record.files.every((file) => file.sha256 === sha256(files[file.path] ?? Buffer.alloc(0)))
    return { runs, amidst, bytes, fetchedAgain: source.sent - bytes, isRight, seconds: Math.round((performance.now() - started) / 1_000) }
  } finally {
    await source.close()
    await rm(home, { recursive: true, force: true })
  }
}

async function whenSent(source: TestSource, bytes: number): Promise<void> {
  while (source.sent < bytes) await later(1)
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' }, seed: { type: 'string', default: '20261126' }, pace: { type: 'string' } } })
  const report = await killDownloads(Number(values.runs), Number(values.seed), values.pace === undefined ? null : Number(values.pace), (run, sent) => process.stderr.write(`\r${run} kills, ${sent} bytes sent`))
  process.stderr.write('\n')
  process.stdout.write(`${JSON.stringify(report)}\n`)
  process.exitCode = report.isRight && report.fetchedAgain <= 8_000_000 ? 0 : 1
}
