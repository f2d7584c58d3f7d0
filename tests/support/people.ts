/**
 * Invented people with known chances, and the records that their rehearsals leave: so that what is said of them can be held
 * against what is true of them.
 */
import { contentOf, versionOf, type AgentAnswer, type Forecast, type Own, type Reask, type Rehearsal, type Verdict } from '../../shared/rehearsal.ts'
import { CardId, RehearsalId, ScenarioId, VersionId, type Graph } from '../../shared/schema.ts'
import { nowOf, type Now } from '../../shared/trust/stale.ts'
import { given } from './given.ts'

export const day = 86_400_000
/** When all of it begins. */
export const start = 1_800_000_000_000
export const sha = (digit: string): string => digit.repeat(64)

/** One card, "A", that every invented answer cites. */
export const graph: Graph = given('A: + -').graph
export const card = CardId.parse('A')

/** The agent of the records below, as it is now. */
export const now: Now = nowOf(graph, [], sha('1'), sha('2'))

export interface Said {
  readonly at?: number
  readonly domain?: string
  /** Which situation it is; by itself the number of the answer. */
  readonly situation?: string
  readonly own?: Own
  readonly forecast?: Forecast
  readonly shown?: Rehearsal['shown']
  readonly agent?: Partial<AgentAnswer> | null
  readonly verdict?: Verdict['verdict'] | null
  readonly reasks?: readonly Reask[]
  readonly burnedAt?: number | null
  readonly withdrawnAt?: number | null
}

/** The `number`-th answer of somebody: blind, the agent acted as they would have, approved, unless said otherwise. */
export function answer(number: number, said: Said = {}): Rehearsal {
  const at = said.at ?? start + number * 3_600_000
  const situation = said.situation ?? `Situation ${number} of ${said.domain ?? 'friendship'}`
  const options = ['go there', 'stay here']
  const verdict = said.verdict === undefined ? 'yes' : said.verdict
  return {
    id: RehearsalId.parse(`answer-${(said.domain ?? 'friendship').replace(/\W/gu, '_')}-${number}`), scenario: ScenarioId.parse(`scenario-${number}-${contentOf({ situation, options }).slice(0, 8)}`), content: contentOf({ situation, options }),
    pack: null, domain: said.domain ?? 'friendship', mode: 'theory', situation, options, startedAt: at, shown: said.shown ?? 'cards',
    own: said.own ?? { kind: 'option', option: 0 },
    forecast: said.forecast ?? { kind: 'given', options: [0.7, 0.2], ask: 0.1 },
    agent: said.agent === null ? null : {
      at: at + 1, outcome: { kind: 'act', option: 0 }, probabilities: [0.8, 0.2], model: { name: 'invented', sha256: sha('1') }, calibration: { name: 'plain', source: 'shipped', digest: sha('2') },
      cited: [{ card, version: versionOf(graph, card) ?? '' }], graph: sha('3'), evidence: sha('4'), certificate: sha('5'), modes: null, ...said.agent
    },
    verdicts: verdict === null ? [] : [{ id: VersionId.parse('v1'), at: at + 2, verdict, door: null, card: null, note: '' }],
    edits: [], reasks: [...(said.reasks ?? [])], burnedAt: said.burnedAt ?? null, withdrawnAt: said.withdrawnAt ?? null
  }
}

/** Answers of which the first `approved` were approved. */
export function answers(approved: number, answered: number, said: Said = {}): Rehearsal[] {
  return Array.from({ length: answered }, (_, at) => answer(at, { verdict: at < approved ? 'yes' : 'not-that', ...said }))
}

/** Somebody whose chances are known. */
export interface Person {
  /** How likely they approve of the `number`-th answer in a domain (from 0). */
  readonly approves: (number: number) => number
  /** What of the agent's chances they foresee with their cards before them, and without: 0 nothing (even shares), 1 all of them. */
  readonly foresees: { readonly shown: number; readonly hidden: number }
  /** How likely they say the same again. */
  readonly repeats: number
}

/** How likely the agent does each of two things, or asks. */
export const chances = [0.75, 0.15, 0.1] as const

/** The `number`-th answer of a person in a domain, as their chances have it. Which of the two things is the likely one is drawn anew each time. */
export function live(person: Person, domain: string, number: number, next: () => number): Rehearsal {
  const isTurned = next() < 0.5
  const [first, second, ask] = isTurned ? [chances[1], chances[0], chances[2]] : chances
  const roll = next()
  const outcome = roll < first ? { kind: 'act' as const, option: 0 } : roll < first + second ? { kind: 'act' as const, option: 1 } : { kind: 'ask' as const, reason: 'low-confidence' as const }
  const shown = next() < 0.5 ? 'cards' : 'no-cards'
  const part = shown === 'cards' ? person.foresees.shown : person.foresees.hidden
  const foreseen = [first, second, ask].map((chance) => part * chance + (1 - part) / 3)
  const again = next() < person.repeats ? 0 : 1
  const at = start + number * day
  return answer(number, {
    domain, at, shown, verdict: next() < person.approves(number) ? 'yes' : 'not-that', own: { kind: 'option', option: 0 },
    forecast: { kind: 'given', options: [foreseen[0] ?? 0, foreseen[1] ?? 0], ask: foreseen[2] ?? 0 },
    agent: { outcome, probabilities: [0.7, 0.3] },
    reasks: [{ id: VersionId.parse('r1'), at: at + 8 * day, kind: 'choice', choice: { kind: 'option', option: again } }]
  })
}

/** The Brier score that somebody who foresees this part of the chances can expect (halved squares, three outcomes). */
export function expectedBrier(part: number): number {
  const said = chances.map((chance) => part * chance + (1 - part) / 3)
  return chances.reduce((sum, chance, came) => sum + (chance * said.reduce((squares, share, at) => squares + (share - (at === came ? 1 : 0)) ** 2, 0)) / 2, 0)
}
