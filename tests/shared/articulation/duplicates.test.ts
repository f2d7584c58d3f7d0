/** Near duplicates: what says much the same is suggested, what does not is left alone, the same whatever the order. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mutualPairs, nearCards, nearContexts } from '../../../shared/articulation/duplicates.ts'
import { addCard, setStatus } from '../../../shared/commands/card.ts'
import { addContext, mergeContexts, nestContext, unmergeContext } from '../../../shared/commands/context.ts'
import { createDocument, readGraph } from '../../../shared/document.ts'
import { createMaker, valueOf } from '../../support/document.ts'

const cards: readonly (readonly [string, readonly string[]])[] = [
  ['Honest friend', ['MOMENTS where my friend says the thing nobody else will', 'WORDS that stay kind though they are hard']],
  ['Honest friendship', ['MOMENTS when a friend says what nobody else will say', 'WORDS that are kind and hard at once']],
  ['Rest', ['EVENINGS that belong to nobody', 'MORNINGS without a list']],
  ['Craft', ['JOINTS that fit without glue', 'TOOLS kept sharp for the next hand']],
  ['Company', ['NEIGHBOURS who have nobody to eat with', 'CHAIRS that I can pull to my table']]
]

function notebook(order: readonly number[]) {
  const doc = createDocument(1)
  const maker = createMaker('d')
  const ids = new Map<string, string>()
  for (const at of order) {
    const [title, policies] = cards[at] ?? ['', []]
    ids.set(title, valueOf(addCard(doc, { title, policies }, maker)))
  }
  return { doc, maker, titleOf: (id: string) => [...ids].find(([, other]) => other === id)?.[0] }
}

describe('cards', () => {
  it('that say the same in nearly the same words are suggested, clearly, and no others', () => {
    fc.assert(fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (order) => {
      const { doc, titleOf } = notebook(order)
      const clear = nearCards(readGraph(doc))
      expect(clear.map(({ left, right }) => [titleOf(left) ?? '', titleOf(right) ?? ''].toSorted((a, b) => (a < b ? -1 : 1)))).toEqual([['Honest friend', 'Honest friendship']])
    }))
  })

  it('that are retired are no duplicates any more', () => {
    const { doc, maker } = notebook([0, 1])
    const [pair] = nearCards(readGraph(doc))
    valueOf(setStatus(doc, pair?.left as never, 'retired', maker))
    expect(nearCards(readGraph(doc))).toEqual([])
  })

  it('of which the model holds each to be the other’s nearest count, and no others', () => {
    expect(mutualPairs(new Map([['a', 'b'], ['b', 'a'], ['c', 'a'], ['d', undefined]]))).toEqual([{ left: 'a', right: 'b', overlap: 0, isByModel: true }])
    expect(mutualPairs(new Map())).toEqual([])
  })

  it('are looked through fast enough, two thousand of them', () => {
    const doc = createDocument(1)
    const maker = createMaker('d')
    doc.transact(() => {
      for (let at = 0; at < 2_000; at += 1) valueOf(addCard(doc, { title: `value ${at}`, policies: [`LINES about number${at} and what is near number${at % 50}`] }, maker))
    })
    expect(nearCards(readGraph(doc)).length).toBeLessThanOrEqual(50)
  })
})

describe('kinds of situation', () => {
  it('are suggested until they are one, or one is part of the other; merging is taken back', () => {
    const doc = createDocument(1)
    const maker = createMaker('c')
    const first = valueOf(addContext(doc, 'when a friend is grieving', maker))
    const second = valueOf(addContext(doc, 'when my friend grieves', maker))
    valueOf(addContext(doc, 'at work, under time pressure', maker))
    const pairs = () => nearContexts(readGraph(doc)).map(({ left, right }) => [left, right])
    expect(pairs()).toEqual([[first, second].toSorted()])
    valueOf(mergeContexts(doc, second, first))
    expect(pairs()).toEqual([])
    valueOf(unmergeContext(doc, second))
    expect(pairs()).toHaveLength(1)
    valueOf(nestContext(doc, second, [first]))
    expect(pairs()).toEqual([])
  })
})
