/**
 * The heart: from a graph, a scenario, what the model says and a calibration to one decision with its certificate. Pure;
 * the same inputs give the same bytes, whatever the order of any record's keys.
 *
 * [D1] An endorsed card whose words are its owner's (or accepted, or confirmed), that is not instrumental and has a line,
 *      bears on the situation when its relevance reaches the floor; of more than `limits.bearing` the most relevant ones.
 * [D2] A line does not apply (is undercut) where no context of its card matches, or where the person gave it up in an edge
 *      that counts here.
 * [D3] An argument is a line, an option, for or against. Arguments of two cards over two options that these cards order
 *      in opposite ways rebut each other; the card that goes before the other wins; strength never stands in for that.
 * [D4] It asks, in this order: no card bears (no-card); no line says anything (low-confidence); two cards of one circle pull
 *      the remaining options apart (cycle), or two that are in conflict do (values-conflict); two cards with no priority
 *      between them pull strongly apart and every remaining option goes strongly against one such card (on-a-par where all
 *      remaining options are upheld and none violated by them, else values-conflict); the norms in force would choose
 *      otherwise (norm-conflict); not exactly one option stays in the conformal set (low-confidence); an agent is about to act
 *      where the person does not trust one, or where what it rests on has changed (untrusted-domain).
 * [D5] Otherwise it acts on the one option of the conformal set, which is then the likeliest of all.
 */
import { createFramework, grounded, type Attack } from './argument.ts'
import {
  hashOf, sealed, type Certificate, type CertifiedArgument, type CertifiedCard, type CertifiedNorm, type CertifiedTrust, type Decision, type Derived, type Inputs, type Standing
} from './certificate.ts'
import { beatsOf, improvedRelation, isOverruled, lead, prefers, probabilitiesOf, relationOf, rounded, scoresOf, speaks, weightsOf, type Chorus, type Voice } from './choice.ts'
import { valuesOf } from '../graph.ts'
import { derivePriority, situationContexts, type Priority } from './priority.ts'
import {
  limits, type Author, type AskReason, type Calibration, type Card, type CardId, type ContextId, type Evidence, type Graph, type Outcome, type Scenario
} from '../schema.ts'

export type Question = Pick<Scenario, 'domain' | 'mode' | 'situation' | 'options'>

/**
 * `graph` is one that holds now (`inForce`). Numbers that are missing or not finite count as 0. `trust` only where an agent is
 * about to act: a rehearsal shows what it would do wherever it is.
 */
export function decide(graph: Graph, scenario: Question, evidence: Evidence, calibration: Calibration, trust?: CertifiedTrust): Decision {
  const inputs: Inputs = { ...gather(graph, scenario, evidence, calibration), ...(trust === undefined ? {} : { trust }) }
  const derived = deliberate(inputs)
  const aside = inputs.others.map(({ id }) => graph.cards[id]).filter((card) => card !== undefined)
  const certificate = sealed({
    version: 1,
    inputs,
    others: {
      words: hashOf(aside.map((card) => ({ ...wordsOf(card), kind: card.kind, policies: card.policies }))),
      evidence: hashOf(aside.map((card) => evidenceOf(card, evidence, scenario.options.length)))
    },
    hashes: hashesOf(inputs),
    derived,
    order: null
  })
  return { outcome: derived.outcome, probabilities: derived.probabilities, certificate }
}

