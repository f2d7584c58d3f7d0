/**
 * The model's own process: loads the weights once (the encoder, and who sits in the reader's seat), answers questions one after
 * another, and is not trusted to live. Started by model.ts, under plain Node or by whatever host starts it; ends with its parent.
 */
import { hash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { canonical } from '../shared/decision/certificate.ts'
import { fail, type Problem, type Result } from '../shared/result.ts'
import { calibration } from './calibration.ts'
import { loadCausal, type Causal } from './causal.ts'
import { createEmbedder, type Embedder } from './embedder.ts'
import { readInstalled, type Installed } from './installed.ts'
import concern from './concern.json' with { type: 'json' }
import kinds from './kinds.json' with { type: 'json' }
import { benchmark } from './language/benchmark.ts'
import { openLanguageModel } from './language/devices.ts'
import { createLanguageReader, languageVersion } from './language/seat.ts'
import { createWordWriter, type WordsPulse } from './language/words.ts'
import { builtIn, reader, readWeights, type Weights } from './manifest.ts'
import type { Answers, FromProcess, LanguageQuestion, Question, ToProcess } from './messages.ts'
import { refuseNetwork } from './offline.ts'
import { loadEncoder } from './runtime.ts'
import retrieval from './retrieval.json' with { type: 'json' }
import scorerParameters from './scorer.json' with { type: 'json' }
import { createReader } from './reader.ts'
import { createScorer, scorerVersion, type Scorer } from './scorer.ts'

/** The parent, whichever way it started us: a forked Node process, or Electron's utility process. */
interface Parent {
  send(message: FromProcess): void
  onMessage(listener: (message: ToProcess) => void): void
}

interface Loaded {
  readonly embedder: Embedder
  /** null: likeness has to do. */
  readonly causal: Causal | null
  readonly scorer: Scorer
  /** null: there is likeness alone. */
  readonly language: ((question: LanguageQuestion, pulse: WordsPulse) => Promise<Result<Answers[LanguageQuestion['kind']]>>) | null
}

/** Of the weights' size, what it takes to load and use them. */
const memoryShare = 2.5
/** Tokens that the built-in reader reads at once: well under a second on two cores, at whose end a job can be stopped. */
const batchTokens = 256

/** Where memory is short: the built-in model is neither loaded nor read through before something is asked of it. */
const waits = process.env['VALUES_STEWARD_MODEL'] === 'when-asked'

refuseNetwork()
const parent = findParent()
const stopped = new Set<number>()
/** Null from it: it could not be loaded, and that was said. */
let loaded: (() => Promise<Loaded | null>) | null = null
/** What the seat runs on; another device may answer otherwise in the last digits. */
let device = 'cpu'
let last: Promise<void> = Promise.resolve()

parent.onMessage((message) => {
  switch (message.kind) {
    case 'start':
      last = last.then(() => start(message))
      break
    case 'ask':
      last = last.then(() => answer(message.number, message.question))
      break
    case 'stop':
      stopped.add(message.number)
      break
  }
})

async function start({ folder, name, base, isCautious }: Extract<ToProcess, { kind: 'start' }>): Promise<void> {
  const own = name === builtIn
  const isLater = own && waits
  const by = isLater ? 'size' : 'content'
  const encoder = await readWeights(base, builtIn, by, alive)
  if (!encoder.ok) return giveUp(encoder.error)
  /* A name without a folder of its own is looked for among what came with the app. */
  const seat = own || folder === base ? await readWeights(base, own ? reader : name, by, alive) : await readInstalled(folder, alive)
  /* A manifest without a reader is one of the encoder alone. */
  if (!seat.ok && !(own && seat.error.kind === 'not-found')) return giveUp(seat.error)
  const weights = seat.ok ? [encoder.value, seat.value] : [encoder.value]
  alive()
  const memory = await shortOfMemory(weights)
  if (memory !== null) return giveUp(memory)
  const open = async (): Promise<Loaded | null> => {
    for (const { name } of isLater ? weights : []) {
      const whole = await readWeights(base, name, 'content', alive)
      if (!whole.ok) {
        giveUp(whole.error)
        return null
      }
      alive()
    }
    try {
      const embedder = createEmbedder(await loadEncoder(encoder.value.folder))
      alive()
      const opened = !seat.ok ? null : own ? { causal: await loadCausal(seat.value.folder, { batchTokens }), notes: [] } : await openLanguageModel(seat.value.folder, { isCautious, dtype: (seat.value as Installed).record.dtype })
      const causal = opened?.causal ?? null
      device = causal?.device ?? 'cpu'
      return {
        embedder,
        causal,
        scorer: createScorer(embedder, causal === null ? null : own ? { kind: 'trained', reader: createReader(causal) } : { kind: 'language', reader: createLanguageReader(causal) }),
        language: causal === null || !seat.ok ? null : languageOf(causal, own, seat.value.folder, { model: own ? reader : name, notes: opened?.notes ?? [] })
      }
    } catch (error) {
      giveUp({ kind: 'model', message: `${own ? 'the built-in model' : `the model ${name}`} cannot be loaded (${reasonOf(error)})`, remedy: own ? 'install the app again; everything but previews works without it' : 'remove it and install it again, or choose another one' })
      return null
    }
  }
  let first: Promise<Loaded | null> | null = null
  loaded = () => (first ??= open())
  /* What the built-in one is, its whole files say; of another, that it can be loaded at all has to be seen. */
  if (!isLater && (await loaded()) === null) return
  parent.send({ kind: 'ready', identity: { name: own && seat.ok ? `${builtIn} + ${reader}` : name, sha256: digestOf(weights, own) }, writes: seat.ok && !own })
}

/** A sign of life between two steps that may take long on a slow or busy machine; of no job. */
function alive(): void {
  parent.send({ kind: 'progress', number: 0, share: 0 })
}

async function answer(number: number, question: Question): Promise<void> {
  const here = (await loaded?.()) ?? null
  if (here === null) return
  const { embedder, causal, scorer, language } = here
  const before = { texts: embedder.count, tokens: causal?.count ?? 0 }
  let told = 0
  const pulse = {
    isStopped: () => stopped.has(number),
    report: (share: number) => parent.send({ kind: 'progress', number, share: (told = share) }),
    tell: (words: string) => parent.send({ kind: 'progress', number, share: told, words })
  }
  const asked = question.kind === 'write' || question.kind === 'benchmark' ? (language === null ? Promise.resolve(writesNothing()) : language(question, pulse)) : scorer.answer(question, pulse)
  const result = await asked.catch((error: unknown): Result<never> => fail('model', `the model failed (${reasonOf(error)})`, 'try again'))
  stopped.delete(number)
  parent.send({ kind: 'answer', number, result, texts: embedder.count - before.texts, tokens: (causal?.count ?? 0) - before.tokens })
}

/** What a language model can do beside reading; the built-in one can be measured, and writes nothing. */
function languageOf(causal: Causal, own: boolean, folder: string, about: { readonly model: string; readonly notes: readonly string[] }): NonNullable<Loaded['language']> {
  const words = own ? null : createWordWriter(causal)
  return async (question, pulse) => (question.kind === 'benchmark' ? await benchmark(causal, folder, about, pulse) : words === null ? writesNothing() : await words.write(question.task, question.seed, pulse))
}

function writesNothing(): Result<never> {
  return fail('model', 'the built-in model writes no words', 'choose a local language model in Settings')
}

/** Over everything that an answer or a decision made from it depends on. */
function digestOf(weights: readonly Weights[], own: boolean): string {
  return hash('sha256', canonical({ weights: weights.flatMap(({ hashes }) => hashes), calibration, concern, kinds, retrieval, scorer: scorerParameters, version: scorerVersion, ...(own ? {} : { language: languageVersion, device }) }))
}

/** Loading more than there is room for would end this process, or the one beside it, without a word. */
async function shortOfMemory(weights: readonly Weights[]): Promise<Problem | null> {
  let bytes = 0
  for (const { folder } of weights) for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) if (file.isFile()) bytes += (await stat(join(file.parentPath, file.name))).size
  const [needed, free] = [bytes * memoryShare, process.availableMemory()]
  const inMegabytes = (amount: number): string => `${Math.round(amount / 1e6)} MB`
  return free >= needed ? null : { kind: 'model', message: `there is too little memory for the model: it needs about ${inMegabytes(needed)}, and ${inMegabytes(free)} are free`, remedy: 'close other programs and try again; everything but previews works without it' }
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
