/**
 * The entry of the browser host: opens the home, starts the model beside it, and serves the window on loopback until it is
 * asked to end.
 *
 * Invariants: exactly one line goes to standard output, once the address answers; on Ctrl-C, SIGTERM and SIGHUP every edit
 * that arrived is durable before the process ends with 0.
 */
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { calibration, startModel } from '../models/model.ts'
import { problemLine } from '../shared/result.ts'
import { startBrowserHost } from './browser.ts'
import { openShelf } from './models/open.ts'
import { packsOf } from './packs.ts'
import { noDevices, openDevicesRoom } from './peer/room.ts'
import { homeFolder } from './place.ts'
import { openHome } from './replica.ts'
import { createSteward } from './steward.ts'
import { readVersion, systemClock, systemRandom } from './system.ts'

interface HostRequest {
  readonly home: string | null
  /** 0 takes any free one; null the home's usual one, so that a window that was left open finds its host again. */
  readonly port: number | null
  readonly open: boolean
}

/** Resolves to the exit code when it has ended: 0 asked to, 1 could not start, 2 wrong usage. */
export async function runHost(argv: readonly string[]): Promise<number> {
  const request = readRequest(argv)
  if (typeof request === 'string') return complain(`error: ${request}; npm start -- [--browser] [--port N] [--no-open] [--home DIR]`, 2)
  /* Asked to end from here on, it ends once it has started, in good order. */
  const asked = askedToEnd()
  const folder = homeFolder(request.home ?? undefined, process.env)
  const home = await openHome({ directory: folder, mode: 'write', random: systemRandom })
  if (!home.ok) return complain(problemLine(home.error), 1)
  const shelf = openShelf({ home: folder, environment: process.env })
  const devices = await openDevicesRoom({ home: home.value, directory: folder, clock: systemClock })
  if (!devices.ok) process.stderr.write(`note: other devices cannot be met: ${devices.error.message}; ${devices.error.remedy}\n`)
  const steward = createSteward({
    devices: devices.ok ? devices.value : noDevices,
    shelf, chosen: await shelf.choice(),
    home: home.value, calibration, clock: systemClock, newId: randomUUID, version: readVersion(), packs: packsOf(folder),
    startModel: (onState, choice) => startModel({ onState, ...choice })
  })
  const serve = (port: number) => startBrowserHost({ steward, random: systemRandom, assets: fileURLToPath(new URL('../out/renderer', import.meta.url)), port })
  const usual = await serve(request.port ?? usualPort(home.value.name ?? ''))
  const host = usual.ok || request.port !== null || usual.error.kind === 'not-found' ? usual : await serve(0)
  if (!host.ok) {
    await steward.close()
    return complain(problemLine(host.error), 1)
  }
  const state = home.value.state()
  const note = state.kind === 'writable' ? state.notice : state.problem
  if (note !== undefined) process.stderr.write(`note: ${note.message}; ${note.remedy}\n`)
  process.stdout.write(`Values Steward is at ${host.value.address}\n`)
  if (request.open) openBrowser(host.value.address)
  await asked
  await host.value.close()
  await steward.close()
  const last = home.value.state()
  return last.kind === 'failing' ? complain(`error: ${last.problem.message}; what you changed last was not saved`, 1) : 0
}

/** Resolves at the first Ctrl-C, SIGTERM or SIGHUP; a second Ctrl-C ends at once, as a person expects. */
function askedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        resolve()
        if (signal === 'SIGINT') process.once('SIGINT', () => process.exit(130))
        else process.on(signal, () => undefined)
      })
    }
  })
}

/** What was typed, or what is wrong with it. */
function readRequest(argv: readonly string[]): HostRequest | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      strict: true,
      options: { browser: { type: 'boolean' }, 'no-open': { type: 'boolean' }, port: { type: 'string' }, home: { type: 'string' } }
    })
    if (values.home === '') return '--home names no folder'
    const port = values.port === undefined ? null : /^\d{1,5}$/u.test(values.port) ? Number(values.port) : Number.NaN
    if (port !== null && !(port <= 65_535)) return '--port takes a number from 0 to 65535'
    return { home: values.home ?? null, port, open: values['no-open'] !== true }
  } catch {
    return 'these options are not known'
  }
}

/** The same for the same home, among the ports that nothing registers (49,152 to 65,535). */
function usualPort(name: string): number {
  return 49_152 + (createHash('sha256').update(name).digest().readUInt16BE(0) % 16_384)
}

/** Shows the address in the person's own browser, where there is a display; that it fails is no failure of ours. */
function openBrowser(address: string): void {
  const [command, ...args] = browserCommand(address)
  if (command === undefined) return
  const child = spawn(command, args, { detached: true, stdio: 'ignore' })
  child.on('error', () => undefined)
  child.unref()
}

function browserCommand(address: string): readonly string[] {
  switch (process.platform) {
    case 'darwin':
      return ['open', address]
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler', address]
    default:
      return process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'] ? ['xdg-open', address] : []
  }
}

function complain(line: string, code: number): number {
  process.stderr.write(`${line}\n`)
  return code
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exit(await runHost(process.argv.slice(2)))
}