/** What of all this enters the decision, rounded and sorted: [D1], and the contexts, edges, norms and commitments that concern it. */
export function gather(graph: Graph, scenario: Question, evidence: Evidence, calibration: Calibration): Inputs {
  const { domain, mode, situation, options } = scenario
  const endorsed = valuesOf(graph.cards).filter((card) => card.status === 'endorsed')
  const standing = new Map(endorsed.map((card) => [card.id, standingOf(card, relevanceOf(card, evidence), calibration)]))
  const bearing = endorsed
    .filter((card) => standing.get(card.id) === null)
    .sort((left, right) => relevanceOf(right, evidence) - relevanceOf(left, evidence) || (left.id < right.id ? -1 : 1))
  for (const card of bearing.splice(limits.bearing)) standing.set(card.id, 'crowded-out')
  bearing.sort((left, right) => (left.id < right.id ? -1 : 1))

  const known = valuesOf(graph.contexts).map(({ id, text, within, synonymOf }) => ({ id, text, within, synonymOf, match: unit(evidence.contexts[id]) }))
  const contexts = situationContexts(known, calibration.contextFloor)
  const places = contexts.around([...contexts.matched.keys(), ...bearing.flatMap((card) => card.contexts.filter((context) => graph.contexts[context] !== undefined))])
  const isHere = (context: ContextId): boolean => graph.contexts[context] !== undefined && contexts.matched.has(contexts.standsFor(context))
  const isPlaced = (id: CardId): boolean => {
    const why = standing.get(id)
    return why === null || why === 'not-relevant' || why === 'crowded-out'
  }

  return {
    scenario: { domain, mode, situation, options: [...options] },
    model: evidence.model,
    calibration,
    cards: bearing.map((card): CertifiedCard => {
      const { id, relevance, support } = evidenceOf(card, evidence, options.length)
      return { id, title: card.title, author: card.author, contexts: card.contexts, relevance, policies: card.policies.map((policy, at) => ({ ...policy, support: support[at] ?? [] })) }
    }),
    others: endorsed.flatMap((card) => {
      const why = standing.get(card.id) ?? null
      return why === null ? [] : [{ id: card.id, standing: why, relevance: relevanceOf(card, evidence) }]
    }),
    contexts: known.filter(({ id }) => places.has(contexts.standsFor(id))),
    edges: valuesOf(graph.edges)
      .filter((edge) => isHere(edge.context) && isPlaced(edge.from) && isPlaced(edge.to))
      .map(({ from, to, context, createdAt, mapping }) => ({ from, to, context, createdAt, dropped: mapping.filter(({ becomes }) => becomes === null).map(({ policy }) => policy) })),
    norms: valuesOf(graph.norms).map(({ id, text, force, strength, inForce }) => ({ id, text, force, strength, inForce, support: signed(evidence.norms[id], options.length) })),
    commitments: valuesOf(graph.commitments)
      .filter((commitment) => commitment.revokedAt === null && isHere(commitment.context) && standing.get(commitment.card) === null)
      .map(({ id, context, card, createdAt }) => ({ id, context, card, createdAt }))
  }
}

/** Everything that follows from the inputs. */
export function deliberate(inputs: Inputs): Derived {
  const { calibration, cards, scenario } = inputs
  const count = scenario.options.length
  const options = Array.from({ length: count }, (_, option) => option)
  const contexts = situationContexts(inputs.contexts, calibration.contextFloor)
  const priority = derivePriority(cards.map(({ id }) => id), inputs.edges, inputs.commitments, contexts)
  const matchOf = (card: CertifiedCard): number => (card.contexts.length === 0 ? 1 : Math.max(...card.contexts.map((context) => contexts.matchOf(context))))
  const undercuts = undercutsOf(inputs, priority, matchOf)

  const isUndercut = new Set(undercuts.map(({ card, policy }) => `${card}|${policy}`))
  const voices = cards.map((card): Voice => {
    const lines = card.policies.filter((policy) => isOwn(policy) && !isUndercut.has(`${card.id}|${policy.id}`)).map(({ support }) => support)
    return { card: card.id, relevance: card.relevance, scores: scoresOf(lines, calibration.supportFloor, count) }
  })
  const chorus: Chorus = { voices, below: priority.below, margin: calibration.margin }
  const rebuttals = rebuttalsOf(chorus, options)
  const spoken = argumentsOf(inputs, matchOf)
  const beats = beatsOf(chorus, count)
  const remaining = options.filter((option) => !beats.some((row) => row[option]))
  const weights = weightsOf(chorus, count, beats)
  const probabilities = probabilitiesOf(weights, calibration.temperature, beats)
  const norms = inputs.norms.map((norm) => normColumn(norm, calibration, weights))
  const conformal = options.filter((option) => Math.round((1 - (probabilities[option] ?? 0)) * 1e9) / 1e9 <= calibration.quantile)
  const reason = reasonToAsk(inputs, priority, chorus, { remaining, weights, norms, conformal })

  return {
    matched: [...contexts.matched].map(([context, match]) => ({ context, match })).sort((left, right) => (left.context < right.context ? -1 : 1)),
    suspended: [...priority.suspended],
    conflicts: [...priority.conflicts],
    priorities: [...priority.priorities],
    undercuts,
    scores: voices.map(({ card, scores }) => ({ card, scores: [...scores] })),
    rebuttals,
    arguments: labelled(spoken, undercuts, rebuttals),
    relations: options.flatMap((x) => options.slice(x + 1).map((y) => ({ options: [x, y] as [number, number], ...relationOf(chorus, x, y), improved: improvedRelation(chorus, x, y) }))),
    remaining,
    weights: [...weights],
    probabilities: [...probabilities],
    norms,
    conformal,
    outcome: reason === null ? { kind: 'act', option: conformal[0] ?? 0 } : ({ kind: 'ask', reason } satisfies Outcome)
  }
}

