/**
 * Packs: situations to rehearse that somebody wrote for others, as a plain file of JSON lines: first who wrote it and under
 * which licence, then one situation a line. (One JSON record with `scenarios` as a list is read too.)
 *
 * Invariants: reading never throws; a line that is broken, too long, holds markup or reads like a command to a model is left
 * out with one sentence that names it, and the rest of the pack is kept; a pack without a licence or an author is refused
 * as a whole. A situation's id is its pack's and its own, so that two packs never meet.
 */
import { z } from 'zod'
import { sameWords } from '../graph.ts'
import { describeIssue, parseJson, quoted } from '../json.ts'
import { fail, ok, type Result } from '../result.ts'
import { limits, Mode, Options, ScenarioId, words, type Scenario } from '../schema.ts'
import { whyStrange } from '../strange.ts'
import { Call, checkCall, emptyWorld, logWords, runCalls, World } from './tools.ts'

const plainId = (name: string) => z.string({ error: `${name} must be text` }).regex(/^[a-z0-9][a-z0-9_.-]{0,59}$/u, { error: `${name} must be 1 to 60 small letters, digits, "_", "." or "-"` })

/* `lines`: however broken a file is, reading it ends soon. */
const most = { scenarios: 5_000, lines: 20_000, situation: 4_000, option: 1_000, lineBytes: 100_000, problems: 100 } as const

/** The first line. */
export const PackHead = z.object({
  id: plainId('the pack’s id'),
  title: words(limits.title, 'the pack’s title'),
  licence: words(limits.title, 'its licence'),
  author: words(limits.title, 'its author'),
  /** As a tag: en, de, pt-BR. */
  language: z.string({ error: 'its language must be text' }).regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/u, { error: 'its language must be a tag such as "en"' })
})
export type PackHead = z.infer<typeof PackHead>

export const Reversibility = z.enum(['easily', 'with-effort', 'never'])
export const Stakes = z.enum(['low', 'middle', 'high'])

const OptionText = words(most.option, 'an option')
const Paraphrase = z.union([words(most.situation, 'a paraphrase').transform((situation) => ({ situation, options: null })), z.strictObject({ situation: words(most.situation, 'a paraphrase'), options: z.array(OptionText).nullable() })])

/** One situation as a pack writes it; an option of action mode is its words and the calls that it stands for. */
const PackScenario = z.object({
  id: plainId('an id'),
  domain: words(limits.title, 'a domain'),
  mode: Mode,
  situation: words(most.situation, 'the situation'),
  options: z.array(z.union([OptionText.transform((words) => ({ text: words, calls: null })), z.strictObject({ text: OptionText, calls: z.array(Call).max(10) })]), { error: 'options must be a list' }).min(2, { error: 'a situation needs at least 2 options' }).max(5, { error: 'a situation has at most 5 options' }),
  paraphrases: z.array(Paraphrase).max(10).default([]),
  affected: z.array(words(limits.title, 'who is affected')).max(20).default([]),
  reversibility: Reversibility,
  stakes: Stakes,
  world: World.default(emptyWorld)
})

/** A situation of a pack, ready to be rehearsed. */
export interface LibraryScenario {
  readonly id: ScenarioId
  readonly pack: string
  readonly source: 'library' | 'imported'
  readonly language: string
  readonly domain: string
  readonly mode: Mode
  readonly situation: string
  readonly options: readonly string[]
  /** The same situation in other words; `options` null where the options stay as they are. */
  readonly paraphrases: readonly { readonly situation: string; readonly options: readonly string[] | null }[]
  readonly affected: readonly string[]
  readonly reversibility: z.infer<typeof Reversibility>
  readonly stakes: z.infer<typeof Stakes>
  /** In action mode, what each option does; null in theory mode. */
  readonly calls: readonly (readonly Call[])[] | null
  readonly world: World
}

export interface Pack {
  readonly head: PackHead
  readonly scenarios: readonly LibraryScenario[]
  /** One sentence for each line that was left out. */
  readonly problems: readonly string[]
}

