/** The person's priorities as the map shows them: each as a sentence, and which of them run in a circle within one context. */
import { indexContexts, loopsOf, valuesOf } from '../shared/graph.ts'
import { edgeKey, type CardId, type ContextId, type Edge, type Graph } from '../shared/schema.ts'
import { whenWords } from './words.ts'

export interface Priority {
  readonly key: string
  readonly edge: Edge
  readonly wiser: string
  readonly than: string
  readonly when: string
  readonly isInCircle: boolean
}

export function prioritiesOf(graph: Graph): readonly Priority[] {
  const circles = circlesOf(graph)
  const index = indexContexts(graph.contexts)
  return valuesOf(graph.edges).map((edge) => ({
    key: edgeKey(edge),
    edge,
    wiser: nameOf(graph, edge.to),
    than: nameOf(graph, edge.from),
    when: whenWords(graph.contexts[edge.context]?.text ?? ''),
    isInCircle: circles.some(({ context, cards }) => context === index.canonical(edge.context) && cards.includes(edge.from) && cards.includes(edge.to))
  }))
}

export interface Circle {
  readonly context: ContextId
  readonly cards: readonly CardId[]
}

/** Cards that are held wiser than each other in a circle, context by context. */
export function circlesOf(graph: Graph): readonly Circle[] {
  const index = indexContexts(graph.contexts)
  const places = Map.groupBy(valuesOf(graph.edges), (edge) => index.canonical(edge.context))
  return [...places].flatMap(([context, edges]) => {
    const next = Map.groupBy(edges, (edge) => edge.to)
    return loopsOf([...next.keys()].sort(), (card) => (next.get(card) ?? []).map((edge) => edge.from)).map((cards) => ({ context, cards }))
  })
}

export function nameOf(graph: Graph, card: CardId): string {
  return graph.cards[card]?.title.trim() || 'a card without a name'
}
