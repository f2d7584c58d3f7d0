/**
 * Frames between two devices of one circle. Each stands alone: lost, doubled or out of turn, the next `have` puts it right. All
 * that counts in them (entries, envelopes, whole documents) is signed by whoever made it, not by whoever passes it on.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Head } from './chain.ts'
import { entryLimits } from './entry.ts'
import type { DeviceId } from './identity.ts'
import type { Suite } from './suite.ts'

/** Bytes; runs of envelopes are packed into frames of `packed` and a little. */
const messageLimits = { frame: 64 * 1024 * 1024, packed: 256 * 1024, devices: 1_000, batch: 10_000, beside: 1_000_000 } as const

/** Bytes of the largest frame that is looked at from somebody unknown. */
export const strangerFrame = 2 * 1024 * 1024

export type PeerMessage =
  /** Where the transport has not proved who is there: a nonce to sign. */
  | { readonly kind: 'challenge'; readonly device: DeviceId; readonly nonce: Uint8Array }
  | { readonly kind: 'proof'; readonly signature: Uint8Array }
  /** What is here, durably. `isNew`: a whole document is wanted first. `isHeld`: something waits for the person. */
  | { readonly kind: 'have'; readonly heads: ReadonlyMap<DeviceId, Head>; readonly entries: readonly string[]; readonly isNew: boolean; readonly isHeld: boolean }
  | { readonly kind: 'entries'; readonly entries: readonly Uint8Array[] }
  | { readonly kind: 'envelopes'; readonly envelopes: readonly Uint8Array[] }
  /** `beside`: hashes of the envelopes in it that others may lack, sent before it: without these it is not taken in. */
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly beside: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Whoever is there is not known here: it may show that it belongs. */
  | { readonly kind: 'ask' }
  /** The signed chain from the founder of the circle to whoever sends it. */
  | { readonly kind: 'present'; readonly entries: readonly Uint8Array[] }
  /** Neither knows the other: whoever sends it knows the circle at least (`kinTag`). */
  | { readonly kind: 'kin'; readonly tag: Uint8Array }
  /** What whoever is there says of itself does not go on from what it said before: somebody else speaks in its name, or its home was set back. */
  | { readonly kind: 'forked' }

const kinds = ['challenge', 'proof', 'have', 'entries', 'envelopes', 'whole', 'refused', 'ask', 'present', 'kin', 'forked'] as const
const proofPurpose = utf8ToBytes('values-steward session 1\n')
const kinPurpose = utf8ToBytes('values-steward kin 1\n')

export function writeMessage(message: PeerMessage): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, kinds.indexOf(message.kind))
  switch (message.kind) {
    case 'challenge':
      encoding.writeUint8Array(encoder, hexToBytes(message.device))
      encoding.writeUint8Array(encoder, message.nonce)
      break
    case 'proof':
      encoding.writeUint8Array(encoder, message.signature)
      break
    case 'have':
      encoding.writeUint8(encoder, (message.isNew ? 1 : 0) + (message.isHeld ? 2 : 0))
      encoding.writeVarUint(encoder, message.heads.size)
      for (const [device, { seq, hash }] of message.heads) {
        encoding.writeUint8Array(encoder, hexToBytes(device))
        encoding.writeVarUint(encoder, seq)
        encoding.writeUint8Array(encoder, hexToBytes(hash))
      }
      writeHashes(encoder, message.entries)
      break
    case 'entries':
    case 'present':
      writeAll(encoder, message.entries)
      break
    case 'envelopes':
      writeAll(encoder, message.envelopes)
      break
    case 'whole':
      encoding.writeVarUint8Array(encoder, message.bytes)
      writeHashes(encoder, message.beside)
      break
    case 'refused':
      encoding.writeVarString(encoder, message.reason)
      break
    case 'kin':
      encoding.writeUint8Array(encoder, message.tag)
      break
    case 'ask':
    case 'forked':
      break
  }
  return encoding.toUint8Array(encoder)
}

/** Null for anything but a whole, well-formed message. */
export function readMessage(bytes: Uint8Array): PeerMessage | null {
  if (bytes.length > messageLimits.frame) return null
  try {
    const decoder = decoding.createDecoder(bytes)
    const kind = kinds[decoding.readUint8(decoder)]
    const message = kind === undefined ? null : readBody(kind, decoder)
    return message === null || decoding.hasContent(decoder) ? null : message
  } catch {
    return null
  }
}

