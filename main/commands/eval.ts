/**
 * `npm run --silent eval -- TASK ITEMS OUT [--model NAME] [--home DIR]`: a model's answers to many items, one JSON object a line, in the order
 * of the items (INTERFACES.md).
 *
 * Invariants: neither file is ever held whole; the same items give the same bytes. What is in OUT already is the beginning of the
 * answer: a last line that was cut off is removed, the rest must belong to the first items and is not computed again, so that a
 * run that was interrupted and continued ends with the same file. A bad line ends the run; what came before it is kept.
 */
import { createReadStream } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { calibration, startModel } from '../../models/model.ts'
import { decide } from '../../shared/decision/decide.ts'
import { emptyGraph } from '../../shared/graph.ts'
import { describeIssue, parseJson } from '../../shared/json.ts'
import type { Model, PairRequest } from '../../shared/ports.ts'
import { createAnswer, readPreview, type PreviewRequest } from '../../shared/decision/preview.ts'
import { fail, ok, problemLine, type Result } from '../../shared/result.ts'
import { limits } from '../../shared/schema.ts'
import { quote, readTextFile } from '../home/files.ts'
import { takeFileLock } from '../home/lock.ts'
import type { ModelChoice } from '../models/seat.ts'
import { namedModel } from '../models/shelf.ts'
import { homeFolder } from '../home/place.ts'

export interface EvalOptions {
  /** Started only once the files are known to be right. */
  readonly openModel?: (choice: ModelChoice) => Model
  readonly note?: (line: string) => void
}

/** Exit code: 0 done, 1 a problem (one line on standard error), 2 wrong usage. Never rejects. */
export async function runEval(argv: readonly string[], options: EvalOptions = {}): Promise<number> {
  const note = options.note ?? ((line: string): void => void process.stderr.write(`${line}\n`))
  const usage = readUsage(argv)
  if (usage === null) {
    note(`error: wrong usage; eval ${Object.keys(tasks).join('|')} ITEMS OUT [--model NAME] [--home DIR]`)
    return 2
  }
  try {
    const choice = usage.model === undefined ? ok({}) : await namedModel(homeFolder(usage.home), usage.model)
    const openModel = options.openModel ?? startModel
    const done = choice.ok ? await evaluate(usage, () => openModel(choice.value), note) : choice
    note(done.ok ? `${usage.task}: ${done.value} items done` : problemLine(done.error))
    return done.ok ? 0 : 1
  } catch (error) {
    note(problemLine(isFull(error) ? fullDisk(usage.out) : { kind: 'internal', message: 'something went wrong inside Values Steward', remedy: 'start it again: it goes on where it stopped' }))
    return 1
  }
}

// ---- tasks ----------------------------------------------------------------------------------------------------------

interface Task<Item> {
  /** A field that every answer of this task has, and no other task's. */
  readonly field: string
  /** How many items are asked at once. */
  readonly batch: number
  /** Messages name the place within the item. */
  read(value: unknown, folder: string): Promise<Result<Item>> | Result<Item>
  /** One answer an item; the `id` is put before it. */
  answer(items: readonly Item[], model: Model): Promise<Result<readonly object[]>>
}

const Id = z.union([z.string(), z.number()], { error: 'an item needs an id, text or a number' })
const line = (name: string) => z.string({ error: `${name} must be words` })
const PairItem = z.object({ id: Id, value: line('value'), option: line('option'), situation: line('situation').nullish(), context: line('context').nullish() })
const RetrievalItem = z.object({ id: Id, query: line('query'), candidates: z.union([z.array(line('a candidate')), z.string()], { error: 'candidates must be a list of texts, or the name of a file with one' }) })
const KindItem = z.object({ id: Id, text: line('text') })

const decisions: Task<PreviewRequest> = {
  field: 'outcome',
  batch: 8,
  read: (value) => readPreview(value, emptyGraph()),
  answer: async (items, model) => {
    /* All are asked at once, so that the model never waits for the next; it answers one after another. */
    const found = await Promise.all(items.map(({ graph, scenario }) => model.evidence({ graph, scenario })))
    const answers: object[] = []
    for (const [at, evidence] of found.entries()) {
      const request = items[at]
      if (!evidence.ok) return evidence
      if (request === undefined) continue
      const { outcome, probabilities } = createAnswer(request, decide(request.graph, request.scenario, evidence.value, calibration), evidence.value)
      answers.push({ outcome, probabilities })
    }
    return ok(answers)
  }
}

