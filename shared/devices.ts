/**
 * What the Devices room shows and asks: plain data between the window and the steward (ipc.ts). Where the person's values lie,
 * who joined, what was put aside; pairing as far as it has come.
 */
import { z } from 'zod'
import type { Problem } from './result.ts'
import { limits, words } from './schema.ts'

/** 12 digits in groups of three; the first three are public (they are looked for in the network), the others are the secret. */
export const PairingCode = z.string().trim().regex(/^\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{3}$/u, { error: 'a code is four groups of three digits, as the other device shows it' })

/** `192.168.1.4:51234`, `[fd00::1]:51234`; never a name, which would be looked up with somebody. */
export const DeviceAddress = z.string().trim().regex(/^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]{2,45}\]):\d{1,5}$/iu, { error: 'an address is four numbers with dots, a colon and a number, as the other device shows it' })

/**
 * Of a relay. Plain http only to an address in a network of one's own, where a relay of one's own may have no certificate: what passes
 * it is sealed either way, and who meets whom can be seen on the way there.
 */
export const RelayAddress = z
  .url({ error: 'a relay’s address begins with https://' })
  .max(300)
  .regex(/^(?:https:\/\/|http:\/\/(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}(?::\d{1,5})?\/?$)/u, { error: 'a relay’s address begins with https://' })

const DeviceId = z.string().regex(/^[0-9a-f]{32}$/u)

export const DevicesArgument = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('look') }),
  /** Shows a code, for another device to join. */
  z.strictObject({ do: z.literal('offer') }),
  /** Joins the device that shows this code. */
  z.strictObject({ do: z.literal('join'), code: PairingCode, address: DeviceAddress.nullable() }),
  /** Are the words on both the same? */
  z.strictObject({ do: z.literal('answer'), same: z.boolean() }),
  /** Ends pairing, or puts away what it came to. */
  z.strictObject({ do: z.literal('cancel') }),
  z.strictObject({ do: z.literal('rename'), device: DeviceId, name: words(limits.title, 'a name') }),
  z.strictObject({ do: z.literal('revoke'), device: DeviceId }),
  /** Lets in what was put aside, or drops it. */
  z.strictObject({ do: z.literal('settle'), key: z.string().min(1).max(200), take: z.boolean() }),
  /** Takes back what other devices deleted last. */
  z.strictObject({ do: z.literal('restore') }),
  /** *Anywhere*, through this relay; null switches it off. */
  z.strictObject({ do: z.literal('anywhere'), relay: RelayAddress.nullable() })
])
export type DevicesArgument = z.infer<typeof DevicesArgument>

export interface DeviceRow {
  readonly id: string
  readonly name: string
  readonly state: 'active' | 'revoked' | 'forked'
  readonly addedAt: number
  /** Null where they never met. */
  readonly lastMet: number | null
  /** Edits of this device that it has not got yet. */
  readonly waiting: number
  /** Connected now. */
  readonly isHere: boolean
}

/** Something from another device that was not let into the notebook. */
export interface HeldRow {
  readonly key: string
  /** From whom, by name. */
  readonly device: string
  readonly reason: string
  readonly at: number
  /** What it would do, a line each. */
  readonly lines: readonly string[]
  /** False where it is broken: it can only be dropped. */
  readonly canTake: boolean
}

export type PairingState =
  | { readonly kind: 'none' }
  | { readonly kind: 'offering'; readonly code: string; readonly address: string; /** For a camera inside the app. */ readonly scan: string; readonly until: number }
  | { readonly kind: 'joining' }
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly name: string; readonly isAnswered: boolean }
  | { readonly kind: 'paired'; readonly name: string }
  | { readonly kind: 'failed'; readonly problem: Problem }

/** This device among the others. */
export interface OwnDevice {
  readonly id: string
  readonly name: string
  /** `fallen`: it was let in by a device that was removed before the others had heard of it, and is let in no more either. */
  readonly standing: 'member' | 'removed' | 'fallen'
  /** The removed one's name, for a fallen device; else empty. */
  readonly by: string
  /** Two homes write under its name, and the others take in what only one of them writes. */
  readonly isCopied: boolean
  /** The notebook of the others has not come here yet, or not all of it: what is on both is not the same, and nothing of this one has been sent. */
  readonly isComing: boolean
}

export interface DevicesView {
  /** Null where this home was never paired. */
  readonly me: OwnDevice | null
  readonly others: readonly DeviceRow[]
  /** Devices that asked to be let in, each with the removed one that had let it in. */
  readonly fallen: readonly { readonly id: string; readonly name: string; readonly by: string }[]
  readonly network: { readonly kind: 'off' | 'starting' | 'on' } | { readonly kind: 'broken'; readonly problem: Problem }
  readonly pairing: PairingState
  /** What this device knew of the others was damaged, and what became of that. */
  readonly notice: Problem | null
  readonly held: readonly HeldRow[]
  /** Other devices deleted something since the app was opened that can be taken back. */
  readonly canRestore: boolean
  /** The relay where *anywhere* is on. */
  readonly relay: string | null
}
