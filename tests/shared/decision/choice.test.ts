import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beatsOf, improvedRelation, isAtLeastAsGood, probabilitiesOf, relationOf, scoresOf, weightsOf, type Chorus } from '../../../shared/decision/choice.ts'
import { CardId } from '../../../shared/schema.ts'

const ids = ['A', 'B', 'C'].map((name) => CardId.parse(name))
const three = [0, 1, 2] as const

/** `order`: pairs [higher, lower] of card numbers; `scores[card][option]`. */
function chorus(order: readonly (readonly [number, number])[], scores: readonly (readonly number[])[], margin = 0.1): Chorus {
  const below = new Map(ids.map((id, card) => [id, new Set(order.filter(([high]) => high === card).flatMap(([, low]) => ids[low] ?? []))]))
  return { voices: scores.map((row, card) => ({ card: ids[card] as CardId, relevance: 1, scores: row })), below, margin }
}

const pairs = three.flatMap((high) => three.filter((low) => low !== high).map((low) => [high, low] as const))
const has = (order: readonly (readonly [number, number])[], high: number, low: number): boolean => order.some(([one, other]) => one === high && other === low)

/** All 19 strict partial orders on three cards. */
const orders = Array.from({ length: 64 }, (_, bits) => pairs.filter((__, at) => (bits & (1 << at)) !== 0)).filter((order) =>
  order.every(([high, low]) => !has(order, low, high) && three.every((next) => !has(order, low, next) || has(order, high, next)))
)
/** All 13 weak orders of three options, as scores. */
const patterns = [...new Map(three.flatMap((x) => three.flatMap((y) => three.map((z) => {
  const levels = three.filter((level) => [x, y, z].includes(level))
  const row = [x, y, z].map((level) => levels.indexOf(level) / 2)
  return [row.join(), row] as const
}))).map(([name, row]) => [name, row])).values()]

const permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const

describe('the priority operator', () => {
  it('[O3][O4] agrees with the rule as written and with every linear extension, in all 3-card, 3-option cases', () => {
    expect(orders).toHaveLength(19)
    expect(patterns).toHaveLength(13)
    let onAPar = 0
    for (const order of orders) {
      const extensions = permutations.filter((permutation) => order.every(([high, low]) => permutation.indexOf(high as 0) < permutation.indexOf(low as 0)))
      for (const a of patterns) for (const b of patterns) for (const c of patterns) {
        const rows = [a, b, c]
        const voices = chorus(order, rows)
        const wins = three.map((x) => three.map((y) => extensions.map((extension) => {
          const first = extension.find((card) => rows[card]?.[x] !== rows[card]?.[y])
          return first === undefined ? 0 : Math.sign((rows[first]?.[x] ?? 0) - (rows[first]?.[y] ?? 0))
        })))
        const beats = beatsOf(voices, 3)
        for (const x of three) for (const y of three) {
          if (x === y) continue
          const written = three.every((i) => (rows[i]?.[y] ?? 0) <= (rows[i]?.[x] ?? 0) || three.some((j) => has(order, j, i) && (rows[j]?.[x] ?? 0) > (rows[j]?.[y] ?? 0)))
          const all = wins[x]?.[y] ?? []
          const expected = all.every((sign) => sign === 0) ? 'equal' : all.every((sign) => sign > 0) ? 'better' : all.every((sign) => sign < 0) ? 'worse' : 'on-a-par'
          if (isAtLeastAsGood(voices, x, y) !== written || relationOf(voices, x, y).relation !== expected || (beats[x]?.[y] ?? false) !== (expected === 'better')) {
            expect.fail(`order ${JSON.stringify(order)}, scores ${JSON.stringify(rows)}: ${x} against ${y}`)
          }
          if (expected === 'on-a-par') onAPar += 1
        }
      }
    }
    expect(onAPar).toBeGreaterThan(1_000)
  })

  it('[O4] names the deciding card', () => {
    expect(relationOf(chorus([[0, 1]], [[0, 0, 0], [1, 0, 0], [0, 0, 0]]), 0, 1)).toEqual({ relation: 'better', by: 'B' })
    expect(relationOf(chorus([[0, 1]], [[0, 1, 0], [1, 0, 0], [0, 0, 0]]), 0, 1)).toEqual({ relation: 'worse', by: 'A' })
  })
})

