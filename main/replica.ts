/**
 * The home replica: the durable Y.Doc of one home. Every update is appended to the log, and nothing is called saved before
 * the log says so.
 *
 * Invariants: an edit that a window sent is acknowledged (`saved`) only after it is durable; where the disk does not take it,
 * it is kept in memory, the window is told (`refused`), and it is written as soon as there is room (then `saved` follows). A
 * message that is not one closes its channel and changes nothing: what a window sends is tried on a copy of the document
 * first, since Yjs can fail in the middle of an update. A home that is read-only gives everything and takes nothing.
 * Compaction is linear in the document's size and never holds up an acknowledgement. What the person forgot is in no entry
 * any more once `saved` says so: the whole document then takes the place of the log.
 */
import * as Y from 'yjs'
import { createDocument, hasForgotten } from '../shared/document/document.ts'
import type { StorageState } from '../shared/ipc.ts'
import { currentLayout, layoutVersion } from '../shared/document/layout.ts'
import { migrate } from '../shared/document/migrations.ts'
import type { Random, Storage, Transport } from '../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../shared/result.ts'
import { mendDocument, type Mended } from './keep/repair.ts'
import { openLog, type LogMode } from './log/log.ts'
import { Channel, type Replica, type Taken } from './sync.ts'
import { openVault, type Opening } from './vault/open.ts'
import { noSeal, sealPlain, type Seal } from './vault/seal.ts'

export interface Home {
  readonly doc: Y.Doc
  /** Names this home among all homes; null where there is none yet. */
  readonly name: string | null
  /** What could not be read any more when it was opened; null where nothing was lost. */
  readonly notice: Problem | null
  /** What else lies in this home is sealed by this. */
  readonly seal: Seal
  /** Something of it was lost when it was opened, and other devices may have more. */
  readonly isMended: boolean
  state(): StorageState
  /** Called at every change of `state`; returns its own end. */
  onState(listener: (state: StorageState) => void): () => void
  /** Resolves once everything in `doc` now is durable, or with what stands against it. */
  saved(): Promise<Result<void>>
  /** Keeps a window level with this home until either closes. */
  connect(transport: Transport): void
  /** Writes what can still be written and lets go of the home. */
  close(): Promise<void>
}

export interface HomeOptions {
  readonly directory: string
  readonly mode: LogMode
  readonly random: Random
  /** Its vault, opened already; else it is opened by the key file or the passphrase that the environment names. */
  readonly opening?: Opening
}

/** Entries, and bytes as a multiple of the last compaction's, from which the log is made one entry again. */
export const compaction = { entries: 500, bytes: 256 * 1024 } as const

const newerLayout: Problem = { kind: 'read-only', message: 'these values were written by a newer version of Values Steward', remedy: 'update the app to change anything; they can be read meanwhile' }

/** Milliseconds between attempts to write what the disk did not take: doubled each time. */
const pauses = { first: 500, last: 30_000 }

/** Errors: `conflict` (another process writes this home), `read-only`, `bad-input`, `storage`, `denied` and `not-found` (no key: vault/open.ts). */
export async function openHome({ directory, mode, random, opening }: HomeOptions): Promise<Result<Home>> {
  const vault = opening === undefined ? await openVault({ directory, mode }) : ok(opening)
  if (!vault.ok) return vault
  const seal: Seal = vault.value.kind === 'open' ? { vault: vault.value.vault, takesPlain: !vault.value.isSealed } : { vault: null, takesPlain: true }
  const why = vault.value.kind === 'open' ? null : vault.value.why
  const log = await openLog({ directory, mode: why === null ? mode : 'read', ...seal, ...(why === null ? {} : { why }) })
  if (!log.ok) return log
  const { opened } = log.value
  const problem = opened.kind === 'read-only' ? opened.problem : null
  if (opened.kind === 'writable' && vault.value.kind === 'open') vault.value.tidy()
  const [left, told] = [opened.kind === 'writable' ? await sealPlain(directory, seal) : null, vault.value.kind === 'open' ? vault.value.notice : null]
  return await openHomeOn(log.value, { random, name: opened.name, problem, damage: () => log.value.notice(), notice: left ?? told, seal, mend: (doc, damage) => mendDocument(directory, seal, doc, damage) })
}

export interface Origin {
  readonly random: Random
  readonly name: string | null
  /** Why it can only be read. */
  readonly problem: Problem | null
  /** What could not be read of it; asked once it is loaded. */
  readonly damage?: () => Problem | null
  /** What else the person should know. */
  readonly notice?: Problem | null
  readonly seal?: Seal
  /** What can be put back of what was lost, once it is loaded; asked of a home that can be written. */
  readonly mend?: (doc: Y.Doc, damage: Problem | null) => Mended | null
}

