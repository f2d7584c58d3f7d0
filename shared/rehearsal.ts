/**
 * What is kept of a rehearsal: what the person said before they saw the agent, what the agent did, the verdict, and what was
 * mended for it; how a domain is called and declared; and how a situation went under each arm. Pure schemas and readers.
 *
 * Invariants: a forecast covers every option and *would ask* and sums to 1; the words of the situation are a copy, so that an
 * answer outlives its situation; a domain keeps the key under which it first came up, whatever it is called or merged into;
 * a card's version is a digest of everything that an agent reads of it. Leaves out: what follows for trust (shared/trust/).
 */
import { z } from 'zod'
import { hashOf } from './decision/certificate.ts'
import { sameWords, valuesOf } from './graph.ts'
import { fail, ok, type Result } from './result.ts'
import {
  CardId, Instant, limits, Mode, ModelIdentity, Options, Outcome, RehearsalId, ScenarioId, text, VersionId, words,
  type Graph
} from './schema.ts'

/** SHA-256, as small hexadecimal digits. */
export const Hash = z.string().regex(/^[0-9a-f]{64}$/u)
const Unit = z.number().min(0).max(1)
const OptionIndex = z.number().int().min(0).max(limits.optionsMax - 1)

// ---- what the person says first -------------------------------------------------------------------------------------

/** What the person would stand behind. */
export const Own = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('option'), option: OptionIndex }),
  z.strictObject({ kind: z.enum(['par', 'ask', 'skipped']) })
])
export type Own = z.infer<typeof Own>

/** What the person expects of the agent: a share an option and one for *it would ask*, summing to 1. */
export const Forecast = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('given'), options: z.array(Unit).min(limits.optionsMin).max(limits.optionsMax), ask: Unit })
    .refine(({ options, ask }) => Math.abs(options.reduce((sum, share) => sum + share, ask) - 1) < 1e-6, { error: 'the expectation does not sum to 100\u00A0%' }),
  z.strictObject({ kind: z.literal('skipped') })
])
export type Forecast = z.infer<typeof Forecast>

// ---- what the agent did ---------------------------------------------------------------------------------------------

const Cited = z.array(z.strictObject({ card: CardId, version: Hash })).max(limits.bearing)

export const AgentAnswer = z.strictObject({
  at: Instant,
  outcome: Outcome,
  probabilities: z.array(Unit).min(limits.optionsMin).max(limits.optionsMax),
  model: ModelIdentity,
  calibration: z.strictObject({ name: words(200, 'a calibration name'), source: z.enum(['shipped', 'own']), digest: Hash }),
  /** The cards whose lines spoke (all that bear, where none did), each with the version that was read. */
  cited: Cited,
  /** What each card that bears said of each option (its score, in [-1, 1]); from it tensions are counted. Answers from before it was kept lack it. */
  voices: z.array(z.strictObject({ card: CardId, scores: z.array(z.number().min(-1).max(1)).min(limits.optionsMin).max(limits.optionsMax) })).max(limits.bearing).optional(),
  /** Of everything that was in force then. */
  graph: Hash,
  evidence: Hash,
  certificate: Hash,
  /** In action mode: what it said by the words of the options, and what it did by the log of its calls. */
  modes: z.strictObject({ theory: Outcome, action: Outcome }).nullable()
})
export type AgentAnswer = z.infer<typeof AgentAnswer>

// ---- what the person says afterwards: each only ever added ----------------------------------------------------------

export const Judgement = z.enum(['yes', 'not-that', 'unsure'])
export type Judgement = z.infer<typeof Judgement>
/** Where it went wrong: the card itself, the kind of situation, another value is wiser here, or the line was not seen. */
export const Door = z.enum(['card-wrong', 'not-here', 'another-wiser', 'ignored'])
export type Door = z.infer<typeof Door>

export const Verdict = z.strictObject({ id: VersionId, at: Instant, verdict: Judgement, door: Door.nullable(), card: CardId.nullable(), note: text(limits.reason, 'a note') })
export type Verdict = z.infer<typeof Verdict>

/** A mend that this rehearsal led to: what was changed in words, the outcome before and after, and which other rehearsals it turns. */
export const Mended = z.strictObject({
  id: VersionId, at: Instant,
  /** null where the person mended it elsewhere and came back. */
  door: Door.nullable(), card: CardId.nullable(), words: text(limits.reason, 'what was mended'),
  before: Outcome, after: Outcome.nullable(), turned: z.array(ScenarioId).max(limits.turned)
})
export type Mended = z.infer<typeof Mended>

