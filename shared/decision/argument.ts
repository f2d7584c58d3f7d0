/**
 * Preference-based argumentation with grounded semantics (FORMALISMS §1; Dung 1995, Amgoud & Cayrol 2002).
 *
 * Invariants: rebuttals are symmetric, and the builder refuses a relation where they are not, since with asymmetric ones a
 * stronger target yields accepted arguments that contradict each other (Amgoud & Vesic 2009); undercuts always succeed,
 * whatever is preferred. Linear in the number of attacks. Knows nothing of cards: an argument is its index.
 */
import type { Label } from './certificate.ts'
import { fail, ok, type Result } from '../result.ts'

/** From one argument's index to another's. */
export interface Attack {
  readonly from: number
  readonly to: number
  readonly kind: 'rebuttal' | 'undercut'
}

export interface Framework {
  readonly size: number
  /** For each argument, those that defeat it: that attack it and, for a rebuttal, are not less preferred. */
  readonly defeaters: readonly (readonly number[])[]
}

/** `prefers(a, b)`: a is strictly preferred to b. A lone rebuttal, a rebuttal of itself and an index out of range are `bad-input`. */
export function createFramework(size: number, attacks: readonly Attack[], prefers: (left: number, right: number) => boolean): Result<Framework> {
  const defeaters = Array.from({ length: size }, (): number[] => [])
  const rebuttals = new Set(attacks.filter(({ kind }) => kind === 'rebuttal').map(({ from, to }) => from * size + to))
  for (const { from, to, kind } of attacks) {
    if (!isIndex(from, size) || !isIndex(to, size)) return fail('bad-input', `an attack names argument ${isIndex(from, size) ? to : from}, which is not there`, 'name one of the arguments')
    if (kind === 'rebuttal' && (from === to || !rebuttals.has(to * size + from))) {
      return fail('bad-input', `argument ${from} rebuts ${to} and is not rebutted by it`, 'rebuttals are mutual; say that it undercuts, if the line does not apply')
    }
    if (kind === 'undercut' || !prefers(to, from)) defeaters[to]?.push(from)
  }
  return ok({ size, defeaters })
}

/** The least fixed point of F(S) = {x : every defeater of x is defeated by some y ∈ S} as labels: IN, OUT (defeated by an IN), else UNDECIDED. */
export function grounded(framework: Framework): readonly Label[] {
  const labels = Array.from({ length: framework.size }, (): Label => 'undecided')
  const targets = Array.from({ length: framework.size }, (): number[] => [])
  const left = framework.defeaters.map((defeaters) => defeaters.length)
  framework.defeaters.forEach((defeaters, target) => defeaters.forEach((defeater) => targets[defeater]?.push(target)))
  const accepted = left.flatMap((count, argument) => (count === 0 ? [argument] : []))
  for (let argument = accepted.pop(); argument !== undefined; argument = accepted.pop()) {
    labels[argument] = 'in'
    for (const out of targets[argument] ?? []) {
      if (labels[out] !== 'undecided') continue
      labels[out] = 'out'
      for (const freed of targets[out] ?? []) {
        left[freed] = (left[freed] ?? 0) - 1
        if (left[freed] === 0 && labels[freed] === 'undecided') accepted.push(freed)
      }
    }
  }
  return labels
}

function isIndex(index: number, size: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < size
}
