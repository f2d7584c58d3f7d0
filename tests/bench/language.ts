/**
 * Forced choice by a local language model on 100 scenarios of 4 options: how many tokens it reads with shared beginnings, beside the plain path
 * (one whole prompt for each answer in each order), and how far the two are apart in nats; then how fast it reads and writes.
 * SmolLM2-135M-Instruct where STEWARD_SMOLLM2 names its folder, else the tiny model (the numbers of tokens are those of its tokenizer).
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadCausal, type Causal } from '../../models/causal.ts'
import { benchmark } from '../../models/language/benchmark.ts'
import { createComparer } from '../../models/language/compare.ts'
import { createLanguageReader } from '../../models/language/seat.ts'
import type { Measurement } from './run.ts'

const scenarios = 100
/** Of them, how many are read by the plain path too. */
const readPlain = 2
const calm = { isStopped: () => false, report: () => undefined }

export async function benchLanguage(): Promise<readonly Measurement[]> {
  const given = process.env['STEWARD_SMOLLM2']
  const isReal = given !== undefined && existsSync(`${given}/config.json`)
  const folder = isReal ? given : fileURLToPath(new URL('../models/fixtures/tiny-llama', import.meta.url))
  const name = isReal ? 'SmolLM2-135M-Instruct' : 'the tiny model'
  const causal = await loadCausal(folder)
  try {
    const found = [await cells(causal), await direct(causal)]
    const speed = await benchmark(causal, folder, { model: name, notes: [] }, calm)
    if (!speed.ok) throw new Error(speed.error.message)
    const { tokensPerSecond, memoryBandwidth, weightBytes } = speed.value
    return [
      ...found.flatMap(({ what, read, plain, nats }) => [
        measure(`language, ${name}: ${what}, tokens read for ${scenarios} scenarios of 4 options`, read, 'tokens', plain, 'the plain path: one whole prompt for each answer in each order'),
        measure(`language, ${name}: ${what}, furthest from the plain path`, nats, 'nats', 1e-3, 'the 1e-3 nats that are promised')
      ]),
      measure(`language, ${name}: tokens written a second`, tokensPerSecond.write, 'tokens/s', memoryBandwidth / weightBytes, 'what the measured memory bandwidth allows'),
      measure(`language, ${name}: tokens read a second`, tokensPerSecond.read, 'tokens/s', tokensPerSecond.write, 'tokens written a second')
    ]
  } finally {
    await causal.close()
  }
}

interface Counted {
  readonly what: string
  readonly read: number
  readonly plain: number
  readonly nats: number
}

/** Two lines of the person's, each with each option, by three words in six orders. */
async function cells(causal: Causal): Promise<Counted> {
  return await count(causal, 'lines and options', ['for', 'against', 'neutral'], async (model, scene) => {
    const rows = await createLanguageReader(model).verdicts({ ...scene, lines: scene.lines.map((text) => ({ text, context: '' })) }, calm)
    return rows.ok ? rows.value.flat().flatMap(({ upholds, violates, neutral }) => centred([upholds, violates, neutral].map(Math.log))) : []
  })
}

/** The options themselves under letters, in 24 orders. */
async function direct(causal: Causal): Promise<Counted> {
  return await count(causal, 'the choice asked straight out', ['A', 'B', 'C', 'D'], async (model, scene) => {
    const shares = await createComparer(model)(scene, calm)
    return shares.ok ? centred(shares.value.map(Math.log)) : []
  })
}

/**
 * All scenarios are read with shared beginnings. By the plain path the first few are, for the nats; its tokens over all follow from the prompts alone, and are
 * counted without reading them, by a count that is held to what was really read on both sides.
 */
async function count(causal: Causal, what: string, answers: readonly string[], ask: (model: Causal, scene: Scene) => Promise<readonly number[]>): Promise<Counted> {
  const [keeping, whole] = [counting(causal, true), counting(causal, false)]
  let [read, nats] = [0, 0]
  for (let round = 0; round < scenarios; round += 1) {
    const start = causal.count
    const shared = await ask(causal, sceneOf(round))
    read += causal.count - start
    await ask(keeping.model, sceneOf(round))
    const counted = whole.tokens()
    await ask(whole.model, sceneOf(round))
    if (round < readPlain) {
      const before = causal.count
      const apart = await ask({ ...causal, isPlain: false }, sceneOf(round))
      if (causal.count - before !== whole.tokens() - counted) throw new Error(`${what}: ${causal.count - before} tokens were read by the plain path, but ${whole.tokens() - counted} counted`)
      if (shared.length === 0 || shared.length !== apart.length) throw new Error(`${what}: the two paths gave ${shared.length} and ${apart.length} answers`)
      shared.forEach((value, at) => (nats = Math.max(nats, Math.abs(value - (apart[at] ?? Infinity)))))
    }
    if (round % 10 === 0) process.stderr.write(`${what}: ${round} of ${scenarios} scenarios\n`)
  }
  if (read !== keeping.tokens()) throw new Error(`${what}: ${read} tokens were read with shared beginnings, but ${keeping.tokens()} counted`)
  /* Where some answer has several tokens, it has a prompt of its own already. */
  const each = answers.every((answer) => causal.tokens(answer).length === 1) ? answers.length : 1
  return { what, read, plain: whole.tokens() * each, nats }
}

/** The same tokenizer without the weights: reads nothing, and counts what it is given to read. */
function counting(causal: Causal, isPlain: boolean): { readonly model: Causal; readonly tokens: () => number } {
  let tokens = 0
  return {
    model: {
      ...causal,
      isPlain,
      read: (given, past = null) => {
        tokens += given.length
        return Promise.resolve({ length: (past?.length ?? 0) + given.length, last: nothing, bytes: 0, layers: {} })
      },
      score: (_, blocks) => {
        tokens += blocks.reduce((sum, block) => sum + block.tokens.length, 0)
        return Promise.resolve({ ok: true, value: blocks.map(({ at }) => at.map(() => nothing)) })
      }
    },
    tokens: () => tokens
  }
}

const nothing = new Float32Array(1)

interface Scene {
  readonly situation: string
  readonly options: readonly string[]
  readonly lines: readonly string[]
}

function sceneOf(round: number): Scene {
  const who = ['a friend', 'your brother', 'a neighbour', 'a colleague', 'your mother'][round % 5]
  const what = ['money that you need yourself', 'help with moving house on the day of the exam', 'the truth about a letter', 'to keep a secret from the others'][round % 4]
  return {
    situation: `In week ${round} ${who} asks you for ${what}. You have promised something else for that day, and nobody can take your place.`,
    options: [`Say yes at once to ${who}.`, 'Say no, and say why.', 'Ask for a day to think it over.', 'Find somebody else who can do it.'],
    lines: ['PROMISES that I would make again today', `MOMENTS when ${who} has nobody else to ask`]
  }
}

/** Log-probabilities without what all have in common. */
function centred(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.map((value) => value - mean)
}

function measure(name: string, value: number, unit: string, reference: number, referenceName: string): Measurement {
  const round = (number: number): number => Number(number.toPrecision(6))
  return { name, value: round(value), unit, reference: round(reference), reference_name: referenceName, ratio: round(value / reference) }
}
