/**
 * What the parts of a home's circle share: its state and its keys, its rows in the store, the turns in which anything changes,
 * who listens. Sealing edits made here (sealing.ts), taking in others' (intake.ts) and membership (belonging.ts) build on it;
 * none of them runs between another's steps.
 */
import * as Y from 'yjs'
import type { Speaker } from '../../../shared/peer/circle.ts'
import { readEnvelope } from '../../../shared/peer/envelope.ts'
import { cardOf, drawSecrets, writeSecrets, type DeviceCard, type DeviceId, type DeviceSecrets } from '../../../shared/peer/identity.ts'
import { activeMembers, cardOfMember } from '../../../shared/peer/membership.ts'
import { cover, createCoverage, uncovered } from '../../../shared/peer/gate/ranges.ts'
import { readUpdate } from '../../../shared/peer/gate/update.ts'
import type { Clock, Random, Storage } from '../../../shared/ports.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { Home } from '../../replica.ts'
import type { Gatekeeper } from './gatekeeper.ts'
import { hasPending, integratedUpdate } from '../../../shared/document/integrated.ts'
import { applyWhole } from '../../../shared/document/whole.ts'
import type { Keystore } from './keys.ts'
import type { CircleState } from './state.ts'
import { writeRow, type Row } from './store.ts'
import { createSuite } from './suite.ts'

/** The origin in the document of everything that came from other devices. */
export const peerOrigin = { name: 'peer' } as const

export type PeerEvent =
  | { readonly kind: 'peer' | 'synced'; readonly device: DeviceId }
  | { readonly kind: 'refused'; readonly device: DeviceId | null; readonly reason: string }
  | { readonly kind: 'quarantined'; readonly device: DeviceId; readonly key: string; readonly reason: string }
  | { readonly kind: 'devices' }

/** What there is between this device and another while they are in touch (exchange.ts). */
interface Conversation {
  /** Envelopes are new here. */
  give(): void
  /** Who belongs has changed. */
  refresh(): void
  /** Says again what is here. */
  nudge(): void
  /** A device said two things in one place: it is told, where it is there. */
  noteFork(device: DeviceId): void
  /** Whether the other end said that it has more of this device than `seq`. */
  knowsMoreOf(device: DeviceId, seq: number): boolean
  close(): void
}

export interface PeersOptions {
  readonly home: Pick<Home, 'doc' | 'saved'>
  readonly storage: Storage
  readonly keystore: Keystore
  readonly clock: Clock
  readonly random: Random
  readonly createGatekeeper: (state: () => Uint8Array) => Gatekeeper
  /** What this device is called where it was given no other name. */
  readonly name: string
  /** Milliseconds without an edit before edits are put into an envelope, and the longest that they wait. */
  readonly pauses?: { readonly quiet: number; readonly most: number }
}

/** Rows after which the store is made small again. */
const mostRows = 2_000

export const noCircle = fail('not-found', 'this computer has not been added to others', 'add it first: pair --offer on one, pair CODE on the other')
const closed = fail('storage', 'the home is closed', 'open the app again')

export class Core {
  readonly options: PeersOptions
  readonly suite: ReturnType<typeof createSuite>
  readonly gate: Gatekeeper
  readonly sessions = new Set<Conversation>()
  secrets: DeviceSecrets | null
  state: CircleState | null = null
  /** Local updates that are in no envelope yet; null: all that is not covered. */
  pending: Uint8Array[] | null = []
  /** A peer has later envelopes of this very device: this home was set back, and must not go on before it has them. */
  isBehindItself = false
  isClosing = false
  isClosed = false
  /** Keys that this device joins with, until it has. */
  #fresh: DeviceSecrets | null = null
  readonly #listeners = new Set<(event: PeerEvent) => void>()
  /** Everything that reads and changes the state for longer than one turn, one after another. */
  #turn: Promise<unknown> = Promise.resolve()
  #rows = 0

  constructor(options: PeersOptions, secrets: DeviceSecrets | null) {
    this.options = options
    this.secrets = secrets
    this.suite = createSuite(options.random)
    this.gate = options.createGatekeeper(() => integratedUpdate(options.home.doc))
  }

  get doc(): Y.Doc {
    return this.options.home.doc
  }

  now(): number {
    return this.options.clock.now()
  }

  inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** Resolves when what was begun is over. */
  async settled(): Promise<void> {
    await this.#turn
  }

  // ---- who listens

