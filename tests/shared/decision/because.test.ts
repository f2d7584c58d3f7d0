import { describe, expect, it } from 'vitest'
import { outlineWords } from '../../../renderer/language/outline.ts'
import { because, outline } from '../../../shared/decision/because.ts'
import { given } from '../../support/given.ts'
import { randomWorld } from '../../support/worlds.ts'
import { decide } from '../../../shared/decision/decide.ts'

const text = (...statements: readonly string[]): string => outlineWords(outline(given(...statements).decide().certificate)).join('\n')

describe('because', () => {
  it('quotes the deciding card first, then what it overruled, with the context and the date', () => {
    const lines = because(given('A: + -', 'B: - +', 'C: + -', 'C > A', 'B > A when grieving', 'B > C when grieving', 'grieving matches').decide())
    expect(lines.map(({ card, option, direction, label }) => [card, option, direction, label])).toEqual([['B', 1, 'for', 'in'], ['A', 0, 'for', 'out'], ['B', 0, 'against', 'in']].slice(0, lines.length))
    expect(lines[1]?.overruledBy).toEqual({ card: 'B', title: 'B', context: 'when grieving', since: 1 })
    expect(lines[0]?.quote).toBe('line 1 of B')
  })

  it('for an ask, gives the line for each option that remains', () => {
    const lines = because(given('A: .9 0', 'B: 0 .9').decide())
    expect(lines.map(({ card, option, label }) => [card, option, label])).toEqual([['A', 0, 'undecided'], ['B', 1, 'undecided']])
  })

  it('has nothing to say where no card bears', () => {
    expect(because(given('A (.1): + -').decide())).toEqual([])
  })

  it('gives at most three different lines, none twice, and for every act at least one', () => {
    for (let seed = 0; seed < 1_000; seed += 1) {
      const { graph, scenario, evidence, calibration } = randomWorld(seed)
      const decision = decide(graph, scenario, evidence, calibration)
      const lines = because(decision)
      const names = new Set(lines.map(({ card, policy }) => `${card}|${policy}`))
      if (lines.length > 3 || names.size !== lines.length || (decision.outcome.kind === 'act' && lines.length === 0)) expect.fail(`seed ${seed}`)
    }
  })
})

describe('outline', () => {
  it('says what overrules what, and when', () => {
    const told = text('A: + -', 'B: - +', 'B > A when grieving', 'grieving matches')
    expect(told).toContain('you hold ‘B’ wiser than ‘A’ when grieving')
    expect(told).toContain('‘A’: “line 1 of A” speaks for it. Because you hold ‘B’ wiser when grieving')
    expect(told).toContain('‘B’: “line 1 of B” speaks for it.')
    expect(told).toContain('it would choose “option 1”')
  })

  it('says what is on a par, suspended, in conflict, given up, and beside the norms', () => {
    expect(text('A: .9 0', 'B: 0 .9')).toContain('are on a par. Improving “option 0” a little would not settle it')
    expect(text('A: + -', 'B: - +', 'A > B', 'B > A')).toContain('‘A’ and ‘B’ are held wiser than each other in a circle')
    expect(text('A: + -', 'B: - +', 'A > B when c', 'B > A when d', 'c matches', 'd matches')).toContain('in two kinds of situation that both apply')
    expect(text('A: - + / + -', 'B: 0 .3', 'B > A dropping A.1')).toContain('Because you gave this line up here')
    expect(text('A: .5 0', 'norm quiet (.2): - +')).toContain('only if it mattered 2.5 times as much')
    expect(text('A: + -', 'B: - +')).toContain('it would ask you, because your values pull apart here')
    expect(text('A (.1): + -')).toContain('none of your values')
  })
})
