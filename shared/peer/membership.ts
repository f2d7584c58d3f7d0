/**
 * Which devices belong together, derived from a set of signed entries (entry.ts) and nothing else: no order of arrival, no
 * clock. Two devices that hold the same entries see the same circle.
 *
 * Rules. An entry counts only with all that it had seen, and only where its author belonged to the circle then. Revoking
 * wins: over adding the same device at the same time, and over everything that the revoked device said without having been
 * seen by who revoked it. Two that revoke each other at once: the one that was there longer stays; a recovery phrase stands
 * above all. A revoked device never comes back under the same keys. A device cannot revoke itself while nobody else is there.
 * Two entries of one author after the same one are a fork, and said to be so. Each epoch's key is known by its digest.
 */
import { hexToBytes } from '@noble/hashes/utils.js'
import { entryLimits, isSigned, readEntry, type Entry, type EpochId, type Last, type Sealed } from './entry.ts'
import { isGenuine, type DeviceCard, type DeviceId } from './identity.ts'
import type { Suite } from './suite.ts'

export interface Member {
  readonly card: DeviceCard
  /** As last renamed. */
  readonly name: string
  readonly addedAt: number
  /** Hash of the entry that took it in. */
  readonly addedBy: string
  readonly isRevoked: boolean
  /** Counted as revoked, though nobody removed it: it fell out with the one that took it in, after a member had taken in edits of it. */
  readonly isFallen: boolean
  /** Of a revoked device: its edits up to here count; none where null. */
  readonly last: Last | null
  /** It said two things after the same one: its store was copied or set back, or somebody has its keys. */
  readonly isForked: boolean
}

export interface Epoch {
  readonly id: EpochId
  readonly number: number
  /** X25519 keys that were given it. */
  readonly sealedTo: ReadonlySet<string>
}

export interface Membership {
  /** Hash of the entry that founded it: the circle's name. */
  readonly circle: string
  readonly members: ReadonlyMap<DeviceId, Member>
  readonly epochs: ReadonlyMap<EpochId, Epoch>
  /** Under which everything new is encrypted. */
  readonly current: EpochId
  /** Keys of phrases that count. */
  readonly recoveries: readonly { readonly sign: string; readonly seal: string }[]
  readonly seals: readonly Sealed[]
  /** What the next entry names as seen. */
  readonly heads: readonly string[]
  /** Each author's latest entry. */
  readonly latest: ReadonlyMap<string, string>
  /** Every entry that counts or may yet count, oldest first, in the same order everywhere. */
  readonly entries: readonly Entry[]
}

/** The circle founded by the entry named `circle`; null where that one is not among them. */
export function deriveMembership(bytes: Iterable<Uint8Array>, circle: string, suite: Suite): Membership | null {
  const log = orderEntries(bytes, circle, suite)
  return log === null ? null : evaluate(log)
}

export function activeMembers(membership: Membership): readonly Member[] {
  return [...membership.members.values()].filter((member) => !member.isRevoked)
}

/** `fallen`: it was taken in by a device that was removed before anybody who counts had heard of it. */
export type Place = 'member' | 'removed' | 'fallen' | 'stranger'

export function placeOf(membership: Membership, device: DeviceId): Place {
  const member = membership.members.get(device)
  if (member !== undefined) return member.isFallen ? 'fallen' : member.isRevoked ? 'removed' : 'member'
  return cardsOf(membership, device).length > 0 ? 'fallen' : 'stranger'
}

/** What shows that a device belongs: every entry that takes it in, with all that these had seen, oldest first. */
export function chainTo(membership: Membership, device: DeviceId): readonly Entry[] {
  return withAllSeen(membership, (entry) => cardIn(entry)?.id === device)
}

/** What shows a fallen device why: the removals of those who stand in its chain, with all that these had seen, oldest first. */
export function removalsBehind(membership: Membership, device: DeviceId): readonly Entry[] {
  const authors = new Set(chainTo(membership, device).map(({ statement }) => statement.by))
  return withAllSeen(membership, ({ statement }) => statement.kind === 'revoke' && authors.has(statement.device) && membership.members.get(statement.device)?.isRevoked === true)
}

/** The removed device that a fallen one came in through, be it by others that fell out with it; null where that cannot be told. */
export function adderOf(membership: Membership, device: DeviceId): Member | null {
  const through = new Set<string>([device])
  /* Whoever takes somebody in was taken in before. */
  for (const entry of membership.entries.toReversed()) {
    if (!through.has(cardIn(entry)?.id ?? '')) continue
    const { by } = entry.statement
    const adder = membership.members.get(by as DeviceId)
    if (adder?.isRevoked === true && !adder.isFallen) return adder
    through.add(by)
  }
  return null
}

