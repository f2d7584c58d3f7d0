import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeDomains, renameDomain, unmergeDomain } from '../../../shared/commands/domain.ts'
import { createDocument, readDocument } from '../../../shared/document/document.ts'
import type { Domain, Rehearsal, Trial } from '../../../shared/rehearsal.ts'
import type { Outcome } from '../../../shared/schema.ts'
import { isHit, trustOf, type Trust } from '../../../shared/trust/domain.ts'
import { answer, card, now, sha, type Said } from '../../support/people.ts'

const of = (rehearsals: readonly Rehearsal[], domains: Readonly<Record<string, Domain>> = {}, trials: readonly Trial[] = []) => trustOf({ rehearsals, domains, trials, now })
const named = (domain: string, approved: number, answered: number, first = 0) => Array.from({ length: answered }, (_, at) => answer(first + at, { domain, verdict: at < approved ? 'yes' : 'not-that' }))
const counts = (trust: Trust) => trust.domains.map(({ name, badge: { approval } }) => [name, approval.hits, approval.tries])
const act = (option: number) => ({ outcome: { kind: 'act' as const, option }, probabilities: [0.5, 0.5] })
const trial = (rehearsal: Rehearsal, arms: Trial['arms'], flips: Trial['flips'] = []): Trial => ({
  scenario: rehearsal.scenario, content: rehearsal.content, domain: rehearsal.domain, mode: 'theory', options: 2, at: 1, model: { name: 'm', sha256: sha('1') }, calibration: sha('2'), graph: sha('3'), cited: [], profile: null, arms, flips
})

