/** What the disk of a home says when something goes wrong, as a problem that a person can use. */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Problem, Result } from '../../shared/result.ts'

const full: Problem = { kind: 'storage', message: 'there is no room left on the disk', remedy: 'free some room; what you changed is kept here and written then' }

/** What lies in a home, and not as we put it there. */
export const folderInPlace: Problem = { kind: 'bad-input', message: 'there is a folder where a file of this home should be', remedy: 'move it out of this home, and open it again' }
export const fileInPlace: Problem = { kind: 'bad-input', message: 'there is a file where a folder of this home should be', remedy: 'move it out of this home, and open it again' }

/** What the disk of `directory` or SQLite threw, as a person can use it. */
export function problemOf(error: unknown, directory: string): Problem {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (isCode(error, 13) || isNoRoom(error)) return full
  /* Of the files beside its own, SQLite says no more than that they could not be made or written. */
  if ((isCode(error, 10) || isCode(error, 14)) && isFull(directory)) return full
  if (isCode(error, 8) || isCode(error, 3) || isCode(error, 14) || code === 'EROFS') return { kind: 'read-only', message: 'this home is on a disk that can only be read', remedy: 'choose another folder with --home, or make it writable' }
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'read-only', message: 'this account may not open or write this home', remedy: 'allow it, or choose another folder with --home' }
  if (code === 'ENOTDIR' || code === 'EEXIST') return isFolder(directory) ? fileInPlace : { kind: 'bad-input', message: 'the home is not a folder', remedy: 'choose another folder with --home' }
  if (code === 'EISDIR') return folderInPlace
  if ((code === 'ENOENT' || code === 'ELOOP' || code === 'ENAMETOOLONG') && !isFolder(directory)) return { kind: 'bad-input', message: 'no folder can be made where the home should be', remedy: 'choose another folder with --home' }
  if (isCode(error, 5)) return { kind: 'conflict', message: 'another program holds this home', remedy: 'close it and try again' }
  if (isDamage(error)) return { kind: 'storage', message: 'the file that holds your values is damaged', remedy: 'start the app again: it keeps the damaged file and opens what can still be read' }
  return { kind: 'storage', message: 'the disk did not take what you changed', remedy: 'check the disk; what you changed is kept here and written again' }
}

export function isFullProblem({ message }: Problem): boolean {
  return message === full.message
}

/** What the disk says becomes a problem. */
export function attempt<Value>(directory: string, act: () => Result<Value>): Result<Value> {
  try {
    return act()
  } catch (error) {
    return { ok: false, error: problemOf(error, directory) }
  }
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch {
    return false
  }
}

/** With those above it that are missing, for this account alone. Node's own way never ends in a folder that takes none, such as /proc. Throws what the disk says. */
export function makeFolder(path: string): void {
  if (isFolder(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    /* Another process may have made it meanwhile. */
    if (!isFolder(path)) throw error
  }
}

/** No block is free, or none for this account: of a quota only writing tells. */
function isFull(directory: string): boolean {
  const probe = join(directory, 'room.probe')
  try {
    if (statfsSync(directory).bavail === 0) return true
    const file = openSync(probe, 'w', 0o600)
    try {
      const zeros = new Uint8Array(1 << 16)
      for (let at = 0; at < zeros.length;) at += writeSync(file, zeros, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    return false
  } catch (error) {
    return isNoRoom(error)
  } finally {
    removeProbe(probe)
  }
}

function removeProbe(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    /* It could not be made either. */
  }
}

function isNoRoom(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** SQLITE_CORRUPT or SQLITE_NOTADB. */
export function isDamage(error: unknown): boolean {
  return isCode(error, 11) || isCode(error, 26)
}

/** SQLite's primary result codes: https://sqlite.org/rescode.html */
export function isCode(error: unknown, primary: number): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === primary
}
