/**
 * The beta distribution: how much of it lies below a point, and below which point a share of it lies. For counts of answers
 * (parameters from 0.5 to some 100,000), to about twelve digits.
 *
 * Sources: Lanczos' approximation (g = 7, nine terms) for the gamma function; the continued fraction of the incomplete beta
 * function by Lentz's method (Abramowitz & Stegun 26.5.8; Numerical Recipes §6.4).
 */

/** P(X ≤ x) for X ~ Beta(a, b); a, b > 0, x clipped to [0, 1]. */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  /* The fraction converges fast on the near side of the mean. */
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b
}

/** The x with P(X ≤ x) = `share` for X ~ Beta(a, b), by halving; `share` in [0, 1]. */
export function betaPoint(share: number, a: number, b: number): number {
  if (share <= 0) return 0
  if (share >= 1) return 1
  let [low, high] = [0, 1]
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step += 1) {
    const middle = (low + high) / 2
    if (betaShare(middle, a, b) < share) low = middle
    else high = middle
  }
  return (low + high) / 2
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
  9.9843695780195716e-6, 1.5056327351493116e-7
] as const

/** x > 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  const base = z + 7.5
  const sum = lanczos.reduce((total, term, at) => (at === 0 ? term : total + term / (z + at)), 0)
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(base) - base + Math.log(sum)
}

function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  const awayFromZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= 2_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    value *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return value
}
