/** Sessions, notes, merged cards and whose words are whose: in our own file, through an older program, and gone when forgotten. */
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { cardSpans } from '../../../shared/articulation/provenance.ts'
import { addCard, addPolicy, editText, forgetCard, setStatus } from '../../../shared/commands/card.ts'
import { addContext } from '../../../shared/commands/context.ts'
import { mergeCards, separateCards } from '../../../shared/commands/merge.ts'
import { setPriority } from '../../../shared/commands/priority.ts'
import { acceptLine } from '../../../shared/commands/proposal.ts'
import { addNote, settleRemark, startSession, takePicks, takeTurn, writeAnswer } from '../../../shared/commands/session.ts'
import { restoreVersion, saveVersion } from '../../../shared/commands/version.ts'
import { createDocument, createUndo, readDocument, readGraph, readVersions } from '../../../shared/document/document.ts'
import { writeNative } from '../../../shared/file/native.ts'
import { applyImport, planImport } from '../../../shared/file/plan.ts'
import type { Session } from '../../../shared/articulation/session.ts'
import type { CardId, PolicyId } from '../../../shared/schema.ts'
import { createMaker, valueOf } from '../../support/document.ts'

/** A notebook with one of everything. */
function full() {
  const doc = createDocument(9)
  const maker = createMaker('k')
  const id = valueOf(startSession(doc, 'choice', maker))
  valueOf(writeAnswer(doc, id, 'story', 'She was alone, and nobody had asked her.', maker))
  valueOf(takeTurn(doc, id, 'story', 'told', maker, ['She was alone', 'nobody had asked her']))
  const card = valueOf(takePicks(doc, id, 'story', maker)) as CardId
  const [first] = readGraph(doc).cards[card]?.policies ?? []
  valueOf(settleRemark(doc, id, first?.id as PolicyId, 'head', first?.text ?? '', maker))
  valueOf(addNote(doc, 'slogan', 'Family values', maker))
  const imported = valueOf(addCard(doc, { title: 'Company', policies: ['PEOPLE who sit alone'], author: { kind: 'import', source: 'friends.json', confirmedAt: null } }, maker))
  const line = readGraph(doc).cards[imported]?.policies[0]?.id as PolicyId
  valueOf(editText(doc, { kind: 'policy', card: imported, policy: line }, 'PEOPLE at the table who sit alone', maker))
  const proposed = valueOf(addPolicy(doc, card, 'She was so much alone', maker, undefined, { kind: 'model', name: 'writer', acceptedAt: null }))
  valueOf(acceptLine(doc, card, proposed, maker, first?.id))
  valueOf(saveVersion(doc, card, maker))
  const third = valueOf(addCard(doc, { title: 'Rest', policies: ['EVENINGS that belong to nobody'] }, maker))
  const place = valueOf(addContext(doc, 'when somebody sits alone', maker))
  valueOf(setPriority(doc, { from: imported, to: third, context: place }, maker))
  return { doc, maker, id, card, imported, third, line }
}

