/**
 * The gate (shared/peer/gate.ts) in a thread of its own, under a budget: whoever takes longer or more memory than that is cut
 * off, and the thread starts anew from the document. Nothing that a peer sends can hold up or bring down the program.
 */
import { Worker } from 'node:worker_threads'
import { createGate, type Judgement, type Question, type Shown } from '../../shared/peer/gate.ts'

export interface Gatekeeper {
  follow(update: Uint8Array): void
  judge(question: Question): Promise<Judgement>
  show(update: Uint8Array): Promise<Shown>
  close(): Promise<void>
}

/** Milliseconds for each question, and more for each 64 KB begun; megabytes of the thread's memory. */
export const budget = { milliseconds: 2_000, perPart: 50, part: 64 * 1024, whole: 60_000, megabytes: 512 } as const

export type GateRequest =
  | { readonly id: number; readonly kind: 'judge'; readonly question: Question }
  | { readonly id: number; readonly kind: 'show'; readonly update: Uint8Array }
  | { readonly id: 0; readonly kind: 'follow'; readonly update: Uint8Array }

export interface GateReply {
  readonly id: number
  readonly judgement?: Judgement
  readonly shown?: Shown
}

const overwhelming: Judgement = { kind: 'unsound', reason: 'overwhelming', detail: 'taking it in would have cost more time or memory than any honest edit' }
const nothingShown: Shown = { added: 0, changed: 0, removed: 0, lines: [] }

/** In this thread, without a budget: for tests of many devices at once. */
export function createLocalGatekeeper(state: () => Uint8Array): Gatekeeper {
  const gate = createGate(state())
  return {
    follow: (update) => gate.follow(update),
    judge: (question) => Promise.resolve(gate.judge(question)),
    show: (update) => Promise.resolve(gate.show(update)),
    close: () => Promise.resolve()
  }
}

/** `state` gives the whole document as it is now: asked for whenever the thread starts. */
export function createGatekeeper(state: () => Uint8Array, limits: { readonly milliseconds: number; readonly megabytes: number } = budget): Gatekeeper {
  let worker: Worker | null = null
  let number = 0
  let isClosed = false
  const waiting = new Map<number, (reply: GateReply | null) => void>()

  function start(): Worker {
    const started = new Worker(new URL('./gateworker.ts', import.meta.url), { workerData: { state: state() }, resourceLimits: { maxOldGenerationSizeMb: limits.megabytes, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 } })
    started.on('message', (reply: GateReply) => waiting.get(reply.id)?.(reply))
    const end = (): void => {
      if (worker === started) stop()
    }
    started.on('error', end)
    started.on('exit', end)
    started.unref()
    return started
  }
  /** All that waits is answered with null. */
  function stop(): void {
    const ended = worker
    worker = null
    for (const tell of [...waiting.values()]) tell(null)
    void ended?.terminate()
  }
  function ask(request: { readonly kind: 'judge'; readonly question: Question } | { readonly kind: 'show'; readonly update: Uint8Array }, patience: number): Promise<GateReply | null> {
    if (isClosed) return Promise.resolve(null)
    worker ??= start()
    const asked = worker
    number += 1
    const id = number
    asked.ref()
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (worker === asked) stop()
      }, patience)
      waiting.set(id, (reply) => {
        clearTimeout(timer)
        waiting.delete(id)
        if (waiting.size === 0) asked.unref()
        resolve(reply)
      })
      asked.postMessage({ id, ...request } satisfies GateRequest)
    })
  }
  const patienceFor = (bytes: number, whole: boolean): number => limits.milliseconds + Math.ceil(bytes / budget.part) * budget.perPart + (whole ? budget.whole : 0)

  return {
    follow(update) {
      worker?.postMessage({ id: 0, kind: 'follow', update } satisfies GateRequest)
    },
    async judge(question) {
      const reply = await ask({ kind: 'judge', question }, patienceFor(question.update.length, question.whole))
      return reply?.judgement ?? overwhelming
    },
    async show(update) {
      const reply = await ask({ kind: 'show', update }, patienceFor(update.length, false))
      return reply?.shown ?? nothingShown
    },
    async close() {
      isClosed = true
      const ended = worker
      stop()
      await ended?.terminate()
    }
  }
}
