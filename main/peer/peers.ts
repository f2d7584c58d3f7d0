/**
 * The person's other devices, as one home sees them: who belongs, what of theirs has been taken in, what of ours they lack.
 *
 * Invariants. What is in the document and in no envelope was made here, by whichever window or command; it is put into envelopes
 * of this device as soon as nobody edits for a moment, and at the next start if that was cut short. An envelope of ours is sent
 * only once it is durable here, so its place is never given twice. One of another device is taken in only if it is the next of
 * its chain (chain.ts) and passed the gate (gate.ts): then kept durably, then applied, in one transaction; if not, it is held,
 * with all that comes behind it, until the person says. Envelopes are taken in one after another, whoever brought them.
 *
 * The one long file of this folder: intake, sealing and membership share one state, and none may run between another's steps.
 */
import { bytesToHex } from '@noble/hashes/utils.js'
import * as Y from 'yjs'
import { rootNames } from '../../shared/layout.ts'
import { ownership } from '../../shared/peer/chain.ts'
import { addDevice, addRecovery, discoveryKey, foundCircle, mendKeys, recoveryKeys, renameDevice, revokeDevice, vouchFor, type Speaker } from '../../shared/peer/circle.ts'
import { readEntry } from '../../shared/peer/entry.ts'
import { readEnvelope, writeEnvelope, noPrevious, type Envelope } from '../../shared/peer/envelope.ts'
import { details, nothingRemoved, undoing, type Removed, type Shown } from '../../shared/peer/gate.ts'
import { cutsCharacters } from '../../shared/peer/inspect.ts'
import { cardOf, drawSecrets, readSecrets, writeSecrets, type DeviceCard, type DeviceId, type DeviceSecrets } from '../../shared/peer/identity.ts'
import { activeMembers, keyNeeds } from '../../shared/peer/membership.ts'
import { cover, createCoverage, splitDeletions, uncovered } from '../../shared/peer/ranges.ts'
import { sealKey } from '../../shared/peer/seal.ts'
import { readUpdate, rewriteUpdate, updateLimits, type Contents, type Deletions } from '../../shared/peer/update.ts'
import { readWhole, writeWhole } from '../../shared/peer/whole.ts'
import { readPhrase, writePhrase } from '../../shared/peer/words.ts'
import type { Clock, Random, Storage, Transport } from '../../shared/ports.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Home } from '../replica.ts'
import { Session, type SessionHost, type Summary } from './exchange.ts'
import type { Gatekeeper } from './gatekeeper.ts'
import type { Keystore } from './keys.ts'
import { hasPending, integratedUpdate } from './integrated.ts'
import { CircleState, drasticWords } from './state.ts'
import { readRow, writeRow, type Row } from './store.ts'
import { createSuite } from './suite.ts'

/** The origin in the document of everything that came from other devices. */
const peerOrigin = { name: 'peer' } as const

export interface DeviceView {
  readonly id: DeviceId
  readonly name: string
  readonly state: 'this' | 'active' | 'revoked'
  /** It said two things in one place: its store was copied or set back, or somebody has its keys. */
  readonly isForked: boolean
  /** Public key under which it is met on a network, in hexadecimal. */
  readonly transport: string
  readonly addedAt: number
  readonly lastMet: number | null
  /** Envelopes here that it has not said to have. */
  readonly waiting: number
}

interface HeldView {
  readonly key: string
  readonly device: DeviceId
  readonly name: string
  /** One plain sentence. */
  readonly why: string
  /** False where it may only be dropped: it could not be taken in whole. */
  readonly canTake: boolean
}

export type PeerEvent =
  | { readonly kind: 'peer' | 'synced'; readonly device: DeviceId }
  | { readonly kind: 'refused'; readonly device: DeviceId | null; readonly reason: string }
  | { readonly kind: 'quarantined'; readonly device: DeviceId; readonly key: string; readonly reason: string }
  | { readonly kind: 'devices' }

