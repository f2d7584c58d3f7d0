/**
 * How long a person waits: from starting the host to a window in Chromium that answers, against the barest host that there
 * is (Node's own HTTP server with one static page); and what `npm start` adds to the host itself. Medians; the browser runs
 * already, and every start has a home of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import type { Measurement } from './run.ts'

const root = join(import.meta.dirname, '..', '..')
const rounds = 7

/** A server of one page that says its address in the same words as ours. */
const bareHost = `
  const page = '<!doctype html><title>bare</title><main><h1>bare</h1><button>act</button></main>'
  const server = require('node:http').createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page))
  server.listen(0, '127.0.0.1', () => console.log('bare at http://127.0.0.1:' + server.address().port + '/'))
`

export async function benchStart(): Promise<readonly Measurement[]> {
  const program = process.env['CHROMIUM']
  if (program === undefined) throw new Error('no Chromium was found; set CHROMIUM to the path of one')
  const browser = await chromium.launch({ executablePath: program })
  try {
    const window: number[] = []
    const bareWindow: number[] = []
    const ours: number[] = []
    const npm: number[] = []
    for (let round = 0; round < rounds; round++) {
      window.push(await timeWindow(browser, ['main/start.mjs', '--browser', '--no-open', '--port', '0']))
      bareWindow.push(await timeWindow(browser, ['-e', bareHost]))
      ours.push(await timeAddress(process.execPath, ['main/start.mjs', '--browser', '--no-open', '--port', '0']))
      npm.push(await timeAddress('npm', ['start', '--', '--browser', '--no-open', '--port', '0']))
    }
    return [
      measure('start: host to first interactive window', window, bareWindow, 'bare Node HTTP server with one static page, same browser'),
      measure('start: npm start to the printed address', npm, ours, 'the same without npm')
    ]
  } finally {
    await browser.close()
  }
}

/** Milliseconds from starting the host until its page has painted a control that can be used. */
async function timeWindow(browser: Browser, args: readonly string[]): Promise<number> {
  const context = await browser.newContext()
  const page = await context.newPage()
  try {
    return await withHost(process.execPath, args, async (address, started) => {
      await page.goto(address, { waitUntil: 'commit' })
      await page.locator('main :is(a, button, input, textarea):enabled').first().waitFor({ state: 'visible' })
      return performance.now() - started
    })
  } finally {
    await context.close()
  }
}

async function timeAddress(command: string, args: readonly string[]): Promise<number> {
  return await withHost(command, args, (_address, started) => Promise.resolve(performance.now() - started))
}

/** Starts a host on a home of its own, gives its address as soon as it is printed, and ends it and all that it started. */
async function withHost(command: string, args: readonly string[], act: (address: string, started: number) => Promise<number>): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'steward-bench-'))
  const started = performance.now()
  const host = spawn(command, args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, VALUES_STEWARD_HOME: home } })
  try {
    return await act(await readAddress(host), started)
  } finally {
    const ended = once(host, 'close')
    if (host.pid !== undefined && host.exitCode === null) process.kill(-host.pid, 'SIGTERM')
    await ended
    await rm(home, { recursive: true, force: true })
  }
}

async function readAddress(host: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of host.stdout ?? []) {
    text += String(chunk)
    const address = / at (http:\/\/127\.0\.0\.1:\d+\/\S*)\n/u.exec(text)?.[1]
    if (address !== undefined) return address
  }
  throw new Error('the host ended without an address')
}

function measure(name: string, ours: readonly number[], reference: readonly number[], referenceName: string): Measurement {
  const [value, other] = [median(ours), median(reference)]
  return { name, value: round(value), unit: 'ms', reference: round(other), reference_name: referenceName, ratio: round(value / other) }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
