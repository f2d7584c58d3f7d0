/**
 * Files of a home that are sealed whole, each for its own path in that home; and what it takes to write a file so that a crash
 * leaves the old one or the new one, and to take a plain one away.
 */
import { closeSync, fsyncSync, ftruncateSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fail, ok, type Result } from '../../shared/result.ts'
import { problemOf } from '../home/disk.ts'
import type { Vault } from './vault.ts'

/** `path` is relative to the home, with `/`. Null where there is none. Errors: those of the disk; `storage` where it is damaged or was moved. */
export function readSealedFile(home: string, path: string, vault: Vault): Result<Uint8Array | null> {
  try {
    const opened = vault.open(readFileSync(join(home, path)), ['file', path])
    return opened.ok ? opened : fail('storage', `the file ${path} of this home is damaged, or was put there from elsewhere`, 'put it back from a backup, or take it away')
  } catch (error) {
    return isAbsent(error) ? ok(null) : { ok: false, error: problemOf(error, home) }
  }
}

/** Durable when it returns; a crash leaves the old one or the new one. Errors: those of the disk. */
export function writeSealedFile(home: string, path: string, bytes: Uint8Array, vault: Vault): Result<void> {
  try {
    mkdirSync(dirname(join(home, path)), { recursive: true, mode: 0o700 })
    replaceFile(join(home, path), vault.seal(bytes, ['file', path]))
    return ok(undefined)
  } catch (error) {
    return { ok: false, error: problemOf(error, home) }
  }
}

/** Puts a file of mode 600 in place, durably and in one step. Throws what the disk says; what was begun is then taken away. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const fresh = `${path}.new`
  try {
    /* What a crash left there, or a link that somebody put there. */
    rmSync(fresh, { force: true })
    const file = openSync(fresh, 'wx', 0o600)
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
  syncFolder(dirname(path))
}

/** So that a name that was put there, or taken away, is so after a power cut too. Not every system knows that of folders. */
export function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch {
    /* Windows, and some network disks. */
  }
}

/**
 * Overwrites a file and takes it away. Where the file has another name too, or this is only a link to it, only the name is taken
 * away. What an SSD or a copy-on-write file system keeps of the old blocks is out of reach from here. Nothing where there is none, or a folder.
 */
export function scrubFile(path: string): void {
  try {
    const found = lstatSync(path)
    if (found.isDirectory()) return
    const { nlink, size } = found
    if (found.isFile() && nlink === 1) {
      const file = openSync(path, 'r+')
      try {
        scrubOpen(file, size)
      } finally {
        closeSync(file)
      }
    }
  } catch (error) {
    if (isAbsent(error)) return
    /* What cannot be overwritten is at least taken away. */
  }
  rmSync(path, { force: true })
}

/** The same of a file that is open for writing, which keeps its name if it has one. */
export function scrubOpen(file: number, size: number): void {
  const zeros = new Uint8Array(1 << 16)
  for (let at = 0; at < size;) at += writeSync(file, zeros, 0, Math.min(zeros.length, size - at), at)
  fsyncSync(file)
  ftruncateSync(file, 0)
}

export function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
