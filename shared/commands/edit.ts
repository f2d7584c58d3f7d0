/**
 * What every command shares: one transaction with its origin, refused as a whole where the document may not be written.
 * A command looks first and writes last: by its first write nothing can fail any more, since a transaction has no way back.
 */
import * as Y from 'yjs'
import type { z } from 'zod'
import { origins, type Origin } from '../document/document.ts'
import { describeIssue, quoted } from '../json.ts'
import { currentLayout, layoutVersion, mapAt, recordMap, rootMap, type RootName } from '../document/layout.ts'
import { fail, ok, type Result } from '../result.ts'
import { limits } from '../schema.ts'

/** Time and ids come from outside: `now` in milliseconds since 1970; each `newId()` gives an id never given before. */
export interface Maker {
  readonly now: number
  readonly newId: () => string
}

export function edit<Value>(doc: Y.Doc, change: () => Result<Value>, origin: Origin = origins.edit): Result<Value> {
  const layout = layoutVersion(doc)
  if (layout > currentLayout) return fail('read-only', 'these values were written by a newer version of the app', 'update the app to change them; they can be read meanwhile')
  if (layout < currentLayout) return fail('read-only', 'these values are still laid out as in an earlier version', 'open them again, so that they are brought up to date')
  return doc.transact(() => {
    const result = change()
    const meta = rootMap(doc, 'meta')
    if (result.ok && meta?.has('layout') === false && doc.store.clients.size > 0) meta.set('layout', currentLayout)
    return result
  }, origin)
}

/** The value as the schema takes it, or its refusal as a problem. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): Result<z.infer<Schema>> {
  const read = schema.safeParse(value)
  return read.success ? ok(read.data) : fail('bad-input', describeIssue(read.error), 'change it and try again; nothing was changed')
}

const nouns: Readonly<Record<RootName, string>> = {
  cards: 'card', contexts: 'context', edges: 'priority', norms: 'norm', commitments: 'commitment', scenarios: 'situation', rehearsals: 'rehearsal', domains: 'domain', trials: 'trial', sessions: 'session', notes: 'note', merges: 'merge', provenance: 'entry', versions: 'version', meta: 'entry'
}

export function findRecord(doc: Y.Doc, name: RootName, id: string): Result<Y.Map<unknown>> {
  const record = recordMap(doc, name, id)
  return record === null ? fail('not-found', `there is no ${nouns[name]} ${quoted(id)}`, 'look at the list again: it may have been removed on another device') : ok(record)
}

/** Puts a fresh record under a fresh id; refused where the document is as full as it may get. */
export function addRecord<Id extends string>(doc: Y.Doc, name: RootName, id: Id, record: Y.Map<unknown>): Result<Id> {
  const root = rootMap(doc, name)
  if (root === null) return fail('internal', `the document cannot hold a ${nouns[name]}`, 'restore a backup')
  const most = name === 'rehearsals' ? limits.rehearsals : limits.cards
  /* Yjs counts a map's size entry by entry; what it keeps in all is never less, and known. */
  if (root._map.size >= most && root.size >= most) return fail('bad-input', `there are already ${most.toLocaleString('en')} of these, the most there may be`, 'forget some first')
  root.set(id, record)
  return ok(id)
}

/** Writes a plain field only where it says something else, so that an edit that changes nothing is none. */
export function setField(record: Y.Map<unknown>, field: string, value: unknown): void {
  if (JSON.stringify(record.get(field)) !== JSON.stringify(value)) record.set(field, value)
}

/** The map under `key`, made where it is missing. */
export function ensureMap(record: Y.Map<unknown>, key: string): Y.Map<unknown> {
  return mapAt(record, key) ?? record.set(key, new Y.Map<unknown>())
}

/** The text under `key`, made where it is missing. */
export function ensureText(record: Y.Map<unknown>, key: string): Y.Text {
  const text = record.get(key)
  return text instanceof Y.Text && !(text instanceof Y.XmlText) ? text : record.set(key, new Y.Text())
}
