import { expect, it } from 'vitest'
import { killAtRandom } from '../kill.ts'

it('no edit that was acknowledged is lost in 20 kills at random points (200: node tests/kill.ts)', { timeout: 180_000 }, async () => {
  const report = await killAtRandom(20, Number(process.env['STEWARD_SEED'] ?? 20_261_126))
  expect(report.lost).toEqual([])
  expect(report.acknowledged).toBeGreaterThan(100)
})
