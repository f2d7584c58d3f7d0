/**
 * Multinomial logistic regression with a ridge, by gradient descent with momentum: the little that the training scripts need,
 * and the same numbers each time they run.
 */
import { softmax } from '../scorer.ts'

export interface Example {
  /** The last feature is the constant 1, which the ridge leaves alone. */
  readonly features: readonly number[]
  /** Index of the class. */
  readonly label: number
  readonly weight?: number
}

export interface Settings {
  readonly classes: number
  readonly ridge: number
  readonly rate: number
  readonly steps: number
}

/** One row of weights a class; minimises the weighted mean log loss plus ridge / 2 · |weights|². */
export function fitLogistic(examples: readonly Example[], { classes, ridge, rate, steps }: Settings): readonly (readonly number[])[] {
  const width = examples[0]?.features.length ?? 0
  const weights = Array.from({ length: classes }, () => new Float64Array(width))
  const speed = Array.from({ length: classes }, () => new Float64Array(width))
  const total = examples.reduce((sum, { weight = 1 }) => sum + weight, 0)
  for (let step = 0; step < steps; step += 1) {
    const slope = weights.map((row) => row.map((value, at) => (at === width - 1 ? 0 : value * ridge)))
    for (const { features, label, weight = 1 } of examples) {
      const shares = softmax(weights.map((row) => product(row, features)))
      shares.forEach((share, kind) => {
        const error = ((share - Number(kind === label)) * weight) / total
        const row = slope[kind] as Float64Array
        for (let at = 0; at < width; at += 1) row[at] = (row[at] ?? 0) + error * (features[at] ?? 0)
      })
    }
    weights.forEach((row, kind) => {
      for (let at = 0; at < width; at += 1) {
        const moved = 0.9 * (speed[kind]?.[at] ?? 0) - rate * (slope[kind]?.[at] ?? 0)
        ;(speed[kind] as Float64Array)[at] = moved
        row[at] = (row[at] ?? 0) + moved
      }
    })
  }
  return weights.map((row) => [...row])
}

function product(row: Float64Array, features: readonly number[]): number {
  let sum = 0
  for (let at = 0; at < row.length; at += 1) sum += (row[at] ?? 0) * (features[at] ?? 0)
  return sum
}
