/**
 * The Model port (M1–M8 of shared/ports.ts) over a process of its own, which may die at any time: it is started in the
 * background, started again when it dies, killed when it gives no sign of life, and asked once more what it left unanswered.
 *
 * Invariants: no call rejects; a job that two processes died on is answered with a problem, not tried a third time; weights
 * that are missing or damaged make every call a problem that says so, and each later call looks again. Leaves out how a
 * process is started: a forked Node process here, whatever `host` gives elsewhere.
 */
import { fileURLToPath } from 'node:url'
import { keysOf, recordOf, valuesOf } from '../shared/graph.ts'
import type { ModelState } from '../shared/ipc.ts'
import type { Benchmark, EvidenceRequest, Job, Model, Writer, WritingJob, WritingTask, Written } from '../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../shared/result.ts'
import type { Card, CardId, ContextId, Evidence, Graph, ModelIdentity, NormId, PolicyId } from '../shared/schema.ts'
import { forkProcess, type ProcessHost } from './fork.ts'
import { builtIn } from './manifest.ts'
import type { Answers, AnswerTo, FromProcess, Question, Scores, ToProcess } from './messages.ts'

export { calibration } from './calibration.ts'

/** A process that runs process.ts. */
export type ModelHost = ProcessHost<ToProcess, FromProcess>

export interface ModelOptions {
  /** Who sits in the reader's seat; without it, the built-in reader. */
  readonly name?: string
  /** Its own folder (installed.ts); of the built-in one, the folder with manifest.json and weights/. */
  readonly folder?: string
  /** The folder with manifest.json and weights/, where another model than the built-in one is named. */
  readonly base?: string
  readonly onState?: (state: ModelState) => void
  /** Starts a process of `entry`; else one is forked. */
  readonly host?: (entry: URL) => ModelHost
  /** Milliseconds without a sign of life, a job being under way, after which the process is killed. */
  readonly patience?: number
  /** After each job: what had to be read for it, texts by the encoder and tokens by the reader. */
  readonly onRead?: (texts: number, tokens: number) => void
}

export interface RunningModel extends Model, Writer {
  /** Of a local language model; some seconds. */
  benchmark(job?: Job): Promise<Result<Benchmark>>
  readonly state: ModelState
  /** Of the process that runs now; undefined without one. */
  readonly pid: number | undefined
}

/** Returns at once; loading goes on in the background, and calls wait for it. */
export function startModel(options: ModelOptions = {}): RunningModel {
  return new Supervisor(options)
}

/** What the model's process is asked for a request. */
export function evidenceQuestion({ graph, scenario }: EvidenceRequest): Extract<Question, { kind: 'evidence' }> {
  return {
    kind: 'evidence',
    situation: scenario.situation,
    options: scenario.options,
    cards: endorsedOf(graph).map((card) => ({
      title: card.title,
      contexts: card.contexts.map((context) => graph.contexts[context]?.text ?? ''),
      policies: card.policies.map((policy) => policy.text)
    })),
    contexts: keysOf(graph.contexts).map((context) => graph.contexts[context]?.text ?? ''),
    norms: valuesOf(graph.norms).map((norm) => ({ text: norm.text, isProhibition: norm.force === 'prohibition' }))
  }
}

/** The answer to `evidenceQuestion(request)`, by id. */
export function evidenceFrom({ graph }: EvidenceRequest, scores: Scores, model: ModelIdentity): Evidence {
  const cards = endorsedOf(graph)
  const [contexts, norms] = [keysOf(graph.contexts), valuesOf(graph.norms)]
  return {
    model,
    relevance: recordOf<CardId, number>(new Map(cards.map((card, at) => [card.id, scores.cards[at]?.relevance ?? 0]))),
    contexts: recordOf<ContextId, number>(new Map(contexts.map((context, at) => [context, scores.contexts[at] ?? 0]))),
    support: recordOf<PolicyId, number[]>(new Map(cards.flatMap((card, at) => card.policies.map((policy, line) => [policy.id, rowOf(scores.cards[at]?.support[line])] as const)))),
    norms: recordOf<NormId, number[]>(new Map(norms.map((norm, at) => [norm.id, rowOf(scores.norms[at])]))),
    ...(scores.notes.length === 0 ? {} : { notes: [...scores.notes] })
  }
}

