/** Shares in whole percent that a person types: their sum, and the nearest ones that sum to 100. Empty fields count as 0. */
import { toHundred } from '../../../shared/shares.ts'

export type Shares = readonly (number | null)[]

export function sumOf(shares: Shares): number {
  return shares.reduce<number>((sum, share) => sum + (share ?? 0), 0)
}

/** The same proportions, 100 together; even ones where nothing was said. */
export function filledUp(shares: Shares): Shares {
  return sumOf(shares) === 0 ? evenShares(shares.length) : toHundred(shares.map((share) => share ?? 0))
}

export function evenShares(count: number): Shares {
  return toHundred(Array.from({ length: count }, () => 1))
}
