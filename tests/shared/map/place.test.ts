import * as fc from 'fast-check'
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { addCard, editText, setStatus } from '../../../shared/commands/card.ts'
import { createDocument, readGraph } from '../../../shared/document/document.ts'
import { fromLists, toLists } from '../../../shared/graph.ts'
import { clustersOf } from '../../../shared/map/cluster.ts'
import { lanesOf, nowhere, type Lane } from '../../../shared/map/lanes.ts'
import { abreast, placeLane, size, type PlacedLane } from '../../../shared/map/place.ts'
import type { CardId, Graph } from '../../../shared/schema.ts'
import { createMaker, perform, someCommand, valueOf } from '../../support/document.ts'
import { given } from '../../support/given.ts'
import { fillMap } from '../../support/map.ts'

const nothing = { pairs: [] }
const room = 1_000

/** Every lane by its id, with where everything in it stands; groups open, so that each card has a place. */
function mapOf(graph: Graph): ReadonlyMap<string, PlacedLane> {
  return new Map(lanesOf(graph, nothing, []).map((lane) => [lane.id, placeLane(lane, room, () => true)]))
}

function laneOf(graph: Graph, id: string): Lane {
  const lane = lanesOf(graph, nothing, []).find((one) => one.id === id)
  if (lane === undefined) throw new Error(`there is no lane ${id}`)
  return lane
}

function columns({ cards }: PlacedLane): Readonly<Record<string, number>> {
  return Object.fromEntries(cards.map(({ card, x }) => [card, (x - size.edge) / size.column]))
}

describe('lanes', () => {
  it('hold the cards that show up there or have a priority there, merged kinds as one, narrower ones within, and the rest nowhere', () => {
    const { graph } = given('A when rain: +', 'B when storm: +', 'C: +', 'D: +', 'C > A when home', 'storm is rain', 'home within city', 'rain within home', 'D is a draft')
    expect(lanesOf(graph, nothing, []).map(({ id, cards, depth, within }) => ({ id, cards, depth, within }))).toEqual([
      { id: 'city', cards: [], depth: 0, within: null },
      { id: 'home', cards: ['A', 'C'], depth: 1, within: 'city' },
      { id: 'rain', cards: ['A', 'B'], depth: 2, within: 'home' },
      { id: nowhere, cards: ['D'], depth: 0, within: null }
    ])
  })

  it('kinds that lie within each other in a circle all have their lane', () => {
    const { graph } = given('A when a: +', 'B when b: +', 'a within b', 'b within a')
    expect(lanesOf(graph, nothing, []).map(({ id }) => id)).toEqual(['a', 'b'])
  })
})

describe('places', () => {
  it('the wiser stands further on, and the cards of a circle one behind the other', () => {
    const chain = given('A: +', 'B: +', 'C: +', 'B > A when rain', 'C > B when rain', 'C > A when rain')
    expect(columns(placeLane(laneOf(chain.graph, 'rain'), room, () => true))).toEqual({ A: 0, B: 1, C: 2 })
    const circle = given('A: +', 'B: +', 'C: +', 'D: +', 'B > A when rain', 'C > B when rain', 'A > C when rain', 'D > C when rain')
    const placed = columns(placeLane(laneOf(circle.graph, 'rain'), room, () => true))
    expect(new Set([placed['A'], placed['B'], placed['C']])).toEqual(new Set([0, 1, 2]))
    expect(placed['D']).toBeGreaterThan(placed['C'] ?? 0)
  })

  it('no card stands on another, no sentence on another, and everything stands within its lane, whatever the notebook', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.array(someCommand, { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), fc.boolean(), (cards, commands, across, isOpen) => {
        const doc = createDocument(1)
        fillMap(doc, cards)
        const maker = createMaker('r')
        for (const command of commands) perform(doc, command, maker)
        for (const lane of lanesOf(readGraph(doc), nothing, [])) {
          const placed = placeLane(lane, across * size.slot + size.edge, () => isOpen)
          const boxes = [...placed.cards, ...placed.groups.filter((group) => !group.isOpen)].map(({ x, y }) => ({ x, y, wide: size.card.wide, high: size.card.high }))
          const sentences = placed.arrows.map(({ words, isNear }) => ({ x: words.x - (isNear ? size.words : size.channel).wide / 2, y: words.y - (isNear ? size.words : size.channel).high / 2, wide: (isNear ? size.words : size.channel).wide, high: (isNear ? size.words : size.channel).high }))
          for (const list of [boxes, sentences]) for (const [at, one] of list.entries()) for (const other of list.slice(at + 1)) expect(overlap(one, other)).toBe(false)
          for (const one of boxes) for (const other of sentences) expect(overlap(one, other)).toBe(false)
          for (const { x, y } of boxes) expect(x >= 0 && y >= 0 && x + size.card.wide <= placed.wide && y + size.card.high <= placed.high).toBe(true)
          const standing = new Set([...placed.cards.map(({ card }) => card), ...placed.groups.filter((group) => !group.isOpen).flatMap((group) => group.cards)])
          expect(standing).toEqual(new Set(lane.cards))
          expect(placed.arrows).toHaveLength(lane.edges.length)
        }
      }),
      { numRuns: 60 }
    )
  })

  it('are the same whatever the order of the records, and whichever device wrote what', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 2, max: 2 ** 31 }), (cards, client) => {
        const [left, right, whole] = [createDocument(client), createDocument(client + 1), createDocument(1)]
        fillMap(left, cards, 'left')
        fillMap(right, cards, 'right')
        const [one, other] = [Y.encodeStateAsUpdate(left), Y.encodeStateAsUpdate(right)]
        const back = createDocument(2 ** 31 + client)
        for (const update of [one, other]) Y.applyUpdate(whole, update)
        for (const update of [other, one]) Y.applyUpdate(back, update)
        const expected = [...mapOf(readGraph(whole))]
        expect([...mapOf(readGraph(back))]).toEqual(expected)
        const lists = toLists(readGraph(whole))
        expect([...mapOf(fromLists({ ...lists, cards: lists.cards.toReversed(), edges: lists.edges.toReversed(), contexts: lists.contexts.toReversed() }))]).toEqual(expected)
      }),
      { numRuns: 20 }
    )
  })

  it('adding, retiring or renaming a card moves nothing in the lanes it does not stand in, nor their order; adding moves nothing at all in its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 80 }), fc.nat(), fc.constantFrom('add', 'retire', 'rename'), fc.string({ minLength: 1, maxLength: 40 }), (count, number, how, title) => {
        const doc = createDocument(1)
        const { cards, contexts } = fillMap(doc, count)
        const before = readGraph(doc)
        const card = cards[number % cards.length] as CardId
        const context = contexts[number % contexts.length]
        const maker = { now: 10_000_000, newId: () => 'fresh' }
        if (how === 'add') valueOf(addCard(doc, { title: 'Something new', contexts: context === undefined ? [] : [context] }, maker))
        if (how === 'retire') valueOf(setStatus(doc, card, 'retired', maker))
        if (how === 'rename') valueOf(editText(doc, { kind: 'card', card, field: 'title' }, `x${title.replace(/[^\w ]/gu, '')}`, maker))
        const [was, is] = [mapOf(before), mapOf(readGraph(doc))]
        const touched = new Set(lanesOf(how === 'add' ? readGraph(doc) : before, nothing, []).filter(({ cards: own }) => own.includes(how === 'add' ? ('fresh' as CardId) : card)).map(({ id }) => id as string))
        const stayed = [...was.keys()].filter((id) => is.has(id))
        expect([...is.keys()].filter((id) => was.has(id))).toEqual(stayed)
        for (const id of stayed) {
          if (!touched.has(id)) expect(is.get(id)).toEqual(was.get(id))
          else if (how === 'add' && laneOf(before, id).clusters.length === 0 && laneOf(readGraph(doc), id).clusters.length === 0) expect(is.get(id)?.cards.filter(({ card: own }) => own !== 'fresh')).toEqual(was.get(id)?.cards)
        }
      }),
      { numRuns: 80 }
    )
  })

  it('as many cards stand side by side as there is room for, one at least', () => {
    expect([0, 100, size.card.wide + 2 * size.edge, 2 * size.slot + size.edge, 10 * size.slot + size.edge].map(abreast)).toEqual([1, 1, 1, 2, 10])
  })
})

