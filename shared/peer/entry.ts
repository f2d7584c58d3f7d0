/**
 * One entry of the membership log: who says what about the circle of devices, after having seen what, signed. Bytes are
 * kept and passed on as they were signed; an entry's name is the hash of its signed part.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { parseJson } from '../json.ts'
import { Instant } from '../schema.ts'
import { DeviceCard, DeviceId, DeviceName } from './identity.ts'
import type { Suite } from './suite.ts'

/** Bytes of one entry; entries of one log, and of one author in it. A person has a handful of devices. */
export const entryLimits = { bytes: 64 * 1024, entries: 2_000, each: 200, parents: 64 } as const

const Key = z.string().regex(/^[0-9a-f]{64}$/u)
const Hash = Key
/** Names an epoch by a digest of its key, so that nobody can pass off another. */
export const EpochId = z.string().regex(/^[0-9a-f]{32}$/u).brand<'EpochId'>()
export type EpochId = z.infer<typeof EpochId>

const Epoch = z.strictObject({ id: EpochId, number: z.number().int().min(1).max(1_000_000) })
/** Epoch keys, in the order of `epochs`, sealed to one X25519 key. */
const Sealed = z.strictObject({ to: Key, epochs: z.array(EpochId).min(1).max(1_000), box: z.string().regex(/^(?:[0-9a-f]{2})+$/u) })
export type Sealed = z.infer<typeof Sealed>
/** The last envelope of a device that counts. */
const Last = z.strictObject({ seq: z.number().int().min(0), hash: Hash })
export type Last = z.infer<typeof Last>

const common = {
  version: z.literal(1),
  /** A device, or the key of a recovery phrase. */
  by: z.union([DeviceId, Key]),
  /** Entries seen that no other seen one names. */
  parents: z.array(Hash).max(entryLimits.parents),
  /** The author's entry before this one. */
  previous: Hash.nullable(),
  /** By the author's clock; orders nothing. */
  at: Instant,
  seals: z.array(Sealed).max(1_000)
}

export const Statement = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('found'), card: DeviceCard, epoch: Epoch }),
  z.strictObject({ ...common, kind: z.literal('add'), card: DeviceCard }),
  /** `last`: what of its edits had been seen; none where null. */
  z.strictObject({ ...common, kind: z.literal('revoke'), device: DeviceId, last: Last.nullable(), epoch: Epoch }),
  /** A new key for all, or known keys for those who lack them. */
  z.strictObject({ ...common, kind: z.literal('rotate'), epoch: Epoch.nullable() }),
  /** More edits of a revoked device had been taken in here before word of it came. */
  z.strictObject({ ...common, kind: z.literal('vouch'), device: DeviceId, last: Last }),
  z.strictObject({ ...common, kind: z.literal('rename'), device: DeviceId, name: DeviceName }),
  /** A phrase on paper that can take a device in when all others are lost. */
  z.strictObject({ ...common, kind: z.literal('recovery'), sign: Key, seal: Key })
])
export type Statement = z.infer<typeof Statement>

export interface Entry {
  readonly hash: string
  readonly statement: Statement
  readonly signed: Uint8Array
  readonly signature: Uint8Array
  readonly bytes: Uint8Array
}

const purpose = utf8ToBytes('values-steward membership 1\n')

export function writeEntry(statement: Statement, seed: Uint8Array, suite: Suite): Uint8Array {
  const signed = utf8ToBytes(JSON.stringify(statement))
  const encoder = encoding.createEncoder()
  encoding.writeVarUint8Array(encoder, signed)
  encoding.writeUint8Array(encoder, suite.sign(seed, concatBytes(purpose, signed)))
  return encoding.toUint8Array(encoder)
}

/** Null where it is none. Whether the signature holds is `isSigned`'s to say, once the author's key is known. */
export function readEntry(bytes: Uint8Array, suite: Suite): Entry | null {
  if (bytes.length > entryLimits.bytes) return null
  try {
    const decoder = decoding.createDecoder(bytes)
    const signed = decoding.readVarUint8Array(decoder)
    const signature = decoding.readUint8Array(decoder, 64)
    if (decoding.hasContent(decoder)) return null
    const value = parseJson(signed, 'the entry')
    const statement = value.ok ? Statement.safeParse(value.value) : null
    if (statement?.success !== true) return null
    return { hash: bytesToHex(suite.hash(concatBytes(purpose, signed))), statement: statement.data, signed: signed.slice(), signature: signature.slice(), bytes: bytes.slice() }
  } catch {
    return null
  }
}

export function isSigned(entry: Entry, key: Uint8Array, suite: Suite): boolean {
  return suite.verify(key, concatBytes(purpose, entry.signed), entry.signature)
}
