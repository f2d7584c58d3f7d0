/**
 * Pure questions about a graph: which contexts are the same, which are wider, which priorities hold among some cards; and
 * the graph as lists and back.
 *
 * Invariants: every function ends on any input, cycles of synonyms or nesting included, and gives the same answer whatever
 * the order of the records. Two contexts are one when one was merged into the other or when they say the same words
 * (`sameWords`); the smallest id then stands for all of them.
 */
import { edgeKey, type Card, type CardId, type Commitment, type Context, type ContextId, type Edge, type Graph, type GraphLists, type Norm } from './schema.ts'

/** Synonyms and nesting, worked out once for many questions. */
export interface ContextIndex {
  /** The context that stands for `id` and all its synonyms; `id` itself where it is unknown. */
  canonical(id: ContextId): ContextId
  /** Canonical ids of every context that `id` is a special case of, near or far; never its own. */
  ancestors(id: ContextId): ReadonlySet<ContextId>
  /** Canonical ids one step wider than `id`. */
  wider(id: ContextId): ReadonlySet<ContextId>
  /** Ids of all contexts that count as `id`, in order; itself included. */
  members(id: ContextId): readonly ContextId[]
}

export function indexContexts(contexts: Graph['contexts']): ContextIndex {
  const ids = keysOf(contexts)
  const canonical = canonicals(contexts, ids)
  const members = new Map<ContextId, ContextId[]>()
  const wider = new Map<ContextId, Set<ContextId>>()
  for (const id of ids) {
    const own = canonical.get(id) ?? id
    listAt(members, own).push(id)
    for (const within of contexts[id]?.within ?? []) {
      const other = canonical.get(within)
      if (other !== undefined && other !== own) setAt(wider, own).add(other)
    }
  }
  const none: ReadonlySet<ContextId> = new Set()
  const find = (id: ContextId): ContextId => canonical.get(id) ?? id
  return {
    canonical: find,
    members: (id) => members.get(find(id)) ?? [id],
    wider: (id) => wider.get(find(id)) ?? none,
    ancestors(id) {
      const own = find(id)
      const found = new Set<ContextId>()
      const open = [own]
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        for (const other of wider.get(next) ?? none) {
          if (other === own || found.has(other)) continue
          found.add(other)
          open.push(other)
        }
      }
      return found
    }
  }
}

/** The context that stands for `id` and its synonyms. For many questions, `indexContexts` once. */
export function canonicalContext(graph: Pick<Graph, 'contexts'>, id: ContextId): ContextId {
  return indexContexts(graph.contexts).canonical(id)
}

/** Canonical ids of the contexts that `id` is a special case of, near or far. */
export function contextAncestors(graph: Pick<Graph, 'contexts'>, id: ContextId): ReadonlySet<ContextId> {
  return indexContexts(graph.contexts).ancestors(id)
}

/** Two texts are the same words when they differ at most in capitals, white space, compatibility forms and closing punctuation. */
export function sameWords(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim().replace(/(?<![\s.!?…,;:])[\s.!?…,;:]+$/u, '')
}

/** The context that already says these words (its canonical one), or null; empty words match nothing. */
export function findContext(graph: Pick<Graph, 'contexts'>, text: string): ContextId | null {
  const wanted = sameWords(text)
  if (wanted === '') return null
  const found = keysOf(graph.contexts).find((id) => sameWords(graph.contexts[id]?.text ?? '') === wanted)
  return found === undefined ? null : canonicalContext(graph, found)
}

/** The edges whose two cards are both among `cards`, by key. */
export function edgesAmong(graph: Pick<Graph, 'edges'>, cards: Iterable<CardId>): readonly Edge[] {
  const wanted = new Set(cards)
  return valuesOf(graph.edges).filter((edge) => wanted.has(edge.from) && wanted.has(edge.to))
}

/** The same records as lists, each in the order of its keys. */
export function toLists(graph: Graph): GraphLists {
  return {
    cards: valuesOf(graph.cards).map((card): Card => card),
    contexts: valuesOf(graph.contexts).map((context): Context => context),
    edges: valuesOf(graph.edges).map((edge): Edge => edge),
    norms: valuesOf(graph.norms).map((norm): Norm => norm),
    commitments: valuesOf(graph.commitments).map((commitment): Commitment => commitment)
  }
}

/** Null-prototype records from lists; of two with the same key the later counts. */
export function fromLists(lists: GraphLists): Graph {
  return {
    cards: recordBy(lists.cards, (card) => card.id),
    contexts: recordBy(lists.contexts, (context) => context.id),
    edges: recordBy(lists.edges, edgeKey),
    norms: recordBy(lists.norms, (norm) => norm.id),
    commitments: recordBy(lists.commitments, (commitment) => commitment.id)
  }
}

export function emptyGraph(): Graph {
  return fromLists({ cards: [], contexts: [], edges: [], norms: [], commitments: [] })
}

