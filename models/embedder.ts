/**
 * Texts of any length to embeddings, each read once: known ones come from a cache keyed by the SHA-256 of the text, which lives
 * as long as the process and so belongs to one set of weights. The rest are read in batches of equal length, small enough
 * that a job can be stopped between two of them.
 *
 * A text longer than the encoder's window is cut into windows, whose mean, weighted by length, stands for it; what comes after
 * the first `longest` characters is not read. A text without words has the zero vector, which is like nothing.
 */
import { hash } from 'node:crypto'
import { fail, ok, type Result } from '../shared/result.ts'
import { dimensions, unit, window, type Encoder } from './runtime.ts'

export type Embedding = Float32Array

/** What a job in the model's process lets its work see and say. */
export interface Pulse {
  isStopped(): boolean
  /** The share done, in [0, 1]; also the sign that the process is alive. */
  report(share: number): void
}

export interface Embedder {
  /** The embedding of every text, by text. Stopped: a problem of kind `cancelled`. */
  embed(texts: Iterable<string>, pulse: Pulse): Promise<Result<ReadonlyMap<string, Embedding>>>
  /** How many texts the encoder has read so far. */
  readonly count: number
}

/** UTF-16 units: the longest text that a graph or a scenario can hold, and a little. */
const longest = 24_000
/** Tokens in a batch: a tenth of a second on a slow machine. */
const batchTokens = 1_024
/** Embeddings kept: 100 MB. */
const capacity = 60_000
const nothing: Embedding = new Float32Array(dimensions)

export function createEmbedder(encoder: Encoder): Embedder {
  const known = new Cache<Embedding>(capacity)
  let count = 0

  /** Stopped: false. */
  async function read(texts: readonly string[], found: Map<string, Embedding>, pulse: Pulse): Promise<boolean> {
    const pieces: Piece[] = []
    for (const [at, text] of texts.entries()) {
      /* Breathing between slices: the parent's word to stop arrives, and so does the sign of life. */
      if (at % 200 === 199) {
        await new Promise(setImmediate)
        if (pulse.isStopped()) return false
        pulse.report(0)
      }
      const tokens = encoder.tokens(text.slice(0, longest))
      if (tokens.length === 0) found.set(text, nothing)
      for (let start = 0; start < tokens.length; start += window) pieces.push({ text, tokens: tokens.slice(start, start + window) })
    }
    pieces.sort((left, right) => left.tokens.length - right.tokens.length)
    const sums = new Map<string, Sum>()
    for (const { text } of pieces) sums.set(text, { vector: new Float64Array(dimensions), missing: (sums.get(text)?.missing ?? 0) + 1 })
    for (let start = 0; start < pieces.length; ) {
      if (pulse.isStopped()) return false
      const batch = batchFrom(pieces, start)
      const embeddings = await encoder.embed(batch.map(({ tokens }) => tokens))
      for (const [at, { text, tokens }] of batch.entries()) {
        const sum = sums.get(text)
        if (sum === undefined) continue
        add(sum.vector, embeddings[at] ?? nothing, tokens.length)
        sum.missing -= 1
        if (sum.missing > 0) continue
        const embedding = unit(sum.vector)
        found.set(text, embedding)
        known.set(keyOf(text), embedding)
        count += 1
      }
      start += batch.length
      pulse.report(start / pieces.length)
    }
    return true
  }

  return {
    embed: async (texts, pulse) => {
      const found = new Map<string, Embedding>()
      const unknown = new Set<string>()
      for (const text of texts) {
        if (found.has(text) || unknown.has(text)) continue
        const embedding = text.trim() === '' ? nothing : known.get(keyOf(text))
        if (embedding === undefined) unknown.add(text)
        else found.set(text, embedding)
      }
      const isDone = unknown.size === 0 || (await read([...unknown], found, pulse))
      return isDone && !pulse.isStopped() ? ok(found) : fail('cancelled', 'the job was stopped', 'ask again')
    },
    get count() {
      return count
    }
  }
}

/** Of unit vectors (or zeros): their cosine, in [-1, 1]. */
export function cosine(left: Embedding, right: Embedding): number {
  let sum = 0
  for (let at = 0; at < dimensions; at += 1) sum += (left[at] ?? 0) * (right[at] ?? 0)
  return Math.min(1, Math.max(-1, sum))
}

export function keyOf(text: string): string {
  return hash('sha256', text, 'base64')
}

/** The least recently used goes first. */
export class Cache<Value> {
  private readonly values = new Map<string, Value>()
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  get(key: string): Value | undefined {
    const value = this.values.get(key)
    if (value !== undefined) {
      this.values.delete(key)
      this.values.set(key, value)
    }
    return value
  }

  set(key: string, value: Value): void {
    this.values.delete(key)
    this.values.set(key, value)
    const [oldest] = this.values.keys()
    if (this.values.size > this.limit && oldest !== undefined) this.values.delete(oldest)
  }
}

interface Piece {
  readonly text: string
  readonly tokens: readonly number[]
}

/** The pieces from `start` on that are as long as the first, as many as a batch holds. */
function batchFrom(pieces: readonly Piece[], start: number): readonly Piece[] {
  const length = pieces[start]?.tokens.length ?? 0
  const most = Math.max(1, Math.floor(batchTokens / (length + 2)))
  let end = start
  while (end < pieces.length && end - start < most && pieces[end]?.tokens.length === length) end += 1
  return pieces.slice(start, end)
}

/** The weighted sum of a text's pieces so far, and how many are still to be read. */
interface Sum {
  readonly vector: Float64Array
  missing: number
}

function add(sum: Float64Array, embedding: Embedding, weight: number): void {
  for (let at = 0; at < dimensions; at += 1) sum[at] = (sum[at] ?? 0) + (embedding[at] ?? 0) * weight
}
