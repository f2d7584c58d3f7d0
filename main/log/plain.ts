/**
 * A log of before, whose rows are plain: a sealed one takes its place in one step, so that a crash leaves one or the other. The
 * plain one and what lay beside it get a second name first, under which they are overwritten and taken away, now or at the
 * next opening. Throws what the disk says.
 */
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fail, ok, type Result } from '../../shared/result.ts'
import { readName, readRows } from './damage.ts'
import { fill, makeFile, transaction } from './rows.ts'
import { scrubFile, syncFolder } from '../vault/files.ts'
import type { RowSealer } from '../vault/rows.ts'

/** Errors: `conflict` where another program is reading it. */
export function sealAll(path: string, maximumPages: number | null, sealer: RowSealer): Result<void> {
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
export function finishSealing(path: string): void {
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

const busy = fail('conflict', 'another program is reading this home, which is just to be sealed', 'close it and try again')
