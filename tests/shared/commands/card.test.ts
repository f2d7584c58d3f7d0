import * as Y from 'yjs'
import { beforeEach, describe, expect, it } from 'vitest'
import { addCard, addPolicy, editText, forgetCard, movePolicy, removePolicy, setCardContexts, setKind, setStatus } from '../../../shared/commands/card.ts'
import { commit } from '../../../shared/commands/norm.ts'
import { setPriority } from '../../../shared/commands/priority.ts'
import { saveVersion } from '../../../shared/commands/version.ts'
import { createDocument, origins, readDocument, readGraph, readVersions } from '../../../shared/document/document.ts'
import type { Maker } from '../../../shared/commands/edit.ts'
import { limits, type Card, type CardId, type ContextId, type PolicyId } from '../../../shared/schema.ts'
import { createMaker, createSample, lineOf, valueOf } from '../../support/document.ts'

let sample: ReturnType<typeof createSample>
let doc: Y.Doc
let maker: Maker
let honest: CardId
beforeEach(() => {
  sample = createSample()
  ;({ doc, maker, honest } = sample)
})

const card = (id: CardId = honest): Card => readGraph(doc).cards[id] as Card
const lines = (): readonly string[] => card().policies.map((policy) => policy.text)
const lineAt = (index: number): PolicyId => card().policies[index]?.id as PolicyId

/** Runs a command that must be refused, and shows that nothing was written. */
function refused(command: () => Parameters<typeof lineOf>[0]): string {
  const before = Y.encodeStateAsUpdate(doc)
  const line = lineOf(command())
  expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
  return line
}

describe('addCard', () => {
  it('makes a draft of one\'s own with everything that was given, in one transaction of origin edit', () => {
    const transactions: unknown[] = []
    doc.on('update', (_update: Uint8Array, origin: unknown) => transactions.push(origin))
    const id = valueOf(addCard(doc, { title: 'T', story: 'S', obstacles: 'O', policies: ['b', 'a', 'c'], contexts: [sample.work, sample.grief, sample.work], kind: 'constitutive' }, { now: 7, newId: createMaker('n').newId }))
    expect(transactions).toEqual([origins.edit])
    expect(card(id)).toEqual({
      id, title: 'T', story: 'S', obstacles: 'O', policies: ['b', 'a', 'c'].map((text, index) => ({ id: `n${index + 2}`, text, author: { kind: 'you' } })),
      contexts: [sample.work, sample.grief], status: 'draft', kind: 'constitutive', author: { kind: 'you' }, createdAt: 7, updatedAt: 7
    })
  })

  it('refuses what is too long, holds a hidden character, or names a missing context', () => {
    expect(refused(() => addCard(doc, { title: 'x'.repeat(limits.title + 1) }, maker))).toBe('error: title: a title is longer than 200 characters; change it and try again; nothing was changed')
    expect(refused(() => addCard(doc, { policies: ['fine', 'x'.repeat(limits.policy + 1)] }, maker))).toContain('policies[1].text: a line is longer than 2,000 characters')
    expect(refused(() => addCard(doc, { policies: Array.from({ length: 51 }, () => 'x') }, maker))).toContain('a card has more than 50 lines')
    expect(refused(() => addCard(doc, { story: '\u202e' }, maker))).toContain('an invisible control character')
    expect(refused(() => addCard(doc, { title: '\ud83d' }, maker))).toContain('half of a character')
    expect(refused(() => addCard(doc, { contexts: ['gone' as ContextId] }, maker))).toContain('there is no context "gone"')
  })

  it('notes the layout once, with the first edit', () => {
    const fresh = createDocument(4)
    valueOf(addCard(fresh, {}, maker))
    expect(fresh.getMap('meta').get('layout')).toBe(2)
  })
})

