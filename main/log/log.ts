/**
 * The Storage port (shared/ports.ts, S1–S6) over a SQLite file in a thread of its own (log/worker.ts).
 *
 * Leaves out: what the entries mean (replica.ts). A log opened for reading makes no file and takes no lock, so that a
 * command can look while the app is open.
 */
import { Worker } from 'node:worker_threads'
import type { Storage } from '../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import type { StoreName } from '../vault/rows.ts'
import type { Vault, VaultMaterial } from '../vault/vault.ts'

/** Why nothing can be written where nobody asked to. */
export const lookingOnly: Problem = { kind: 'read-only', message: 'this home was opened for reading only', remedy: 'open it for writing to change anything' }

export type LogMode = 'write' | 'read'

export type LogOpened =
  | { readonly kind: 'writable'; readonly name: string; readonly problem?: never }
  /** `name` is null where there is no home yet. */
  | { readonly kind: 'read-only'; readonly name: string | null; readonly problem: Problem }

export interface Loaded {
  /** Oldest first. */
  readonly entries: readonly Uint8Array[]
  /** Said where something that was saved could not be read. */
  readonly notice: Problem | null
}

/** What the thread opens; survives structured clone. */
export interface LogFileOptions {
  readonly directory: string
  readonly mode: LogMode
  /** What opens its rows; without one, only a log of before can be read, and none written. */
  readonly vault: VaultMaterial | null
  readonly store: StoreName
  /** A log of before, whose rows are plain, is taken, and sealed where it is opened for writing; else it was put there by somebody else. */
  readonly takesPlain: boolean
  /** Why it is opened for reading only. */
  readonly why: Problem | null
  /** Pages that the database may have: a small disk, for tests. */
  readonly maximumPages: number | null
}

export type LogRequest =
  | { readonly id: number; readonly kind: 'open' | 'load' | 'close' }
  | { readonly id: number; readonly kind: 'append'; readonly entry: Uint8Array }
  | { readonly id: number; readonly kind: 'compact'; readonly replacement: Uint8Array }

export interface LogReply {
  readonly id: number
  readonly result: Result<unknown>
}

export interface Log extends Storage {
  /** `name` is drawn at random when a home is made, and kept. */
  readonly opened: LogOpened
  /** What was lost, where something was; known after `load`. */
  notice(): Problem | null
  /** Ends the thread with the file as it is, as a crash would. */
  abandon(): Promise<void>
}

export interface LogOptions {
  readonly directory: string
  readonly mode: LogMode
  /** What seals its rows. Null: a log of before can be read, and none can be written. */
  readonly vault: Vault | null
  /** Without it, the person's values. */
  readonly store?: StoreName
  /** Whether a log of before, which is plain, may lie there: no, unless this is said. */
  readonly takesPlain?: boolean
  /** Why it is opened for reading where the person wanted more. */
  readonly why?: Problem
  /** Pages that the database may have: a small disk, for tests. */
  readonly maximumPages?: number
}

/** Errors: `conflict` (another process writes this home), `read-only`, `denied` (no key), `bad-input` (not a home), `storage`. */
export async function openLog({ directory, mode, vault, store = 'values', takesPlain = false, why, maximumPages }: LogOptions): Promise<Result<Log>> {
  const workerData: LogFileOptions = { directory, mode, vault: vault?.material() ?? null, store, takesPlain, why: why ?? null, maximumPages: maximumPages ?? null }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
  const waiting = new Map<number, (result: Result<unknown>) => void>()
  let number = 0
  let notice: Problem | null = null
  let isClosed = false

  worker.on('message', ({ id, result }: LogReply) => {
    waiting.get(id)?.(result)
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
  })
  const end = (): void => {
    isClosed = true
    for (const tell of waiting.values()) tell(closed)
    waiting.clear()
  }
  worker.on('error', end)
  worker.on('exit', end)

  function ask<Value>(request: DistributiveOmit<LogRequest, 'id'>): Promise<Result<Value>> {
    if (isClosed) return Promise.resolve(closed)
    number += 1
    const id = number
    worker.ref()
    return new Promise((resolve) => {
      waiting.set(id, resolve as (result: Result<unknown>) => void)
      worker.postMessage({ ...request, id })
    })
  }

  const opened = await ask<LogOpened>({ kind: 'open' })
  if (!opened.ok) {
    isClosed = true
    await worker.terminate()
    return opened
  }
  return ok({
    opened: opened.value,
    notice: () => notice,
    async load() {
      const loaded = await ask<Loaded>({ kind: 'load' })
      if (!loaded.ok) return loaded
      notice = loaded.value.notice
      return ok(loaded.value.entries)
    },
    append: (entry) => ask({ kind: 'append', entry }),
    compact: (replacement) => ask({ kind: 'compact', replacement }),
    async abandon() {
      isClosed = true
      await worker.terminate()
    },
    async close() {
      if (isClosed) return
      const last = ask({ kind: 'close' })
      isClosed = true
      await last
      await worker.terminate()
    }
  })
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never

const closed = fail('storage', 'the home is closed', 'open the app again')
