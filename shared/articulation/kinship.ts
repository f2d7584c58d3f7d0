/**
 * Value, norm, strategy or belief: three filters for pressure and four probes (FORMATS.md, after jxe/vpm) as tables of
 * answers. They only point; the person overrules. A norm becomes a norm, a strategy a card that never reaches an agent as a
 * value, a belief a note.
 */
import type { CardKind, Norm } from '../schema.ts'
import type { Kinship } from './session.ts'

export type Answer = 'yes' | 'no' | 'unsure'
const answers: readonly Answer[] = ['yes', 'no', 'unsure']

/** Would you still, if nobody knew? If the others stopped too? If what it rests on turned out false? */
export const filterNames = ['nobody', 'others', 'untrue'] as const
export type FilterName = (typeof filterNames)[number]

/** What a "no" to each filter points at; the first in this order that was answered "no" decides. */
const filterTable: Readonly<Record<FilterName, (isClaim: boolean) => Kinship>> = {
  nobody: () => 'norm',
  others: () => 'norm',
  untrue: (isClaim) => (isClaim ? 'belief' : 'strategy')
}

/** `isClaim`: the words say how things are rather than what to do. Without any "no", a value. */
export function byFilters(given: Readonly<Record<FilterName, Answer>>, isClaim: boolean): Kinship {
  for (const name of filterNames) if (given[name] === 'no') return filterTable[name](isClaim)
  return 'value'
}

/** The four probes, and which answer points at a means; the other one points at a value, `unsure` at neither. */
export const probeNames = ['reasons', 'drop', 'clone', 'payoff'] as const
export type ProbeName = (typeof probeNames)[number]

/** (1) one state, or diffuse and still being discovered (2) dropped without its reasons (3) handed to a clone (4) an eye on whether it pays off. */
const meansIf: Readonly<Record<ProbeName, Answer>> = { reasons: 'yes', drop: 'yes', clone: 'yes', payoff: 'yes' }

/** By the number of answers that point at a means and the number that point at a value: `kinds[means][values]`. */
const kinds: readonly (readonly CardKind[])[] = [
  ['unclear', 'unclear', 'constitutive', 'constitutive', 'constitutive'],
  ['unclear', 'unclear', 'unclear', 'constitutive'],
  ['instrumental', 'unclear', 'unclear'],
  ['instrumental', 'instrumental'],
  ['instrumental']
]

export function byProbes(given: Readonly<Record<ProbeName, Answer>>): CardKind {
  const means = probeNames.filter((name) => given[name] === meansIf[name]).length
  const values = probeNames.filter((name) => given[name] !== meansIf[name] && given[name] !== 'unsure').length
  return kinds[means]?.[values] ?? 'unclear'
}

/** An answer as it was kept; anything else, a skipped question among it, says nothing. */
export function answerOf(kept: string | undefined): Answer {
  return answers.find((answer) => answer === kept) ?? 'unsure'
}

/** Whether the words say how things are: a claim, rather than something to do or to look out for. */
export function isClaim(words: string): boolean {
  const text = words.trim()
  return /\b(?:is|are|was|were|isn['’]t|aren['’]t|causes?|means?|ist|sind|war|waren|bedeutet)\b/iu.test(text) && !/^(?:be|don['’]t|never|always|i|we|one|you|ich|wir|man)\b/iu.test(text) && !/\b(?:should|must|ought|soll|muss)\b/iu.test(text)
}

/** What a rule says, by its words: it forbids, allows, or asks for something. */
export function forceOf(words: string): Norm['force'] {
  if (/\b(?:never|don['’]t|do not|must not|mustn['’]t|may not|cannot|can['’]t|no|not allowed|nie(?:mals)?|nicht|kein\p{L}*|verboten)\b/iu.test(words)) return 'prohibition'
  return /\b(?:may|can|allowed|free to|darf|dürfen|kann|können|erlaubt)\b/iu.test(words) ? 'permission' : 'obligation'
}
