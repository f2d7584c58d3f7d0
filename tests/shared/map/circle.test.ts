import { describe, expect, it } from 'vitest'
import { circlesOf } from '../../../shared/map/circle.ts'
import { edgeKey } from '../../../shared/schema.ts'
import { given } from '../../support/given.ts'

describe('circlesOf', () => {
  it('finds priorities that run in a circle within one context, and one way around', () => {
    const { graph } = given('A: +', 'B: +', 'C: +', 'B > A when rain', 'C > B when rain', 'A > C when rain', 'C > A when home')
    const [circle, ...others] = circlesOf(graph)
    expect(others).toEqual([])
    expect(circle).toMatchObject({ context: 'rain', cards: ['A', 'B', 'C'], round: ['A', 'C', 'B'] })
    expect(circle?.edges.map(edgeKey).toSorted()).toEqual(['A|B|rain', 'B|C|rain', 'C|A|rain'])
  })

  it('a pair that only differs by context is none, and neither is a way around through a retired card', () => {
    expect(circlesOf(given('A: +', 'B: +', 'B > A when rain', 'A > B when home').graph)).toEqual([])
    expect(circlesOf(given('A: +', 'B: +', 'B > A when rain', 'A > B when rain', 'B is retired').graph)).toEqual([])
  })

  it('contexts that were merged are one place', () => {
    const { graph } = given('A: +', 'B: +', 'B > A when rain', 'A > B when storm', 'storm is rain')
    expect(circlesOf(graph).map(({ cards, edges }) => ({ cards, edges: edges.length }))).toEqual([{ cards: ['A', 'B'], edges: 2 }])
  })

  it('of five cards that reach each other the way around is a shortest one through the first, and every priority among them is named', () => {
    const { graph } = given('A: +', 'B: +', 'C: +', 'D: +', 'E: +', 'A > B when rain', 'B > C when rain', 'C > D when rain', 'D > E when rain', 'E > A when rain', 'C > A when rain')
    const [circle] = circlesOf(graph)
    expect(circle?.cards).toEqual(['A', 'B', 'C', 'D', 'E'])
    expect(circle?.round).toEqual(['A', 'B', 'C'])
    expect(circle?.edges).toHaveLength(6)
  })
})
