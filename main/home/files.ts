/**
 * Files that a person names: read whole as text, and written so that a crash leaves the old file or the new one.
 *
 * Invariants: only ordinary files of at most `limits.fileBytes` are read, whatever the name leads to (a folder, a pipe or a
 * device is refused at once and never waited for); text is UTF-8, with or without a byte order mark; nothing throws.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, realpath, rename, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fail, ok, type Result } from '../../shared/result.ts'
import { limits } from '../../shared/schema.ts'

/** The text of the file `name`, or of `input` where the name is `-`. Errors: `not-found`, `denied`, `bad-input`, `storage`. */
export async function readTextFile(name: string, input: AsyncIterable<Uint8Array | string>): Promise<Result<string>> {
  const label = name === '-' ? 'standard input' : quote(name)
  const bytes = name === '-' ? await readStream(input, label) : await readBytes(name, label)
  return bytes.ok ? decode(bytes.value, label) : bytes
}

/** Replaces `name` by `text`: temporary file beside it, fsync, rename, fsync of the folder. A link is followed. */
export async function writeTextFile(name: string, text: string): Promise<Result<void>> {
  const label = quote(name)
  let temporary: string | null = null
  try {
    const target = await resolveTarget(name)
    if (target === null) return fail('bad-input', `${label} is not an ordinary file`, 'name a file, or none to print it')
    const path = join(dirname(target.path), `.${basename(target.path).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`)
    const file = await open(path, 'wx', target.mode)
    temporary = path
    try {
      await file.writeFile(text, 'utf8')
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(path, target.path)
    temporary = null
    await syncFolder(dirname(target.path))
    return ok(undefined)
  } catch (error) {
    if (temporary !== null) await unlink(temporary).catch(() => undefined)
    return writeProblem(error, label, 'the old file is untouched')
  }
}

/** A name as it may stand in a one-line message: quoted, without control characters, at most 120 characters. */
export function quote(name: string): string {
  const plain = name.toWellFormed().replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, '�')
  return `"${plain.length > 120 ? `${plain.slice(0, 60).toWellFormed()}…${plain.slice(-50).toWellFormed()}` : plain}"`
}

const tooLarge = (label: string) =>
  fail('bad-input', `${label} is larger than ${limits.fileBytes / 1024 / 1024} MB`, 'split it into smaller files')

async function readBytes(name: string, label: string): Promise<Result<Uint8Array>> {
  let file: FileHandle | null = null
  try {
    /* Without NONBLOCK, opening a pipe that nobody writes to would wait for ever. */
    file = await open(name, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const { size, ...kind } = await describe(file)
    if (kind.isFolder) return fail('bad-input', `${label} is a folder`, 'name a file')
    if (!kind.isFile) return fail('bad-input', `${label} is not an ordinary file`, 'name a file, or - for standard input')
    if (size > limits.fileBytes) return tooLarge(label)
    /* The size is a hint only: it is 0 for some files of the system, and a file may grow while it is read. */
    return await readStream(file.createReadStream({ autoClose: false, end: limits.fileBytes }), label)
  } catch (error) {
    return readProblem(error, label)
  } finally {
    await file?.close().catch(() => undefined)
  }
}

async function describe(file: FileHandle) {
  const stat = await file.stat()
  return { size: stat.size, isFile: stat.isFile(), isFolder: stat.isDirectory() }
}

async function readStream(input: AsyncIterable<Uint8Array | string>, label: string): Promise<Result<Uint8Array>> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of input) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      length += bytes.length
      if (length > limits.fileBytes) return tooLarge(label)
      chunks.push(bytes)
    }
    return ok(Buffer.concat(chunks))
  } catch (error) {
    return readProblem(error, label)
  }
}

function decode(bytes: Uint8Array, label: string): Result<string> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return fail('bad-input', `${label} is not text in UTF-8`, 'save it as UTF-8 and try again')
  }
}

/** The path to replace and the mode that the file keeps; null where something else than a file is there. */
async function resolveTarget(name: string): Promise<{ readonly path: string; readonly mode: number } | null> {
  try {
    const stat = await lstat(name)
    if (stat.isSymbolicLink()) return await resolveTarget(await realpath(name))
    return stat.isFile() ? { path: name, mode: stat.mode & 0o777 } : null
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return { path: name, mode: 0o600 }
  }
}

/** So that the new name outlives a power cut too; not every platform can, and none must fail for it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

/** Why a file could not be read, as a person can use it. */
export function readProblem(error: unknown, label: string): Result<never> {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return fail('not-found', `there is no file ${label}`, 'check the name')
    case 'EACCES':
    case 'EPERM':
      return fail('denied', `${label} may not be read by this account`, 'allow it to be read, or copy it')
    case 'EISDIR':
      return fail('bad-input', `${label} is a folder`, 'name a file')
    case 'ENXIO':
      return fail('bad-input', `${label} is not an ordinary file`, 'name a file, or - for standard input')
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return fail('bad-input', `${label} cannot be the name of a file`, 'check the name')
    default:
      return fail('storage', `${label} could not be read`, 'check the disk, or copy the file elsewhere')
  }
}

/** Why a file could not be written; `unharmed`: what that leaves as it was. */
export function writeProblem(error: unknown, label: string, unharmed: string): Result<never> {
  switch (codeOf(error)) {
    case 'EEXIST':
      return fail('conflict', `there is a file ${label} already`, 'choose another name; it was not touched')
    case 'EISDIR':
      return fail('bad-input', `${label} is a folder`, 'name a file in it')
    case 'ENOENT':
    case 'ENOTDIR':
      return fail('not-found', `there is no folder for ${label}`, 'make the folder first, or choose another')
    case 'EACCES':
    case 'EPERM':
      return fail('denied', `${label} may not be written by this account`, 'choose another place')
    case 'EROFS':
      return fail('read-only', `${label} is on a disk that can only be read`, 'choose another place')
    case 'ENOSPC':
    case 'EDQUOT':
      return fail('storage', `there is no room left on the disk for ${label}`, `free some room; ${unharmed}`)
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return fail('bad-input', `${label} cannot be the name of a file`, 'choose another name')
    default:
      return fail('storage', `${label} could not be written`, `check the disk; ${unharmed}`)
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
