import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { baseOf, brier, logScore, reliability, skillOf, valuesTrust, type Forecasted } from '../../../shared/trust/forecast.ts'
import { seeded } from '../../support/worlds.ts'

/** A forecast of two outcomes that came or came not. */
const two = (share: number, came: number): Forecasted => ({ shares: [1 - share, share], outcome: came })
const vector = [two(0.9, 1), two(0.8, 1), two(0.7, 0), two(0.6, 1)]

const forecasts = fc.array(fc.tuple(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 3, maxLength: 3 }), fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 40 })
  .map((list) => list.map(([parts, outcome]): Forecasted => {
    const sum = parts.reduce((total, part) => total + part, 0)
    return { shares: sum === 0 ? [1, 0, 0] : parts.map((part) => part / sum), outcome }
  }))

describe('Brier and log score', () => {
  it('[§7] of (.9, 1)(.8, 1)(.7, 0)(.6, 1) the Brier score is .175', () => {
    expect(vector.reduce((sum, one) => sum + brier(one), 0) / 4).toBeCloseTo(0.175, 12)
    expect(skillOf(vector).brier).toBeCloseTo(0.175, 12)
  })

  it('[§7] skill is 1 − BS / BS of the base rate: here the base is (.75 ones), .1875', () => {
    const { base, skill } = skillOf(vector)
    expect(base).toBeCloseTo(0.1875, 12)
    expect(skill).toBeCloseTo(1 - 0.175 / 0.1875, 12)
  })

  it('are 0 for what was surely foretold, and at their worst for what was ruled out', () => {
    expect(brier({ shares: [0, 1, 0], outcome: 1 })).toBe(0)
    expect(logScore({ shares: [0, 1, 0], outcome: 1 })).toBe(0)
    expect(brier({ shares: [0, 1, 0], outcome: 0 })).toBe(1)
    expect(logScore({ shares: [0, 1, 0], outcome: 0 })).toBeCloseTo(Math.log(1000), 12)
  })

  it('are proper: whoever says what they believe expects the best score', () => {
    const share = fc.integer({ min: 2, max: 98 }).map((percent) => percent / 100)
    fc.assert(fc.property(share, share, (belief, said) => {
      for (const score of [brier, logScore]) {
        const expected = (say: number): number => belief * score(two(say, 1)) + (1 - belief) * score(two(say, 0))
        expect(expected(belief)).toBeLessThanOrEqual(expected(said) + 1e-12)
      }
    }))
  })

  it('stay within their ranges for any forecast', () => {
    fc.assert(fc.property(forecasts, (list) => {
      for (const one of list) {
        expect(brier(one)).toBeGreaterThanOrEqual(0)
        expect(brier(one)).toBeLessThanOrEqual(1)
        expect(logScore(one)).toBeGreaterThanOrEqual(0)
      }
      const { skill, low, high } = skillOf(list)
      if (skill !== null) expect(low <= skill && skill <= high).toBe(true)
    }))
  })
})

describe('the base', () => {
  it('knows how often the agent asks, and nothing else', () => {
    const list = [{ shares: [0.2, 0.3, 0.5], outcome: 2 }, { shares: [0.2, 0.3, 0.5], outcome: 0 }, { shares: [0.1, 0.1, 0.1, 0.7], outcome: 0 }, { shares: [0.1, 0.2, 0.7], outcome: 1 }]
    expect(baseOf(list).map(({ shares }) => shares)).toEqual([[0.375, 0.375, 0.25], [0.375, 0.375, 0.25], [0.25, 0.25, 0.25, 0.25], [0.375, 0.375, 0.25]])
  })

  it('leaves no skill to be had where it is always right', () => {
    expect(skillOf([{ shares: [0.1, 0.1, 0.8], outcome: 2 }]).skill).toBeNull()
    expect(skillOf([])).toEqual({ n: 0, brier: null, log: null, base: null, skill: null, low: -Infinity, high: 1 })
  })
})

describe('values-trust', () => {
  it('is what the cards add to the skill, with both numbers of answers', () => {
    const next = seeded(4)
    const draw = (knows: number): Forecasted => {
      const outcome = next() < 0.5 ? 0 : 1
      const share = 0.5 + knows / 2
      return { shares: outcome === 0 ? [share, 1 - share, 0] : [1 - share, share, 0], outcome }
    }
    const [shown, hidden] = [Array.from({ length: 60 }, () => draw(0.8)), Array.from({ length: 50 }, () => draw(0))]
    const { difference, low, high, n } = valuesTrust(shown, hidden)
    expect(n).toEqual([60, 50])
    expect(difference).toBeCloseTo(0.96, 2)
    expect(low).toBeGreaterThan(0)
    expect(high).toBeLessThanOrEqual(1 - -1)
    expect(valuesTrust(shown, [])).toMatchObject({ difference: null, high: Infinity })
  })
})

describe('reliability', () => {
  it('shows a bin from ten on, and not before', () => {
    const nine = Array.from({ length: 9 }, () => two(0.95, 1))
    expect(reliability(nine)).toEqual([])
    const [low, high] = reliability([...nine, two(0.95, 0)])
    expect(high).toMatchObject({ from: 0.9, to: 1, came: { hits: 9, tries: 10, rate: 0.9 } })
    expect(high?.said).toBeCloseTo(0.95, 12)
    expect(low).toMatchObject({ from: 0, came: { hits: 1, tries: 10 } })
  })

  it('puts each share in one bin: .3 in that from .3 on, 1 in the last', () => {
    const list = Array.from({ length: 10 }, () => two(0.3, 1))
    expect(reliability(list).map(({ from }) => from)).toEqual([0.3, 0.7])
    expect(reliability(Array.from({ length: 10 }, () => two(1, 1))).map(({ from, came }) => [from, came.tries])).toEqual([[0, 10], [0.9, 10]])
  })
})
