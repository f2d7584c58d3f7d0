/**
 * The primitives that everything between devices stands on, as an argument: shared/ may not reach the platform, and the
 * platform's own are twenty times as fast. main/peer/circle/suite.ts is the one implementation; none of it is our own.
 */

/** Keys are 32 bytes, seeds of Ed25519 too; signatures 64, nonces 24, hashes 32. Nothing here throws for what others sent. */
export interface Suite {
  /** Fresh bytes nobody can foresee. */
  readonly random: (length: number) => Uint8Array
  /** SHA-256. */
  readonly hash: (bytes: Uint8Array) => Uint8Array
  /** Ed25519 (RFC 8032). */
  readonly publicKey: (seed: Uint8Array) => Uint8Array
  readonly sign: (seed: Uint8Array, bytes: Uint8Array) => Uint8Array
  readonly verify: (key: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => boolean
  /** XChaCha20-Poly1305; `decrypt` gives null where the key, the nonce, the bytes or the data beside them are not those of `encrypt`. */
  readonly encrypt: (key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, beside: Uint8Array) => Uint8Array
  readonly decrypt: (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, beside: Uint8Array) => Uint8Array | null
  /** DEFLATE; `inflate` gives null where it is none, or where more than `most` bytes come out. */
  readonly deflate: (bytes: Uint8Array) => Uint8Array
  readonly inflate: (bytes: Uint8Array, most: number) => Uint8Array | null
}
