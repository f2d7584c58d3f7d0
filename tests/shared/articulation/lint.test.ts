/** The rules of a good line, and slogans of every side met alike. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kindByForm, lint, lintRules, openRemarks, type LintRule } from '../../../shared/articulation/lint.ts'
import { phrasesIn } from '../../../shared/articulation/phrases.ts'
import { isSlogan } from '../../../shared/articulation/slogan.ts'
import { fresh, noticed, others, own, slogans } from './slogans.ts'
import { seen, unmark, unseen } from './stories.ts'

const rulesOf = (line: string): readonly LintRule[] => lint(line).map(({ rule }) => rule)

describe('a line of what one pays attention to', () => {
  it.each<readonly [string, readonly LintRule[]]>([
    ['MOMENTS where my friend says the thing nobody else will', []],
    ['SIGNS that somebody wants to be left in peace', []],
    ['moments where my friend says the hard thing', ['head']],
    ['MOMENTS of deep and meaningful talk with friends', ['vague']],
    ['FRIENDS who should hear the truth from me', ['should']],
    ['WORDS that fit without causing harm to anyone', ['acceptable']],
    ['ANSWERS that are appropriate in the room', ['acceptable']],
    ['STEPS that ensure a good result for us', ['outcome']],
    ['HABITS that lead to more sleep', ['outcome']],
    ['A CHANCE to say what is on my mind', ['plural']],
    ['FEET that are tired after a day of standing', []],
    ['HOURS in which nobody is asked to win, so as to rest', ['outcome']],
    ['DESKS left behind in an acceptable state', ['acceptable']],
    ['NEIGHBOURS whom I ought to have asked', ['should']],
    ['RULES by which peace is ensured', ['outcome']],
    ['QUARRELS that were avoided for her sake', ['avoidance']],
    ['GESPRÄCHE, in denen ich etwas erreiche', ['outcome']],
    ['WORTE, die in der Runde angemessen sind', ['acceptable']],
    ['ABENDE, an denen Streit vermieden wird', ['avoidance']],
    ['CHANCES to avoid a quarrel at the table', ['avoidance']],
    ['SILENCES after questions', ['length']],
    ['誰にも言えないことを打ち明けられたとき', []],
    ['沉默', ['length']],
    ['لحظات يقول فيها صديقي ما لا يقوله أحد', []],
    ['רגעים שבהם מישהו שותק ליד השולחן', []],
    ['MOMENTE, in denen jemand etwas sagt, das sonst keiner sagt', []],
    ['MENSCHEN, die ich nicht übergehen sollte', ['should']],
    ['ORTE mit einer tiefen Stille', ['vague']],
    ['GESPRÄCHE, die zu einem Ergebnis führen, das führt zu Ruhe', ['outcome']],
    [`MOMENTS ${'when somebody says it '.repeat(7)}`, ['length']]
  ])('%s: %j', (line, rules) => expect(rulesOf(line)).toEqual(rules))

  it('says which words each remark is about, and those words stand in the line', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('MOMENTS', 'when', 'deep', 'should', 'ensure', 'avoid', 'I', 'a', 'appropriate', 'must', 'tief', 'sollte', '😀', 'שלום'), { maxLength: 12 }).map((words) => words.join(' ')), (line) => {
      for (const { rule, weight, words } of lint(line)) {
        expect(lintRules).toContain(rule)
        expect(['warn', 'ask', 'info']).toContain(weight)
        if (words !== null) expect(line).toContain(words)
      }
    }))
    expect(lint('')).toEqual([])
    expect(lint('   ')).toEqual([])
  })

  it('passes with every remark that was let stand; what only informs never stands in the way', () => {
    expect(openRemarks('CHANCE to avoid a quarrel', () => false)).toEqual([])
    expect(openRemarks('friends who should know it', () => false).map(({ rule }) => rule)).toEqual(['head', 'should'])
    expect(openRemarks('friends who should know it', (rule) => rule === 'head').map(({ rule }) => rule)).toEqual(['should'])
    expect(openRemarks('friends who should know it', () => true)).toEqual([])
  })

  it('shows its kind by its form, or leaves it to the model', () => {
    expect(['MOMENTS where a friend says it', 'Family values', 'One should never lie to them', 'to become a better doctor', 'I like quiet evenings', 'Honesty', ''].map(kindByForm))
      .toEqual(['policy', 'slogan', 'rule', 'goal', 'preference', 'name', 'vague'])
    expect(kindByForm('how quietly he asked for help that evening')).toBeNull()
  })
})

describe('slogans', () => {
  const rates = Object.entries(slogans).map(([side, list]) => [side, list.filter(isSlogan).length / list.length] as const)

  it('of four sides, ten each, are met alike: hit rates within ten points, and nine of ten at least', () => {
    expect(rates.map(([, rate]) => rate).every((rate) => rate >= 0.9)).toBe(true)
    const all = rates.map(([, rate]) => rate)
    expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(0.1 + 1e-9)
    for (const list of Object.values(slogans)) expect(new Set(list).size).toBe(10)
  })

  it('of believers and unbelievers, and in German, are met too', () => {
    expect(others.filter((line) => !isSlogan(line))).toEqual([])
  })

  it('are not seen in what people say of their own choices', () => {
    expect(own.filter(isSlogan)).toEqual([])
  })

  it('of other years and in other words are met alike too: forty more, ten a side, within ten points', () => {
    const met = Object.values(fresh).map((list) => list.filter(isSlogan).length / list.length)
    for (const list of Object.values(fresh)) expect(new Set([...list, ...Object.values(slogans).flat()]).size).toBe(50)
    expect(Math.min(...met)).toBeGreaterThanOrEqual(0.9)
    expect(Math.max(...met) - Math.min(...met)).toBeLessThanOrEqual(0.1 + 1e-9)
  })

  it('of no side are seen in what people of that side notice: ten lines each', () => {
    for (const [side, list] of Object.entries(noticed)) expect(list.filter(isSlogan), side).toEqual([])
  })

  it('are not seen in the phrases of people’s own stories', () => {
    const phrases = [...seen, ...unseen].flatMap((story) => phrasesIn(unmark(story).text)).map(({ text }) => text)
    expect(phrases.length).toBeGreaterThan(60)
    expect(phrases.filter(isSlogan)).toEqual([])
  })
})
