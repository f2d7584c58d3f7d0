/**
 * Who keeps a home's key: the keychain, a key file, or a passphrase. Wraps the key for one of them, and asks one of them for it.
 */
import { randomBytes } from 'node:crypto'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import type { Keeper } from './header.ts'
import { keyFileOf, readKeyFile, writeKeyFile } from './keyfile.ts'
import { lockWithPassphrase, unlockWithPassphrase } from './passphrase.ts'
import { createVault, type Vault, type VaultMaterial } from './vault.ts'

/** The operating system's, where this program can reach it. */
export interface Keychain {
  /** Why it cannot keep a key safely; null where it can. */
  obstacle(): Promise<string | null>
  /** Errors: `denied`. */
  wrap(key: Uint8Array): Promise<Result<Uint8Array>>
  /** Errors: `denied`. */
  unwrap(wrapped: Uint8Array): Promise<Result<Uint8Array>>
}

/** What there is to keep keys with. */
export interface Means {
  readonly directory: string
  readonly environment: NodeJS.ProcessEnv
  /** Null where this program reaches none: on the command line, and as a browser's host. */
  readonly keychain: Keychain | null
}

/** Who is to keep the key. */
export type Choice = { readonly kind: 'keychain' } | { readonly kind: 'file' } | { readonly kind: 'passphrase'; readonly passphrase: string }

export interface Unwrapped {
  readonly vault: Vault
  readonly notice: Problem | null
}

/** For the header; a key file is durable when this resolves. Errors: those of the keychain, the disk and the passphrase. */
export async function wrapKey(material: VaultMaterial, choice: Choice, { directory, environment, keychain }: Means): Promise<Result<Keeper>> {
  switch (choice.kind) {
    case 'keychain': {
      const wrapped = keychain === null ? noKeychain : await keychain.wrap(material.key)
      return wrapped.ok ? ok({ kind: 'keychain', wrapped: toText(wrapped.value) }) : wrapped
    }
    case 'file': {
      const key = randomBytes(32)
      const written = writeKeyFile(keyFileOf(material.home, environment), material.home, key, directory)
      return written.ok ? ok({ kind: 'file', wrapped: toText(createVault({ home: material.home, key }).seal(material.key, ['header', 'file'])) }) : written
    }
    case 'passphrase': {
      const lock = await lockWithPassphrase(material.key, choice.passphrase, material.home)
      return lock.ok ? ok({ kind: 'passphrase', lock: lock.value }) : lock
    }
  }
}

/** Errors: those of the keychain and of the key file. */
export async function unwrapKey(home: string, keeper: Exclude<Keeper, { kind: 'passphrase' }>, { environment, keychain }: Means): Promise<Result<Unwrapped>> {
  switch (keeper.kind) {
    case 'keychain': {
      const key = keychain === null ? keychainElsewhere : await keychain.unwrap(fromText(keeper.wrapped))
      return key.ok ? made(home, key.value, null) : key
    }
    case 'file': {
      const path = keyFileOf(home, environment)
      const found = readKeyFile(path, home)
      if (!found.ok) return found
      const key = createVault({ home, key: found.value.key }).open(fromText(keeper.wrapped), ['header', 'file'])
      return key.ok ? made(home, key.value, found.value.notice) : fail('denied', `the key file ${path} does not open this home`, 'it may be an older one: put the newest back from where you keep a copy, or restore a backup of this home')
    }
  }
}

/** Errors: `denied` where it is not the passphrase, `storage` where there is no memory to try it. */
export async function unwrapWithPassphrase(home: string, { lock }: Extract<Keeper, { kind: 'passphrase' }>, passphrase: string): Promise<Result<Unwrapped>> {
  const key = await unlockWithPassphrase(lock, passphrase, home)
  return key.ok ? made(home, key.value, null) : key
}

function made(home: string, key: Uint8Array, notice: Problem | null): Result<Unwrapped> {
  if (key.length !== 32) return fail('storage', 'the key of this home is damaged', 'restore a backup of this home')
  return ok({ vault: createVault({ home, key }), notice })
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function fromText(text: string): Uint8Array {
  return Buffer.from(text, 'base64')
}

const noKeychain = fail('denied', 'the keychain of this computer cannot be reached from here', 'open the app in its own window, or keep the key in a file or under a passphrase')
const keychainElsewhere = fail('denied', 'the key of this home is in the keychain of this computer, which only the app’s own window can ask', 'open the app and, under Settings, set a passphrase or keep the key in a file')
