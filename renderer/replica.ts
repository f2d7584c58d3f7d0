/**
 * The window's replica: a Y.Doc that is level with the home replica whenever there is a line to it, and goes on without.
 *
 * Invariants: "saved" is said only when the home acknowledged every edit that was made here; an edit that it has not is kept
 * here and sent again when the line is back. The browser's own store (y-indexeddb) is a cache of edits that a window was
 * closed on: it is read only once this replica is level with the home, so that start-up never waits for it and what the home
 * knows is never taken from it; one that is corrupt, stale, full or hangs is deleted without a word, and what can still be
 * read in it is kept.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageYjsSyncStep1, messageYjsSyncStep2, messageYjsUpdate, writeSyncStep1, writeSyncStep2, writeUpdate } from 'y-protocols/sync'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { createDocument, createProjection, createUndo, type Projection } from '../shared/document.ts'
import type { Bridge } from '../shared/ipc.ts'
import type { Problem } from '../shared/result.ts'
import { readFrame, writeFrame } from '../shared/wire.ts'

export type SaveState =
  | { readonly kind: 'saved' }
  /** Sent, and not acknowledged yet. */
  | { readonly kind: 'saving' }
  /** No line to the home; `unsaved` edits wait for it. */
  | { readonly kind: 'away'; readonly unsaved: boolean }
  /** The home could not write it; it is kept in memory and tried again. */
  | { readonly kind: 'refused'; readonly problem: Problem }

export interface Replica {
  readonly doc: Y.Doc
  readonly projection: Projection
  readonly undo: Y.UndoManager
  state(): SaveState
  onState(listener: (state: SaveState) => void): () => void
  /** Resolves once this replica has what the home has; at once where it is level already. */
  whenLevel(): Promise<void>
  /** Once level: takes in what only the browser's store `name` holds, and keeps that up to date from then on. */
  cacheIn(name: string): void
  close(): void
}

/* Updates from the home and from the cache carry these origins: undo leaves them alone. */
const fromHome = { name: 'home' }
const fromCache = { name: 'cache' }

export function openReplica(sync: Bridge['sync']): Replica {
  const doc = createDocument()
  const listeners = new Set<(state: SaveState) => void>()
  let isConnected = false
  let isLevel = false
  let sent = 0
  let saved = 0
  let problem: Problem | null = null
  let hasOffline = false
  let levelled: () => void = () => undefined
  const level = new Promise<void>((resolve) => (levelled = resolve))
  let last = ''

  function state(): SaveState {
    if (!isConnected) return { kind: 'away', unsaved: hasOffline || saved < sent }
    if (problem !== null) return { kind: 'refused', problem }
    return isLevel && saved >= sent ? { kind: 'saved' } : { kind: 'saving' }
  }
  function tell(): void {
    const now = state()
    const text = JSON.stringify(now)
    if (text === last) return
    last = text
    for (const listener of listeners) listener(now)
  }
  function give(write: (encoder: encoding.Encoder) => void): void {
    sent += 1
    sync.send(writeFrame({ kind: 'edits', number: sent, message: encoded(write) }))
  }

  const onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === fromHome) return
    if (isConnected) give((encoder) => writeUpdate(encoder, update))
    else hasOffline = true
    tell()
  }
  doc.on('update', onUpdate)

  const ends = [
    sync.onConnected((connected) => {
      hasOffline ||= !connected && saved < sent
      isConnected = connected
      isLevel = false
      sent = 0
      saved = 0
      problem = null
      if (connected) sync.send(writeFrame({ kind: 'ask', message: encoded((encoder) => writeSyncStep1(encoder, doc)) }))
      tell()
    }),
    sync.onFrame((bytes) => {
      const frame = readFrame(bytes)
      if (!frame.ok) return
      switch (frame.value.kind) {
        case 'ask':
          answer(frame.value.message)
          break
        case 'edits':
          take(frame.value.message)
          break
        case 'saved':
          saved = Math.max(saved, frame.value.number)
          if (saved >= sent) {
            problem = null
            hasOffline = false
          }
          break
        case 'refused':
          problem = frame.value.problem
          break
      }
      tell()
    })
  ]

  /** What the home lacks; it acknowledges this like any edit. */
  function answer(message: Uint8Array): void {
    const decoder = decoding.createDecoder(message)
    if (decoding.readVarUint(decoder) !== messageYjsSyncStep1) return
    const vector = decoding.readVarUint8Array(decoder)
    give((encoder) => writeSyncStep2(encoder, doc, vector))
  }

  function take(message: Uint8Array): void {
    const decoder = decoding.createDecoder(message)
    const kind = decoding.readVarUint(decoder)
    if (kind !== messageYjsSyncStep2 && kind !== messageYjsUpdate) return
    Y.applyUpdate(doc, decoding.readVarUint8Array(decoder), fromHome)
    if (isLevel) return
    isLevel = true
    levelled()
  }

  let cache: Cache | null = null
  const projection = createProjection(doc)
  const undo = createUndo(doc)
  return {
    doc, projection, undo, state,
    onState(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    whenLevel: () => (isLevel ? Promise.resolve() : level),
    cacheIn(name) {
      if (cache !== null) return
      const opened = createCache(name, doc)
      cache = opened
      void level.then(opened.begin)
    },
    close() {
      for (const end of ends) end()
      doc.off('update', onUpdate)
      cache?.end()
      projection.end()
      undo.destroy()
      doc.destroy()
    }
  }
}