/** A null-prototype record of `items`, its keys in order. */
export function recordBy<Key extends string, Item>(items: Iterable<Item>, keyOf: (item: Item) => Key): Readonly<Record<Key, Item>> {
  const entries = new Map<Key, Item>()
  for (const item of items) entries.set(keyOf(item), item)
  return recordOf(entries)
}

/** A null-prototype record of a map's entries, its keys in order, so that two replicas give the same bytes. */
export function recordOf<Key extends string, Item>(entries: ReadonlyMap<Key, Item>): Readonly<Record<Key, Item>> {
  const record = Object.create(null) as Record<Key, Item>
  for (const key of [...entries.keys()].sort()) record[key] = entries.get(key) as Item
  return record
}

/** Keys in the order of their UTF-16 units (an object's own order puts whole numbers first). */
export function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] {
  return (Object.keys(record) as Key[]).sort()
}

/** Values in the order of their keys. */
export function valuesOf<Key extends string, Item>(record: Readonly<Record<Key, Item>>): readonly Item[] {
  return keysOf(record).map((key) => record[key])
}

/**
 * Groups of nodes that reach each other (strongly connected components of two or more), each sorted. Tarjan 1972, with a
 * stack of its own, so that a chain of any length is walked.
 */
export function loopsOf<Node extends string>(nodes: readonly Node[], nextOf: (node: Node) => Iterable<Node>): readonly (readonly Node[])[] {
  const order = new Map<Node, number>()
  const low = new Map<Node, number>()
  const waiting: Node[] = []
  const isWaiting = new Set<Node>()
  const loops: Node[][] = []
  for (const start of nodes) {
    if (order.has(start)) continue
    const path: { readonly node: Node; readonly rest: Iterator<Node> }[] = []
    const enter = (node: Node): void => {
      order.set(node, order.size)
      low.set(node, order.size - 1)
      waiting.push(node)
      isWaiting.add(node)
      path.push({ node, rest: nextOf(node)[Symbol.iterator]() })
    }
    enter(start)
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { node } = step
      const next = step.rest.next()
      if (next.done !== true) {
        const seen = order.get(next.value)
        if (seen === undefined) enter(next.value)
        else if (isWaiting.has(next.value)) low.set(node, Math.min(low.get(node) ?? seen, seen))
        continue
      }
      path.pop()
      const reach = low.get(node) ?? 0
      const parent = path.at(-1)
      if (parent !== undefined) low.set(parent.node, Math.min(low.get(parent.node) ?? reach, reach))
      if (reach !== order.get(node)) continue
      const loop = waiting.splice(waiting.lastIndexOf(node))
      for (const member of loop) isWaiting.delete(member)
      if (loop.length > 1) loops.push(loop.sort())
    }
  }
  return loops
}

/**
 * Contexts of the same words form a group; a merge joins the groups of both its ends. The smallest id of the groups that
 * were not merged into another stands for all; where every group was (a circle), the smallest id of them all.
 */
function canonicals(contexts: Graph['contexts'], ids: readonly ContextId[]): ReadonlyMap<ContextId, ContextId> {
  const firstOfWords = new Map<string, ContextId>()
  const group = new Map<ContextId, ContextId>()
  for (const id of ids) {
    const words = sameWords(contexts[id]?.text ?? '')
    const first = words === '' ? id : (firstOfWords.get(words) ?? id)
    firstOfWords.set(words, first)
    group.set(id, first)
  }
  const parent = new Map<ContextId, ContextId>()
  const find = (id: ContextId): ContextId => {
    let top = id
    for (let next = parent.get(top); next !== undefined; next = parent.get(top)) top = next
    for (let at = id; at !== top; ) {
      const next = parent.get(at) ?? top
      parent.set(at, top)
      at = next
    }
    return top
  }
  const isMergedAway = new Set<ContextId>()
  for (const id of ids) {
    const into = contexts[id]?.synonymOf ?? null
    const other = into === null ? undefined : group.get(into)
    const own = group.get(id) ?? id
    if (other === undefined || other === own) continue
    isMergedAway.add(own)
    const [top, otherTop] = [find(own), find(other)]
    if (top !== otherTop) parent.set(top, otherTop)
  }
  const standing = new Map<ContextId, ContextId>()
  for (const isChoice of [(id: ContextId) => !isMergedAway.has(group.get(id) ?? id), () => true]) {
    for (const id of ids) {
      const top = find(group.get(id) ?? id)
      if (!standing.has(top) && isChoice(id)) standing.set(top, id)
    }
  }
  return new Map(ids.map((id) => [id, standing.get(find(group.get(id) ?? id)) ?? id]))
}

function listAt<Key, Item>(map: Map<Key, Item[]>, key: Key): Item[] {
  const list = map.get(key) ?? []
  map.set(key, list)
  return list
}

function setAt<Key, Item>(map: Map<Key, Set<Item>>, key: Key): Set<Item> {
  const set = map.get(key) ?? new Set<Item>()
  map.set(key, set)
  return set
}
