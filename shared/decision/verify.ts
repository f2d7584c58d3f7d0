/**
 * The independent checker: re-derives a decision from its certificate (rules.ts, places.ts), without a model, and shares no
 * code with what made it, only the schema and the hash function.
 *
 * Accepts exactly what `decide` makes, but where the contexts take too long to compare (places.ts). Rejects any field that
 * was changed: what follows from the inputs by re-deriving it, the inputs by the digests; and, with the person's graph at
 * hand, inputs that are not that graph's.
 */
import { Certificate, type Derived, type Inputs } from './certificate.ts'
import { Patience, situationOf } from './places.ts'
import { fail, ok, type Result } from '../result.ts'
import { derive, digestOf, grain, own, taken, write } from './rules.ts'
import { limits, type Graph, type Outcome } from '../schema.ts'

export interface Checked {
  readonly outcome: Outcome
  readonly digest: string
}

/** Every refusal is `bad-input` and names what does not follow. */
export function verify(certificate: unknown, graph?: Graph): Result<Checked> {
  const parsed = Certificate.safeParse(certificate)
  if (!parsed.success) return invalid(`it is not a certificate (${parsed.error.issues[0]?.path.map(String).join('.') || 'the whole'} is malformed)`)
  const { inputs, derived, hashes, others, digest, order } = parsed.data
  if (write(certificate) !== write(parsed.data)) return invalid('it holds a field that is not a certificate’s')
  const { digest: _, ...rest } = parsed.data
  if (digestOf(rest) !== digest) return invalid('its digest does not fit its content')
  if ((hashes.trust === undefined) !== (inputs.trust === undefined)) return invalid('the digest of its trust does not fit it')
  for (const part of Object.keys(hashes) as (keyof typeof hashes)[]) {
    if (hashes[part] !== digestOf(inputs[part])) return invalid(`the digest of its ${part} does not fit them`)
  }
  const ill = illFormed(inputs, order)
  if (ill !== null) return invalid(ill)
  const expected = derivedFrom(inputs)
  if (expected === null) return invalid('its contexts take too long to compare')
  for (const part of Object.keys(expected) as (keyof Derived)[]) {
    if (write(expected[part]) !== write(derived[part])) return invalid(`its ${part} ${part === 'outcome' ? 'does' : 'do'} not follow from its inputs`)
  }
  const foreign = graph === undefined ? null : differsFrom(graph, inputs, others.words, order)
  return foreign === null ? ok({ outcome: derived.outcome, digest }) : invalid(foreign)
}

function derivedFrom(inputs: Inputs): ReturnType<typeof derive> | null {
  try {
    return derive(inputs)
  } catch (error) {
    if (error instanceof Patience) return null
    throw error
  }
}

// ---- the inputs as such ---------------------------------------------------------------------------------------------

const edgeName = (edge: { from: string; to: string; context: string }): string => `${edge.from}|${edge.to}|${edge.context}`

function illFormed(inputs: Inputs, order: Certificate['order']): string | null {
  const { cards, others, calibration, contexts, edges, norms, commitments, scenario } = inputs
  const { trust } = inputs
  if (trust !== undefined && (trust.approved > trust.answers || (trust.standing === 'trusted' && trust.low < trust.threshold))) return 'its trust does not follow from its numbers'
  const isRising = (ids: readonly string[]): boolean => ids.every((id, at) => at === 0 || (ids[at - 1] as string) < id)
  if (![cards, others, contexts, norms, commitments].every((list) => isRising(list.map(({ id }) => id))) || !isRising(edges.map(edgeName))) return 'a list of it is out of order'
  const rows = [...cards.flatMap((card) => card.policies), ...norms].map(({ support }) => support)
  if (rows.some((row) => row.length !== scenario.options.length)) return 'a support is missing'
  if ([...rows.flat(), ...[...cards, ...others].map((card) => card.relevance), ...contexts.map(({ match }) => match)].some((value) => value !== grain(value))) return 'a number of it is finer than the evidence'
  const floor = calibration.relevanceFloor
  if (cards.some((card) => card.relevance < floor || card.relevance === 0 || !taken(card.author) || !card.policies.some(own))) return 'a card of it does not bear on the situation'
  const weakest = Math.min(...cards.map((card) => card.relevance))
  for (const { id, standing, relevance } of others) {
    const bears = relevance >= floor && relevance > 0
    if (cards.some((card) => card.id === id)) return 'a card of it both bears and does not'
    if (standing === 'not-relevant' && bears) return 'a card that bears is set aside'
    if (standing === 'crowded-out' && !(bears && cards.length === limits.bearing && relevance <= weakest)) return 'a card that bears is set aside'
  }
  const places = situationOf(inputs)
  const placed = new Set([...cards, ...others.filter(({ standing }) => standing === 'not-relevant' || standing === 'crowded-out')].map(({ id }) => id))
  if (edges.some((edge) => !places.matched.has(places.root(edge.context)) || !placed.has(edge.from) || !placed.has(edge.to) || edge.from === edge.to)) return 'an edge of it does not hold here'
  if (commitments.some(({ context, card }) => !places.matched.has(places.root(context)) || !cards.some(({ id }) => id === card))) return 'a commitment of it does not hold here'
  const needed = places.around([...places.matched.keys(), ...cards.flatMap((card) => card.contexts)])
  if (contexts.some(({ id }) => !needed.has(places.root(id)))) return 'a context of it has no part here'
  if (order !== null) {
    const listed = order.map(({ card }) => card)
    const all = [...cards, ...others].map(({ id }) => id as string)
    if (listed.length !== all.length || [...listed].sort().join() !== all.sort().join()) return 'its order does not list its cards'
    if (order.some(({ policies }) => new Set(policies).size < policies.length)) return 'its order does not list its lines'
    for (const card of cards) if (order.find((entry) => entry.card === card.id)?.policies.join() !== card.policies.map(({ id }) => id).join()) return 'its order does not list its lines'
  }
  return null
}

