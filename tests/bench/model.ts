/**
 * The model in its process against raw onnxruntime-node on the same tokens: a preview of one scenario with 20 cards of 4 lines
 * and 3 options, cold, and after one line of one card was edited; a thousand pairs of a line and an option; one short pair; and how
 * long it is away when it is killed. Both sides read what the other reads: prefixes once, blocks behind them, nothing twice.
 *
 * `STEWARD_MODELS` names another folder with manifest.json and weights/ than models/.
 */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Block, Causal, Past } from '../../models/causal.ts'
import { builtIn, reader } from '../../models/manifest.ts'
import { cardText, situatedOption, wholeSituation } from '../../models/likeness.ts'
import { startModel, type RunningModel } from '../../models/model.ts'
import { createReader, type Reading } from '../../models/reader.ts'
import { loadCausalSession, loadEncoder, type CausalSession } from '../../models/runtime.ts'
import { emptyGraph } from '../../shared/graph.ts'
import type { PairRequest } from '../../shared/ports.ts'
import { readPreview } from '../../shared/decision/preview.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Measurement } from './run.ts'

const rounds = 5
const pairCount = 1_000
export const modelsFolder = process.env['STEWARD_MODELS'] ?? fileURLToPath(new URL('../../models/', import.meta.url))
const threads = { intraOpNumThreads: Math.min(4, availableParallelism()), interOpNumThreads: 1, extra: { session: { intra_op: { allow_spinning: '0' } } } }

export async function benchModel(): Promise<readonly Measurement[]> {
  const raw = await openRaw()
  let tokens = 0
  const model = startModel({ folder: modelsFolder, onRead: (_, read) => (tokens = read) })
  try {
    value(await model.evidence(request(file(-1))))
    const times: Record<'cold' | 'coldRaw' | 'edited' | 'editedRaw', number[]> = { cold: [], coldRaw: [], edited: [], editedRaw: [] }
    for (let round = 0; round < rounds; round += 1) {
      const [first, second] = [file(round), file(round, 'MORNINGS that nobody has asked me to account for')]
      times.cold.push(await time(async () => value(await model.evidence(request(first)))))
      const cold = tokens
      times.edited.push(await time(async () => value(await model.evidence(request(second)))))
      const known = new Set(textsOf(first))
      const steps = await raw.stepsOf([readingOf(first)], [readingOf(second)])
      const same = (steps[0] ?? []).reduce((sum, { rows }) => sum + rows.flat().length, 0)
      if (existsSync(join(modelsFolder, 'weights', reader)) && cold !== same) throw new Error(`the model read ${cold} tokens, and raw onnxruntime-node ${same}`)
      times.coldRaw.push(await raw.time(textsOf(first), steps[0] ?? []))
      times.editedRaw.push(await raw.time(textsOf(second).filter((text) => !known.has(text)), steps[1] ?? []))
    }
    const requests = pairsOf(pairCount)
    const many = await time(async () => value(await model.pairs(requests)))
    const [steps = []] = await raw.stepsOf(readingsOf(requests))
    const manyRaw = await raw.time(pairTexts(requests), steps)
    const [single, singleRaw, again]: [number[], number[], number[]] = [[], [], []]
    for (const [at, one] of pairsOf(4 * 30, 'a').entries()) {
      /* Each with an option of its own. */
      const short = { value: one.value.slice(0, 20), option: `${at}${one.option.slice(0, 20)}` }
      const [own = []] = await raw.stepsOf(readingsOf([short]))
      single.push(await time(async () => value(await model.pairs([short]))))
      singleRaw.push(await raw.time(pairTexts([short]), own))
      again.push(await time(async () => value(await model.pairs([short]))))
    }
    const away = await timeRestart(model)
    return [
      measure('model: preview of 20 cards of 4 lines and 3 options, cold', median(times.cold), median(times.coldRaw), 'raw onnxruntime-node on the same tokens'),
      measure('model: the same after one line of one card was edited', median(times.edited), median(times.editedRaw), 'raw onnxruntime-node on the tokens that changed'),
      measure(`model: ${pairCount} pairs of a line and an option`, many, manyRaw, 'raw onnxruntime-node on the same tokens'),
      measure('model: one short pair', median(single), 5, 'the 5 ms that are wished for'),
      measure('model: the same pair', median(single), median(singleRaw), 'raw onnxruntime-node on the same tokens'),
      measure('model: the same pair asked again', median(again), 5, 'the 5 ms that are wished for'),
      measure('model: killed, until it answers again', away, 2_000, 'the 2 s that are promised')
    ]
  } finally {
    await model.close()
    await raw.close()
  }
}

// ---- the same tokens, without us --------------------------------------------------------------------------------------

