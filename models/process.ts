/**
 * The model's own process: loads the weights once, answers questions one after another, and is not trusted to live. Started by
 * model.ts, under plain Node or by whatever host starts it; ends with its parent.
 */
import { hashOf } from '../shared/certificate.ts'
import { fail, type Problem, type Result } from '../shared/result.ts'
import { calibration } from './calibration.ts'
import { createEmbedder, type Embedder } from './embedder.ts'
import kinds from './kinds.json' with { type: 'json' }
import { readWeights, type Weights } from './manifest.ts'
import type { FromProcess, Question, ToProcess } from './messages.ts'
import { refuseNetwork } from './offline.ts'
import { loadEncoder } from './runtime.ts'
import scorerParameters from './scorer.json' with { type: 'json' }
import { createScorer, scorerVersion, type Scorer } from './scorer.ts'

/** The parent, whichever way it started us: a forked Node process, or Electron's utility process. */
interface Parent {
  send(message: FromProcess): void
  onMessage(listener: (message: ToProcess) => void): void
}

interface Loaded {
  readonly embedder: Embedder
  readonly scorer: Scorer
}

refuseNetwork()
const parent = findParent()
const stopped = new Set<number>()
let loaded: Loaded | null = null
let last: Promise<void> = Promise.resolve()

parent.onMessage((message) => {
  switch (message.kind) {
    case 'start':
      last = last.then(() => start(message.folder, message.name))
      break
    case 'ask':
      last = last.then(() => answer(message.number, message.question))
      break
    case 'stop':
      stopped.add(message.number)
      break
  }
})

async function start(folder: string, name: string): Promise<void> {
  const weights = await readWeights(folder, name)
  if (!weights.ok) return giveUp(weights.error)
  try {
    const embedder = createEmbedder(await loadEncoder(weights.value.folder))
    loaded = { embedder, scorer: createScorer(embedder) }
  } catch (error) {
    return giveUp({ kind: 'model', message: `the built-in model cannot be loaded (${reasonOf(error)})`, remedy: 'install the app again; everything but previews works without it' })
  }
  parent.send({ kind: 'ready', identity: { name, sha256: digestOf(weights.value) } })
}

async function answer(number: number, question: Question): Promise<void> {
  if (loaded === null) return
  const { embedder, scorer } = loaded
  const before = embedder.count
  const pulse = { isStopped: () => stopped.has(number), report: (share: number) => parent.send({ kind: 'progress', number, share }) }
  const result = await scorer.answer(question, pulse).catch((error: unknown): Result<never> => fail('model', `the model failed (${reasonOf(error)})`, 'try again'))
  stopped.delete(number)
  parent.send({ kind: 'answer', number, result, texts: embedder.count - before })
}

/** Over everything that an answer or a decision made from it depends on. */
function digestOf(weights: Weights): string {
  return hashOf({ weights: weights.hashes, calibration, kinds, scorer: scorerParameters, version: scorerVersion })
}

function giveUp(problem: Problem): void {
  parent.send({ kind: 'broken', problem })
}

function findParent(): Parent {
  const port = (process as { parentPort?: { postMessage(message: unknown): void; on(event: 'message', listener: (event: { data: unknown }) => void): void } }).parentPort
  if (port !== undefined) return { send: (message) => port.postMessage(message), onMessage: (listener) => port.on('message', (event) => listener(event.data as ToProcess)) }
  process.on('disconnect', () => process.exit(0))
  return { send: (message) => void process.send?.(message, () => {}), onMessage: (listener) => process.on('message', (message) => listener(message as ToProcess)) }
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 200) ?? ''
}
