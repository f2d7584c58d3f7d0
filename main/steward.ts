/**
 * The steward: every use case of one home, for every door alike. A door parses what it is asked (dispatch.ts) and calls one
 * of these methods; it knows nothing of the log, the document or the model, and the steward nothing of any door.
 *
 * Invariants: no method throws for anything that a person, a file or the model can do; a preview sees every edit that came
 * before it on the same channel; what `applyImport` reports as done is durable.
 */
import { smallestChange } from '../shared/decision/change.ts'
import { rulesDigest } from '../shared/decision/conformal.ts'
import { writeTrial } from '../shared/commands/rehearsal.ts'
import { contentOf } from '../shared/rehearsal.ts'
import { decide } from '../shared/decision/decide.ts'
import { createProjection, type Projection } from '../shared/document/document.ts'
import { writeNative } from '../shared/file/native.ts'
import { applyImport, planImport } from '../shared/file/plan.ts'
import { fromLists } from '../shared/graph.ts'
import type { CallArgument, CallResult, Preview, Status, StewardEvent } from '../shared/ipc.ts'
import type { Library } from '../shared/packs/pack.ts'
import type { Clock, Transport } from '../shared/ports.ts'
import { inForce } from '../shared/decision/priority.ts'
import { ok, type Problem, type Result } from '../shared/result.ts'
import type { Calibration } from '../shared/schema.ts'
import { calibrationFor, trustFor } from '../shared/trust/agent.ts'
import { testJob } from '../shared/work.ts'
import { builtIn } from '../models/manifest.ts'
import { createSeat, type ModelChoice, type StartModel } from './models/seat.ts'
import type { ModelShelf } from './models/shelf.ts'
import { noDevices, type DevicesDoor } from './peer/room.ts'
import type { Home } from './replica.ts'
import { createTrials } from './trials.ts'
import { noBackups, type Backups } from './keep/room.ts'
import { noDisk, type Disk } from './vault/disk.ts'
import { createWorks } from './work.ts'

export interface StewardOptions {
  readonly home: Home
  /** Called once, at once: loading goes on in the background. */
  readonly startModel: StartModel
  readonly calibration: Calibration
  readonly clock: Clock
  readonly newId: () => string
  /** Of this program. */
  readonly version: string
  readonly packs: Packs
  readonly shelf: ModelShelf
  /** Without it, this home stays alone. */
  readonly devices?: DevicesDoor
  /** Who keeps the home's key; without it, nothing of that can be changed. */
  readonly disk?: Disk
  /** Without it, none are kept. */
  readonly backups?: Backups
  /** The model that sits first; without it, the built-in one. */
  readonly chosen?: { readonly choice: ModelChoice; readonly notice: Problem | null }
}

/** The packs of one home. */
export interface Packs {
  read(): Promise<Library>
  /** Gives the pack's id. */
  add(name: string, text: string): Promise<Result<string>>
  remove(id: string): Promise<Result<void>>
  /** A file of which nothing can be used (`Library.unused`). */
  removeUnused(file: string): Promise<Result<void>>
}

export interface Steward {
  status(argument: null): CallResult<'status'>
  preview(argument: CallArgument<'preview'>): Promise<CallResult<'preview'>>
  planImport(argument: CallArgument<'planImport'>): CallResult<'planImport'>
  applyImport(argument: CallArgument<'applyImport'>): Promise<CallResult<'applyImport'>>
  exportNative(argument: null): CallResult<'exportNative'>
  kinds(argument: CallArgument<'kinds'>): Promise<CallResult<'kinds'>>
  rank(argument: CallArgument<'rank'>): Promise<CallResult<'rank'>>
  library(argument: null): Promise<CallResult<'library'>>
  addPack(argument: CallArgument<'addPack'>): Promise<CallResult<'addPack'>>
  removePack(argument: CallArgument<'removePack'>): Promise<CallResult<'removePack'>>
  startJob(argument: CallArgument<'startJob'>): CallResult<'startJob'>
  stopJob(argument: CallArgument<'stopJob'>): CallResult<'stopJob'>
  models(argument: null): Promise<CallResult<'models'>>
  installModel(argument: CallArgument<'installModel'>): Promise<CallResult<'installModel'>>
  importModel(argument: CallArgument<'importModel'>): Promise<CallResult<'importModel'>>
  stopModel(argument: null): Promise<CallResult<'stopModel'>>
  chooseModel(argument: CallArgument<'chooseModel'>): Promise<CallResult<'chooseModel'>>
  removeModel(argument: CallArgument<'removeModel'>): Promise<CallResult<'removeModel'>>
  testModel(argument: null): Promise<CallResult<'testModel'>>
  explain(argument: CallArgument<'explain'>): Promise<CallResult<'explain'>>
  makeScenario(argument: CallArgument<'makeScenario'>): Promise<CallResult<'makeScenario'>>
  paraphrase(argument: CallArgument<'paraphrase'>): Promise<CallResult<'paraphrase'>>
  stopWork(argument: CallArgument<'stopWork'>): CallResult<'stopWork'>
  devices(argument: CallArgument<'devices'>): Promise<CallResult<'devices'>>
  backups(argument: CallArgument<'backups'>): Promise<CallResult<'backups'>>
  disk(argument: CallArgument<'disk'>): Promise<CallResult<'disk'>>
  cacheKey(argument: null): CallResult<'cacheKey'>
  /** Called at every change of `status` and of `models`; returns its own end. */
  onEvent(listener: (event: StewardEvent) => void): () => void
  connectWindow(transport: Transport): void
  /** Ends the model and closes the home; every edit that arrived is durable then, where the disk allows it. */
  close(): Promise<void>
}

