/**
 * Whether an answer is about the agent as it is now, and if not, what changed since: the model, the rules of its calibration,
 * or a card that it cited (other words, or no longer in force).
 *
 * An answer heals where the same situation was run again since, by today's model, rules and cards, with the same outcome
 * (a trial): the verdict was about that outcome. Where the outcome turned, the verdict is about an agent that is no more.
 */
import { hashOf } from '../decision/certificate.ts'
import { isTrialOf, versionOf, type AgentAnswer, type Rehearsal, type Took, type Trial } from '../rehearsal.ts'
import type { CardId, Graph, ScenarioId } from '../schema.ts'

/** The agent as it is now. `model` and `rules` are null where they are not known (the model is still loading): nothing is called stale for that. */
export interface Now {
  /** SHA-256 of the model. */
  readonly model: string | null
  /** `rulesDigest` of the calibration. */
  readonly rules: string | null
  /** `versionOf` a card in the graph that is in force; null where the card is not. */
  version(card: CardId): string | null
  /** Situations that were run again. */
  readonly trials: ReadonlyMap<ScenarioId, Trial>
}

/** The agent of this graph (`inForce`), model and rules. */
export function nowOf(graph: Pick<Graph, 'cards' | 'contexts'>, trials: readonly Trial[], model: string | null, rules: string | null): Now {
  const known = new Map<CardId, string | null>()
  return {
    model, rules,
    trials: new Map(trials.map((trial) => [trial.scenario, trial])),
    version(card) {
      if (!known.has(card)) known.set(card, versionOf(graph, card))
      return known.get(card) ?? null
    }
  }
}

export interface Change {
  readonly model: boolean
  readonly calibration: boolean
  readonly cards: readonly CardId[]
}

/** What changed since this answer; null where nothing did, or the same outcome was found again since. */
export function changeSince(rehearsal: Rehearsal, now: Now): Change | null {
  const { agent } = rehearsal
  if (agent === null) return null
  const change = differences(agent.model.sha256, agent.calibration.digest, agent.cited, now)
  const again = change === null ? null : foundNow(rehearsal, now)
  return again !== null && hashOf(again.outcome) === hashOf(agent.outcome) ? null : change
}

/** How likely the agent as it is now takes each option there: as it said then, where nothing changed, or as it was found again since; null where neither is so. */
export function chancesNow(rehearsal: Rehearsal, now: Now): readonly number[] | null {
  const { agent } = rehearsal
  if (agent === null) return null
  if (differences(agent.model.sha256, agent.calibration.digest, agent.cited, now) === null) return agent.probabilities
  return foundNow(rehearsal, now)?.probabilities ?? null
}

/** Everything that changed since any of these answers; null where all are about the agent as it is. */
export function changesSince(answers: readonly Rehearsal[], now: Now): Change | null {
  const changes = answers.flatMap((answer) => changeSince(answer, now) ?? [])
  if (changes.length === 0) return null
  return { model: changes.some(({ model }) => model), calibration: changes.some(({ calibration }) => calibration), cards: [...new Set(changes.flatMap(({ cards }) => cards))].sort() }
}

/** Whether the run was of the agent as it is now. */
export function isOfNow({ model, calibration, cited }: Trial, now: Now): boolean {
  return differences(model.sha256, calibration, cited, now) === null
}

function differences(model: string, rules: string, cited: AgentAnswer['cited'], now: Now): Change | null {
  const change: Change = {
    model: now.model !== null && model !== now.model,
    calibration: now.rules !== null && rules !== now.rules,
    cards: cited.filter(({ card, version }) => now.version(card) !== version).map(({ card }) => card)
  }
  return change.model || change.calibration || change.cards.length > 0 ? change : null
}

/** What the same situation came to when it was run by the agent as it is now. */
function foundNow(rehearsal: Rehearsal, now: Now): Took | null {
  const trial = now.trials.get(rehearsal.scenario)
  if (trial === undefined || !isTrialOf(trial, rehearsal)) return null
  return isOfNow(trial, now) ? (trial.arms.cards ?? null) : null
}
