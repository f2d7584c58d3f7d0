/**
 * What model lies in this folder? One that this app installed elsewhere (it has a record), one of the catalogue, or any other in
 * the Hugging Face layout; refused where it is none, or is cut off. Only reads.
 *
 * A file that the catalogue or the record knows must be that very one. Where the catalogue's weights have another size, the folder
 * holds another build of that model, and is taken as one of the person's own.
 */
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { ModelName, type Attention, type CatalogueEntry, type Dtype, type Source } from '../../models/catalogue.ts'
import { ModelRecord, recordName } from '../../models/installed.ts'
import { builtIn } from '../../models/manifest.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { quote } from '../home/files.ts'
import { readOnnx } from './onnx.ts'

export interface FoundModel {
  readonly name: string
  readonly source: Source | null
  readonly licence: { readonly name: string; readonly address: string | null; readonly hasTerms: boolean }
  readonly dtype: z.infer<typeof Dtype>
  readonly attention: z.infer<typeof Attention>
  readonly context: number
  readonly languages: readonly string[]
  readonly parameters: number
  readonly memory: number
  /** To be copied; the hash where it is known what it must be. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string | null }[]
}

/** The weights of a build, the better suited to a processor first: only weights in few bits, then the rest. */
const builds: readonly (readonly [dtype: FoundModel['dtype'], file: string])[] = [
  ['q4', 'model_q4.onnx'], ['fp32', 'model.onnx'], ['q8', 'model_quantized.onnx'], ['int8', 'model_int8.onnx'], ['uint8', 'model_uint8.onnx'],
  ['bnb4', 'model_bnb4.onnx'], ['fp16', 'model_fp16.onnx'], ['q4f16', 'model_q4f16.onnx']
]
const needed = ['config.json', 'tokenizer.json', 'tokenizer_config.json']
const welcome = ['generation_config.json', 'special_tokens_map.json', 'added_tokens.json', 'chat_template.jinja']

const Config = z.object({
  model_type: z.string(),
  max_position_embeddings: z.number().int().min(1).optional(),
  layer_types: z.array(z.string()).optional()
})
const hybridTypes = /lfm2|mamba|hybrid|jamba|zamba|rwkv|qwen3_5|qwen3_next|olmo_hybrid|falcon_h1/u

/** Errors: `not-found`, `denied`, `bad-input`. */
export async function readFolder(given: string, find: (name: string) => CatalogueEntry | null): Promise<Result<FoundModel>> {
  const folder = resolve(given)
  const isFolder = await stat(folder).then((found) => found.isDirectory(), () => null)
  if (isFolder === null) return fail('not-found', `there is no folder ${quote(given)}`, 'check the name; a stick must be plugged in')
  if (!isFolder) return fail('bad-input', `${quote(given)} is not a folder`, 'name the folder that holds config.json')
  const record = await readFile(join(folder, recordName), 'utf8').catch(() => null)
  if (record !== null) {
    const parsed = readRecordText(record)
    if (parsed === null) return fail('bad-input', `the record in ${quote(given)}, ${recordName}, is damaged`, 'get the folder once more')
    return await fromRecord(folder, parsed, find)
  }
  const config = Config.safeParse(await readFile(join(folder, 'config.json'), 'utf8').then(JSON.parse).catch(() => null))
  if (!config.success) return foreign(given, 'it has no config.json of a model')
  for (const path of needed) if ((await sizeOf(join(folder, path))) === null) return foreign(given, `${path} is missing`)
  const weights = await findWeights(folder)
  if (weights === null) return foreign(given, 'there are no weights in its folder onnx')
  const whole = await checkWeights(folder, weights.path)
  if (!whole.ok) return whole
  const name = basename(folder)
  if (!ModelName.safeParse(name).success || name === builtIn) return fail('bad-input', `${quote(name)} cannot be the name of a model`, 'rename the folder: letters, digits, dots, dashes')
  const files: { path: string; bytes: number; sha256: string | null }[] = []
  for (const path of [...needed, ...welcome, weights.path, ...whole.value]) {
    const bytes = await sizeOf(join(folder, path))
    if (bytes !== null) files.push({ path, bytes, sha256: null })
  }
  const entry = find(name)
  const known = entry?.files.find(({ path }) => path === weights.path)
  if (entry !== null && known !== undefined && (!known.exact || known.bytes === weights.bytes)) return asEntry(entry, files)
  return ok({
    name, source: null, licence: { name: 'not known', address: null, hasTerms: false },
    dtype: weights.dtype, attention: attentionOf(config.data), context: config.data.max_position_embeddings ?? 2048, languages: [], parameters: 0,
    memory: Math.round(1.3 * files.reduce((sum, { bytes }) => sum + bytes, 0)) + 200_000_000, files
  })
}

function readRecordText(text: string): ModelRecord | null {
  try {
    return ModelRecord.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** The catalogue's own: every file that it knows must be as it says. */
function asEntry(entry: CatalogueEntry, files: FoundModel['files']): Result<FoundModel> {
  for (const wanted of entry.files) {
    const file = files.find(({ path }) => path === wanted.path)
    if (file === undefined && !wanted.optional) return fail('bad-input', `the file ${wanted.path} of ${entry.name} is missing in that folder`, 'get the folder once more')
    if (file !== undefined && wanted.exact && file.bytes !== wanted.bytes) return fail('bad-input', `the file ${wanted.path} in that folder has ${file.bytes} bytes; that of ${entry.name} has ${wanted.bytes}`, 'get the folder once more')
  }
  const { name, source, licence, dtype, attention, context, languages, parameters, memory } = entry
  return ok({
    name, source, licence: { name: licence.name, address: licence.address, hasTerms: licence.terms !== null }, dtype, attention, context, languages, parameters, memory,
    files: files.map((file) => ({ ...file, sha256: entry.files.find(({ path }) => path === file.path)?.sha256 ?? null }))
  })
}

async function fromRecord(folder: string, record: ModelRecord, find: (name: string) => CatalogueEntry | null): Promise<Result<FoundModel>> {
  if (record.name === builtIn) return fail('bad-input', `${record.name} comes with the app`, 'there is nothing to import')
  const entry = find(record.name)
  const { name, source, dtype, attention, context, languages, parameters, memory } = record
  for (const file of record.files) {
    const bytes = await sizeOf(join(folder, file.path))
    if (bytes === null) return fail('bad-input', `the file ${file.path} of ${name} is missing in that folder`, 'get the folder once more')
    if (bytes !== file.bytes) return fail('bad-input', `the file ${file.path} in that folder has ${bytes} bytes instead of ${file.bytes}`, 'get the folder once more')
    const known = source === null ? undefined : entry?.files.find(({ path }) => path === file.path)?.sha256
    if (known != null && known !== file.sha256) return fail('bad-input', `the file ${file.path} in that folder is not the one that ${name} has: its SHA-256 differs`, 'get the folder once more')
  }
  const hasTerms = entry !== null && source !== null ? entry.licence.terms !== null : record.licence.acceptedAt !== null
  return ok({ name, source, licence: { name: record.licence.name, address: record.licence.address, hasTerms }, dtype, attention, context, languages, parameters, memory, files: record.files })
}

async function findWeights(folder: string): Promise<{ readonly path: string; readonly dtype: FoundModel['dtype']; readonly bytes: number } | null> {
  for (const [dtype, file] of builds) {
    const path = `onnx/${file}`
    const bytes = await sizeOf(join(folder, path))
    if (bytes !== null) return { path, dtype, bytes }
  }
  return null
}

/** The files beside it that hold its weights. */
async function checkWeights(folder: string, path: string): Promise<Result<readonly string[]>> {
  const onnx = await readOnnx(join(folder, path)).catch(() => null)
  if (onnx === null) return fail('bad-input', `the file ${path} in that folder is no ONNX model, or is cut off`, 'get the folder once more')
  const beside: string[] = []
  for (const [location, least] of onnx.external) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/u.test(location)) return fail('bad-input', `the file ${path} reaches for weights outside of its folder`, 'do not use it; get the model elsewhere')
    const bytes = await sizeOf(join(folder, 'onnx', location))
    if (bytes === null) return fail('bad-input', `the file onnx/${location} with the weights is missing in that folder`, 'get the folder once more')
    if (bytes < least) return fail('bad-input', `the file onnx/${location} in that folder is cut off: ${bytes} of ${least} bytes are there`, 'get the folder once more')
    beside.push(`onnx/${location}`)
  }
  return ok(beside)
}

function attentionOf({ model_type: type, layer_types: layers }: z.infer<typeof Config>): FoundModel['attention'] {
  const isHybrid = hybridTypes.test(type) || (layers ?? []).some((layer) => !layer.endsWith('attention') || layer === 'linear_attention')
  return isHybrid ? 'hybrid' : 'plain'
}

/** Null where no ordinary file is there; a link counts as what it leads to, as in Hugging Face's own cache. */
async function sizeOf(path: string): Promise<number | null> {
  return await stat(path).then((found) => (found.isFile() ? found.size : null), () => null)
}

function foreign(given: string, what: string): Result<never> {
  return fail('bad-input', `${quote(given)} holds no model that can be used: ${what}`, 'name a folder in the Hugging Face layout: config.json, tokenizer.json, onnx/model_q4.onnx')
}
