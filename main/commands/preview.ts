/** `steward preview` and `verify`: what an agent would do in a situation of a file, and whether an answer follows from what it holds. */
import { smallestChange } from '../../shared/decision/change.ts'
import { decide } from '../../shared/decision/decide.ts'
import { readDocument, type Reading } from '../../shared/document/document.ts'
import { emptyGraph } from '../../shared/graph.ts'
import { createAnswer, readPreview, verifyAnswer, type PreviewRequest } from '../../shared/decision/preview.ts'
import { inForce } from '../../shared/decision/priority.ts'
import { contentOf } from '../../shared/rehearsal.ts'
import { ok, type Result } from '../../shared/result.ts'
import { calibrationFor } from '../../shared/trust/agent.ts'
import type { ModelChoice } from '../models/seat.ts'
import { reportPreview } from './report.ts'
import type { Options } from './usage.ts'
import { directoryOf, readJson, withHome } from './home.ts'
import { write, type Terminal } from './terminal.ts'

export async function preview(file: string, name: string | null, options: Options, terminal: Terminal): Promise<Result<string>> {
  const value = await readJson(file, terminal)
  if (!value.ok) return value
  const own = holdsCards(value.value) ? ok(null) : await withHome('read', options, terminal, (home) => ok(readDocument(home.doc)))
  if (!own.ok) return own
  const request = readPreview(value.value, own.value === null ? emptyGraph() : inForce(own.value.graph, Date.now()))
  if (!request.ok) return request
  const choice = await chosenModel(name, options, terminal)
  if (!choice.ok) return choice
  const predicted = await predict(request.value, own.value, choice.value, options, terminal)
  /* A model that was asked for by name is not stood in for. */
  if (predicted.ok || predicted.error.kind !== 'model' || name !== null || choice.value.name === undefined) return predicted
  await write(terminal.errors, `note: ${predicted.error.message}; the built-in model answers instead\n`)
  return await predict(request.value, own.value, {}, options, terminal)
}

/** `own` is what the person's home says, where their own cards are asked; their answers there calibrate when it asks. */
async function predict(request: PreviewRequest, own: Reading | null, choice: ModelChoice, options: Options, terminal: Terminal): Promise<Result<string>> {
  const { graph, scenario } = request
  const { model, calibration: shipped } = await terminal.loadModel(choice)
  try {
    const evidence = await model.evidence({ graph, scenario }, { signal: terminal.signal })
    if (!evidence.ok) return evidence
    const calibration = own === null ? shipped : calibrationFor(own, { domain: scenario.domain, content: contentOf(scenario) }, graph, evidence.value.model.sha256, shipped)
    const decision = decide(graph, scenario, evidence.value, calibration)
    if (options.json) return ok(`${JSON.stringify(createAnswer(request, decision, evidence.value))}\n`)
    return ok(reportPreview({ decision, graph, scenario, change: smallestChange(graph, scenario, evidence.value, calibration), notes: evidence.value.notes }))
  } finally {
    await model.close()
  }
}

/** The one of this name, or the one that was chosen on this device. */
async function chosenModel(name: string | null, options: Options, terminal: Terminal): Promise<Result<ModelChoice>> {
  const [{ openShelf }, { namedModel }] = await Promise.all([import('../models/open.ts'), import('../models/shelf.ts')])
  const home = directoryOf(options, terminal)
  if (name !== null) return await namedModel(home, name)
  const { choice, notice } = await openShelf({ home, environment: terminal.environment }).choice()
  if (notice !== null) await write(terminal.errors, `note: ${notice.message}; ${notice.remedy}\n`)
  return ok(choice)
}

export async function verify(file: string, options: Options, terminal: Terminal): Promise<Result<string>> {
  const value = await readJson(file, terminal)
  if (!value.ok) return value
  const checked = verifyAnswer(value.value)
  if (!checked.ok) return checked
  return ok(options.json ? `${JSON.stringify({ valid: true, ...checked.value })}\n` : 'valid\n')
}

function holdsCards(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'cards' in value && value.cards !== null
}