/** The same on any Storage. */
export async function openHomeOn(storage: Storage, { random, name, problem, damage: damaged = () => null, notice = null, seal = noSeal, mend = () => null }: Origin): Promise<Result<Home>> {
  const entries = await storage.load()
  if (!entries.ok) {
    await storage.close()
    return entries
  }
  const doc = createDocument(clientIdFrom(random))
  const forgot = replay(doc, entries.value)
  const readOnly = layoutVersion(doc) > currentLayout ? newerLayout : problem
  const damage = damaged()
  const mended = readOnly === null ? mend(doc, damage) : null
  const isMended = mended !== null || (readOnly === null && damage !== null)
  const home = new HomeReplica({ doc, storage, name, readOnly, notice: mended?.notice ?? damage ?? notice, forgot, seal, isMended }, entries.value)
  home.start()
  if (mended !== null) Y.applyUpdate(doc, mended.update)
  return ok(home)
}

/** An entry that cannot be applied is left out: the others do not depend on the order in which they come. True where they may hold words that were forgotten. */
function replay(doc: Y.Doc, entries: readonly Uint8Array[]): boolean {
  let forgot = false
  doc.once('afterTransaction', (transaction: Y.Transaction) => void (forgot = hasForgotten(doc, transaction)))
  doc.transact(() => {
    for (const entry of entries) {
      try {
        Y.applyUpdate(doc, entry)
      } catch {
        /* The checksum held, so this was written so: nothing can be read out of it. */
      }
    }
  })
  return forgot && entries.length > 1
}

interface Parts {
  readonly doc: Y.Doc
  readonly storage: Storage
  readonly name: string | null
  readonly readOnly: Problem | null
  readonly notice: Problem | null
  readonly forgot: boolean
  readonly seal: Seal
  readonly isMended: boolean
}

class HomeReplica implements Home, Replica {
  readonly doc: Y.Doc
  readonly name: string | null
  readonly notice: Problem | null
  readonly seal: Seal
  readonly isMended: boolean
  readonly readOnly: Problem | null
  readonly #storage: Storage
  readonly #writable: StorageState
  readonly #channels = new Set<Channel>()
  readonly #listeners = new Set<(state: StorageState) => void>()
  readonly #waiting: { readonly count: number; readonly tell: (result: Result<void>) => void }[] = []
  #state: StorageState
  /** Updates that are not durable yet, oldest first. */
  #unsaved: Uint8Array[] = []
  /** The document once more, for trying on it what windows send; null while none has sent anything. */
  #trial: Y.Doc | null = null
  /** How many updates there were, and how many of them are durable: the first one, two, three … of them. */
  #made = 0
  #durable = 0
  #writing: Promise<void> | null = null
  #wake: (() => void) | null = null
  #isClosing = false
  /** Entries may hold words that the person forgot; `failed`: the disk did not take the replacement, and it is tried again at the next edit. */
  #forgotten: 'nothing' | 'something' | 'failed'
  #entries: number
  #bytes: number
  #compactBytes: number

  constructor({ doc, storage, name, readOnly, notice, forgot, seal, isMended }: Parts, entries: readonly Uint8Array[]) {
    this.doc = doc
    this.name = name
    this.notice = notice
    this.seal = seal
    this.isMended = isMended
    this.readOnly = readOnly
    this.#storage = storage
    this.#writable = notice === null ? { kind: 'writable' } : { kind: 'writable', notice }
    this.#state = readOnly === null ? this.#writable : { kind: 'read-only', problem: readOnly }
    this.#forgotten = forgot ? 'something' : 'nothing'
    this.#entries = entries.length
    this.#bytes = entries.reduce((sum, entry) => sum + entry.length, 0)
    this.#compactBytes = entries[0]?.length ?? 0
  }

