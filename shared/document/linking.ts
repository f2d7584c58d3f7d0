/**
 * What the records of a document say of each other, once each has been read by itself: the part of the projection that
 * two devices can break although neither did anything wrong.
 *
 * Rules, each the same on every replica: an edge or commitment whose card or context is missing is left out; a missing
 * context is dropped from cards and nesting; two contexts of the same words count as one (the smallest id stands for
 * them); merges that run in a circle all point at their smallest id; nestings that run in a circle are all dropped; a line
 * whose id stands in two cards stays with the smaller card id. The document itself is never changed, so what was dropped
 * returns when its reason goes.
 */
import { indexContexts, keysOf, loopsOf, recordOf } from '../graph.ts'
import { quoted } from '../json.ts'
import type { Card, CardId, Commitment, CommitmentId, Context, ContextId, Edge, Graph, PolicyId } from '../schema.ts'

export interface Tables {
  readonly cards: ReadonlyMap<CardId, Card>
  readonly contexts: ReadonlyMap<ContextId, Context>
  readonly edges: ReadonlyMap<string, Edge>
  readonly commitments: ReadonlyMap<CommitmentId, Commitment>
}

/** What to show of the records, by key. */
export interface Links {
  readonly contexts: ReadonlyMap<ContextId, Context>
  /** Contexts that a card names and that are not here. */
  readonly lostContexts: ReadonlyMap<CardId, ReadonlySet<ContextId>>
  /** Lines of a card whose ids belong to another card. */
  readonly lostLines: ReadonlyMap<CardId, ReadonlySet<PolicyId>>
  readonly lostEdges: ReadonlySet<string>
  readonly lostCommitments: ReadonlySet<CommitmentId>
  /** One sentence each, in a fixed order. */
  readonly problems: readonly string[]
}

export function linkTables(tables: Tables): Links {
  const problems: string[] = []
  const contexts = linkContexts(tables.contexts, problems)
  const lostContexts = new Map<CardId, Set<ContextId>>()
  const lostLines = new Map<CardId, Set<PolicyId>>()
  const owners = new Set<PolicyId>()
  for (const id of [...tables.cards.keys()].sort()) {
    const card = tables.cards.get(id) as Card
    const missing = card.contexts.filter((context) => !contexts.has(context))
    if (missing.length > 0) {
      lostContexts.set(id, new Set(missing))
      problems.push(`the card ${nameOf(card)} names ${missing.length === 1 ? 'a context that is' : `${missing.length} contexts that are`} not here`)
    }
    const taken = card.policies.filter((policy) => owners.has(policy.id))
    if (taken.length > 0) {
      lostLines.set(id, new Set(taken.map((policy) => policy.id)))
      problems.push(`the card ${nameOf(card)} holds a line that belongs to another card: ${quoted(taken[0]?.text ?? '')} is left out here`)
    }
    for (const policy of card.policies) owners.add(policy.id)
  }
  const lostEdges = new Set<string>()
  for (const key of [...tables.edges.keys()].sort()) {
    const edge = tables.edges.get(key) as Edge
    const reason = missingFrom(tables, contexts, [edge.from, edge.to], edge.context)
    if (reason === null) continue
    lostEdges.add(key)
    problems.push(`the priority of ${nameOf(tables.cards.get(edge.to), edge.to)} over ${nameOf(tables.cards.get(edge.from), edge.from)} is left out: ${reason}`)
  }
  const lostCommitments = new Set<CommitmentId>()
  for (const id of [...tables.commitments.keys()].sort()) {
    const commitment = tables.commitments.get(id) as Commitment
    const reason = missingFrom(tables, contexts, [commitment.card], commitment.context)
    if (reason === null) continue
    lostCommitments.add(id)
    problems.push(`the commitment to ${nameOf(tables.cards.get(commitment.card), commitment.card)} is left out: ${reason}`)
  }
  return { contexts, lostContexts, lostLines, lostEdges, lostCommitments, problems }
}

