/**
 * When the agent must ask, calibrated on the person's own answers (FORMALISMS §9), one domain at a time (Mondrian): from the
 * first number of answers on that bounds anything at all (9 for α = .1, 19 for .05, 4 for .2), and the shipped calibration
 * until then. The name says which.
 *
 * An answer counts where it counts for approval, the person stood behind an option, and the agent's probabilities are those of
 * the model, the rules and the very versions of the cards that are there now, said then or found again since; others say nothing
 * of how it would go today. Of many answers the latest hundred count, since people drift.
 */
import { conformalQuantile } from '../decision/conformal.ts'
import type { Rehearsal } from '../rehearsal.ts'
import type { Calibration } from '../schema.ts'
import { chancesNow, type Now } from './stale.ts'

const latest = 100
/** So often what the person stands behind may be left out, whatever bound the shipped calibration was made for. */
export const ownAlpha = 0.1

/**
 * Where the agent was right and sure every time, the quantile is next to nothing, and an option of 99.9 % would be ruled out with all
 * others. Up to one half, a larger one leaves in the likeliest option and no second: the promise is kept, and nothing is asked in vain.
 */
const leastQuantile = 0.5

/** Fewest answers from which on the quantile rules anything out. */
export function answersNeeded(alpha: number): number {
  return Math.ceil(1 / alpha - 1 - 1e-9)
}

/** `answers` are those of one domain that count for approval, oldest first. */
export function calibrate(shipped: Calibration, domain: string, answers: readonly Rehearsal[], now: Now, alpha = ownAlpha): Calibration {
  const scores = scoresOf(answers, now)
  if (scores.length < answersNeeded(alpha)) return shipped
  return { ...shipped, name: `own answers: ${domain}`.slice(0, 200), source: 'own', quantile: Math.max(leastQuantile, conformalQuantile(scores, alpha)), alpha, answers: scores.length }
}

/** 1 − p̂ of what the person stood behind, of each answer that can be calibrated on: they stood behind an option, and it is known how likely the agent as it is now takes it. */
export function scoresOf(answers: readonly Rehearsal[], now: Now): readonly number[] {
  return answers.flatMap((rehearsal) => {
    const chances = rehearsal.own.kind === 'option' ? chancesNow(rehearsal, now) : null
    return chances === null || rehearsal.own.kind !== 'option' ? [] : [Math.round((1 - (chances[rehearsal.own.option] ?? 0)) * 1e9) / 1e9]
  }).slice(-latest)
}
