/**
 * The primitives of shared/peer/suite.ts, from the platform where it has them (Ed25519, SHA-256, DEFLATE) and from
 * @noble/ciphers where it does not (XChaCha20-Poly1305).
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import type { Random } from '../../../shared/ports.ts'
import type { Suite } from '../../../shared/peer/suite.ts'

/* RFC 8410: what stands before the 32 bytes of an Ed25519 key in PKCS #8 and in SubjectPublicKeyInfo. */
const secretHead = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicHead = Buffer.from('302a300506032b6570032100', 'hex')

export function createSuite(random: Random): Suite {
  const keys = new Map<string, KeyObject>()
  /* Devices are few, and each key is used for every envelope. */
  const publicKeyObject = (key: Uint8Array): KeyObject => {
    const name = Buffer.from(key).toString('latin1')
    const known = keys.get(name)
    if (known !== undefined) return known
    const made = createPublicKey({ key: Buffer.concat([publicHead, key]), format: 'der', type: 'spki' })
    if (keys.size > 1_000) keys.clear()
    keys.set(name, made)
    return made
  }
  return {
    random: (length) => random.bytes(length),
    hash: (bytes) => toBytes(createHash('sha256').update(bytes).digest()),
    publicKey: (seed) => toBytes(createPublicKey(secretKeyObject(seed)).export({ format: 'der', type: 'spki' }).subarray(publicHead.length)),
    sign: (seed, bytes) => toBytes(sign(null, bytes, secretKeyObject(seed))),
    verify(key, bytes, signature) {
      try {
        return signature.length === 64 && key.length === 32 && verify(null, bytes, publicKeyObject(key), signature)
      } catch {
        return false
      }
    },
    encrypt: (key, nonce, plain, beside) => xchacha20poly1305(key, nonce, beside).encrypt(plain),
    decrypt(key, nonce, sealed, beside) {
      try {
        return xchacha20poly1305(key, nonce, beside).decrypt(sealed)
      } catch {
        return null
      }
    },
    deflate: (bytes) => toBytes(deflateRawSync(bytes)),
    inflate(bytes, most) {
      try {
        return toBytes(inflateRawSync(bytes, { maxOutputLength: most }))
      } catch {
        return null
      }
    }
  }
}

function secretKeyObject(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([secretHead, seed]), format: 'der', type: 'pkcs8' })
}

/** Yjs and structured clones want plain arrays of bytes, not Node's own kind. */
function toBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length).slice()
}
