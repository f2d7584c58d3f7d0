/**
 * From what each card says of each option, and which card goes before which, to how the options stand to each other.
 *
 * [O1] A card's score of an option is the mean support of those of its lines that say anything here.
 * [O2] A card prefers one option to another when its scores differ by the margin at least.
 * [O3] x is at least as good as y iff for every card: it does not prefer y, or a card that goes before it prefers x (the
 *      priority operator; Andréka, Ryan & Schobbens 2002). Where all cards are ordered this is the lexicographic order.
 * [O4] Over the linear extensions of the order (Rabinowicz 2008): better is better in all, equal is tied in all, and on a par
 *      is first in some and last in some. The cards that nothing differing goes before decide alone: no extension is listed.
 * [O5] A card's pull between two options counts in the weights unless a card that goes before it prefers the other way.
 * Preference by a margin is not transitive; so an option beats another only along strict steps that do not lead back ([O6]).
 */
import type { CardId } from '../schema.ts'

/** A card that bears on the situation: what it says of each option, in [-1, 1], and how much it bears, in [0, 1]. */
export interface Voice {
  readonly card: CardId
  readonly relevance: number
  readonly scores: readonly number[]
}

/** Voices (sorted by card), their order, and what counts as a difference. */
export interface Chorus {
  readonly voices: readonly Voice[]
  /** For each card, the cards it goes before. */
  readonly below: ReadonlyMap<CardId, ReadonlySet<CardId>>
  readonly margin: number
}

export type Relation = 'better' | 'worse' | 'equal' | 'on-a-par'

/** To 1e-6, half away from zero, never -0: scores and their differences are compared at this grain. */
export function rounded(value: number): number {
  return Math.round(Math.abs(value) * 1e6) / 1e6 * Math.sign(value) + 0
}

/** [O1] `lines`: the supports of the card's lines that apply; those of all options below `floor` say nothing. */
export function scoresOf(lines: readonly (readonly number[])[], floor: number, options: number): readonly number[] {
  const heard = lines.map((line) => line.map((support) => (speaks(support, floor) ? support : 0))).filter((line) => line.some((support) => support !== 0))
  return Array.from({ length: options }, (_, option) => {
    let sum = 0
    for (const line of heard) sum += line[option] ?? 0
    return heard.length === 0 ? 0 : rounded(sum / heard.length)
  })
}

/** Whether a support, in [-1, 1], is an argument at all. */
export function speaks(support: number, floor: number): boolean {
  return support !== 0 && Math.abs(support) >= floor
}

/** How much better the voice holds `x` than `y`, in [-2, 2]. */
export function lead(voice: Voice, x: number, y: number): number {
  return rounded((voice.scores[x] ?? 0) - (voice.scores[y] ?? 0))
}

/** [O2] */
export function prefers(voice: Voice, x: number, y: number, margin: number): boolean {
  const difference = lead(voice, x, y)
  return difference > 0 && difference >= margin
}

/** [O3] */
export function isAtLeastAsGood(chorus: Chorus, x: number, y: number): boolean {
  const { voices, margin } = chorus
  return voices.every((voice) => !prefers(voice, y, x, margin) || isOverruled(chorus, voice, y, x))
}

/** Some card that goes before `voice` prefers `y`. */
export function isOverruled(chorus: Chorus, voice: Voice, x: number, y: number): boolean {
  return chorus.voices.some((other) => (chorus.below.get(other.card)?.has(voice.card) ?? false) && prefers(other, y, x, chorus.margin))
}

/** [O4] How `x` stands to `y`, and the deciding card: of those that differ and have nothing differing before them, the one that pulls most. */
export function relationOf(chorus: Chorus, x: number, y: number): { readonly relation: Relation; readonly by: CardId | null } {
  const differing = chorus.voices.filter((voice) => prefers(voice, x, y, chorus.margin) || prefers(voice, y, x, chorus.margin))
  const first = differing.filter((voice) => !differing.some((other) => chorus.below.get(other.card)?.has(voice.card)))
  const forX = first.filter((voice) => lead(voice, x, y) > 0)
  if (first.length === 0) return { relation: 'equal', by: null }
  if (forX.length > 0 && forX.length < first.length) return { relation: 'on-a-par', by: null }
  const [head, ...rest] = first
  const pull = (voice: Voice): number => rounded(voice.relevance * Math.abs(lead(voice, x, y)))
  const deciding = rest.reduce((best, voice) => (pull(voice) > pull(best) ? voice : best), head as Voice)
  return { relation: forX.length > 0 ? 'better' : 'worse', by: deciding.card }
}

