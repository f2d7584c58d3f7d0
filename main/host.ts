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
import type { StorageState } from '../shared/ipc.ts'
import { ok, problemLine, type Result } from '../shared/result.ts'
import { startBrowserHost } from './doors/browser.ts'
import { createBackups } from './keep/room.ts'
import { openShelf } from './models/open.ts'
import { packsOf } from './packs.ts'
import { noDevices, openDevicesRoom } from './peer/room.ts'
import { homeFolder } from './home/place.ts'
import { openHome, type Home } from './replica.ts'
import { createSteward, type Steward } from './steward.ts'
import { readVersion, systemClock, systemRandom } from './system.ts'
import { createDisk, createGate } from './vault/disk.ts'
import { openVault, readKeeping, type Opening } from './vault/open.ts'

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
  const directory = homeFolder(request.home ?? undefined, process.env)
  let opened: Opened | null = null
  const open = async (opening: Opening): Promise<Result<Steward>> => {
    const done = await openSteward(directory, opening)
    if (done.ok) opened = done.value
    return done.ok ? ok(done.value.steward) : done
  }
  const found = readKeeping(directory, process.env)
  if (!found.ok) return complain(problemLine(found.error), 1)
  /* Without the passphrase the window asks for it, and nothing else is there yet. */
  const isLocked = found.value?.keeper === 'passphrase' && (process.env['VALUES_STEWARD_PASSPHRASE'] ?? '') === ''
  const vault = isLocked ? null : await openVault({ directory, mode: 'write' })
  if (vault !== null && !vault.ok) return complain(problemLine(vault.error), 1)
  const steward = vault === null ? ok(createGate({ directory, environment: process.env, keychain: null, open })) : await open(vault.value)
  if (!steward.ok) return complain(problemLine(steward.error), 1)
  const end = async (): Promise<StorageState | undefined> => {
    await opened?.steward.close()
    return opened?.home.state()
  }
  const serve = (port: number) => startBrowserHost({ steward: steward.value, random: systemRandom, assets: fileURLToPath(new URL('../out/renderer', import.meta.url)), port, notebook: digestOf(nameOf(directory)).toString('hex') })
  const usual = await serve(request.port ?? usualPort(nameOf(directory)))
  const host = usual.ok || request.port !== null || usual.error.kind === 'not-found' ? usual : await serve(0)
  if (!host.ok) {
    await end()
    return complain(problemLine(host.error), 1)
  }
  if (isLocked) process.stderr.write('note: this notebook is locked; type its passphrase in the window\n')
  process.stdout.write(`Values Steward is at ${host.value.address}\n`)
  if (request.open) openBrowser(host.value.address)
  await asked
  await host.value.close()
  const last = await end()
  return last?.kind === 'failing' ? complain(`error: ${last.problem.message}; what you changed last was not saved`, 1) : 0
}

interface Opened {
  readonly home: Home
  readonly steward: Steward
}

/** What was not as it should be is said in the terminal. */
async function openSteward(directory: string, opening: Opening): Promise<Result<Opened>> {
  const opened = await openHome({ directory, mode: 'write', random: systemRandom, opening })
  if (!opened.ok) return opened
  const home = opened.value
  const shelf = openShelf({ home: directory, environment: process.env })
  const devices = await openDevicesRoom({ home, directory, clock: systemClock })
  if (!devices.ok) process.stderr.write(`note: other devices cannot be met: ${devices.error.message}; ${devices.error.remedy}\n`)
  const damage = devices.ok ? devices.value.view().notice : null
  if (damage !== null) process.stderr.write(`note: ${damage.message}; ${damage.remedy}\n`)
  const state = home.state()
  const note = state.kind === 'writable' ? state.notice : state.problem
  if (note !== undefined) process.stderr.write(`note: ${note.message}; ${note.remedy}\n`)
  const steward = createSteward({
    devices: devices.ok ? devices.value : noDevices,
    backups: createBackups({ home, directory, clock: systemClock, peers: devices.ok ? devices.value.peers : null }),
    disk: createDisk({ directory, environment: process.env, keychain: null, vault: home.seal.vault }),
    shelf, chosen: await shelf.choice(),
    home, calibration, clock: systemClock, newId: randomUUID, version: readVersion(), packs: packsOf(directory, home.seal),
    startModel: (onState, choice) => startModel({ onState, ...choice })
  })
  return ok({ home, steward })
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

/** Names the home, whether it is open or locked. */
function nameOf(directory: string): string {
  const found = readKeeping(directory, process.env)
  return found.ok ? (found.value?.vault ?? directory) : directory
}

/** The same for the same home, among the ports that nothing registers (49,152 to 65,535). */
function usualPort(name: string): number {
  return 49_152 + (digestOf(name).readUInt16BE(0) % 16_384)
}

function digestOf(name: string): Buffer {
  return createHash('sha256').update(name).digest()
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
