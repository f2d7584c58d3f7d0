/**
 * The exchange between this device and another of the circle over one Transport: each says what it has, and gives what the other
 * lacks, until both are level; then whatever comes new, as it comes. What is said to be here is durable here.
 *
 * Nothing but a challenge is sent before the other end has shown that it belongs: by the transport's own proof, or by a
 * signature over both nonces. Who is not known here is asked once for the signed chain that leads from the founder to it, and
 * given it only to a device that it knows itself (belonging.ts judges it). Doubled, reordered or lost frames cost time, never an edit: the next `have` puts them right.
 */
import { hexToBytes } from '@noble/hashes/utils.js'
import type { DeviceCard, DeviceId, DeviceSecrets } from '../../shared/peer/identity.ts'
import { chainTo, placeOf, removalsBehind, type Place } from '../../shared/peer/membership.ts'
import { pack, proofBytes, readMessage, strangerFrame, writeMessage, type PeerMessage } from '../../shared/peer/message.ts'
import type { Suite } from '../../shared/peer/suite.ts'
import type { PeerTransport, Transport } from '../../shared/ports.ts'
import type { Result } from '../../shared/result.ts'
import type { PeerEvent } from './core.ts'
import type { CircleState } from './state.ts'

/** What is here, durably. */
export interface Summary {
  readonly heads: ReadonlyMap<DeviceId, number>
  readonly entries: readonly string[]
  readonly isNew: boolean
  readonly isHeld: boolean
  /** Edits that are in no envelope yet. */
  readonly isBusy: boolean
}

/** Under which key or name somebody unknown came. */
export type Newcomer = { readonly transport: string } | { readonly device: DeviceId }

/** What a chain that was shown came to. */
export interface Introduction {
  readonly place: Place
  /** Null for strangers. */
  readonly card: DeviceCard | null
  /** For a fallen one: the entries that show it why. */
  readonly removals: readonly Uint8Array[]
}

export interface SessionHost {
  readonly suite: Suite
  readonly state: CircleState | null
  readonly me: DeviceCard | null
  secrets(): Result<DeviceSecrets>
  deviceOfTransport(key: string): DeviceId | null
  tell(event: PeerEvent): void
  summary(): Promise<Summary>
  flushed(): Promise<unknown>
  receive(envelopes: readonly Uint8Array[]): Promise<void>
  receiveEntries(entries: readonly Uint8Array[]): Promise<void>
  receiveWhole(bytes: Uint8Array): Promise<void>
  /** Looks at the chain of somebody unknown, and takes it in where it leads to a member. */
  introduce(newcomer: Newcomer, entries: readonly Uint8Array[]): Promise<Introduction>
  whole(): Promise<Uint8Array | null>
  noteRemoved(): void
  noteMet(device: DeviceId, have: Pick<Summary, 'heads' | 'entries' | 'isNew'>): void
}

/** Milliseconds for which acknowledgements are gathered. */
const gathering = 10
/** Milliseconds that somebody unknown is given to show that it belongs, and how often it may try. */
const introducing = 8_000
const mostIntroductions = 3
/** Bytes that may wait in a transport that tells, before more is handed to it. */
const mostPending = 1024 * 1024

/** What is said to those who are not let in. */
const reasons = { removed: 'revoked', fallen: 'fallen', stranger: 'stranger' } as const

export class Session {
  readonly #host: SessionHost
  readonly #transport: Transport
  readonly #remote: string | null
  #nonce: Uint8Array | null = null
  #claimed: { readonly device: DeviceId; readonly nonce: Uint8Array } | null = null
  #device: DeviceId | null = null
  /** The signature of somebody who is still to show its chain. */
  #proof: Uint8Array | null = null
  /** Whoever is there was asked to show that it belongs; and this device was, by somebody not known yet. */
  #isAsking = false
  #isAsked = false
  #introductions = 0
  #isIntroducing = false
  /** What it said to have before it was known. */
  #early: Extract<PeerMessage, { kind: 'have' }> | null = null
  #late: NodeJS.Timeout | null = null
  #theirs: Extract<PeerMessage, { kind: 'have' }> | null = null
  #said: Summary | null = null
  /** Highest seq of each device that was given here and not asked for again. */
  #given = new Map<DeviceId, number>()
  #wholeGiven = false
  #isLevel = false
  #isClosed = false
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> = Promise.resolve()
  readonly #waiters: ((isLevel: boolean) => void)[] = []

