/**
 * One token after another: what a language model would say next, chosen from its logits greedily or by a seeded draw, and told as
 * it comes. The same beginning, manner and seed give the same tokens.
 */
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Causal } from '../causal.ts'
import type { Pulse } from '../embedder.ts'
import { extend, type Beginning } from './choice.ts'
import type { Tokens } from './prompt.ts'

export interface Manner {
  /** 0: always the likeliest. */
  readonly temperature: number
  /** Draws are among the likeliest tokens that together have this probability (nucleus sampling, Holtzman et al. 2020), at most `mostDrawn`. */
  readonly nucleus: number
  /** Logits of tokens that were said already are divided by this where they are positive, multiplied where negative (Keskar et al. 2019). */
  readonly repetition: number
  readonly mostTokens: number
  readonly seed: number
}

/**
 * Says what comes behind `from` until `isOver` (of the text so far), a token that ends the turn, or the cap. `tell` hears the whole
 * text each time that it grew by whole characters. `before` counts as said already. Gives the text; `isCut` where the cap ended it.
 */
export async function say(causal: Causal, from: Beginning, ends: ReadonlySet<number>, manner: Manner, before: Tokens, isOver: (text: string) => boolean, tell: (text: string) => void, pulse: Pulse): Promise<Result<{ readonly text: string; readonly isCut: boolean }>> {
  const draw = seeded(manner.seed)
  const said: number[] = []
  let [at, text] = [from, '']
  while (said.length < manner.mostTokens && at.tokens.length < causal.window) {
    if (pulse.isStopped()) return fail('cancelled', 'the job was stopped', 'ask again')
    const logits = at.past?.last ?? (await lastLogits(causal, at.tokens))
    const token = pick(logits, [...before, ...said], manner, draw)
    if (ends.has(token)) return ok({ text, isCut: false })
    said.push(token)
    const next = causal.text(said)
    /* Half a character: the rest comes with the next token. */
    if (!next.endsWith('\uFFFD') && next !== text) {
      text = next
      tell(text)
      if (isOver(text)) return ok({ text, isCut: false })
    }
    pulse.report(said.length / manner.mostTokens)
    at = await extend(causal, at, [token])
  }
  return ok({ text, isCut: true })
}

const mostDrawn = 40

async function lastLogits(causal: Causal, tokens: Tokens): Promise<Float32Array> {
  const rows = await causal.score(null, [{ tokens, at: [tokens.length - 1] }])
  return (rows.ok ? rows.value[0]?.[0] : undefined) ?? new Float32Array()
}

function pick(given: Float32Array, said: readonly number[], { temperature, nucleus, repetition }: Manner, draw: () => number): number {
  const logits = given.slice()
  for (const token of new Set(said)) {
    const value = logits[token] ?? 0
    logits[token] = value > 0 ? value / repetition : value * repetition
  }
  if (temperature === 0) return highestOf(logits)
  const likeliest = topOf(logits, mostDrawn)
  const highest = logits[likeliest[0] ?? 0] ?? 0
  const weights = likeliest.map((token) => Math.exp(((logits[token] ?? -Infinity) - highest) / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let [kept, sum] = [0, 0]
  while (kept < weights.length && sum < nucleus * total) sum += weights[kept++] ?? 0
  let rest = draw() * sum
  for (let at = 0; at < kept; at += 1) {
    rest -= weights[at] ?? 0
    if (rest < 0) return likeliest[at] ?? 0
  }
  return likeliest[0] ?? 0
}

/** The first of the highest. */
function highestOf(values: Float32Array): number {
  let best = 0
  for (let at = 1; at < values.length; at += 1) if ((values[at] ?? -Infinity) > (values[best] ?? -Infinity)) best = at
  return best
}

/** Indices of the `count` highest, highest first, ties by index. */
function topOf(values: Float32Array, count: number): readonly number[] {
  const top: number[] = []
  let least = -Infinity
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? -Infinity
    if (top.length === count && value <= least) continue
    let place = top.length
    while (place > 0 && (values[top[place - 1] ?? 0] ?? 0) < value) place -= 1
    top.splice(place, 0, at)
    if (top.length > count) top.pop()
    least = values[top.at(-1) ?? 0] ?? -Infinity
  }
  return top
}

/** Numbers in [0, 1): mulberry32 (Tommy Ettinger, public domain). */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
