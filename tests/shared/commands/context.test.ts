import * as Y from 'yjs'
import { beforeEach, describe, expect, it } from 'vitest'
import { setCardContexts } from '../../../shared/commands/card.ts'
import { addContext, mergeContexts, nestContext, removeContext, renameContext, unmergeContext } from '../../../shared/commands/context.ts'
import type { Maker } from '../../../shared/commands/edit.ts'
import { removeEdge } from '../../../shared/commands/priority.ts'
import { readGraph } from '../../../shared/document/document.ts'
import { canonicalContext, contextAncestors } from '../../../shared/graph.ts'
import type { ContextId } from '../../../shared/schema.ts'
import { createSample, lineOf, valueOf } from '../../support/document.ts'

let sample: ReturnType<typeof createSample>
let doc: Y.Doc
let maker: Maker
beforeEach(() => {
  sample = createSample()
  ;({ doc, maker } = sample)
})

const add = (text: string, within: readonly ContextId[] = []): ContextId => valueOf(addContext(doc, text, maker, within))
const canonical = (id: ContextId): ContextId => canonicalContext(readGraph(doc), id)

describe('addContext', () => {
  it('gives the one that says the same words, else a new one', () => {
    const size = Object.keys(readGraph(doc).contexts).length
    expect(add('  at WORK. ')).toBe(sample.work)
    const fresh = add('In a hurry', [sample.work])
    expect(Object.keys(readGraph(doc).contexts)).toHaveLength(size + 1)
    expect(readGraph(doc).contexts[fresh]).toEqual({ id: fresh, text: 'In a hurry', within: [sample.work], synonymOf: null })
  })

  it('refuses empty words and a missing wider context', () => {
    expect(lineOf(addContext(doc, ' \n', maker))).toContain('a context is empty')
    expect(lineOf(addContext(doc, 'x', maker, ['gone' as ContextId]))).toContain('there is no context "gone"')
  })
})

describe('renameContext', () => {
  it('gives new words, its own in another spelling too, but not those of another', () => {
    valueOf(renameContext(doc, sample.work, 'AT WORK'))
    expect(readGraph(doc).contexts[sample.work]?.text).toBe('AT WORK')
    expect(lineOf(renameContext(doc, sample.work, 'when someone I love is grieving!'))).toBe('error: another context already says "when someone I love is grieving!"; merge the two, or choose other words')
    expect(lineOf(renameContext(doc, sample.work, ''))).toContain('a context is empty')
    expect(lineOf(renameContext(doc, 'gone' as ContextId, 'x'))).toContain('there is no context "gone"')
  })
})

describe('nestContext', () => {
  it('says which contexts are wider, and refuses a circle, also through a synonym', () => {
    const office = add('In the office')
    const meeting = add('In a meeting')
    valueOf(nestContext(doc, office, [sample.work]))
    valueOf(nestContext(doc, meeting, [office]))
    expect([...contextAncestors(readGraph(doc), meeting)].sort()).toEqual([office, sample.work].sort())
    expect(lineOf(nestContext(doc, sample.work, [meeting]))).toBe('error: "In a meeting" is itself part of "At work"; take it out of there first')
    expect(lineOf(nestContext(doc, office, [office]))).toContain('a context cannot be part of itself')
    expect(lineOf(nestContext(doc, office, ['gone' as ContextId]))).toContain('there is no context "gone"')
    const job = add('On the job')
    valueOf(mergeContexts(doc, job, sample.work))
    expect(lineOf(nestContext(doc, job, [meeting]))).toContain('is itself part of')
    expect(lineOf(nestContext(doc, job, [sample.work]))).toContain('cannot be part of itself')
    valueOf(nestContext(doc, meeting, []))
    expect([...contextAncestors(readGraph(doc), meeting)]).toEqual([])
  })
})

describe('mergeContexts and unmergeContext', () => {
  it('make one count as the other, chains too, and take it back without a trace', () => {
    const before = readGraph(doc)
    const [a, b, c] = [add('a'), add('b'), add('c')]
    const apart = readGraph(doc)
    valueOf(mergeContexts(doc, a, b))
    valueOf(mergeContexts(doc, a, c))
    expect([a, b, c].map(canonical)).toEqual([c, c, c])
    expect(readGraph(doc).contexts[a]?.text).toBe('a')
    valueOf(mergeContexts(doc, c, a))
    expect([a, b, c].map(canonical)).toEqual([c, c, c])
    valueOf(unmergeContext(doc, b))
    expect([a, b, c].map(canonical)).toEqual([b, b, c])
    valueOf(unmergeContext(doc, a))
    expect(readGraph(doc)).toEqual(apart)
    expect(apart.cards).toEqual(before.cards)
    expect(lineOf(unmergeContext(doc, a))).toContain('this context is not merged into another')
    expect(lineOf(mergeContexts(doc, a, a))).toContain('a context cannot be merged into itself')
    expect(lineOf(mergeContexts(doc, a, 'gone' as ContextId))).toContain('there is no context "gone"')
  })

  it('a context of the same words follows the one that was merged', () => {
    const [a, b] = [add('a'), add('b')]
    valueOf(mergeContexts(doc, a, b))
    doc.getMap('contexts').set('twin', new Y.Map<unknown>([['text', new Y.Text('A.')], ['within', new Y.Map()], ['synonymOf', null]]))
    expect(canonical('twin' as ContextId)).toBe(b)
    valueOf(unmergeContext(doc, 'twin' as ContextId))
    expect(canonical('twin' as ContextId)).toBe(a)
    expect(canonical(a)).toBe(a)
  })
})

describe('removeContext', () => {
  it('removes one that nothing stands in, and refuses any other, saying what does', () => {
    const { work, grief, honest } = sample
    expect(lineOf(removeContext(doc, work))).toContain('a card still stands in this context')
    valueOf(setCardContexts(doc, honest, [grief], maker))
    const inner = add('Inner', [work])
    expect(lineOf(removeContext(doc, work))).toContain('another context still stands in this context')
    valueOf(removeContext(doc, inner))
    valueOf(removeContext(doc, work))
    expect(Object.keys(readGraph(doc).contexts)).toEqual([grief])
    for (const card of [honest, sample.quiet]) valueOf(setCardContexts(doc, card, [], maker))
    expect(lineOf(removeContext(doc, grief))).toContain('a priority still stands in this context')
    valueOf(removeEdge(doc, sample.key))
    valueOf(removeContext(doc, grief))
    expect(readGraph(doc).contexts).toEqual({})
  })
})
