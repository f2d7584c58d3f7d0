/**
 * What can go wrong with the file of a home, said in words, and what can still be read out of a damaged one.
 *
 * Invariants: nothing is ever deleted: a damaged file is put aside whole, in a folder of the same home, before another takes
 * its place; an entry that is given out passed its checksum, and was sealed for its place.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Problem } from '../shared/result.ts'
import type { RowSealer } from './vault/rows.ts'

/** What stands in the table `entries`, and which of it is not what was written. */
export interface Rows {
  /** Oldest first. */
  readonly entries: readonly Uint8Array[]
  /** Not what was written there, or replaced long ago and put back. */
  readonly damaged: readonly { readonly number: number; readonly bytes: Uint8Array }[]
  /** Numbers of rows that were there and are gone, and were not set aside; of a sealed log alone. */
  readonly missing: readonly number[]
  /** False where pages of the file could not be read. */
  readonly isWhole: boolean
}

export interface Salvage {
  readonly entries: readonly Uint8Array[]
  /** Of the home. */
  readonly name: string | null
}

interface Row {
  readonly number: number
  readonly bytes: Uint8Array
  /** Null where it is not what was written. */
  readonly entry: Uint8Array | null
  readonly replaces: boolean
}

export function checksumOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, 16)
}

/** Reads from the front, and where a page stops it, from the back too; `sealer` null: a log of before, which is plain. Throws what the disk says. */
export function readRows(database: DatabaseSync, sealer: RowSealer | null): Rows {
  const found = new Map<number, Row>()
  const isWhole = readUntilDamage(database, 'ASC', sealer, found)
  if (!isWhole) readUntilDamage(database, 'DESC', sealer, found)
  const rows = [...found.values()].sort((left, right) => left.number - right.number)
  const from = rows.findLast(({ entry, replaces }) => entry !== null && replaces)?.number ?? 0
  const isSound = ({ number, entry }: Row): boolean => entry !== null && number >= from
  return {
    entries: rows.filter(isSound).flatMap(({ entry }) => entry ?? []),
    damaged: rows.filter((row) => !isSound(row)),
    missing: sealer === null || !isWhole ? [] : gapsIn(database, found, from),
    isWhole
  }
}

function readUntilDamage(database: DatabaseSync, order: 'ASC' | 'DESC', sealer: RowSealer | null, found: Map<number, Row>): boolean {
  try {
    for (const { number, bytes, checksum } of database.prepare(`SELECT number, bytes, checksum FROM entries ORDER BY number ${order}`).iterate()) {
      if (typeof number !== 'number') continue
      /* In a damaged file anything may stand in any column. */
      const isSound = bytes instanceof Uint8Array && checksum instanceof Uint8Array && Buffer.compare(checksumOf(bytes), checksum) === 0
      const opened = !isSound ? null : sealer === null ? { entry: bytes, replaces: false } : sealer.open(bytes, number)
      found.set(number, { number, bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(), entry: opened?.entry ?? null, replaces: opened?.replaces ?? false })
    }
    return true
  } catch (error) {
    if (!isDamage(error)) throw error
    return false
  }
}

/** Numbers are given in a row, so that those that are not there were taken out; SQLite keeps the last one that it gave. */
function gapsIn(database: DatabaseSync, found: ReadonlyMap<number, Row>, from: number): readonly number[] {
  try {
    const aside = new Set(database.prepare('SELECT number FROM damaged').all().map(({ number }) => Number(number)))
    const last = [...found.keys()].reduce((left, right) => Math.max(left, right), lastNumber(database))
    const first = Math.max(from, 1)
    /* What an edited file says of its numbers costs no more than this. */
    return Array.from({ length: Math.min(last - first + 1, mostGaps) }, (_, at) => first + at).filter((number) => !found.has(number) && !aside.has(number))
  } catch (error) {
    if (!isDamage(error)) throw error
    return []
  }
}

const mostGaps = 10_000

