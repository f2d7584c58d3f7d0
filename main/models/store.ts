/**
 * The models folder of a home, HOME/models, on this device alone and never in the document:
 *   NAME/            an installed model in the Hugging Face layout, with its record (models/installed.ts)
 *   .partial/NAME/   one that is being fetched or copied; renamed to NAME/ when it is whole
 *   chosen.json      which one predicts
 *   pinned.json      the SHA-256 of every file ever fetched, by its address: what a source gave once, it must give again
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ModelName, Sha256, type Source } from '../../models/catalogue.ts'
import { readRecord, type ModelRecord } from '../../models/installed.ts'
import { builtIn } from '../../models/manifest.ts'
import type { Problem } from '../../shared/result.ts'
import { syncFolder } from './disk.ts'

export function modelsFolder(home: string): string {
  return join(home, 'models')
}

export function stagingFolder(models: string): string {
  return join(models, '.partial')
}

/** A folder that calls itself a model: with a record, or with what is wrong. */
export interface Kept {
  readonly name: string
  readonly folder: string
  readonly record: ModelRecord | null
  readonly problem: Problem | null
}

/** By name; a home without the folder has none. */
export async function listKept(models: string): Promise<readonly Kept[]> {
  const names = await namesIn(models)
  return await Promise.all(names.map(async (name): Promise<Kept> => {
    const folder = join(models, name)
    const record = await readRecord(folder)
    return record.ok ? { name, folder, record: record.value, problem: null } : { name, folder, record: null, problem: record.error }
  }))
}

/** Bytes that lie half fetched, by model. */
export async function listPartial(models: string): Promise<ReadonlyMap<string, number>> {
  const staging = stagingFolder(models)
  const found = new Map<string, number>()
  for (const name of await namesIn(staging)) found.set(name, await bytesIn(join(staging, name)))
  return found
}

// ---- which one predicts ---------------------------------------------------------------------------------------------

const Chosen = z.object({ name: ModelName })

/** A name, whether or not such a model is there; the built-in one's where none was chosen. */
export async function readChosen(models: string): Promise<string> {
  const read = Chosen.safeParse(await readJson(join(models, 'chosen.json')))
  return read.success ? read.data.name : builtIn
}

/** Throws what the disk says. */
export async function writeChosen(models: string, name: string): Promise<void> {
  await writeJson(models, 'chosen.json', { name })
}

// ---- pinned hashes --------------------------------------------------------------------------------------------------

const Pinned = z.record(z.string(), Sha256)

export async function readPinned(models: string): Promise<Readonly<Record<string, string>>> {
  const read = Pinned.safeParse(await readJson(join(models, 'pinned.json')))
  return read.success ? read.data : {}
}

export async function addPinned(models: string, added: Readonly<Record<string, string>>): Promise<void> {
  await writeJson(models, 'pinned.json', { ...(await readPinned(models)), ...added })
}

/** A revision that is not fixed may change: then nothing is pinned. */
export function pinKey(source: Source, path: string): string | null {
  return source.revision === null ? null : `${source.repository}@${source.revision}/${path}`
}

// ---- files ----------------------------------------------------------------------------------------------------------

/** Whole or not at all, also after a power cut. Throws what the disk says. */
export async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`)
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`)
    await file.sync()
    await file.close()
    await rename(temporary, join(folder, name))
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

async function readJson(path: string): Promise<unknown> {
  return await readFile(path, 'utf8').then(JSON.parse).catch(() => null)
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory() && ModelName.safeParse(entry.name).success).map(({ name }) => name).toSorted()
}

async function bytesIn(folder: string): Promise<number> {
  let sum = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) sum += await stat(join(entry.parentPath, entry.name)).then(({ size }) => size, () => 0)
  }
  return sum
}
