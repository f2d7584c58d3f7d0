/**
 * From embeddings and readings to what the Model port promises. The encoder says what bears on a situation, what is near to what,
 * and what kind of line this is; who sits in the reader's seat says what a line says of an option. The trained reader's verdicts
 * are tempered, and what it says of a line's contrary (contrary.ts) and likeness (likeness.ts) count beside them, by the numbers of
 * scorer.json, which training/fit.ts fits; without a reader, likeness has to do.
 *
 * [M3] A card's numbers follow from its own words and the question's alone, and so does whether it is read. [M4] What has no words
 *      gets 0.
 */
import type { LineKind, PairAnswer, PairRequest } from '../shared/ports.ts'
import { ok, type Result } from '../shared/result.ts'
import type { EvidenceNote } from '../shared/schema.ts'
import { isForeign } from '../shared/tongue.ts'
import { calibration } from './calibration.ts'
import { Cache, keyOf, type Embedder, type Embedding, type Pulse } from './embedder.ts'
import { kindOf } from './kinds.ts'
import { contraryOf } from './contrary.ts'
import { cardText, concernFeatures, contextFeatures, isNegated, isPlaced, leadsOf, nearestContext, pairFeatures, relevanceFeatures, situatedOption, supportRow, weighed, wholeSituation, type Look, type Weighing } from './likeness.ts'
import type { Answers, CardText, NormText, Scores, ScorerQuestion as Question } from './messages.ts'
import type { Reader } from './reader.ts'
import { commonWords, nearness } from './retrieval.ts'
import parameters from './scorer.json' with { type: 'json' }

/** Raised with every change to this file, contrary.ts, likeness.ts, reader.ts or kinds.ts that changes an answer. */
export const scorerVersion = 5

export interface Scorer {
  answer(question: Question, pulse: Pulse): Promise<Result<Answers[Question['kind']]>>
}

/** The trained reader, whose verdicts are weighed; or a language model of the person's choice, whose verdicts stand as they are. */
export interface Seat {
  readonly kind: 'trained' | 'language'
  readonly reader: Reader
}

type Evidence = Extract<Question, { kind: 'evidence' }>

/** A line as it is read: with that context of its card that is nearest to the situation; '' where it is meant generally. */
interface Line {
  readonly text: string
  readonly context: string
}

/** What the reader said of a line. */
interface Said {
  readonly verdicts: readonly PairAnswer[]
  /** Log odds that it has to do with the situation; null where the reader does not say. */
  readonly concern: number | null
}

/** What a norm says of an option counts from here on: each violation is weighed, and likeness is never quite equal. */
const clear = 0.1
/** Rows of support kept: one a line and a set of options. */
const capacity = 100_000
/**
 * Below this relevance, by likeness alone, a card is not read: it has no support, and its relevance is that. Of 4,654 cards of held-out
 * writers, two were below the trained reader's floor and would have borne when read; of those that do not bear, 69 % are below it with
 * contexts, and 22 % without.
 */
const readFloor = { trained: 0.01, language: calibration.relevanceFloor }
/** What the trained reader says of a text in another language than English counts so much. */
const foreignShare = 0.4
/** Of a job, what the encoder takes of it when there is a reader. */
const embedderShare = 0.1
const nothing: PairAnswer = { upholds: 0, violates: 0, neutral: 1 }

