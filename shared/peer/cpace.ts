/**
 * CPace, a key exchange from a short shared code (PAKE), as in draft-irtf-cfrg-cpace-21, suite CPACE-RISTR255-SHA512, roles
 * told apart (initiator and responder). Group, hash-to-group and SHA-512 are @noble's; only the draft's composition of them
 * stands here, held to its test vectors (appendix B.3).
 *
 * Who listens learns nothing of the code; who takes part can test one code a run.
 */
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

interface CpaceInput {
  /** What both sides know: the code. */
  readonly code: Uint8Array
  /** What the exchange is for. */
  readonly channel: Uint8Array
  /** Never the same for two runs. */
  readonly session: Uint8Array
  /** 32 fresh random bytes. */
  readonly random: Uint8Array
}

/** One side's part of the transcript: its share, and what it says beside it. */
export interface Part {
  readonly share: Uint8Array
  readonly beside: Uint8Array
}

export interface CpaceRun {
  /** To be sent: 32 bytes. */
  readonly share: Uint8Array
  /** The session key, 64 bytes; null where the other share is no point, or the neutral one: give up then. */
  finish(parts: { readonly initiator: Part; readonly responder: Part; readonly own: 'initiator' | 'responder' }): Uint8Array | null
}

const groupName = utf8ToBytes('CPaceRistretto255')
const keyName = utf8ToBytes('CPaceRistretto255_ISK')
/** Input block of SHA-512 in bytes. */
const blockSize = 128

export function startCpace({ code, channel, session, random }: CpaceInput): CpaceRun {
  const scalar = scalarFrom(random)
  const share = generator(code, channel, session).multiply(scalar).toBytes()
  return {
    share,
    finish({ initiator, responder, own }) {
      const secret = secretPoint(scalar, own === 'initiator' ? responder.share : initiator.share)
      if (secret === null) return null
      return sha512(concatBytes(joined(keyName, session, secret), joined(initiator.share, initiator.beside), joined(responder.share, responder.beside)))
    }
  }
}

/** calculate_generator of the draft. */
function generator(code: Uint8Array, channel: Uint8Array, session: Uint8Array) {
  const padding = new Uint8Array(Math.max(0, blockSize - 1 - withLength(code).length - withLength(groupName).length))
  const derive = ristretto255_hasher.deriveToCurve
  if (derive === undefined) throw new Error('the library cannot map to ristretto255')
  return derive(sha512(joined(groupName, code, padding, channel, session)))
}

/** scalar_mult_vfy of the draft: null stands for the neutral point. */
function secretPoint(scalar: bigint, share: Uint8Array): Uint8Array | null {
  try {
    const point = ristretto255.Point.fromBytes(share)
    if (point.is0()) return null
    const secret = point.multiply(scalar)
    return secret.is0() ? null : secret.toBytes()
  } catch {
    return null
  }
}

/** sample_scalar of the draft: 252 random bits, little-endian; 0 (chance 2⁻²⁵²) becomes 1. */
function scalarFrom(random: Uint8Array): bigint {
  if (random.length !== 32) throw new RangeError('32 random bytes are needed')
  let scalar = 0n
  for (let index = 31; index >= 0; index -= 1) scalar = (scalar << 8n) | BigInt((random[index] ?? 0) & (index === 31 ? 0x0f : 0xff))
  return scalar === 0n ? 1n : scalar
}

/** lv_cat of the draft: each part behind its length in LEB128. */
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts.map(withLength))
}

function withLength(part: Uint8Array): Uint8Array {
  const length: number[] = []
  let rest = part.length
  do {
    length.push(rest >= 128 ? (rest & 0x7f) | 0x80 : rest)
    rest >>>= 7
  } while (rest > 0)
  return concatBytes(Uint8Array.from(length), part)
}
