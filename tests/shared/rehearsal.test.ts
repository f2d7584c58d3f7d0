import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addPolicy, setStatus } from '../../shared/commands/card.ts'
import { readGraph } from '../../shared/document/document.ts'
import { contentOf, digestOfGraph, domainKey, domainOf, Forecast, forecastOf, versionOf, type Domain } from '../../shared/rehearsal.ts'
import { createSample, lineOf, valueOf } from '../support/document.ts'

describe('what the person expects', () => {
  it('sums to 1 exactly, whatever whole percents within rounding it was typed in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 3, maxLength: 7 }).filter((weights) => weights.some((weight) => weight > 0)), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const percents = weights.map((weight) => Math.round((weight / total) * 100))
        const forecast = valueOf(forecastOf(percents.slice(0, -1), percents.at(-1) ?? 0))
        expect(Forecast.safeParse(forecast).success).toBe(true)
      })
    )
  })

  it.each([
    [[50, 20], 10, 'sums to 80\u00A0%, not to 100\u00A0%'],
    [[90, 90], 0, 'sums to 180\u00A0%, not to 100\u00A0%'],
    [[-10, 100], 10, 'a number from 0 to 100'],
    [[Number.NaN, 100], 0, 'a number from 0 to 100'],
    [[0, 0], 0, 'sums to 0\u00A0%']
  ])('%j and %d is refused: %s', (options, ask, message) => expect(lineOf(forecastOf(options, ask))).toContain(message))
})

describe('digests', () => {
  it('of the words are the same in any order of the options and any capitals, and another for other words', () => {
    const one = { situation: 'A letter came.', options: ['Answer it', 'Leave it'] }
    expect(contentOf({ situation: 'a  letter came', options: ['leave it.', 'ANSWER it'] })).toBe(contentOf(one))
    expect(contentOf({ ...one, options: ['Answer it', 'Burn it'] })).not.toBe(contentOf(one))
  })

  it('of a card change with what an agent reads of it, and there is none where it is not in force', () => {
    const { doc, maker, honest } = createSample()
    expect(versionOf(readGraph(doc), honest)).toBeNull()
    valueOf(setStatus(doc, honest, 'endorsed', maker))
    const [version, whole] = [versionOf(readGraph(doc), honest), digestOfGraph(readGraph(doc))]
    expect(version).toMatch(/^[0-9a-f]{64}$/u)
    valueOf(addPolicy(doc, honest, 'WORDS that are new', maker))
    expect(versionOf(readGraph(doc), honest)).not.toBe(version)
    expect(digestOfGraph(readGraph(doc))).not.toBe(whole)
  })
})

it('what a domain counts for ends, whatever merges stand in the document', () => {
  const keys = ['a', 'b', 'c', domainKey('__proto__'), 'gone']
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...keys, null))), fc.constantFrom(...keys), (entries, name) => {
      const domains = Object.create(null) as Record<string, Domain>
      for (const [key, into] of entries) domains[key] = { key, name: key, into, threshold: null, expected: null, edge: '', plan: null, declaredAt: null }
      const { key } = domainOf(domains, name)
      /* Wherever one starts in a chain, one ends at the same. */
      expect(domainOf(domains, key).key).toBe(key)
    })
  )
})
