import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { evenShares, filledUp, sumOf } from '../../renderer/screens/rehearse/shares.ts'

const someShares = fc.array(fc.option(fc.nat(100)), { minLength: 2, maxLength: 7 })

it('shares made to sum to 100 do, in whole numbers from 0 to 100, and stay as they are where they did', () => {
  fc.assert(
    fc.property(someShares, (shares) => {
      const made = filledUp(shares)
      expect(sumOf(made)).toBe(100)
      for (const share of made) expect(Number.isInteger(share) && share !== null && share >= 0 && share <= 100).toBe(true)
      expect(filledUp(made)).toEqual(made)
    })
  )
})

it('no share overtakes a greater one', () => {
  fc.assert(
    fc.property(someShares.filter((shares) => sumOf(shares) > 0), (shares) => {
      const made = filledUp(shares)
      shares.forEach((share, at) => shares.forEach((other, index) => {
        if ((share ?? 0) > (other ?? 0)) expect(made[at] ?? 0).toBeGreaterThanOrEqual(made[index] ?? 0)
      }))
    })
  )
})

it('even shares differ by one at most', () => {
  expect(evenShares(3)).toEqual([34, 33, 33])
  expect(evenShares(4)).toEqual([25, 25, 25, 25])
})
