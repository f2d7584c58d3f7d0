import { expect, it } from 'vitest'
import { killDownloads } from '../../killdownload.ts'

it('a download that is killed 25 times at random points ends in the right bytes, with at most 1 MB fetched again (200 kills, 8 MB: node tests/killdownload.ts)', { timeout: 240_000 }, async () => {
  const report = await killDownloads(25, Number(process.env['STEWARD_SEED'] ?? 20_261_126), 1_500_000)
  expect(report).toMatchObject({ runs: 25, isRight: true })
  expect(report.fetchedAgain).toBeLessThanOrEqual(1_000_000)
  expect(report.amidst).toBeGreaterThan(12)
})
