/**
 * The one file that knows transformers.js: from a folder in the Hugging Face layout to tokens and embeddings (an encoder) or to
 * tokens and a session that takes and gives tensors (a causal language model; causal.ts makes sense of it), on ONNX Runtime for
 * Node. Reads local files only; a missing one is an error, never a download.
 *
 * [E1] A text's embedding is the same to the bit whatever is in the batch beside it: rows of a batch have equal length, so there
 *      is no padding, and only the weights are quantised, so no scale is shared between rows (training/encoder/export.py).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type * as Library from '@huggingface/transformers'
import type { Tensor } from '@huggingface/transformers'

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
  const library = await openLibrary()
  const { AutoModel, AutoTokenizer, Tensor } = library
  const name = openFolder(library, folder)
  const tokenizer = await AutoTokenizer.from_pretrained(name, options)
  /* More threads than four gain nothing on texts this short. */
  const model = await AutoModel.from_pretrained(name, { ...options, dtype: 'q8', device: 'cpu', session_options: sessionOptions(4) })
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

// ---- causal language models -------------------------------------------------------------------------------------------

/** Numbers of one type in one shape, on whatever device they are. */
export type Numbers = Tensor

export interface CausalSession {
  /** `config.json` as it stands. */
  readonly config: Readonly<Record<string, unknown>>
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly shape: readonly (number | string)[] }[]
  readonly outputs: readonly string[]
  /** Which file of `onnx/` runs, and on what. */
  readonly file: string
  readonly device: string
  /** Token ids without marks at start and end. */
  tokens(text: string): readonly number[]
  text(tokens: readonly number[]): string
  /** The texts of all marks that are tokens of their own, longest first. */
  readonly specials: readonly string[]
  /** A conversation in the model's own template, open for its answer; null where it has none. A template that knows no such role throws. */
  chatText(messages: readonly ChatMessage[]): string | null
  /** Runs the graph once; gives the outputs named in `wanted`, which are the only ones copied. */
  run(feed: Readonly<Record<string, Numbers>>, wanted: readonly string[]): Promise<Readonly<Record<string, Numbers>>>
  /** Frees the session's memory; nothing may be run afterwards. */
  close(): Promise<void>
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface CausalOptions {
  /** As ONNX Runtime names it: cpu (default), webgpu, coreml, dml, cuda. */
  readonly device?: string
  /** As transformers.js names it; default: the smallest of those whose file is there, 4 bits first. */
  readonly dtype?: string
  readonly threads?: number
}

/** Suffixes of `onnx/model….onnx`, the default choice first. */
const fileOf = { q4: 'model_q4', q8: 'model_quantized', int8: 'model_int8', uint8: 'model_uint8', q4f16: 'model_q4f16', fp16: 'model_fp16', bnb4: 'model_bnb4', fp32: 'model' } as const
type FileType = keyof typeof fileOf