describe('our own file', () => {
  it('brings everything back: export, import into an empty home and export again give the same bytes', () => {
    const { doc, imported, card, maker } = full()
    valueOf(mergeCards(doc, imported, card, readGraph(doc).cards[imported]?.policies.map(({ id }) => id) ?? [], maker))
    const file = writeNative(doc)
    const home = createDocument(77)
    valueOf(applyImport(home, file, 'f', createMaker('h')))
    expect(readDocument(home)).toEqual(readDocument(doc))
    expect(writeNative(home)).toBe(file)
    for (const id of Object.keys(readGraph(doc).cards) as CardId[]) expect(cardSpans(home, id)).toEqual(cardSpans(doc, id))
    expect(JSON.parse(file)).toMatchObject({ notes: [{ text: 'Family values' }], sessions: [{ way: 'choice' }], merges: [{ card: imported }] })
    expect(valueOf(planImport(home, file, 'f'))).toMatchObject({ added: 0, changed: 0 })
  })

  it('from before there were any is read as it was', () => {
    const { doc } = full()
    const { sessions: _s, notes: _n, merges: _m, provenance: _p, ...before } = JSON.parse(writeNative(doc)) as Record<string, unknown>
    const home = createDocument(78)
    valueOf(applyImport(home, JSON.stringify(before), 'f', createMaker('h')))
    expect(Object.keys(readGraph(home).cards)).toEqual(Object.keys(readGraph(doc).cards))
    expect(readDocument(home).sessions).toEqual({})
  })

  it('refuses a session that is none, and says where', () => {
    const { doc } = full()
    const file = JSON.parse(writeNative(doc)) as { sessions: Session[] }
    const home = createDocument(79)
    const spoilt = { ...file, sessions: [{ ...file.sessions[0], way: 'by chance' }] }
    expect(applyImport(home, JSON.stringify(spoilt), 'f', createMaker('h'))).toMatchObject({ ok: false, error: { message: expect.stringContaining('sessions[0].way') as string } })
    expect(readDocument(home).graph.cards).toEqual({})
  })
})

describe('an older program', () => {
  it('that knows nothing of sessions keeps them all, and its own edits arrive', () => {
    const { doc, id, card } = full()
    const before = readDocument(doc)
    const old = new Y.Doc()
    for (const name of ['cards', 'contexts', 'edges', 'norms', 'commitments', 'scenarios', 'versions', 'meta']) old.getMap(name)
    Y.applyUpdate(old, Y.encodeStateAsUpdate(doc))
    const text = (old.getMap('cards').get(card) as Y.Map<unknown>).get('title') as Y.Text
    text.insert(0, 'Company')
    const fresh = createDocument(80)
    Y.applyUpdate(fresh, Y.encodeStateAsUpdate(old))
    const after = readDocument(fresh)
    expect(after.sessions[id]).toEqual(before.sessions[id])
    expect(after.notes).toEqual(before.notes)
    expect(after.graph.cards[card]?.title).toBe('Company')
    expect(cardSpans(fresh, card)?.lines).toEqual(cardSpans(doc, card)?.lines)
  })

  it('and a hostile document cost at most the record that cannot be read', () => {
    const { doc, id } = full()
    const sessions = doc.getMap('sessions')
    sessions.set('odd', 7)
    sessions.set('odder', new Y.Map([['way', 'choice']]))
    const map = sessions.get(id) as Y.Map<unknown>
    map.set('turn:__proto__', { at: 1, answer: 'told' })
    map.set('turn:boundary', 'now')
    map.set('pick:story|9', 'no map')
    map.set('text:ODD KEY', new Y.Text('x'))
    map.set('settled:|', 3)
    doc.getMap('notes').set('n', new Y.Map([['kind', 'rumour']]))
    doc.getMap('merges').set('m', { into: 5 })
    doc.getMap('provenance').set('1.1', { length: -1 })
    doc.getMap('provenance').set('zz', 'nothing')
    const { sessions: read, notes, merges, problems } = readDocument(doc)
    expect(Object.keys(read)).toEqual([id])
    expect(read[id]?.turns.map(({ question }) => question)).toEqual(['pick.story', 'story'])
    expect(Object.values(notes)).toHaveLength(1)
    expect(merges).toEqual({})
    expect(problems.length).toBeGreaterThanOrEqual(6)
  })
})

describe('a card that is forgotten for good', () => {
  it('takes the sessions and versions that tell of it along', () => {
    const { doc, card } = full()
    valueOf(forgetCard(doc, card))
    const text = JSON.stringify([readDocument(doc), readVersions(doc), doc.getMap('provenance').toJSON()])
    expect(text).not.toContain('nobody had asked her')
    expect(readDocument(doc).sessions).toEqual({})
    expect([...doc.getMap('provenance').keys()].filter((key) => key.endsWith(`|${card}`))).toEqual([])
  })
})