/** A process that died this often in a row without an answer in between is not started again until the next call. */
const mostDeaths = 3
const attempts = 2

interface Waiting {
  readonly number: number
  readonly question: Question | null
  readonly job: WritingJob
  readonly settle: (result: Result<Answers[Question['kind']] | null>) => void
  attempt: number
  share: number
}

class Supervisor implements RunningModel {
  state: ModelState = { kind: 'loading' }
  private host: ModelHost | null = null
  /** What the last process that got ready said it is. */
  private known: ModelIdentity | null = null
  private readonly options: ModelOptions
  /** In the order asked; the process answers in the same. */
  private readonly waiting = new Map<number, Waiting>()
  private last = 0
  private deaths = 0
  /** A process ended by itself: the next one takes no other device than the processor. */
  private isCautious = false
  private isClosed = false
  private watchdog: NodeJS.Timeout | null = null

  constructor(options: ModelOptions) {
    this.options = options
    this.launch()
  }

  get pid(): number | undefined {
    return this.host?.pid
  }

  async identity(): Promise<Result<ModelIdentity>> {
    const ready = await this.ask(null, {})
    if (!ready.ok) return ready
    return this.known === null ? lost() : ok(this.known)
  }

  async evidence(request: EvidenceRequest, job: Job = {}): Promise<Result<Evidence>> {
    const scores = await this.ask(evidenceQuestion(request), job)
    if (!scores.ok) return scores
    return this.known === null ? lost() : ok(evidenceFrom(request, scores.value, this.known))
  }

  pairs(requests: Parameters<Model['pairs']>[0], job: Job = {}): Promise<Result<AnswerTo<'pairs'>>> {
    return this.ask({ kind: 'pairs', requests }, job)
  }

  rank(query: string, candidates: readonly string[], job: Job = {}): Promise<Result<AnswerTo<'rank'>>> {
    return this.ask({ kind: 'rank', query, candidates }, job)
  }

  kinds(lines: readonly string[], job: Job = {}): Promise<Result<AnswerTo<'kinds'>>> {
    return this.ask({ kind: 'kinds', lines }, job)
  }

  async write(task: WritingTask, job: WritingJob = {}): Promise<Result<Written>> {
    const words = await this.ask({ kind: 'write', task, seed: job.seed ?? 0 }, job)
    if (!words.ok) return words
    return this.known === null ? lost() : ok({ ...words.value, author: { kind: 'model', name: this.known.name, acceptedAt: null } })
  }

  benchmark(job: Job = {}): Promise<Result<Benchmark>> {
    return this.ask({ kind: 'benchmark' }, job)
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    const { host } = this
    for (const waiting of [...this.waiting.values()]) this.settle(waiting, closed())
    if (host === null) return
    await new Promise<void>((resolve) => {
      host.onExit(resolve)
      host.kill()
    })
  }

  // ---- jobs ---------------------------------------------------------------------------------------------------------

  private ask<Kind extends Question['kind']>(question: Extract<Question, { kind: Kind }>, job: WritingJob): Promise<Result<AnswerTo<Kind>>>
  private ask(question: null, job: Job): Promise<Result<null>>
  private ask(question: Question | null, job: WritingJob): Promise<Result<Answers[Question['kind']] | null>> {
    return new Promise((resolve) => {
      if (this.isClosed) return resolve(closed())
      if (job.signal?.aborted === true) return resolve(cancelled())
      const number = (this.last += 1)
      const onAbort = (): void => {
        const waiting = this.waiting.get(number)
        if (waiting === undefined) return
        if (this.state.kind === 'ready') this.host?.send({ kind: 'stop', number })
        this.settle(waiting, cancelled())
      }
      const settle = (result: Result<Answers[Question['kind']] | null>): void => {
        job.signal?.removeEventListener('abort', onAbort)
        resolve(result)
      }
      job.signal?.addEventListener('abort', onAbort)
      const waiting: Waiting = { number, question, job, settle, attempt: 0, share: 0 }
      this.waiting.set(number, waiting)
      if (this.state.kind === 'ready') this.give(waiting)
      else if (this.host === null) this.launch()
    })
  }

