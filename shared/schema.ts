/**
 * The words of the domain as zod schemas, and the types that follow from them.
 *
 * Owns: cards, attentional policies, contexts, wiser-than edges, norms, commitments, scenarios, evidence, calibration.
 * Invariants: ids are branded and made only by these parsers; every limit on length and number stands here and nowhere
 * else; text is kept as typed but for what `text()` refuses (lone surrogates, control characters).
 * Leaves out: decisions and certificates (certificate.ts), the document's layout (document.ts), the preview file (preview.ts).
 */
import { z } from 'zod'

// ---- limits (characters are UTF-16 units) ---------------------------------------------------------------------------

export const limits = {
  title: 200,
  policy: 2_000,
  context: 1_000,
  story: 20_000,
  situation: 20_000,
  option: 5_000,
  reason: 5_000,
  policiesPerCard: 50,
  contextsPerCard: 50,
  contextsWithin: 20,
  optionsMin: 2,
  optionsMax: 6,
  cards: 20_000,
  /** Cards that bear on one situation: the most relevant ones, no more than a person could hold before their eyes. */
  bearing: 64,
  rehearsals: 100_000,
  /** Verdicts, mends and later answers of one rehearsal, each. */
  addenda: 200,
  /** Other rehearsals that one mend is said to turn. */
  turned: 1_000,
  /** Bytes of any file that is read whole. */
  fileBytes: 64 * 1024 * 1024
} as const

// ---- text -----------------------------------------------------------------------------------------------------------

/* Control characters but tab and line feed; and the bidirectional overrides that can make a line read as another. */
const forbidden = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u

/** What somebody typed or pasted, without what nobody can see and no text may hold: texts of PDFs and messengers bring it along. */
export function withoutInvisible(text: string): string {
  return text.replace(new RegExp(forbidden, 'gu'), '')
}

/** A string of at most `max` UTF-16 units, well formed, without control or bidirectional override characters. */
export function text(max: number, name: string) {
  return z
    .string({ error: `${name} must be text` })
    /* Said when it is needed: to set up how numbers are written takes as long as all schemas together. */
    .max(max, { error: () => `${name} is longer than ${max.toLocaleString('en')} characters` })
    .refine((value) => value.isWellFormed(), { error: `${name} holds half of a character (a lone surrogate)` })
    .refine((value) => !forbidden.test(value), { error: `${name} holds an invisible control character` })
}

/** `text` that says something: at least one character that one can see. */
export function words(max: number, name: string) {
  return text(max, name).refine((value) => /[^\p{Z}\p{C}]/u.test(value), { error: `${name} is empty` })
}

// ---- ids: branded, made only here -----------------------------------------------------------------------------------

/* Safe as an object key, a file name and part of an address; never `__proto__`, since it starts with a letter or digit. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/u
const reserved = new Set(['constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'])

function id<Brand extends string>(name: string) {
  return z
    .string({ error: `${name} must be text` })
    .regex(idPattern, { error: `${name} must be 1 to 128 letters, digits, "_", ".", ":" or "-", starting with a letter or digit` })
    .refine((value) => !reserved.has(value), { error: `${name} is a reserved word` })
    .brand<Brand>()
}

export const CardId = id<'CardId'>('a card id')
export const PolicyId = id<'PolicyId'>('a policy id')
export const ContextId = id<'ContextId'>('a context id')
export const NormId = id<'NormId'>('a norm id')
export const ScenarioId = id<'ScenarioId'>('a scenario id')
export const CommitmentId = id<'CommitmentId'>('a commitment id')
export const VersionId = id<'VersionId'>('a version id')
export const SessionId = id<'SessionId'>('a session id')
export const NoteId = id<'NoteId'>('a note id')
export const RehearsalId = id<'RehearsalId'>('a rehearsal id')
export type CardId = z.infer<typeof CardId>
export type PolicyId = z.infer<typeof PolicyId>
export type ContextId = z.infer<typeof ContextId>
export type NormId = z.infer<typeof NormId>
export type ScenarioId = z.infer<typeof ScenarioId>
export type CommitmentId = z.infer<typeof CommitmentId>
export type VersionId = z.infer<typeof VersionId>
export type SessionId = z.infer<typeof SessionId>
export type NoteId = z.infer<typeof NoteId>
export type RehearsalId = z.infer<typeof RehearsalId>

/** Milliseconds since 1970, whole, in UTC. */
export const Instant = z.number().int().min(0).max(8_640_000_000_000_000)

// ---- who wrote it ---------------------------------------------------------------------------------------------------

export const Author = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('you') }),
  /** Words proposed by a model; in force only once accepted. */
  z.strictObject({ kind: z.literal('model'), name: words(200, 'a model name'), acceptedAt: Instant.nullable() }),
  /** Words from a file; in force only once confirmed. */
  z.strictObject({ kind: z.literal('import'), source: words(500, 'a source'), confirmedAt: Instant.nullable() })
])
export type Author = z.infer<typeof Author>

