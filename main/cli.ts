/**
 * The command line `steward`: one request, read from what was typed, answered on standard output, and an exit code.
 *
 * Invariants: JSON goes to standard output alone; a problem is one line on standard error and exit 1, wrong usage exit 2,
 * and a stack trace never leaves; a file is read and parsed before the home is opened, so a bad one changes nothing; a home
 * is made only by what writes. Without need for it (`verify`, `cards`, `import`, `export`) no file of models/ is loaded.
 */
import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { smallestChange } from '../shared/change.ts'
import { setStatus } from '../shared/commands/card.ts'
import type { Maker } from '../shared/commands/edit.ts'
import { decide } from '../shared/decide.ts'
import { readDocument, readGraph, readScenarios, type Reading } from '../shared/document.ts'
import { applyImport, planImport, writeNative } from '../shared/file.ts'
import { emptyGraph } from '../shared/graph.ts'
import type { ImportPlan } from '../shared/ipc.ts'
import { parseJson, quoted } from '../shared/json.ts'
import type { Model } from '../shared/ports.ts'
import { createAnswer, readPreview, verifyAnswer, type PreviewRequest } from '../shared/preview.ts'
import { inForce } from '../shared/priority.ts'
import { fail, ok, problemLine, type Result } from '../shared/result.ts'
import type { Calibration, Card, CardId, Graph } from '../shared/schema.ts'
import { calibrationFor } from '../shared/trust/agent.ts'
import { addCards, readNewCards, viewCard, viewCards, type CardView } from './cards.ts'
import { quote, readTextFile, writeTextFile } from './files.ts'
import { lookingOnly } from './log.ts'
import { createKeeper } from './keep/keeper.ts'
import type { KeepRequest } from './keep/commands.ts'
import type { ModelsRequest } from './models/commands.ts'
import type { DevicesRequest } from './peer/devices.ts'
import type { ModelChoice } from './models/seat.ts'
import { readLibrary, viewScenarios } from './packs.ts'
import { homeFolder } from './place.ts'
import { openHome, type Home } from './replica.ts'
import { reportPreview } from './report.ts'
import { readVersion, systemClock, systemRandom } from './system.ts'
import { helpText, readArguments, type Options, type Request } from './usage.ts'
import { openFor, runPassphrase, type PassphraseRequest, type Sources } from './vault/commands.ts'
import type { Opening } from './vault/open.ts'
import { askSecret } from './vault/prompt.ts'

/** The process as a command sees it. */
export interface Terminal {
  readonly input: AsyncIterable<Uint8Array | string>
  readonly output: Writable
  readonly errors: Writable
  readonly environment: NodeJS.ProcessEnv
  /** Aborts when the person wants it to end. */
  readonly signal: AbortSignal
  /** Asks for a secret and shows nothing of it; not there where nobody sits at a terminal. */
  readonly askSecret?: (question: string) => Promise<string | null>
  /** Called by `preview` alone. */
  readonly loadModel: (choice: ModelChoice) => Promise<LoadedModel>
}

export interface LoadedModel {
  readonly model: Model
  readonly calibration: Calibration
}

/** Commands that are told to stop and then end in good order, with an exit code of their own. */
const endItself: ReadonlySet<Request['command']> = new Set(['pair', 'sync'])

/** Runs one command to its end: the exit code. Never rejects. */
export async function runCli(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const reading = readArguments(argv)
  if (!reading.ok) {
    await write(terminal.errors, `error: ${onOneLine(reading.mistake)}; see "steward help"\n`)
    return 2
  }
  try {
    const result = await Promise.race([answer(reading.request, terminal), ...(endItself.has(reading.request.command) ? [] : [aborted(terminal.signal)])])
    if (result.ok) await write(terminal.output, result.value)
    else await write(terminal.errors, `${onOneLine(problemLine(result.error))}\n`)
    return result.ok ? 0 : 1
  } catch {
    await write(terminal.errors, 'error: something went wrong inside Values Steward; nothing that was saved is lost\n')
    return 1
  }
}