export const Reask = z.discriminatedUnion('kind', [
  /** The same situation again, the old answer hidden. */
  z.strictObject({ kind: z.literal('choice'), id: VersionId, at: Instant, choice: Own }),
  /** "Would you still stand by this?" after so many days. */
  z.strictObject({ kind: z.literal('stand'), id: VersionId, at: Instant, days: z.number().int().min(0).max(10_000), stands: z.enum(['yes', 'no', 'unsure', 'unanswered']) })
])
export type Reask = z.infer<typeof Reask>

// ---- the records ----------------------------------------------------------------------------------------------------

export const Rehearsal = z
  .strictObject({
    id: RehearsalId,
    scenario: ScenarioId,
    /** `contentOf` the words, so that the same situation under another id is known again. */
    content: Hash,
    pack: text(limits.title, 'a pack').nullable(),
    /** As it was called then; `domainOf` says what it counts for now. */
    domain: text(limits.title, 'a domain'),
    mode: Mode,
    situation: words(limits.situation, 'the situation'),
    options: Options,
    /** When the person had said what they stand behind and expect; the agent was asked after that. */
    startedAt: Instant,
    /** Whether the cards were before the person's eyes as they forecast; drawn by chance. */
    shown: z.enum(['cards', 'no-cards']),
    own: Own,
    forecast: Forecast,
    agent: AgentAnswer.nullable(),
    verdicts: z.array(Verdict).max(limits.addenda),
    edits: z.array(Mended).max(limits.addenda),
    reasks: z.array(Reask).max(limits.addenda),
    /** Since when it has led to a change of the values, and so counts for no later score. Never unset. */
    burnedAt: Instant.nullable(),
    /** Since when the person does not want it counted; kept all the same. */
    withdrawnAt: Instant.nullable()
  })
  .refine(({ own, options }) => own.kind !== 'option' || own.option < options.length, { error: 'the choice is none of the options' })
  .refine(({ forecast, options }) => forecast.kind !== 'given' || forecast.options.length === options.length, { error: 'the expectation is not about these options' })
  .refine(({ agent, options }) => agent === null || (agent.probabilities.length === options.length && [agent.outcome, agent.modes?.theory, agent.modes?.action].every((outcome) => outcome?.kind !== 'act' || outcome.option < options.length)), { error: 'the agent’s answer is not about these options' })
export type Rehearsal = z.infer<typeof Rehearsal>

/** A part of life that trust is counted for. */
export const Domain = z.strictObject({
  /** `domainKey` of the name under which it first came up. */
  key: words(limits.title, 'a domain'),
  name: words(limits.title, 'a domain'),
  /** The key of the domain that it counts as. */
  into: words(limits.title, 'a domain').nullable(),
  /** The share of approval from which on the person would let an agent act. */
  threshold: Unit.nullable(),
  /** The share that the person expects to approve. */
  expected: Unit.nullable(),
  /** Where it ends, in the person's words: "not if money is more than …". */
  edge: text(limits.reason, 'where it ends'),
  /** When one may look: after every answer (`sequence`), or once after so many. */
  plan: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('sequence') }), z.strictObject({ kind: z.literal('fixed'), answers: z.number().int().min(1).max(100_000) })]).nullable(),
  declaredAt: Instant.nullable()
})
export type Domain = z.infer<typeof Domain>

export const arms = ['cards', 'none', 'shuffled', 'profile', 'past'] as const
export type Arm = (typeof arms)[number]
export const flipKinds = ['order', 'paraphrase', 'role', 'pressure'] as const
export type FlipKind = (typeof flipKinds)[number]

const Took = z.strictObject({ outcome: Outcome, probabilities: z.array(Unit).max(limits.optionsMax) })
export type Took = z.infer<typeof Took>

/** How one situation last went under each arm, and how often the answer flipped under each kind of change. */
export const Trial = z.strictObject({
  scenario: ScenarioId, content: Hash, domain: text(limits.title, 'a domain'), mode: Mode, options: z.number().int().min(limits.optionsMin).max(limits.optionsMax), at: Instant,
  model: ModelIdentity, calibration: Hash, graph: Hash,
  /** `orderOf` the options, as `arms` count them. Trials from before it was kept lack it. */
  order: Hash.optional(),
  /** Of the arm with cards. */
  cited: Cited,
  /** Of the pasted text. */
  profile: Hash.nullable(),
  arms: z.strictObject({ cards: Took.optional(), none: Took.optional(), shuffled: Took.optional(), profile: Took.optional(), past: Took.optional() }),
  flips: z.array(z.strictObject({ kind: z.enum(flipKinds), asked: z.number().int().min(0).max(1_000), flipped: z.number().int().min(0).max(1_000) })).max(flipKinds.length)
})
export type Trial = z.infer<typeof Trial>