/** The small-improvement test (Chang 2002): how `x` would stand to `y` if every card held it a little better (twice the margin). */
export function improvedRelation(chorus: Chorus, x: number, y: number): Relation {
  const better = Math.max(2 * chorus.margin, 1e-6)
  const voices = chorus.voices.map((voice) => ({ ...voice, scores: voice.scores.map((score, option) => (option === x ? score + better : score)) }))
  return relationOf({ ...chorus, voices }, x, y).relation
}

/** [O6] `beats[x][y]`: x is better than y, and no way of such steps leads back from y to x. */
export function beatsOf(chorus: Chorus, options: number): readonly (readonly boolean[])[] {
  const indices = Array.from({ length: options }, (_, option) => option)
  const steps = indices.map((x) => indices.map((y) => x !== y && relationOf(chorus, x, y).relation === 'better'))
  const reaches = steps.map((row) => [...row])
  for (const via of indices) for (const x of indices) for (const y of indices) if (reaches[x]?.[via] && reaches[via]?.[y]) (reaches[x] as boolean[])[y] = true
  return indices.map((x) => indices.map((y) => (steps[x]?.[y] ?? false) && !(reaches[y]?.[x] ?? false)))
}

/**
 * [O5] The standing of each option: the mean over its rivals of the relevance-weighted leads that count; then, so that an
 * option is never more likely than one that beats it, at most as far up as the deciding card alone would leave it.
 */
export function weightsOf(chorus: Chorus, options: number, beats: readonly (readonly boolean[])[]): readonly number[] {
  const indices = Array.from({ length: options }, (_, option) => option)
  const plain = indices.map((x) => {
    let sum = 0
    for (const y of indices) {
      for (const voice of chorus.voices) {
        const difference = lead(voice, x, y)
        const counts = difference > 0 ? !isOverruled(chorus, voice, x, y) : !isOverruled(chorus, voice, y, x)
        if (difference !== 0 && counts) sum += voice.relevance * difference
      }
    }
    return Math.round((sum / options) * 1e9) / 1e9 + 0
  })
  const weights = [...plain]
  /* Each pass settles at least the options that only settled ones beat. */
  for (const _ of indices) {
    for (const y of indices) {
      for (const x of indices) {
        if (!beats[x]?.[y]) continue
        const { by } = relationOf(chorus, x, y)
        const deciding = chorus.voices.find((voice) => voice.card === by)
        const gap = deciding === undefined ? 0 : rounded(deciding.relevance * lead(deciding, x, y))
        weights[y] = Math.min(weights[y] ?? 0, Math.round(((weights[x] ?? 0) - gap) * 1e9) / 1e9 + 0)
      }
    }
  }
  return weights
}

/**
 * The soft maximum of `weights / temperature`, in billionths that sum to exactly one: what rounding leaves over goes to the
 * largest remainders, of equal ones to the option that fewer others beat, then to the first.
 */
export function probabilitiesOf(weights: readonly number[], temperature: number, beats: readonly (readonly boolean[])[]): readonly number[] {
  const highest = Math.max(...weights)
  const powers = weights.map((weight) => Math.exp((weight - highest) / temperature))
  const total = powers.reduce((sum, power) => sum + power, 0)
  const shares = powers.map((power) => (power / total) * 1e9)
  const billionths = shares.map(Math.floor)
  const beaten = (option: number): number => beats.filter((row) => row[option]).length
  const order = shares.map((share, option) => ({ option, rest: share - Math.floor(share) }))
  order.sort((left, right) => right.rest - left.rest || beaten(left.option) - beaten(right.option) || left.option - right.option)
  const missing = 1e9 - billionths.reduce((sum, share) => sum + share, 0)
  for (const { option } of order.slice(0, missing)) billionths[option] = (billionths[option] ?? 0) + 1
  return billionths.map((share) => share / 1e9)
}
