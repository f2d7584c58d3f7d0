/**
 * Backups as files that a person names: never in the place of another, durable and read back before they count, and every way
 * in which that can fail as one line that says what to do.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { fail, ok, type Result } from '../../shared/result.ts'
import { limits } from '../../shared/schema.ts'
import { isFolder } from '../home/disk.ts'
import { quote, readProblem, writeProblem } from '../home/files.ts'
import { syncFolder } from '../vault/files.ts'

/** Bytes of a backup that is read. */
const mostBytes = 16 * limits.fileBytes

/** `values-steward-2026-11-26.backup`, with a number where there is one of that day already. */
export function freeName(at: number): string {
  const day = new Date(at).toISOString().slice(0, 10)
  for (let number = 1; ; number += 1) {
    const name = `values-steward-${day}${number === 1 ? '' : `-${number}`}.backup`
    if (!existsSync(name)) return name
  }
}

/** Errors: `conflict` (there is such a file), `bad-input` (it is a folder), `not-found` (no folder), `denied`, `read-only`, `storage`. */
export function writeBackupFile(name: string, bytes: Uint8Array): Result<void> {
  const label = quote(name)
  let isBegun = false
  try {
    if (isFolder(name)) return fail('bad-input', `${label} is a folder`, 'name a file in it')
    const file = openSync(name, 'wx', 0o600)
    isBegun = true
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (Buffer.compare(readFileSync(name), bytes) !== 0) throw new Error('not what was written')
    syncFolder(dirname(name))
    return ok(undefined)
  } catch (error) {
    if (isBegun) rmSync(name, { force: true })
    return writeProblem(error, label, 'nothing was left half written')
  }
}

/** Errors: `not-found`, `denied`, `bad-input` (a folder, no ordinary file, too large), `storage`. */
export function readBackupFile(name: string): Result<Uint8Array> {
  const label = quote(name)
  try {
    const stat = statSync(name)
    if (stat.isDirectory()) return fail('bad-input', `${label} is a folder`, 'name a file')
    if (!stat.isFile()) return fail('bad-input', `${label} is not an ordinary file`, 'name a file')
    if (stat.size > mostBytes) return fail('bad-input', `${label} is larger than a backup can be`, 'name a file that "steward backup" or the window made')
    return ok(new Uint8Array(readFileSync(name)))
  } catch (error) {
    return readProblem(error, label)
  }
}
