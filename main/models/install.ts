/**
 * From nothing to an installed model: fetched from the source that the catalogue names, or copied from a folder or a stick.
 *
 * Invariants: a model lies under its own name only when every file is there and its hash fitted; one at a time a home; what was
 * fetched of one that was interrupted is kept and gone on from; terms are accepted before the first byte is asked for.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bytesOf, mostBytes, type CatalogueEntry } from '../../models/catalogue.ts'
import { recordName, type ModelRecord } from '../../models/installed.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { takeLock } from '../home/lock.ts'
import { checkSpace, diskProblem, syncFolder } from './disk.ts'
import { downloadFile, type DownloadOptions } from './download.ts'
import { readFolder, type FoundModel } from './folder.ts'
import { readOnnx } from './onnx.ts'
import { addPinned, listPartial, pinKey, readPinned, stagingFolder, writeJson } from './store.ts'
import type { Web } from './web.ts'

export interface InstallOptions {
  /** HOME/models. */
  readonly models: string
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface FetchOptions extends InstallOptions {
  readonly web: Web
  /** What stands before repository and file: `https://huggingface.co`. */
  readonly base: URL
  readonly pause: number
}

export interface Progress {
  /** The file under way. */
  readonly file: string
  /** Bytes that are here, of all files; and of how many, as far as is known. */
  readonly done: number
  readonly total: number
}

type Recorded = ModelRecord['files'][number]

/** Fetches what the catalogue names. The record, as installed. */
export async function installEntry(entry: CatalogueEntry, accepted: boolean, options: FetchOptions): Promise<Result<ModelRecord>> {
  if (entry.licence.terms !== null && !accepted) return fail('denied', `${entry.name} may only be used under its terms (${entry.licence.name}, ${entry.licence.address})`, 'read them and accept them first')
  return await withStaging(entry.name, options, async (folder) => {
    const here = (await listPartial(options.models)).get(entry.name) ?? 0
    const space = await checkSpace(options.models, Math.max(0, bytesOf(entry) - here))
    if (!space.ok) return space
    const pinned = await readPinned(options.models)
    const files: Recorded[] = []
    const run = { gained: 0 }
    let [before, total] = [0, bytesOf(entry)]
    for (const file of entry.files) {
      const key = pinKey(entry.source, file.path)
      const wanted = {
        address: addressOf(entry, file.path, options.base),
        name: file.path,
        bytes: file.exact ? file.bytes : null,
        most: mostBytes(file),
        sha256: file.sha256 ?? (key === null ? null : (pinned[key] ?? null)),
        optional: file.optional
      }
      const onBytes = (done: number): void => options.onProgress({ file: file.path, done: before + done, total: Math.max(total, before + done) })
      const fetched = await fetchOnce(join(folder, file.path), wanted, { web: options.web, signal: options.signal, onBytes, run, pause: options.pause })
      if (!fetched.ok) return fetched
      total += (fetched.value?.bytes ?? 0) - file.bytes
      before += fetched.value?.bytes ?? 0
      if (fetched.value !== null) files.push({ path: file.path, ...fetched.value })
    }
    /* What could not be checked against a hash is at least what it should be. */
    for (const { path } of files) {
      if (!path.endsWith('.onnx') || (await readOnnx(join(folder, path))) !== null) continue
      await rm(join(folder, path))
      return fail('bad-input', `the file ${path} from ${options.base.host} is no ONNX model`, 'it was removed; try again later, or import the model from a folder')
    }
    const pins = Object.fromEntries(files.flatMap(({ path, sha256 }) => {
      const key = pinKey(entry.source, path)
      return key === null ? [] : [[key, sha256]]
    }))
    await addPinned(options.models, pins)
    return ok({
      version: 1, name: entry.name, source: entry.source,
      licence: { name: entry.licence.name, address: entry.licence.address, acceptedAt: entry.licence.terms === null ? null : options.now() },
      dtype: entry.dtype, attention: entry.attention, context: entry.context, languages: entry.languages, parameters: entry.parameters, memory: entry.memory,
      installedAt: options.now(), files
    })
  })
}

