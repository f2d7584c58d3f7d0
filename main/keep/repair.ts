/**
 * What a home that was damaged gets back. The log itself keeps every row that can be read (damage.ts); what is gone comes from
 * the newest snapshot that can be read, and the edits after it from the other devices when they next meet (the row `lost` of
 * peer/store.ts).
 *
 * A device whose store lost something cannot know any more which places of its chain of envelopes it has given away. So it goes
 * on under keys of its own that nobody has seen, which its old ones vouch for (peer/belonging.ts).
 */
import { join } from 'node:path'
import { existsSync, renameSync } from 'node:fs'
import * as Y from 'yjs'
import { isEmpty } from '../../shared/keep/difference.ts'
import { readSecrets } from '../../shared/peer/identity.ts'
import type { Problem } from '../../shared/result.ts'
import type { Peers } from '../peer/peers.ts'
import { readPersonal, writePersonal, type Seal } from '../vault/seal.ts'
import { circleOf } from './identity.ts'
import { newestSnapshot } from './snapshots.ts'

export interface Mended {
  /** What the document lacks. */
  readonly update: Uint8Array
  /** One plain sentence: what was lost and where it came from. */
  readonly notice: Problem
}

/** `damage`: what the log said when it was read; null where it was sound. Null where there is nothing to mend, or nothing to mend it with. */
export function mendDocument(directory: string, { vault }: Seal, doc: Y.Doc, damage: Problem | null): Mended | null {
  if (vault === null || (damage === null && !isEmpty(doc))) return null
  const newest = newestSnapshot(directory, vault)
  /* A home whose values were never written has no snapshot; one that was emptied by its person has its rows. */
  if (newest === null || (damage === null && doc.store.clients.size > 0)) return null
  const when = new Date(newest.content.takenAt).toISOString().slice(0, 16).replace('T', ' ')
  return {
    update: Y.encodeStateAsUpdate(newest.doc, Y.encodeStateVector(doc)),
    notice: {
      kind: 'storage',
      message: `${damage?.message ?? 'the file that held your values was gone'}, and what was missing came from the snapshot of ${when} (UTC)`,
      remedy: `look whether something is missing that you changed after that; your other devices, where you have some, bring it when they next meet${damage === null ? '' : '; what was damaged is kept beside your values'}`
    }
  }
}

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
  const secrets = newestSnapshot(directory, vault)?.content.secrets ?? null
  if (secrets !== null && readSecrets(secrets) !== null && writePersonal(directory, 'devices/keys', secrets, seal).ok) return { kind: 'storage', message: 'the keys of this device were damaged, and came back from a snapshot', remedy: 'nothing is to be done' }
  return { kind: 'storage', message: 'the keys of this device were damaged, and no snapshot has them', remedy: 'pair this device with your others again; your values are all here' }
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
