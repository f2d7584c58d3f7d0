/**
 * The window's replica: a Y.Doc that is level with the home replica whenever there is a line to it, and goes on without.
 *
 * Invariants: "saved" is said only when the home acknowledged every edit that was made here; an edit that it has not is kept
 * here and sent again when the line is back, and none is sent before what it builds on. The browser's own store (cache.ts) keeps
 * edits that a window was closed on: it is read only once this replica is level with the home, so that start-up never waits for
 * it and what the home knows is never taken from it.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageYjsSyncStep1, messageYjsSyncStep2, messageYjsUpdate, writeSyncStep1, writeSyncStep2, writeUpdate } from 'y-protocols/sync'
import * as Y from 'yjs'
import { createDocument, createProjection, createUndo, type Projection } from '../shared/document/document.ts'
import type { Bridge } from '../shared/ipc.ts'
import type { Problem } from '../shared/result.ts'
import { readFrame, writeFrame } from '../shared/wire.ts'
import { createCache, type Cache } from './cache.ts'

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
  /** Once level: takes in what only the browser's store `name` holds, and keeps that up to date from then on, sealed under `key` (64 hexadecimal digits). */
  cacheIn(name: string, key: string): void
  /** Resolves once what was written until now lies in the browser's store, or that was given up. */
  cached(): Promise<void>
  close(): void
}

/* Updates from the home and from the cache carry these origins: undo leaves them alone. */
const fromHome = { name: 'home' }
const fromCache = { name: 'cache' }

export function openReplica(sync: Bridge['sync']): Replica {
  const doc = createDocument()
  const listeners = new Set<(state: SaveState) => void>()
  let isConnected = false
  /** The home's question was answered over this line: what is sent behind that builds on what it has. */
  let hasAnswered = false
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
    if (hasAnswered) give((encoder) => writeUpdate(encoder, update))
    else hasOffline = true
    tell()
  }
  doc.on('update', onUpdate)

  const ends = [
    sync.onConnected((connected) => {
      hasOffline ||= !connected && saved < sent
      isConnected = connected
      hasAnswered = false
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
    hasAnswered = true
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
    cacheIn(name, key) {
      if (cache !== null) return
      const opened = createCache(name, key, doc, fromCache)
      cache = opened
      void level.then(opened.begin)
    },
    cached: async () => await cache?.settled(),
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

function encoded(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}