/** Digests of the parts of the inputs, each over its canonical JSON. */
function hashesOf(inputs: Inputs): Certificate['hashes'] {
  return {
    scenario: hashOf(inputs.scenario),
    model: hashOf(inputs.model),
    calibration: hashOf(inputs.calibration),
    cards: hashOf(inputs.cards),
    others: hashOf(inputs.others),
    contexts: hashOf(inputs.contexts),
    edges: hashOf(inputs.edges),
    norms: hashOf(inputs.norms),
    commitments: hashOf(inputs.commitments),
    ...(inputs.trust === undefined ? {} : { trust: hashOf(inputs.trust) })
  }
}

// ---- [D1] -----------------------------------------------------------------------------------------------------------

/** null: it bears. */
function standingOf(card: Card, relevance: number, calibration: Calibration): Standing | null {
  if (card.kind === 'instrumental') return 'instrumental'
  if (!isAccepted(card.author)) return 'unconfirmed'
  if (!card.policies.some(isOwn)) return 'without-lines'
  return relevance > 0 && relevance >= calibration.relevanceFloor ? null : 'not-relevant'
}

/** The line says something, in its owner's words or in words that they took on. */
function isOwn(policy: { readonly text: string; readonly author: Author }): boolean {
  return policy.text.trim() !== '' && isAccepted(policy.author)
}

function isAccepted(author: Author): boolean {
  switch (author.kind) {
    case 'you':
      return true
    case 'model':
      return author.acceptedAt !== null
    case 'import':
      return author.confirmedAt !== null
  }
}

/** A card's words as far as a certificate holds them. */
function wordsOf({ id, title, author, contexts }: Card) {
  return { id, title, author, contexts }
}

/** A card's evidence: one row a line, one number an option, in the card's order. */
export function evidenceOf(card: Card, evidence: Evidence, options: number): { id: CardId; relevance: number; support: number[][] } {
  return { id: card.id, relevance: relevanceOf(card, evidence), support: card.policies.map(({ id }) => signed(evidence.support[id], options)) }
}

function relevanceOf(card: Card, evidence: Evidence): number {
  return unit(evidence.relevance[card.id])
}

function unit(value: number | undefined): number {
  return Math.min(1, Math.max(0, finite(value)))
}

function signed(values: readonly number[] | undefined, options: number): number[] {
  return Array.from({ length: options }, (_, option) => Math.min(1, Math.max(-1, finite(values?.[option]))))
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? rounded(value) : 0
}

// ---- [D2], [D3] -----------------------------------------------------------------------------------------------------

function undercutsOf(inputs: Inputs, priority: Priority, matchOf: (card: CertifiedCard) => number): Derived['undercuts'] {
  const floor = inputs.calibration.undercutFloor
  return inputs.cards.flatMap((card) => {
    const dropped = new Set(priority.edges.filter((edge) => edge.from === card.id && inputs.cards.some(({ id }) => id === edge.to)).flatMap((edge) => edge.dropped))
    return card.policies.filter(isOwn).flatMap(({ id }): Derived['undercuts'] => {
      if (matchOf(card) < floor) return [{ card: card.id, policy: id, because: 'context' }]
      return dropped.has(id) ? [{ card: card.id, policy: id, because: 'dropped' }] : []
    })
  })
}

function argumentsOf({ cards, calibration, scenario }: Inputs, matchOf: (card: CertifiedCard) => number): Omit<CertifiedArgument, 'label'>[] {
  return cards.flatMap((card) =>
    card.policies.filter(isOwn).flatMap((policy) =>
      scenario.options.flatMap((_, option): Omit<CertifiedArgument, 'label'>[] => {
        const support = policy.support[option] ?? 0
        if (!speaks(support, calibration.supportFloor)) return []
        return [{ card: card.id, policy: policy.id, option, direction: support > 0 ? 'for' : 'against', strength: Math.abs(support), match: matchOf(card) }]
      })
    )
  )
}

