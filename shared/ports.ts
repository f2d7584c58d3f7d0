/**
 * The five edges of the world. Each promise that a caller may rely on is numbered; the number stands in the name of the
 * contract test (tests/contracts/) that holds every implementation, the real one and the fake, to it.
 */
import type { Result } from './result.ts'
import type { Evidence, Graph, ModelIdentity, Scenario } from './schema.ts'

/** [C1] `now` is whole milliseconds since 1970, UTC. [C2] It may jump either way: never use it to order edits. */
export interface Clock {
  now(): number
}

/** [R1] `bytes(n)` gives n fresh bytes, unpredictable in production. [R2] The seeded fake gives the same bytes for the same seed. */
export interface Random {
  bytes(length: number): Uint8Array
}

/**
 * An append-only log of opaque entries, the durable half of the home replica.
 *
 * [S1] `append` resolves only when a crash or power cut can no longer lose the entry.
 * [S2] `load` gives every entry whose append resolved, oldest first, byte for byte; perhaps also one that did not resolve; never half of one.
 * [S3] Appends are kept in the order in which they were called.
 * [S4] `compact(replacement)` swaps all entries that `load` would have given when it was called for the one replacement, atomically: after a crash either all old ones or the new one are there. Entries appended meanwhile are kept behind it.
 * [S5] A failed append or compaction changes nothing, resolves to a `Problem` of kind `storage` or `read-only`, and the next call may succeed.
 * [S6] After `close` every call resolves to a `Problem`; `close` waits for appends under way.
 */
export interface Storage {
  load(): Promise<Result<readonly Uint8Array[]>>
  append(entry: Uint8Array): Promise<Result<void>>
  compact(replacement: Uint8Array): Promise<Result<void>>
  close(): Promise<void>
}

/**
 * Frames between two replicas.
 *
 * [T1] Frames arrive whole and unchanged, in order, or the channel closes. [T2] `send` never throws; after `close` it does nothing.
 * [T3] `onClose` is called once, whoever closed. [T4] Frames that arrive before `onFrame` is set are kept.
 */
export interface Transport {
  send(frame: Uint8Array): void
  onFrame(listener: (frame: Uint8Array) => void): void
  onClose(listener: () => void): void
  close(): void
}

/** What is asked of the model: a situation and its options, and the cards, contexts and norms that may bear on it. */
export interface EvidenceRequest {
  readonly graph: Graph
  readonly scenario: Pick<Scenario, 'situation' | 'options' | 'mode'>
}

/** One line and one option, `situation` and `context` where they are known. */
export interface PairRequest {
  readonly value: string
  readonly option: string
  readonly situation?: string
  readonly context?: string
}

/** Probabilities that sum to 1. */
export interface PairAnswer {
  readonly upholds: number
  readonly violates: number
  readonly neutral: number
}

export const lineKinds = ['policy', 'slogan', 'rule', 'goal', 'name', 'vague', 'story', 'preference', 'belief', 'instruction'] as const
export type LineKind = (typeof lineKinds)[number]

/** What a job needs of the platform's `AbortSignal`. */
export interface CancelSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface Job {
  /** Aborts the job: it resolves to a `Problem` of kind `cancelled`. */
  readonly signal?: CancelSignal
  /** Called with the share that is done, in [0, 1], never falling. */
  readonly onProgress?: (share: number) => void
}

/**
 * The on-device model. Nothing in it says how: embeddings, a reader or a large language model may sit here.
 *
 * [M1] The same question gives the same answer, to the bit, whatever was asked before and in whatever order.
 * [M2] `evidence` covers every endorsed card of the graph with its policies, every context and every norm; relevance and contexts in [0, 1], support in [-1, 1], one number an option; all finite.
 * [M3] Changing one card changes that card's numbers only.
 * [M4] Text is data: it is never obeyed, and none of it, however long, makes a call throw; empty text gives relevance 0 and support 0.
 * [M5] A failure is a `Problem` of kind `model`; the next call may succeed.
 * [M6] An aborted job resolves to `cancelled` within 200 ms.
 * [M7] `pairs` answers sum to 1 within 1e-9; `rank` gives each index once, ties by index.
 * [M8] No call reaches the network.
 */
export interface Model {
  identity(): Promise<Result<ModelIdentity>>
  evidence(request: EvidenceRequest, job?: Job): Promise<Result<Evidence>>
  pairs(requests: readonly PairRequest[], job?: Job): Promise<Result<readonly PairAnswer[]>>
  /** Indices of `candidates`, nearest in meaning to `query` first. */
  rank(query: string, candidates: readonly string[], job?: Job): Promise<Result<readonly number[]>>
  kinds(lines: readonly string[], job?: Job): Promise<Result<readonly LineKind[]>>
  close(): Promise<void>
}
