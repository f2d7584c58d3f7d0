/** Near duplicates: what says much the same is suggested, what does not is left alone, the same whatever the order. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mutualPairs, nearCards, nearContexts, viewOfCard, views, viewsOfStrangers } from '../../../shared/articulation/duplicates.ts'
import { addCard, setStatus } from '../../../shared/commands/card.ts'
import { addContext, mergeContexts, nestContext, unmergeContext } from '../../../shared/commands/context.ts'
import { createDocument, readGraph } from '../../../shared/document/document.ts'
import type { Card, Graph } from '../../../shared/schema.ts'
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

  it('of which the model holds each to be the other’s nearest in two of three ways count, and no others', () => {
    const [whole, name, lines] = [new Map([['a', 'b'], ['b', 'a'], ['c', 'a'], ['d', 'e'], ['e', 'd'], ['f', undefined]]), new Map([['a', 'b'], ['b', 'a'], ['d', undefined], ['e', 'd']]), new Map([['a', 'c'], ['c', 'a'], ['d', 'a']])]
    expect(mutualPairs([whole, name, lines])).toEqual([{ left: 'a', right: 'b', overlap: 0, isByModel: true }])
    expect(mutualPairs([whole])).toEqual([])
    expect(mutualPairs([])).toEqual([])
  })

  it('are looked at whole, by their name and by their lines, beside strangers looked at alike', () => {
    const { doc } = notebook([2])
    const [card] = Object.values(readGraph(doc).cards)
    if (card === undefined) throw new Error('there is no card')
    expect(views.map((view) => viewOfCard(card, view))).toEqual(['Rest. EVENINGS that belong to nobody. MORNINGS without a list', 'Rest', 'EVENINGS that belong to nobody. MORNINGS without a list'])
    const [whole, names, lines] = views.map(viewsOfStrangers) as [string[], string[], string[]]
    expect(whole).toEqual(names.map((name, at) => `${name}. ${lines[at]}`))
    expect(names.every((name) => /^[A-Z][a-z ]+$/u.test(name))).toBe(true)
  })

  it('are found among thousands as they are among few, whatever the order', () => {
    const words = 'friend mother work child house garden money silence anger trust meal train letter teacher street music'.split(' ')
    const cards = (from: number): Card[] => Array.from({ length: 3_000 }, (_, at) => {
      const number = (at + from) % 3_000
      return { id: `c${number}`, title: `Value ${number}`, status: 'endorsed', policies: [{ id: `p${number}`, text: `LINES about ${words[number % 16]} and number${number % 1_500} kept ${number < 1_500 ? 'so' : 'thus'}, with thing${number % 1_500} and part${number % 1_500}` }] } as unknown as Card
    })
    const [one, other] = [0, 1_234].map((from) => nearCards({ cards: Object.fromEntries(cards(from).map((card) => [card.id, card])) as Graph['cards'] }))
    expect(one?.length).toBe(50)
    expect(other).toEqual(one)
    for (const { left, right } of one ?? []) expect(Math.abs(Number(left.slice(1)) - Number(right.slice(1)))).toBe(1_500)
  })

  it('that are two to the person make room for others, however many there are', () => {
    const doc = createDocument(1)
    const maker = createMaker('d')
    for (let at = 0; at < 12; at += 1) valueOf(addCard(doc, { title: `Patience ${at}`, policies: ['QUEUES in which nobody pushes'] }, maker))
    const graph = readGraph(doc)
    const first = nearCards(graph).map(({ left, right }) => `${left}|${right}`)
    const rest = nearCards(graph, first).map(({ left, right }) => `${left}|${right}`)
    expect([first.length, rest.length]).toEqual([50, 16])
    expect(nearCards(graph, [...first, ...rest])).toEqual([])
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
