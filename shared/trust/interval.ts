/**
 * From counts to what is safe to say of the rate behind them (FORMALISMS §8).
 *
 * The rule for looking: `jeffreys` and `wilson` hold where the number of answers was fixed beforehand; whoever looks after
 * every answer and stops at a good moment needs `sequence` (sequence.ts), which holds at every number at once.
 */
import { betaPoint } from './beta.ts'
import { lowestRate } from './sequence.ts'

export type Rule = 'jeffreys' | 'wilson' | 'sequence'

/** Of `tries` answers, `hits` were so (0 ≤ hits ≤ tries). */
export interface Count {
  readonly hits: number
  readonly tries: number
}

/** A rate as it may be shown: never without its interval and the number that it stands on. */
export interface Rate extends Count {
  /** hits / tries; null where nothing was tried. */
  readonly rate: number | null
  readonly low: number
  readonly high: number
}

/** One-sided lower bound of the rate at level 1 − α; 0 where nothing was tried. */
export function lowerBound({ hits, tries }: Count, rule: Rule = 'jeffreys', alpha = 0.05): number {
  if (tries === 0 || hits === 0) return 0
  switch (rule) {
    case 'jeffreys':
      return betaPoint(alpha, hits + 0.5, tries - hits + 0.5)
    case 'wilson':
      return wilson(hits / tries, tries, normalPoint(1 - alpha))
    case 'sequence':
      return lowestRate(hits, tries, alpha)
  }
}

/** One-sided upper bound: the lower one of the misses, from above. */
export function upperBound({ hits, tries }: Count, rule: Rule = 'jeffreys', alpha = 0.05): number {
  return 1 - lowerBound({ hits: tries - hits, tries }, rule, alpha)
}

/** The rate with both bounds, α/2 each. */
export function rateOf(count: Count, rule: Rule = 'sequence', alpha = 0.05): Rate {
  return { ...count, rate: count.tries === 0 ? null : count.hits / count.tries, low: lowerBound(count, rule, alpha / 2), high: upperBound(count, rule, alpha / 2) }
}

/** How many more hits in a row bring the lower bound to `share`: 0 where it is there; null where more than `most` are needed. */
export function moreInARow({ hits, tries }: Count, share: number, rule: Rule, alpha = 0.05, most = 10_000): number | null {
  const reaches = (more: number): boolean => lowerBound({ hits: hits + more, tries: tries + more }, rule, alpha) >= share
  if (reaches(0)) return 0
  let high = 1
  while (!reaches(high)) {
    if (high >= most) return null
    high = Math.min(most, high * 2)
  }
  let low = Math.floor(high / 2)
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (reaches(middle)) high = middle
    else low = middle
  }
  return high
}

/** Source: Wilson 1927. */
function wilson(share: number, tries: number, z: number): number {
  const square = z * z
  return Math.max(0, (share + square / (2 * tries) - z * Math.sqrt((share * (1 - share)) / tries + square / (4 * tries * tries))) / (1 + square / tries))
}

/** The z below which `share` of a standard normal lies, for share in [0.5, 1): Newton's steps from 0 come up to it and never pass it, since the tail is convex there. */
function normalPoint(share: number): number {
  let z = 0
  for (let step = 0; step < 100; step += 1) {
    const more = (normalTail(z) - (1 - share)) / density(z)
    if (!(more > 1e-14)) break
    z += more
  }
  return z
}

/** P(Z > z), z ≥ 0: the series near the middle, the continued fraction far out (Abramowitz & Stegun 26.2.11 and 26.2.14). */
function normalTail(z: number): number {
  if (z > 4) {
    let fraction = 0
    for (let k = 60; k > 0; k -= 1) fraction = k / (z + fraction)
    return density(z) / (z + fraction)
  }
  let [term, sum] = [z, z]
  for (let k = 1; term > 1e-17 * sum; k += 1) {
    term *= (z * z) / (2 * k + 1)
    sum += term
  }
  return 0.5 - density(z) * sum
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
}
