/**
 * The Electron window, and everything that it is not allowed: it shows the pages of out/renderer under `app://steward/` and
 * nothing else, sandboxed, without a permission, without a way to another page, another window or the network.
 *
 * Each denial is an item of Electron's security checklist; tests/main/doors/window.test.ts holds them to it by number.
 */
import { BrowserWindow, type Protocol, type Session, type WebContents, type WebPreferences } from 'electron'
import { readAsset, securityHeaders } from './assets.ts'
import { appAddress, appHost, appScheme } from './channels.ts'

/** Must be told to Electron before it is ready. */
export const appPrivileges = { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } } as const

/** `preload` is an absolute path. */
export function windowPreferences(preload: string, developer: boolean): WebPreferences {
  return {
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    safeDialogs: true,
    devTools: developer,
    // Chromium's spelling checker fetches its word lists from a server.
    spellcheck: false
  }
}

export interface WindowOptions {
  readonly preload: string
  readonly dark: boolean
  /** Whether the developer tools may be opened: never in what is shipped. */
  readonly developer: boolean
}

export function openWindow({ preload, dark, developer }: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    width: 1200,
    height: 840,
    minWidth: 360,
    minHeight: 480,
    show: false,
    autoHideMenuBar: true,
    title: 'Values Steward',
    backgroundColor: dark ? '#1b1a18' : '#fbfaf7',
    webPreferences: windowPreferences(preload, developer)
  })
  window.once('ready-to-show', () => window.show())
  // A rejection says only that the page did not load, which the empty window shows; the renderer-gone handler is elsewhere.
  window.loadURL(appAddress).catch(() => undefined)
  return window
}

/** No permission, no device, no screen, and no request but for our own pages. */
export function guardSession(session: Session, developer: boolean): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}))
  session.webRequest.onBeforeRequest((details, answer) => {
    const own = isAppAddress(details.url) || details.url.startsWith('blob:app://steward/')
    answer({ cancel: !own && !(developer && details.url.startsWith('devtools://')) })
  })
  // The person's own notebook as a file, where they ask for it, is all that may be saved.
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith('blob:app://steward/')) event.preventDefault()
  })
}

/** No other page, no other window, no webview, whatever asks for them. */
export function guardContents(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-frame-navigate', (details) => {
    if (!isAppAddress(details.url) || !details.isMainFrame) details.preventDefault()
  })
  contents.on('will-redirect', (details) => details.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
}

/** Answers `app://steward/…` with the files of `folder`, under the same headers as the browser host. */
export function servePages(protocol: Protocol, folder: string): void {
  protocol.handle(appScheme, async (request) => {
    const url = new URL(request.url)
    const asset = url.host === appHost && request.method === 'GET' ? await readAsset(folder, url.pathname) : null
    if (asset === null) return new Response('Not found', { status: 404, headers: { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' } })
    return new Response(Uint8Array.from(asset.bytes), { headers: { ...securityHeaders, 'Content-Type': asset.type } })
  })
}

/** Parsed, not compared by prefix: `app://steward.elsewhere/` and `app://steward@elsewhere/` are other places. */
export function isAppAddress(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && url.protocol === `${appScheme}:` && url.host === appHost && url.username === '' && url.password === ''
}
