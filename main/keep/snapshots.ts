/**
 * The snapshots of a home: files in its folder `snapshots`, each the whole home at one moment, sealed by its vault.
 *
 * Invariants: a snapshot counts only once it was read back, opened, decoded, and found to say what the document said (state
 * vector and every record); a crash leaves it whole or not at all; which stay is `planRotation`'s to say, and none is dropped
 * before the new one counts.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import * as Y from 'yjs'
import { compare, documentOf } from '../../shared/keep/difference.ts'
import { planRotation, type SnapshotName } from '../../shared/keep/rotation.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { problemOf } from '../home/disk.ts'
import { isAbsent, replaceFile, scrubFile, syncFolder } from '../vault/files.ts'
import type { Vault } from '../vault/vault.ts'
import { readContent, writeContent, type Content } from './content.ts'

export interface SnapshotFile extends SnapshotName {
  /** In the folder `snapshots`. */
  readonly file: string
}

/** Bytes of one, unpacked. */
const mostBytes = 1024 * 1024 * 1024
const pattern = /^(\d{6,12})-(\d{1,16})\.snapshot$/u

/** Newest first. What is not called like one is none. Errors: those of the disk. */
export function listSnapshots(home: string): Result<readonly SnapshotFile[]> {
  try {
    const found = readdirSync(folderOf(home)).flatMap((file): SnapshotFile[] => {
      const [, number, takenAt] = pattern.exec(file) ?? []
      const bytes = number === undefined ? undefined : statSync(join(folderOf(home), file), { throwIfNoEntry: false })
      if (number === undefined || bytes?.isFile() !== true || Number(takenAt) > 8_640_000_000_000_000) return []
      return [{ file, number: Number(number), takenAt: Number(takenAt), bytes: bytes.size }]
    })
    return ok(found.sort((left, right) => right.number - left.number))
  } catch (error) {
    return isAbsent(error) ? ok([]) : { ok: false, error: problemOf(error, home) }
  }
}

/** Writes one more, verified; then drops what is not to stay. `vector`: the document's state vector. Errors: those of the disk. */
export function takeSnapshot(home: string, vault: Vault, content: Content, vector: Uint8Array): Result<SnapshotFile> {
  const listed = listSnapshots(home)
  if (!listed.ok) return listed
  const number = (listed.value[0]?.number ?? 0) + 1
  const file = `${String(number).padStart(6, '0')}-${content.takenAt}.snapshot`
  const path = join(folderOf(home), file)
  try {
    mkdirSync(folderOf(home), { recursive: true, mode: 0o700 })
    /* What a crash left half written, or half overwritten, would stay for good: no other one has its name. */
    for (const name of readdirSync(folderOf(home))) if (/\.snapshot\.(?:new|gone)$/u.test(name)) scrubFile(join(folderOf(home), name))
    replaceFile(path, vault.seal(deflateRawSync(writeContent(content)), ['snapshot', file]))
  } catch (error) {
    return { ok: false, error: problemOf(error, home) }
  }
  const read = readSnapshot(home, file, vault)
  if (!read.ok || !saysTheSame(read.value, content, vector)) {
    rmSync(path, { force: true })
    return fail('storage', 'a snapshot could not be read back as it was written', 'check the disk; your values themselves are as they were')
  }
  const taken: SnapshotFile = { file, number, takenAt: content.takenAt, bytes: statSync(path).size }
  drop(home, planRotation([taken, ...listed.value]).drop)
  return ok(taken)
}

function drop(home: string, snapshots: readonly SnapshotFile[]): void {
  try {
    for (const { file } of snapshots) scrub(home, file)
    syncFolder(folderOf(home))
  } catch {
    /* They stay until the next one is taken. */
  }
}

/** Errors: `storage` where it is damaged, `read-only` where a newer version wrote it, those of the disk. */
export function readSnapshot(home: string, file: string, vault: Vault): Result<Content> {
  try {
    const opened = vault.open(readFileSync(join(folderOf(home), file)), ['snapshot', file])
    const content = opened.ok ? readContent(new Uint8Array(inflateRawSync(opened.value, { maxOutputLength: mostBytes }))) : null
    if (content === 'newer') return fail('read-only', 'this snapshot was taken by a newer version of Values Steward', 'update the app, or choose another one')
    return content === null ? damaged : ok(content)
  } catch (error) {
    return isAbsent(error) ? fail('not-found', 'there is no such snapshot any more', 'choose another one') : error instanceof RangeError || isPacking(error) ? damaged : { ok: false, error: problemOf(error, home) }
  }
}

/** The newest that can be read, with its document; null where there is none. */
export function newestSnapshot(home: string, vault: Vault): { readonly snapshot: SnapshotFile; readonly content: Content; readonly doc: Y.Doc } | null {
  const listed = listSnapshots(home)
  for (const snapshot of listed.ok ? listed.value : []) {
    const content = readSnapshot(home, snapshot.file, vault)
    const doc = content.ok ? documentOf(content.value.document) : null
    if (content.ok && doc !== null) return { snapshot, content: content.value, doc }
  }
  return null
}

/** Under another name first: half overwritten, it would count as one that is damaged. */
function scrub(home: string, file: string): void {
  const gone = join(folderOf(home), `${file}.gone`)
  renameSync(join(folderOf(home), file), gone)
  scrubFile(gone)
}

export function removeSnapshot(home: string, number: number): Result<void> {
  const listed = listSnapshots(home)
  if (!listed.ok) return listed
  const found = listed.value.find((each) => each.number === number)
  if (found === undefined) return fail('not-found', 'there is no such snapshot any more', 'choose another one')
  try {
    scrub(home, found.file)
    return ok(undefined)
  } catch (error) {
    return { ok: false, error: problemOf(error, home) }
  }
}

/** Out of the way, where it stays. Throws what the disk says. */
export function putAside(home: string, file: string): void {
  renameSync(join(folderOf(home), file), join(folderOf(home), `${file}.broken`))
}

function saysTheSame(read: Content, written: Content, vector: Uint8Array): boolean {
  const [back, was] = [documentOf(read.document), documentOf(written.document)]
  if (back === null || was === null) return false
  return Buffer.compare(Y.encodeStateVector(back), vector) === 0 && compare(back, was).length === 0
}

function isPacking(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_') || (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
}

function folderOf(home: string): string {
  return join(home, 'snapshots')
}

const damaged = fail('storage', 'this snapshot is damaged', 'choose another one')