interface PeersOptions {
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

const usualPauses = { quiet: 120, most: 1_000 } as const
/** Milliseconds over which what one device takes away counts as at once. */
const atOnce = 60_000
/** Envelopes that may wait for one that comes before them; rows after which the store is made small again. */
const mostWaiting = 20_000
const mostWaitingBytes = 128 * 1024 * 1024
const mostRows = 2_000

const noCircle = fail('not-found', 'this computer has not been added to others', 'add it first: pair --offer on one, pair CODE on the other')
const closed = fail('storage', 'the home is closed', 'open the app again')

/** Errors: those of the storage; `bad-input` where the keys of this device cannot be read. */
export async function openPeers(options: PeersOptions): Promise<Result<Peers>> {
  const kept = options.keystore.read()
  if (!kept.ok) return kept
  const secrets = kept.value === null ? null : readSecrets(kept.value)
  if (kept.value !== null && secrets === null) return fail('bad-input', 'the keys of this device cannot be read', 'restore them from a backup, or remove them and pair again')
  const loaded = await options.storage.load()
  if (!loaded.ok) return loaded
  const rows = loaded.value.flatMap((bytes) => {
    const row = readRow(bytes)
    return row === null ? [] : row.kind === 'all' ? row.rows : [row]
  })
  const peers = new Peers(options, secrets)
  await peers.restore(rows, loaded.value.length)
  return ok(peers)
}

export class Peers implements SessionHost {
  readonly suite: ReturnType<typeof createSuite>
  readonly #options: PeersOptions
  readonly #gate: Gatekeeper
  readonly #sessions = new Set<Session>()
  readonly #listeners = new Set<(event: PeerEvent) => void>()
  #secrets: DeviceSecrets | null
  #state: CircleState | null = null
  /** Local updates that are in no envelope yet; null: all that is not covered. */
  #pending: Uint8Array[] | null = []
  #firstPending = 0
  #timer: NodeJS.Timeout | null = null
  /** Everything that reads and changes the state for longer than one turn, one after another. */
  #turn: Promise<unknown> = Promise.resolve()
  readonly #inbox: Envelope[] = []
  readonly #waiting = new Map<string, Envelope>()
  #waitingBytes = 0
  readonly #removals: { readonly device: DeviceId; readonly at: number; readonly removed: Removed }[] = []
  readonly #undo: Y.UndoManager
  #rows = 0
  /** A peer has later envelopes of this very device: this home was set back, and must not go on before it has them. */
  #isBehindItself = false
  #isClosing = false
  #isClosed = false

  constructor(options: PeersOptions, secrets: DeviceSecrets | null) {
    this.#options = options
    this.#secrets = secrets
    this.suite = createSuite(options.random)
    const { doc } = options.home
    this.#gate = options.createGatekeeper(() => integratedUpdate(doc))
    doc.on('update', this.#onUpdate)
    this.#undo = new Y.UndoManager(rootNames.filter((name) => name !== 'meta').map((name) => doc.getMap(name)), {
      trackedOrigins: new Set([peerOrigin]),
      captureTimeout: 0,
      captureTransaction: (transaction) => transaction.origin === peerOrigin && transaction.deleteSet.clients.size > 0
    })
  }

