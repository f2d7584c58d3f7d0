import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginRehearsal } from '../../../shared/commands/rehearsal.ts'
import { addCard, setStatus } from '../../../shared/commands/card.ts'
import { readDocument, readGraph } from '../../../shared/document/document.ts'
import { valuesOf } from '../../../shared/graph.ts'
import { contentOf } from '../../../shared/rehearsal.ts'
import { GraphLists, type ScenarioId } from '../../../shared/schema.ts'
import { pastAnswers, pastRequests, pastScores, profileGraph, shuffledGraph, tookFrom } from '../../../shared/trials/arms.ts'
import { createSample, valueOf } from '../../support/document.ts'

describe('shuffled cards', () => {
  it('hold the same lines, none at its own card, and the same priorities', () => {
    const { doc, maker, honest, quiet } = createSample()
    expect(shuffledGraph(readGraph(doc))).toBeNull()
    for (const card of [honest, quiet]) valueOf(setStatus(doc, card, 'endorsed', maker))
    const graph = readGraph(doc)
    const shuffled = shuffledGraph(graph)
    const linesOf = (of: typeof graph) => valuesOf(of.cards).flatMap((card) => card.policies.map(({ text }) => text)).sort()
    expect(shuffled === null ? null : linesOf(shuffled)).toEqual(linesOf(graph))
    for (const id of [honest, quiet]) expect(shuffled?.cards[id]?.policies).not.toEqual(graph.cards[id]?.policies)
    expect(shuffled?.edges).toEqual(graph.edges)
    expect(shuffledGraph(graph)).toEqual(shuffled)
  })

  it('stay among those that reach an agent: a means keeps its own lines', () => {
    const { doc, maker, honest, quiet } = createSample()
    const means = valueOf(addCard(doc, { title: 'Thrift', policies: ['PRICES that fall in winter'], kind: 'instrumental' }, maker))
    for (const card of [honest, quiet, means]) valueOf(setStatus(doc, card, 'endorsed', maker))
    const graph = readGraph(doc)
    expect(shuffledGraph(graph)?.cards[means]).toEqual(graph.cards[means])
    expect(shuffledGraph(graph)?.cards[honest]?.policies).toEqual(graph.cards[quiet]?.policies)
  })
})

describe('a text about oneself', () => {
  it('becomes a card a paragraph or heading, with its sentences and items as lines', () => {
    const graph = profileGraph('# Work\n- I keep my word.\n- I say no early\n\nI would rather be late than rude. Silence helps me.\n## Home\n1. quiet after nine\n\n---\n\n')
    expect(valuesOf(graph?.cards ?? {}).map((card) => [card.title, card.policies.map(({ text }) => text)])).toEqual([
      ['Work', ['I keep my word.', 'I say no early']], ['', ['I would rather be late than rude.', 'Silence helps me.']], ['Home', ['quiet after nine']]
    ])
    expect(profileGraph(' \n\n -- ')).toBeNull()
  })

  it('whatever it is, fits the schema', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 4_000 }), (text) => {
        const graph = profileGraph(text.toWellFormed().replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/gu, ''))
        if (graph !== null) expect(GraphLists.shape.cards.safeParse([...valuesOf(graph.cards)]).success).toBe(true)
      })
    )
  })
})

describe('past answers', () => {
  it('are the latest of each situation that the person chose an option in; never the situation itself', () => {
    const { doc, maker } = createSample()
    const say = (situation: string, own: { kind: 'option'; option: number } | { kind: 'par' }) => valueOf(beginRehearsal(doc, { scenario: { id: 'x' as ScenarioId, domain: '', mode: 'theory', situation, options: ['a', 'b'] }, pack: null, shown: 'cards', own, forecast: { kind: 'skipped' } }, maker))
    say('One.', { kind: 'option', option: 0 })
    say('One.', { kind: 'option', option: 1 })
    say('Two.', { kind: 'option', option: 0 })
    say('Three.', { kind: 'par' })
    const past = pastAnswers(readDocument(doc).rehearsals, contentOf({ situation: 'two', options: ['b', 'a'] }))
    expect(past.map(({ situation, own }) => [situation, own])).toEqual([['One.', { kind: 'option', option: 1 }]])
    const requests = pastRequests({ situation: 'Now.', options: ['c', 'd'] }, past)
    expect(requests.map(({ value, option }) => value + option)).toEqual(['ac', 'ad', 'bc', 'bd'])
    /* What was chosen (b) upholds d: d is in front, by the whole. */
    const answers = [0, 0, 0, 1].map((upholds) => ({ upholds, violates: 0, neutral: 1 - upholds }))
    expect(pastScores(2, past, answers)).toEqual([0, 1])
    expect(pastScores(2, [], [])).toEqual([0, 0])
  })
})

it('a score an option becomes a decision: an act where one is left within the bound, else asking', () => {
  const calibration = { temperature: 0.1, quantile: 0.4 }
  expect(tookFrom([0.9, 0.1], calibration)).toMatchObject({ outcome: { kind: 'act', option: 0 } })
  expect(tookFrom([0, 0, 0], calibration)).toMatchObject({ outcome: { kind: 'ask', reason: 'low-confidence' } })
  expect(tookFrom([0.9, 0.1], calibration).probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 8)
})
