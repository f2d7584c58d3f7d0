/**
 * The reader: what a line says of an option in its situation, as probabilities of upholds, violates and neutral, by a causal
 * language model that was trained for it (training/reader). The situation and its options are a prefix, read once; each line is a
 * short block behind it, read out at its option tokens. The layout is the training's (training/reader/data.py), token for token.
 *
 * Invariants: a line's answer follows from the line, the situation and the options alone, and not from the order of the options:
 * they are put into an order of their own, and read in that and in the reverse one, whose mean counts. What has no words is
 * neutral. What is too long is read in a few windows, whose mean counts; an option that is too long, by its beginning and end.
 * Answers and prefixes are kept by the words they come from, so that editing a line reads that line.
 *
 * Beside its three labels there is one linear read-out more (concern.json, fitted by training/concern.ts): from what a middle layer
 * keeps of the arrow behind a line, whether the line has to do with the situation at all.
 */
import { fail, ok, type Result } from '../shared/result.ts'
import { lineKinds, type PairAnswer } from '../shared/ports.ts'
import type { Block, Causal, Past } from './causal.ts'
import concern from './concern.json' with { type: 'json' }
import { Cache, keyOf, type Pulse } from './embedder.ts'

interface Line {
  readonly text: string
  /** '' where none is given. */
  readonly context: string
}

/** Options side by side, or one alone; '' as the situation where none is given. */
export interface Reading {
  readonly situation: string
  readonly options: readonly string[]
  readonly lines: readonly Line[]
}

/** Whoever sits in the reader's seat: this one, or a language model of the person's choice. */
export interface Reader {
  /** `[line][option]`, each summing to 1. Stopped: a problem of kind `cancelled`. */
  verdicts(reading: Reading, pulse: Pulse): Promise<Result<readonly (readonly PairAnswer[])[]>>
  /** Where it has such a read-out: for each line the log odds that it has to do with the situation; read together with the verdicts, and so for nothing after them. */
  readonly concerns?: (reading: Reading, pulse: Pulse) => Promise<Result<readonly number[]>>
  /** Where it was trained to tell kinds of line: the probability of each, in the port's order. */
  readonly kinds?: (lines: readonly string[], pulse: Pulse) => Promise<Result<readonly (readonly number[])[]>>
}

/** Kept answers, one a line and prefix (three numbers an option, then the concern); and what a script may give to keep them longer than a process lives. */
interface Memory {
  get(key: string): readonly number[] | undefined
  set(key: string, value: readonly number[]): void
}

/** A linear read-out of the values that a layer keeps. */
interface ReadOut {
  readonly layer: number
  readonly weights: readonly number[]
  readonly constant: number
}

/** Tokens. */
const most = { situation: 400, option: 120, line: 100 }
/** Windows of a text that is longer than that. */
const mostWindows = 3
/** Tokens of a prefix that are read at once: a tenth of a second or two. */
const piece = 128
/** Bytes of prefixes kept, the one read last among them. */
const pastBytes = 192 * 1024 * 1024
/** Rows kept: one a line and a prefix. */
const capacity = 200_000
const letters = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']
const neutral: PairAnswer = { upholds: 0, violates: 0, neutral: 1 }

