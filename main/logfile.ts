/**
 * The log of one home as a SQLite file: opened, read, appended to, compacted, closed. Everything here waits for the disk, so
 * it runs in a thread of its own (logworker.ts).
 *
 * WAL with synchronous=FULL: what was committed survives a power cut. Each row carries a checksum; a row that fails it is set
 * aside in `damaged`, and a file that cannot be read is put aside whole (damage.ts). A home that cannot be written, or that a
 * newer version wrote, is opened for reading and says why; reading leaves no trace.
 */
import { closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { fail, ok, type Problem, type Result } from '../shared/result.ts'
import { checksumOf, isCode, isDamage, isWalWhole, problemOf, readName, readRows, salvage, setAside, type Salvage } from './damage.ts'
import { isSigned, takeLock, type Lock } from './lock.ts'
import { lookingOnly, type Loaded, type LogMode, type LogOpened } from './log.ts'

/** In `PRAGMA user_version`; a higher one was written by a newer version of this program. */
const formatVersion = 1
const applicationId = 0x56535431 // "VST1"

const newer: Problem = { kind: 'read-only', message: 'this home was written by a newer version of Values Steward', remedy: 'update the app to change anything; what can be read meanwhile is shown' }

export interface LogFile {
  readonly opened: LogOpened
  load(): Result<Loaded>
  /** All or none of them. */
  append(entries: readonly Uint8Array[]): Result<void>
  compact(replacement: Uint8Array): Result<void>
  close(): void
}

export interface LogFileOptions {
  readonly directory: string
  readonly mode: LogMode
  /** Pages that the database may have: a small disk, for tests. */
  readonly maximumPages: number | null
}

/** What was found in place of the log. */
type Found = 'nothing' | 'whole' | 'newer' | 'foreign' | 'damaged'

/** Errors: `conflict` (another process writes this home), `read-only`, `bad-input` (not a home), `storage`. Never throws. */
export function openLogFile(options: LogFileOptions): Result<LogFile> {
  const path = join(options.directory, 'values.sqlite')
  if (options.mode === 'read') return attempt(options.directory, () => openForReading(options.directory, path, null))
  const written = attempt(options.directory, () => openForWriting(options, path))
  if (written.ok || (written.error.kind !== 'read-only' && written.error.kind !== 'storage')) return written
  /* What cannot be written may still be read. */
  const why = written.error.kind === 'read-only' ? written.error : { ...written.error, remedy: 'free some room or check the disk, and open the app again' }
  const read = existsSync(path) ? attempt(options.directory, () => openForReading(options.directory, path, why)) : written
  return read.ok ? read : written
}

// ---- for writing ----------------------------------------------------------------------------------------------------

function openForWriting({ directory, maximumPages }: LogFileOptions, path: string): Result<LogFile> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const lock = takeLock(directory)
  if (!lock.ok) return lock
  try {
    const opened = openLocked(directory, path, lock.value, maximumPages)
    if (!opened.ok || opened.value.opened.kind !== 'writable') lock.value.release()
    return opened
  } catch (error) {
    lock.value.release()
    throw error
  }
}

function openLocked(directory: string, path: string, lock: Lock, maximumPages: number | null): Result<LogFile> {
  const rebuilt = `${path}-rebuilt`
  /* Ended between the two steps of `rebuild`. */
  if (!existsSync(path) && existsSync(rebuilt)) renameSync(rebuilt, path)
  /* SQLite would open one that cannot be written all the same, and fail at the first entry. */
  if (existsSync(path)) closeSync(openSync(path, 'r+'))
  let notice: Problem | null = null
  if (existsSync(`${path}-wal`) && !isWalWhole(readFileSync(`${path}-wal`))) {
    notice = lossNotice('the newest changes could not all be read', setAside(directory, path, 'copy'))
  }
  switch (examine(directory, path)) {
    case 'foreign':
      return foreign
    case 'newer':
      return openForReading(directory, path, newer)
    case 'damaged':
      notice = lossNotice('part of the file that holds your values could not be read', rebuild(directory, path, rebuilt))
      break
    case 'nothing':
      if (existsSync(path) && isSigned(directory)) notice = { kind: 'storage', message: 'the file that held your values is empty', remedy: 'import your last export' }
      else if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
      break
    case 'whole':
  }
  const database = new DatabaseSync(path)
  try {
    prepare(database, maximumPages)
    if (notice !== null) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    database.close()
    throw error
  }
  lock.sign()
  return ok(writableFile(directory, database, lock, notice))
}