  /** From the rows of the store. */
  async restore(rows: readonly Row[], count: number): Promise<void> {
    const start = rows.findLastIndex((row) => row.kind === 'circle')
    const circle = rows[start]
    if (circle?.kind !== 'circle' || this.#secrets === null) return
    const first = rows.slice(start).flatMap((row) => (row.kind === 'entry' ? [row.bytes] : []))
    this.#state = new CircleState(circle.circle, circle.isFounder, cardOf(this.#secrets, '', this.suite).id, this.#secrets, this.suite, first)
    for (const row of rows.slice(start + 1)) this.#state.replay(row)
    this.#rows = count
    this.#applyKept(this.#state)
    this.#pending = null
    await this.flushed()
    if (count > mostRows) await this.#compact()
  }

  // ---- what can be asked

  get me(): DeviceCard | null {
    const { state } = this
    const own = state === null ? undefined : state.membership.members.get(state.me)
    return own === undefined ? null : { ...own.card, name: own.name }
  }

  /** Null where this home has never been paired. */
  get state(): CircleState | null {
    return this.#state
  }

  devices(): readonly DeviceView[] {
    const state = this.#state
    if (state === null) return []
    return [...state.membership.members.values()].map((member): DeviceView => {
      const met = state.met.get(member.card.id)
      const waiting = [...state.heads].reduce((sum, [device, { seq }]) => sum + Math.max(0, seq - (met?.heads.get(device) ?? 0)), 0)
      return {
        id: member.card.id, name: member.name, state: member.isRevoked ? 'revoked' : member.card.id === state.me ? 'this' : 'active', isForked: member.isForked,
        transport: member.card.transport, addedAt: member.addedAt, lastMet: met?.at ?? null, waiting: member.card.id === state.me || member.isRevoked ? 0 : waiting
      }
    })
  }

  quarantine(): readonly HeldView[] {
    const state = this.#state
    return [...(state?.held.values() ?? [])].filter(({ envelope }) => state?.verdicts.has(envelope.hash) === false).map(({ envelope, why }) => ({
      key: envelope.hash, device: envelope.device, name: state?.membership.members.get(envelope.device)?.name ?? '', why, canTake: why === drasticWords
    }))
  }

  /** Where it is missing, it is made: a home that only lends its transport key out has one. */
  transportSecret(): Result<Uint8Array> {
    const secrets = this.secrets()
    return secrets.ok ? ok(secrets.value.transport) : secrets
  }

  /** The device of this circle that is met under this key (hexadecimal); null for strangers and removed ones. */
  deviceOfTransport(key: string): DeviceId | null {
    const state = this.#state
    const member = state === null ? undefined : activeMembers(state.membership).find((one) => one.card.transport === key)
    return member === undefined || member.card.id === state?.me ? null : member.card.id
  }

  /** 32 bytes each, newest first: a tag is shown under the first, and looked for under all. */
  discoveryKeys(): readonly Uint8Array[] {
    const state = this.#state
    if (state === null) return []
    const epochs = [...state.membership.epochs.values()].sort((left, right) => (left.id === state.membership.current ? -1 : right.id === state.membership.current ? 1 : right.number - left.number))
    return epochs.flatMap(({ id }) => {
      const key = state.keys.get(id)
      return key === undefined ? [] : [discoveryKey(key)]
    })
  }

  onEvent(listener: (event: PeerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(event: PeerEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  // ---- meeting

  /** `remote`: the public key (hexadecimal) that the transport proved; null where it proves nothing. */
  connect(transport: Transport, { remote }: { readonly remote: string | null }): Session {
    const session = new Session(this, transport, remote)
    this.#sessions.add(session)
    transport.onClose(() => this.#sessions.delete(session))
    session.start()
    return session
  }

  /** The card of this device, drawn now where there is none yet. Errors: those of the keystore. */
  ownCard(): Result<DeviceCard> {
    const secrets = this.secrets()
    return secrets.ok ? ok(this.me ?? cardOf(secrets.value, this.#options.name, this.suite)) : secrets
  }

  secrets(): Result<DeviceSecrets> {
    if (this.#secrets !== null) return ok(this.#secrets)
    const drawn = drawSecrets(this.suite)
    const written = this.#options.keystore.write(writeSecrets(drawn))
    if (!written.ok) return written
    this.#secrets = drawn
    return ok(drawn)
  }

  /** Takes a device in that both persons said yes to; founds the circle where there is none. Gives the log for it. */
  admit(card: DeviceCard): Promise<Result<readonly Uint8Array[]>> {
    return this.#inTurn(async () => {
      const founded = this.#state === null ? await this.#found() : ok(undefined)
      if (!founded.ok) return founded
      const state = this.#state as CircleState | null
      if (state === null) return noCircle
      const known = state.membership.members.get(card.id)
      if (known !== undefined && !known.isRevoked) return ok(state.entries)
      const added = await this.#say(state, (speaker) => addDevice(speaker, card))
      return added.ok ? ok(state.entries) : added
    })
  }

  /** Joins the circle of this log, if it says that this device belongs. Errors: `bad-input`, `conflict`, those of the storage. */
  join(entries: readonly Uint8Array[]): Promise<Result<void>> {
    return this.#inTurn(async () => {
      const card = this.ownCard()
      const secrets = this.secrets()
      if (!card.ok) return card
      if (!secrets.ok) return secrets
      const founding = entries.map((bytes) => readEntry(bytes, this.suite)).find((entry) => entry?.statement.kind === 'found')
      if (founding === undefined || founding === null) return fail('bad-input', 'the other device sent no list of devices', 'try again')
      if (this.#state?.circle === founding.hash) return ok(undefined)
      if (this.#state !== null && activeMembers(this.#state.membership).some((member) => member.card.id !== this.#state?.me)) return fail('conflict', 'this computer already belongs to other devices', 'remove it there first, or offer the code on this one')
      const state = new CircleState(founding.hash, false, card.value.id, secrets.value, this.suite, entries)
      const own = state.membership.members.get(card.value.id)
      if (own === undefined || own.isRevoked) return fail('denied', 'the other device did not take this one in', 'try again')
      const kept = await this.#append([{ kind: 'circle', circle: founding.hash, isFounder: false }, ...entries.map((bytes): Row => ({ kind: 'entry', bytes }))])
      if (!kept.ok) return kept
      this.#state = state
      this.#pending = null
      this.tell({ kind: 'devices' })
      return ok(undefined)
    })
  }

  async rename(device: DeviceId, name: string): Promise<Result<void>> {
    return await this.#speak((speaker) => (speaker.membership.members.has(device) ? ok(renameDevice(speaker, device, name)) : fail('not-found', 'there is no such device', 'look at the list of devices')))
  }

  /** Removed for good: nothing that it makes from now on is taken in anywhere. Errors: `not-found`, `conflict` (the last one). */
  async revoke(device: DeviceId): Promise<Result<void>> {
    return await this.#speak((speaker) => {
      const head = this.#state?.heads.get(device)
      return revokeDevice(speaker, device, head === undefined ? null : { seq: head.seq, hash: head.hash })
    })
  }

  /** 24 words that can take a device in when all others are lost: shown once, kept nowhere. */
  async makeRecovery(): Promise<Result<string>> {
    const secret = this.suite.random(32)
    const founded = this.#state === null ? await this.#inTurn(() => this.#found()) : ok(undefined)
    if (!founded.ok) return founded
    const done = await this.#speak((speaker) => ok(addRecovery(speaker, recoveryKeys(secret))))
    return done.ok ? ok(writePhrase(secret)) : done
  }

  /** Takes this device into the circle of a backup's log by its phrase, as a new device; `lost` are removed with the same breath. */
  async recover(typed: string, entries: readonly Uint8Array[], lost: readonly DeviceId[] = []): Promise<Result<void>> {
    const secret = readPhrase(typed)
    if (!secret.ok) return secret
    const recovery = recoveryKeys(secret.value)
    return await this.#inTurn(async () => {
      const card = this.ownCard()
      const secrets = this.secrets()
      if (!card.ok) return card
      if (!secrets.ok) return secrets
      const founding = entries.map((bytes) => readEntry(bytes, this.suite)).find((entry) => entry?.statement.kind === 'found')
      if (founding === undefined || founding === null) return fail('bad-input', 'the backup holds no list of devices', 'choose another backup')
      const state = new CircleState(founding.hash, true, card.value.id, secrets.value, this.suite, entries)
      const sealedTo = bytesToHex(sealKey(recovery.seal))
      if (!state.membership.recoveries.some((one) => one.seal === sealedTo)) return fail('denied', 'this phrase does not belong to this backup', 'look for a newer phrase')
      const speaker = (): Speaker => ({ suite: this.suite, by: bytesToHex(this.suite.publicKey(recovery.sign)), sign: recovery.sign, membership: state.membership, keys: this.#keysOf(state, recovery.seal), at: this.#options.clock.now() })
      const added = addDevice(speaker(), card.value)
      if (!added.ok) return added
      state.addEntries([added.value])
      for (const device of lost) {
        const revoked = revokeDevice(speaker(), device, null)
        if (!revoked.ok) return revoked
        state.addEntries([revoked.value])
      }
      this.#coverAll(state)
      const kept = await this.#append([{ kind: 'circle', circle: founding.hash, isFounder: true }, ...state.entries.map((bytes): Row => ({ kind: 'entry', bytes })), { kind: 'base', base: state.base() }])
      if (!kept.ok) return kept
      this.#state = state
      this.#pending = null
      this.tell({ kind: 'devices' })
      return ok(undefined)
    })
  }

  // ---- what was held

  /** What it would change. */
  async show(key: string): Promise<Result<Shown>> {
    const held = this.#heldOf(key)
    const update = held === null ? null : (this.#state?.open(held.envelope) ?? null)
    return update === null ? fail('not-found', 'nothing of this name is held', 'look at the list again') : ok(await this.#gate.show(update))
  }

  /** Lets it through, however much it takes away. Errors: `not-found`, `denied` where it could not be taken in whole. */
  async take(key: string): Promise<Result<void>> {
    const held = this.#heldOf(key)
    if (held === null) return fail('not-found', 'nothing of this name is held', 'look at the list again')
    if (held.why !== drasticWords) return fail('denied', 'this cannot be taken in', 'drop it, and remove the device if you do not know why it sent it')
    return await this.#decide(held.envelope, 'take')
  }

  /** Lets nothing of it have its way: what it would have taken away stays, on every device; what cannot be read at all stays out for good. */
  async drop(key: string): Promise<Result<void>> {
    const held = this.#heldOf(key)
    return held === null ? fail('not-found', 'nothing of this name is held', 'look at the list again') : await this.#decide(held.envelope, 'drop')
  }

  /** Puts back what other devices took away last; gives whether there was anything. */
  undo(): boolean {
    return this.#undo.canUndo() && this.#undo.undo() !== null
  }

  canUndo(): boolean {
    return this.#undo.canUndo()
  }

  // ---- for the sessions

  summary(): Promise<Summary> {
    return this.#inTurn(async () => {
      const state = this.#state
      return {
        heads: state?.seqs() ?? new Map(), entries: state?.entryHashes() ?? [], isNew: state?.hasBase === false, isHeld: (state?.held.size ?? 0) > 0,
        isBusy: this.#pending === null || this.#pending.length > 0
      }
    })
  }

  /** Envelopes as they came, whoever made or brought them; resolves once they were looked at. */
  receive(bytes: readonly Uint8Array[]): Promise<void> {
    for (const one of bytes) {
      const envelope = readEnvelope(one, this.suite)
      if (envelope === null) this.tell({ kind: 'refused', device: null, reason: 'malformed' })
      else this.#inbox.push(envelope)
    }
    return this.#inTurn(() => this.#takeIn())
  }

  receiveEntries(entries: readonly Uint8Array[]): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state !== null) await this.#learn(this.#state, entries)
    })
  }

