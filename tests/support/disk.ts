/** Folders of a test's own: in memory where a test syncs a thousand times, and disks that are full or cannot be written. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Disk {
  /** False where the system does not let us mount; then permissions alone stand against writing. */
  readonly isMounted: boolean
  makeReadOnly(): void
  end(): void
}

/** A new folder, in memory where the system has such a place: what is written there needs no disk to turn. */
export function quickFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'steward-'))
}

/** A disk of its own at `directory`, of `size` kilobytes where it can be mounted. */
export function mountDisk(directory: string, size = 4_096): Disk {
  const isMounted = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k,mode=700`, 'tmpfs', directory]).status === 0
  const isRoot = process.getuid?.() === 0
  return {
    isMounted,
    makeReadOnly() {
      if (isMounted) return void spawnSync('mount', ['-o', 'remount,ro', directory])
      for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o444)
      chmodSync(directory, 0o555)
      /* Permissions do not hold for root: go on as nobody. */
      if (isRoot) process.seteuid?.(65_534)
    },
    end() {
      if (isMounted) return void spawnSync('umount', [directory])
      if (isRoot) process.seteuid?.(0)
      chmodSync(directory, 0o700)
    }
  }
}

/** Fills the disk to the last page, with a file that can be removed again. */
export function fillDisk(directory: string): string {
  const filler = join(directory, 'filler')
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(4_096), { flag: 'a' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
  return filler
}
