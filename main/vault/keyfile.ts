/**
 * A home's key in a file of its own, outside the home: whoever gets hold of the home alone (a stick, a synchronised folder, a
 * copy) reads nothing. Whoever has the whole disk has this file too; against that there are the keychain and the passphrase.
 *
 * The file's name and contents say which vault it is of. It must belong to this account; that others may read it is put right
 * and said.
 */
import { chmodSync, existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, posix, relative, resolve, win32 } from 'node:path'
import { z } from 'zod'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import { makeFolder, problemOf } from '../home/disk.ts'
import { isAbsent, replaceFile, scrubFile } from './files.ts'

const KeyFile = z.strictObject({ format: z.literal(1), vault: z.string().regex(/^[0-9a-f]{32}$/u), key: z.string().regex(/^[0-9a-f]{64}$/u) })

export interface FoundKey {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** Said where something was not as it should be, and was put right. */
  readonly notice: Problem | null
}

/** The folder of key files: VALUES_STEWARD_KEYS, else the platform's place for what a person's programs keep about themselves. */
export function keysFolder(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform, user: string = homedir()): string {
  const named = environment['VALUES_STEWARD_KEYS']
  if (named !== undefined && named !== '') return resolve(named)
  if (platform === 'darwin') return posix.join(user, 'Library', 'Application Support', 'Values Steward Keys')
  if (platform === 'win32') return win32.join(environment['LOCALAPPDATA'] ?? win32.join(user, 'AppData', 'Local'), 'Values Steward Keys')
  const config = environment['XDG_CONFIG_HOME']
  return posix.join(config !== undefined && posix.isAbsolute(config) ? config : posix.join(user, '.config'), 'values-steward', 'keys')
}

export function keyFileOf(vault: string, environment: NodeJS.ProcessEnv): string {
  return join(keysFolder(environment), `${vault}.key`)
}

/** Errors: `not-found`, `denied` (another account's), `bad-input` (damaged, or another home's), those of the disk. */
export function readKeyFile(path: string, vault: string): Result<FoundKey> {
  try {
    const found = lstatSync(path)
    if (!found.isFile()) return fail('bad-input', `what lies at ${path} is no key file`, 'put the key file back there from where you keep a copy, or restore a backup of this home')
    const notice = guard(path, found)
    if (!notice.ok) return notice
    const parsed = KeyFile.safeParse(parse(readFileSync(path, 'utf8')))
    if (!parsed.success) return fail('bad-input', `the key file ${path} is damaged`, 'put it back from where you keep a copy, or restore a backup of this home')
    if (parsed.data.vault !== vault) return fail('bad-input', `the key file ${path} belongs to another home`, 'put the key file of this home there, or restore a backup of this home')
    return ok({ key: Uint8Array.from(Buffer.from(parsed.data.key, 'hex')), notice: notice.value })
  } catch (error) {
    if (isAbsent(error)) return fail('not-found', `the key of this home is missing: there is no file ${path}`, 'put it back from where you keep a copy, name its folder with VALUES_STEWARD_KEYS, or restore a backup of this home')
    const { message } = problemOf(error, dirname(path))
    return fail('denied', `the key file ${path} cannot be read: ${message.replace('this home', 'it')}`, 'allow this account to read it, or open Values Steward as the account that made it')
  }
}

/** Durable when it returns. Errors: `bad-input` where the folder of keys lies in the home, those of the disk. */
export function writeKeyFile(path: string, vault: string, key: Uint8Array, home: string): Result<void> {
  if (liesIn(dirname(path), home)) return fail('bad-input', 'the key of this home would lie in the home itself', 'name another folder with VALUES_STEWARD_KEYS, outside of the home')
  try {
    makeFolder(dirname(path))
    replaceFile(path, Buffer.from(`${JSON.stringify({ format: 1, vault, key: Buffer.from(key).toString('hex') })}\n`))
    return ok(undefined)
  } catch (error) {
    const { kind } = problemOf(error, dirname(path))
    return fail(kind === 'bad-input' ? 'storage' : kind, `the key of this home cannot be kept in ${dirname(path)}`, 'make room or allow it, or name another folder with VALUES_STEWARD_KEYS')
  }
}

/** Overwritten and taken away; what cannot be now is so when the home is next opened. */
export function dropKeyFile(path: string): void {
  try {
    scrubFile(path)
  } catch {
    /* It opens nothing any more. */
  }
}

/** Whose it is, and who may read it; on Windows the folder's own rules say that. */
function guard(path: string, { uid, mode }: { readonly uid: number; readonly mode: number }): Result<Problem | null> {
  const me = process.getuid?.()
  if (me === undefined) return ok(null)
  if (uid !== me && me !== 0) return fail('denied', `the key file ${path} belongs to another account`, 'open Values Steward as that account, or restore a backup of this home')
  if ((mode & 0o077) === 0) return ok(null)
  const remedy = 'if somebody else uses this computer, set a passphrase'
  try {
    chmodSync(path, 0o600)
    return ok({ kind: 'denied', message: 'other accounts of this computer could read the key of this home; that has been put right', remedy })
  } catch {
    /* A disk that can only be read, or that knows no accounts. */
    return ok({ kind: 'denied', message: 'other accounts of this computer may read the key of this home, since its disk lets nobody change that', remedy })
  }
}

function liesIn(folder: string, home: string): boolean {
  const path = relative(real(home), real(folder))
  return path === '' || (!path.startsWith('..') && !posix.isAbsolute(path) && !win32.isAbsolute(path))
}

/** With links followed, as far as it is there. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const parent = dirname(path)
  return parent === path ? path : join(real(parent), path.slice(parent.length))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
