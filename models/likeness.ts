/**
 * What can be told by likeness of meaning, and what a verdict of the reader is worth beside it: what scorer.ts weighs by the
 * numbers of scorer.json, and training/fit.ts fits. Pure.
 *
 * By likeness alone, support is relative: a line cannot tell by it whether an option is good, but of two options the one that is
 * nearer to it in meaning is somewhat likelier to uphold it; `slope` says how much.
 */
import type { PairAnswer, PairRequest } from '../shared/ports.ts'
import { cosine, type Embedding } from './embedder.ts'
import type { CardText, Question } from './messages.ts'
import { nearness } from './retrieval.ts'

export type Look = (text: string) => Embedding
type Setting = Pick<Extract<Question, { kind: 'evidence' }>, 'situation' | 'options'>

// ---- relevance ------------------------------------------------------------------------------------------------------

/** A card as one text, as it is matched against a situation. */
export function cardText({ title, contexts, policies }: CardText): string {
  return [...contexts, title, ...policies].filter((part) => part.trim() !== '').join('\n')
}

/** The situation with what could be done in it. */
export function wholeSituation({ situation, options }: Setting): string {
  return [situation, ...options].join('\n')
}

/** How like the card is to the whole situation, its likest context to the situation, and its likest line to an option (cosines); how near its nearest context and its lines are to what is asked (retrieval.ts). */
export function relevanceFeatures(card: CardText, setting: Setting, look: Look): readonly number[] {
  const [whole, situation, own] = [look(wholeSituation(setting)), look(setting.situation), look(cardText(card))]
  const contexts = card.contexts.filter((context) => context.trim() !== '')
  return [
    cosine(whole, own),
    contexts.length === 0 ? cosine(situation, own) : Math.max(...contexts.map((context) => cosine(situation, look(context)))),
    Math.max(0, ...card.policies.flatMap((policy) => setting.options.map((option) => cosine(look(policy), look(option))))),
    contexts.length === 0 ? 0 : Math.max(...nearness(situation, contexts.map(look))),
    ...(card.policies.length === 0 ? [0, 0] : extremes(nearness(situation, card.policies.map(look))))
  ]
}

/** Its owner said when it holds; a card of which nobody did is meant more generally, and judged by numbers of its own. */
export function isPlaced({ contexts }: Pick<CardText, 'contexts'>): boolean {
  return contexts.some((context) => context.trim() !== '')
}

/** Of the contexts of a card the one nearest to the situation; '' where its owner named none. */
export function nearestContext({ contexts }: Pick<CardText, 'contexts'>, { situation }: Setting, look: Look): string {
  const named = contexts.filter((context) => context.trim() !== '')
  const near = nearness(look(situation), named.map(look))
  return named[near.indexOf(Math.max(...near))] ?? ''
}

/**
 * How far the card's lines say anything of the options, by the reader's verdicts: the highest of any cell, and the mean, each in
 * [0, 1]; and how far they have to do with the situation: the highest log odds, and the mean, squeezed to [-1, 1]. 0 where it does not say.
 */
export function concernFeatures(read: readonly { readonly verdicts: readonly PairAnswer[]; readonly concern: number | null }[]): readonly number[] {
  const cells = read.flatMap(({ verdicts }) => verdicts.map(({ neutral }) => 1 - neutral))
  const concerns = read.map(({ concern }) => Math.tanh((concern ?? 0) / 4))
  return read.length === 0 ? [0, 0, 0, 0] : [...extremes(cells), ...extremes(concerns)]
}

/** How like the context is to the situation, alone and with its options (cosines), and how near to what is asked. */
export function contextFeatures(context: string, setting: Setting, look: Look): readonly number[] {
  return [cosine(look(setting.situation), look(context)), cosine(look(wholeSituation(setting)), look(context)), ...nearness(look(setting.situation), [look(context)])]
}

/** The highest, and the mean. */
function extremes(values: readonly number[]): readonly number[] {
  return [Math.max(...values), values.reduce((sum, value) => sum + value, 0) / values.length]
}

// ---- support --------------------------------------------------------------------------------------------------------

/**
 * For each option the mean over its rivals of 2σ(slope · difference of cosines) - 1: how much likelier than not it upholds the
 * line better (Bradley & Terry 1952), in [-1, 1]; 0 everywhere for a line without words.
 */
export function supportRow(line: Embedding, options: readonly Embedding[], slope: number): readonly number[] {
  const near = options.map((option) => cosine(line, option))
  return near.map((mine, at) => {
    let sum = 0
    near.forEach((other, rival) => (sum += rival === at ? 0 : Math.tanh((slope * (mine - other)) / 2)))
    return options.length < 2 ? 0 : sum / (options.length - 1)
  })
}

/** By how much the reader's verdicts are tempered, and what else counts beside them: the numbers that training/fit.ts fits. */
export interface Weighing {
  /** Log probabilities are divided by this: above 1, the reader is too sure of itself. */
  readonly temperature: number
  /** How much the verdict on the line's contrary counts, turned round; that on the line counts 1. */
  readonly contrary: number
  /** What likeness is worth (`leadsOf`): so much is added for upholds, and taken from violates. */
  readonly likeness: number
}

/** For each option: how much nearer to the line it is than the options' mean. */
export function leadsOf(line: Embedding, options: readonly Embedding[]): readonly number[] {
  const near = options.map((option) => cosine(line, option))
  const middle = near.reduce((sum, each) => sum + each, 0) / Math.max(1, near.length)
  return near.map((each) => 5 * (each - middle))
}

/** The three log weights (upholds, violates, neutral) of an option whose soft maximum is the answer; probabilities below a ten-thousandth count as that. `contrary`: the verdict on the line's contrary, where it has one. */
export function weighed(verdict: PairAnswer, contrary: PairAnswer | null, lead: number, by: Weighing): readonly [number, number, number] {
  const [up, down, rest] = logsOf(verdict)
  const [against, forIt, beside] = contrary === null ? [down, up, rest] : logsOf(contrary)
  const both = (own: number, other: number): number => (own + by.contrary * other) / (1 + by.contrary)
  return [
    (both(up, forIt) + by.likeness * lead) / by.temperature,
    (both(down, against) - by.likeness * lead) / by.temperature,
    both(rest, beside) / by.temperature
  ]
}

function logsOf({ upholds, violates, neutral }: PairAnswer): readonly [number, number, number] {
  const log = (probability: number): number => Math.log(Math.max(1e-4, probability))
  return [log(upholds), log(violates), log(neutral)]
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

/** The option with its situation before it, where there is one. */
export function situatedOption({ situation, option }: PairRequest): readonly string[] {
  return situation === undefined || situation.trim() === '' ? [] : [`${situation} ${option}`]
}

export function isNegated(text: string): boolean {
  return /\b(?:not|no|never|nobody|nothing|without|cannot|avoid|refuse|stop|don|doesn|didn|isn|aren|won|shouldn|mustn|wrong|bad|rude|immoral)\b|n['’]t\b/iu.test(text)
}

function isPermission(text: string): boolean {
  return /\b(?:ok|okay|fine|acceptable|all right|alright|may|can|allowed|optional|free to|understandable|normal|need not|no need)\b/iu.test(text)
}
