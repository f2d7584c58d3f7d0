/**
 * For how long one stands by one's answers. An answer that one no longer stands by stopped standing at some time since one last
 * said yes; what was not answered, or answered *unsure*, says nothing about that day (censored), and is never a yes.
 *
 * The estimate is the most likely one for such intervals (Turnbull 1976), over the four spans between the days of asking.
 */
import type { Rehearsal } from '../rehearsal.ts'
import { day, isAskable, standDays } from './again.ts'
import type { Burned } from './counted.ts'
import { rateOf, type Rate } from './interval.ts'

export interface Stood {
  readonly days: number
  /** Estimated share that is still stood by after so many days; null where nothing is known of that day. */
  readonly share: number | null
  /** Of those of which it is known for sure whether they were stood by then; with bounds. */
  readonly known: Rate
  /** Asked, or due by now, and not known. */
  readonly censored: number
}

/** Stopped after `after` spans and not later than `by` (4: still standing after the last day, or not known). */
interface Span {
  readonly after: number
  readonly by: number
}

const spans = standDays.length + 1

/** `burned` is over all rehearsals: what led to a change of the values counts here no more than anywhere. */
export function stoodBy(rehearsals: readonly Rehearsal[], burned: Burned, now: number): readonly Stood[] {
  const asked = rehearsals.filter((rehearsal) => isAskable(rehearsal, burned) && now - rehearsal.startedAt >= 0)
  const found = asked.map((rehearsal) => ({ rehearsal, span: spanOf(rehearsal) }))
  const share = turnbull(found.map(({ span }) => span))
  return standDays.map((days, at) => {
    const due = found.filter(({ rehearsal }) => now - rehearsal.startedAt >= days * day)
    const stands = due.filter(({ span }) => span.after > at).length
    const fell = due.filter(({ span }) => span.by <= at + 1 && span.by < spans).length
    return { days, share: stands + fell === 0 ? null : (share[at] ?? null), known: rateOf({ hits: stands, tries: stands + fell }), censored: due.length - stands - fell }
  })
}

function spanOf({ reasks, startedAt }: Rehearsal): Span {
  const said = (days: number) => reasks.findLast((reask) => reask.kind === 'stand' && reask.days === days && reask.at >= startedAt)
  const answers = standDays.map((days) => {
    const reask = said(days)
    return reask?.kind === 'stand' ? reask.stands : 'unanswered'
  })
  const no = answers.indexOf('no')
  const yes = answers.lastIndexOf('yes', no === -1 ? answers.length - 1 : no)
  return { after: yes + 1, by: no === -1 ? spans : no + 1 }
}

/** Shares still standing after each day of asking. */
function turnbull(found: readonly Span[]): readonly number[] {
  const told = found.filter(({ after, by }) => after > 0 || by < spans)
  let masses = Array.from({ length: spans }, () => 1 / spans)
  for (let step = 0; step < 500; step += 1) {
    const sums = masses.map(() => 0)
    for (const { after, by } of told) {
      const within = masses.map((mass, at) => (at >= after && at < by ? mass : 0))
      const whole = within.reduce((sum, mass) => sum + mass, 0)
      if (whole > 0) within.forEach((mass, at) => (sums[at] = (sums[at] ?? 0) + mass / whole))
    }
    const next = sums.map((sum) => sum / Math.max(1, told.length))
    const moved = next.reduce((sum, mass, at) => sum + Math.abs(mass - (masses[at] ?? 0)), 0)
    masses = next
    if (moved < 1e-12) break
  }
  return standDays.map((_, at) => masses.slice(at + 1).reduce((sum, mass) => sum + mass, 0))
}
