/**
 * What a home knows of itself beside its values, as a snapshot or a backup takes it: read from the disk, so that it can be had
 * while the circle is open elsewhere in this process.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSecrets, cardOf } from '../../shared/peer/identity.ts'
import { createSuite } from '../peer/circle/suite.ts'
import { openLog } from '../log/log.ts'
import { CircleState } from '../peer/circle/state.ts'
import { readRow, writeRow, type Base, type Row } from '../peer/circle/store.ts'
import { systemRandom } from '../system.ts'
import { openPack, readPersonal, type Seal } from '../vault/seal.ts'
import type { Content } from './content.ts'

export type Identity = Pick<Content, 'secrets' | 'circle' | 'packs'>

/** What cannot be read is left out: a snapshot of the values alone is better than none. */
export async function readIdentity(home: string, seal: Seal): Promise<Identity> {
  const secrets = readPersonal(home, 'devices/keys', seal)
  const kept = secrets.ok ? secrets.value : null
  return { secrets: kept, circle: kept === null ? null : await readCircle(home, kept, seal), packs: readPacks(home, seal) }
}

/** Entries and base of a content; null where it holds no circle. */
export function circleOf(circle: Uint8Array | null): { readonly entries: readonly Uint8Array[]; readonly base: Base | null } | null {
  const row = circle === null ? null : readRow(circle)
  if (row?.kind !== 'all') return null
  const entries = row.rows.flatMap((each) => (each.kind === 'entry' ? [each.bytes] : []))
  return entries.length === 0 ? null : { entries, base: row.rows.flatMap((each) => (each.kind === 'base' ? [each.base] : []))[0] ?? null }
}

/** Who belongs, and how far each one's edits are taken in; no edits. */
async function readCircle(home: string, kept: Uint8Array, seal: Seal): Promise<Uint8Array | null> {
  const secrets = readSecrets(kept)
  if (secrets === null || !existsSync(join(home, 'devices', 'values.sqlite'))) return null
  const log = await openLog({ directory: join(home, 'devices'), mode: 'read', store: 'devices', ...seal })
  if (!log.ok) return null
  try {
    const loaded = await log.value.load()
    const rows = loaded.ok ? loaded.value.flatMap((bytes) => unpacked(readRow(bytes))) : []
    const start = rows.findLastIndex((row) => row.kind === 'circle')
    const circle = rows[start]
    if (circle?.kind !== 'circle') return null
    const suite = createSuite(systemRandom)
    const first = rows.slice(start).flatMap((row) => (row.kind === 'entry' ? [row.bytes] : []))
    const state = new CircleState(circle.circle, circle.isFounder, cardOf(secrets, '', suite).id, secrets, suite, first)
    for (const row of rows.slice(start + 1)) state.replay(row)
    return writeRow({ kind: 'all', rows: state.rows().filter(({ kind }) => kind === 'circle' || kind === 'entry' || kind === 'base') })
  } catch {
    /* A circle without its first entry. */
    return null
  } finally {
    await log.value.close()
  }
}

function unpacked(row: Row | null): readonly Row[] {
  return row === null ? [] : row.kind === 'all' ? row.rows : [row]
}

function readPacks(home: string, { vault }: Seal): Content['packs'] {
  const folder = join(home, 'packs')
  if (vault === null || !existsSync(folder)) return []
  return readdirSync(folder).filter((file) => file.endsWith('.sealed')).flatMap((file) => {
    const opened = openPack(home, file, vault)
    return opened.ok ? [{ name: opened.value.name, text: opened.value.text.slice() }] : []
  })
}
