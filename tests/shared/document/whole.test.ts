import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { applyWhole } from '../../../shared/document/whole.ts'

function written(...words: readonly string[]): Uint8Array {
  const doc = new Y.Doc()
  for (const word of words) doc.getMap('cards').set(word, word)
  return Y.encodeStateAsUpdate(doc)
}

describe('a whole document, taken into another one', () => {
  it('is told once to who listens, in the bytes that came, before it is there', () => {
    const doc = new Y.Doc()
    const told: [Uint8Array, unknown, number][] = []
    doc.on('update', (update: Uint8Array, origin: unknown) => told.push([update, origin, doc.getMap('cards').size]))
    const update = written('rest', 'care')
    applyWhole(doc, update, 'peer')
    expect(told).toEqual([[update, 'peer', 0]])
    expect(doc.getMap('cards').toJSON()).toEqual({ rest: 'rest', care: 'care' })
  })

  it('comes to the same document as an update, beside what was there', () => {
    const [one, other] = [new Y.Doc(), new Y.Doc()]
    const here = written('here')
    for (const doc of [one, other]) Y.applyUpdate(doc, here)
    const update = written('rest', 'care')
    applyWhole(one, update, 'peer')
    Y.applyUpdate(other, update)
    expect(Y.encodeStateAsUpdate(one)).toEqual(Y.encodeStateAsUpdate(other))
  })

  it('leaves all that is edited at once to be told: by who watches, by who listens, and later', () => {
    const doc = new Y.Doc()
    const copy = new Y.Doc()
    const cards = doc.getMap('cards')
    doc.on('update', (update: Uint8Array) => Y.applyUpdate(copy, update))
    cards.observe(() => {
      if (!cards.has('seen')) cards.set('seen', 'yes')
    })
    doc.on('afterTransaction', () => {
      if (!cards.has('after')) cards.set('after', 'yes')
    })
    applyWhole(doc, written('rest'), 'peer')
    cards.set('later', 'yes')
    expect(copy.getMap('cards').toJSON()).toEqual({ rest: 'rest', seen: 'yes', after: 'yes', later: 'yes' })
  })

  it('leaves who listens in place where it is none at all', () => {
    const doc = new Y.Doc()
    const told: unknown[] = []
    doc.on('update', (_update: Uint8Array, origin: unknown) => told.push(origin))
    expect(() => applyWhole(doc, Uint8Array.of(1, 255), 'peer')).toThrow('Unexpected end of array')
    doc.getMap('cards').set('later', 'yes')
    expect(told).toEqual(['peer', null])
  })

  it('goes into one to which nobody listens', () => {
    const doc = new Y.Doc()
    applyWhole(doc, written('rest'), 'peer')
    expect(doc.getMap('cards').size).toBe(1)
  })
})
