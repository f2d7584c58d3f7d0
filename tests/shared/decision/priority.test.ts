import { describe, expect, it } from 'vitest'
import { decide } from '../../../shared/decision/decide.ts'
import { inForce } from '../../../shared/decision/priority.ts'
import { CommitmentId, type Graph } from '../../../shared/schema.ts'
import { given } from '../../support/given.ts'
import { randomWorld } from '../../support/worlds.ts'

/** 'A > B' for each priority that holds. */
const held = (...statements: readonly string[]): readonly string[] => given(...statements).decide().certificate.derived.priorities.map(({ wiser, than }) => `${wiser} > ${than}`)
const four = ['A: + -', 'B: + -', 'C: + -', 'D: + -']

describe('priorities', () => {
  it('[P4] are closed under transitivity', () => {
    expect(held(...four, 'A > B', 'B > C', 'C > D')).toEqual(['A > B', 'A > C', 'A > D', 'B > C', 'B > D', 'C > D'])
  })

  it('[P4] join across contexts that are both the situation’s', () => {
    expect(held(...four, 'A > B when c', 'B > C when d', 'c matches', 'd matches')).toEqual(['A > B', 'A > C', 'B > C'])
    expect(held(...four, 'A > B when c', 'B > C when d', 'c matches')).toEqual(['A > B'])
  })

  it('[P2] a narrower context overrides only the pairs that it speaks of', () => {
    expect(held(...four, 'A > B when wide', 'C > D when wide', 'B > A when narrow', 'narrow within wide', 'narrow matches')).toEqual(['B > A', 'C > D'])
  })

  it('[P2] two contexts within each other are neither narrower', () => {
    const { certificate } = given(...four, 'A > B when c', 'B > A when d', 'c within d', 'd within c', 'c matches').decide()
    expect(certificate.derived.conflicts).toHaveLength(1)
  })

  it('[P2] what is said of a kind of situation goes before what is said of all', () => {
    expect(held(...four, 'A > B', 'B > A when c', 'c matches')).toEqual(['B > A'])
    expect(held(...four, 'A > B', 'B > A when c')).toEqual(['A > B'])
  })

  it('[P3] a circle suspends its own component and nothing else', () => {
    const { derived } = given(...four, 'A > B', 'B > A', 'B > C', 'C > D').decide().certificate
    expect(derived.suspended).toEqual([{ cards: ['A', 'B'], contexts: ['everywhere'] }])
    expect(derived.priorities.map(({ wiser, than }) => `${wiser} > ${than}`)).toEqual(['B > C', 'B > D', 'C > D'])
  })

  it('[P3] a circle of five, and one that closes only across contexts', () => {
    expect(held('E: + -', ...four, 'A > B', 'B > C', 'C > D', 'D > E', 'E > A')).toEqual([])
    const { derived } = given(...four, 'A > B when c', 'B > C when c', 'C > A when d', 'c matches', 'd matches').decide().certificate
    expect(derived.suspended).toEqual([{ cards: ['A', 'B', 'C'], contexts: ['c', 'd'] }])
    expect(derived.priorities).toEqual([])
  })

  it('[P3] a suspended pair in a narrower context is not filled in from a wider one', () => {
    expect(held(...four, 'A > B when wide', 'A > B when narrow', 'B > A when narrow', 'narrow within wide', 'narrow matches')).toEqual([])
  })

  it('[P5] a commitment in a narrower context speaks before one in a wider', () => {
    expect(held('A: + -', 'B: - +', 'stand for A when wide on 9', 'stand for B when narrow on 1', 'narrow within wide', 'narrow matches')).toEqual(['B > A'])
  })

  it('are a strict partial order in 2,000 random graphs', () => {
    let count = 0
    for (let seed = 0; seed < 2_000; seed += 1) {
      const { graph, scenario, evidence, calibration } = randomWorld(seed)
      const { priorities } = decide(graph, scenario, evidence, calibration).certificate.derived
      const pairs = new Set(priorities.map(({ wiser, than }) => `${wiser}>${than}`))
      for (const { wiser, than } of priorities) {
        if (wiser === than || pairs.has(`${than}>${wiser}`)) expect.fail(`seed ${seed}: ${wiser} and ${than}`)
        for (const next of priorities) if (next.wiser === than && !pairs.has(`${wiser}>${next.than}`)) expect.fail(`seed ${seed}: ${wiser}, ${than}, ${next.than}`)
      }
      count += pairs.size
    }
    expect(count).toBeGreaterThan(500)
  })
})

describe('inForce', () => {
  it('drops commitments that were revoked, have run out, or are not yet made', () => {
    const { graph } = given('A: + -', 'stand for A when c on 5')
    const [commitment] = Object.values(graph.commitments)
    if (commitment === undefined) throw new Error('no commitment')
    const id = CommitmentId.parse(commitment.id)
    const changed = (changes: Partial<typeof commitment>): Graph => ({ ...graph, commitments: { [id]: { ...commitment, ...changes } } })
    const count = (changes: Partial<typeof commitment>, now: number): number => Object.keys(inForce(changed(changes), now).commitments).length
    expect(count({}, 5)).toBe(1)
    expect(count({}, 4)).toBe(0)
    expect(count({ expiresAt: 8 }, 7)).toBe(1)
    expect(count({ expiresAt: 8 }, 8)).toBe(0)
    expect(count({ revokedAt: 6 }, 7)).toBe(0)
  })
})
