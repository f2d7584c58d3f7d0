/**
 * The preview file (one situation, options, cards, priorities, norms) as a graph and a scenario; and the answer to it.
 *
 * Invariants: what is not understood is refused in one sentence that names the place; fields that are not ours (`expected`
 * among them) are never looked at; cards of a file count as endorsed and their owner's. An answer holds nothing that its
 * certificate does not bind. Leaves out: reading bytes and JSON (json.ts), asking the model, deciding (decide.ts).
 */
import { z } from 'zod'
import { canonical, sealed, type Certificate, type Decision, type Order } from './certificate.ts'
import { evidenceOf } from './decide.ts'
import { findContext, fromLists, toLists, valuesOf } from '../graph.ts'
import { describeIssue, quoted } from '../json.ts'
import { fail, ok, type Result } from '../result.ts'
import {
  AskReason, CardId, ContextId, limits, Mode, ModelIdentity, NormForce, NormId, Options, PolicyId, ScenarioId, text, words,
  type Card, type Context, type Edge, type Evidence, type Graph, type Norm, type Scenario
} from '../schema.ts'
import { digestOf } from './rules.ts'
import { verify, type Checked } from './verify.ts'

/** A preview file as read: what to decide about, and in which order the answer lists cards and their lines. */
export interface PreviewRequest {
  /** The file's own `id`, as it stood there; null without one. */
  readonly id: string | number | null
  readonly graph: Graph
  readonly scenario: Scenario
  readonly order: Order
}

/** One card as a file writes it; `id` is null where the file gave none. */
export interface CardDraft {
  readonly id: CardId | null
  readonly title: string
  readonly contexts: readonly string[]
  readonly policies: readonly string[]
}

/** The answer of `preview --json`; lists follow the order of the file's cards, or of the ids of the person's own. */
export interface Answer {
  readonly outcome: number | 'ask'
  readonly reason: AskReason | null
  readonly probabilities: readonly number[]
  readonly relevance: readonly number[]
  /** `[card][policy][option]` in [-1, 1]. */
  readonly support: readonly (readonly (readonly number[])[])[]
  readonly model: ModelIdentity
  readonly certificate: Certificate
}

/** `own`: the person's graph as it holds now (`inForce`), used where the file names no cards; its priorities and norms are then added to. */
export function readPreview(value: unknown, own: Graph): Result<PreviewRequest> {
  if (!isRecord(value)) return refused('a preview must be a record with a situation and options')
  const parsed = PreviewFile.safeParse(value)
  if (!parsed.success) return refused(describeIssue(parsed.error))
  const { id, domain, mode, situation, options, cards, wiser_than: wiserThan, norms } = parsed.data
  const draft = new GraphDraft(cards === null ? own : null)
  const added = cards === null ? null : draft.addCards(cards)
  if (added !== null && !added.ok) return added
  const related = draft.addPriorities(wiserThan, added === null ? null : added.value)
  if (!related.ok) return related
  const ruled = draft.addNorms(norms)
  if (!ruled.ok) return ruled
  const graph = draft.finish()
  const listed = added === null ? valuesOf(graph.cards).filter(({ status }) => status === 'endorsed') : added.value
  const scenarioId = ScenarioId.safeParse(id)
  return ok({
    id,
    graph,
    scenario: { id: scenarioId.success ? scenarioId.data : ScenarioId.parse('preview'), domain, mode, source: 'imported', situation, options, createdAt: 0 },
    order: listed.map((card) => ({ card: card.id, policies: card.policies.map((policy) => policy.id) }))
  })
}

/** One card, or a list of at least one, as in a preview file. */
export function readCards(value: unknown): Result<readonly CardDraft[]> {
  const isList = Array.isArray(value)
  const parsed = (isList ? z.array(FileCard).min(1, { error: 'there is no card' }).max(limits.cards) : FileCard.transform((card) => [card])).safeParse(value)
  if (!parsed.success) return refused(describeIssue(parsed.error, isList ? 'cards' : 'the card'))
  return ok(parsed.data)
}

