/**
 * The person's document: how one is made, whose edits are whose, and how it is read. layout.ts says where everything stands.
 *
 * Reading never throws, whatever the document holds: each record goes through its schema into a null-prototype record, keys
 * in order, and what does not fit is left out and named in one sentence. What two devices can do together without either
 * being wrong never makes a card vanish: text that grew too long by merging is shown cut, a 51st line is not shown.
 *
 * Two devices at once: texts merge by character; plain fields, an edge's mapping line and a place in an order go to one of
 * the two, the same everywhere; the same key made twice (an edge, an imported card) keeps one device's record whole;
 * forgetting wins over editing, retiring loses nothing; linking.ts holds what records say of each other.
 */
import * as Y from 'yjs'
import type { Merge } from '../articulation/merge.ts'
import { followUndo } from '../articulation/provenance.ts'
import type { Note, Session } from '../articulation/session.ts'
import { recordOf } from '../graph.ts'
import { isTable, rootMap, rootNames, versionKey, type RootName, type TableName } from './layout.ts'
import { linkCard, linkTables, sameLinks, type Links } from './linking.ts'
import { cardFrom, commitmentFrom, contextFrom, domainFrom, edgeFrom, mergeFrom, normFrom, noteFrom, rehearsalFrom, scenarioFrom, sessionFrom, trialFrom, type Read } from './records.ts'
import type { Domain, Rehearsal, Trial } from '../rehearsal.ts'
import { Version, type Card, type CardId, type Commitment, type CommitmentId, type Context, type ContextId, type Edge, type Graph, type Norm, type NormId, type NoteId, type RehearsalId, type Scenario, type ScenarioId, type SessionId } from '../schema.ts'
import { keepFields } from './undone.ts'

/** Why a transaction was made. Undo follows `edit` and `import`: a `record` of what was said or done stands. Updates of other replicas carry their channel's own origin. */
export const origins = { edit: 'values-steward:edit', record: 'values-steward:record', forget: 'values-steward:forget', import: 'values-steward:import', migration: 'values-steward:migration' } as const
export type Origin = (typeof origins)[keyof typeof origins]

/** Everything that a document says. The same object for as long as nothing changed; unchanged records keep their identity. */
export interface Reading {
  readonly graph: Graph
  readonly scenarios: Readonly<Record<ScenarioId, Scenario>>
  readonly rehearsals: Readonly<Record<RehearsalId, Rehearsal>>
  /** By the key under which each first came up. */
  readonly domains: Readonly<Record<string, Domain>>
  readonly trials: Readonly<Record<ScenarioId, Trial>>
  readonly sessions: Readonly<Record<SessionId, Session>>
  readonly notes: Readonly<Record<NoteId, Note>>
  /** By the card that was merged into another. */
  readonly merges: Readonly<Record<CardId, Merge>>
  /** Pairs (`smaller|larger` id) of which the person said that they are two different things. */
  readonly apart: readonly string[]
  /** One plain sentence for each thing that was left out or shown cut, in a fixed order. */
  readonly problems: readonly string[]
}

export interface Projection {
  /** As of the last finished transaction. */
  current(): Reading
  /** Called once after each transaction that touched what is read; returns its own end. */
  subscribe(listener: () => void): () => void
  /** Stops following the document. */
  end(): void
}

/** An empty document, nothing written into it. `clientId` (32 bits) only where a test needs a known one. */
export function createDocument(clientId?: number): Y.Doc {
  const doc = new Y.Doc()
  if (clientId !== undefined) doc.clientID = clientId
  for (const name of rootNames) doc.getMap(name)
  return doc
}

/**
 * Undo of one's own edits, as many steps as were made. Typing into one text, with less than `pause` milliseconds between the
 * keys, is one step, and so is a file that was taken in, however many parts it came in (`stopCapturing` before it); every other
 * edit is a step of its own.
 */
export function createUndo(doc: Y.Doc, pause = 500): Y.UndoManager {
  const scope = rootNames.filter(isTable).map((name) => doc.getMap(name))
  let last: Y.Text | null = null
  const undo: Y.UndoManager = new Y.UndoManager(scope, {
    trackedOrigins: new Set([origins.edit, origins.import]),
    captureTimeout: pause,
    captureTransaction(transaction) {
      undo.captureTimeout = transaction.origin === origins.import ? Number.POSITIVE_INFINITY : pause
      if (transaction.origin === origins.import) last = null
      if (transaction.origin !== origins.edit) return true
      const text = typedText(transaction)
      if (text === null || text !== last) undo.stopCapturing()
      last = text
      return true
    }
  })
  followUndo(doc, undo, origins.record)
  keepFields(doc, undo, origins.record)
  inOne(doc, undo)
  return undo
}

