/**
 * The keychain of the operating system, as Electron's safeStorage reaches it: Keychain on macOS, DPAPI on Windows, a secret
 * service or KWallet on Linux. Where Linux has none, Electron would hide the key under a password that is public
 * (`basic_text`): that is no keychain, and is told as none.
 */
import type { SafeStorage } from 'electron'
import { fail, ok } from '../../shared/result.ts'
import type { Keychain } from './keeping.ts'

/** The part of safeStorage that is used. */
type SafeStoragePart = Pick<SafeStorage, 'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'>

/** To be called once Electron is ready. */
export function createKeychain(storage: SafeStoragePart, platform: NodeJS.Platform = process.platform): Keychain {
  async function obstacle(): Promise<string | null> {
    try {
      if (platform === 'linux') {
        const backend = storage.getSelectedStorageBackend()
        if (backend === 'basic_text' || backend === 'unknown') return 'this computer has no keychain that is unlocked with you (gnome-keyring and KWallet are two)'
      }
      return (await storage.isAsyncEncryptionAvailable()) ? null : 'the keychain of this computer is not available'
    } catch {
      return 'the keychain of this computer does not answer'
    }
  }
  return {
    obstacle,
    async wrap(key) {
      const why = await obstacle()
      if (why !== null) return fail('denied', why, 'unlock it and try again, or set a passphrase')
      try {
        return ok(Uint8Array.from(await storage.encryptStringAsync(Buffer.from(key).toString('base64'))))
      } catch {
        return refused
      }
    },
    async unwrap(wrapped) {
      const why = await obstacle()
      if (why !== null) return fail('denied', `the key of this home is in the keychain, and ${why}`, 'unlock the keychain and open the app again, or restore a backup of this home')
      try {
        const { result } = await storage.decryptStringAsync(Buffer.from(wrapped))
        return ok(Uint8Array.from(Buffer.from(result, 'base64')))
      } catch {
        return refused
      }
    }
  }
}

const refused = fail('denied', 'the keychain of this computer does not give the key of this home', 'allow it when the keychain asks, and open the app again; or restore a backup of this home')
