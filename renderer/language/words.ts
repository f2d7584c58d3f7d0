/** Words that many rooms share, in the language of the window (language/…/common.json); the person's own words are never here. */
import i18next from 'i18next'
import type { Reading } from '../../shared/document/document.ts'
import type { Author, CardId, CardKind, CardStatus } from '../../shared/schema.ts'
import { toHundred } from '../../shared/shares.ts'
import './language.ts'

export function statusWords(status: CardStatus): string {
  return i18next.t(`common:status.${status}`)
}

export function statusHints(status: CardStatus): string {
  return i18next.t(`common:status.${status}.hint`)
}

export function kindWords(kind: CardKind): string {
  return i18next.t(`common:kind.${kind}`)
}

/** Whose a card, a version or a line is, where it is not one's own alone. */
export function authorWords(author: Author): string {
  switch (author.kind) {
    case 'you':
      return i18next.t('common:author.you')
    case 'import':
      return i18next.t('common:author.import', { source: author.source })
    case 'model':
      return i18next.t('common:author.model', { name: author.name })
  }
}

/** The name of a card within a sentence: ‘Being there’. */
export function titleWords(title: string): string {
  return i18next.t('common:quoted.title', { title })
}

/** A text of somebody's within a sentence: “Go home”. */
export function quotedWords(text: string): string {
  return i18next.t('common:quoted.text', { text })
}

/** What a button does, and to which of several. */
export function namedWords(action: string, text: string): string {
  return i18next.t('common:named', { action, text })
}

/** So many percent, on one line. */
export function percentWords(value: number): string {
  return i18next.t('common:percent', { value })
}

/** In whole percent; never 0 or 100 for what is not quite so. */
export function percent(share: number): string {
  return roundedWords(share, Math.round(share * 100))
}

/** Shares of one whole (they sum to 1), each as `percent` says it, so that the whole percents sum to 100. */
export function percents(shares: readonly number[]): readonly string[] {
  const whole = toHundred(shares)
  return shares.map((share, at) => roundedWords(share, whole[at] ?? 0))
}

function roundedWords(share: number, whole: number): string {
  if (whole === 0 && share > 0) return `<\u00A0${percentWords(1)}`
  if (whole === 100 && share < 1) return `>\u00A0${percentWords(99)}`
  return percentWords(whole)
}

/** "a, b and c". */
export function listWords(items: readonly string[]): string {
  return new Intl.ListFormat(i18next.language, { type: 'conjunction' }).format(items)
}

/** A kind of situation within a sentence: "when …", once. */
export function whenWords(context: string): string {
  const words = context.trim().replace(/[.!?…]+$/u, '')
  if (words === '') return i18next.t('common:when.always')
  return /^(when|while|if|with|at|on|in|during|before|after|wenn|während|falls|bei|beim|im|am|auf|mit|vor|nach)\b/iu.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : i18next.t('common:when', { words })
}

/** `whenWords` as the end of a sentence, with what its language puts before it: " when …", ", wenn …". */
export function placeWords(when: string): string {
  return i18next.t(/^(?:wenn|falls|während|nachdem|sobald|when|while|if)\b/iu.test(when) ? 'common:place.clause' : 'common:place', { when })
}

export function dateWords(instant: number): string {
  return new Date(instant).toLocaleDateString(i18next.language, { day: 'numeric', month: 'long', year: 'numeric' })
}

/** With the year, where it is another one than now. */
export function timeWords(instant: number): string {
  const [then, now] = [new Date(instant), new Date()]
  return then.toLocaleString(i18next.language, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...(then.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }) })
}

/** What differs between two readings, as the object of "Taken back: …"; the first thing found: which cards are one, then cards before all else. */
export function changeWords(before: Reading, after: Reading): string {
  const merged = differing(before.merges, after.merges)
  if (merged !== null) {
    const titleOf = (id: CardId | undefined): string => (id === undefined ? '' : (after.graph.cards[id] ?? before.graph.cards[id])?.title.trim()) || i18next.t('common:card.nameless')
    return i18next.t('common:change.merge', { from: titleOf(merged), into: titleOf((after.merges[merged] ?? before.merges[merged])?.into) })
  }
  const card = differing(before.graph.cards, after.graph.cards)
  if (card !== null) {
    const [was, is] = [before.graph.cards[card], after.graph.cards[card]]
    const title = (is ?? was)?.title.trim() || i18next.t('common:card.nameless')
    if (was === undefined || is === undefined) return i18next.t(is === undefined ? 'common:change.writing' : 'common:change.card', { title })
    return was.status === is.status ? i18next.t('common:change.edit', { title }) : i18next.t(`common:change.${is.status}`, { title })
  }
  if (differing(before.graph.edges, after.graph.edges) !== null) return i18next.t('common:change.wiser')
  if (differing(before.graph.norms, after.graph.norms) !== null) return i18next.t('common:change.norm')
  if (differing(before.graph.contexts, after.graph.contexts) !== null) return i18next.t('common:change.context')
  if (differing(before.scenarios, after.scenarios) !== null) return i18next.t('common:change.scenario')
  if (differing(before.domains, after.domains) !== null) return i18next.t('common:change.domain')
  if (differing(before.notes, after.notes) !== null) return i18next.t('common:change.note')
  if (differing(before.sessions, after.sessions) !== null) return i18next.t('common:change.session')
  if (before.apart.join() !== after.apart.join()) return i18next.t('common:change.apart')
  return i18next.t('common:change.last')
}

function differing<Key extends string>(before: Readonly<Record<Key, unknown>>, after: Readonly<Record<Key, unknown>>): Key | null {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)] as Key[])) if (before[key] !== after[key]) return key
  return null
}
