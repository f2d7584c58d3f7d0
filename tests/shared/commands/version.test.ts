import { describe, expect, it } from 'vitest'
import { addPolicy, editText, movePolicy, removePolicy, setCardContexts, setStatus } from '../../../shared/commands/card.ts'
import { removeContext } from '../../../shared/commands/context.ts'
import { restoreVersion, saveVersion } from '../../../shared/commands/version.ts'
import { createUndo, readDocument, readGraph, readVersions } from '../../../shared/document/document.ts'
import type { CardId, PolicyId, VersionId } from '../../../shared/schema.ts'
import { createReplicas, createSample, deliverAll, lineOf, valueOf } from '../../support/document.ts'
import * as Y from 'yjs'

describe('saveVersion', () => {
  it('puts the card by with its date and author, oldest first, and not twice in a row', () => {
    const { doc, maker, honest } = createSample()
    const first = valueOf(saveVersion(doc, honest, { ...maker, now: 10 }))
    expect(valueOf(saveVersion(doc, honest, { ...maker, now: 20 }))).toBe(first)
    const before = readGraph(doc).cards[honest]
    valueOf(editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Other', maker))
    const second = valueOf(saveVersion(doc, honest, { ...maker, now: 30 }, { kind: 'model', name: 'm', acceptedAt: 1 }))
    expect(readVersions(doc, honest)).toEqual([
      { id: first, savedAt: 10, author: { kind: 'you' }, card: before },
      { id: second, savedAt: 30, author: { kind: 'model', name: 'm', acceptedAt: 1 }, card: readGraph(doc).cards[honest] }
    ])
    expect(lineOf(saveVersion(doc, 'gone' as CardId, maker))).toContain('there is no card "gone"')
  })

  it('keeps both where two devices put one by at once', () => {
    const { doc, honest } = createSample(9)
    const replicas = createReplicas(2, Y.encodeStateAsUpdate(doc))
    for (const replica of replicas) valueOf(saveVersion(replica.doc, honest, replica.maker))
    deliverAll(replicas)
    for (const replica of replicas) expect(readVersions(replica.doc, honest)).toHaveLength(2)
  })

  it('leaves out what is no version, or one of another card', () => {
    const { doc, maker, honest, quiet } = createSample()
    const id = valueOf(saveVersion(doc, honest, maker))
    const versions = doc.getMap('versions')
    versions.set(`${quiet}|${id}`, versions.get(`${honest}|${id}`))
    versions.set(`${honest}|x`, 3)
    versions.set(`${honest}|y`, { savedAt: 1 })
    versions.set('__proto__', null)
    expect(readVersions(doc).map((version) => version.id)).toEqual([id])
    expect(readVersions(doc, quiet)).toEqual([])
  })
})

describe('restoreVersion', () => {
  it('brings back texts, lines and their order, keeps the status, and puts by what stood there', () => {
    const { doc, maker, honest } = createSample()
    const policies = readGraph(doc).cards[honest]?.policies ?? []
    const version = valueOf(saveVersion(doc, honest, maker))
    const then = readGraph(doc).cards[honest]
    valueOf(editText(doc, { kind: 'card', card: honest, field: 'story' }, 'Other', maker))
    valueOf(removePolicy(doc, honest, policies[0]?.id as PolicyId, maker))
    valueOf(addPolicy(doc, honest, 'new', maker, 0))
    valueOf(setCardContexts(doc, honest, [], maker))
    valueOf(setStatus(doc, honest, 'endorsed', maker))
    const undo = createUndo(doc, 0)
    const changed = readGraph(doc).cards[honest]
    valueOf(restoreVersion(doc, honest, version, { ...maker, now: 777_000 }))
    expect(readGraph(doc).cards[honest]).toEqual({ ...then, status: 'endorsed', updatedAt: 777_000 })
    expect(readVersions(doc, honest).map((one) => one.card)).toEqual([then, changed])
    undo.undo()
    expect(readGraph(doc).cards[honest]).toEqual(changed)
  })

  it('restores the order of lines', () => {
    const { doc, maker, honest } = createSample()
    const version = valueOf(saveVersion(doc, honest, maker))
    const order = readGraph(doc).cards[honest]?.policies
    valueOf(movePolicy(doc, honest, order?.[0]?.id as PolicyId, 1, maker))
    expect(readGraph(doc).cards[honest]?.policies).not.toEqual(order)
    valueOf(restoreVersion(doc, honest, version, maker))
    expect(readGraph(doc).cards[honest]?.policies).toEqual(order)
  })

  it('leaves out contexts that are gone, and refuses a version that is not there', () => {
    const { doc, maker, honest, grief, work } = createSample()
    const version = valueOf(saveVersion(doc, honest, maker))
    valueOf(setCardContexts(doc, honest, [grief], maker))
    valueOf(removeContext(doc, work))
    valueOf(restoreVersion(doc, honest, version, maker))
    expect(readGraph(doc).cards[honest]?.contexts).toEqual([grief])
    expect(readDocument(doc).problems).toEqual([])
    expect(lineOf(restoreVersion(doc, honest, 'gone' as VersionId, maker))).toContain('this card has no version "gone"')
    expect(lineOf(restoreVersion(doc, 'gone' as CardId, version, maker))).toContain('there is no card "gone"')
  })
})
