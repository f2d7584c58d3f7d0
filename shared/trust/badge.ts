/**
 * Where an agent may act: one badge a domain, from the answers that count there.
 *
 * [B1] `trusted`: the lower bound of approval reaches the threshold. `unknown`: fewer answers than it would take if all of them
 *      were approved, so nobody could know yet. `ask`: one could know, and it is not so; or it is surely below.
 * [B2] `stale` goes with any of these where an answer that it stands on is about another model, other rules, or other words of a
 *      card that was cited; it says which. Whoever acts treats stale as ask.
 * [B3] Of several domains tried, each is held to α divided by their number, so that all bounds that are shown hold together at
 *      every look for as long as that number stays the same (Bonferroni). Over a life in which it grows, the shares add up:
 *      of eight domains that were begun in turn, each watched throughout, some bound was once too high for 8 of 100 people.
 * [B4] Without a plan one may look at any time (sequence.ts). With a plan of a fixed number, the first so many situations that were
 *      answered after it was declared count, by Jeffreys, each by its first answer since; nothing is said before, and whatever
 *      is answered again afterwards changes nothing.
 */
import type { Domain, Rehearsal } from '../rehearsal.ts'
import { isApproved, type Counted } from './counted.ts'
import { lowerBound, moreInARow, rateOf, type Count, type Rate, type Rule } from './interval.ts'
import { changesSince, type Change, type Now } from './stale.ts'

/** Of a domain for which the person declared none. */
export const usualThreshold = 0.8
/** 1 − α is what "safe to say" means. */
export const level = 0.05

export type Standing = 'trusted' | 'ask' | 'unknown'

export interface Badge {
  readonly standing: Standing
  readonly stale: Change | null
  readonly threshold: number
  readonly rule: Rule
  /** After the division by the number of domains. */
  readonly alpha: number
  /** Approvals among the answers that this stands on, with two-sided bounds for the bar. */
  readonly approval: Rate
  /** One-sided: what is safe to say. */
  readonly low: number
  /** Answers still to come before a plan of a fixed number may be looked at; 0 otherwise. */
  readonly toCome: number
  /** So many more approvals in a row bring the bound to `share`; null where no reasonable number does. */
  readonly next: { readonly more: number; readonly share: number } | null
}

/** What counts of one domain; `domains` is the number that were tried. */
export function badgeOf({ answers, judged }: Pick<Counted, 'answers' | 'judged'>, declared: Pick<Domain, 'threshold' | 'plan' | 'declaredAt'> | null, domains: number, now: Now): Badge {
  const threshold = declared?.threshold ?? usualThreshold
  const alpha = level / Math.max(1, domains)
  const plan = declared?.plan?.kind === 'fixed' ? declared.plan.answers : null
  const rule: Rule = plan === null ? 'sequence' : 'jeffreys'
  const standsOn = plan === null ? answers : firstOfEach(judged.filter(({ startedAt }) => startedAt >= (declared?.declaredAt ?? 0))).slice(0, plan)
  const count: Count = { hits: standsOn.filter(isApproved).length, tries: standsOn.length }
  const toCome = plan === null ? 0 : plan - standsOn.length
  const low = toCome > 0 ? 0 : lowerBound(count, rule, alpha)
  return {
    standing: toCome > 0 ? 'unknown' : standingOf(count, threshold, rule, alpha),
    stale: changesSince(standsOn, now),
    threshold, rule, alpha, low, toCome,
    approval: rateOf(count, rule, alpha),
    next: plan === null ? nextOf(count, low, threshold, alpha) : null
  }
}

/** [B1] by the counts alone. */
export function standingOf(count: Count, threshold: number, rule: Rule, alpha: number): Standing {
  if (count.tries === 0) return 'unknown'
  if (lowerBound(count, rule, alpha) >= threshold) return 'trusted'
  if (1 - lowerBound({ hits: count.tries - count.hits, tries: count.tries }, rule, alpha) < threshold) return 'ask'
  return lowerBound({ hits: count.tries, tries: count.tries }, rule, alpha) >= threshold ? 'ask' : 'unknown'
}

/** An agent may act there: trusted, and nothing changed since. */
export function mayAct({ standing, stale }: Pick<Badge, 'standing' | 'stale'>): boolean {
  return standing === 'trusted' && stale === null
}

function firstOfEach(answers: readonly Rehearsal[]): readonly Rehearsal[] {
  const first = new Map([...answers].reverse().map((answer) => [answer.content, answer]))
  return answers.filter((answer) => first.get(answer.content) === answer)
}

/** The threshold, or the next of the usual steps where that is reached. */
function nextOf(count: Count, low: number, threshold: number, alpha: number): Badge['next'] {
  const share = low < threshold ? threshold : [0.8, 0.9, 0.95].find((step) => step > low)
  if (share === undefined) return null
  const more = moreInARow(count, share, 'sequence', alpha, 500)
  return more === null ? null : { more, share }
}
