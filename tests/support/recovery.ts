/**
 * Many invented people, answer by answer through the product's own records and scores, looked at after every answer: how often
 * what is said of them was false at *any* look. Each measure is a share of people of whom everything that was said was true.
 */
import type { Rehearsal } from '../../shared/rehearsal.ts'
import { selfConsistency } from '../../shared/trust/again.ts'
import { badgeOf } from '../../shared/trust/badge.ts'
import { burnedOf, countedOf } from '../../shared/trust/counted.ts'
import { forecastedOf, trustOf } from '../../shared/trust/domain.ts'
import { driftOf } from '../../shared/trust/drift.ts'
import { baseOf, brier, skillOf, valuesTrust } from '../../shared/trust/forecast.ts'
import { lowerBound, rateOf } from '../../shared/trust/interval.ts'
import { calibrate } from '../../shared/trust/own.ts'
import { pairedDifference } from '../../shared/trust/paired.ts'
import { plainCalibration } from './given.ts'
import { answer, expectedBrier, live, now, type Person } from './people.ts'
import { seeded } from './worlds.ts'

export interface Recovery {
  readonly people: number
  /** In every domain, at every look, the bound was at most the true chance of approval. */
  readonly approval: number
  /** Domains are begun one after another: for as long as their number stays the same, every bound that is shown was true at every look (a share of such times, of all people). */
  readonly growing: number
  /** The same of `approval` by Jeffreys' bound, which is meant for one look. */
  readonly jeffreys: number
  /** Of people whose approval falls as they go on: the bound was at most the average so far. */
  readonly drifting: number
  /** The true change since the first answers lay within its interval. */
  readonly drift: number
  /** The true skill lay within its interval. */
  readonly skill: number
  /** So did what the cards add to it. */
  readonly valuesTrust: number
  /** So did the chance to say the same again. */
  readonly self: number
  /** So did how much oftener one way is right than another on the same situations. */
  readonly arms: number
  /** What the person stood behind next was among what their own answers in that domain leave open (a share of answers; 90 % are promised, domain by domain). */
  readonly conformal: number
  /** Nobody's domain below the threshold was called trusted, at any look. */
  readonly badges: number
  /** Of people who approve 97 %: how many answers a domain took until it was trusted, the median. */
  readonly needed: number
}

export interface Size {
  readonly people: number
  readonly domains: number
  readonly answers: number
  readonly seed: number
}

const declared = { threshold: 0.8, plan: null, declaredAt: 0 }

