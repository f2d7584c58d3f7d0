/**
 * How a process gets the vault of a home, and how the person changes who keeps its key.
 *
 * Invariants: a wrong passphrase, or a key that is not there, touches no file; a home that has no vault gets one only when it is
 * opened for writing; the home's key is drawn once and never changes, only who keeps it; a change is there wholly or not at
 * all, and a key file or copy that no longer counts is overwritten.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import { problemOf } from '../home/disk.ts'
import { isAbsent } from './files.ts'
import { createHeader, isGenuine, noHeaderRemedy, readHeader, writeHeader, type FoundHeader, type Header } from './header.ts'
import { dropKeyFile, keyFileOf } from './keyfile.ts'
import { unwrapKey, unwrapWithPassphrase, wrapKey, type Choice, type Keychain, type Means, type Unwrapped } from './keeping.ts'
import { objectionTo } from './passphrase.ts'
import { createVault, newMaterial, type Vault } from './vault.ts'

export type KeeperKind = Choice['kind']

/** Asks the person for the passphrase; `again` is why once more. Null: they gave none. */
export type AskPassphrase = (again: Problem | null) => Promise<string | null>

export interface VaultOptions {
  readonly directory: string
  readonly mode: 'write' | 'read'
  readonly environment?: NodeJS.ProcessEnv
  readonly keychain?: Keychain | null
  /** Without it, VALUES_STEWARD_PASSPHRASE of the environment counts, and nothing else. */
  readonly ask?: AskPassphrase
}

export type Opening =
  | {
      readonly kind: 'open'
      readonly vault: Vault
      readonly keeper: KeeperKind
      /** Nothing plain is to be taken any more. */
      readonly isSealed: boolean
      /** What the person should know: a key file that others could read, a keychain that is none. */
      readonly notice: Problem | null
      /** Puts right what a crash left of a change: a copy that is behind, a key file that counts no more. By who holds the home's lock alone. */
      readonly tidy: () => void
    }
  /**
   * Nothing is sealed here: opened for reading, there is no home, or one of before, which is plain; or it is no home of ours.
   * `why`: it was to be opened for writing, and is one of before that cannot be given a vault.
   */
  | { readonly kind: 'none'; readonly why: Problem | null }

/** Times that one is asked before it counts as given up. */
const attempts = 3

/** Errors: `denied` (locked, wrong passphrase, no key), `not-found` (key file), `storage` (damaged header), those of the disk. */
export async function openVault(options: VaultOptions): Promise<Result<Opening>> {
  const { directory, mode } = options
  const means = meansOf(options)
  const found = readHeader(directory)
  if (!found.ok) return found
  if (found.value === null) {
    const there = lookAtLog(directory)
    if (!there.ok) return there
    if (there.value === 'sealed') return fail('storage', 'the file vault.json, which says how this home is opened, is missing', noHeaderRemedy)
    if (mode === 'read' || there.value === 'foreign') return ok({ kind: 'none', why: null })
    const made = await makeVault(means, there.value === 'nothing')
    /* It may be read all the same. */
    if (!made.ok) return there.value === 'plain' ? ok({ kind: 'none', why: made.error }) : made
    return made.value === 'there is one' ? await openVault(options) : ok(made.value)
  }
  const unwrapped = await unwrap(found.value, means, options.ask)
  return unwrapped.ok ? settle(found.value, unwrapped.value, means) : unwrapped
}

/** Errors: `denied` where it is not the passphrase; no file is touched then. */
export async function unlock(options: Omit<VaultOptions, 'ask'>, passphrase: string): Promise<Result<Opening>> {
  let isAsked = false
  return await openVault({
    ...options,
    ask: async () => {
      if (isAsked) return null
      isAsked = true
      return passphrase
    }
  })
}

export interface Keeping {
  /** Its name: 32 hexadecimal digits. */
  readonly vault: string
  readonly keeper: KeeperKind
  /** Of the key file, where there is one. */
  readonly path: string | null
}

/** How the key is kept now; null where there is no vault. */
export function readKeeping(directory: string, environment: NodeJS.ProcessEnv): Result<Keeping | null> {
  const found = readHeader(directory)
  if (!found.ok) return found
  if (found.value === null) return ok(null)
  const { vault, keeper } = found.value.header
  return ok({ vault, keeper: keeper.kind, path: keeper.kind === 'file' ? keyFileOf(vault, environment) : null })
}

/**
 * Has the key kept otherwise, by who opened the vault. `current`: where it is under a passphrase now, that one, so that nobody
 * who finds the app open changes it. Errors: `denied`, `bad-input` (too short), those of the keychain and the disk: all is as before then.
 */
export async function rekeep(options: Pick<VaultOptions, 'directory' | 'environment' | 'keychain'>, vault: Vault, choice: Choice, current: string | null): Promise<Result<void>> {
  const means = meansOf(options)
  const objection = choice.kind === 'passphrase' ? objectionTo(choice.passphrase) : null
  if (objection !== null) return objection
  const found = readHeader(means.directory)
  if (!found.ok) return found
  if (found.value === null || found.value.header.vault !== vault.home) return fail('conflict', 'this home was given another vault meanwhile', 'open the app again')
  const { header } = found.value
  if (header.keeper.kind === 'passphrase') {
    const known = current === null ? locked : await unwrapWithPassphrase(header.vault, header.keeper, current)
    if (!known.ok) return known
  }
  /* A key file that counts is not written anew: a crash before the header is would leave a home without its key. */
  if (choice.kind !== 'passphrase' && choice.kind === header.keeper.kind) return ok(undefined)
  const keeper = await wrapKey(vault.material(), choice, means)
  if (!keeper.ok) return keeper
  const written = writeHeader(means.directory, { ...header, revision: header.revision + 1, keeper: keeper.value }, vault)
  if (written.ok && header.keeper.kind === 'file' && choice.kind !== 'file') dropKeyFile(keyFileOf(header.vault, means.environment))
  return written
}