/** `evidence` is what `decision` was made from. */
export function createAnswer(request: PreviewRequest, decision: Decision, evidence: Evidence): Answer {
  const { digest: _, ...certificate } = decision.certificate
  const rows = request.order.flatMap(({ card }) => {
    const found = request.graph.cards[card]
    return found === undefined ? [] : [evidenceOf(found, evidence, request.scenario.options.length)]
  })
  const { outcome } = decision
  return {
    outcome: outcome.kind === 'act' ? outcome.option : 'ask',
    reason: outcome.kind === 'act' ? null : outcome.reason,
    probabilities: decision.probabilities,
    relevance: rows.map(({ relevance }) => relevance),
    support: rows.map(({ support }) => support),
    model: certificate.inputs.model,
    certificate: sealed({ ...certificate, order: request.order })
  }
}

/** Takes an answer of `preview --json`, or a certificate alone; an answer must say what its certificate holds, no more and no less. */
export function verifyAnswer(value: unknown, graph?: Graph): Result<Checked> {
  if (!isRecord(value) || (!Object.hasOwn(value, 'certificate') && !Object.hasOwn(value, 'derived'))) {
    return fail('bad-input', 'this is neither the answer of a preview nor a certificate', 'give what `preview --json` printed')
  }
  if (!Object.hasOwn(value, 'certificate')) return verify(value, graph)
  const parsed = AnswerFile.safeParse(value)
  if (!parsed.success || Object.keys(value).length !== Object.keys(AnswerFile.shape).length) {
    return fail('bad-input', `the answer is not valid: ${parsed.success ? 'it holds a field too many' : describeIssue(parsed.error)}`, 'preview the situation again')
  }
  const checked = verify(value.certificate, graph)
  if (!checked.ok) return checked
  const certificate = value.certificate as Certificate
  const difference = differenceOf(parsed.data, value, certificate)
  return difference === null ? checked : fail('bad-input', `the answer is not valid: its ${difference} is not what its certificate holds`, 'preview the situation again')
}

// ---- the file -------------------------------------------------------------------------------------------------------

/** Text as an editor on any platform writes it: line ends become line feeds. */
function typed(schema: z.ZodType<string, string>, name: string) {
  return z.string({ error: `${name} must be text` }).transform((value) => value.replace(/\r\n?/gu, '\n')).pipe(schema)
}

/** A card's id as a file writes it: text, or a whole number. */
const FileCardId = z.union([CardId, z.number().int().min(0).transform((number) => CardId.parse(String(number)))])

const FileCard = z
  .object({
    id: FileCardId.nullish().transform((id) => id ?? null),
    title: typed(text(limits.title, 'a title'), 'a title').nullish().transform((title) => title ?? ''),
    contexts: z.array(typed(text(limits.context, 'a context'), 'a context'), { error: 'contexts must be a list of texts' }).max(limits.contextsPerCard, { error: `a card has more than ${limits.contextsPerCard} contexts` }).nullish(),
    context: typed(text(limits.context, 'a context'), 'a context').nullish(),
    policies: z.array(typed(text(limits.policy, 'a line'), 'a line'), { error: 'policies must be a list of texts' }).max(limits.policiesPerCard, { error: `a card has more than ${limits.policiesPerCard} lines` })
  }, { error: 'a card must be a record with policies' })
  .transform(({ id, title, contexts, context, policies }): CardDraft => ({ id, title, policies, contexts: [...(contexts ?? []), context ?? ''].filter((words) => words.trim() !== '') }))

const PreviewFile = z.object({
  id: z.union([z.string(), z.number()], { error: 'an id must be text or a number' }).nullish().transform((id) => id ?? null),
  domain: typed(text(limits.title, 'a domain'), 'a domain').nullish().transform((domain) => domain ?? ''),
  mode: Mode.nullish().transform((mode) => mode ?? 'theory'),
  situation: typed(words(limits.situation, 'the situation'), 'the situation'),
  options: z.array(typed(words(limits.option, 'an option'), 'an option'), { error: 'options must be a list of texts' }).pipe(Options),
  cards: z.array(FileCard, { error: 'cards must be a list' }).max(limits.cards, { error: () => `there are more than ${limits.cards.toLocaleString('en')} cards` }).nullish().transform((cards) => cards ?? null),
  wiser_than: z.array(z.unknown(), { error: 'wiser_than must be a list' }).max(limits.cards).nullish().transform((list) => list ?? []),
  norms: z.array(z.unknown(), { error: 'norms must be a list' }).max(limits.cards).nullish().transform((list) => list ?? [])
})