const pairs: Task<PairRequest> = {
  field: 'upholds',
  batch: 64,
  read: (value) => shaped(PairItem, value, ({ value, option, situation, context }) => ({ value, option, ...(situation == null ? {} : { situation }), ...(context == null ? {} : { context }) })),
  answer: async (items, model) => {
    const found = await model.pairs(items)
    return found.ok ? ok(found.value.map(({ upholds, violates, neutral }) => ({ upholds, violates, neutral }))) : found
  }
}

const retrieval: Task<{ readonly query: string; readonly candidates: readonly string[] }> = {
  field: 'ranking',
  batch: 8,
  read: async (value, folder) => {
    const item = shaped(RetrievalItem, value, (item) => item)
    if (!item.ok) return item
    const { query, candidates } = item.value
    const list = typeof candidates === 'string' ? await readCandidates(candidates, folder) : ok(candidates)
    return list.ok ? ok({ query, candidates: list.value }) : list
  },
  answer: async (items, model) => {
    const found = await Promise.all(items.map(({ query, candidates }) => model.rank(query, candidates)))
    const broken = found.find((ranking) => !ranking.ok)
    return broken !== undefined && !broken.ok ? broken : ok(found.flatMap((ranking) => (ranking.ok ? [{ ranking: ranking.value }] : [])))
  }
}

const kinds: Task<string> = {
  field: 'kind',
  batch: 64,
  read: (value) => shaped(KindItem, value, ({ text }) => text),
  answer: async (items, model) => {
    const found = await model.kinds(items)
    return found.ok ? ok(found.value.map((kind) => ({ kind }))) : found
  }
}

const tasks = { decisions, pairs, retrieval, kinds } as const

function shaped<Shape, Item>(schema: z.ZodType<Shape>, value: unknown, read: (shape: Shape) => Item): Result<Item> {
  const parsed = schema.safeParse(value, { reportInput: false })
  return parsed.success ? ok(read(parsed.data)) : fail('bad-input', describeIssue(parsed.error), 'correct it and start again: it goes on where it stopped')
}

/** The last list read; items that name the same one stand together as a rule. */
let lastList: { readonly path: string; readonly list: Result<readonly string[]> } | null = null

async function readCandidates(name: string, folder: string): Promise<Result<readonly string[]>> {
  if (name === '' || name === '.' || name === '..' || /[/\\]/u.test(name)) return fail('bad-input', `candidates: ${quote(name)} is not the name of a file beside the items`, 'put the list there and name it')
  /* Whole, so that "-" is a file, too. */
  const path = resolve(folder, name)
  if (lastList?.path !== path) lastList = { path, list: await readList(path) }
  return lastList.list
}

async function readList(path: string): Promise<Result<readonly string[]>> {
  const text = await readTextFile(path, process.stdin)
  if (!text.ok) return text
  const value = parseJson(text.value, quote(basename(path)))
  if (!value.ok) return value
  const list = z.array(z.string()).safeParse(value.value)
  return list.success ? ok(list.data) : fail('bad-input', `${quote(basename(path))} is not a JSON list of texts`, 'mend it and try again')
}

// ---- one run --------------------------------------------------------------------------------------------------------

interface Usage {
  readonly task: keyof typeof tasks
  readonly items: string
  readonly out: string
  readonly model: string | undefined
  readonly home: string | undefined
}

function readUsage(argv: readonly string[]): Usage | null {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: { model: { type: 'string' }, home: { type: 'string' } } })
    const [task, items, out, ...more] = positionals
    if (task === undefined || items === undefined || out === undefined || more.length > 0 || items === '' || out === '' || !Object.hasOwn(tasks, task)) return null
    return { task: task as keyof typeof tasks, items, out, model: values.model, home: values.home }
  } catch {
    return null
  }
}

