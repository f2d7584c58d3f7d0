/**
 * Situations out of what an agent wrote down: JSON lines (one record, a list, or a record a line) under whatever names its
 * maker chose, or plain text with a list of options. Lenient about form, strict about content: what holds markup or reads
 * like a command to a model is left out with a sentence. Never throws; gives what it found, for the person to look at first.
 */
import { describeIssue, parseJson } from '../json.ts'
import { limits, Options, words, type Mode } from '../schema.ts'
import { whyStrange } from '../strange.ts'
import { Call, emptyWorld, logWords, runCalls } from './tools.ts'

export interface LogDraft {
  readonly domain: string
  readonly mode: Mode
  readonly situation: string
  readonly options: readonly string[]
}

export interface LogReading {
  readonly drafts: readonly LogDraft[]
  /** One sentence for each part that was left out. */
  readonly problems: readonly string[]
}

/** `entries`: of any kind that are looked at, so that a log of any length is read at once; `rows`: by which a log is told to be JSON lines. */
const most = { drafts: 500, entries: 2_000, problems: 50, rows: 200 } as const

export function readLog(text: string): LogReading {
  const source = text.replace(/\r\n?/gu, '\n').trim()
  const found: Iterable<Found> = source === '' ? [] : (fromWhole(source) ?? fromLines(source) ?? fromText(source))
  const drafts: LogDraft[] = []
  const problems: string[] = []
  let entries = 0
  for (const { place, draft } of found) {
    entries += 1
    if (drafts.length === most.drafts || entries > most.entries) {
      problems.unshift(`${place}: this and all behind it is left out, since it is too much at once; paste it once these are kept`)
      break
    }
    const checked = typeof draft === 'string' ? draft : check(draft)
    if (typeof checked !== 'string') drafts.push(checked)
    else problems.push(`${place}: ${checked}`)
  }
  return { drafts, problems: problems.slice(0, most.problems) }
}

interface Found {
  readonly place: string
  /** Or why it is none. */
  readonly draft: LogDraft | string
}

function check(draft: LogDraft): LogDraft | string {
  const situation = words(limits.situation, 'the situation').safeParse(draft.situation)
  if (!situation.success) return describeIssue(situation.error)
  const options = Options.safeParse(draft.options)
  if (!options.success) return describeIssue(options.error)
  return whyStrange([draft.domain, draft.situation, ...draft.options]) ?? draft
}

// ---- JSON -----------------------------------------------------------------------------------------------------------

/** One JSON value: a record, a list of records, or a record that holds such a list. null where it is no JSON. */
function fromWhole(source: string): Iterable<Found> | null {
  /* What does not end as it begins is spared the parser, which goes through all of it first. */
  if (!(source.startsWith('[') && source.endsWith(']')) && !(source.startsWith('{') && source.endsWith('}'))) return null
  const read = parseJson(source, 'the log')
  if (!read.ok) return null
  return eachRecord(recordsIn(read.value))
}

function* eachRecord(records: readonly Readonly<Record<string, unknown>>[]): Generator<Found> {
  for (const [at, record] of records.entries()) yield { place: `entry ${at + 1}`, draft: fromRecord(record) }
}

/** A record a line; null where fewer than half of the lines are JSON, by the first of them. */
function fromLines(source: string): Iterable<Found> | null {
  let [seen, good] = [0, 0]
  for (const { line } of rowsOf(source)) {
    if (line === '') continue
    const value = parseJson(line, 'it')
    seen += 1
    good += Number(value.ok && typeof value.value === 'object' && value.value !== null)
    if (seen === most.rows) break
  }
  return good * 2 < seen ? null : eachLine(source)
}

function* eachLine(source: string): Generator<Found> {
  for (const { line, number } of rowsOf(source)) {
    if (line === '') continue
    const place = `line ${number}`
    const value = parseJson(line, 'it')
    if (value.ok) for (const record of recordsIn(value.value)) yield { place, draft: fromRecord(record) }
    else yield { place, draft: value.error.message }
  }
}

/** The rows of a text as they stand and without what surrounds them, one after another: none is made behind the last that is looked at. */
function* rowsOf(source: string): Generator<{ readonly row: string; readonly line: string; readonly number: number }> {
  for (let [from, number] = [0, 1]; from <= source.length; number += 1) {
    const next = source.indexOf('\n', from)
    const end = next === -1 ? source.length : next
    const row = source.slice(from, end)
    yield { row, line: row.trim(), number }
    from = end + 1
  }
}

function recordsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(recordsIn)
  if (typeof value !== 'object' || value === null) return []
  const record = value as Readonly<Record<string, unknown>>
  const inner = ['scenarios', 'items', 'events', 'decisions', 'entries', 'data', 'log'].map((name) => record[name]).find(Array.isArray)
  return inner !== undefined && listAt(record, optionNames) === null ? recordsIn(inner) : [record]
}

