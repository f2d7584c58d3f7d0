import { describe, expect, it } from 'vitest'
import { orderOf, versionOf, type Rehearsal, type Trial } from '../../../shared/rehearsal.ts'
import { chancesNow, changeSince, changesSince, nowOf } from '../../../shared/trust/stale.ts'
import { given } from '../../support/given.ts'
import { answer, answers, card, day, graph as before, now, sha, start } from '../../support/people.ts'

const trialOf = (rehearsal: Rehearsal, changes: Partial<Trial> = {}): Trial => ({
  scenario: rehearsal.scenario, content: rehearsal.content, domain: rehearsal.domain, mode: 'theory', options: 2, at: start + day, model: { name: 'invented', sha256: sha('1') }, calibration: sha('2'), graph: sha('3'), cited: rehearsal.agent?.cited ?? [], profile: null,
  arms: { cards: { outcome: { kind: 'act', option: 0 }, probabilities: [0.9, 0.1] } }, flips: [], ...changes
})

describe('changeSince', () => {
  it('heals where the situation was run again since with the same outcome, and not where it turned', () => {
    const graph = given('A: + - / - +').graph
    const edited = nowOf(graph, [], sha('1'), sha('2'))
    const [one] = answers(1, 1) as [Rehearsal]
    const cited = [{ card, version: versionOf(graph, card) ?? '' }]
    const again = (changes: Partial<Trial>) => changeSince(one, nowOf(graph, [trialOf(one, { cited, ...changes })], sha('1'), sha('2')))
    expect(changeSince(one, edited)).not.toBeNull()
    expect(again({})).toBeNull()
    expect(again({ arms: { cards: { outcome: { kind: 'act', option: 1 }, probabilities: [0.1, 0.9] } } })).not.toBeNull()
    expect(again({ arms: {} })).not.toBeNull()
    expect(again({ content: sha('6') })).not.toBeNull()
    expect(again({ order: orderOf(one.options) })).toBeNull()
    expect(again({ order: orderOf(one.options.toReversed()) })).not.toBeNull()
    expect(again({ cited: one.agent?.cited ?? [] })).not.toBeNull()
    expect(again({ model: { name: 'another', sha256: sha('8') } })).not.toBeNull()
  })

  it('an answer that nobody gave is about nothing', () => {
    expect(changeSince(answer(1, { agent: null }), now)).toBeNull()
    expect(chancesNow(answer(1, { agent: null }), now)).toBeNull()
  })

  it('a card that is put back as it was makes nothing stale any more', () => {
    const [one] = answers(1, 1) as [Rehearsal]
    expect(changeSince(one, nowOf(given('A: + -', 'A is retired').graph, [], sha('1'), sha('2')))).not.toBeNull()
    expect(changeSince(one, nowOf(before, [], sha('1'), sha('2')))).toBeNull()
  })
})

describe('chancesNow', () => {
  it('are those that were said then, those that were found again since, or not known', () => {
    const [one] = answers(1, 1) as [Rehearsal]
    const changed = given('A: + - / - +').graph
    const cited = [{ card, version: versionOf(changed, card) ?? '' }]
    expect(chancesNow(one, now)).toEqual([0.8, 0.2])
    expect(chancesNow(one, nowOf(changed, [], sha('1'), sha('2')))).toBeNull()
    expect(chancesNow(one, nowOf(changed, [trialOf(one, { cited, arms: { cards: { outcome: { kind: 'act', option: 1 }, probabilities: [0.1, 0.9] } } })], sha('1'), sha('2')))).toEqual([0.1, 0.9])
  })
})

describe('changesSince', () => {
  it('names everything that changed since any of them, each once', () => {
    const many = [...answers(3, 3), answer(9, { agent: { model: { name: 'another', sha256: sha('8') } } })]
    expect(changesSince(many, nowOf(given('B: + -').graph, [], sha('1'), sha('2')))).toEqual({ model: true, calibration: false, cards: [card] })
    expect(changesSince([], now)).toBeNull()
  })
})