export function recover({ people, domains, answers, seed }: Size): Recovery {
  const next = seeded(seed)
  const share = (isTrue: () => boolean): number => Array.from({ length: people }, isTrue).filter(Boolean).length / people
  /* What only depends on counts is worked out once. */
  const bound = remembered((hits, tries) => lowerBound({ hits, tries }, 'sequence', 0.05 / domains))
  const jeffreys = remembered((hits, tries) => lowerBound({ hits, tries }, 'jeffreys', 0.05 / domains))
  const self = remembered((hits, tries) => rateOf({ hits, tries }))

  return {
    people,
    approval: share(() => {
      const truths = Array.from({ length: domains }, () => 0.5 + next() / 2)
      return truths.every((truth) => everyLook(steady(truth), answers, next, (hits, tries) => bound(hits, tries) <= truth))
    }),
    jeffreys: share(() => {
      const truths = Array.from({ length: domains }, () => 0.5 + next() / 2)
      return truths.every((truth) => everyLook(steady(truth), answers, next, (hits, tries) => jeffreys(hits, tries) <= truth))
    }),
    drifting: share(() =>
      Array.from({ length: domains }, () => 0.7 + next() * 0.3).every((truth) => {
        const chance = (number: number): number => truth - (0.6 * number) / answers
        let sum = 0
        return everyLook(chance, answers, next, (hits, tries) => {
          sum += chance(tries - 1)
          return bound(hits, tries) <= sum / tries
        })
      })),
    drift: share(() => {
      const [before, after] = [0.5 + next() / 2, 0.3 + next() * 0.7]
      const person: Person = { approves: (number) => (number < 20 ? before : after), foresees: { shown: 0, hidden: 0 }, repeats: 1 }
      const lived: Rehearsal[] = []
      let isTrue = true
      for (let number = 0; number < answers; number += 1) {
        lived.push(live(person, 'work', number, next))
        if (lived.length <= 20 || lived.length % 3 !== 0) continue
        const { low, high } = driftOf(lived)
        if (low > after - before || high < after - before) isTrue = false
      }
      return isTrue
    }),
    skill: share(() => {
      const part = next()
      return everyForecast({ approves: () => 1, foresees: { shown: part, hidden: part }, repeats: 1 }, answers, next, (lived) => {
        const forecasts = lived.flatMap(forecastedOf)
        const { low, high } = skillOf(forecasts)
        const truth = 1 - expectedBrier(part) / meanBase(lived)
        return low <= truth && truth <= high
      })
    }),
    valuesTrust: share(() => {
      const foresees = { shown: next(), hidden: next() / 2 }
      return everyForecast({ approves: () => 1, foresees, repeats: 1 }, answers, next, (lived) => {
        const [shown, hidden] = (['cards', 'no-cards'] as const).map((arm) => lived.filter((one) => one.shown === arm)) as [Rehearsal[], Rehearsal[]]
        if (shown.length === 0 || hidden.length === 0) return true
        const { low, high } = valuesTrust(shown.flatMap(forecastedOf), hidden.flatMap(forecastedOf))
        const truth = expectedBrier(foresees.hidden) / meanBase(hidden) - expectedBrier(foresees.shown) / meanBase(shown)
        return low <= truth && truth <= high
      })
    }),
    self: share(() => {
      const repeats = 0.5 + next() / 2
      const person: Person = { approves: () => 1, foresees: { shown: 0, hidden: 0 }, repeats }
      const lived: Rehearsal[] = []
      let isTrue = true
      for (let number = 0; number < answers; number += 1) {
        lived.push(live(person, 'work', number, next))
        if (number % 5 !== 4) continue
        const { hits, tries } = selfConsistency(lived, burnedOf(lived))
        const { low, high } = self(hits, tries)
        if (tries !== lived.length || low > repeats || high < repeats) isTrue = false
      }
      return isTrue
    }),
    arms: share(() => {
      const [both, first, second] = [next() * 0.5, next() * 0.3, next() * 0.2]
      const pairs: (readonly [number, number])[] = []
      let isTrue = true
      for (let number = 1; number <= answers; number += 1) {
        const roll = next()
        pairs.push(roll < both ? [1, 1] : roll < both + first ? [1, 0] : roll < both + first + second ? [0, 1] : [0, 0])
        if (number % 5 !== 0) continue
        const { low, high } = pairedDifference(pairs)
        if (low > first - second || high < first - second) isTrue = false
      }
      return isTrue
    }),
    conformal: conformal(people, domains, next),
    badges: share(() => {
      /* Through everything: records, what counts, badges of several domains at once; each domain is left as soon as it is trusted. */
      const lived: Rehearsal[] = []
      const truths = Array.from({ length: domains }, () => 0.55 + next() * 0.25)
      for (const [at, truth] of truths.entries()) {
        const person: Person = { approves: () => truth, foresees: { shown: 0.5, hidden: 0.2 }, repeats: 1 }
        for (let number = 0; number < answers; number += 1) lived.push(live(person, `domain ${at}`, number, next))
      }
      const groups = Map.groupBy(lived, ({ domain }) => domain)
      for (const members of groups.values()) {
        const { answers: counted } = countedOf(members, burnedOf(lived))
        if (counted.length !== answers) throw new Error('an invented answer was set aside')
        for (let look = 1; look <= answers; look += 4) if (badgeOf({ answers: counted.slice(0, look), judged: counted.slice(0, look) }, declared, domains, now).standing === 'trusted') return false
      }
      return trustOf({ rehearsals: lived, domains: {}, trials: [], now }).domains.every(({ badge }) => badge.standing !== 'trusted')
    }),
    needed: median(Array.from({ length: Math.min(people, 200) }, () => {
      let hits = 0
      for (let tries = 1; tries <= 400; tries += 1) {
        if (next() < 0.97) hits += 1
        if (bound(hits, tries) >= 0.8) return tries
      }
      return 400
    })),
    growing: growing(people, domains, answers, next)
  }
}