function prepare(database: DatabaseSync, maximumPages: number | null): void {
  database.exec('PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  if (maximumPages !== null) database.exec(`PRAGMA max_page_count = ${maximumPages}`)
  if (pragma(database, 'user_version') === 0) {
    makeTables(database)
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }
}

/** Looks without changing anything. */
function examine(directory: string, path: string): Found {
  /* Not `existsSync`: a home that this account may not look into is no empty one. */
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined || (size === 0 && !existsSync(`${path}-wal`))) return 'nothing'
  const head = readFileSync(path).subarray(0, 100)
  const { database, end } = openFile(path)
  try {
    const version = pragma(database, 'user_version')
    const isEmpty = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'] === 0
    if (isEmpty && version === 0) return 'nothing'
    if (pragma(database, 'application_id') !== applicationId) return isSigned(directory) ? 'damaged' : 'foreign'
    if (version > formatVersion) return 'newer'
    /* A higher number there forbids writing. */
    if ((head[18] ?? 0) > 2) return 'damaged'
    for (const query of ['number, bytes, checksum FROM entries', 'number, bytes FROM damaged']) database.prepare(`SELECT ${query}`)
    return readName(database) !== null && database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok' ? 'whole' : 'damaged'
  } catch (error) {
    if (!isDamage(error) && !isCode(error, 1)) throw error
    return isSigned(directory) || hasMark(head) ? 'damaged' : 'foreign'
  } finally {
    database.close()
    end()
  }
}

/** Does it carry our number where SQLite keeps it, readable or not? */
function hasMark(head: Buffer): boolean {
  return head.length >= 72 && head.readUInt32BE(68) === applicationId
}

/** Puts a file of what can still be read in place of the damaged one, which is kept: in which folder. */
function rebuild(directory: string, path: string, rebuilt: string): string {
  rmSync(rebuilt, { force: true })
  closeSync(openSync(rebuilt, 'a', 0o600))
  const database = new DatabaseSync(rebuilt)
  try {
    database.exec('PRAGMA synchronous = FULL')
    makeTables(database)
    fill(database, salvage(path, rebuilt))
  } finally {
    database.close()
  }
  const folder = setAside(directory, path, 'move')
  renameSync(rebuilt, path)
  return folder
}

function fill(database: DatabaseSync, { entries, name }: Salvage): void {
  transaction(database, () => {
    insertAll(database, entries)
    if (name !== null) database.prepare('UPDATE home SET name = ?').run(name)
  })
}

