/** The smaller half of `npm run bench -- trust`: the same people, fewer of them. */
import { describe, expect, it } from 'vitest'
import { recover } from '../support/recovery.ts'

const people = 60
/** Nominal less three standard errors of a share of so many people. */
const tolerated = (nominal: number, of = people): number => nominal - 3 * Math.sqrt((nominal * (1 - nominal)) / of)

describe('of invented people whose chances are known, with a look after every answer', () => {
  const found = recover({ people, domains: 2, answers: 45, seed: 12 })

  it.each(['approval', 'drifting', 'drift', 'skill', 'valuesTrust', 'self', 'arms', 'badges', 'growing'] as const)('what is said of their %s is true of 95 % of them, at every look', (measure) => {
    expect(found[measure]).toBeGreaterThanOrEqual(tolerated(0.95))
  })

  it('their own answers leave what they stand behind next within the set nine times in ten, domain by domain', () => {
    expect(found.conformal).toBeGreaterThanOrEqual(tolerated(0.9, people * 2))
  })

  it('and it is no empty caution: a bound for one look would have been false, and good domains do become trusted', () => {
    expect(found.jeffreys).toBeLessThan(0.9)
    expect(found.needed).toBeLessThan(40)
  })
})
