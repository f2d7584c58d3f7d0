/**
 * What a decision says of itself, so that anyone can check it without a model: what went in, what follows, and digests.
 *
 * Invariants: self-contained (verify.ts re-derives every derived field from `inputs` alone); every list is sorted by id, or
 * in the order of the person's own list; every number is rounded (support, relevance and scores to 1e-6, probabilities to
 * 1e-9), so that a JSON round trip changes nothing. Endorsed cards that do not bear on the situation are named with their
 * relevance only, and bound by two digests. Leaves out: how it is derived (decide.ts), how it is checked (verify.ts), how
 * it is told (because.ts).
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import {
  Author, Calibration, CardId, CommitmentId, ContextId, Instant, limits, Mode, ModelIdentity, NormForce, NormId, Options, Outcome, PolicyId, text, words
} from '../schema.ts'

const Hash = z.string().regex(/^[0-9a-f]{64}$/u)
const Unit = z.number().min(0).max(1)
const Signed = z.number().min(-1).max(1)
/** One number an option. */
const Supports = z.array(Signed).max(limits.optionsMax)
const OptionIndex = z.number().int().min(0).max(limits.optionsMax - 1)

// ---- what went in ---------------------------------------------------------------------------------------------------

export const CertifiedPolicy = z.strictObject({ id: PolicyId, text: text(limits.policy, 'a line'), author: Author, support: Supports })
export type CertifiedPolicy = z.infer<typeof CertifiedPolicy>

/** A card that bears on the situation, with its lines in the person's order. */
export const CertifiedCard = z.strictObject({
  id: CardId,
  title: text(limits.title, 'a title'),
  author: Author,
  contexts: z.array(ContextId).max(limits.contextsPerCard),
  relevance: Unit,
  policies: z.array(CertifiedPolicy).max(limits.policiesPerCard)
})
export type CertifiedCard = z.infer<typeof CertifiedCard>

/** Why an endorsed card does not bear on the situation; the last two may still stand between others in a priority. */
export const Standing = z.enum(['instrumental', 'unconfirmed', 'without-lines', 'not-relevant', 'crowded-out'])
export type Standing = z.infer<typeof Standing>

export const CertifiedContext = z.strictObject({
  id: ContextId,
  text: text(limits.context, 'a context'),
  within: z.array(ContextId).max(20),
  synonymOf: ContextId.nullable(),
  match: Unit
})
export type CertifiedContext = z.infer<typeof CertifiedContext>

/** In a context that is the situation's, `to` is wiser than `from`; `dropped` are lines of `from` that the person gave up there. */
export const CertifiedEdge = z.strictObject({
  from: CardId, to: CardId, context: ContextId, createdAt: Instant, dropped: z.array(PolicyId).max(limits.policiesPerCard)
})
export type CertifiedEdge = z.infer<typeof CertifiedEdge>

export const CertifiedNorm = z.strictObject({
  id: NormId, text: words(limits.policy, 'a norm'), force: NormForce, strength: Unit, inForce: Unit, support: Supports
})
export type CertifiedNorm = z.infer<typeof CertifiedNorm>

export const CertifiedCommitment = z.strictObject({ id: CommitmentId, context: ContextId, card: CardId, createdAt: Instant })
export type CertifiedCommitment = z.infer<typeof CertifiedCommitment>

/** The badge of the domain as of then: nothing but `trusted`, and nothing stale, lets an agent act. */
export const CertifiedTrust = z.strictObject({
  standing: z.enum(['trusted', 'ask', 'unknown']), stale: z.boolean(), approved: z.number().int().min(0), answers: z.number().int().min(0), low: Unit, threshold: Unit
})
export type CertifiedTrust = z.infer<typeof CertifiedTrust>

export const Inputs = z.strictObject({
  scenario: z.strictObject({ domain: text(limits.title, 'a domain'), mode: Mode, situation: words(limits.situation, 'the situation'), options: Options }),
  model: ModelIdentity,
  calibration: Calibration,
  /** The cards that bear on the situation, at most `limits.bearing`. */
  cards: z.array(CertifiedCard).max(limits.bearing),
  /** Every other endorsed card. */
  others: z.array(z.strictObject({ id: CardId, standing: Standing, relevance: Unit })).max(limits.cards),
  /** Those that are the situation's, those of the bearing cards, and what these lie within or were merged into. */
  contexts: z.array(CertifiedContext).max(limits.cards),
  /** Those whose context is the situation's, between endorsed cards. */
  edges: z.array(CertifiedEdge).max(limits.cards),
  norms: z.array(CertifiedNorm).max(limits.cards),
  /** In force, and in a context that is the situation's. */
  commitments: z.array(CertifiedCommitment).max(limits.cards),
  /** How far the person trusts agents in this domain; only where an agent is about to act, never in a rehearsal. */
  trust: CertifiedTrust.optional()
})
export type Inputs = z.infer<typeof Inputs>

// ---- what follows ---------------------------------------------------------------------------------------------------

export const Label = z.enum(['in', 'out', 'undecided'])
export type Label = z.infer<typeof Label>
export const Direction = z.enum(['for', 'against'])
export type Direction = z.infer<typeof Direction>