export function createReader(causal: Causal, memory: Memory = new Cache<readonly number[]>(capacity), readOut: ReadOut = concern): Reader {
  const pasts = new Pasts(causal)
  /** Columns of the logits that say yes, no, neutral. */
  const columns = columnsOf(causal, 'label_rows', 3) ?? untrained()
  const kindColumns = columnsOf(causal, 'kind_rows', lineKinds.length)
  const { num_key_value_heads: heads, head_dim: width, num_hidden_layers: depth } = causal.config as Readonly<Record<string, number | undefined>>
  const hasConcern = causal.isPlain && (heads ?? 0) * (width ?? 0) === readOut.weights.length && readOut.layer < (depth ?? 0)

  /** Logits (yes, no, neutral) of each block at its last `options` tokens, one after another, and its concern where there is one; of each prefix the unknown blocks are read. */
  async function logitsOf(prefix: Prefix, blocks: readonly (readonly number[])[], pulse: Pulse): Promise<Result<readonly (readonly number[])[]>> {
    const keys = blocks.map((tokens) => `${prefix.key}${keyOf(tokens.join(' '))}`)
    const rows = keys.map((key) => memory.get(key))
    const unknown = [...new Map(keys.flatMap((key, at) => (rows[at] === undefined ? [[key, at] as const] : []))).values()]
    if (unknown.length > 0) {
      const past = await pasts.get(prefix, pulse)
      if (past === null) return fail('cancelled', 'the job was stopped', 'ask again')
      const asked = unknown.map((at): Block => {
        const tokens = blocks[at] ?? []
        const first = tokens.length - prefix.options
        return { tokens, at: Array.from({ length: prefix.options }, (_, option) => first + option), ...(hasConcern ? { inside: { layer: readOut.layer, at: first - 1 } } : {}) }
      })
      const found = await causal.score(past, asked, pulse)
      if (!found.ok) return found
      unknown.forEach((at, place) => {
        const given = found.value[place] ?? []
        const row = given.slice(0, prefix.options).flatMap((logits) => columns.map((column) => Math.fround(logits[column] ?? 0)))
        if (hasConcern) row.push(Math.fround(concernOf(given[prefix.options] ?? [], readOut)))
        memory.set(keys[at] ?? '', row)
        rows[at] = row
      })
      for (const [at, key] of keys.entries()) rows[at] ??= memory.get(key) ?? []
    }
    return ok(rows.map((row) => row ?? []))
  }

  /** For each line the verdicts on the options in the order given, and its concern. */
  async function read(situation: string, options: readonly string[], lines: readonly Line[], pulse: Pulse): Promise<Result<readonly Found[]>> {
    const windows = windowsOf(causal.tokens(situation), most.situation)
    const wordless = situation.trim() === ''
    const blocks = lines.map((line) => blocksOf(causal, line, options.length))
    const flat = blocks.flat()
    const sums = lines.map(() => options.map(() => [0, 0, 0]))
    const concerns = lines.map(() => 0)
    const prefixes = wordless ? [prefixOf(causal, null, options)] : windows.length === 1 ? [prefixOf(causal, situation, options)] : windows.map((tokens) => prefixOf(causal, causal.text(tokens), options))
    for (const [done, prefix] of prefixes.entries()) {
      const share = part(pulse, done, prefixes.length)
      const found = await logitsOf(prefix, flat, share)
      if (!found.ok) return found
      let at = 0
      for (const [line, own] of blocks.entries()) {
        for (const _ of own) {
          const row = found.value[at] ?? []
          at += 1
          concerns[line] = (concerns[line] ?? 0) + (row[options.length * 3] ?? 0) / (own.length * prefixes.length)
          options.forEach((_, option) => {
            const sum = sums[line]?.[option] ?? []
            softened(row.slice(option * 3, option * 3 + 3)).forEach((value, label) => (sum[label] = (sum[label] ?? 0) + value / (own.length * prefixes.length)))
          })
        }
      }
    }
    return ok(sums.map((row, line) => ({ verdicts: row.map(([upholds = 0, violates = 0, rest = 0]) => ({ upholds, violates, neutral: rest })), concern: concerns[line] ?? 0 })))
  }

  /** Read in the options' own order and in the reverse one, whose mean counts; a line without words is passed over. */
  async function readBoth({ situation, options, lines }: Reading, pulse: Pulse): Promise<Result<readonly Found[]>> {
    const spoken = lines.filter(({ text }) => text.trim() !== '')
    const order = options.map((_, at) => at).toSorted((left, right) => compare(options[left] ?? '', options[right] ?? ''))
    const orders = options.length === 1 ? [order] : [order, order.toReversed()]
    const readings: (readonly Found[])[] = []
    for (const [done, some] of orders.entries()) {
      const found = await read(situation, some.map((at) => options[at] ?? ''), spoken, part(pulse, done, orders.length))
      if (!found.ok) return found
      readings.push(found.value.map(({ verdicts, concern }) => ({ verdicts: options.map((_, option) => verdicts[some.indexOf(option)] ?? neutral), concern })))
    }
    let next = 0
    return ok(lines.map(({ text }) => {
      if (text.trim() === '') return { verdicts: options.map(() => neutral), concern: -Infinity }
      const own = readings.flatMap((found) => found[next] ?? [])
      next += 1
      return { verdicts: options.map((_, option) => mean(own.map(({ verdicts }) => verdicts[option] ?? neutral))), concern: own.reduce((sum, { concern }) => sum + concern, 0) / own.length }
    }))
  }

  /** Read at the arrow behind each line, which stands for itself. */
  async function kindsOf(lines: readonly string[], rows: readonly number[], pulse: Pulse): Promise<Result<readonly (readonly number[])[]>> {
    const blocks = lines.map((line): readonly number[] => [...causal.tokens(`Line: ${line.trim()}`).slice(0, 2 * most.line), ...causal.tokens(' ->')])
    const keys = blocks.map((tokens) => keyOf(tokens.join(' ')))
    const unknown = [...new Map(keys.flatMap((key, at) => (memory.get(key) === undefined ? [[key, at] as const] : []))).values()]
    const found = await causal.score(null, unknown.map((at) => ({ tokens: blocks[at] ?? [], at: [(blocks[at]?.length ?? 1) - 1] })), pulse)
    if (!found.ok) return found
    unknown.forEach((at, place) => memory.set(keys[at] ?? '', rows.map((row) => Math.fround(found.value[place]?.[0]?.[row] ?? 0))))
    return ok(keys.map((key) => softened(memory.get(key) ?? [])))
  }

  return {
    verdicts: async (reading, pulse) => {
      const found = await readBoth(reading, pulse)
      return found.ok ? ok(found.value.map(({ verdicts }) => verdicts)) : found
    },
    ...(hasConcern ? { concerns: async (reading: Reading, pulse: Pulse) => {
      const found = await readBoth(reading, pulse)
      return found.ok ? ok(found.value.map(({ concern }) => concern)) : found
    } } : {}),
    ...(kindColumns === null ? {} : { kinds: (lines, pulse) => kindsOf(lines, kindColumns, pulse) })
  }
}

