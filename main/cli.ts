/**
 * The command line `steward`: one request, read from what was typed, answered on standard output, and an exit code.
 *
 * Invariants: JSON goes to standard output alone; a problem is one line on standard error and exit 1, wrong usage exit 2,
 * and a stack trace never leaves; a file is read and parsed before the home is opened, so a bad one changes nothing; a home
 * is made only by what writes. Without need for it (`verify`, `cards`, `import`, `export`) no file of models/ is loaded.
 */
import { pathToFileURL } from 'node:url'
import { readGraph, readScenarios } from '../shared/document/document.ts'
import { fail, ok, problemLine, type Result } from '../shared/result.ts'
import { addFromFile, listCards, retireCard, showCard } from './commands/cards.ts'
import { exportFile, importFile } from './commands/file.ts'
import { directoryOf, hasHome, isChanging, sourcesOf, stopped, withHome } from './commands/home.ts'
import { preview, verify } from './commands/preview.ts'
import { onOneLine, processTerminal, write, type Terminal } from './commands/terminal.ts'
import type { KeepRequest } from './keep/commands.ts'
import type { ModelsRequest } from './models/commands.ts'
import { readLibrary, viewScenarios } from './packs.ts'
import type { DevicesRequest } from './peer/devices.ts'
import { readVersion } from './system.ts'
import { helpText, readArguments, type Options, type Request } from './commands/usage.ts'
import { runPassphrase, type PassphraseRequest } from './vault/commands.ts'

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
    const result = await Promise.race([answer(reading.request, terminal), ...(endItself.has(reading.request.command) ? [] : [aborted(terminal)])])
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
      return withHome('read', request.options, terminal, (home) => ok(listCards(readGraph(home.doc), request.options)))
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
    case 'rename':
    case 'revoke':
    case 'quarantine list':
    case 'quarantine take':
    case 'quarantine drop':
    case 'sync':
    case 'anywhere':
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
      return withHome('read', request.options, terminal, (home) => showCard(readGraph(home.doc), request.id, request.options))
    case 'cards add':
      return addFromFile(request.file, request.options, terminal)
    case 'cards retire':
      return retireCard(request.id, request.options, terminal)
    case 'import':
      return importFile(request.file, request.yes, request.options, terminal)
    case 'export':
      return exportFile(request.file, request.options, terminal)
  }
}

// ---- the commands ---------------------------------------------------------------------------------------------------

/** The document is not opened. What is being fetched is stopped with the command. */
async function models(request: ModelsRequest, terminal: Terminal): Promise<Result<string>> {
  const [{ openShelf }, { runModels }] = await Promise.all([import('./models/open.ts'), import('./models/commands.ts')])
  const shelf = openShelf({ home: directoryOf(request.options, terminal), environment: terminal.environment })
  terminal.signal.addEventListener('abort', () => shelf.stop())
  try {
    return await runModels(shelf, request, (line) => void write(terminal.errors, `${onOneLine(line)}\n`))
  } finally {
    await shelf.close()
  }
}

/** Ends by itself when it is told to stop, in good order. */
async function devices(request: DevicesRequest, terminal: Terminal): Promise<Result<string>> {
  const { listDevices, listQuarantine, runDevices } = await import('./peer/devices.ts')
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
  const directory = directoryOf(options, terminal)
  /* Pairing may make a home; a name that was mistyped makes none. */
  if (request.command !== 'pair' && !hasHome(directory)) {
    return request.command === 'devices' ? listDevices([], options.json) : request.command === 'quarantine list' ? await listQuarantine(null, options.json) : notPaired
  }
  return await withHome(request.command === 'devices' || request.command === 'quarantine list' ? 'read' : 'write', options, terminal, (home) => runDevices(request, { home, directory, console }))
}

const notPaired = fail('not-found', 'this home is not paired with another', 'start with "steward pair --offer" here and "steward pair CODE" there')

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

async function scenariosList(options: Options, terminal: Terminal): Promise<Result<string>> {
  const directory = directoryOf(options, terminal)
  const own = await withHome('read', options, terminal, async (home) => {
    const library = await readLibrary({ directory, seal: home.seal })
    for (const problem of library.problems) await write(terminal.errors, `note: ${onOneLine(problem)}\n`)
    return ok(viewScenarios(library, readScenarios(home.doc)))
  })
  if (!own.ok) return own
  return ok(own.value.map((scenario) => `${options.json ? JSON.stringify(scenario) : `${scenario.id}  ${scenario.domain}  ${onOneLine(scenario.situation)}`}\n`).join(''))
}

// ---- the process ----------------------------------------------------------------------------------------------------

/** What has begun to change a home is not given up any more. */
function aborted(terminal: Terminal): Promise<Result<never>> {
  const { signal } = terminal
  return new Promise((resolve) => {
    const stop = () => {
      if (!isChanging(terminal)) resolve(stopped)
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exit(await runCli(process.argv.slice(2)))
}