const situationNames = ['situation', 'scenario', 'context', 'task', 'prompt', 'question', 'request', 'input', 'message', 'description', 'goal', 'text', 'content'] as const
const optionNames = ['options', 'choices', 'alternatives', 'candidates', 'actions', 'tool_calls', 'calls', 'proposals', 'answers'] as const
const domainNames = ['domain', 'category', 'topic', 'area', 'type'] as const
const textNames = ['text', 'label', 'title', 'name', 'action', 'description', 'summary', 'content', 'option'] as const

function fromRecord(record: Readonly<Record<string, unknown>>): LogDraft | string {
  const situation = textAt(record, situationNames)
  const list = listAt(record, optionNames)
  if (situation === null) return 'it says no situation'
  if (list === null) return 'it holds no list of options'
  const options = list.map(optionOf)
  return { domain: (textAt(record, domainNames) ?? '').slice(0, limits.title).toWellFormed(), mode: options.some(({ isCall }) => isCall) ? 'action' : 'theory', situation, options: options.map(({ text }) => text).filter((text) => text !== '') }
}

function optionOf(value: unknown): { readonly text: string; readonly isCall: boolean } {
  if (typeof value === 'string') return { text: value.trim(), isCall: false }
  if (typeof value !== 'object' || value === null) return { text: '', isCall: false }
  const record = value as Readonly<Record<string, unknown>>
  const inner = typeof record['function'] === 'object' && record['function'] !== null ? (record['function'] as Readonly<Record<string, unknown>>) : record
  const given = inner['arguments'] ?? inner['args'] ?? inner['parameters'] ?? inner['input']
  const tool = inner['tool'] ?? inner['tool_name'] ?? (given === undefined ? undefined : inner['name'])
  if (typeof tool === 'string') return { text: callWords(tool, given), isCall: true }
  return { text: textAt(record, textNames) ?? '', isCall: false }
}

/** What the call does, where it is one of ours; else the call itself in words. */
function callWords(tool: string, given: unknown): string {
  const parsed = typeof given === 'string' ? parseJson(given, 'it') : null
  const value = parsed === null ? given : parsed.ok ? parsed.value : { text: given }
  const call = Call.safeParse({ tool, arguments: value ?? {} })
  if (call.success) {
    const { log } = runCalls([call.data], emptyWorld)
    if (log.every(({ ok }) => ok)) return logWords(log)
  }
  const fields = typeof value === 'object' && value !== null ? Object.entries(value).map(([name, each]) => `${name} ${typeof each === 'string' ? `“${each}”` : JSON.stringify(each)}`) : []
  return `Calls ${tool}${fields.length === 0 ? '' : ` with ${fields.join(', ')}`}.`.slice(0, limits.option).toWellFormed()
}

function textAt(record: Readonly<Record<string, unknown>>, names: readonly string[]): string | null {
  for (const name of names) {
    const value = Object.hasOwn(record, name) ? record[name] : undefined
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return null
}

function listAt(record: Readonly<Record<string, unknown>>, names: readonly string[]): readonly unknown[] | null {
  for (const name of names) {
    const value = Object.hasOwn(record, name) ? record[name] : undefined
    if (Array.isArray(value)) return value as readonly unknown[]
    if (typeof value === 'object' && value !== null) return Object.values(value)
  }
  return null
}

// ---- text -----------------------------------------------------------------------------------------------------------

const marked = /^(?:[-*•–]|\(?(?:\d{1,2}|[A-Za-z])[.):]|option\s+(?:\d{1,2}|[A-Za-z])\s*[.):-]?)\s+(.*)$/iu

const heading = /^(?:options?|choices|alternatives)\s*:?$/iu

/** Paragraphs before a list are the situation, the list's items the options; a text after a list begins the next one. */
function* fromText(source: string): Generator<Found> {
  let count = 0
  let situation = ''
  let options: string[] = []
  const made = (): Found => ({ place: `situation ${count += 1}`, draft: { domain: '', mode: 'theory', situation: situation.trim(), options } })
  for (const { row, line } of rowsOf(source)) {
    const item = situation === '' ? undefined : marked.exec(line)?.[1]
    /* What is too long or too many already is left out as it is: nothing is gained by more of it. */
    if (item !== undefined) {
      if (options.length <= limits.optionsMax) options.push(item.trim())
    } else if (line === '' || (options.length > 0 && /^\s{2,}/u.test(row))) {
      const last = options.at(-1)
      if (last === undefined) situation = longer(situation, '\n', '', limits.situation)
      else if (line !== '') options[options.length - 1] = longer(last, ' ', line, limits.option)
    } else {
      if (options.length > 0) {
        yield made()
        situation = ''
        options = []
      }
      if (situation.length <= limits.situation && !heading.test(line)) situation = longer(situation, '\n', line, limits.situation)
    }
  }
  if (options.length > 0) yield made()
}

/** `text` and `more`, unless it is longer than `most` as it is. */
function longer(text: string, between: string, more: string, most: number): string {
  return text === '' ? more : text.length > most ? text : `${text}${between}${more}`
}
