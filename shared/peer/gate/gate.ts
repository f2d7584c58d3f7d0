/**
 * The last gate before the document: an update from another device, tried on a shadow of it. In this order: its bytes
 * (update.ts), what it builds on and where it puts things (inspect.ts), then Yjs itself on the shadow, then every record that
 * it touched against the schema, then how much it took away.
 *
 * Invariant: the shadow equals the document that `follow` and the passed updates make; one that did not pass has left no trace
 * in it. What was deleted stays in the shadow: one device still holds it for undo, another gave it up long ago, and an edit beside
 * it would come to something else here than there. What passes with all of it in place comes to the same wherever it is applied, in
 * whatever order. Runs in a thread of its own (main/peer/circle/gateworker.ts), where time and memory are bounded; nothing here reaches out.
 */
import * as Y from 'yjs'
import { createDocument, readDocument, type Reading } from '../../document/document.ts'
import { currentLayout, isTable, layoutVersion, rootMap, rootNames, type RootName } from '../../document/layout.ts'
import { misfitOf, type Misfit } from './inspect.ts'
import { isInOrder } from './order.ts'
import { cover, createCoverage, type Coverage } from './ranges.ts'
import { asRootName, problemsOf } from './record.ts'
import { readUpdate } from './update.ts'

/** What was there and is gone: records (cards, norms, situations …), and characters of text. */
export interface Removed {
  readonly records: number
  readonly characters: number
}

export type Judgement =
  /** `coverage`: of a whole document, how far it goes; so that nobody else has to read it. */
  | { readonly kind: 'sound'; readonly removed: Removed; readonly coverage: Coverage | null }
  /** Sound, but it takes away more than the given share at once; nothing was changed. */
  | { readonly kind: 'drastic'; readonly removed: Removed; readonly of: Removed }
  /** Nothing was changed. `detail` is one plain sentence. */
  | { readonly kind: 'unsound'; readonly reason: 'malformed' | 'schema' | 'overwhelming' | 'broken' | Misfit; readonly detail: string }

export interface Question {
  readonly update: Uint8Array
  /** A whole document, as a device is given that joins. */
  readonly whole: boolean
  /** The person said yes to it: however much it takes away. */
  readonly allowed: boolean
  /** What the same device took away just before. */
  readonly before: Removed
}

/** The most that may go at once, as a share of what is there, once it is at least so many. */
export const drastic = { share: 0.25, records: 3, characters: 1_000 } as const

export const nothingRemoved: Removed = { records: 0, characters: 0 }

interface Gate {
  /** The document changed elsewhere: in a window, or on the command line. */
  follow(update: Uint8Array): void
  judge(question: Question): Judgement
  /** What it would do, in plain lines; for something that was held. */
  show(update: Uint8Array): Shown
}

/** At most `most` lines. */
export interface Shown {
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly lines: readonly string[]
}

/** Why it was not taken in, in one plain sentence. */
export const details: Readonly<Record<'malformed' | 'broken' | Misfit, string>> = {
  malformed: 'its edits are not written as this program writes them',
  broken: 'its edits could not be taken in whole',
  missing: 'its edits build on something that was never sent',
  shape: 'it puts something where nothing of the kind belongs',
  newer: 'it was written by a newer version of the program'
}

export function createGate(state: Uint8Array): Gate {
  /* What the shadow is made of again after an update that did not pass. */
  let base = state
  let since: Uint8Array[] = []
  let shadow: Shadow | null = null

  function current(): Shadow {
    if (shadow === null) {
      shadow = createShadow([base, ...since])
      if (since.length > 200) {
        base = Y.encodeStateAsUpdate(shadow.doc)
        since = []
      }
    }
    return shadow
  }
  function drop(): void {
    shadow?.doc.destroy()
    shadow = null
  }
  function keep(update: Uint8Array): void {
    since.push(update)
    if (since.length <= 2_000) return
    base = Y.encodeStateAsUpdate(current().doc)
    since = []
  }
  function unsound(reason: Extract<Judgement, { kind: 'unsound' }>['reason'], detail: string): Judgement {
    return { kind: 'unsound', reason, detail }
  }

  return {
    follow(update) {
      if (shadow !== null) Y.applyUpdate(shadow.doc, update)
      keep(update)
    },
    judge({ update, whole, allowed, before: gone }) {
      const trial = current()
      const looked = lookAt(update, whole, trial.doc)
      if (typeof looked === 'string') return unsound(looked, details[looked])
      const of = { records: trial.alive.records, characters: trial.alive.characters }
      const outcome = tryOn(trial, update)
      if (outcome === null) {
        drop()
        return unsound('broken', details.broken)
      }
      if (!outcome.isInOrder) {
        drop()
        return unsound('shape', details.shape)
      }
      if (outcome.touched.has('meta') && layoutVersion(trial.doc) > currentLayout) {
        drop()
        return unsound('newer', details.newer)
      }
      const problems = problemsIn(trial.doc, outcome.touched)
      if (problems.length > 0) {
        /* What was wrong before is not this update's doing. */
        drop()
        const before = new Set(problemsIn(current().doc, outcome.touched))
        const own = problems.find((problem) => !before.has(problem))
        if (own !== undefined) return unsound('schema', own)
        if (tryOn(current(), update) === null) {
          drop()
          return unsound('broken', details.broken)
        }
      }
      const { removed } = outcome
      if (!allowed && !whole && isDrastic(removed, gone, of)) {
        drop()
        return { kind: 'drastic', removed, of }
      }
      keep(update)
      return { kind: 'sound', removed, coverage: whole ? looked : null }
    },
    show(update) {
      const contents = readUpdate(update)
      if (contents === null || misfitOf(contents, current().doc) !== null) return { added: 0, changed: 0, removed: 0, lines: [] }
      const before = readDocument(current().doc)
      const copy = createDocument()
      Y.applyUpdate(copy, Y.encodeStateAsUpdate(current().doc))
      try {
        Y.applyUpdate(copy, update)
        return difference(before, readDocument(copy))
      } catch {
        return { added: 0, changed: 0, removed: 0, lines: [] }
      } finally {
        copy.destroy()
      }
    }
  }
}

