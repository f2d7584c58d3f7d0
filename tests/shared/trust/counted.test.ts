import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rehearsal } from '../../../shared/rehearsal.ts'
import { ScenarioId, VersionId } from '../../../shared/schema.ts'
import { dueAgain, selfConsistency } from '../../../shared/trust/again.ts'
import { burnedOf, countedOf } from '../../../shared/trust/counted.ts'
import { trustOf } from '../../../shared/trust/domain.ts'
import { answer, day, now, start } from '../../support/people.ts'

const count = (rehearsals: readonly Rehearsal[]) => countedOf(rehearsals, burnedOf(rehearsals))
const why = (rehearsal: Rehearsal) => count([rehearsal]).aside.map((aside) => aside.why)

/** What somebody may have done with a handful of situations, in any order, on any device, with any clock. */
const history = fc.array(
  fc.record({
    situation: fc.integer({ min: 0, max: 7 }),
    at: fc.integer({ min: 0, max: 400 }),
    domain: fc.constantFrom('work', 'Work ', 'friends', ''),
    verdict: fc.constantFrom('yes', 'not-that', 'unsure', null),
    isBlind: fc.boolean(),
    hasEdit: fc.integer({ min: 0, max: 6 }).map((roll) => roll === 0),
    isBurned: fc.integer({ min: 0, max: 6 }).map((roll) => roll === 0),
    isWithdrawn: fc.integer({ min: 0, max: 6 }).map((roll) => roll === 0),
    isCopy: fc.boolean()
  }),
  { maxLength: 40 }
).map((list) => list.map((one, number): Rehearsal => {
  const made = answer(number, {
    domain: one.domain, situation: `Situation ${one.situation}`, at: start + one.at * day, verdict: one.verdict as Rehearsal['verdicts'][number]['verdict'] | null,
    ...(one.isBlind ? {} : { forecast: { kind: 'skipped' } }), burnedAt: one.isBurned ? start : null, withdrawnAt: one.isWithdrawn ? start : null
  })
  return {
    ...made, scenario: ScenarioId.parse(one.isCopy ? `copy-${number}` : `situation-${one.situation}`),
    edits: one.hasEdit ? [{ id: VersionId.parse('e1'), at: start, door: 'card-wrong', card: null, words: '', before: { kind: 'act', option: 0 }, after: null, turned: [] }] : []
  }
}))

describe('countedOf', () => {
  it('[K1] a situation that led to a change of the values counts for no score, before or after, under any id', () => {
    const before = answer(1, { situation: 'the same' })
    const mended = answer(2, { situation: 'the same', burnedAt: start + day })
    const after = answer(3, { situation: 'The  same' })
    const other = answer(4)
    const { answers, forecasts, aside } = count([before, mended, after, other])
    expect(answers).toEqual([other])
    expect(forecasts).toEqual([other])
    expect(aside.map((one) => one.why)).toEqual(['burned', 'burned', 'burned'])
  })

  it('[K1] of any history, no number on any page stands on a burned situation', () => {
    let burnedInAll = 0
    fc.assert(fc.property(history, (rehearsals) => {
      const led = rehearsals.filter(({ burnedAt, edits }) => burnedAt !== null || edits.length > 0)
      const isLed = (one: Rehearsal): boolean => led.some(({ scenario, content }) => scenario === one.scenario || content === one.content)
      burnedInAll += led.length
      const clean = rehearsals.filter((one) => !isLed(one))
      const [all, without] = [rehearsals, clean].map((of) => trustOf({ rehearsals: of, domains: {}, trials: [], now }))
      const scores = (trust: typeof all) => trust?.domains.flatMap(({ key, badge, forecast, arms, self, counted }) => (counted.answers.length + counted.forecasts.length === 0 ? [] : [{ key, badge, forecast, arms, self }]))
      /* The very same numbers as if they had never been rehearsed. */
      expect(scores(all)).toEqual(scores(without))
      expect(dueAgain(rehearsals, burnedOf(rehearsals), start + 500 * day).some(({ rehearsal }) => isLed(rehearsal))).toBe(false)
      expect(selfConsistency(rehearsals, burnedOf(rehearsals))).toEqual(selfConsistency(clean, burnedOf(clean)))
    }), { numRuns: 200 })
    expect(burnedInAll).toBeGreaterThan(100)
  })

  it('[K1] of any history, burning one more never makes more count', () => {
    fc.assert(fc.property(history, fc.nat(), (rehearsals, pick) => {
      const chosen = rehearsals[pick % Math.max(1, rehearsals.length)]
      const later = rehearsals.map((one) => (one === chosen ? { ...one, burnedAt: start } : one))
      const ids = new Set(count(rehearsals).answers.map(({ id }) => id))
      expect(count(later).answers.every(({ id }) => ids.has(id))).toBe(true)
    }))
  })

  it('[K2] [K3] what was withdrawn, not judged, not asked or not blind is set aside, each with its reason', () => {
    expect(why(answer(1, { withdrawnAt: start }))).toEqual(['withdrawn'])
    expect(why(answer(1, { verdict: null }))).toEqual(['no-verdict'])
    expect(why(answer(1, { agent: null, verdict: null }))).toEqual(['not-asked'])
    expect(why(answer(1, { forecast: { kind: 'skipped' } }))).toEqual(['not-blind'])
    expect(why(answer(1, { own: { kind: 'skipped' } }))).toEqual(['not-blind'])
    expect(why(answer(1, { burnedAt: start }))).toEqual(['burned'])
    expect(why(answer(1))).toEqual([])
  })

  it('[K4] of one situation the latest counts as an approval and the first as a forecast', () => {
    const [first, second, third] = [1, 2, 3].map((number) => answer(number, { situation: 'again' })) as [Rehearsal, Rehearsal, Rehearsal]
    const { answers, forecasts, aside } = count([third, first, second])
    expect(answers).toEqual([third])
    expect(forecasts).toEqual([first])
    expect(aside.map((one) => [one.rehearsal.id, one.why])).toEqual([[first.id, 'repeated'], [second.id, 'repeated']])
  })

  it('[K4] whoever saw the agent there, and left it out or withdrew it, foretells it no more; who only began has seen nothing', () => {
    const again = answer(2, { situation: 'again' })
    for (const seen of [{ forecast: { kind: 'skipped' } }, { own: { kind: 'skipped' } }, { withdrawnAt: start }] as const) {
      const { answers, forecasts } = count([answer(1, { situation: 'again', ...seen }), again])
      expect(forecasts).toEqual([])
      expect(answers).toEqual([again])
    }
    expect(count([answer(1, { situation: 'again', agent: null, verdict: null }), again]).forecasts).toEqual([again])
  })

  it('every rehearsal counts or is set aside, once', () => {
    fc.assert(fc.property(history, (rehearsals) => {
      const { answers, aside } = count(rehearsals)
      expect([...answers, ...aside.map((one) => one.rehearsal)].map(({ id }) => id).sort()).toEqual(rehearsals.map(({ id }) => id).sort())
    }))
  })
})
