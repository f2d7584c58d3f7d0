/**
 * A causal language model as a reader of texts that share a beginning: the beginning is read once and kept (its `Past`), then many
 * short blocks are read behind it, side by side, and the raw logits at chosen places are given. Nothing here samples or generates;
 * whoever wants the next token reads one block of one token at a time.
 *
 * [K1] A block's logits are the same to the bit whatever other blocks are asked for with it: only blocks of equal length share a
 *      batch, nothing is padded, and batches are cut by number. Checked on each machine's own kernels by tests/models/causal.slow.test.ts.
 * [K2] Reading behind a past gives what reading everything at once gives (`score(null, …)`, the plain path), within 1e-3 in a
 *      logit; with the models shipped or tested here, to the bit.
 * [K3] `isPlain` says whether the cache is plain attention (one key and one value a layer, nothing else). Where it is not (states,
 *      convolutions), `read` refuses by throwing and the plain path still works.
 * [K4] A past belongs to its model, is never changed by what is read behind it, and is memory: `bytes` of it until no one holds it.
 * [K5] A job is asked between two batches whether it was stopped; a batch is at most `batchTokens` long, past not counted. Larger ones
 *      waste less: weights are unpacked once a batch.
 */
import { fail, ok, type Result } from '../shared/result.ts'
import { Cache as Kept, type Pulse } from './embedder.ts'
import { loadCausalSession, numbersOf, type CausalOptions, type CausalSession, type ChatMessage, type Numbers } from './runtime.ts'

export interface Causal {
  readonly config: Readonly<Record<string, unknown>>
  /** Which file runs, and on what device. */
  readonly file: string
  readonly device: string
  readonly isPlain: boolean
  /** Most tokens at once, past and block together. */
  readonly window: number
  /** Token ids without marks at start and end. */
  tokens(text: string): readonly number[]
  text(tokens: readonly number[]): string
  /** The texts of all marks that are tokens of their own, longest first. */
  readonly specials: readonly string[]
  /** A conversation in the model's own template, open for its answer; null where it has none. May throw at a role that it does not know. */
  chatText(messages: readonly ChatMessage[]): string | null
  /** Reads at least one token behind `past` (null: from the start). */
  read(tokens: readonly number[], past?: Past | null): Promise<Past>
  /** For each block the rows of logits at its places, in the order of `blocks`, and last what is asked of its inside. Stopped: a problem of kind `cancelled`. */
  score(past: Past | null, blocks: readonly Block[], pulse?: Pulse): Promise<Result<readonly (readonly Float32Array[])[]>>
  /** How many tokens have been read so far. */
  readonly count: number
  close(): Promise<void>
}

export interface Block {
  /** At least one. */
  readonly tokens: readonly number[]
  /** Places in `tokens`; the row at a place tells what comes after it. */
  readonly at: readonly number[]
  /** The values that one layer keeps of the token at a place (all heads, one after another), where the cache is plain attention. */
  readonly inside?: { readonly layer: number; readonly at: number }
}

export interface Past {
  /** Tokens. */
  readonly length: number
  /** The logits behind its last token. */
  readonly last: Float32Array
  readonly bytes: number
  /** By input name; one row. */
  readonly layers: Readonly<Record<string, Numbers>>
}

interface Batching {
  /** Tokens in a batch; 64 (the default) take about a tenth of a second for 135 million weights on two cores. */
  readonly batchTokens?: number
}

/** Texts whose tokens are kept, and how long such a text may be: after an edit nearly all of a question is as it was. */
const kept = { texts: 20_000, length: 2_000 }
/** A batch holds no more than this many bytes of repeated past. */
const spreadBytes = 256 * 1024 * 1024

/** Rejects where the folder does not hold a whole causal language model in the Hugging Face layout. */
export async function loadCausal(folder: string, options: CausalOptions & Batching = {}): Promise<Causal> {
  return createCausal(await loadCausalSession(folder, options), options)
}

