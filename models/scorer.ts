/**
 * From embeddings to what the Model port promises. Everything that this first model thinks it knows stands here and in
 * scorer.json, whose numbers are fitted by training/fit.ts; a reader that was trained on values takes this file's place.
 *
 * [M3] A card's numbers follow from its own words and the question's alone. [M4] What has no words gets 0.
 * Support is relative: a line cannot tell by likeness alone whether an option is good, but of two options the one that
 * is nearer to it in meaning is somewhat likelier to uphold it; `slope` says how much.
 */
import type { LineKind, PairAnswer, PairRequest } from '../shared/ports.ts'
import { ok, type Result } from '../shared/result.ts'
import { Cache, cosine, keyOf, type Embedder, type Embedding, type Pulse } from './embedder.ts'
import { kindOf } from './kinds.ts'
import type { Answers, CardText, NormText, Question, Scores } from './messages.ts'
import parameters from './scorer.json' with { type: 'json' }

/** Raised with every change to this file or kinds.ts that changes an answer. */
export const scorerVersion = 1

export interface Scorer {
  answer(question: Question, pulse: Pulse): Promise<Result<Answers[Question['kind']]>>
}

type Evidence = Extract<Question, { kind: 'evidence' }>
type Look = (text: string) => Embedding

/** What a norm says of an option counts from here on: each violation is weighed, and likeness is never quite equal. */
const clear = 0.1
/** Rows of support kept: one a line and a set of options. */
const capacity = 100_000

export function createScorer(embedder: Embedder): Scorer {
  const rows = new Cache<readonly number[]>(capacity)

  async function look<Value>(texts: Iterable<string>, pulse: Pulse, score: (look: Look) => Value): Promise<Result<Value>> {
    const found = await embedder.embed(texts, pulse)
    if (!found.ok) return found
    return ok(score((text) => found.value.get(text) ?? missing()))
  }

  /** Cached by content: editing one line scores that line only. */
  function supportOf(line: string, options: readonly string[], optionsKey: string, look: Look): readonly number[] {
    const key = `${keyOf(line)}${optionsKey}`
    const row = rows.get(key) ?? supportRow(look(line), options.map(look))
    rows.set(key, row)
    return row
  }

  return {
    answer: (question, pulse) => {
      switch (question.kind) {
        case 'evidence': {
          const optionsKey = keyOf(JSON.stringify(question.options))
          return look(textsOf(question), pulse, (look) => scoresOf(question, look, (line) => supportOf(line, question.options, optionsKey, look)))
        }
        case 'pairs':
          return look(question.requests.flatMap((request) => [request.value, request.option, ...situatedOption(request)]), pulse, (look) =>
            question.requests.map((request) => answerOf(pairFeatures(request, look)))
          )
        case 'rank':
          return look([question.query, ...question.candidates], pulse, (look) => ranking(question.candidates.map((candidate) => cosine(look(question.query), look(candidate)))))
        case 'kinds':
          return look(question.lines, pulse, (look) => question.lines.map((line): LineKind => kindOf(line, look(line))))
      }
    }
  }
}

// ---- relevance ------------------------------------------------------------------------------------------------------

/** A card as one text, as it is matched against a situation. */
export function cardText({ title, contexts, policies }: CardText): string {
  return [...contexts, title, ...policies].filter((part) => part.trim() !== '').join('\n')
}

/** The situation with what could be done in it. */
export function wholeSituation({ situation, options }: Pick<Evidence, 'situation' | 'options'>): string {
  return [situation, ...options].join('\n')
}

/** How like the card is to the whole situation, its likest context to the situation, and its likest line to an option; cosines. */
export function relevanceFeatures(card: CardText, question: Pick<Evidence, 'situation' | 'options'>, look: Look): readonly number[] {
  const [whole, situation, own] = [look(wholeSituation(question)), look(question.situation), look(cardText(card))]
  const contexts = card.contexts.filter((context) => context.trim() !== '')
  return [
    cosine(whole, own),
    contexts.length === 0 ? cosine(situation, own) : Math.max(...contexts.map((context) => cosine(situation, look(context)))),
    Math.max(0, ...card.policies.flatMap((policy) => question.options.map((option) => cosine(look(policy), look(option)))))
  ]
}

/** Its owner said when it holds; a card of which nobody did is meant more generally, and judged by numbers of its own. */
export function isPlaced({ contexts }: Pick<CardText, 'contexts'>): boolean {
  return contexts.some((context) => context.trim() !== '')
}

