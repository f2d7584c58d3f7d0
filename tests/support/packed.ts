/**
 * Runs the packed app's own main, `packed.ts FOLDER --home DIR`, under the fake of Electron, from its start to its end: the page
 * under app:, the shipped preload, one question to the real model in the shipped process. Prints what it saw as one JSON object.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileFunction } from 'node:vm'
import { emptyGraph, toLists } from '../../shared/graph.ts'
import type { Bridge } from '../../shared/ipc.ts'
import { readPreview } from '../../shared/decision/preview.ts'
import { electron, FakeWindow } from './electron.ts'

const folder = process.argv[2] ?? ''

/** A utility process that is a real one, forked by Node. */
class ForkedProcess extends EventEmitter {
  readonly #child: ChildProcess
  constructor(path: string) {
    super()
    this.#child = fork(path)
    this.#child.on('message', (message) => this.emit('message', message))
    this.#child.on('exit', (code) => this.emit('exit', code))
  }
  get pid(): number | undefined {
    return this.#child.pid
  }
  postMessage(message: object): void {
    this.#child.send(message)
  }
  kill(): boolean {
    return this.#child.kill('SIGKILL')
  }
}

/* The packed main's `import … from 'electron'` finds the fake. */
const fake = { ...electron, utilityProcess: { fork: (path: string) => new ForkedProcess(path) } }
Object.assign(globalThis, { fakeElectron: fake })
registerHooks({
  resolve: (specifier, context, next) => (specifier === 'electron' ? { url: 'fake:electron', shortCircuit: true } : next(specifier, context)),
  load: (url, context, next) =>
    url === 'fake:electron' ? { format: 'module', source: `export const { ${Object.keys(fake).join(', ')} } = globalThis.fakeElectron`, shortCircuit: true } : next(url, context)
})

await import(pathToFileURL(join(folder, 'main', 'index.js')).href)
electron.app.ready()
const window = await first(() => FakeWindow.all[0])
const preload = window.options.webPreferences?.preload ?? ''
compileFunction(readFileSync(preload, 'utf8'), ['require', 'exports'])(() => ({ contextBridge: electron.contextBridge, ipcRenderer: window.webContents.renderer }), {})
const bridge = electron.contextBridge.exposed.get('steward') as Bridge

const page = await read('app://steward/')
const script = /src="\/?(?<path>[^"]+\.js)"/u.exec(page.text)?.groups?.['path'] ?? 'none.js'
const connected = await new Promise<boolean>((resolve) => bridge.sync.onConnected(resolve))
const request = readPreview(
  {
    situation: 'My friend asks what I think of the novel she has worked on for years. I found it dull.',
    options: ['Tell her honestly and kindly that it did not hold me', 'Tell her that it is wonderful'],
    cards: [{ id: 'c1', title: 'Honest friendship', contexts: [], policies: ['MOMENTS where a friend is told honestly what nobody else will say'] }]
  },
  emptyGraph()
)
if (!request.ok) throw new Error(request.error.message)
const { graph, scenario } = request.value
const preview = await bridge.call('preview', { domain: '', mode: 'theory', situation: scenario.situation, options: [...scenario.options], sandbox: toLists(graph) })
const status = await bridge.call('status', null)

electron.app.emit('window-all-closed')
await first(() => electron.app.did.find((each) => each === 'quit'))
process.stdout.write(JSON.stringify({ page: page.status, script: (await read(`app://steward/${script}`)).status, connected, preview, status, userData: electron.app.paths.get('userData') }))

async function read(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const handler = electron.protocol.handlers.get('app')
  if (handler === undefined) throw new Error('nothing answers app:')
  const response = await handler(new Request(url) as never)
  return { status: response.status, text: await response.text() }
}

/** The first value that is there, looked for until it is. */
async function first<Value>(look: () => Value | undefined): Promise<Value> {
  for (;;) {
    const value = look()
    if (value !== undefined) return value
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
