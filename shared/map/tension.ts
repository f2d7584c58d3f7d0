/**
 * What pulls apart: for each two cards, how far they want the same in the situations that both bore on, and in which.
 *
 * [T1] Of each situation (by its words) the last answer of the agent counts; withdrawn rehearsals count for nothing.
 * [T2] A card bore on a situation when the answer holds what it said of each option (its score, choice.ts [O1]).
 * [T3] Only how a card tells the options apart counts, so its mean over the options is taken off. With a and b the two cards'
 *      scores so centred, over all situations that both bore on, one behind the other:
 *      value = Σ a·b / √(Σ a·a × Σ b·b), in [-1, 1]: 1 they always want the same, -1 the opposite, 0 neither.
 * [T4] Where both bore on something, but one of them told no options apart, the value is 0. Where no situation is shared,
 *      there is no value: *unknown* is not 0.
 * The formula is our own: the cosine of the leads over all pairs of options (Σ over pairs of leadA × leadB is the number of
 * options times the centred product). Pure; the same whatever the order of records, cards, situations and options.
 */
import { domainOf, versionOf, type Domain, type Rehearsal } from '../rehearsal.ts'
import { valuesOf } from '../graph.ts'
import type { CardId, Graph, RehearsalId } from '../schema.ts'

/** What each bearing card said of each option of one situation, in [-1, 1]. */
export interface Hearing {
  readonly situation: string
  /** What the situation counts for now; '' for nothing. */
  readonly domain: string
  readonly voices: ReadonlyMap<CardId, readonly number[]>
  /** Cards whose words have changed since. */
  readonly changed: ReadonlySet<CardId>
}

export interface Tension {
  readonly left: CardId
  readonly right: CardId
  /** In [-1, 1]: negative where they pull apart. */
  readonly value: number
  /** The situations that both bore on; at least one. */
  readonly shared: readonly string[]
  /** In how many of them one of the two has changed since. */
  readonly changed: number
}

/** Of every two cards with a shared situation, what stands between them; `get` gives null where it is not known. */
export interface Tensions {
  /** Those that pull apart most first; of equal ones those with more situations, then by ids. */
  readonly pairs: readonly Tension[]
  /** Cards that bore on anything, those with the most shared situations first. */
  readonly cards: readonly CardId[]
  get(one: CardId, other: CardId): Tension | null
}

/** From which value on two cards are said to pull apart (negative) or together. */
export const clearPull = 0.2

export interface Heard {
  readonly hearings: readonly Hearing[]
  /** Answers from before it was kept what each card said; they can be rehearsed again. */
  readonly untold: number
}

/** [T1] [T2] In the order of the situations' digests. */
export function hearingsOf(graph: Pick<Graph, 'cards' | 'contexts'>, rehearsals: Readonly<Record<RehearsalId, Rehearsal>>, domains: Readonly<Record<string, Domain>>): Heard {
  const last = new Map<string, Rehearsal>()
  for (const rehearsal of valuesOf(rehearsals)) {
    if (rehearsal.agent === null || rehearsal.withdrawnAt !== null) continue
    const before = last.get(rehearsal.content)
    if (before === undefined || (before.agent?.at ?? 0) < rehearsal.agent.at || (before.agent?.at === rehearsal.agent.at && before.id < rehearsal.id)) last.set(rehearsal.content, rehearsal)
  }
  const versions = new Map<CardId, string | null>()
  const versionNow = (card: CardId): string | null => {
    if (!versions.has(card)) versions.set(card, versionOf(graph, card))
    return versions.get(card) ?? null
  }
  let untold = 0
  const hearings = [...last].sort(([left], [right]) => (left < right ? -1 : 1)).flatMap(([, rehearsal]): readonly Hearing[] => {
    const { agent, options } = rehearsal
    if (agent?.voices === undefined) {
      untold += 1
      return []
    }
    const voices = new Map(agent.voices.filter(({ card, scores }) => scores.length === options.length && Object.hasOwn(graph.cards, card)).map(({ card, scores }) => [card, scores]))
    const changed = new Set(agent.cited.filter(({ card, version }) => versionNow(card) !== version).map(({ card }) => card))
    return [{ situation: rehearsal.situation, domain: domainOf(domains, rehearsal.domain).name, voices, changed }]
  })
  return { hearings, untold }
}

/** [T3] [T4] */
export function tensionsOf(hearings: readonly Hearing[]): Tensions {
  const sums = new Map<string, Sum>()
  for (const { situation, voices, changed } of hearings) {
    const centred = [...voices].map(([card, scores]) => ({ card, leads: centre(scores) })).sort((a, b) => compare(a.card, b.card))
    for (const [at, left] of centred.entries()) {
      for (const right of centred.slice(at + 1)) {
        const key = keyOf(left.card, right.card)
        const sum = sums.get(key) ?? { left: left.card, right: right.card, products: [], lefts: [], rights: [], shared: [], changed: 0 }
        sums.set(key, sum)
        sum.products.push(dot(left.leads, right.leads))
        sum.lefts.push(dot(left.leads, left.leads))
        sum.rights.push(dot(right.leads, right.leads))
        sum.shared.push(situation)
        if (changed.has(left.card) || changed.has(right.card)) sum.changed += 1
      }
    }
  }
  const pairs = [...sums.values()].map(({ left, right, products, lefts, rights, shared, changed }): Tension => {
    const scale = Math.sqrt(total(lefts)) * Math.sqrt(total(rights))
    return { left, right, value: scale === 0 ? 0 : rounded(Math.max(-1, Math.min(1, total(products) / scale))), shared: shared.toSorted(), changed }
  })
  pairs.sort((a, b) => a.value - b.value || b.shared.length - a.shared.length || compare(a.left, b.left) || compare(a.right, b.right))
  const byPair = new Map(pairs.map((pair) => [keyOf(pair.left, pair.right), pair]))
  const meetings = new Map<CardId, number>()
  for (const { voices } of hearings) for (const card of voices.keys()) meetings.set(card, meetings.get(card) ?? 0)
  for (const { left, right, shared } of pairs) for (const card of [left, right]) meetings.set(card, (meetings.get(card) ?? 0) + shared.length)
  return {
    pairs,
    cards: [...meetings].sort(([a, one], [b, other]) => other - one || compare(a, b)).map(([card]) => card),
    get: (one, other) => byPair.get(one < other ? keyOf(one, other) : keyOf(other, one)) ?? null
  }
}

interface Sum {
  readonly left: CardId
  readonly right: CardId
  readonly products: number[]
  readonly lefts: number[]
  readonly rights: number[]
  readonly shared: string[]
  changed: number
}

/** Less the mean, so that only differences between options are left. Equal scores give zeros exactly. */
function centre(scores: readonly number[]): readonly number[] {
  if (scores.every((score) => score === scores[0])) return scores.map(() => 0)
  const mean = total(scores) / scores.length
  return scores.map((score) => score - mean)
}

function dot(left: readonly number[], right: readonly number[]): number {
  return total(left.map((value, at) => value * (right[at] ?? 0)))
}

/** Smallest first, so that the order in which numbers came up changes no bit. */
function total(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b).reduce((sum, number) => sum + number, 0)
}

/** To 1e-6, never -0. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6 + 0
}

function keyOf(left: CardId, right: CardId): string {
  return `${left}|${right}`
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
