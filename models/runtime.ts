/**
 * The one file that knows transformers.js: from a folder in the Hugging Face layout to tokens and embeddings, on ONNX Runtime
 * for Node. Reads local files only; a missing one is an error, never a download.
 *
 * [E1] A text's embedding is the same to the bit whatever is in the batch beside it: rows of a batch have equal length, so there
 *      is no padding, and only the weights are quantised, so no scale is shared between rows (training/encoder/export.py).
 */
import { availableParallelism } from 'node:os'
import { basename, dirname } from 'node:path'
import { AutoModel, AutoTokenizer, env, LogLevel, Tensor } from '@huggingface/transformers'

export const dimensions = 384

export interface Encoder {
  /** Token ids without the marks at start and end; a text without words has none. */
  tokens(text: string): readonly number[]
  /** One embedding of unit length a row; `rows` are the tokens of texts, all equally many, at most `window`. */
  embed(rows: readonly (readonly number[])[]): Promise<readonly Float32Array[]>
}

/** Tokens that the encoder was trained to read at once, the two marks not counted. */
export const window = 254

/** Rejects where the folder does not hold a whole model. */
export async function loadEncoder(folder: string): Promise<Encoder> {
  env.allowRemoteModels = false
  env.allowLocalModels = true
  env.localModelPath = dirname(folder)
  env.useFSCache = false
  env.useWasmCache = false
  env.logLevel = LogLevel.ERROR
  env.fetch = () => Promise.reject(new Error('models are never fetched'))

  const name = basename(folder)
  const options = { local_files_only: true }
  const tokenizer = await AutoTokenizer.from_pretrained(name, options)
  const model = await AutoModel.from_pretrained(name, {
    ...options,
    dtype: 'q8',
    device: 'cpu',
    /* More threads gain nothing on texts this short; and none may burn a core while it waits. */
    session_options: { intraOpNumThreads: Math.min(4, availableParallelism()), interOpNumThreads: 1, extra: { session: { intra_op: { allow_spinning: '0' } } } }
  })
  const [start, end] = [101, 102] // [CLS] and [SEP] of the uncased BERT vocabulary

  return {
    tokens: (text) => tokenizer.encode(text, { add_special_tokens: false }),
    embed: async (rows) => {
      const length = (rows[0]?.length ?? 0) + 2
      const size = [rows.length, length]
      const filled = (value: bigint): Tensor => new Tensor('int64', new BigInt64Array(rows.length * length).fill(value), size)
      const ids = new BigInt64Array(rows.length * length)
      rows.forEach((row, at) => ids.set([start, ...row, end].map(BigInt), at * length))
      const output = (await model({ input_ids: new Tensor('int64', ids, size), attention_mask: filled(1n), token_type_ids: filled(0n) })) as { last_hidden_state: { data: Float32Array } }
      return rows.map((_, at) => pooled(output.last_hidden_state.data.subarray(at * length * dimensions, (at + 1) * length * dimensions)))
    }
  }
}

/** The mean over tokens, at unit length (Reimers & Gurevych 2019). */
function pooled(hidden: Float32Array): Float32Array {
  const sum = new Float64Array(dimensions)
  for (let at = 0; at < hidden.length; at += 1) sum[at % dimensions] = (sum[at % dimensions] ?? 0) + (hidden[at] ?? 0)
  return unit(sum)
}

/** The same direction at length 1; zeros stay zeros. */
export function unit(vector: Float64Array): Float32Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares)
  return Float32Array.from(vector, (value) => value * scale)
}
