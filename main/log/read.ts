/**
 * Reads the log of a home without changing a byte: other programs may be writing it, and the disk may be one that cannot be
 * written. What is there is told first (`examine`), then read at once and let go of.
 */
import { copyFileSync, existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import { isWalWhole, readName, readRows, type Rows } from './damage.ts'
import { attempt, isCode, isDamage, problemOf } from '../home/disk.ts'
import { isSigned } from '../home/lock.ts'
import { lookingOnly, type Loaded } from './log.ts'
import { applicationId, formatVersion, makeTables, plainVersion, pragma } from './rows.ts'
import type { RowSealer } from '../vault/rows.ts'

/** What those who open a log know of it (LogFileOptions of log.ts). */
export interface OwnLog {
  readonly directory: string
  readonly path: string
  readonly sealer: RowSealer | null
  readonly takesPlain: boolean
  readonly maximumPages: number | null
}

/** What was found in place of the log. */
type Found = 'nothing' | 'whole' | 'plain' | 'newer' | 'foreign' | 'damaged' | 'link' | 'no file'

export interface ReadLog {
  /** Null where there is no home yet. */
  readonly name: string | null
  /** Why it can only be read. */
  readonly problem: Problem
  readonly loaded: Loaded
  /** Every row that was ever written was read. */
  readonly isSound: boolean
}

/** Looks without changing anything. */
export function examine({ directory, path }: OwnLog): Found {
  /* SQLite would keep the newest entries beside what the link leads to, where nobody looks for them. */
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) return 'link'
  /* Not `existsSync`: a home that this account may not look into is no empty one. */
  const there = statSync(path, { throwIfNoEntry: false })
  if (there?.isFile() === false) return 'no file'
  const size = there?.size ?? 0
  /* Not opened: SQLite, even where it may only read, takes away what lies beside an empty file. */
  if (size === 0) return 'nothing'
  const head = readFileSync(path).subarray(0, 100)
  const { database, end } = openFile(path)
  try {
    const version = pragma(database, 'user_version')
    const isEmpty = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'] === 0
    if (isEmpty && version === 0) return 'nothing'
    if (pragma(database, 'application_id') !== applicationId) return isSigned(directory) ? 'damaged' : 'foreign'
    if (version > formatVersion && version <= mostVersion) return 'newer'
    /* A higher number there forbids writing. */
    if ((head[18] ?? 0) > 2) return 'damaged'
    for (const query of ['number, bytes, checksum FROM entries', 'number, bytes FROM damaged']) database.prepare(`SELECT ${query}`)
    if (version === 0 || version > mostVersion || (version === formatVersion && schemaOf(database) !== ownSchema())) return 'damaged'
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

/** Higher than any version of this format will be. */
const mostVersion = 1_000

/** Every table, as it was made: where a letter of that is another one, what reads it may work, and what writes it not. */
function schemaOf(database: DatabaseSync): string {
  return JSON.stringify(database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all())
}

let made: string | null = null

function ownSchema(): string {
  if (made !== null) return made
  const database = new DatabaseSync(':memory:')
  makeTables(database)
  made = schemaOf(database)
  database.close()
  return made
}

/** Does it carry our number where SQLite keeps it, readable or not? */
function hasMark(head: Buffer): boolean {
  return head.length >= 72 && head.readUInt32BE(68) === applicationId
}

/** Read at once and let go of; again where somebody wrote meanwhile, five times at most. `why`: it was to be opened for more. Errors: `denied` (no key), `bad-input` (not a home), those of the disk. */
export function readLog(own: OwnLog, why: Problem | null): Result<ReadLog> {
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

function readOnce(own: OwnLog, why: Problem | null): Result<ReadLog> {
  const { directory, path, sealer, takesPlain } = own
  const found = examine(own)
  if (found === 'foreign') return foreign
  if (found === 'link') return linked
  if (found === 'no file') return noFile
  if (found === 'nothing') return ok({ name: null, problem: why ?? { kind: 'not-found', message: 'there is nothing in this home yet', remedy: 'add a card first' }, loaded: { entries: [], notice: withoutWriting(goneNotice(own)) }, isSound: false })
  if (found === 'plain' && !takesPlain) return unsealed
  const { database, end } = openFile(path)
  try {
    const isPlain = pragma(database, 'user_version') === plainVersion
    if (!isPlain && sealer === null) return locked
    const rows = readRows(database, isPlain && takesPlain ? null : sealer)
    const problem = found === 'newer' ? newer : why ?? lookingOnly
    const notice = noticeOf(rows, found !== 'damaged')
    return ok({ name: readName(database), problem, loaded: { entries: rows.entries, notice }, isSound: found === 'whole' && notice === null && isWalWhole(readBeside(path)) })
  } catch (error) {
    return { ok: false, error: found === 'newer' ? newer : problemOf(error, directory) }
  } finally {
    database.close()
    end()
  }
}

/**
 * Opens without writing a byte.
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
  }
  const folder = mkdtempSync(join(tmpdir(), 'values-steward-'))
  const end = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(folder, `log${suffix}`))
    return { database: new DatabaseSync(join(folder, 'log')), end }
  } catch (error) {
    end()
    throw error
  }
}

/** What a writer that lives, or was killed, has beside the log. */
export function readBeside(path: string): Uint8Array {
  return existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : new Uint8Array()
}

// ---- what is said of it ---------------------------------------------------------------------------------------------

/** Who only reads puts nothing back. */
function withoutWriting(gone: Problem | null): Problem | null {
  return gone === null ? null : { ...gone, remedy: mending }
}

/** Where a home was written before, and nothing of it is there. */
export function goneNotice({ directory, path }: Pick<OwnLog, 'directory' | 'path'>): Problem | null {
  if (!isSigned(directory)) return null
  return { kind: 'storage', message: existsSync(path) ? 'the file that held your values is empty' : 'the file that held your values was gone', remedy: 'import your last export' }
}

export function noticeOf({ damaged, missing, isWhole }: Rows, isSound: boolean): Problem | null {
  if (!isWhole || !isSound) return { kind: 'storage', message: 'part of the file that holds your values cannot be read', remedy: 'start the app: it keeps the damaged file and opens what can be read' }
  const lost = damaged.length + missing.length
  if (lost === 0) return null
  return { kind: 'storage', message: `${lost === 1 ? 'one change' : `${lost} changes`} that you made cannot be read any more`, remedy: 'look through your values; if something is missing, import your last export' }
}

/** What opens it for writing puts back what a snapshot holds. */
export const mending = 'run "steward doctor --mend", or start the app: it keeps the damaged file and puts back what can be'

export const newer: Problem = { kind: 'read-only', message: 'this home was written by a newer version of Values Steward', remedy: 'update the app to change anything; what can be read meanwhile is shown' }

export const locked = fail('denied', 'this home is sealed, and was opened without its key', 'open it with its key file or passphrase')

export const unsealed = fail('bad-input', 'the file that holds your values is not sealed, as everything in this home is: somebody put it there', 'put values.sqlite back from a backup of this home')

export const foreign = fail('bad-input', 'the file that should hold your values is some other program’s', 'choose another folder with --home')

export const noFile = fail('bad-input', 'what lies in place of the file values.sqlite of this home is a folder, or no file at all', 'move it out of this home, and open it again: what can be is put back from a snapshot')

export const linked = fail('bad-input', 'the file that should hold your values is a link to somewhere else', 'put the file itself there, or name the folder where it lies with --home')
