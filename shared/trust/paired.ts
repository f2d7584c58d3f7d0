/** Two ways on the same situations: how much oftener one was right, with an interval that holds at every number of them. */
import { meanRange } from './sequence.ts'

export interface Paired {
  /** Situations that both were tried on. */
  readonly n: number
  /** Mean of first − second, in [-1, 1]; null where there is none. */
  readonly difference: number | null
  readonly low: number
  readonly high: number
  /** Where only the first was right, and only the second. */
  readonly only: readonly [first: number, second: number]
}

/** Each pair holds the two scores (in [0, 1]) on one situation; pairs are kept together, so what both find hard costs nothing. */
export function pairedDifference(pairs: readonly (readonly [first: number, second: number])[], alpha = 0.05): Paired {
  const n = pairs.length
  const differences = pairs.map(([first, second]) => first - second)
  const { low, high } = meanRange(differences.map((difference) => (difference + 1) / 2), alpha)
  return {
    n,
    difference: n === 0 ? null : differences.reduce((sum, value) => sum + value, 0) / n,
    low: 2 * low - 1,
    high: 2 * high - 1,
    only: [differences.filter((difference) => difference > 0).length, differences.filter((difference) => difference < 0).length]
  }
}
