/**
 * What weights are installed, and whether they are whole: manifest.json names each file with its size and SHA-256, and
 * nothing is loaded that differs from it by a byte.
 */
import { createHash } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { fail, ok, type Result } from '../shared/result.ts'

export const builtIn = 'all-MiniLM-L6-v2'
/** The reader beside it, where the manifest has it. */
export const reader = 'SmolLM2-135M-values'

export interface Weights {
  readonly name: string
  /** The folder with `config.json`, absolute. */
  readonly folder: string
  /** Of every file, in the manifest's order; lower-case hexadecimal. */
  readonly hashes: readonly string[]
}

const Manifest = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      licence: z.string(),
      source: z.string(),
      files: z.array(z.object({ path: z.string(), bytes: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/u) })).min(1)
    })
  )
})

/**
 * `folder` holds manifest.json and weights/. Missing, truncated or altered files are a problem of kind `model` that names the file;
 * by `size` alone, before anything is loaded, an altered one of the same size is not noticed. `onRead` hears that it goes on.
 */
export async function readWeights(folder: string, name: string, by: 'size' | 'content' = 'content', onRead?: () => void): Promise<Result<Weights>> {
  const entry = await readEntry(folder, name)
  if (!entry.ok) return entry
  for (const file of entry.value.files) {
    const path = join(folder, 'weights', file.path)
    const size = await stat(path).then((found) => (found.isFile() ? found.size : null), () => null)
    if (size === null) return broken(`the file ${file.path} is missing`)
    if (size !== file.bytes) return broken(`the file ${file.path} has ${size} bytes instead of ${file.bytes}`)
    if (by === 'size') continue
    const hash = await fileHash(path, onRead).catch(() => null)
    if (hash === null) return broken(`the file ${file.path} cannot be read`)
    if (hash !== file.sha256) return broken(`the file ${file.path} is damaged`)
  }
  return ok({ name, folder: join(folder, 'weights', name), hashes: entry.value.files.map(({ sha256 }) => sha256) })
}

async function readEntry(folder: string, name: string): Promise<Result<z.infer<typeof Manifest>['models'][number]>> {
  let manifest
  try {
    manifest = Manifest.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
  } catch {
    return broken('its list of files, manifest.json, is missing or damaged')
  }
  const entry = manifest.models.find((model) => model.name === name)
  if (entry !== undefined) return ok(entry)
  return fail('not-found', `no model ${JSON.stringify(name.slice(0, 100).toWellFormed())} is installed`, `choose one of: ${manifest.models.map((model) => model.name).join(', ')}`)
}

/** SHA-256 of what is in it, lower-case hexadecimal; through one buffer, so that large files leave nothing to be collected. */
export async function fileHash(path: string, onRead?: () => void): Promise<string> {
  const [hash, buffer, file] = [createHash('sha256'), Buffer.allocUnsafe(1 << 20), await open(path)]
  let read = 0
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
      if ((read += bytesRead) % toldEvery < bytesRead) onRead?.()
    }
  } finally {
    await file.close()
  }
}

/** Bytes: a slow stick reads them in a few seconds. */
const toldEvery = 1 << 24

function broken(what: string): Result<never> {
  return fail('model', `the built-in model cannot be used: ${what}`, 'install the app again; everything but previews works without it')
}
