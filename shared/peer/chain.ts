/**
 * Whether an envelope is the next one of its device: who signed it, under which epoch, in which place of its chain, and whose
 * Yjs clients it writes under. Pure; what passes here is genuine and in order, and nothing is known yet of what it would do
 * (gate.ts).
 */
import { hexToBytes } from '@noble/hashes/utils.js'
import { isSignedBy, noPrevious, type Envelope, type Header } from './envelope.ts'
import type { DeviceId } from './identity.ts'
import type { Member, Membership } from './membership.ts'
import type { Coverage } from './gate/ranges.ts'
import type { Suite } from './suite.ts'
import type { Contents } from './gate/update.ts'

/** How far one device's envelopes have been taken in. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

export type Refusal =
  | 'stranger' // no device of this circle
  | 'revoked' // made, or brought, after the device was removed
  | 'signature' // not signed by the device that it names
  | 'epoch' // one that its device was not given
  | 'fork' // another envelope stands in this place
  | 'client' // it writes under a name that belongs to another device
  | 'gap' // its edits do not continue its earlier ones

export type Standing = { readonly kind: 'next' | 'known' | 'early' } | { readonly kind: 'refused'; readonly reason: Refusal }

interface Chains {
  readonly membership: Membership
  readonly heads: ReadonlyMap<DeviceId, Head>
  /** Of an envelope taken in earlier; null where it is not kept any more. */
  readonly hashAt: (device: DeviceId, seq: number) => string | null
  readonly suite: Suite
}

/** Signature, epoch, sequence, hash chain, in this order; `early` where what it builds on is still to come. */
export function standingOf(envelope: Envelope, { membership, heads, hashAt, suite }: Chains): Standing {
  const member = membership.members.get(envelope.device)
  if (member === undefined) return refused('stranger')
  const head = heads.get(envelope.device) ?? { seq: 0, hash: noPrevious }
  if (envelope.seq <= head.seq && hashAt(envelope.device, envelope.seq) === envelope.hash) return { kind: 'known' }
  if (!isSignedBy(envelope, hexToBytes(member.card.sign), suite)) return refused('signature')
  if (member.isRevoked && !isBeforeEnd(envelope, member)) return refused('revoked')
  const epoch = membership.epochs.get(envelope.epoch)
  /* Word of the epoch may still be on its way. */
  if (epoch === undefined) return { kind: 'early' }
  if (!epoch.sealedTo.has(member.card.seal)) return refused('epoch')
  if (envelope.seq <= head.seq) return hashAt(envelope.device, envelope.seq) === null ? { kind: 'known' } : refused('fork')
  if (envelope.seq > head.seq + 1) return { kind: 'early' }
  if (envelope.previous !== head.hash) return refused('fork')
  for (const [device, seq] of envelope.seen) {
    if (device === envelope.device) continue
    /*
     * Of a removed device too: who built on more of it than is known to count says so (vouch), and until then it waits. And of one
     * that is not known yet: word of it is on its way.
     */
    if ((heads.get(device)?.seq ?? 0) < seq) return { kind: 'early' }
  }
  return { kind: 'next' }
}

/** Whether the update writes under its device's own clients alone, and goes on where they stand. Null where it does. */
export function ownership(contents: Contents, header: Header, owners: ReadonlyMap<number, DeviceId>, coverage: Coverage, membership: Membership): Refusal | null {
  const named = new Set([...header.clients, ...header.brought])
  for (const { client, clock, end } of contents.blocks) {
    const covered = coverage.clocks.get(client) ?? 0
    if (end <= covered) continue
    const owner = owners.get(client)
    if (owner !== header.device && !(isFree(owner, membership) && named.has(client))) return 'client'
    /* It may begin before what is covered: a whole document holds edits that its device had not put into an envelope yet. */
    if (clock > covered) return 'gap'
  }
  const ends = new Map(contents.blocks.map(({ client, end }) => [client, end]))
  for (const { client, ranges } of contents.deletions) {
    const last = ranges.at(-1)
    if (last !== undefined && last.clock + last.length > Math.max(ends.get(client) ?? 0, coverage.clocks.get(client) ?? 0)) return 'gap'
  }
  return null
}

/** Whether edits under a client of this owner may come from whoever has them: it is nobody's, or of a device that belongs no more. */
export function isFree(owner: DeviceId | undefined, membership: Membership): boolean {
  return owner === undefined || membership.members.get(owner)?.isRevoked !== false
}

/** The new owners that an envelope names, once it was taken in. What it brings of others stays free: somebody else may have more of it. */
export function claim(contents: Contents, header: Header, owners: Map<number, DeviceId>, membership: Membership): void {
  const written = new Set(contents.blocks.map(({ client }) => client))
  for (const client of header.clients) {
    if (written.has(client) && isFree(owners.get(client), membership)) owners.set(client, header.device)
  }
}

function isBeforeEnd({ seq, hash }: Envelope, { last }: Member): boolean {
  return last !== null && (seq < last.seq || (seq === last.seq && hash === last.hash))
}

function refused(reason: Refusal): Standing {
  return { kind: 'refused', reason }
}