/** Of the rows that there were; 0 before the first. */
export function lastNumber(database: DatabaseSync): number {
  return Number(database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").get()?.['seq'] ?? 0)
}

/**
 * All that can still be read out of the damaged file at `path`; the file is not touched. Where its head, which says where
 * everything lies, cannot be read, it is read with the head of `fresh`, a new file of the same making.
 */
export function salvage(path: string, fresh: string, sealer: RowSealer | null): Salvage {
  const folder = mkdtempSync(join(tmpdir(), 'values-steward-'))
  try {
    const [asIs, mended] = [readCopy(path, join(folder, 'as-is'), null, sealer), readCopy(path, join(folder, 'mended'), readFileSync(fresh), sealer)]
    return { entries: asIs.entries.length < mended.entries.length ? mended.entries : asIs.entries, name: asIs.name ?? mended.name }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readCopy(path: string, copy: string, head: Buffer | null, sealer: RowSealer | null): Salvage {
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  if (head !== null) writeFileSync(copy, withHead(readFileSync(copy), head))
  const database = new DatabaseSync(copy)
  try {
    return { entries: readRows(database, sealer).entries, name: readName(database) }
  } catch {
    return { entries: [], name: readName(database) }
  } finally {
    database.close()
  }
}

/** The first page of `head`, the pages behind it of `file`. Bytes 18 and 19 say that there may be a log beside it (2), 28 to 31 how many pages there are. */
function withHead(file: Buffer, head: Buffer): Buffer {
  const pageSize = head.readUInt16BE(16)
  const mended = Buffer.concat([head.subarray(0, pageSize), file.subarray(pageSize)])
  mended.fill(2, 18, 20)
  mended.writeUInt32BE(Math.ceil(mended.length / pageSize), 28)
  return mended
}

/** The name that a home was given when it was made. */
export function readName(database: DatabaseSync): string | null {
  try {
    const name = database.prepare('SELECT name FROM home').get()?.['name']
    return typeof name === 'string' ? name : null
  } catch {
    return null
  }
}

/** Puts the file at `path`, and what lies beside it, into a new folder `damaged-N` of `directory`: the folder's name. */
export function setAside(directory: string, path: string, how: 'copy' | 'move'): string {
  let number = 1
  while (existsSync(join(directory, `damaged-${number}`))) number += 1
  const folder = `damaged-${number}`
  mkdirSync(join(directory, folder), { mode: 0o700 })
  for (const suffix of ['-wal', '-shm', '']) {
    if (!existsSync(path + suffix)) continue
    const target = join(directory, folder, `values.sqlite${suffix}`)
    if (how === 'copy') copyFileSync(path + suffix, target)
    else renameSync(path + suffix, target)
  }
  return folder
}

/**
 * Is every commit in SQLite's write-ahead log one that SQLite will read? It stops without a word at the first frame whose
 * checksum fails, and all commits behind that are gone. Source: https://sqlite.org/fileformat2.html#walformat
 */
export function isWalWhole(wal: Uint8Array): boolean {
  if (wal.length === 0) return true
  if (wal.length < 32) return false
  const view = new DataView(wal.buffer, wal.byteOffset, wal.length)
  const isLittle = view.getUint32(0) === 0x377f0682
  let sums = walSums(view, 0, 24, [0, 0], isLittle)
  if (sums[0] !== view.getUint32(24) || sums[1] !== view.getUint32(28)) return false
  const pageSize = view.getUint32(8)
  let isReadable = true
  for (let at = 32; at + 24 + pageSize <= wal.length; at += 24 + pageSize) {
    if (view.getUint32(at + 8) !== view.getUint32(16) || view.getUint32(at + 12) !== view.getUint32(20)) {
      /* What an earlier round left behind; damage, if this round goes on after it. */
      isReadable = false
      continue
    }
    if (isReadable) {
      sums = walSums(view, at + 24, pageSize, walSums(view, at, 8, sums, isLittle), isLittle)
      isReadable = sums[0] === view.getUint32(at + 16) && sums[1] === view.getUint32(at + 20)
    }
    if (!isReadable && view.getUint32(at + 4) !== 0) return false
  }
  return true
}

function walSums(view: DataView, start: number, length: number, before: readonly [number, number], isLittle: boolean): readonly [number, number] {
  let [first, second] = before
  for (let at = start; at < start + length; at += 8) {
    first = (first + view.getUint32(at, isLittle) + second) >>> 0
    second = (second + view.getUint32(at + 4, isLittle) + first) >>> 0
  }
  return [first, second]
}

// ---- problems -------------------------------------------------------------------------------------------------------

const full: Problem = { kind: 'storage', message: 'there is no room left on the disk', remedy: 'free some room; what you changed is kept here and written then' }

/** What the disk of `directory` or SQLite threw, as a person can use it. */
export function problemOf(error: unknown, directory: string): Problem {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (isCode(error, 13) || code === 'ENOSPC' || code === 'EDQUOT') return full
  /* Of the files beside its own, SQLite says no more than that they could not be made or written. */
  if ((isCode(error, 10) || isCode(error, 14)) && isFull(directory)) return full
  if (isCode(error, 8) || isCode(error, 3) || isCode(error, 14) || code === 'EROFS') return { kind: 'read-only', message: 'this home is on a disk that can only be read', remedy: 'choose another folder with --home, or make it writable' }
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'read-only', message: 'this account may not open or write this home', remedy: 'allow it, or choose another folder with --home' }
  if (code === 'ENOTDIR' || code === 'EEXIST') return { kind: 'bad-input', message: 'the home is not a folder', remedy: 'choose another folder with --home' }
  if (isCode(error, 5)) return { kind: 'conflict', message: 'another program holds this home', remedy: 'close it and try again' }
  if (isDamage(error)) return { kind: 'storage', message: 'the file that holds your values is damaged', remedy: 'start the app again: it keeps the damaged file and opens what can still be read' }
  return { kind: 'storage', message: 'the disk did not take what you changed', remedy: 'check the disk; what you changed is kept here and written again' }
}

function isFull(directory: string): boolean {
  try {
    return statfsSync(directory).bavail === 0
  } catch {
    return false
  }
}

/** SQLITE_CORRUPT or SQLITE_NOTADB. */
export function isDamage(error: unknown): boolean {
  return isCode(error, 11) || isCode(error, 26)
}

/** SQLite's primary result codes: https://sqlite.org/rescode.html */
export function isCode(error: unknown, primary: number): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === primary
}
