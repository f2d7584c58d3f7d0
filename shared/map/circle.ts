/**
 * Priorities that run in a circle within one context: which cards, which priorities, and one way around.
 *
 * A circle is a strongly connected component of two or more cards; all priorities inside of it are suspended (FORMALISMS §2)
 * until the person takes one back. Retired cards are in none. The same whatever the order of the records.
 */
import { indexContexts, loopsOf, valuesOf } from '../graph.ts'
import type { CardId, ContextId, Edge, Graph } from '../schema.ts'

export interface Circle {
  /** The one that stands for its synonyms. */
  readonly context: ContextId
  /** Sorted. */
  readonly cards: readonly CardId[]
  /** A shortest way around through the first card: each is held wiser than the next, the last wiser than the first. */
  readonly round: readonly CardId[]
  /** Every priority between two of the cards here, by key; none of them counts. */
  readonly edges: readonly Edge[]
}

export function circlesOf(graph: Pick<Graph, 'cards' | 'contexts' | 'edges'>): readonly Circle[] {
  const index = indexContexts(graph.contexts)
  const isRetired = (card: CardId): boolean => graph.cards[card]?.status === 'retired'
  const places = Map.groupBy(valuesOf(graph.edges).filter(({ from, to }) => !isRetired(from) && !isRetired(to)), (edge) => index.canonical(edge.context))
  return [...places].sort(([left], [right]) => (left < right ? -1 : 1)).flatMap(([context, edges]) => {
    const next = Map.groupBy(edges, (edge) => edge.to)
    const below = (card: CardId): readonly CardId[] => (next.get(card) ?? []).map((edge) => edge.from).sort()
    return loopsOf([...next.keys()].sort(), below).map((cards): Circle => {
      const isIn = new Set(cards)
      return { context, cards, round: wayAround(cards, (card) => below(card).filter((other) => isIn.has(other))), edges: edges.filter(({ from, to }) => isIn.has(from) && isIn.has(to)) }
    })
  })
}

/** Breadth first from the first card until a step leads back to it. */
function wayAround(cards: readonly CardId[], below: (card: CardId) => readonly CardId[]): readonly CardId[] {
  const [start] = cards
  if (start === undefined) return []
  const cameFrom = new Map<CardId, CardId | null>([[start, null]])
  for (const card of cameFrom.keys()) {
    for (const next of below(card)) {
      if (next === start) return [...pathTo(card, cameFrom)].reverse()
      if (!cameFrom.has(next)) cameFrom.set(next, card)
    }
  }
  return cards
}

function pathTo(card: CardId, cameFrom: ReadonlyMap<CardId, CardId | null>): readonly CardId[] {
  const path: CardId[] = []
  for (let at: CardId | null = card; at !== null; at = cameFrom.get(at) ?? null) path.push(at)
  return path
}
