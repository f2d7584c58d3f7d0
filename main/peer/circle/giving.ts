/**
 * The whole document, as a device is given that joins. It is made ready as soon as one belongs that was never met, so that it is
 * there when that one asks; an edit makes it out of date, and the next who asks waits for another.
 */
import type { EpochId } from '../../../shared/peer/entry.ts'
import type { DeviceId } from '../../../shared/peer/identity.ts'
import { activeMembers } from '../../../shared/peer/membership.ts'
import { writeWhole } from '../../../shared/peer/gate/whole.ts'
import type { Core } from './core.ts'
import { integratedUpdate } from '../../../shared/document/integrated.ts'
import type { Sealing } from './sealing.ts'

export class Giving {
  readonly #core: Core
  readonly #sealing: Sealing
  #ready: { readonly me: DeviceId; readonly epoch: EpochId; readonly bytes: Uint8Array } | null = null

  constructor(core: Core, sealing: Sealing) {
    this.#core = core
    this.#sealing = sealing
    core.doc.on('update', this.#forget)
  }

  end(): void {
    this.#core.doc.off('update', this.#forget)
  }

  readonly #forget = (): void => {
    this.#ready = null
  }

  /** Makes it, where somebody is sure to ask for it. */
  prepare(): void {
    const { state, isClosing } = this.#core
    if (state === null || isClosing || !state.hasBase || !state.isMember || this.#ready !== null) return
    if (activeMembers(state.membership).some(({ card }) => card.id !== state.me && !state.met.has(card.id))) void this.whole()
  }

  /** Null where there is nothing to give yet. */
  whole(): Promise<Uint8Array | null> {
    const core = this.#core
    return core.inTurn(async () => {
      const { state, secrets } = core
      /* Nothing may be in it that no envelope holds: what builds on that would come to others before it. */
      const isSealed = await this.#sealing.sealAll()
      const epoch = state?.membership.current
      const key = epoch === undefined ? undefined : state?.keys.get(epoch)
      if (state === null || secrets === null || !isSealed || !state.hasBase || epoch === undefined || key === undefined) return null
      if (this.#ready?.me === state.me && this.#ready.epoch === epoch) return this.#ready.bytes
      const owned = new Map<DeviceId, number[]>()
      for (const [client, device] of state.owners) owned.set(device, [...(owned.get(device) ?? []), client])
      const head = { device: state.me, epoch, circle: state.circle, heads: [...state.heads], owners: [...owned] }
      const bytes = writeWhole(head, integratedUpdate(core.doc), key, secrets.sign, core.suite)
      this.#ready = { me: state.me, epoch, bytes }
      return bytes
    })
  }
}