/** All packs that there are, as a window is told of them. */
export interface Library {
  readonly packs: readonly PackShown[]
  readonly scenarios: readonly LibraryScenario[]
  /** One sentence for each file or line that was left out. */
  readonly problems: readonly string[]
}

export interface PackShown extends PackHead {
  readonly source: LibraryScenario['source']
  readonly count: number
}

/** Reads a pack; `name` stands in the sentences ("friends.jsonl"). Errors, all `bad-input`: no readable head, no licence, no author. */
export function readPack(input: string, name: string, source: LibraryScenario['source']): Result<Pack> {
  const lines = linesOf(input, name)
  if (!lines.ok) return lines
  const { head: first, entries, unread } = lines.value
  const head = PackHead.safeParse(first)
  if (!head.success) return fail('bad-input', `the pack ${quoted(name)} is left out: ${describeIssue(head.error)}`, 'its first line must say id, title, licence, author and language')
  const strange = whyStrange(Object.values(head.data))
  if (strange !== null) return fail('bad-input', `the pack ${quoted(name)} is left out: ${strange}`, 'take that out of its first line')
  const scenarios: LibraryScenario[] = []
  const problems: string[] = []
  const seen = new Set<string>()
  for (const { at, value } of entries) {
    const place = `${name}, ${at}`
    const read = typeof value === 'string' ? value : readScenario(value, head.data, source)
    if (typeof read === 'string') problems.push(`${place}: left out: ${read}`)
    else if (seen.has(read.id)) problems.push(`${place}: left out: the id ${quoted(read.id)} is there twice`)
    else if (scenarios.length >= most.scenarios) problems.push(`${place}: left out: a pack has at most ${most.scenarios.toLocaleString('en')} situations`)
    else {
      seen.add(read.id)
      scenarios.push(read)
    }
  }
  const told = problems.length + Math.min(1, unread) <= most.problems ? problems : problems.slice(0, most.problems - 1)
  const more = problems.length - told.length + unread
  const shown = more === 0 ? told : [...told, `${name}: and ${more.toLocaleString('en')} more lines are left out`]
  return ok({ head: head.data, scenarios, problems: shown })
}

/** What an agent reads of the options: their words in theory mode, and the log of what they did in action mode. */
export function judgedOptions({ options, calls, world }: Pick<LibraryScenario, 'options' | 'calls' | 'world'>): readonly string[] {
  if (calls === null) return options
  return options.map((_, at) => logWords(runCalls(calls[at] ?? [], world).log))
}

/** As a scenario of the notebook's own kind. */
export function asScenario({ id, domain, mode, source, situation, options }: LibraryScenario): Scenario {
  return { id, domain, mode, source, situation, options: [...options], createdAt: 0 }
}

interface Lines {
  readonly head: unknown
  /** A text instead of a value says why the line could not be read. */
  readonly entries: readonly { readonly at: string; readonly value: unknown }[]
  /** Entries behind the last that is read. */
  readonly unread: number
}

