import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lowestMean, lowestRate, meanRange } from '../../../shared/trust/sequence.ts'
import { seeded } from '../../support/worlds.ts'

const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 })

describe('lowestMean', () => {
  it('lies under the mean, does not mind the order, and mirrors into an upper bound', () => {
    fc.assert(fc.property(values, (list) => {
      const mean = list.reduce((sum, value) => sum + value, 0) / list.length
      const { low, high } = meanRange(list, 0.05)
      expect(low).toBeLessThanOrEqual(mean + 1e-9)
      expect(high).toBeGreaterThanOrEqual(mean - 1e-9)
      expect(lowestMean([...list].reverse(), 0.05)).toBeCloseTo(lowestMean(list, 0.05), 8)
    }))
  })

  it('is far narrower than the bound for rates where the values vary little', () => {
    const next = seeded(3)
    const list = Array.from({ length: 60 }, () => 0.4 + next() / 5)
    const sum = list.reduce((total, value) => total + value, 0)
    expect(lowestMean(list, 0.05)).toBeGreaterThan(lowestRate(sum, list.length, 0.05) + 0.05)
  })

  it('knows nothing of nothing', () => {
    expect(lowestMean([], 0.05)).toBe(0)
    expect(meanRange([], 0.05)).toEqual({ low: 0, high: 1 })
    expect(lowestMean([0, 0, 0], 0.05)).toBe(0)
  })

  it('is true at every look of 95 % of the people, with values that are no yes or no', () => {
    const next = seeded(17)
    const people = 200
    let isWrong = 0
    for (let person = 0; person < people; person += 1) {
      const power = 0.5 + next() * 3
      const list: number[] = []
      let isFooled = false
      for (let number = 0; number < 60; number += 1) {
        list.push(next() ** power)
        if (number % 4 === 3 && lowestMean(list, 0.05) > 1 / (power + 1)) isFooled = true
      }
      if (isFooled) isWrong += 1
    }
    expect(isWrong / people).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / people))
  })
})