/** The number of items that OUT answers in the end. */
async function evaluate(usage: Usage, openModel: () => Model, note: (line: string) => void): Promise<Result<number>> {
  if (resolve(usage.items) === resolve(usage.out)) return fail('bad-input', 'the answers would be written over the items', 'name another file for them')
  const size = await sizeOf(usage.items)
  if (!size.ok) return size
  const lock = takeLock(usage.out)
  if (!lock.ok) return lock
  const output = await openOutput(usage.out)
  if (!output.ok) {
    lock.value()
    return output
  }
  let model: Model | null = null
  try {
    const task = tasks[usage.task] as Task<unknown>
    let batch: { readonly id: unknown; readonly item: unknown }[] = []
    let problem: Result<never> | null = null
    let [count, told] = [0, Date.now()]
    /* Only now is it known that the file is ours to change: what has no end there is the beginning of this answer. */
    const cut = async (answer: string): Promise<boolean> => {
      if (isCut) return true
      const { file, whole } = output.value
      const [begun, rest] = [Buffer.from(answer), await readAt(usage.out, whole, Buffer.byteLength(answer))]
      if (!begun.subarray(0, rest.length).equals(rest)) return false
      isCut = true
      await file.truncate(whole)
      return true
    }
    let isCut = false
    const flush = async (): Promise<Result<void>> => {
      const [next] = batch
      if (next === undefined) return ok(undefined)
      if (!(await cut(`{"id":${JSON.stringify(next.id)},"${task.field}":`))) return notAnswers(usage.out)
      model ??= openModel()
      const answers = await task.answer(batch.map(({ item }) => item), model)
      if (!answers.ok) return answers
      await output.value.file.appendFile(batch.map(({ id }, at) => `${JSON.stringify({ id, ...answers.value[at] })}\n`).join(''))
      batch = []
      return ok(undefined)
    }
    const already = linesOf(usage.out, output.value.whole)
    for await (const { bytes, number, end } of linesOf(usage.items, Infinity)) {
      const read = await readItem(bytes, task, usage.items)
      if (read === null) continue
      const known = (await already.next()).value
      if (read.ok && known === undefined) batch.push(read.value)
      if (!read.ok) problem = fail(read.error.kind, `line ${number} of ${quote(usage.items)}: ${read.error.message}`, read.error.remedy)
      else if (known !== undefined && !isAnswerTo(known.bytes, read.value.id, task.field)) problem = fail('conflict', `line ${known.number} of ${quote(usage.out)} is not the answer to line ${number} of ${quote(usage.items)}`, 'name another file for the answers, or remove that one')
      if (problem !== null) break
      count += 1
      if (batch.length < task.batch) continue
      const flushed = await flush()
      if (!flushed.ok) return flushed
      if (Date.now() - told > 2_000) {
        note(`${usage.task}: ${count} items, ${Math.floor((100 * end) / Math.max(1, size.value))} %`)
        told = Date.now()
      }
    }
    const flushed = await flush()
    if (!flushed.ok) return flushed
    if (problem !== null) return problem
    const extra = (await already.next()).value
    if (extra !== undefined || !(await cut(''))) return fail('conflict', `${quote(usage.out)} holds more answers than there are items`, 'name another file for the answers, or remove that one')
    return ok(count)
  } finally {
    await output.value.file.close()
    await (model as Model | null)?.close()
    lock.value()
  }
}

/** null for an empty line. */
async function readItem(bytes: Uint8Array | null, task: Task<unknown>, items: string): Promise<Result<{ readonly id: unknown; readonly item: unknown }> | null> {
  if (bytes === null) return fail('bad-input', 'it is longer than 64 MB', 'split it')
  if (bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)) return null
  const value = parseJson(bytes, 'the item')
  if (!value.ok) return value
  const item = await task.read(value.value, dirname(items))
  if (!item.ok) return item
  return ok({ id: (value.value as { readonly id?: unknown }).id ?? null, item: item.value })
}

function isAnswerTo(bytes: Uint8Array | null, id: unknown, field: string): boolean {
  const value = bytes === null ? null : parseJson(bytes, 'the answer')
  return value !== null && value.ok && typeof value.value === 'object' && value.value !== null && 'id' in value.value && JSON.stringify(value.value.id) === JSON.stringify(id) && field in value.value
}