/** Pairs of cards that order some options in opposite ways. */
function rebuttalsOf(chorus: Chorus, options: readonly number[]): Derived['rebuttals'] {
  const { voices, below, margin } = chorus
  return voices.flatMap((first, at) =>
    voices.slice(at + 1).flatMap((second): Derived['rebuttals'] => {
      const over = options.flatMap((x) => options.filter((y) => prefers(first, x, y, margin) && prefers(second, y, x, margin)).map((y): [number, number] => [x, y]))
      if (over.length === 0) return []
      const wiser = below.get(first.card)?.has(second.card) ? first.card : below.get(second.card)?.has(first.card) ? second.card : null
      return [{ cards: [first.card, second.card], over, wiser }]
    })
  )
}

/**
 * Labels by the grounded extension. Arguments of one card, option and direction attack and are attacked alike, so they are
 * one node; an undercut is a node of its own that nothing attacks.
 */
function labelled(spoken: readonly Omit<CertifiedArgument, 'label'>[], undercuts: Derived['undercuts'], rebuttals: Derived['rebuttals']): CertifiedArgument[] {
  const isUndercut = new Set(undercuts.map(({ card, policy }) => `${card}|${policy}`))
  const applying = spoken.filter(({ card, policy }) => !isUndercut.has(`${card}|${policy}`))
  const nameOf = ({ card, option, direction }: Omit<CertifiedArgument, 'label'>): string => `${card}|${option}|${direction}`
  const nodes = [...new Map(applying.map((argument) => [nameOf(argument), argument])).values()]
  const byCard = new Map<CardId, number[]>()
  nodes.forEach(({ card }, node) => byCard.set(card, [...(byCard.get(card) ?? []), node]))

  const winners = new Map<string, CardId | null>()
  const attacks: Attack[] = []
  for (const { cards: [first, second], over, wiser } of rebuttals) {
    winners.set(`${first}|${second}`, wiser).set(`${second}|${first}`, wiser)
    for (const left of byCard.get(first) ?? []) {
      for (const right of byCard.get(second) ?? []) {
        if (!over.some((pair) => clash(nodes[left], nodes[right], pair))) continue
        attacks.push({ from: left, to: right, kind: 'rebuttal' }, { from: right, to: left, kind: 'rebuttal' })
      }
    }
  }
  undercuts.forEach((_, at) => attacks.push({ from: nodes.length + at, to: nodes.length + undercuts.length + at, kind: 'undercut' }))
  const framework = createFramework(nodes.length + 2 * undercuts.length, attacks, (left, right) => {
    const [winner, loser] = [nodes[left]?.card, nodes[right]?.card]
    return winner !== undefined && winners.get(`${winner}|${loser}`) === winner
  })
  if (!framework.ok) throw new Error(`rebuttals were built one-sided: ${framework.error.message}`)
  const labels = grounded(framework.value)
  const ofNode = new Map(nodes.map((node, at) => [nameOf(node), labels[at] ?? 'undecided']))
  const ofLine = new Map(undercuts.map(({ card, policy }, at) => [`${card}|${policy}`, labels[nodes.length + undercuts.length + at] ?? 'undecided']))
  return spoken.map((argument) => ({ ...argument, label: ofLine.get(`${argument.card}|${argument.policy}`) ?? ofNode.get(nameOf(argument)) ?? 'undecided' }))
}

/** The first speaks for x or against y, the second for y or against x. */
function clash(first: Omit<CertifiedArgument, 'label'> | undefined, second: Omit<CertifiedArgument, 'label'> | undefined, [x, y]: readonly [number, number]): boolean {
  if (first === undefined || second === undefined) return false
  const holdsX = first.direction === 'for' ? first.option === x : first.option === y
  const holdsY = second.direction === 'for' ? second.option === y : second.option === x
  return holdsX && holdsY
}

// ---- [D4] -----------------------------------------------------------------------------------------------------------

interface Standings {
  readonly remaining: readonly number[]
  readonly weights: readonly number[]
  readonly norms: Derived['norms']
  readonly conformal: readonly number[]
}

