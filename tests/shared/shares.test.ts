/** Shares of one whole as they are shown: whole percents, 100 together, as near as can be. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { toHundred } from '../../shared/shares.ts'

const someShares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 7 }).filter((shares) => shares.some((share) => share > 1e-9))
const sumOf = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0)

it('are whole, sum to 100, stay less than 1 from what they are, and none overtakes a greater one', () => {
  fc.assert(
    fc.property(someShares, (shares) => {
      const shown = toHundred(shares)
      expect(sumOf(shown)).toBe(100)
      shown.forEach((share, at) => {
        expect(Number.isInteger(share)).toBe(true)
        expect(Math.abs(share - ((shares[at] ?? 0) / sumOf(shares)) * 100)).toBeLessThan(1 + 1e-9)
        shown.forEach((other, index) => {
          if ((shares[at] ?? 0) > (shares[index] ?? 0)) expect(share).toBeGreaterThanOrEqual(other)
        })
      })
    })
  )
})

it.each([
  [[1 / 3, 1 / 3, 1 / 3], [34, 33, 33]],
  [[0.335, 0.335, 0.33], [34, 33, 33]],
  [[0.125, 0.125, 0.125, 0.625], [13, 13, 12, 62]],
  [[0.57, 0.29, 0.14], [57, 29, 14]],
  [[3, 1], [75, 25]],
  [[0.014251948436217021, 0.9999999999999993, 0.9999999999999994], [1, 49, 50]],
  [[0, 0], [0, 0]],
  [[], []]
])('%j is shown as %j', (shares, shown) => expect(toHundred(shares)).toEqual(shown))
