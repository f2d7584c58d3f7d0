/**
 * The five edges of the world. Each promise that a caller may rely on is numbered; the number stands in the name of the
 * contract test (tests/contracts/) that holds every implementation, the real one and the fake, to it.
 */
import type { Result } from './result.ts'
import type { Author, Evidence, Graph, ModelIdentity, Scenario } from './schema.ts'

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

/**
 * Frames between two devices, each of which has proved who it is.
 *
 * [T5] `remote` is the ed25519 public key (32 bytes) that the other end proved to hold before any frame of it arrived.
 * [T6] `pending` is how many bytes `send` took that were not handed to the wire yet; `drained` resolves once they are few, or
 * the channel closed. Who sends on past the limit loses the channel, never a frame out of the middle.
 * [T7] A frame that says it is longer than the limit closes the channel before it is taken into memory.
 */
export interface PeerTransport extends Transport {
  readonly remote: Uint8Array
  readonly pending: number
  drained(): Promise<void>
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

/** The languages in which words can be asked for, English first. */
export const writingLanguages = ['en', 'de'] as const
export type WritingLanguage = (typeof writingLanguages)[number]

/** What the words of a model are asked for. All texts are the person's, or a scenario's: data. */
export type WritingTask = {
  /** In which it is asked, and asked to answer: English without it. The same in other words stays in the language that it is in. */
  readonly language?: WritingLanguage | undefined
} & (
  /** One sentence that says why; `lines` are what the decision rests on, most telling first; `outcome` in words. */
  | { readonly kind: 'explain'; readonly situation: string; readonly options: readonly string[]; readonly outcome: string; readonly lines: readonly string[] }
  /** One more situation like this one. */
  | { readonly kind: 'scenario'; readonly situation: string; readonly options: readonly string[] }
  /** The same in other words. */
  | { readonly kind: 'paraphrase'; readonly text: string }
)

export interface WritingJob extends Job {
  /** Called with the words so far, whole. */
  readonly onWords?: (text: string) => void
  /** Whole; 0 without it. Another one gives other words. */
  readonly seed?: number
}

export interface Written {
  readonly text: string
  /** Of a `scenario`: the same, read. */
  readonly draft: Draft | null
  /** Of an `explain`: what the model itself would choose, asked straight out; a share for each option. It decides nothing. */
  readonly direct: readonly number[] | null
  /** A model, and not accepted. */
  readonly author: Extract<Author, { kind: 'model' }>
}

export interface Draft {
  readonly situation: string
  /** Two to four. */
  readonly options: readonly string[]
}

/**
 * The words of a local language model. They are proposals: nothing that is written is in force, or kept anywhere, before the
 * person accepts it.
 *
 * [W1] `onWords` is called as the words come, each time with all of them so far, the last time with the value's `text`; where a first try was no good, they start anew.
 * [W2] An aborted job resolves to `cancelled` within 200 ms, and nothing more is heard of it.
 * [W3] The same task and seed give the same words, whatever was asked before.
 * [W4] What comes is what was asked for: an explanation is one line of at most 400 characters, a paraphrase at most 1,200, a draft has a situation of its own and two to four different options within the limits of the schema. Else a `Problem` of kind `model`.
 * [W5] Text is data, however long and whatever it says: no call throws, and words that read like a command to a model are not given.
 * [W6] The author is the model by name, with `acceptedAt` null.
 * [W7] A model that writes no words, or cannot be loaded, resolves to a `Problem` of kind `model`.
 */
export interface Writer {
  write(task: WritingTask, job?: WritingJob): Promise<Result<Written>>
}

/** How fast a model is on this machine, beside what the machine's memory could give. */
export interface Benchmark {
  readonly model: string
  /** What it runs on: cpu, webgpu, coreml, dml. */
  readonly device: string
  /** What was tried first and did not work, a sentence each. */
  readonly notes: readonly string[]
  /** Reading a prompt, and writing one word after another. */
  readonly tokensPerSecond: { readonly read: number; readonly write: number }
  /** Bytes a second that one copy of a large buffer reads and writes. */
  readonly memoryBandwidth: number
  /** Of the weights; a token that is written reads nearly all of them once. */
  readonly weightBytes: number
  /** `tokensPerSecond.write` divided by the most that this bandwidth would allow. */
  readonly share: number
  readonly seconds: number
}
