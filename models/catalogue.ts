/**
 * The local language models that a person may choose from: catalogue.json, checked here. Facts only, nothing is fetched.
 *
 * `bytes` is exact where `exact` says so, else about right: what a source gives may be up to twice that. A SHA-256 that could not
 * be made sure of is null: it is pinned at the first download, and said to the person.
 */
import { z } from 'zod'
import { describeIssue, parseJson } from '../shared/json.ts'
import { fail, ok, type Result } from '../shared/result.ts'
import entries from './catalogue.json' with { type: 'json' }

/** Half and quarter precision are the suffixes of the files, as transformers.js names them. */
export const Dtype = z.enum(['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'])

export const Attention = z.enum(['plain', 'hybrid'])

/** A file's place within its model: no step upwards, nothing hidden, the same on every system. */
export const FilePath = z.string().max(200).regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/){0,3}[A-Za-z0-9_-][A-Za-z0-9._-]*$/u)

/** A folder's name under HOME/models. */
export const ModelName = z.string().max(60).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/u)

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/u)

export const Source = z.strictObject({
  repository: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/u),
  /** The commit; null takes the newest. */
  revision: z.string().regex(/^[0-9a-f]{40}$/u).nullable()
})
export type Source = z.infer<typeof Source>

const CatalogueFile = z.strictObject({
  path: FilePath,
  bytes: z.number().int().min(1).max(8_000_000_000),
  exact: z.boolean(),
  sha256: Sha256.nullable(),
  /** That the source lacks it is no failure. */
  optional: z.boolean()
})
export type CatalogueFile = z.infer<typeof CatalogueFile>

const CatalogueEntry = z.strictObject({
  name: ModelName,
  maker: z.string().min(1).max(60),
  task: z.literal('text-generation'),
  parameters: z.number().int().min(1_000_000),
  dtype: Dtype,
  /** `hybrid` keeps more than keys and values of earlier tokens, so that a prefix cannot be shared. */
  attention: Attention,
  /** Tokens that it reads at once. */
  context: z.number().int().min(512),
  /** ISO 639-1, the strongest first. */
  languages: z.array(z.string().regex(/^[a-z]{2}$/u)).min(1),
  licence: z.strictObject({
    name: z.string().min(1).max(80),
    address: z.url({ protocol: /^https$/u }),
    /** What is to be accepted before it is installed; null for Apache-2.0 and MIT. */
    terms: z.strictObject({ en: z.string().min(80), de: z.string().min(80) }).nullable()
  }),
  /** Bytes of memory that it needs when it works. */
  memory: z.number().int().min(100_000_000),
  source: Source,
  files: z.array(CatalogueFile).min(4)
})
export type CatalogueEntry = z.infer<typeof CatalogueEntry>

const Catalogue = z.strictObject({ models: z.array(CatalogueEntry).max(200) })

/** Those whose terms need no accepting first, and among them the smaller first. */
export const catalogue: readonly CatalogueEntry[] = Catalogue.parse(entries).models

/** Another list in the same form, as a group with a mirror of its own has one; `label` names it in messages. */
export function readCatalogue(text: string, label: string): Result<readonly CatalogueEntry[]> {
  const value = parseJson(text, label)
  if (!value.ok) return value
  const parsed = Catalogue.safeParse(value.value, { reportInput: false })
  return parsed.success ? ok(parsed.data.models) : fail('bad-input', `${label}: ${describeIssue(parsed.error)}`, 'correct it, or use the list that comes with the app')
}

/** Bytes of all its files together. */
export function bytesOf(entry: CatalogueEntry): number {
  return entry.files.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The most bytes that a source may give for this file. */
export function mostBytes(file: CatalogueFile): number {
  return file.exact ? file.bytes : 2 * file.bytes + 1_048_576
}
