/**
 * Edits made elsewhere. An envelope of another device is taken in only if it is the next of its chain (chain.ts) and passed the
 * gate (gate.ts): then kept durably, then applied, in one transaction; if not, it is held, with all that comes behind it, until
 * the person says. Envelopes are taken in one after another, whoever brought them.
 */
import * as Y from 'yjs'
import { rootNames } from '../../../shared/document/layout.ts'
import { ownership } from '../../../shared/peer/chain.ts'
import { readEnvelope, type Envelope } from '../../../shared/peer/envelope.ts'
import { nothingRemoved, undoing, type Removed, type Shown } from '../../../shared/peer/gate/gate.ts'
import type { DeviceId } from '../../../shared/peer/identity.ts'
import { createCoverage } from '../../../shared/peer/gate/ranges.ts'
import { readUpdate, type Contents } from '../../../shared/peer/gate/update.ts'
import { readWhole } from '../../../shared/peer/gate/whole.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { noCircle, peerOrigin, type Core } from './core.ts'
import { integratedUpdate } from '../../../shared/document/integrated.ts'
import type { Sealing } from './sealing.ts'
import { drasticWords, type CircleState } from './state.ts'
import type { Row, Verdict } from './store.ts'

/** Milliseconds over which what one device takes away counts as at once. */
const atOnce = 60_000
/** Envelopes that may wait for one that comes before them. */
const mostWaiting = 20_000
const mostWaitingBytes = 128 * 1024 * 1024
const mostInBatch = 256
/** Envelopes that are remembered as refused. */
const mostForks = 1_000

const notHeld = fail('not-found', 'nothing of this name is held', 'look at the list again')

interface Passed {
  readonly envelope: Envelope
  readonly update: Uint8Array
}

export class Intake {
  readonly #core: Core
  readonly #sealing: Sealing
  /** By hash. */
  readonly #inbox = new Map<string, Envelope>()
  readonly #waiting = new Map<string, Envelope>()
  #waitingBytes = 0
  /** By hash: in a place that another one stands in. */
  readonly #forks = new Set<string>()
  readonly #removals: { readonly device: DeviceId; readonly at: number; readonly removed: Removed }[] = []
  readonly #undo: Y.UndoManager

