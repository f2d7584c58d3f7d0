/**
 * What a decision says of itself. PLACEHOLDER of the shape only: the schema of the certificate replaces it.
 */
import type { Outcome } from './schema.ts'

export interface Certificate {
  readonly digest: string
}

export interface Decision {
  readonly outcome: Outcome
  /** One an option, summing to 1. */
  readonly probabilities: readonly number[]
  readonly certificate: Certificate
}