export function createScorer(embedder: Embedder, seat: Seat | null = null): Scorer {
  const rows = new Cache<readonly number[]>(capacity)

  async function look<Value>(texts: Iterable<string>, pulse: Pulse, score: (look: Look) => Value): Promise<Result<Value>> {
    const found = await embedder.embed(texts, pulse)
    if (!found.ok) return found
    return ok(score((text) => found.value.get(text) ?? missing()))
  }

  /** Cached by content: editing one line scores that line only. */
  function likenessOf(line: string, options: readonly string[], optionsKey: string, look: Look): readonly number[] {
    const key = `${keyOf(line)}${optionsKey}`
    const row = rows.get(key) ?? supportRow(look(line), options.map(look), parameters.support.slope).map(grain)
    rows.set(key, row)
    return row
  }

  async function evidenceOf(question: Evidence, pulse: Pulse): Promise<Result<Scores>> {
    const { situation, options } = question
    const found = await look(textsOf(question), seat === null ? pulse : part(pulse, 0, embedderShare), (look) => look)
    if (!found.ok) return found
    const seen = found.value
    if (seat === null) {
      const optionsKey = keyOf(JSON.stringify(options))
      return ok(scoresOf(question, seen, {
        relevance: (card) => likenessRelevance(card, question, seen),
        support: (line) => likenessOf(line, options, optionsKey, seen),
        isTurned: ({ text, isProhibition }) => isProhibition || isNegated(text)
      }))
    }
    const { kind, reader } = seat
    const isRead = (card: CardText): boolean => likenessRelevance(card, question, seen) >= readFloor[kind]
    const contexts = new Map(question.cards.map((card) => [card, kind === 'trained' ? nearestContext(card, question, seen) : '']))
    const lineOf = (card: CardText, text: string): Line => ({ text, context: contexts.get(card) ?? '' })
    const own = linesOf(question, isRead, lineOf)
    const lines = kind === 'trained' ? withContraries(own) : own
    const read = await reader.verdicts({ situation, options, lines }, part(pulse, embedderShare, 1))
    if (!read.ok) return read
    const concerns = await reader.concerns?.({ situation, options, lines: own }, part(pulse, 1, 1))
    if (concerns?.ok === false) return concerns
    /* The lines themselves stand before their contraries, of which no concern is asked. */
    const said: ReadonlyMap<string, Said> = new Map(lines.map((line, at) => [keyOfLine(line), { verdicts: read.value[at] ?? [], concern: concerns?.value[at] ?? null }]))
    const isForeignSetting = [situation, ...options].some(isForeign)
    return ok(scoresOf(question, seen, {
      relevance: (card) => (kind === 'trained' ? stackedRelevance(card, question, seen, card.policies.flatMap((text) => (text.trim() === '' ? [] : (said.get(keyOfLine(lineOf(card, text))) ?? [])))) : likenessRelevance(card, question, seen)),
      support: (text, card) => {
        const line = card === null ? { text, context: '' } : lineOf(card, text)
        const row = said.get(keyOfLine(line))?.verdicts
        if (row === undefined || isEmpty(seen(text))) return options.map(() => 0)
        if (kind === 'language') return row.map((verdict) => grain(balance(verdict)))
        const share = isForeignSetting || isForeign(text) ? foreignShare : 1
        const turned = contraryOf(text)
        const contrary = turned === null ? undefined : said.get(keyOfLine({ ...line, text: turned }))?.verdicts
        const leads = leadsOf(seen(text), options.map(seen))
        return row.map((verdict, option) => grain(share * balance(answerOf(verdict, contrary?.[option], leads[option] ?? 0, parameters.reader.support))))
      },
      isTurned: ({ text, isProhibition }) => isProhibition && !isNegated(text),
      notes: (bearing) => (kind === 'trained' && (isForeignSetting || bearing.some(({ policies }) => policies.some(isForeign))) ? ['not-english'] : [])
    }))
  }

  async function pairsOf(requests: readonly PairRequest[], pulse: Pulse): Promise<Result<readonly PairAnswer[]>> {
    if (seat === null) {
      const texts = requests.flatMap((request) => [request.value, request.option, ...situatedOption(request)])
      return await look(texts, pulse, (seen) => requests.map((request) => stacked(pairFeatures(request, seen), parameters.pairs)))
    }
    /* Options of different requests never stand side by side, so that each answer follows from its own request. */
    const verdicts = requests.map((): readonly [own: PairAnswer, contrary?: PairAnswer] => [nothing])
    const groups = [...Map.groupBy(requests.keys(), (at) => JSON.stringify([requests[at]?.situation?.trim() ?? '', requests[at]?.option])).values()]
    for (const [done, group] of groups.entries()) {
      const { situation = '', option = '' } = requests[group[0] ?? 0] ?? {}
      const asked = group.map((at) => ({ text: requests[at]?.value ?? '', context: requests[at]?.context ?? '' }))
      const turned = seat.kind === 'language' ? [] : asked.flatMap(({ text, context }, at) => (contraryOf(text) === null ? [] : [{ at, line: { text: contraryOf(text) ?? '', context } }]))
      const lines = [...asked, ...turned.map(({ line }) => line)]
      const read = await seat.reader.verdicts({ situation, options: [option], lines }, part(pulse, done / groups.length, (done + 1) / groups.length))
      if (!read.ok) return read
      group.forEach((at, place) => (verdicts[at] = [read.value[place]?.[0] ?? nothing]))
      turned.forEach(({ at: place }, more) => (verdicts[group[place] ?? 0] = [read.value[place]?.[0] ?? nothing, read.value[asked.length + more]?.[0] ?? nothing]))
    }
    return ok(requests.map((request, at) => {
      const [verdict, contrary] = verdicts[at] ?? [nothing]
      const words = [request.value, request.option]
      if (words.some((each) => each.trim() === '')) return nothing
      if (seat.kind === 'language') return verdict
      return shrunk(answerOf(verdict, contrary, 0, parameters.reader.pairs), words.some(isForeign) ? foreignShare : 1)
    }))
  }

  async function kindsOf(lines: readonly string[], pulse: Pulse): Promise<Result<readonly LineKind[]>> {
    const read = seat?.reader.kinds
    const found = await look(lines, read === undefined ? pulse : part(pulse, 0, embedderShare), (look) => look)
    if (!found.ok) return found
    const seen = found.value
    const kinds = await read?.(lines, part(pulse, embedderShare, 1))
    if (kinds?.ok === false) return kinds
    return ok(lines.map((line, at) => kindOf(line, seen(line), kinds?.value[at] ?? null)))
  }

  return {
    answer: (question, pulse) => {
      switch (question.kind) {
        case 'evidence':
          return evidenceOf(question, pulse)
        case 'pairs':
          return pairsOf(question.requests, pulse)
        case 'rank':
          return look([question.query, ...question.candidates], pulse, (look) => {
            const [near, common] = [nearness(look(question.query), question.candidates.map(look)), commonWords(question.query, question.candidates)]
            return ranking(near.map((value, at) => value + (common[at] ?? 0)))
          })
        case 'kinds':
          return kindsOf(question.lines, pulse)
      }
    }
  }
}