/** What the followers of a step write goes out with it, as one update: nobody else sees text that came back before whose it is. */
function inOne(doc: Y.Doc, undo: Y.UndoManager): void {
  for (const [way, flag] of [['undo', 'undoing'], ['redo', 'redoing']] as const) {
    const step = undo[way].bind(undo)
    undo[way] = () => {
      try {
        return doc.transact(() => {
          const popped = step()
          /* Yjs looks at it once more when the transaction is over. */
          undo[flag] = true
          return popped
        }, undo)
      } finally {
        undo[flag] = false
      }
    }
  }
}

/** The one text that a transaction changed, where it changed nothing else but a card's date. */
function typedText({ changed }: Y.Transaction): Y.Text | null {
  let text: Y.Text | null = null
  for (const [type, keys] of changed) {
    if (type instanceof Y.Text && text === null) text = type
    else if (![...keys].every((key) => key === 'updatedAt')) return null
  }
  return text
}

/** Whether records are gone by this transaction whose words are then to be nowhere: wherever the document is kept, what was kept before is replaced. */
export function hasForgotten(doc: Y.Doc, { changed }: Y.Transaction): boolean {
  return (['cards', 'versions', 'sessions', 'notes'] as const).some((name) => {
    const map = rootMap(doc, name)
    const keys = map === null ? undefined : changed.get(map as unknown as Y.AbstractType<Y.YEvent<Y.AbstractType<unknown>>>)
    return keys !== undefined && [...keys].some((key) => key !== null && map?.has(key) === false)
  })
}

/** The document read once, from the beginning. */
export function readDocument(doc: Y.Doc): Reading {
  return createReader(doc).refresh()
}

/** The graph alone; `readDocument` also says what was left out. */
export function readGraph(doc: Y.Doc): Graph {
  return readDocument(doc).graph
}

export function readScenarios(doc: Y.Doc): Readonly<Record<ScenarioId, Scenario>> {
  return readDocument(doc).scenarios
}

/** One card as it stands in the document, links unlooked at; null where there is none that can be read. */
export function readCard(doc: Y.Doc, id: CardId): Card | null {
  return rootMap(doc, 'cards')?.has(id) === true ? cardFrom(id, rootMap(doc, 'cards')?.get(id)).item : null
}

/** The contexts alone. */
export function readContexts(doc: Y.Doc): Graph['contexts'] {
  const contexts = newTable<ContextId, Context>()
  readTable(contexts, rootMap(doc, 'contexts'), contextFrom)
  return recordOf(linkTables({ cards: new Map(), contexts: contexts.items, edges: new Map(), commitments: new Map() }).contexts)
}

/** Versions put by of one card, or of all, oldest first; what is not one is left out. */
export function readVersions(doc: Y.Doc, card?: CardId): readonly Version[] {
  const versions: Version[] = []
  rootMap(doc, 'versions')?.forEach((value, key) => {
    if (card !== undefined && !key.startsWith(`${card}|`)) return
    const [of, id] = key.split('|')
    if (typeof value !== 'object' || value === null) return
    const read = Version.safeParse({ ...value, id })
    if (read.success && read.data.card.id === of && key === `${of}|${read.data.id}`) versions.push(read.data)
  })
  return versions.sort((a, b) => a.savedAt - b.savedAt || (versionKey(a.card.id, a.id) < versionKey(b.card.id, b.id) ? -1 : 1))
}

/** Follows a document and reads again only what a transaction touched; always equal to `readDocument`. */
export function createProjection(doc: Y.Doc): Projection {
  const reader = createReader(doc)
  const listeners = new Set<() => void>()
  let isStale = false
  const ends: (() => void)[] = []
  for (const name of rootNames) {
    const map = rootMap(doc, name)
    if (map === null || !isTable(name)) continue
    const follow = (events: Y.YEvent<Y.AbstractType<unknown>>[]): void => {
      for (const event of events) {
        if (event.target === map) for (const key of (event as unknown as Y.YMapEvent<unknown>).keysChanged) reader.touch(name, key)
        else reader.touch(name, String(event.path[0]))
      }
      isStale = true
    }
    map.observeDeep(follow as Parameters<typeof map.observeDeep>[0])
    ends.push(() => map.unobserveDeep(follow as Parameters<typeof map.observeDeep>[0]))
  }
  const tell = (): void => {
    if (!isStale) return
    isStale = false
    for (const listener of [...listeners]) listener()
  }
  doc.on('afterTransaction', tell)
  return {
    current: reader.refresh,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    end() {
      for (const end of ends) end()
      doc.off('afterTransaction', tell)
      listeners.clear()
    }
  }
}

// ---- reading by parts -----------------------------------------------------------------------------------------------