/** The card that a device was taken in under, whether that counts or not; null for strangers. */
export function cardOfMember(membership: Membership, device: DeviceId): DeviceCard | null {
  return membership.members.get(device)?.card ?? cardsOf(membership, device)[0] ?? null
}

/** The same, by the key that it is met under (hexadecimal). */
export function cardOfTransport(membership: Membership, transport: string): DeviceCard | null {
  for (const entry of membership.entries) {
    const card = cardIn(entry)
    if (card?.transport === transport) return card
  }
  return null
}

function cardsOf({ entries }: Membership, device: DeviceId): readonly DeviceCard[] {
  return entries.flatMap((entry) => {
    const card = cardIn(entry)
    return card?.id === device ? [card] : []
  })
}

function withAllSeen({ entries }: Membership, isWanted: (entry: Entry) => boolean): readonly Entry[] {
  const wanted = new Set<string>()
  /* Those that an entry had seen stand before it. */
  for (const entry of entries.toReversed()) {
    if (!wanted.has(entry.hash) && !isWanted(entry)) continue
    wanted.add(entry.hash)
    for (const parent of entry.statement.parents) wanted.add(parent)
  }
  return entries.filter(({ hash }) => wanted.has(hash))
}

/** Keys to seal the current epoch to: of all devices that belong, and of the phrases. */
export function sealTargets(membership: Membership): readonly string[] {
  return [...activeMembers(membership).map((member) => member.card.seal), ...membership.recoveries.map((recovery) => recovery.seal)]
}

/** What has to be put right about the keys before anything new is encrypted. */
export function keyNeeds(membership: Membership): { readonly rotate: boolean; readonly lacking: ReadonlyMap<string, readonly EpochId[]> } {
  const targets = sealTargets(membership)
  const current = membership.epochs.get(membership.current)
  const rotate = [...(current?.sealedTo ?? [])].some((key) => !targets.includes(key))
  const lacking = new Map<string, readonly EpochId[]>()
  for (const key of targets) {
    const missing = [...membership.epochs.values()].filter((epoch) => !epoch.sealedTo.has(key)).map((epoch) => epoch.id)
    if (missing.length > 0) lacking.set(key, missing)
  }
  return { rotate, lacking }
}

// ---- the log in order -----------------------------------------------------------------------------------------------

interface Log {
  readonly circle: string
  readonly entries: readonly Entry[]
  /** All that an entry had seen, directly or not: places in `entries`. */
  readonly seen: readonly ReadonlySet<number>[]
  readonly place: ReadonlyMap<string, number>
  readonly forked: ReadonlySet<string>
}

/** Entries with all that they had seen, well signed by who they say; seen ones first, else by hash. */
function orderEntries(bytes: Iterable<Uint8Array>, circle: string, suite: Suite): Log | null {
  const found = new Map<string, Entry>()
  for (const one of bytes) {
    const entry = readEntry(one, suite)
    if (entry !== null && found.size < entryLimits.entries) found.set(entry.hash, entry)
  }
  const root = found.get(circle)
  if (root === undefined || root.statement.kind !== 'found') return null
  const waiting = [...found.values()].sort((left, right) => (left.hash < right.hash ? -1 : 1))
  const entries: Entry[] = []
  const seen: Set<number>[] = []
  const place = new Map<string, number>()
  const refused = new Set<string>()
  const after = new Map<string, string>()
  const forked = new Set<string>()
  const counted = new Map<string, number>()
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    for (const entry of waiting) {
      if (place.has(entry.hash) || refused.has(entry.hash)) continue
      const { parents, by, previous, kind } = entry.statement
      if (kind === 'found' ? entry !== root : parents.length === 0 || parents.some((parent) => !place.has(parent))) continue
      isMoving = true
      const ancestors = new Set<number>()
      for (const parent of parents) {
        const at = place.get(parent) as number
        ancestors.add(at)
        for (const older of seen[at] ?? []) ancestors.add(older)
      }
      if (!isWellSigned(entry, entries, ancestors, suite) || !followsPrevious(entry, entries, ancestors, place)) {
        refused.add(entry.hash)
        continue
      }
      /* One device can fill its own share of the log, and nobody else's. */
      const said = (counted.get(by) ?? 0) + 1
      counted.set(by, said)
      if (said > entryLimits.each) {
        refused.add(entry.hash)
        continue
      }
      const slot = `${by} ${previous ?? ''}`
      if (after.has(slot)) forked.add(by)
      after.set(slot, entry.hash)
      place.set(entry.hash, entries.length)
      entries.push(entry)
      seen.push(ancestors)
    }
  }
  return { circle, entries, seen, place, forked }
}

