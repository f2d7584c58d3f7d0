import { describe, expect, it } from 'vitest'
import { addNorm, commit, editNorm, removeNorm, revokeCommitment } from '../../../shared/commands/norm.ts'
import { readGraph } from '../../../shared/document/document.ts'
import type { CardId, CommitmentId, ContextId, NormId } from '../../../shared/schema.ts'
import { createSample, lineOf, valueOf } from '../../support/document.ts'

const norm = { text: 'Answer within a day', force: 'obligation', holder: 'my team', purpose: 'p', exceptions: 'e', strength: 0.5, intrinsic: false, inForce: 0.9 } as const

describe('norms', () => {
  it('are added, edited field by field and removed', () => {
    const { doc, maker } = createSample()
    const id = valueOf(addNorm(doc, norm, maker))
    expect(readGraph(doc).norms[id]).toEqual({ id, ...norm })
    valueOf(editNorm(doc, id, { strength: 1, force: 'permission' }))
    expect(readGraph(doc).norms[id]).toEqual({ id, ...norm, strength: 1, force: 'permission' })
    expect(lineOf(editNorm(doc, id, { strength: 1.1 }))).toContain('strength: is too big: at most 1')
    expect(lineOf(editNorm(doc, id, { text: ' ' }))).toContain('a norm is empty')
    expect(lineOf(addNorm(doc, { ...norm, inForce: Number.NaN }, maker))).toContain('inForce: must be a number')
    expect(lineOf(editNorm(doc, 'gone' as NormId, {}))).toContain('there is no norm "gone"')
    valueOf(removeNorm(doc, id))
    expect(readGraph(doc).norms).toEqual({})
    expect(lineOf(removeNorm(doc, id))).toContain('there is no norm')
  })
})

describe('commitments', () => {
  it('are made, and taken back once, on record', () => {
    const { doc, maker, honest, grief } = createSample()
    const id = valueOf(commit(doc, { card: honest, context: grief, reason: 'I want to' }, { ...maker, now: 5 }))
    expect(readGraph(doc).commitments[id]).toEqual({ id, card: honest, context: grief, reason: 'I want to', createdAt: 5, expiresAt: null, revokedAt: null })
    valueOf(revokeCommitment(doc, id, { ...maker, now: 9 }))
    expect(readGraph(doc).commitments[id]?.revokedAt).toBe(9)
    expect(lineOf(revokeCommitment(doc, id, { ...maker, now: 11 }))).toContain('was taken back before')
    expect(readGraph(doc).commitments[id]?.revokedAt).toBe(9)
    const dated = valueOf(commit(doc, { card: honest, context: grief, reason: '', expiresAt: 99 }, maker))
    expect(readGraph(doc).commitments[dated]?.expiresAt).toBe(99)
  })

  it('need a card and a context that are there', () => {
    const { doc, maker, honest, grief } = createSample()
    expect(lineOf(commit(doc, { card: 'gone' as CardId, context: grief, reason: '' }, maker))).toContain('there is no card "gone"')
    expect(lineOf(commit(doc, { card: honest, context: 'gone' as ContextId, reason: '' }, maker))).toContain('there is no context "gone"')
    expect(lineOf(revokeCommitment(doc, 'gone' as CommitmentId, maker))).toContain('there is no commitment "gone"')
    expect(readGraph(doc).commitments).toEqual({})
  })
})
