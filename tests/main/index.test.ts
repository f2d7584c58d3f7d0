import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Bridge } from '../../shared/ipc.ts'
import { electron, FakeUtilityProcess, FakeWindow, asIpcRenderer } from '../support/electron.ts'

vi.mock('electron', () => electron)

let folder: string
const argv = process.argv
const { app } = electron

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-electron-'))
  process.argv = [...argv.slice(0, 2), '--home', folder]
  await import('../../main/index.ts')
  app.ready()
  await vi.waitUntil(() => FakeWindow.all.length === 1, { timeout: 20_000 })
})
afterAll(async () => {
  process.argv = argv
  await rm(folder, { recursive: true, force: true })
})

describe('the Electron app', () => {
  it('[3] sandboxes every page, and serves its own under app: before it is ready', () => {
    expect(app.did).toContain('sandbox')
    expect(electron.protocol.schemes).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }])
    expect(app.paths.get('userData')).toBe(folder)
  })

  it('shows one window of its own page, and guards it', () => {
    const [window] = FakeWindow.all
    expect(window?.did).toContain('load app://steward/')
    expect(window?.webContents.opener?.({ url: 'app://steward/' } as never)).toEqual({ action: 'deny' })
    expect(electron.session.defaultSession.onPermissionCheck?.(null, 'media', 'app://steward', {} as never)).toBe(false)
  })

  it('starts the model in a process of its own, and says what it says', async () => {
    const [model] = FakeUtilityProcess.all
    expect(model?.path).toMatch(/models\/process\.ts$/u)
    expect(model?.posted[0]).toMatchObject({ kind: 'start' })
    const bridge = await bridgeOf()
    expect(await bridge.call('status', null)).toMatchObject({ ok: true, value: { empty: true, storage: { kind: 'writable' }, model: { kind: 'loading' } } })
    model?.emit('message', { kind: 'ready', identity: { name: 'a model', sha256: 'a'.repeat(64) } })
    expect(await bridge.call('status', null)).toMatchObject({ value: { model: { kind: 'ready', name: 'a model' } } })
  })

  it('shows the first window again when it is started a second time', () => {
    app.emit('second-instance')
    expect(FakeWindow.all[0]?.did.slice(-2)).toEqual(['restore', 'focus'])
  })

  it('ends only when everything is put away', async () => {
    app.emit('window-all-closed')
    expect(app.did.at(-1)).toBe('held up')
    /* Whoever is impatient, closes the window as well or has the whole group of processes told takes nothing from it. */
    const signals = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).flatMap((signal) => [signal, signal])
    for (const signal of signals) process.listeners(signal).at(-1)?.(signal)
    app.emit('window-all-closed')
    expect(app.did.slice(-8)).toEqual(Array.from({ length: 8 }, () => 'held up'))
    await vi.waitFor(() => {
      /* A process ends some time after it was killed. */
      for (const one of FakeUtilityProcess.all) if (one.killed) one.emit('exit', 0)
      expect(app.did.at(-1)).toBe('quit')
    }, 20_000)
    expect(FakeUtilityProcess.all.map(({ killed }) => killed)).not.toContain(false)
  })
})

/** The Bridge of the window's preload, over the fake of Electron's IPC. */
async function bridgeOf(): Promise<Bridge> {
  const { createBridge } = await import('../../main/doors/preload.ts')
  const window = FakeWindow.all[0]
  if (window === undefined) throw new Error('there is no window')
  return createBridge(asIpcRenderer(window.webContents.renderer))
}
