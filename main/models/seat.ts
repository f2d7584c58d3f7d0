/**
 * One `Model` over whichever is chosen now: the chosen one is started, and where it cannot be used the built-in one takes its seat,
 * with a sentence that says why. Changing it ends the one before; who asks meanwhile is answered by the one that sits then.
 */
import type { ModelState } from '../../shared/ipc.ts'
import type { Benchmark, Job, Model, Writer } from '../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'

/** Options of `startModel` (models/model.ts): none for the built-in one. */
export type ModelChoice = Partial<Readonly<Record<'name' | 'folder', string>>>

export type StartedModel = Model & {
  readonly state: ModelState
  readonly benchmark?: (job?: Job) => Promise<Result<Benchmark>>
  readonly write?: Writer['write']
}
export type StartModel = (onState: (state: ModelState) => void, choice: ModelChoice) => StartedModel

export interface Seat extends Model, Writer {
  readonly state: ModelState
  /** Why the chosen one does not sit here. */
  readonly notice: Problem | null
  /** Of the one that sits here; null: the built-in one. */
  readonly choice: ModelChoice
  /** Resolves once the new one answers, or cannot: then the built-in one sits here. */
  take(choice: ModelChoice): Promise<Result<void>>
  benchmark(job?: Job): Promise<Result<Benchmark>>
}

export function createSeat(start: StartModel, onState: () => void, first: { readonly choice: ModelChoice; readonly notice: Problem | null } = { choice: {}, notice: null }): Seat {
  let { choice, notice } = first
  let isClosed = false
  /* Counts who sat here; what an earlier one still says is not heard. */
  let turn = 0
  let sitting = sit(choice)

  function sit(wanted: ModelChoice): StartedModel {
    const mine = (turn += 1)
    choice = wanted
    return start((state) => {
      if (mine !== turn || isClosed) return
      onState()
      /* It may say so before it is here. */
      if (state.kind === 'unavailable' && wanted.name !== undefined) queueMicrotask(() => giveWay(mine, state.problem))
    }, wanted)
  }

  /** The chosen one cannot be used. */
  function giveWay(from: number, problem: Problem): void {
    if (from !== turn || isClosed) return
    const before = sitting
    notice = { kind: 'model', message: `${problem.message}; the built-in model answers instead`, remedy: problem.remedy }
    sitting = sit({})
    void before.close()
    onState()
  }

  async function ask<Value>(call: (model: StartedModel) => Promise<Result<Value>>): Promise<Result<Value>> {
    const asked = sitting
    const answer = await call(asked)
    /* The one that was asked had to give up its seat under the question. */
    if (!answer.ok && answer.error.kind === 'model' && asked !== sitting && !isClosed) return await ask(call)
    return answer
  }

  return {
    get state() {
      return sitting.state
    },
    get notice() {
      return notice
    },
    get choice() {
      return choice
    },
    async take(wanted) {
      const before = sitting
      notice = null
      sitting = sit(wanted)
      const mine = turn
      const taken = sitting
      void before.close()
      onState()
      const identity = await taken.identity()
      if (identity.ok) return ok(undefined)
      if (identity.error.kind === 'model' && wanted.name !== undefined) giveWay(mine, identity.error)
      return identity
    },
    benchmark: (job) => ask(async (model) => (model.benchmark === undefined ? fail('model', 'this model cannot be tested for speed', 'choose another one') : await model.benchmark(job))),
    write: (task, job) => ask(async (model) => (model.write === undefined ? fail('model', 'this model writes no words', 'choose a local language model in Settings') : await model.write(task, job))),
    identity: () => ask((model) => model.identity()),
    evidence: (request, job) => ask((model) => model.evidence(request, job)),
    pairs: (requests, job) => ask((model) => model.pairs(requests, job)),
    rank: (query, candidates, job) => ask((model) => model.rank(query, candidates, job)),
    kinds: (lines, job) => ask((model) => model.kinds(lines, job)),
    async close() {
      isClosed = true
      await sitting.close()
    }
  }
}
