import { expect, it } from 'vitest'
import { canKillAtCalls, killAtCalls, killAtRandom } from '../kill.ts'

const seed = Number(process.env['STEWARD_SEED'] ?? 20_261_126)

it('no edit that was acknowledged is lost in 20 kills at random points (1,000: node tests/kill.ts --runs 1000)', { timeout: 180_000 }, async () => {
  const report = await killAtRandom(20, seed)
  expect(report.lost).toEqual([])
  expect(report.acknowledged).toBeGreaterThan(100)
})

/* strace kills it there; where there is none, the kills by the clock above stand alone. */
it.runIf(canKillAtCalls())('nor in 12 just before a write, an fsync, a rename (1,000: node tests/kill.ts --runs 1000 --calls)', { timeout: 300_000 }, async () => {
  const report = await killAtCalls(12, seed)
  expect(report.lost).toEqual([])
  expect(report.acknowledged).toBeGreaterThan(100)
  expect(Object.keys(report.calls).length).toBeGreaterThan(1)
})
