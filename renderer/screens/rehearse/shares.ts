/** Shares in whole percent that a person types: their sum, and the nearest ones that sum to 100. Empty fields count as 0. */

export type Shares = readonly (number | null)[]

export function sumOf(shares: Shares): number {
  return shares.reduce<number>((sum, share) => sum + (share ?? 0), 0)
}

/** The same proportions, in whole percents that sum to 100: what is left over goes to the largest remainders (Hamilton's method). */
export function toHundred(shares: Shares): Shares {
  const sum = sumOf(shares)
  if (sum === 0) return evenShares(shares.length)
  const exact = shares.map((share) => ((share ?? 0) / sum) * 100)
  const whole = exact.map(Math.floor)
  const missing = 100 - whole.reduce((total, share) => total + share, 0)
  const first = exact.map((share, at) => ({ at, rest: share - Math.floor(share) })).sort((left, right) => right.rest - left.rest || left.at - right.at).slice(0, missing)
  return whole.map((share, at) => share + (first.some((one) => one.at === at) ? 1 : 0))
}

export function evenShares(count: number): Shares {
  return toHundred(Array.from({ length: count }, () => 1))
}
