import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lowerBound, moreInARow, rateOf, upperBound } from '../../../shared/trust/interval.ts'
import { seeded } from '../../support/worlds.ts'

const vectors = [
  [5, 5, 0.649, 0.694], [9, 10, 0.652, 0.669], [10, 10, 0.787, 0.829], [12, 12, 0.816, 0.855], [18, 20, 0.738, 0.75], [19, 20, 0.804, 0.82], [28, 30, 0.817, 0.827]
] as const

const counts = fc.integer({ min: 1, max: 400 }).chain((tries) => fc.integer({ min: 0, max: tries }).map((hits) => ({ hits, tries })))

describe('lowerBound', () => {
  it.each(vectors)('[§8] of %i of %i is %f by Wilson and %f by Jeffreys', (hits, tries, wilson, jeffreys) => {
    expect(lowerBound({ hits, tries }, 'wilson')).toBeCloseTo(wilson, 3)
    expect(lowerBound({ hits, tries })).toBeCloseTo(jeffreys, 3)
  })

  it('[§8] all approved, Wilson needs 7, 11 and 25 answers for .7, .8 and .9, Jeffreys 6, 9 and 18', () => {
    const needed = (rule: 'wilson' | 'jeffreys') => [0.7, 0.8, 0.9].map((share) => moreInARow({ hits: 0, tries: 0 }, share, rule))
    expect(needed('wilson')).toEqual([7, 11, 25])
    expect(needed('jeffreys')).toEqual([6, 9, 18])
  })

  it('the price of looking after every answer is said where it is chosen: 11, 17 and 35', () => {
    expect([0.7, 0.8, 0.9].map((share) => moreInARow({ hits: 0, tries: 0 }, share, 'sequence'))).toEqual([11, 17, 35])
  })

  it('is 0 where nothing was tried or nothing hit, and never above the share itself', () => {
    for (const rule of ['jeffreys', 'wilson', 'sequence'] as const) {
      expect(lowerBound({ hits: 0, tries: 0 }, rule)).toBe(0)
      expect(lowerBound({ hits: 0, tries: 30 }, rule)).toBe(0)
      fc.assert(fc.property(counts, (count) => lowerBound(count, rule) <= count.hits / count.tries))
    }
  })

  it('rises with each hit, falls with each miss, and falls as more certainty is wanted', () => {
    for (const rule of ['jeffreys', 'wilson', 'sequence'] as const) {
      fc.assert(fc.property(counts, ({ hits, tries }) => {
        const here = lowerBound({ hits, tries }, rule)
        expect(lowerBound({ hits: hits + 1, tries: tries + 1 }, rule)).toBeGreaterThanOrEqual(here)
        expect(lowerBound({ hits, tries: tries + 1 }, rule)).toBeLessThanOrEqual(here + 1e-9)
        expect(lowerBound({ hits, tries }, rule, 0.01)).toBeLessThanOrEqual(here)
      }))
    }
  })

  it('stays a number for ten thousand answers and for a handful at any level', () => {
    for (const rule of ['jeffreys', 'wilson', 'sequence'] as const) {
      expect(lowerBound({ hits: 9_000, tries: 10_000 }, rule)).toBeGreaterThan(0.88)
      expect(lowerBound({ hits: 9_000, tries: 10_000 }, rule)).toBeLessThan(0.9)
      expect(lowerBound({ hits: 1, tries: 1 }, rule, 1e-6)).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('rateOf and upperBound', () => {
  it('mirror the lower bound, and hold the rate between them', () => {
    fc.assert(fc.property(counts, ({ hits, tries }) => {
      const { low, high, rate } = rateOf({ hits, tries })
      expect(upperBound({ hits, tries })).toBeCloseTo(1 - lowerBound({ hits: tries - hits, tries }), 12)
      expect(low).toBeLessThanOrEqual(rate ?? -1)
      expect(high).toBeGreaterThanOrEqual(rate ?? 2)
    }))
  })

  it('say nothing at all of nothing', () => {
    expect(rateOf({ hits: 0, tries: 0 })).toEqual({ hits: 0, tries: 0, rate: null, low: 0, high: 1 })
  })
})

describe('moreInARow', () => {
  it('is the smallest number that is enough', () => {
    fc.assert(fc.property(counts, fc.constantFrom(0.5, 0.7, 0.8, 0.9), fc.constantFrom('jeffreys', 'wilson', 'sequence'), ({ hits, tries }, share, rule) => {
      const more = moreInARow({ hits, tries }, share, rule)
      if (more === null) return
      expect(lowerBound({ hits: hits + more, tries: tries + more }, rule)).toBeGreaterThanOrEqual(share)
      if (more > 0) expect(lowerBound({ hits: hits + more - 1, tries: tries + more - 1 }, rule)).toBeLessThan(share)
    }), { numRuns: 60 })
    expect(moreInARow({ hits: 0, tries: 0 }, 1, 'jeffreys')).toBeNull()
  })
})

describe('the promise of each rule', () => {
  /* 2,000 people who approve 80 %; each answers 60 times and looks after every answer. */
  const people = 2_000
  const nominal = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / people)

  /* The bound depends on the counts alone. */
  const known = new Map<string, number>()
  const bound = (hits: number, tries: number, rule: 'jeffreys' | 'sequence'): number => {
    const key = `${rule} ${hits} ${tries}`
    const found = known.get(key) ?? lowerBound({ hits, tries }, rule)
    known.set(key, found)
    return found
  }

  function fooled(looksAt: (tries: number) => boolean, rule: 'jeffreys' | 'sequence'): number {
    const next = seeded(8)
    return Array.from({ length: people }, () => {
      let hits = 0
      let isFooled = false
      for (let tries = 1; tries <= 60; tries += 1) {
        if (next() < 0.8) hits += 1
        if (hits > 0.8 * tries && looksAt(tries) && bound(hits, tries, rule) > 0.8) isFooled = true
      }
      return isFooled
    }).filter(Boolean).length / people
  }

  it('the sequence says too much to at most 5 % of the people, however often they look', () => {
    expect(fooled(() => true, 'sequence')).toBeLessThan(nominal)
  })

  it('a bound for a fixed number is kept at that number, and broken far more often by looking every time', () => {
    expect(fooled((tries) => tries === 60, 'jeffreys')).toBeLessThan(nominal)
    expect(fooled((tries) => tries >= 10, 'jeffreys')).toBeGreaterThan(0.15)
  })

  it('the sequence bounds the average chance of people who drift', () => {
    const next = seeded(9)
    let isWrong = 0
    for (let person = 0; person < people; person += 1) {
      let [hits, chances] = [0, 0]
      let isFooled = false
      for (let tries = 1; tries <= 60; tries += 1) {
        const chance = 0.95 - tries / 100
        chances += chance
        if (next() < chance) hits += 1
        if (bound(hits, tries, 'sequence') > chances / tries) isFooled = true
      }
      if (isFooled) isWrong += 1
    }
    expect(isWrong / people).toBeLessThan(nominal)
  })
})
