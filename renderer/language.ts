/**
 * Which language the window speaks: one folder a language under language/, one JSON file a room or part (its namespace).
 * English stands in for a sentence that another language lacks. The person's own words are never here.
 */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

type Sentences = Readonly<Record<string, string>>

const files = import.meta.glob<Sentences>('./language/*/*.json', { eager: true, import: 'default' })
const resources: Record<string, Record<string, Sentences>> = {}
for (const [path, sentences] of Object.entries(files)) {
  const [, , language, file] = path.split('/')
  if (language === undefined || file === undefined) continue
  ;(resources[language] ??= {})[file.replace(/\.json$/u, '')] = sentences
}

/** Codes of the languages that are there, English first. */
export const languages: readonly string[] = ['en', ...Object.keys(resources).filter((code) => code !== 'en').sort()]

/** Before the first page is drawn; `code` is the person's choice, else the system's language where it is one of ours. */
export function startLanguage(code?: string): void {
  const wanted = [code ?? '', ...navigator.languages].map((tag) => tag.split('-', 1)[0] ?? '').find((tag) => languages.includes(tag)) ?? 'en'
  void i18next.use(initReactI18next).init({
    resources, lng: wanted, fallbackLng: 'en', keySeparator: false, interpolation: { escapeValue: false }, initAsync: false
  })
  document.documentElement.lang = wanted
}
