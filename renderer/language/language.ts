/**
 * Which language the window speaks: one folder a language under language/, one JSON file a room or part (its namespace). The
 * person's own words are never here.
 *
 * Invariants: English is there from the first import on and stands in for a sentence that another language lacks; numbers
 * that a sentence is given are written as its language writes them; words that run the other way are kept apart from the
 * sentence around them. For developers, `?language=` in the address goes before both: a language, or a pseudo-language
 * (pseudo.ts), as in `?language=en-XA`.
 */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { pseudoLanguages } from './pseudo.ts'

type Sentences = Readonly<Record<string, string>>

const files = import.meta.glob<Sentences>('./*/*.json', { eager: true, import: 'default' })
const resources: Record<string, Record<string, Sentences>> = {}
for (const [path, sentences] of Object.entries(files)) {
  const [, language, file] = path.split('/')
  if (language === undefined || file === undefined) continue
  ;(resources[language] ??= {})[file.replace(/\.json$/u, '')] = sentences
}

/** Codes of the languages that are there, English first. */
export const languages: readonly string[] = ['en', ...Object.keys(resources).filter((code) => code !== 'en').sort()]

/** The English sentences of one namespace, by key. */
export function englishOf(namespace: string): Sentences {
  return resources['en']?.[namespace] ?? {}
}

/* Marks that set a stretch apart, whichever way it runs. */
const [apart, together] = ['\u2068', '\u2069']
const otherWay = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/u

void i18next.use(initReactI18next).init({
  resources, lng: 'en', fallbackLng: 'en', keySeparator: false, initAsync: false,
  interpolation: { escapeValue: true, useRawValueToEscape: true, escape: (value) => filledIn(value) }
})

/** One's own choice, else the system's language where it is one of ours; at once, without a reload. */
export function applyLanguage(choice?: string): void {
  const asked = (typeof location === 'undefined' ? null : new URLSearchParams(location.search).get('language')) ?? ''
  const pseudoWords = pseudoLanguages[asked]
  const wanted = [asked, choice ?? '', ...navigator.languages].map((tag) => tag.split('-', 1)[0] ?? '').find((tag) => languages.includes(tag)) ?? 'en'
  const language = pseudoWords === undefined ? wanted : asked
  if (pseudoWords !== undefined) {
    /* The sample is somebody's words, and stays as it is. */
    for (const [name, sentences] of Object.entries(resources['en'] ?? {}).filter(([room]) => room !== 'sample')) {
      i18next.addResourceBundle(language, name, Object.fromEntries(Object.entries(sentences).map(([key, sentence]) => [key, pseudoWords(sentence)])))
    }
  }
  void i18next.changeLanguage(language)
  document.documentElement.lang = language
  document.documentElement.dir = directionOf(language)
}

/** Which way a language is read. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return /^(?:ar|fa|he|ur)\b|-XB$/u.test(language) ? 'rtl' : 'ltr'
}

/** For parts that bring words of their own: a language that runs the same way and that they know. */
export function localeOf(language: string): string {
  return directionOf(language) === 'rtl' && pseudoLanguages[language] !== undefined ? 'ar' : language
}

/** As the language writes it, with a true minus sign in each: what stands below zero is told from what is hyphenated. */
export function numberWords(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(i18next.language, options).formatToParts(value).map(({ type, value: part }) => (type === 'minusSign' ? part.replace('-', '−') : part)).join('')
}

/** What a sentence is given, as it stands in it. */
function filledIn(value: unknown): string {
  if (typeof value === 'number') return numberWords(value)
  const text = String(value)
  return text !== '' && (directionOf(i18next.language) === 'rtl' || otherWay.test(text)) ? `${apart}${text}${together}` : text
}
