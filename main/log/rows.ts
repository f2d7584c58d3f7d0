/**
 * The tables of a log in its SQLite file, and how entries come into them: each sealed for the number that it gets, with a
 * checksum. Everything here waits for the disk and throws what it says.
 */
import { closeSync, openSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Carved } from './carving.ts'
import { checksumOf, lastNumber } from './damage.ts'
import type { RowSealer } from '../vault/rows.ts'

/** In `PRAGMA user_version`; a higher one was written by a newer version of this program. The rows of 1 are plain, those of 2 sealed (vault/rows.ts). */
export const formatVersion = 2
export const plainVersion = 1
export const applicationId = 0x56535431 // "VST1"

/** A new file with tables, durable when this returns; what was begun is taken away where it fails. */
export function makeFile(path: string, maximumPages: number | null, write: (database: DatabaseSync) => void): void {
  const remove = (): void => {
    for (const suffix of ['', '-journal']) rmSync(path + suffix, { force: true })
  }
  remove()
  try {
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
  } catch (error) {
    remove()
    throw error
  }
}

/** A home's name is drawn at random, once. */
export function makeTables(database: DatabaseSync): void {
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

/** `name`: of the home; null leaves the one that was drawn. */
export function fill(database: DatabaseSync, { entries, name }: { readonly entries: readonly Uint8Array[]; readonly name: string | null }, sealer: RowSealer): void {
  transaction(database, () => {
    insertAll(database, entries, sealer, false)
    if (name !== null) database.prepare('UPDATE home SET name = ?').run(name)
  })
}

/** Within a transaction. `replaces`: it takes the place of all before it. */
export function insertAll(database: DatabaseSync, entries: readonly Uint8Array[], sealer: RowSealer, replaces: boolean): void {
  const insert = database.prepare('INSERT INTO entries (number, bytes, checksum) VALUES (?, ?, ?)')
  let number = lastNumber(database)
  for (const entry of entries) {
    number += 1
    const row = sealer.seal(entry, number, replaces)
    insert.run(number, row, checksumOf(row))
  }
}

/** The same of rows that are sealed already, each for its number. */
export function insertCarved(database: DatabaseSync, rows: readonly Carved[]): void {
  const insert = database.prepare('INSERT OR IGNORE INTO entries (number, bytes, checksum) VALUES (?, ?, ?)')
  for (const { number, bytes, checksum } of rows) insert.run(number, bytes, checksum)
}

/** All of it or nothing. */
export function transaction(database: DatabaseSync, write: () => void): void {
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

export function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
}