/** `wiser` goes before `than` here: by an edge, by a chain of them, or by a commitment. A chain has no one context or date. */
export const CertifiedPriority = z.strictObject({
  wiser: CardId, than: CardId, via: z.enum(['edge', 'chain', 'commitment']), context: ContextId.nullable(), since: Instant.nullable()
})
export type CertifiedPriority = z.infer<typeof CertifiedPriority>

export const CertifiedArgument = z.strictObject({
  card: CardId, policy: PolicyId, option: OptionIndex, direction: Direction,
  /** |support|. */
  strength: Unit,
  /** How well the best of the card's contexts matches; 1 for a card that names none. */
  match: Unit,
  label: Label
})
export type CertifiedArgument = z.infer<typeof CertifiedArgument>

/** How option `options[0]` stands to `options[1]`; `by` is the card that decides; `improved`: how it would stand if it were a little better for every card. */
export const CertifiedRelation = z.strictObject({
  options: z.tuple([OptionIndex, OptionIndex]),
  relation: z.enum(['better', 'worse', 'equal', 'on-a-par']),
  by: CardId.nullable(),
  improved: z.enum(['better', 'worse', 'equal', 'on-a-par'])
})
export type CertifiedRelation = z.infer<typeof CertifiedRelation>

export const Derived = z.strictObject({
  /** Contexts that are the situation's (each stands for its synonyms), with how well they match. */
  matched: z.array(z.strictObject({ context: ContextId, match: Unit })),
  /** Cards whose priorities over each other run in a circle, and where: none of these priorities counts. */
  suspended: z.array(z.strictObject({ cards: z.array(CardId), contexts: z.array(ContextId) })),
  /** Two cards, each held wiser than the other in contexts of which neither lies within the other. */
  conflicts: z.array(z.strictObject({ cards: z.tuple([CardId, CardId]), contexts: z.array(ContextId) })),
  priorities: z.array(CertifiedPriority),
  /** Lines that do not apply here: no context of the card matches, or the person gave the line up here. */
  undercuts: z.array(z.strictObject({ card: CardId, policy: PolicyId, because: z.enum(['context', 'dropped']) })),
  scores: z.array(z.strictObject({ card: CardId, scores: Supports })),
  /** `cards[0]` prefers the first, `cards[1]` the second of each pair in `over`: their arguments rebut each other. */
  rebuttals: z.array(z.strictObject({ cards: z.tuple([CardId, CardId]), over: z.array(z.tuple([OptionIndex, OptionIndex])), wiser: CardId.nullable() })),
  arguments: z.array(CertifiedArgument),
  relations: z.array(CertifiedRelation),
  /** Options that no other one beats. */
  remaining: z.array(OptionIndex),
  /** Relevance-weighted standing of each option, before the soft maximum. */
  weights: z.array(z.number()),
  probabilities: z.array(Unit),
  /** `weight` is what a violation costs; `flip` the weight at which this norm alone would turn the values' choice, null when it cannot. */
  norms: z.array(z.strictObject({ norm: NormId, violates: z.array(z.boolean()), weight: z.number().min(0), flip: z.number().nullable() })),
  /** Options that the calibration cannot rule out (FORMALISMS §9). */
  conformal: z.array(OptionIndex),
  outcome: Outcome
})
export type Derived = z.infer<typeof Derived>

// ---- the whole ------------------------------------------------------------------------------------------------------

/** In which order an answer lists its cards and their lines; null where nobody asked for a list. */
export const Order = z.array(z.strictObject({ card: CardId, policies: z.array(PolicyId) })).max(limits.cards)
export type Order = z.infer<typeof Order>

export const Certificate = z.strictObject({
  version: z.literal(1),
  inputs: Inputs,
  /** Digests of what `inputs.others` stand for: their words, and their evidence. */
  others: z.strictObject({ words: Hash, evidence: Hash }),
  /** SHA-256 of the canonical JSON of each part of `inputs`. */
  hashes: z.strictObject({
    scenario: Hash, model: Hash, calibration: Hash, cards: Hash, others: Hash, contexts: Hash, edges: Hash, norms: Hash, commitments: Hash, trust: Hash.optional()
  }),
  derived: Derived,
  order: Order.nullable(),
  /** SHA-256 of the canonical JSON of everything above. */
  digest: Hash
})
export type Certificate = z.infer<typeof Certificate>

export interface Decision {
  readonly outcome: Outcome
  /** One an option, summing to 1. */
  readonly probabilities: readonly number[]
  readonly certificate: Certificate
}

/** The certificate with its digest, which is computed over all other fields. */
export function sealed(certificate: Omit<Certificate, 'digest'>): Certificate {
  return { ...certificate, digest: hashOf(certificate) }
}

/** SHA-256 of the canonical JSON, lower-case hexadecimal. */
export function hashOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonical(value))))
}

/** JSON with the keys of every record in the order of their UTF-16 units and no white space (RFC 8785 in spirit; -0 is written as it is). */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return value.every((each) => typeof each === 'number' && !Object.is(each, -0)) ? JSON.stringify(value) : `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`
  }
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}
