/** Updates that Yjs would take without a word, and that would leave something else behind than they say. */
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { createDocument, readGraph } from '../../../../shared/document/document.ts'
import { addCard, editText } from '../../../../shared/commands/card.ts'
import { createGate, nothingRemoved } from '../../../../shared/peer/gate/gate.ts'
import { misfitOf } from '../../../../shared/peer/gate/inspect.ts'
import { readUpdate } from '../../../../shared/peer/gate/update.ts'
import { createMaker, valueOf } from '../../../support/document.ts'
import { beside } from '../../../support/hostile.ts'

const words = 'a😀b'
const judge = (state: Uint8Array, update: Uint8Array) => createGate(state).judge({ update, whole: false, allowed: true, before: nothingRemoved })

/** A card whose title is `words`, the text itself, and where it stands. */
function begin() {
  const doc = createDocument(7)
  const id = valueOf(addCard(doc, { title: words, policies: ['MOMENTS of one'] }, createMaker('i')))
  const title = (doc.getMap('cards').get(id) as Y.Map<unknown>).get('title') as Y.Text
  return { doc, id, title, clock: title._start?.id.clock ?? 0, state: Y.encodeStateAsUpdate(doc) }
}

/** What another device would send that did `change` to the same document. */
function sent(state: Uint8Array, change: (doc: Y.Doc) => void): Uint8Array {
  const other = createDocument(8)
  Y.applyUpdate(other, state)
  const before = Y.encodeStateVector(other)
  change(other)
  return Y.encodeStateAsUpdate(other, before)
}

const titleIn = (doc: Y.Doc, id: string): Y.Text => (doc.getMap('cards').get(id) as Y.Map<unknown>).get('title') as Y.Text

describe('a character of two units', () => {
  it('is cut by no update: Yjs would put two others in its place', () => {
    const { doc, id, clock, state } = begin()
    const cut = sent(state, (other) => titleIn(other, id).insert(2, 'x'))
    expect(judge(state, cut)).toMatchObject({ kind: 'unsound', reason: 'shape' })
    const half = sent(state, (other) => titleIn(other, id).delete(1, 1))
    expect(judge(state, half)).toMatchObject({ kind: 'unsound', reason: 'shape' })
    expect(clock).toBeGreaterThan(0)
    /* Not vacuous: this is what Yjs makes of it by itself. */
    Y.applyUpdate(doc, cut)
    expect(titleIn(doc, id).toString()).not.toContain('😀')
  })

  it('may have anything beside it, and may go whole', () => {
    const { id, state } = begin()
    for (const next of ['a😀xb', 'ax😀b', 'ab', '']) {
      const update = sent(state, (other) => valueOf(editText(other, { kind: 'card', card: id, field: 'title' }, next, createMaker('j'))))
      expect(judge(state, update), next).toMatchObject({ kind: 'sound' })
    }
  })

  it('is not cut either where it was deleted and is kept for undo', () => {
    const { doc, id, state } = begin()
    const undo = new Y.UndoManager(doc.getMap('cards'), { trackedOrigins: new Set(['mine']) })
    const gate = createGate(state)
    const removal = sent(state, (other) => titleIn(other, id).delete(0, words.length))
    expect(gate.judge({ update: removal, whole: false, allowed: true, before: nothingRemoved })).toMatchObject({ kind: 'sound' })
    Y.applyUpdate(doc, removal, 'mine')
    const cut = sent(state, (other) => titleIn(other, id).insert(2, 'x'))
    expect(gate.judge({ update: cut, whole: false, allowed: true, before: nothingRemoved })).toMatchObject({ kind: 'unsound', reason: 'shape' })
    undo.undo()
    expect(readGraph(doc).cards[id]?.title).toBe(words)
  })
})