/** One run of the reader's graph: rows of equal length behind the past that an earlier step left. */
interface Step {
  readonly rows: readonly (readonly number[])[]
  /** Index of an earlier step. */
  readonly behind: number | null
  /** Later steps go on from here. */
  readonly isKept: boolean
}

interface Raw {
  /** What the reader runs for each list of readings, one list after another. */
  stepsOf(...lists: readonly (readonly Reading[])[]): Promise<readonly (readonly Step[])[]>
  /** Milliseconds for the encoder on these texts and the reader on these steps. */
  time(texts: readonly string[], steps: readonly Step[]): Promise<number>
  close(): Promise<void>
}

async function openRaw(): Promise<Raw> {
  const encoder = await loadEncoder(join(modelsFolder, 'weights', builtIn))
  const encoding = await InferenceSession.create(join(modelsFolder, 'weights', builtIn, 'onnx', 'model_quantized.onnx'), threads)
  const folder = join(modelsFolder, 'weights', reader)
  const words = existsSync(folder) ? await loadCausalSession(folder) : null
  const reading = words === null ? null : await InferenceSession.create(join(folder, 'onnx', words.file), { ...threads, intraOpNumThreads: Math.min(8, availableParallelism()) })
  const steps: Step[] = []
  const recorder = words === null ? null : createReader(recording(words, steps))
  return {
    stepsOf: async (...lists) => {
      const found: Step[][] = []
      for (const list of lists) {
        const start = steps.length
        for (const one of list) value((await recorder?.verdicts(one, { isStopped: () => false, report: () => {} })) ?? ok([]))
        found.push(steps.slice(start))
      }
      return found
    },
    time: async (texts, some) => {
      const groups = [...Map.groupBy(texts.map(encoder.tokens).filter(({ length }) => length > 0), (row) => row.length).values()].map((group) => {
        const size = [group.length, (group[0]?.length ?? 0) + 2]
        const ids = BigInt64Array.from(group.flatMap((row) => [101, ...row, 102]).map(BigInt))
        const filled = (fill: bigint) => new Tensor('int64', new BigInt64Array(ids.length).fill(fill), size)
        return { input_ids: new Tensor('int64', ids, size), attention_mask: filled(1n), token_type_ids: filled(0n) }
      })
      const pasts = await pastsFor(reading, steps, some)
      return await time(async () => {
        for (const group of groups) await encoding.run(group)
        if (reading !== null) for (const step of some) await runStep(reading, step, steps.indexOf(step), pasts)
      })
    },
    close: async () => {
      await words?.close()
      await reading?.release()
      await encoding.release()
    }
  }
}

type Pasts = Map<number, { readonly length: number; readonly layers: Readonly<Record<string, Tensor>> }>

/** The pasts that some steps go on from and that none of them makes. */
async function pastsFor(session: InferenceSession | null, all: readonly Step[], some: readonly Step[]): Promise<Pasts> {
  const pasts: Pasts = new Map()
  const wanted = new Set(some)
  const make = async (index: number): Promise<void> => {
    const step = all[index]
    if (session === null || step === undefined || pasts.has(index)) return
    if (step.behind !== null) await make(step.behind)
    await runStep(session, step, index, pasts)
  }
  for (const { behind } of some) if (behind !== null && !wanted.has(all[behind] as Step)) await make(behind)
  return pasts
}

async function runStep(session: InferenceSession, { rows, behind, isKept }: Step, index: number, pasts: Pasts): Promise<void> {
  const [size, length] = [rows.length, rows[0]?.length ?? 0]
  const past = behind === null ? undefined : pasts.get(behind)
  const start = past?.length ?? 0
  const ints = (values: readonly number[], shape: readonly number[]): Tensor => new Tensor('int64', BigInt64Array.from(values, BigInt), shape)
  const feed: Record<string, Tensor> = {
    input_ids: ints(rows.flat(), [size, length]),
    attention_mask: ints(Array.from({ length: size * (start + length) }, () => 1), [size, start + length]),
    position_ids: ints(rows.flatMap((row) => row.map((_, at) => start + at)), [size, length])
  }
  for (const meta of session.inputMetadata) {
    if (!meta.name.startsWith('past') || !meta.isTensor) continue
    const [, heads, , width] = meta.shape
    feed[meta.name] = past?.layers[meta.name] ?? new Tensor('float32', new Float32Array(0), [1, Number(heads), 0, Number(width)])
  }
  const outputs = session.outputNames.filter((name) => name === 'logits' || isKept)
  const found = await session.run(feed, outputs)
  if (isKept) pasts.set(index, { length: start + length, layers: Object.fromEntries(outputs.filter((name) => name !== 'logits').map((name) => [name.replace('present', 'past_key_values'), found[name] as Tensor])) })
}

