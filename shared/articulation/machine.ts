/**
 * Putting a value into words as a state machine: what is asked next, and what is still missing, from what the session and its
 * card hold and from nothing else. No clock, no chance: the same record asks the same question on every device.
 *
 * Invariants: one question at a time; at most `mostTurns` of them, always enough for what the checklist needs; a question quotes
 * only the person's own words; the session may end only when every item of the checklist is done (FORMATS.md: stop rule), and
 * taking any one away opens it again; what was left out can be asked again.
 */
import type { Card, PolicyId } from '../schema.ts'
import { answerOf, byFilters, byProbes, filterNames, isClaim, probeNames, type Answer } from './kinship.ts'
import { openRemarks, wordCount, type LintRule } from './lint.ts'
import type { Kinship, QuestionKey, Session, Way } from './session.ts'
import { isSlogan } from './slogan.ts'

export const mostTurns = 12
export const fewestLines = 3

export interface Articulation {
  readonly session: Session
  /** Null until a line was kept. */
  readonly card: Card | null
}

/**
 * `tell`: in words. `pick`: which phrases of an answer one looked at (part of that answer's turn). `choose`: one of `options`.
 * `line`: a line to be put otherwise or let stand. `field`: the card's name, or when it shows up.
 */
export interface Question {
  readonly key: QuestionKey
  readonly kind: 'tell' | 'pick' | 'choose' | 'line' | 'field'
  /** Keys of the answers, all of equal rank. */
  readonly options: readonly string[]
  /** The person's own words that it is about; '' for none. */
  readonly words: string
  readonly policy: PolicyId | null
  readonly rule: LintRule | null
}

export const checks = ['lines', 'past', 'boundary', 'probes', 'remarks', 'confirmed'] as const
export type Check = (typeof checks)[number]

export interface CheckItem {
  readonly check: Check
  readonly isDone: boolean
  /** How many there are, and how many there must be. */
  readonly count: number
  readonly of: number
}

/** What nothing but its question can bring into the checklist: so many turns are kept back for these, whatever else might be asked. */
const needed: readonly QuestionKey[] = ['story', 'boundary', ...probeNames.map((name) => `probe.${name}`)]

/** The question that stands now; null where there is none left, or no turn for it. */
export function nextQuestion(articulation: Articulation): Question | null {
  const { session } = articulation
  if (session.finishedAt !== null) return null
  const left = mostTurns - turnsTaken(session)
  const owed = needed.filter((key) => !isTaken(session, key)).length
  const mayAsk = ({ key, kind }: Question): boolean => kind === 'pick' || (needed.includes(key) ? left > 0 : left > owed)
  return [...candidates(articulation)].find((question) => question !== null && mayAsk(question)) ?? null
}

/** What to take back (commands/session.ts) so that an open item is asked about again: left out, or answered too briefly. None where the card itself is to be mended. */
export function turnsBehind({ session }: Articulation, { check, isDone }: Pick<CheckItem, 'check' | 'isDone'>): readonly QuestionKey[] {
  if (isDone || session.finishedAt !== null) return []
  const behind: Partial<Record<Check, readonly QuestionKey[]>> = { past: ['pick.story', 'story'], boundary: ['boundary'], probes: probeNames.map((name) => `probe.${name}`).filter((key) => !isAnswered(session, key)) }
  return (behind[check] ?? []).filter((key) => isTaken(session, key))
}

/** Turns that count: answers and skips; picking from an answer belongs to it. */
export function turnsTaken(session: Session): number {
  return session.turns.filter(({ question }) => !question.startsWith('pick.')).length
}