function answer(request: Request, terminal: Terminal): Promise<Result<string>> | Result<string> {
  switch (request.command) {
    case 'help':
      return ok(helpText)
    case 'version':
      return ok(`${readVersion()}\n`)
    case 'preview':
      return preview(request.file, request.model, request.options, terminal)
    case 'verify':
      return verify(request.file, request.options, terminal)
    case 'cards list':
      return withHome('read', request.options, terminal, (home) => ok(lines(viewCards(readGraph(home.doc)), request.options)))
    case 'scenarios list':
      return scenariosList(request.options, terminal)
    case 'models list':
    case 'models show':
    case 'models install':
    case 'models choose':
    case 'models remove':
      return models(request, terminal)
    case 'pair':
    case 'devices':
    case 'revoke':
    case 'sync':
      return devices(request, terminal)
    case 'backup':
    case 'restore':
    case 'doctor':
      return keep(request, terminal)
    case 'passphrase set':
    case 'passphrase change':
    case 'passphrase remove':
      return passphrase(request, terminal)
    case 'cards show':
      return withHome('read', request.options, terminal, (home) => show(readGraph(home.doc), request.id, request.options))
    case 'cards add':
      return add(request.file, request.options, terminal)
    case 'cards retire':
      return retire(request.id, request.options, terminal)
    case 'import':
      return importFile(request.file, request.yes, request.options, terminal)
    case 'export':
      return exportFile(request.file, request.options, terminal)
  }
}

// ---- the commands ---------------------------------------------------------------------------------------------------

async function preview(file: string, name: string | null, options: Options, terminal: Terminal): Promise<Result<string>> {
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
    const calibration = own === null ? shipped : calibrationFor(own, scenario, graph, evidence.value.model.sha256, shipped)
    const decision = decide(graph, scenario, evidence.value, calibration)
    if (options.json) return ok(`${JSON.stringify(createAnswer(request, decision, evidence.value))}\n`)
    return ok(reportPreview({ decision, graph, scenario, change: smallestChange(graph, scenario, evidence.value, calibration), notes: evidence.value.notes }))
  } finally {
    await model.close()
  }
}

/** The one of this name, or the one that was chosen on this device. */
async function chosenModel(name: string | null, options: Options, terminal: Terminal): Promise<Result<ModelChoice>> {
  const [{ openShelf }, { namedModel }] = await Promise.all([import('./models/open.ts'), import('./models/shelf.ts')])
  const home = homeFolder(options.home ?? undefined, terminal.environment)
  if (name !== null) return await namedModel(home, name)
  const { choice, notice } = await openShelf({ home, environment: terminal.environment }).choice()
  if (notice !== null) await write(terminal.errors, `note: ${notice.message}; ${notice.remedy}\n`)
  return ok(choice)
}

/** The document is not opened. What is being fetched is stopped with the command. */
async function models(request: ModelsRequest, terminal: Terminal): Promise<Result<string>> {
  const [{ openShelf }, { runModels }] = await Promise.all([import('./models/open.ts'), import('./models/commands.ts')])
  const shelf = openShelf({ home: homeFolder(request.options.home ?? undefined, terminal.environment), environment: terminal.environment })
  terminal.signal.addEventListener('abort', () => shelf.stop())
  try {
    return await runModels(shelf, request, (line) => void write(terminal.errors, `${onOneLine(line)}\n`))
  } finally {
    await shelf.close()
  }
}

/** Ends by itself when it is told to stop, in good order. */
async function devices(request: DevicesRequest, terminal: Terminal): Promise<Result<string>> {
  const { runDevices } = await import('./peer/devices.ts')
  const { options } = request
  const console = {
    json: options.json,
    get input() {
      return terminal.input
    },
    signal: terminal.signal,
    print: (line: string) => write(terminal.output, `${line}\n`),
    note: (line: string) => write(terminal.errors, `note: ${onOneLine(line)}\n`)
  }
  const directory = homeFolder(options.home ?? undefined, terminal.environment)
  return await withHome(request.command === 'devices' ? 'read' : 'write', options, terminal, (home) => runDevices(request, { home, directory, console }))
}

async function passphrase({ command, options }: Extract<Request, { command: PassphraseRequest['command'] }>, terminal: Terminal): Promise<Result<string>> {
  return await runPassphrase({ command, json: options.json }, sourcesOf(options, terminal))
}

/** Snapshots, backups and the doctor: main/keep/commands.ts. */
async function keep(request: KeepRequest, terminal: Terminal): Promise<Result<string>> {
  const { runKeep } = await import('./keep/commands.ts')
  const { options } = request
  return await runKeep(request, {
    sources: sourcesOf(options, terminal),
    print: (text) => write(terminal.output, text),
    note: (line) => write(terminal.errors, `note: ${onOneLine(line)}\n`),
    withHome: (mode, work) => withHome(mode, options, terminal, work)
  })
}

async function verify(file: string, options: Options, terminal: Terminal): Promise<Result<string>> {
  const value = await readJson(file, terminal)
  if (!value.ok) return value
  const checked = verifyAnswer(value.value)
  if (!checked.ok) return checked
  return ok(options.json ? `${JSON.stringify({ valid: true, ...checked.value })}\n` : 'valid\n')
}

