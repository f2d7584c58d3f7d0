/**
 * Windows among several devices, over all that befalls both: lines cut with frames under way, programs and machines that die, two and
 * three windows on one home, a browser's store that is full, aborts, never answers, or gives back other bytes. In the end every
 * window shows what its home has, nothing is gone that a window said is saved, and what a window was closed on is brought back
 * by the next one.
 */
import { describe, expect, it } from 'vitest'
import { tell, type Story, type Told } from '../support/convergence.ts'

/** Ways on which something went wrong once. */
const before = [[10_035, 6, 400], [10_237, 4, 400], [400_163, 6, 193], [800_172, 3, 94], [800_336, 3, 180], [801_800, 3, 180], [801_859, 6, 231]].map(([seed = 0, devices = 0, operations = 0]): Story => ({ seed, devices, operations, windows: true }))
const stories = [...Array.from({ length: 12 }, (_, at): Story => ({ seed: 3_000 + at, devices: 3 + (at % 3), operations: 400, windows: true })), ...before]

describe('windows on several devices', () => {
  const told: Told[] = []

  it.each(stories)('show what their homes have, and lose nothing (seed $seed, $devices devices)', async (story) => {
    told.push(await tell(story))
  }, 240_000)

  it('went through every kind of trouble on the way there', () => {
    const sum = (name: Exclude<keyof Told, 'seed'>): number => told.reduce((total, one) => total + one[name], 0)
    expect(told.map(({ seed }) => seed)).toEqual(stories.map(({ seed }) => seed))
    for (const name of ['crashes', 'restarts', 'windows', 'shutUnsaved', 'rescued', 'spoilt', 'storeTroubles', 'full'] as const) expect(sum(name), name).toBeGreaterThan(0)
  })
})