/** The checklist, in the order in which it is shown. */
export function checklist(articulation: Articulation): readonly CheckItem[] {
  const { session, card } = articulation
  const passing = passingLines(articulation).length
  /* Words of a model that were not accepted are an open question too. */
  const open = remarksOf(articulation).length + (card?.policies ?? []).filter(({ author }) => author.kind === 'model' && author.acceptedAt === null).length
  const answered = probeNames.filter((name) => isAnswered(session, `probe.${name}`)).length
  const item = (check: Check, count: number, of: number): CheckItem => ({ check, isDone: count >= of, count, of })
  return [
    item('lines', passing, fewestLines),
    item('past', hasPast(session) ? 1 : 0, 1),
    item('boundary', wordCount(session.texts['boundary'] ?? '') >= 2 && isAnswered(session, 'boundary') ? 1 : 0, 1),
    item('probes', answered, probeNames.length),
    { check: 'remarks', isDone: open === 0 && card !== null, count: open, of: 0 },
    item('confirmed', session.finishedAt === null ? 0 : 1, 1)
  ]
}

/** Whether everything but the person's own word is there. */
export function mayConfirm(articulation: Articulation): boolean {
  return articulation.card !== null && articulation.card.title.trim() !== '' && checklist(articulation).every(({ check, isDone }) => isDone || check === 'confirmed')
}

/** Whether the session is over: everything of the checklist, the person's word among it. */
export function isOver(articulation: Articulation): boolean {
  return checklist(articulation).every(({ isDone }) => isDone)
}

export interface OpenRemark {
  readonly policy: PolicyId
  readonly text: string
  readonly rule: LintRule
  readonly words: string | null
}

/** Remarks on the card's lines that are neither mended nor let stand, in the lines' order. */
export function remarksOf({ session, card }: Articulation): readonly OpenRemark[] {
  return (card?.policies ?? []).flatMap(({ id, text }) =>
    openRemarks(text, (rule) => isSettled(session, id, rule, text)).map(({ rule, words }) => ({ policy: id, text, rule, words })))
}

/** Lines that say something and have no open remark, each told apart from the others; what a model proposed counts once it is accepted. */
export function passingLines({ session, card }: Articulation): readonly PolicyId[] {
  const seen = new Set<string>()
  return (card?.policies ?? []).filter(({ id, text, author }) => {
    const words = text.trim().toLowerCase()
    if (words === '' || seen.has(words) || (author.kind === 'model' && author.acceptedAt === null)) return false
    seen.add(words)
    return openRemarks(text, (rule) => isSettled(session, id, rule, text)).length === 0
  }).map(({ id }) => id)
}

/** What the answers point at so far; what the person said counts before them. */
export function kinshipOf(session: Session): Kinship {
  return session.overruled ?? suggestedKinship(session)
}

/** What the filters, else the probes, point at. */
export function suggestedKinship(session: Session): Kinship {
  if (session.way === 'rule' && filterNames.every((name) => isTaken(session, `filter.${name}`))) {
    const filtered = byFilters(answersTo(session, 'filter', filterNames), isClaim(session.texts['rule'] ?? ''))
    if (filtered !== 'value') return filtered
  }
  const areProbed = probeNames.every((name) => isAnswered(session, `probe.${name}`))
  return areProbed && byProbes(answersTo(session, 'probe', probeNames)) === 'instrumental' ? 'strategy' : 'value'
}

/** Whether a real choice of the person's is told. */
function hasPast(session: Session): boolean {
  return ['story', ...session.turns.map(({ question }) => question).filter((question) => question.startsWith('decided.'))].some((key) => isAnswered(session, key) && wordCount(session.texts[key] ?? '') >= 4)
}

// ---- the order of the questions -------------------------------------------------------------------------------------

/** What is asked before the story, by the way in. */
const openings: Readonly<Record<Way, readonly string[]>> = { choice: [], feeling: ['feeling', 'threat'], admired: ['admired'], rule: ['rule'], mistake: ['mistake'] }
const threats = ['threatened', 'blocked', 'unmet', 'unsure'] as const
const threeAnswers: readonly Answer[] = ['yes', 'no', 'unsure']
const kinshipAnswers: readonly Kinship[] = ['value', 'norm', 'strategy', 'belief']