describe('a struct between two others', () => {
  /** Another device deleted the second of two cards; the document keeps it for undo, as a home does. What comes next stands between the titles of both. */
  function between() {
    const { doc, id, state } = begin()
    const second = valueOf(addCard(doc, { title: 'gone', policies: [] }, createMaker('k')))
    const [start, right] = [Y.encodeStateAsUpdate(doc), titleIn(doc, second)._start?.id]
    const undo = new Y.UndoManager(doc.getMap('cards'), { trackedOrigins: new Set(['peer']) })
    const removal = sent(start, (other) => other.getMap('cards').delete(second))
    Y.applyUpdate(doc, removal, 'peer')
    expect(undo.canUndo()).toBe(true)
    const honest = sent(Y.mergeUpdates([start, removal]), (other) => titleIn(other, id).insert(1, 'xy'))
    return { doc, id, start, removal, state, update: beside(honest, Y.createID(8, 0), right === undefined ? {} : { right }) }
  }

  it('is not taken in where they stand the wrong way round: each order of integrating makes another text of it', () => {
    const { doc, id, clock, state } = begin()
    const honest = sent(state, (other) => titleIn(other, id).insert(3, 'xy'))
    const between = (left: number, right: number): Uint8Array => beside(honest, Y.createID(8, 0), { left: Y.createID(7, clock + left), right: Y.createID(7, clock + right) })
    for (const [left, right] of [[3, 0], [3, 3], [0, 0]] as const) expect(judge(state, between(left, right)), `${left} ${right}`).toMatchObject({ kind: 'unsound', reason: 'shape' })
    for (const [left, right] of [[0, 1], [0, 3], [2, 3]] as const) expect(judge(state, between(left, right)), `${left} ${right}`).toMatchObject({ kind: 'sound' })
    /* Not vacuous. */
    Y.applyUpdate(doc, between(3, 3))
    const anew = createDocument()
    Y.applyUpdate(anew, Y.encodeStateAsUpdate(doc))
    expect(titleIn(anew, id).toString()).not.toBe(titleIn(doc, id).toString())
  })

  it('is not taken in where one of them was deleted: it is there for whoever keeps that for undo, and nowhere else', () => {
    const { doc, id, start, removal, update } = between()
    const gate = createGate(start)
    expect(gate.judge({ update: removal, whole: false, allowed: true, before: nothingRemoved })).toMatchObject({ kind: 'sound' })
    expect(gate.judge({ update, whole: false, allowed: true, before: nothingRemoved })).toMatchObject({ kind: 'unsound', reason: 'shape' })
    /* Nor by one that gave it up long ago. */
    const later = createDocument()
    Y.applyUpdate(later, Y.encodeStateAsUpdate(doc))
    expect(judge(Y.encodeStateAsUpdate(later), update)).toMatchObject({ kind: 'unsound', reason: 'shape' })
    /* Not vacuous: this is what it comes to by itself, here and there. */
    Y.applyUpdate(doc, update)
    Y.applyUpdate(later, update)
    expect([titleIn(doc, id).toString(), titleIn(later, id).toString()]).toEqual(['a😀bxy', words])
  })
})

describe('a struct whose beginning is known already', () => {
  /** Client 8 wrote two letters into a title; now it says that the same clocks, and two more, stand elsewhere. */
  function twice(elsewhere: (doc: Y.Doc, id: string) => Y.Text, at = 0): { readonly state: Uint8Array; readonly update: Uint8Array } {
    const { id, doc, state } = begin()
    Y.applyUpdate(doc, sent(state, (other) => titleIn(other, id).insert(words.length, 'xy')))
    return { state: Y.encodeStateAsUpdate(doc), update: sent(state, (other) => elsewhere(other, id).insert(at, 'wxyz')) }
  }

  it('goes on where the beginning stands, or is not taken in', () => {
    const elsewhere = twice((doc, id) => (doc.getMap('cards').get(id) as Y.Map<unknown>).get('story') as Y.Text)
    expect(judge(elsewhere.state, elsewhere.update)).toMatchObject({ kind: 'unsound', reason: 'shape' })
    /* What it claims would be one thing here, and another for whoever reads this document anew. */
    const doc = createDocument()
    Y.applyUpdate(doc, elsewhere.state)
    const contents = readUpdate(elsewhere.update)
    expect(contents === null ? null : misfitOf(contents, doc)).toBe('shape')
  })

  it('is taken in where the rest belongs there', () => {
    const { state, update } = twice((doc, id) => titleIn(doc, id), words.length)
    expect(judge(state, update)).toMatchObject({ kind: 'sound' })
  })
})

describe('what was overwritten under one key, one after another', () => {
  /** Both values are gone, and written as one struct, with what they were, since they are kept for undo. */
  function overwritten(): { readonly doc: Y.Doc; readonly whole: Uint8Array } {
    const { doc, id } = begin()
    const undo = new Y.UndoManager(doc.getMap('cards'), { trackedOrigins: new Set(['mine']) })
    for (const status of ['endorsed', 'draft', 'endorsed']) doc.transact(() => (doc.getMap('cards').get(id) as Y.Map<unknown>).set('status', status), 'mine')
    expect(undo.canUndo()).toBe(true)
    return { doc, whole: Y.encodeStateAsUpdate(doc) }
  }

  it('is taken in where it is kept for undo, in a whole document too', () => {
    const { doc, whole } = overwritten()
    const contents = readUpdate(whole, true)
    expect(contents?.blocks.flatMap(({ structs }) => structs).some(({ kind, length }) => kind === 'plain' && length > 1)).toBe(true)
    expect(contents === null ? null : misfitOf(contents, createDocument())).toBeNull()
    const gate = createGate(Y.encodeStateAsUpdate(createDocument()))
    expect(gate.judge({ update: whole, whole: true, allowed: true, before: nothingRemoved })).toMatchObject({ kind: 'sound' })
    expect(Object.keys(readGraph(doc).cards)).toHaveLength(1)
  })

  it('is not taken in as one where any of it is to stay', () => {
    const { whole } = overwritten()
    const contents = readUpdate(whole, true)
    expect(contents === null ? null : misfitOf({ ...contents, deletions: [] }, createDocument())).toBe('shape')
  })
})