interface Table<Key extends string, Item> {
  readonly items: Map<Key, Item>
  readonly problems: Map<string, readonly string[]>
  /** Keys to read again; null for all. */
  touched: Set<string> | null
  record: Readonly<Record<Key, Item>>
}

function createReader(doc: Y.Doc) {
  const cards = newTable<CardId, Card>()
  const contexts = newTable<ContextId, Context>()
  const edges = newTable<string, Edge>()
  const norms = newTable<NormId, Norm>()
  const commitments = newTable<CommitmentId, Commitment>()
  const scenarios = newTable<ScenarioId, Scenario>()
  const rehearsals = newTable<RehearsalId, Rehearsal>()
  const domains = newTable<string, Domain>()
  const trials = newTable<ScenarioId, Trial>()
  const sessions = newTable<SessionId, Session>()
  const notes = newTable<NoteId, Note>()
  const merges = newTable<CardId, Merge>()
  const tables: { readonly [Name in TableName]: Table<string, unknown> } = { cards, contexts, edges, norms, commitments, scenarios, rehearsals, domains, trials, sessions, notes, merges }
  const inOrder = Object.values(tables)
  let links: Links = linkTables({ cards: cards.items, contexts: contexts.items, edges: edges.items, commitments: commitments.items })
  let reading: Reading | null = null

  function touch(name: RootName, key: string): void {
    if (isTable(name)) tables[name].touched?.add(key)
  }

  function refresh(): Reading {
    if (reading !== null && inOrder.every((table) => table.touched?.size === 0)) return reading
    const previous = reading
    const changedCards = readTable(cards, rootMap(doc, 'cards'), cardFrom)
    const changedContexts = readTable(contexts, rootMap(doc, 'contexts'), contextFrom)
    const changedEdges = readTable(edges, rootMap(doc, 'edges'), edgeFrom)
    const changedNorms = readTable(norms, rootMap(doc, 'norms'), normFrom)
    const changedCommitments = readTable(commitments, rootMap(doc, 'commitments'), commitmentFrom)
    const changedScenarios = readTable(scenarios, rootMap(doc, 'scenarios'), scenarioFrom)
    const changedRehearsals = readTable(rehearsals, rootMap(doc, 'rehearsals'), rehearsalFrom)
    const changedDomains = readTable(domains, rootMap(doc, 'domains'), domainFrom)
    const changedTrials = readTable(trials, rootMap(doc, 'trials'), trialFrom)
    const changedSessions = readTable(sessions, rootMap(doc, 'sessions'), sessionFrom)
    const changedNotes = readTable(notes, rootMap(doc, 'notes'), noteFrom)
    const changedMerges = readTable(merges, rootMap(doc, 'merges'), mergeFrom)
    const isRelinked =
      previous === null || changedContexts.length > 0 || changedCommitments.length > 0 ||
      changedCards.some(({ before, after }) => before === undefined || after === undefined || !sameLinks(before, after)) ||
      changedEdges.some(({ before, after }) => before === undefined || after === undefined) ||
      // The sentences of links name cards by their titles.
      (links.problems.length > 0 && (changedCards.length > 0 || changedEdges.length > 0))
    if (isRelinked) {
      links = linkTables({ cards: cards.items, contexts: contexts.items, edges: edges.items, commitments: commitments.items })
      contexts.record = share(contexts.record, recordOf(links.contexts))
      cards.record = shareRecord(cards.record, mapItems(cards.items, (card) => linkCard(card, links)))
      edges.record = shareRecord(edges.record, without(edges.items, links.lostEdges))
      commitments.record = shareRecord(commitments.record, without(commitments.items, links.lostCommitments))
    } else {
      cards.record = replaceItems(cards.record, changedCards.map(({ key, after }) => [key, linkCard(after as Card, links)]))
      edges.record = replaceItems(edges.record, changedEdges.filter(({ key }) => !links.lostEdges.has(key)).map(({ key, after }) => [key, after as Edge]))
    }
    if (changedNorms.length > 0) norms.record = recordOf(norms.items)
    if (changedScenarios.length > 0) scenarios.record = recordOf(scenarios.items)
    if (changedRehearsals.length > 0) rehearsals.record = recordOf(rehearsals.items)
    if (changedDomains.length > 0) domains.record = recordOf(domains.items)
    if (changedTrials.length > 0) trials.record = recordOf(trials.items)
    if (changedSessions.length > 0) sessions.record = recordOf(sessions.items)
    if (changedNotes.length > 0) notes.record = recordOf(notes.items)
    if (changedMerges.length > 0) merges.record = recordOf(merges.items)
    const graph: Graph = { cards: cards.record, contexts: contexts.record, edges: edges.record, norms: norms.record, commitments: commitments.record }
    const problems = [...inOrder.flatMap(problemsOf), ...links.problems]
    const next: Reading = {
      graph: previous !== null && sameFields(previous.graph, graph) ? previous.graph : graph,
      scenarios: scenarios.record,
      rehearsals: rehearsals.record,
      domains: domains.record,
      trials: trials.record,
      sessions: sessions.record,
      notes: notes.record,
      merges: merges.record,
      apart: share(previous?.apart, [...(rootMap(doc, 'merges')?.keys() ?? [])].filter((key) => key.includes('|')).sort()),
      problems: share(previous?.problems, problems)
    }
    reading = previous !== null && sameFields(previous, next) ? previous : next
    return reading
  }

  return { touch, refresh }
}

