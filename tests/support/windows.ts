/**
 * Windows of one device, in the world of faults.ts: each has the real replica of the window, a line to the home that can be cut with
 * frames under way, and the browser's own store (IndexedDB by fake-indexeddb), which runs full, aborts what is written, never
 * answers, or gives back other bytes than it was given.
 */
import { createCipheriv, createDecipheriv, KeyObject, type webcrypto } from 'node:crypto'
import 'fake-indexeddb/auto'
import type * as Y from 'yjs'
import type { Home } from '../../main/replica.ts'
import { openReplica, type Replica } from '../../renderer/replica.ts'
import type { Bridge } from '../../shared/ipc.ts'
import type { Transport } from '../../shared/ports.ts'
import type { FaultWorld } from './faults.ts'

/** What the browser's store does with what is written from now on. */
export type StoreTrouble = 'none' | 'full' | 'aborts' | 'silent'

export class TestWindow {
  readonly replica: Replica
  /** Whether the store of the browser has been well for as long as this window was open. */
  isStoreWell: boolean
  isLevel = false
  readonly #line: Line

  /** `cache`: the name of the browser's store; windows of one device share it. */
  constructor(world: FaultWorld, cache: string, store: TestStore) {
    this.#line = new Line(world)
    this.isStoreWell = store.trouble === 'none'
    this.replica = openReplica(this.#line.sync)
    /* Yjs takes any; the same seed is to take the same way. */
    this.replica.doc.clientID = 1 + Math.floor(world.random() * 2 ** 31)
    this.replica.cacheIn(cache, '5a'.repeat(32))
    void this.replica.whenLevel().then(() => (this.isLevel = true))
  }

  get isConnected(): boolean {
    return this.#line.isConnected
  }

  /** A line to the home, in place of the one there was. */
  connect(home: Home): void {
    this.#line.connect(home)
  }

  /** What is under way is gone. */
  cut(): void {
    this.#line.cut()
  }

  /** As a browser closes a window: nobody is asked, nothing is finished. */
  close(): void {
    this.#line.cut()
    this.replica.close()
  }

  edit(work: (doc: Y.Doc) => void): void {
    work(this.replica.doc)
  }
}

/** A WebSocket as it is: in order and whole, until it is cut. */
class Line {
  readonly sync: Bridge['sync']
  readonly #world: FaultWorld
  readonly #frames = new Set<(frame: Uint8Array) => void>()
  readonly #states = new Set<(connected: boolean) => void>()
  #ends: { send(frame: Uint8Array): void; cut(): void } | null = null

