/**
 * Who can read this home's disk: what the window is told of how the home's key is kept, and what it may ask to have changed.
 */
import { z } from 'zod'

const Passphrase = z.string().max(1_000, { error: 'a passphrase has 1,000 characters at most' })

export const DiskArgument = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('look') }),
  /** Opens a home that is locked. */
  z.strictObject({ do: z.literal('unlock'), passphrase: Passphrase }),
  /** Sets a passphrase, or another in its place: `current` is the one there is. */
  z.strictObject({ do: z.literal('passphrase'), passphrase: Passphrase, current: Passphrase.nullable() }),
  /** Takes the passphrase away: the keychain keeps the key where there is one, else a file. */
  z.strictObject({ do: z.literal('remove'), current: Passphrase }),
  /** Has the one or the other keep it; never instead of a passphrase. */
  z.strictObject({ do: z.literal('keep'), where: z.enum(['keychain', 'file']) })
])
export type DiskArgument = z.infer<typeof DiskArgument>

export interface DiskView {
  /** A passphrase is waited for; until then nothing else is answered. */
  readonly isLocked: boolean
  /** Null where nothing is sealed: an old home that can only be read. */
  readonly keeper: 'keychain' | 'file' | 'passphrase' | null
  /** Of the key file; null where there is none. */
  readonly path: string | null
  readonly keychain:
    /** This program reaches none: it is served to a browser. */
    | { readonly kind: 'elsewhere' }
    | { readonly kind: 'ready' }
    /** `why` it cannot keep a key safely. */
    | { readonly kind: 'unsafe'; readonly why: string }
}
