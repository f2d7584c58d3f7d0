/**
 * What a home that was damaged gets back. The log itself keeps every row that can be read (damage.ts); what is gone comes from
 * the newest snapshot that can be read, and the edits after it from the other devices when they next meet (the row `lost` of
 * peer/store.ts). What it knew of these is mended in peer/mending.ts.
 */
import * as Y from 'yjs'
import { isEmpty } from '../../shared/keep/difference.ts'
import type { Problem } from '../../shared/result.ts'
import type { Seal } from '../vault/seal.ts'
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
