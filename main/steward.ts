/**
 * The steward: every use case of one home, for every door alike. A door parses what it is asked (dispatch.ts) and calls one
 * of these methods; it knows nothing of the log, the document or the model, and the steward nothing of any door.
 *
 * Invariants: no method throws for anything that a person, a file or the model can do; a preview sees every edit that came
 * before it on the same channel; what `applyImport` reports as done is durable.
 */
import { smallestChange } from '../shared/change.ts'
import { decide } from '../shared/decide.ts'
import { createProjection, type Projection } from '../shared/document.ts'
import { applyImport, planImport, writeNative } from '../shared/file.ts'
import { fromLists } from '../shared/graph.ts'
import type { CallArgument, CallResult, ModelState, Preview, Status, StewardEvent } from '../shared/ipc.ts'
import type { Clock, Model, Transport } from '../shared/ports.ts'
import { inForce } from '../shared/priority.ts'
import { ok, type Result } from '../shared/result.ts'
import type { Calibration } from '../shared/schema.ts'
import type { Home } from './replica.ts'

/** A model that says how it is, now and at every change. */
export type StartModel = (onState: (state: ModelState) => void) => Model & { readonly state: ModelState }

export interface StewardOptions {
  readonly home: Home
  /** Called once, at once: loading goes on in the background. */
  readonly startModel: StartModel
  readonly calibration: Calibration
  readonly clock: Clock
  readonly newId: () => string
  /** Of this program. */
  readonly version: string
}

export interface Steward {
  status(argument: null): CallResult<'status'>
  preview(argument: CallArgument<'preview'>): Promise<CallResult<'preview'>>
  planImport(argument: CallArgument<'planImport'>): CallResult<'planImport'>
  applyImport(argument: CallArgument<'applyImport'>): Promise<CallResult<'applyImport'>>
  exportNative(argument: null): CallResult<'exportNative'>
  /** Called at every change of `status`; returns its own end. */
  onEvent(listener: (event: StewardEvent) => void): () => void
  connectWindow(transport: Transport): void
  /** Ends the model and closes the home; every edit that arrived is durable then, where the disk allows it. */
  close(): Promise<void>
}

export function createSteward({ home, startModel, calibration, clock, newId, version }: StewardOptions): Steward {
  const projection: Projection = createProjection(home.doc)
  const listeners = new Set<(event: StewardEvent) => void>()
  let last = ''
  /* The model may say how it is before it is here. */
  const model = startModel(() => queueMicrotask(tell))
  const status = (): Status => ({
    version,
    home: home.name,
    storage: home.state(),
    model: model.state,
    empty: Object.keys(projection.current().graph.cards).length === 0
  })
  function tell(): void {
    const now = status()
    const text = JSON.stringify(now)
    if (text === last) return
    last = text
    for (const listener of [...listeners]) listener({ kind: 'status', status: now })
  }
  const ends = [home.onState(tell), projection.subscribe(tell)]

  async function preview({ domain, mode, situation, options, sandbox }: CallArgument<'preview'>): Promise<Result<Preview>> {
    const graph = inForce(sandbox === undefined ? projection.current().graph : fromLists(sandbox), clock.now())
    const scenario = { domain, mode, situation, options }
    const evidence = await model.evidence({ graph, scenario })
    if (!evidence.ok) return evidence
    return ok({
      decision: decide(graph, scenario, evidence.value, calibration),
      evidence: evidence.value,
      change: smallestChange(graph, scenario, evidence.value, calibration)
    })
  }

  return {
    status: () => ok(status()),
    preview,
    planImport: ({ name, text }) => planImport(home.doc, text, name),
    async applyImport({ name, text }) {
      const state = home.state()
      if (state.kind === 'read-only') return { ok: false, error: state.problem }
      const done = applyImport(home.doc, text, name, { now: clock.now(), newId })
      if (!done.ok) return done
      const saved = await home.saved()
      return saved.ok ? done : saved
    },
    exportNative: () => ok(writeNative(home.doc)),
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connectWindow: (transport) => home.connect(transport),
    async close() {
      for (const end of ends) end()
      projection.end()
      await Promise.all([model.close(), home.close()])
    }
  }
}
