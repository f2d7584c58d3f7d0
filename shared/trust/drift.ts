/**
 * Whether approval is another one since one's first answers: the share since then less the share at first, each with its own
 * bound that holds at every number, so that one may look whenever one likes. The first ones are a fixed number, so that looking
 * does not choose them. What each share is held against is the average of the chances then, however these went.
 */
import type { Rehearsal } from '../rehearsal.ts'
import { isApproved } from './counted.ts'
import { rateOf, type Rate } from './interval.ts'

const firstAnswers = 20

export interface Drift {
  readonly first: Rate
  readonly since: Rate
  /** since − first, in [-1, 1]; null where either is empty. */
  readonly difference: number | null
  readonly low: number
  readonly high: number
}

/** `answers` count for approval, oldest first. */
export function driftOf(answers: readonly Rehearsal[], alpha = 0.05): Drift {
  const [first, since] = [answers.slice(0, firstAnswers), answers.slice(firstAnswers)].map((some) => rateOf({ hits: some.filter(isApproved).length, tries: some.length }, 'sequence', alpha / 2)) as [Rate, Rate]
  const difference = first.rate === null || since.rate === null ? null : since.rate - first.rate
  return { first, since, difference, low: since.low - first.high, high: since.high - first.low }
}
