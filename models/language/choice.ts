/**
 * Forced choice: how likely a language model is to give each of a few answers, whatever it would rather have said. The answer's
 * log-probability by token, divided by how many tokens it has, averaged over the orders in which the answers are told.
 *
 * [F1] Orders: all of them up to four answers; above, a Latin square, in which each answer stands once at every place.
 * [F2] Beginnings that orders share are read once, as a tree. What is read behind a kept beginning gives the same as reading the
 *      whole at once, within 1e-3 nats (tests/models/language/choice.test.ts), with far fewer tokens.
 * [F3] A model whose memory cannot be shared (Causal.isPlain is false) reads each prompt from its start: same numbers, more tokens.
 */
import type { Causal, Past } from '../causal.ts'
import type { Pulse } from '../embedder.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Tokens } from './prompt.ts'

/** What was read so far; without `past`, only remembered to be read again. */
export interface Beginning {
  readonly tokens: Tokens
  readonly past: Past | null
}

export interface Choices {
  readonly count: number
  /** What is told in this order, in pieces that other orders may share from the first on. */
  pieces(order: readonly number[]): readonly Tokens[]
  /** The tokens of one choice's answer in this order; at least one. */
  answer(order: readonly number[], choice: number): Tokens
}

/** Reads on; `tokens` may be empty. In pieces, with a sign of life before each: a large model on a slow machine takes seconds for one, and logits of a whole page take a gigabyte. */
export async function extend(causal: Causal, from: Beginning | null, tokens: Tokens, pulse?: Pulse): Promise<Beginning> {
  const whole = [...(from?.tokens ?? []), ...tokens]
  if (tokens.length === 0 && from !== null) return from
  const isKept = causal.isPlain && (from === null || from.past !== null)
  let past = from?.past ?? null
  for (let start = 0; start < tokens.length; start += pieceTokens) {
    /* Breathing: the parent's word to stop arrives between two readings. */
    await new Promise(setImmediate)
    pulse?.report(0)
    if (isKept) past = await causal.read(tokens.slice(start, start + pieceTokens), past)
  }
  return { tokens: whole, past }
}

/** For each choice the mean over all orders of its mean log-probability a token, in nats. Stopped: `cancelled`. */
export async function scoreChoices(causal: Causal, from: Beginning, choices: Choices, pulse: Pulse): Promise<Result<readonly number[]>> {
  const orders = ordersOf(choices.count)
  const sums = Array.from({ length: choices.count }, () => 0)
  const done = await scoreTree(causal, from, orders.map((order) => ({ order, rest: choices.pieces(order) })), choices, sums, pulse)
  return done.ok ? ok(sums.map((sum) => sum / orders.length)) : done
}

/** Every order of 0 … count - 1, or a cyclic Latin square of them. */
export function ordersOf(count: number): readonly (readonly number[])[] {
  const first = Array.from({ length: count }, (_, at) => at)
  if (count > mostAll) return first.map((start) => first.map((at) => (start + at) % count))
  return permutations(first)
}

/** log softmax(logits)[token] */
export function logProbability(logits: Float32Array, token: number): number {
  let highest = -Infinity
  for (const value of logits) if (value > highest) highest = value
  let sum = 0
  for (const value of logits) sum += Math.exp(value - highest)
  return (logits[token] ?? -Infinity) - highest - Math.log(sum)
}

const pieceTokens = 128
const mostAll = 4

interface Branch {
  readonly order: readonly number[]
  /** What of it is still to be read. */
  readonly rest: readonly Tokens[]
}