// ---- the cache ------------------------------------------------------------------------------------------------------

interface Cache {
  begin(): void
  end(): void
}

/** Milliseconds that the store may take to give its rows before it is given up. */
const cachePatience = 4_000

/**
 * y-indexeddb writes within the document's own transactions and throws there when its store dies, and hides all rows behind
 * one that is broken. So it is given a copy of the document, and its rows are read and tried on that copy first.
 */
function createCache(name: string, doc: Y.Doc): Cache {
  const copy = new Y.Doc()
  let store: IndexeddbPersistence | null = null
  let isOver = false

  async function begin(): Promise<void> {
    if (isOver) return
    const rows = await inTime(readRows(name))
    if (isOver) return
    if (rows === null) return giveUp()
    const isWhole = rows.map((row) => isTaken(copy, row)).every(Boolean)
    if (rows.length > 0) Y.applyUpdate(doc, Y.encodeStateAsUpdate(copy, Y.encodeStateVector(doc)), fromCache)
    if (!isWhole && !(await inTime(deleteStore(name)))) return giveUp()
    if (isOver) return
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(copy)))
    globalThis.addEventListener?.('unhandledrejection', onRejection)
    doc.on('update', onUpdate)
    store = new IndexeddbPersistence(name, copy)
  }

  const onUpdate = (update: Uint8Array): void => {
    if (!isTaken(copy, update)) giveUp()
  }
  const onRejection = (event: PromiseRejectionEvent): void => {
    /* y-indexeddb lets the failures of its writes fall: they are its alone, and say that the store is of no use. */
    if (!isStoreFailure(event.reason)) return
    event.preventDefault()
    giveUp()
  }
  function end(): void {
    isOver = true
    globalThis.removeEventListener?.('unhandledrejection', onRejection)
    doc.off('update', onUpdate)
    void store?.destroy().catch(() => undefined)
    copy.destroy()
  }
  function giveUp(): void {
    if (isOver) return
    end()
    void inTime(deleteStore(name))
  }
  return { begin: () => void begin().catch(giveUp), end }
}

/** Whether the document could take the bytes as an update. */
function isTaken(doc: Y.Doc, bytes: unknown): boolean {
  try {
    Y.applyUpdate(doc, bytes as Uint8Array)
    return true
  } catch {
    return false
  }
}

/** Every row of y-indexeddb's store, as it lies there; none where there is no such store. */
function readRows(name: string): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name)
    let isNew = false
    request.onupgradeneeded = () => {
      isNew = true
      request.transaction?.abort()
    }
    request.onerror = () => (isNew ? resolve([]) : reject(new Error('the cache cannot be opened')))
    request.onsuccess = () => {
      const database = request.result
      const close = (): void => database.close()
      try {
        const transaction = database.transaction('updates')
        transaction.oncomplete = close
        transaction.onabort = close
        const rows = transaction.objectStore('updates').getAll()
        rows.onsuccess = () => resolve(rows.result as readonly unknown[])
        rows.onerror = () => reject(new Error('the cache cannot be read'))
      } catch (error) {
        close()
        reject(error instanceof Error ? error : new Error('the cache cannot be read'))
      }
    }
  })
}

function deleteStore(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve(true)
    request.onerror = () => resolve(false)
  })
}

/** Null where it fails, throws, or takes longer than one waits for a cache. */
function inTime<Value>(work: Promise<Value>): Promise<Value | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), cachePatience)
    work.then(resolve, () => resolve(null)).finally(() => clearTimeout(timer))
  })
}

/** lib0 wraps what a store refused in an Error whose message starts with the exception's name. */
function isStoreFailure(reason: unknown): boolean {
  const names = /^(?:Abort|Constraint|Data|DataClone|InvalidState|NotFound|QuotaExceeded|ReadOnly|TransactionInactive|Unknown|Version)Error\b/u
  return reason instanceof DOMException || (reason instanceof Error && names.test(reason.message))
}

function encoded(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}
