/**
 * Sealing a few bytes to one device's public key, so that nobody else can open them: HPKE (RFC 9180), base mode, one message a
 * key schedule, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. All primitives are @noble's; the composition is
 * held to the RFC's test vector (appendix A.2.1). It says nothing of who sealed: whatever holds it is signed.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

interface Sealing {
  /** The recipient's X25519 public key. */
  readonly to: Uint8Array
  /** What it is for: opened only under the same words. */
  readonly purpose: Uint8Array
  readonly plain: Uint8Array
  /** 32 fresh random bytes, used for this alone. */
  readonly random: Uint8Array
  readonly beside?: Uint8Array
}

export interface Opening {
  /** The recipient's X25519 secret key. */
  readonly secret: Uint8Array
  readonly purpose: Uint8Array
  readonly sealed: Uint8Array
  readonly beside?: Uint8Array
}

const none = new Uint8Array()
const version = utf8ToBytes('HPKE-v1')
const kem = concatBytes(utf8ToBytes('KEM'), Uint8Array.of(0, 0x20))
const hpke = concatBytes(utf8ToBytes('HPKE'), Uint8Array.of(0, 0x20, 0, 0x01, 0, 0x03))

/** The public key of an X25519 secret. */
export function sealKey(secret: Uint8Array): Uint8Array {
  return x25519.getPublicKey(secret)
}

/** 32 bytes of an ephemeral key, then the ciphertext; null where `to` is no key to seal to. */
export function seal({ to, purpose, plain, random, beside = none }: Sealing): Uint8Array | null {
  const shared = agree(random, to)
  if (shared === null) return null
  const ephemeral = x25519.getPublicKey(random)
  const { key, nonce } = schedule(shared, concatBytes(ephemeral, to), purpose)
  return concatBytes(ephemeral, chacha20poly1305(key, nonce, beside).encrypt(plain))
}

/** Null where it was not sealed to this key for this purpose, or was changed since. */
export function unseal({ secret, purpose, sealed, beside = none }: Opening): Uint8Array | null {
  if (sealed.length < 32 + 16) return null
  const ephemeral = sealed.slice(0, 32)
  const shared = agree(secret, ephemeral)
  if (shared === null) return null
  const { key, nonce } = schedule(shared, concatBytes(ephemeral, x25519.getPublicKey(secret)), purpose)
  try {
    return chacha20poly1305(key, nonce, beside).decrypt(sealed.slice(32))
  } catch {
    return null
  }
}

/** Null for a key of small order. */
function agree(secret: Uint8Array, key: Uint8Array): Uint8Array | null {
  try {
    return x25519.getSharedSecret(secret, key)
  } catch {
    return null
  }
}

function schedule(agreed: Uint8Array, context: Uint8Array, purpose: Uint8Array): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const shared = labelledExpand(kem, labelledExtract(kem, none, 'eae_prk', agreed), 'shared_secret', context, 32)
  const place = concatBytes(Uint8Array.of(0), labelledExtract(hpke, none, 'psk_id_hash', none), labelledExtract(hpke, none, 'info_hash', purpose))
  const secret = labelledExtract(hpke, shared, 'secret', none)
  return { key: labelledExpand(hpke, secret, 'key', place, 32), nonce: labelledExpand(hpke, secret, 'base_nonce', place, 12) }
}

function labelledExtract(suite: Uint8Array, salt: Uint8Array, label: string, material: Uint8Array): Uint8Array {
  return extract(sha256, concatBytes(version, suite, utf8ToBytes(label), material), salt)
}

function labelledExpand(suite: Uint8Array, key: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array {
  return expand(sha256, key, concatBytes(Uint8Array.of(length >> 8, length & 0xff), version, suite, utf8ToBytes(label), context), length)
}
