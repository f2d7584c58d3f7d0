/**
 * The places of the map: each kind of situation is a lane, with the cards that show up in it or have a priority in it.
 *
 * Invariants: lanes stand by their words, one within another behind it and one step in; cards as they were made; the same
 * whatever the order of the records or who wrote them. Kinds of situation that were merged or say the same words are one lane.
 */
import { indexContexts, sameWords, valuesOf } from '../graph.ts'
import { edgeKey, type CardId, type ContextId, type Edge, type Graph } from '../schema.ts'
import { circlesOf, type Circle } from './circle.ts'
import { clustersOf, type Cluster } from './cluster.ts'
import type { Tension, Tensions } from './tension.ts'

/** The lane of the cards that stand in no kind of situation. */
export const nowhere = 'nowhere'

export interface Lane {
  /** A standing context, or `nowhere`. */
  readonly id: ContextId | typeof nowhere
  /** As the person wrote it; '' for every situation, and for nowhere. */
  readonly text: string
  /** The lane that this one is part of, and how many steps in it stands. */
  readonly within: ContextId | null
  readonly depth: number
  /** All that stand here, as they were made. */
  readonly cards: readonly CardId[]
  /** Priorities that hold here, by key. */
  readonly edges: readonly Edge[]
  readonly circles: readonly Circle[]
  /** Of the cards without a priority here, where there are many. */
  readonly clusters: readonly Cluster[]
  /** Two cards that both stand here and clearly pull apart. */
  readonly pulls: readonly Tension[]
}

/** Of how few cards without a priority no groups are made. */
const fewest = 9

/** `pulls`: the tensions to be shown in the lanes. */
export function lanesOf(graph: Graph, tensions: Pick<Tensions, 'pairs'>, pulls: readonly Tension[]): readonly Lane[] {
  const index = indexContexts(graph.contexts)
  const shown = valuesOf(graph.cards).filter((card) => card.status !== 'retired').sort((left, right) => left.createdAt - right.createdAt || compare(left.id, right.id))
  const isShown = new Set(shown.map(({ id }) => id))
  const edges = Map.groupBy(valuesOf(graph.edges).filter(({ from, to }) => isShown.has(from) && isShown.has(to)), (edge) => index.canonical(edge.context))
  const circles = Map.groupBy(circlesOf(graph), ({ context }) => context)
  const standing = new Map<ContextId, Set<CardId>>()
  const stand = (place: ContextId, card: CardId): void => {
    const cards = standing.get(place)
    if (cards === undefined) standing.set(place, new Set([card]))
    else cards.add(card)
  }
  for (const card of shown) for (const context of card.contexts) stand(index.canonical(context), card.id)
  for (const [place, own] of edges) for (const { from, to } of own) [from, to].forEach((card) => stand(place, card))
  for (const place of [...standing.keys()]) for (const wide of index.ancestors(place)) if (!standing.has(wide)) standing.set(wide, new Set())

  const order = new Map(shown.map(({ id }, at) => [id, at]))
  const laneOf = (id: Lane['id'], own: ReadonlySet<CardId>, within: ContextId | null, depth: number): Lane => {
    const ranked = id === nowhere ? [] : [...(edges.get(id) ?? [])].sort((left, right) => compare(edgeKey(left), edgeKey(right)))
    const inEdges = new Set(ranked.flatMap(({ from, to }) => [from, to]))
    const cards = [...own].sort((left, right) => (order.get(left) ?? 0) - (order.get(right) ?? 0))
    const apart = cards.filter((card) => !inEdges.has(card))
    return {
      id, text: id === nowhere ? '' : (graph.contexts[id]?.text ?? ''), within, depth, cards, edges: ranked,
      circles: id === nowhere ? [] : (circles.get(id) ?? []),
      clusters: apart.length < fewest ? [] : clustersOf(apart.flatMap((card) => graph.cards[card] ?? []), tensions),
      pulls: pulls.filter(({ left, right }) => own.has(left) && own.has(right))
    }
  }

  const places = [...standing.keys()].sort((left, right) => compare(sameWords(graph.contexts[left]?.text ?? ''), sameWords(graph.contexts[right]?.text ?? '')) || compare(left, right))
  const parentOf = (place: ContextId): ContextId | null => {
    /* Of several the nearest, then the first by its words; none that is itself part of this one. */
    const wider = index.wider(place)
    return places.find((other) => wider.has(other) && !index.ancestors(other).has(place)) ?? null
  }
  const children = Map.groupBy(places, parentOf)
  const lanes: Lane[] = []
  const walk: { readonly place: ContextId; readonly within: ContextId | null; readonly depth: number }[] = []
  const enter = (within: ContextId | null, depth: number): void => void walk.push(...(children.get(within) ?? []).map((place) => ({ place, within, depth })).reverse())
  enter(null, 0)
  for (let next = walk.pop(); next !== undefined; next = walk.pop()) {
    lanes.push(laneOf(next.place, standing.get(next.place) ?? new Set(), next.within, next.depth))
    enter(next.place, next.depth + 1)
  }
  const placed = new Set(lanes.flatMap(({ cards }) => cards))
  const rest = new Set(shown.map(({ id }) => id).filter((id) => !placed.has(id)))
  return rest.size === 0 ? lanes : [...lanes, laneOf(nowhere, rest, null, 0)]
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
