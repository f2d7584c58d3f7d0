/**
 * A model that the person installed: a folder in the Hugging Face layout with a record of what it is and of every file's hash.
 * Nothing is loaded that differs from the record by a byte, as with the built-in model (manifest.ts).
 */
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { fail, ok, type Result } from '../shared/result.ts'
import { Attention, Dtype, FilePath, ModelName, Sha256, Source } from './catalogue.ts'
import { builtIn, fileHash, type Weights } from './manifest.ts'

export const recordName = 'steward-model.json'

export const ModelRecord = z.strictObject({
  version: z.literal(1),
  name: ModelName,
  /** null: from a folder. */
  source: Source.nullable(),
  licence: z.strictObject({
    name: z.string(),
    address: z.string().nullable(),
    /** When the person accepted the terms, in milliseconds since 1970; null where there was nothing to accept. */
    acceptedAt: z.number().int().nullable()
  }),
  dtype: Dtype,
  attention: Attention,
  context: z.number().int().min(1),
  languages: z.array(z.string()),
  /** 0: not known. */
  parameters: z.number().int().min(0),
  memory: z.number().int().min(0),
  installedAt: z.number().int(),
  files: z.array(z.strictObject({ path: FilePath, bytes: z.number().int().min(0), sha256: Sha256 })).min(1).max(64)
})
export type ModelRecord = z.infer<typeof ModelRecord>

export interface Installed extends Weights {
  readonly record: ModelRecord
}

/** `folder` is the model's own. Missing, truncated or altered files are a problem of kind `model` that names the file. `onRead` hears that it goes on. */
export async function readInstalled(folder: string, onRead?: () => void): Promise<Result<Installed>> {
  const record = await readRecord(folder)
  if (!record.ok) return record
  for (const file of record.value.files) {
    const hash = await readHash(join(folder, file.path), file.bytes, onRead)
    if (!hash.ok) return broken(record.value.name, `its file ${file.path} ${hash.error}`)
    if (hash.value !== file.sha256) return broken(record.value.name, `its file ${file.path} is damaged`)
  }
  return ok({ name: record.value.name, folder, hashes: record.value.files.map(({ sha256 }) => sha256), record: record.value })
}

/** What the folder says it holds; its files are not looked at. */
export async function readRecord(folder: string): Promise<Result<ModelRecord>> {
  try {
    const record = ModelRecord.parse(JSON.parse(await readFile(join(folder, recordName), 'utf8')))
    if (record.name === basename(folder)) return ok(record)
  } catch {
    // Said below: there is no difference to the person.
  }
  return broken(basename(folder), `its record, ${recordName}, is missing or damaged`)
}

/** The folder that holds manifest.json and weights/, where the app is not packed. */
export const ownFolder = fileURLToPath(new URL('.', import.meta.url))

const OwnManifest = z.object({ models: z.array(z.object({ licence: z.string(), files: z.array(z.object({ bytes: z.number() })) })) })

/** What comes with the app, as far as its manifest says it. */
export async function describeBuiltIn(folder: string): Promise<{ readonly name: string; readonly bytes: number; readonly memory: number; readonly parameters: number; readonly languages: readonly string[]; readonly licence: { readonly name: string; readonly address: string; readonly terms: null; readonly acceptedAt: null } }> {
  const manifest = OwnManifest.safeParse(await readFile(join(folder, 'manifest.json'), 'utf8').then(JSON.parse).catch(() => null))
  const models = manifest.success ? manifest.data.models : []
  const bytes = models.reduce((sum, { files }) => sum + files.reduce((part, file) => part + file.bytes, 0), 0)
  return {
    name: builtIn, bytes, memory: 3 * bytes + 100_000_000, parameters: 0, languages: ['en'],
    licence: { name: [...new Set(models.map(({ licence }) => licence))].join(', '), address: 'https://www.apache.org/licenses/LICENSE-2.0', terms: null, acceptedAt: null }
  }
}

async function readHash(path: string, bytes: number, onRead?: () => void): Promise<Result<string, string>> {
  const size = await stat(path).then((found) => (found.isFile() ? found.size : null), () => null)
  if (size === null) return { ok: false, error: 'is missing' }
  if (size !== bytes) return { ok: false, error: `has ${size} bytes instead of ${bytes}` }
  try {
    return ok(await fileHash(path, onRead))
  } catch {
    return { ok: false, error: 'cannot be read' }
  }
}

function broken(name: string, what: string): Result<never> {
  return fail('model', `the model ${name} cannot be used: ${what}`, 'remove it and install it again, or choose another')
}
