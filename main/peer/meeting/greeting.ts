/**
 * Who is at the other end: known by the transport's own proof, or shown by a signature over both nonces. Nothing but a challenge is
 * sent before that. Who is not known here is asked once for the signed chain that leads from the founder to it, and this device
 * gives its own only to a device that it knows itself; belonging.ts judges what is shown. Where neither knows the other, each first
 * shows by a tag that it knows the circle: who was never in it is shown nothing.
 */
import { timingSafeEqual } from 'node:crypto'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import type { DeviceCard, DeviceId, DeviceSecrets } from '../../../shared/peer/identity.ts'
import { chainTo, type Place } from '../../../shared/peer/membership.ts'
import { kinTag, pack, proofBytes, type PeerMessage } from '../../../shared/peer/message.ts'
import type { Suite } from '../../../shared/peer/suite.ts'
import type { Result } from '../../../shared/result.ts'
import type { CircleState } from '../circle/state.ts'

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

/** What it needs of this home. */
export interface GreetingHost {
  readonly suite: Suite
  readonly state: CircleState | null
  readonly me: DeviceCard | null
  secrets(): Result<DeviceSecrets>
  deviceOfTransport(key: string): DeviceId | null
  /** Looks at the chain of somebody unknown, and takes it in where it leads to a member. */
  introduce(newcomer: Newcomer, entries: readonly Uint8Array[]): Promise<Introduction>
}

/** What it needs of the session that it opens. */
export interface GreetingSession {
  send(message: PeerMessage): void
  /** Once it is known who is there, and that it belongs. */
  welcome(device: DeviceId): void
  /** Says why, and hangs up. */
  refuse(reason: string, device: DeviceId | null): void
}

/** Milliseconds that somebody unknown is given to show that it belongs, and how often it may try. */
const introducing = 8_000
const mostIntroductions = 3

/** What is said to those who are not let in. */
export const reasons = { removed: 'revoked', fallen: 'fallen', stranger: 'stranger' } as const

export class Greeting {
  readonly #host: GreetingHost
  readonly #session: GreetingSession
  /** The key that the transport proved; null where it proves nothing. */
  readonly #remote: string | null
  #nonce: Uint8Array | null = null
  #claimed: { readonly device: DeviceId; readonly nonce: Uint8Array } | null = null
  /** The signature of somebody who is still to show its chain. */
  #proof: Uint8Array | null = null
  /** Whoever is there was asked to show that it belongs; and this device was, by somebody not known yet. */
  #isAsking = false
  #isAsked = false
  /** It is not known here, and knows the circle. */
  #isKin = false
  #introductions = 0
  #isIntroducing = false
  #late: NodeJS.Timeout | null = null
  #device: DeviceId | null = null
  #isOver = false

  constructor(host: GreetingHost, session: GreetingSession, remote: string | null) {
    this.#host = host
    this.#session = session
    this.#remote = remote
  }

