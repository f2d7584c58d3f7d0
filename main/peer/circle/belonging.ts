/**
 * Who belongs to the circle, as far as this device has a say in it: founding it, taking a device in, joining one, removing,
 * renaming, coming back by a recovery phrase; and learning what others said of it.
 *
 * Somebody unknown may show the chain of signed entries that leads to it. Nothing of that is believed for who sent it: it is taken
 * in only where the circle, worked out from it and from what is known here (membership.ts), holds that device as a member. Who
 * cannot show the entry that founded the circle, which nobody outside ever saw, costs one digest of what it sent.
 */
import { bytesToHex } from '@noble/hashes/utils.js'
import { addDevice, addRecovery, foundCircle, recoveryKeys, renameDevice, revokeDevice, type Speaker } from '../../../shared/peer/circle.ts'
import { entryLimits, readEntry, type Entry } from '../../../shared/peer/entry.ts'
import { cardOf, drawSecrets, type DeviceCard, type DeviceId, type DeviceSecrets } from '../../../shared/peer/identity.ts'
import { activeMembers, adderOf, cardOfMember, cardOfTransport, placeOf, removalsBehind } from '../../../shared/peer/membership.ts'
import { cover } from '../../../shared/peer/gate/ranges.ts'
import { sealKey } from '../../../shared/peer/seal.ts'
import { readUpdate } from '../../../shared/peer/gate/update.ts'
import { readPhrase, writePhrase } from '../../../shared/peer/words.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { noCircle, type Core } from './core.ts'
import type { Introduction, Newcomer } from '../meeting/greeting.ts'
import type { Intake } from './intake.ts'
import { integratedUpdate } from '../../../shared/document/integrated.ts'
import type { Sealing } from './sealing.ts'
import { CircleState } from './state.ts'
import type { Base, Row } from './store.ts'
import { mend, vouch } from './upkeep.ts'

const outside = fail('denied', 'this computer is let in by the others no more', 'pair it with one of them again')
const noDevice = fail('not-found', 'there is no such device', 'look at the list of devices')

const removedMeanwhile = fail('conflict', 'this device had been removed from the others, and has heard of it only now', 'pair it once more, by a new code: it comes back under new keys, with all that it has')
const notTaken = fail('denied', 'the other device did not take this one in', 'try again')
const unknown: Introduction = { place: 'stranger', card: null, removals: [] }
const mostFallen = 20

/** Whose word takes this device in: another key of the same person's. */
interface Voice {
  readonly by: string
  readonly sign: Uint8Array
  readonly seal: Uint8Array
}

/** A device that a removed one had taken in, before anybody who counts had heard of it. */
export interface Fallen {
  readonly id: DeviceId
  readonly name: string
  /** The name of the removed one. */
  readonly by: string
}

export class Belonging {
  readonly #core: Core
  readonly #sealing: Sealing
  readonly #intake: Intake
  readonly #fallen = new Map<DeviceId, Fallen>()

  constructor(core: Core, sealing: Sealing, intake: Intake) {
    this.#core = core
    this.#sealing = sealing
    this.#intake = intake
  }

