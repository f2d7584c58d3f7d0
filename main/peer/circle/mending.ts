/**
 * What a home that was damaged gets back of its circle: its keys, and its place among the others.
 *
 * A device whose store lost something cannot know any more which places of its chain of envelopes it has given away. So it goes
 * on under keys of its own that nobody has seen, which its old ones vouch for (belonging.ts).
 */
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { readSecrets } from '../../../shared/peer/identity.ts'
import type { Problem } from '../../../shared/result.ts'
import { circleOf } from '../../keep/identity.ts'
import { newestSnapshot } from '../../keep/snapshots.ts'
import { readPersonal, writePersonal, type Seal } from '../../vault/seal.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Peers } from './peers.ts'

/** Before the circle is opened: keys that cannot be read come from a snapshot, else they are put aside and the device is paired anew. */
export function mendKeys(directory: string, seal: Seal): Problem | null {
  const { vault } = seal
  const path = join(directory, 'devices', 'keys.sealed')
  if (vault === null || !existsSync(path)) return null
  const kept = readPersonal(directory, 'devices/keys', seal)
  if (kept.ok && kept.value !== null && readSecrets(kept.value) !== null) return null
  if (!kept.ok && kept.error.kind !== 'storage') return null
  try {
    for (let number = 1; ; number += 1) {
      const aside = join(directory, 'devices', `keys-broken-${number}`)
      if (existsSync(aside)) continue
      renameSync(path, aside)
      break
    }
  } catch {
    return null
  }
  if (bringKeys(directory, vault, seal)) return { kind: 'storage', message: 'the keys of this device were damaged, and came back from a snapshot', remedy: 'nothing is to be done' }
  return { kind: 'storage', message: 'the keys of this device were damaged, and no snapshot has them', remedy: 'pair this device with your others again; your values are all here' }
}

/** Keys that are gone though this device belongs to others; what came of it. */
export function findKeys(directory: string, seal: Seal): Problem {
  if (seal.vault !== null && bringKeys(directory, seal.vault, seal)) return { kind: 'storage', message: 'the keys of this device were gone, and came back from a snapshot', remedy: 'nothing is to be done' }
  return { kind: 'storage', message: 'the keys of this device are gone, and no snapshot has them', remedy: 'pair this device with your others again; your values are all here' }
}

/** From the newest snapshot; false where it has none. */
function bringKeys(directory: string, vault: Vault, seal: Seal): boolean {
  const secrets = newestSnapshot(directory, vault)?.content.secrets ?? null
  return secrets !== null && readSecrets(secrets) !== null && writePersonal(directory, 'devices/keys', secrets, seal).ok
}

/** Once the circle is open: its store lost something. This device stands among the others again, under new keys, where that can be; what the person should know. */
export async function mendCircle(directory: string, seal: Seal, peers: Pick<Peers, 'state' | 'succeed'>): Promise<Problem | null> {
  const kept = readPersonal(directory, 'devices/keys', seal)
  const secrets = kept.ok && kept.value !== null ? readSecrets(kept.value) : null
  /* It was never paired. */
  if (secrets === null) return null
  const content = seal.vault === null ? null : newestSnapshot(directory, seal.vault)?.content
  const known = circleOf(content?.circle ?? null)
  const { state } = peers
  const entries = [...(state?.entries ?? []), ...(known?.entries ?? [])]
  const base = state?.hasBase === true ? state.base() : (known?.base ?? null)
  const done = entries.length === 0 ? null : await peers.succeed(secrets, entries, base, true)
  if (done?.ok === true) return { kind: 'storage', message: 'part of what this device knew of your others was damaged, and it stands among them again under new keys', remedy: 'nothing is to be done' }
  return { kind: 'storage', message: 'part of what this device knew of your others was damaged, and no snapshot has it', remedy: 'pair this device with your others again; your values are all here' }
}
