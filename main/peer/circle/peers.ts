/**
 * The person's other devices, as one home sees them: who belongs, what of theirs has been taken in, what of ours they lack. The
 * one thing that doors and sessions speak to; what it does is done by its parts: edits made here (sealing.ts), edits made elsewhere
 * (intake.ts), who belongs (belonging.ts), what others say of themselves (hearsay.ts), and what they share (core.ts).
 */
import type { DeviceCard, DeviceId, DeviceSecrets } from '../../../shared/peer/identity.ts'
import { cardOf, readSecrets } from '../../../shared/peer/identity.ts'
import type { Head } from '../../../shared/peer/chain.ts'
import { discoveryKey } from '../../../shared/peer/circle.ts'
import type { Shown } from '../../../shared/peer/gate/gate.ts'
import { activeMembers, adderOf, placeOf } from '../../../shared/peer/membership.ts'
import type { Transport } from '../../../shared/ports.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { Belonging, type Fallen } from './belonging.ts'
import { Core, type PeerEvent, type PeersOptions } from './core.ts'
import { Session, type SessionHost, type Summary } from '../meeting/exchange.ts'
import { Giving } from './giving.ts'
import type { Introduction, Newcomer } from '../meeting/greeting.ts'
import { Hearsay, type Said } from './hearsay.ts'
import { Intake } from './intake.ts'
import { Sealing } from './sealing.ts'
import { CircleState, drasticWords } from './state.ts'
import { readRow, type Base, type Row } from './store.ts'

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
  /** It is this one, and waits for the document of the others. */
  readonly isComing: boolean
}

/** Of this device: never paired; one of the circle; removed; or let in by one that was removed before the others had heard of it. */
export type Standing = { readonly kind: 'alone' | 'member' | 'removed' } | { readonly kind: 'fallen'; /** The removed one's name. */ readonly by: string }

/** Something from another device that was put aside. */
export interface HeldView {
  readonly key: string
  readonly device: DeviceId
  readonly name: string
  /** One plain sentence. */
  readonly why: string
  /** False where it may only be dropped: it could not be taken in whole. */
  readonly canTake: boolean
}

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

/** Null where the store lost the entry that founded it: this home then counts as never paired. */
function openCircle(...parts: ConstructorParameters<typeof CircleState>): CircleState | null {
  try {
    return new CircleState(...parts)
  } catch {
    return null
  }
}

export class Peers implements SessionHost {
  readonly #core: Core
  readonly #sealing: Sealing
  readonly #intake: Intake
  readonly #belonging: Belonging
  readonly #giving: Giving
  readonly #hearsay: Hearsay

