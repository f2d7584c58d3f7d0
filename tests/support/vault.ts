/** Vaults for tests that seal and keep no key on a disk. */
import type { Seal } from '../../main/vault/seal.ts'
import { createVault, type VaultMaterial } from '../../main/vault/vault.ts'

export const testMaterial: VaultMaterial = { home: '0123456789abcdef'.repeat(2), key: new Uint8Array(32).fill(7) }
export const testVault = createVault(testMaterial)
export const testSeal: Seal = { vault: testVault, takesPlain: false }
/** What a log is opened with, beside where it lies. */
export const testLog = { vault: testMaterial, store: 'values', takesPlain: false, why: null } as const