describe('groups', () => {
  const cardsOf = (doc: Y.Doc) => Object.values(readGraph(doc).cards).toSorted((left, right) => left.createdAt - right.createdAt)

  it('hold cards of much the same words, named after the first; a new card moves none of them, renaming or retiring one moves that one', () => {
    const doc = createDocument(1)
    const maker = createMaker('g')
    const add = (title: string, line: string) => valueOf(addCard(doc, { title, policies: [line] }, maker))
    const [first, second, third] = ['Calling grandmother on Sundays', 'Calling grandmother on Fridays', 'Calling grandmother after holidays'].map((title) => add(title, 'PHONE calls that grandmother waits for')) as [CardId, CardId, CardId]
    add('Sharp chisels', 'JOINTS that fit')
    expect(clustersOf(cardsOf(doc), nothing)).toEqual([{ founder: first, cards: [first, second, third] }])
    const fourth = add('Calling grandmother from trains', 'PHONE calls that grandmother waits for')
    expect(clustersOf(cardsOf(doc), nothing)).toEqual([{ founder: first, cards: [first, second, third, fourth] }])
    expect(clustersOf(cardsOf(doc).filter(({ id }) => id !== second), nothing)).toEqual([{ founder: first, cards: [first, third, fourth] }])
  })

  it('hold cards that wanted the same in three situations', () => {
    const doc = createDocument(1)
    const maker = createMaker('g')
    const [a, b, c, d] = ['Tides', 'Lanterns', 'Pepper', 'Gravel'].map((title) => valueOf(addCard(doc, { title }, maker))) as [CardId, CardId, CardId, CardId]
    const shared = ['1', '2', '3']
    const pairs = [{ left: a, right: b, value: 0.9, shared, changed: 0 }, { left: a, right: c, value: 0.8, shared, changed: 0 }, { left: a, right: d, value: 0.9, shared: ['1'], changed: 0 }]
    expect(clustersOf(cardsOf(doc), { pairs })).toEqual([{ founder: a, cards: [a, b, c] }])
  })

  it('a group that is folded takes the place of one card', () => {
    const doc = createDocument(1)
    const maker = createMaker('g')
    for (let at = 0; at < 12; at += 1) valueOf(addCard(doc, { title: `Calling grandmother ${at}`, policies: ['PHONE calls that grandmother waits for'] }, maker))
    const lane = laneOf(readGraph(doc), nowhere)
    expect(placeLane(lane, room, () => false)).toMatchObject({ cards: [], high: size.card.high, groups: [{ isOpen: false }] })
    expect(placeLane(lane, room, () => true).cards).toHaveLength(12)
  })
})

interface Box {
  readonly x: number
  readonly y: number
  readonly wide: number
  readonly high: number
}

function overlap(one: Box, other: Box): boolean {
  return one.x < other.x + other.wide && other.x < one.x + one.wide && one.y < other.y + other.high && other.y < one.y + one.high
}