  /** Takes a device in that both persons said yes to; founds the circle where there is none. Gives the log for it. */
  admit(card: DeviceCard): Promise<Result<readonly Uint8Array[]>> {
    return this.#core.inTurn(async () => {
      /* One that belongs no more begins anew, with all that it has. */
      const founded = this.#core.state?.isMember === true ? ok(undefined) : await this.#found()
      if (!founded.ok) return founded
      const { state } = this.#core
      if (state === null) return noCircle
      const known = state.membership.members.get(card.id)
      /* One that was removed and has not heard of it reads it there, and takes new keys the next time. */
      if (known !== undefined && !known.isFallen) return ok(state.entries)
      const added = await this.#say(state, (speaker) => addDevice(speaker, card))
      if (!added.ok) return added
      /* One that fell out comes back under other keys, and the same name. */
      for (const [id, { name }] of this.#fallen) if (name === card.name) this.#fallen.delete(id)
      return ok(state.entries)
    })
  }

  /** Joins the circle of this log, if it says that this device belongs. Errors: `bad-input`, `conflict`, those of the storage. */
  join(entries: readonly Uint8Array[]): Promise<Result<void>> {
    return this.#core.inTurn(async () => {
      const core = this.#core
      const card = core.joiningCard()
      const secrets = core.joiningSecrets()
      if (!card.ok) return card
      if (!secrets.ok) return secrets
      const founding = this.#foundingOf(entries)
      if (founding === null) return fail('bad-input', 'the other device sent no list of devices', 'try again')
      const { state: before } = core
      if (before?.circle === founding.hash && before.me === card.value.id) return await this.#rejoin(before, entries)
      if (before?.isMember === true && activeMembers(before.membership).length > 1) return fail('conflict', 'this computer already belongs to other devices', 'remove it there first, or offer the code on this one')
      const state = new CircleState(founding.hash, false, card.value.id, secrets.value, core.suite, entries)
      return state.isMember ? await this.#begin(state, secrets.value, before) : notTaken
    })
  }

  /** In the circle where it was before, under the same keys: what it has not sent yet goes out now. */
  async #rejoin(state: CircleState, entries: readonly Uint8Array[]): Promise<Result<void>> {
    const isRemoved = placeOf(state.membershipWith(entries), state.me) === 'removed'
    if (!isRemoved && this.#hadFallen(state, entries)) return await this.#replace(state, entries)
    await this.learn(entries)
    if (!state.isMember) return isRemoved ? removedMeanwhile : notTaken
    this.#core.pending = null
    return await this.#sealing.seal()
  }

  /** Whether this device belongs only since it was added just now: it had fallen out, and had not heard of it. */
  #hadFallen(state: CircleState, entries: readonly Uint8Array[]): boolean {
    const isAnswer = (bytes: Uint8Array): boolean => {
      const statement = state.hasEntry(bytes) ? null : readEntry(bytes, this.#core.suite)?.statement
      return statement?.kind === 'add' && statement.card.id === state.me
    }
    return placeOf(state.membershipWith(entries.filter((bytes) => !isAnswer(bytes))), state.me) !== 'member'
  }

  /** Under fresh keys, which those that were added just now take in, and these are removed. */
  async #replace(before: CircleState, entries: readonly Uint8Array[]): Promise<Result<void>> {
    const core = this.#core
    const own = core.secrets
    if (own === null) return noCircle
    const secrets = drawSecrets(core.suite)
    const card = cardOf(secrets, core.me?.name ?? core.options.name, core.suite)
    const state = new CircleState(before.circle, false, card.id, secrets, core.suite, [...before.entries, ...entries])
    if (placeOf(state.membership, before.me) !== 'member') return notTaken
    const told = this.#tell(state, { by: before.me, sign: own.sign, seal: own.seal }, card, [before.me], null)
    return told.ok ? await this.#begin(state, secrets, before) : told
  }

  /** In a circle that is new to these keys: once the whole document was given, all that is here beyond it goes out. */
  async #begin(state: CircleState, secrets: DeviceSecrets, before: CircleState | null): Promise<Result<void>> {
    const core = this.#core
    const moved = core.useSecrets(secrets)
    if (!moved.ok) return moved
    /* What others wrote is brought, not claimed: somebody else may have more of it. */
    const owners = new Map([...(before?.owners ?? [])].filter(([, device]) => device !== before?.me))
    state.noteOwners(owners)
    const kept = await core.append([{ kind: 'circle', circle: state.circle, isFounder: false }, ...state.entries.map((bytes): Row => ({ kind: 'entry', bytes })), { kind: 'owners', owners }])
    if (!kept.ok) return kept
    core.enter(state)
    return ok(undefined)
  }

  async rename(device: DeviceId, name: string): Promise<Result<void>> {
    return await this.#speak((speaker) => (speaker.membership.members.has(device) ? ok(renameDevice(speaker, device, name)) : noDevice))
  }

  /** Removed for good: nothing that it makes from now on is taken in by whoever heard of this; what somebody took before counts. Errors: `not-found`, `conflict` (the last one). */
  async revoke(device: DeviceId): Promise<Result<void>> {
    return await this.#speak((speaker) => {
      const head = this.#core.state?.heads.get(device)
      return revokeDevice(speaker, device, head === undefined ? null : { seq: head.seq, hash: head.hash })
    })
  }

  /** 24 words that can take a device in when all others are lost: shown once, kept nowhere. */
  async makeRecovery(): Promise<Result<string>> {
    const core = this.#core
    const secret = core.suite.random(32)
    const founded = core.state?.isMember === true ? ok(undefined) : await core.inTurn(() => this.#found())
    if (!founded.ok) return founded
    const done = await this.#speak((speaker) => ok(addRecovery(speaker, recoveryKeys(secret))))
    return done.ok ? ok(writePhrase(secret)) : done
  }

  /** Takes this device into the circle of a backup's log by its phrase, as a new device; `lost` are removed with the same breath. */
  async recover(typed: string, entries: readonly Uint8Array[], lost: readonly DeviceId[] = [], base: Base | null = null): Promise<Result<void>> {
    const secret = readPhrase(typed)
    if (!secret.ok) return secret
    const { sign, seal } = recoveryKeys(secret.value)
    return await this.#comeBack({ by: bytesToHex(this.#core.suite.publicKey(sign)), sign, seal }, entries, lost, base)
  }

  /** The same by the secrets of the device that the backup was made on, which is removed; `isMending`: it is this very one, whose store lost something. */
  async succeed(secrets: DeviceSecrets, entries: readonly Uint8Array[], base: Base | null, isMending = false): Promise<Result<void>> {
    const { id } = cardOf(secrets, '', this.#core.suite)
    return await this.#comeBack({ by: id, sign: secrets.sign, seal: secrets.seal }, entries, [id], base, isMending)
  }

  /**
   * Under keys that nobody has seen, so that no place in a chain of envelopes is given twice, whatever the others have of the
   * lost device. `base`: how far the backup had everybody's edits; without it, all that is here counts as this device's.
   */
  async #comeBack(voice: Voice, entries: readonly Uint8Array[], lost: readonly DeviceId[], base: Base | null, isMending = false): Promise<Result<void>> {
    const core = this.#core
    return await core.inTurn(async () => {
      if (!isMending && core.state?.isMember === true && activeMembers(core.state.membership).length > 1) return fail('conflict', 'this computer already belongs to other devices', 'restore the backup on a computer that belongs to none')
      const founding = this.#foundingOf(entries)
      if (founding === null) return fail('bad-input', 'the backup holds no list of devices', 'choose another backup')
      const secrets = drawSecrets(core.suite)
      const card = cardOf(secrets, core.options.name, core.suite)
      const state = new CircleState(founding.hash, true, card.id, secrets, core.suite, entries)
      const { membership } = state
      const isKnown = membership.recoveries.some((one) => one.seal === bytesToHex(sealKey(voice.seal))) || membership.members.get(voice.by as DeviceId)?.isRevoked === false
      if (!isKnown) return fail('denied', 'this phrase does not belong to this backup', 'look for a newer phrase')
      const told = this.#tell(state, voice, card, lost, base)
      if (!told.ok) return told
      if (base === null) this.#coverAll(state)
      else state.takeBase(base)
      if (isMending) state.wantWhole()
      const moved = core.useSecrets(secrets)
      if (!moved.ok) return moved
      const kept = await core.append([{ kind: 'circle', circle: founding.hash, isFounder: true }, ...state.entries.map((bytes): Row => ({ kind: 'entry', bytes })), { kind: 'base', base: state.base() }, ...(isMending ? [{ kind: 'lost' } satisfies Row] : [])])
      if (!kept.ok) return kept
      core.enter(state)
      return ok(undefined)
    })
  }

  /** Into `state`: this voice takes `card` in, and removes the lost ones. */
  #tell(state: CircleState, voice: Voice, card: DeviceCard, lost: readonly DeviceId[], base: Base | null): Result<void> {
    const core = this.#core
    const speaker = (): Speaker => ({ suite: core.suite, by: voice.by, sign: voice.sign, membership: state.membership, keys: this.#keysOf(state, voice.seal), at: core.now() })
    const added = addDevice(speaker(), card)
    if (!added.ok) return added
    state.addEntries([added.value])
    for (const device of lost) {
      const revoked = revokeDevice(speaker(), device, base?.heads.get(device) ?? null)
      if (!revoked.ok) return revoked
      state.addEntries([revoked.value])
    }
    return ok(undefined)
  }

  /** Entries from others: those that count are kept, passed on, and acted upon. In turn only. */
  async learn(entries: readonly Uint8Array[]): Promise<void> {
    const core = this.#core
    const { state } = core
    if (state === null) return
    const taken = state.addEntries(entries)
    if (taken.length === 0) return
    const kept = await core.append(taken.map((bytes): Row => ({ kind: 'entry', bytes })))
    if (!kept.ok) return
    await this.#afterChange(state)
    await this.#intake.takeIn()
    /* The key for what waits may just have come. */
    await this.#sealing.seal()
  }

  /** Whether the chain that somebody unknown shows makes it a member; if so, it is learnt. */
  introduce(newcomer: Newcomer, entries: readonly Uint8Array[]): Promise<Introduction> {
    const core = this.#core
    return core.inTurn(async () => {
      const { state } = core
      if (state === null || !state.isMember || entries.length > entryLimits.entries || !entries.some((bytes) => state.isFounding(bytes))) return unknown
      const membership = state.membershipWith(entries)
      const card = 'device' in newcomer ? cardOfMember(membership, newcomer.device) : cardOfTransport(membership, newcomer.transport)
      if (card === null) return unknown
      const place = placeOf(membership, card.id)
      if (place === 'member') await this.learn(entries)
      if (place === 'fallen') this.#noteFallen(card, adderOf(membership, card.id)?.name ?? '')
      return { place, card, removals: place === 'fallen' ? removalsBehind(membership, card.id).map(({ bytes }) => bytes) : [] }
    })
  }

  /** Devices that asked to be let in, and that a removed one had taken in; until this ends, or they are taken in again. */
  fallen(): readonly Fallen[] {
    const { state } = this.#core
    return [...this.#fallen.values()].filter(({ id }) => state === null || placeOf(state.membership, id) !== 'member')
  }

  #noteFallen({ id, name }: DeviceCard, by: string): void {
    if (this.#fallen.has(id) || this.#fallen.size >= mostFallen) return
    this.#fallen.set(id, { id, name, by })
    this.#core.tell({ kind: 'devices' })
  }

  // ---- helpers

  async #found(): Promise<Result<void>> {
    const core = this.#core
    const secrets = core.ownSecrets()
    if (!secrets.ok) return secrets
    const { state: before } = core
    const card = cardOf(secrets.value, core.me?.name ?? core.options.name, core.suite)
    const { entry, circle } = foundCircle(core.suite, secrets.value, card, core.now())
    const state = new CircleState(circle, true, card.id, secrets.value, core.suite, [entry])
    const saved = await core.options.home.saved()
    if (!saved.ok) return saved
    this.#coverAll(state, before)
    const kept = await core.append([{ kind: 'circle', circle, isFounder: true }, { kind: 'entry', bytes: entry }, { kind: 'base', base: state.base() }])
    if (!kept.ok) return kept
    core.enter(state)
    return ok(undefined)
  }

  /**
   * All that is in the document is this device's, and is given to others as a whole; but for what other devices wrote in an earlier
   * circle (`before`), which they may have more of: that belongs to whoever brings it first.
   */
  #coverAll(state: CircleState, before: CircleState | null = null): void {
    const contents = readUpdate(integratedUpdate(this.#core.doc), true)
    if (contents === null) return
    cover(state.coverage, contents)
    for (const { client } of contents.blocks) if ((before?.owners.get(client) ?? state.me) === state.me) state.owners.set(client, state.me)
  }

  #speak(make: (speaker: Speaker) => Result<Uint8Array>): Promise<Result<void>> {
    const core = this.#core
    return core.inTurn(async () => (core.state === null ? noCircle : await this.#say(core.state, make)))
  }

  async #say(state: CircleState, make: (speaker: Speaker) => Result<Uint8Array>): Promise<Result<void>> {
    const core = this.#core
    const speaker = core.speaker(state)
    if (speaker === null) return noCircle
    if (!state.isMember) return outside
    const entry = make(speaker)
    if (!entry.ok) return entry
    const kept = await core.append([{ kind: 'entry', bytes: entry.value }])
    if (!kept.ok) return kept
    state.addEntries([entry.value])
    await this.#afterChange(state)
    return ok(undefined)
  }

  async #afterChange(state: CircleState): Promise<void> {
    const core = this.#core
    core.tell({ kind: 'devices' })
    await vouch(core, state)
    await mend(core, state)
    for (const session of [...core.sessions]) session.refresh()
  }

  #foundingOf(entries: readonly Uint8Array[]): Entry | null {
    return entries.map((bytes) => readEntry(bytes, this.#core.suite)).find((entry) => entry?.statement.kind === 'found') ?? null
  }

  #keysOf(state: CircleState, seal: Uint8Array) {
    return new CircleState(state.circle, true, state.me, { sign: seal, seal, transport: seal }, this.#core.suite, state.entries).keys
  }
}