/** By a key that the entries it had seen give to its author. */
function isWellSigned(entry: Entry, entries: readonly Entry[], ancestors: ReadonlySet<number>, suite: Suite): boolean {
  const { statement } = entry
  if ((statement.kind === 'found' || statement.kind === 'add') && !isGenuine(statement.card, suite)) return false
  if (statement.kind === 'found') return statement.by === statement.card.id && statement.epoch.number === 1 && isSigned(entry, hexToBytes(statement.card.sign), suite)
  for (const at of ancestors) {
    const known = (entries[at] as Entry).statement
    if ((known.kind === 'found' || known.kind === 'add') && known.card.id === statement.by) return isSigned(entry, hexToBytes(known.card.sign), suite)
    if (known.kind === 'recovery' && known.sign === statement.by) return isSigned(entry, hexToBytes(known.sign), suite)
  }
  return false
}

/** `previous` is of the same author and was seen; an author's first entry has none. */
function followsPrevious({ statement }: Entry, entries: readonly Entry[], ancestors: ReadonlySet<number>, place: ReadonlyMap<string, number>): boolean {
  const { previous, by } = statement
  if (previous === null) return ![...ancestors].some((at) => (entries[at] as Entry).statement.by === by)
  const at = place.get(previous)
  return at !== undefined && ancestors.has(at) && (entries[at] as Entry).statement.by === by
}

// ---- what it comes to -----------------------------------------------------------------------------------------------

interface Revocation {
  readonly at: number
  readonly device: DeviceId
}

function evaluate(log: Log): Membership {
  const { entries, seen, circle } = log
  const revocations: Revocation[] = []
  const revokedFor = (by: string, at: number): boolean => revocations.some((one) => one.device === by && one.at !== at && !(seen[one.at] as ReadonlySet<number>).has(at))
  const addsOf = (id: string, at: number): readonly number[] => [...(seen[at] as ReadonlySet<number>)].filter((older) => cardIn(entries[older] as Entry)?.id === id)

  /* An entry is asked about from many places; what is known holds until the next revocation does. */
  const known = new Map<number, boolean>()
  function counts(at: number): boolean {
    const before = known.get(at)
    if (before !== undefined) return before
    const answer = belonged(at)
    known.set(at, answer)
    return answer
  }
  /** Did the author belong when it said this, as far as is known of revocations? */
  function belonged(at: number): boolean {
    const { statement } = entries[at] as Entry
    if (statement.kind === 'found') return true
    if (isRecovery(statement.by)) return recoveryCounts(statement.by, at)
    return !revokedFor(statement.by, at) && addsOf(statement.by, at).some((add) => counts(add))
  }
  function recoveryCounts(key: string, at: number): boolean {
    return [...(seen[at] as ReadonlySet<number>)].some((older) => {
      const { statement } = entries[older] as Entry
      if (statement.kind !== 'recovery' || statement.sign !== key || !counts(older)) return false
      /* A phrase that a revoked device made falls with it, but for the phrase that revoked it. */
      return !revocations.some((one) => one.device === statement.by && one.at !== at && !(seen[one.at] as ReadonlySet<number>).has(at) && (entries[one.at] as Entry).statement.by !== key)
    })
  }
  function othersAt(at: number, device: DeviceId): boolean {
    return [...(seen[at] as ReadonlySet<number>)].some((older) => {
      const card = cardIn(entries[older] as Entry)
      return card !== null && card.id !== device && !entries.some(({ statement }, index) => statement.kind === 'revoke' && statement.device === card.id && (seen[at] as ReadonlySet<number>).has(index))
    })
  }

  const seniority = new Map<string, number>()
  entries.forEach((entry, at) => {
    const card = cardIn(entry)
    if (card !== null && !seniority.has(card.id)) seniority.set(card.id, at)
  })
  const rank = (at: number): number => {
    const { by } = (entries[at] as Entry).statement
    return isRecovery(by) ? -1 : (seniority.get(by) ?? entries.length)
  }
  const candidates = entries.flatMap(({ statement }, at) => (statement.kind === 'revoke' ? [{ at, device: statement.device, by: statement.by }] : []))
  /* Who was there longer is heard first: of two that revoke each other, the second is not heard any more. */
  for (const { at, device, by } of candidates.sort((left, right) => rank(left.at) - rank(right.at) || left.at - right.at)) {
    if (!counts(at) || (by === device && !othersAt(at, device))) continue
    revocations.push({ at, device })
    known.clear()
  }
  const standing = new Set(revocations.map((one) => one.at))
  const valid = entries.map((entry, at) => (entry.statement.kind === 'revoke' ? standing.has(at) : counts(at)))
  return collect(log, valid, circle)
}

