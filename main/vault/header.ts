/**
 * `vault.json`: the small plain file of a home that says how its key is kept, and from which somebody who may learns the key.
 *
 * It lies there twice (`vault.copy.json`), since without it nothing can be opened: where one is damaged, the other is taken and
 * mends it. Both are told from damage by a digest that needs no key, and from forgery by one that does. Of two that differ the
 * one of the higher revision counts, so that a crash between the two never brings back a passphrase that was changed.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync, linkSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { fail, ok, type Result } from '../../shared/result.ts'
import { isFullProblem, makeFolder, problemOf } from '../home/disk.ts'
import { isAbsent, replaceFile, syncFolder } from './files.ts'
import { Lock } from './passphrase.ts'
import type { Vault } from './vault.ts'

const formatVersion = 1
/** What opens a home lies nowhere else: a backup has a key of its own, and another device all that it was given. */
export const noHeaderRemedy = 'put vault.json back from a copy of this folder; without one, restore a backup into another folder, or pair that with another device; nothing in this home was touched'

const names = ['vault.json', 'vault.copy.json'] as const

const Keeper = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), wrapped: z.base64().max(200) }),
  z.strictObject({ kind: z.literal('keychain'), wrapped: z.base64().max(20_000) }),
  z.strictObject({ kind: z.literal('passphrase'), lock: Lock })
])
/** What keeps the home's key: it lies here, wrapped by that. */
export type Keeper = z.infer<typeof Keeper>

const Body = z.strictObject({
  format: z.literal(formatVersion),
  vault: z.string().regex(/^[0-9a-f]{32}$/u),
  revision: z.number().int().min(1),
  /** All that was plain before has been sealed: what is plain from now on was put there by somebody else. */
  isSealed: z.boolean(),
  keeper: Keeper
})
/** What the header says. */
export type Header = z.infer<typeof Body>

const Written = z.strictObject({ ...Body.shape, proof: z.string().regex(/^[0-9a-f]{64}$/u), digest: z.string().regex(/^[0-9a-f]{32}$/u) })
type Written = z.infer<typeof Written>

export interface FoundHeader {
  readonly header: Header
  /** To be checked once the key is known. */
  readonly proof: string
  /** One of the two is missing, damaged or older. */
  readonly isTorn: boolean
}

/** Null where there is none. Touches nothing. Errors: `storage` (damaged both times), `read-only` (a newer version's), those of the disk. */
export function readHeader(directory: string): Result<FoundHeader | null> {
  try {
    const both = names.map((name) => readOne(join(directory, name)))
    const sound = both.filter((one): one is Written => typeof one === 'object').sort((left, right) => right.revision - left.revision)
    const [first] = sound
    if (first !== undefined) {
      const { proof, digest: _, ...header } = first
      return ok({ header, proof, isTorn: sound.length < names.length || sound.some(({ revision }) => revision !== first.revision) })
    }
    if (both.includes('newer')) return fail('read-only', 'this home was sealed by a newer version of Values Steward', 'update the app to open it')
    if (both.includes('damaged')) return fail('storage', 'the file vault.json, which says how this home is opened, is damaged, and there is no sound copy of it', noHeaderRemedy)
    return ok(null)
  } catch (error) {
    return { ok: false, error: problemOf(error, directory) }
  }
}

/** The first of a home: false where another process made one meanwhile. Errors: those of the disk. */
export function createHeader(directory: string, header: Header, vault: Vault): Result<boolean> {
  const fresh = join(directory, `vault.${randomBytes(6).toString('hex')}.new`)
  try {
    makeFolder(directory)
    replaceFile(fresh, textOf(header, vault))
    linkSync(fresh, join(directory, names[0]))
    syncFolder(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(join(directory, names[0]))) return ok(false)
    /* A file system without second names. */
    if (!existsSync(fresh) || existsSync(join(directory, names[0]))) return { ok: false, error: problemOf(error, directory) }
    renameSync(fresh, join(directory, names[0]))
  } finally {
    rmSync(fresh, { force: true })
  }
  return ok(writeCopy(directory, textOf(header, vault)))
}

/** Durable when it returns. Errors: those of the disk; the old header counts then. */
export function writeHeader(directory: string, header: Header, vault: Vault): Result<void> {
  try {
    const bytes = textOf(header, vault)
    replaceFile(join(directory, names[0]), bytes)
    writeCopy(directory, bytes)
    return ok(undefined)
  } catch (error) {
    const problem = problemOf(error, directory)
    return { ok: false, error: isFullProblem(problem) ? { ...problem, remedy: 'free some room and try again; nothing was changed' } : problem }
  }
}

/** What cannot be written now is mended at the next opening. */
function writeCopy(directory: string, bytes: Uint8Array): true {
  try {
    replaceFile(join(directory, names[1]), bytes)
  } catch {
    /* The first of the two counts. */
  }
  return true
}

export function isGenuine({ header, proof }: FoundHeader, vault: Vault): boolean {
  return timingSafeEqual(Buffer.from(proofOf(header, vault), 'hex'), Buffer.from(proof, 'hex'))
}

function textOf(header: Header, vault: Vault): Buffer {
  const proven = { ...header, proof: proofOf(header, vault) }
  return Buffer.from(`${JSON.stringify({ ...proven, digest: digestOf(proven) }, null, 2)}\n`)
}

function readOne(path: string): Written | 'missing' | 'damaged' | 'newer' {
  let text: string
  try {
    const found = statSync(path)
    if (!found.isFile() || found.size > 100_000) return 'damaged'
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return 'missing'
    throw error
  }
  try {
    const value: unknown = JSON.parse(text)
    /* The same in every format there will be. */
    const { digest, ...rest } = z.looseObject({ format: z.number(), digest: z.string() }).parse(value)
    if (digestOf(rest) !== digest) return 'damaged'
    return rest.format > formatVersion ? 'newer' : Written.parse(value)
  } catch {
    return 'damaged'
  }
}

function proofOf(header: Header, vault: Vault): string {
  return createHmac('sha256', vault.derive('header')).update(canonical(header)).digest('hex')
}

/** Of a number that a person cannot guess, so it tells nothing; it finds a flipped byte before anybody is asked for a passphrase. */
function digestOf(proven: object): string {
  return createHash('sha256').update(canonical(proven)).digest('hex').slice(0, 32)
}

/** Keys in one order, however they were read. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1))) : inner))
}