function newTable<Key extends string, Item>(): Table<Key, Item> {
  return { items: new Map(), problems: new Map(), touched: null, record: recordOf(new Map<Key, Item>()) }
}

interface Changed<Key, Item> {
  readonly key: Key
  readonly before: Item | undefined
  readonly after: Item | undefined
}

/** Reads the touched records again; gives those whose reading is another one now. */
function readTable<Key extends string, Item>(table: Table<Key, Item>, map: Y.Map<unknown> | null, read: (key: string, value: unknown) => Read<Item>): readonly Changed<Key, Item>[] {
  const keys = table.touched ?? map?.keys() ?? []
  const changed: Changed<Key, Item>[] = []
  for (const key of keys as Iterable<Key>) {
    const { item, problems } = map?.has(key) === true ? read(key, map.get(key)) : { item: null, problems: [] }
    const before = table.items.get(key)
    const after = item === null ? undefined : share(before, item)
    if (after === undefined) table.items.delete(key)
    else table.items.set(key, after)
    if (problems.length > 0) table.problems.set(key, problems)
    else table.problems.delete(key)
    if (after !== before) changed.push({ key, before, after })
  }
  table.touched = new Set()
  return changed
}

function problemsOf(table: Table<string, unknown>): readonly string[] {
  return [...table.problems.keys()].sort().flatMap((key) => table.problems.get(key) ?? [])
}

// ---- keeping identity -----------------------------------------------------------------------------------------------

/** `next`, with every part that equals its counterpart in `previous` replaced by that very object. Both are plain data. */
function share<Item>(previous: unknown, next: Item): Item {
  if (Object.is(previous, next) || typeof previous !== 'object' || previous === null || typeof next !== 'object' || next === null) return next
  if (Array.isArray(next)) {
    if (!Array.isArray(previous)) return next
    const byId = new Map(previous.map((item, index) => [identity(item) ?? index, item as unknown]))
    const shared = next.map((item: unknown, index) => share(byId.get(identity(item) ?? index), item))
    return (shared.length === previous.length && shared.every((item, index) => Object.is(item, previous[index])) ? previous : shared) as Item
  }
  const before = previous as Readonly<Record<string, unknown>>
  const shared = Object.assign(Object.create(Object.getPrototypeOf(next) as object | null), next) as Record<string, unknown>
  for (const key of Object.keys(shared)) shared[key] = share(before[key], shared[key])
  return (sameFields(before, shared) ? previous : shared) as Item
}

function identity(item: unknown): string | null {
  return typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? item.id : null
}

function sameFields(a: object, b: object): boolean {
  const before = a as Readonly<Record<string, unknown>>
  const after = b as Readonly<Record<string, unknown>>
  const keys = Object.keys(after)
  return Object.keys(before).length === keys.length && keys.every((key) => Object.is(before[key], after[key]))
}

/** A record of `items`; the previous one where it holds the very same. */
function shareRecord<Key extends string, Item>(previous: Readonly<Record<Key, Item>>, items: ReadonlyMap<Key, Item>): Readonly<Record<Key, Item>> {
  const next = recordOf(new Map([...items].map(([key, item]) => [key, share(previous[key], item)])))
  return sameFields(previous, next) ? previous : next
}

function replaceItems<Key extends string, Item>(previous: Readonly<Record<Key, Item>>, items: readonly (readonly [Key, Item])[]): Readonly<Record<Key, Item>> {
  if (items.length === 0) return previous
  const next: Record<string, Item> = Object.assign(Object.create(null) as Record<string, Item>, previous)
  for (const [key, item] of items) next[key] = share<Item>(previous[key], item)
  return sameFields(previous, next) ? previous : (next as Readonly<Record<Key, Item>>)
}

function mapItems<Key, Item>(items: ReadonlyMap<Key, Item>, change: (item: Item) => Item): ReadonlyMap<Key, Item> {
  return new Map([...items].map(([key, item]) => [key, change(item)]))
}

function without<Key, Item>(items: ReadonlyMap<Key, Item>, lost: ReadonlySet<Key>): ReadonlyMap<Key, Item> {
  return new Map([...items].filter(([key]) => !lost.has(key)))
}