function linesOf(input: string, name: string): Result<Lines> {
  if (input.length > limits.fileBytes) return fail('bad-input', `the pack ${quoted(name)} is larger than 64 MB`, 'split it')
  const source = input.replace(/^\uFEFF/u, '')
  const isRecord = /\.json$/iu.test(name) || /^\s*\{[ \t\r]*(?:\n|$)/u.test(source)
  if (isRecord) {
    const whole = parseJson(input, `the pack ${quoted(name)}`)
    if (!whole.ok) return whole
    if (typeof whole.value !== 'object' || whole.value === null || !('scenarios' in whole.value) || !Array.isArray(whole.value.scenarios)) return fail('bad-input', `the pack ${quoted(name)} holds no list of scenarios`, 'see shared/packs/pack.ts for its form')
    const { scenarios } = whole.value
    return ok({ head: whole.value, entries: scenarios.slice(0, most.lines).map((value: unknown, at) => ({ at: `scenario ${at + 1}`, value: typeof value === 'string' ? 'it is no record' : value })), unread: Math.max(0, scenarios.length - most.lines) })
  }
  const read = (row: string, at: number): unknown => {
    if (row.length > most.lineBytes) return `the line is longer than ${most.lineBytes.toLocaleString('en')} characters`
    const value = parseJson(row, 'the line')
    return value.ok ? (typeof value.value === 'object' && value.value !== null && !Array.isArray(value.value) ? value.value : 'the line is no record') : value.error.message.replace(/ at line 1, column/u, ' at column').replace('line 1', `line ${at + 1}`)
  }
  const { filled, unread } = filledRows(source)
  const [first, ...rest] = filled
  if (first === undefined) return fail('bad-input', `the pack ${quoted(name)} is empty`, 'its first line must say id, title, licence, author and language')
  const head = read(first.row, first.at)
  if (typeof head === 'string') return fail('bad-input', `the pack ${quoted(name)} is left out: ${head}`, 'its first line must say id, title, licence, author and language')
  return ok({ head, entries: rest.map(({ row, at }) => ({ at: `line ${at + 1}`, value: read(row, at) })), unread })
}

/** Lines that hold something, each with its place, as many as are read; and how many there are behind them. */
function filledRows(source: string): { readonly filled: readonly { readonly row: string; readonly at: number }[]; readonly unread: number } {
  const filled: { row: string; at: number }[] = []
  let unread = 0
  for (let at = 0, from = 0; from < source.length; at += 1) {
    const end = source.indexOf('\n', from)
    const row = source.slice(from, end === -1 ? source.length : end)
    from += row.length + 1
    if (row.trim() === '') continue
    if (filled.length <= most.lines) filled.push({ row, at })
    else unread += 1
  }
  return { filled, unread }
}

/** The situation, or why it is left out. */
function readScenario(value: unknown, head: PackHead, source: LibraryScenario['source']): LibraryScenario | string {
  const read = PackScenario.safeParse(value)
  if (!read.success) return describeIssue(read.error)
  const { id, domain, mode, situation, paraphrases, affected, reversibility, stakes, world } = read.data
  const options = read.data.options.map((option) => option.text)
  const same = Options.safeParse(options)
  if (!same.success) return describeIssue(same.error)
  const bad = paraphrases.findIndex((other) => other.options !== null && other.options.length !== options.length)
  if (bad !== -1) return `paraphrases[${bad}]: it has another number of options`
  const isTold = paraphrases.findIndex((other) => sameWords(other.situation) === sameWords(situation))
  if (isTold !== -1) return `paraphrases[${isTold}]: it says the same words`
  const calls = mode === 'action' ? read.data.options.map((option) => option.calls) : null
  if (calls?.some((list) => list === null) === true) return 'in action mode each option says which tools it calls'
  for (const [at, list] of (calls ?? []).entries()) {
    let now = world
    for (const call of list ?? []) {
      const wrong = checkCall(call, now)
      if (wrong !== null) return `options[${at}]: ${wrong}`
      now = runCalls([call], now).world
    }
  }
  /* What an agent would read of them must be options too: told apart, and not too long. */
  const judged = Options.safeParse(judgedOptions({ options, calls: calls?.map((list) => list ?? []) ?? null, world }))
  if (!judged.success) return describeIssue(judged.error, 'calls')
  const strange = whyStrange([domain, situation, ...options, ...paraphrases.flatMap((other) => [other.situation, ...(other.options ?? [])]), ...affected, ...textsIn([calls, world])])
  if (strange !== null) return strange
  return {
    id: ScenarioId.parse(`${head.id}:${id}`), pack: head.id, source, language: head.language, domain: domain.trim(), mode, situation, options, paraphrases, affected, reversibility, stakes,
    calls: calls?.map((list) => list ?? []) ?? null, world
  }
}

/** Every text in plain data. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
