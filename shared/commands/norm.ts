/**
 * Edits of norms (rules that a role or a group holds) and of commitments (which of two values on a par one stands for).
 * Both are records of plain fields: of two devices that write one field at once, one wins everywhere.
 */
import type * as Y from 'yjs'
import { quoted } from '../json.ts'
import { newMap, rootMap } from '../document/layout.ts'
import { fail, ok, type Result } from '../result.ts'
import { Commitment, Norm, type CardId, type CommitmentId, type ContextId, type NormId } from '../schema.ts'
import { addRecord, check, edit, findRecord, setField, type Maker } from './edit.ts'

export interface NewCommitment {
  readonly card: CardId
  readonly context: ContextId
  readonly reason: string
  readonly expiresAt?: number | null
}

export function addNorm(doc: Y.Doc, norm: Omit<Norm, 'id'>, maker: Maker): Result<NormId> {
  return edit(doc, () => {
    const read = check(Norm, { ...norm, id: maker.newId() })
    return read.ok ? addRecord(doc, 'norms', read.value.id, plainMap(read.value)) : read
  })
}

export function editNorm(doc: Y.Doc, id: NormId, changes: Partial<Omit<Norm, 'id'>>): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'norms', id)
    if (!found.ok) return found
    const read = check(Norm, { ...(found.value.toJSON() as object), ...changes, id })
    if (read.ok) writePlain(found.value, read.value)
    return read.ok ? ok(undefined) : read
  })
}

export function removeNorm(doc: Y.Doc, id: NormId): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'norms', id)
    if (found.ok) rootMap(doc, 'norms')?.delete(id)
    return found.ok ? ok(undefined) : found
  })
}

/** Stands for `card` in `context`, from now on. */
export function commit(doc: Y.Doc, commitment: NewCommitment, maker: Maker): Result<CommitmentId> {
  return edit(doc, () => {
    const card = findRecord(doc, 'cards', commitment.card)
    if (!card.ok) return card
    const context = findRecord(doc, 'contexts', commitment.context)
    if (!context.ok) return context
    const read = check(Commitment, {
      id: maker.newId(), context: commitment.context, card: commitment.card, reason: commitment.reason,
      createdAt: maker.now, expiresAt: commitment.expiresAt ?? null, revokedAt: null
    })
    return read.ok ? addRecord(doc, 'commitments', read.value.id, plainMap(read.value)) : read
  })
}

/** Takes a commitment back; that it was made stays on record. */
export function revokeCommitment(doc: Y.Doc, id: CommitmentId, maker: Maker): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'commitments', id)
    if (!found.ok) return found
    if (typeof found.value.get('revokedAt') === 'number') return fail('conflict', `the commitment ${quoted(id)} was taken back before`, 'nothing more is needed')
    found.value.set('revokedAt', maker.now)
    return ok(undefined)
  })
}

/** A record of plain fields as a fresh map; its id is its key and stands nowhere else. */
export function plainMap(record: { readonly id: string }): Y.Map<unknown> {
  const { id: _id, ...fields } = record
  return newMap(fields)
}

/** Makes an existing map of plain fields say what `record` says. */
export function writePlain(map: Y.Map<unknown>, record: { readonly id: string }): void {
  const { id: _id, ...fields } = record
  for (const [field, value] of Object.entries(fields)) setField(map, field, value)
}
