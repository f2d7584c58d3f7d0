/**
 * A whole document as a device is given that joins: everything so far in one, with how far each device's envelopes are in it
 * and whose the Yjs clients are; signed by the device that gives it, encrypted under the epoch's key. Only a device that is
 * new, or that lost its store, takes one.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { parseJson } from '../../json.ts'
import { EpochId } from '../entry.ts'
import { DeviceId } from '../identity.ts'
import type { Membership } from '../membership.ts'
import type { Suite } from '../suite.ts'
import { updateLimits } from './update.ts'

const Seq = z.number().int().min(0)
const Place = z.strictObject({ seq: Seq, hash: z.string().regex(/^[0-9a-f]{64}$/u) })
const Head = z.strictObject({
  device: DeviceId,
  epoch: EpochId,
  circle: z.string(),
  heads: z.array(z.tuple([DeviceId, Place])).max(1_000),
  owners: z.array(z.tuple([DeviceId, z.array(Seq).max(100_000)])).max(1_000)
})
type WholeHead = z.infer<typeof Head>

const purpose = utf8ToBytes('values-steward whole 1\n')

export function writeWhole(head: WholeHead, content: Uint8Array, key: Uint8Array, seed: Uint8Array, suite: Suite): Uint8Array {
  const encoder = encoding.createEncoder()
  const front = utf8ToBytes(JSON.stringify(head))
  const nonce = suite.random(24)
  encoding.writeVarUint8Array(encoder, front)
  encoding.writeUint8Array(encoder, nonce)
  encoding.writeVarUint8Array(encoder, suite.encrypt(key, nonce, suite.deflate(content), concatBytes(purpose, front)))
  const signed = encoding.toUint8Array(encoder)
  return concatBytes(signed, suite.sign(seed, concatBytes(purpose, signed)))
}

/** Null where it is not one that a present device of this circle made. */
export function readWhole(bytes: Uint8Array, membership: Membership, keyOf: (epoch: EpochId) => Uint8Array | undefined, suite: Suite): { readonly head: WholeHead; readonly document: Uint8Array } | null {
  if (bytes.length < 64 || bytes.length > updateLimits.whole) return null
  try {
    const signed = bytes.slice(0, -64)
    const decoder = decoding.createDecoder(signed)
    const front = decoding.readVarUint8Array(decoder)
    const nonce = decoding.readUint8Array(decoder, 24)
    const sealed = decoding.readVarUint8Array(decoder)
    const value = parseJson(front, 'the document')
    const head = value.ok ? Head.safeParse(value.value) : null
    if (head?.success !== true || decoding.hasContent(decoder) || head.data.circle !== membership.circle) return null
    const member = membership.members.get(head.data.device)
    const key = keyOf(head.data.epoch)
    if (member === undefined || member.isRevoked || key === undefined) return null
    if (!suite.verify(hexToBytes(member.card.sign), concatBytes(purpose, signed), bytes.slice(-64))) return null
    const packed = suite.decrypt(key, nonce, sealed, concatBytes(purpose, front))
    const content = packed === null ? null : suite.inflate(packed, updateLimits.whole)
    return content === null ? null : { head: head.data, document: content }
  } catch {
    return null
  }
}