function collect({ entries, seen, forked }: Log, valid: readonly boolean[], circle: string): Membership {
  const members = new Map<DeviceId, Member>()
  const epochs = new Map<EpochId, { readonly id: EpochId; readonly number: number; readonly sealedTo: Set<string> }>()
  const standing = new Set<EpochId>()
  const recoveries: { readonly sign: string; readonly seal: string; readonly by: string }[] = []
  const seals: Sealed[] = []
  const latest = new Map<string, string>()
  const heads = new Set<string>()
  const change = (device: DeviceId, next: Partial<Member>): void => {
    const member = members.get(device)
    if (member !== undefined) members.set(device, { ...member, ...next })
  }
  entries.forEach((entry, at) => {
    const { statement, hash } = entry
    for (const parent of statement.parents) heads.delete(parent)
    heads.add(hash)
    latest.set(statement.by, hash)
    /* A key that fell with its author is used for nothing new; what was encrypted under it meanwhile must still be read. */
    seals.push(...statement.seals)
    if ('epoch' in statement && statement.epoch !== null && isNext(statement.epoch.number, at)) {
      if (!epochs.has(statement.epoch.id)) epochs.set(statement.epoch.id, { ...statement.epoch, sealedTo: new Set() })
      if (valid[at] === true) standing.add(statement.epoch.id)
    }
    if (!valid[at]) return
    switch (statement.kind) {
      case 'found':
      case 'add':
        if (!members.has(statement.card.id)) members.set(statement.card.id, { card: statement.card, name: statement.card.name, addedAt: statement.at, addedBy: hash, isRevoked: false, isFallen: false, last: null, isForked: forked.has(statement.card.id) })
        break
      case 'rename':
        change(statement.device, { name: statement.name })
        break
      case 'recovery':
        recoveries.push({ sign: statement.sign, seal: statement.seal, by: statement.by })
        break
      case 'revoke':
      case 'vouch':
      case 'rotate':
    }
  })
  /* Numbers rise along what was seen, so that nobody can jump ahead of everybody. */
  function isNext(number: number, at: number): boolean {
    let highest = 0
    for (const older of seen[at] as ReadonlySet<number>) {
      const { statement } = entries[older] as Entry
      if ('epoch' in statement && statement.epoch !== null) highest = Math.max(highest, statement.epoch.number)
    }
    return number === highest + 1
  }
  /* A fallen device is nobody here, unless somebody who counts vouches for edits of it. */
  entries.forEach(({ statement }, at) => {
    if (!valid[at] || statement.kind !== 'vouch' || members.has(statement.device)) return
    const entry = entries.find((one) => cardIn(one)?.id === statement.device)
    const card = entry === undefined ? null : cardIn(entry)
    if (entry !== undefined && card !== null) members.set(card.id, { card, name: card.name, addedAt: entry.statement.at, addedBy: entry.hash, isRevoked: true, isFallen: true, last: null, isForked: forked.has(card.id) })
  })
  entries.forEach(({ statement }, at) => {
    if (!valid[at] || (statement.kind !== 'revoke' && statement.kind !== 'vouch')) return
    const before = members.get(statement.device)?.last ?? null
    const last = statement.last !== null && (before === null || statement.last.seq > before.seq) ? statement.last : before
    if (statement.kind === 'revoke') change(statement.device, { isRevoked: true, isFallen: false, last })
    else change(statement.device, { last })
  })
  for (const { to, epochs: given } of seals) for (const id of given) epochs.get(id)?.sealedTo.add(to)
  const current = [...epochs.values()].filter((epoch) => standing.has(epoch.id)).sort((left, right) => right.number - left.number || (left.id < right.id ? -1 : 1))[0]
  if (current === undefined) throw new Error('a circle is founded with an epoch')
  const gone = new Set([...members.values()].filter((member) => member.isRevoked).map((member): string => member.card.id))
  return {
    circle, members, epochs, seals, latest, entries,
    current: current.id,
    recoveries: recoveries.filter(({ by, sign }) => !gone.has(by) || entries.some(({ statement }, at) => valid[at] === true && statement.kind === 'revoke' && statement.device === by && statement.by === sign)).map(({ sign, seal }) => ({ sign, seal })),
    heads: [...heads].sort()
  }
}

function cardIn({ statement }: Entry): DeviceCard | null {
  return statement.kind === 'found' || statement.kind === 'add' ? statement.card : null
}

/** Phrases are named by their whole key, devices by half a digest. */
function isRecovery(by: string): boolean {
  return by.length === 64
}