describe('cards that are merged', () => {
  it('are one, each line with its own author, and separated again stand as they stood', () => {
    const { doc, maker, card, imported, third } = full()
    const before = readGraph(doc)
    const spans = cardSpans(doc, imported)?.lines[0]?.spans
    valueOf(mergeCards(doc, imported, card, before.cards[imported]?.policies.map(({ id }) => id) ?? [], maker))
    const merged = readGraph(doc)
    expect(merged.cards[imported]?.status).toBe('retired')
    expect(merged.cards[card]?.policies.at(-1)?.text).toBe('PEOPLE at the table who sit alone')
    expect(cardSpans(doc, card)?.lines.at(-1)?.spans).toEqual(spans)
    expect(spans?.map(({ length, author }) => [length, author.kind])).toEqual([[7, 'import'], [13, 'you'], [13, 'import']])
    expect(Object.values(merged.edges).map(({ from, to }) => [from, to])).toContainEqual([card, third])
    valueOf(separateCards(doc, imported, maker))
    const after = readGraph(doc)
    const content = (graph: typeof before) => Object.values(graph.cards).map(({ updatedAt: _u, ...rest }) => rest)
    expect(content(after)).toEqual(content(before))
    expect(after.edges).toEqual(before.edges)
    expect(readDocument(doc).merges).toEqual({})
  })

  it('come apart by undo too, and a line mended since stays with the person', () => {
    const { doc, maker, card, imported } = full()
    const undo = createUndo(doc, 0)
    const lines = readGraph(doc).cards[imported]?.policies.map(({ id }) => id) ?? []
    const before = readGraph(doc)
    valueOf(mergeCards(doc, imported, card, lines, maker))
    undo.undo()
    expect(readGraph(doc)).toEqual(before)
    expect(readDocument(doc).merges).toEqual({})
    valueOf(mergeCards(doc, imported, card, lines, maker))
    const given = readGraph(doc).cards[card]?.policies.at(-1)
    valueOf(editText(doc, { kind: 'policy', card, policy: given?.id as PolicyId }, 'PEOPLE who sit alone at the end of the table', maker))
    valueOf(separateCards(doc, imported, maker))
    expect(readGraph(doc).cards[card]?.policies.map(({ text }) => text)).toContain('PEOPLE who sit alone at the end of the table')
    expect(readGraph(doc).cards[imported]?.policies.map(({ text }) => text)).toEqual(['PEOPLE at the table who sit alone'])
  })

  it('and one of which is taken up again and merged elsewhere, leave nothing behind in the first', () => {
    const { doc, maker, card, imported, third } = full()
    const lines = readGraph(doc).cards[imported]?.policies.map(({ id }) => id) ?? []
    const texts = (id: CardId): readonly string[] => (readGraph(doc).cards[id]?.policies ?? []).map(({ text }) => text)
    const before = [card, imported, third].map(texts)
    valueOf(mergeCards(doc, imported, card, lines, maker))
    valueOf(setStatus(doc, imported, 'endorsed', maker))
    valueOf(mergeCards(doc, imported, third, lines, maker))
    expect(texts(card)).toEqual(before[0])
    expect(texts(third).length).toBe((before[2]?.length ?? 0) + lines.length)
    for (let again = 0; again < 2; again += 1) valueOf(mergeCards(doc, imported, third, lines, maker))
    expect(texts(third).length).toBe((before[2]?.length ?? 0) + lines.length)
    valueOf(separateCards(doc, imported, maker))
    expect([card, imported, third].map(texts)).toEqual(before)
  })

  it('and restored to an earlier version, hold each character’s author', () => {
    const { doc, maker, imported, line } = full()
    const version = valueOf(saveVersion(doc, imported, maker))
    const spans = cardSpans(doc, imported)
    valueOf(editText(doc, { kind: 'policy', card: imported, policy: line }, 'gone', maker))
    valueOf(restoreVersion(doc, imported, version, maker))
    expect(cardSpans(doc, imported)).toEqual(spans)
  })
})
