/**
 * What lies in a home is sealed by its vault: bytes that nobody reads without the home's key, and that open only in the very
 * place that they were sealed for. No I/O: where the key is kept is keeping.ts and open.ts.
 *
 * AES-256-GCM of node:crypto. Its nonce must never come twice under one key. So each vault that is made (one an opening and
 * thread) draws 16 random bytes and seals under a key of its own, HKDF-SHA-256 of the home's key with these; under that key the
 * nonces are 96 random bits. After 2^32 rows of one opening, a repetition has a chance of 2^-33; two openings share a key with
 * 2^-128. A counter would be no better: a machine that is resumed twice from one image counts the same numbers twice.
 *
 * A sealed piece is: 1 byte format (1) · 16 bytes of the opening · 12 bytes nonce · the bytes, as long as they were · 16 bytes tag.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { fail, ok, type Result } from '../../shared/result.ts'

/** Where a piece lies: the kind of store first, then what tells its pieces apart. `['log', 'values', 17]` is row 17 of that log. */
export type Place = readonly [store: string, ...rest: readonly (string | number)[]]

export interface Vault {
  /** Names the vault: 32 hexadecimal digits, drawn with the home's key. Every sealed piece is bound to it. */
  readonly home: string
  seal(plain: Uint8Array, place: Place): Uint8Array
  /** Errors: `storage` where it was not sealed by this home for this place, or is not as it was. Never throws. */
  open(sealed: Uint8Array, place: Place): Result<Uint8Array>
  /** A key of 32 bytes for one purpose, always the same; it tells nothing of the home's key. */
  derive(purpose: string): Uint8Array
  /** For a thread or process of this program, which makes its own vault of it. Never to be written anywhere. */
  material(): VaultMaterial
}

/** Survives structured clone. */
export interface VaultMaterial {
  readonly home: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** Bytes that sealing adds. */
export const overhead = 45

const format = 1
const lengths = { opening: 16, nonce: 12, tag: 16, key: 32 } as const
const head = 1 + lengths.opening + lengths.nonce
/** Keys of earlier openings that are kept at hand: a log holds pieces of a few hundred at most. */
const mostKeys = 2_000

/** A new home's. */
export function newMaterial(): VaultMaterial {
  return { home: randomBytes(16).toString('hex'), key: Uint8Array.from(randomBytes(lengths.key)) }
}

export function createVault({ home, key }: VaultMaterial): Vault {
  if (key.length !== lengths.key) throw new Error('a home’s key is 32 bytes')
  const own = Uint8Array.from(key)
  const opening = randomBytes(lengths.opening)
  const keys = new Map<string, Uint8Array>()
  function keyOf(salt: Uint8Array): Uint8Array {
    const name = Buffer.from(salt).toString('latin1')
    const known = keys.get(name)
    if (known !== undefined) return known
    if (keys.size >= mostKeys) keys.clear()
    const derived = derived32(own, salt, 'values-steward: pieces')
    keys.set(name, derived)
    return derived
  }
  return {
    home,
    seal(plain, place) {
      const nonce = randomBytes(lengths.nonce)
      const cipher = createCipheriv('aes-256-gcm', keyOf(opening), nonce, { authTagLength: lengths.tag })
      cipher.setAAD(bindingOf(home, place))
      const sealed = Buffer.concat([Uint8Array.of(format), opening, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
      return new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length)
    },
    open(sealed, place) {
      if (sealed.length < overhead || sealed[0] !== format) return notOurs
      try {
        const salt = sealed.subarray(1, 1 + lengths.opening)
        const decipher = createDecipheriv('aes-256-gcm', keyOf(salt), sealed.subarray(1 + lengths.opening, head), { authTagLength: lengths.tag })
        decipher.setAAD(bindingOf(home, place))
        decipher.setAuthTag(sealed.subarray(sealed.length - lengths.tag))
        const first = decipher.update(sealed.subarray(head, sealed.length - lengths.tag))
        const last = decipher.final()
        const plain = last.length === 0 ? first : Buffer.concat([first, last])
        return ok(new Uint8Array(plain.buffer, plain.byteOffset, plain.length))
      } catch {
        return notOurs
      }
    },
    derive: (purpose) => derived32(own, Buffer.from(home, 'hex'), `values-steward: ${purpose}`),
    material: () => ({ home, key: Uint8Array.from(own) })
  }
}

function derived32(key: Uint8Array, salt: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, purpose, lengths.key))
}

/** As JSON, which no two places share. */
function bindingOf(home: string, place: Place): Buffer {
  return Buffer.from(JSON.stringify(['values-steward sealed', format, home, ...place]))
}

const notOurs = fail('storage', 'a piece of this home is damaged, or was put there from elsewhere', 'look through your values; what is missing may be in a backup')