const FilePair = z.tuple([z.number().int(), z.number().int()], { error: 'must be two card numbers, [wiser, than], counted from 0' })

const FileIdPair = z.tuple([CardId, CardId]).transform(([wiser, than]) => ({ wiser, than, context: '' }))

const FileEdge = z.object({
  wiser: FileCardId, than: FileCardId,
  context: typed(text(limits.context, 'a context'), 'a context').nullish().transform((context) => context ?? '')
}, { error: 'must be a record with wiser and than, or two card numbers' })

const FileNorm = z.object({
  text: typed(words(limits.policy, 'a norm'), 'a norm'),
  force: NormForce.nullish().transform((force) => force ?? 'obligation'),
  strength: z.number({ error: 'a strength must be a number from 0 to 1' }).min(0).max(1).nullish().transform((strength) => strength ?? 1),
  holder: typed(text(limits.title, 'who holds a norm'), 'who holds a norm').nullish().transform((holder) => holder ?? ''),
  inForce: z.number({ error: 'inForce must be a number from 0 to 1' }).min(0).max(1).nullish().transform((inForce) => inForce ?? 1)
}, { error: 'a norm must be text, or a record with text' })

const AnswerFile = z.strictObject({
  outcome: z.union([z.number().int(), z.literal('ask')]),
  reason: AskReason.nullable(),
  probabilities: z.array(z.number()),
  relevance: z.array(z.number()),
  support: z.array(z.array(z.array(z.number()))),
  model: ModelIdentity,
  certificate: z.unknown()
})

/** A graph under construction: what a file adds, to the person's own or to nothing. */
class GraphDraft {
  readonly cards: Card[]
  readonly contexts: Context[]
  readonly edges: Edge[]
  readonly norms: Norm[]
  readonly start: Graph | null
  /** By their words as written. */
  readonly written = new Map<string, ContextId>()

  constructor(start: Graph | null) {
    const lists = start === null ? { cards: [], contexts: [], edges: [], norms: [] } : toLists(start)
    this.cards = [...lists.cards]
    this.contexts = [...lists.contexts]
    this.edges = [...lists.edges]
    this.norms = [...lists.norms]
    this.start = start
  }

  addCards(drafts: readonly CardDraft[]): Result<readonly Card[]> {
    const given = new Set<string>()
    for (const [at, { id }] of drafts.entries()) {
      if (id !== null && given.has(id)) return refused(`cards[${at}].id: ${quoted(id)} is the id of an earlier card`)
      if (id !== null) given.add(id)
    }
    for (const [at, draft] of drafts.entries()) {
      const id = draft.id ?? CardId.parse(free(`c${at + 1}`, given))
      given.add(id)
      this.cards.push({
        id, title: draft.title, story: '', obstacles: '', status: 'endorsed', kind: 'unclear', author: { kind: 'you' }, createdAt: 0, updatedAt: 0,
        contexts: [...new Set(draft.contexts.map((words) => this.context(words)))],
        policies: draft.policies.map((line, number) => ({ id: PolicyId.parse(`p${at + 1}.${number + 1}`), text: line, author: { kind: 'you' } }))
      })
    }
    return ok(this.cards)
  }

