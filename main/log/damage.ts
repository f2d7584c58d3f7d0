/**
 * What can still be read out of the damaged file of a home.
 *
 * Invariants: nothing is ever deleted: a damaged file is put aside whole, in a folder of the same home, before another takes
 * its place; an entry that is given out passed its checksum, and was sealed for its place.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { carve, type Carved } from './carving.ts'
import { isDamage } from '../home/disk.ts'
import { scrubFile } from '../vault/files.ts'
import type { RowSealer } from '../vault/rows.ts'

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

/** `sealer` null: a log of before, which is plain. Throws what the disk says. */
export function readRows(database: DatabaseSync, sealer: RowSealer | null): Rows {
  const found = new Map<number, Row>()
  const isWhole = collect(database, sealer, found)
  const { from, sound, damaged } = sort(found)
  return { entries: sound, damaged, missing: sealer === null || !isWhole ? [] : gapsIn(database, found, from), isWhole }
}

/** From the front, and where a page stops it, from the back too; false where one did. */
function collect(database: DatabaseSync, sealer: RowSealer | null, found: Map<number, Row>): boolean {
  const isWhole = readUntilDamage(database, 'ASC', sealer, found)
  if (!isWhole) readUntilDamage(database, 'DESC', sealer, found)
  return isWhole
}

/** `sound`: from the last one that replaced all before it. */
function sort(found: ReadonlyMap<number, Row>): { readonly from: number; readonly sound: readonly Uint8Array[]; readonly damaged: readonly Row[] } {
  const rows = [...found.values()].sort((left, right) => left.number - right.number)
  const from = rows.findLast(({ entry, replaces }) => entry !== null && replaces)?.number ?? 0
  return { from, sound: rows.flatMap(({ number, entry }) => (entry !== null && number >= from ? entry : [])), damaged: rows.filter(({ number, entry }) => entry === null || number < from) }
}

function readUntilDamage(database: DatabaseSync, order: 'ASC' | 'DESC', sealer: RowSealer | null, found: Map<number, Row>): boolean {
  try {
    for (const { number, bytes, checksum } of database.prepare(`SELECT number, bytes, checksum FROM entries WHERE number BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER} ORDER BY number ${order}`).iterate()) {
      if (typeof number !== 'number') continue
      /* In a damaged file anything may stand in any column. */
      const [row, sum] = [bytes, checksum].map((value) => (value instanceof Uint8Array ? value : new Uint8Array()))
      add(found, { number, bytes: row ?? new Uint8Array(), checksum: sum ?? new Uint8Array() }, sealer)
    }
    return true
  } catch (error) {
    if (!isDamage(error)) throw error
    return false
  }
}

/** What is sound there already stays. */
function add(found: Map<number, Row>, { number, bytes, checksum }: Carved, sealer: RowSealer | null): void {
  if (found.get(number)?.entry != null) return
  const isSound = Buffer.compare(checksumOf(bytes), checksum) === 0
  const opened = !isSound ? null : sealer === null ? { entry: bytes, replaces: false } : sealer.open(bytes, number)
  found.set(number, { number, bytes, entry: opened?.entry ?? null, replaces: opened?.replaces ?? false })
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

/** Of the rows that there were; 0 before the first. What SQLite kept of it may be damaged. */
export function lastNumber(database: DatabaseSync): number {
  const kept = database.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'entries' AND typeof(seq) = 'integer' AND seq <= ${Number.MAX_SAFE_INTEGER}`).get()?.['seq']
  const there = Number(database.prepare(`SELECT max(number) AS number FROM entries WHERE number <= ${Number.MAX_SAFE_INTEGER}`).get()?.['number'] ?? 0)
  return typeof kept === 'number' && kept < there + mostGaps ? Math.max(kept, there) : there
}

/**
 * All that can still be read out of the damaged file at `path`, and out of what lies beside it; neither is touched. Where its head,
 * which says where everything lies, cannot be read, it is read with the head of `fresh`, a new file of the same making; and what
 * no page leads to any more is found by its shape.
 */
export function salvage(path: string, fresh: string, sealer: RowSealer | null): Salvage {
  const folder = mkdtempSync(join(tmpdir(), 'values-steward-'))
  const found = new Map<number, Row>()
  try {
    const [asIs, mended] = [readCopy(path, join(folder, 'as-is'), null, sealer, found), readCopy(path, join(folder, 'mended'), readFileSync(fresh), sealer, found)]
    for (const suffix of ['', '-wal']) {
      if (!existsSync(path + suffix)) continue
      for (const row of carve(readFileSync(path + suffix))) add(found, row, sealer)
    }
    return { entries: sort(found).sound, name: asIs ?? mended }
  } finally {
    /* One of before is plain. */
    if (sealer === null) for (const name of readdirSync(folder)) scrubFile(join(folder, name))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Rows in what lay beside the log that SQLite read nothing of, since something before them is damaged. */
export function rowsBeside(database: DatabaseSync, beside: Uint8Array, sealer: RowSealer): readonly Carved[] {
  const found = new Map<number, Row>()
  collect(database, sealer, found)
  const carved = [...carve(beside)].filter(({ number }) => !found.has(number))
  for (const row of carved) add(found, row, sealer)
  const { from } = sort(found)
  return carved.filter(({ number, bytes }) => number >= from && found.get(number)?.bytes === bytes && found.get(number)?.entry !== null)
}

/** The home's name. */
function readCopy(path: string, copy: string, head: Buffer | null, sealer: RowSealer | null, found: Map<number, Row>): string | null {
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  if (head !== null) writeFileSync(copy, withHead(readFileSync(copy), head))
  const database = new DatabaseSync(copy)
  try {
    collect(database, sealer, found)
    return readName(database)
  } catch {
    return readName(database)
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
  /* The file first: what is left beside one that is gone is known to be of before. */
  for (const suffix of ['', '-wal', '-shm']) {
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