function reasonToAsk(inputs: Inputs, priority: Priority, chorus: Chorus, standings: Standings): AskReason | null {
  if (inputs.cards.length === 0) return 'no-card'
  if (chorus.voices.every(({ scores }) => scores.every((score) => score === 0))) return 'low-confidence'
  const { remaining, weights, norms, conformal } = standings
  if (priority.suspended.some(({ cards }) => pullApart(chorus, cards, remaining))) return 'cycle'
  if (priority.conflicts.some(({ cards }) => pullApart(chorus, cards, remaining))) return 'values-conflict'
  const strong = strongConflict(chorus, remaining, inputs.calibration.pull)
  if (strong !== null) return strong
  const isSettled = weights.filter((weight) => weight === Math.max(...weights)).length === 1
  if (isSettled && adjustedBest(weights, norms, inputs.norms) !== bestOf(weights)) return 'norm-conflict'
  if (!isSettled || conformal.length !== 1) return 'low-confidence'
  return inputs.trust === undefined || (inputs.trust.standing === 'trusted' && !inputs.trust.stale) ? null : 'untrusted-domain'
}

/** Two of these cards, neither before the other, prefer opposite ones of two remaining options, and nothing before them settles it. */
function pullApart(chorus: Chorus, cards: readonly CardId[], remaining: readonly number[]): boolean {
  const members = chorus.voices.filter(({ card }) => cards.includes(card))
  const holds = (voice: Voice, x: number, y: number): boolean => prefers(voice, x, y, chorus.margin) && !isOverruled(chorus, voice, x, y)
  return members.some((first) => members.some((second) => areIncomparable(chorus, first, second) && remaining.some((x) => remaining.some((y) => holds(first, x, y) && holds(second, y, x)))))
}

function strongConflict(chorus: Chorus, remaining: readonly number[], pull: number): 'on-a-par' | 'values-conflict' | null {
  const pulls = (voice: Voice, x: number, y: number): boolean =>
    prefers(voice, x, y, chorus.margin) && rounded(voice.relevance * lead(voice, x, y)) >= pull && !isOverruled(chorus, voice, x, y)
  const torn = chorus.voices.filter((first) =>
    chorus.voices.some((second) => areIncomparable(chorus, first, second) && remaining.some((x) => remaining.some((y) => pulls(first, x, y) && pulls(second, y, x))))
  )
  const goesAgainst = (option: number): boolean => torn.some((voice) => remaining.some((other) => pulls(voice, other, option)))
  if (torn.length === 0 || !remaining.every(goesAgainst)) return null
  const reaches = (voice: Voice, option: number, sign: number): boolean => (voice.scores[option] ?? 0) * sign > 0 && (voice.scores[option] ?? 0) * sign >= chorus.margin
  const isUpheld = (option: number): boolean => torn.some((voice) => reaches(voice, option, 1))
  const isViolated = (option: number): boolean => torn.some((voice) => reaches(voice, option, -1))
  return remaining.every((option) => isUpheld(option) && !isViolated(option)) ? 'on-a-par' : 'values-conflict'
}

function areIncomparable(chorus: Chorus, first: Voice, second: Voice): boolean {
  return first !== second && !chorus.below.get(first.card)?.has(second.card) && !chorus.below.get(second.card)?.has(first.card)
}

// ---- norms: our reduction of norm-augmented choice (FORMALISMS §4; 2402.13399) ----------------------------------------

/** `flip` = (V(best) − V(rival)) / P(in force), of the values' best when it violates the norm and the best rival that does not. */
function normColumn(norm: CertifiedNorm, calibration: Calibration, weights: readonly number[]): Derived['norms'][number] {
  const violates = norm.support.map((support) => norm.force !== 'permission' && support < 0 && speaks(support, calibration.supportFloor))
  const best = bestOf(weights)
  const rivals = weights.filter((_, option) => violates[option] === false)
  const canFlip = violates[best] === true && rivals.length > 0 && norm.inForce > 0
  return {
    norm: norm.id,
    violates,
    weight: rounded(norm.strength * calibration.normWeight),
    flip: canFlip ? rounded(((weights[best] ?? 0) - Math.max(...rivals)) / norm.inForce) : null
  }
}

/** The option of the highest V(a) − Σ P(in force)·κ·1[a violates]; of equal ones the values' own order counts, then the first. */
function adjustedBest(weights: readonly number[], columns: Derived['norms'], norms: readonly CertifiedNorm[]): number {
  const adjusted = weights.map((weight, option) => {
    let cost = 0
    columns.forEach((column, at) => (cost += column.violates[option] === true ? (norms[at]?.inForce ?? 0) * column.weight : 0))
    return rounded(weight - cost)
  })
  const highest = Math.max(...adjusted)
  return weights.reduce((best, weight, option) => (adjusted[option] === highest && (best === -1 || weight > (weights[best] ?? 0)) ? option : best), -1)
}

function bestOf(weights: readonly number[]): number {
  return weights.indexOf(Math.max(...weights))
}