  constructor(core: Core, sealing: Sealing) {
    this.#core = core
    this.#sealing = sealing
    this.#undo = new Y.UndoManager(rootNames.filter((name) => name !== 'meta').map((name) => core.doc.getMap(name)), {
      trackedOrigins: new Set([peerOrigin]),
      captureTimeout: 0,
      captureTransaction: (transaction) => transaction.origin === peerOrigin && transaction.deleteSet.clients.size > 0
    })
  }

  end(): void {
    this.#undo.destroy()
  }

  /** To be looked at by `takeIn`. */
  add(bytes: readonly Uint8Array[]): void {
    for (const one of bytes) {
      const envelope = readEnvelope(one, this.#core.suite)
      if (envelope === null) this.#core.tell({ kind: 'refused', device: null, reason: 'malformed' })
      else this.#inbox.set(envelope.hash, envelope)
    }
  }

  /** All that can be taken in now. In turn only. */
  async takeIn(): Promise<void> {
    const core = this.#core
    const { state } = core
    if (state === null || !state.hasBase) return
    this.#waitForAll(state)
    for (let isMoving = true; isMoving && this.#waiting.size > 0; ) {
      const before = new Map(state.heads)
      await this.#takeBatch(state)
      isMoving = [...state.heads].some(([device, head]) => before.get(device)?.seq !== head.seq) || this.#inbox.size > 0
      this.#waitForAll(state)
    }
    if (core.isBehindItself && ![...core.sessions].some((session) => session.knowsMoreOf(state.me, state.heads.get(state.me)?.seq ?? 0))) {
      core.isBehindItself = false
      core.pending = null
      /* What was made here meanwhile waited for it. */
      await this.#sealing.seal()
    }
  }

  /**
   * A whole document, where one is wanted; `beside`: envelopes in it that others may lack. What is said to be had here is looked for
   * here, and whoever gave it may be gone: without all of them, which came before it, it counts as lost on the way. In turn only.
   */
  async takeWhole(bytes: Uint8Array, beside: readonly string[]): Promise<void> {
    const core = this.#core
    const { state } = core
    if (state === null || state.hasBase || !beside.every((hash) => this.#inbox.has(hash))) return
    const whole = readWhole(bytes, state.membership, (epoch) => state.keys.get(epoch), core.suite)
    if (whole === null) return core.tell({ kind: 'refused', device: null, reason: 'whole' })
    const judged = await core.gate.judge({ update: whole.document, whole: true, allowed: true, before: nothingRemoved })
    if (judged.kind !== 'sound' || judged.coverage === null) return core.tell({ kind: 'refused', device: whole.head.device, reason: judged.kind === 'unsound' ? judged.detail : judged.kind })
    /* Whose edits these are is known before they are here: should this be cut short, none of them counts as made on this device. */
    const owners = new Map(whole.head.owners.flatMap(([device, clients]) => clients.map((client): [number, DeviceId] => [client, device])))
    const noted = await core.append([{ kind: 'owners', owners }])
    if (!noted.ok) return
    state.noteOwners(owners)
    core.applyWhole(whole.document)
    const saved = await core.options.home.saved()
    if (!saved.ok) return
    state.takeBase({ heads: new Map(whole.head.heads), owners, coverage: judged.coverage })
    const kept = [...this.#inbox.values()].filter((envelope) => state.standing(envelope).kind === 'known' && state.keepForOthers(envelope))
    await core.append([{ kind: 'all', rows: [{ kind: 'base', base: state.base() }, ...kept.map(({ bytes: one }): Row => ({ kind: 'envelope', bytes: one }))] }])
    core.pending = null
    await this.#sealing.seal()
    await this.takeIn()
    for (const session of core.sessions) session.nudge()
    core.tell({ kind: 'devices' })
  }

  /** The one that had the document was removed before anybody had it: what is here is all there is, and goes to the others. In turn only. */
  async beginWithout(): Promise<void> {
    const core = this.#core
    const { state } = core
    if (state === null || state.hasBase) return
    state.takeBase({ heads: new Map(), owners: new Map(), coverage: createCoverage() })
    await core.append([{ kind: 'base', base: state.base() }])
    core.pending = null
    await this.#sealing.seal()
    for (const session of core.sessions) session.give()
    core.tell({ kind: 'devices' })
  }

  // ---- what was held

  /** What it would change. */
  async show(key: string): Promise<Result<Shown>> {
    const { state, gate } = this.#core
    const held = this.#heldOf(key)
    const update = held === null ? null : (state?.open(held.envelope) ?? null)
    return update === null ? notHeld : ok(await gate.show(update))
  }

  /** Lets it through, however much it takes away. Errors: `not-found`, `denied` where it could not be taken in whole. */
  async take(key: string): Promise<Result<void>> {
    const held = this.#heldOf(key)
    if (held === null) return notHeld
    if (held.why !== drasticWords) return fail('denied', 'this cannot be taken in', 'drop it, and remove the device if you do not know why it sent it')
    return await this.#decide(held.envelope, 'take')
  }

  /** Lets nothing of it have its way: what it would have taken away stays, on every device; what cannot be read at all stays out for good. */
  async drop(key: string): Promise<Result<void>> {
    const held = this.#heldOf(key)
    return held === null ? notHeld : await this.#decide(held.envelope, 'drop')
  }

  /** Puts back what other devices took away last; gives whether there was anything. */
  undo(): boolean {
    return this.#undo.canUndo() && this.#undo.undo() !== null
  }

  canUndo(): boolean {
    return this.#undo.canUndo()
  }

  #heldOf(key: string) {
    return [...(this.#core.state?.held.values() ?? [])].find(({ envelope }) => envelope.hash === key) ?? null
  }

  #decide(envelope: Envelope, verdict: Verdict): Promise<Result<void>> {
    const core = this.#core
    return core.inTurn(async () => {
      const { state } = core
      if (state === null) return noCircle
      const kept = await core.append([{ kind: 'verdict', hash: envelope.hash, verdict }])
      if (!kept.ok) return kept
      state.decide(envelope.hash, verdict)
      if (!state.held.has(envelope.device)) this.#wait(state, envelope)
      await this.takeIn()
      for (const session of core.sessions) session.nudge()
      return ok(undefined)
    })
  }

  // ---- one after another

  #waitForAll(state: CircleState): void {
    for (const envelope of this.#inbox.values()) this.#wait(state, envelope)
    this.#inbox.clear()
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
    const batch: Passed[] = []
    const kept: Row[] = []
    const ordered = [...this.#waiting.values()].sort((left, right) => left.seq - right.seq)
    for (const envelope of ordered) {
      const standing = state.standing(envelope)
      if (standing.kind === 'early' || (standing.kind === 'next' && !state.hasKey(envelope.epoch))) continue
      this.#unwait(envelope)
      if (standing.kind === 'known' && state.keepForOthers(envelope)) kept.push({ kind: 'envelope', bytes: envelope.bytes })
      if (standing.kind === 'refused' && (standing.reason !== 'fork' || this.#isNewFork(envelope))) this.#core.tell({ kind: 'refused', device: envelope.device, reason: standing.reason })
      if (standing.kind !== 'next' || state.held.has(envelope.device)) continue
      const taken = await this.#examine(state, envelope)
      if (typeof taken === 'string') {
        await this.#keepBatch(batch.splice(0))
        await this.#hold(state, envelope, taken)
      } else {
        state.advance(envelope, taken.contents)
        batch.push({ envelope, update: taken.update })
      }
      if (batch.length >= mostInBatch) await this.#keepBatch(batch.splice(0))
    }
    await this.#keepBatch(batch)
    if (kept.length > 0) await this.#core.append(kept)
  }

  /** It is sent again and again, since its device knows of no better, and is told of once. */
  #isNewFork(envelope: Envelope): boolean {
    this.#core.noteFork(envelope.device)
    if (this.#forks.has(envelope.hash)) return false
    if (this.#forks.size >= mostForks) this.#forks.clear()
    this.#forks.add(envelope.hash)
    return true
  }

  /** The update where it passed, else why not. */
  async #examine(state: CircleState, envelope: Envelope): Promise<{ readonly update: Uint8Array; readonly contents: Contents } | string> {
    const core = this.#core
    const verdict = state.verdicts.get(envelope.hash)
    const update = state.open(envelope)
    if (update === null) return 'it cannot be opened with the key that it names'
    const contents = readUpdate(update)
    if (contents === null) return 'its edits are not written as this program writes them'
    const refusal = ownership(contents, envelope, state.owners, state.coverage, state.membership)
    if (refusal !== null) return refusal === 'client' ? 'it writes in the name of another device' : 'its edits do not continue its earlier ones'
    const judged = await core.gate.judge({ update, whole: false, allowed: verdict !== undefined, before: this.#removedBy(envelope.device) })
    if (judged.kind === 'drastic') return drasticWords
    if (judged.kind === 'unsound') return judged.detail
    if (judged.removed.records > 0 || judged.removed.characters > 0) this.#removals.push({ device: envelope.device, at: core.now(), removed: judged.removed })
    return { update, contents }
  }

  /** Durable first, then in the document, all in one transaction. */
  async #keepBatch(batch: readonly Passed[]): Promise<void> {
    const core = this.#core
    const { state } = core
    if (batch.length === 0 || state === null) return
    let pause = 100
    for (;;) {
      const kept = await core.append(batch.map(({ envelope }): Row => ({ kind: 'envelope', bytes: envelope.bytes })))
      if (kept.ok) break
      /* Not kept, so not applied either: it is sent again. */
      if (core.isClosing) return
      await new Promise((resolve) => setTimeout(resolve, (pause = Math.min(pause * 2, 30_000))).unref())
    }
    const revert: Uint8Array[] = []
    for (const { envelope, update } of batch) {
      if (state.verdicts.get(envelope.hash) !== 'drop') continue
      const back = undoing(integratedUpdate(core.doc), update, this.#drawClient())
      if (back !== null) revert.push(back)
    }
    core.apply([...batch.map(({ update }) => update), ...revert])
    for (const update of revert) {
      core.gate.follow(update)
      core.pending?.push(update)
    }
    core.spread()
    if (revert.length > 0) await this.#sealing.seal()
  }

  async #hold(state: CircleState, envelope: Envelope, why: string): Promise<void> {
    if (state.held.has(envelope.device)) return
    state.held.set(envelope.device, { envelope, why })
    await this.#core.append([{ kind: 'held', bytes: envelope.bytes, why }])
    this.#core.tell({ kind: 'quarantined', device: envelope.device, key: envelope.hash, reason: why })
  }

  #removedBy(device: DeviceId): Removed {
    const since = this.#core.now() - atOnce
    while (this.#removals.length > 0 && (this.#removals[0]?.at ?? 0) < since) this.#removals.shift()
    return this.#removals.filter((one) => one.device === device).reduce((sum, { removed }) => ({ records: sum.records + removed.records, characters: sum.characters + removed.characters }), nothingRemoved)
  }

  #drawClient(): number {
    return new DataView(this.#core.options.random.bytes(4).slice().buffer).getUint32(0)
  }
}
