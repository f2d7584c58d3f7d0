import * as fc from 'fast-check'
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { createDocument } from '../../../shared/document/document.ts'
import { currentLayout, layoutVersion, orderBetween, orderedKeys, spreadOrders, writeOrderedSet, writeText } from '../../../shared/document/layout.ts'

describe('orderBetween', () => {
  it('always finds a place strictly between, at the ends too, however often lines are put there', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 80 }), (places) => {
        const orders: string[] = []
        for (const number of places) {
          const place = number % (orders.length + 1)
          const order = orderBetween(orders[place - 1] ?? null, orders[place] ?? null)
          expect(order).not.toBeNull()
          orders.splice(place, 0, order as string)
        }
        expect(orders.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(orders)
        expect(new Set(orders).size).toBe(orders.length)
      })
    )
    let [low, high] = [orderBetween(null, null) as string, orderBetween(orderBetween(null, null), null) as string]
    for (let time = 0; time < 300; time += 1) {
      const middle = orderBetween(low, high) as string
      expect(low < middle && middle < high).toBe(true)
      if (time % 2 === 0) low = middle
      else high = middle
    }
    expect(low.length).toBeLessThan(120)
  })

  it('has no room between equal, reversed and foreign orders', () => {
    for (const [before, after] of [['V', 'V'], ['W', 'V'], ['', 'V'], ['V', ''], ['é', null], ['V0', null], [null, '00']] as const) expect(orderBetween(before, after)).toBeNull()
  })
})

describe('spreadOrders', () => {
  it('rises, with room before, between and behind', () => {
    for (const count of [0, 1, 2, 50, 61, 62, 63, 5_000]) {
      const orders = spreadOrders(count)
      expect(orders).toHaveLength(count)
      orders.forEach((order, index) => expect(orderBetween(orders[index - 1] ?? null, order)).not.toBeNull())
      expect(orderBetween(orders.at(-1) ?? null, null)).not.toBeNull()
    }
  })
})

describe('writeOrderedSet', () => {
  it('leaves exactly the wanted keys in their order, and writes nothing when they stand so', () => {
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e')), { minLength: 1, maxLength: 6 }), (wishes) => {
        const doc = new Y.Doc()
        const set = doc.getMap<unknown>('set')
        for (const keys of wishes) {
          writeOrderedSet(set, keys)
          expect(orderedKeys(set)).toEqual(keys)
          const state = Y.encodeStateVector(doc)
          writeOrderedSet(set, keys)
          expect(Y.encodeStateVector(doc)).toEqual(state)
        }
      })
    )
  })
})

describe('writeOrderedSet beside other devices', () => {
  it('writes no order where the wanted ones rise already', () => {
    const doc = new Y.Doc()
    const set = doc.getMap<unknown>('set')
    writeOrderedSet(set, ['a', 'b', 'c'])
    const state = Y.encodeStateVector(doc)
    writeOrderedSet(set, ['a', 'c'])
    expect(orderedKeys(set)).toEqual(['a', 'c'])
    expect(Y.encodeStateVector(doc)).toEqual(state)
  })
})

describe('writeText', () => {
  /* Without U+FFFD, by which one sees that a pair was cut. */
  const someText = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('a', 'b', '😀', '😁', '🈁', 'é') })).filter((text) => text.isWellFormed() && !text.includes('\ufffd'))

  it('makes any text read any other, never cutting a pair in half', () => {
    fc.assert(
      fc.property(someText, someText, (before, after) => {
        const doc = new Y.Doc()
        const text = doc.getText('t')
        text.insert(0, before)
        writeText(text, after)
        expect(text.toString()).toBe(after)
        expect(text.length).toBe(after.length)
        expect(JSON.stringify(text.toDelta())).not.toContain('\ufffd')
      }),
      { numRuns: 500 }
    )
  })

  it('deletes and inserts no more than what differs, so that words beside it survive a merge', () => {
    fc.assert(
      fc.property(someText, someText, someText, someText, (start, middle, other, end) => {
        const doc = new Y.Doc()
        const text = doc.getText('t')
        text.insert(0, start + middle + end)
        let touched = 0
        text.observe((event) => {
          for (const { insert, delete: deleted } of event.changes.delta) touched += (typeof insert === 'string' ? insert.length : 0) + (deleted ?? 0)
        })
        writeText(text, start + other + end)
        expect(touched).toBeLessThanOrEqual(middle.length + other.length)
      })
    )
    const doc = new Y.Doc()
    const text = doc.getText('t')
    text.insert(0, 'x😀y')
    writeText(text, 'x😁y')
    expect(text.toString()).toBe('x😁y')
  })

  it('leaves the words between two changes as they are, and takes none of a few letters for one that stayed', () => {
    const touched = (before: string, after: string): readonly (string | number)[] => {
      const text = new Y.Doc().getText('t')
      text.insert(0, before)
      const seen: (string | number)[] = []
      text.observe((event) => {
        for (const { insert, delete: deleted } of event.changes.delta) seen.push(...(typeof insert === 'string' ? [insert] : []), ...(deleted === undefined ? [] : [-deleted]))
      })
      text.doc?.transact(() => writeText(text, after))
      expect(text.toString()).toBe(after)
      return seen
    }
    expect(touched('when people sit alone at night', 'when old people sit quite alone at night, waiting')).toEqual(['old ', 'quite ', ', waiting'])
    expect(touched('SIGNS that he is tired', 'the one that came')).toEqual([-22, 'the one that came'])
  })

  it('replaces the whole where something that is no text stands in it', () => {
    const doc = new Y.Doc()
    const text = doc.getText('t')
    text.insert(0, 'abc')
    text.insertEmbed(1, { image: 1 })
    writeText(text, 'abd')
    expect(text.toString()).toBe('abd')
    expect(text.length).toBe(3)
  })
})

describe('layoutVersion', () => {
  it('is what the document says, and this program\'s where it says nothing sensible', () => {
    const doc = createDocument(1)
    expect(layoutVersion(doc)).toBe(currentLayout)
    for (const [written, read] of [[1, 1], [99, 99], ['1', currentLayout], [Number.NaN, currentLayout], [0, currentLayout], [1.5, currentLayout]] as const) {
      doc.getMap('meta').set('layout', written)
      expect(layoutVersion(doc)).toBe(read)
    }
  })
})