// ---- files ----------------------------------------------------------------------------------------------------------

interface Line {
  /** Without its end; null: longer than is read. */
  readonly bytes: Uint8Array | null
  /** From 1. */
  readonly number: number
  /** Where the next one starts, in bytes. */
  readonly end: number
}

/** The lines of the first `length` bytes; the last need not be ended. */
async function* linesOf(path: string, length: number): AsyncGenerator<Line, undefined> {
  if (length === 0) return
  let [rest, number, start]: [Buffer[], number, number] = [[], 0, 0]
  let held = 0
  const take = (end: number): Line => {
    const bytes = held > limits.fileBytes ? null : Buffer.concat(rest)
    rest = []
    held = 0
    start = end
    return { bytes, number: (number += 1), end }
  }
  for await (const chunk of createReadStream(path, { end: length - 1, highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    let from = 0
    const base = start + held
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      hold(chunk.subarray(from, at))
      from = at + 1
      yield take(base + from)
    }
    hold(chunk.subarray(from))
  }
  if (held > 0) yield take(start + held)

  /** Of a line that is too long only the length is kept. */
  function hold(part: Buffer): void {
    held += part.length
    if (held <= limits.fileBytes) rest.push(part)
    else rest = []
  }
}

async function sizeOf(name: string): Promise<Result<number>> {
  try {
    const found = await stat(name)
    if (!found.isFile()) return fail('bad-input', `${quote(name)} is not an ordinary file`, 'name a file with an item a line')
    const file = await open(name, 'r')
    await file.close()
    return ok(found.size)
  } catch (error) {
    return codeOf(error) === 'EACCES' ? fail('denied', `${quote(name)} may not be read by this account`, 'allow it to be read, or copy it') : fail('not-found', `there is no file ${quote(name)}`, 'check the name')
  }
}

/** OUT, open for appending; `whole` is the length in bytes of its whole lines. */
async function openOutput(name: string): Promise<Result<{ readonly file: FileHandle; readonly whole: number }>> {
  try {
    const found = await stat(name).catch(() => null)
    if (found !== null && !found.isFile()) return fail('bad-input', `${quote(name)} is not an ordinary file`, 'name a file for the answers')
    return ok({ file: await open(name, 'a'), whole: await wholeOf(name, found?.size ?? 0) })
  } catch (error) {
    if (isFull(error)) return { ok: false, error: fullDisk(name) }
    return codeOf(error) === 'ENOENT' ? fail('not-found', `there is no folder for ${quote(name)}`, 'make the folder first, or choose another') : fail('denied', `${quote(name)} cannot be written`, 'choose another place')
  }
}

/** Two runs never write the same answers. Gives what lets go of them. */
function takeLock(name: string): Result<() => void> {
  try {
    const release = takeFileLock(name)
    return release === null ? fail('conflict', `another run is writing ${quote(name)}`, 'wait for it to end, or name another file for the answers') : ok(release)
  } catch {
    /* Without a place for it there is none for the answers either, which is said better there. */
    return ok(() => undefined)
  }
}

/** Where the last line that has an end ends. */
async function wholeOf(name: string, size: number): Promise<number> {
  let [whole, read] = [0, 0]
  if (size === 0) return 0
  for await (const chunk of createReadStream(name, { end: size - 1 }) as AsyncIterable<Buffer>) {
    const last = chunk.lastIndexOf(10)
    if (last !== -1) whole = read + last + 1
    read += chunk.length
  }
  return whole
}

/** Up to so many bytes from there, one at least where there are any. */
async function readAt(name: string, start: number, length: number): Promise<Buffer> {
  const file = await open(name, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(1, length)), 0, Math.max(1, length), start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function notAnswers(name: string): Result<never> {
  return fail('conflict', `${quote(name)} holds something else than answers`, 'name another file for them')
}

function fullDisk(name: string) {
  return { kind: 'storage', message: `there is no room left on the disk for ${quote(name)}`, remedy: 'free some room and start again: it goes on where it stopped' } as const
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) process.exitCode = await runEval(process.argv.slice(2))