/** Copies a model that lies in `source`; `find` names the catalogue's entry of a name. */
export async function installFolder(source: string, accepted: boolean, find: (name: string) => CatalogueEntry | null, options: InstallOptions): Promise<Result<ModelRecord>> {
  const found = await readFolder(source, find)
  if (!found.ok) return found
  const { name, licence } = found.value
  if (licence.hasTerms && !accepted) return fail('denied', `${name} may only be used under its terms (${licence.name}${licence.address === null ? '' : `, ${licence.address}`})`, 'read them and accept them first')
  return await withStaging(name, options, async (folder) => {
    const total = found.value.files.reduce((sum, { bytes }) => sum + bytes, 0)
    const space = await checkSpace(options.models, total)
    if (!space.ok) return space
    const files: Recorded[] = []
    let before = 0
    for (const file of found.value.files) {
      const start = before
      const copied = await copyFile(join(source, file.path), join(folder, file.path), options.signal, (done) => options.onProgress({ file: file.path, done: start + done, total }))
      if (!copied.ok) return copied
      const differs = copied.value.bytes !== file.bytes || (file.sha256 !== null && file.sha256 !== copied.value.sha256)
      if (differs) return fail('bad-input', `the file ${file.path} in that folder is not the one that ${name} has: its SHA-256 differs`, 'get the folder once more; nothing of it was kept')
      before += copied.value.bytes
      files.push({ path: file.path, ...copied.value })
    }
    return ok(recordOf(found.value, files, options.now()))
  }, true)
}

/** Where a file of the catalogue lies. */
export function addressOf(entry: CatalogueEntry, path: string, base: URL): URL {
  return new URL(`${base.href.replace(/\/$/u, '')}/${entry.source.repository}/resolve/${entry.source.revision ?? 'main'}/${path}`)
}

// ---- one at a time, whole or not at all -----------------------------------------------------------------------------

const copyMark = '.copy-'

async function withStaging(name: string, { models, signal }: InstallOptions, work: (folder: string) => Promise<Result<ModelRecord>>, isThrownAway = false): Promise<Result<ModelRecord>> {
  const staging = stagingFolder(models)
  const folder = join(staging, isThrownAway ? `${copyMark}${name}` : name)
  try {
    const isThere = await stat(join(models, name)).then(() => true, () => false)
    if (isThere) return fail('conflict', `${name} is installed already`, 'remove it first to install it again')
    await mkdir(staging, { recursive: true, mode: 0o700 })
    const lock = takeLock(staging)
    if (!lock.ok) return fail('conflict', 'another Values Steward is installing a model in this home', 'wait until it is done')
    try {
      /* Copies that were cut off by force: nothing of them is gone on from. */
      for (const left of await readdir(staging)) if (left.startsWith(copyMark)) await rm(join(staging, left), { recursive: true, force: true })
      const record = await work(folder)
      if (!record.ok || signal.aborted) {
        if (isThrownAway) await rm(folder, { recursive: true, force: true })
        return record.ok ? fail('cancelled', 'it was stopped', 'start it again') : record
      }
      await writeJson(folder, recordName, record.value)
      for (const inner of new Set(record.value.files.map(({ path }) => dirname(join(folder, path))))) await syncFolder(inner)
      await rename(folder, join(models, name))
      await syncFolder(models)
      await rm(join(staging, name), { recursive: true, force: true })
      return record
    } finally {
      lock.value.release()
    }
  } catch (error) {
    if (isThrownAway) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    return { ok: false, error: diskProblem(error, `the model ${name}`) }
  }
}

/** One that an earlier run brought home whole is not asked for again, only read. */
async function fetchOnce(path: string, wanted: Parameters<typeof downloadFile>[1], options: DownloadOptions): ReturnType<typeof downloadFile> {
  const size = await stat(path).then((found) => (found.isFile() ? found.size : null), () => null)
  if (size === null) return await downloadFile(path, wanted, options)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array)
  const sha256 = hash.digest('hex')
  if (size <= wanted.most && (wanted.bytes ?? size) === size && (wanted.sha256 ?? sha256) === sha256) {
    options.onBytes(size)
    return ok({ bytes: size, sha256 })
  }
  await rm(path)
  return await downloadFile(path, wanted, options)
}

async function copyFile(from: string, to: string, signal: AbortSignal, onBytes: (done: number) => void): Promise<Result<{ readonly bytes: number; readonly sha256: string }>> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const target = await open(to, 'wx', 0o600)
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>) {
      if (signal.aborted) return fail('cancelled', 'the copying was stopped', 'start it again; nothing of it was kept')
      hash.update(chunk)
      await target.writeFile(chunk)
      bytes += chunk.length
      onBytes(bytes)
    }
    await target.sync()
  } finally {
    await target.close()
  }
  return ok({ bytes, sha256: hash.digest('hex') })
}

function recordOf({ name, source, licence, dtype, attention, context, languages, parameters, memory }: FoundModel, files: readonly Recorded[], now: number): ModelRecord {
  return {
    version: 1, name, source, licence: { name: licence.name, address: licence.address, acceptedAt: licence.hasTerms ? now : null },
    dtype, attention, context, languages: [...languages], parameters, memory, installedAt: now, files: [...files]
  }
}
