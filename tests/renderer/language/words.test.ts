/** Words that many rooms share: numbers, which stay on one line in every language, and what an undo takes back. */
import i18next from 'i18next'
import { afterAll, describe, expect, it } from 'vitest'
import { outlineWords } from '../../../renderer/language/outline.ts'
import { numberWords } from '../../../renderer/language/language.ts'
import { changeWords, percent, percents, timeWords } from '../../../renderer/language/words.ts'
import { lengthened, mirrored } from '../../../renderer/language/pseudo.ts'
import { setStatus } from '../../../shared/commands/card.ts'
import { keepApart, mergeCards, separateCards } from '../../../shared/commands/merge.ts'
import { addNorm } from '../../../shared/commands/norm.ts'
import { addNote, startSession, writeAnswer } from '../../../shared/commands/session.ts'
import { createProjection } from '../../../shared/document/document.ts'
import { createSample, valueOf } from '../../support/document.ts'
import { isNode, readCatalogues, readSources, textsOf, walk } from '../../support/sentences.ts'

afterAll(() => i18next.changeLanguage('en'))

describe('a percentage', () => {
  it.each(['en', 'de'])('in %s has no place to break, and is never 0 or 100 for what is not quite so', async (language) => {
    await i18next.changeLanguage(language)
    expect([0, 0.001, 0.424, 0.999, 1].map(percent)).toEqual(['0\u00A0%', '<\u00A01\u00A0%', '42\u00A0%', '>\u00A099\u00A0%', '100\u00A0%'])
  })

  it('has none in any sentence of the catalogues, the languages that nobody speaks included, nor of the sources of the window', () => {
    const sentences = ['en', 'de'].flatMap((language) => [...readCatalogues(language).values()].flatMap((room) => Object.values(room)))
    const literals: string[] = []
    for (const { program } of readSources('renderer', 'shared')) walk(program, (node) => void literals.push(...textsOf(node)))
    const breakable = /[\d}]\s?[ \t\n]%/u
    expect([...sentences, ...sentences.map(lengthened), ...sentences.map(mirrored), ...literals].filter((text) => breakable.test(text))).toEqual([])
    expect(sentences.filter((text) => /[\d}]\u00A0%/u.test(text)).length).toBeGreaterThan(10)
  })
})

describe('a number below zero', () => {
  it.each(['en', 'de'])('in %s has a true minus sign, in a sentence too, and no part of the window writes numbers by itself', async (language) => {
    await i18next.changeLanguage(language)
    expect([numberWords(-1_234), numberWords(-0.5, { signDisplay: 'exceptZero', minimumFractionDigits: 2 }), numberWords(3, { signDisplay: 'exceptZero' }), i18next.t('rehearse:compare.own', { count: -2 })].map((text) => text.replaceAll(/[^-−+]/gu, ''))).toEqual(['−', '−', '+', '−'])
    const writing = readSources('renderer').flatMap(({ path, program }) => {
      const found: string[] = []
      walk(program, (node) => void (node.type === 'MemberExpression' && isNode(node['property']) && node['property']['name'] === 'NumberFormat' && found.push(path)))
      return found
    })
    expect(writing).toEqual(['renderer/language/language.ts'])
  })
})

describe('a time', () => {
  it.each(['en', 'de'])('in %s says its year where that is another one than now', async (language) => {
    await i18next.changeLanguage(language)
    const now = new Date()
    const inYear = (year: number): string => timeWords(new Date(year, 2, 9, 10, 30).getTime())
    expect(inYear(now.getFullYear())).not.toMatch(/\b20\d\d\b/u)
    for (const year of [now.getFullYear() - 1, now.getFullYear() + 1]) expect(inYear(year)).toContain(String(year))
  })
})

describe('the shares of one whole', () => {
  const thirds = [1 / 3, 1 / 3, 1 / 3]

  it('sum to 100, and what is nearly nothing or nearly all is said as such', () => {
    expect(percents(thirds)).toEqual(['34\u00A0%', '33\u00A0%', '33\u00A0%'])
    expect(percents([0.335, 0.335, 0.33])).toEqual(['34\u00A0%', '33\u00A0%', '33\u00A0%'])
    expect(percents([0.998, 0.001, 0.001, 0])).toEqual(['>\u00A099\u00A0%', '<\u00A01\u00A0%', '<\u00A01\u00A0%', '0\u00A0%'])
    expect(percents([1, 0])).toEqual(['100\u00A0%', '0\u00A0%'])
  })

  it('are the same in the argument as beside the bars', () => {
    const said = outlineWords([{ depth: 0, says: { kind: 'cards-heading' }, label: null }, ...thirds.map((share, at) => ({ depth: 0, says: { kind: 'option' as const, option: `Option ${at}`, share }, label: null }))])
    expect(said.slice(1).map((line) => /\d+\u00A0%/u.exec(line)?.[0])).toEqual(percents(thirds))
  })
})

describe('changeWords', () => {
  it('names what is taken back, whatever it was', async () => {
    await i18next.changeLanguage('en')
    const sample = createSample()
    const { doc, maker } = sample
    const session = valueOf(startSession(doc, 'choice', maker))
    const notebook = createProjection(doc)
    const norm = { text: 'Tell the truth', force: 'obligation', holder: '', purpose: '', exceptions: '', strength: 0.5, intrinsic: true, inForce: 1 } as const
    const twice = (words: string): readonly string[] => [words, words]
    const named = (edit: () => unknown): string => {
      const before = notebook.current()
      edit()
      return changeWords(before, notebook.current())
    }
    expect([
      named(() => addNorm(doc, norm, maker)), named(() => addNote(doc, 'slogan', 'Family values', maker)), named(() => writeAnswer(doc, session, 'story', 'I stayed', maker)), named(() => keepApart(doc, sample.honest, sample.quiet, maker)),
      named(() => mergeCards(doc, sample.quiet, sample.honest, [], maker)), named(() => separateCards(doc, sample.quiet, maker)), named(() => setStatus(doc, sample.honest, 'retired', maker))
    ]).toEqual(['a rule', 'a note', 'an answer on the way to a value', 'that two are different things', ...twice('whether ‘Respect quiet’ and ‘Honest friend’ are one'), '‘Honest friend’ is retired again'])
  })
})
