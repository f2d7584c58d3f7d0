/**
 * What the steward says of itself, in the language of the window. It comes as an English sentence (shared/result.ts), and is
 * known again by its template in language/en/problems.json, with {{0}}, {{1}} … where something is filled in; one that no
 * template fits stays as it is.
 *
 * Invariants: never throws; what is filled in stays as it was, but for a sentence that is known itself.
 */
import i18next from 'i18next'
import type { Problem } from '../../shared/result.ts'
import { englishOf } from './language.ts'

interface Template {
  readonly id: string
  readonly pattern: RegExp
  /** Letters that are its own: of several that fit, the one with the most is meant. */
  readonly weight: number
}

const templates: readonly Template[] = Object.entries(englishOf('problems'))
  .map(([id, sentence]) => ({ id, pattern: patternOf(sentence), weight: sentence.replace(/\{\{\d+\}\}/gu, '').length }))
  .sort((left, right) => right.weight - left.weight)
/* Sentences within sentences are few. */
const deepest = 4

/** "What happened. What to do." */
export function sentenceOf({ message, remedy }: Problem): string {
  return [message, remedy].map((part) => toldWords(part).replace('; ', '. ').replace(/(^|\. )(\p{Ll})/gu, (_, start: string, letter: string) => start + letter.toUpperCase())).map((part) => `${part}.`).join(' ')
}

/** One sentence or clause of the steward's. */
export function toldWords(text: string, depth = 0): string {
  for (const { id, pattern } of templates) {
    const match = pattern.exec(text)
    if (match === null) continue
    const filled = match.slice(1).map((part) => (depth < deepest ? toldWords(part, depth + 1) : part))
    return i18next.t(`problems:${id}`, Object.fromEntries(filled.map((part, at) => [String(at), part])))
  }
  return text
}

function patternOf(sentence: string): RegExp {
  const parts = sentence.split(/\{\{\d+\}\}/u).map((part) => part.replace(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`))
  return new RegExp(`^${parts.join('([^]*?)')}$`, 'u')
}