export function createCausal(session: CausalSession, { batchTokens = 64 }: Batching = {}): Causal {
  const cache = cacheOf(session)
  const window = windowOf(session.config)
  const known = new Kept<readonly number[]>(kept.texts)
  let count = 0
  /* Some graphs take one row at a time behind a past; found out by the first that refuses more. */
  let isOneByOne = false

  function tokens(text: string): readonly number[] {
    if (text.length > kept.length) return session.tokens(text)
    let found = known.get(text)
    if (found === undefined) known.set(text, (found = session.tokens(text)))
    return found
  }

  /** One batch of rows of equal length. */
  async function run(past: Past | null, rows: readonly (readonly number[])[], wanted: readonly string[]): Promise<Readonly<Record<string, Numbers>>> {
    const [size, length, start] = [rows.length, rows[0]?.length ?? 0, past?.length ?? 0]
    if (length === 0) throw new Error('there is nothing to read')
    if (start + length > window) throw new Error(`${start + length} tokens are more than the model reads at once (${window})`)
    count += size * length
    const layers = past === null ? cache.empty(size) : cache.isSpreadInside || size === 1 ? past.layers : await repeated(past.layers, size)
    return await session.run({
      input_ids: whole(rows.flat(), [size, length]),
      attention_mask: whole(Array.from({ length: size * (start + length) }, () => 1), [size, start + length]),
      position_ids: whole(rows.flatMap((row) => row.map((_, at) => start + at)), [size, length]),
      num_logits_to_keep: numbersOf('int64', new BigInt64Array(1), []),
      use_cache_branch: numbersOf('bool', Uint8Array.of(Number(start > 0)), [1]),
      ...layers
    }, wanted)
  }

  return {
    config: session.config,
    file: session.file,
    device: session.device,
    isPlain: cache.isPlain,
    window,
    tokens,
    text: session.text,
    specials: session.specials,
    chatText: session.chatText,
    read: async (tokens, past = null) => {
      if (!cache.isPlain) throw new Error('the cache of this model cannot be shared')
      const found = await run(past, [tokens], ['logits', ...cache.names.map(([, present]) => present)])
      const layers = Object.fromEntries(cache.names.map(([name, present]) => [name, found[present] as Numbers]))
      const logits = await floatsOf(found.logits)
      return { length: (past?.length ?? 0) + tokens.length, last: rowAt(logits, -1), bytes: Object.values(layers).reduce((sum, { size, type }) => sum + size * (type === 'float16' ? 2 : 4), 0), layers }
    },
    score: async (past, blocks, pulse) => {
      const rows: Float32Array[][] = []
      const each = past === null || cache.isSpreadInside ? 0 : past.bytes
      const lengths = [...new Set(blocks.map(({ tokens }) => tokens.length))].toSorted((left, right) => left - right)
      let done = 0
      for (const length of lengths) {
        const some = blocks.flatMap((block, place) => (block.tokens.length === length ? [{ block, place }] : []))
        const most = Math.max(1, Math.min(Math.floor(batchTokens / length), each === 0 ? Infinity : Math.floor(spreadBytes / each)))
        for (let start = 0; start < some.length; ) {
          /* Breathing: the parent's word to stop arrives, and so does the sign of life. */
          await new Promise(setImmediate)
          if (pulse?.isStopped() === true) return fail('cancelled', 'the job was stopped', 'ask again')
          let batch = some.slice(start, start + (past !== null && isOneByOne ? 1 : most))
          const layers = [...new Set(batch.flatMap(({ block: { inside } }) => (inside === undefined ? [] : [`present.${inside.layer}.value`])))]
          const found = await run(past, batch.map(({ block }) => block.tokens), ['logits', ...layers]).catch((error: unknown) => {
            if (past === null || batch.length === 1) throw error
            isOneByOne = true
            batch = batch.slice(0, 1)
            return run(past, batch.map(({ block }) => block.tokens), ['logits', ...layers])
          })
          const logits = await floatsOf(found.logits)
          const values = new Map(await Promise.all(layers.map(async (name) => [name, await headsOf(found[name])] as const)))
          batch.forEach(({ block: { at: places, inside }, place }, row) => {
            rows[place] = places.map((at) => rowAt(logits, row * length + at))
            if (inside !== undefined) rows[place].push(values.get(`present.${inside.layer}.value`)?.(row, (past?.length ?? 0) + inside.at) ?? new Float32Array())
          })
          start += batch.length
          done += batch.length
          pulse?.report(done / blocks.length)
        }
      }
      return ok(rows)
    },
    get count() {
      return count
    },
    close: session.close
  }
}

// ---- the cache ------------------------------------------------------------------------------------------------------

interface Cache {
  /** Each input of the cache with the output that continues it. */
  readonly names: readonly (readonly [past: string, present: string])[]
  readonly isPlain: boolean
  /** The graph itself repeats a past of one row for a batch of many. */
  readonly isSpreadInside: boolean
  /** Of a text that begins, for so many rows. */
  empty(size: number): Readonly<Record<string, Numbers>>
}