  /** A whole document, where one is wanted. */
  receiveWhole(bytes: Uint8Array): Promise<void> {
    return this.#inTurn(() => this.#takeWhole(bytes))
  }

  /** For a device that joins. Null where there is nothing to give yet. */
  async whole(): Promise<Uint8Array | null> {
    return await this.#inTurn(async () => {
      const state = this.#state
      await this.#seal()
      const key = state?.keys.get(state.membership.current)
      if (state === null || !state.hasBase || key === undefined || this.#secrets === null) return null
      const owned = new Map<DeviceId, number[]>()
      for (const [client, device] of state.owners) owned.set(device, [...(owned.get(device) ?? []), client])
      const head = { device: state.me, epoch: state.membership.current, circle: state.circle, heads: [...state.heads], owners: [...owned] }
      return writeWhole(head, integratedUpdate(this.#options.home.doc), key, this.#secrets.sign, this.suite)
    })
  }

  /** What a peer says it has. */
  noteMet(device: DeviceId, heads: ReadonlyMap<DeviceId, number>): void {
    const state = this.#state
    if (state === null) return
    const own = heads.get(state.me) ?? 0
    if (own > (state.heads.get(state.me)?.seq ?? 0)) this.#isBehindItself = true
    const before = state.met.get(device)
    const isNews = before === undefined || [...heads].some(([one, seq]) => (before.heads.get(one) ?? 0) !== seq)
    state.met.set(device, { at: this.#options.clock.now(), heads })
    if (isNews) void this.#append([{ kind: 'met', device, at: this.#options.clock.now(), heads }])
  }

  /** Resolves once every edit made here so far is in a durable envelope, and all that came was looked at. */
  flushed(): Promise<Result<void>> {
    return this.#inTurn(async () => {
      await this.#takeIn()
      return await this.#seal()
    })
  }

  async close(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    await this.flushed()
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const session of [...this.#sessions]) session.close()
    this.#options.home.doc.off('update', this.#onUpdate)
    this.#undo.destroy()
    await this.#turn
    await this.#gate.close()
    await this.#options.storage.close()
  }

  // ---- edits made here

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === peerOrigin) return
    this.#gate.follow(update)
    if (this.#state === null) return
    this.#pending?.push(update)
    const now = performance.now()
    if (this.#timer === null) this.#firstPending = now
    else clearTimeout(this.#timer)
    const { quiet, most } = this.#options.pauses ?? usualPauses
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#inTurn(() => this.#seal())
    }, Math.max(0, Math.min(quiet, this.#firstPending + most - now)))
    this.#timer.unref()
  }

  /** Puts what is in no envelope into one, or a few. */
  async #seal(): Promise<Result<void>> {
    const state = this.#state
    if (state === null || this.#isClosed || !state.hasBase || this.#isBehindItself || this.#secrets === null) return ok(undefined)
    if (state.membership.members.get(state.me)?.isRevoked !== false) return ok(undefined)
    await this.#vouch(state)
    await this.#mend(state)
    const key = state.keys.get(state.membership.current)
    if (key === undefined) return ok(undefined)
    const { update, contents, deletions } = this.#uncoveredEdits(state)
    const keep = (client: number): boolean => this.#isOurs(state, client)
    const blocks = contents.blocks.filter(({ client, end }) => keep(client) && end > (state.coverage.clocks.get(client) ?? 0))
    if (blocks.length === 0 && deletions.length === 0) return ok(undefined)
    const parts = splitDeletions(deletions, updateLimits.ranges)
    const only = new Set(blocks.map(({ client }) => client))
    const updates = [rewriteUpdate(update, contents, (client) => only.has(client), parts[0] ?? []), ...parts.slice(1).map((part) => rewriteUpdate(update, contents, () => false, part))]
    for (const one of updates) {
      const sealed = await this.#sealOne(state, one, key, this.#secrets.sign)
      if (!sealed.ok) {
        this.#pending = null
        return sealed
      }
    }
    return ok(undefined)
  }

  async #sealOne(state: CircleState, update: Uint8Array, key: Uint8Array, sign: Uint8Array): Promise<Result<void>> {
    const contents = readUpdate(update)
    if (contents === null) return fail('internal', 'an edit of this device could not be sent', 'export your values and report this')
    const head = state.heads.get(state.me)
    const clients = contents.blocks.map(({ client }) => client).filter((client) => state.owners.get(client) !== state.me)
    const seen = new Map([...state.heads].filter(([device, { seq }]) => device !== state.me && seq > (this.#toldOf.get(device) ?? 0)).map(([device, { seq }]) => [device, seq]))
    const bytes = writeEnvelope({ device: state.me, epoch: state.membership.current, seq: (head?.seq ?? 0) + 1, previous: head?.hash ?? noPrevious, seen, clients }, update, key, sign, this.suite)
    const kept = await this.#append([{ kind: 'envelope', bytes }])
    if (!kept.ok) return kept
    const envelope = readEnvelope(bytes, this.suite)
    if (envelope === null) return fail('internal', 'an edit of this device could not be sent', 'export your values and report this')
    for (const [device, seq] of seen) this.#toldOf.set(device, seq)
    state.advance(envelope, contents)
    this.#spread()
    return ok(undefined)
  }

  /** What this device's envelopes have already named as seen. */
  readonly #toldOf = new Map<DeviceId, number>()

  /** Edits since the last envelope: as they were made where that is known, else whatever the document holds beyond what is covered. */
  #uncoveredEdits(state: CircleState): { readonly update: Uint8Array; readonly contents: Contents; readonly deletions: readonly Deletions[] } {
    const pending = this.#pending
    this.#pending = []
    const { doc } = this.#options.home
    if (pending !== null && pending.length > 0) {
      const update = pending.length === 1 ? (pending[0] as Uint8Array) : Y.mergeUpdates(pending)
      const contents = readUpdate(update, true)
      const continues = contents?.blocks.every(({ client, clock, end }) => clock === (state.coverage.clocks.get(client) ?? 0) || end <= (state.coverage.clocks.get(client) ?? 0)) === true
      if (contents !== null && continues) return { update, contents, deletions: uncovered(state.coverage, contents.deletions) }
    }
    if (pending !== null && pending.length === 0) return { update: new Uint8Array(), contents: { blocks: [], deletions: [], tail: 0 }, deletions: [] }
    const update = integratedUpdate(doc, state.coverage.clocks)
    const contents = readUpdate(update, true) ?? { blocks: [], deletions: [], tail: 0 }
    /* What another device deletes under a parent goes everywhere by itself; what only looks new because its struct is not here goes with it. */
    return { update, contents, deletions: uncovered(state.coverage, contents.deletions) }
  }

  #isOurs(state: CircleState, client: number): boolean {
    const owner = state.owners.get(client)
    return owner === undefined || owner === state.me || state.membership.members.get(owner)?.isRevoked === true
  }

  // ---- edits made elsewhere

  async #takeIn(): Promise<void> {
    const state = this.#state
    if (state === null || !state.hasBase) return
    for (const envelope of this.#inbox.splice(0)) this.#wait(state, envelope)
    for (let isMoving = true; isMoving && this.#waiting.size > 0; ) {
      const before = new Map(state.heads)
      await this.#takeBatch(state)
      isMoving = [...state.heads].some(([device, head]) => before.get(device)?.seq !== head.seq) || this.#inbox.length > 0
      for (const envelope of this.#inbox.splice(0)) this.#wait(state, envelope)
    }
    if (this.#isBehindItself && ![...this.#sessions].some((session) => session.knowsMoreOf(state.me, state.heads.get(state.me)?.seq ?? 0))) {
      this.#isBehindItself = false
      this.#pending = null
    }
  }

  /** Until its turn comes; what does not fit, or comes behind one that was held, is sent again later. */
  #wait(state: CircleState, envelope: Envelope): void {
    const held = state.held.get(envelope.device)
    if (this.#waiting.has(envelope.hash) || (held !== undefined && envelope.seq >= held.envelope.seq)) return
    if (this.#waiting.size >= mostWaiting || this.#waitingBytes + envelope.bytes.length > mostWaitingBytes) return
    this.#waiting.set(envelope.hash, envelope)
    this.#waitingBytes += envelope.bytes.length
  }

  #unwait(envelope: Envelope): void {
    if (this.#waiting.delete(envelope.hash)) this.#waitingBytes -= envelope.bytes.length
  }

  /** Judges what can be taken in now, one after another; then keeps it all, then applies it. */
  async #takeBatch(state: CircleState): Promise<void> {
    const batch: { readonly envelope: Envelope; readonly update: Uint8Array }[] = []
    const ordered = [...this.#waiting.values()].sort((left, right) => left.seq - right.seq)
    for (const envelope of ordered) {
      const standing = state.standing(envelope)
      if (standing.kind === 'early' || (standing.kind === 'next' && !state.hasKey(envelope.epoch))) continue
      this.#unwait(envelope)
      if (standing.kind === 'refused') this.tell({ kind: 'refused', device: envelope.device, reason: standing.reason })
      if (standing.kind !== 'next' || state.held.has(envelope.device)) continue
      const taken = await this.#examine(state, envelope)
      if (typeof taken === 'string') {
        await this.#keepBatch(batch.splice(0))
        await this.#hold(state, envelope, taken)
      } else {
        state.advance(envelope, taken.contents)
        batch.push({ envelope, update: taken.update })
      }
      if (batch.length >= 256) await this.#keepBatch(batch.splice(0))
    }
    await this.#keepBatch(batch)
  }

  /** The update where it passed, else why not. */
  async #examine(state: CircleState, envelope: Envelope): Promise<{ readonly update: Uint8Array; readonly contents: Contents } | string> {
    const verdict = state.verdicts.get(envelope.hash)
    const update = state.open(envelope)
    if (update === null) return 'it cannot be opened with the key that it names'
    const contents = readUpdate(update)
    if (contents === null) return 'its edits are not written as this program writes them'
    const refusal = ownership(contents, envelope, state.owners, state.coverage, state.membership)
    if (refusal !== null) return refusal === 'client' ? 'it writes in the name of another device' : 'its edits do not continue its earlier ones'
    if (cutsCharacters(contents, this.#options.home.doc)) return details.shape
    const judged = await this.#gate.judge({ update, whole: false, allowed: verdict !== undefined, before: this.#removedBy(envelope.device) })
    if (judged.kind === 'drastic') return drasticWords
    if (judged.kind === 'unsound') return judged.detail
    if (judged.removed.records > 0 || judged.removed.characters > 0) this.#removals.push({ device: envelope.device, at: this.#options.clock.now(), removed: judged.removed })
    return { update, contents }
  }

  /** Durable first, then in the document, all in one transaction. */
  async #keepBatch(batch: readonly { readonly envelope: Envelope; readonly update: Uint8Array }[]): Promise<void> {
    const state = this.#state
    if (batch.length === 0 || state === null) return
    let pause = 100
    for (;;) {
      const kept = await this.#append(batch.map(({ envelope }): Row => ({ kind: 'envelope', bytes: envelope.bytes })))
      if (kept.ok) break
      /* Not kept, so not applied either: it is sent again. */
      if (this.#isClosing) return
      await new Promise((resolve) => setTimeout(resolve, (pause = Math.min(pause * 2, 30_000))).unref())
    }
    const { doc } = this.#options.home
    const revert: Uint8Array[] = []
    for (const { envelope, update } of batch) {
      if (state.verdicts.get(envelope.hash) !== 'drop') continue
      const back = undoing(integratedUpdate(doc), update, this.#drawClient())
      if (back !== null) revert.push(back)
    }
    this.#apply([...batch.map(({ update }) => update), ...revert])
    for (const update of revert) {
      this.#gate.follow(update)
      this.#pending?.push(update)
    }
    this.#spread()
    if (revert.length > 0) await this.#seal()
  }

  /** Into the document, in one transaction. */
  #apply(updates: readonly Uint8Array[]): void {
    const { doc } = this.#options.home
    const wasPending = hasPending(doc)
    doc.transact(() => {
      for (const update of updates) Y.applyUpdate(doc, update, peerOrigin)
    }, peerOrigin)
    if (!wasPending) return
    /* An edit of ours that was kept aside may have found its ground in one of theirs. */
    this.#pending = null
    this.#gate.follow(integratedUpdate(doc))
  }

  async #hold(state: CircleState, envelope: Envelope, why: string): Promise<void> {
    if (state.held.has(envelope.device)) return
    state.held.set(envelope.device, { envelope, why })
    await this.#append([{ kind: 'held', bytes: envelope.bytes, why }])
    this.tell({ kind: 'quarantined', device: envelope.device, key: envelope.hash, reason: why })
  }

  #heldOf(key: string) {
    return [...(this.#state?.held.values() ?? [])].find(({ envelope }) => envelope.hash === key) ?? null
  }

  #decide(envelope: Envelope, verdict: 'take' | 'drop'): Promise<Result<void>> {
    return this.#inTurn(async () => {
      const state = this.#state
      if (state === null) return noCircle
      const kept = await this.#append([{ kind: 'verdict', hash: envelope.hash, verdict }])
      if (!kept.ok) return kept
      state.decide(envelope.hash, verdict)
      if (!state.held.has(envelope.device)) this.#wait(state, envelope)
      await this.#takeIn()
      for (const session of this.#sessions) session.nudge()
      return ok(undefined)
    })
  }

  #removedBy(device: DeviceId): Removed {
    const since = this.#options.clock.now() - atOnce
    while (this.#removals.length > 0 && (this.#removals[0]?.at ?? 0) < since) this.#removals.shift()
    return this.#removals.filter((one) => one.device === device).reduce((sum, { removed }) => ({ records: sum.records + removed.records, characters: sum.characters + removed.characters }), nothingRemoved)
  }

  async #takeWhole(bytes: Uint8Array): Promise<void> {
    const state = this.#state
    if (state === null || state.hasBase) return
    const whole = readWhole(bytes, state.membership, (epoch) => state.keys.get(epoch), this.suite)
    const contents = whole === null ? null : readUpdate(whole.document, true)
    if (whole === null || contents === null) return this.tell({ kind: 'refused', device: null, reason: 'whole' })
    const judged = await this.#gate.judge({ update: whole.document, whole: true, allowed: true, before: nothingRemoved })
    if (judged.kind !== 'sound') return this.tell({ kind: 'refused', device: whole.head.device, reason: judged.kind === 'unsound' ? judged.detail : judged.kind })
    const { home } = this.#options
    this.#apply([whole.document])
    const saved = await home.saved()
    if (!saved.ok) return
    const coverage = createCoverage()
    cover(coverage, contents)
    const owners = new Map(whole.head.owners.flatMap(([device, clients]) => clients.map((client): [number, DeviceId] => [client, device])))
    state.takeBase({ heads: new Map(whole.head.heads), owners, coverage })
    await this.#append([{ kind: 'base', base: state.base() }])
    this.#pending = null
    await this.#seal()
    await this.#takeIn()
    for (const session of this.#sessions) session.nudge()
  }

  // ---- membership

  async #found(): Promise<Result<void>> {
    const secrets = this.secrets()
    if (!secrets.ok) return secrets
    const card = cardOf(secrets.value, this.#options.name, this.suite)
    const { entry, circle } = foundCircle(this.suite, secrets.value, card, this.#options.clock.now())
    const state = new CircleState(circle, true, card.id, secrets.value, this.suite, [entry])
    const saved = await this.#options.home.saved()
    if (!saved.ok) return saved
    this.#coverAll(state)
    const kept = await this.#append([{ kind: 'circle', circle, isFounder: true }, { kind: 'entry', bytes: entry }, { kind: 'base', base: state.base() }])
    if (!kept.ok) return kept
    this.#state = state
    this.#pending = null
    this.tell({ kind: 'devices' })
    return ok(undefined)
  }

  /** All that is in the document is this device's, and is given to others as a whole. */
  #coverAll(state: CircleState): void {
    const contents = readUpdate(integratedUpdate(this.#options.home.doc), true)
    if (contents === null) return
    cover(state.coverage, contents)
    for (const { client } of contents.blocks) state.owners.set(client, state.me)
  }

  #speaker(state: CircleState): Speaker | null {
    return this.#secrets === null ? null : { suite: this.suite, by: state.me, sign: this.#secrets.sign, membership: state.membership, keys: state.keys, at: this.#options.clock.now() }
  }

  #speak(make: (speaker: Speaker) => Result<Uint8Array>): Promise<Result<void>> {
    return this.#inTurn(async () => (this.#state === null ? noCircle : await this.#say(this.#state, make)))
  }

  async #say(state: CircleState, make: (speaker: Speaker) => Result<Uint8Array>): Promise<Result<void>> {
    const speaker = this.#speaker(state)
    if (speaker === null) return noCircle
    if (state.membership.members.get(state.me)?.isRevoked !== false) return fail('denied', 'this computer was removed from the others', 'pair it again')
    const entry = make(speaker)
    if (!entry.ok) return entry
    const kept = await this.#append([{ kind: 'entry', bytes: entry.value }])
    if (!kept.ok) return kept
    state.addEntries([entry.value])
    await this.#afterChange(state)
    return ok(undefined)
  }

  /** Entries from others: those that count are kept, passed on, and acted upon. */
  async #learn(state: CircleState, entries: readonly Uint8Array[]): Promise<void> {
    const taken = state.addEntries(entries)
    if (taken.length === 0) return
    const kept = await this.#append(taken.map((bytes): Row => ({ kind: 'entry', bytes })))
    if (!kept.ok) return
    await this.#afterChange(state)
    await this.#takeIn()
    /* The key for what waits may just have come. */
    await this.#seal()
  }

  async #afterChange(state: CircleState): Promise<void> {
    this.tell({ kind: 'devices' })
    await this.#vouch(state)
    await this.#mend(state)
    for (const session of [...this.#sessions]) session.refresh()
  }

  /** More of a removed device had been taken in here than who removed it knew: said, so that all come to the same. */
  async #vouch(state: CircleState): Promise<void> {
    for (const member of state.membership.members.values()) {
      const head = state.heads.get(member.card.id)
      if (!member.isRevoked || head === undefined || member.card.id === state.me || head.seq <= (member.last?.seq ?? 0)) continue
      const speaker = this.#speaker(state)
      if (speaker === null || state.membership.members.get(state.me)?.isRevoked !== false) return
      const entry = vouchFor(speaker, member.card.id, { seq: head.seq, hash: head.hash })
      const kept = await this.#append([{ kind: 'entry', bytes: entry }])
      if (!kept.ok) return
      state.addEntries([entry])
      for (const session of [...this.#sessions]) session.refresh()
    }
  }

  async #mend(state: CircleState): Promise<void> {
    const speaker = this.#speaker(state)
    if (speaker === null || state.membership.members.get(state.me)?.isRevoked !== false || !state.keys.has(state.membership.current)) return
    const needs = keyNeeds(state.membership)
    if (!needs.rotate && needs.lacking.size === 0) return
    const entry = mendKeys(speaker)
    if (entry === null) return
    const kept = await this.#append([{ kind: 'entry', bytes: entry }])
    if (!kept.ok) return
    state.addEntries([entry])
    for (const session of [...this.#sessions]) session.refresh()
  }

  #keysOf(state: CircleState, seal: Uint8Array) {
    return new CircleState(state.circle, true, state.me, { sign: seal, seal, transport: seal }, this.suite, state.entries).keys
  }

  // ---- the store

  async #append(rows: readonly Row[]): Promise<Result<void>> {
    if (this.#isClosed) return closed
    const results = await Promise.all(rows.map((row) => this.#options.storage.append(writeRow(row))))
    this.#rows += rows.length
    return results.find((result) => !result.ok) ?? ok(undefined)
  }

  async #compact(): Promise<void> {
    const state = this.#state
    if (state === null) return
    const saved = await this.#options.home.saved()
    if (!saved.ok) return
    const done = await this.#options.storage.compact(writeRow({ kind: 'all', rows: state.rows() }))
    if (done.ok) this.#rows = 1
  }

  /** What was kept and is not in the document: the program ended between the two. */
  #applyKept(state: CircleState): void {
    const { doc } = this.#options.home
    const there = createCoverage()
    const contents = readUpdate(integratedUpdate(doc), true)
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
    this.#apply(missing)
    this.#gate.follow(integratedUpdate(doc))
  }

  // ---- helpers

  #spread(): void {
    for (const session of this.#sessions) session.give()
    if (this.#rows > mostRows) void this.#inTurn(() => this.#compact())
  }

  #drawClient(): number {
    return new DataView(this.#options.random.bytes(4).slice().buffer).getUint32(0)
  }

  #inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => undefined)
    return done
  }
}

