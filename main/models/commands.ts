/**
 * The models of a home from the command line: what is here and what can be had, install, choose, remove. JSON or words on standard
 * output, how far it is on standard error.
 */
import { builtIn } from '../../models/manifest.ts'
import { quoted } from '../../shared/json.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Shelf, ShelfModel } from '../../shared/shelf.ts'
import type { Request } from '../commands/usage.ts'
import { inMegabytes } from './disk.ts'
import type { ModelShelf } from './shelf.ts'

export type ModelsRequest = Extract<Request, { readonly command: `models ${string}` }>

interface ModelsOptions {
  readonly json: boolean
  /** One line on how far it is. */
  readonly note: (line: string) => void
}

/** What goes to standard output. */
export function runModels(shelf: ModelShelf, request: ModelsRequest, note: (line: string) => void): Promise<Result<string>> {
  const options = { json: request.options.json, note }
  switch (request.command) {
    case 'models list':
      return listModels(shelf, options)
    case 'models show':
      return showModel(shelf, request.name, options)
    case 'models install':
      return installModel(shelf, request.what, request.accepted, options)
    case 'models choose':
      return chooseModel(shelf, request.name, options)
    case 'models remove':
      return removeModel(shelf, request.name, options)
  }
}

/** Milliseconds between two lines on how far it is. */
const every = 1_000

async function listModels(shelf: ModelShelf, { json }: ModelsOptions): Promise<Result<string>> {
  const listed = await shelf.list()
  if (!listed.ok) return listed
  const { models } = listed.value
  if (json) return ok(models.map((model) => `${JSON.stringify(view(model, listed.value))}\n`).join(''))
  return ok(models.map((model) => `${mark(model, listed.value).padEnd(12)}${model.name.padEnd(26)}${inMegabytes(model.bytes).padStart(9)}  ${model.licence.name}\n`).join(''))
}

async function showModel(shelf: ModelShelf, name: string, { json }: ModelsOptions): Promise<Result<string>> {
  const listed = await shelf.list()
  if (!listed.ok) return listed
  const model = listed.value.models.find((each) => each.name === name)
  if (model === undefined) return fail('not-found', `there is no model ${quoted(name)}`, 'see "steward models list"')
  return ok(json ? `${JSON.stringify(view(model, listed.value))}\n` : inWords(model, listed.value))
}

async function installModel(shelf: ModelShelf, what: { readonly name: string } | { readonly from: string }, accepted: boolean, options: ModelsOptions): Promise<Result<string>> {
  let told = 0
  const stop = shelf.onChange(() => {
    if (Date.now() - told < every) return
    told = Date.now()
    void shelf.list().then((listed) => {
      const job = listed.ok ? listed.value.job : null
      if (job === null || job.state !== 'running' || job.total === 0) return
      options.note(`${job.name}: ${Math.floor((100 * job.done) / job.total)} %, ${inMegabytes(job.done)} of ${inMegabytes(job.total)}${job.rate === null ? '' : `, ${inMegabytes(job.rate)} a second`}`)
    })
  })
  try {
    const begun = 'name' in what ? await shelf.install(what.name, accepted) : await shelf.importFrom(what.from, accepted)
    const record = begun.ok ? await shelf.finished() : begun
    if (!record.ok) return withTerms(record, options)
    return await showModel(shelf, record.value.name, options)
  } finally {
    stop()
  }
}

async function chooseModel(shelf: ModelShelf, name: string, options: ModelsOptions): Promise<Result<string>> {
  const chosen = await shelf.choose(name)
  if (!chosen.ok) return chosen
  return options.json ? await showModel(shelf, name, options) : ok(`${name} predicts from now on, on this device.\n`)
}

async function removeModel(shelf: ModelShelf, name: string, { json }: ModelsOptions): Promise<Result<string>> {
  const removed = await shelf.remove(name, builtIn)
  if (!removed.ok) return removed
  return ok(json ? `${JSON.stringify({ name, removed: true })}\n` : `${name} was removed from this device.\n`)
}

// ---- how they are said ----------------------------------------------------------------------------------------------

function view(model: ShelfModel, shelf: Shelf) {
  return { ...model, installed: model.state === 'installed', chosen: model.name === shelf.chosen }
}

function mark(model: ShelfModel, shelf: Shelf): string {
  if (model.name === shelf.chosen) return 'chosen'
  return { installed: 'installed', broken: 'broken', partial: 'in part', absent: '' }[model.state]
}

function inWords(model: ShelfModel, shelf: Shelf): string {
  const { licence } = model
  return `${[
    `${model.name}${model.maker === null ? '' : `, by ${model.maker}`}`,
    `${mark(model, shelf) || 'not installed'}${model.problem === null ? '' : `: ${model.problem.message}`}`,
    `size       ${inMegabytes(model.bytes)}${model.here === 0 ? '' : `, ${inMegabytes(model.here)} of them here`}`,
    `memory     ${inMegabytes(model.memory)} when it works; this machine has ${inMegabytes(shelf.machine.memory)}`,
    ...(model.parameters === 0 ? [] : [`parameters ${inMillions(model.parameters)}`]),
    ...(model.context === 0 ? [] : [`reads      ${model.context} tokens at once`]),
    `languages  ${model.languages.length === 0 ? 'not known' : model.languages.join(', ')}`,
    `licence    ${licence.name}${licence.address === null ? '' : `, ${licence.address}`}`,
    ...(licence.terms === null ? [] : [`terms      ${licence.terms.en}`]),
    ...(licence.acceptedAt === null ? [] : [`           accepted on ${new Date(licence.acceptedAt).toISOString().slice(0, 10)}`]),
    `from       ${model.from ?? (model.origin === 'built-in' ? 'it comes with the app' : 'a folder')}`,
    ...(model.unknownHashes === 0 ? [] : [`note       the SHA-256 of ${model.unknownHashes} of its files is not known beforehand: what the first download brings is kept to from then on`])
  ].join('\n')}\n`
}

/** Terms are refused with the way to accept them here. */
function withTerms(refused: Result<never> & { readonly ok: false }, options: ModelsOptions): Result<never> {
  const { kind, message } = refused.error
  if (kind !== 'denied' || !message.includes('under its terms')) return refused
  options.note('"steward models show NAME" shows the terms')
  return fail(kind, message, 'read them; to accept them, run it again with --accept')
}

function inMillions(count: number): string {
  return `${Math.round(count / 1_000_000).toLocaleString('en')} million`
}
