/**
 * One home's side of a circle, in memory: who belongs, how far each device's envelopes are taken in, which of them are kept for
 * others, what is held. Made from the rows of the store (store.ts) and able to give them back as few as they need be. No I/O.
 */
import { claim, isFree, standingOf, type Head } from '../../../shared/peer/chain.ts'
import { openKeys, type EpochKeys } from '../../../shared/peer/circle.ts'
import { readEntry, type EpochId } from '../../../shared/peer/entry.ts'
import { openEnvelope, readEnvelope, type Envelope } from '../../../shared/peer/envelope.ts'
import type { DeviceId, DeviceSecrets } from '../../../shared/peer/identity.ts'
import { activeMembers, deriveMembership, placeOf, type Membership } from '../../../shared/peer/membership.ts'
import { cover, createCoverage, type Coverage } from '../../../shared/peer/gate/ranges.ts'
import type { Suite } from '../../../shared/peer/suite.ts'
import { readUpdate, type Contents } from '../../../shared/peer/gate/update.ts'
import type { Base, Row, Verdict } from './store.ts'

export interface Kept {
  readonly hash: string
  readonly bytes: Uint8Array
}

/** Why an envelope is held that is sound, and that the person may let through. */
export const drasticWords = 'it would take away much of what is here at once'

interface HeldEnvelope {
  readonly envelope: Envelope
  readonly why: string
}

export class CircleState {
  readonly circle: string
  readonly me: DeviceId
  readonly heads = new Map<DeviceId, Head>()
  readonly owners = new Map<number, DeviceId>()
  coverage: Coverage = createCoverage()
  /** By device and seq: what others may still lack. */
  readonly kept = new Map<DeviceId, Map<number, Kept>>()
  /** The first envelope of a device that did not pass; what comes behind it waits with it. */
  readonly held = new Map<DeviceId, HeldEnvelope>()
  readonly verdicts = new Map<string, Verdict>()
  readonly met = new Map<DeviceId, { readonly at: number; readonly heads: ReadonlyMap<DeviceId, number> }>()
  /** Devices that said two things in one place of their chains: a home was copied, or set back. What they say from there on is not taken in. */
  readonly forked = new Set<DeviceId>()
  /** False until a device that joined was given what was there. */
  hasBase: boolean
  /** It has none because something was lost, and knows all the same how far everybody's edits were taken in. */
  isLost = false
  /** A device that belongs said that this one was removed. */
  isToldRemoved = false
  membership: Membership
  keys: EpochKeys = new Map()
  readonly #entries = new Map<string, Uint8Array>()
  readonly #suite: Suite
  readonly #secrets: DeviceSecrets

