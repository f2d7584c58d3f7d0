/**
 * Everything that a door may do with the models of one home: list, install, stop, import, choose, remove. One download or import
 * at a time; it goes on while windows come and go, and what happens is told to whoever listens.
 *
 * Invariants: nothing here opens a socket but a download that was asked for by name; the one in use is never removed; no method
 * rejects.
 */
import { rm, stat } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { bytesOf, type CatalogueEntry } from '../../models/catalogue.ts'
import { describeBuiltIn, type ModelRecord } from '../../models/installed.ts'
import { builtIn } from '../../models/manifest.ts'
import { quoted } from '../../shared/json.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import type { Shelf, ShelfJob, ShelfModel } from '../../shared/shelf.ts'
import { diskProblem, freeBytes } from './disk.ts'
import { installEntry, installFolder, type Progress } from './install.ts'
import type { ModelChoice } from './seat.ts'
import { listKept, listPartial, modelsFolder, readChosen, stagingFolder, writeChosen, type Kept } from './store.ts'
import { createWeb, type WebOptions } from './web.ts'

export interface ModelShelfOptions {
  /** The home's folder. */
  readonly home: string
  /** Asked once, when it is first needed. */
  readonly readCatalogue: () => Promise<Result<readonly CatalogueEntry[]>>
  /** Where models are fetched from. */
  readonly base: Result<URL>
  readonly web: WebOptions
  readonly now: () => number
  /** The folder of the built-in model. */
  readonly own: string
  /** Milliseconds before a second attempt. */
  readonly pause?: number
}

/** What answers now, beyond what the disk says. */
export interface InUse {
  readonly name: string
  readonly notice: Problem | null
}