export function createSteward({ home, startModel, calibration, clock, newId, version, packs, shelf, devices = noDevices, disk = noDisk, backups = noBackups, chosen }: StewardOptions): Steward {
  const projection: Projection = createProjection(home.doc)
  const listeners = new Set<(event: StewardEvent) => void>()
  let last = ''
  /* The model may say how it is before it is here. */
  const model = createSeat(startModel, () => queueMicrotask(() => (tell(), tellModels())), chosen)
  const status = (): Status => ({
    version,
    home: home.name,
    storage: home.state(),
    model: model.state,
    rules: rulesDigest(calibration),
    empty: Object.keys(projection.current().graph.cards).length === 0
  })
  function tell(): void {
    const now = status()
    const text = JSON.stringify(now)
    if (text === last) return
    last = text
    for (const listener of [...listeners]) listener({ kind: 'status', status: now })
  }
  const models = (): Promise<CallResult<'models'>> => shelf.list({ name: model.choice.name ?? builtIn, notice: model.notice })
  let isListing = false
  let isStale = false
  /** One list at a time, and always one after the last change. */
  function tellModels(): void {
    isStale = true
    if (isListing || listeners.size === 0) return
    isListing = true
    isStale = false
    void models().then((listed) => {
      isListing = false
      if (listed.ok) for (const listener of [...listeners]) listener({ kind: 'models', models: listed.value })
      if (isStale) tellModels()
    })
  }
  function tellDevices(): void {
    const view = devices.view()
    for (const listener of [...listeners]) listener({ kind: 'devices', devices: view })
  }
  /** Of what was done, the list as it is then. */
  async function listed(done: Result<unknown>): Promise<CallResult<'models'>> {
    return done.ok ? await models() : done
  }
  const ends = [home.onState(tell), projection.subscribe(tell), shelf.onChange(tellModels), devices.onChange(tellDevices)]

  const trials = createTrials({
    model, calibration, now: () => clock.now(), reading: () => projection.current(), keep: (trial) => writeTrial(home.doc, trial),
    tell: (event) => {
      for (const listener of [...listeners]) listener(event)
    }
  })

  const works = createWorks((event) => {
    for (const listener of [...listeners]) listener(event)
  })

  async function preview({ domain, mode, situation, options, content, sandbox, acting }: CallArgument<'preview'>): Promise<Result<Preview>> {
    const reading = projection.current()
    const graph = inForce(sandbox === undefined ? reading.graph : fromLists(sandbox), clock.now())
    const scenario = { domain, mode, situation, options }
    const evidence = await model.evidence({ graph, scenario })
    if (!evidence.ok) return evidence
    const { sha256 } = evidence.value.model
    const fitted = sandbox === undefined ? calibrationFor(reading, { domain, content: content ?? contentOf(scenario) }, graph, sha256, calibration) : calibration
    const trust = acting === true && sandbox === undefined ? trustFor(reading, domain, graph, sha256, calibration) : undefined
    return ok({
      decision: decide(graph, scenario, evidence.value, fitted, trust),
      evidence: evidence.value,
      change: smallestChange(graph, scenario, evidence.value, fitted)
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
    kinds: ({ lines }) => model.kinds(lines),
    rank: ({ query, candidates }) => model.rank(query, candidates),
    library: async () => ok(await packs.read()),
    async addPack({ name, text }) {
      const state = home.state()
      if (state.kind === 'read-only') return { ok: false, error: state.problem }
      const added = await packs.add(name, text)
      return added.ok ? ok({ added: added.value, library: await packs.read() }) : added
    },
    async removePack(which) {
      const state = home.state()
      if (state.kind === 'read-only') return { ok: false, error: state.problem }
      const removed = await ('id' in which ? packs.remove(which.id) : packs.removeUnused(which.file))
      return removed.ok ? ok(await packs.read()) : removed
    },
    startJob: (argument) => trials.start(argument),
    stopJob: ({ job }) => trials.stop(job),
    models,
    installModel: async ({ name, accepted }) => await listed(await shelf.install(name, accepted)),
    importModel: async ({ folder, accepted }) => await listed(await shelf.importFrom(folder, accepted)),
    stopModel: async () => await listed(shelf.stop()),
    async chooseModel({ name }) {
      const choice = await shelf.choose(name)
      return await listed(choice.ok ? await model.take(choice.value) : choice)
    },
    removeModel: async ({ name }) => await listed(await shelf.remove(name, model.choice.name ?? builtIn)),
    testModel: () => works.run(testJob, (job) => model.benchmark(job)),
    explain: ({ job, seed = 0, ...task }) => works.run(job, (work) => model.write({ kind: 'explain', ...task }, { ...work, seed })),
    makeScenario: ({ job, seed = 0, ...task }) => works.run(job, (work) => model.write({ kind: 'scenario', ...task }, { ...work, seed })),
    paraphrase: ({ job, seed = 0, ...task }) => works.run(job, (work) => model.write({ kind: 'paraphrase', ...task }, { ...work, seed })),
    stopWork: ({ job }) => works.stop(job),
    devices: (argument) => devices.act(argument),
    backups: (argument) => backups.act(argument),
    async disk(argument) {
      const done = await disk.act(argument)
      if (done.ok && argument.do !== 'look') for (const listener of [...listeners]) listener({ kind: 'disk', disk: done.value })
      return done
    },
    cacheKey: () => disk.cacheKey(),
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connectWindow: (transport) => home.connect(transport),
    async close() {
      for (const end of ends) end()
      trials.close()
      works.close()
      projection.end()
      await devices.close()
      await backups.close()
      await Promise.all([model.close(), shelf.close(), home.close()])
    }
  }
}
