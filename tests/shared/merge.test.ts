/**
 * Devices that edit the same values at once, whatever they do and in whatever order their edits arrive.
 */
import * as fc from 'fast-check'
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { addCard, addPolicy, editText, forgetCard, movePolicy, removePolicy, setStatus } from '../../shared/commands/card.ts'
import { addContext, mergeContexts, nestContext, renameContext, unmergeContext } from '../../shared/commands/context.ts'
import { editEdge, setPriority } from '../../shared/commands/priority.ts'
import { saveVersion } from '../../shared/commands/version.ts'
import { createProjection, createUndo, origins, readDocument, readGraph, readVersions } from '../../shared/document/document.ts'
import { canonicalContext, indexContexts } from '../../shared/graph.ts'
import type { Result } from '../../shared/result.ts'
import { limits, type CardId, type Graph, type PolicyId } from '../../shared/schema.ts'
import { createReplicas, createSample, deliver, deliverAll, perform, someCommand, valueOf, type Command, type Replica } from '../support/document.ts'

type Step = { readonly kind: 'edit'; readonly who: number; readonly command: Command } | { readonly kind: 'deliver'; readonly who: number; readonly number: number; readonly isDoubled: boolean }

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('edit' as const), who: fc.nat(2), command: someCommand }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deliver' as const), who: fc.nat(2), number: fc.nat(20), isDoubled: fc.boolean() }) }
)

const started = Y.encodeStateAsUpdate(createSample(99).doc)

function take(replicas: readonly Replica[], step: Step): void {
  const replica = replicas[step.who % replicas.length] as Replica
  if (step.kind === 'edit') perform(replica.doc, step.command, replica.maker)
  else deliver(replica, step.number, step.isDoubled)
}

function linesIn(graph: Graph): ReadonlyMap<PolicyId, CardId> {
  return new Map(Object.values(graph.cards).flatMap((card) => card.policies.map((policy): [PolicyId, CardId] => [policy.id, card.id])))
}

/** The replicas, after each did its part without seeing the others'. */
function apart(...parts: readonly ((replica: Replica) => void)[]): readonly Y.Doc[] {
  const replicas = createReplicas(parts.length, started)
  parts.forEach((part, index) => part(replicas[index] as Replica))
  deliverAll(replicas)
  return replicas.map((replica) => replica.doc)
}

const sample = createSample(99)
const { honest, quiet, grief, work, key } = sample
const [firstLine, secondLine] = (readGraph(sample.doc).cards[honest]?.policies ?? []).map((policy) => policy.id) as [PolicyId, PolicyId]

describe('replicas', () => {
  it('converge whatever they do, in whatever order their edits arrive, and the followed reading always equals a fresh one', () => {
    let met = 0
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 3 }), fc.array(someStep, { maxLength: 40 }), fc.nat(7), (count, steps, order) => {
        const replicas = createReplicas(count, started)
        const projections = replicas.map((replica) => createProjection(replica.doc))
        for (const step of steps) {
          take(replicas, step)
          replicas.forEach((replica, index) => expect(projections[index]?.current()).toEqual(readDocument(replica.doc)))
        }
        met += replicas.filter((replica) => replica.inbox.length > 0).length
        deliverAll(replicas, order)
        const [first, ...rest] = replicas.map((replica) => readDocument(replica.doc))
        for (const reading of rest) expect(reading).toEqual(first)
        // Not only equal: in the same order, since bytes are made of it.
        for (const reading of rest) expect(JSON.stringify(reading)).toBe(JSON.stringify(first))
        replicas.forEach((replica, index) => {
          expect(replica.doc.store.pendingStructs).toBeNull()
          expect(projections[index]?.current()).toEqual(first)
          expect(readVersions(replica.doc)).toEqual(readVersions((replicas[0] as Replica).doc))
        })
      }),
      { numRuns: 150 }
    )
    expect(met).toBeGreaterThan(100)
  })

  it('never lose or double a line by moving, nor a card by anything but forgetting', () => {
    let moved = 0
    fc.assert(
      fc.property(fc.array(someStep, { minLength: 20, maxLength: 60 }), fc.nat(7), (steps, order) => {
        const replicas = createReplicas(3, started)
        const cards = new Set<string>([honest, quiet])
        const lines = new Map(linesIn(readGraph(sample.doc)))
        const forgotten = new Set<string>()
        const removed = new Set<string>()
        for (const step of steps) {
          const replica = replicas[step.who % 3] as Replica
          const before = readGraph(replica.doc)
          take(replicas, step)
          if (step.kind !== 'edit') continue
          const after = readGraph(replica.doc)
          for (const id of Object.keys(after.cards)) cards.add(id)
          for (const id of Object.keys(before.cards)) if (!(id in after.cards)) forgotten.add(id)
          const [had, has] = [linesIn(before), linesIn(after)]
          for (const [line, card] of has) lines.set(line, card)
          // Only what somebody saw removed may be missing at the end, by itself or with its card.
          for (const line of had.keys()) if (!has.has(line)) removed.add(line)
          if (step.command.name === 'movePolicy' && JSON.stringify(after) !== JSON.stringify(before)) moved += 1
        }
        deliverAll(replicas, order)
        const { graph, problems } = readDocument((replicas[0] as Replica).doc)
        expect(Object.keys(graph.cards).sort()).toEqual([...cards].filter((id) => !forgotten.has(id)).sort())
        const shown = Object.values(graph.cards).flatMap((card) => card.policies.map((policy) => policy.id))
        expect(new Set(shown).size).toBe(shown.length)
        const present = new Set<PolicyId>(shown)
        for (const [line, card] of lines) if (!present.has(line)) expect(removed.has(line) || forgotten.has(card), `somebody removed the line ${line}`).toBe(true)
        expect(problems.filter((problem) => problem.startsWith('the card'))).toEqual([])
      }),
      { numRuns: 250 }
    )
    expect(moved).toBeGreaterThan(20)
  })
})