  start(): void {
    if (this.#remote === null) {
      const { me } = this.#host
      if (me === null) return this.#session.refuse('stranger', null)
      this.#nonce = this.#host.suite.random(32)
      return this.#session.send({ kind: 'challenge', device: me.id, nonce: this.#nonce })
    }
    const device = this.#host.deviceOfTransport(this.#remote)
    const known = this.#deviceOfKey(this.#remote)
    if (device !== null) this.#welcome(device)
    else if (known !== null || this.#host.state === null) this.#session.refuse(known === null ? 'stranger' : 'revoked', known)
    else this.#ask()
  }

  /** What was asked may have been lost. */
  nudge(): void {
    if (this.#device === null && this.#isAsking) this.#session.send({ kind: 'ask' })
  }

  /** The other end wants to be shown how this device came in. */
  asked(): void {
    this.#isAsked = true
    this.#present()
    this.#showKinship()
  }

  /** The session is open: what was asked for before is shown now. */
  welcomed(): void {
    if (this.#isAsked) this.#present()
  }

  /** From somebody who is not known yet. */
  take(message: PeerMessage): void {
    if (message.kind === 'present') return void this.#judge(message.entries)
    if (message.kind === 'kin') return this.#heardKin(message.tag)
    if (this.#remote !== null) return
    const { me, state, suite } = this.#host
    const secrets = this.#host.secrets()
    if (me === null || state === null || !secrets.ok || this.#nonce === null) return this.#session.refuse('stranger', null)
    if (message.kind === 'challenge') {
      const member = state.membership.members.get(message.device)
      if (message.device === me.id) return this.#session.refuse('stranger', null)
      if (member?.isRevoked === true && !member.isFallen) return this.#session.refuse('revoked', member.card.id)
      /* A second one would let somebody collect signatures over nonces of their own choice. */
      if (this.#claimed !== null) return
      this.#claimed = { device: message.device, nonce: message.nonce }
      this.#session.send({ kind: 'proof', signature: suite.sign(secrets.value.sign, proofBytes({ device: me.id, nonce: this.#nonce }, this.#claimed, state.circle, suite)) })
      if (member === undefined || member.isFallen) this.#ask()
    } else if (message.kind === 'proof' && this.#claimed !== null) {
      this.#proof = message.signature
      this.#checkProof()
    }
  }

  /** To one that was let in by a removed device: so that it can see for itself, and lets that one in no more either. */
  showRemovals(entries: readonly Uint8Array[]): void {
    for (const group of pack(entries)) this.#session.send({ kind: 'entries', entries: group })
  }

  end(): void {
    this.#isOver = true
    if (this.#late !== null) clearTimeout(this.#late)
  }

  // ---- a signature

  /** Once both are here: the signature, and word of whose it must be. */
  #checkProof(): void {
    const member = this.#claimed === null ? undefined : this.#host.state?.membership.members.get(this.#claimed.device)
    if (this.#proof === null || member === undefined || member.isFallen) return
    const isTrue = this.#isProvenBy(member.card)
    if (isTrue && !member.isRevoked) this.#welcome(member.card.id)
    else this.#session.refuse(isTrue ? 'revoked' : 'signature', member.card.id)
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
    this.#session.welcome(device)
  }

  // ---- a chain

  /** Whoever is there may be one that others took in: it is given a moment to show it. */
  #ask(): void {
    this.#isAsking = true
    this.#session.send({ kind: 'ask' })
    this.#showKinship()
    this.#late = setTimeout(() => {
      if (this.#device === null) this.#session.refuse('stranger', null)
    }, introducing)
  }

  /** Neither knows the other: both came in later, each through another one. */
  #showKinship(): void {
    const tags = this.#isAsking && this.#isAsked && this.#device === null ? this.#kinTags() : null
    if (tags !== null) this.#session.send({ kind: 'kin', tag: tags.ours })
  }

  #heardKin(tag: Uint8Array): void {
    const tags = this.#isAsking ? this.#kinTags() : null
    if (tags === null || !timingSafeEqual(tags.theirs, tag)) return
    this.#isKin = true
    if (this.#isAsked) this.#present()
  }

  /** Bound to both ends of this line, so that none serves on another. */
  #kinTags(): { readonly ours: Uint8Array; readonly theirs: Uint8Array } | null {
    const { me, state } = this.#host
    if (me === null || state === null) return null
    const [claimed, nonce] = [this.#claimed, this.#nonce]
    const own = this.#remote !== null ? hexToBytes(me.transport) : nonce === null ? null : concatBytes(hexToBytes(me.id), nonce)
    const other = this.#remote !== null ? hexToBytes(this.#remote) : claimed === null ? null : concatBytes(hexToBytes(claimed.device), claimed.nonce)
    return own === null || other === null ? null : { ours: kinTag(own, other, state.circle), theirs: kinTag(other, own, state.circle) }
  }

  /** This device is not known there: it shows how it came in, to none but a device that it knows or that knows the circle. */
  #present(): void {
    const { me, state } = this.#host
    if ((this.#device === null && !this.#isKin) || me === null || state === null) return
    this.#session.send({ kind: 'present', entries: chainTo(state.membership, me.id).map(({ bytes }) => bytes) })
  }

  async #judge(entries: readonly Uint8Array[]): Promise<void> {
    const newcomer: Newcomer | null = this.#remote !== null ? { transport: this.#remote } : this.#claimed !== null ? { device: this.#claimed.device } : null
    if (!this.#isAsking || this.#isIntroducing || newcomer === null) return
    this.#introductions += 1
    if (this.#introductions > mostIntroductions) return this.#session.refuse('stranger', null)
    this.#isIntroducing = true
    const { place, card, removals } = await this.#host.introduce(newcomer, entries)
    this.#isIntroducing = false
    if (this.#isOver || this.#device !== null) return
    if (place === 'fallen' && card !== null && (this.#remote !== null || this.#isProvenBy(card))) this.showRemovals(removals)
    if (place !== 'member' || card === null) return this.#session.refuse(reasons[place === 'member' ? 'stranger' : place], card?.id ?? null)
    if (this.#remote === null) this.#checkProof()
    else this.#welcome(card.id)
  }

  #deviceOfKey(key: string): DeviceId | null {
    return [...(this.#host.state?.membership.members.values() ?? [])].find(({ card, isFallen }) => card.transport === key && !isFallen)?.card.id ?? null
  }
}
