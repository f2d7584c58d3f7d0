/**
 * Which card goes before which in this situation: a strict partial order, derived and never guessed (FORMALISMS §2, §3).
 *
 * [P1] A context is the situation's when it or a synonym matches it at least by the floor, when one within it is, or when it
 *      has no words (then it is every situation, wider than all others).
 * [P2] Of the edges between two cards, one in a narrower context stands instead of those in wider ones.
 * [P3] Priorities that run in a circle are suspended: those inside one context first, then those that close a circle only
 *      across contexts. Two cards held each wiser than the other in contexts of which neither is narrower are a conflict.
 * [P4] What is left is closed under transitivity, also through cards that do not bear on the situation.
 * [P5] A commitment puts its card above the bearing cards that it is otherwise incomparable to. The narrower context speaks
 *      first, then the newer commitment.
 */
import type { CertifiedCommitment, CertifiedContext, CertifiedEdge, CertifiedPriority, Derived } from './certificate.ts'
import { indexContexts, loopsOf, recordBy, sameWords } from '../graph.ts'
import type { CardId, Commitment, ContextId, Graph } from '../schema.ts'

/** The contexts of a situation, each standing for its synonyms under the smallest of their ids. */
export interface SituationContexts {
  /** How well each matches, in [0, 1]; only those that are the situation's. */
  readonly matched: ReadonlyMap<ContextId, number>
  /** The id that stands for `id`. */
  standsFor(id: ContextId): ContextId
  /** How well `id` matches, whether it reaches the floor or not. */
  matchOf(id: ContextId): number
  /** `narrow` lies within `wide` and not the other way round. */
  isNarrower(narrow: ContextId, wide: ContextId): boolean
  /** All ids that the same words or a merge make one with `id`. */
  members(id: ContextId): readonly ContextId[]
  /** Standing ids of `ids` and of all contexts that these lie within, near or far. */
  around(ids: Iterable<ContextId>): ReadonlySet<ContextId>
}

export interface Priority {
  /** For each bearing card, the bearing cards it goes before. */
  readonly below: ReadonlyMap<CardId, ReadonlySet<CardId>>
  readonly priorities: readonly CertifiedPriority[]
  readonly suspended: Derived['suspended']
  readonly conflicts: Derived['conflicts']
  /** The edges that count. */
  readonly edges: readonly CertifiedEdge[]
}

/** The graph as it holds at `now` (ms): without commitments that were revoked, have run out, or are not yet made. */
export function inForce(graph: Graph, now: number): Graph {
  const holds = (commitment: Commitment): boolean =>
    commitment.revokedAt === null && commitment.createdAt <= now && (commitment.expiresAt === null || now < commitment.expiresAt)
  return { ...graph, commitments: recordBy(Object.values<Commitment>(graph.commitments).filter(holds), (commitment) => commitment.id) }
}

