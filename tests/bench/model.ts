/**
 * The model in its process against raw onnxruntime-node on the same tokens: a preview of one scenario with 20 cards of 4 lines
 * and 3 options, cold, and after one line of one card was edited; and how long it is away when it is killed.
 */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { startModel, type RunningModel } from '../../models/model.ts'
import { loadEncoder } from '../../models/runtime.ts'
import { cardText, wholeSituation } from '../../models/likeness.ts'
import { emptyGraph } from '../../shared/graph.ts'
import { readPreview } from '../../shared/preview.ts'
import type { Result } from '../../shared/result.ts'
import type { Measurement } from './run.ts'

const rounds = 9
const folder = fileURLToPath(new URL('../../models/weights/all-MiniLM-L6-v2', import.meta.url))

export async function benchModel(): Promise<readonly Measurement[]> {
  const encoder = await loadEncoder(folder)
  const threads = Math.min(4, availableParallelism())
  const session = await InferenceSession.create(`${folder}/onnx/model_quantized.onnx`, { intraOpNumThreads: threads, interOpNumThreads: 1, extra: { session: { intra_op: { allow_spinning: '0' } } } })
  const model = startModel()
  try {
    value(await model.evidence(request(file(-1))))
    const times: Record<'cold' | 'coldRaw' | 'edited' | 'editedRaw', number[]> = { cold: [], coldRaw: [], edited: [], editedRaw: [] }
    for (let round = 0; round < rounds; round += 1) {
      const [first, second] = [file(round), file(round, 'MORNINGS that nobody has asked me to account for')]
      const [before, after] = [request(first), request(second)]
      times.cold.push(await time(async () => value(await model.evidence(before))))
      times.coldRaw.push(await timeRaw(session, textsOf(first).map(encoder.tokens)))
      times.edited.push(await time(async () => value(await model.evidence(after))))
      const known = new Set(textsOf(first))
      times.editedRaw.push(await timeRaw(session, textsOf(second).filter((text) => !known.has(text)).map(encoder.tokens)))
    }
    const away = await timeRestart(model)
    return [
      measure('model: preview of 20 cards of 4 lines and 3 options, cold', median(times.cold), median(times.coldRaw), 'raw onnxruntime-node on the same tokens'),
      measure('model: the same after one line of one card was edited', median(times.edited), median(times.editedRaw), 'raw onnxruntime-node on the tokens that changed'),
      measure('model: killed, until it answers again', away, 2_000, 'the 2 s that are promised')
    ]
  } finally {
    await model.close()
  }
}

interface File {
  readonly situation: string
  readonly options: readonly string[]
  readonly cards: readonly { readonly title: string; readonly contexts: readonly string[]; readonly policies: readonly string[] }[]
}

/** Every text is another one in another round, so that nothing of it is known. */
function file(round: number, edited?: string): File {
  const things = ['a friend who is ill', 'work that is late', 'money lent to a brother', 'a neighbour at night', 'children who quarrel']
  return {
    situation: `In week ${round} you promised to help somebody move house, and now your mother asks you to come on the same day.`,
    options: ['Keep the promise', 'Go to your mother', 'Ask both to change the day'].map((option) => `${option}, in week ${round}.`),
    cards: Array.from({ length: 20 }, (_, card) => ({
      title: `Value ${card} of week ${round}`,
      contexts: [`when it is about ${things[card % 5]}, ${card} weeks before ${round}`],
      policies: Array.from({ length: 4 }, (_, line) => (card === 7 && line === 2 && edited !== undefined ? `${edited}, week ${round}` : `MOMENTS ${line} in week ${round} when ${things[(card + line) % 5]} needs more of me than I have, ${card}`))
    }))
  }
}

function request(preview: File) {
  return value(readPreview(preview, emptyGraph()))
}

/** What the model reads for it, each once. */
function textsOf(preview: File): readonly string[] {
  return [...new Set([wholeSituation(preview), preview.situation, ...preview.options, ...preview.cards.flatMap((card) => [cardText(card), ...card.contexts, ...card.policies])])]
}

/** All rows of one length in one call: nothing is padded, no call could be spared. */
async function timeRaw(session: InferenceSession, rows: readonly (readonly number[])[]): Promise<number> {
  const groups = [...Map.groupBy(rows, (row) => row.length).values()].map((group) => {
    const size = [group.length, (group[0]?.length ?? 0) + 2]
    const ids = BigInt64Array.from(group.flatMap((row) => [101, ...row, 102]).map(BigInt))
    const filled = (fill: bigint) => new Tensor('int64', new BigInt64Array(ids.length).fill(fill), size)
    return { input_ids: new Tensor('int64', ids, size), attention_mask: filled(1n), token_type_ids: filled(0n) }
  })
  return await time(async () => {
    for (const group of groups) await session.run(group)
  })
}

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

function measure(name: string, value: number, reference: number, referenceName: string): Measurement {
  const round = (number: number): number => Math.round(number * 1000) / 1000
  return { name, value: round(value), unit: 'ms', reference: round(reference), reference_name: referenceName, ratio: round(value / reference) }
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
