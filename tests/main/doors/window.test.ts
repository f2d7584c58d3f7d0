/**
 * The Electron window against Electron's security checklist, item by item. [17] and [20] are in ipc.test.ts, [19] in
 * tests/builder.test.ts; the items that speak of something we have none of are shown to have none.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { contentSecurityPolicy } from '../../../main/doors/assets.ts'
import { appPrivileges, guardContents, guardSession, isAppAddress, openWindow, servePages, windowPreferences } from '../../../main/doors/window.ts'
import { asContents, asProtocol, asSession, electron, FakeContents, FakeIpcMain, FakeProtocol, FakeSession, FakeWindow } from '../../support/electron.ts'

vi.mock('electron', async () => (await import('../../support/electron.ts')).electron)

const elsewhere = ['https://example.org/', 'http://127.0.0.1:8080/', 'ws://127.0.0.1/', 'file:///etc/passwd', 'ftp://example.org/', 'data:text/html,x', 'app://other/', 'app://steward.example.org/', 'app://steward@example.org/', 'javascript:alert(1)', 'devtools://devtools/x', '']

describe('the window', () => {
  const shipped = windowPreferences('/somewhere/preload.cjs', false)

  it('[2] gives pages no Node, neither in workers nor in frames', () => {
    expect(shipped).toMatchObject({ nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false })
  })
  it('[3] isolates the preload’s world from the page’s', () => {
    expect(shipped.contextIsolation).toBe(true)
  })
  it('[4] is sandboxed', () => {
    expect(shipped.sandbox).toBe(true)
  })
  it('[6] keeps web security on', () => {
    expect(shipped.webSecurity).toBe(true)
  })
  it('[8] [9] [10] allows no insecure content, no experiments, no extra features of Blink', () => {
    expect(shipped).toMatchObject({ allowRunningInsecureContent: false, experimentalFeatures: false })
    expect(Object.keys(shipped)).not.toContain('enableBlinkFeatures')
  })
  it('[11] knows no webview, and what is dropped on it does not open', () => {
    expect(shipped).toMatchObject({ webviewTag: false, navigateOnDragDrop: false })
  })
  it('has developer tools only where it is developed, and a spelling checker that fetches nothing', () => {
    expect(shipped).toMatchObject({ devTools: false, spellcheck: false })
    expect(windowPreferences('/somewhere/preload.cjs', true)).toEqual({ ...shipped, devTools: true })
  })
  it('[18] opens our own scheme, not a file, and shows itself when it has something to show', () => {
    const window = openWindow({ preload: '/somewhere/preload.cjs', dark: true, developer: false })
    const [fake] = FakeWindow.all
    expect(window).toBe(fake)
    expect(fake?.did).toEqual(['load app://steward/'])
    expect(fake?.options).toMatchObject({ show: false, webPreferences: shipped })
    fake?.emit('ready-to-show')
    expect(fake?.did).toEqual(['load app://steward/', 'show'])
    expect(electron.BrowserWindow.all).toHaveLength(1)
  })
})

describe('the session', () => {
  const session = new FakeSession()
  guardSession(asSession(session), false)

  it('[1] loads our own pages and nothing else', () => {
    const isLetThrough = (url: string) => {
      const answer = vi.fn<(response: { cancel?: boolean }) => void>()
      session.onRequest?.({ url } as never, answer)
      return answer.mock.calls[0]?.[0].cancel === false
    }
    for (const url of ['app://steward/', 'app://steward/assets/a.js', 'blob:app://steward/1']) expect([url, isLetThrough(url)]).toEqual([url, true])
    for (const url of [...elsewhere, 'blob:https://example.org/1']) expect([url, isLetThrough(url)]).toEqual([url, false])
  })
  it('[5] grants no permission, no device and no picture of the screen', () => {
    const answer = vi.fn<(granted: boolean) => void>()
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'fileSystem'] as const) {
      session.onPermissionRequest?.(asContents(new FakeContents(new FakeIpcMain())), permission, answer, {} as never)
      expect(session.onPermissionCheck?.(null, permission, 'app://steward', {} as never)).toBe(false)
    }
    expect(answer.mock.calls).toEqual(Array.from({ length: 6 }, () => [false]))
    expect(session.onDevicePermission?.({} as never)).toBe(false)
    const streams = vi.fn<(streams: unknown) => void>()
    session.onDisplayMedia?.({} as never, streams)
    expect(streams).toHaveBeenCalledWith({})
  })
  it('saves nothing that a page would download', () => {
    const event = { preventDefault: vi.fn<() => void>() }
    session.emit('will-download', event, { getURL: () => 'https://elsewhere.example/x' })
    expect(event.preventDefault).toHaveBeenCalled()
    const own = { preventDefault: vi.fn<() => void>() }
    session.emit('will-download', own, { getURL: () => 'blob:app://steward/0b7c' })
    expect(own.preventDefault).not.toHaveBeenCalled()
  })
})

describe('what is shown in a window', () => {
  const contents = new FakeContents(new FakeIpcMain())
  guardContents(asContents(contents))
  const isDenied = (event: string, details: object) => {
    const preventDefault = vi.fn<() => void>()
    contents.emit(event, { ...details, preventDefault })
    return preventDefault.mock.calls.length === 1
  }

  it('[12] never becomes a webview', () => {
    expect(isDenied('will-attach-webview', {})).toBe(true)
  })
  it('[13] stays our own page: no navigation, no frame, no redirect', () => {
    for (const url of elsewhere) expect([url, isDenied('will-frame-navigate', { url, isMainFrame: true })]).toEqual([url, true])
    expect(isDenied('will-frame-navigate', { url: 'app://steward/', isMainFrame: false })).toBe(true)
    expect(isDenied('will-frame-navigate', { url: 'app://steward/', isMainFrame: true })).toBe(false)
    expect(isDenied('will-redirect', { url: 'app://steward/' })).toBe(true)
  })
  it('[14] opens no other window', () => {
    for (const url of ['app://steward/', ...elsewhere]) expect(contents.opener?.({ url } as never)).toEqual({ action: 'deny' })
  })
})

describe('[7] [18] the pages, served under app:', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'))
  const protocol = new FakeProtocol()
  const get = async (url: string, method = 'GET') => {
    const handler = protocol.handlers.get('app')
    if (handler === undefined) throw new Error('nothing answers app:')
    return await handler(new Request(url, { method }) as never)
  }
  beforeAll(() => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Values Steward</title>')
    writeFileSync(join(folder, 'secret.key'), 'secret')
    servePages(asProtocol(protocol), folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('come with the content security policy of the browser host, which allows nothing by default and nothing inline', async () => {
    const response = await get('app://steward/')
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('Values Steward')
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
    expect(contentSecurityPolicy).toMatch(/^default-src 'none';/u)
    expect(contentSecurityPolicy).not.toMatch(/unsafe|https?:|\*/u)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })
  it('are those of the folder, of known kinds, and only read', async () => {
    for (const url of ['app://steward/none.html', 'app://steward/secret.key', 'app://steward/%2e%2e/%2e%2e/etc/passwd', 'app://steward/..%2f..%2fetc%2fpasswd', 'app://elsewhere/index.html']) {
      const response = await get(url)
      expect([url, response.status]).toEqual([url, 404])
      expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
    }
    expect((await get('app://steward/', 'POST')).status).toBe(404)
  })
  it('have a secure origin of their own, which cannot step round the policy', () => {
    expect(appPrivileges).toEqual({ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } })
  })
  it('are told from all that only looks like them', () => {
    for (const url of elsewhere) expect([url, isAppAddress(url)]).toEqual([url, false])
    for (const url of ['app://steward/', 'app://steward/#/values', 'app://steward/index.html']) expect([url, isAppAddress(url)]).toEqual([url, true])
  })
})

describe('the sources', () => {
  const root = join(import.meta.dirname, '..', '..', '..')

  it('[15] never ask the system to open an address', () => {
    const sources = readdirSync(join(root, 'main')).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(root, 'main', name), 'utf8'))
    expect(sources.length).toBeGreaterThan(5)
    expect(sources.filter((text) => /\bopenExternal\b|\bshell\.open/u.test(text))).toEqual([])
  })
  it('[16] pin the release of Electron that is installed', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }
    const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8')) as { version: string }
    expect(devDependencies['electron']).toBe(version)
    expect(Number(version.split('.')[0])).toBeGreaterThanOrEqual(45)
  })
})
