/**
 * The log of one home as a SQLite file: opened, read, appended to, compacted, closed. Everything here waits for the disk, so
 * it runs in a thread of its own (logworker.ts).
 *
 * WAL with synchronous=FULL: what was committed survives a power cut. Each row carries a checksum; a row that fails it is set
 * aside in `damaged`, and a file that cannot be read is put aside whole (damage.ts). What compaction took away is overwritten
 * with zeros, and no file beside the log keeps it (`wal_checkpoint(TRUNCATE)`). A home that cannot be written, or that a
 * newer version wrote, is opened for reading and says why; reading leaves no trace.
 */
import { closeSync, copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { fail, ok, type Problem, type Result } from '../shared/result.ts'
import { checksumOf, isCode, isDamage, isWalWhole, lastNumber, problemOf, readName, readRows, salvage, setAside, type Rows, type Salvage } from './damage.ts'
import { isSigned, takeLock, type Lock } from './lock.ts'
import { lookingOnly, type Loaded, type LogMode, type LogOpened } from './log.ts'
import { scrubFile, syncFolder } from './vault/files.ts'
import { createRowSealer, type RowSealer, type StoreName } from './vault/rows.ts'
import { createVault, type VaultMaterial } from './vault/vault.ts'

/** In `PRAGMA user_version`; a higher one was written by a newer version of this program. The rows of 1 are plain, those of 2 sealed (vault/rows.ts). */
const formatVersion = 2
const plainVersion = 1
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

/** What was found in place of the log. */
type Found = 'nothing' | 'whole' | 'plain' | 'newer' | 'foreign' | 'damaged'

/** What the functions here know of the log that they open. */
interface Own {
  readonly directory: string
  readonly path: string
  readonly sealer: RowSealer | null
  readonly takesPlain: boolean
  readonly maximumPages: number | null
}

/** Errors: `conflict` (another process writes this home), `read-only`, `denied` (no key), `bad-input` (not a home), `storage`. Never throws. */
export function openLogFile(options: LogFileOptions): Result<LogFile> {
  const path = join(options.directory, 'values.sqlite')
  const own: Own = { directory: options.directory, path, sealer: options.vault === null ? null : createRowSealer(createVault(options.vault), options.store), takesPlain: options.takesPlain, maximumPages: options.maximumPages }
  if (options.mode === 'read') return attempt(options.directory, () => openForReading(own, options.why))
  const written = attempt(options.directory, () => openForWriting(own))
  if (written.ok || (written.error.kind !== 'read-only' && written.error.kind !== 'storage')) return written
  /* What cannot be written may still be read. */
  const why = written.error.kind === 'read-only' ? written.error : { ...written.error, remedy: 'free some room or check the disk, and open the app again' }
  const read = existsSync(path) ? attempt(options.directory, () => openForReading(own, why)) : written
  return read.ok ? read : written
}

// ---- for writing ----------------------------------------------------------------------------------------------------

function openForWriting(own: Own): Result<LogFile> {
  mkdirSync(own.directory, { recursive: true, mode: 0o700 })
  const lock = takeLock(own.directory)
  if (!lock.ok) return lock
  try {
    const opened = openLocked(own, lock.value)
    if (!opened.ok || opened.value.opened.kind !== 'writable') lock.value.release()
    return opened
  } catch (error) {
    lock.value.release()
    throw error
  }
}

function openLocked(own: Own, lock: Lock): Result<LogFile> {
  const { directory, path, maximumPages } = own
  const rebuilt = `${path}-rebuilt`
  /* Ended between the two steps of `rebuild`. */
  if (!existsSync(path) && existsSync(rebuilt)) renameSync(rebuilt, path)
  /* SQLite would open one that cannot be written all the same, and fail at the first entry. */
  if (existsSync(path)) closeSync(openSync(path, 'r+'))
  finishSealing(path)
  let notice: Problem | null = null
  if (existsSync(`${path}-wal`) && !isWalWhole(readFileSync(`${path}-wal`))) {
    notice = lossNotice('the newest changes could not all be read', setAside(directory, path, 'copy'))
  }
  const found = examine(own)
  if (found === 'foreign') return foreign
  if (found === 'newer') return openForReading(own, newer)
  if (own.sealer === null) return locked
  if (found === 'plain') {
    const done = own.takesPlain ? sealAll(own, own.sealer) : unsealed
    if (!done.ok) return done
  }
  switch (found) {
    case 'damaged':
      notice = lossNotice('part of the file that holds your values could not be read', rebuild(own, rebuilt, own.sealer))
      break
    case 'nothing':
      if (existsSync(path) && isSigned(directory)) notice = { kind: 'storage', message: 'the file that held your values is empty', remedy: 'import your last export' }
      else if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
      break
    case 'plain':
    case 'whole':
  }
  /* Whoever left it there may have ended in the middle of a compaction. */
  const hasLeft = existsSync(`${path}-wal`)
  const database = new DatabaseSync(path)
  try {
    prepare(database, maximumPages)
    if (notice !== null || hasLeft) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    database.close()
    throw error
  }
  lock.sign()
  return ok(writableFile(own, own.sealer, database, lock, notice))
}

function prepare(database: DatabaseSync, maximumPages: number | null): void {
  database.exec('PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
  if (maximumPages !== null) database.exec(`PRAGMA max_page_count = ${maximumPages}`)
  if (pragma(database, 'user_version') === 0) {
    makeTables(database)
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }
}

/** Looks without changing anything. */
function examine({ directory, path }: Own): Found {
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
    if (readName(database) === null || database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') return 'damaged'
    return version === plainVersion ? 'plain' : 'whole'
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
function rebuild({ directory, path, takesPlain, maximumPages }: Own, rebuilt: string, sealer: RowSealer): string {
  makeFile(rebuilt, maximumPages, (database) => {
    const sealed = salvage(path, rebuilt, sealer)
    /* One of before that is damaged has no row that opens. */
    fill(database, sealed.entries.length === 0 && takesPlain ? salvage(path, rebuilt, null) : sealed, sealer)
  })
  const folder = setAside(directory, path, 'move')
  renameSync(rebuilt, path)
  return folder
}

/** A new file with tables, durable when this returns. */
function makeFile(path: string, maximumPages: number | null, write: (database: DatabaseSync) => void): void {
  for (const suffix of ['', '-journal']) rmSync(path + suffix, { force: true })
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
    if (maximumPages !== null) database.exec(`PRAGMA max_page_count = ${maximumPages}`)
    makeTables(database)
    write(database)
  } finally {
    database.close()
  }
}

function fill(database: DatabaseSync, { entries, name }: Salvage, sealer: RowSealer): void {
  transaction(database, () => {
    insertAll(database, entries, sealer, false)
    if (name !== null) database.prepare('UPDATE home SET name = ?').run(name)
  })
}

// ---- a log of before ------------------------------------------------------------------------------------------------

/**
 * Puts a sealed file in the place of the plain one, in one step: a crash leaves one or the other. The plain one and what lay
 * beside it get a second name first, under which they are overwritten and taken away, now or at the next opening.
 */
function sealAll({ path, maximumPages }: Own, sealer: RowSealer): Result<void> {
  const sealed = `${path}-sealed`
  keepName(`${path}-wal`, `${path}-plain-wal`)
  const plain = new DatabaseSync(path)
  try {
    plain.exec('PRAGMA busy_timeout = 2000')
    /* All of it into the one file, and nobody reading beside it: what is beside it then belongs to nothing. */
    if (plain.prepare('PRAGMA wal_checkpoint(RESTART)').get()?.['busy'] !== 0) return busy
    const { entries, damaged } = readRows(plain, null)
    const aside = plain.prepare('SELECT number, bytes FROM damaged').all()
    makeFile(sealed, maximumPages, (database) => {
      fill(database, { entries, name: readName(plain) }, sealer)
      transaction(database, () => {
        const insert = database.prepare('INSERT INTO damaged VALUES (?, ?)')
        /* Under numbers that no row will have. */
        for (const { number, bytes } of [...aside, ...damaged]) if (bytes instanceof Uint8Array) insert.run(-Number(number), sealer.sealDamaged(bytes, -Number(number)))
      })
    })
  } catch (error) {
    rmSync(sealed, { force: true })
    throw error
  } finally {
    plain.close()
  }
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
  keepName(path, `${path}-plain`)
  renameSync(sealed, path)
  syncFolder(dirname(path))
  finishSealing(path)
  return ok(undefined)
}

/** What was begun and is not in place is taken away; what is plain and has no other name any more is overwritten first. */
function finishSealing(path: string): void {
  for (const suffix of ['-sealed', '-sealed-journal']) rmSync(path + suffix, { force: true })
  for (const suffix of ['-plain', '-plain-wal']) scrubFile(path + suffix)
}

function keepName(path: string, second: string): void {
  if (!existsSync(path)) return
  rmSync(second, { force: true })
  try {
    linkSync(path, second)
  } catch {
    /* A file system without second names: it is only taken away. */
  }
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
function openForReading(own: Own, why: Problem | null): Result<LogFile> {
  const { directory, path } = own
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === false) return fail('bad-input', 'the home is not a folder', 'choose another folder with --home')
  for (let turn = 1; ; turn += 1) {
    const before = stamp(path)
    const read = attempt(directory, () => readOnce(own, why))
    if (turn === 5 || stamp(path) === before) return read
  }
}

/** Changes when the file does. */
function stamp(path: string): string {
  const { mtimeMs, size, ino } = statSync(path, { throwIfNoEntry: false }) ?? {}
  return `${mtimeMs} ${size} ${ino}`
}

function readOnce(own: Own, why: Problem | null): Result<LogFile> {
  const { directory, path, sealer, takesPlain } = own
  const found = examine(own)
  if (found === 'foreign') return foreign
  if (found === 'nothing') return ok(readOnlyFile(null, why ?? { kind: 'not-found', message: 'there is nothing in this home yet', remedy: 'add a card first' }, { entries: [], notice: null }))
  if (found === 'plain' && !takesPlain) return unsealed
  const { database, end } = openFile(path)
  try {
    const isPlain = pragma(database, 'user_version') === plainVersion
    if (!isPlain && sealer === null) return locked
    const rows = readRows(database, isPlain && takesPlain ? null : sealer)
    const problem = found === 'newer' ? newer : why ?? lookingOnly
    return ok(readOnlyFile(readName(database), problem, { entries: rows.entries, notice: noticeOf(rows, found !== 'damaged') }))
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

function writableFile({ directory }: Own, sealer: RowSealer, database: DatabaseSync, lock: Lock, notice: Problem | null): LogFile {
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
  const { entries, damaged, missing } = rows
  if (damaged.length + missing.length > 0) {
    transaction(database, () => {
      const note = database.prepare('INSERT INTO damaged VALUES (?, ?)')
      for (const { number, bytes } of damaged) {
        note.run(number, bytes)
        database.prepare('DELETE FROM entries WHERE number = ?').run(number)
      }
      /* So that it is said once. */
      for (const number of missing) note.run(number, new Uint8Array())
    })
  }
  return ok({ entries, notice: noticeOf(rows, true) ?? notice })
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

/** Within a transaction: each is sealed for the number that it gets. */
function insertAll(database: DatabaseSync, entries: readonly Uint8Array[], sealer: RowSealer, replaces: boolean): void {
  const insert = database.prepare('INSERT INTO entries (number, bytes, checksum) VALUES (?, ?, ?)')
  let number = lastNumber(database)
  for (const entry of entries) {
    number += 1
    const row = sealer.seal(entry, number, replaces)
    insert.run(number, row, checksumOf(row))
  }
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

const locked = fail('denied', 'this home is sealed, and was opened without its key', 'open it with its key file or passphrase')

const busy = fail('conflict', 'another program is reading this home, which is just to be sealed', 'close it and try again')

const unsealed = fail('bad-input', 'the file that holds your values is not sealed, as everything in this home is: somebody put it there', 'put values.sqlite back from a backup of this home')

const foreign = fail('bad-input', 'the file that should hold your values is some other program’s', 'choose another folder with --home')

function lossNotice(message: string, folder: string): Problem {
  return { kind: 'storage', message, remedy: `look through your values; the damaged file is kept in ${folder}, beside your values` }
}

function noticeOf({ damaged, missing, isWhole }: Rows, isSound: boolean): Problem | null {
  if (!isWhole || !isSound) return { kind: 'storage', message: 'part of the file that holds your values cannot be read', remedy: 'start the app: it keeps the damaged file and opens what can be read' }
  const lost = damaged.length + missing.length
  if (lost === 0) return null
  return { kind: 'storage', message: `${lost === 1 ? 'one change' : `${lost} changes`} that you made cannot be read any more`, remedy: 'look through your values; if something is missing, import your last export' }
}

function attempt<Value>(directory: string, act: () => Result<Value>): Result<Value> {
  try {
    return act()
  } catch (error) {
    return { ok: false, error: problemOf(error, directory) }
  }
}