describe('editText', () => {
  it('writes each field of a card, a line and a context, and says when', () => {
    for (const field of ['title', 'story', 'obstacles'] as const) {
      valueOf(editText(doc, { kind: 'card', card: honest, field }, `new ${field}`, { ...maker, now: 500_000 }))
      expect(card()[field]).toBe(`new ${field}`)
    }
    expect(card().updatedAt).toBe(500_000)
    valueOf(editText(doc, { kind: 'policy', card: honest, policy: lineAt(1) }, 'new line', { ...maker, now: 600_000 }))
    expect(lines()).toEqual(['MOMENTS where a friend says it', 'new line'])
    expect(card().updatedAt).toBe(600_000)
    valueOf(editText(doc, { kind: 'context', context: sample.grief }, 'When someone grieves', maker))
    expect(readGraph(doc).contexts[sample.grief]?.text).toBe('When someone grieves')
  })

  it('refuses what is too long or not there', () => {
    expect(refused(() => editText(doc, { kind: 'card', card: honest, field: 'title' }, 'x'.repeat(201), maker))).toContain('a title is longer than 200 characters')
    expect(refused(() => editText(doc, { kind: 'card', card: honest, field: 'story' }, 'x'.repeat(100_000), maker))).toContain('a story is longer than 20,000 characters')
    expect(refused(() => editText(doc, { kind: 'policy', card: honest, policy: lineAt(0) }, 'x'.repeat(2_001), maker))).toContain('a line is longer than 2,000 characters')
    expect(refused(() => editText(doc, { kind: 'context', context: sample.grief }, 'x'.repeat(1_001), maker))).toContain('a context is longer than 1,000 characters')
    expect(refused(() => editText(doc, { kind: 'card', card: 'gone' as CardId, field: 'title' }, 'x', maker))).toContain('there is no card "gone"')
    expect(refused(() => editText(doc, { kind: 'policy', card: honest, policy: 'gone' as PolicyId }, 'x', maker))).toContain('this card has no line "gone"')
    expect(refused(() => editText(doc, { kind: 'context', context: '__proto__' as ContextId }, 'x', maker))).toContain('there is no context "__proto__"')
  })
})

describe('lines', () => {
  it('are added where asked, moved and removed', () => {
    valueOf(addPolicy(doc, honest, 'end', maker))
    valueOf(addPolicy(doc, honest, 'start', maker, 0))
    valueOf(addPolicy(doc, honest, 'second', maker, 1))
    expect(lines()).toEqual(['start', 'second', 'MOMENTS where a friend says it', 'WORDS that stay kind', 'end'])
    valueOf(movePolicy(doc, honest, lineAt(4), 0, maker))
    expect(lines()).toEqual(['end', 'start', 'second', 'MOMENTS where a friend says it', 'WORDS that stay kind'])
    valueOf(movePolicy(doc, honest, lineAt(0), 2, maker))
    expect(lines()).toEqual(['start', 'second', 'end', 'MOMENTS where a friend says it', 'WORDS that stay kind'])
    valueOf(movePolicy(doc, honest, lineAt(0), 99, maker))
    valueOf(removePolicy(doc, honest, lineAt(2), maker))
    expect(lines()).toEqual(['second', 'end', 'WORDS that stay kind', 'start'])
  })

  it('find a place even where orders are equal or foreign', () => {
    const map = doc.getMap('cards').get(honest) as Y.Map<unknown>
    for (const index of [0, 1]) (map.get(`line:${lineAt(index)}`) as Y.Map<unknown>).set('order', '??')
    const before = lines()
    valueOf(addPolicy(doc, honest, 'between', maker, 1))
    expect(lines()).toEqual([before[0], 'between', before[1]])
    for (const index of [0, 1, 2]) (map.get(`line:${lineAt(index)}`) as Y.Map<unknown>).set('order', 'V')
    const order = lines()
    valueOf(movePolicy(doc, honest, lineAt(2), 1, maker))
    expect(lines()).toEqual([order[0], order[2], order[1]])
  })

  it('write one order for a move, and none for a move to the same place', () => {
    let writes = 0
    for (let more = 0; more < 5; more += 1) valueOf(addPolicy(doc, honest, `${more}`, maker))
    ;(doc.getMap('cards').get(honest) as Y.Map<unknown>).observeDeep((events) => {
      for (const event of events) if ((event as Y.YMapEvent<unknown>).keysChanged.has('order')) writes += 1
    })
    valueOf(movePolicy(doc, honest, lineAt(5), 1, maker))
    expect(writes).toBe(1)
    valueOf(movePolicy(doc, honest, lineAt(3), 3, maker))
    expect(writes).toBe(1)
  })

  it('are at most fifty', () => {
    for (let line = 2; line < limits.policiesPerCard; line += 1) valueOf(addPolicy(doc, honest, 'x', maker))
    expect(refused(() => addPolicy(doc, honest, 'one too many', maker))).toBe('error: a card has at most 50 lines; remove one first, or make a second card')
  })
})

