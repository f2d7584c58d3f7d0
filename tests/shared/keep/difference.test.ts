import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as Y from 'yjs'
import { addCard, addPolicy, editText, forgetCard, setStatus } from '../../../shared/commands/card.ts'
import { createDocument, readDocument, readGraph } from '../../../shared/document/document.ts'
import { bringBack, compare, documentOf } from '../../../shared/keep/difference.ts'
import type { CardId } from '../../../shared/schema.ts'
import { createMaker } from '../../support/document.ts'

const anyEdit = fc.record({ kind: fc.constantFrom('add', 'line', 'title', 'retire', 'forget'), at: fc.nat(20), words: fc.stringMatching(/^[a-z ]{1,12}$/u) })
const anyEdits = fc.array(anyEdit, { maxLength: 12 })

function edit(doc: Y.Doc, edits: readonly { readonly kind: string; readonly at: number; readonly words: string }[], maker: ReturnType<typeof createMaker>): void {
  for (const { kind, at, words } of edits) {
    const ids = Object.keys(readGraph(doc).cards) as CardId[]
    const card = ids[at % Math.max(1, ids.length)]
    if (kind === 'add' || card === undefined) addCard(doc, { title: `x${words}`, policies: [`MOMENTS ${words}`] }, maker)
    else if (kind === 'line') addPolicy(doc, card, `MOMENTS ${words}`, maker)
    else if (kind === 'title') editText(doc, { kind: 'card', card, field: 'title' }, `y${words}`, maker)
    else if (kind === 'retire') setStatus(doc, card, 'retired', maker)
    else forgetCard(doc, card)
  }
}

it('whatever was done since: going back makes both say the same, by edits that others can take, and so does going forth again', () => {
  let changed = 0
  fc.assert(fc.property(anyEdits, anyEdits, (first, since) => {
    const maker = createMaker('difference-')
    const doc = createDocument(1)
    edit(doc, first, maker)
    const then = documentOf(Y.encodeStateAsUpdate(doc)) as Y.Doc
    edit(doc, since, maker)
    const now = documentOf(Y.encodeStateAsUpdate(doc)) as Y.Doc
    const other = documentOf(Y.encodeStateAsUpdate(doc)) as Y.Doc
    doc.on('update', (update: Uint8Array) => Y.applyUpdate(other, update))
    changed += bringBack(doc, then).length
    expect(compare(doc, then)).toEqual([])
    expect(readDocument(doc)).toEqual(readDocument(then))
    expect(compare(other, then)).toEqual([])
    bringBack(doc, now)
    expect(compare(other, now)).toEqual([])
  }), { numRuns: 60 })
  expect(changed).toBeGreaterThan(50)
})
