/**
 * Which answers are asked again, and when.
 *
 * [A1] After at least seven days, of all answers that old, between 15 and 20 % are asked again as if for the first time, the old
 *      answer hidden until the new one is given. Which ones is settled by a digest of their ids: the same on every device,
 *      and nothing that the person, the agent or the outcome has a part in.
 * [A2] "Would you still stand by this?" after 1, 30 and 90 days. What is not answered before the next of these days is not asked
 *      any more: it counts as not known, never as yes.
 * [A3] The clock may be wrong. Nothing is due of an answer that seems to come from the future, and a later answer that seems to
 *      be from before the first is none; both are kept.
 */
import { hashOf } from '../decision/certificate.ts'
import type { Own, Rehearsal } from '../rehearsal.ts'
import { byTime, type Burned } from './counted.ts'
import type { Count } from './interval.ts'

export const day = 86_400_000
/** Days after which one is asked whether one still stands by it, and until when. */
export const standDays = [1, 30, 90] as const
const standUntil = [30, 90, 365] as const
const restDays = 7
const share = 0.175

export type Due =
  | { readonly kind: 'choice'; readonly rehearsal: Rehearsal }
  | { readonly kind: 'stand'; readonly rehearsal: Rehearsal; readonly days: (typeof standDays)[number] }

/** What is due now, the longest due first; of one answer one question at a time. `burned` is over all rehearsals. */
export function dueAgain(rehearsals: readonly Rehearsal[], burned: Burned, now: number): readonly Due[] {
  const asked = rehearsals.filter((rehearsal) => isAskable(rehearsal, burned)).sort(byTime)
  const chosen = new Set(chosenAgain(asked, now))
  return asked.flatMap((rehearsal): readonly Due[] => {
    if (chosen.has(rehearsal)) return [{ kind: 'choice', rehearsal }]
    const days = standDue(rehearsal, now)
    return days === null ? [] : [{ kind: 'stand', rehearsal, days }]
  })
}

/** Of what was asked again after seven days or more: how often the same was said. This is the ceiling of every agreement with the person. */
export function selfConsistency(rehearsals: readonly Rehearsal[], burned: Burned): Count {
  const pairs = rehearsals.filter((rehearsal) => isAskable(rehearsal, burned)).flatMap((rehearsal) => {
    const again = choiceAgain(rehearsal)
    return again === null ? [] : [isSameChoice(rehearsal.own, again)]
  })
  return { hits: pairs.filter(Boolean).length, tries: pairs.length }
}

/** Agreement of agent and person as a share of the person's agreement with themselves (Park et al. 2024), with the widest bounds that both allow. */
export function selfNormalised(agent: { readonly rate: number | null; readonly low: number; readonly high: number }, person: { readonly rate: number | null; readonly low: number; readonly high: number }): { readonly share: number | null; readonly low: number; readonly high: number } {
  const share = agent.rate === null || person.rate === null || person.rate === 0 ? null : agent.rate / person.rate
  return { share, low: person.high === 0 ? 0 : agent.low / person.high, high: person.low === 0 ? Infinity : agent.high / person.low }
}

export function isSameChoice(left: Own, right: Own): boolean {
  return left.kind === 'option' && right.kind === 'option' ? left.option === right.option : left.kind === right.kind
}

/** What is asked again at all: an own answer that counts. */
export function isAskable(rehearsal: Rehearsal, burned: Burned): boolean {
  return rehearsal.own.kind !== 'skipped' && rehearsal.withdrawnAt === null && !burned.has(rehearsal)
}

/** The first later choice that was made after the rest, where there is one. */
function choiceAgain({ reasks, startedAt }: Rehearsal): Own | null {
  const again = reasks.find((reask) => reask.kind === 'choice' && reask.at - startedAt >= restDays * day)
  return again?.kind === 'choice' && again.choice.kind !== 'skipped' ? again.choice : null
}

/** So many of the rested answers as make up the share, by the order of their digests; those asked already count. */
function chosenAgain(asked: readonly Rehearsal[], now: number): readonly Rehearsal[] {
  const rested = asked.filter(({ startedAt }) => now - startedAt >= restDays * day)
  const isDone = ({ reasks }: Rehearsal): boolean => reasks.some(({ kind }) => kind === 'choice')
  const wanted = Math.round(rested.length * share) - rested.filter(isDone).length
  if (wanted <= 0) return []
  const open = rested.filter((rehearsal) => !isDone(rehearsal)).map((rehearsal) => ({ rehearsal, place: hashOf(rehearsal.id) }))
  return open.sort((left, right) => (left.place < right.place ? -1 : 1)).slice(0, wanted).map(({ rehearsal }) => rehearsal)
}

/** The days that are up, where nothing was said to them yet. */
function standDue({ reasks, startedAt }: Rehearsal, now: number): (typeof standDays)[number] | null {
  const age = (now - startedAt) / day
  const at = standDays.findLastIndex((days) => age >= days)
  const days = standDays[at]
  if (days === undefined || age >= (standUntil[at] ?? 0)) return null
  return reasks.some((reask) => reask.kind === 'stand' && reask.days === days) ? null : days
}
