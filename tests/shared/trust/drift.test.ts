import { describe, expect, it } from 'vitest'
import { driftOf } from '../../../shared/trust/drift.ts'
import { answers } from '../../support/people.ts'

describe('driftOf', () => {
  it('sees that approval has fallen since the first twenty answers, and says nothing before there are more', () => {
    expect(driftOf(answers(20, 20))).toMatchObject({ difference: null, since: { tries: 0 } })
    const fallen = driftOf([...answers(20, 20), ...answers(4, 40).map((one, at) => ({ ...one, startedAt: one.startedAt + (100 + at) * 86_400_000 }))])
    expect(fallen).toMatchObject({ difference: expect.closeTo(-0.9, 9) })
    expect(fallen.high).toBeLessThan(0)
    const steady = driftOf(answers(50, 60))
    expect(steady.low).toBeLessThan(0)
    expect(steady.high).toBeGreaterThan(0)
  })
})
