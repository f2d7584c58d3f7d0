/**
 * The log of one home as a SQLite file: opened, read, appended to, compacted, closed. Everything here waits for the disk, so
 * it runs in a thread of its own (log/worker.ts).
 *
 * WAL with synchronous=FULL: what was committed survives a power cut. Each row carries a checksum; a row that fails it is set
 * aside in `damaged`, and a file that cannot be read is put aside whole (damage.ts). What compaction took away is overwritten
 * with zeros, and no file beside the log keeps it (`wal_checkpoint(TRUNCATE)`). A home that cannot be written, or that a
 * newer version wrote, is opened for reading and says why; on a disk that is only full, a sound one is opened for writing all
 * the same, and takes the first change for which there is room.
 */
import { closeSync, existsSync, openSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ok, type Problem, type Result } from '../../shared/result.ts'
import { isWalWhole, readName, readRows, rowsBeside, salvage, setAside, type Rows } from './damage.ts'
import { attempt, isFullProblem, makeFolder } from '../home/disk.ts'
import { takeLock, type Lock } from '../home/lock.ts'
import type { Loaded, LogFileOptions, LogOpened } from './log.ts'
import { finishSealing, sealAll } from './plain.ts'
import { examine, foreign, goneNotice, linked, locked, newer, noFile, noticeOf, readBeside, readLog, unsealed, type OwnLog, type ReadLog } from './read.ts'
import { fill, insertAll, insertCarved, makeFile, makeTables, pragma, transaction } from './rows.ts'
import { syncFolder } from '../vault/files.ts'
import { createRowSealer, type RowSealer } from '../vault/rows.ts'
import { createVault } from '../vault/vault.ts'

export interface LogFile {
  readonly opened: LogOpened
  load(): Result<Loaded>
  /** All or none of them. */
  append(entries: readonly Uint8Array[]): Result<void>
  compact(replacement: Uint8Array): Result<void>
  close(): void
}

/** Errors: `conflict` (another process writes this home), `read-only`, `denied` (no key), `bad-input` (not a home), `storage`. Never throws. */
export function openLogFile(options: LogFileOptions): Result<LogFile> {
  const path = join(options.directory, 'values.sqlite')
  const own: OwnLog = { directory: options.directory, path, sealer: options.vault === null ? null : createRowSealer(createVault(options.vault), options.store), takesPlain: options.takesPlain, maximumPages: options.maximumPages }
  if (options.mode === 'read') return openForReading(own, options.why)
  const written = attempt(options.directory, () => openForWriting(own))
  if (written.ok || (written.error.kind !== 'read-only' && written.error.kind !== 'storage')) return written
  /* What cannot be written may still be read. */
  const why = written.error.kind === 'read-only' ? written.error : { ...written.error, remedy: 'free some room or check the disk, and open the app again' }
  const read = existsSync(path) ? openForReading(own, why) : written
  return read.ok ? read : written
}

// ---- for writing ----------------------------------------------------------------------------------------------------

function openForWriting(own: OwnLog): Result<LogFile> {
  makeFolder(own.directory)
  const lock = takeLock(own.directory)
  if (!lock.ok) return lock
  const opened = attempt(own.directory, () => openLocked(own, lock.value))
  if (opened.ok && opened.value.opened.kind === 'writable') return opened
  if (!opened.ok && isFullProblem(opened.error)) {
    const read = attempt(own.directory, () => readLog(own, opened.error))
    if (read.ok && read.value.isSound) return ok(waitingFile(own, lock.value, read.value))
  }
  lock.value.release()
  return opened
}

function openLocked(own: OwnLog, lock: Lock): Result<LogFile> {
  const { directory, path, maximumPages, sealer } = own
  const rebuilt = `${path}-rebuilt`
  finishRebuilding(directory, path, rebuilt)
  const found = examine(own)
  if (found === 'link') return linked
  if (found === 'no file') return noFile
  /* SQLite would open one that cannot be written all the same, and fail at the first entry. */
  if (existsSync(path)) closeSync(openSync(path, 'r+'))
  finishSealing(path)
  if (found === 'foreign') return foreign
  if (found === 'newer') return openForReading(own, newer)
  if (sealer === null) return locked
  let notice: Problem | null = null
  const beside = readBeside(path)
  /* SQLite takes away what lies beside a file that is empty. */
  const isTorn = !isWalWhole(beside) || (found === 'nothing' && beside.length > 0)
  if (isTorn) notice = lossNotice('the newest changes could not all be read', setAside(directory, path, 'copy'))
  if (found === 'plain') {
    const done = own.takesPlain ? sealAll(path, maximumPages, sealer) : unsealed
    if (!done.ok) return done
  }
  switch (found) {
    case 'damaged':
      notice = lossNotice('part of the file that holds your values could not be read', rebuild(own, rebuilt, sealer))
      break
    case 'nothing':
      notice ??= goneNotice(own)
      if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
      break
    case 'plain':
    case 'whole':
  }
  /* Whoever left it there may have ended in the middle of a compaction. */
  const hasLeft = existsSync(`${path}-wal`)
  const database = new DatabaseSync(path)
  try {
    prepare(database, maximumPages)
    if (isTorn) transaction(database, () => insertCarved(database, rowsBeside(database, beside, sealer)))
    if (notice !== null || hasLeft) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    database.close()
    throw error
  }
  lock.sign()
  return ok(writableFile(own, sealer, database, lock, notice))
}

