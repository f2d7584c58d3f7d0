/**
 * Where a device's secrets lie: one small file that only its owner may read, behind an interface of two calls, so that
 * something safer can take its place.
 */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { fail, ok, type Result } from '../../shared/result.ts'
import { problemOf } from '../damage.ts'

/** Null where nothing was written yet. What was written is there after a crash. */
export interface Keystore {
  read(): Result<Uint8Array | null>
  write(bytes: Uint8Array): Result<void>
}

/** A file of mode 600 in a folder of mode 700. */
export function createFileKeystore(path: string): Keystore {
  return {
    read() {
      try {
        return ok(new Uint8Array(readFileSync(path)))
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'ENOENT' ? ok(null) : { ok: false, error: problemOf(error, dirname(path)) }
      }
    },
    write(bytes) {
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
        const fresh = `${path}.new`
        const file = openSync(fresh, 'w', 0o600)
        try {
          writeSync(file, bytes)
          fsyncSync(file)
        } finally {
          closeSync(file)
        }
        chmodSync(fresh, 0o600)
        renameSync(fresh, path)
        return ok(undefined)
      } catch (error) {
        const problem = problemOf(error, dirname(path))
        return fail(problem.kind, 'the keys of this device could not be kept', problem.remedy)
      }
    }
  }
}