/** Notes what is asked of it, and answers nothing in particular. */
function recording(session: CausalSession, steps: Step[]): Causal {
  const places = new Map<Past, number>()
  return {
    config: session.config, file: session.file, device: session.device, isPlain: true, window: 2_048, specials: [], count: 0,
    tokens: session.tokens, text: session.text, chatText: () => null, close: async () => {},
    read: async (tokens, past = null) => {
      const made: Past = { length: (past?.length ?? 0) + tokens.length, last: new Float32Array(3), bytes: 46_080 * tokens.length, layers: {} }
      places.set(made, steps.push({ rows: [tokens], behind: past === null ? null : (places.get(past) ?? null), isKept: true }) - 1)
      return made
    },
    score: async (past, blocks) => {
      for (const group of Map.groupBy(blocks, ({ tokens }: Block) => tokens.length).values()) steps.push({ rows: group.map(({ tokens }) => tokens), behind: past === null ? null : (places.get(past) ?? null), isKept: false })
      return ok(blocks.map(({ at }) => at.map(() => new Float32Array(3))))
    }
  }
}

// ---- what is asked ----------------------------------------------------------------------------------------------------

interface File {
  readonly situation: string
  readonly options: readonly string[]
  readonly cards: readonly { readonly title: string; readonly contexts: readonly string[]; readonly policies: readonly string[] }[]
}

const things = ['a friend who is ill', 'work that is late', 'money lent to a brother', 'a neighbour at night', 'children who quarrel']

/** Every text is another one in another round, so that nothing of it is known. */
function file(round: number, edited?: string): File {
  return {
    situation: `In week ${round} you promised to help somebody move house, and now your mother asks you to come on the same day.`,
    options: ['Keep the promise', 'Go to your mother', 'Ask both to change the day'].map((option) => `${option}, in week ${round}.`),
    cards: Array.from({ length: 20 }, (_, card) => ({
      title: `Value ${card} of week ${round}`,
      /* Near enough to the situation that no card is passed over unread. */
      contexts: [`when a promise and my mother ask for the same day, because of ${things[card % 5]}, ${card} weeks before ${round}`],
      policies: Array.from({ length: 4 }, (_, line) => (card === 7 && line === 2 && edited !== undefined ? `${edited}, week ${round}` : `MOMENTS ${line} in week ${round} when ${things[(card + line) % 5]} needs more of me than I have, ${card}`))
    }))
  }
}

/** Four lines for each option. */
function pairsOf(count: number, mark = ''): readonly PairRequest[] {
  return Array.from({ length: count }, (_, at) => ({ value: `${mark}${at} times care for ${things[at % 5]}`, option: `${mark}${Math.floor(at / 4)}: leave ${things[Math.floor(at / 4) % 5]} alone for a day.` }))
}

function request(preview: File) {
  return value(readPreview(preview, emptyGraph()))
}

/** What the encoder reads for it, each once. */
function textsOf(preview: File): readonly string[] {
  return [...new Set([wholeSituation(preview), preview.situation, ...preview.options, ...preview.cards.flatMap((card) => [cardText(card), ...card.contexts, ...card.policies])])]
}

/** What the encoder reads for pairs: nothing where there is a reader. */
function pairTexts(requests: readonly PairRequest[]): readonly string[] {
  return existsSync(join(modelsFolder, 'weights', reader)) ? [] : [...new Set(requests.flatMap((one) => [one.value, one.option, ...situatedOption(one)]))]
}

/** Each line is read with the context of its card, of which there is one. */
function readingOf({ situation, options, cards }: File): Reading {
  return { situation, options, lines: cards.flatMap(({ contexts: [context = ''], policies }) => policies.map((text) => ({ text, context }))) }
}

function readingsOf(requests: readonly PairRequest[]): readonly Reading[] {
  return [...Map.groupBy(requests, ({ option }) => option)].map(([option, group]) => ({ situation: '', options: [option], lines: group.map((one) => ({ text: one.value, context: '' })) }))
}

// ---- time -------------------------------------------------------------------------------------------------------------

async function timeRestart(model: RunningModel): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 3; round += 1) {
    value(await model.identity())
    times.push(await time(async () => {
      const { pid } = model
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      while (model.pid === pid) await new Promise((resolve) => setTimeout(resolve, 1))
      value(await model.rank('a', ['b']))
    }))
  }
  return median(times)
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}

export function measure(name: string, value: number, reference: number, referenceName: string, unit = 'ms'): Measurement {
  const round = (number: number): number => Math.round(number * 1000) / 1000
  return { name, value: round(value), unit, reference: round(reference), reference_name: referenceName, ratio: round(value / reference) }
}

export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