async function scenariosList(options: Options, terminal: Terminal): Promise<Result<string>> {
  const directory = homeFolder(options.home ?? undefined, terminal.environment)
  const own = await withHome('read', options, terminal, async (home) => {
    const library = await readLibrary({ directory, seal: home.seal })
    for (const problem of library.problems) await write(terminal.errors, `note: ${onOneLine(problem)}\n`)
    return ok(viewScenarios(library, readScenarios(home.doc)))
  })
  if (!own.ok) return own
  return ok(own.value.map((scenario) => `${options.json ? JSON.stringify(scenario) : `${scenario.id}  ${scenario.domain}  ${onOneLine(scenario.situation)}`}\n`).join(''))
}

function show(graph: Graph, id: string, options: Options): Result<string> {
  const card = findCard(graph, id)
  if (!card.ok) return card
  const view = viewCard(card.value, graph)
  return ok(options.json ? `${JSON.stringify(view)}\n` : inWords(view))
}

async function add(file: string, options: Options, terminal: Terminal): Promise<Result<string>> {
  const value = await readJson(file, terminal)
  const drafts = value.ok ? readNewCards(value.value) : value
  if (!drafts.ok) return drafts
  /* Tried where nothing is kept, so that what is refused makes no home and touches none. */
  const tried = await withHome('try', options, terminal, (home) => addCards(home.doc, drafts.value, maker()))
  if (!tried.ok) return tried
  return await withHome('write', options, terminal, async (home) => {
    const ids = addCards(home.doc, drafts.value, maker())
    if (!ids.ok) return ids
    const saved = await whenSaved(home)
    if (!saved.ok) return saved
    const graph = readGraph(home.doc)
    return ok(lines(ids.value.flatMap((id) => graph.cards[id] ?? []).map((card) => viewCard(card, graph)), options))
  })
}

async function retire(id: string, options: Options, terminal: Terminal): Promise<Result<string>> {
  const known = await withHome('try', options, terminal, (home) => findCard(readGraph(home.doc), id))
  if (!known.ok) return known
  return await withHome('write', options, terminal, async (home) => {
    const card = findCard(readGraph(home.doc), id)
    if (!card.ok) return card
    const retired = setStatus(home.doc, card.value.id, 'retired', maker())
    const saved = retired.ok ? await whenSaved(home) : retired
    if (!saved.ok) return saved
    const graph = readGraph(home.doc)
    return ok(lines([viewCard(graph.cards[card.value.id] ?? card.value, graph)], options))
  })
}

async function importFile(file: string, yes: boolean, options: Options, terminal: Terminal): Promise<Result<string>> {
  const text = await readTextFile(file, terminal.input)
  if (!text.ok) return text
  const source = file === '-' ? 'standard input' : basename(file)
  /* Looked at first either way, so that a bad file makes no home. */
  const plan = await withHome(yes ? 'try' : 'read', options, terminal, (home) => planImport(home.doc, text.value, source))
  if (!plan.ok || !yes) return plan.ok ? ok(planText(plan.value, false, options)) : plan
  return await withHome('write', options, terminal, async (home) => {
    const done = applyImport(home.doc, text.value, source, maker())
    if (!done.ok) return done
    const saved = await whenSaved(home)
    return saved.ok ? ok(planText(done.value, true, options)) : saved
  })
}

async function exportFile(file: string | null, options: Options, terminal: Terminal): Promise<Result<string>> {
  const text = await withHome('read', options, terminal, (home) => ok(writeNative(home.doc)))
  if (!text.ok || file === null) return text
  const written = await writeTextFile(file, text.value)
  return written.ok ? ok('') : written
}

// ---- what they share ------------------------------------------------------------------------------------------------

/** Opens the home for one piece of work and lets go of it; only for `write` a home is made and a lock taken. `try` looks ahead without a word. */
async function withHome<Value>(mode: 'read' | 'try' | 'write', options: Options, terminal: Terminal, work: (home: Home) => Result<Value> | Promise<Result<Value>>): Promise<Result<Value>> {
  const sources = sourcesOf(options, terminal)
  const opening = await openOnce(mode === 'write' ? 'write' : 'read', sources, terminal)
  if (!opening.ok) return opening
  const home = await openHome({ directory: sources.directory, mode: mode === 'write' ? 'write' : 'read', random: systemRandom, opening: opening.value })
  if (!home.ok) return home
  const keeper = mode === 'write' ? createKeeper({ home: home.value, directory: sources.directory, clock: systemClock }) : null
  try {
    const { notice } = home.value
    if (mode !== 'try' && notice !== null) await write(terminal.errors, `note: ${notice.message}; ${notice.remedy}\n`)
    const state = home.value.state()
    if (mode === 'write' && state.kind !== 'writable') return { ok: false, error: state.problem }
    if (mode !== 'try' && state.kind === 'read-only' && state.problem.kind === 'read-only' && state.problem.message !== lookingOnly.message) {
      await write(terminal.errors, `note: ${state.problem.message}; ${state.problem.remedy}\n`)
    }
    return await work(home.value)
  } finally {
    await keeper?.close()
    await home.value.close()
  }
}

