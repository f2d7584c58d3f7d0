/** Phrases found in a person's own text: never made up, and mostly those in which something was attended to. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clausesOf, orderPhrases, phrasesIn } from '../../../shared/articulation/phrases.ts'
import { seen, unmark, unseen } from './stories.ts'
import { spentOn } from '../../support/spent.ts'

/** A phrase is found where it and a mark share at least half of what either covers. */
function measure(stories: readonly string[]): { readonly recall: number; readonly precision: number; readonly marks: number } {
  let [found, marked, right, said] = [0, 0, 0, 0]
  for (const story of stories) {
    const { text, marks } = unmark(story)
    const phrases = phrasesIn(text)
    const meets = (mark: readonly [number, number], phrase: { readonly start: number; readonly end: number }): boolean => {
      const shared = Math.min(mark[1], phrase.end) - Math.max(mark[0], phrase.start)
      return shared > 0 && shared / Math.min(mark[1] - mark[0], phrase.end - phrase.start) >= 0.5
    }
    marked += marks.length
    said += phrases.length
    found += marks.filter((mark) => phrases.some((phrase) => meets(mark, phrase))).length
    right += phrases.filter((phrase) => marks.some((mark) => meets(mark, phrase))).length
  }
  return { recall: found / marked, precision: right / said, marks: marked }
}

describe('phrases in which something was attended to', () => {
  it.each([['dots', '.'], ['spaces', ' '], ['line breaks', '\n'], ['dashes', ' -'], ['commas', ', ']])('are found at once between %s as many as a story holds', (_, filler) => {
    const [first, last] = ['I noticed that she was quieter than usual', 'I waited with her until she told me']
    const story = `${first}${filler.repeat(Math.floor(19_900 / filler.length))}${last}`
    expect(spentOn(() => phrasesIn(story))).toBeLessThan(1_000)
    for (const { text } of phrasesIn(story)) expect(story).toContain(text)
  })

  it('are found in stories that the rules were made beside: 85 % of them, and three of four that are shown are right', () => {
    const { recall, precision, marks } = measure(seen)
    expect(seen.length).toBeGreaterThanOrEqual(20)
    expect(marks).toBeGreaterThanOrEqual(35)
    expect(recall).toBeGreaterThanOrEqual(0.85)
    expect(precision).toBeGreaterThanOrEqual(0.75)
  })

  it('are found in stories that the rules had not seen: three of four, and two of three that are shown are right', () => {
    const { recall, precision } = measure(unseen)
    expect(seen.length + unseen.length).toBeGreaterThanOrEqual(40)
    expect(recall).toBeGreaterThanOrEqual(0.75)
    expect(precision).toBeGreaterThanOrEqual(0.66)
  })

  it.each([
    'Mir fiel auf, dass sie kaum noch geredet hat', 'Ihr Zögern fällt mir sofort auf', 'Ich konnte hören, dass er nicht mehr wollte', 'Der Satz ließ mich nicht los', 'It bothered me that the kid had no coat', 'What got to me was the smell of the room'
  ])('of what went on they show the one that says it was noticed: %s', (noticed) => {
    expect(phrasesIn(`We drove home. ${noticed}. Ich bin gegangen.`).map(({ text }) => text)).toEqual([noticed])
  })

  it('are stretches of the text, in its order, apart from each other, at most six, whatever was written', () => {
    const word = fc.constantFrom('I', 'saw', 'that', 'she', 'was', 'alone', 'because', 'and', 'but', 'ich', 'weil', 'merkte', ',', '.', '!', '\n', ' – ', '“', '”', '…', '🌱', 'ä́', 'שלום', ';', '(', ')', '  ', 'needed', 'him')
    let shown = 0
    fc.assert(fc.property(fc.oneof(fc.array(word, { minLength: 12, maxLength: 60 }).map((words) => words.join(' ')), fc.string({ unit: 'grapheme', maxLength: 200 })), (story) => {
      const phrases = phrasesIn(story)
      shown += phrases.length
      expect(phrases.length).toBeLessThanOrEqual(6)
      let last = 0
      for (const { start, end, text } of phrases) {
        expect(story.slice(start, end)).toBe(text)
        expect(start).toBeGreaterThanOrEqual(last)
        expect(text).toBe(text.trim())
        last = end
      }
    }), { numRuns: 500 })
    expect(shown).toBeGreaterThan(200)
  })

  it('are cut at a word that begins something where somebody writes without a stop, and left whole where there is none', () => {
    const run = 'I told my boss no when he asked me to change the numbers in the report that the auditors would be reading on Monday morning before the board meeting with the new investors from Berlin'
    const phrases = phrasesIn(run)
    expect(phrases.length).toBeGreaterThan(0)
    const clauses = clausesOf(run)
    expect(clauses.length).toBeGreaterThan(1)
    for (const { text } of clauses) expect(text.split(' ').length).toBeLessThanOrEqual(26)
    for (const { start, end, text } of clauses) expect(run.slice(start, end)).toBe(text)
    const whole = `I felt ${'very '.repeat(40)}alone`
    expect(phrasesIn(whole).map(({ text }) => text)).toEqual([whole])
  })

  it('are found where no space stands between words, and after points of a list', () => {
    expect(phrasesIn('母が病気だったので仕事を休みました。とても寂しそうだった。').map(({ text }) => text)).toEqual(['母が病気だったので仕事を休みました', 'とても寂しそうだった'])
    expect(phrasesIn('• He was alone in there\n• I saw that he was afraid').map(({ text }) => text)).toEqual(['He was alone in there', 'I saw that he was afraid'])
  })

  it('weigh a word that begins with an umlaut like any other', () => {
    for (const [with_, without] of [['er war ängstlich und blieb', 'er war heimlich und blieb'], ['sie wurde übergangen im Rat', 'sie wurde befördert im Rat'], ['er war überfordert damit', 'er war einverstanden damit']] as const) {
      expect(clausesOf(with_)[0]?.weight).toBeGreaterThan(clausesOf(without)[0]?.weight ?? 0)
    }
  })

  it('are there for every story of more than a few words, and none for none', () => {
    expect(phrasesIn('I walked to the shop and bought bread.').length).toBeGreaterThan(0)
    expect(phrasesIn('')).toEqual([])
    expect(phrasesIn('Oh well.')).toEqual([])
  })

  it('that the rules weigh alike are cut by the order that a model gives, and stay in the story’s order', () => {
    const story = 'I saw that he was lost. I saw that she was lost. I saw that they were lost. I saw that nobody helped.'
    const clauses = clausesOf(story)
    expect(clauses).toHaveLength(4)
    expect(orderPhrases(clauses, [3, 1, 0, 2], 2).map(({ text }) => text)).toContain('I saw that nobody helped')
    const even = clauses.slice(0, 3).map((clause) => ({ ...clause, weight: 2 }))
    expect(orderPhrases(even, [2, 0, 1], 2).map(({ text }) => text)).toEqual(['I saw that he was lost', 'I saw that they were lost'])
    expect(orderPhrases(even, [], 2).map(({ text }) => text)).toEqual(['I saw that he was lost', 'I saw that she was lost'])
  })
})