/** `floor` in [0, 1]: what a context's match must reach. */
export function situationContexts(contexts: readonly CertifiedContext[], floor: number): SituationContexts {
  const index = indexContexts(recordBy(contexts, (context) => context.id))
  const standsFor = (id: ContextId): ContextId => index.members(id)[0] ?? id
  const own = new Map<ContextId, number>()
  const wordless = new Set<ContextId>()
  for (const context of contexts) {
    const id = standsFor(context.id)
    own.set(id, Math.max(own.get(id) ?? 0, context.match))
    if (sameWords(context.text) === '') wordless.add(id)
  }
  for (const context of contexts) if (sameWords(context.text) !== '') wordless.delete(standsFor(context.id))
  const widers = new Map<ContextId, ReadonlySet<ContextId>>()
  const findWider = (start: ContextId): ReadonlySet<ContextId> => {
    const found = new Set([...index.ancestors(start)].map(standsFor))
    if (!wordless.has(start)) for (const everywhere of wordless) found.add(everywhere)
    return found
  }
  const wider = (id: ContextId): ReadonlySet<ContextId> => {
    const start = standsFor(id)
    const found = widers.get(start) ?? findWider(start)
    widers.set(start, found)
    return found
  }
  /* Each context is come to once, however deep they lie within each other. */
  const reach = (starts: Iterable<ContextId>, known: { has(id: ContextId): boolean }): ReadonlySet<ContextId> => {
    const found = new Set<ContextId>()
    const open = [...starts]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (found.has(at) || known.has(at)) continue
      found.add(at)
      for (const wide of index.wider(at)) open.push(standsFor(wide))
    }
    return found
  }
  for (const id of wordless) own.set(id, 1)
  const match = new Map<ContextId, number>()
  for (const [id, value] of [...own].sort(([, left], [, right]) => right - left)) {
    for (const wide of reach([id], match)) match.set(wide, value)
  }
  const matched = new Map<ContextId, number>()
  for (const [id, value] of match) if (value >= floor) matched.set(id, value)
  return {
    matched,
    standsFor,
    matchOf: (id) => match.get(standsFor(id)) ?? 0,
    isNarrower: (narrow, wide) => standsFor(narrow) !== standsFor(wide) && wider(narrow).has(standsFor(wide)) && !wider(wide).has(standsFor(narrow)),
    members: (id) => index.members(id),
    around: (ids) => reach([...ids].map(standsFor), new Set())
  }
}

/** `edges` and `commitments` are those in contexts of the situation; an edge may lead over cards that are not among `bearing`. */
export function derivePriority(
  bearing: readonly CardId[],
  edges: readonly CertifiedEdge[],
  commitments: readonly CertifiedCommitment[],
  contexts: SituationContexts
): Priority {
  const placed = edges.map((edge): Placed => ({ edge, place: contexts.standsFor(edge.context) }))
  const standing = narrowest(placed, contexts)

  const inOneContext = [...groupBy(placed, ({ place }) => place).entries()].flatMap(([place, own]) => circles(own).map((cards) => ({ cards, contexts: [place] })))
  const across = circles(standing)
  const suspended: { cards: CardId[]; contexts: ContextId[] }[] = inOneContext.map(({ cards, contexts: where }) => ({ cards: [...cards], contexts: where }))
  const conflicts: { cards: [CardId, CardId]; contexts: ContextId[] }[] = []
  for (const cards of across) {
    if (inOneContext.some((known) => known.cards.join('|') === cards.join('|'))) continue
    const where = [...new Set(standing.filter(({ edge }) => cards.includes(edge.from) && cards.includes(edge.to)).map(({ place }) => place))].sort()
    const [left, right] = cards
    if (cards.length === 2 && left !== undefined && right !== undefined) conflicts.push({ cards: [left, right], contexts: where })
    else suspended.push({ cards: [...cards], contexts: where })
  }

  const isSuspended = suspender(inOneContext, across)
  const counting = standing.filter((placedEdge) => !isSuspended(placedEdge))
  const below = closure(bearing, counting)
  const via = new Map<string, Pick<CertifiedPriority, 'via' | 'context' | 'since'>>()
  for (const { edge } of [...counting].sort((left, right) => left.edge.createdAt - right.edge.createdAt || compare(left.edge.context, right.edge.context))) {
    const key = `${edge.to}|${edge.from}`
    if (!via.has(key)) via.set(key, { via: 'edge', context: edge.context, since: edge.createdAt })
  }
  for (const commitment of inOrder(commitments, contexts)) {
    for (const card of commit(below, commitment.card)) {
      via.set(`${commitment.card}|${card}`, { via: 'commitment', context: commitment.context, since: commitment.createdAt })
    }
  }

  const chain = { via: 'chain', context: null, since: null } as const
  return {
    below,
    priorities: [...bearing].sort().flatMap((wiser) => [...(below.get(wiser) ?? [])].sort().map((than) => ({ wiser, than, ...(via.get(`${wiser}|${than}`) ?? chain) }))),
    suspended: suspended.sort((left, right) => compare(nameOf(left), nameOf(right))),
    conflicts: conflicts.sort((left, right) => compare(nameOf(left), nameOf(right))),
    edges: counting.map(({ edge }) => edge)
  }
}

