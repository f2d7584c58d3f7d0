/**
 * One writer a home: an exclusive transaction on a file of its own, for as long as the process lives. The system lets go of
 * it when the process ends, however it ends, so that nothing stale is ever in the way; the number in the note beside it only
 * serves to name the holder.
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { folderInPlace, isCode, isDamage, isFolder } from './disk.ts'
import { fail, ok, type Result } from '../../shared/result.ts'

export interface Lock {
  /** Leaves word of who holds it, for those who are refused. */
  sign(): void
  release(): void
}

/** Milliseconds that another holder is given to end. */
const patience = 300

/** What holds a lock: a database that nobody refers to any more would be closed, and its lock let go of. */
const held = new Set<DatabaseSync>()

/** Errors: `conflict`, which names the process that holds it; throws what the disk says. */
export function takeLock(directory: string): Result<Lock> {
  const file = join(directory, 'writer.lock')
  const note = noteIn(directory)
  if (isFolder(file)) return { ok: false, error: folderInPlace }
  const lock = hold(file)
  if (lock === null) return fail('conflict', `another Values Steward is using this home${holderIn(note)}`, 'close it first, or choose another folder with --home')
  return ok({
    sign() {
      try {
        writeFileSync(note, `${process.pid}\n`, { mode: 0o600 })
      } catch {
        /* A full disk: the lock holds without it. */
      }
    },
    release: () => letGo(lock)
  })
}

/** One writer of a single file: `NAME.lock` beside it, which is gone afterwards. Gives what lets go of it; null: another has it. Throws what the disk says. */
export function takeFileLock(name: string): (() => void) | null {
  const file = `${name}.lock`
  const numberOf = (): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino
  for (;;) {
    makeWhereMissing(file)
    const before = numberOf()
    const lock = hold(file)
    if (lock === null) return null
    /* Whoever had it has taken it away meanwhile: what is held is no file any more. */
    if (before !== numberOf()) {
      letGo(lock)
      continue
    }
    return () => {
      rmSync(file, { force: true })
      letGo(lock)
    }
  }
}

/** Null: another has it. */
function hold(file: string, isAgain = false): DatabaseSync | null {
  makeWhereMissing(file)
  const lock = new DatabaseSync(file)
  try {
    lock.exec(`PRAGMA journal_mode = MEMORY; PRAGMA busy_timeout = ${patience}; BEGIN EXCLUSIVE`)
  } catch (error) {
    lock.close()
    /* Something was written into it, which nobody who holds it does: it is made anew. */
    if (isDamage(error) && !isAgain) {
      rmSync(file)
      return hold(file, true)
    }
    if (!isCode(error, 5)) throw error
    return null
  }
  held.add(lock)
  return lock
}

function letGo(lock: DatabaseSync): void {
  held.delete(lock)
  lock.close()
}

/** Never opened here when it is there: closing it would let go of this process's own hold (POSIX). */
function makeWhereMissing(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
}

/** Was this home ever opened for writing? */
export function isSigned(directory: string): boolean {
  return holderIn(noteIn(directory)) !== ''
}

/** The process that last wrote this home, and may still do; null where none is known. */
export function writerOf(directory: string): number | null {
  const pid = /(\d+)\)$/u.exec(holderIn(noteIn(directory)))?.[1]
  return pid === undefined ? null : Number(pid)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return pid !== process.pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function noteIn(directory: string): string {
  return join(directory, 'writer.pid')
}

function holderIn(note: string): string {
  try {
    const pid = Number.parseInt(readFileSync(note, 'utf8'), 10)
    return Number.isSafeInteger(pid) ? ` (process ${pid})` : ''
  } catch {
    return ''
  }
}