// ---- readers --------------------------------------------------------------------------------------------------------

/** The forecast of these shares (percent or fractions), which may miss their sum by rounding (half a percent each); made to sum to 1 exactly. */
export function forecastOf(percents: readonly number[], ask: number): Result<Forecast> {
  const all = [...percents, ask]
  if (all.some((share) => !Number.isFinite(share) || share < 0 || share > 100)) return fail('bad-input', 'an expectation is a number from 0 to 100', 'correct it and try again')
  const sum = all.reduce((total, share) => total + share, 0)
  if (Math.abs(sum - 100) > all.length / 2) return fail('bad-input', `what you expect sums to ${Math.round(sum).toLocaleString('en')}\u00A0%, not to 100\u00A0%`, 'change a number, or leave the expectation out')
  return ok({ kind: 'given', options: percents.map((share) => share / sum), ask: ask / sum })
}

/** The same for the same words, whatever the id, the order of the options, capitals and white space. */
export function contentOf({ situation, options }: { readonly situation: string; readonly options: readonly string[] }): string {
  return hashOf([sameWords(situation), options.map(sameWords).sort()])
}

/** The same where the options say the same one after another, so that a place in the one is the same option in the other. */
export function orderOf(options: readonly string[]): string {
  return hashOf(options.map(sameWords))
}

/** Whether the trial went over these very words, its places being those of these options. */
export function isTrialOf(trial: Trial, { content, options }: Pick<Rehearsal, 'content' | 'options'>): boolean {
  return trial.content === content && trial.options === options.length && (trial.order === undefined || trial.order === orderOf(options))
}

/** Whether both do the same thing, or both ask, for whatever reason. */
export function isSameOutcome(one: Outcome, other: Outcome): boolean {
  return one.kind === 'act' && other.kind === 'act' ? one.option === other.option : one.kind === other.kind
}

/** A digest of all that an agent reads of the card; null where it is not in force. */
export function versionOf(graph: Pick<Graph, 'cards' | 'contexts'>, id: CardId): string | null {
  const card = Object.hasOwn(graph.cards, id) ? graph.cards[id] : undefined
  if (card === undefined || card.status !== 'endorsed') return null
  return hashOf([card.title, card.policies.map((policy) => policy.text), card.contexts.map((context) => graph.contexts[context]?.text ?? ''), card.kind])
}

/** A digest of everything that is in force: cards, what is wiser where, norms, commitments. */
export function digestOfGraph(graph: Graph): string {
  const words = (id: keyof Graph['contexts']): string => graph.contexts[id]?.text ?? ''
  return hashOf([
    valuesOf(graph.cards).flatMap(({ id }) => versionOf(graph, id) ?? []),
    valuesOf(graph.edges).map(({ from, to, context, mapping }) => [from, to, words(context), mapping.map(({ policy, becomes }) => [policy, becomes])]),
    valuesOf(graph.norms), valuesOf(graph.commitments)
  ])
}

/** The one that counts: the last. */
export function verdictOf(rehearsal: Pick<Rehearsal, 'verdicts'>): Verdict | null {
  return rehearsal.verdicts.at(-1) ?? null
}

/* Words that no file and no envelope may hold as a key: a domain may be called so all the same. */
const reservedKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** Under which key a domain of this name first comes up; '' for none. */
export function domainKey(name: string): string {
  const key = sameWords(name).slice(0, limits.title)
  return reservedKeys.has(key) ? `${key}·` : key
}

/** What a domain of this name counts for now, through renaming and merging; circles end at their smallest key. */
export function domainOf(domains: Readonly<Record<string, Domain>>, name: string): { readonly key: string; readonly name: string } {
  let key = domainKey(name)
  const path: string[] = []
  for (let next = recordAt(domains, key)?.into ?? null; next !== null; next = recordAt(domains, key)?.into ?? null) {
    if (path.includes(key)) {
      key = [...path.slice(path.indexOf(key))].sort()[0] ?? key
      break
    }
    path.push(key)
    if (recordAt(domains, next) === undefined) break
    key = next
  }
  return { key, name: recordAt(domains, key)?.name ?? name.trim() }
}

function recordAt(domains: Readonly<Record<string, Domain>>, key: string): Domain | undefined {
  return Object.hasOwn(domains, key) ? domains[key] : undefined
}
