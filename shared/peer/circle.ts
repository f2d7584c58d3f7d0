/**
 * What a device says in the membership log (entry.ts), and the epoch keys that go with it: founding a circle, taking a device
 * in, revoking one, giving out keys. Each function makes one entry that names all that was seen, and says who it is sealed to.
 */
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { fail, ok, type Result } from '../result.ts'
import { readEntry, writeEntry, type EpochId, type Last, type Sealed, type Statement } from './entry.ts'
import type { DeviceCard, DeviceId, DeviceSecrets } from './identity.ts'
import { activeMembers, keyNeeds, sealTargets, type Membership } from './membership.ts'
import { seal, sealKey, unseal } from './seal.ts'
import type { Suite } from './suite.ts'

/** Keys of epochs, 32 bytes each. */
export type EpochKeys = ReadonlyMap<EpochId, Uint8Array>

/** Who speaks: a device, or a recovery phrase. */
export interface Speaker {
  readonly suite: Suite
  readonly by: string
  readonly sign: Uint8Array
  readonly membership: Membership
  readonly keys: EpochKeys
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What a recovery phrase of 32 bytes stands for. */
interface RecoveryKeys {
  readonly sign: Uint8Array
  readonly seal: Uint8Array
}

const purpose = utf8ToBytes('values-steward epoch keys 1')

/** The first entry of a circle with this one device in it; the circle's name is the entry's hash. */
export function foundCircle(suite: Suite, secrets: DeviceSecrets, card: DeviceCard, at: number): { readonly entry: Uint8Array; readonly circle: string } {
  const { id, key } = drawEpoch(suite)
  const entry = writeEntry({
    version: 1, kind: 'found', by: card.id, parents: [], previous: null, at, card,
    epoch: { id, number: 1 }, seals: sealFor(suite, new Map([[id, key]]), [card.seal], [id])
  }, secrets.sign, suite)
  return { entry, circle: readEntry(entry, suite)?.hash ?? '' }
}

/** Every epoch key that was sealed to this secret and is what its epoch's name says. */
export function openKeys(membership: Membership, secret: Uint8Array, suite: Suite): EpochKeys {
  const own = bytesToHex(sealKey(secret))
  const keys = new Map<EpochId, Uint8Array>()
  for (const { to, epochs, box } of membership.seals) {
    if (to !== own || epochs.every((id) => keys.has(id))) continue
    const opened = unseal({ secret, purpose, sealed: hexToBytes(box) })
    if (opened === null || opened.length !== epochs.length * 32) continue
    epochs.forEach((id, index) => {
      const key = opened.slice(index * 32, index * 32 + 32)
      if (epochId(key, suite) === id) keys.set(id, key)
    })
  }
  return keys
}

/** Takes a device in and gives it every key, so that it can read what others have still to send. Errors: `conflict`. */
export function addDevice(speaker: Speaker, card: DeviceCard): Result<Uint8Array> {
  const { membership, keys, suite } = speaker
  const known = membership.members.get(card.id)
  if (known?.isRevoked === true && !known.isFallen) return fail('conflict', 'this device was removed under these keys', 'start the pairing again on it, so that it takes new ones')
  return ok(speak(speaker, { kind: 'add', card, seals: sealFor(suite, keys, [card.seal], [...membership.epochs.keys()]) }))
}

/** `last`: what of its edits has been taken in here. Errors: `not-found`, `conflict` (the last device would shut itself out). */
export function revokeDevice(speaker: Speaker, device: DeviceId, last: Last | null): Result<Uint8Array> {
  const { membership, suite } = speaker
  const member = membership.members.get(device)
  if (member === undefined) return fail('not-found', 'there is no such device', 'look at the list of devices')
  const left = activeMembers(membership).filter((other) => other.card.id !== device)
  if (left.length === 0) return fail('conflict', 'this is the last device', 'add another one first')
  const fallen = new Set(membership.recoveries.map((recovery) => recovery.seal))
  const targets = sealTargets(membership).filter((key) => key !== member.card.seal && (!fallen.has(key) || isKept(membership, key, device, speaker.by)))
  const { id, key } = drawEpoch(suite)
  return ok(speak(speaker, { kind: 'revoke', device, last, epoch: { id, number: nextNumber(membership) }, seals: sealFor(suite, new Map([[id, key]]), targets, [id]) }))
}

/** Puts the keys right (keyNeeds): a new epoch where a removed device holds the current one, known keys for those who lack them. Null where all is well. */
export function mendKeys(speaker: Speaker): Uint8Array | null {
  const { membership, keys, suite } = speaker
  const needs = keyNeeds(membership)
  const seals: Sealed[] = []
  for (const [to, epochs] of needs.lacking) {
    const held = epochs.filter((id) => keys.has(id))
    if (held.length > 0) seals.push(...sealFor(suite, keys, [to], held))
  }
  if (!needs.rotate && seals.length === 0) return null
  if (!needs.rotate) return speak(speaker, { kind: 'rotate', epoch: null, seals })
  const { id, key } = drawEpoch(suite)
  return speak(speaker, { kind: 'rotate', epoch: { id, number: nextNumber(membership) }, seals: [...seals, ...sealFor(suite, new Map([[id, key]]), sealTargets(membership), [id])] })
}

export function vouchFor(speaker: Speaker, device: DeviceId, last: Last): Uint8Array {
  return speak(speaker, { kind: 'vouch', device, last, seals: [] })
}

export function renameDevice(speaker: Speaker, device: DeviceId, name: string): Uint8Array {
  return speak(speaker, { kind: 'rename', device, name, seals: [] })
}

/** Lets the phrase of these keys take devices in from now on, and read. */
export function addRecovery(speaker: Speaker, recovery: RecoveryKeys): Uint8Array {
  const { membership, keys, suite } = speaker
  const [sign, to] = [bytesToHex(suite.publicKey(recovery.sign)), bytesToHex(sealKey(recovery.seal))]
  return speak(speaker, { kind: 'recovery', sign, seal: to, seals: sealFor(suite, keys, [to], [...membership.epochs.keys()]) })
}

/** The keys that 32 bytes of a phrase stand for. */
export function recoveryKeys(secret: Uint8Array): RecoveryKeys {
  const derive = (label: string): Uint8Array => hkdf(sha256, secret, undefined, utf8ToBytes(`values-steward recovery 1 ${label}`), 32)
  return { sign: derive('sign'), seal: derive('seal') }
}

/** What devices of this epoch find each other by on a network. */
export function discoveryKey(key: Uint8Array): Uint8Array {
  return hkdf(sha256, key, undefined, utf8ToBytes('values-steward discovery 1'), 32)
}

type Draft = Statement extends infer One ? (One extends Statement ? Omit<One, 'version' | 'by' | 'parents' | 'previous' | 'at'> : never) : never

function speak({ suite, by, sign, membership, at }: Speaker, draft: Draft): Uint8Array {
  const previous = membership.latest.get(by) ?? null
  return writeEntry({ version: 1, by, parents: membership.heads, previous, at, ...draft } as unknown as Statement, sign, suite)
}

/** A phrase that the device made falls with it, but for the one that speaks. */
function isKept(membership: Membership, sealedTo: string, device: DeviceId, by: string): boolean {
  return membership.entries.some(({ statement }) => statement.kind === 'recovery' && statement.seal === sealedTo && (statement.by !== device || statement.sign === by))
}

function nextNumber(membership: Membership): number {
  let highest = 0
  for (const { statement } of membership.entries) if ('epoch' in statement && statement.epoch !== null) highest = Math.max(highest, statement.epoch.number)
  return highest + 1
}

function drawEpoch(suite: Suite): { readonly id: EpochId; readonly key: Uint8Array } {
  const key = suite.random(32)
  return { id: epochId(key, suite), key }
}

function epochId(key: Uint8Array, suite: Suite): EpochId {
  return bytesToHex(suite.hash(concatBytes(utf8ToBytes('values-steward epoch 1'), key)).subarray(0, 16)) as EpochId
}

function sealFor(suite: Suite, keys: EpochKeys, targets: readonly string[], epochs: readonly EpochId[]): Sealed[] {
  const held = epochs.filter((id) => keys.has(id))
  if (held.length === 0) return []
  const plain = concatBytes(...held.map((id) => keys.get(id) as Uint8Array))
  return targets.flatMap((to) => {
    const box = seal({ to: hexToBytes(to), purpose, plain, random: suite.random(32) })
    return box === null ? [] : [{ to, epochs: [...held], box: bytesToHex(box) }]
  })
}