/** How like the context is to the situation, alone and with its options; cosines. */
export function contextFeatures(context: string, question: Pick<Evidence, 'situation' | 'options'>, look: Look): readonly number[] {
  return [cosine(look(question.situation), look(context)), cosine(look(wholeSituation(question)), look(context))]
}

// ---- support --------------------------------------------------------------------------------------------------------

/**
 * For each option the mean over its rivals of 2σ(slope · difference of cosines) - 1: how much likelier than not it upholds the
 * line better (Bradley & Terry 1952), in [-1, 1]; 0 everywhere for a line without words.
 */
export function supportRow(line: Embedding, options: readonly Embedding[], slope: number = parameters.support.slope): readonly number[] {
  const near = options.map((option) => cosine(line, option))
  return near.map((mine, at) => {
    let sum = 0
    near.forEach((other, rival) => (sum += rival === at ? 0 : Math.tanh((slope * (mine - other)) / 2)))
    return grain(options.length < 2 ? 0 : sum / (options.length - 1))
  })
}

function scoresOf(question: Evidence, look: Look, supportOf: (line: string) => readonly number[]): Scores {
  return {
    cards: question.cards.map((card) => ({
      relevance: isEmpty(look(cardText(card))) ? 0 : grain(logistic(relevanceFeatures(card, question, look), isPlaced(card) ? parameters.relevance.placed : parameters.relevance.general)),
      support: card.policies.map(supportOf)
    })),
    contexts: question.contexts.map((context) => (isEmpty(look(context)) ? 0 : grain(logistic(contextFeatures(context, question, look), parameters.context)))),
    norms: question.norms.map((norm) => supportOf(norm.text).map((support) => (Math.abs(support) < clear ? 0 : isAgainst(norm) ? 0 - support : support)))
  }
}

/** A norm that says what not to do is violated by the option that is nearest to its words. */
function isAgainst({ text, isProhibition }: NormText): boolean {
  return isProhibition || isNegated(text)
}

function textsOf(question: Evidence): readonly string[] {
  const { situation, options, cards, contexts, norms } = question
  return [
    wholeSituation(question), situation, ...options, ...contexts, ...norms.map(({ text }) => text),
    ...cards.flatMap((card) => [cardText(card), ...card.contexts, ...card.policies])
  ]
}

// ---- pairs ----------------------------------------------------------------------------------------------------------

/** Cosines of value and option, and the words that turn a meaning round; the last is 1. */
export function pairFeatures(request: PairRequest, look: Look): readonly number[] {
  const value = look(request.value)
  const [situated] = situatedOption(request)
  const near = cosine(value, look(request.option))
  const signs = [isNegated(request.value), isNegated(request.option), isPermission(request.value)].map(Number)
  return [near, situated === undefined ? near : cosine(value, look(situated)), ...signs, ...signs.map((sign) => sign * near), isNegated(request.value) === isNegated(request.option) ? near : -near, 1]
}

function situatedOption({ situation, option }: PairRequest): readonly string[] {
  return situation === undefined || situation.trim() === '' ? [] : [`${situation} ${option}`]
}

/** The soft maximum over three linear read-outs; sums to 1 within rounding. */
function answerOf(features: readonly number[]): PairAnswer {
  const [upholds = 0, violates = 0, neutral = 0] = softmax(parameters.pairs.map((weights) => dot(weights, features)))
  return { upholds, violates, neutral }
}

function isNegated(text: string): boolean {
  return /\b(?:not|no|never|nobody|nothing|without|cannot|avoid|refuse|stop|don|doesn|didn|isn|aren|won|shouldn|mustn|wrong|bad|rude|immoral)\b|n['’]t\b/iu.test(text)
}

function isPermission(text: string): boolean {
  return /\b(?:ok|okay|fine|acceptable|all right|alright|may|can|allowed|optional|free to|understandable|normal|need not|no need)\b/iu.test(text)
}

// ---- arithmetic -----------------------------------------------------------------------------------------------------

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

/** To 1e-6: the grain at which evidence is compared (shared/choice.ts). */
function grain(value: number): number {
  return Math.round(value * 1e6) / 1e6 + 0
}

function isEmpty(embedding: Embedding): boolean {
  return embedding.every((value) => value === 0)
}

function missing(): never {
  throw new Error('a text was not embedded')
}