describe('parity', () => {
  it('[§3] improving one side a little settles a tie, and does not settle parity', () => {
    const tie = chorus([], [[0.5, 0.5], [0.2, 0.2]])
    expect([relationOf(tie, 0, 1).relation, improvedRelation(tie, 0, 1)]).toEqual(['equal', 'better'])
    const par = chorus([], [[0.9, 0], [0, 0.9]])
    expect([relationOf(par, 0, 1).relation, improvedRelation(par, 0, 1)]).toEqual(['on-a-par', 'on-a-par'])
  })
})

describe('scores', () => {
  it('[O1] are the mean of the lines that say something; silent lines do not dilute', () => {
    expect(scoresOf([[1, -1], [0.01, 0.02], [0.5, 0.04]], 0.05, 2)).toEqual([0.75, -0.5])
    expect(scoresOf([], 0.05, 2)).toEqual([0, 0])
  })

  it('[O2] a difference of exactly the margin is a preference, in decimals as they are written', () => {
    expect(relationOf(chorus([], [[0.3, 0.2]]), 0, 1).relation).toBe('better')
    expect(relationOf(chorus([], [[0.3, 0.200001]]), 0, 1).relation).toBe('equal')
  })

  it('[O6] preferences by a margin that run in a circle leave all three options', () => {
    /* A tells none of the neighbours apart, only the ends; B orders the neighbours the other way. */
    const voices = chorus([[0, 1]], [[0, 0.09, 0.18], [0.4, 0.2, 0]])
    expect(relationOf(voices, 0, 1).relation).toBe('better')
    expect(relationOf(voices, 1, 2).relation).toBe('better')
    expect(relationOf(voices, 2, 0).relation).toBe('better')
    expect(beatsOf(voices, 3).flat()).not.toContain(true)
  })
})

describe('probabilities', () => {
  const score = fc.integer({ min: -10, max: 10 }).map((tenths) => tenths / 10)
  const world = fc.record({
    order: fc.constantFrom(...orders),
    scores: fc.array(fc.array(score, { minLength: 4, maxLength: 4 }), { minLength: 3, maxLength: 3 }),
    temperature: fc.constantFrom(0.02, 0.3, 5)
  })

  it('[O5] sum to 1 exactly, and an option is never likelier than one that beats it', () => {
    fc.assert(fc.property(world, ({ order, scores, temperature }) => {
      const voices = chorus(order, scores)
      const beats = beatsOf(voices, 4)
      const probabilities = probabilitiesOf(weightsOf(voices, 4, beats), temperature, beats)
      expect(Math.round(probabilities.reduce((sum, share) => sum + share * 1e9, 0))).toBe(1e9)
      for (const [x, row] of beats.entries()) for (const [y, isBeaten] of row.entries()) if (isBeaten) expect(probabilities[x]).toBeGreaterThanOrEqual(probabilities[y] ?? 0)
    }), { seed: 7, numRuns: 2_000 })
  })

  it('[O5] a card that is overruled pulls nothing', () => {
    const voices = chorus([[0, 1]], [[0.2, 0], [-1, 1]])
    expect(weightsOf(voices, 2, beatsOf(voices, 2))).toEqual([0.1, -0.1])
  })

  it('are the soft maximum of the weights', () => {
    const [x, y] = probabilitiesOf([0.5, 0], 0.5, [[false, false], [false, false]])
    expect(x).toBeCloseTo(Math.E / (Math.E + 1), 8)
    expect((x ?? 0) + (y ?? 0)).toBe(1)
  })
})
