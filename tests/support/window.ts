/**
 * The app as a person has it: the real host on a home of its own, and the real window in the system's Chromium.
 *
 * What the page logs as an error, and what it throws, fails the test that looks (`errors`).
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Cookie, type Page } from 'playwright-core'
import { root } from './terminal.ts'

export const chromiumFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** Without a profile, the lighter of the two that tests/chromium.mjs found. */
export async function openChromium(): Promise<Browser> {
  const program = process.env['CHROMIUM_SHELL'] ?? process.env['CHROMIUM']
  if (program === undefined) throw new Error('no Chromium was found: npm test finds or installs one')
  return await chromium.launch({ executablePath: program, args: chromiumFlags })
}

export interface App {
  readonly home: string
  /** With the token, good for one browser context. */
  address: string
  process: ChildProcess
  /** As a power cut would. */
  kill(): Promise<void>
  /** On the same home, and, where `port` is given, at the same address. */
  start(port?: number): Promise<void>
  end(): Promise<void>
}

/** `environment` on top of this process's own, in which the model waits until it is asked; `prepare` may write the home before the app is on; `from` is the tree that runs. */
export async function startApp(environment: NodeJS.ProcessEnv = {}, prepare: (home: string) => Promise<void> = async () => undefined, from = root): Promise<App> {
  const home = await mkdtemp(join(tmpdir(), 'steward-app-'))
  await prepare(home)
  const app: App = {
    home,
    address: '',
    process: undefined as unknown as ChildProcess,
    async kill() {
      const gone = once(app.process, 'close')
      app.process.kill('SIGKILL')
      await gone
    },
    async start(port = 0) {
      app.process = spawn(process.execPath, [join(from, 'main', 'host.ts'), '--browser', '--no-open', '--port', String(port), '--home', home], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, VALUES_STEWARD_MODEL: 'when-asked', ...environment } })
      app.address = await readAddress(app.process)
    },
    async end() {
      if (app.process.exitCode === null && app.process.signalCode === null) {
        const gone = once(app.process, 'close')
        app.process.kill('SIGTERM')
        await gone
      }
      await rm(home, { recursive: true, force: true })
    }
  }
  await app.start()
  return app
}

export interface OpenPage {
  readonly page: Page
  readonly errors: string[]
}

/** What each link was exchanged for, by the link: it is good once, and more than one window of a test may come from it. */
const admitted = new Map<string, Cookie[]>()

/** A page in a browser of its own (storage, nothing of an earlier page), at `address`; `prepare` has the page before it goes there. */
export async function openPage(browser: Browser, address: string, options: BrowserContextOptions = {}, prepare: (page: Page) => Promise<void> = async () => undefined): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  await context.addCookies(admitted.get(address) ?? [])
  const page = await context.newPage()
  /* Long enough for a machine that is busy with other tests: what never comes fails all the same. */
  page.setDefaultTimeout(90_000)
  /* Choosers of files are caught from the start: a key that comes right after one begins to wait for them would be too early. */
  page.on('filechooser', () => undefined)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    /* A host that is gone is said by the browser too. */
    if (message.type() === 'error' && !/ERR_CONNECTION|ERR_EMPTY_RESPONSE|WebSocket connection|401/u.test(message.text())) errors.push(message.text())
  })
  await prepare(page)
  await page.goto(address)
  await page.locator('h1').first().waitFor()
  if (!admitted.has(address)) admitted.set(address, await context.cookies())
  return { page, errors }
}

export function portOf(address: string): number {
  return Number(new URL(address).port)
}

async function readAddress(host: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of host.stdout ?? []) {
    text += String(chunk)
    const address = /^Values Steward is at (http:\/\/127\.0\.0\.1:\d+\/#token=\S+)\n/u.exec(text)?.[1]
    if (address !== undefined) return address
  }
  throw new Error(`the host ended without an address: ${text}`)
}

/** Each row of the browser's own store, as text. */
export async function rowsOfCache(page: Page): Promise<readonly string[]> {
  return await page.evaluate(async () => {
    const [{ name = '' } = {}] = (await indexedDB.databases()).filter((each) => each.name?.startsWith('values-steward-'))
    if (name === '') return []
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name)
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(new Error('the cache does not open')))
    })
    try {
      if (!database.objectStoreNames.contains('updates')) return []
      const rows = await new Promise<Uint8Array[]>((resolve) => {
        const request = database.transaction('updates').objectStore('updates').getAll()
        request.addEventListener('success', () => resolve(request.result as Uint8Array[]))
      })
      return rows.map((row) => new TextDecoder('latin1').decode(row))
    } finally {
      database.close()
    }
  })
}
