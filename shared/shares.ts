/** Shares of one whole as a person reads them: whole percents that sum to 100. For showing alone: nothing is worked out from them. */

/**
 * The proportions of `shares` (at least 0, in any unit) in whole percents that sum to 100: what is left over goes to the largest
 * remainders, the first of equals (Hamilton's method). All 0 where nothing has a share.
 */
export function toHundred(shares: readonly number[]): readonly number[] {
  const sum = shares.reduce((total, share) => total + share, 0)
  if (sum === 0) return shares.map(() => 0)
  const exact = shares.map((share) => (share / sum) * 100)
  const missing = 100 - exact.reduce((total, share) => total + Math.floor(share), 0)
  const first = exact.map((share, at) => ({ at, rest: share - Math.floor(share), place: placeOf(at, exact, shares) })).sort((left, right) => right.rest - left.rest || left.place - right.place).slice(0, missing)
  return exact.map((share, at) => Math.floor(share) + (first.some((one) => one.at === at) ? 1 : 0))
}

/** Of those that rounding made equal the greater one stands first, in the places that they have together. */
function placeOf(at: number, exact: readonly number[], shares: readonly number[]): number {
  const equal = exact.flatMap((share, other) => (share === exact[at] ? [other] : []))
  return equal[equal.toSorted((left, right) => (shares[right] ?? 0) - (shares[left] ?? 0) || left - right).indexOf(at)] ?? at
}
