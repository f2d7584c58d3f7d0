import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { addPolicy, editText, movePolicy } from '../../../shared/commands/card.ts'
import { createDocument, createUndo, readDocument, readGraph } from '../../../shared/document/document.ts'
import { currentLayout, layoutVersion } from '../../../shared/document/layout.ts'
import { migrate } from '../../../shared/document/migrations.ts'
import type { CardId } from '../../../shared/schema.ts'
import { addOldLine, createLayoutOne } from '../../support/layout1.ts'
import { createMaker, createSample, lineOf, valueOf } from '../../support/document.ts'

const fixture = readFileSync(new URL('../fixtures/layout-1.bin', import.meta.url))
const honest = 'honest' as CardId

function copyOf(state: Uint8Array, clientId: number): Y.Doc {
  const doc = createDocument(clientId)
  Y.applyUpdate(doc, state)
  return doc
}

function meet(...docs: readonly Y.Doc[]): void {
  for (const from of docs) for (const to of docs) if (from !== to) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
}

const textsOf = (doc: Y.Doc, card: CardId): readonly string[] => (readGraph(doc).cards[card]?.policies ?? []).map((policy) => policy.text)

describe('migrate', () => {
  it('brings a document of layout 1 over, line by line, in order, with nothing left out', () => {
    const doc = copyOf(fixture, 21)
    expect(layoutVersion(doc)).toBe(1)
    expect(valueOf(migrate(doc))).toBe(5)
    expect(layoutVersion(doc)).toBe(currentLayout)
    const { graph, problems } = readDocument(doc)
    expect(problems).toEqual([])
    expect(Object.keys(graph.cards)).toEqual(['bare', 'honest', 'quiet'])
    expect(textsOf(doc, honest)).toEqual(['MOMENTS where a friend says it', 'BREATH before the answer', 'WORDS that stay kind', 'TEARS that are allowed 😢'])
    expect(graph.cards[honest]).toMatchObject({ title: 'Honest friend', contexts: ['grief'], status: 'endorsed', createdAt: 1_000, updatedAt: 2_000, policies: [{ author: { kind: 'you' } }, {}, {}, {}] })
  })

  it('does nothing the second time, nothing to an empty document, and nothing to one of this layout', () => {
    for (const doc of [copyOf(fixture, 21), createDocument(1), createSample().doc]) {
      valueOf(migrate(doc))
      const state = Y.encodeStateAsUpdate(doc)
      expect(valueOf(migrate(doc))).toBe(0)
      expect(Y.encodeStateAsUpdate(doc)).toEqual(state)
    }
    expect(Y.encodeStateAsUpdate(createDocument(1))).toEqual(Y.encodeStateAsUpdate(new Y.Doc()))
  })

  it('leaves a document of a newer layout alone and says so; commands refuse it too', () => {
    const { doc, maker, honest: card } = createSample()
    doc.getMap('meta').set('layout', currentLayout + 1)
    const state = Y.encodeStateAsUpdate(doc)
    expect(lineOf(migrate(doc))).toBe('error: these values were written by a newer version of the app; update the app to change them; they can be read meanwhile')
    const refused = editText(doc, { kind: 'card', card, field: 'title' }, 'x', maker)
    expect(refused.ok ? null : refused.error.kind).toBe('read-only')
    expect(Y.encodeStateAsUpdate(doc)).toEqual(state)
    expect(readGraph(doc).cards[card]?.title).toBe('Honest friend')
  })

  it('lets commands refuse a document of an earlier layout until it is brought over', () => {
    const doc = copyOf(fixture, 21)
    const maker = createMaker()
    expect(lineOf(addPolicy(doc, honest, 'x', maker))).toContain('still laid out as in an earlier version')
    valueOf(migrate(doc))
    valueOf(addPolicy(doc, honest, 'x', maker, 0))
    expect(textsOf(doc, honest)[0]).toBe('x')
  })

  it('keeps its own client number for its own edits, and is no step to undo', () => {
    const doc = copyOf(fixture, 21)
    const undo = createUndo(doc, 0)
    valueOf(migrate(doc))
    expect(doc.clientID).toBe(21)
    expect(undo.undoStack).toHaveLength(0)
  })

  it('makes the very same structs on two devices that held the same, so that edits of both merge by character', () => {
    const [one, two] = [copyOf(fixture, 21), copyOf(fixture, 22)] as [Y.Doc, Y.Doc]
    const maker = createMaker()
    for (const doc of [one, two]) valueOf(migrate(doc))
    const policy = readGraph(one).cards[honest]?.policies[0]?.id as never
    valueOf(editText(one, { kind: 'policy', card: honest, policy }, 'RARE MOMENTS where a friend says it', maker))
    valueOf(editText(two, { kind: 'policy', card: honest, policy }, 'MOMENTS where a friend says it aloud', maker))
    valueOf(movePolicy(two, honest, policy, 3, maker))
    meet(one, two)
    expect(readGraph(one)).toEqual(readGraph(two))
    expect(textsOf(one, honest)).toHaveLength(4)
    expect(textsOf(one, honest)[3]).toBe('RARE MOMENTS where a friend says it aloud')
  })

  it('converges without losing or doubling a line, whatever two devices wrote before and after, in whatever order they meet', () => {
    const someEdits = fc.array(fc.record({ card: fc.constantFrom('a', 'b'), at: fc.nat(4), text: fc.string({ maxLength: 4 }) }), { maxLength: 4 })
    let differing = 0
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 }), someEdits, someEdits, someEdits, fc.boolean(), (lines, first, second, later, isSeenBetween) => {
        const start = Y.encodeStateAsUpdate(createLayoutOne({ a: { title: 'A', lines }, b: { title: 'B', lines: ['b'] } }))
        const docs = [copyOf(start, 31), copyOf(start, 32)] as [Y.Doc, Y.Doc]
        for (const { card, at, text } of first) addOldLine(docs[0], card, text, at)
        for (const { card, at, text } of second) addOldLine(docs[1], card, text, at)
        differing += JSON.stringify(first) === JSON.stringify(second) ? 0 : 1
        valueOf(migrate(docs[0]))
        // One device may first see the other's new layout, then bring over what it wrote itself.
        if (isSeenBetween) Y.applyUpdate(docs[1], Y.encodeStateAsUpdate(docs[0]))
        valueOf(migrate(docs[1]))
        const maker = createMaker('later')
        for (const { card, at, text } of later) valueOf(addPolicy(docs[0], card as CardId, text, maker, at))
        meet(...docs)
        for (const doc of docs) expect(valueOf(migrate(doc))).toBe(0)
        expect(readDocument(docs[0])).toEqual(readDocument(docs[1]))
        expect(Y.encodeStateVector(docs[0]).length).toBe(Y.encodeStateVector(docs[1]).length)
        const shown = [...textsOf(docs[0], 'a' as CardId), ...textsOf(docs[0], 'b' as CardId)].toSorted()
        expect(shown).toEqual([...lines, 'b', ...[...first, ...second, ...later].map((edit) => edit.text)].toSorted())
      }),
      { numRuns: 200 }
    )
    expect(differing).toBeGreaterThan(50)
  })

  it('brings an old line over that arrives after the migration', () => {
    const [one, two] = [copyOf(fixture, 21), copyOf(fixture, 22)] as [Y.Doc, Y.Doc]
    addOldLine(two, 'quiet', 'late', 0)
    valueOf(migrate(one))
    Y.applyUpdate(one, Y.encodeStateAsUpdate(two))
    expect(layoutVersion(one)).toBe(currentLayout)
    expect(valueOf(migrate(one))).toBe(1)
    expect(textsOf(one, 'quiet' as CardId)).toEqual(['SILENCE that someone asked for', 'late'])
  })

  it('converges where both bring over one late line, behind lines that only one of them has', () => {
    const [one, two, old] = [copyOf(fixture, 21), copyOf(fixture, 22), copyOf(fixture, 23)] as [Y.Doc, Y.Doc, Y.Doc]
    valueOf(migrate(one))
    Y.applyUpdate(two, Y.encodeStateAsUpdate(one))
    addOldLine(old, 'quiet', 'late', 0)
    for (const text of ['x', 'y', 'z']) valueOf(addPolicy(one, 'quiet' as CardId, text, createMaker(text)))
    for (const doc of [one, two]) {
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(old))
      expect(valueOf(migrate(doc))).toBe(1)
    }
    meet(one, two)
    expect(readDocument(one)).toEqual(readDocument(two))
    expect(textsOf(one, 'quiet' as CardId).toSorted()).toEqual(['SILENCE that someone asked for', 'late', 'x', 'y', 'z'])
  })

  it('never throws on a list that holds something else', () => {
    const doc = createLayoutOne({ a: { title: 'A', lines: ['x'] } })
    const list = (doc.getMap('cards').get('a') as Y.Map<unknown>).get('policies') as Y.Array<unknown>
    list.insert(0, [3, null, { a: 1 }, new Y.Text('t'), new Uint8Array([1])])
    doc.getMap('cards').set('b', 'no card')
    expect(valueOf(migrate(doc))).toBe(1)
    expect(textsOf(doc, 'a' as CardId)).toEqual(['x'])
    expect(list.length).toBe(5)
  })
})