describe('two devices at once', () => {
  it('write into one text: both words stand', () => {
    const story = { kind: 'card', card: honest, field: 'story' } as const
    const docs = apart(
      ({ doc, maker }) => valueOf(editText(doc, story, 'Yesterday she told me.', maker)),
      ({ doc, maker }) => valueOf(editText(doc, story, 'She told me the truth.', maker))
    )
    for (const doc of docs) {
      const told = readGraph(doc).cards[honest]?.story ?? ''
      expect(told).toContain('esterday s')
      expect(told).toContain(' told me the truth.')
    }
    const lines = apart(
      ({ doc, maker }) => valueOf(editText(doc, { kind: 'policy', card: honest, policy: firstLine }, 'RARE MOMENTS where a friend says it', maker)),
      ({ doc, maker }) => valueOf(editText(doc, { kind: 'policy', card: honest, policy: firstLine }, 'MOMENTS where a friend says it aloud', maker))
    )
    for (const doc of lines) expect(readGraph(doc).cards[honest]?.policies[0]?.text).toBe('RARE MOMENTS where a friend says it aloud')
  })

  it('move and remove lines: each line stands once, a removed one not at all', () => {
    const docs = apart(
      ({ doc, maker }) => {
        valueOf(movePolicy(doc, honest, firstLine, 1, maker))
        valueOf(addPolicy(doc, honest, 'third', maker, 1))
      },
      ({ doc, maker }) => {
        valueOf(movePolicy(doc, honest, secondLine, 0, maker))
        valueOf(addPolicy(doc, honest, 'fourth', maker, 1))
      },
      ({ doc, maker }) => valueOf(removePolicy(doc, honest, secondLine, maker))
    )
    for (const doc of docs) {
      const texts = readGraph(doc).cards[honest]?.policies.map((policy) => policy.text) ?? []
      expect(texts.toSorted()).toEqual(['MOMENTS where a friend says it', 'fourth', 'third'])
      expect(texts).toEqual(readGraph(docs[0] as Y.Doc).cards[honest]?.policies.map((policy) => policy.text))
    }
  })

  it('set the same priority: one record stands whole, the same on both', () => {
    const docs = apart(
      ({ doc, maker }) => valueOf(setPriority(doc, { from: honest, to: quiet, context: work, reallyAbout: 'one', confused: 'one' }, maker)),
      ({ doc, maker }) => valueOf(setPriority(doc, { from: honest, to: quiet, context: work, reallyAbout: 'two', confused: 'two' }, maker))
    )
    const told = docs.map((doc) => Object.values(readGraph(doc).edges).find((edge) => edge.context === work))
    expect(told[0]?.reallyAbout).toMatch(/^(?:one|two)$/u)
    expect(told[0]?.confused).toBe(told[0]?.reallyAbout)
    expect(told[1]).toEqual(told[0])
  })

  it('edit one priority that both have: its texts merge', () => {
    const docs = apart(
      ({ doc }) => valueOf(editEdge(doc, key, { reallyAbout: 'really not being alone' })),
      ({ doc }) => valueOf(editEdge(doc, key, { reallyAbout: 'not being alone at night' }))
    )
    for (const doc of docs) expect(readGraph(doc).edges[key]?.reallyAbout).toBe('really not being alone at night')
  })

  it('retire and edit: both hold; forget and edit: it is gone with its priorities and versions', () => {
    const write = ({ doc, maker }: Replica): void => {
      valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Honest friends', maker))
      valueOf(saveVersion(doc, honest, maker))
    }
    for (const doc of apart(({ doc, maker }) => valueOf(setStatus(doc, honest, 'retired', maker)), write)) {
      expect(readGraph(doc).cards[honest]).toMatchObject({ title: 'Honest friends', status: 'retired' })
    }
    for (const doc of apart(({ doc }) => valueOf(forgetCard(doc, honest)), write)) {
      const { graph, problems } = readDocument(doc)
      expect(Object.keys(graph.cards)).toEqual([quiet])
      expect(graph.edges).toEqual({})
      expect(problems).toEqual([])
    }
  })

  it('forget a card while the other sets a priority on it: the priority is left out and named, and returns with nothing', () => {
    const docs = apart(
      ({ doc }) => valueOf(forgetCard(doc, honest)),
      ({ doc, maker }) => valueOf(setPriority(doc, { from: honest, to: quiet, context: work }, maker))
    )
    for (const doc of docs) {
      expect(readGraph(doc).edges).toEqual({})
      expect(readDocument(doc).problems).toEqual([`the priority of "Respect quiet" over "${honest}" is left out: a card of it is not here`])
    }
  })

  it('make contexts of the same words: they count as one until one is renamed', () => {
    const docs = apart(
      ({ doc, maker }) => valueOf(addContext(doc, 'When I am tired', maker)),
      ({ doc, maker }) => valueOf(addContext(doc, 'when I am  tired.', maker))
    )
    const ids = Object.values(readGraph(docs[0] as Y.Doc).contexts).filter((context) => /tired/u.test(context.text)).map((context) => context.id)
    expect(ids).toHaveLength(2)
    for (const doc of docs) {
      const graph = readGraph(doc)
      expect(ids.map((id) => graph.contexts[id]?.synonymOf)).toEqual([null, ids[0]])
      expect(canonicalContext(graph, ids[1] as never)).toBe(ids[0])
    }
    const first = docs[0] as Y.Doc
    valueOf(renameContext(first, ids[1] as never, 'When I am exhausted'))
    expect(readGraph(first).contexts[ids[1] as never]?.synonymOf).toBeNull()
  })

  it('merge two contexts into each other: they count as one, and can be taken apart', () => {
    const docs = apart(
      ({ doc }) => valueOf(mergeContexts(doc, grief, work)),
      ({ doc }) => valueOf(mergeContexts(doc, work, grief))
    )
    for (const doc of docs) {
      const { graph, problems } = readDocument(doc)
      expect(canonicalContext(graph, grief)).toBe(canonicalContext(graph, work))
      expect([graph.contexts[grief]?.synonymOf, graph.contexts[work]?.synonymOf].filter((id) => id === null)).toHaveLength(1)
      expect(problems).toEqual(['contexts were merged into each other and count as one: "When someone I love is grieving", "At work"'])
      valueOf(unmergeContext(doc, grief))
      valueOf(unmergeContext(doc, work))
      expect(canonicalContext(readGraph(doc), grief)).toBe(grief)
      expect(canonicalContext(readGraph(doc), work)).toBe(work)
    }
  })

  it('nest two contexts in each other: neither counts as the wider until one is taken out', () => {
    const docs = apart(
      ({ doc }) => valueOf(nestContext(doc, grief, [work])),
      ({ doc }) => valueOf(nestContext(doc, work, [grief]))
    )
    for (const doc of docs) {
      const { graph, problems } = readDocument(doc)
      expect([graph.contexts[grief]?.within, graph.contexts[work]?.within]).toEqual([[], []])
      expect(problems).toHaveLength(1)
      expect(problems[0]).toContain('each part of the other')
    }
    const first = docs[0] as Y.Doc
    valueOf(nestContext(first, work, []))
    expect([...indexContexts(readGraph(first).contexts).ancestors(grief)]).toEqual([work])
    expect(readDocument(first).problems).toEqual([])
  })

  it('make a text or a list too long together: it is shown cut, and the card stays', () => {
    const docs = apart(
      ({ doc, maker }) => {
        valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'a'.repeat(limits.title), maker))
        for (let line = 2; line < limits.policiesPerCard; line += 1) valueOf(addPolicy(doc, honest, `one ${line}`, maker))
      },
      ({ doc, maker }) => {
        valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'b'.repeat(limits.title), maker))
        for (let line = 2; line < limits.policiesPerCard; line += 1) valueOf(addPolicy(doc, honest, `two ${line}`, maker))
      }
    )
    for (const doc of docs) {
      const { graph, problems } = readDocument(doc)
      expect(graph.cards[honest]?.title).toHaveLength(limits.title)
      expect(graph.cards[honest]?.policies).toHaveLength(limits.policiesPerCard)
      expect(problems).toHaveLength(2)
      expect(problems[0]).toContain('shown without the end of its title: more than 200 characters')
      expect(problems[1]).toContain('a line is left out, 48 in all: there may be 50 at most')
    }
    const [first] = docs as [Y.Doc]
    valueOf(editText(first, { kind: 'card', card: honest, field: 'title' }, 'Short again', sample.maker))
    expect(readGraph(first).cards[honest]?.title).toBe('Short again')
  })
})