// ---- evidence -------------------------------------------------------------------------------------------------------

/** What is thought of each part of a question. */
interface Judge {
  relevance(card: CardText): number
  /** `card`: whose line it is; null for a norm. */
  support(line: string, card: CardText | null): readonly number[]
  /** What upholds the norm's words violates the norm: it says what not to do, and the one who reads it does not know. */
  isTurned(norm: NormText): boolean
  /** `bearing`: the cards that are not held for irrelevant. */
  notes?(bearing: readonly CardText[]): readonly EvidenceNote[]
}

function scoresOf(question: Evidence, look: Look, judge: Judge): Scores {
  const cards = question.cards.map((card) => ({
    relevance: isEmpty(look(cardText(card))) ? 0 : grain(judge.relevance(card)),
    support: card.policies.map((line) => judge.support(line, card))
  }))
  return {
    cards,
    contexts: question.contexts.map((context) => (isEmpty(look(context)) ? 0 : grain(logistic(contextFeatures(context, question, look), parameters.context)))),
    norms: question.norms.map((norm) => judge.support(norm.text, null).map((support) => (Math.abs(support) < clear ? 0 : judge.isTurned(norm) ? 0 - support : support))),
    notes: judge.notes?.(question.cards.filter((_, at) => (cards[at]?.relevance ?? 0) >= calibration.relevanceFloor)) ?? []
  }
}

function likenessRelevance(card: CardText, question: Evidence, look: Look): number {
  return sharpened(logistic(relevanceFeatures(card, question, look), isPlaced(card) ? parameters.relevance.placed : parameters.relevance.general))
}

