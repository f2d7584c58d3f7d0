import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { betaPoint, betaShare } from '../../../shared/trust/beta.ts'

const parameter = fc.double({ min: 0.5, max: 3_000, noNaN: true })

describe('betaShare', () => {
  it('is the closed form where there is one', () => {
    for (const x of [0.01, 0.2, 0.5, 0.83, 0.999]) {
      expect(betaShare(x, 1, 1)).toBeCloseTo(x, 12)
      expect(betaShare(x, 5, 1)).toBeCloseTo(x ** 5, 12)
      expect(betaShare(x, 1, 5)).toBeCloseTo(1 - (1 - x) ** 5, 12)
      expect(betaShare(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 12)
      expect(betaShare(x, 2, 2)).toBeCloseTo(3 * x ** 2 - 2 * x ** 3, 12)
    }
  })

  it('is the chance of at least so many heads: P(X ≤ x) for Beta(k, n − k + 1) is that of k or more of n at x', () => {
    const [n, k, x] = [12, 8, 0.6]
    const choose = (of: number): number => Array.from({ length: of }, (_, at) => (n - at) / (at + 1)).reduce((product, factor) => product * factor, 1)
    const tail = Array.from({ length: n - k + 1 }, (_, more) => choose(k + more) * x ** (k + more) * (1 - x) ** (n - k - more)).reduce((sum, chance) => sum + chance, 0)
    expect(betaShare(x, k, n - k + 1)).toBeCloseTo(tail, 12)
  })

  it('rises from 0 to 1, and mirrors', () => {
    fc.assert(fc.property(parameter, parameter, fc.integer({ min: 0, max: 1_000_000 }), (a, b, millionths) => {
      const x = millionths / 1_000_000
      const share = betaShare(x, a, b)
      expect(share).toBeGreaterThanOrEqual(-1e-12)
      expect(share).toBeLessThanOrEqual(1 + 1e-12)
      expect(share + betaShare(1 - x, b, a)).toBeCloseTo(1, 9)
    }))
    expect([betaShare(0, 2, 3), betaShare(1, 2, 3)]).toEqual([0, 1])
  })
})

describe('betaPoint', () => {
  it('is its inverse', () => {
    fc.assert(fc.property(parameter, parameter, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (a, b, share) => {
      expect(betaShare(betaPoint(share, a, b), a, b)).toBeCloseTo(share, 8)
    }))
    expect([betaPoint(0, 2, 3), betaPoint(1, 2, 3)]).toEqual([0, 1])
  })
})
