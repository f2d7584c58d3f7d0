import { describe, expect, it } from 'vitest'
import { sentence } from '../../../main/commands/report.ts'
import { smallestChange } from '../../../shared/decision/change.ts'
import { decide } from '../../../shared/decision/decide.ts'
import { act, ask, given, type Given } from '../../support/given.ts'
import { randomWorld } from '../../support/worlds.ts'

const changeOf = ({ graph, scenario, evidence, calibration }: Given) => smallestChange(graph, scenario, evidence, calibration)
const told = (world: Given): string | null => {
  const change = changeOf(world)
  return change === null ? null : sentence(change, world.graph, world.scenario)
}

describe('smallestChange', () => {
  it('drops a line where that turns the choice', () => {
    const world = given('A: .9 0 / 0 .4')
    world.expect(act(0))
    expect(changeOf(world)).toEqual({ kind: 'drop-line', card: 'A', policy: 'A.1', outcome: act(1) })
    expect(told(world)).toBe('Without the line “line 1 of A” of ‘A’, it would choose “option 1”.')
  })

  it('adds the priority that settles what it would ask about, where dropping a line does not settle it', () => {
    const world = given('A: .9 -.9 / .8 -.9 / .9 -.8', 'B: -.9 .9 / -.9 .8 / -.8 .9', 'grieving matches')
    world.expect(ask('values-conflict'))
    expect(changeOf(world)).toEqual({ kind: 'add-priority', from: 'A', to: 'B', context: 'grieving', outcome: act(1) })
    expect(told(world)).toBe('If you held ‘B’ wiser than ‘A’ when grieving, it would choose “option 1”.')
  })

  it('adds it everywhere where the situation is a case of no context', () => {
    expect(changeOf(given('A: .9 -.9 / .8 -.9', 'B: -.9 .9 / -.9 .8'))).toMatchObject({ kind: 'add-priority', context: null })
  })

  it('prefers another act to asking, and sets a card aside only where nothing smaller helps', () => {
    const world = given('A: + - / + - / + -', 'B: - + / - + / - +', 'B > A')
    expect(changeOf(world)).toEqual({ kind: 'drop-card', card: 'B', outcome: act(0) })
    expect(told(world)).toBe('Without ‘B’, it would choose “option 0”.')
  })

  it('says what would make it ask, where no other choice is near', () => {
    const world = given('A: + - / + -').with({ quantile: 0.1 })
    expect(changeOf(world)).toEqual({ kind: 'drop-card', card: 'A', outcome: ask('no-card') })
    expect(told(given('A (.1): + -'))).toBeNull()
  })

  it('is true: the same change, made, gives the outcome that it says (500 random worlds)', () => {
    const kinds = new Map<string, number>()
    for (let seed = 0; seed < 500; seed += 1) {
      const world = randomWorld(seed)
      const { graph, scenario, evidence, calibration } = world
      const change = smallestChange(graph, scenario, evidence, calibration)
      if (change === null) continue
      kinds.set(change.kind, (kinds.get(change.kind) ?? 0) + 1)
      const before = decide(graph, scenario, evidence, calibration).outcome
      if (JSON.stringify(before) === JSON.stringify(change.outcome)) expect.fail(`seed ${seed}: nothing changes`)
      expect(sentence(change, graph, scenario)).toMatch(/^(Without|If) .+\.$/u)
      if (change.kind === 'drop-card') {
        const { [change.card]: _, ...cards } = graph.cards
        expect([seed, decide({ ...graph, cards }, scenario, evidence, calibration).outcome]).toEqual([seed, change.outcome])
      }
      if (change.kind === 'option-detail') {
        const row = (evidence.support[change.policy] ?? []).with(change.option, 0)
        expect([seed, decide(graph, scenario, { ...evidence, support: { ...evidence.support, [change.policy]: row } }, calibration).outcome]).toEqual([seed, change.outcome])
      }
      if (change.kind === 'drop-line') {
        const card = graph.cards[change.card]
        if (card === undefined) throw new Error('no such card')
        const cards = { ...graph.cards, [change.card]: { ...card, policies: card.policies.filter(({ id }) => id !== change.policy) } }
        expect([seed, decide({ ...graph, cards }, scenario, evidence, calibration).outcome]).toEqual([seed, change.outcome])
      }
      if (change.kind === 'add-priority' && change.context !== null) {
        const { from, to, context } = change
        const edges = { ...graph.edges, [`${from}|${to}|${context}`]: { from, to, context, reallyAbout: '', confused: '', story: '', mapping: [], createdAt: 0 } }
        expect([seed, decide({ ...graph, edges }, scenario, evidence, calibration).outcome]).toEqual([seed, change.outcome])
      }
      if (change.kind === 'drop-priority') {
        const { [change.edge]: _, ...edges } = graph.edges
        expect([seed, decide({ ...graph, edges }, scenario, evidence, calibration).outcome]).toEqual([seed, change.outcome])
      }
    }
    expect([...kinds.keys()].sort()).toEqual(['add-priority', 'drop-card', 'drop-line', 'drop-priority', 'option-detail'].filter((kind) => kinds.has(kind)))
    expect(kinds.size).toBeGreaterThanOrEqual(4)
  })
})
