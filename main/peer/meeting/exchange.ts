/**
 * The exchange between this device and another of the circle over one Transport: each says what it has, and gives what the other
 * lacks, until both are level; then whatever comes new, as it comes. What is said to be here is durable here.
 *
 * Nothing of that is said before the other end has shown that it belongs (greeting.ts). Doubled, reordered or lost frames cost time,
 * never an edit: the next `have` puts them right.
 */
import type { Head } from '../../../shared/peer/chain.ts'
import type { DeviceId } from '../../../shared/peer/identity.ts'
import { placeOf, removalsBehind } from '../../../shared/peer/membership.ts'
import { pack, readMessage, strangerFrame, writeMessage, type PeerMessage } from '../../../shared/peer/message.ts'
import type { PeerTransport, Transport } from '../../../shared/ports.ts'
import type { PeerEvent } from '../circle/core.ts'
import { Greeting, reasons, type GreetingHost } from './greeting.ts'

/** What is here, durably. */
export interface Summary {
  readonly heads: ReadonlyMap<DeviceId, Head>
  readonly entries: readonly string[]
  readonly isNew: boolean
  readonly isHeld: boolean
  /** Edits that are in no envelope yet. */
  readonly isBusy: boolean
  /** Whose chains two write: not all of them goes from one to another, and nobody waits for it. */
  readonly forked: ReadonlySet<DeviceId>
}

export interface SessionHost extends GreetingHost {
  tell(event: PeerEvent): void
  summary(): Promise<Summary>
  flushed(): Promise<unknown>
  receive(envelopes: readonly Uint8Array[]): Promise<void>
  receiveEntries(entries: readonly Uint8Array[]): Promise<void>
  receiveWhole(bytes: Uint8Array, beside: readonly string[]): Promise<void>
  whole(): Promise<Uint8Array | null>
  noteRemoved(): void
  noteForked(): void
  noteHeads(heads: ReadonlyMap<DeviceId, Head>): void
  noteMet(device: DeviceId, have: Pick<Summary, 'heads' | 'entries' | 'isNew'>): void
}

/** Milliseconds for which acknowledgements are gathered. */
const gathering = 10
/** Bytes that may wait in a transport that tells, before more is handed to it. */
const mostPending = 1024 * 1024

export class Session {
  readonly #host: SessionHost
  readonly #transport: Transport
  readonly #greeting: Greeting
  #device: DeviceId | null = null
  /** What it said to have before it was known. */
  #early: Extract<PeerMessage, { kind: 'have' }> | null = null
  #theirs: Extract<PeerMessage, { kind: 'have' }> | null = null
  #said: Summary | null = null
  /** Highest seq of each device that was given here and not asked for again. */
  #given = new Map<DeviceId, number>()
  #wholeGiven = false
  /** Devices of whose chain it has something else than is here, and was shown what is here. */
  readonly #shown = new Set<DeviceId>()
  #isLevel = false
  #isRefused = false
  #isClosed = false
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> = Promise.resolve()
  /** Messages that wait for those before them. */
  #unsent = 0
  /** Whether some of what was given may still be on its way out: over a slow line that may take minutes. */
  #isGiving = false
  readonly #waiters: ((isLevel: boolean) => void)[] = []

