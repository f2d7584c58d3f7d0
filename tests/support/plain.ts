/** A home as the version before this one left it: the rows of its log and its other files plain. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { checksumOf } from '../../main/log/damage.ts'

/** `isOpen`: as a kill leaves it, with the newest rows in the file beside it. */
export function writePlainLog(directory: string, entries: readonly Uint8Array[], { isOpen = false }: { readonly isOpen?: boolean } = {}): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(join(directory, 'values.sqlite'))
  database.exec(`
    PRAGMA journal_mode = WAL;
    BEGIN IMMEDIATE;
    CREATE TABLE entries (number INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL, checksum BLOB NOT NULL) STRICT;
    CREATE TABLE damaged (number INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE home (name TEXT NOT NULL) STRICT;
    INSERT INTO home VALUES ('00112233445566778899aabbccddeeff');
    PRAGMA application_id = ${0x56535431};
    PRAGMA user_version = 1;
    COMMIT`)
  const insert = database.prepare('INSERT INTO entries (bytes, checksum) VALUES (?, ?)')
  const half = Math.floor(entries.length / 2)
  for (const [at, entry] of entries.entries()) {
    insert.run(entry, checksumOf(entry))
    if (at === half) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }
  writeFileSync(join(directory, 'writer.pid'), '1\n')
  if (!isOpen) database.close()
  return () => (isOpen ? database.close() : undefined)
}

export function writePlainFile(directory: string, path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), bytes)
}
