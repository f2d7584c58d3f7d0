/**
 * A home in which somebody has rehearsed before: blind, with the real model on their own cards, as the window writes it. For what
 * takes a person weeks, and no test may wait for; so the model reads one situation of each domain, and what it says of that one
 * stands for the others, which differ in who it is about.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { openHome, type Home } from '../../main/replica.ts'
import { calibration } from '../../models/calibration.ts'
import { startModel, type RunningModel } from '../../models/model.ts'
import { agentAnswer } from '../../shared/decision/answered.ts'
import { addCard, setStatus, type NewCard } from '../../shared/commands/card.ts'
import { addReask, addVerdict, beginRehearsal, recordAgent } from '../../shared/commands/rehearsal.ts'
import { decide } from '../../shared/decision/decide.ts'
import { readDocument } from '../../shared/document/document.ts'
import { inForce } from '../../shared/decision/priority.ts'
import { contentOf, type Forecast, type Own, type Rehearsal, type Verdict } from '../../shared/rehearsal.ts'
import type { Result } from '../../shared/result.ts'
import { ScenarioId, type CardId, type Evidence, type RehearsalId } from '../../shared/schema.ts'
import { calibrationFor } from '../../shared/trust/agent.ts'

export interface Lived {
  readonly domain: string
  readonly situation: string
  readonly options: readonly string[]
  /** When, in days before now. */
  readonly daysAgo: number
  readonly own?: Own
  readonly forecast?: Forecast
  readonly shown?: Rehearsal['shown']
  /** `yes` unless said otherwise; null: not judged yet. */
  readonly verdict?: Verdict['verdict'] | null
  /** Said again so many days ago. */
  readonly again?: { readonly daysAgo: number; readonly choice: Own }
}

/** One for all homes of a test file, which ends it. */
let model: RunningModel | null = null

export async function endReading(): Promise<void> {
  await model?.close()
  model = null
}

/** Writes cards in force and rehearsals into the home, which nobody else has open; gives the cards' ids. */
export async function liveIn(directory: string, cards: readonly NewCard[], lived: readonly Lived[]): Promise<readonly CardId[]> {
  const home = value(await openHome({ directory, mode: 'write', random: { bytes: (length) => randomBytes(length) } }))
  model ??= startModel()
  try {
    const ids = cards.map((card) => {
      const id = value(addCard(home.doc, card, maker(100)))
      value(setStatus(home.doc, id, 'endorsed', maker(100)))
      return id
    })
    const read = new Map<string, Evidence>()
    for (const one of lived) await liveOnce(home, model, one, read)
    value(await home.saved())
    return ids
  } finally {
    await home.close()
  }
}

async function liveOnce(home: Home, model: RunningModel, lived: Lived, read: Map<string, Evidence>): Promise<RehearsalId> {
  const { domain, situation, options, daysAgo, again } = lived
  const reading = readDocument(home.doc)
  const graph = inForce(reading.graph, Date.now())
  const scenario = { domain, mode: 'theory' as const, situation, options: [...options] }
  const evidence = read.get(domain) ?? value(await model.evidence({ graph, scenario }))
  read.set(domain, evidence)
  const decision = decide(graph, scenario, evidence, calibrationFor(reading, { domain, content: contentOf(scenario) }, graph, evidence.model.sha256, calibration))
  const { outcome } = decision
  const forecast = lived.forecast ?? { kind: 'given' as const, options: options.map((_, at) => (outcome.kind === 'act' && outcome.option === at ? 0.7 : 0.2 / options.length)), ask: 0 }
  const sum = forecast.kind === 'given' ? forecast.options.reduce((total, share) => total + share, 0) : 1
  const id = value(beginRehearsal(home.doc, {
    scenario: { ...scenario, id: ScenarioId.parse(randomUUID()) }, pack: null, shown: lived.shown ?? 'cards',
    own: lived.own ?? { kind: 'option', option: outcome.kind === 'act' ? outcome.option : 0 },
    forecast: forecast.kind === 'given' ? { ...forecast, ask: Math.max(0, 1 - sum) } : forecast
  }, maker(daysAgo)))
  value(recordAgent(home.doc, id, agentAnswer(decision.certificate, graph, evidence, maker(daysAgo).now)))
  if (lived.verdict !== null) value(addVerdict(home.doc, id, { verdict: lived.verdict ?? 'yes', door: null, card: null, note: '' }, maker(daysAgo)))
  if (again !== undefined) value(addReask(home.doc, id, { kind: 'choice', choice: again.choice }, maker(again.daysAgo)))
  return id
}

function maker(daysAgo: number) {
  return { now: Math.round(Date.now() - daysAgo * 86_400_000), newId: () => randomUUID() }
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
