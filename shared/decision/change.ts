/**
 * What would change it: the smallest single change that turns the outcome, found by trying, never by guessing.
 *
 * Changes are tried in the order of their size: a line dropped, an option's detail, a priority added or dropped, a card set
 * aside; within one kind the most telling first, `tried` of each at most. One that leads to another act goes before one
 * that only leads to asking; for a decision that asks, only one that leads to an act counts.
 */
import type { CertifiedArgument, Inputs } from './certificate.ts'
import { deliberate, gather, type Question } from './decide.ts'
import { fromLists, toLists } from '../graph.ts'
import { situationContexts } from './priority.ts'
import { ContextId, edgeKey, type Calibration, type Card, type CardId, type Evidence, type Graph, type Outcome, type PolicyId } from '../schema.ts'

export type Change =
  /** A line dropped. */
  | { readonly kind: 'drop-line'; readonly card: CardId; readonly policy: PolicyId; readonly outcome: Outcome }
  /** A card set aside. */
  | { readonly kind: 'drop-card'; readonly card: CardId; readonly outcome: Outcome }
  /** `to` wiser than `from` here: in the narrowest context of this situation, or, where it is a case of none, everywhere (null). */
  | { readonly kind: 'add-priority'; readonly from: CardId; readonly to: CardId; readonly context: ContextId | null; readonly outcome: Outcome }
  /** `edge` is its key. */
  | { readonly kind: 'drop-priority'; readonly edge: string; readonly outcome: Outcome }
  /** An option's detail: it no longer bears on this line. */
  | { readonly kind: 'option-detail'; readonly option: number; readonly card: CardId; readonly policy: PolicyId; readonly outcome: Outcome }

/** Changes tried of each kind. */
const tried = 24

/** null where none of those tried turns it. `graph` is one that holds now (`inForce`). */
export function smallestChange(graph: Graph, scenario: Question, evidence: Evidence, calibration: Calibration): Change | null {
  const inputs = gather(graph, scenario, evidence, calibration)
  const derived = deliberate(inputs)
  const small = concerned(graph, inputs)
  let fallback: Change | null = null
  for (const trial of trials(small, inputs, derived.arguments, derived.rebuttals, evidence)) {
    const { outcome } = deliberate(gather(trial.graph, scenario, trial.evidence, calibration))
    if (outcome.kind === 'act' && !(derived.outcome.kind === 'act' && derived.outcome.option === outcome.option)) return { ...trial.change, outcome }
    if (outcome.kind === 'ask' && derived.outcome.kind === 'act') fallback ??= { ...trial.change, outcome }
  }
  return fallback
}

type Unjudged = { [Kind in Change['kind']]: Omit<Extract<Change, { kind: Kind }>, 'outcome'> }[Change['kind']]
interface Trial {
  readonly change: Unjudged
  readonly graph: Graph
  readonly evidence: Evidence
}

/** The same graph without the cards that have no part in this decision: decides alike, and costs little to change. */
function concerned(graph: Graph, inputs: Inputs): Graph {
  const part = new Set<CardId>([...inputs.cards, ...inputs.others.filter(({ standing }) => standing === 'crowded-out')].map(({ id }) => id))
  for (const { from, to } of inputs.edges) part.add(from).add(to)
  const lists = toLists(graph)
  return fromLists({ ...lists, cards: lists.cards.filter(({ id }) => part.has(id)) })
}

function* trials(graph: Graph, inputs: Inputs, spoken: readonly CertifiedArgument[], rebuttals: readonly { readonly cards: readonly [CardId, CardId]; readonly wiser: CardId | null }[], evidence: Evidence): Generator<Trial> {
  const relevance = new Map(inputs.cards.map((card) => [card.id, card.relevance]))
  const telling = [...spoken].sort((left, right) => (relevance.get(right.card) ?? 0) * right.strength - (relevance.get(left.card) ?? 0) * left.strength)
  const lines = [...new Map(telling.map(({ card, policy }) => [`${card}|${policy}`, { card, policy }])).values()]
  for (const { card, policy } of lines.slice(0, tried)) {
    yield { change: { kind: 'drop-line', card, policy }, graph: withCard(graph, card, (old) => ({ ...old, policies: old.policies.filter(({ id }) => id !== policy) })), evidence }
  }
  for (const { card, policy, option } of telling.slice(0, tried)) {
    const support = (evidence.support[policy] ?? []).map((value, at) => (at === option ? 0 : value))
    yield { change: { kind: 'option-detail', card, policy, option }, graph, evidence: { ...evidence, support: { ...evidence.support, [policy]: support } } }
  }
  const context = narrowestOf(inputs)
  const open = rebuttals.filter(({ wiser }) => wiser === null).flatMap(({ cards: [first, second] }) => [[first, second] as const, [second, first] as const])
  for (const [from, to] of open.slice(0, tried)) yield { change: { kind: 'add-priority', from, to, context }, graph: withEdge(graph, from, to, context), evidence }
  for (const edge of inputs.edges.slice(0, tried)) {
    const lists = toLists(graph)
    yield { change: { kind: 'drop-priority', edge: edgeKey(edge) }, graph: fromLists({ ...lists, edges: lists.edges.filter((other) => edgeKey(other) !== edgeKey(edge)) }), evidence }
  }
  const cards = [...inputs.cards].sort((left, right) => right.relevance - left.relevance)
  for (const { id } of cards.slice(0, tried)) yield { change: { kind: 'drop-card', card: id }, graph: withCard(graph, id, (old) => ({ ...old, status: 'retired' })), evidence }
}

function withCard(graph: Graph, id: CardId, changed: (card: Card) => Card): Graph {
  const lists = toLists(graph)
  return fromLists({ ...lists, cards: lists.cards.map((card) => (card.id === id ? changed(card) : card)) })
}

function withEdge(graph: Graph, from: CardId, to: CardId, context: ContextId | null): Graph {
  const lists = toLists(graph)
  const everywhere = ContextId.parse('anywhere-at-all')
  const edge = { from, to, context: context ?? everywhere, reallyAbout: '', confused: '', story: '', mapping: [], createdAt: 0 }
  const contexts = context === null ? [...lists.contexts, { id: everywhere, text: '', within: [], synonymOf: null }] : lists.contexts
  return fromLists({ ...lists, contexts, edges: [...lists.edges, edge] })
}

/** The best matching of the situation's contexts that no other one of them lies within; null where it is a case of none that has words. */
function narrowestOf(inputs: Inputs): ContextId | null {
  const contexts = situationContexts(inputs.contexts, inputs.calibration.contextFloor)
  const worded = [...contexts.matched].filter(([id]) => inputs.contexts.some((context) => context.id === id && context.text.trim() !== ''))
  const narrowest = worded.filter(([id]) => !worded.some(([other]) => contexts.isNarrower(other, id)))
  narrowest.sort(([left, match], [right, other]) => other - match || (left < right ? -1 : 1))
  return narrowest[0]?.[0] ?? null
}
