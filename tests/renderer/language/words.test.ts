/** Numbers in words: percentages stay on one line, in every language. */
import i18next from 'i18next'
import { afterAll, describe, expect, it } from 'vitest'
import { percent } from '../../../renderer/language/words.ts'
import { lengthened, mirrored } from '../../../renderer/language/pseudo.ts'
import { readCatalogues, readSources, textsOf, walk } from '../../support/sentences.ts'

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