/** What a device signs to show that it is there: both names, both nonces, its own first. */
export function proofBytes(own: { readonly device: DeviceId; readonly nonce: Uint8Array }, other: { readonly device: DeviceId; readonly nonce: Uint8Array }, circle: string, suite: Suite): Uint8Array {
  return concatBytes(proofPurpose, suite.hash(concatBytes(hexToBytes(circle), hexToBytes(own.device), hexToBytes(other.device), own.nonce, other.nonce)))
}

/** Of whoever is at the end `own` of a line to `other`, and knows the circle: its name is a digest that nobody outside can work out. */
export function kinTag(own: Uint8Array, other: Uint8Array, circle: string): Uint8Array {
  return hmac(sha256, hexToBytes(circle), concatBytes(kinPurpose, own, other))
}

/** In groups of about `packed` bytes. */
export function pack(parts: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const groups: Uint8Array[][] = []
  let room = 0
  for (const part of parts) {
    const group = groups.at(-1)
    if (group === undefined || part.length > room || group.length >= messageLimits.batch) {
      groups.push([part])
      room = messageLimits.packed - part.length
    } else {
      group.push(part)
      room -= part.length
    }
  }
  return groups
}

function readBody(kind: PeerMessage['kind'], decoder: decoding.Decoder): PeerMessage | null {
  switch (kind) {
    case 'challenge':
      return { kind, device: readDevice(decoder), nonce: decoding.readUint8Array(decoder, 32).slice() }
    case 'proof':
      return { kind, signature: decoding.readUint8Array(decoder, 64).slice() }
    case 'have': {
      const flags = decoding.readUint8(decoder)
      const heads = new Map<DeviceId, Head>()
      for (let count = limited(decoder, messageLimits.devices); count > 0; count -= 1) heads.set(readDevice(decoder), { seq: decoding.readVarUint(decoder), hash: bytesToHex(decoding.readUint8Array(decoder, 32)) })
      const entries = readHashes(decoder, entryLimits.entries)
      return { kind, heads, entries, isNew: (flags & 1) !== 0, isHeld: (flags & 2) !== 0 }
    }
    case 'entries':
    case 'present':
      return { kind, entries: readAll(decoder) }
    case 'envelopes':
      return { kind, envelopes: readAll(decoder) }
    case 'whole':
      return { kind, bytes: decoding.readVarUint8Array(decoder).slice(), beside: readHashes(decoder, messageLimits.beside) }
    case 'refused':
      return { kind, reason: decoding.readVarString(decoder).slice(0, 200) }
    case 'kin':
      return { kind, tag: decoding.readUint8Array(decoder, 32).slice() }
    case 'ask':
    case 'forked':
      return { kind }
  }
}

function writeAll(encoder: encoding.Encoder, parts: readonly Uint8Array[]): void {
  encoding.writeVarUint(encoder, parts.length)
  for (const part of parts) encoding.writeVarUint8Array(encoder, part)
}

function readAll(decoder: decoding.Decoder): readonly Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let count = limited(decoder, messageLimits.batch); count > 0; count -= 1) parts.push(decoding.readVarUint8Array(decoder).slice())
  return parts
}

function writeHashes(encoder: encoding.Encoder, hashes: readonly string[]): void {
  encoding.writeVarUint(encoder, hashes.length)
  for (const hash of hashes) encoding.writeUint8Array(encoder, hexToBytes(hash))
}

function readHashes(decoder: decoding.Decoder, most: number): readonly string[] {
  const hashes: string[] = []
  for (let count = limited(decoder, most); count > 0; count -= 1) hashes.push(bytesToHex(decoding.readUint8Array(decoder, 32)))
  return hashes
}

function readDevice(decoder: decoding.Decoder): DeviceId {
  return bytesToHex(decoding.readUint8Array(decoder, 16)) as DeviceId
}

function limited(decoder: decoding.Decoder, most: number): number {
  const count = decoding.readVarUint(decoder)
  if (count > most) throw new RangeError('too many')
  return count
}
