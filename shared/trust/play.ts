/**
 * Whether fewer values have a part in one's decisions than used to (value collapse), and whether those that one calls wiser are
 * those that decide.
 *
 * Effective number = exp(−Σ p ln p) over the shares in which cards were cited (FORMALISMS §10); of as many decisions each time,
 * since it grows with their number. The baseline is one's own: the first window. Chance alone is answered by shuffling: how
 * often would decisions of the very same kind, in any other order, show so great a fall?
 */
import type { Rehearsal } from '../rehearsal.ts'
import type { CardId } from '../schema.ts'

/** One decision: when, and the cards that it cited. */
export interface Cited {
  readonly at: number
  readonly cards: readonly CardId[]
}

/** The decisions that an agent made in these rehearsals; what was withdrawn counts here no more than anywhere. */
export function decisionsOf(rehearsals: readonly Rehearsal[]): readonly Cited[] {
  return rehearsals.flatMap(({ agent, withdrawnAt }) => (agent === null || withdrawnAt !== null ? [] : [{ at: agent.at, cards: agent.cited.map(({ card }) => card) }]))
}

export interface Window {
  /** Of its first and last decision. */
  readonly from: number
  readonly to: number
  /** Decisions within it. */
  readonly n: number
  readonly effective: number
  /** Where 95 of 100 draws of as many decisions out of these lie: how much of it is this very selection. */
  readonly low: number
  readonly high: number
}

export interface InPlay {
  /** Windows of `size` decisions, one after another, oldest first; what does not fill one is left over. */
  readonly windows: readonly Window[]
  readonly left: number
  readonly size: number
  /** Last window over the first; null with fewer than two windows. */
  readonly change: number | null
  /** Share of shuffled orders with a fall at least as great; null with fewer than two windows. */
  readonly chance: number | null
}

/** exp of the entropy of `weights` (at least 0, in any unit); 0 where nothing weighs. */
export function effectiveNumber(weights: readonly number[]): number {
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  if (whole <= 0) return 0
  return Math.exp(-weights.reduce((sum, weight) => (weight > 0 ? sum + (weight / whole) * Math.log(weight / whole) : sum), 0))
}

/** `next` gives numbers in [0, 1) by chance; decisions that cited nothing are passed over. */
export function inPlay(decisions: readonly Cited[], next: () => number, size = 15, shuffles = 400): InPlay {
  const told = decisions.filter(({ cards }) => cards.length > 0).sort((left, right) => left.at - right.at)
  const effectiveOf = effectiveIn(told)
  const windows = Array.from({ length: Math.floor(told.length / size) }, (_, at): Window => {
    const places = Array.from({ length: size }, (_each, place) => at * size + place)
    return { from: told[at * size]?.at ?? 0, to: told[at * size + size - 1]?.at ?? 0, n: size, effective: effectiveOf(places), ...drawn(places, effectiveOf, next, shuffles) }
  })
  const [first, last] = [windows[0], windows.at(-1)]
  const change = first === undefined || last === undefined || first === last ? null : last.effective / first.effective
  const rest = { windows, left: told.length - windows.length * size, size, change }
  if (change === null) return { ...rest, chance: null }
  /* In a shuffled order the first window and the last are any two that share no decision. */
  const order = told.map((_, place) => place)
  let asGreat = 0
  for (let round = 0; round < shuffles; round += 1) {
    draw(order, 2 * size, next)
    if (effectiveOf(order.slice(size, 2 * size)) / effectiveOf(order.slice(0, size)) <= change + 1e-12) asGreat += 1
  }
  return { ...rest, chance: (asGreat + 1) / (shuffles + 1) }
}

/**
 * How far the order in which values are held differs from that in which they decide: 0 the same, 1 the opposite (half of 1 − ρ,
 * Spearman's, with shared ranks). Over the cards that both know; null with fewer than three, or where one side ranks nothing.
 */
export function rankGap(stated: ReadonlyMap<CardId, number>, enacted: ReadonlyMap<CardId, number>): { readonly gap: number; readonly n: number } | null {
  const cards = [...stated.keys()].filter((card) => enacted.has(card))
  const [left, right] = [stated, enacted].map((table) => ranks(cards.map((card) => table.get(card) ?? 0))) as [number[], number[]]
  const middle = (cards.length + 1) / 2
  const spread = (row: readonly number[], other: readonly number[]): number => row.reduce((sum, rank, at) => sum + (rank - middle) * ((other[at] ?? 0) - middle), 0)
  const both = Math.sqrt(spread(left, left) * spread(right, right))
  return cards.length < 3 || both === 0 ? null : { gap: (1 - spread(left, right) / both) / 2, n: cards.length }
}

/** Chance from a seed, for shuffling: the same decisions show the same number. Numbers in [0, 1) (mulberry32). */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The effective number over some of these decisions, by their places. Each decision weighs the same, however many cards it cited. */
function effectiveIn(told: readonly Cited[]): (places: readonly number[]) => number {
  const numbers = new Map<CardId, number>()
  const cited = told.map(({ cards }) => cards.map((card) => {
    const number = numbers.get(card) ?? numbers.size
    numbers.set(card, number)
    return number
  }))
  const weights = new Float64Array(numbers.size)
  return (places) => {
    const met: number[] = []
    for (const place of places) {
      const cards = cited[place] ?? []
      for (const card of cards) {
        if (weights[card] === 0) met.push(card)
        weights[card] = (weights[card] ?? 0) + 1 / cards.length
      }
    }
    const effective = effectiveNumber(met.map((card) => weights[card] ?? 0))
    for (const card of met) weights[card] = 0
    return effective
  }
}

/** Bootstrap (Efron 1979), percentiles. */
function drawn(places: readonly number[], effectiveOf: (places: readonly number[]) => number, next: () => number, times: number): Pick<Window, 'low' | 'high'> {
  const found = Array.from({ length: times }, () => effectiveOf(places.map(() => places[Math.floor(next() * places.length)] ?? 0))).sort((left, right) => left - right)
  return { low: found[Math.floor(times * 0.025)] ?? 0, high: found[Math.ceil(times * 0.975) - 1] ?? 0 }
}

/** Brings `count` items by chance to the front, each equally likely (Fisher & Yates). */
function draw(items: number[], count: number, next: () => number): void {
  for (let at = 0; at < count; at += 1) {
    const other = at + Math.floor(next() * (items.length - at))
    const [one, two] = [items[at] ?? 0, items[other] ?? 0]
    items[at] = two
    items[other] = one
  }
}

/** Rank of each, from 1; equal ones share the middle of theirs. */
function ranks(values: readonly number[]): readonly number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return below + (equal + 1) / 2
  })
}
