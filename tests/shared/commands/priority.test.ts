import * as Y from 'yjs'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Maker } from '../../../shared/commands/edit.ts'
import { editEdge, removeEdge, setPriority } from '../../../shared/commands/priority.ts'
import { readDocument, readGraph } from '../../../shared/document/document.ts'
import { limits, type CardId, type ContextId, type PolicyId } from '../../../shared/schema.ts'
import { createSample, lineOf, valueOf } from '../../support/document.ts'

let sample: ReturnType<typeof createSample>
let doc: Y.Doc
let maker: Maker
beforeEach(() => {
  sample = createSample()
  ;({ doc, maker } = sample)
})

const lineIdsOf = (card: CardId): readonly PolicyId[] => (readGraph(doc).cards[card]?.policies ?? []).map((policy) => policy.id)

describe('setPriority', () => {
  it('says that one card is wiser than another in a context, with what became of each line', () => {
    const { honest, quiet, work } = sample
    const [silence, room] = lineIdsOf(quiet) as [PolicyId, PolicyId]
    const [moments] = lineIdsOf(honest) as [PolicyId]
    const mapping = [{ policy: room, becomes: null, because: 'no longer needed' }, { policy: silence, becomes: moments, because: 'speech can be quiet' }]
    const key = valueOf(setPriority(doc, { from: quiet, to: honest, context: work, reallyAbout: 'r', confused: 'c', story: 's', mapping }, { ...maker, now: 77 }))
    expect(key).toBe(`${quiet}|${honest}|${work}`)
    expect(readGraph(doc).edges[key]).toEqual({
      from: quiet, to: honest, context: work, reallyAbout: 'r', confused: 'c', story: 's', createdAt: 77, mapping: mapping.toSorted((a, b) => (a.policy < b.policy ? -1 : 1))
    })
  })

  it('refuses a card over itself, missing cards and contexts, and lines that are not there, and changes nothing', () => {
    const { honest, quiet, work } = sample
    const before = Y.encodeStateAsUpdate(doc)
    const [silence] = lineIdsOf(quiet) as [PolicyId]
    const line = (edge: Partial<Parameters<typeof setPriority>[1]>): string => lineOf(setPriority(doc, { from: quiet, to: honest, context: work, ...edge }, maker))
    expect(line({ to: quiet })).toBe('error: a card cannot be wiser than itself; choose two different cards')
    expect(line({ to: 'gone' as CardId })).toBe('error: there is no card "gone" to set a priority for; choose two cards that are there')
    expect(line({ from: 'gone' as CardId })).toContain('there is no card "gone"')
    expect(line({ context: 'gone' as ContextId })).toBe('error: there is no context "gone" for this priority to hold in; say in which kind of situation it holds')
    expect(line({ mapping: [{ policy: 'gone' as PolicyId, becomes: null, because: '' }] })).toContain('a line that the less wise card does not have: "gone"')
    expect(line({ mapping: [{ policy: silence, becomes: silence, because: '' }] })).toContain('a line that the wiser card does not have')
    expect(line({ mapping: [{ policy: silence, becomes: null, because: '' }, { policy: silence, becomes: null, because: '' }] })).toContain('speaks of one line twice')
    expect(line({ reallyAbout: 'x'.repeat(limits.reason + 1) })).toContain('what it was really about is longer than 5,000 characters')
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
  })

  it('edits the priority that is there already, and keeps what is not given', () => {
    const { honest, quiet, grief, key } = sample
    const created = readGraph(doc).edges[key]?.createdAt
    expect(valueOf(setPriority(doc, { from: quiet, to: honest, context: grief, confused: 'new' }, maker))).toBe(key)
    expect(readGraph(doc).edges[key]).toMatchObject({ reallyAbout: 'not being alone', confused: 'new', createdAt: created })
    expect(Object.keys(readGraph(doc).edges)).toHaveLength(1)
  })

  it('allows a circle, which deciding suspends', () => {
    valueOf(setPriority(doc, { from: sample.honest, to: sample.quiet, context: sample.grief }, maker))
    expect(Object.keys(readGraph(doc).edges)).toHaveLength(2)
    expect(readDocument(doc).problems).toEqual([])
  })
})

describe('editEdge and removeEdge', () => {
  it('change and remove one that is there', () => {
    const { key, quiet } = sample
    const [silence] = lineIdsOf(quiet) as [PolicyId]
    valueOf(editEdge(doc, key, { story: 'It was late.', mapping: [{ policy: silence, becomes: null, because: 'why' }] }))
    valueOf(editEdge(doc, key, { reallyAbout: 'company' }))
    expect(readGraph(doc).edges[key]).toMatchObject({ story: 'It was late.', reallyAbout: 'company', mapping: [{ policy: silence, becomes: null, because: 'why' }] })
    valueOf(editEdge(doc, key, { mapping: [] }))
    expect(readGraph(doc).edges[key]?.mapping).toEqual([])
    expect(lineOf(editEdge(doc, key, { story: 'x'.repeat(limits.story + 1) }))).toContain('a story is longer')
    expect(lineOf(editEdge(doc, key, { mapping: [{ policy: 'gone' as PolicyId, becomes: null, because: '' }] }))).toContain('does not have')
    valueOf(removeEdge(doc, key))
    expect(readGraph(doc).edges).toEqual({})
    expect(lineOf(removeEdge(doc, key))).toContain('there is no priority')
    expect(lineOf(editEdge(doc, key, {}))).toContain('there is no priority')
  })
})
