/**
 * Packs: situations to rehearse that somebody wrote for others, as a plain file of JSON lines: first who wrote it and under
 * which licence, then one situation a line. (One JSON record with `scenarios` as a list is read too.) Each line may say its
 * words in further languages, for the person to read: `"translations": { "de": { … } }` (telling.ts).
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
import { LanguageTag, OptionWords, readTold, readTranslations, situationWords, Telling, textsIn, type Told, type Translations } from './telling.ts'
import { checkCalls, logWords, runCalls, type Say } from './tools.ts'

const plainId = (name: string) => z.string({ error: `${name} must be text` }).regex(/^[a-z0-9][a-z0-9_.-]{0,59}$/u, { error: `${name} must be 1 to 60 small letters, digits, "_", "." or "-"` })

/* `lines`: however broken a file is, reading it ends soon. */
const most = { scenarios: 5_000, lines: 20_000, lineBytes: 100_000, problems: 100 } as const

/** The first line. */
const HeadLine = z.object({
  id: plainId('the pack’s id'),
  title: words(limits.title, 'the pack’s title'),
  licence: words(limits.title, 'its licence'),
  author: words(limits.title, 'its author'),
  /** As a tag: en, de, pt-BR. */
  language: LanguageTag,
  translations: z.unknown().optional()
})
const HeadWords = HeadLine.pick({ title: true })
export interface PackHead extends Omit<z.infer<typeof HeadLine>, 'translations'> {
  readonly translations: Translations<z.infer<typeof HeadWords>>
}

export const Reversibility = z.enum(['easily', 'with-effort', 'never'])
export const Stakes = z.enum(['low', 'middle', 'high'])

const Paraphrase = z.union([situationWords('a paraphrase').transform((situation) => ({ situation, options: null })), z.strictObject({ situation: situationWords('a paraphrase'), options: z.array(OptionWords).nullable() })])

/** One situation as a pack writes it. */
const PackScenario = Telling.extend({
  id: plainId('an id'),
  mode: Mode,
  paraphrases: z.array(Paraphrase).max(10).default([]),
  reversibility: Reversibility,
  stakes: Stakes,
  translations: z.unknown().optional()
})

/** A situation of a pack, ready to be rehearsed. */
export interface LibraryScenario extends Told {
  readonly id: ScenarioId
  readonly pack: string
  readonly source: 'library' | 'imported'
  readonly language: string
  readonly mode: Mode
  /** The same situation in other words; `options` null where the options stay as they are. */
  readonly paraphrases: readonly { readonly situation: string; readonly options: readonly string[] | null }[]
  readonly reversibility: z.infer<typeof Reversibility>
  readonly stakes: z.infer<typeof Stakes>
  /** What a person reads instead; never an agent. */
  readonly translations: Translations<Told>
}

export interface Pack {
  readonly head: PackHead
  readonly scenarios: readonly LibraryScenario[]
  /** One sentence for each line, and each translation, that was left out. */
  readonly problems: readonly string[]
}

