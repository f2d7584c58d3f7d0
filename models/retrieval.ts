/**
 * How near in meaning a candidate is to what is asked: two low-rank maps on top of the encoder's embeddings, one for what is
 * asked and one for what is looked through (a situation and the lines that bear on it lie apart for the encoder alone), plus a
 * share of plain cosine; and what words in common are worth beside that. Parameters: retrieval.json, fitted by
 * training/retrieval/fit.py.
 */
import { stemsOf } from '../shared/articulation/duplicates.ts'
import type { Embedding } from './embedder.ts'
import parameters from './retrieval.json' with { type: 'json' }

interface LowRank {
  /** `[dimensions][rank]` and `[rank][dimensions]`, row after row. */
  readonly down: Float64Array
  readonly up: Float64Array
  readonly rank: number
}

const asking = lowRank(parameters.askDown, parameters.askUp)
const looking = lowRank(parameters.lookDown, parameters.lookUp)
/* The same list is often looked through again and again, and the same asked of many lists. */
const [asked, looked] = [new WeakMap<Embedding, Float64Array>(), new WeakMap<Embedding, Float64Array>()]

/** Of BM25, its usual ones; and how much it counts beside nearness, by the held-out writers (models/README.md). */
const steepness = 1.2
const lengthShare = 0.75
const wordWeight = 0.0075

/** One number a candidate, higher is nearer; an empty text's embedding (all 0) is nowhere near: 0. */
export function nearness(query: Embedding, candidates: readonly Embedding[]): readonly number[] {
  const from = placeOf(query, asking, asked)
  return candidates.map((candidate) => product(from, placeOf(candidate, looking, looked)) + parameters.blend * product(query, candidate))
}

/**
 * What the words that both have are worth: each by how few of the candidates have it, less in a long one (BM25, Robertson et al. 1994,
 * each word counted once). One number a candidate, to be added to its nearness; 0 where nothing is in common.
 */
export function commonWords(query: string, candidates: readonly string[]): readonly number[] {
  const words = candidates.map(stemsOf)
  const holders = new Map<string, number>()
  for (const stems of words) for (const stem of stems) holders.set(stem, (holders.get(stem) ?? 0) + 1)
  const usual = words.reduce((total, { size }) => total + size, 0) / Math.max(1, words.length)
  const wanted = [...stemsOf(query)].map((stem) => [stem, holders.get(stem) ?? 0] as const)
  return words.map((stems) => {
    const rarity = wanted.reduce((total, [stem, some]) => total + (stems.has(stem) ? Math.log(1 + (words.length - some + 0.5) / (some + 0.5)) : 0), 0)
    return rarity === 0 ? 0 : (wordWeight * rarity * (1 + steepness)) / (1 + steepness * (1 - lengthShare + (lengthShare * stems.size) / usual))
  })
}

/** Mapped once for as long as the embedding is kept. */
function placeOf(embedding: Embedding, map: LowRank, known: WeakMap<Embedding, Float64Array>): Float64Array {
  let place = known.get(embedding)
  if (place === undefined) known.set(embedding, (place = mapped(embedding, map)))
  return place
}

/** The embedding plus its map, of unit length. */
function mapped(embedding: Embedding, { down, up, rank }: LowRank): Float64Array {
  const size = embedding.length
  const inner = new Float64Array(rank)
  for (let at = 0; at < size; at += 1) for (let r = 0; r < rank; r += 1) inner[r] = (inner[r] ?? 0) + (down[at * rank + r] ?? 0) * (embedding[at] ?? 0)
  const result = Float64Array.from(embedding)
  for (let r = 0; r < rank; r += 1) for (let at = 0; at < size; at += 1) result[at] = (result[at] ?? 0) + (up[r * size + at] ?? 0) * (inner[r] ?? 0)
  const length = Math.sqrt(product(result, result))
  return length === 0 ? result : result.map((value) => value / length)
}

function product(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < left.length; at += 1) sum += (left[at] ?? 0) * (right[at] ?? 0)
  return sum
}

function lowRank(down: readonly (readonly number[])[], up: readonly (readonly number[])[]): LowRank {
  return { down: Float64Array.from(down.flat()), up: Float64Array.from(up.flat()), rank: up.length }
}
