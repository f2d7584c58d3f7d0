/**
 * Split-conformal abstention (FORMALISMS §9): from held-out answers to the bound under which one option may be acted on.
 */
import { hashOf } from './certificate.ts'
import type { Calibration } from '../schema.ts'

/**
 * The ⌈(n + 1)(1 − α)⌉-th smallest of `scores` (each 1 − p̂ of the true option, in [0, 1]); an option stays in the set while
 * 1 − p̂ is at most that. 1 where there are too few scores for a bound (then nothing is ruled out). Source: Vovk et al. 2005;
 * with exchangeable answers the true option is in the set with probability at least 1 − α.
 */
export function conformalQuantile(scores: readonly number[], alpha: number): number {
  /* (n + 1)(1 − α) is often whole in decimals and not in binary: 10 × 0.9 is 9, and must not become 10. */
  const rank = Math.ceil((scores.length + 1) * (1 - alpha) - 1e-9)
  return [...scores].sort((left, right) => left - right)[Math.max(rank, 1) - 1] ?? 1
}

/**
 * A digest of the rules by which evidence becomes a decision, without the quantile and what it stands on: that one moves with
 * every answer of the person's own, and must not make the answers before it stale.
 */
export function rulesDigest({ name: _name, source: _source, quantile: _quantile, alpha: _alpha, answers: _answers, ...rules }: Calibration): string {
  return hashOf(rules)
}