/** The bounds of all domains so far are looked at after every answer, each held to its share of the error for their number then. */
function growing(people: number, domains: number, answers: number, next: () => number): number {
  const bounds = Array.from({ length: domains }, (_, at) => remembered((hits, tries) => lowerBound({ hits, tries }, 'sequence', 0.05 / (at + 1))))
  let isTrue = 0
  for (let person = 0; person < people; person += 1) {
    const begun: { readonly truth: number; hits: number; tries: number }[] = []
    for (const bound of bounds) {
      begun.push({ truth: 0.5 + next() / 2, hits: 0, tries: 0 })
      let isAlways = true
      for (let look = 0; look < answers; look += 1) {
        /* Half of the answers are in the new one, the others anywhere. */
        const domain = begun[next() < 0.5 ? begun.length - 1 : Math.floor(next() * begun.length)]
        if (domain === undefined) continue
        domain.tries += 1
        if (next() < domain.truth) domain.hits += 1
        if (begun.some(({ truth, hits, tries }) => bound(hits, tries) > truth)) isAlways = false
      }
      if (isAlways) isTrue += 1
    }
  }
  return isTrue / (people * domains)
}

/** Domains in which the agent is too sure of itself, each in its own way; the number of answers is anything from nine on. */
function conformal(people: number, domains: number, next: () => number): number {
  let [within, all] = [0, 0]
  for (let person = 0; person < people; person += 1) {
    for (let domain = 0; domain < domains; domain += 1) {
      const conceit = 1 + next() * 3
      const one = (number: number): Rehearsal => {
        const chance = 0.5 + next() / 2
        const said = chance ** conceit / (chance ** conceit + (1 - chance) ** conceit)
        return answer(number, { domain: `domain ${domain}`, own: { kind: 'option', option: next() < chance ? 0 : 1 }, agent: { probabilities: [said, 1 - said] } })
      }
      const told = Array.from({ length: 9 + Math.floor(next() * 30) }, (_, number) => one(number))
      const { quantile, source } = calibrate(plainCalibration, 'work', told, now)
      const { own, agent } = one(999)
      if (source !== 'own' || own.kind !== 'option' || agent === null) throw new Error('an invented answer was set aside')
      all += 1
      if (1 - (agent.probabilities[own.option] ?? 0) <= quantile + 1e-9) within += 1
    }
  }
  return within / all
}

/** True where `isTrue` is, of the counts after each answer. */
function everyLook(chance: (number: number) => number, answers: number, next: () => number, isTrue: (hits: number, tries: number) => boolean): boolean {
  let hits = 0
  let isAlways = true
  for (let tries = 1; tries <= answers; tries += 1) {
    if (next() < chance(tries - 1)) hits += 1
    if (!isTrue(hits, tries)) isAlways = false
  }
  return isAlways
}

function everyForecast(person: Person, answers: number, next: () => number, isTrue: (lived: readonly Rehearsal[]) => boolean): boolean {
  const lived: Rehearsal[] = []
  let isAlways = true
  for (let number = 0; number < answers; number += 1) {
    lived.push(live(person, 'work', number, next))
    if (number % 5 === 4 && !isTrue(lived)) isAlways = false
  }
  return isAlways
}

/** The base that skill is measured by, as it came out: it is taken as known. */
function meanBase(lived: readonly Rehearsal[]): number {
  const losses = baseOf(lived.flatMap(forecastedOf)).map(brier)
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
}

function steady(truth: number): () => number {
  return () => truth
}

function remembered<Value>(of: (hits: number, tries: number) => Value): (hits: number, tries: number) => Value {
  const known = new Map<string, Value>()
  return (hits, tries) => {
    const key = `${hits} ${tries}`
    const value = known.get(key) ?? of(hits, tries)
    known.set(key, value)
    return value
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