/** A home's name is drawn at random, once. */
function makeTables(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE entries (number INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL, checksum BLOB NOT NULL) STRICT;
    CREATE TABLE damaged (number INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE home (name TEXT NOT NULL) STRICT;
    INSERT INTO home VALUES (lower(hex(randomblob(16))));
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${formatVersion};
    COMMIT`)
}

// ---- for reading ----------------------------------------------------------------------------------------------------

/** Read at once and let go of; again where somebody wrote meanwhile, five times at most. */
function openForReading(directory: string, path: string, why: Problem | null): Result<LogFile> {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === false) return fail('bad-input', 'the home is not a folder', 'choose another folder with --home')
  for (let turn = 1; ; turn += 1) {
    const before = stamp(path)
    const read = attempt(directory, () => readOnce(directory, path, why))
    if (turn === 5 || stamp(path) === before) return read
  }
}

/** Changes when the file does. */
function stamp(path: string): string {
  const { mtimeMs, size, ino } = statSync(path, { throwIfNoEntry: false }) ?? {}
  return `${mtimeMs} ${size} ${ino}`
}

function readOnce(directory: string, path: string, why: Problem | null): Result<LogFile> {
  const found = examine(directory, path)
  if (found === 'foreign') return foreign
  if (found === 'nothing') return ok(readOnlyFile(null, why ?? { kind: 'not-found', message: 'there is nothing in this home yet', remedy: 'add a card first' }, { entries: [], notice: null }))
  const { database, end } = openFile(path)
  try {
    const { entries, damaged, isWhole } = readRows(database)
    const problem = found === 'newer' ? newer : why ?? lookingOnly
    return ok(readOnlyFile(readName(database), problem, { entries, notice: noticeOf(damaged.length, isWhole && found !== 'damaged') }))
  } catch (error) {
    return { ok: false, error: found === 'newer' ? newer : problemOf(error, directory) }
  } finally {
    database.close()
    end()
  }
}

function readOnlyFile(name: string | null, problem: Problem, loaded: Loaded): LogFile {
  const refuse = (): Result<never> => ({ ok: false, error: problem })
  return { opened: { kind: 'read-only', name, problem }, load: () => ok(loaded), append: refuse, compact: refuse, close: () => undefined }
}

/**
 * Opens without writing a byte: other programs may be writing, and the disk may be one that cannot be written.
 *
 * A log that was closed in good order is one file, and read as one that nobody changes: SQLite then makes none beside it.
 * Where a writer lives, or died, its newest entries are in the files beside it; on a disk that cannot be written these can
 * only be read as a copy.
 */
function openFile(path: string): { readonly database: DatabaseSync; readonly end: () => void } {
  if (!existsSync(`${path}-wal`)) {
    const address = pathToFileURL(path)
    address.searchParams.set('immutable', '1')
    return { database: new DatabaseSync(address, { readOnly: true }), end: () => undefined }
  }
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    database.exec('PRAGMA busy_timeout = 2000')
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return { database, end: () => undefined }
  } catch {
    database.close()
    const folder = mkdtempSync(join(tmpdir(), 'values-steward-'))
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(folder, `log${suffix}`))
    return { database: new DatabaseSync(join(folder, 'log')), end: () => rmSync(folder, { recursive: true, force: true }) }
  }
}

// ---- opened ---------------------------------------------------------------------------------------------------------

function writableFile(directory: string, database: DatabaseSync, lock: Lock, notice: Problem | null): LogFile {
  const write = (act: () => void): Result<void> => attempt(directory, () => ok(act()))
  return {
    opened: { kind: 'writable', name: readName(database) ?? '' },
    load: () => attempt(directory, () => load(database, notice)),
    append: (entries) => write(() => transaction(database, () => insertAll(database, entries))),
    compact: (replacement) => write(() => compact(database, replacement)),
    close() {
      database.close()
      lock.release()
    }
  }
}

function load(database: DatabaseSync, notice: Problem | null): Result<Loaded> {
  const { entries, damaged, isWhole } = readRows(database)
  if (damaged.length > 0) {
    transaction(database, () => {
      for (const { number, bytes } of damaged) {
        database.prepare('INSERT INTO damaged VALUES (?, ?)').run(number, bytes)
        database.prepare('DELETE FROM entries WHERE number = ?').run(number)
      }
    })
  }
  return ok({ entries, notice: noticeOf(damaged.length, isWhole) ?? notice })
}

/** Everything that is there now becomes the one replacement. */
function compact(database: DatabaseSync, replacement: Uint8Array): void {
  transaction(database, () => {
    database.exec('DELETE FROM entries')
    insertAll(database, [replacement])
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

function insertAll(database: DatabaseSync, entries: readonly Uint8Array[]): void {
  const insert = database.prepare('INSERT INTO entries (bytes, checksum) VALUES (?, ?)')
  for (const entry of entries) insert.run(entry, checksumOf(entry))
}

function transaction(database: DatabaseSync, write: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    write()
    database.exec('COMMIT')
  } catch (error) {
    try {
      database.exec('ROLLBACK')
    } catch {
      /* SQLite has rolled back already. */
    }
    throw error
  }
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
}

const foreign = fail('bad-input', 'the file that should hold your values is some other program’s', 'choose another folder with --home')

function lossNotice(message: string, folder: string): Problem {
  return { kind: 'storage', message, remedy: `look through your values; the damaged file is kept in ${folder}, beside your values` }
}

function noticeOf(damaged: number, isWhole: boolean): Problem | null {
  if (!isWhole) return { kind: 'storage', message: 'part of the file that holds your values cannot be read', remedy: 'start the app: it keeps the damaged file and opens what can be read' }
  if (damaged === 0) return null
  return { kind: 'storage', message: `${damaged === 1 ? 'one change' : `${damaged} changes`} that you made cannot be read any more`, remedy: 'look through your values; if something is missing, import your last export' }
}

function attempt<Value>(directory: string, act: () => Result<Value>): Result<Value> {
  try {
    return act()
  } catch (error) {
    return { ok: false, error: problemOf(error, directory) }
  }
}
