/**
 * How fast a language model is on this machine: tokens read and written a second, beside the memory bandwidth that one copy of a
 * large buffer reaches. Writing one word after another reads the weights once a token, so that bandwidth divided by their size is
 * about the most that can be had.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark } from '../../shared/ports.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Causal } from '../causal.ts'
import type { Pulse } from '../embedder.ts'
import { extend, type Beginning } from './choice.ts'

/** Takes some seconds; stopped between two steps: `cancelled`. `folder` is the model's own. */
export async function benchmark(causal: Causal, folder: string, about: Pick<Benchmark, 'model' | 'notes'>, pulse: Pulse): Promise<Result<Benchmark>> {
  const started = performance.now()
  const steps = copies + readings + writings
  let done = 0
  /** One step; the time it took in seconds, or null where it is to stop. */
  const step = async (work: () => Promise<unknown> | void): Promise<number | null> => {
    await new Promise(setImmediate)
    if (pulse.isStopped()) return null
    const start = performance.now()
    await work()
    done += 1
    pulse.report(done / steps)
    return (performance.now() - start) / 1000
  }

  const size = process.availableMemory() > 8 * largeBuffer ? largeBuffer : largeBuffer / 8
  const [from, to] = [new Float64Array(size / 8).fill(1), new Float64Array(size / 8)]
  let copied = Infinity
  for (let round = 0; round < copies; round += 1) {
    const seconds = await step(() => to.set(from))
    if (seconds === null) return cancelled()
    copied = Math.min(copied, seconds)
  }

  const text = causal.tokens('A person who pays attention to what matters reads a page and says what they would do, and why. ')
  const page = Array.from({ length: Math.min(pageTokens, causal.window - writings - 1) }, (_, at) => text[at % text.length] ?? 0)
  let [read, prompt]: [number, Beginning | null] = [Infinity, null]
  for (let round = 0; round < readings; round += 1) {
    const seconds = await step(async () => {
      /* Without a memory that can be kept, reading is all there is. */
      prompt = causal.isPlain ? await extend(causal, null, page) : { tokens: page, past: null }
      if (!causal.isPlain) await causal.score(null, [{ tokens: page, at: [page.length - 1] }])
    })
    if (seconds === null) return cancelled()
    read = Math.min(read, seconds)
  }

  let [written, at] = [0, prompt as Beginning | null]
  for (let token = 0; token < writings; token += 1) {
    const next: readonly number[] = [page[token] ?? 0]
    const seconds = await step(async () => {
      at = await extend(causal, at, next)
      if (!causal.isPlain) await causal.score(null, [{ tokens: at.tokens, at: [at.tokens.length - 1] }])
    })
    if (seconds === null) return cancelled()
    written += seconds
  }

  const memoryBandwidth = (2 * size) / copied
  const weightBytes = await bytesOf(folder, causal.file)
  const tokensPerSecond = { read: page.length / read, write: writings / written }
  return ok({ ...about, device: causal.device, tokensPerSecond, memoryBandwidth, weightBytes, share: tokensPerSecond.write / (memoryBandwidth / weightBytes), seconds: (performance.now() - started) / 1000 })
}

/** Bytes; larger than any processor's own memory. */
const largeBuffer = 128 * 1024 * 1024
/** The first pays for the pages. */
const copies = 5
const readings = 3
const writings = 24
const pageTokens = 256

/** Of the graph that runs, and of the weights beside it. */
async function bytesOf(folder: string, file: string): Promise<number> {
  const names = await readdir(join(folder, 'onnx'))
  const sizes = await Promise.all(names.filter((name) => name === file || name.startsWith(`${file}_data`)).map(async (name) => (await stat(join(folder, 'onnx', name))).size))
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

function cancelled(): Result<never> {
  return fail('cancelled', 'the job was stopped', 'ask again')
}