// ---- against the person's own graph ---------------------------------------------------------------------------------

function differsFrom(graph: Graph, inputs: Inputs, words: string, order: Certificate['order']): string | null {
  const byId = <Item extends { id: string }>(record: Readonly<Record<string, Item>>): Item[] => Object.values(record).sort((left, right) => (left.id < right.id ? -1 : 1))
  const endorsed = byId(graph.cards).filter(({ status }) => status === 'endorsed')
  const strip = ({ id, title, author, contexts, policies }: (typeof endorsed)[number]) => ({ id, title, author, contexts, policies })
  const listed = new Set(inputs.cards.map(({ id }) => id as string))
  if (endorsed.length !== inputs.cards.length + inputs.others.length) return 'the graph holds other cards'
  for (const card of inputs.cards) {
    const found = endorsed.find(({ id }) => id === card.id)
    const { relevance: _, ...rest } = card
    const stated = { ...rest, policies: rest.policies.map(({ support: __, ...line }) => line) }
    if (found === undefined || found.kind === 'instrumental' || write(strip(found)) !== write(stated)) return 'a card of it is not the graph’s'
  }
  const aside = endorsed.filter(({ id }) => !listed.has(id))
  for (const [at, card] of aside.entries()) {
    const stated = inputs.others[at]
    const why = card.kind === 'instrumental' ? 'instrumental' : !taken(card.author) ? 'unconfirmed' : card.policies.some(own) ? null : 'without-lines'
    const fits = why === null ? stated?.standing === 'not-relevant' || stated?.standing === 'crowded-out' : stated?.standing === why
    if (stated?.id !== card.id || !fits) return 'a card that it sets aside is not the graph’s'
  }
  if (digestOf(aside.map((card) => ({ ...strip(card), kind: card.kind }))) !== words) return 'the cards that it sets aside are not the graph’s'
  const lines = new Map(endorsed.map(({ id, policies }) => [id, policies.map((line) => line.id).join()]))
  if (order?.some(({ card, policies }) => lines.get(card) !== policies.join()) === true) return 'its order does not list its lines'

  const place = situationOf({ contexts: byId(graph.contexts).map((context) => ({ ...context, match: 0 })), calibration: inputs.calibration })
  const stated = new Map(inputs.contexts.map(({ match: _, ...context }) => [context.id as string, context]))
  const matched = situationOf(inputs).matched
  const roots = new Set([...stated.keys()].map(place.root))
  for (const { id, text, within, synonymOf } of byId(graph.contexts)) {
    const context = stated.get(id)
    if (roots.has(place.root(id)) !== (context !== undefined)) return 'the contexts of it are not the graph’s'
    if (context !== undefined && write(context) !== write({ id, text, within, synonymOf })) return 'a context of it is not the graph’s'
  }
  if ([...stated.keys()].some((id) => graph.contexts[id as keyof Graph['contexts']] === undefined)) return 'a context of it is not the graph’s'
  const isHere = (context: string): boolean => stated.has(context) && matched.has(place.root(context))
  const unplaced = new Set(inputs.others.filter(({ standing }) => standing !== 'not-relevant' && standing !== 'crowded-out').map(({ id }) => id as string))
  const known = new Set(endorsed.map(({ id }) => id as string))
  const isPlaced = (card: string): boolean => known.has(card) && !unplaced.has(card)
  const edges = Object.values(graph.edges).filter((edge) => isHere(edge.context) && isPlaced(edge.from) && isPlaced(edge.to)).sort((left, right) => (edgeName(left) < edgeName(right) ? -1 : 1))
    .map(({ from, to, context, createdAt, mapping }) => ({ from, to, context, createdAt, dropped: mapping.filter(({ becomes }) => becomes === null).map(({ policy }) => policy) }))
  if (write(edges) !== write(inputs.edges)) return 'the edges of it are not the graph’s'
  const norms = byId(graph.norms).map(({ id, text, force, strength, inForce }) => ({ id, text, force, strength, inForce }))
  if (write(norms) !== write(inputs.norms.map(({ support: _, ...norm }) => norm))) return 'the norms of it are not the graph’s'
  const committed = new Map(inputs.commitments.map((commitment) => [commitment.id, commitment]))
  for (const commitment of byId(graph.commitments)) {
    const found = committed.get(commitment.id)
    const { id, context, card, createdAt, revokedAt, expiresAt } = commitment
    const counts = revokedAt === null && isHere(context) && listed.has(card)
    if (found === undefined ? counts && expiresAt === null : !counts || write(found) !== write({ id, context, card, createdAt })) return 'a commitment of it is not the graph’s'
  }
  return inputs.commitments.some(({ id }) => graph.commitments[id] === undefined) ? 'a commitment of it is not the graph’s' : null
}

function invalid(why: string): Result<never> {
  return fail('bad-input', `the certificate is not valid: ${why}`, 'preview the situation again')
}
