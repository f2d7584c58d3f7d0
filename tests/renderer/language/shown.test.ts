/** What a person reads of a situation: in the window's language where the pack has it, and the calls told in it too. */
import i18next from 'i18next'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readLibrary } from '../../../main/packs.ts'
import { asWritten, domainNames, languageWords, packTitle, shownOf, shownThen } from '../../../renderer/language/shown.ts'
import { judgedOptions, type Library, type LibraryScenario } from '../../../shared/packs/pack.ts'
import { callSentences } from '../../../shared/packs/tools.ts'
import { readCatalogues } from '../../support/sentences.ts'

let library: Library
beforeAll(async () => {
  library = await readLibrary(null)
  await i18next.changeLanguage('de')
})
afterAll(() => i18next.changeLanguage('en'))
const one = (id: string): LibraryScenario => library.scenarios.find((each) => each.id === id) ?? never()

it('the window has the same sentences for calls in English as an agent reads', () => {
  expect(readCatalogues('en').get('calls')).toEqual(callSentences)
})

describe('in German', () => {
  it('a situation of the library is read in German, its calls, sums and things too', () => {
    const invoice = one('mail:invoice-error')
    const shown = shownOf(invoice, judgedOptions(invoice), 'de')
    expect(shown).toMatchObject({ language: 'de', original: 'en', affected: ['den Dachdecker', 'dich'] })
    expect(shown.options[0]).toBe('Zahlen und auf den fehlenden Tag hinweisen')
    expect(shown.judged[0]).toBe('Zahlt dem Dachdecker 2.310 EUR für das Dach. Antwortet auf die Rechnung des Dachdeckers: „Ich glaube, auf Ihrer Rechnung fehlt der Donnerstag.“')
  })

  it('a window in its own language, and one that the pack has not, read it as it was written', () => {
    const invoice = one('mail:invoice-error')
    const judged = judgedOptions(invoice)
    for (const language of ['en', 'en-XA', 'fr']) expect(shownOf(invoice, judged, language)).toEqual({ language: 'en', situation: invoice.situation, options: invoice.options, judged, affected: invoice.affected, original: null })
  })

  it('a rehearsal of before is read so too, its options in the order that they had then, and what is not known as it was', () => {
    const loan = one('friendship:loan')
    const now = { options: loan.options, shown: shownOf(loan, loan.options, 'de') }
    const then = { situation: loan.situation, options: [...loan.options].reverse().map((option) => option.toUpperCase()) }
    expect(shownThen(then, now)).toMatchObject({ language: 'de', options: [...now.shown.options].reverse() })
    expect(shownThen({ ...then, options: ['Something else'] }, now).options).toEqual(['Something else'])
    expect(shownThen(then, { options: loan.options, shown: asWritten(loan) })).toEqual(asWritten(then))
  })

  it('packs and parts of life are called in German', () => {
    const pack = library.packs.find(({ id }) => id === 'purchases') ?? never()
    expect([packTitle(pack, 'de'), packTitle(pack, 'en'), packTitle(pack, 'fr')]).toEqual(['Einkäufe', 'Purchases', 'Purchases'])
    expect(domainNames(library, 'de').get('friendship')).toBe('Freundschaft')
    expect(domainNames(library, 'de').size).toBe(new Set(library.scenarios.map(({ domain }) => domain)).size)
    expect(domainNames(library, 'en').size).toBe(0)
    expect(languageWords('en')).toBe('Englisch')
  })
})

function never(): never {
  throw new Error('it is there')
}
