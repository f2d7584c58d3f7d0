import { describe, expect, it } from 'vitest'
import { conformalQuantile, rulesDigest } from '../../../shared/decision/conformal.ts'
import { plainCalibration } from '../../support/given.ts'
import { seeded } from '../../support/worlds.ts'

describe('conformalQuantile', () => {
  it('[§9] of (.05, .1, .12, .2, .25, .3, .4, .55, .7) at α = .1 is .7, in any order', () => {
    const scores = [0.05, 0.1, 0.12, 0.2, 0.25, 0.3, 0.4, 0.55, 0.7]
    expect(conformalQuantile(scores, 0.1)).toBe(0.7)
    expect(conformalQuantile([...scores].reverse(), 0.1)).toBe(0.7)
  })

  it('[§9] rules nothing out with fewer than 9 answers at α = .1, 19 at .05, 4 at .2', () => {
    for (const [alpha, needed] of [[0.1, 9], [0.05, 19], [0.2, 4]] as const) {
      expect(conformalQuantile(Array.from({ length: needed - 1 }, () => 0.3), alpha)).toBe(1)
      expect(conformalQuantile(Array.from({ length: needed }, () => 0.3), alpha)).toBe(0.3)
    }
  })

  it('[§9] covers a new score at least 1 − α of the time', () => {
    const next = seeded(9)
    let covered = 0
    for (let round = 0; round < 4_000; round += 1) if (next() ** 2 <= conformalQuantile(Array.from({ length: 29 }, () => next() ** 2), 0.1)) covered += 1
    expect(covered / 4_000).toBeGreaterThan(0.885)
    expect(covered / 4_000).toBeLessThan(0.915)
  })
})

describe('rulesDigest', () => {
  it('does not move with the person’s own answers, and does with every rule', () => {
    const digest = rulesDigest(plainCalibration)
    expect(rulesDigest({ ...plainCalibration, name: 'own answers: work', source: 'own', quantile: 0.7, alpha: 0.2, answers: 9 })).toBe(digest)
    for (const rule of ['relevanceFloor', 'contextFloor', 'supportFloor', 'margin', 'pull', 'undercutFloor', 'normWeight', 'temperature'] as const) {
      expect(rulesDigest({ ...plainCalibration, [rule]: 0.77 })).not.toBe(digest)
    }
  })
})
