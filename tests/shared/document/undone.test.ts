/** Two windows, one of which takes back: nothing vanishes with what it takes back. */
import * as fc from 'fast-check'
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { addCard, addPolicy, editText, removePolicy, setKind, setStatus } from '../../../shared/commands/card.ts'
import { addNorm, editNorm, removeNorm } from '../../../shared/commands/norm.ts'
import { overrule, removeSession, startSession, takeBackTurn, takePicks, takeTurn, writeAnswer, writePick } from '../../../shared/commands/session.ts'
import { createDocument, createUndo, readDocument, readGraph } from '../../../shared/document/document.ts'
import type { CardId, SessionId } from '../../../shared/schema.ts'
import { createMaker, createReplicas, deliverAll, valueOf, type Replica } from '../../support/document.ts'

function begin(): { readonly start: Uint8Array; readonly card: CardId; readonly session: SessionId } {
  const doc = createDocument(99)
  const maker = createMaker('b')
  const card = valueOf(addCard(doc, { title: 'Honest company', policies: ['WORDS nobody else will say'] }, maker))
  const session = valueOf(startSession(doc, 'choice', maker))
  return { start: Y.encodeStateAsUpdate(doc), card, session }
}

describe('undo beside another window', () => {
  it.each([0, 1])('of an edit that both made at once leaves the card, with what the other wrote (window %i takes back)', (first) => {
    const { start, card } = begin()
    const replicas = createReplicas(2, start)
    const undos = replicas.map(({ doc }) => createUndo(doc, 0))
    replicas.forEach(({ doc, maker }, at) => {
      valueOf(editText(doc, { kind: 'card', card, field: at === 0 ? 'story' : 'obstacles' }, `written by ${at}`, maker))
      valueOf(setStatus(doc, card, at === 0 ? 'endorsed' : 'retired', maker))
      valueOf(setKind(doc, card, at === 0 ? 'instrumental' : 'constitutive', maker))
    })
    deliverAll(replicas)
    while (undos[first]?.undo() !== null);
    deliverAll(replicas)
    for (const { doc } of replicas) {
      const { graph, problems } = readDocument(doc)
      expect(problems).toEqual([])
      expect([graph.cards[card]?.story, graph.cards[card]?.obstacles]).toEqual(first === 0 ? ['', 'written by 1'] : ['written by 0', ''])
    }
    expect(readGraph(replicas[0]?.doc as Y.Doc)).toEqual(readGraph(replicas[1]?.doc as Y.Doc))
  })

  it('of a removal brings everything back that was removed, though the other window wrote into it meanwhile', () => {
    const { start, session } = begin()
    const replicas = createReplicas(2, start)
    const [one, other] = replicas as unknown as readonly [Replica, Replica]
    const undo = createUndo(one.doc, 0)
    valueOf(removeSession(one.doc, session))
    valueOf(overrule(other.doc, session, 'norm', other.maker))
    deliverAll(replicas)
    undo.undo()
    deliverAll(replicas)
    for (const { doc } of replicas) expect(readDocument(doc)).toMatchObject({ problems: [], sessions: { [session]: { way: 'choice', isQuick: false } } })
  })

  it('of before, which took a field away: the card and the session are read all the same', () => {
    const { start, card, session } = begin()
    const [one] = createReplicas(1, start) as [Replica]
    ;(one.doc.getMap('cards').get(card) as Y.Map<unknown>).delete('updatedAt')
    const map = one.doc.getMap('sessions').get(session) as Y.Map<unknown>
    for (const field of ['updatedAt', 'overruled', 'finishedAt', 'card']) map.delete(field)
    const { graph, sessions, problems } = readDocument(one.doc)
    expect(problems).toEqual([])
    expect([graph.cards[card]?.title, sessions[session]?.updatedAt]).toEqual(['Honest company', sessions[session]?.createdAt])
    expect(graph.cards[card]?.updatedAt).toBe(graph.cards[card]?.createdAt)
  })

  it('brings back nothing that was not there before the step', () => {
    const { start, session } = begin()
    const [one] = createReplicas(1, start) as [Replica]
    valueOf(takeTurn(one.doc, session, 'boundary', 'told', one.maker))
    valueOf(takeBackTurn(one.doc, session, 'boundary', one.maker))
    const undo = createUndo(one.doc, 0)
    valueOf(takeTurn(one.doc, session, 'boundary', 'skipped', one.maker))
    undo.undo()
    expect(readDocument(one.doc).sessions[session]?.turns).toEqual([])
  })

  it('and redo, of anything, in any order, on three windows, leave every record readable and all the same', () => {
    const kinds = ['status', 'kind', 'title', 'line', 'unline', 'norm', 'unnorm', 'answer', 'turn', 'pick', 'picks', 'back', 'overrule', 'remove', 'undo', 'undo', 'undo', 'redo', 'deliver', 'deliver'] as const
    const step = fc.record({ kind: fc.constantFrom(...kinds), who: fc.nat(2), number: fc.nat(30) })
    let undone = 0
    fc.assert(fc.property(fc.array(step, { minLength: 20, maxLength: 50 }), fc.nat(7), (steps, order) => {
      const { start, card, session } = begin()
      const replicas = createReplicas(3, start)
      const undos = replicas.map(({ doc }) => createUndo(doc, 0))
      for (const { kind, who, number } of steps) {
        const { doc, maker } = replicas[who] as Replica
        const undo = undos[who] as Y.UndoManager
        const { policies } = readGraph(doc).cards[card] ?? { policies: [] }
        const line = policies[number % Math.max(1, policies.length)]
        const norm = Object.values(readGraph(doc).norms)[0]
        const act: Readonly<Record<(typeof kinds)[number], () => unknown>> = {
          status: () => setStatus(doc, card, number % 2 === 0 ? 'endorsed' : 'draft', maker), kind: () => setKind(doc, card, number % 2 === 0 ? 'unclear' : 'instrumental', maker),
          title: () => editText(doc, { kind: 'card', card, field: 'title' }, `Name ${number}`, maker), line: () => addPolicy(doc, card, `LINES like ${number}`, maker),
          unline: () => (line === undefined ? null : removePolicy(doc, card, line.id, maker)),
          norm: () => addNorm(doc, { text: 'x', force: 'obligation', holder: '', purpose: '', exceptions: '', strength: 0.5, intrinsic: true, inForce: 1 }, maker),
          unnorm: () => (norm === undefined ? null : number % 5 === 0 ? removeNorm(doc, norm.id) : editNorm(doc, norm.id, { strength: (number % 10) / 10, inForce: number % 2 })),
          answer: () => writeAnswer(doc, session, 'story', `She was alone ${number}`, maker), turn: () => takeTurn(doc, session, 'story', number % 2 === 0 ? 'told' : 'skipped', maker, ['She was alone']),
          pick: () => writePick(doc, session, 'story', number % 3, { isKept: number % 2 === 0 }, maker), picks: () => takePicks(doc, session, 'story', maker), back: () => takeBackTurn(doc, session, 'story', maker),
          overrule: () => overrule(doc, session, number % 2 === 0 ? 'norm' : null, maker), remove: () => removeSession(doc, session),
          undo: () => {
            if (undo.undo() !== null) undone += 1
          },
          redo: () => undo.redo(), deliver: () => deliverAll(replicas, order)
        }
        act[kind]()
      }
      deliverAll(replicas, order)
      const readings = replicas.map(({ doc }) => readDocument(doc))
      for (const { problems } of readings) expect(problems).toEqual([])
      expect(readings[1]).toEqual(readings[0])
      expect(readings[2]).toEqual(readings[0])
      expect(readings[0]?.graph.cards[card]).toBeDefined()
    }), { numRuns: 80 })
    expect(undone).toBeGreaterThan(200)
  }, 120_000)
})
