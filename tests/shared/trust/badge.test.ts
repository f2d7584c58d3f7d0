import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { badgeOf as badgeOfCounted, mayAct, standingOf } from '../../../shared/trust/badge.ts'
import { burnedOf, countedOf } from '../../../shared/trust/counted.ts'
import type { Rehearsal } from '../../../shared/rehearsal.ts'
import { nowOf } from '../../../shared/trust/stale.ts'
import { given } from '../../support/given.ts'
import { answer, answers, card, now, sha, start } from '../../support/people.ts'

const declared = { threshold: 0.8, plan: null, declaredAt: start } as const
const badgeOf = (rehearsals: readonly Rehearsal[], ...rest: Rest) => badgeOfCounted(countedOf(rehearsals, burnedOf(rehearsals)), ...rest)
type Rest = Parameters<typeof badgeOfCounted> extends [unknown, ...infer Others] ? Others : never

describe('badgeOf', () => {
  it('[B1] is unknown of nothing, and as long as not even approvals alone would have been enough', () => {
    expect(badgeOf([], declared, 0, now)).toMatchObject({ standing: 'unknown', low: 0, approval: { rate: null, tries: 0 }, next: { more: 17, share: 0.8 }, stale: null })
    expect(badgeOf(answers(10, 10), declared, 1, now)).toMatchObject({ standing: 'unknown', next: { more: 7, share: 0.8 } })
    expect(badgeOf(answers(9, 12), declared, 1, now).standing).toBe('unknown')
  })

  it('[B1] is trusted once the bound reaches the threshold, and ask once it could have and does not', () => {
    expect(badgeOf(answers(17, 17), declared, 1, now).standing).toBe('trusted')
    expect(badgeOf(answers(16, 17), declared, 1, now).standing).toBe('ask')
    expect(badgeOf(answers(30, 40), declared, 1, now).standing).toBe('ask')
  })

  it('[B1] says ask as soon as it is surely below, however few answers there are', () => {
    expect(badgeOf(answers(0, 6), declared, 1, now).standing).toBe('ask')
  })

  it('[B1] the number of approvals that it names is enough, and one less is not', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 5 }), fc.constantFrom(0.6, 0.7, 0.8, 0.9), (hits, misses, threshold) => {
      const { next, standing, alpha } = badgeOf(answers(hits, hits + misses), { ...declared, threshold }, 1, now)
      if (standing === 'trusted' || next === null) return
      expect(next.share).toBe(threshold)
      const after = (more: number) => standingOf({ hits: hits + more, tries: hits + misses + more }, threshold, 'sequence', alpha)
      expect(after(next.more)).toBe('trusted')
      expect(after(next.more - 1)).not.toBe('trusted')
    }), { numRuns: 60 })
  })

  it('[B2] goes stale with what changed: the model, the rules, a card that was cited', () => {
    const trusted = answers(17, 17)
    expect(badgeOf(trusted, declared, 1, now).stale).toBeNull()
    expect(badgeOf(trusted, declared, 1, { ...now, model: sha('9') })).toMatchObject({ standing: 'trusted', stale: { model: true, calibration: false, cards: [] } })
    expect(badgeOf(trusted, declared, 1, { ...now, rules: sha('9') }).stale).toEqual({ model: false, calibration: true, cards: [] })
    const edited = given('A: + - / - +').graph
    expect(badgeOf(trusted, declared, 1, nowOf(edited, [], sha('1'), sha('2'))).stale).toEqual({ model: false, calibration: false, cards: [card] })
    const retired = given('A: + -', 'A is retired').graph
    expect(badgeOf(trusted, declared, 1, nowOf(retired, [], sha('1'), sha('2'))).stale).toEqual({ model: false, calibration: false, cards: [card] })
    expect(mayAct(badgeOf(trusted, declared, 1, now))).toBe(true)
    expect(mayAct(badgeOf(trusted, declared, 1, nowOf(edited, [], sha('1'), sha('2'))))).toBe(false)
  })

  it('[B2] a card that was not cited, and a model that is still loading, make nothing stale', () => {
    const other = given('A: + -', 'B: - +').graph
    expect(badgeOf(answers(17, 17), declared, 1, nowOf(other, [], sha('1'), sha('2'))).stale).toBeNull()
    expect(badgeOf(answers(17, 17), declared, 1, { ...now, model: null, rules: null }).stale).toBeNull()
  })

  it('[B3] holds each of several domains to its share of the error', () => {
    expect(badgeOf(answers(17, 17), declared, 1, now)).toMatchObject({ standing: 'trusted', alpha: 0.05 })
    expect(badgeOf(answers(17, 17), declared, 5, now)).toMatchObject({ standing: 'unknown', alpha: 0.01 })
    expect(badgeOf(answers(25, 25), declared, 5, now).standing).toBe('trusted')
  })

  it('[B4] with a plan of a fixed number, says nothing before, and looks once', () => {
    const plan = { ...declared, plan: { kind: 'fixed', answers: 9 } } as const
    expect(badgeOf(answers(8, 8), plan, 1, now)).toMatchObject({ standing: 'unknown', low: 0, toCome: 1, rule: 'jeffreys', next: null })
    expect(badgeOf(answers(9, 9), plan, 1, now)).toMatchObject({ standing: 'trusted', toCome: 0, approval: { hits: 9, tries: 9 } })
    expect(badgeOf(answers(9, 14), plan, 1, now).standing).toBe('trusted')
    expect(badgeOf(answers(8, 30), plan, 1, now)).toMatchObject({ standing: 'ask', approval: { hits: 8, tries: 9 } })
  })

  it('[B4] a plan counts only what came after it was declared', () => {
    const plan = { ...declared, plan: { kind: 'fixed', answers: 9 }, declaredAt: start + 5 * 3_600_000 } as const
    expect(badgeOf(answers(9, 9), plan, 1, now)).toMatchObject({ standing: 'unknown', toCome: 5 })
  })

  it('[B4] what is answered again after the look changes nothing of it, and without a plan the latest answer counts', () => {
    const plan = { ...declared, plan: { kind: 'fixed', answers: 9 } } as const
    const looked = [...answers(8, 9), ...answers(12, 12, { domain: 'elsewhere' }).map((one, at) => ({ ...one, startedAt: one.startedAt + (20 + at) * 3_600_000 }))]
    const again = looked.slice(0, 9).map((one, at): Rehearsal => ({ ...answer(100 + at), content: one.content, scenario: one.scenario, startedAt: start + (400 + at) * 3_600_000 }))
    const before = badgeOf(looked, plan, 1, now)
    expect(before).toMatchObject({ standing: 'ask', approval: { hits: 8, tries: 9 } })
    expect(badgeOf([...looked, ...again], plan, 1, now)).toEqual(before)
    expect(badgeOf([...looked, ...again], declared, 1, now).approval).toMatchObject({ hits: 21, tries: 21 })
  })

  it('nothing is trusted of which nothing is known, however little is asked for', () => {
    expect(badgeOf([], { ...declared, threshold: 0 }, 1, now).standing).toBe('unknown')
    expect(badgeOf(answers(1, 1), { ...declared, threshold: 0 }, 1, now).standing).toBe('trusted')
  })

  it('without a declared threshold the usual one stands in', () => {
    expect(badgeOf([answer(1)], null, 1, now).threshold).toBe(0.8)
  })
})