  constructor(host: SessionHost, transport: Transport, remote: string | null) {
    this.#host = host
    this.#transport = transport
    this.#remote = remote
  }

  /** Known once the other end has shown who it is. */
  get device(): DeviceId | null {
    return this.#device
  }

  start(): void {
    this.#transport.onClose(() => this.#end())
    if (this.#remote === null) {
      const { me } = this.#host
      if (me === null) return this.#refuse('stranger', null)
      this.#nonce = this.#host.suite.random(32)
      this.#send({ kind: 'challenge', device: me.id, nonce: this.#nonce })
    } else {
      const device = this.#host.deviceOfTransport(this.#remote)
      const known = this.#deviceOfKey(this.#remote)
      if (device !== null) this.#welcome(device)
      else if (known !== null || this.#host.state === null) return this.#refuse(known === null ? 'stranger' : 'revoked', known)
      else this.#ask()
    }
    this.#transport.onFrame((frame) => {
      if (this.#isClosed) return
      const message = this.#device === null && frame.length > strangerFrame ? null : readMessage(frame)
      if (message === null) {
        this.#host.tell({ kind: 'refused', device: this.#device, reason: 'malformed' })
        return this.close()
      }
      this.#take(message)
    })
  }

  /** Says again what is here: on a line that loses frames, every few seconds. */
  nudge(): void {
    if (this.#device === null && this.#isAsking) this.#send({ kind: 'ask' })
    void this.#say(true)
  }

  /** Who belongs has changed. */
  refresh(): void {
    const { state } = this.#host
    if (this.#device === null || state === null) return
    const place = placeOf(state.membership, this.#device)
    if (place === 'fallen') this.#showRemovals(removalsBehind(state.membership, this.#device).map(({ bytes }) => bytes))
    if (place !== 'member') return this.#refuse(reasons[place], this.#device)
    this.#giveEntries()
    this.nudge()
  }

  /** Envelopes that are new here. */
  give(): void {
    if (this.#device === null || this.#theirs === null || this.#theirs.isNew) this.#saySoon()
    if (this.#device !== null && this.#theirs !== null) void this.#answer(false)
  }

  /** Whether the other end said that it has more of this device than `seq`. */
  knowsMoreOf(device: DeviceId, seq: number): boolean {
    return (this.#theirs?.heads.get(device) ?? 0) > seq
  }

  /** Resolves to true once both have, durably, what the other has; to false when the line is lost before. */
  level(): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false)
    return new Promise((resolve) => {
      this.#waiters.push(resolve)
      void this.#host.flushed().then(() => this.nudge())
    })
  }

  close(): void {
    this.#transport.close()
    this.#end()
  }

  // ---- who is there

  #take(message: PeerMessage): void {
    if (message.kind === 'refused') {
      this.#host.tell({ kind: 'refused', device: this.#device, reason: message.reason })
      if (message.reason === reasons.removed && this.#device !== null) this.#host.noteRemoved()
      return this.close()
    }
    if (message.kind === 'ask') {
      this.#isAsked = true
      return this.#present()
    }
    if (this.#device === null) return this.#introduce(message)
    switch (message.kind) {
      case 'have':
        this.#heard(message)
        break
      case 'entries':
        void this.#host.receiveEntries(message.entries).then(() => this.#saySoon())
        break
      case 'envelopes':
        void this.#host.receive(message.envelopes).then(() => this.#saySoon())
        break
      case 'whole':
        void this.#host.receiveWhole(message.bytes).then(() => this.#saySoon())
        break
      case 'challenge':
      case 'proof':
      case 'present':
        break
    }
  }

  #introduce(message: PeerMessage): void {
    if (message.kind === 'present') return void this.#judge(message.entries)
    if (message.kind === 'have') this.#early = message
    if (this.#remote !== null) return
    const { me, state, suite } = this.#host
    const secrets = this.#host.secrets()
    if (me === null || state === null || !secrets.ok || this.#nonce === null) return this.#refuse('stranger', null)
    if (message.kind === 'challenge') {
      const member = state.membership.members.get(message.device)
      if (message.device === me.id) return this.#refuse('stranger', null)
      if (member?.isRevoked === true && !member.isFallen) return this.#refuse('revoked', member.card.id)
      /* A second one would let somebody collect signatures over nonces of their own choice. */
      if (this.#claimed !== null) return
      this.#claimed = { device: message.device, nonce: message.nonce }
      this.#send({ kind: 'proof', signature: suite.sign(secrets.value.sign, proofBytes({ device: me.id, nonce: this.#nonce }, this.#claimed, state.circle, suite)) })
      if (member === undefined || member.isFallen) this.#ask()
    } else if (message.kind === 'proof' && this.#claimed !== null) {
      this.#proof = message.signature
      this.#checkProof()
    }
  }

  /** Once both are here: the signature, and word of whose it must be. */
  #checkProof(): void {
    const member = this.#claimed === null ? undefined : this.#host.state?.membership.members.get(this.#claimed.device)
    if (this.#proof === null || member === undefined || member.isFallen) return
    const isTrue = this.#isProvenBy(member.card)
    if (isTrue && !member.isRevoked) this.#welcome(member.card.id)
    else this.#refuse(isTrue ? 'revoked' : 'signature', member.card.id)
  }

  #isProvenBy(card: DeviceCard): boolean {
    const { me, state, suite } = this.#host
    const [claimed, nonce, proof] = [this.#claimed, this.#nonce, this.#proof]
    if (me === null || state === null || claimed === null || nonce === null || proof === null) return false
    return suite.verify(hexToBytes(card.sign), proofBytes(claimed, { device: me.id, nonce }, state.circle, suite), proof)
  }

  #welcome(device: DeviceId): void {
    if (this.#late !== null) clearTimeout(this.#late)
    this.#device = device
    this.#host.tell({ kind: 'peer', device })
    if (this.#isAsked) this.#present()
    if (this.#early !== null) this.#heard(this.#early)
    this.nudge()
  }

  // ---- who is not known yet

  /** Whoever is there may be one that others took in: it is given a moment to show it. */
  #ask(): void {
    this.#isAsking = true
    this.#send({ kind: 'ask' })
    this.#late = setTimeout(() => {
      if (this.#device === null) this.#refuse('stranger', null)
    }, introducing)
  }

  /** This device is not known there: it shows how it came in, to none but a device that it knows. */
  #present(): void {
    const { me, state } = this.#host
    if (this.#device === null || me === null || state === null) return
    this.#send({ kind: 'present', entries: chainTo(state.membership, me.id).map(({ bytes }) => bytes) })
  }

  async #judge(entries: readonly Uint8Array[]): Promise<void> {
    const newcomer: Newcomer | null = this.#remote !== null ? { transport: this.#remote } : this.#claimed !== null ? { device: this.#claimed.device } : null
    if (!this.#isAsking || this.#isIntroducing || newcomer === null) return
    this.#introductions += 1
    if (this.#introductions > mostIntroductions) return this.#refuse('stranger', null)
    this.#isIntroducing = true
    const { place, card, removals } = await this.#host.introduce(newcomer, entries)
    this.#isIntroducing = false
    if (this.#isClosed || this.#device !== null) return
    if (place === 'fallen' && card !== null && (this.#remote !== null || this.#isProvenBy(card))) this.#showRemovals(removals)
    if (place !== 'member' || card === null) return this.#refuse(reasons[place === 'member' ? 'stranger' : place], card?.id ?? null)
    if (this.#remote === null) this.#checkProof()
    else this.#welcome(card.id)
  }

  /** To one that was let in by a removed device: so that it can see for itself, and lets that one in no more either. */
  #showRemovals(entries: readonly Uint8Array[]): void {
    for (const group of pack(entries)) this.#send({ kind: 'entries', entries: group })
  }

  #refuse(reason: string, device: DeviceId | null): void {
    this.#send({ kind: 'refused', reason })
    this.#host.tell({ kind: 'refused', device, reason })
    void this.#sending.then(() => this.close())
  }

  #deviceOfKey(key: string): DeviceId | null {
    return [...(this.#host.state?.membership.members.values() ?? [])].find(({ card, isFallen }) => card.transport === key && !isFallen)?.card.id ?? null
  }

  // ---- giving and taking

  #heard(have: Extract<PeerMessage, { kind: 'have' }>): void {
    const before = this.#theirs
    this.#theirs = have
    if (this.#device !== null) this.#host.noteMet(this.#device, have)
    /* The same again, though more was given: it was lost on the way. */
    const isStuck = before !== null && sameHeads(before.heads, have.heads) && before.isNew === have.isNew
    if (isStuck || before === null) this.#given = new Map(have.heads)
    if (!have.isNew || isStuck) this.#wholeGiven = false
    this.#giveEntries()
    void this.#answer(true)
  }

  #giveEntries(): void {
    const { state } = this.#host
    if (state === null || this.#theirs === null) return
    const entries = state.entriesBeside(this.#theirs.entries)
    for (const group of pack(entries)) this.#send({ kind: 'entries', entries: group })
  }

  async #answer(isAsked: boolean): Promise<void> {
    const { state } = this.#host
    if (state === null || this.#theirs === null || this.#device === null) return
    if (this.#theirs.isNew) {
      if (this.#wholeGiven) return
      this.#wholeGiven = true
      const bytes = await this.#host.whole()
      if (bytes === null) this.#wholeGiven = false
      else {
        this.#send({ kind: 'whole', bytes })
        for (const group of pack(state.neededBeside(this.#device))) this.#send({ kind: 'envelopes', envelopes: group })
      }
      return
    }
    const known = new Map(this.#theirs.heads)
    for (const [device, seq] of this.#given) known.set(device, Math.max(seq, known.get(device) ?? 0))
    const summary = await this.#host.summary()
    const lacking = state.durableBeside(known, summary.heads)
    for (const [device, seq] of summary.heads) this.#given.set(device, Math.max(seq, this.#given.get(device) ?? 0))
    for (const group of pack(lacking)) this.#send({ kind: 'envelopes', envelopes: group })
    if (isAsked || lacking.length > 0) await this.#say(false)
  }

  #saySoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      void this.#say(false)
    }, gathering)
  }

  /** What is here, where it is news or `always`. */
  async #say(always: boolean): Promise<void> {
    if (this.#device === null || this.#isClosed) return
    const summary = await this.#host.summary()
    const isNews = this.#said === null || !sameHeads(this.#said.heads, summary.heads) || this.#said.isNew !== summary.isNew || this.#said.isHeld !== summary.isHeld || this.#said.entries.length !== summary.entries.length
    if (isNews || always) {
      this.#said = summary
      this.#send({ kind: 'have', heads: summary.heads, entries: summary.entries, isNew: summary.isNew, isHeld: summary.isHeld })
    }
    this.#look(summary)
  }

  #look(ours: Summary): void {
    const theirs = this.#theirs
    const isLevel = theirs !== null && !ours.isNew && !theirs.isNew && !ours.isBusy &&
      (ours.isHeld || covers(ours.heads, theirs.heads)) && (theirs.isHeld || covers(theirs.heads, ours.heads)) && sameSet(ours.entries, theirs.entries)
    if (!isLevel) {
      this.#isLevel = false
      return
    }
    if (!this.#isLevel && this.#device !== null) this.#host.tell({ kind: 'synced', device: this.#device })
    this.#isLevel = true
    for (const tell of this.#waiters.splice(0)) tell(true)
  }

  #send(message: PeerMessage): void {
    const frame = writeMessage(message)
    this.#sending = this.#sending.then(async () => {
      if (this.#isClosed) return
      this.#transport.send(frame)
      if (isMeasured(this.#transport) && this.#transport.pending > mostPending) await this.#transport.drained()
    })
  }

  #end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#late !== null) clearTimeout(this.#late)
    for (const tell of this.#waiters.splice(0)) tell(false)
  }
}

function isMeasured(transport: Transport): transport is PeerTransport {
  return 'pending' in transport && 'drained' in transport
}

function covers(left: ReadonlyMap<DeviceId, number>, right: ReadonlyMap<DeviceId, number>): boolean {
  return [...right].every(([device, seq]) => (left.get(device) ?? 0) >= seq)
}

function sameHeads(left: ReadonlyMap<DeviceId, number>, right: ReadonlyMap<DeviceId, number>): boolean {
  return covers(left, right) && covers(right, left)
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  const there = new Set(right)
  return left.length === right.length && left.every((one) => there.has(one))
}