/** Rejects where the folder does not hold a whole causal language model. Weights beside the graph (`….onnx_data`, `….onnx_data_1` …) are found by their names. */
export async function loadCausalSession(folder: string, { device = 'cpu', dtype, threads = 8 }: CausalOptions = {}): Promise<CausalSession> {
  const files = readdirSync(join(folder, 'onnx'))
  const types = Object.keys(fileOf) as FileType[]
  const type = types.find((each) => (dtype === undefined ? files.includes(`${fileOf[each]}.onnx`) : each === dtype))
  if (type === undefined) throw new Error(dtype === undefined ? 'there is no onnx file that can be used' : `files of the type ${dtype} are not known`)
  const file = `${fileOf[type]}.onnx`
  const parts = files.filter((name) => name === `${file}_data` || name.startsWith(`${file}_data_`)).length

  const library = await openLibrary()
  const { AutoModelForCausalLM, AutoTokenizer, Tensor } = library
  const name = openFolder(library, folder)
  const tokenizer = await AutoTokenizer.from_pretrained(name, options)
  const model = await AutoModelForCausalLM.from_pretrained(name, {
    ...options,
    dtype: type,
    device: device as 'cpu',
    use_external_data_format: parts,
    session_options: sessionOptions(threads)
  })
  /* transformers.js reads the template from tokenizer_config.json only; newer exports keep it in a file of its own. */
  if (tokenizer.chat_template == null && existsSync(join(folder, 'chat_template.jinja'))) tokenizer.chat_template = readFileSync(join(folder, 'chat_template.jinja'), 'utf8')
  const session = (model.sessions as { readonly model?: OnnxSession }).model
  if (session === undefined) throw new Error('this is not a causal language model')

  return {
    config: model.config as unknown as Readonly<Record<string, unknown>>,
    inputs: session.inputMetadata,
    outputs: session.outputNames,
    file,
    device,
    tokens: (text) => tokenizer.encode(text, { add_special_tokens: false }),
    text: (tokens) => tokenizer.decode([...tokens], { skip_special_tokens: true }),
    specials: marksOf(tokenizer),
    chatText: (messages) => {
      if (tokenizer.chat_template == null) return null
      /* Thinking aloud is switched off where a template knows of it: an answer is wanted, not its way. */
      const text: unknown = tokenizer.apply_chat_template(messages.map(({ role, content }) => ({ role, content })), { add_generation_prompt: true, tokenize: false, ...{ enable_thinking: false } })
      return typeof text === 'string' ? text : null
    },
    run: async (feed, wanted) => {
      const inputs = Object.fromEntries(session.inputNames.flatMap((each) => (feed[each] === undefined ? [] : [[each, ortTensor(feed[each])]])))
      const found = await session.run(inputs, wanted)
      return Object.fromEntries(wanted.map((each) => [each, new Tensor(...([found[each]] as unknown as ConstructorParameters<typeof Tensor>))]))
    },
    close: async () => void (await model.dispose())
  }
}

/** Those that are called special, and those in brackets that are not, as for thinking and for tools. */
function marksOf(tokenizer: Library.PreTrainedTokenizer): readonly string[] {
  const marks = [...tokenizer._tokenizer.get_added_tokens_decoder().values()].filter(({ content, special }) => special === true || /^(?:<.+>|\[.+\])$/u.test(content))
  return marks.map(({ content }) => content).toSorted((left, right) => right.length - left.length)
}

/** What this file uses of ONNX Runtime's session, which transformers.js' `forward` hides behind copies of every output. */
interface OnnxSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  readonly inputMetadata: CausalSession['inputs']
  run(feed: Readonly<Record<string, unknown>>, wanted: readonly string[]): Promise<Readonly<Record<string, unknown>>>
}

/** As `sessionRun` of transformers.js: ONNX Runtime takes half-precision numbers as their bits only. */
function ortTensor(numbers: Numbers): unknown {
  const tensor = numbers.ort_tensor as unknown as { readonly type: string; readonly location: string; cpuData?: { readonly buffer: ArrayBuffer; readonly byteOffset: number; readonly length: number } }
  const { cpuData } = tensor
  if (tensor.type === 'float16' && cpuData !== undefined && !(cpuData instanceof Uint16Array)) tensor.cpuData = new Uint16Array(cpuData.buffer, cpuData.byteOffset, cpuData.length)
  return tensor
}

/** One dimension after another; `values` in row-major order. */
export function numbersOf(type: 'int64' | 'float32' | 'float16' | 'bool', values: BigInt64Array | Float32Array | Uint16Array | Uint8Array, shape: readonly number[]): Numbers {
  if (library === null) throw new Error('a session is loaded first')
  return new library.Tensor(type, values, [...shape])
}

// ---- what all have in common ------------------------------------------------------------------------------------------

const options = { local_files_only: true }

/** What is loaded with the first model, not before: it takes as long as all else in a process that only waits to be asked. */
let library: typeof Library | null = null

async function openLibrary(): Promise<typeof Library> {
  library ??= await import('@huggingface/transformers')
  const { env, LogLevel } = library
  env.allowRemoteModels = false
  env.allowLocalModels = true
  env.useFSCache = false
  env.useWasmCache = false
  env.logLevel = LogLevel.ERROR
  env.fetch = () => Promise.reject(new Error('models are never fetched'))
  return library
}

/** Gives the name by which transformers.js finds the folder. */
function openFolder({ env }: typeof Library, folder: string): string {
  env.localModelPath = dirname(folder)
  return basename(folder)
}

/** No thread may burn a core while it waits. */
function sessionOptions(threads: number) {
  return { intraOpNumThreads: Math.min(threads, availableParallelism()), interOpNumThreads: 1, extra: { session: { intra_op: { allow_spinning: '0' } } } }
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
