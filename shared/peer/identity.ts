/**
 * Who a device is: three keys of its own, kept nowhere else, and the card that others know it by. A device signs with one key,
 * is sealed to with another, and is met on the network under a third, so that no key serves two protocols.
 */
import { concatBytes, bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { limits, text } from '../schema.ts'
import { sealKey } from './seal.ts'
import type { Suite } from './suite.ts'

/** Three secrets of 32 bytes. `transport` is an Ed25519 seed as well: what the network's own handshakes need. */
export interface DeviceSecrets {
  readonly sign: Uint8Array
  readonly seal: Uint8Array
  readonly transport: Uint8Array
}

const Key = z.string().regex(/^[0-9a-f]{64}$/u)
/** The first half of a digest over the public keys: nobody can take another's. */
export const DeviceId = z.string().regex(/^[0-9a-f]{32}$/u).brand<'DeviceId'>()
export type DeviceId = z.infer<typeof DeviceId>

export const DeviceName = text(limits.title, 'a name')

/** Public, in hexadecimal. */
export const DeviceCard = z.strictObject({ id: DeviceId, sign: Key, seal: Key, transport: Key, name: DeviceName })
export type DeviceCard = z.infer<typeof DeviceCard>

export function drawSecrets(suite: Suite): DeviceSecrets {
  return { sign: suite.random(32), seal: suite.random(32), transport: suite.random(32) }
}

export function cardOf(secrets: DeviceSecrets, name: string, suite: Suite): DeviceCard {
  const keys = { sign: bytesToHex(suite.publicKey(secrets.sign)), seal: bytesToHex(sealKey(secrets.seal)), transport: bytesToHex(suite.publicKey(secrets.transport)) }
  return { id: deviceId(keys, suite), ...keys, name }
}

/** Whether the card's id is that of its keys. */
export function isGenuine(card: DeviceCard, suite: Suite): boolean {
  return deviceId(card, suite) === card.id
}

/** As kept in the home. */
export function writeSecrets({ sign, seal, transport }: DeviceSecrets): Uint8Array {
  return concatBytes(Uint8Array.of(1), sign, seal, transport)
}

export function readSecrets(bytes: Uint8Array): DeviceSecrets | null {
  if (bytes.length !== 97 || bytes[0] !== 1) return null
  return { sign: bytes.slice(1, 33), seal: bytes.slice(33, 65), transport: bytes.slice(65, 97) }
}

function deviceId(keys: Pick<DeviceCard, 'sign' | 'seal' | 'transport'>, suite: Suite): DeviceId {
  const digest = suite.hash(concatBytes(utf8ToBytes('values-steward device 1'), hexToBytes(keys.sign), hexToBytes(keys.seal), hexToBytes(keys.transport)))
  return bytesToHex(digest.subarray(0, 16)) as DeviceId
}
