/**
 * `npm run soak [-- OPERATIONS [SEED]]`: as many edits as that (a million without it) on three to six devices over faulty networks
 * and disks (tests/support/convergence.ts), one story after another; every hundredth is long. Prints a line a hundred stories, and
 * for each that fails its seed; exit code 1 where one did.
 */
import { tell, type Told } from './support/convergence.ts'

const [operations = 1_000_000, first = 1] = process.argv.slice(2).map(Number)
const counted = ['operations', 'acknowledged', 'restarts', 'crashes', 'revoked', 'held', 'readded', 'meetings', 'partings', 'full', 'dropped', 'doubled', 'overtaken', 'cut', 'concurrent'] as const
const sums = new Map<(typeof counted)[number], number>(counted.map((name) => [name, 0]))
let failed = 0
let stories = 0

for (let seed = first; (sums.get('operations') ?? 0) < operations; seed += 1) {
  const length = seed % 100 === 0 ? 5_000 : 500
  stories += 1
  try {
    add(await tell({ seed, devices: 3 + (seed % 4), operations: length }))
  } catch (error) {
    failed += 1
    sums.set('operations', (sums.get('operations') ?? 0) + length)
    process.stdout.write(`FAILED ${error instanceof Error ? error.message : String(error)}\n`)
  }
  if (stories % 100 === 0) report()
}
report()
const missing = counted.filter((name) => name !== 'held' && name !== 'readded' && sums.get(name) === 0)
if (missing.length > 0) process.stdout.write(`this run was empty: no ${missing.join(', no ')}\n`)
process.exit(failed === 0 && missing.length === 0 ? 0 : 1)

function add(told: Told): void {
  for (const name of counted) sums.set(name, (sums.get(name) ?? 0) + told[name])
}

function report(): void {
  process.stdout.write(`${JSON.stringify({ stories, failed, ...Object.fromEntries(sums) })}\n`)
}
