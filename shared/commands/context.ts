/**
 * Edits of contexts: the kinds of situation. The same words are the same context; merging makes one a synonym of another and
 * can be taken back; nesting never runs in a circle on one device (on two, linking.ts says what is shown).
 */
import * as Y from 'yjs'
import { readContexts } from '../document/document.ts'
import { findContext, indexContexts, sameWords } from '../graph.ts'
import { quoted } from '../json.ts'
import { mapAt, newMap, newOrderedSet, rootMap, writeOrderedSet, writeText } from '../document/layout.ts'
import { fail, ok, type Result } from '../result.ts'
import { ContextId, limits, words, type Context } from '../schema.ts'
import { addRecord, check, edit, ensureMap, ensureText, findRecord, setField, type Maker } from './edit.ts'

/** A context of these words: the one that is there already, else a new one inside `within`. */
export function addContext(doc: Y.Doc, text: string, maker: Maker, within: readonly ContextId[] = []): Result<ContextId> {
  return edit(doc, () => {
    const read = check(words(limits.context, 'a context'), text)
    if (!read.ok) return read
    const contexts = readContexts(doc)
    const same = findContext({ contexts }, read.value)
    if (same !== null) return ok(same)
    const wider = checkWider(contexts, within)
    if (!wider.ok) return wider
    const id = check(ContextId, maker.newId())
    return id.ok ? addRecord(doc, 'contexts', id.value, contextMap({ id: id.value, text: read.value, within: [...wider.value], synonymOf: null })) : id
  })
}

/** New words for a context, as a whole; refused where another context says them. */
export function renameContext(doc: Y.Doc, id: ContextId, text: string): Result<void> {
  return edit(doc, () => {
    const read = check(words(limits.context, 'a context'), text)
    if (!read.ok) return read
    const found = findRecord(doc, 'contexts', id)
    if (!found.ok) return found
    const contexts = readContexts(doc)
    const same = findContext({ contexts }, read.value)
    const isOwn = same === null || sameWords(contexts[id]?.text ?? '') === sameWords(read.value)
    if (!isOwn) return fail('conflict', `another context already says ${quoted(read.value)}`, 'merge the two, or choose other words')
    writeText(ensureText(found.value, 'text'), read.value)
    return ok(undefined)
  })
}

/** The contexts that `id` is a special case of, all of them. */
export function nestContext(doc: Y.Doc, id: ContextId, within: readonly ContextId[]): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'contexts', id)
    if (!found.ok) return found
    const contexts = readContexts(doc)
    const wider = checkWider(contexts, within)
    if (!wider.ok) return wider
    const index = indexContexts(contexts)
    for (const other of wider.value) {
      if (index.canonical(other) === index.canonical(id)) return fail('bad-input', 'a context cannot be part of itself', 'choose another one')
      if (index.ancestors(other).has(index.canonical(id))) {
        return fail('bad-input', `${quoted(contexts[other]?.text ?? other)} is itself part of ${quoted(contexts[id]?.text ?? id)}`, 'take it out of there first')
      }
    }
    writeOrderedSet(ensureMap(found.value, 'within'), wider.value)
    return ok(undefined)
  })
}

/** From now on `from` counts as `into`; its words are kept, and `unmergeContext` takes it back. */
export function mergeContexts(doc: Y.Doc, from: ContextId, into: ContextId): Result<void> {
  return edit(doc, () => {
    for (const id of [from, into]) {
      const found = findRecord(doc, 'contexts', id)
      if (!found.ok) return found
    }
    if (from === into) return fail('bad-input', 'a context cannot be merged into itself', 'choose another one')
    const index = indexContexts(readContexts(doc))
    const standing = index.canonical(from)
    if (standing === index.canonical(into)) return ok(undefined)
    const record = findRecord(doc, 'contexts', standing)
    if (!record.ok) return record
    setField(record.value, 'synonymOf', index.canonical(into))
    return ok(undefined)
  })
}

/** `id` stands by itself again. */
export function unmergeContext(doc: Y.Doc, id: ContextId): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'contexts', id)
    if (!found.ok) return found
    const contexts = readContexts(doc)
    const own = sameWords(contexts[id]?.text ?? '')
    const merged = indexContexts(contexts).members(id).filter((member) => {
      const record = findRecord(doc, 'contexts', member)
      return record.ok && typeof record.value.get('synonymOf') === 'string' && (member === id || (own !== '' && sameWords(contexts[member]?.text ?? '') === own))
    })
    if (merged.length === 0) return fail('conflict', 'this context is not merged into another', 'give it other words to keep it apart from one that says the same')
    for (const member of merged) mapAt(rootMap(doc, 'contexts'), member)?.set('synonymOf', null)
    return ok(undefined)
  })
}

/** Removes a context that nothing stands in. */
export function removeContext(doc: Y.Doc, id: ContextId): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'contexts', id)
    if (!found.ok) return found
    const uses: readonly (readonly [string, boolean])[] = [
      ['a card', someRecord(doc, 'cards', (_key, card) => mapAt(card, 'contexts')?.has(id) === true)],
      ['a priority', someRecord(doc, 'edges', (key) => key.split('|')[2] === id)],
      ['a commitment', someRecord(doc, 'commitments', (_key, commitment) => commitment.get('context') === id)],
      ['another context', someRecord(doc, 'contexts', (_key, context) => context.get('synonymOf') === id || mapAt(context, 'within')?.has(id) === true)]
    ]
    const use = uses.find(([, isUsed]) => isUsed)
    if (use !== undefined) return fail('conflict', `${use[0]} still stands in this context`, 'take it out of there first, or merge this context into another')
    rootMap(doc, 'contexts')?.delete(id)
    return ok(undefined)
  })
}

/** The whole context as a fresh map. */
export function contextMap(context: Context): Y.Map<unknown> {
  return newMap({ text: new Y.Text(context.text), within: newOrderedSet(context.within), synonymOf: context.synonymOf })
}

function checkWider(contexts: Readonly<Record<ContextId, Context>>, within: readonly ContextId[]): Result<readonly ContextId[]> {
  const wanted = [...new Set(within)]
  if (wanted.length > limits.contextsWithin) return fail('bad-input', `a context is part of at most ${limits.contextsWithin} others`, 'choose fewer')
  const missing = wanted.find((id) => contexts[id] === undefined)
  return missing === undefined ? ok(wanted) : fail('not-found', `there is no context ${quoted(missing)}`, 'look at the list again')
}

function someRecord(doc: Y.Doc, name: 'cards' | 'edges' | 'commitments' | 'contexts', isMeant: (key: string, record: Y.Map<unknown>) => boolean): boolean {
  for (const [key, record] of rootMap(doc, name)?.entries() ?? []) if (record instanceof Y.Map && isMeant(key, record as Y.Map<unknown>)) return true
  return false
}