  onEvent(listener: (event: PeerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(event: PeerEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  // ---- this device

  /** Drawn now where there are none yet. Errors: those of the keystore. */
  ownSecrets(): Result<DeviceSecrets> {
    if (this.secrets !== null) return ok(this.secrets)
    const drawn = drawSecrets(this.suite)
    const written = this.options.keystore.write(writeSecrets(drawn))
    if (!written.ok) return written
    this.secrets = drawn
    return ok(drawn)
  }

  /** The card of this device in its circle, whether it still belongs or not; null where it was never in one. */
  get me(): DeviceCard | null {
    const { state, secrets } = this
    if (state === null || secrets === null) return null
    const own = state.membership.members.get(state.me)
    if (own !== undefined) return { ...own.card, name: own.name }
    return cardOfMember(state.membership, state.me) ?? cardOf(secrets, this.options.name, this.suite)
  }

  ownCard(): Result<DeviceCard> {
    const secrets = this.ownSecrets()
    return secrets.ok ? ok(this.me ?? cardOf(secrets.value, this.options.name, this.suite)) : secrets
  }

  /**
   * What this device joins with: its own keys, and fresh ones where it belongs to no other device under these any more. Others may
   * have more of its old chain of envelopes than counts, or have begun without what that builds on: a new one begins at its start.
   */
  joiningSecrets(): Result<DeviceSecrets> {
    if (!this.#joinsAnew) return this.ownSecrets()
    this.#fresh ??= drawSecrets(this.suite)
    return ok(this.#fresh)
  }

  get #joinsAnew(): boolean {
    const { state } = this
    return state !== null && (!state.isMember || activeMembers(state.membership).length === 1)
  }

  joiningCard(): Result<DeviceCard> {
    if (!this.#joinsAnew) return this.ownCard()
    const secrets = this.joiningSecrets()
    return secrets.ok ? ok(cardOf(secrets.value, this.me?.name ?? this.options.name, this.suite)) : secrets
  }

  /** From here on. Errors: those of the keystore. */
  useSecrets(secrets: DeviceSecrets): Result<void> {
    if (secrets === this.secrets) return ok(undefined)
    const written = this.options.keystore.write(writeSecrets(secrets))
    if (!written.ok) return written
    this.secrets = secrets
    this.#fresh = null
    return ok(undefined)
  }

  speaker(state: CircleState): Speaker | null {
    return this.secrets === null ? null : { suite: this.suite, by: state.me, sign: this.secrets.sign, membership: state.membership, keys: state.keys, at: this.now() }
  }

  /** This home belongs to this circle from here on; what of the document no envelope covers is looked for anew. */
  enter(state: CircleState): void {
    this.state = state
    this.isBehindItself = false
    for (const session of [...this.sessions]) session.close()
    this.pending = null
    if (!state.hasBase) this.gate.wake()
    this.tell({ kind: 'devices' })
  }

  /** It said two things in one place of its chain of envelopes. */
  noteFork(device: DeviceId): void {
    const { state } = this
    if (state === null) return
    const isNews = !state.forked.has(device)
    state.forked.add(device)
    if (isNews) void this.append([{ kind: 'forked', device }])
    for (const session of this.sessions) session.noteFork(device)
    if (isNews) this.tell({ kind: 'devices' })
  }

  // ---- the document

  /** Into the document, in one transaction. */
  apply(updates: readonly Uint8Array[]): void {
    const { doc } = this
    this.#followUp(() => {
      doc.transact(() => {
        for (const update of updates) Y.applyUpdate(doc, update, peerOrigin)
      }, peerOrigin)
    })
  }

  /** The same of a whole document that passed the gate. */
  applyWhole(update: Uint8Array): void {
    this.#followUp(() => applyWhole(this.doc, update, peerOrigin))
  }

  #followUp(apply: () => void): void {
    const { doc } = this
    const wasPending = hasPending(doc)
    apply()
    if (!wasPending) return
    /* An edit of ours that was kept aside may have found its ground in one of theirs. */
    this.pending = null
    this.gate.follow(integratedUpdate(doc))
  }

  /** What was kept and is not in the document: the program ended between the two. */
  applyKept(state: CircleState): void {
    const there = createCoverage()
    const contents = readUpdate(integratedUpdate(this.doc), true)
    if (contents !== null) cover(there, contents)
    const missing: Uint8Array[] = []
    for (const bytes of state.beside(new Map())) {
      const envelope = readEnvelope(bytes, this.suite)
      const update = envelope === null ? null : state.open(envelope)
      const inside = update === null ? null : readUpdate(update, true)
      if (update === null || inside === null) continue
      if (inside.blocks.some(({ client, end }) => end > (there.clocks.get(client) ?? 0)) || uncovered(there, inside.deletions).length > 0) missing.push(update)
    }
    if (missing.length === 0) return
    this.apply(missing)
    this.gate.follow(integratedUpdate(this.doc))
  }

  // ---- the store

  async append(rows: readonly Row[]): Promise<Result<void>> {
    if (this.isClosed) return closed
    const results = await Promise.all(rows.map((row) => this.options.storage.append(writeRow(row))))
    this.#rows += rows.length
    return results.find((result) => !result.ok) ?? ok(undefined)
  }

  /** `count` rows lie in the store. */
  async noteRows(count: number): Promise<void> {
    this.#rows = count
    if (count > mostRows) await this.#compact()
  }

  /** Envelopes are new here: the sessions give them on. */
  spread(): void {
    for (const session of this.sessions) session.give()
    if (this.#rows > mostRows) void this.inTurn(() => this.#compact())
  }

  async #compact(): Promise<void> {
    const { state } = this
    if (state === null) return
    const saved = await this.options.home.saved()
    if (!saved.ok) return
    const done = await this.options.storage.compact(writeRow({ kind: 'all', rows: state.rows() }))
    if (done.ok) this.#rows = 1
  }
}
