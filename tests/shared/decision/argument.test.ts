import { describe, expect, it } from 'vitest'
import { createFramework, grounded, type Attack, type Framework } from '../../../shared/decision/argument.ts'
import { seeded } from '../../support/worlds.ts'

/** 'a>b' prefers a; 'a-b' rebut each other; 'a~b' is a rebuttal by a alone; 'a!b' is an undercut of b. */
function framework(names: string, ...statements: readonly string[]) {
  const at = (name: string | undefined): number => names.indexOf(name ?? '?')
  const attacks: Attack[] = []
  const preferred = new Set<string>()
  for (const [left, sign, right] of statements.map((statement) => statement.split(''))) {
    if (sign === '>') preferred.add(`${at(left)}>${at(right)}`)
    if (sign === '!') attacks.push({ from: at(left), to: at(right), kind: 'undercut' })
    if (sign === '-' || sign === '~') attacks.push({ from: at(left), to: at(right), kind: 'rebuttal' })
    if (sign === '-') attacks.push({ from: at(right), to: at(left), kind: 'rebuttal' })
  }
  return createFramework(names.length, attacks, (left, right) => preferred.has(`${left}>${right}`))
}

function accepted(names: string, ...statements: readonly string[]): string {
  const built = framework(names, ...statements)
  if (!built.ok) throw new Error(built.error.message)
  const labels = grounded(built.value)
  return names.split('').filter((_, argument) => labels[argument] === 'in').join('')
}

describe('grounded', () => {
  it('[§1] symmetric, a preferred: {a}', () => {
    expect(accepted('ab', 'a-b', 'a>b')).toBe('a')
  })

  it('[§1] symmetric tie: nothing', () => {
    expect(accepted('ab', 'a-b')).toBe('')
  })

  it('[§1] symmetric circle of preferences a > b > c > a: nothing', () => {
    expect(accepted('abc', 'a-b', 'b-c', 'a-c', 'a>b', 'b>c', 'c>a')).toBe('')
  })

  it('[§1] asymmetric a → b with b preferred would accept both, so the builder refuses it', () => {
    expect(framework('ab', 'a~b', 'b>a')).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    expect(framework('ab', 'a~b')).toMatchObject({ ok: false })
    expect(framework('a', 'a-a')).toMatchObject({ ok: false })
    expect(createFramework(1, [{ from: 0, to: 1, kind: 'undercut' }], () => false)).toMatchObject({ ok: false })
  })

  it('an undercut succeeds whatever is preferred, and frees what its target held down', () => {
    expect(accepted('ab', 'a!b', 'b>a')).toBe('a')
    expect(accepted('abc', 'a!b', 'b-c', 'b>c')).toBe('ac')
  })

  it('agrees with the least complete extension found by trying every set, on 10,000 random frameworks', () => {
    const sizes = new Map<number, number>()
    for (let seed = 0; seed < 10_000; seed += 1) {
      const built = randomFramework(seed)
      const labels = grounded(built)
      const expected = leastComplete(built)
      const found = labels.reduce((set, label, argument) => (label === 'in' ? set | (1 << argument) : set), 0)
      if (found !== expected) expect.fail(`seed ${seed}: ${found.toString(2)} instead of ${expected.toString(2)}`)
      labels.forEach((label, argument) => {
        const isOut = (built.defeaters[argument] ?? []).some((defeater) => labels[defeater] === 'in')
        if ((label === 'out') !== isOut) expect.fail(`seed ${seed}: label of ${argument}`)
      })
      const size = labels.filter((label) => label === 'in').length
      sizes.set(size, (sizes.get(size) ?? 0) + 1)
    }
    expect([...sizes.keys()].length).toBeGreaterThan(4)
  })

  it('takes 700 arguments that all rebut each other', () => {
    const attacks: Attack[] = []
    for (let left = 0; left < 700; left += 1) for (let right = 0; right < 700; right += 1) if (left !== right) attacks.push({ from: left, to: right, kind: 'rebuttal' })
    const built = createFramework(700, attacks, (left, right) => left < right)
    if (!built.ok) throw new Error(built.error.message)
    expect(grounded(built.value).filter((label) => label !== 'out')).toEqual(['in'])
  })
})

function randomFramework(seed: number): Framework {
  const next = seeded(seed)
  const size = 1 + Math.floor(next() * 7)
  const density = next() * 0.5
  const attacks: Attack[] = []
  const preferred = new Set<string>()
  for (let left = 0; left < size; left += 1) {
    for (let right = 0; right < size; right += 1) {
      if (left < right && next() < density) attacks.push({ from: left, to: right, kind: 'rebuttal' }, { from: right, to: left, kind: 'rebuttal' })
      if (next() < density / 3) attacks.push({ from: left, to: right, kind: 'undercut' })
      if (left !== right && next() < 0.4) preferred.add(`${left}>${right}`)
    }
  }
  const built = createFramework(size, attacks, (left, right) => preferred.has(`${left}>${right}`))
  if (!built.ok) throw new Error(built.error.message)
  return built.value
}

/** The complete extension (S = F(S)) that lies within all others, as a bit set. */
function leastComplete({ size, defeaters }: Framework): number {
  const contains = (set: number, argument: number): boolean => (set & (1 << argument)) !== 0
  const defends = (set: number, argument: number): boolean =>
    (defeaters[argument] ?? []).every((defeater) => (defeaters[defeater] ?? []).some((defender) => contains(set, defender)))
  const complete: number[] = []
  for (let set = 0; set < 1 << size; set += 1) {
    let isComplete = true
    for (let argument = 0; argument < size && isComplete; argument += 1) isComplete = contains(set, argument) === defends(set, argument)
    if (isComplete) complete.push(set)
  }
  const least = complete.find((set) => complete.every((other) => (set & other) === set))
  if (least === undefined) throw new Error('no least complete extension')
  return least
}