/** The card as it is shown: without what its links lost; the same object where nothing was. */
export function linkCard(card: Card, links: Links): Card {
  const contexts = links.lostContexts.get(card.id)
  const lines = links.lostLines.get(card.id)
  if (contexts === undefined && lines === undefined) return card
  return {
    ...card,
    contexts: card.contexts.filter((context) => contexts?.has(context) !== true),
    policies: card.policies.filter((policy) => lines?.has(policy.id) !== true)
  }
}

/** Whether replacing one reading of a card by another leaves all links as they are. */
export function sameLinks(before: Card, after: Card): boolean {
  return sameList(before.contexts, after.contexts) && sameList(before.policies.map((policy) => policy.id), after.policies.map((policy) => policy.id))
}

function linkContexts(read: Tables['contexts'], problems: string[]): ReadonlyMap<ContextId, Context> {
  const contexts = recordOf(read)
  const ids = keysOf(contexts)
  const index = indexContexts(contexts)
  const merged = new Map<ContextId, Context>()
  for (const id of ids) {
    const context = contexts[id] as Context
    const canonical = index.canonical(id)
    const into = context.synonymOf
    const isLost = into !== null && (into === id || contexts[into] === undefined)
    if (isLost) problems.push(`the context ${quoted(context.text)} was merged into one that is not here and stands by itself`)
    const within = context.within.filter((wider) => wider !== id && contexts[wider] !== undefined)
    if (within.length < context.within.length) problems.push(`the context ${quoted(context.text)} is part of one that is not here`)
    merged.set(id, { ...context, within, synonymOf: canonical === id ? null : into === null || isLost ? canonical : into })
  }
  breakMergeLoops(ids, contexts, index.canonical, merged, problems)
  breakNestingLoops(ids, index, merged, problems)
  for (const [id, context] of merged) {
    const original = contexts[id] as Context
    if (context.synonymOf === original.synonymOf && sameList(context.within, original.within)) merged.set(id, original)
  }
  return merged
}

/** Members of a circle of merges point straight at the one that stands for them. */
function breakMergeLoops(ids: readonly ContextId[], contexts: Graph['contexts'], canonical: (id: ContextId) => ContextId, merged: Map<ContextId, Context>, problems: string[]): void {
  const into = (id: ContextId): readonly ContextId[] => {
    const next = contexts[id]?.synonymOf ?? null
    return next === null || contexts[next] === undefined ? [] : [next]
  }
  for (const loop of loopsOf(ids, into)) {
    for (const id of loop) {
      const context = merged.get(id) as Context
      const standing = canonical(id)
      merged.set(id, { ...context, synonymOf: standing === id ? null : standing })
    }
    problems.push(`contexts were merged into each other and count as one: ${namesOf(loop, contexts)}`)
  }
}

function breakNestingLoops(ids: readonly ContextId[], index: ReturnType<typeof indexContexts>, merged: Map<ContextId, Context>, problems: string[]): void {
  const loopOf = new Map<ContextId, number>()
  const standing = ids.filter((id) => index.canonical(id) === id)
  loopsOf(standing, index.wider).forEach((loop, number) => {
    for (const id of loop) loopOf.set(id, number)
    problems.push(`contexts are each part of the other, so none of them counts as the wider: ${namesOf(loop, recordOf(merged))}`)
  })
  for (const [id, context] of merged) {
    const own = index.canonical(id)
    const within = context.within.filter((wider) => {
      const other = index.canonical(wider)
      const loop = loopOf.get(own)
      return other !== own && (loop === undefined || loopOf.get(other) !== loop)
    })
    if (within.length < context.within.length) merged.set(id, { ...context, within })
  }
}

function missingFrom(tables: Tables, contexts: Links['contexts'], cards: readonly CardId[], context: ContextId): string | null {
  if (cards.some((card) => !tables.cards.has(card))) return 'a card of it is not here'
  return contexts.has(context) ? null : 'its context is not here'
}

function nameOf(card: Pick<Card, 'title' | 'id'> | undefined, id: CardId | undefined = card?.id): string {
  return quoted(card === undefined || card.title.trim() === '' ? (id ?? '') : card.title)
}

function namesOf(loop: readonly ContextId[], contexts: Graph['contexts']): string {
  return loop.slice(0, 5).map((id) => quoted(contexts[id]?.text ?? id)).join(', ')
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}
