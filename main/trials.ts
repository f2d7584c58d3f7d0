/**
 * Goes over many situations in the background, one question to the model after another, so that whoever asks something in
 * the meantime waits for one of them at most; tells how far it is; stops within one question when it is asked to.
 *
 * Invariants: all situations of one job are asked about the same graph, as it was when the job began; what was found before
 * a job stopped or failed is kept; of the person's own graph each trial is written into the document, of a sandbox none.
 */
import type { Model } from '../shared/ports.ts'
import { citedIn } from '../shared/decision/answered.ts'
import { rulesDigest } from '../shared/decision/conformal.ts'
import { decide } from '../shared/decision/decide.ts'
import type { Reading } from '../shared/document/document.ts'
import { fromLists } from '../shared/graph.ts'
import { inForce } from '../shared/decision/priority.ts'
import { digestOfGraph, isSameOutcome, type Arm, type FlipKind, type Took, type Trial } from '../shared/rehearsal.ts'
import { fail, ok, type Result } from '../shared/result.ts'
import { digestOf } from '../shared/decision/rules.ts'
import type { Calibration, Evidence, Graph, ModelIdentity } from '../shared/schema.ts'
import { nearest, pastAnswers, pastRequests, pastScores, plainRequests, plainScores, profileGraph, shuffledGraph, tookFrom } from '../shared/trials/arms.ts'
import type { Gone, JobArgument, JobEvent } from '../shared/trials/job.ts'
import { isFlip, variantsOf } from '../shared/trials/perturbation.ts'
import { calibrationFor } from '../shared/trust/agent.ts'
import { internalProblem } from './doors/dispatch.ts'

export interface TrialsOptions {
  readonly model: Pick<Model, 'evidence' | 'pairs' | 'rank'>
  readonly calibration: Calibration
  readonly now: () => number
  readonly reading: () => Reading
  /** Writes a trial into the document. */
  readonly keep: (trial: Trial) => Result<void>
  readonly tell: (event: JobEvent) => void
}

export interface Trials {
  /** Begins at once; gives the job's number. Errors: `conflict` where as many run as may. */
  start(argument: JobArgument): Result<number>
  /** Nothing for a job that is over. */
  stop(job: number): Result<void>
  close(): void
}

const mostJobs = 4

export function createTrials(options: TrialsOptions): Trials {
  const running = new Map<number, AbortController>()
  let last = 0

  async function run(job: number, argument: JobArgument, stop: AbortController): Promise<void> {
    const own = options.reading()
    const graph = inForce(argument.sandbox === undefined ? own.graph : fromLists(argument.sandbox), options.now())
    const walk: Walk = { ...options, argument, own, graph, signal: stop.signal, digest: digestOfGraph(graph), shuffled: argument.arms.includes('shuffled') ? shuffledGraph(graph) : null, profile: argument.profile === null ? null : profileGraph(argument.profile) }
    let share = 0
    const event = (changes: Partial<JobEvent>): void => options.tell({ kind: 'job', job, share, trial: null, turned: null, state: 'running', ...changes })
    event({})
    try {
      for (const [at, scenario] of argument.scenarios.entries()) {
        const found = argument.kind === 'turned' ? await turn(walk, scenario) : await attempt(walk, scenario)
        if (stop.signal.aborted) return event({ state: 'stopped' })
        if (!found.ok) return event({ state: found.error })
        share = (at + 1) / argument.scenarios.length
        if (found.value.trial !== null && argument.sandbox === undefined) {
          const kept = options.keep(found.value.trial)
          if (!kept.ok) return event({ state: kept.error })
        }
        event(found.value)
      }
      event({ state: 'finished' })
    } catch {
      /* A defect of ours ends this job, and nothing else. */
      const defect = internalProblem()
      if (!defect.ok) event({ state: defect.error })
    }
  }

  return {
    start(argument) {
      if (running.size >= mostJobs) return fail('conflict', `${mostJobs} runs are under way already`, 'wait for one of them, or stop it')
      const job = (last += 1)
      const stop = new AbortController()
      running.set(job, stop)
      /* After the answer, so that a window knows the number before it hears of it. */
      setTimeout(() => void run(job, argument, stop).finally(() => running.delete(job)), 0)
      return ok(job)
    },
    stop(job) {
      running.get(job)?.abort()
      return ok(undefined)
    },
    close() {
      for (const stop of running.values()) stop.abort()
    }
  }
}