/** All that was plain is sealed now: from here on nothing plain is taken. */
export function noteSealed(directory: string, vault: Vault): Result<void> {
  const found = readHeader(directory)
  if (!found.ok) return found
  if (found.value === null || found.value.header.isSealed) return ok(undefined)
  const { header } = found.value
  return writeHeader(directory, { ...header, revision: header.revision + 1, isSealed: true }, vault)
}

// ---- the first time -------------------------------------------------------------------------------------------------

/** A new one, kept by the keychain where there is one, else in a key file. */
async function makeVault(means: Means, isNew: boolean): Promise<Result<Opening | 'there is one'>> {
  const material = newMaterial()
  const vault = createVault(material)
  const why = means.keychain === null ? null : await means.keychain.obstacle()
  const wanted: KeeperKind = means.keychain !== null && why === null ? 'keychain' : 'file'
  const keeper = await wrapKey(material, { kind: wanted }, means)
  if (!keeper.ok) return keeper
  const created = createHeader(means.directory, { format: 1, vault: material.home, revision: 1, isSealed: isNew, keeper: keeper.value }, vault)
  if ((!created.ok || !created.value) && wanted === 'file') dropKeyFile(keyFileOf(material.home, means.environment))
  if (!created.ok) return created
  if (!created.value) return ok('there is one')
  const notice: Problem | null = why === null ? null : { kind: 'denied', message: `${why}, so the key of this home lies in a file of this account`, remedy: 'under Settings you can set a passphrase' }
  return ok({ kind: 'open', vault, keeper: wanted, isSealed: isNew, notice, tidy: () => undefined })
}

/** Where SQLite keeps the numbers of application and format: offsets 68 and 60. */
function lookAtLog(directory: string): Result<'nothing' | 'plain' | 'sealed' | 'foreign'> {
  const head = Buffer.alloc(100)
  try {
    const file = openSync(join(directory, 'values.sqlite'), 'r')
    try {
      const length = readSync(file, head, 0, 100, 0)
      if (length === 0) return ok('nothing')
      if (length === 100 && head.readUInt32BE(68) === 0x56535431) return ok(head.readUInt32BE(60) >= 2 ? 'sealed' : 'plain')
    } finally {
      closeSync(file)
    }
    /* Ours, of before, and damaged; or not ours. */
    return ok(isThere(join(directory, 'writer.pid')) ? 'plain' : 'foreign')
  } catch (error) {
    return isAbsent(error) ? ok('nothing') : { ok: false, error: problemOf(error, directory) }
  }
}

function isThere(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'))
    return true
  } catch {
    return false
  }
}

// ---- what they share ------------------------------------------------------------------------------------------------

async function unwrap({ header }: FoundHeader, means: Means, ask: AskPassphrase | undefined): Promise<Result<Unwrapped>> {
  const { keeper, vault } = header
  if (keeper.kind !== 'passphrase') return await unwrapKey(vault, keeper, means)
  if (ask === undefined) {
    const given = means.environment['VALUES_STEWARD_PASSPHRASE']
    return given === undefined || given === '' ? locked : await unwrapWithPassphrase(vault, keeper, given)
  }
  let again: Problem | null = null
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const given = await ask(again)
    if (given === null) break
    const unwrapped = await unwrapWithPassphrase(vault, keeper, given)
    if (unwrapped.ok) return unwrapped
    again = unwrapped.error
  }
  return again === null ? locked : { ok: false, error: again }
}

function settle(found: FoundHeader, { vault, notice }: Unwrapped, means: Means): Result<Opening> {
  if (!isGenuine(found, vault)) return fail('storage', 'the file vault.json of this home was changed by something else', noHeaderRemedy)
  return ok({ kind: 'open', vault, keeper: found.header.keeper.kind, isSealed: found.header.isSealed, notice, tidy: () => tidy(vault, means) })
}

/** As the header says it now, which may have been changed since it was opened. What cannot be put right now is so the next time. */
function tidy(vault: Vault, { directory, environment }: Means): void {
  const found = readHeader(directory)
  if (!found.ok || found.value === null || !isGenuine(found.value, vault)) return
  const { header, isTorn } = found.value
  if (isTorn) writeHeader(directory, header satisfies Header, vault)
  if (header.keeper.kind !== 'file') dropKeyFile(keyFileOf(header.vault, environment))
}

function meansOf({ directory, environment = process.env, keychain = null }: Pick<VaultOptions, 'directory' | 'environment' | 'keychain'>): Means {
  return { directory, environment, keychain }
}

const locked = fail('denied', 'this home is locked with a passphrase', 'give it when you are asked, or in VALUES_STEWARD_PASSPHRASE')