/** Every question that may be due, in order; null where it is not. */
function* candidates(articulation: Articulation): Generator<Question | null> {
  const { session, card } = articulation
  const isDue = (key: string): boolean => !isTaken(session, key)
  const tell = (key: string, words = '', policy: PolicyId | null = null): Question | null => (isDue(key) ? { key, kind: 'tell', options: [], words, policy, rule: null } : pickFrom(session, key))
  const choose = (key: string, options: readonly string[], words = ''): Question | null => (isDue(key) ? { key, kind: 'choose', options, words, policy: null, rule: null } : null)
  for (const key of openings[session.way]) yield key === 'threat' ? choose(key, threats, session.texts['feeling'] ?? '') : isDue(key) ? tell(key) : null
  if (session.way === 'rule') {
    const rule = session.texts['rule'] ?? ''
    for (const name of filterNames) yield choose(`filter.${name}`, threeAnswers, rule)
    if (suggestedKinship(session) !== 'value' && session.overruled === null) yield choose('kinship', kinshipAnswers, rule)
  }
  yield tell('story', session.way === 'rule' ? (session.texts['rule'] ?? '') : '')
  for (const { question } of session.turns) if (question.startsWith('decided.')) yield pickFrom(session, question)
  const lines = (card?.policies ?? []).filter(({ text }) => text.trim() !== '')
  const slogan = lines.find(({ id, text }) => isSlogan(text) && !isSettled(session, id, 'slogan', text) && isDue(`decided.${id}`))
  if (slogan !== undefined) yield tell(`decided.${slogan.id}`, slogan.text, slogan.id)
  if (lines.length < fewestLines || pickFrom(session, 'more-1') !== null) yield tell('more-1')
  if (lines.length < fewestLines || pickFrom(session, 'more-2') !== null) yield tell('more-2')
  yield isDue('boundary') ? tell('boundary') : null
  for (const name of probeNames) yield choose(`probe.${name}`, threeAnswers)
  if (suggestedKinship(session) === 'strategy' && session.overruled === null) yield choose('kinship', kinshipAnswers)
  for (const { policy, text, rule } of remarksOf(articulation)) {
    const key = `remark.${policy}.${rule}`
    yield isDue(key) && rule !== 'slogan' ? { key, kind: 'line', options: [], words: text, policy, rule } : null
  }
  if (card === null) return
  yield isDue('name') && card.title.trim() === '' ? { key: 'name', kind: 'field', options: [], words: '', policy: null, rule: null } : null
  yield isDue('when') && card.contexts.length === 0 ? { key: 'when', kind: 'field', options: [], words: '', policy: null, rule: null } : null
}

/** An answer's phrases wait to be picked from. */
function pickFrom(session: Session, question: string): Question | null {
  const key = `pick.${question}`
  if (isTaken(session, key) || !isAnswered(session, question) || !session.picks.some((pick) => pick.question === question)) return null
  return { key, kind: 'pick', options: [], words: session.texts[question] ?? '', policy: null, rule: null }
}

function answersTo<Name extends string>(session: Session, kind: string, names: readonly Name[]): Readonly<Record<Name, Answer>> {
  return Object.fromEntries(names.map((name) => [name, answerOf(session.turns.find(({ question }) => question === `${kind}.${name}`)?.answer)])) as Readonly<Record<Name, Answer>>
}

function isSettled(session: Session, policy: PolicyId, rule: LintRule, text: string): boolean {
  return session.settled.some((one) => one.policy === policy && one.rule === rule && one.text === text)
}

/** Answered or skipped. */
function isTaken(session: Session, key: string): boolean {
  return session.turns.some(({ question }) => question === key)
}

function isAnswered(session: Session, key: string): boolean {
  return session.turns.some(({ question, answer }) => question === key && answer !== 'skipped')
}