  constructor(world: FaultWorld) {
    this.#world = world
    this.sync = {
      send: (frame) => this.#ends?.send(frame),
      onFrame: (listener) => (this.#frames.add(listener), () => void this.#frames.delete(listener)),
      onConnected: (listener) => (this.#states.add(listener), () => void this.#states.delete(listener))
    }
  }

  get isConnected(): boolean {
    return this.#ends !== null
  }

  connect(home: Home): void {
    this.cut()
    let isOver = false
    const closing = new Set<() => void>()
    const early: Uint8Array[] = []
    let atHome: ((frame: Uint8Array) => void) | null = null
    const over = (): void => {
      if (isOver) return
      isOver = true
      for (const tell of closing) tell()
    }
    const way = (arrive: (frame: Uint8Array) => void): ((frame: Uint8Array) => void) => {
      let last = 0
      return (frame) => {
        if (isOver) return
        const copy = frame.slice()
        last = Math.max(last, this.#world.now() + Math.ceil(this.#world.random() * 8))
        setTimeout(() => void (isOver || arrive(copy)), last - this.#world.now())
      }
    }
    const toHome = way((frame) => (atHome === null ? void early.push(frame) : atHome(frame)))
    const toWindow = way((frame) => this.#frames.forEach((listener) => listener(frame)))
    const transport: Transport = {
      send: toWindow,
      onFrame(listener) {
        atHome = listener
        for (const frame of early.splice(0)) listener(frame)
      },
      onClose: (tell) => void (isOver ? tell() : closing.add(tell)),
      close: () => this.cut()
    }
    this.#ends = { send: toHome, cut: over }
    this.#states.forEach((listener) => listener(true))
    home.connect(transport)
  }

  cut(): void {
    const ends = this.#ends
    this.#ends = null
    ends?.cut()
    if (ends !== null) this.#states.forEach((listener) => listener(false))
  }
}

// ---- the browser's store --------------------------------------------------------------------------------------------

export interface TestStore {
  readonly trouble: StoreTrouble
  set(trouble: StoreTrouble): void
  /** Other bytes in place of some of the rows of `cache`; gives how many. */
  spoil(cache: string, random: () => number): Promise<number>
  /** Gives the platform's own back. */
  end(): void
}

/** One for the process, as IndexedDB is; what fails in it and is caught by nobody reaches the windows, as in a browser. */
export function createTestStore(): TestStore {
  let trouble: StoreTrouble = 'none'
  const { prototype: rows } = IDBObjectStore
  const { prototype: factory } = IDBFactory
  const own = { add: rows.add, put: rows.put, open: factory.open }
  const write = (kind: 'add' | 'put') =>
    function (this: IDBObjectStore, ...values: Parameters<IDBObjectStore['add']>): IDBRequest<IDBValidKey> {
      if (trouble === 'full') throw new DOMException('full', 'QuotaExceededError')
      const request = own[kind].apply(this, values)
      if (trouble === 'aborts') this.transaction.abort()
      return request
    }
  rows.add = write('add')
  rows.put = write('put')
  factory.open = function (this: IDBFactory, ...values: Parameters<IDBFactory['open']>): IDBOpenDBRequest {
    return trouble === 'silent' ? ({} as IDBOpenDBRequest) : own.open.apply(this, values)
  }
  const rejections = takeRejections()
  const ciphers = takeCiphers()
  return {
    get trouble() {
      return trouble
    },
    set(next) {
      trouble = next
    },
    spoil: (cache, random) => spoil(own.open, cache, random),
    end() {
      Object.assign(rows, { add: own.add, put: own.put })
      factory.open = own.open
      ciphers.end()
      rejections.end()
    }
  }
}

async function spoil(open: IDBFactory['open'], cache: string, random: () => number): Promise<number> {
  if (!(await indexedDB.databases()).some(({ name }) => name === cache)) return 0
  const database = await settled(open.call(indexedDB, cache))
  let count = 0
  try {
    const names = [...database.objectStoreNames].filter((name) => name === 'updates')
    for (const name of names) {
      const transaction = database.transaction(name, 'readwrite')
      const over = new Promise<void>((resolve) => transaction.addEventListener('complete', () => resolve()))
      const store = transaction.objectStore(name)
      for (const key of await settled(store.getAllKeys())) {
        if (random() < 0.5) continue
        const row: unknown = await settled(store.get(key) as IDBRequest<unknown>)
        store.put(row instanceof Uint8Array && random() < 0.7 ? row.map((byte) => (random() < 0.05 ? byte ^ 0x5a : byte)) : 'rubbish', key)
        count += 1
      }
      await over
    }
  } finally {
    database.close()
  }
  return count
}

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('the store refused')))
  })
}

/** The same AES-GCM as WebCrypto's, done at once: threads of the platform know nothing of this world's time. */
function takeCiphers(): { end(): void } {
  const { subtle } = crypto
  const own = { encrypt: subtle.encrypt, decrypt: subtle.decrypt, importKey: subtle.importKey }
  const partsOf = (algorithm: unknown): { readonly iv: Uint8Array; readonly additionalData: Uint8Array } => algorithm as AesGcmParams & { iv: Uint8Array; additionalData: Uint8Array }
  subtle.importKey = (async (format: 'raw', bytes: Uint8Array<ArrayBuffer>, algorithm: string, _: boolean, uses: readonly KeyUsage[]) => await own.importKey.call(subtle, format, bytes, algorithm, true, uses)) as SubtleCrypto['importKey']
  subtle.encrypt = async (algorithm, key, data) => {
    const { iv, additionalData } = partsOf(algorithm)
    const cipher = createCipheriv('aes-256-gcm', KeyObject.from(key as webcrypto.CryptoKey), iv)
    cipher.setAAD(additionalData)
    return Uint8Array.from(Buffer.concat([cipher.update(data as Uint8Array), cipher.final(), cipher.getAuthTag()])).buffer
  }
  subtle.decrypt = async (algorithm, key, data) => {
    const { iv, additionalData } = partsOf(algorithm)
    const bytes = data as Uint8Array
    const decipher = createDecipheriv('aes-256-gcm', KeyObject.from(key as webcrypto.CryptoKey), iv)
    decipher.setAAD(additionalData)
    decipher.setAuthTag(bytes.subarray(-16))
    return Uint8Array.from(Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()])).buffer
  }
  return { end: () => void Object.assign(subtle, own) }
}

/** `unhandledrejection` as windows hear of it; what none of them takes as its own goes where it went before. */
function takeRejections(): { end(): void } {
  const before = process.listeners('unhandledRejection')
  const listeners = new Set<(event: unknown) => void>()
  const hear = (reason: unknown, promise: Promise<unknown>): void => {
    /* What a store refused a window that has been closed since is nobody's. */
    let isTaken = reason instanceof Error && /^(?:Abort|InvalidState|QuotaExceeded)Error\b/u.test(reason.message)
    for (const listener of listeners) listener({ reason, promise, preventDefault: () => void (isTaken = true) })
    if (!isTaken) for (const tell of before) tell.call(process, reason, promise)
  }
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', hear)
  const platform = { addEventListener: globalThis.addEventListener, removeEventListener: globalThis.removeEventListener }
  Object.assign(globalThis, {
    addEventListener: (name: string, listener: (event: unknown) => void) => void (name === 'unhandledrejection' && listeners.add(listener)),
    removeEventListener: (_: string, listener: (event: unknown) => void) => void listeners.delete(listener)
  })
  return {
    end() {
      process.removeListener('unhandledRejection', hear)
      for (const tell of before) process.on('unhandledRejection', tell)
      Object.assign(globalThis, platform)
    }
  }
}
