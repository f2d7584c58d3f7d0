/**
 * A fake of the part of Electron that the first door uses, typed by the same electron.d.ts: a member that is misspelt, or
 * whose arguments are others, does not compile. What is not here throws when it is called, so nothing is faked by silence.
 *
 * Messages are cloned on the way, in order and in a later turn, as between two processes.
 */
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import type {
  App,
  BaseWindow,
  BrowserWindow,
  BrowserWindowConstructorOptions,
  CallbackResponse,
  ContextBridge,
  Dialog,
  IpcMain,
  IpcMainEvent,
  IpcMainInvokeEvent,
  IpcRenderer,
  Menu,
  MenuItemConstructorOptions,
  NativeTheme,
  OnBeforeRequestListenerDetails,
  PrintToPDFOptions,
  Protocol,
  SafeStorage,
  SaveDialogOptions,
  SaveDialogReturnValue,
  Session,
  UtilityProcess,
  WebContents,
  WebFrameMain
} from 'electron'


export class FakeIpcMain extends EventEmitter implements Pick<IpcMain, 'handle' | 'removeHandler'> {
  readonly handlers = new Map<string, (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown>()
  handle(channel: string, handler: (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown): void {
    if (this.handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    this.handlers.set(channel, handler)
  }
  removeHandler(channel: string): void {
    this.handlers.delete(channel)
  }
}

/** One page: its contents as main sees them, and the `ipcRenderer` of its preload. */
export class FakeContents extends EventEmitter implements Pick<WebContents, 'isDestroyed' | 'send' | 'setWindowOpenHandler' | 'printToPDF'> {
  readonly renderer: FakeIpcRenderer
  frame: Pick<WebFrameMain, 'url' | 'parent'> | null = { url: 'app://steward/', parent: null }
  opener: Parameters<WebContents['setWindowOpenHandler']>[0] | null = null
  #destroyed = false
  constructor(main: FakeIpcMain) {
    super()
    this.renderer = new FakeIpcRenderer(main, this)
  }
  isDestroyed(): boolean {
    return this.#destroyed
  }
  send(channel: string, ...args: unknown[]): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed')
    const copy: unknown[] = structuredClone(args)
    setImmediate(() => this.renderer.emit(channel, {}, ...copy))
  }
  setWindowOpenHandler(handler: Parameters<WebContents['setWindowOpenHandler']>[0]): void {
    this.opener = handler
  }
  readonly printed: PrintToPDFOptions[] = []
  printToPDF(options: PrintToPDFOptions): Promise<Buffer> {
    this.printed.push(options)
    return this.#destroyed ? Promise.reject(new TypeError('Object has been destroyed')) : Promise.resolve(Buffer.from('%PDF-1.7 of this page'))
  }
  destroy(): void {
    this.#destroyed = true
    this.emit('destroyed')
  }
}

export class FakeIpcRenderer extends EventEmitter implements Pick<IpcRenderer, 'send' | 'invoke'> {
  readonly #main: FakeIpcMain
  readonly #contents: FakeContents
  constructor(main: FakeIpcMain, contents: FakeContents) {
    super()
    this.#main = main
    this.#contents = contents
  }
  send(channel: string, ...args: unknown[]): void {
    const copy: unknown[] = structuredClone(args)
    setImmediate(() => this.#main.emit(channel, eventOf(this.#contents), ...copy))
  }
  async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    const copy: unknown[] = structuredClone(args)
    await new Promise(setImmediate)
    const handler = this.#main.handlers.get(channel)
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    return structuredClone(await handler(eventOf(this.#contents), ...copy))
  }
}

/** The event that Electron gives a handler; its `senderFrame` is what the page shows at that moment. */
export function eventOf(contents: FakeContents): IpcMainEvent & IpcMainInvokeEvent {
  const event: Partial<IpcMainEvent> = { sender: asContents(contents), senderFrame: contents.frame as WebFrameMain | null }
  return event as IpcMainEvent & IpcMainInvokeEvent
}

export class FakeSession extends EventEmitter implements Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'setDisplayMediaRequestHandler'> {
  onPermissionRequest: Parameters<Session['setPermissionRequestHandler']>[0] = null
  onPermissionCheck: Parameters<Session['setPermissionCheckHandler']>[0] = null
  onDevicePermission: Parameters<Session['setDevicePermissionHandler']>[0] = null
  onDisplayMedia: Parameters<Session['setDisplayMediaRequestHandler']>[0] = null
  onRequest: BeforeRequest | null = null
  readonly webRequest = {
    onBeforeRequest: (handler: BeforeRequest) => {
      this.onRequest = handler
    }
  }
  setPermissionRequestHandler(handler: Parameters<Session['setPermissionRequestHandler']>[0]): void {
    this.onPermissionRequest = handler
  }
  setPermissionCheckHandler(handler: Parameters<Session['setPermissionCheckHandler']>[0]): void {
    this.onPermissionCheck = handler
  }
  setDevicePermissionHandler(handler: Parameters<Session['setDevicePermissionHandler']>[0]): void {
    this.onDevicePermission = handler
  }
  setDisplayMediaRequestHandler(handler: Parameters<Session['setDisplayMediaRequestHandler']>[0]): void {
    this.onDisplayMedia = handler
  }
}
type BeforeRequest = (details: OnBeforeRequestListenerDetails, answer: (response: CallbackResponse) => void) => void

export class FakeProtocol implements Pick<Protocol, 'handle' | 'registerSchemesAsPrivileged'> {
  schemes: Parameters<Protocol['registerSchemesAsPrivileged']>[0] = []
  readonly handlers = new Map<string, Parameters<Protocol['handle']>[1]>()
  registerSchemesAsPrivileged(schemes: Parameters<Protocol['registerSchemesAsPrivileged']>[0]): void {
    this.schemes = schemes
  }
  handle(scheme: string, handler: Parameters<Protocol['handle']>[1]): void {
    this.handlers.set(scheme, handler)
  }
}

export class FakeWindow extends EventEmitter implements Pick<BrowserWindow, 'loadURL' | 'show' | 'focus' | 'isMinimized' | 'restore'> {
  static readonly all: FakeWindow[] = []
  static getAllWindows(): FakeWindow[] {
    return FakeWindow.all
  }
  static fromWebContents(contents: unknown): FakeWindow | null {
    return FakeWindow.all.find((window) => (window.webContents as unknown) === contents) ?? null
  }
  readonly options: BrowserWindowConstructorOptions
  readonly webContents = new FakeContents(electron.ipcMain)
  readonly did: string[] = []
  constructor(options: BrowserWindowConstructorOptions) {
    super()
    this.options = options
    FakeWindow.all.push(this)
    electron.app.emit('web-contents-created', {}, this.webContents)
  }
  loadURL(url: string): Promise<void> {
    this.did.push(`load ${url}`)
    return Promise.resolve()
  }
  show(): void {
    this.did.push('show')
  }
  focus(): void {
    this.did.push('focus')
  }
  isMinimized(): boolean {
    return true
  }
  restore(): void {
    this.did.push('restore')
  }
}

export class FakeApp extends EventEmitter implements Pick<App, 'whenReady' | 'quit' | 'exit' | 'enableSandbox' | 'requestSingleInstanceLock' | 'setPath' | 'isPackaged'> {
  readonly isPackaged = true
  readonly did: string[] = []
  readonly paths = new Map<string, string>()
  isFirst = true
  ready: () => void = () => undefined
  readonly #ready = new Promise<void>((resolve) => (this.ready = resolve))
  whenReady(): Promise<void> {
    return this.#ready
  }
  enableSandbox(): void {
    this.did.push('sandbox')
  }
  requestSingleInstanceLock(): boolean {
    return this.isFirst
  }
  /** As electron.d.ts says: an error where there is no such folder. */
  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error('Failed to set path')
    this.paths.set(name, path)
  }
  /** As Electron does: `before-quit` may hold it up. */
  quit(): void {
    let held = false
    this.emit('before-quit', { preventDefault: () => (held = true) })
    this.did.push(held ? 'held up' : 'quit')
  }
  exit(code = 0): void {
    this.did.push(`exit ${code}`)
  }
}

export class FakeUtilityProcess extends EventEmitter implements Pick<UtilityProcess, 'postMessage' | 'kill'> {
  static readonly all: FakeUtilityProcess[] = []
  readonly posted: unknown[] = []
  killed = false
  readonly path: string
  constructor(path: string) {
    super()
    this.path = path
    FakeUtilityProcess.all.push(this)
  }
  postMessage(message: unknown): void {
    this.posted.push(structuredClone(message))
  }
  kill(): boolean {
    this.killed = true
    return true
  }
}

/** A keychain that hides what it is given under a byte of its own; `backend` is what Linux says that it has. */
export class FakeSafeStorage implements Pick<SafeStorage, 'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'> {
  backend: ReturnType<SafeStorage['getSelectedStorageBackend']> = 'gnome_libsecret'
  isAvailable = true
  /** Another one does not open what this one hid. */
  secret = 0x5a
  async isAsyncEncryptionAvailable(): Promise<boolean> {
    return this.isAvailable
  }
  async encryptStringAsync(plainText: string): Promise<Buffer> {
    if (!this.isAvailable) throw new Error('Error while encrypting the text provided to safeStorage.encryptStringAsync.')
    return Buffer.from([this.secret, ...Buffer.from(plainText).map((byte) => byte ^ this.secret)])
  }
  async decryptStringAsync(encrypted: Buffer): ReturnType<SafeStorage['decryptStringAsync']> {
    const [first, ...hidden] = encrypted
    if (first !== this.secret) throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptStringAsync.')
    return { result: Buffer.from(hidden.map((byte) => byte ^ this.secret)).toString(), shouldReEncrypt: false }
  }
  getSelectedStorageBackend(): ReturnType<SafeStorage['getSelectedStorageBackend']> {
    return this.backend
  }
}

/** The module itself, for `vi.mock('electron', …)`. */
export const electron = {
  app: new FakeApp(),
  ipcMain: new FakeIpcMain(),
  protocol: new FakeProtocol(),
  session: { defaultSession: new FakeSession() },
  safeStorage: new FakeSafeStorage(),
  BrowserWindow: FakeWindow,
  Menu: {
    template: [] as readonly MenuItemConstructorOptions[],
    buildFromTemplate(template: Parameters<typeof Menu.buildFromTemplate>[0]) {
      electron.Menu.template = template as readonly MenuItemConstructorOptions[]
      return {}
    },
    setApplicationMenu: () => undefined
  } satisfies Pick<typeof Menu, 'setApplicationMenu'> & { buildFromTemplate: unknown; template: unknown },
  nativeTheme: { shouldUseDarkColors: false } satisfies Pick<NativeTheme, 'shouldUseDarkColors'>,
  dialog: {
    shown: [] as string[],
    showErrorBox(title: string, content: string) {
      electron.dialog.shown.push(`${title}: ${content}`)
    },
    /** Where the person would put it; null where they think better of it. */
    place: null as string | null,
    asked: [] as SaveDialogOptions[],
    showSaveDialog(first: BaseWindow | SaveDialogOptions, second?: SaveDialogOptions): Promise<SaveDialogReturnValue> {
      electron.dialog.asked.push(second ?? (first as SaveDialogOptions))
      const { place } = electron.dialog
      return Promise.resolve({ canceled: place === null, filePath: place ?? '' })
    }
  } satisfies Pick<Dialog, 'showErrorBox' | 'showSaveDialog'> & { shown: string[]; place: string | null; asked: SaveDialogOptions[] },
  utilityProcess: { fork: (path: string) => new FakeUtilityProcess(path) },
  contextBridge: {
    exposed: new Map<string, unknown>(),
    exposeInMainWorld(key: string, api: unknown) {
      electron.contextBridge.exposed.set(key, api)
    }
  } satisfies Pick<ContextBridge, 'exposeInMainWorld'> & { exposed: unknown },
  ipcRenderer: new EventEmitter()
}

export function asContents(contents: FakeContents): WebContents {
  const part: Partial<WebContents> = contents as Pick<FakeContents, 'isDestroyed' | 'send' | 'setWindowOpenHandler'>
  return part as WebContents
}

export function asIpcMain(main: FakeIpcMain): IpcMain {
  const part: Pick<IpcMain, 'handle' | 'removeHandler'> = main
  return part as IpcMain
}

export function asIpcRenderer(renderer: FakeIpcRenderer): IpcRenderer {
  const part: Pick<IpcRenderer, 'send' | 'invoke'> = renderer
  return part as IpcRenderer
}

export function asSession(session: FakeSession): Session {
  const part: Pick<Session, 'setPermissionRequestHandler'> = session
  return part as Session
}

export function asProtocol(protocol: FakeProtocol): Protocol {
  const part: Pick<Protocol, 'handle'> = protocol
  return part as Protocol
}