describe('trustOf', () => {
  it('is one line a domain, whatever the capitals and the white space, worst known first', () => {
    const trust = of([...named('Work', 2, 30), ...named('friends', 40, 40), ...named(' FRIENDS ', 20, 20, 40), ...named('Money', 2, 2), ...named('', 3, 3)])
    expect(counts(trust)).toEqual([['Work', 2, 30], ['Money', 2, 2], ['friends', 60, 60]])
    expect(trust.domains.map(({ badge }) => badge.standing)).toEqual(['ask', 'unknown', 'trusted'])
    expect(trust).toMatchObject({ tried: 3, without: 3 })
  })

  it('is called as it was called first, in whatever order the answers are kept', () => {
    const all = [...named('Friends', 2, 2), ...named('friends', 1, 1, 2), ...named('FRIENDS', 1, 1, 3)]
    for (const answers of [all, all.toReversed(), [...all.slice(2), ...all.slice(0, 2)]]) expect(counts(of(answers))).toEqual([['Friends', 4, 4]])
  })

  it('says how many were tried and holds each to its share; a domain in which nothing counts was not tried', () => {
    const trust = of([...named('a', 1, 1), ...named('b', 1, 1), answer(9, { domain: 'c', verdict: null })])
    expect(trust.tried).toBe(2)
    expect(trust.domains.map(({ key, badge }) => [key, badge.alpha])).toEqual([['a', 0.025], ['b', 0.025], ['c', 0.025]])
  })

  it('holds nothing of nobody', () => {
    expect(of([])).toEqual({ domains: [], tried: 0, without: 0 })
  })

  it('a domain that is called otherwise or counts as another takes its answers with it, and taking it back gives every number back', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom('rename', 'merge', 'unmerge'), fc.constantFrom('Work', 'Friends', 'Money', 'Else'), fc.constantFrom('Work', 'Friends', 'Money', 'Else', 'Life')), { maxLength: 12 }), (steps) => {
      const doc = createDocument(7)
      const rehearsals = [...named('Work', 5, 9), ...named('Friends', 7, 8), ...named('Money', 1, 4)]
      const before = counts(of(rehearsals, readDocument(doc).domains))
      for (const [step, name, other] of steps) {
        if (step === 'rename') renameDomain(doc, name, other)
        if (step === 'merge') mergeDomains(doc, name, other)
        if (step === 'unmerge') unmergeDomain(doc, name.toLowerCase())
        const trust = of(rehearsals, readDocument(doc).domains)
        /* No answer is lost or counted twice, whatever was merged into what. */
        expect(trust.domains.reduce((sum, { badge }) => sum + badge.approval.tries, 0)).toBe(21)
        expect(trust.domains.reduce((sum, { badge }) => sum + badge.approval.hits, 0)).toBe(13)
        expect(new Set(trust.domains.map(({ key }) => key)).size).toBe(trust.domains.length)
      }
      for (const key of Object.keys(readDocument(doc).domains)) unmergeDomain(doc, key)
      const keys = of(rehearsals, readDocument(doc).domains).domains.map(({ badge: { approval } }) => `${approval.hits} of ${approval.tries}`)
      expect(new Set(keys)).toEqual(new Set(before.map(([, hits, tries]) => `${hits} of ${tries}`)))
    }), { numRuns: 30 })
  })

  it('arms are held against each other on the same situations: what only one was tried on is in no difference', () => {
    const [one, two, three] = named('a', 3, 3) as [Rehearsal, Rehearsal, Rehearsal]
    const trials = [trial(one, { cards: act(0), none: act(1) }), trial(two, { cards: act(0), none: act(0) }), trial(three, { cards: act(1) })]
    const arms = of([one, two, three], {}, trials).domains[0]?.arms ?? []
    expect(arms.map(({ arm, rate, less }) => [arm, rate.hits, rate.tries, less?.n ?? null, less?.difference ?? null])).toEqual([
      ['cards', 2, 3, null, null], ['none', 1, 2, 2, 0.5], ['shuffled', 0, 0, 0, null], ['profile', 0, 0, 0, null], ['past', 0, 0, 0, null]
    ])
  })

  it('what was gone over before the model, its rules or a cited card changed is said to be from before', () => {
    const [one, two, three, four] = named('a', 4, 4) as [Rehearsal, Rehearsal, Rehearsal, Rehearsal]
    const run = (of: Rehearsal, changes: Partial<Trial> = {}): Trial => ({ ...trial(of, { cards: act(0) }), ...changes })
    const trials = [run(one), run(two, { model: { name: 'm', sha256: sha('9') } }), run(three, { calibration: sha('9') }), run(four, { cited: [{ card, version: sha('9') }] })]
    expect(of([one, two, three, four], {}, trials).domains[0]?.outdated).toBe(3)
    expect(of([one], {}, [run(one)]).domains[0]?.outdated).toBe(0)
  })

  it('where an agent acts, both what its words and what its deeds came to are counted, and their disagreement; what is only said is in neither', () => {
    const ask = { kind: 'ask', reason: 'on-a-par' } as const
    const did = (number: number, theory: Outcome, action: Outcome, said: Said = {}) => answer(number, { domain: 'a', ...said, agent: { outcome: action, modes: { theory, action } } })
    const [first, second] = [act(0).outcome, act(1).outcome]
    const all = [did(1, first, first), did(2, first, second), did(3, second, ask, { own: { kind: 'ask' } }), did(4, ask, { ...ask, reason: 'low-confidence' }), did(5, first, second, { burnedAt: 1 }), answer(6, { domain: 'a' })]
    const { theory, action, differ } = of(all).domains[0]?.modes ?? {}
    expect([theory, action, differ].map((rate) => [rate?.hits, rate?.tries])).toEqual([[2, 4], [2, 4], [2, 4]])
  })

  it('a burned situation is in no arm either', () => {
    const [one, two] = [answer(1, { domain: 'a' }), answer(2, { domain: 'a', burnedAt: 1 })]
    expect(of([one, two], {}, [trial(one, { cards: act(0) }), trial(two, { cards: act(0) })]).domains[0]?.arms[0]?.rate.tries).toBe(1)
  })

  it('[K1] nor in a rate of flips, under whatever id the same words were tried', () => {
    const [one, mended] = [answer(1, { domain: 'a' }), answer(2, { domain: 'a', burnedAt: 1 })]
    const copy = { ...trial(mended, {}, [{ kind: 'order', asked: 5, flipped: 5 }]), scenario: answer(3).scenario }
    const trials = [trial(one, {}, [{ kind: 'order', asked: 3, flipped: 1 }]), trial(mended, {}, [{ kind: 'order', asked: 4, flipped: 4 }]), copy]
    expect(of([one, mended], {}, trials).domains[0]?.flips[0]?.rate).toMatchObject({ hits: 1, tries: 3 })
  })

  it('flips are counted by kind, with what was asked', () => {
    const [one, two] = named('a', 2, 2) as [Rehearsal, Rehearsal]
    const flips = of([one, two], {}, [trial(one, {}, [{ kind: 'order', asked: 3, flipped: 1 }]), trial(two, {}, [{ kind: 'order', asked: 2, flipped: 1 }, { kind: 'role', asked: 0, flipped: 0 }, { kind: 'pressure', asked: 1, flipped: 0 }])]).domains[0]?.flips
    expect(flips?.map(({ kind, over, rate }) => [kind, over, rate.hits, rate.tries])).toEqual([['order', 2, 2, 5], ['paraphrase', 0, 0, 0], ['role', 1, 0, 0], ['pressure', 1, 0, 1]])
  })

  it('ten thousand answers are no trouble', () => {
    const many = Array.from({ length: 10_000 }, (_, number) => answer(number, { domain: `domain ${number % 12}`, verdict: number % 5 === 0 ? 'unsure' : 'yes' }))
    const trust = of(many)
    expect(trust.domains).toHaveLength(12)
    expect(trust.domains.reduce((sum, { badge }) => sum + badge.approval.tries, 0)).toBe(10_000)
  })
})

describe('isHit', () => {
  it('an agent that asks does what somebody wanted who would be asked, or to whom all are on a par', () => {
    const asks = { kind: 'ask', reason: 'low-confidence' } as const
    expect(isHit({ kind: 'act', option: 1 }, { kind: 'option', option: 1 })).toBe(true)
    expect(isHit({ kind: 'act', option: 1 }, { kind: 'option', option: 0 })).toBe(false)
    expect(isHit({ kind: 'act', option: 1 }, { kind: 'ask' })).toBe(false)
    expect(isHit(asks, { kind: 'ask' })).toBe(true)
    expect(isHit(asks, { kind: 'par' })).toBe(true)
    expect(isHit(asks, { kind: 'option', option: 0 })).toBe(false)
  })
})
