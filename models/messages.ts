/**
 * What the supervisor (model.ts) and the model's process (process.ts) say to each other. Plain values that survive
 * structured clone; each question has a number, and each number gets one answer.
 */
import type { Benchmark, LineKind, PairAnswer, PairRequest, WritingTask } from '../shared/ports.ts'
import type { Problem, Result } from '../shared/result.ts'
import type { EvidenceNote, ModelIdentity } from '../shared/schema.ts'
import type { Words } from './language/words.ts'

export interface CardText {
  readonly title: string
  readonly contexts: readonly string[]
  readonly policies: readonly string[]
}

export interface NormText {
  readonly text: string
  /** It says what not to do. */
  readonly isProhibition: boolean
}

/** What the scorer answers. */
export type ScorerQuestion =
  | { readonly kind: 'evidence'; readonly situation: string; readonly options: readonly string[]; readonly cards: readonly CardText[]; readonly contexts: readonly string[]; readonly norms: readonly NormText[] }
  | { readonly kind: 'pairs'; readonly requests: readonly PairRequest[] }
  | { readonly kind: 'rank'; readonly query: string; readonly candidates: readonly string[] }
  | { readonly kind: 'kinds'; readonly lines: readonly string[] }

/** What a language model answers itself. */
export type LanguageQuestion =
  | { readonly kind: 'write'; readonly task: WritingTask; readonly seed: number }
  | { readonly kind: 'benchmark' }

export type Question = ScorerQuestion | LanguageQuestion

/** In the question's order; `support` is `[line][option]`. */
export interface Scores {
  readonly cards: readonly { readonly relevance: number; readonly support: readonly (readonly number[])[] }[]
  readonly contexts: readonly number[]
  readonly norms: readonly (readonly number[])[]
  readonly notes: readonly EvidenceNote[]
}

export interface Answers {
  evidence: Scores
  pairs: readonly PairAnswer[]
  rank: readonly number[]
  kinds: readonly LineKind[]
  write: Words
  benchmark: Benchmark
}
export type AnswerTo<Kind extends Question['kind']> = Answers[Kind]

export type ToProcess =
  /** `base` holds manifest.json and weights/; `folder` the model of this name, where it is not the built-in one. Cautious: on the processor, another device may have ended the process before. */
  | { readonly kind: 'start'; readonly base: string; readonly folder: string; readonly name: string; readonly isCautious: boolean }
  | { readonly kind: 'ask'; readonly number: number; readonly question: Question }
  | { readonly kind: 'stop'; readonly number: number }

export type FromProcess =
  /** `writes`: it answers `write` and `benchmark`; the built-in model does not. */
  | { readonly kind: 'ready'; readonly identity: ModelIdentity; readonly writes?: boolean }
  /** Cannot be loaded; the process ends. */
  | { readonly kind: 'broken'; readonly problem: Problem }
  /** A sign of life, and the share done in [0, 1]; of `write`, all the words so far where there are more. */
  | { readonly kind: 'progress'; readonly number: number; readonly share: number; readonly words?: string }
  /** What had to be read for it, the rest being known: texts by the encoder, tokens by the reader. */
  | { readonly kind: 'answer'; readonly number: number; readonly result: Result<Answers[Question['kind']]>; readonly texts: number; readonly tokens: number }