/** An edge and the standing id of its context. */
interface Placed {
  readonly edge: CertifiedEdge
  readonly place: ContextId
}

function narrowest(placed: readonly Placed[], contexts: SituationContexts): readonly Placed[] {
  const pairs = groupBy(placed, ({ edge }) => [edge.from, edge.to].sort().join('|'))
  return [...pairs.values()].flatMap((pair) => pair.filter(({ place }) => !pair.some((other) => contexts.isNarrower(other.place, place))))
}

function circles(placed: readonly Placed[]): readonly (readonly CardId[])[] {
  const next = groupBy(placed, ({ edge }) => edge.to)
  return loopsOf([...next.keys()].sort(), (card) => (next.get(card) ?? []).map(({ edge }) => edge.from))
}

/** An edge is suspended where both its cards are in one circle, of its own context or across contexts. */
function suspender(inOneContext: readonly { readonly cards: readonly CardId[]; readonly contexts: readonly ContextId[] }[], across: readonly (readonly CardId[])[]) {
  const circleOf = new Map<string, number>()
  inOneContext.forEach(({ cards, contexts: [place] }, number) => cards.forEach((card) => circleOf.set(`${place}|${card}`, number)))
  across.forEach((cards, number) => cards.forEach((card) => circleOf.set(`|${card}`, number)))
  return ({ edge, place }: Placed): boolean =>
    [`${place}|`, '|'].some((prefix) => {
      const circle = circleOf.get(prefix + edge.from)
      return circle !== undefined && circle === circleOf.get(prefix + edge.to)
    })
}

/** What each bearing card goes before, near or far. */
function closure(bearing: readonly CardId[], counting: readonly Placed[]): Map<CardId, Set<CardId>> {
  const next = groupBy(counting, ({ edge }) => edge.to)
  const bears = new Set(bearing)
  const below = new Map<CardId, Set<CardId>>()
  for (const card of bearing) {
    const seen = new Set<CardId>()
    const open = [card]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const { edge } of next.get(at) ?? []) {
        if (seen.has(edge.from)) continue
        seen.add(edge.from)
        open.push(edge.from)
      }
    }
    below.set(card, new Set([...seen].filter((other) => bears.has(other))))
  }
  return below
}

/** Puts `card` above all that it is incomparable to, and whatever is above it above these; gives the former. */
function commit(below: Map<CardId, Set<CardId>>, card: CardId): readonly CardId[] {
  const own = below.get(card)
  if (own === undefined) return []
  const above = [...below].filter(([, under]) => under.has(card)).map(([other]) => other)
  const gained = [...below.keys()].filter((other) => other !== card && !above.includes(other) && !own.has(other))
  for (const other of gained) own.add(other)
  for (const higher of above) for (const other of own) below.get(higher)?.add(other)
  return gained
}

/** Narrower contexts first; where neither is narrower, the newer first, then by id. */
function inOrder(commitments: readonly CertifiedCommitment[], contexts: SituationContexts): readonly CertifiedCommitment[] {
  let rest = [...commitments].sort((left, right) => right.createdAt - left.createdAt || compare(left.id, right.id))
  const order: CertifiedCommitment[] = []
  while (rest.length > 0) {
    const first = rest.find((one) => !rest.some((other) => contexts.isNarrower(other.context, one.context)))
    if (first === undefined) break
    order.push(first)
    rest = rest.filter((one) => one !== first)
  }
  return order
}

function groupBy<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

function nameOf(record: { readonly cards: readonly CardId[]; readonly contexts: readonly ContextId[] }): string {
  return `${record.cards.join('|')} ${record.contexts.join('|')}`
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
