/**
 * Other ways to foresee what the person would stand behind, on the same situations as their cards: no values at all, their
 * cards with the lines in each other's places, a text about themselves, and what they chose in situations like it.
 *
 * The cards, the shuffled ones and the text go the same way from evidence to decision, so that what differs is what they say.
 * The two without a graph become a decision by the same soft maximum and the same bound. Pure; asking is main/trials.ts's.
 */
import { digestOf } from '../decision/rules.ts'
import { fromLists, toLists, valuesOf } from '../graph.ts'
import type { PairAnswer, PairRequest } from '../ports.ts'
import type { Rehearsal, Took } from '../rehearsal.ts'
import { CardId, limits, PolicyId, type Calibration, type Card, type Graph, type Scenario } from '../schema.ts'

type Asked = Pick<Scenario, 'situation' | 'options'>

/** How many past answers are looked at. */
export const nearest = 5
const mostLines = 200

/**
 * The same cards, each holding another one's lines, and the priorities as they were: the words are all there, and in the wrong
 * places. null where fewer than two cards are in force. Which goes where follows from the words alone. A means reaches no agent, so
 * that it neither gives its lines away nor takes any.
 */
export function shuffledGraph(graph: Graph): Graph | null {
  const lists = toLists(graph)
  const inForce = lists.cards.filter(({ status, kind }) => status === 'endorsed' && kind !== 'instrumental')
  if (inForce.length < 2) return null
  const mixed = [...inForce].sort((left, right) => (digestOf(left.policies.map(({ text }) => text)) < digestOf(right.policies.map(({ text }) => text)) ? -1 : 1))
  const taken = new Map(mixed.map((card, at) => [card.id, mixed[(at + 1) % mixed.length]?.policies ?? []]))
  return fromLists({ ...lists, cards: lists.cards.map((card) => ({ ...card, policies: taken.get(card.id) ?? card.policies })) })
}

/** A text about oneself as cards: a paragraph or heading is one, its sentences and list items are its lines. null for one without words. */
export function profileGraph(profile: string): Graph | null {
  const cards: Card[] = []
  let lines = 0
  for (const paragraph of profile.normalize('NFC').replace(/\r\n?/gu, '\n').split(/\n\s*\n|\n(?=#{1,6}\s)/u)) {
    const rows = paragraph.split('\n').map((row) => row.trim()).filter((row) => row !== '')
    const heading = rows[0]?.match(/^#{1,6}\s+(.*)$/u)?.[1]
    const texts = rows.slice(heading === undefined ? 0 : 1).flatMap((row) => row.replace(/^(?:[-*•]|\d+[.)])\s+/u, '').split(/(?<=[.!?…])\s+/u)).map((text) => text.trim().slice(0, limits.policy).toWellFormed()).filter((text) => /\p{L}/u.test(text))
    const kept = texts.slice(0, Math.min(limits.policiesPerCard, mostLines - lines))
    if (kept.length === 0) continue
    lines += kept.length
    const at = cards.length
    cards.push({
      id: CardId.parse(`profile-${at}`), title: (heading ?? '').slice(0, limits.title).toWellFormed(), story: '', obstacles: '',
      policies: kept.map((text, line) => ({ id: PolicyId.parse(`profile-${at}-${line}`), text, author: { kind: 'you' } })),
      contexts: [], status: 'endorsed', kind: 'unclear', author: { kind: 'you' }, createdAt: 0, updatedAt: 0
    })
  }
  return cards.length === 0 ? null : fromLists({ cards, contexts: [], edges: [], norms: [], commitments: [] })
}

/**
 * Without values: only what the words of the options suggest by themselves. Asked in words of which the reader was taught that they
 * say nothing (models/training/reader/data.py); any praise would be a value.
 */
export function plainRequests({ situation, options }: Asked): readonly PairRequest[] {
  return options.map((option) => ({ value: 'no value given', option, situation }))
}

/** The person's own choices that may be looked at for `content`: an option each, the latest of one content, none of the same words. */
export function pastAnswers(rehearsals: Readonly<Record<string, Rehearsal>>, content: string): readonly Rehearsal[] {
  const latest = new Map<string, Rehearsal>()
  for (const rehearsal of [...valuesOf(rehearsals)].sort((left, right) => left.startedAt - right.startedAt)) {
    if (rehearsal.own.kind === 'option' && rehearsal.withdrawnAt === null && rehearsal.content !== content) latest.set(rehearsal.content, rehearsal)
  }
  return [...latest.values()]
}

/** What was chosen there, and what was not, each held against every option here; in this order. */
export function pastRequests({ situation, options }: Asked, past: readonly Rehearsal[]): readonly PairRequest[] {
  return past.flatMap((rehearsal) => rehearsal.options.flatMap((value) => options.map((option) => ({ value, option, situation, context: rehearsal.situation }))))
}

/** A score an option from the answers to `pastRequests`: the nearer the situation, the more it counts. */
export function pastScores(options: number, past: readonly Rehearsal[], answers: readonly PairAnswer[]): readonly number[] {
  const scores = Array.from({ length: options }, () => 0)
  let at = 0
  past.forEach((rehearsal, rank) => {
    const chosen = rehearsal.own.kind === 'option' ? rehearsal.own.option : -1
    rehearsal.options.forEach((_, other) => {
      const weight = (other === chosen ? 1 : -1 / Math.max(1, rehearsal.options.length - 1)) / (rank + 1)
      for (let option = 0; option < options; option += 1) {
        scores[option] = (scores[option] ?? 0) + weight * signed(answers[at])
        at += 1
      }
    })
  })
  const total = past.reduce((sum, _, rank) => sum + 1 / (rank + 1), 0)
  return scores.map((score) => (total === 0 ? 0 : score / total))
}

export function plainScores(answers: readonly PairAnswer[]): readonly number[] {
  return answers.map(signed)
}

/** A decision from a score an option: the soft maximum of the calibration, and its bound; where more than one option is left it asks. */
export function tookFrom(scores: readonly number[], { temperature, quantile }: Pick<Calibration, 'temperature' | 'quantile'>): Took {
  const greatest = Math.max(...scores)
  const powers = scores.map((score) => Math.exp((score - greatest) / temperature))
  const sum = powers.reduce((total, power) => total + power, 0)
  const probabilities = powers.map((power) => Math.round((power / sum) * 1e9) / 1e9)
  const left = probabilities.flatMap((probability, at) => (1 - probability <= quantile ? [at] : []))
  const [only, ...more] = left
  return { outcome: only === undefined || more.length > 0 ? { kind: 'ask', reason: 'low-confidence' } : { kind: 'act', option: only }, probabilities }
}

function signed(answer: PairAnswer | undefined): number {
  return answer === undefined ? 0 : answer.upholds - answer.violates
}
