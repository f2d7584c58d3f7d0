/**
 * Everything that is known of where an agent may act, from the rehearsals of one person: a line a domain, worst known first.
 *
 * No number without the number of answers that it stands on, its interval, and the arms that it is to be compared with.
 */
import { arms, domainOf, flipKinds, isSameOutcome, isTrialOf, type Arm, type Domain, type FlipKind, type Own, type Rehearsal, type Trial } from '../rehearsal.ts'
import type { Outcome, ScenarioId } from '../schema.ts'
import { selfConsistency } from './again.ts'
import { badgeOf, type Badge } from './badge.ts'
import { burnedOf, byTime, countedOf, type Counted } from './counted.ts'
import { reliability, skillOf, valuesTrust, type Bin, type Forecasted, type Skill } from './forecast.ts'
import { rateOf, type Rate } from './interval.ts'
import { scoresOf } from './own.ts'
import { pairedDifference, type Paired } from './paired.ts'
import { isOfNow, type Now } from './stale.ts'

export interface DomainTrust {
  readonly key: string
  readonly name: string
  /** What the person declared of it; null where they have not. */
  readonly declared: Domain | null
  readonly badge: Badge
  readonly counted: Counted
  /** Every rehearsal of it, newest first. */
  readonly rehearsals: readonly Rehearsal[]
  /** How well the person foretold the agent: in all, with their cards before their eyes, without them. */
  readonly forecast: { readonly all: Skill; readonly shown: Skill; readonly hidden: Skill; readonly trust: ReturnType<typeof valuesTrust>; readonly bins: readonly Bin[] }
  readonly arms: readonly ArmScore[]
  /** Of the answers of an agent that acts: how often the words of the options, and what their calls do, came to what the person stood behind; and how often to two different things. */
  readonly modes: { readonly theory: Rate; readonly action: Rate; readonly differ: Rate }
  /** `over`: situations that were looked at for it; in some there is nothing of the kind to change. */
  readonly flips: readonly { readonly kind: FlipKind; readonly over: number; readonly rate: Rate }[]
  /** Situations of which arms and flips are those of an agent that is no more: gone over before the model, its rules or a card that was cited changed. */
  readonly outdated: number
  readonly self: Rate
  /** Answers about the agent as it is now, on which it can be calibrated when to ask. */
  readonly calibrating: number
}

/** How often an arm did what the person stood behind; `less` is the cards' arm less this one, on the situations that both were tried on. */
export interface ArmScore {
  readonly arm: Arm
  readonly rate: Rate
  readonly less: Paired | null
}

export interface Trust {
  /** Of these the worst known come first: trusted ones last, unknown ones between, where nothing is known to be bad. */
  readonly domains: readonly DomainTrust[]
  /** How many have an answer that counts: each is held to its share of the error. */
  readonly tried: number
  /** Rehearsals that stand in no domain: they count for none. */
  readonly without: number
}

export interface TrustInputs {
  readonly rehearsals: readonly Rehearsal[]
  readonly domains: Readonly<Record<string, Domain>>
  readonly trials: readonly Trial[]
  readonly now: Now
}

export function trustOf({ rehearsals, domains, trials, now }: TrustInputs): Trust {
  const burned = burnedOf(rehearsals)
  const keyOf = keys(domains)
  const groups = new Map<string, Rehearsal[]>()
  for (const key of declaredKeys(domains)) groups.set(key, [])
  for (const rehearsal of rehearsals) {
    const key = keyOf(rehearsal.domain)
    const members = groups.get(key) ?? []
    members.push(rehearsal)
    groups.set(key, members)
  }
  const without = groups.get('')?.length ?? 0
  groups.delete('')
  const counted = new Map([...groups].map(([key, members]) => [key, countedOf(members, burned)]))
  const tried = [...counted.values()].filter(({ answers }) => answers.length > 0).length
  const byScenario = new Map(trials.map((trial) => [trial.scenario, trial]))
  const tests = Map.groupBy(trials.filter((trial) => !burned.has(trial)), (trial) => keyOf(trial.domain))
  const found = [...groups].map(([key, members]): DomainTrust => {
    const own = counted.get(key) ?? { answers: [], judged: [], forecasts: [], aside: [] }
    const declared = Object.hasOwn(domains, key) ? (domains[key] ?? null) : null
    return {
      key, name: nameOfDomain(domains, key, members), declared,
      badge: badgeOf(own, declared, tried, now),
      counted: own,
      rehearsals: members.toSorted(byTime).reverse(),
      forecast: forecastOf(own.forecasts),
      arms: armScores(own.answers, byScenario),
      modes: modesOf(own.answers),
      flips: flipRates(tests.get(key) ?? []),
      outdated: (tests.get(key) ?? []).filter((trial) => !isOfNow(trial, now)).length,
      self: rateOf(selfConsistency(members, burned)),
      calibrating: scoresOf(own.answers, now).length
    }
  })
  return { domains: found.sort(worstKnownFirst), tried, without }
}

