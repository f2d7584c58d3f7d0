/** What goes between the steward's process and the one that meets other devices (process.ts): plain data, both ways. */
import type { Problem } from '../../../shared/result.ts'
import type { Purpose, Target } from '../carrier/carrier.ts'
import type { Circle } from './discovery.ts'

export interface Listening {
  /** The seed of this device's transport key. */
  readonly secret: Uint8Array
  /** The port to take if it is free; 0 for any. */
  readonly port: number
  /** A relay's address where the person switched *anywhere* on. */
  readonly relay: string | null
  /** Public keys, in hex, of those that may come in. */
  readonly members: readonly string[]
  readonly circle: Circle
}

export type ToProcess =
  | { readonly kind: 'listen'; readonly listening: Listening }
  | { readonly kind: 'members'; readonly members: readonly string[]; readonly circle: Circle }
  /** Answered by `opened` or `failed` with the same number. */
  | { readonly kind: 'dial'; readonly number: number; readonly target: Target; readonly purpose: Purpose }
  /** What this number dialled is wanted no more; no answer comes. */
  | { readonly kind: 'abandon'; readonly number: number }
  | { readonly kind: 'send'; readonly channel: number; readonly frame: Uint8Array }
  | { readonly kind: 'close'; readonly channel: number }
  /** Answered by `offering`. */
  | { readonly kind: 'offer'; readonly nameplate: string }
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'stop' }

export type FromProcess =
  /** `since`, by `Date.now`: from then on this device can be found. */
  | { readonly kind: 'listening'; readonly port: number; readonly carriers: readonly string[]; readonly since: number }
  | { readonly kind: 'broken'; readonly problem: Problem }
  | { readonly kind: 'offering'; readonly addresses: readonly string[] }
  | { readonly kind: 'device'; readonly device: string; readonly addresses: readonly string[]; readonly isNews: boolean }
  /** One that is not known here, by the key that it is met under. */
  | { readonly kind: 'kin'; readonly key: Uint8Array; readonly addresses: readonly string[] }
  | { readonly kind: 'offer'; readonly nameplate: string; readonly addresses: readonly string[] }
  /** The machine woke, or its addresses changed. */
  | { readonly kind: 'moved' }
  /** `number` is null where the other end dialled; `isGuest` where it is no member, and may show that it is one. */
  | { readonly kind: 'opened'; readonly channel: number; readonly number: number | null; readonly isGuest: boolean; readonly purpose: Purpose; readonly remote: Uint8Array; readonly carrier: string }
  | { readonly kind: 'failed'; readonly number: number; readonly problem: Problem }
  /** Somebody whom this device does not know, or knows no more, wanted in, and was not even heard. */
  | { readonly kind: 'refused'; readonly remote: Uint8Array }
  | { readonly kind: 'frame'; readonly channel: number; readonly frame: Uint8Array }
  /** Bytes of frames that the wire took since. */
  | { readonly kind: 'wrote'; readonly channel: number; readonly bytes: number }
  | { readonly kind: 'closed'; readonly channel: number }