/** By its bytes alone, and where it would stand: what is wrong with it, else how far it goes. Nothing of what was read is kept while Yjs reads it again. */
function lookAt(update: Uint8Array, whole: boolean, doc: Y.Doc): 'malformed' | Misfit | Coverage {
  const contents = readUpdate(update, whole)
  if (contents === null) return 'malformed'
  const misfit = misfitOf(contents, doc)
  if (misfit !== null) return misfit
  const coverage = createCoverage()
  cover(coverage, contents)
  return coverage
}

/** What puts back, as this device's own edit, all that a held update takes away: to be applied right after it. Null where it takes nothing. */
export function undoing(state: Uint8Array, update: Uint8Array, clientId: number): Uint8Array | null {
  const copy = createDocument(clientId)
  Y.applyUpdate(copy, state)
  const undo = new Y.UndoManager(rootNames.filter((name) => name !== 'meta').map((name) => copy.getMap(name)), { trackedOrigins: new Set(['held']), captureTimeout: 0 })
  try {
    Y.applyUpdate(copy, update, 'held')
    const vector = Y.encodeStateVector(copy)
    const made: Uint8Array[] = []
    copy.on('update', (change: Uint8Array) => made.push(change))
    while (undo.canUndo()) undo.undo()
    return made.length === 0 || vector.length === 0 ? null : Y.mergeUpdates(made)
  } catch {
    return null
  } finally {
    undo.destroy()
    copy.destroy()
  }
}

// ---- the shadow -----------------------------------------------------------------------------------------------------

interface Shadow {
  readonly doc: Y.Doc
  readonly alive: { records: number; characters: number }
  /** Of the last transaction. */
  last: Outcome
}

interface Outcome {
  readonly removed: Removed
  readonly touched: ReadonlyMap<RootName, ReadonlySet<string>>
  readonly isInOrder: boolean
}

const untouched: Outcome = { removed: nothingRemoved, touched: new Map(), isInOrder: true }

function createShadow(updates: readonly Uint8Array[]): Shadow {
  const doc = createDocument()
  doc.gc = false
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  const shadow: Shadow = { doc, alive: count(doc), last: untouched }
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    const removed = removedIn(transaction)
    shadow.alive.records += removed.added - removed.records
    shadow.alive.characters += removed.written - removed.characters
    shadow.last = { removed: { records: removed.records, characters: removed.characters }, touched: touchedIn(transaction), isInOrder: isInOrder(transaction) }
  })
  return shadow
}

/** Null where Yjs gave up, or keeps something aside; the shadow is spoilt then. */
function tryOn(shadow: Shadow, update: Uint8Array): Outcome | null {
  shadow.last = untouched
  try {
    Y.applyUpdate(shadow.doc, update)
  } catch {
    return null
  }
  return shadow.doc.store.pendingStructs === null && shadow.doc.store.pendingDs === null ? shadow.last : null
}

function problemsIn(doc: Y.Doc, touched: Outcome['touched']): readonly string[] {
  const problems: string[] = []
  for (const [root, keys] of touched) {
    const map = rootMap(doc, root)
    if (map === null) problems.push('a part of the document is of another kind now')
    for (const key of keys) if (map?.has(key) === true) problems.push(...problemsOf(root, key, map.get(key)))
  }
  return problems
}

function isDrastic(removed: Removed, before: Removed, of: Removed): boolean {
  const records = removed.records + before.records
  const characters = removed.characters + before.characters
  if (removed.records > 0 && records >= drastic.records && records > (of.records + before.records) * drastic.share) return true
  return removed.characters > 0 && characters >= drastic.characters && characters > (of.characters + before.characters) * drastic.share
}

// ---- counting -------------------------------------------------------------------------------------------------------

function count(doc: Y.Doc): { records: number; characters: number } {
  const alive = { records: 0, characters: 0 }
  for (const name of rootNames) if (isTable(name)) alive.records += rootMap(doc, name)?.size ?? 0
  for (const structs of doc.store.clients.values()) for (const struct of structs) alive.characters += charactersOf(struct)
  return alive
}