  /** `numbered`: the file's own cards, which pairs of numbers point to; null where the person's own are used. */
  addPriorities(list: readonly unknown[], numbered: readonly Card[] | null): Result<void> {
    const known = new Set<string>(this.cards.map(({ id }) => id))
    for (const [at, entry] of list.entries()) {
      const place = `wiser_than[${at}]`
      const read = !Array.isArray(entry) ? FileEdge.safeParse(entry) : typeof entry[0] === 'string' ? FileIdPair.safeParse(entry) : FilePair.safeParse(entry)
      if (!read.success) return refused(describeIssue(read.error, place))
      let { wiser, than, context } = { wiser: undefined as CardId | undefined, than: undefined as CardId | undefined, context: '' }
      if (Array.isArray(read.data)) {
        if (numbered === null) return refused(`${place}: numbers of cards mean nothing here, since the file holds no cards; name them by id`)
        for (const number of read.data) if (numbered[number] === undefined) return refused(`${place}: there is no card ${number}; the file holds ${numbered.length}, counted from 0`)
        ;[wiser, than] = read.data.map((number) => numbered[number]?.id)
      } else {
        ;({ wiser, than, context } = read.data)
        for (const [role, id] of [['wiser', wiser], ['than', than]] as const) if (!known.has(id)) return refused(`${place}.${role}: there is no card with the id ${quoted(id)}`)
      }
      if (wiser === undefined || than === undefined || wiser === than) return refused(`${place}: a card cannot be wiser than itself`)
      this.edges.push({ from: than, to: wiser, context: this.context(context), reallyAbout: '', confused: '', story: '', mapping: [], createdAt: 0 })
    }
    return ok(undefined)
  }

  addNorms(list: readonly unknown[]): Result<void> {
    const taken = new Set<string>(this.norms.map(({ id }) => id))
    for (const [at, entry] of list.entries()) {
      const read = FileNorm.safeParse(typeof entry === 'string' ? { text: entry } : entry)
      if (!read.success) return refused(describeIssue(read.error, `norms[${at}]`))
      const id = NormId.parse(free(`n${at + 1}`, taken))
      taken.add(id)
      this.norms.push({ id, purpose: '', exceptions: '', intrinsic: true, ...read.data })
    }
    return ok(undefined)
  }

  finish(): Graph {
    const { cards, contexts, edges, norms } = this
    return fromLists({ cards, contexts, edges, norms, commitments: this.start === null ? [] : [...toLists(this.start).commitments] })
  }

  /** The context of these words; without words, the one that every situation is a case of. */
  context(written: string): ContextId {
    const words = written.trim()
    const known = this.written.get(words) ?? (this.start === null ? null : findContext(this.start, words))
    if (known !== null && known !== undefined) return known
    const id = ContextId.parse(free(words === '' ? 'everywhere' : `k${this.written.size + 1}`, new Set(this.contexts.map((context) => context.id))))
    this.written.set(words, id)
    this.contexts.push({ id, text: words, within: [], synonymOf: null })
    return id
  }
}

/** `wanted`, or the first of `wanted-2`, `wanted-3` … that is not taken. */
function free(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`
  return name
}

// ---- the answer -----------------------------------------------------------------------------------------------------

/** The name of the first field of the answer that is not what the certificate holds. */
function differenceOf(answer: z.infer<typeof AnswerFile>, raw: Readonly<Record<string, unknown>>, certificate: Certificate): string | null {
  const { inputs, derived, order, others } = certificate
  const { outcome } = derived
  if (answer.outcome !== (outcome.kind === 'act' ? outcome.option : 'ask') || Object.is(answer.outcome, -0)) return 'outcome'
  if (answer.reason !== (outcome.kind === 'act' ? null : outcome.reason)) return 'reason'
  if (canonical(answer.probabilities) !== canonical(derived.probabilities)) return 'probabilities'
  if (canonical(raw.model) !== canonical(inputs.model)) return 'model'
  if (order === null || answer.relevance.length !== order.length) return 'relevance'
  if (answer.support.length !== order.length || order.some(({ policies }, at) => answer.support[at]?.length !== policies.length)) return 'support'
  const place = new Map(order.map(({ card }, at) => [card, at]))
  for (const card of inputs.cards) {
    const at = place.get(card.id) ?? -1
    if (!Object.is(answer.relevance[at], card.relevance)) return 'relevance'
    if (canonical(answer.support[at]) !== canonical(card.policies.map(({ support }) => support))) return 'support'
  }
  const aside = inputs.others.map(({ id }) => ({ id, relevance: answer.relevance[place.get(id) ?? -1], support: answer.support[place.get(id) ?? -1] }))
  if (aside.some(({ relevance }, at) => !Object.is(relevance, inputs.others[at]?.relevance))) return 'relevance'
  return digestOf(aside) === others.evidence ? null : 'support'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(message: string): Result<never> {
  return fail('bad-input', message, 'correct it and try again')
}