/** Adds each order's scores to `sums`. */
async function scoreTree(causal: Causal, from: Beginning, branches: readonly Branch[], choices: Choices, sums: number[], pulse: Pulse): Promise<Result<void>> {
  const leaves: Branch[] = []
  for (const group of Map.groupBy(branches, ({ rest }) => rest[0]?.join(' ') ?? '').values()) {
    const [first] = group
    const next = first?.rest[0]
    if (group.length < 2 || next === undefined || group.some(({ rest }) => rest.length < 2)) {
      leaves.push(...group)
      continue
    }
    if (pulse.isStopped()) return fail('cancelled', 'the job was stopped', 'ask again')
    const read = await extend(causal, from, next, quiet(pulse))
    const done = await scoreTree(causal, read, group.map(({ order, rest }) => ({ order, rest: rest.slice(1) })), choices, sums, pulse)
    if (!done.ok) return done
  }
  return leaves.length === 0 ? ok(undefined) : await scoreLeaves(causal, from, leaves, choices, sums, pulse)
}

/** Where all answers have one token, the leaves side by side; else each leaf is read first, and the answers behind it. */
async function scoreLeaves(causal: Causal, from: Beginning, leaves: readonly Branch[], choices: Choices, sums: number[], pulse: Pulse): Promise<Result<void>> {
  const before = from.past === null ? from.tokens : []
  const blocks: { readonly tokens: Tokens; readonly at: readonly number[]; readonly answers: readonly Answer[] }[] = []
  for (const { order, rest } of leaves) {
    const told = rest.flat()
    const answers = Array.from({ length: choices.count }, (_, choice): Answer => ({ choice, tokens: choices.answer(order, choice) }))
    const long = answers.filter(({ tokens }) => tokens.length > 1)
    if (from.past !== null && long.length > 1) {
      if (pulse.isStopped()) return fail('cancelled', 'the job was stopped', 'ask again')
      const done = await scoreAnswers(causal, await extend(causal, from, told, quiet(pulse)), answers, sums, pulse)
      if (!done.ok) return done
      continue
    }
    const tokens = [...before, ...told]
    if (tokens.length === 0) throw new Error('an answer needs something before it')
    if (long.length < answers.length) blocks.push({ tokens, at: [tokens.length - 1], answers: answers.filter((answer) => answer.tokens.length === 1) })
    for (const answer of long) blocks.push({ tokens: [...tokens, ...answer.tokens.slice(0, -1)], at: answer.tokens.map((_, at) => tokens.length - 1 + at), answers: [answer] })
  }
  const rows = await causal.score(from.past, blocks, quiet(pulse))
  if (!rows.ok) return rows
  blocks.forEach(({ answers }, block) => {
    for (const { choice, tokens } of answers) add(sums, choice, tokens, rows.value[block] ?? [])
  })
  return ok(undefined)
}

interface Answer {
  readonly choice: number
  readonly tokens: Tokens
}

/** Behind a beginning that is kept. */
async function scoreAnswers(causal: Causal, { past }: Beginning, answers: readonly Answer[], sums: number[], pulse: Pulse): Promise<Result<void>> {
  if (past === null) throw new Error('nothing was kept')
  const long = answers.filter(({ tokens }) => tokens.length > 1)
  const rows = await causal.score(past, long.map(({ tokens }) => ({ tokens: tokens.slice(0, -1), at: tokens.slice(1).map((_, at) => at) })), quiet(pulse))
  if (!rows.ok) return rows
  for (const { choice, tokens } of answers.filter((answer) => answer.tokens.length === 1)) add(sums, choice, tokens, [past.last])
  long.forEach(({ choice, tokens }, block) => add(sums, choice, tokens, [past.last, ...(rows.value[block] ?? [])]))
  return ok(undefined)
}

/** `rows[at]` are the logits before the answer's token `at`. */
function add(sums: number[], choice: number, tokens: Tokens, rows: readonly Float32Array[]): void {
  const sum = tokens.reduce((total, token, at) => total + logProbability(rows[at] ?? new Float32Array(), token), 0)
  sums[choice] = (sums[choice] ?? 0) + sum / tokens.length
}

/** A sign of life without a share: it is not known here how much of the job this is. */
function quiet(pulse: Pulse): Pulse {
  return { isStopped: () => pulse.isStopped(), report: () => pulse.report(0) }
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]))
}