// ---- values ---------------------------------------------------------------------------------------------------------

/** An attentional policy: one criterion attended to when choosing by a value. */
export const Policy = z.strictObject({ id: PolicyId, text: text(limits.policy, 'a line'), author: Author })
export type Policy = z.infer<typeof Policy>

export const CardStatus = z.enum(['draft', 'endorsed', 'retired'])
export const CardKind = z.enum(['constitutive', 'instrumental', 'unclear'])
export type CardStatus = z.infer<typeof CardStatus>
export type CardKind = z.infer<typeof CardKind>

export const Card = z.strictObject({
  id: CardId,
  title: text(limits.title, 'a title'),
  story: text(limits.story, 'a story'),
  /** What gets in its way. */
  obstacles: text(limits.story, 'what gets in the way'),
  policies: z.array(Policy).max(limits.policiesPerCard, { error: `a card has more than ${limits.policiesPerCard} lines` }),
  contexts: z.array(ContextId).max(limits.contextsPerCard, { error: `a card has more than ${limits.contextsPerCard} contexts` }),
  status: CardStatus,
  kind: CardKind,
  author: Author,
  createdAt: Instant,
  updatedAt: Instant
})
export type Card = z.infer<typeof Card>

/** A card as it once stood, who had it so, and when it was put by. Never changed afterwards. */
export const Version = z.strictObject({ id: VersionId, savedAt: Instant, author: Author, card: Card })
export type Version = z.infer<typeof Version>

/** A kind of situation. `within` are the wider contexts it is a special case of; `synonymOf` the one it was merged into. */
export const Context = z.strictObject({
  id: ContextId,
  text: text(limits.context, 'a context'),
  within: z.array(ContextId).max(limits.contextsWithin),
  synonymOf: ContextId.nullable()
})
export type Context = z.infer<typeof Context>

/** What became of one policy of the less wise card: one of the wiser card's, or dropped (`becomes: null`) because … */
export const Mapping = z.strictObject({ policy: PolicyId, becomes: PolicyId.nullable(), because: text(limits.reason, 'a reason') })
export type Mapping = z.infer<typeof Mapping>

/** In `context`, card `to` is wiser than card `from`. Its key is (from, to, context). */
export const Edge = z
  .strictObject({
    from: CardId,
    to: CardId,
    context: ContextId,
    /** What `from` was really about. */
    reallyAbout: text(limits.reason, 'what it was really about'),
    /** What was confused. */
    confused: text(limits.reason, 'what was confused'),
    story: text(limits.story, 'a story'),
    mapping: z.array(Mapping).max(limits.policiesPerCard),
    createdAt: Instant
  })
  .refine((edge) => edge.from !== edge.to, { error: 'a card cannot be wiser than itself' })
export type Edge = z.infer<typeof Edge>

export const NormForce = z.enum(['obligation', 'permission', 'prohibition'])

/** A rule held by a role or a group in a place; never mixed up with a value. */
export const Norm = z.strictObject({
  id: NormId,
  text: words(limits.policy, 'a norm'),
  force: NormForce,
  holder: text(limits.title, 'who holds a norm'),
  purpose: text(limits.reason, 'a purpose'),
  exceptions: text(limits.reason, 'exceptions'),
  /** How strongly it counts beside the values, in [0, 1]; 1 weighs as much as one clear value. */
  strength: z.number().min(0).max(1),
  /** Held for its own sake, or only because others expect it. */
  intrinsic: z.boolean(),
  /** Belief that it is in force here, in [0, 1]. */
  inForce: z.number().min(0).max(1)
})
export type Norm = z.infer<typeof Norm>

/** Which of two values on a par the person wants to stand for, in a context; revocable, and a reason from then on. */
export const Commitment = z.strictObject({
  id: CommitmentId,
  context: ContextId,
  card: CardId,
  reason: text(limits.reason, 'a reason'),
  createdAt: Instant,
  expiresAt: Instant.nullable(),
  revokedAt: Instant.nullable()
})
export type Commitment = z.infer<typeof Commitment>

// ---- scenarios ------------------------------------------------------------------------------------------------------

export const Mode = z.enum(['theory', 'action'])
export const ScenarioSource = z.enum(['yours', 'library', 'imported', 'generated'])

export const Options = z
  .array(words(limits.option, 'an option'), { error: 'options must be a list of texts' })
  .min(limits.optionsMin, { error: `a situation needs at least ${limits.optionsMin} options` })
  .max(limits.optionsMax, { error: `a situation has at most ${limits.optionsMax} options` })
  .refine((options) => new Set(options.map((option) => option.normalize('NFC').replace(/\s+/gu, ' ').trim())).size === options.length, { error: 'two options are the same' })

