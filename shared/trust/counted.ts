/**
 * Which answers count for a score, and why the others do not. One rule for every score:
 *
 * [K1] A situation that led to a change of the values is burned: no rehearsal of it counts, whenever it was, under whatever id
 *      the same words stand (tuning and held-out are kept apart), wherever the change was made (commands/rehearsal.ts). Nothing unburns it.
 * [K2] What the person withdrew does not count, nor what has no verdict or no answer of the agent.
 * [K3] Where the person did not say first what they stand behind and what they expect, it was not blind and does not count.
 * [K4] Of one situation the first rehearsal counts as a forecast, where it counts at all: whoever has seen what the agent does
 *      there, in one that was left out or withdrawn too, foretells it no more. The latest counts as an approval: it is about the
 *      agent as it is.
 */
import { verdictOf, type Rehearsal } from '../rehearsal.ts'

export type WhyNot = 'burned' | 'withdrawn' | 'not-asked' | 'no-verdict' | 'not-blind' | 'repeated'

export interface SetAside {
  readonly rehearsal: Rehearsal
  readonly why: WhyNot
}

export interface Counted {
  /** For approval, oldest first. */
  readonly answers: readonly Rehearsal[]
  /** The same with every earlier answer to the same situation, oldest first: what a look that is over was about. */
  readonly judged: readonly Rehearsal[]
  /** As forecasts, oldest first. */
  readonly forecasts: readonly Rehearsal[]
  readonly aside: readonly SetAside[]
}

export interface Burned {
  has(of: Pick<Rehearsal, 'scenario' | 'content'>): boolean
}

export function burnedOf(rehearsals: readonly Rehearsal[]): Burned {
  const led = rehearsals.filter(({ burnedAt, edits }) => burnedAt !== null || edits.length > 0)
  const scenarios = new Set(led.map(({ scenario }) => scenario))
  const contents = new Set(led.map(({ content }) => content))
  return { has: ({ scenario, content }) => scenarios.has(scenario) || contents.has(content) }
}

/** Of these rehearsals (of one domain, or of all), the ones that count; `burned` is over *all* of the person's. */
export function countedOf(rehearsals: readonly Rehearsal[], burned: Burned): Counted {
  const inTime = [...rehearsals].sort(byTime)
  const aside: SetAside[] = []
  const judged: Rehearsal[] = []
  for (const rehearsal of inTime) {
    const why = whyNot(rehearsal, burned) ?? (verdictOf(rehearsal) === null ? 'no-verdict' : null)
    if (why === null) judged.push(rehearsal)
    else aside.push({ rehearsal, why })
  }
  const latest = new Map(judged.map((rehearsal) => [rehearsal.content, rehearsal]))
  const first = new Map([...inTime].reverse().filter(({ agent }) => agent !== null).map((rehearsal) => [rehearsal.content, rehearsal]))
  return {
    answers: judged.filter((rehearsal) => latest.get(rehearsal.content) === rehearsal),
    judged,
    forecasts: inTime.filter((rehearsal) => first.get(rehearsal.content) === rehearsal && whyNot(rehearsal, burned) === null),
    aside: [...aside, ...judged.flatMap((rehearsal) => (latest.get(rehearsal.content) === rehearsal ? [] : [{ rehearsal, why: 'repeated' as const }]))]
  }
}

/** Oldest first; ids settle equal times, so that two devices count alike. */
export function byTime(left: Pick<Rehearsal, 'startedAt' | 'id'>, right: Pick<Rehearsal, 'startedAt' | 'id'>): number {
  return left.startedAt - right.startedAt || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)
}

/** Unsure is not yes: it counts as an answer that was not approved. */
export function isApproved(rehearsal: Pick<Rehearsal, 'verdicts'>): boolean {
  return verdictOf(rehearsal)?.verdict === 'yes'
}

/** Why it counts neither as an approval nor as a forecast. */
function whyNot(rehearsal: Rehearsal, burned: Burned): WhyNot | null {
  if (rehearsal.withdrawnAt !== null) return 'withdrawn'
  if (burned.has(rehearsal)) return 'burned'
  if (rehearsal.own.kind === 'skipped' || rehearsal.forecast.kind === 'skipped') return 'not-blind'
  return rehearsal.agent === null ? 'not-asked' : null
}