function sourcesOf(options: Options, terminal: Terminal): Sources {
  return {
    directory: homeFolder(options.home ?? undefined, terminal.environment),
    environment: terminal.environment,
    file: options.passphraseFile ?? null,
    get input() {
      return terminal.input
    },
    ask: terminal.askSecret ?? null
  }
}

/** A command that opens its home twice asks once. */
const openings = new WeakMap<Terminal, Opening>()

async function openOnce(mode: 'read' | 'write', sources: Sources, terminal: Terminal): Promise<Result<Opening>> {
  const known = openings.get(terminal)
  if (known !== undefined) return ok(known)
  const opening = await openFor(mode, sources)
  if (opening.ok && opening.value.kind === 'open') openings.set(terminal, opening.value)
  return opening
}

/** Once it is durable; what a disk does not take is lost with this process, unlike in one that goes on. */
async function whenSaved(home: Home): Promise<Result<void>> {
  const done = await home.saved()
  return done.ok || done.error.kind !== 'storage' ? done : fail('storage', done.error.message, 'it was not saved: make room and run it again')
}

async function readJson(file: string, terminal: Terminal): Promise<Result<unknown>> {
  const text = await readTextFile(file, terminal.input)
  return text.ok ? parseJson(text.value, file === '-' ? 'standard input' : quote(file)) : text
}

function holdsCards(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'cards' in value && value.cards !== null
}

function findCard(graph: Graph, id: string): Result<Card> {
  const card = Object.hasOwn(graph.cards, id) ? graph.cards[id as CardId] : undefined
  return card === undefined ? fail('not-found', `there is no card ${quoted(id)}`, 'see "steward cards list"') : ok(card)
}

function maker(): Maker {
  return { now: Date.now(), newId: randomUUID }
}

function lines(cards: readonly CardView[], options: Options): string {
  return cards.map((card) => (options.json ? JSON.stringify(card) : `${card.id}  ${card.status.padEnd(8)}  ${onOneLine(card.title)}`)).map((line) => `${line}\n`).join('')
}

function inWords(card: CardView): string {
  const section = (name: string, texts: readonly string[]) => (texts.length === 0 ? [] : ['', name, ...texts.map((text) => `  ${onOneLine(text)}`)])
  return `${[
    onOneLine(card.title),
    `${card.id}, ${card.status}`,
    ...section('What you pay attention to', card.policies),
    ...section('When', card.contexts),
    ...section('The story', card.story === '' ? [] : [card.story]),
    ...section('What gets in its way', card.obstacles === '' ? [] : [card.obstacles])
  ].join('\n')}\n`
}

function planText(plan: ImportPlan, done: boolean, options: Options): string {
  if (options.json) return `${JSON.stringify({ ...plan, done })}\n`
  const counts = `${plan.added} new, ${plan.changed} changed, ${plan.same} already there`
  return `${[...plan.lines, done ? `Done: ${counts}.` : `This would be: ${counts}. Nothing was changed; add --yes to do it.`].join('\n')}\n`
}

function onOneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim()
}

// ---- the process ----------------------------------------------------------------------------------------------------

/** Standard streams; the first Ctrl-C or SIGTERM asks the command to end. */
function processTerminal(): Terminal {
  const stop = new AbortController()
  let isReading = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      stop.abort()
      if (isReading) process.stdin.destroy()
    })
  }
  /* Who reads our output may stop whenever they like: `steward cards list | head`. */
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write('error: the answer could not be written out; free some room on the disk, or write it elsewhere\n', () => process.exit(1))
  })
  return {
    get input() {
      isReading = true
      return process.stdin
    },
    output: process.stdout,
    errors: process.stderr,
    environment: process.env,
    signal: stop.signal,
    ...(process.stdin.isTTY && process.stderr.isTTY ? { askSecret: (question: string) => askSecret(process.stdin, process.stderr, question) } : {}),
    loadModel
  }
}

/** Imported only when it is called for: a model costs more than all the rest together. */
async function loadModel(choice: ModelChoice): Promise<LoadedModel> {
  const { startModel, calibration } = await import('../models/model.ts')
  return { model: startModel(choice), calibration }
}

function aborted(signal: AbortSignal): Promise<Result<never>> {
  return new Promise((resolve) => {
    const stop = () => resolve(fail('cancelled', 'it was stopped', 'run it again'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** Resolves once the text is handed over, so that a process that ends then has lost none of it. */
function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve) => (text === '' ? resolve() : stream.write(text, () => resolve())))
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exit(await runCli(process.argv.slice(2)))
}