function prepare(database: DatabaseSync, maximumPages: number | null): void {
  database.exec('PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
  if (maximumPages !== null) database.exec(`PRAGMA max_page_count = ${maximumPages}`)
  if (pragma(database, 'user_version') === 0) {
    makeTables(database)
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }
}

/** Puts a file of what can still be read in place of the damaged one, which is kept: in which folder. */
function rebuild({ directory, path, takesPlain, maximumPages }: OwnLog, rebuilt: string, sealer: RowSealer): string {
  makeFile(rebuilt, maximumPages, (database) => {
    const sealed = salvage(path, rebuilt, sealer)
    /* One of before that is damaged has no row that opens. */
    fill(database, sealed.entries.length === 0 && takesPlain ? salvage(path, rebuilt, null) : sealed, sealer)
  })
  const folder = setAside(directory, path, 'move')
  renameSync(rebuilt, path)
  syncFolder(directory)
  return folder
}

/** Ended within `rebuild`, after the damaged file was put aside: what lay beside that one belongs to it, not to its successor. */
function finishRebuilding(directory: string, path: string, rebuilt: string): void {
  if (existsSync(path) || !existsSync(rebuilt)) return
  setAside(directory, path, 'move')
  renameSync(rebuilt, path)
  syncFolder(directory)
}

// ---- opened ---------------------------------------------------------------------------------------------------------

function openForReading(own: OwnLog, why: Problem | null): Result<LogFile> {
  const read = attempt(own.directory, () => readLog(own, why))
  return read.ok ? ok(readOnlyFile(read.value)) : read
}

function readOnlyFile({ name, problem, loaded }: ReadLog): LogFile {
  const refuse = (): Result<never> => ({ ok: false, error: problem })
  return { opened: { kind: 'read-only', name, problem }, load: () => ok(loaded), append: refuse, compact: refuse, close: () => undefined }
}

/** On a disk that is full: what was read stands, since nobody else writes while the lock is held; it is opened when something is to be written. */
function waitingFile(own: OwnLog, lock: Lock, { name, loaded }: ReadLog): LogFile {
  let file: LogFile | null = null
  const write = (act: (file: LogFile) => Result<void>): Result<void> => {
    const opened = file === null ? attempt(own.directory, () => openLocked(own, lock)) : ok(file)
    if (!opened.ok) return opened
    const { opened: how } = opened.value
    if (how.kind === 'read-only') return { ok: false, error: how.problem }
    file = opened.value
    return act(file)
  }
  return {
    opened: { kind: 'writable', name: name ?? '' },
    load: () => ok(loaded),
    append: (entries) => write((opened) => opened.append(entries)),
    compact: (replacement) => write((opened) => opened.compact(replacement)),
    close() {
      if (file === null) lock.release()
      else file.close()
    }
  }
}

function writableFile({ directory }: OwnLog, sealer: RowSealer, database: DatabaseSync, lock: Lock, notice: Problem | null): LogFile {
  const write = (act: () => void): Result<void> => attempt(directory, () => ok(act()))
  return {
    opened: { kind: 'writable', name: readName(database) ?? '' },
    load: () => attempt(directory, () => load(database, sealer, notice)),
    append: (entries) => write(() => transaction(database, () => insertAll(database, entries, sealer, false))),
    compact: (replacement) => write(() => compact(database, replacement, sealer)),
    close() {
      database.close()
      lock.release()
    }
  }
}

function load(database: DatabaseSync, sealer: RowSealer, notice: Problem | null): Result<Loaded> {
  const rows = readRows(database, sealer)
  if (rows.damaged.length + rows.missing.length > 0) {
    try {
      noteLost(database, rows)
    } catch {
      /* A full disk: what can be read is given all the same, and the rest is said again next time. */
    }
  }
  return ok({ entries: rows.entries, notice: noticeOf(rows, true) ?? notice })
}

/** So that it is said once. */
function noteLost(database: DatabaseSync, { damaged, missing }: Pick<Rows, 'damaged' | 'missing'>): void {
  transaction(database, () => {
    const note = database.prepare('INSERT INTO damaged VALUES (?, ?)')
    for (const { number, bytes } of damaged) {
      note.run(number, bytes)
      database.prepare('DELETE FROM entries WHERE number = ?').run(number)
    }
    for (const number of missing) note.run(number, new Uint8Array())
  })
}

/** Everything that is there now becomes the one replacement. */
function compact(database: DatabaseSync, replacement: Uint8Array, sealer: RowSealer): void {
  transaction(database, () => {
    database.exec('DELETE FROM entries')
    insertAll(database, [replacement], sealer, true)
  })
  try {
    /* Not waited for: somebody may be reading. */
    database.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    /* It is done; only the file beside it stays as long as it is. */
  } finally {
    database.exec('PRAGMA busy_timeout = 2000')
  }
}

function lossNotice(message: string, folder: string): Problem {
  return { kind: 'storage', message, remedy: `look through your values; the damaged file is kept in ${folder}, beside your values` }
}
