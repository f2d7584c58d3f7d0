/**
 * What the other devices say of themselves and of this one: that it was removed, that something else stands in its place, what they
 * have, and that they wait for a document that nobody has any more. Nothing of it is signed but what is read later.
 */
import type { Head } from '../../../shared/peer/chain.ts'
import type { DeviceId } from '../../../shared/peer/identity.ts'
import { activeMembers, placeOf } from '../../../shared/peer/membership.ts'
import type { Summary } from '../meeting/exchange.ts'
import type { Core } from './core.ts'
import type { Intake } from './intake.ts'
import type { CircleState } from './state.ts'

export type Said = Pick<Summary, 'heads' | 'entries' | 'isNew'>

export class Hearsay {
  readonly #core: Core
  readonly #intake: Intake
  /** Devices of this circle that said last that they wait for a whole document, and which entries they had then. */
  readonly #new = new Map<DeviceId, ReadonlySet<string>>()
  #newIn: CircleState | null = null

  constructor(core: Core, intake: Intake) {
    this.#core = core
    this.#intake = intake
  }

  /** A device that belongs says that this one was removed: it has nothing more to send, and joins under new keys. */
  noteRemoved(): void {
    const { state } = this.#core
    if (state === null || state.isRemoved) return
    state.isToldRemoved = true
    void this.#core.append([{ kind: 'removed' }])
    this.#core.tell({ kind: 'devices' })
  }

  /** Another of the circle has something else in a place of this device's own chain. */
  noteForked(): void {
    const { state } = this.#core
    if (state !== null) this.#core.noteFork(state.me)
  }

  /** Of a home that was copied and then removed, this one took in what the one wrote, and somebody with these heads has what counts, which the other wrote: all of it is wanted. */
  noteHeads(heads: ReadonlyMap<DeviceId, Head>): void {
    const core = this.#core
    if (core.state?.hasBase !== true || !core.state.lacksEnd(heads)) return
    void core.inTurn(async () => {
      if (core.state?.hasBase !== true || !core.state.lacksEnd(heads)) return
      core.state.wantRest()
      await core.append([{ kind: 'lost' }])
    })
  }

  /** What a peer says it has. */
  noteMet(device: DeviceId, { heads, entries, isNew }: Said): void {
    const core = this.#core
    const { state } = core
    if (state === null) return
    if (this.#newIn !== state) this.#new.clear()
    this.#newIn = state
    if (isNew) this.#new.set(device, new Set(entries))
    else this.#new.delete(device)
    this.beginIfFirst()
    const own = heads.get(state.me)?.seq ?? 0
    if (own > (state.heads.get(state.me)?.seq ?? 0)) core.isBehindItself = true
    /* What it says of itself, and of this one, shows a copy before a second edit does; of others it may say what it likes. */
    for (const [one, head] of heads) if ((one === device || one === state.me) && state.isApart(one, head)) core.noteFork(one)
    const before = state.met.get(device)
    const seqs = new Map([...heads].map(([one, { seq }]) => [one, seq]))
    const isNews = before === undefined || [...seqs].some(([one, seq]) => (before.heads.get(one) ?? 0) !== seq)
    state.met.set(device, { at: core.now(), heads: seqs })
    if (isNews) void core.append([{ kind: 'met', device, at: core.now(), heads: seqs }])
  }

  /**
   * Where all who belong wait for a document that nobody has any more, the first of them by its id begins. One that does not know
   * yet who was removed may be given it by that one after all; so may one that somebody here is still to hear of. Who fell out has
   * it perhaps, and brings it as its own when it is added again.
   */
  beginIfFirst(): void {
    const { state } = this.#core
    if (state === null || state !== this.#newIn || state.hasBase || !state.isMember) return
    const others = activeMembers(state.membership).map(({ card }) => card.id).filter((id) => id !== state.me)
    const removals = state.membership.entries.filter(({ statement }) => statement.kind === 'revoke').map(({ hash }) => hash)
    const known = new Set(state.entryHashes())
    const waitsForNobody = (id: DeviceId): boolean => {
      const theirs = this.#new.get(id) ?? new Set()
      return removals.every((hash) => theirs.has(hash)) && [...theirs].every((hash) => known.has(hash))
    }
    /* Who has envelopes has the document. */
    const isThere = [...state.met].some(([id, { heads }]) => heads.size > 0 && !this.#new.has(id) && placeOf(state.membership, id) === 'member')
    if (others.length > 0 && !isThere && others.every((id) => this.#new.has(id) && waitsForNobody(id) && state.me < id)) void this.#core.inTurn(() => this.#intake.beginWithout())
  }
}