/** An agent that asks does what somebody wanted who would be asked, or to whom the options are on a par. */
export function isHit(outcome: Outcome, own: Own): boolean {
  return outcome.kind === 'act' ? own.kind === 'option' && own.option === outcome.option : own.kind === 'ask' || own.kind === 'par'
}

/** The shares that were given, *it would ask* last. */
export function forecastedOf({ forecast, agent }: Pick<Rehearsal, 'forecast' | 'agent'>): readonly Forecasted[] {
  if (forecast.kind !== 'given' || agent === null) return []
  const { outcome } = agent
  return [{ shares: [...forecast.options, forecast.ask], outcome: outcome.kind === 'act' ? outcome.option : forecast.options.length }]
}

/** As it is called now; of one that was never called anything, as its first answer called it, in whatever order they are given. */
export function nameOfDomain(domains: Readonly<Record<string, Domain>>, key: string, members: readonly Rehearsal[]): string {
  return domainOf(domains, members.toSorted(byTime)[0]?.domain ?? key).name
}

function forecastOf(forecasts: readonly Rehearsal[]): DomainTrust['forecast'] {
  const of = (shown: Rehearsal['shown']): readonly Forecasted[] => forecasts.filter((rehearsal) => rehearsal.shown === shown).flatMap(forecastedOf)
  const all = forecasts.flatMap(forecastedOf)
  const [shown, hidden] = [of('cards'), of('no-cards')]
  return { all: skillOf(all), shown: skillOf(shown), hidden: skillOf(hidden), trust: valuesTrust(shown, hidden), bins: reliability(all) }
}

function armScores(answers: readonly Rehearsal[], byScenario: ReadonlyMap<ScenarioId, Trial>): readonly ArmScore[] {
  const hits = (arm: Arm): ReadonlyMap<string, number> =>
    new Map(answers.flatMap((answer) => {
      const trial = byScenario.get(answer.scenario)
      const took = trial !== undefined && isTrialOf(trial, answer) ? trial.arms[arm] : undefined
      return took === undefined ? [] : [[answer.content, isHit(took.outcome, answer.own) ? 1 : 0] as const]
    }))
  const cards = hits('cards')
  return arms.map((arm) => {
    const own = hits(arm)
    const pairs = [...own].flatMap(([content, hit]) => {
      const first = cards.get(content)
      return first === undefined ? [] : [[first, hit] as const]
    })
    const right = [...own.values()].reduce((sum, hit) => sum + hit, 0)
    return { arm, rate: rateOf({ hits: right, tries: own.size }), less: arm === 'cards' ? null : pairedDifference(pairs) }
  })
}

function modesOf(answers: readonly Rehearsal[]): DomainTrust['modes'] {
  const told = answers.flatMap(({ agent, own }) => (agent === null || agent.modes === null ? [] : [{ ...agent.modes, own }]))
  const rate = (holds: (one: (typeof told)[number]) => boolean): Rate => rateOf({ hits: told.filter(holds).length, tries: told.length })
  return { theory: rate(({ theory, own }) => isHit(theory, own)), action: rate(({ action, own }) => isHit(action, own)), differ: rate(({ theory, action }) => !isSameOutcome(theory, action)) }
}

function flipRates(trials: readonly Trial[]): DomainTrust['flips'] {
  return flipKinds.map((kind) => {
    const of = trials.flatMap(({ flips }) => flips.filter((flip) => flip.kind === kind))
    const tries = of.reduce((sum, { asked }) => sum + asked, 0)
    return { kind, over: of.length, rate: rateOf({ hits: Math.min(tries, of.reduce((sum, { flipped }) => sum + flipped, 0)), tries }) }
  })
}

/** `domainOf` for one name after another, most of which came before. */
function keys(domains: Readonly<Record<string, Domain>>): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const key = known.get(name) ?? domainOf(domains, name).key
    known.set(name, key)
    return key
  }
}

/** Domains that stand by themselves: those merged into another count there. */
function declaredKeys(domains: Readonly<Record<string, Domain>>): readonly string[] {
  return Object.keys(domains).filter((key) => domainOf(domains, key).key === key && (domains[key]?.declaredAt ?? null) !== null)
}

const order = { ask: 0, unknown: 1, trusted: 2 } as const

/** What is known to go wrong, then what is not known, then what is trusted; within each the lower share first, stale before fresh. */
function worstKnownFirst(left: DomainTrust, right: DomainTrust): number {
  const [one, other] = [left.badge, right.badge]
  return order[one.standing] - order[other.standing] || Number(one.stale === null) - Number(other.stale === null) || (one.approval.rate ?? 1) - (other.approval.rate ?? 1) || (left.key < right.key ? -1 : 1)
}