describe('setStatus', () => {
  it('endorses a card with a title and a line, and refuses one without, saying what to do', () => {
    const bare = valueOf(addCard(doc, { policies: ['  ', 'x'] }, maker))
    expect(refused(() => setStatus(doc, bare, 'endorsed', maker))).toBe('error: this card has no title; give it a short name, then endorse it')
    valueOf(editText(doc, { kind: 'card', card: bare, field: 'title' }, 'Bare', maker))
    valueOf(removePolicy(doc, bare, card(bare).policies[1]?.id as PolicyId, maker))
    expect(refused(() => setStatus(doc, bare, 'endorsed', maker))).toBe('error: this card has no line of what you pay attention to; write at least one, then endorse it')
    valueOf(setStatus(doc, bare, 'retired', maker))
    expect(card(bare).status).toBe('retired')
    valueOf(setStatus(doc, honest, 'endorsed', maker))
    expect(card().status).toBe('endorsed')
    expect(refused(() => setStatus(doc, honest, 'gone' as 'draft', maker))).toContain('must be one of "draft", "endorsed", "retired"')
  })

  it('confirms what a file or a model proposed, once, and only when endorsed', () => {
    const id = valueOf(addCard(doc, { title: 'T', policies: ['x'], author: { kind: 'import', source: 'f.json', confirmedAt: null } }, maker))
    valueOf(addPolicy(doc, id, 'y', maker, 1, { kind: 'model', name: 'm', acceptedAt: null }))
    valueOf(setStatus(doc, id, 'retired', maker))
    expect(card(id).author).toMatchObject({ confirmedAt: null })
    valueOf(setStatus(doc, id, 'endorsed', { ...maker, now: 900_000 }))
    valueOf(setStatus(doc, id, 'endorsed', { ...maker, now: 950_000 }))
    expect(card(id).author).toEqual({ kind: 'import', source: 'f.json', confirmedAt: 900_000 })
    expect(card(id).policies.map((policy) => policy.author)).toEqual([{ kind: 'import', source: 'f.json', confirmedAt: 900_000 }, { kind: 'model', name: 'm', acceptedAt: 900_000 }])
  })
})

describe('setKind and setCardContexts', () => {
  it('say what the card is and where it shows up', () => {
    valueOf(setKind(doc, honest, 'instrumental', maker))
    valueOf(setCardContexts(doc, honest, [sample.work, sample.grief, sample.work], maker))
    expect(card()).toMatchObject({ kind: 'instrumental', contexts: [sample.work, sample.grief] })
    valueOf(setCardContexts(doc, honest, [], maker))
    expect(card().contexts).toEqual([])
    expect(refused(() => setCardContexts(doc, honest, [sample.work, 'gone' as ContextId], maker))).toContain('there is no context "gone"')
    expect(refused(() => setKind(doc, honest, 'x' as 'unclear', maker))).toContain('must be one of')
  })
})

describe('an edit that changes nothing', () => {
  it('is none: nothing is written', () => {
    const same = { ...maker, now: 44_000 }
    valueOf(setKind(doc, honest, 'instrumental', same))
    const before = Y.encodeStateAsUpdate(doc)
    valueOf(setKind(doc, honest, 'instrumental', same))
    valueOf(setStatus(doc, honest, 'draft', same))
    valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Honest friend', same))
    valueOf(setCardContexts(doc, honest, [sample.grief, sample.work], same))
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
  })
})

describe('forgetCard', () => {
  it('removes the card with its priorities, commitments and versions, and nothing else', () => {
    const { quiet, work, grief } = sample
    const third = valueOf(addCard(doc, { title: 'Third' }, maker))
    const kept = valueOf(setPriority(doc, { from: third, to: quiet, context: work }, maker))
    const commitment = valueOf(commit(doc, { card: quiet, context: grief, reason: '' }, maker))
    valueOf(commit(doc, { card: honest, context: grief, reason: '' }, maker))
    valueOf(saveVersion(doc, honest, maker))
    valueOf(saveVersion(doc, quiet, maker))
    const seen: unknown[] = []
    doc.on('update', (_update: Uint8Array, origin: unknown) => seen.push(origin))
    valueOf(forgetCard(doc, honest))
    const { graph, problems } = readDocument(doc)
    expect(Object.keys(graph.cards).sort()).toEqual([quiet, third].sort())
    expect(Object.keys(graph.edges)).toEqual([kept])
    expect(Object.keys(graph.commitments)).toEqual([commitment])
    expect(readVersions(doc).map((version) => version.card.id)).toEqual([quiet])
    expect(problems).toEqual([])
    expect(seen).toEqual([origins.forget])
    expect(refused(() => forgetCard(doc, honest))).toContain('there is no card')
  })

  it('leaves no word of it in the document that is passed on', () => {
    valueOf(editText(doc, { kind: 'card', card: honest, field: 'story' }, 'a secret that nobody may read', maker))
    valueOf(saveVersion(doc, honest, maker))
    valueOf(forgetCard(doc, honest))
    expect(Buffer.from(Y.encodeStateAsUpdate(doc)).toString('latin1')).not.toMatch(/secret|Honest friend|stay kind/u)
  })
})