  start(): void {
    /* An older layout that cannot be written is brought over for reading alone. */
    if (this.readOnly !== null) migrate(this.doc)
    this.doc.on('afterTransaction', (transaction: Y.Transaction) => {
      if (hasForgotten(this.doc, transaction)) this.#forgotten = 'something'
    })
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (this.#trial !== null) Y.applyUpdate(this.#trial, update)
      for (const channel of this.#channels) if (channel !== origin) channel.give(update)
      this.#keep(update)
    })
    if (this.readOnly === null) migrate(this.doc)
    if (this.readOnly === null && this.#wantsCompaction()) this.#writing ??= this.#write()
  }

  #keep(update: Uint8Array): void {
    this.#made += 1
    if (this.readOnly !== null) return
    this.#unsaved.push(update)
    if (this.#forgotten === 'failed') this.#forgotten = 'something'
    this.#writing ??= this.#write()
  }

  state(): StorageState {
    return this.#state
  }

  onState(listener: (state: StorageState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  saved(): Promise<Result<void>> {
    if (this.#durable >= this.#made) return Promise.resolve(ok(undefined))
    if (this.#state.kind !== 'writable') return Promise.resolve({ ok: false, error: this.#state.problem })
    return new Promise((tell) => this.#waiting.push({ count: this.#made, tell }))
  }

  async durable(): Promise<boolean> {
    const count = this.#made
    while (this.#durable < count) {
      const done = await new Promise<Result<void>>((tell) => this.#waiting.push({ count, tell }))
      if (!done.ok && this.#isClosing) return false
    }
    return true
  }

  connect(transport: Transport): void {
    const channel = new Channel(this, transport)
    this.#channels.add(channel)
    transport.onClose(() => {
      this.#channels.delete(channel)
      if (this.#channels.size === 0) this.#forgetTrial()
    })
    channel.start()
  }

  take(update: Uint8Array, channel: unknown): Taken {
    this.#trial ??= copyOf(this.doc)
    const trial = this.#trial
    let isNew = false
    const note = (): void => void (isNew = true)
    trial.on('update', note)
    try {
      Y.applyUpdate(trial, update)
    } catch {
      this.#forgetTrial()
      return 'malformed'
    } finally {
      trial.off('update', note)
    }
    /* What it builds on may not be here yet: Yjs then keeps it aside and tells nobody. */
    const isAhead = trial.store.pendingStructs !== null || trial.store.pendingDs !== null
    if (!isNew && !isAhead) return 'known'
    if (this.readOnly !== null) this.#forgetTrial()
    else Y.applyUpdate(this.doc, update, channel)
    if (isAhead) this.#keep(update)
    return 'new'
  }

  #forgetTrial(): void {
    this.#trial?.destroy()
    this.#trial = null
  }

  async close(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    for (const channel of this.#channels) channel.end()
    this.#wake?.()
    await this.#writing
    if (this.#unsaved.length > 0) await this.#attempt()
    this.#tell(fail('storage', 'the home was closed', 'open the app again'))
    await this.#storage.close()
    this.#forgetTrial()
    this.doc.destroy()
  }

  async #write(): Promise<void> {
    let pause: number = pauses.first
    while (this.#unsaved.length > 0 || this.#wantsCompaction()) {
      if (this.#wantsCompaction()) {
        await this.#compact()
        continue
      }
      const problem = await this.#attempt()
      if (problem === null) {
        pause = pauses.first
        continue
      }
      if (this.#isClosing) break
      await this.#sleep(pause)
      pause = Math.min(pause * 2, pauses.last)
    }
    this.#writing = null
  }

  /** Appends all that waits; null where that went well. */
  async #attempt(): Promise<Problem | null> {
    const batch = this.#unsaved
    this.#unsaved = []
    const results = await Promise.all(batch.map((update) => this.#storage.append(update)))
    const left = batch.filter((_, at) => results[at]?.ok !== true)
    this.#entries += batch.length - left.length
    this.#bytes += batch.reduce((sum, update) => sum + update.length, 0)
    this.#unsaved = [...left, ...this.#unsaved]
    const failed = results.find((result) => !result.ok)
    if (failed !== undefined && !failed.ok) {
      /* Some of them may be durable; none is called so before all are. */
      this.#change({ kind: 'failing', problem: failed.error })
      this.#tell(failed)
      return failed.error
    }
    this.#settle()
    return null
  }

  /** All but what waits is durable. */
  #settle(): void {
    this.#durable = this.#made - this.#unsaved.length
    this.#change(this.#writable)
    this.#tell(ok(undefined))
  }

  #wantsCompaction(): boolean {
    if (this.#forgotten === 'something') return true
    return !this.#isClosing && this.#entries > 1 && (this.#entries > compaction.entries || this.#bytes > this.#compactBytes * 2 + compaction.bytes)
  }

  /** Puts the whole document in place of the log, what waits included. What fails here is left to the next append. */
  async #compact(): Promise<void> {
    const batch = this.#unsaved
    this.#unsaved = []
    const forgotten = this.#forgotten
    this.#forgotten = 'nothing'
    const replacement = Y.encodeStateAsUpdate(this.doc)
    const done = await this.#storage.compact(replacement)
    /* A log that could not be made smaller is still a log: try again after as many edits. */
    this.#entries = done.ok ? 1 : 0
    this.#bytes = replacement.length
    this.#compactBytes = replacement.length
    if (!done.ok) {
      this.#unsaved = [...batch, ...this.#unsaved]
      if (forgotten === 'something' && this.#forgotten === 'nothing') this.#forgotten = 'failed'
      return
    }
    this.#settle()
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      timer.unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Answers those who wait: all of them where it failed, else those whose edits are durable. */
  #tell(result: Result<void>): void {
    const waiting = this.#waiting.splice(0)
    for (const one of waiting) {
      if (!result.ok || one.count <= this.#durable) one.tell(result)
      else this.#waiting.push(one)
    }
  }

  #change(next: StorageState): void {
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return
    this.#state = next
    for (const listener of this.#listeners) listener(next)
  }
}

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}

/** 32 bits; a device takes a new one at each start, so that no two ever write under the same. */
function clientIdFrom(random: Random): number {
  return new DataView(random.bytes(4).slice().buffer).getUint32(0)
}