describe('undo', () => {
  it('takes back 250 of one\'s own edits one by one, and nothing of another device', () => {
    const [own, other] = createReplicas(2, started) as unknown as readonly [Replica, Replica]
    const undo = createUndo(own.doc, 0)
    const before = readGraph(own.doc)
    const histories = [JSON.stringify(before.cards[honest])]
    for (let number = 0; number < 250; number += 1) {
      const policies = readGraph(own.doc).cards[honest]?.policies ?? []
      const edits: readonly (() => Result<unknown>)[] = [
        () => editText(own.doc, { kind: 'card', card: honest, field: 'story' }, `She told me. ${number}`, own.maker),
        () => movePolicy(own.doc, honest, policies[0]?.id as PolicyId, 1, own.maker),
        () => editText(own.doc, { kind: 'policy', card: honest, policy: policies[1]?.id as PolicyId }, `line ${number}`, own.maker),
        () => (policies.length < 5 ? addPolicy(own.doc, honest, `new ${number}`, own.maker) : removePolicy(own.doc, honest, policies[2]?.id as PolicyId, own.maker))
      ]
      valueOf((edits[number % edits.length] as () => Result<unknown>)())
      histories.push(JSON.stringify(readGraph(own.doc).cards[honest]))
      if (number % 10 === 0) {
        valueOf(editText(other.doc, { kind: 'card', card: quiet, field: 'story' }, `Seen ${number} times.`, other.maker))
        deliverAll([own, other])
      }
    }
    expect(undo.undoStack).toHaveLength(250)
    for (let number = 249; number >= 0; number -= 1) {
      expect(undo.undo()).not.toBeNull()
      expect(JSON.stringify(readGraph(own.doc).cards[honest])).toBe(histories[number])
    }
    expect(undo.undo()).toBeNull()
    expect(readGraph(own.doc).cards[honest]).toEqual(before.cards[honest])
    expect(readGraph(own.doc).cards[quiet]?.story).toBe('Seen 240 times.')
    for (let number = 1; number <= 250; number += 1) expect(undo.redo()).not.toBeNull()
    expect(JSON.stringify(readGraph(own.doc).cards[honest])).toBe(histories[250])
    deliverAll([own, other])
    expect(readGraph(other.doc)).toEqual(readGraph(own.doc))
  })

  it('brings no forgotten card back, and keeps versions', () => {
    const [own] = createReplicas(1, started) as [Replica]
    const undo = createUndo(own.doc, 0)
    valueOf(editText(own.doc, { kind: 'card', card: honest, field: 'title' }, 'Other', own.maker))
    valueOf(saveVersion(own.doc, quiet, own.maker))
    valueOf(forgetCard(own.doc, honest))
    while (undo.undo() !== null) expect(readGraph(own.doc).cards[honest as CardId]).toBeUndefined()
    expect(readVersions(own.doc, quiet)).toHaveLength(1)
    expect(Object.values(origins)).toHaveLength(new Set(Object.values(origins)).size)
  })

  it('takes back a new card, and brings it again with its lines', () => {
    const [own] = createReplicas(1, started) as [Replica]
    const undo = createUndo(own.doc, 0)
    const id = valueOf(addCard(own.doc, { title: 'New', policies: ['a', 'b'] }, own.maker))
    const made = readGraph(own.doc)
    undo.undo()
    expect(readGraph(own.doc).cards[id]).toBeUndefined()
    undo.redo()
    expect(readGraph(own.doc)).toEqual(made)
  })
})