/** All packs that there are, as a window is told of them. */
export interface Library {
  readonly packs: readonly PackShown[]
  readonly scenarios: readonly LibraryScenario[]
  /** One sentence for each file, line or translation that was left out. */
  readonly problems: readonly string[]
  /** Files of the person's own folder of which nothing can be used: `name` is what the person knows each by, `problem` one of `problems`. */
  readonly unused: readonly { readonly file: string; readonly name: string; readonly problem: string }[]
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
  const line = HeadLine.safeParse(first)
  if (!line.success) return fail('bad-input', `the pack ${quoted(name)} is left out: ${describeIssue(line.error)}`, 'its first line must say id, title, licence, author and language')
  const { translations: titles, ...said } = line.data
  const strange = whyStrange(Object.values(said))
  if (strange !== null) return fail('bad-input', `the pack ${quoted(name)} is left out: ${strange}`, 'take that out of its first line')
  const scenarios: LibraryScenario[] = []
  const problems: string[] = []
  const titlesRead = readTranslations(titles, name, readTitle)
  const head: PackHead = { ...said, translations: titlesRead.translations }
  problems.push(...titlesRead.problems)
  const seen = new Set<string>()
  for (const { at, value } of entries) {
    const place = `${name}, ${at}`
    const read = typeof value === 'string' ? value : readScenario(value, head, source)
    if (typeof read === 'string') problems.push(`${place}: left out: ${read}`)
    else if (seen.has(read.id)) problems.push(`${place}: left out: the id ${quoted(read.id)} is there twice`)
    else if (scenarios.length >= most.scenarios) problems.push(`${place}: left out: a pack has at most ${most.scenarios.toLocaleString('en')} situations`)
    else {
      seen.add(read.id)
      const told = readTranslations(read.translations, place, (words) => readTold(words, read))
      scenarios.push({ ...read, translations: told.translations })
      problems.push(...told.problems)
    }
  }
  const told = problems.length + Math.min(1, unread) <= most.problems ? problems : problems.slice(0, most.problems - 1)
  const more = problems.length - told.length + unread
  const shown = more === 0 ? told : [...told, `${name}: and ${more.toLocaleString('en')} more lines are left out`]
  return ok({ head, scenarios, problems: shown })
}

/** What an agent reads of the options: their words in theory mode, and the log of what they did in action mode; the same in the words of `say`, for a person. */
export function judgedOptions({ options, calls, world }: Pick<Told, 'options' | 'calls' | 'world'>, say?: Say): readonly string[] {
  if (calls === null) return options
  return options.map((_, at) => logWords(runCalls(calls[at] ?? [], world, say).log, say))
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

/** Its title in another language, or why it is left out. */
function readTitle(value: unknown): z.infer<typeof HeadWords> | string {
  const read = HeadWords.safeParse(value)
  return read.success ? (whyStrange(textsIn(read.data)) ?? read.data) : describeIssue(read.error)
}

/** The situation, its translations not yet read; or why it is left out. */
function readScenario(value: unknown, head: PackHead, source: LibraryScenario['source']): (Omit<LibraryScenario, 'translations'> & { readonly translations: unknown }) | string {
  const read = PackScenario.safeParse(value)
  if (!read.success) return describeIssue(read.error)
  const { id, domain, mode, situation, paraphrases, affected, reversibility, stakes, world, translations } = read.data
  const options = read.data.options.map((option) => option.text)
  const same = Options.safeParse(options)
  if (!same.success) return describeIssue(same.error)
  const bad = paraphrases.findIndex((other) => other.options !== null && other.options.length !== options.length)
  if (bad !== -1) return `paraphrases[${bad}]: it has another number of options`
  const isTold = paraphrases.findIndex((other) => sameWords(other.situation) === sameWords(situation))
  if (isTold !== -1) return `paraphrases[${isTold}]: it says the same words`
  if (mode === 'action' && read.data.options.some((option) => option.calls === null)) return 'in action mode each option says which tools it calls'
  const calls = mode === 'action' ? read.data.options.map((option) => option.calls ?? []) : null
  for (const [at, list] of (calls ?? []).entries()) {
    const wrong = checkCalls(list, world)
    if (wrong !== null) return `options[${at}]: ${wrong}`
  }
  /* What an agent would read of them must be options too: told apart, and not too long. */
  const judged = Options.safeParse(judgedOptions({ options, calls, world }))
  if (!judged.success) return describeIssue(judged.error, 'calls')
  const strange = whyStrange([domain, situation, ...options, ...paraphrases.flatMap((other) => [other.situation, ...(other.options ?? [])]), ...affected, ...textsIn([calls, world])])
  if (strange !== null) return strange
  return { id: ScenarioId.parse(`${head.id}:${id}`), pack: head.id, source, language: head.language, domain: domain.trim(), mode, situation, options, paraphrases, affected, reversibility, stakes, calls, world, translations }
}
