/**
 * The gate (shared/peer/gate/gate.ts) in a thread of its own, under a budget: whoever takes longer or more memory than that is cut
 * off, and the thread starts anew from the document. Nothing that a peer sends can hold up or bring down the program.
 *
 * Time is the thread's own, as the processor spent it: on a machine that is busy with other things an honest edit is slow, not
 * hostile.
 */
import { Worker } from 'node:worker_threads'
import { createGate, type Judgement, type Question, type Shown } from '../../../shared/peer/gate/gate.ts'

export interface Gatekeeper {
  /** Starts it before the first question: where one is sure to come, and big. */
  wake(): void
  follow(update: Uint8Array): void
  judge(question: Question): Promise<Judgement>
  show(update: Uint8Array): Promise<Shown>
  close(): Promise<void>
}

/** Milliseconds for each question, and more for each 64 KB begun; those by the clock on the wall, at the very most; megabytes of the thread's memory, old and young. */
const budget = { milliseconds: 1_000, perPart: 50, part: 64 * 1024, whole: 60_000, wall: 120_000, megabytes: 512, young: 96 } as const

export type GateRequest =
  | { readonly id: number; readonly kind: 'judge'; readonly question: Question }
  | { readonly id: number; readonly kind: 'show'; readonly update: Uint8Array }
  | { readonly id: 0; readonly kind: 'follow'; readonly update: Uint8Array }

export interface GateReply {
  /** 0: the thread is there. */
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
    wake: () => undefined,
    follow: (update) => gate.follow(update),
    judge: (question) => Promise.resolve(gate.judge(question)),
    show: (update) => Promise.resolve(gate.show(update)),
    close: () => Promise.resolve()
  }
}

/** `state` gives the whole document as it is now: asked for whenever the thread starts. */
export function createGatekeeper(state: () => Uint8Array, limits: { readonly milliseconds: number; readonly megabytes: number } = budget): Gatekeeper {
  let worker: Worker | null = null
  let ready: Promise<void> = Promise.resolve()
  let number = 0
  let isClosed = false
  const waiting = new Map<number, (reply: GateReply | null) => void>()

  function start(): Worker {
    const started = new Worker(new URL('./gateworker.ts', import.meta.url), { workerData: { state: state() }, resourceLimits: { maxOldGenerationSizeMb: limits.megabytes, maxYoungGenerationSizeMb: budget.young, stackSizeMb: 4 } })
    ready = new Promise((resolve) => {
      started.on('message', (reply: GateReply) => {
        if (reply.id === 0) resolve()
        else waiting.get(reply.id)?.(reply)
      })
    })
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
      const begun = performance.now()
      const before = ready.then(() => timeOf(asked))
      let timer = setTimeout(look, patience)
      function look(): void {
        void Promise.all([before, timeOf(asked)]).then(([from, to]) => {
          if (worker !== asked || !waiting.has(id)) return
          const spent = from === null || to === null ? 0 : to - from
          if (spent >= patience || performance.now() - begun > budget.wall + patience) stop()
          else timer = setTimeout(look, Math.max(20, patience - spent))
        })
      }
      /* A thread that does not even come up. */
      const last = setTimeout(() => {
        if (worker === asked) stop()
      }, budget.wall + patience)
      last.unref()
      waiting.set(id, (reply) => {
        clearTimeout(timer)
        clearTimeout(last)
        waiting.delete(id)
        if (waiting.size === 0) asked.unref()
        resolve(reply)
      })
      asked.postMessage({ id, ...request } satisfies GateRequest)
    })
  }
  const patienceFor = (bytes: number, whole: boolean): number => limits.milliseconds + Math.ceil(bytes / budget.part) * budget.perPart + (whole ? budget.whole : 0)

  return {
    wake() {
      if (!isClosed) worker ??= start()
    },
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

/** Milliseconds that the processor has spent on a thread; null where it is over, or the platform does not say. */
async function timeOf(worker: Worker): Promise<number | null> {
  try {
    const { user, system } = await worker.cpuUsage()
    return (user + system) / 1_000
  } catch {
    return null
  }
}