/** What one is decided about: a situation, two to six options, all different, and the domain it counts for. */
export const Scenario = z.strictObject({
  id: ScenarioId,
  domain: text(limits.title, 'a domain'),
  mode: Mode,
  source: ScenarioSource,
  situation: words(limits.situation, 'the situation'),
  options: Options,
  createdAt: Instant
})
export type Scenario = z.infer<typeof Scenario>
export type Mode = z.infer<typeof Mode>

// ---- the graph ------------------------------------------------------------------------------------------------------

/** Everything that one person values, projected out of the document. Records are null-prototype and keyed by id. */
export interface Graph {
  readonly cards: Readonly<Record<CardId, Card>>
  readonly contexts: Readonly<Record<ContextId, Context>>
  /** Keyed by `edgeKey`. */
  readonly edges: Readonly<Record<string, Edge>>
  readonly norms: Readonly<Record<NormId, Norm>>
  readonly commitments: Readonly<Record<CommitmentId, Commitment>>
}

/** A graph as a plain value, for the sandbox of the sample: the same records as `Graph`, as lists. */
export const GraphLists = z.strictObject({
  cards: z.array(Card).max(limits.cards),
  contexts: z.array(Context).max(limits.cards),
  edges: z.array(Edge).max(limits.cards),
  norms: z.array(Norm).max(limits.cards),
  commitments: z.array(Commitment).max(limits.cards)
})
export type GraphLists = z.infer<typeof GraphLists>

/** The key of an edge: (from, to, context); `|` is in no id. */
export function edgeKey(edge: Pick<Edge, 'from' | 'to' | 'context'>): string {
  return `${edge.from}|${edge.to}|${edge.context}`
}

// ---- evidence and calibration ---------------------------------------------------------------------------------------

const Unit = z.number().min(0).max(1)
const Signed = z.number().min(-1).max(1)

export const ModelIdentity = z.strictObject({
  name: words(200, 'a model name'),
  /** Lower-case hexadecimal digest over the files that the answers depend on. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/u)
})
export type ModelIdentity = z.infer<typeof ModelIdentity>

/** What a person should know of this evidence: not-english, the situation, an option or a line is in another language, which the model reads less well. */
export const EvidenceNote = z.enum(['not-english'])
export type EvidenceNote = z.infer<typeof EvidenceNote>

/**
 * What the model says about one scenario and one graph. `relevance` of each card and `contexts` (how well each context
 * matches the situation) in [0, 1]; `support[policy][option]` and `norms[norm][option]` = P(upholds) - P(violates) in [-1, 1].
 */
export const Evidence = z.strictObject({
  model: ModelIdentity,
  relevance: z.record(CardId, Unit),
  contexts: z.record(ContextId, Unit),
  support: z.record(PolicyId, z.array(Signed)),
  norms: z.record(NormId, z.array(Signed)),
  notes: z.array(EvidenceNote).optional()
})
export type Evidence = z.infer<typeof Evidence>

/** How evidence becomes a decision: thresholds fitted on data of their own, shipped with the model or from one's own answers. */
export const Calibration = z.strictObject({
  name: words(200, 'a calibration name'),
  source: z.enum(['shipped', 'own']),
  /** A card below this relevance does not bear on the situation. */
  relevanceFloor: Unit,
  /** A context below this match is not the situation's. */
  contextFloor: Unit,
  /** |support| below this is no argument at all. */
  supportFloor: Unit,
  /** How much better one option must be than another, on a card's score, for the card to prefer it. */
  margin: Unit,
  /** Two cards with no priority between them conflict where each pulls its own way by this: relevance times difference of scores, in [0, 2]; above 2, never (weights settle it). */
  pull: z.number().min(0).max(4),
  /** A card none of whose contexts matches this well does not apply here (its lines are undercut); 0: this is never concluded. */
  undercutFloor: Unit,
  /** What violating a norm of strength 1, surely in force, takes from an option: the relevance-weighted score of one clear value. */
  normWeight: z.number().min(0).max(100),
  /** Scores are divided by this before the soft maximum; > 0. */
  temperature: z.number().positive().max(100),
  /** Conformal quantile q̂: act only if exactly one option has 1 - p ≤ q̂ (FORMALISMS §9). */
  quantile: Unit,
  /** Wanted bound on wrong acts, in (0, 1). */
  alpha: z.number().gt(0).lt(1),
  /** Number of held-out answers that the quantile stands on. */
  answers: z.number().int().min(0)
})
export type Calibration = z.infer<typeof Calibration>

// ---- the answer -----------------------------------------------------------------------------------------------------

export const AskReason = z.enum(['no-card', 'on-a-par', 'values-conflict', 'norm-conflict', 'cycle', 'low-confidence', 'untrusted-domain'])
export type AskReason = z.infer<typeof AskReason>

export const Outcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('act'), option: z.number().int().min(0).max(limits.optionsMax - 1) }),
  z.strictObject({ kind: z.literal('ask'), reason: AskReason })
])
export type Outcome = z.infer<typeof Outcome>
