/** What a device says in the membership log by itself, so that all come to the same: word of a removed device's edits, and keys. */
import { mendKeys, vouchFor } from '../../../shared/peer/circle.ts'
import { keyNeeds, placeOf } from '../../../shared/peer/membership.ts'
import type { Core } from './core.ts'
import type { CircleState } from './state.ts'

/** More of a removed or fallen device had been taken in here than is known to count: said, so that all come to the same. */
export async function vouch(core: Core, state: CircleState): Promise<void> {
  for (const [device, { seq, hash }] of state.heads) {
    const place = placeOf(state.membership, device)
    if (device === state.me || (place !== 'removed' && place !== 'fallen') || seq <= (state.membership.members.get(device)?.last?.seq ?? 0)) continue
    const speaker = core.speaker(state)
    if (speaker === null || !state.isMember) return
    if (!(await keep(core, state, vouchFor(speaker, device, { seq, hash })))) return
  }
}

/** A key that no removed device holds, and what others lack of keys. */
export async function mend(core: Core, state: CircleState): Promise<void> {
  const speaker = core.speaker(state)
  if (speaker === null || !state.isMember || !state.keys.has(state.membership.current)) return
  const needs = keyNeeds(state.membership)
  if (!needs.rotate && needs.lacking.size === 0) return
  const entry = mendKeys(speaker)
  if (entry !== null) await keep(core, state, entry)
}

async function keep(core: Core, state: CircleState, entry: Uint8Array): Promise<boolean> {
  const kept = await core.append([{ kind: 'entry', bytes: entry }])
  if (!kept.ok) return false
  state.addEntries([entry])
  for (const session of [...core.sessions]) session.refresh()
  return true
}
