import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pairedDifference } from '../../../shared/trust/paired.ts'

describe('pairedDifference', () => {
  it('is the mean of what one has over the other, within bounds that close in', () => {
    const pairs = (count: number) => Array.from({ length: count }, (_, at): readonly [number, number] => [at % 10 < 8 ? 1 : 0, at % 10 < 5 ? 1 : 0])
    const [few, many] = [pairedDifference(pairs(20)), pairedDifference(pairs(400))]
    expect(few).toMatchObject({ n: 20, difference: 0.3, only: [6, 0] })
    expect(few.low).toBeLessThan(0.3)
    expect(few.high).toBeGreaterThan(0.3)
    expect(many.low).toBeGreaterThan(0.2)
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 2)
  })

  it('is the other way about for the other way about, and knows nothing of nothing', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })), { minLength: 1, maxLength: 60 }), (pairs) => {
      const [one, other] = [pairedDifference(pairs), pairedDifference(pairs.map(([first, second]) => [second, first] as const))]
      expect(one.low).toBeCloseTo(-other.high, 6)
      expect(one.high).toBeCloseTo(-other.low, 6)
      expect(one.low).toBeLessThanOrEqual((one.difference ?? 0) + 1e-9)
      expect(one.high).toBeGreaterThanOrEqual((one.difference ?? 0) - 1e-9)
    }))
    expect(pairedDifference([])).toEqual({ n: 0, difference: null, low: -1, high: 1, only: [0, 0] })
  })
})
