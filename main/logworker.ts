/**
 * The thread that owns the home's database file: the only place that touches SQLite, so that no disk ever holds up a window.
 *
 * Requests are answered in the order in which they came. Appends that wait together are committed together, and answered
 * after the commit (WAL, synchronous=FULL: the log is on the disk then). Each row carries a checksum; a row that fails it is
 * set aside in `damaged`, never dropped and never given out. Whoever writes holds an exclusive lock on a file beside the
 * database for as long as the process lives; the system lets go of it when the process dies, however it dies.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { fail, ok, type Problem, type Result } from '../shared/result.ts'
import { fileNames, formatVersion, lookingOnly, type LogMode, type LogOpened, type LogReply, type LogRequest } from './log.ts'

const applicationId = 0x56535431 // "VST1"

interface Opened {
  readonly database: DatabaseSync
  readonly lock: DatabaseSync | null
  readonly temporary: string | null
  readonly report: LogOpened
}

const { directory, mode, maximumPages } = workerData as { directory: string; mode: LogMode; maximumPages: number | null }
let opened: Opened | null = null
const queue: LogRequest[] = []

parentPort?.on('message', (request: LogRequest) => {
  queue.push(request)
  if (queue.length === 1) setImmediate(drain)
})

/** Takes what waits: runs of appends as one commit, all else one by one. */
function drain(): void {
  while (queue.length > 0) {
    const first = queue[0]
    if (first === undefined) return
    if (first.kind !== 'append') {
      queue.shift()
      answer(first.id, guarded(() => serve(first)))
      continue
    }
    const appends: Extract<LogRequest, { kind: 'append' }>[] = []
    for (let next = queue[0]; next?.kind === 'append' && appends.length < 1_000; next = queue[0]) {
      appends.push(next)
      queue.shift()
    }
    const result = guarded(() => append(appends.map((request) => request.entry)))
    for (const request of appends) answer(request.id, result)
  }
}

function answer(id: number, result: Result<unknown>): void {
  parentPort?.postMessage({ id, result } satisfies LogReply)
}

function serve(request: Exclude<LogRequest, { kind: 'append' }>): Result<unknown> {
  switch (request.kind) {
    case 'open':
      return open()
    case 'load':
      return load()
    case 'compact':
      return compact(request.replacement)
    case 'close':
      return close()
  }
}

// ---- opening --------------------------------------------------------------------------------------------------------

function open(): Result<LogOpened> {
  if (mode === 'read') return openForReading(null)
  try {
    return openForWriting()
  } catch (error) {
    const problem = storageProblem(error).error
    if (problem.kind !== 'read-only' || !existsSync(join(directory, fileNames.log))) throw error
    return openForReading(problem)
  }
}

function openForWriting(): Result<LogOpened> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const lock = takeLock()
  if (!lock.ok) return lock
  const database = new DatabaseSync(join(directory, fileNames.log))
  const version = pragma(database, 'user_version')
  if (version > formatVersion) {
    database.close()
    lock.value.close()
    return openForReading({ kind: 'read-only', message: 'this home was written by a newer version of Values Steward', remedy: 'update the app to change anything; it can be read meanwhile' })
  }
  if (version !== 0 && pragma(database, 'application_id') !== applicationId) {
    database.close()
    lock.value.close()
    return fail('bad-input', 'the file that should hold your values is some other program’s', 'choose another folder with --home')
  }
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000`)
  if (maximumPages !== null) database.exec(`PRAGMA max_page_count = ${maximumPages}`)
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL, checksum BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS damaged (number INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS home (name TEXT NOT NULL) STRICT;
    INSERT INTO home SELECT lower(hex(randomblob(16))) WHERE NOT EXISTS (SELECT 1 FROM home);
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${formatVersion};
    COMMIT`)
  opened = { database, lock: lock.value, temporary: null, report: { kind: 'writable', name: nameIn(database) ?? '' } }
  return ok(opened.report)
}

/** Without writing a byte: other programs may be writing, and the disk may be one that cannot be written. */
function openForReading(problem: LogOpened['problem'] | null): Result<LogOpened> {
  const path = join(directory, fileNames.log)
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === false) return fail('bad-input', 'the home is not a folder', 'choose another folder with --home')
  /* Not `existsSync`: a home that this account may not look into is no empty one. */
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    const missing = { kind: 'not-found', message: 'there is nothing in this home yet', remedy: 'add a card first' } as const
    opened = null
    return ok({ kind: 'read-only', name: null, problem: problem ?? missing })
  }
  const { database, temporary } = openFile(path)
  const version = pragma(database, 'user_version')
  const why = problem ?? (version > formatVersion
    ? { kind: 'read-only', message: 'this home was written by a newer version of Values Steward', remedy: 'update the app to change anything; it can be read meanwhile' } as const
    : lookingOnly)
  opened = { database, lock: null, temporary, report: { kind: 'read-only', name: nameIn(database), problem: why } }
  return ok(opened.report)
}

/**
 * A log that was closed in good order is one file, and read as one that nobody changes: SQLite then makes none beside it.
 * Where a writer lives, or died, its newest entries are in the files beside it; on a disk that cannot be written these can
 * only be read as a copy.
 */
function openFile(path: string): { readonly database: DatabaseSync; readonly temporary: string | null } {
  if (!existsSync(`${path}-wal`)) {
    const address = pathToFileURL(path)
    address.searchParams.set('immutable', '1')
    return { database: new DatabaseSync(address, { readOnly: true }), temporary: null }
  }
  try {
    const database = new DatabaseSync(path, { readOnly: true })
    database.exec('PRAGMA busy_timeout = 2000')
    database.prepare('SELECT count(*) FROM entries').get()
    return { database, temporary: null }
  } catch {
    const temporary = mkdtempSync(join(tmpdir(), 'values-steward-'))
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(temporary, `log${suffix}`))
    return { database: new DatabaseSync(join(temporary, 'log')), temporary }
  }
}