function cacheOf({ inputs, outputs, config }: CausalSession): Cache {
  const given = inputs.filter(({ name }) => name.startsWith('past_'))
  const names = given.map(({ name }) => [name, name.replace('past_key_values', 'present')] as const)
  const isPlain = given.length > 0 && given.every(({ name, shape, type }) => /^past_key_values\.\d+\.(?:key|value)$/u.test(name) && shape.length === 4 && type.startsWith('float')) &&
    given.length === outputs.filter((name) => name !== 'logits').length && names.every(([, present]) => outputs.includes(present)) && !inputs.some(({ name }) => name === 'use_cache_branch') &&
    (!Array.isArray(config.layer_types) || config.layer_types.every((kind) => kind === 'full_attention' || kind === 'sliding_attention'))
  const batch = inputs.find(({ name }) => name === 'input_ids')?.shape[0]
  const types = { float16: Uint16Array, float32: Float32Array } as const
  const fixed = [config.num_key_value_heads ?? config.num_attention_heads, 0, config.head_dim ?? Number(config.hidden_size) / Number(config.num_attention_heads)].map(Number)
  return {
    names,
    isPlain,
    isSpreadInside: given.length > 0 && typeof batch === 'string' && given.every(({ shape }) => typeof shape[0] === 'string' && shape[0] !== batch),
    empty: (size) => Object.fromEntries(given.map(({ name, type, shape }) => {
      const dimensions = [size, ...shape.slice(1).map((dimension, at) => (typeof dimension === 'number' ? dimension : isPlain ? (fixed[at] ?? 0) : 0))]
      const Values = type === 'float16' ? types.float16 : types.float32
      return [name, numbersOf(type === 'float16' ? 'float16' : 'float32', new Values(dimensions.reduce((product, dimension) => product * dimension, 1)), dimensions)]
    }))
  }
}

async function repeated(layers: Readonly<Record<string, Numbers>>, size: number): Promise<Readonly<Record<string, Numbers>>> {
  const entries = await Promise.all(Object.entries(layers).map(async ([name, layer]) => {
    const values = await valuesOf(layer)
    const many = new (values.constructor as new (length: number) => typeof values)(values.length * size)
    for (let row = 0; row < size; row += 1) many.set(values, row * values.length)
    return [name, numbersOf(layer.type as 'float32' | 'float16', many, [size, ...layer.dims.slice(1)])] as const
  }))
  return Object.fromEntries(entries)
}

/** Tokens that may stand in a row at once: what the positions were made for, at most so many that memory holds. */
function windowOf(config: Readonly<Record<string, unknown>>): number {
  const given = Number(config.max_position_embeddings)
  return Math.min(Number.isInteger(given) && given > 0 ? given : 2_048, 2_048)
}

// ---- numbers --------------------------------------------------------------------------------------------------------

interface Floats {
  readonly values: Float32Array
  readonly width: number
}

function whole(values: readonly number[], shape: readonly number[]): Numbers {
  return numbersOf('int64', BigInt64Array.from(values, BigInt), shape)
}

/** Wherever they are; half-precision ones as their bits. */
async function valuesOf(numbers: Numbers): Promise<Float32Array | Uint16Array> {
  const tensor = numbers.ort_tensor as unknown as { readonly location: string; readonly data: Float32Array; getData(): Promise<Float32Array> }
  const values = tensor.location === 'cpu' ? tensor.data : await tensor.getData()
  return numbers.type === 'float16' ? new Uint16Array(values.buffer, values.byteOffset, values.length) : values
}

async function floatsOf(numbers: Numbers | undefined): Promise<Floats> {
  if (numbers === undefined) throw new Error('the model gives no logits')
  const values = await valuesOf(numbers)
  return { values: values instanceof Float32Array ? values : Float32Array.from(values, fromHalf), width: numbers.dims.at(-1) ?? 0 }
}

/** A copy; -1 is the last. */
function rowAt({ values, width }: Floats, row: number): Float32Array {
  const start = row < 0 ? values.length + row * width : row * width
  return values.slice(start, start + width)
}

/** `[batch, heads, places, width]` -> what stands at a place of a row: the heads one after another. */
async function headsOf(numbers: Numbers | undefined): Promise<(row: number, place: number) => Float32Array> {
  const { values } = await floatsOf(numbers)
  const [, heads = 0, places = 0, width = 0] = numbers?.dims ?? []
  return (row, place) => {
    const found = new Float32Array(heads * width)
    for (let head = 0; head < heads; head += 1) {
      const start = ((row * heads + head) * places + place) * width
      found.set(values.subarray(start, start + width), head * width)
    }
    return found
  }
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
