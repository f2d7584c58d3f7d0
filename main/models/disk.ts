/** What a disk has to say to whoever fetches or copies a large file: is there room, is it durable, and what went wrong. */
import { open, statfs } from 'node:fs/promises'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'

/** Left free on the disk, for everything else. */
const spareBytes = 32 * 1024 * 1024

/** Is there room for so many bytes more in this folder? Where the system does not say, writing will tell. */
export async function checkSpace(folder: string, bytes: number): Promise<Result<void>> {
  const free = await freeBytes(folder)
  if (free === null || free >= bytes + spareBytes) return ok(undefined)
  return fail('storage', `there is not enough room on the disk: ${inMegabytes(bytes + spareBytes)} are needed, ${inMegabytes(free)} are free`, 'free some room and start again: what was fetched is kept')
}

/** Bytes that this account may still write there; null where the system does not say. */
export async function freeBytes(folder: string): Promise<number | null> {
  return await statfs(folder).then(({ bavail, bsize }) => bavail * bsize, () => null)
}

/** So that a new name outlives a power cut too; not every platform can, and none must fail for it. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

/** What went wrong on the disk, as a sentence about the file `name`. */
export function diskProblem(error: unknown, name: string): Problem {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no reason given'
  if (code === 'ENOSPC' || code === 'EDQUOT') return { kind: 'storage', message: `there is no room left on the disk for ${name}`, remedy: 'free some room and start again: what was fetched is kept' }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return { kind: 'denied', message: `${name} may not be written in this home`, remedy: 'allow it, or choose another home' }
  return { kind: 'storage', message: `${name} could not be written or read (${code})`, remedy: 'look at the disk and start again' }
}

export function inMegabytes(bytes: number): string {
  return `${Math.max(0, Math.round(bytes / 1_000_000)).toLocaleString('en')} MB`
}
