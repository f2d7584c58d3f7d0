/**
 * When the agent must ask, calibrated on the person's own answers (FORMALISMS §9), one domain at a time (Mondrian): from the
 * first number of answers on that bounds anything at all (9 for α = .1, 19 for .05, 4 for .2), and the shipped calibration
 * until then. The name says which.
 *
 * An answer counts where it counts for approval, the person stood behind an option, and the agent's probabilities were made by
 * the model, the rules and the very versions of the cards that are there now; others say nothing of how it would go today. Of
 * many answers the latest `window` count, since people drift.
 */
import { conformalQuantile } from '../conformal.ts'
import type { Rehearsal } from '../rehearsal.ts'
import type { Calibration } from '../schema.ts'
import { isAsNow, type Now } from './stale.ts'

const window = 100

/** Fewest answers from which on the quantile rules anything out. */
export function answersNeeded(alpha: number): number {
  return Math.ceil(1 / alpha - 1 - 1e-9)
}

/** `answers` are those of one domain that count for approval, oldest first. */
export function calibrate(shipped: Calibration, domain: string, answers: readonly Rehearsal[], now: Now): Calibration {
  const scores = answers.filter((rehearsal) => isAsNow(rehearsal, now)).flatMap(scoreOf).slice(-window)
  if (scores.length < answersNeeded(shipped.alpha)) return shipped
  return { ...shipped, name: `own answers: ${domain}`.slice(0, 200), source: 'own', quantile: conformalQuantile(scores, shipped.alpha), answers: scores.length }
}

/** 1 − p̂ of what the person stood behind; nothing where that was no option. */
function scoreOf({ own, agent }: Rehearsal): readonly number[] {
  if (own.kind !== 'option' || agent === null) return []
  return [Math.round((1 - (agent.probabilities[own.option] ?? 0)) * 1e9) / 1e9]
}