  constructor(circle: string, isFounder: boolean, me: DeviceId, secrets: DeviceSecrets, suite: Suite, first: readonly Uint8Array[]) {
    this.circle = circle
    this.me = me
    this.hasBase = isFounder
    this.#secrets = secrets
    this.#suite = suite
    for (const entry of first) this.#note(entry)
    const membership = deriveMembership(this.#entries.values(), circle, suite)
    if (membership === null) throw new Error('a circle has a first entry')
    this.membership = membership
    this.keys = openKeys(membership, secrets.seal, suite)
  }

  /** Whether this device itself belongs. */
  get isMember(): boolean {
    return !this.isToldRemoved && this.membership.members.get(this.me)?.isRevoked === false
  }

  get isRemoved(): boolean {
    return this.isToldRemoved || placeOf(this.membership, this.me) === 'removed'
  }

  get entries(): readonly Uint8Array[] {
    return [...this.#entries.values()]
  }

  entryHashes(): readonly string[] {
    return [...this.#entries.keys()]
  }

  entriesBeside(known: readonly string[]): readonly Uint8Array[] {
    const there = new Set(known)
    return [...this.#entries].filter(([hash]) => !there.has(hash)).map(([, bytes]) => bytes)
  }

  hasEntry(bytes: Uint8Array): boolean {
    const entry = readEntry(bytes, this.#suite)
    return entry !== null && this.#entries.has(entry.hash)
  }

  /** Whether this is the entry that founded the circle: known to nobody who was never in it. */
  isFounding(bytes: Uint8Array): boolean {
    const founding = this.#entries.get(this.circle)
    return founding !== undefined && founding.length === bytes.length && founding.every((byte, at) => byte === bytes[at])
  }

  /** What the circle would be with these as well. */
  membershipWith(entries: readonly Uint8Array[]): Membership {
    return deriveMembership([...this.#entries.values(), ...entries], this.circle, this.#suite) ?? this.membership
  }

  /** Those of them that are new and now count or may count: the others are forgotten again. */
  addEntries(entries: readonly Uint8Array[]): readonly Uint8Array[] {
    const fresh = entries.flatMap((bytes) => {
      const entry = readEntry(bytes, this.#suite)
      return entry === null || this.#entries.has(entry.hash) ? [] : [{ hash: entry.hash, bytes }]
    })
    if (fresh.length === 0) return []
    const next = deriveMembership([...this.#entries.values(), ...fresh.map(({ bytes }) => bytes)], this.circle, this.#suite)
    if (next === null) return []
    const standing = new Set(next.entries.map((entry) => entry.hash))
    const taken = fresh.filter(({ hash }) => standing.has(hash))
    if (taken.length === 0) return []
    for (const { hash, bytes } of taken) this.#entries.set(hash, bytes)
    this.membership = next
    this.keys = openKeys(next, this.#secrets.seal, this.#suite)
    return taken.map(({ bytes }) => bytes)
  }

  hashAt(device: DeviceId, seq: number): string | null {
    const head = this.heads.get(device)
    if (head?.seq === seq) return head.hash
    return this.kept.get(device)?.get(seq)?.hash ?? null
  }

  /** Whether something else than `head` is known to stand in that place of a device that belongs. */
  isApart(device: DeviceId, { seq, hash }: Head): boolean {
    const known = this.hashAt(device, seq)
    return known !== null && known !== hash && placeOf(this.membership, device) === 'member'
  }

  /** Whether somebody with these heads has a removed device's edits up to where they count, and here others of it stand in their place. */
  lacksEnd(heads: ReadonlyMap<DeviceId, Head>): boolean {
    return [...this.membership.members.values()].some(({ card: { id }, isRevoked, last }) => {
      if (!isRevoked || last === null || heads.get(id)?.hash !== last.hash) return false
      const known = this.hashAt(id, last.seq)
      return known === null ? this.forked.has(id) && (this.heads.get(id)?.seq ?? 0) < last.seq : known !== last.hash
    })
  }

  standing(envelope: Envelope): ReturnType<typeof standingOf> {
    return standingOf(envelope, { membership: this.membership, heads: this.heads, hashAt: (device, seq) => this.hashAt(device, seq), suite: this.#suite })
  }

  open(envelope: Envelope): Uint8Array | null {
    const key = this.keys.get(envelope.epoch)
    return key === undefined ? null : openEnvelope(envelope, key, this.#suite)
  }

  hasKey(epoch: EpochId): boolean {
    return this.keys.has(epoch)
  }

  /** It has been taken in: whoever made it, its place, its clients and what it covers. */
  advance(envelope: Envelope, contents: Contents): void {
    this.heads.set(envelope.device, { seq: envelope.seq, hash: envelope.hash })
    const chain = this.kept.get(envelope.device) ?? new Map<number, Kept>()
    chain.set(envelope.seq, { hash: envelope.hash, bytes: envelope.bytes })
    this.kept.set(envelope.device, chain)
    claim(contents, envelope, this.owners, this.membership)
    cover(this.coverage, contents)
    if (this.held.get(envelope.device)?.envelope.hash === envelope.hash) this.held.delete(envelope.device)
  }

  /** What cannot be taken in stays where it is, with all that comes behind it. */
  decide(hash: string, verdict: Verdict): void {
    this.verdicts.set(hash, verdict)
    for (const [device, { envelope, why }] of this.held) if (envelope.hash === hash && why === drasticWords) this.held.delete(device)
  }

  takeBase({ heads, owners, coverage }: Base): void {
    for (const [device, head] of heads) {
      const isEnd = this.membership.members.get(device)?.last?.hash === head.hash
      if (isEnd && this.hashAt(device, head.seq) !== head.hash) this.kept.delete(device)
      if (isEnd || (this.heads.get(device)?.seq ?? 0) <= head.seq) this.heads.set(device, head)
    }
    this.noteOwners(owners)
    for (const [client, clock] of coverage.clocks) cover(this.coverage, { blocks: [{ client, clock: 0, end: clock, structs: [], from: 0, to: 0 }], deletions: [] })
    cover(this.coverage, { blocks: [], deletions: [...coverage.deleted].map(([client, ranges]) => ({ client, ranges })) })
    this.hasBase = true
    this.isLost = false
  }

  noteOwners(owners: Base['owners']): void {
    for (const [client, device] of owners) if (isFree(this.owners.get(client), this.membership)) this.owners.set(client, device)
  }

  /** Something was lost here, and others may have it. Alone, what is here is all there is. */
  wantWhole(): void {
    if (!this.hasBase || !activeMembers(this.membership).some(({ card }) => card.id !== this.me)) return
    this.hasBase = false
    this.isLost = true
  }

  /** All of somebody else's is wanted, and what is here beside it is brought as this device's own. */
  wantRest(): void {
    this.wantWhole()
    if (!this.hasBase) this.coverage = createCoverage()
  }

  /** Envelopes that a device with these heads lacks, in an order in which they can be taken in. */
  beside(heads: ReadonlyMap<DeviceId, number>): readonly Uint8Array[] {
    return this.durableBeside(heads, this.seqs())
  }

  /** The same, of what is durable: up to `heads`. */
  durableBeside(known: ReadonlyMap<DeviceId, number>, heads: ReadonlyMap<DeviceId, number>): readonly Uint8Array[] {
    return [...this.kept].flatMap(([device, chain]) => {
      const missing: Uint8Array[] = []
      for (let seq = heads.get(device) ?? 0; seq > (known.get(device) ?? 0); seq -= 1) {
        const kept = chain.get(seq)
        if (kept !== undefined) missing.push(kept.bytes)
      }
      return missing.reverse()
    })
  }

  /** Of what is kept: all that some device lacks, this one and `device` not counted; for one that was given the whole document instead. */
  neededBeside(device: DeviceId): readonly Kept[] {
    return [...this.kept].flatMap(([author, chain]) => {
      const had = this.#leastOf(author, device)
      return [...chain].filter(([seq]) => seq > had).sort(([left], [right]) => left - right).map(([, kept]) => kept)
    })
  }

  /** Keeps an envelope that is in the document by way of a whole one: for those who lack it, and whose author may be gone. */
  keepForOthers(envelope: Envelope): boolean {
    const { device, seq } = envelope
    if (this.kept.get(device)?.has(seq) === true || seq <= this.#leastOf(device, this.me)) return false
    this.#keep(envelope)
    return true
  }

  seqs(): ReadonlyMap<DeviceId, number> {
    return new Map([...this.heads].map(([device, head]) => [device, head.seq]))
  }

  base(): Base {
    return { heads: this.heads, owners: this.owners, coverage: this.coverage }
  }

  /** One row of the store: false where it means nothing here any more. */
  replay(row: Row): boolean {
    switch (row.kind) {
      case 'entry':
        return this.addEntries([row.bytes]).length > 0
      case 'envelope': {
        const envelope = readEnvelope(row.bytes, this.#suite)
        if (envelope === null) return false
        if (envelope.seq <= (this.heads.get(envelope.device)?.seq ?? 0)) {
          this.#keep(envelope)
          return true
        }
        const update = this.open(envelope)
        const contents = update === null ? null : readUpdate(update, true)
        if (contents === null) return false
        this.advance(envelope, contents)
        return true
      }
      case 'held': {
        const envelope = readEnvelope(row.bytes, this.#suite)
        if (envelope === null || envelope.seq <= (this.heads.get(envelope.device)?.seq ?? 0)) return false
        this.held.set(envelope.device, { envelope, why: row.why })
        return true
      }
      case 'verdict':
        this.decide(row.hash, row.verdict)
        return true
      case 'met':
        this.met.set(row.device, { at: row.at, heads: row.heads })
        return true
      case 'base':
        this.takeBase(row.base)
        return true
      case 'owners':
        this.noteOwners(row.owners)
        return true
      case 'removed':
        this.isToldRemoved = true
        return true
      case 'lost':
        this.wantWhole()
        return true
      case 'forked':
        this.forked.add(row.device)
        return true
      case 'circle':
      case 'all':
        return false
    }
  }

  /** All that still counts, and no envelope that every device has. */
  rows(): readonly Row[] {
    this.#prune()
    return [
      { kind: 'circle', circle: this.circle, isFounder: this.hasBase || this.isLost },
      ...this.entries.map((bytes): Row => ({ kind: 'entry', bytes })),
      ...(this.hasBase || this.isLost ? [{ kind: 'base', base: this.base() } satisfies Row] : [{ kind: 'owners', owners: this.owners } satisfies Row]),
      ...(this.isLost ? [{ kind: 'lost' } satisfies Row] : []),
      ...this.beside(new Map()).map((bytes): Row => ({ kind: 'envelope', bytes })),
      ...[...this.held.values()].map(({ envelope, why }): Row => ({ kind: 'held', bytes: envelope.bytes, why })),
      ...[...this.verdicts].map(([hash, verdict]): Row => ({ kind: 'verdict', hash, verdict })),
      ...[...this.met].map(([device, { at, heads }]): Row => ({ kind: 'met', device, at, heads })),
      ...(this.isToldRemoved ? [{ kind: 'removed' } satisfies Row] : []),
      ...[...this.forked].map((device): Row => ({ kind: 'forked', device }))
    ]
  }

  #keep(envelope: Envelope): void {
    const chain = this.kept.get(envelope.device) ?? new Map<number, Kept>()
    chain.set(envelope.seq, { hash: envelope.hash, bytes: envelope.bytes })
    this.kept.set(envelope.device, chain)
  }

  #prune(): void {
    for (const [device, chain] of this.kept) {
      const had = Math.min(this.#leastOf(device, this.me), this.heads.get(device)?.seq ?? 0)
      if (this.#others(this.me).length === 0) continue
      for (const seq of chain.keys()) if (seq <= had) chain.delete(seq)
    }
  }

  /** Up to which envelope of `author` every other device, but for `but`, said to have all; Infinity where there is none. */
  #leastOf(author: DeviceId, but: DeviceId): number {
    return Math.min(...this.#others(but).map((device) => this.met.get(device)?.heads.get(author) ?? 0))
  }

  #others(but: DeviceId): readonly DeviceId[] {
    return activeMembers(this.membership).map(({ card }) => card.id).filter((device) => device !== this.me && device !== but)
  }

  #note(bytes: Uint8Array): void {
    const entry = readEntry(bytes, this.#suite)
    if (entry !== null) this.#entries.set(entry.hash, bytes)
  }
}
