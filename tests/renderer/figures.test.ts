/** Figures of Trust in words: nothing is said to be all or nothing that is not, in either language. */
import i18next from 'i18next'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterAll, expect, it } from 'vitest'
import '../../renderer/language/language.ts'
import { useFigures, type Figures } from '../../renderer/screens/trust/figures.ts'

afterAll(() => i18next.changeLanguage('en'))

function figures(): Figures {
  let found: Figures | null = null
  renderToStaticMarkup(createElement(() => {
    found = useFigures()
    return null
  }))
  if (found === null) throw new Error('nothing was rendered')
  return found
}

it.each([
  ['en', '249 of 250 (>\u00A099\u00A0%, between 97 and 100\u00A0%)', '1 of 250 (<\u00A01\u00A0%, between 0 and 3\u00A0%)'],
  ['de', '249 von 250 (>\u00A099\u00A0%, zwischen 97 und 100\u00A0%)', '1 von 250 (<\u00A01\u00A0%, zwischen 0 und 3\u00A0%)']
])('in %s one of 250 counts', async (language, most, least) => {
  await i18next.changeLanguage(language)
  const { rate, safely } = figures()
  expect(rate({ hits: 249, tries: 250, rate: 0.996, low: 0.978, high: 0.9999 })).toBe(most)
  expect(rate({ hits: 1, tries: 250, rate: 0.004, low: 0.0001, high: 0.022 })).toBe(least)
  expect([safely(0.799), safely(0.999), safely(0)]).toEqual(['79\u00A0%', '99\u00A0%', '0\u00A0%'])
})