  constructor(host: SessionHost, transport: Transport, remote: string | null) {
    this.#host = host
    this.#transport = transport
    this.#greeting = new Greeting(host, {
      send: (message) => this.#send(message),
      welcome: (device) => this.#welcome(device),
      refuse: (reason, device) => this.#refuse(reason, device)
    }, remote)
  }

  /** Known once the other end has shown who it is. */
  get device(): DeviceId | null {
    return this.#device
  }

  start(): void {
    this.#transport.onClose(() => this.#end())
    this.#greeting.start()
    this.#transport.onFrame((frame) => {
      if (this.#isClosed || this.#isRefused) return
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
    this.#greeting.nudge()
    void this.#say(true)
  }

  /** Who belongs has changed. */
  refresh(): void {
    const { state } = this.#host
    if (this.#device === null || state === null) return
    const place = placeOf(state.membership, this.#device)
    if (place === 'fallen') this.#greeting.showRemovals(removalsBehind(state.membership, this.#device).map(({ bytes }) => bytes))
    if (place !== 'member') return this.#refuse(reasons[place], this.#device)
    this.#giveEntries()
    this.nudge()
  }

  /** Envelopes that are new here. */
  give(): void {
    if (this.#device === null || this.#theirs === null || this.#theirs.isNew) this.#saySoon()
    if (this.#device !== null && this.#theirs !== null) void this.#answer(false)
  }

  noteFork(device: DeviceId): void {
    if (device === this.#device) this.#send({ kind: 'forked' })
  }

  /** Whether the other end said that it has more of this device than `seq`. */
  knowsMoreOf(device: DeviceId, seq: number): boolean {
    return (this.#theirs?.heads.get(device)?.seq ?? 0) > seq
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
    if (message.kind === 'ask') return this.#greeting.asked()
    if (this.#device === null) {
      if (message.kind === 'have') this.#early = message
      return this.#greeting.take(message)
    }
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
        void this.#host.receiveWhole(message.bytes, message.beside).then(() => this.#saySoon())
        break
      case 'forked':
        this.#host.noteForked()
        this.#saySoon()
        break
      case 'challenge':
      case 'proof':
      case 'present':
      case 'kin':
        break
    }
  }

  #welcome(device: DeviceId): void {
    this.#device = device
    this.#host.tell({ kind: 'peer', device })
    this.#greeting.welcomed()
    if (this.#host.state?.forked.has(device) === true) this.noteFork(device)
    if (this.#early !== null) this.#heard(this.#early)
    this.nudge()
  }

  #refuse(reason: string, device: DeviceId | null): void {
    this.#isRefused = true
    this.#send({ kind: 'refused', reason })
    this.#host.tell({ kind: 'refused', device, reason })
    void this.#sending.then(() => this.close())
  }

  // ---- giving and taking

  #heard(have: Extract<PeerMessage, { kind: 'have' }>): void {
    const before = this.#theirs
    this.#theirs = have
    if (this.#device !== null) this.#host.noteMet(this.#device, have)
    /* The same again, though more was given and is out: it was lost on the way. */
    const isStuck = before !== null && !(this.#isGiving && this.#isSending) && sameHeads(before.heads, have.heads) && before.isNew === have.isNew
    if (isStuck || before === null) this.#given = seqsOf(have.heads)
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
        const needed = state.neededBeside(this.#device)
        for (const group of pack(needed.map((kept) => kept.bytes))) this.#send({ kind: 'envelopes', envelopes: group })
        this.#send({ kind: 'whole', bytes, beside: needed.map(({ hash }) => hash) })
      }
      return
    }
    const known = seqsOf(this.#theirs.heads)
    for (const [device, seq] of this.#given) known.set(device, Math.max(seq, known.get(device) ?? 0))
    const summary = await this.#host.summary()
    for (const [device, head] of this.#theirs.heads) if (this.#isToShow(device, head)) known.set(device, head.seq - 1)
    const seqs = seqsOf(summary.heads)
    const lacking = state.durableBeside(known, seqs)
    for (const [device, seq] of seqs) this.#given.set(device, Math.max(seq, this.#given.get(device) ?? 0))
    for (const group of pack(lacking)) this.#send({ kind: 'envelopes', envelopes: group })
    if (isAsked || lacking.length > 0) await this.#say(false)
  }

  /** Of a third device, something else stands in that place here: whoever reads it sees that both are signed. Once a line is enough. */
  #isToShow(device: DeviceId, head: Head): boolean {
    const { state } = this.#host
    if (state === null || device === state.me || device === this.#device || this.#shown.has(device) || !state.isApart(device, head)) return false
    this.#shown.add(device)
    return true
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
    if (this.#theirs !== null) this.#host.noteHeads(this.#theirs.heads)
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
      (ours.isHeld || covers(ours.heads, theirs.heads, ours.forked)) && (theirs.isHeld || covers(theirs.heads, ours.heads, ours.forked)) && sameSet(ours.entries, theirs.entries)
    if (!isLevel) {
      this.#isLevel = false
      return
    }
    const isCopied = [this.#device, this.#host.state?.me].some((one) => one !== undefined && one !== null && ours.forked.has(one))
    if (!this.#isLevel && !isCopied && this.#device !== null) this.#host.tell({ kind: 'synced', device: this.#device })
    this.#isLevel = true
    const waiters = this.#waiters.splice(0)
    /* The other end is told before anybody hangs up. */
    void this.#sending.then(() => {
      for (const tell of waiters) tell(true)
    })
  }

  #send(message: PeerMessage): void {
    const frame = writeMessage(message)
    /* Two that say again what they have at the same moment would each wait for the other's word to be out. */
    if (!this.#isSending) this.#isGiving = false
    if (message.kind === 'envelopes' || message.kind === 'whole') this.#isGiving = true
    this.#unsent += 1
    this.#sending = this.#sending.then(async () => {
      this.#unsent -= 1
      if (this.#isClosed) return
      this.#transport.send(frame)
      if (isMeasured(this.#transport) && this.#transport.pending > mostPending) await this.#transport.drained()
    })
  }

  get #isSending(): boolean {
    return this.#unsent > 0 || (isMeasured(this.#transport) && this.#transport.pending > 0)
  }

  #end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#greeting.end()
    if (this.#waiters.length > 0) void this.#lookBack()
  }

  /** What came last may have made both level, though who sent it has left since. */
  async #lookBack(): Promise<void> {
    await this.#host.flushed()
    this.#look(await this.#host.summary())
    for (const tell of this.#waiters.splice(0)) tell(false)
  }
}

function isMeasured(transport: Transport): transport is PeerTransport {
  return 'pending' in transport && 'drained' in transport
}

function seqsOf(heads: ReadonlyMap<DeviceId, Head>): Map<DeviceId, number> {
  return new Map([...heads].map(([device, { seq }]) => [device, seq]))
}

function covers(left: Summary['heads'], right: Summary['heads'], but: ReadonlySet<DeviceId> = new Set()): boolean {
  return [...right].every(([device, { seq }]) => (left.get(device)?.seq ?? 0) >= seq || but.has(device))
}

function sameHeads(left: Summary['heads'], right: Summary['heads']): boolean {
  return covers(left, right) && covers(right, left)
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  const there = new Set(right)
  return left.length === right.length && left.every((one) => there.has(one))
}
