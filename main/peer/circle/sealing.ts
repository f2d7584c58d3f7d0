/**
 * Edits made here, put into envelopes: what is in the document and in no envelope was made on this device, by whichever window or
 * command; it is sealed as soon as nobody edits for a moment, and at the next start if that was cut short. An envelope is sent
 * only once it is durable, so that its place is never given twice.
 */
import * as Y from 'yjs'
import { isFree } from '../../../shared/peer/chain.ts'
import { noPrevious, readEnvelope, writeEnvelope } from '../../../shared/peer/envelope.ts'
import type { DeviceId } from '../../../shared/peer/identity.ts'
import { splitDeletions, uncovered } from '../../../shared/peer/gate/ranges.ts'
import { readUpdate, rewriteUpdate, updateLimits, type Contents, type Deletions } from '../../../shared/peer/gate/update.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { peerOrigin, type Core } from './core.ts'
import { integratedUpdate } from '../../../shared/document/integrated.ts'
import type { CircleState } from './state.ts'
import { mend, vouch } from './upkeep.ts'

const usualPauses = { quiet: 120, most: 1_000 } as const

/** Rounds in which what was made meanwhile is sealed too, before it is left for later. */
const mostRounds = 10

/** What is not covered: as an update, its contents, and the deletions that are new. */
interface Edits {
  readonly update: Uint8Array
  readonly contents: Contents
  readonly deletions: readonly Deletions[]
}

export class Sealing {
  readonly #core: Core
  /** What this device's envelopes in this circle have already named as seen. */
  readonly #toldOf = new Map<DeviceId, number>()
  #toldIn: CircleState | null = null
  #firstPending = 0
  #timer: NodeJS.Timeout | null = null

  constructor(core: Core) {
    this.#core = core
    core.doc.on('update', this.#onUpdate)
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#core.doc.off('update', this.#onUpdate)
  }

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === peerOrigin) return
    const core = this.#core
    core.gate.follow(update)
    if (core.state === null) return
    core.pending?.push(update)
    const now = performance.now()
    if (this.#timer === null) this.#firstPending = now
    else clearTimeout(this.#timer)
    const { quiet, most } = core.options.pauses ?? usualPauses
    this.#timer = setTimeout(() => {
      this.#timer = null
      void core.inTurn(() => this.seal())
    }, Math.max(0, Math.min(quiet, this.#firstPending + most - now)))
    this.#timer.unref()
  }

  /** Whether every edit so far is in an envelope, those too that were made meanwhile; false where that cannot be now. In turn only. */
  async sealAll(): Promise<boolean> {
    for (let round = 0; round < mostRounds; round += 1) {
      const sealed = await this.seal()
      if (!sealed.ok) return false
      if (this.#core.pending?.length === 0) return true
    }
    return false
  }

  /** Puts what is in no envelope into one, or a few. In turn only. */
  async seal(): Promise<Result<void>> {
    const core = this.#core
    const { state, secrets } = core
    if (state === null || secrets === null || core.isClosed || !state.hasBase || core.isBehindItself || !state.isMember) return ok(undefined)
    await vouch(core, state)
    await mend(core, state)
    const key = state.keys.get(state.membership.current)
    if (key === undefined) return ok(undefined)
    const { update, contents, deletions } = this.#uncoveredEdits(state)
    /* A whole document may have come before the envelopes that its edits stand in: what is made on top of these waits for them. */
    if (contents.blocks.some(({ client, end }) => !isOurs(state, client) && end > (state.coverage.clocks.get(client) ?? 0))) {
      core.pending = null
      return ok(undefined)
    }
    const blocks = contents.blocks.filter(({ client, end }) => isOurs(state, client) && end > (state.coverage.clocks.get(client) ?? 0))
    if (blocks.length === 0 && deletions.length === 0) return ok(undefined)
    const parts = splitDeletions(deletions, updateLimits.ranges)
    const only = new Set(blocks.map(({ client }) => client))
    const updates = [rewriteUpdate(update, contents, (client) => only.has(client), parts[0] ?? []), ...parts.slice(1).map((part) => rewriteUpdate(update, contents, () => false, part))]
    for (const one of updates) {
      const sealed = await this.#sealOne(state, one, key, secrets.sign)
      if (!sealed.ok) {
        core.pending = null
        return sealed
      }
    }
    return ok(undefined)
  }

  async #sealOne(state: CircleState, update: Uint8Array, key: Uint8Array, sign: Uint8Array): Promise<Result<void>> {
    const core = this.#core
    const contents = readUpdate(update)
    if (contents === null) return unsent
    if (this.#toldIn !== state) this.#toldOf.clear()
    this.#toldIn = state
    const head = state.heads.get(state.me)
    const others = contents.blocks.map(({ client }) => client).filter((client) => state.owners.get(client) !== state.me)
    const clients = others.filter((client) => !state.owners.has(client))
    const brought = others.filter((client) => state.owners.has(client))
    const seen = new Map([...state.heads].filter(([device, { seq }]) => device !== state.me && seq > (this.#toldOf.get(device) ?? 0)).map(([device, { seq }]) => [device, seq]))
    const bytes = writeEnvelope({ device: state.me, epoch: state.membership.current, seq: (head?.seq ?? 0) + 1, previous: head?.hash ?? noPrevious, seen, clients, brought }, update, key, sign, core.suite)
    const kept = await core.append([{ kind: 'envelope', bytes }])
    if (!kept.ok) return kept
    const envelope = readEnvelope(bytes, core.suite)
    if (envelope === null) return unsent
    for (const [device, seq] of seen) this.#toldOf.set(device, seq)
    state.advance(envelope, contents)
    core.spread()
    return ok(undefined)
  }

  /** Edits since the last envelope: as they were made where that is known, else whatever the document holds beyond what is covered. */
  #uncoveredEdits(state: CircleState): Edits {
    const { pending, doc } = this.#core
    this.#core.pending = []
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
}

const unsent = fail('internal', 'an edit of this device could not be sent', 'export your values and report this')

function isOurs(state: CircleState, client: number): boolean {
  const owner = state.owners.get(client)
  return owner === state.me || isFree(owner, state.membership)
}
