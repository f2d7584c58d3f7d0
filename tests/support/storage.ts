/**
 * The Storage port (S1–S6) in memory: entries that were written and not yet synced are lost in a crash, those whose append
 * resolved are not. A test can make the disk full, slow, or crash it.
 */
import type { Storage } from '../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'

export interface MemoryDisk {
  /** What a crash leaves, oldest first. */
  entries: Uint8Array[]
  /** Set: every write fails with it. */
  problem: Problem | null
  /** Awaited before each write reaches the disk. */
  pause: (() => Promise<void>) | null
}

export function createMemoryDisk(): MemoryDisk {
  return { entries: [], problem: null, pause: null }
}

export function openMemoryStorage(disk: MemoryDisk): Storage & { /** Everything under way is lost, as in a power cut. */ crash(): void } {
  let tail: Promise<unknown> = Promise.resolve()
  let isClosed = false
  let isCrashed = false
  const closed = fail('storage', 'the storage is closed', 'open it again')

  function inTurn(write: () => void): Promise<Result<void>> {
    if (isClosed) return Promise.resolve(closed)
    const done = tail.then(async (): Promise<Result<void>> => {
      await (disk.pause?.() ?? Promise.resolve())
      if (isCrashed) return await new Promise(() => undefined)
      if (disk.problem !== null) return { ok: false, error: disk.problem }
      write()
      return ok(undefined)
    })
    tail = done
    return done
  }

  return {
    load: () => Promise.resolve(isClosed ? closed : ok(disk.entries.map((entry) => entry.slice()))),
    append(entry) {
      const copy = entry.slice()
      return inTurn(() => disk.entries.push(copy))
    },
    compact(replacement) {
      const copy = replacement.slice()
      return inTurn(() => {
        disk.entries = [copy]
      })
    },
    async close() {
      isClosed = true
      await tail
    },
    crash() {
      isCrashed = true
      isClosed = true
    }
  }
}