export interface ModelShelf {
  list(inUse?: InUse): Promise<Result<Shelf>>
  /** Begins; `finished` says how it ended. */
  install(name: string, accepted: boolean): Promise<Result<void>>
  importFrom(folder: string, accepted: boolean): Promise<Result<void>>
  /** What was fetched stays. */
  stop(): Result<void>
  /** Of the job under way, or of the last one. */
  finished(): Promise<Result<ModelRecord>>
  choose(name: string): Promise<Result<ModelChoice>>
  /** Of what was chosen last; the built-in one where that is gone. */
  choice(): Promise<{ readonly choice: ModelChoice; readonly notice: Problem | null }>
  /** Also what is here of one that was fetched in part. */
  remove(name: string, inUse: string): Promise<Result<void>>
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

/** Milliseconds between two words on how far it is, and over which the rate is taken. */
const every = { tell: 200, rate: 3_000 }

export function createModelShelf({ home, readCatalogue, base, web: webOptions, now, own, pause = 500 }: ModelShelfOptions): ModelShelf {
  const models = modelsFolder(home)
  const listeners = new Set<() => void>()
  let job: ShelfJob | null = null
  let stopping = new AbortController()
  let running: Promise<Result<ModelRecord>> = Promise.resolve(fail('not-found', 'nothing was installed', 'name a model'))

  const tell = (): void => {
    for (const listener of [...listeners]) listener()
  }
  let reading: ReturnType<typeof readCatalogue> | null = null
  const readList = (): ReturnType<typeof readCatalogue> => (reading ??= readCatalogue())

  /** Resolves once it is sure that it runs, or why it does not. */
  function begin(kind: ShelfJob['kind'], name: string, work: (signal: AbortSignal, onProgress: (progress: Progress) => void) => Promise<Result<ModelRecord>>): Result<void> {
    if (job?.state === 'running') return fail('conflict', `${job.name} is being installed`, 'wait until it is done, or stop it')
    stopping = new AbortController()
    const { signal } = stopping
    const started: ShelfJob = { kind, name, file: null, done: 0, total: 0, rate: null, state: 'running', problem: null }
    job = started
    tell()
    const rate = createRate(now)
    let told = 0
    running = work(signal, ({ file, done, total }) => {
      const at = now()
      job = { ...started, file, done, total, rate: rate(done, at) }
      if (at - told < every.tell && done < total) return
      told = at
      tell()
    }).catch((error: unknown): Result<never> => ({ ok: false, error: diskProblem(error, `the model ${name}`) })).then((result) => {
      job = {
        ...(job ?? started), rate: null,
        name: result.ok ? result.value.name : (job ?? started).name,
        state: result.ok ? 'done' : result.error.kind === 'cancelled' ? 'stopped' : 'failed',
        problem: result.ok ? null : result.error
      }
      tell()
      return result
    })
    return ok(undefined)
  }

  return {
    async list(inUse) {
      const catalogue = await readList()
      if (!catalogue.ok) return catalogue
      if (!base.ok) return base
      const [kept, partial, chosen, mine, free] = await Promise.all([listKept(models), listPartial(models), readChosen(models), describeBuiltIn(own), freeBytes(await nearest(models))])
      const isKept = new Set(kept.map(({ name }) => name))
      const shown = [
        ...kept.map((each) => viewKept(each, findIn(catalogue.value, each.name))),
        ...catalogue.value.filter(({ name }) => !isKept.has(name)).map((entry) => viewEntry(entry, partial.get(entry.name) ?? 0, base.value))
      ]
      return ok({
        models: [{ ...absent, ...mine, origin: 'built-in', state: 'installed' }, ...shown],
        chosen: isKept.has(chosen) ? chosen : builtIn,
        inUse: inUse?.name ?? (isKept.has(chosen) ? chosen : builtIn),
        notice: inUse?.notice ?? null,
        job,
        machine: { memory: totalmem(), free },
        host: base.value.host
      })
    },
    async install(name, accepted) {
      const catalogue = await readList()
      if (!catalogue.ok) return catalogue
      if (!base.ok) return base
      const entry = findIn(catalogue.value, name)
      if (entry === null) return fail('not-found', `the catalogue has no model ${quoted(name)}`, 'see the list of models')
      if (entry.licence.terms !== null && !accepted) return fail('denied', `${name} may only be used under its terms (${entry.licence.name}, ${entry.licence.address})`, 'read them and accept them first')
      if (await isThere(join(models, name))) return fail('conflict', `${name} is installed already`, 'remove it first to install it again')
      return begin('download', name, async (signal, onProgress) => {
        const web = createWeb(webOptions)
        try {
          return await installEntry(entry, accepted, { models, web, base: base.value, signal, onProgress, now, pause })
        } finally {
          web.close()
        }
      })
    },
    async importFrom(folder, accepted) {
      const catalogue = await readList()
      if (!catalogue.ok) return catalogue
      return begin('import', folder.replace(/[/\\]+$/u, '').split(/[/\\]/u).at(-1) ?? folder, (signal, onProgress) => installFolder(folder, accepted, (name) => findIn(catalogue.value, name), { models, signal, onProgress, now }))
    },
    stop() {
      if (job?.state !== 'running') return fail('not-found', 'nothing is being installed', 'start it first')
      stopping.abort()
      return ok(undefined)
    },
    finished: () => running,
    async choose(name) {
      const choice = await namedModel(home, name)
      if (!choice.ok) return choice
      try {
        await writeChosen(models, name)
      } catch (error) {
        return { ok: false, error: diskProblem(error, 'your choice') }
      }
      tell()
      return choice
    },
    async choice() {
      const name = await readChosen(models)
      const choice = await namedModel(home, name)
      if (choice.ok) return { choice: choice.value, notice: null }
      return { choice: {}, notice: { kind: 'model', message: `the model ${name} that was chosen is not here any more; the built-in model answers instead`, remedy: 'choose another, or install it again' } }
    },
    async remove(name, inUse) {
      if (name === builtIn) return fail('denied', `${builtIn} comes with the app and stays`, 'choose another one instead of it')
      if (name === inUse || name === (await readChosen(models))) return fail('conflict', `${name} is the one that predicts now`, 'choose another one first, then remove it')
      if (job?.state === 'running' && job.name === name) return fail('conflict', `${name} is being installed`, 'stop it first')
      const places = [join(models, name), join(stagingFolder(models), name)]
      const isHere = /^[A-Za-z0-9][A-Za-z0-9._-]*$/u.test(name) && (await Promise.all(places.map(isThere))).some(Boolean)
      if (!isHere) return fail('not-found', `no model ${quoted(name)} is installed`, 'see the list of models')
      try {
        for (const place of places) await rm(place, { recursive: true, force: true })
      } catch (error) {
        return { ok: false, error: diskProblem(error, `the model ${name}`) }
      }
      if (job?.name === name) job = null
      tell()
      return ok(undefined)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      stopping.abort()
      await running
      listeners.clear()
    }
  }
}

function findIn(catalogue: readonly CatalogueEntry[], name: string): CatalogueEntry | null {
  return catalogue.find((entry) => entry.name === name) ?? null
}

/** What `startModel` takes for the model of this name in this home. */
export async function namedModel(home: string, name: string): Promise<Result<ModelChoice>> {
  if (name === builtIn) return ok({})
  const kept = (await listKept(modelsFolder(home))).find((each) => each.name === name)
  if (kept === undefined) return fail('not-found', `no model ${quoted(name)} is installed`, 'see "steward models list", or Models in Settings')
  return kept.problem === null ? ok({ name, folder: kept.folder }) : { ok: false, error: kept.problem }
}

// ---- how they are shown ---------------------------------------------------------------------------------------------

const absent = { maker: null, problem: null, here: 0, from: null, unknownHashes: 0, context: 0 } as const

function viewKept({ name, record, problem }: Kept, entry: CatalogueEntry | null): ShelfModel {
  if (record === null) {
    return { ...absent, name, origin: entry === null ? 'folder' : 'catalogue', state: 'broken', problem, bytes: 0, parameters: 0, languages: [], memory: 0, licence: { name: '', address: null, terms: null, acceptedAt: null } }
  }
  return {
    ...absent, name,
    origin: record.source === null ? 'folder' : 'catalogue',
    maker: entry?.maker ?? null,
    state: 'installed',
    bytes: record.files.reduce((sum, { bytes }) => sum + bytes, 0),
    parameters: record.parameters, languages: record.languages, memory: record.memory, context: record.context,
    licence: { name: record.licence.name, address: record.licence.address, terms: entry?.licence.terms ?? null, acceptedAt: record.licence.acceptedAt },
    from: record.source === null ? null : record.source.repository
  }
}

function viewEntry(entry: CatalogueEntry, here: number, base: URL): ShelfModel {
  return {
    ...absent, name: entry.name, origin: 'catalogue', maker: entry.maker,
    state: here > 0 ? 'partial' : 'absent',
    bytes: bytesOf(entry), here, parameters: entry.parameters, languages: entry.languages, memory: entry.memory, context: entry.context,
    licence: { ...entry.licence, acceptedAt: null },
    from: `${base.host}/${entry.source.repository}`,
    unknownHashes: entry.files.filter(({ sha256 }) => sha256 === null).length
  }
}

/** Bytes a second over the last seconds. */
function createRate(now: () => number): (done: number, at: number) => number | null {
  let marks: { readonly done: number; readonly at: number }[] = [{ done: 0, at: now() }]
  let isFirst = true
  return (done, at) => {
    /* What was here before does not count. */
    if (isFirst || done < (marks.at(-1)?.done ?? 0)) marks = [{ done, at }]
    isFirst = false
    const last = marks.at(-1)
    if (last === undefined || at - last.at >= every.tell) marks.push({ done, at })
    marks = marks.filter((mark, index) => at - mark.at <= every.rate || index === marks.length - 1)
    const first = marks[0]
    return first === undefined || at - first.at < every.tell ? null : Math.round((1_000 * (done - first.done)) / (at - first.at))
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false)
}

/** The folder itself, or the nearest above it that is there: it has the disk's free bytes to say. */
async function nearest(path: string): Promise<string> {
  return (await isThere(path)) || path === join(path, '..') ? path : await nearest(join(path, '..'))
}
