/**
 * The Model port (M1–M8) by shared words: a card bears on a situation as far as their words are the same, an option upholds
 * a line as far as it names what the line names, and violates it where one of the two says "not". Pure, exact, no weights;
 * an implementation, held to the same contract as the real one, so that a test can say what it expects in plain words.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { keysOf, recordOf, valuesOf } from '../../shared/graph.ts'
import type { EvidenceRequest, Job, LineKind, Model, PairAnswer, PairRequest } from '../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import type { CardId, ContextId, Evidence, ModelIdentity, NormId, PolicyId } from '../../shared/schema.ts'

export interface FakeOptions {
  /** Awaited before each card, pair, candidate or line: a test holds a job here, or counts. */
  readonly pause?: () => Promise<void>
  /** Asked at the start of each job: a problem is what the job resolves to. */
  readonly problem?: () => Problem | null
}

export const fakeIdentity: ModelIdentity = { name: 'shared-words', sha256: bytesToHex(sha256(utf8ToBytes('shared-words 1'))) }

export function createFakeModel(options: FakeOptions = {}): Model {
  let closed = false

  /** Runs `each` for every item in turn, unless the job is aborted or the model is closed. */
  async function forEach<Item, Value>(items: readonly Item[], job: Job | undefined, each: (item: Item) => Value): Promise<Result<readonly Value[]>> {
    const values: Value[] = []
    const problem = options.problem?.() ?? null
    if (problem !== null) return { ok: false, error: problem }
    job?.onProgress?.(0)
    for (const item of items) {
      const stopped = await Promise.race([(options.pause?.() ?? Promise.resolve()).then(() => false), whenAborted(job)])
      if (closed) return fail('model', 'the model was closed', 'open the app again')
      if (stopped || job?.signal?.aborted === true) return fail('cancelled', 'the job was stopped', 'ask again')
      values.push(each(item))
      job?.onProgress?.(values.length / items.length)
    }
    if (closed) return fail('model', 'the model was closed', 'open the app again')
    if (job?.signal?.aborted === true) return fail('cancelled', 'the job was stopped', 'ask again')
    return ok(values)
  }

  return {
    identity: async () => (closed ? fail('model', 'the model was closed', 'open the app again') : ok(fakeIdentity)),
    evidence: async (request, job) => {
      const { graph } = request
      const cards = valuesOf(graph.cards).filter((card) => card.status === 'endorsed')
      const scored = await forEach(cards, job, (card) => evidenceOf(request, card.id))
      if (!scored.ok) return scored
      const { situation, options: choices } = request.scenario
      const evidence: Evidence = {
        model: fakeIdentity,
        relevance: recordOf<CardId, number>(new Map(scored.value.map(({ card, relevance }) => [card, relevance]))),
        contexts: recordOf<ContextId, number>(new Map(keysOf(graph.contexts).map((id) => [id, share(graph.contexts[id]?.text ?? '', situation)]))),
        support: recordOf<PolicyId, number[]>(new Map(scored.value.flatMap(({ support }) => support))),
        norms: recordOf<NormId, number[]>(new Map(valuesOf(graph.norms).map((norm) => [norm.id, choices.map((option) => support(norm.text, option))])))
      }
      return ok(evidence)
    },
    pairs: (requests, job) => forEach(requests, job, answerOf),
    rank: async (query, candidates, job) => {
      const scored = await forEach(candidates, job, (candidate) => share(candidate, query) + share(query, candidate))
      if (!scored.ok) return scored
      const scores = scored.value
      return ok(candidates.map((_, index) => index).toSorted((left, right) => (scores[right] ?? 0) - (scores[left] ?? 0) || left - right))
    },
    kinds: (lines, job) => forEach(lines, job, kindOf),
    close: async () => {
      closed = true
    }
  }
}

function evidenceOf(request: EvidenceRequest, id: CardId): { readonly card: CardId; readonly relevance: number; readonly support: readonly (readonly [PolicyId, number[]])[] } {
  const { graph, scenario } = request
  const card = graph.cards[id]
  const about = [card?.title ?? '', ...(card?.contexts ?? []).map((context) => graph.contexts[context]?.text ?? ''), ...(card?.policies ?? []).map((policy) => policy.text)]
  const situation = [scenario.situation, ...scenario.options].join(' ')
  return {
    card: id,
    relevance: Math.max(0, ...about.map((text) => share(text, situation))),
    support: (card?.policies ?? []).map((policy) => [policy.id, scenario.options.map((option) => support(policy.text, option))] as const)
  }
}

function answerOf({ value, option }: PairRequest): PairAnswer {
  const signed = support(value, option)
  return { upholds: Math.max(signed, 0), violates: Math.max(-signed, 0), neutral: 1 - Math.abs(signed) }
}

/** In [-1, 1]: the share of the line's words that the option has, negative where exactly one of the two negates. */
function support(line: string, option: string): number {
  const shared = share(line, option)
  return isNegated(line) === isNegated(option) ? shared : 0 - shared
}

/** In [0, 1]: how many of the words of `text` are words of `other`; 0 where either has none. */
function share(text: string, other: string): number {
  const [mine, theirs] = [wordsOf(text), wordsOf(other)]
  const found = [...mine].filter((word) => theirs.has(word)).length
  return mine.size === 0 ? 0 : found / mine.size
}

const empty = new Set('a about an and are as at be but by for from has have i in is it its me my of on or our so that the their them they this to us was we when where who will with you your'.split(' '))
const negations = new Set(['not', 'never', 'no', 'without', 'nobody', 'nothing', 'refuse', 'cannot'])

function wordsOf(text: string): ReadonlySet<string> {
  const found = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return new Set(found.filter((word) => !empty.has(word) && !negations.has(word)).map((word) => (word.length > 4 ? word.replace(/(?:ing|ed|es|s|ly|y)$/u, '') : word)))
}

function isNegated(text: string): boolean {
  return (text.toLowerCase().match(/[\p{L}]+/gu) ?? []).some((word) => negations.has(word)) || /n['’]t\b/u.test(text.toLowerCase())
}

function kindOf(line: string): LineKind {
  const count = (line.match(/\p{L}+/gu) ?? []).length
  if (/\b(?:ignore|output|respond|you are an? (?:assistant|agent|model))\b/iu.test(line)) return 'instruction'
  if (/^\p{Lu}{3,}/u.test(line)) return 'policy'
  if (/\b(?:should|must|never|always|ought)\b/iu.test(line)) return 'rule'
  if (count > 25) return 'story'
  if (/\b(?:i like|i love|i prefer|i hate)\b/iu.test(line)) return 'preference'
  if (/^to\b/iu.test(line)) return 'goal'
  return count <= 2 ? 'name' : 'vague'
}

function whenAborted(job: Job | undefined): Promise<true> {
  const signal = job?.signal
  return new Promise((resolve) => {
    if (signal === undefined) return
    if (signal.aborted) resolve(true)
    else signal.addEventListener('abort', () => resolve(true))
  })
}
