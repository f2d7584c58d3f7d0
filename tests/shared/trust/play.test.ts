import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CardId } from '../../../shared/schema.ts'
import { decisionsOf, effectiveNumber, inPlay, rankGap, type Cited } from '../../../shared/trust/play.ts'
import { answer, card as cardOfAll } from '../../support/people.ts'
import { seeded } from '../../support/worlds.ts'

const card = (name: string) => CardId.parse(name)
const cited = (cards: readonly string[], at: number): Cited => ({ at, cards: cards.map(card) })

describe('effectiveNumber', () => {
  it('[§10] is the number of values where all weigh the same, and exp of the entropy otherwise', () => {
    expect(effectiveNumber([1, 1, 1, 1])).toBeCloseTo(4, 12)
    expect(effectiveNumber([3])).toBeCloseTo(1, 12)
    expect(effectiveNumber([0.5, 0.25, 0.25])).toBeCloseTo(Math.exp(1.5 * Math.LN2), 12)
    expect(effectiveNumber([])).toBe(0)
    expect(effectiveNumber([0, 0])).toBe(0)
  })

  it('lies between one and the number of values, whatever the unit', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 }), (weights) => {
      const effective = effectiveNumber(weights)
      expect(effective).toBeGreaterThanOrEqual(1 - 1e-9)
      expect(effective).toBeLessThanOrEqual(weights.length + 1e-9)
      expect(effectiveNumber(weights.map((weight) => weight * 7))).toBeCloseTo(effective, 9)
    }))
  })
})

it('the decisions are those that the agent made and that were not withdrawn', () => {
  const [one, open, withdrawn] = [answer(1), answer(2, { agent: null }), answer(3, { withdrawnAt: 1 })]
  expect(decisionsOf([one, open, withdrawn])).toEqual([{ at: one.agent?.at, cards: [cardOfAll] }])
})

describe('inPlay', () => {
  const names = ['A', 'B', 'C', 'D', 'E', 'F']
  const even = (from: number, length: number): Cited[] => Array.from({ length }, (_, at) => cited([names[at % 6] ?? ''], from + at))
  const one = (from: number, length: number): Cited[] => Array.from({ length }, (_, at) => cited(['A'], from + at))

  it('sees a collapse against one’s own baseline, and that chance does not explain it', () => {
    const { windows, change, chance, left } = inPlay([...even(0, 36), ...one(36, 14)], seeded(1), 12)
    expect(windows.map(({ effective }) => Math.round(effective))).toEqual([6, 6, 6, 1])
    expect(left).toBe(2)
    expect(change).toBeCloseTo(1 / 6, 6)
    expect(chance).toBeLessThan(0.02)
  })

  it('calls nothing a collapse where the order is chance: a fall below 5 % comes in about 5 % of such lives', () => {
    const next = seeded(2)
    let alarms = 0
    for (let life = 0; life < 200; life += 1) {
      const decisions = Array.from({ length: 45 }, (_, at) => cited([names[Math.floor(next() * 6)] ?? ''], at))
      if ((inPlay(decisions, next, 15, 99).chance ?? 1) <= 0.05) alarms += 1
    }
    /* 5 % of 200, and three standard errors. */
    expect(alarms).toBeLessThan(10 + 3 * Math.sqrt(200 * 0.05 * 0.95))
  })

  it('weighs each decision alike, however many cards it cited, and is the same for ten thousand of them as window by window', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => cited(at % 2 === 0 ? [names[at % 5] ?? ''] : [names[at % 6] ?? '', names[(at + 1) % 4] ?? ''].filter((name, place, all) => all.indexOf(name) === place), at))
    const { windows, left, change } = inPlay([...many].reverse(), seeded(3))
    expect([windows.length, left]).toEqual([666, 10])
    for (const [at, { effective, low, high, from, to }] of [...windows.entries()].filter(([place]) => place % 111 === 0)) {
      const weights = new Map<CardId, number>()
      for (const { cards } of many.slice(at * 15, at * 15 + 15)) for (const one of cards) weights.set(one, (weights.get(one) ?? 0) + 1 / cards.length)
      expect(effective).toBeCloseTo(effectiveNumber([...weights.values()]), 9)
      expect([from, to]).toEqual([at * 15, at * 15 + 14])
      expect(low).toBeLessThanOrEqual(high)
    }
    expect(change).toBeCloseTo((windows.at(-1)?.effective ?? 0) / (windows[0]?.effective ?? 1), 12)
  })

  it('says nothing before there are two windows, and passes over decisions that cited nothing', () => {
    expect(inPlay([...even(0, 14), cited([], 99)], seeded(1))).toEqual({ windows: [], left: 14, size: 15, change: null, chance: null })
  })
})

describe('rankGap', () => {
  const table = (...values: number[]) => new Map(values.map((value, at) => [card(`C${at}`), value]))

  it('is 0 for the same order, 1 for the opposite, and .5 for orders that have nothing to do with each other', () => {
    expect(rankGap(table(1, 2, 3, 4), table(10, 20, 30, 400))).toEqual({ gap: expect.closeTo(0, 12), n: 4 })
    expect(rankGap(table(1, 2, 3), table(3, 2, 1))?.gap).toBeCloseTo(1, 12)
    expect(rankGap(table(1, 2, 3, 4), table(2, 4, 1, 3))?.gap).toBeCloseTo(0.5, 12)
  })

  it('shares ranks among equal ones, and says nothing of fewer than three or of no order at all', () => {
    expect(rankGap(table(1, 1, 2), table(1, 2, 3))?.gap).toBeCloseTo((1 - Math.sqrt(3) / 2) / 2, 9)
    expect(rankGap(table(1, 2), table(1, 2))).toBeNull()
    expect(rankGap(table(1, 1, 1), table(1, 2, 3))).toBeNull()
    expect(rankGap(table(1, 2, 3), new Map())).toBeNull()
  })
})