/** A card that was not read is judged by likeness. */
function stackedRelevance(card: CardText, question: Evidence, look: Look, read: readonly Said[]): number {
  if (read.length === 0) return likenessRelevance(card, question, look)
  return sharpened(logistic([...relevanceFeatures(card, question, look), ...concernFeatures(read)], isPlaced(card) ? parameters.reader.relevance.placed : parameters.reader.relevance.general))
}

/** Relevance is a weight, too: what is in doubt counts little beside what is sure. */
function sharpened(likely: number): number {
  return likely ** parameters.sharpness
}

/** Each once. */
function linesOf({ cards, norms }: Evidence, isRead: (card: CardText) => boolean, lineOf: (card: CardText, text: string) => Line): readonly Line[] {
  return once([...cards.filter(isRead).flatMap((card) => card.policies.map((text) => lineOf(card, text))), ...norms.map(({ text }) => ({ text, context: '' }))])
}

function withContraries(lines: readonly Line[]): readonly Line[] {
  return once([...lines, ...lines.flatMap(({ text, context }) => { const contrary = contraryOf(text); return contrary === null ? [] : [{ text: contrary, context }] })])
}

function once(lines: readonly Line[]): readonly Line[] {
  return [...new Map(lines.map((line) => [keyOfLine(line), line])).values()]
}

function keyOfLine({ text, context }: Line): string {
  return JSON.stringify([text, context])
}

function textsOf(question: Evidence): readonly string[] {
  const { situation, options, cards, contexts, norms } = question
  return [
    wholeSituation(question), situation, ...options, ...contexts, ...norms.map(({ text }) => text),
    ...cards.flatMap((card) => [cardText(card), ...card.contexts, ...card.policies])
  ]
}

// ---- arithmetic -----------------------------------------------------------------------------------------------------

/** What the reader said, weighed; sums to 1 within rounding. */
function answerOf(verdict: PairAnswer, contrary: PairAnswer | undefined, lead: number, by: Weighing): PairAnswer {
  const [upholds = 0, violates = 0, neutral = 0] = softmax(weighed(verdict, contrary ?? null, lead, by))
  return { upholds, violates, neutral }
}

/** The soft maximum over three linear read-outs; sums to 1 within rounding. */
function stacked(features: readonly number[], weights: readonly (readonly number[])[]): PairAnswer {
  const [upholds = 0, violates = 0, neutral = 0] = softmax(weights.map((row) => dot(row, features)))
  return { upholds, violates, neutral }
}

function balance({ upholds, violates }: PairAnswer): number {
  return upholds - violates
}

/** So much of what is said, the rest neutral. */
function shrunk({ upholds, violates }: PairAnswer, share: number): PairAnswer {
  return { upholds: upholds * share, violates: violates * share, neutral: 1 - upholds * share - violates * share }
}

/** Higher scores first, ties by index. */
function ranking(scores: readonly number[]): readonly number[] {
  return scores.map((_, index) => index).sort((left, right) => (scores[right] ?? 0) - (scores[left] ?? 0) || left - right)
}

export function softmax(values: readonly number[]): readonly number[] {
  const highest = Math.max(...values)
  const powers = values.map((value) => Math.exp(value - highest))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map((power) => power / total)
}

export function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)
}

/** `weights` has one more than `features`, its last the constant. */
function logistic(features: readonly number[], weights: readonly number[]): number {
  return 1 / (1 + Math.exp(-dot(weights, [...features, 1])))
}

/** To 1e-6: the grain at which evidence is compared (shared/decision/choice.ts). */
function grain(value: number): number {
  return Math.round(value * 1e6) / 1e6 + 0
}

/** The part of a job from one share to another. */
function part(pulse: Pulse, from: number, to: number): Pulse {
  return { isStopped: pulse.isStopped, report: (share) => pulse.report(from + share * (to - from)) }
}

function isEmpty(embedding: Embedding): boolean {
  return embedding.every((value) => value === 0)
}

function missing(): never {
  throw new Error('a text was not embedded')
}
