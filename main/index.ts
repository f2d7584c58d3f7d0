/**
 * Where the Electron app begins: one steward, its window, and the end of both in good order.
 *
 * Invariants: a second start shows the first one's window and ends; the model runs in a process of its own; the app ends only
 * when every edit that arrived is durable, where the disk allows it. What cannot start says why in one box and ends.
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, dialog, ipcMain, Menu, nativeTheme, protocol, safeStorage, session, utilityProcess } from 'electron'
import type { FromProcess, ToProcess } from '../models/messages.ts'
import { calibration, startModel, type ModelHost } from '../models/model.ts'
import { ok, type Problem, type Result } from '../shared/result.ts'
import { serveWindows } from './doors/ipc.ts'
import { createBackups } from './keep/room.ts'
import { openShelf } from './models/open.ts'
import { packsOf } from './packs.ts'
import { noDevices, openDevicesRoom } from './peer/room.ts'
import type { NetworkHost } from './peer/meeting/network.ts'
import type { FromProcess as FromNetwork, ToProcess as ToNetwork } from './peer/meeting/messages.ts'
import { makeFolder } from './home/disk.ts'
import { homeFolder } from './home/place.ts'
import { openHome } from './replica.ts'
import { createSteward, type Steward } from './steward.ts'
import { servePrinting } from './doors/print.ts'
import { readVersion, systemClock, systemRandom } from './system.ts'
import { createDisk, createGate } from './vault/disk.ts'
import type { Means } from './vault/keeping.ts'
import { createKeychain } from './vault/keychain.ts'
import { openVault, readKeeping, type Opening } from './vault/open.ts'
import { appPrivileges, guardContents, guardSession, openWindow, servePages } from './doors/window.ts'

const home = homeFolder(valueOf('--home', process.argv))
/* Whatever Chromium keeps (the window's cache) lies in the same home, so that two homes share nothing. Electron wants it there
   first; that it cannot be made is said by openHome. */
try {
  makeFolder(home)
  app.setPath('userData', home)
} catch {
  // The usual place it is, then.
}
app.enableSandbox()
protocol.registerSchemesAsPrivileged([appPrivileges])

if (app.requestSingleInstanceLock()) void start()
else app.quit()

async function start(): Promise<void> {
  await app.whenReady()
  const means = { directory: home, environment: process.env, keychain: createKeychain(safeStorage) }
  let opened: Steward | null = null
  const open = async (opening: Opening): Promise<Result<Steward>> => {
    const done = await openSteward(means, opening)
    if (done.ok) opened = done.value
    return done
  }
  const kept = readKeeping(home, process.env)
  if (!kept.ok) return giveUp(kept.error)
  /* Without the passphrase the window asks for it, and nothing else is there yet. */
  const isLocked = kept.value?.keeper === 'passphrase' && (process.env['VALUES_STEWARD_PASSPHRASE'] ?? '') === ''
  const vault = isLocked ? null : await openVault({ ...means, mode: 'write' })
  if (vault !== null && !vault.ok) return giveUp(vault.error)
  const steward = vault === null ? ok(createGate({ ...means, open })) : await open(vault.value)
  if (!steward.ok) return giveUp(steward.error)

  app.on('web-contents-created', (_event, contents) => guardContents(contents))
  guardSession(session.defaultSession, !app.isPackaged)
  servePages(protocol, fileURLToPath(new URL('../out/renderer', import.meta.url)))
  const stopServing = serveWindows(ipcMain, steward.value)
  const stopPrinting = servePrinting(ipcMain)
  Menu.setApplicationMenu(Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'viewMenu' }, { role: 'windowMenu' }]))

  let end: 'not yet' | 'under way' | 'over' = 'not yet'
  app.on('before-quit', (event) => {
    if (end === 'over') return
    /* Held up until everything is put away, however often it is asked meanwhile, then once more. */
    event.preventDefault()
    if (end === 'under way') return
    end = 'under way'
    stopServing()
    stopPrinting()
    void (opened?.close() ?? Promise.resolve()).finally(() => {
      end = 'over'
      app.quit()
    })
  })
  app.on('window-all-closed', () => app.quit())
  app.on('second-instance', showWindow)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit())
  openWindow({ preload: fileURLToPath(new URL('./preload.cjs', import.meta.url)), dark: nativeTheme.shouldUseDarkColors, developer: !app.isPackaged })
}

async function openSteward(means: Means, opening: Opening): Promise<Result<Steward>> {
  const opened = await openHome({ directory: home, mode: 'write', random: systemRandom, opening })
  if (!opened.ok) return opened
  const shelf = openShelf({ home, environment: process.env, own: modelFolder() })
  const devices = await openDevicesRoom({ home: opened.value, directory: home, clock: systemClock, host: startNetworkProcess })
  return ok(createSteward({
    devices: devices.ok ? devices.value : noDevices,
    backups: createBackups({ home: opened.value, directory: home, clock: systemClock, peers: devices.ok ? devices.value.peers : null }),
    disk: createDisk({ ...means, vault: opened.value.seal.vault }),
    shelf, chosen: await shelf.choice(),
    home: opened.value, calibration, clock: systemClock, newId: randomUUID, version: readVersion(), packs: packsOf(home, opened.value.seal),
    startModel: (onState, choice) => startModel({ onState, host: startUtilityProcess, base: modelFolder(), folder: modelFolder(), ...choice })
  }))
}

function showWindow(): void {
  const window = BrowserWindow.getAllWindows()[0]
  if (window?.isMinimized() === true) window.restore()
  window?.focus()
}

function giveUp({ message, remedy }: Problem): void {
  dialog.showErrorBox('Values Steward cannot start', `${message}. What to do: ${remedy}.`)
  app.exit(1)
}

/** ONNX Runtime opens the weights itself, and cannot look into the archive that the app is packed in: they lie beside it. */
function modelFolder(): string {
  return fileURLToPath(new URL('../models/', import.meta.url)).replace(/(?<=[\\/]app\.asar)(?=[\\/])/u, '.unpacked')
}

/** The model's process as Electron starts one: without the flags of this one, and ended with it. */
function startUtilityProcess(entry: URL): ModelHost {
  const child = utilityProcess.fork(fileURLToPath(entry), [], { serviceName: 'Values Steward model', stdio: 'ignore' })
  return {
    send: (message: ToProcess) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', (message: FromProcess) => listener(message)),
    onExit: (listener) => void child.once('exit', () => listener()),
    kill: () => void child.kill(),
    get pid() {
      return child.pid
    }
  }
}

/** The process that meets other devices, as Electron starts one. */
function startNetworkProcess(entry: URL): NetworkHost {
  const child = utilityProcess.fork(fileURLToPath(entry), [], { serviceName: 'Values Steward devices', stdio: 'ignore' })
  return {
    send: (message: ToNetwork) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', (message: FromNetwork) => listener(message)),
    onExit: (listener) => void child.once('exit', () => listener()),
    kill: () => void child.kill()
  }
}

/** `--home DIR` or `--home=DIR` among what the app was started with. */
function valueOf(name: string, argv: readonly string[]): string | undefined {
  const at = argv.indexOf(name)
  return argv.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? (at === -1 ? undefined : argv[at + 1])
}
