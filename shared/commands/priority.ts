/**
 * Edits of wiser-than edges: in a context, card `to` is wiser than card `from`. A circle of priorities is allowed, since real
 * graphs hold them; deciding suspends and shows it. An edge is known by (from, to, context): setting it twice edits it.
 */
import * as Y from 'yjs'
import { quoted } from '../json.ts'
import { lineAt, mapAt, newMap, recordMap, rootMap, textAt, writeText } from '../document/layout.ts'
import { fail, ok, type Result } from '../result.ts'
import { Edge, edgeKey, type CardId, type ContextId, type Mapping } from '../schema.ts'
import { addRecord, check, edit, ensureMap, ensureText, findRecord, setField, type Maker } from './edit.ts'

/** What can be said of a priority; what is not given stays as it is (empty, for a new one). */
export interface EdgeChanges {
  readonly reallyAbout?: string
  readonly confused?: string
  readonly story?: string
  /** Of every line of the less wise card, at most once. */
  readonly mapping?: readonly Mapping[]
}

export interface NewEdge extends EdgeChanges {
  readonly from: CardId
  readonly to: CardId
  readonly context: ContextId
}

/** In `context`, `to` is wiser than `from`; gives the edge's key. */
export function setPriority(doc: Y.Doc, edge: NewEdge, maker: Maker): Result<string> {
  return edit(doc, () => {
    const { from, to, context } = edge
    if (from === to) return fail('bad-input', 'a card cannot be wiser than itself', 'choose two different cards')
    for (const card of [from, to]) {
      const found = findRecord(doc, 'cards', card)
      if (!found.ok) return fail('not-found', `there is no card ${quoted(card)} to set a priority for`, 'choose two cards that are there')
    }
    const place = findRecord(doc, 'contexts', context)
    if (!place.ok) return fail('not-found', `there is no context ${quoted(context)} for this priority to hold in`, 'say in which kind of situation it holds')
    const key = edgeKey(edge)
    const existing = recordMap(doc, 'edges', key)
    if (existing !== null) {
      const changed = change(doc, key, existing, edge)
      return changed.ok ? ok(key) : changed
    }
    const read = check(Edge, {
      from, to, context, reallyAbout: edge.reallyAbout ?? '', confused: edge.confused ?? '', story: edge.story ?? '', mapping: edge.mapping ?? [], createdAt: maker.now
    })
    if (!read.ok) return read
    const mapping = checkMapping(doc, read.value)
    return mapping.ok ? addRecord(doc, 'edges', key, edgeMap(read.value)) : mapping
  })
}

/** What a priority was about: its texts by difference, its mapping line by line. */
export function editEdge(doc: Y.Doc, key: string, changes: EdgeChanges): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'edges', key)
    return found.ok ? change(doc, key, found.value, changes) : found
  })
}

export function removeEdge(doc: Y.Doc, key: string): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'edges', key)
    if (found.ok) rootMap(doc, 'edges')?.delete(key)
    return found.ok ? ok(undefined) : found
  })
}

/** The whole edge as a fresh map. */
export function edgeMap(edge: Edge): Y.Map<unknown> {
  return newMap({
    reallyAbout: new Y.Text(edge.reallyAbout), confused: new Y.Text(edge.confused), story: new Y.Text(edge.story),
    mapping: newMap(Object.fromEntries(edge.mapping.map(({ policy, becomes, because }) => [policy, { becomes, because }]))), createdAt: edge.createdAt
  })
}

/** Makes an existing edge's map say what `edge` says. */
export function writeEdge(map: Y.Map<unknown>, edge: Edge): void {
  for (const field of ['reallyAbout', 'confused', 'story'] as const) writeText(ensureText(map, field), edge[field])
  const mapping = ensureMap(map, 'mapping')
  const wanted = new Set<string>(edge.mapping.map(({ policy }) => policy))
  for (const policy of [...mapping.keys()]) if (!wanted.has(policy)) mapping.delete(policy)
  for (const { policy, becomes, because } of edge.mapping) setField(mapping, policy, { becomes, because })
  setField(map, 'createdAt', edge.createdAt)
}

function change(doc: Y.Doc, key: string, map: Y.Map<unknown>, changes: EdgeChanges): Result<void> {
  const [from, to, context] = key.split('|')
  const kept = (field: 'reallyAbout' | 'confused' | 'story'): string => changes[field] ?? textAt(map, field)?.toString() ?? ''
  const read = check(Edge, {
    from, to, context, reallyAbout: kept('reallyAbout'), confused: kept('confused'), story: kept('story'), mapping: changes.mapping ?? currentMapping(map), createdAt: map.get('createdAt')
  })
  if (!read.ok) return read
  if (changes.mapping !== undefined) {
    const mapping = checkMapping(doc, read.value)
    if (!mapping.ok) return mapping
  }
  writeEdge(map, read.value)
  return ok(undefined)
}

function currentMapping(map: Y.Map<unknown>): readonly unknown[] {
  return [...(mapAt(map, 'mapping')?.entries() ?? [])].map(([policy, entry]) => ({ ...(entry as object), policy }))
}

/** Each line of the less wise card at most once, and only lines that are there. */
function checkMapping(doc: Y.Doc, edge: Edge): Result<void> {
  const [from, to] = [edge.from, edge.to].map((card) => recordMap(doc, 'cards', card)) as [Y.Map<unknown> | null, Y.Map<unknown> | null]
  const seen = new Set<string>()
  for (const { policy, becomes } of edge.mapping) {
    if (seen.has(policy)) return fail('bad-input', `the mapping speaks of one line twice: ${quoted(policy)}`, 'say once what becomes of it')
    seen.add(policy)
    if (lineAt(from, policy) === null) return fail('bad-input', `the mapping speaks of a line that the less wise card does not have: ${quoted(policy)}`, 'leave it out')
    if (becomes !== null && lineAt(to, becomes) === null) return fail('bad-input', `the mapping points at a line that the wiser card does not have: ${quoted(becomes)}`, 'choose one of its lines, or say that it was dropped')
  }
  return ok(undefined)
}