  constructor(options: PeersOptions, secrets: DeviceSecrets | null) {
    this.#core = new Core(options, secrets)
    this.#sealing = new Sealing(this.#core)
    this.#intake = new Intake(this.#core, this.#sealing)
    this.#belonging = new Belonging(this.#core, this.#sealing, this.#intake)
    this.#giving = new Giving(this.#core, this.#sealing)
    this.#hearsay = new Hearsay(this.#core, this.#intake)
    this.#core.onEvent(({ kind }) => {
      if (kind === 'devices') this.#giving.prepare()
    })
  }

  /** From the rows of the store. */
  async restore(rows: readonly Row[], count: number): Promise<void> {
    const core = this.#core
    const start = rows.findLastIndex((row) => row.kind === 'circle')
    const circle = rows[start]
    if (circle?.kind !== 'circle' || core.secrets === null) return
    const first = rows.slice(start).flatMap((row) => (row.kind === 'entry' ? [row.bytes] : []))
    const state = openCircle(circle.circle, circle.isFounder, cardOf(core.secrets, '', core.suite).id, core.secrets, core.suite, first)
    if (state === null) return
    core.state = state
    for (const row of rows.slice(start + 1)) state.replay(row)
    core.applyKept(state)
    core.pending = null
    if (!state.hasBase) core.gate.wake()
    await this.flushed()
    await core.noteRows(count)
    this.#giving.prepare()
  }

  async close(): Promise<void> {
    const core = this.#core
    if (core.isClosing) return
    core.isClosing = true
    await this.flushed()
    core.isClosed = true
    for (const session of [...core.sessions]) session.close()
    this.#sealing.end()
    this.#intake.end()
    this.#giving.end()
    await core.settled()
    await core.gate.close()
    await core.options.storage.close()
  }

  // ---- what can be asked

  get suite() {
    return this.#core.suite
  }

  get me(): DeviceCard | null {
    return this.#core.me
  }

  /** Null where this home has never been paired. */
  get state(): CircleState | null {
    return this.#core.state
  }

  devices(): readonly DeviceView[] {
    const { state } = this.#core
    if (state === null) return []
    return [...state.membership.members.values()].map((member): DeviceView => {
      const met = state.met.get(member.card.id)
      const waiting = [...state.heads].reduce((sum, [device, { seq }]) => sum + Math.max(0, seq - (met?.heads.get(device) ?? 0)), 0)
      return {
        id: member.card.id, name: member.name, state: member.isRevoked ? 'revoked' : member.card.id === state.me ? 'this' : 'active', isForked: member.isForked || state.forked.has(member.card.id),
        transport: member.card.transport, addedAt: member.addedAt, lastMet: met?.at ?? null, waiting: member.card.id === state.me || member.isRevoked ? 0 : waiting,
        isComing: member.card.id === state.me && !state.hasBase
      }
    })
  }

  quarantine(): readonly HeldView[] {
    const { state } = this.#core
    return [...(state?.held.values() ?? [])].filter(({ envelope }) => state?.verdicts.has(envelope.hash) === false).map(({ envelope, why }) => ({
      key: envelope.hash, device: envelope.device, name: state?.membership.members.get(envelope.device)?.name ?? '', why, canTake: why === drasticWords
    }))
  }

  /** Where it is missing, it is made: a home that only lends its transport key out has one. */
  transportSecret(): Result<Uint8Array> {
    const secrets = this.#core.ownSecrets()
    return secrets.ok ? ok(secrets.value.transport) : secrets
  }

  /** The device of this circle that is met under this key (hexadecimal); null for strangers and removed ones. */
  deviceOfTransport(key: string): DeviceId | null {
    const { state } = this.#core
    const member = state === null ? undefined : activeMembers(state.membership).find((one) => one.card.transport === key)
    return member === undefined || member.card.id === state?.me ? null : member.card.id
  }

  /** 32 bytes each, newest first: a tag is shown under the first, and looked for under all. */
  discoveryKeys(): readonly Uint8Array[] {
    const { state } = this.#core
    if (state === null) return []
    const epochs = [...state.membership.epochs.values()].sort((left, right) => (left.id === state.membership.current ? -1 : right.id === state.membership.current ? 1 : right.number - left.number))
    return epochs.flatMap(({ id }) => {
      const key = state.keys.get(id)
      return key === undefined ? [] : [discoveryKey(key)]
    })
  }

  onEvent(listener: (event: PeerEvent) => void): () => void {
    return this.#core.onEvent(listener)
  }

  tell(event: PeerEvent): void {
    this.#core.tell(event)
  }

  /** Whether this device still belongs. */
  standing(): Standing {
    const { state } = this.#core
    if (state === null) return { kind: 'alone' }
    if (state.isRemoved) return { kind: 'removed' }
    return state.isMember ? { kind: 'member' } : { kind: 'fallen', by: adderOf(state.membership, state.me)?.name ?? '' }
  }

  /** The one that this device cannot leave for another; null while it is in none, or alone in it. */
  circleWithOthers(): string | null {
    const { state } = this.#core
    return state?.isMember === true && activeMembers(state.membership).length > 1 ? state.circle : null
  }

  /** Whether another home writes under the name of this one, which still belongs. */
  isCopied(): boolean {
    return this.devices().some(({ state, isForked }) => state === 'this' && isForked)
  }

  /** Whether this device waits for the document of the others. */
  isComing(): boolean {
    return this.devices().some(({ isComing }) => isComing)
  }

  /** Devices that asked to be let in and that a removed one had taken in. */
  fallen(): readonly Fallen[] {
    return this.#belonging.fallen()
  }

  // ---- meeting

  /** `remote`: the public key (hexadecimal) that the transport proved; null where it proves nothing. */
  connect(transport: Transport, { remote }: { readonly remote: string | null }): Session {
    const { sessions } = this.#core
    const session = new Session(this, transport, remote)
    sessions.add(session)
    transport.onClose(() => sessions.delete(session))
    session.start()
    return session
  }

  /** The card of this device, drawn now where there is none yet. Errors: those of the keystore. */
  ownCard(): Result<DeviceCard> {
    return this.#core.ownCard()
  }

  /** The card that it joins a circle under: a new one where it was removed from one under the old. */
  joiningCard(): Result<DeviceCard> {
    return this.#core.joiningCard()
  }

  secrets(): Result<DeviceSecrets> {
    return this.#core.ownSecrets()
  }

  // ---- who belongs (belonging.ts)

  admit(card: DeviceCard): Promise<Result<readonly Uint8Array[]>> {
    return this.#belonging.admit(card)
  }

  join(entries: readonly Uint8Array[]): Promise<Result<void>> {
    return this.#belonging.join(entries)
  }

  rename(device: DeviceId, name: string): Promise<Result<void>> {
    return this.#belonging.rename(device, name)
  }

  revoke(device: DeviceId): Promise<Result<void>> {
    return this.#belonging.revoke(device)
  }

  makeRecovery(): Promise<Result<string>> {
    return this.#belonging.makeRecovery()
  }

  recover(typed: string, entries: readonly Uint8Array[], lost: readonly DeviceId[] = [], base: Base | null = null): Promise<Result<void>> {
    return this.#belonging.recover(typed, entries, lost, base)
  }

  succeed(secrets: DeviceSecrets, entries: readonly Uint8Array[], base: Base | null, isMending = false): Promise<Result<void>> {
    return this.#belonging.succeed(secrets, entries, base, isMending)
  }

  // ---- what was held (intake.ts)

  show(key: string): Promise<Result<Shown>> {
    return this.#intake.show(key)
  }

  take(key: string): Promise<Result<void>> {
    return this.#intake.take(key)
  }

  drop(key: string): Promise<Result<void>> {
    return this.#intake.drop(key)
  }

  undo(): boolean {
    return this.#intake.undo()
  }

  canUndo(): boolean {
    return this.#intake.canUndo()
  }

  // ---- for the sessions

  summary(): Promise<Summary> {
    const core = this.#core
    return core.inTurn(async () => {
      const { state, pending } = core
      return {
        heads: new Map(state?.heads), entries: state?.entryHashes() ?? [], isNew: state?.hasBase === false, isHeld: (state?.held.size ?? 0) > 0,
        isBusy: pending === null || pending.length > 0, forked: new Set([...(state?.forked ?? [])].filter((device) => state !== null && placeOf(state.membership, device) === 'member'))
      }
    })
  }

  /** Envelopes as they came, whoever made or brought them; resolves once they were looked at. */
  receive(bytes: readonly Uint8Array[]): Promise<void> {
    this.#intake.add(bytes)
    return this.#core.inTurn(async () => {
      await this.#intake.takeIn()
      /* What waited for one of these. */
      if (this.#core.pending === null) await this.#sealing.seal()
    })
  }

  async receiveEntries(entries: readonly Uint8Array[]): Promise<void> {
    await this.#core.inTurn(() => this.#belonging.learn(entries))
    this.#hearsay.beginIfFirst()
  }

  /** A whole document, where one is wanted; `beside`: envelopes that were to come before it. */
  receiveWhole(bytes: Uint8Array, beside: readonly string[]): Promise<void> {
    return this.#core.inTurn(() => this.#intake.takeWhole(bytes, beside))
  }

  introduce(newcomer: Newcomer, entries: readonly Uint8Array[]): Promise<Introduction> {
    return this.#belonging.introduce(newcomer, entries)
  }

  /** For a device that joins. Null where there is nothing to give yet. */
  whole(): Promise<Uint8Array | null> {
    return this.#giving.whole()
  }

  // what others say (hearsay.ts)

  noteRemoved(): void {
    this.#hearsay.noteRemoved()
  }

  noteForked(): void {
    this.#hearsay.noteForked()
  }

  noteHeads(heads: ReadonlyMap<DeviceId, Head>): void {
    this.#hearsay.noteHeads(heads)
  }

  noteMet(device: DeviceId, said: Said): void {
    this.#hearsay.noteMet(device, said)
  }

  /** Something of the document was lost here: the next device that is met gives all of it. */
  wantWhole(): Promise<Result<void>> {
    const core = this.#core
    return core.inTurn(async () => {
      core.state?.wantWhole()
      return core.state?.isLost === true ? await core.append([{ kind: 'lost' }]) : ok(undefined)
    })
  }

  /** Resolves once every edit made here so far is in a durable envelope, and all that came was looked at. */
  flushed(): Promise<Result<void>> {
    return this.#core.inTurn(async () => {
      await this.#intake.takeIn()
      return await this.#sealing.seal()
    })
  }
}