function nameIn(database: DatabaseSync): string | null {
  try {
    const row = database.prepare('SELECT name FROM home').get()
    return typeof row?.['name'] === 'string' ? row['name'] : null
  } catch {
    return null
  }
}

/** An exclusive transaction on a file of its own, held until the process ends. */
function takeLock(): Result<DatabaseSync> {
  const note = join(directory, fileNames.holder)
  const lock = new DatabaseSync(join(directory, fileNames.lock))
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA busy_timeout = 300; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!isCode(error, 5)) throw error
    const holder = readHolder(note)
    return fail('conflict', `another Values Steward is using this home${holder}`, 'close it first, or choose another folder with --home')
  }
  writeFileSync(note, `${process.pid}\n`)
  return ok(lock)
}

function readHolder(note: string): string {
  try {
    const pid = Number.parseInt(readFileSync(note, 'utf8'), 10)
    return Number.isSafeInteger(pid) ? ` (process ${pid})` : ''
  } catch {
    return ''
  }
}

// ---- entries --------------------------------------------------------------------------------------------------------

function load(): Result<{ readonly entries: readonly Uint8Array[]; readonly damaged: number }> {
  if (opened === null) return ok({ entries: [], damaged: 0 })
  const { database, lock } = opened
  const entries: Uint8Array[] = []
  const damaged: { readonly number: number; readonly bytes: Uint8Array }[] = []
  try {
    for (const row of database.prepare('SELECT number, bytes, checksum FROM entries ORDER BY number').iterate()) {
      const { number, bytes, checksum } = row as { number: number; bytes: Uint8Array; checksum: Uint8Array }
      if (Buffer.compare(checksumOf(bytes), checksum) === 0) entries.push(bytes)
      else damaged.push({ number, bytes })
    }
  } catch (error) {
    /* The pages behind this one cannot be read: what came before is kept. */
    if (!isCode(error, 11) && !isCode(error, 26)) throw error
    return ok({ entries, damaged: damaged.length + 1 })
  }
  if (lock !== null && damaged.length > 0) {
    transaction(database, () => {
      for (const { number, bytes } of damaged) {
        database.prepare('INSERT INTO damaged VALUES (?, ?)').run(number, bytes)
        database.prepare('DELETE FROM entries WHERE number = ?').run(number)
      }
    })
  }
  return ok({ entries, damaged: damaged.length })
}

function append(entries: readonly Uint8Array[]): Result<void> {
  const database = writable()
  if (!database.ok) return database
  transaction(database.value, () => {
    const insert = database.value.prepare('INSERT INTO entries (bytes, checksum) VALUES (?, ?)')
    for (const entry of entries) insert.run(entry, checksumOf(entry))
  })
  return ok(undefined)
}

/** Everything that is there now becomes the one replacement. */
function compact(replacement: Uint8Array): Result<void> {
  const database = writable()
  if (!database.ok) return database
  transaction(database.value, () => {
    database.value.exec('DELETE FROM entries')
    database.value.prepare('INSERT INTO entries (bytes, checksum) VALUES (?, ?)').run(replacement, checksumOf(replacement))
  })
  database.value.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return ok(undefined)
}

function close(): Result<void> {
  if (opened !== null) {
    opened.database.close()
    opened.lock?.close()
    if (opened.temporary !== null) rmSync(opened.temporary, { recursive: true, force: true })
  }
  opened = null
  return ok(undefined)
}

function writable(): Result<DatabaseSync> {
  if (opened === null) return fail('storage', 'the home is closed', 'open the app again')
  const { database, report } = opened
  return report.kind === 'read-only' ? { ok: false, error: report.problem } : ok(database)
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

function checksumOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, 16)
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
}

// ---- what can go wrong ----------------------------------------------------------------------------------------------

function guarded(act: () => Result<unknown>): Result<unknown> {
  try {
    return act()
  } catch (error) {
    return storageProblem(error)
  }
}

/* SQLite's primary result codes: https://sqlite.org/rescode.html */
function storageProblem(error: unknown): { readonly ok: false; readonly error: Problem } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (isCode(error, 13) || code === 'ENOSPC' || code === 'EDQUOT') return problem('storage', 'there is no room left on the disk', 'free some room; what you changed is kept here and written then')
  if (isCode(error, 8) || isCode(error, 3) || isCode(error, 14) || code === 'EROFS') return problem('read-only', 'this home is on a disk that can only be read', 'choose another folder with --home, or make it writable')
  if (code === 'EACCES' || code === 'EPERM') return problem('read-only', 'this account may not open or write this home', 'allow it, or choose another folder with --home')
  if (code === 'ENOTDIR' || code === 'EEXIST') return problem('bad-input', 'the home is not a folder', 'choose another folder with --home')
  if (isCode(error, 5)) return problem('conflict', 'another program holds this home', 'close it and try again')
  if (isCode(error, 11) || isCode(error, 26)) return problem('storage', 'the file that holds your values is damaged', 'keep a copy of the home folder, and restore a backup')
  return problem('storage', 'the disk did not take what you changed', 'check the disk; what you changed is kept here and written again')
}

function problem(kind: Problem['kind'], message: string, remedy: string): { readonly ok: false; readonly error: Problem } {
  return { ok: false, error: { kind, message, remedy } }
}

function isCode(error: unknown, primary: number): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === primary
}