function charactersOf(struct: Y.Item | Y.GC): number {
  return struct instanceof Y.Item && !struct.deleted && struct.content instanceof Y.ContentString ? struct.length : 0
}

function removedIn(transaction: Y.Transaction): Removed & { readonly added: number; readonly written: number } {
  const { doc, deleteSet, beforeState, afterState } = transaction
  let [records, added, characters, written] = [0, 0, 0, 0]
  for (const name of rootNames) {
    const map = isTable(name) ? rootMap(doc, name) : null
    const keys = map === null ? undefined : transaction.changed.get(map as unknown as Y.AbstractType<Y.YEvent<Y.AbstractType<unknown>>>)
    for (const key of keys ?? []) {
      if (map === null || key === null) continue
      const had = wasThere(map, key, transaction)
      if (had && !map.has(key)) records += 1
      else if (!had && map.has(key)) added += 1
    }
  }
  for (const [client, ranges] of deleteSet.clients) {
    const structs = doc.store.clients.get(client)
    const known = beforeState.get(client) ?? 0
    if (structs === undefined) continue
    for (const { clock, len } of ranges) {
      if (clock >= known) continue
      for (let index = Y.findIndexSS(structs, clock); index < structs.length; index += 1) {
        const struct = structs[index] as Y.Item | Y.GC
        if (struct.id.clock >= clock + len) break
        if (struct.id.clock < known && struct instanceof Y.Item && struct.content instanceof Y.ContentString) characters += struct.length
      }
    }
  }
  for (const [client, end] of afterState) {
    const start = beforeState.get(client) ?? 0
    const structs = doc.store.clients.get(client)
    if (end === start || structs === undefined) continue
    for (let index = Y.findIndexSS(structs, start); index < structs.length; index += 1) written += charactersOf(structs[index] as Y.Item | Y.GC)
  }
  return { records, added, characters, written }
}

/** Whether the key held something before the transaction: an item that it deleted, made earlier. */
function wasThere(map: Y.Map<unknown>, key: string, transaction: Y.Transaction): boolean {
  let item = map._map.get(key) ?? null
  while (item !== null && item.id.clock >= (transaction.beforeState.get(item.id.client) ?? 0)) item = item.left
  if (item === null) return false
  return !item.deleted || transaction.deleteSet.clients.get(item.id.client)?.some(({ clock, len }) => item.id.clock >= clock && item.id.clock < clock + len) === true
}

function touchedIn(transaction: Y.Transaction): ReadonlyMap<RootName, ReadonlySet<string>> {
  const touched = new Map<RootName, Set<string>>()
  const note = (root: string, key: string): void => {
    const name = asRootName(root)
    if (name === null) return
    const keys = touched.get(name) ?? new Set()
    keys.add(key)
    touched.set(name, keys)
  }
  for (const [type, keys] of transaction.changed) {
    if (type._item === null) {
      for (const key of keys) if (key !== null) note(Y.findRootTypeKey(type), key)
      continue
    }
    let item: Y.Item = type._item
    while (item.parent instanceof Y.AbstractType && item.parent._item !== null) item = item.parent._item
    if (item.parent instanceof Y.AbstractType && item.parentSub !== null) note(Y.findRootTypeKey(item.parent), item.parentSub)
  }
  return touched
}

// ---- showing --------------------------------------------------------------------------------------------------------

const mostLines = 200

function difference(before: Reading, after: Reading): Shown {
  const [was, is] = [recordsIn(before), recordsIn(after)]
  const lines: string[] = []
  let [added, changed, removed] = [0, 0, 0]
  for (const [key, { name }] of was) {
    if (is.has(key)) continue
    removed += 1
    lines.push(`removes ${name}`)
  }
  for (const [key, { name, text }] of is) {
    const old = was.get(key)
    if (old === undefined) {
      added += 1
      lines.push(`adds ${name}`)
    } else if (old.text !== text) {
      changed += 1
      lines.push(`changes ${name}`)
    }
  }
  return { added, changed, removed, lines: lines.slice(0, mostLines) }
}

const nouns = { cards: 'the card', contexts: 'the context', edges: 'a priority', norms: 'the norm', commitments: 'a commitment', scenarios: 'the situation' } as const

function recordsIn({ graph, ...tables }: Reading): ReadonlyMap<string, { readonly name: string; readonly text: string }> {
  const records = new Map<string, { readonly name: string; readonly text: string }>()
  const every: Readonly<Record<string, unknown>> = { ...graph, ...tables }
  for (const [table, content] of Object.entries(every)) {
    if (typeof content !== 'object' || content === null || Array.isArray(content)) continue
    for (const [key, record] of Object.entries(content as Readonly<Record<string, Readonly<Record<string, unknown>>>>)) {
      const title = [record['title'], record['text'], record['situation']].find((one): one is string => typeof one === 'string' && one.trim() !== '')
      const noun = Object.hasOwn(nouns, table) ? nouns[table as keyof typeof nouns] : 'an entry'
      records.set(`${table} ${key}`, { name: title === undefined ? noun : `${noun} “${title.slice(0, 80).toWellFormed()}”`, text: JSON.stringify(record) })
    }
  }
  return records
}

