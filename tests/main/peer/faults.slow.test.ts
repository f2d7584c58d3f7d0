/**
 * Ten thousand edits on three to six devices, over networks that lose, double, reorder and part, disks that run full, and power that
 * fails: in the end all have the same, and nothing is gone that was said to be saved. `npm run soak` goes on to a million.
 *
 * A story that fails prints its seed; `tell({ seed, devices, operations })` lives through the same again.
 */
import { describe, expect, it } from 'vitest'
import { tell, type Story, type Told } from '../../support/convergence.ts'

const operations = 500
/** Ways on which something went wrong once. */
const before: readonly Story[] = [
  { seed: 20_062, devices: 5, operations }, { seed: 400_005, devices: 4, operations: 371 },
  { seed: 400_011, devices: 6, operations: 342 }, { seed: 400_266, devices: 5, operations: 239 }
]
const stories = [...Array.from({ length: 20 }, (_, at): Story => ({ seed: 1_000 + at, devices: 3 + (at % 4), operations })), ...before]

describe('several devices of one person', () => {
  const told: Told[] = []

  it.each(stories)('come to the same whatever happens (seed $seed, $devices devices)', async (story) => {
    told.push(await tell(story))
  }, 240_000)

  it('went through every kind of trouble on the way there', () => {
    const sum = (name: Exclude<keyof Told, 'seed'>): number => told.reduce((total, one) => total + one[name], 0)
    expect(sum('operations')).toBeGreaterThanOrEqual(10_000)
    expect(told.map(({ seed }) => seed)).toEqual(stories.map(({ seed }) => seed))
    for (const name of ['crashes', 'restarts', 'revoked', 'meetings', 'partings', 'full', 'dropped', 'doubled', 'overtaken', 'cut', 'concurrent', 'cards'] as const) expect(sum(name), name).toBeGreaterThan(0)
    /* Most edits were said to be saved, so that much could have been lost. */
    expect(sum('acknowledged')).toBeGreaterThan(0.8 * sum('operations'))
  })

  it('take the same way again for the same seed', async () => {
    const story: Story = { seed: 1_001, devices: 4, operations: 200 }
    expect(await tell(story)).toEqual(await tell(story))
  }, 240_000)
})

describe('a program with a defect is found out', () => {
  it.each(['says saved too early', 'loses what it said is saved'] as const)('that %s', async (broken) => {
    const found: string[] = []
    for (let seed = 2_000; seed < 2_008 && found.length === 0; seed += 1) {
      await tell({ seed, devices: 3 + (seed % 3), operations, broken }).catch((error: unknown) => found.push(String(error)))
    }
    expect(found).toEqual([expect.stringMatching(/seed \d+ \(\d devices, \d+ operations\): /u)])
  }, 600_000)
})
