/**
 * An envelope: one device's edits as they travel and are kept, `{device, epoch, seq, prevHash, update}`, signed by the device
 * and encrypted under the epoch's key. Each names the one before it, so that none can be left out, swapped or brought in twice
 * unseen; what else its author had seen (`seen`: only what is new since its last one); the Yjs clients that it takes as its own
 * from here on (`clients`); and those of devices that belong no more, of whose edits it passes some on (`brought`).
 *
 * Two steps, apart: `readEnvelope` looks at the bytes and the signature's place, `openEnvelope` decrypts. The order of all
 * checks stands in chain.ts and gate.ts.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { DeviceId } from './identity.ts'
import type { EpochId } from './entry.ts'
import type { Suite } from './suite.ts'
import { updateLimits } from './gate/update.ts'

const envelopeLimits = { bytes: updateLimits.bytes + 64 * 1024, seen: 1_000, clients: 20_000 } as const

export interface Header {
  readonly device: DeviceId
  readonly epoch: EpochId
  /** From 1, rising by 1. */
  readonly seq: number
  /** Of the envelope before it; 64 zeros at the first. */
  readonly previous: string
  readonly seen: ReadonlyMap<DeviceId, number>
  readonly clients: readonly number[]
  readonly brought: readonly number[]
}

export interface Envelope extends Header {
  readonly hash: string
  readonly bytes: Uint8Array
  readonly head: Uint8Array
  readonly nonce: Uint8Array
  readonly sealed: Uint8Array
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

export const noPrevious = '0'.repeat(64)
const purpose = utf8ToBytes('values-steward envelope 1\n')
/** Its first byte: whether it brings edits of others. */
const forms = { own: 1, bringing: 2 } as const

export function writeEnvelope(header: Header, update: Uint8Array, key: Uint8Array, seed: Uint8Array, suite: Suite): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, header.brought.length === 0 ? forms.own : forms.bringing)
  encoding.writeUint8Array(encoder, hexToBytes(header.device))
  encoding.writeUint8Array(encoder, hexToBytes(header.epoch))
  encoding.writeVarUint(encoder, header.seq)
  encoding.writeUint8Array(encoder, hexToBytes(header.previous))
  encoding.writeVarUint(encoder, header.seen.size)
  for (const [device, seq] of header.seen) {
    encoding.writeUint8Array(encoder, hexToBytes(device))
    encoding.writeVarUint(encoder, seq)
  }
  writeNumbers(encoder, header.clients)
  if (header.brought.length > 0) writeNumbers(encoder, header.brought)
  const head = encoding.toUint8Array(encoder)
  const nonce = suite.random(24)
  const packed = suite.deflate(update)
  const isSmaller = packed.length < update.length
  const plain = concatBytes(Uint8Array.of(isSmaller ? 1 : 0), isSmaller ? packed : update)
  const body = encoding.createEncoder()
  encoding.writeUint8Array(body, head)
  encoding.writeUint8Array(body, nonce)
  encoding.writeVarUint8Array(body, suite.encrypt(key, nonce, plain, concatBytes(purpose, head)))
  const signed = encoding.toUint8Array(body)
  return concatBytes(signed, suite.sign(seed, concatBytes(purpose, signed)))
}

/** Null where it is none, by its form alone. */
export function readEnvelope(bytes: Uint8Array, suite: Suite): Envelope | null {
  if (bytes.length > envelopeLimits.bytes || bytes.length < 64) return null
  try {
    const whole = bytes.slice()
    const signed = whole.subarray(0, whole.length - 64)
    const decoder = decoding.createDecoder(signed)
    const form = decoding.readUint8(decoder)
    if (form !== forms.own && form !== forms.bringing) return null
    const device = readHex(decoder, 16) as DeviceId
    const epoch = readHex(decoder, 16) as EpochId
    const seq = decoding.readVarUint(decoder)
    const previous = readHex(decoder, 32)
    const seen = new Map<DeviceId, number>()
    for (let count = limited(decoder, envelopeLimits.seen); count > 0; count -= 1) seen.set(readHex(decoder, 16) as DeviceId, decoding.readVarUint(decoder))
    const clients = readNumbers(decoder)
    const brought = form === forms.bringing ? readNumbers(decoder) : []
    const head = signed.subarray(0, decoder.pos)
    const nonce = decoding.readUint8Array(decoder, 24)
    const sealed = decoding.readVarUint8Array(decoder)
    if (decoding.hasContent(decoder) || seq < 1) return null
    return { device, epoch, seq, previous, seen, clients, brought, head, nonce, sealed, signed, signature: whole.subarray(whole.length - 64), bytes: whole, hash: bytesToHex(suite.hash(concatBytes(purpose, signed))) }
  } catch {
    return null
  }
}

export function isSignedBy(envelope: Envelope, key: Uint8Array, suite: Suite): boolean {
  return suite.verify(key, concatBytes(purpose, envelope.signed), envelope.signature)
}

/** The update in it; null where it was not encrypted under this key, or is more than may be once unpacked. */
export function openEnvelope(envelope: Envelope, key: Uint8Array, suite: Suite): Uint8Array | null {
  const plain = suite.decrypt(key, envelope.nonce, envelope.sealed, concatBytes(purpose, envelope.head))
  if (plain === null || plain.length < 1) return null
  if (plain[0] === 0) return plain.slice(1)
  return plain[0] === 1 ? suite.inflate(plain.subarray(1), updateLimits.bytes) : null
}

function writeNumbers(encoder: encoding.Encoder, numbers: readonly number[]): void {
  encoding.writeVarUint(encoder, numbers.length)
  for (const each of numbers) encoding.writeVarUint(encoder, each)
}

function readNumbers(decoder: decoding.Decoder): readonly number[] {
  const numbers: number[] = []
  for (let count = limited(decoder, envelopeLimits.clients); count > 0; count -= 1) numbers.push(decoding.readVarUint(decoder))
  return numbers
}

function readHex(decoder: decoding.Decoder, length: number): string {
  return bytesToHex(decoding.readUint8Array(decoder, length))
}

function limited(decoder: decoding.Decoder, most: number): number {
  const count = decoding.readVarUint(decoder)
  if (count > most) throw new RangeError('too many')
  return count
}
