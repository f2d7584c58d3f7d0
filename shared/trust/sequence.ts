/**
 * Bounds that hold at every number of answers at once, so that one may look after each answer and stop when one likes
 * (confidence sequences). Somebody bets, answer by answer, that the truth is higher than claimed; where the claim is true,
 * the stake reaches 1/α at any time with probability at most α (Ville 1939), so every claim at which it did is ruled out.
 *
 * The stake is spread over a few fixed bets, so that the bound is near the best both for few answers and for many. What it
 * costs against a number of answers fixed beforehand: 17 approvals in a row for "at least 80 %" instead of 9 (Jeffreys).
 * Sources: Howard, Ramdas, McAuliffe & Sekhon 2021 (sub-Bernoulli mixtures); Waudby-Smith & Ramdas 2024 (bounded means). The
 * choice of bets and of their weights is ours.
 */

/** Of rates: `odds` is the log of the bet's odds against the claim's, `growth` e^odds − 1, `weight` the log of its part of the stake. */
const rateBets = ([[0.25, 0.05], [0.5, 0.1], [1, 0.15], [1.5, 0.2], [2, 0.2], [3, 0.15], [8, 0.15]] as const).map(([odds, part]) => ({ odds, growth: Math.expm1(odds), weight: Math.log(part) }))
/** Of means: how much of the stake each answer may take. */
const meanBets = [0.03, 0.08, 0.18, 0.33, 0.5, 0.7, 0.9] as const

/**
 * Lower bound, at level 1 − α and at every n, of the share of `hits` among n tries; `hits` may be a sum of numbers in [0, 1].
 * It bounds the *average* of the tries' chances, so it holds however these drift and whatever they depend on. 0 for no tries.
 */
export function lowestRate(hits: number, tries: number, alpha: number): number {
  if (tries === 0 || hits <= 0) return 0
  return highestRefuted((rate) => logSum(rateBets.map(({ odds, growth, weight }) => weight + odds * hits - tries * Math.log1p(rate * growth))), alpha)
}

/**
 * Lower bound, at level 1 − α and at every n, of the mean of `values` (each in [0, 1], with the same mean
 * throughout). Narrow where the values vary little, unlike `lowestRate`. 0 for no values.
 */
export function lowestMean(values: readonly number[], alpha: number): number {
  if (!values.some((value) => value > 0)) return 0
  /* The order has no part in it, and forecasts and hits take few values. */
  const times = new Map<number, number>()
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1)
  const counted = [...times]
  return highestRefuted((mean) => logSum(meanBets.map((bet) => counted.reduce((stake, [value, count]) => stake + count * Math.log1p(bet * (value / mean - 1)), 0))) - Math.log(meanBets.length), alpha)
}

/** Both sides of `lowestMean`, α/2 each. */
export function meanRange(values: readonly number[], alpha: number): { readonly low: number; readonly high: number } {
  return { low: lowestMean(values, alpha / 2), high: 1 - lowestMean(values.map((value) => 1 - value), alpha / 2) }
}

/** The highest claim in [0, 1] at which the stake, which falls as the claim rises, reached 1/α. */
function highestRefuted(logStake: (claim: number) => number, alpha: number): number {
  let [low, high] = [0, 1]
  for (let step = 0; step < 34; step += 1) {
    const middle = (low + high) / 2
    if (logStake(middle) >= -Math.log(alpha)) low = middle
    else high = middle
  }
  return low
}

function logSum(logs: readonly number[]): number {
  const most = Math.max(...logs)
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0))
}