/** Of a line. */
interface Found {
  readonly verdicts: readonly PairAnswer[]
  /** Log odds; 0 where there is no such read-out. */
  readonly concern: number
}

// ---- layout ---------------------------------------------------------------------------------------------------------

interface Prefix {
  readonly key: string
  readonly tokens: readonly number[]
  /** How many. */
  readonly options: number
}

export function prefixOf(causal: Causal, situation: string | null, options: readonly string[]): Prefix {
  const tokens = [
    ...(situation === null ? [] : causal.tokens(`Situation: ${situation}\n`)),
    ...options.flatMap((option, at) => [...causal.tokens(`Option ${letters[at] ?? ''}:`), ...middleless(causal.tokens(` ${option.trim()}`), most.option), ...causal.tokens(` = ${letters[at] ?? ''}\n`)])
  ]
  return { key: keyOf(tokens.join(' ')), tokens, options: options.length }
}

/** One block a window of the line; the last tokens of each are those of the options. */
export function blocksOf(causal: Causal, { text, context }: Line, options: number): readonly (readonly number[])[] {
  const value = `Value: ${text.trim()}${context.trim() === '' ? '' : ` (${context.trim()})`}`
  const end = [...causal.tokens(' ->'), ...letters.slice(0, options).flatMap((letter) => causal.tokens(` ${letter}`))]
  const windows = windowsOf(causal.tokens(text.trim()), most.line)
  return windows.length === 1 && causal.tokens(value).length <= 2 * most.line
    ? [[...causal.tokens(value), ...end]]
    : windows.map((tokens) => [...causal.tokens(`Value: ${causal.text(tokens).trim()}`), ...end])
}

/** The whole, or a few pieces of at most `length`: the first, the last, and those that lie evenly between. */
function windowsOf(tokens: readonly number[], length: number): readonly (readonly number[])[] {
  if (tokens.length <= length) return [tokens]
  const pieces = Array.from({ length: Math.ceil(tokens.length / length) }, (_, at) => tokens.slice(at * length, (at + 1) * length))
  const few = Math.min(mostWindows, pieces.length)
  return Array.from({ length: few }, (_, at) => pieces[Math.round((at * (pieces.length - 1)) / (few - 1))] ?? [])
}

function middleless(tokens: readonly number[], length: number): readonly number[] {
  return tokens.length <= length ? tokens : [...tokens.slice(0, length / 2), ...tokens.slice(-length / 2)]
}

/** As config.json names them; null where it does not. */
function columnsOf({ config }: Causal, name: 'label_rows' | 'kind_rows', count: number): readonly number[] | null {
  const rows = (config.reader as Readonly<Record<string, unknown>> | undefined)?.[name]
  return Array.isArray(rows) && rows.length === count && rows.every(Number.isInteger) ? (rows as readonly number[]) : null
}

function untrained(): never {
  throw new Error('the weights were not trained to read values')
}

// ---- what is kept ---------------------------------------------------------------------------------------------------

/** Prefixes that were read, the least recently used given up first. */
class Pasts {
  private readonly causal: Causal
  private readonly known = new Map<string, Past>()
  private bytes = 0

  constructor(causal: Causal) {
    this.causal = causal
  }

  /** Read in pieces, so that a job can be stopped between two of them: then null. */
  async get({ key, tokens }: Prefix, pulse: Pulse): Promise<Past | null> {
    const found = this.known.get(key)
    if (found !== undefined) {
      this.known.delete(key)
      this.known.set(key, found)
      return found
    }
    let past: Past | null = null
    for (let start = 0; start < tokens.length; start += piece) {
      await new Promise(setImmediate)
      if (pulse.isStopped()) return null
      past = await this.causal.read(tokens.slice(start, start + piece), past)
    }
    if (past === null) throw new Error('there is nothing to read')
    this.known.set(key, past)
    this.bytes += past.bytes
    for (const [old, { bytes }] of this.known) {
      if (this.bytes <= pastBytes || old === key) break
      this.known.delete(old)
      this.bytes -= bytes
    }
    return past
  }
}

// ---- arithmetic -----------------------------------------------------------------------------------------------------

function softened(logits: readonly number[]): readonly number[] {
  const highest = Math.max(...logits)
  const powers = logits.map((logit) => Math.exp(logit - highest))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map((power) => power / total)
}

function concernOf(values: ArrayLike<number>, { weights, constant }: ReadOut): number {
  return weights.reduce((sum, weight, at) => sum + weight * (values[at] ?? 0), constant)
}

function mean(answers: readonly PairAnswer[]): PairAnswer {
  const of = (label: keyof PairAnswer): number => answers.reduce((sum, answer) => sum + answer[label], 0) / answers.length
  return { upholds: of('upholds'), violates: of('violates'), neutral: of('neutral') }
}

/** By code units, so that every machine agrees. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** The part of a job that is its `done`-th of so many. */
function part(pulse: Pulse, done: number, of: number): Pulse {
  return { isStopped: pulse.isStopped, report: (share) => pulse.report((done + share) / of) }
}
