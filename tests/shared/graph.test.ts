import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readGraph } from '../../shared/document/document.ts'
import { canonicalContext, contextAncestors, edgesAmong, emptyGraph, findContext, fromLists, indexContexts, loopsOf, recordBy, sameWords, toLists } from '../../shared/graph.ts'
import { GraphLists, type CardId, type Context, type ContextId, type Graph } from '../../shared/schema.ts'
import { createSample } from '../support/document.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const

/** Any contexts at all: circles, missing ends, same words. */
const someContexts: fc.Arbitrary<Graph['contexts']> = fc
  .array(fc.record({ id: fc.constantFrom(...names), text: fc.constantFrom('', 'x', 'X.', 'y', 'z'), within: fc.array(fc.constantFrom(...names), { maxLength: 3 }), synonymOf: fc.option(fc.constantFrom(...names)) }), { maxLength: 8 })
  .map((contexts) => recordBy(contexts as unknown as Context[], (context) => context.id))

/** What reaches what, by brute force. */
function reach<Node extends string>(nodes: readonly Node[], isLinked: (a: Node, b: Node) => boolean): (a: Node, b: Node) => boolean {
  const linked = new Set(nodes.flatMap((a) => nodes.filter((b) => isLinked(a, b)).map((b) => `${a} ${b}`)))
  for (const via of nodes) for (const a of nodes) for (const b of nodes) if (linked.has(`${a} ${via}`) && linked.has(`${via} ${b}`)) linked.add(`${a} ${b}`)
  return (a, b) => linked.has(`${a} ${b}`)
}

describe('indexContexts', () => {
  it('puts two contexts together exactly when merges and same words join them, however they run', () => {
    fc.assert(
      fc.property(someContexts, (contexts) => {
        const ids = Object.keys(contexts) as ContextId[]
        const index = indexContexts(contexts)
        const isJoined = reach(ids, (a, b) => {
          const [one, two] = [contexts[a], contexts[b]]
          const isSame = sameWords(one?.text ?? '') === sameWords(two?.text ?? '') && sameWords(one?.text ?? '') !== ''
          return a === b || isSame || one?.synonymOf === b || two?.synonymOf === a
        })
        for (const a of ids) for (const b of ids) expect(index.canonical(a) === index.canonical(b)).toBe(isJoined(a, b))
        for (const id of ids) {
          expect(index.canonical(index.canonical(id))).toBe(index.canonical(id))
          expect(index.members(id)).toEqual(ids.filter((other) => isJoined(id, other)).sort())
          expect(canonicalContext({ contexts }, id)).toBe(index.canonical(id))
        }
      }),
      { numRuns: 500 }
    )
  })

  it('lets the one that was merged into stand for all, and in a circle the smallest id', () => {
    const context = (id: string, synonymOf: string | null, text = id): Context => ({ id: id as ContextId, text, within: [], synonymOf: synonymOf as ContextId | null })
    const canonical = (...list: readonly Context[]) => list.map(({ id }) => canonicalContext({ contexts: recordBy(list, (one) => one.id) }, id))
    expect(canonical(context('a', 'b'), context('b', 'c'), context('c', null))).toEqual(['c', 'c', 'c'])
    expect(canonical(context('c', 'b'), context('b', 'a'), context('a', 'c'))).toEqual(['a', 'a', 'a'])
    expect(canonical(context('a', 'gone'))).toEqual(['a'])
    expect(canonical(context('b', null, 'At work'), context('a', null, 'at work.'), context('c', null))).toEqual(['a', 'a', 'c'])
    expect(canonical(context('a', 'z', 'At work'), context('b', null, 'at work'), context('z', null, 'On the job'))).toEqual(['z', 'z', 'z'])
    expect(canonical(context('a', null, ''), context('b', null, ''))).toEqual(['a', 'b'])
    expect(canonicalContext(emptyGraph(), 'unknown' as ContextId)).toBe('unknown')
  })

  it('gives the wider contexts near and far, never its own, circles or not', () => {
    fc.assert(
      fc.property(someContexts, (contexts) => {
        const ids = Object.keys(contexts) as ContextId[]
        const { canonical, ancestors } = indexContexts(contexts)
        const standing = [...new Set(ids.map(canonical))]
        const reaches = reach(standing, (a, b) => ids.some((id) => canonical(id) === a && (contexts[id]?.within ?? []).some((wider) => contexts[wider] !== undefined && canonical(wider) === b)))
        for (const id of ids) {
          const wanted = standing.filter((other) => other !== canonical(id) && reaches(canonical(id), other))
          expect([...ancestors(id)].sort()).toEqual(wanted.sort())
          expect(contextAncestors({ contexts }, id)).toEqual(ancestors(id))
        }
      }),
      { numRuns: 500 }
    )
  })
})

describe('loopsOf', () => {
  it('finds exactly the groups that reach each other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 14 }), (links) => {
        const reaches = reach([...names], (a, b) => links.some(([from, to]) => from === a && to === b))
        const wanted = names.map((a) => names.filter((b) => a === b || (reaches(a, b) && reaches(b, a)))).filter((group) => group.length > 1)
        const found = loopsOf([...names], (node) => links.filter(([from]) => from === node).map(([, to]) => to))
        expect([...found].map((group) => group.join('')).sort()).toEqual([...new Set(wanted.map((group) => group.join('')))].sort())
      }),
      { numRuns: 500 }
    )
  })

  it('walks a chain of 100,000 without recursing', () => {
    const nodes = Array.from({ length: 100_000 }, (_, index) => `${index}`)
    expect(loopsOf(nodes, (node) => (Number(node) + 1 < nodes.length ? [`${Number(node) + 1}`] : []))).toEqual([])
    expect(loopsOf(nodes, (node) => [`${(Number(node) + 1) % nodes.length}`])[0]).toHaveLength(100_000)
  })
})

describe('words and lists', () => {
  it('sees the same words through capitals, space, compatibility forms and closing punctuation, and nothing more', () => {
    for (const other of ['when i’m TIRED', ' When  I’m\ttired…', 'When I’m tired.', 'Ｗhen I’m tired!']) expect(sameWords(other)).toBe(sameWords('When I’m tired'))
    for (const other of ['When I’m not tired', 'Wheni’m tired', '', 'When I’m tired (very)']) expect(sameWords(other)).not.toBe(sameWords('When I’m tired'))
    const { doc, work } = createSample()
    expect(findContext(readGraph(doc), 'AT work!')).toBe(work)
    expect(findContext(readGraph(doc), 'elsewhere')).toBeNull()
    expect(findContext(readGraph(doc), ' ')).toBeNull()
  })

  it('goes to lists and back without loss, into null-prototype records in the order of their keys', () => {
    const graph = readGraph(createSample().doc)
    const lists = toLists(graph)
    expect(GraphLists.safeParse(lists).success).toBe(true)
    const back = fromLists({ ...lists, cards: lists.cards.toReversed(), contexts: lists.contexts.toReversed() })
    expect(back).toEqual(graph)
    expect(JSON.stringify(back)).toBe(JSON.stringify(graph))
    for (const record of Object.values(back)) expect(Object.getPrototypeOf(record)).toBeNull()
  })

  it('gives the edges whose two ends are both among some cards', () => {
    const { doc, honest, quiet } = createSample()
    expect(edgesAmong(readGraph(doc), [honest, quiet])).toHaveLength(1)
    expect(edgesAmong(readGraph(doc), [honest])).toEqual([])
    expect(edgesAmong(readGraph(doc), [quiet, 'other' as CardId])).toEqual([])
  })
})