  /** To a process that is ready. */
  private give(waiting: Waiting): void {
    waiting.attempt += 1
    if (waiting.question === null) return this.settle(waiting, ok(null))
    report(waiting, 0)
    this.host?.send({ kind: 'ask', number: waiting.number, question: waiting.question })
    this.watch()
  }

  private settle(waiting: Waiting, result: Result<Answers[Question['kind']] | null>): void {
    if (!this.waiting.delete(waiting.number)) return
    waiting.settle(result)
    this.watch()
  }

  // ---- the process --------------------------------------------------------------------------------------------------

  private launch(): void {
    const entry = new URL('./process.ts', import.meta.url)
    const host = this.options.host?.(entry) ?? forkProcess<ToProcess, FromProcess>(entry)
    this.host = host
    host.onMessage((message) => {
      if (this.host === host) this.hear(message)
    })
    host.onExit(() => {
      if (this.host === host) this.bury()
    })
    const { name = builtIn, folder = fileURLToPath(new URL('.', import.meta.url)), base = name === builtIn ? folder : fileURLToPath(new URL('.', import.meta.url)) } = this.options
    host.send({ kind: 'start', base, folder, name, isCautious: this.isCautious })
    this.watch()
  }

  private hear(message: FromProcess): void {
    switch (message.kind) {
      case 'ready':
        this.known = message.identity
        this.enter({ kind: 'ready', ...message.identity, ...(message.writes === true ? { writes: true } : {}) })
        for (const waiting of [...this.waiting.values()]) this.give(waiting)
        break
      case 'broken':
        this.giveUp(message.problem)
        break
      case 'progress': {
        const waiting = this.waiting.get(message.number)
        if (waiting === undefined) break
        report(waiting, message.share)
        if (message.words !== undefined) waiting.job.onWords?.(message.words)
        break
      }
      case 'answer': {
        this.deaths = 0
        this.options.onRead?.(message.texts, message.tokens)
        const waiting = this.waiting.get(message.number)
        if (waiting === undefined) break
        if (message.result.ok) report(waiting, 1)
        this.settle(waiting, message.result)
        break
      }
    }
    this.watch()
  }

  /** The process died: another takes its place, and is asked again what this one was asked once only. */
  private bury(): void {
    this.host = null
    this.deaths += 1
    this.isCautious = true
    if (this.isClosed) return
    for (const waiting of [...this.waiting.values()]) if (waiting.attempt >= attempts) this.settle(waiting, lost())
    if (this.deaths >= mostDeaths) return this.giveUp({ kind: 'model', message: 'the model stopped working several times in a row', remedy: 'try again, or restart the app' })
    this.enter({ kind: 'restarting' })
    this.launch()
  }

  /** Nothing runs until the next call. */
  private giveUp(problem: Problem): void {
    const { host } = this
    this.host = null
    this.deaths = 0
    host?.kill()
    this.enter({ kind: 'unavailable', problem })
    for (const waiting of [...this.waiting.values()]) this.settle(waiting, { ok: false, error: problem })
  }

  private enter(state: ModelState): void {
    this.state = state
    this.options.onState?.(state)
  }

  /** (Re)starts the wait for the next sign of life, where one is due. */
  private watch(): void {
    if (this.watchdog !== null) clearTimeout(this.watchdog)
    this.watchdog = null
    const { host } = this
    const isDue = this.state.kind === 'ready' ? this.waiting.size > 0 : host !== null
    if (!isDue || this.isClosed) return
    this.watchdog = setTimeout(() => host?.kill(), this.options.patience ?? 30_000)
  }
}

/** Never falling, whichever process it comes from. */
function report(waiting: Waiting, share: number): void {
  waiting.share = Math.max(waiting.share, Math.min(1, share))
  waiting.job.onProgress?.(waiting.share)
}

function endorsedOf(graph: Graph): readonly Card[] {
  return valuesOf(graph.cards).filter((card) => card.status === 'endorsed')
}

function rowOf(row: Scores['norms'][number] | undefined): number[] {
  return [...(row ?? [])]
}

function cancelled(): Result<never> {
  return fail('cancelled', 'the job was stopped', 'ask again')
}

function closed(): Result<never> {
  return fail('model', 'the model was closed', 'open the app again')
}

function lost(): Result<never> {
  return fail('model', 'the model stopped working twice on the same job', 'try again with less text, or restart the app')
}