interface Walk extends TrialsOptions {
  readonly argument: JobArgument
  readonly own: Reading
  readonly graph: Graph
  readonly digest: string
  readonly shuffled: Graph | null
  readonly profile: Graph | null
  readonly signal: AbortSignal
}

type Found = Result<Pick<JobEvent, 'trial' | 'turned'>>

async function turn(walk: Walk, scenario: Gone): Promise<Found> {
  const { before } = scenario
  const now = await ask(walk, walk.graph, scenario)
  if (!now.ok) return now
  const after = now.value.took.outcome
  const isTurned = before !== null && !isSameOutcome(before, after)
  return ok({ trial: null, turned: isTurned ? { id: scenario.id, before, after } : null })
}

async function attempt(walk: Walk, scenario: Gone): Promise<Found> {
  const { argument } = walk
  const base = await ask(walk, walk.graph, scenario)
  if (!base.ok) return base
  const took: Partial<Record<Arm, Took>> = {}
  for (const arm of argument.arms) {
    const done = arm === 'cards' ? ok(base.value.took) : await takeArm(walk, arm, scenario, base.value.calibration)
    if (!done.ok) return done
    if (done.value !== null) took[arm] = done.value
  }
  const flips = new Map<FlipKind, { asked: number; flipped: number }>(argument.flips.map((kind) => [kind, { asked: 0, flipped: 0 }]))
  for (const variant of variantsOf(scenario, argument.flips, base.value.took.outcome)) {
    const other = await ask(walk, walk.graph, { ...scenario, ...variant })
    if (!other.ok) return other
    const count = flips.get(variant.kind)
    if (count === undefined) continue
    count.asked += 1
    if (isFlip(base.value.took.outcome, other.value.took.outcome, variant)) count.flipped += 1
  }
  const { id, content, domain, mode, options, order } = scenario
  return ok({
    turned: null,
    trial: {
      scenario: id, content, domain, mode, options: options.length, order, at: walk.now(), model: base.value.model, calibration: rulesDigest(walk.calibration), graph: walk.digest, cited: base.value.cited,
      profile: argument.profile === null ? null : digestOf(argument.profile), arms: took, flips: [...flips].map(([kind, count]) => ({ kind, ...count }))
    }
  })
}

interface Asked {
  readonly took: Took
  readonly model: ModelIdentity
  readonly calibration: Calibration
  readonly cited: Trial['cited']
}

async function ask(walk: Walk, graph: Graph, scenario: Pick<Gone, 'domain' | 'mode' | 'situation' | 'content'> & { readonly options: readonly string[] }): Promise<Result<Asked>> {
  const { domain, mode, situation, options } = scenario
  const question = { domain, mode, situation, options: [...options] }
  const evidence: Result<Evidence> = await walk.model.evidence({ graph, scenario: question }, { signal: walk.signal })
  if (!evidence.ok) return evidence
  const { model } = evidence.value
  const calibration = walk.argument.sandbox === undefined ? calibrationFor(walk.own, scenario, walk.graph, model.sha256, walk.calibration) : walk.calibration
  const { outcome, probabilities, certificate } = decide(graph, question, evidence.value, calibration)
  return ok({ took: { outcome, probabilities: [...probabilities] }, model, calibration, cited: citedIn(certificate, graph) })
}

/** null where this arm has nothing to go by. */
async function takeArm(walk: Walk, arm: Exclude<Arm, 'cards'>, scenario: Gone, calibration: Calibration): Promise<Result<Took | null>> {
  const job = { signal: walk.signal }
  switch (arm) {
    case 'none': {
      const answers = await walk.model.pairs(plainRequests(scenario), job)
      return answers.ok ? ok(tookFrom(plainScores(answers.value), calibration)) : answers
    }
    case 'shuffled':
    case 'profile': {
      const graph = walk[arm]
      if (graph === null) return ok(null)
      const asked = await ask(walk, graph, scenario)
      return asked.ok ? ok(asked.value.took) : asked
    }
    case 'past': {
      const past = pastAnswers(walk.own.rehearsals, scenario.content)
      if (past.length === 0) return ok(null)
      const order = await walk.model.rank(scenario.situation, past.map(({ situation }) => situation), job)
      if (!order.ok) return order
      const near = order.value.slice(0, nearest).flatMap((at) => past[at] ?? [])
      const answers = await walk.model.pairs(pastRequests(scenario, near), job)
      return answers.ok ? ok(tookFrom(pastScores(scenario.options.length, near, answers.value), calibration)) : answers
    }
  }
}
