/**
 * What merging one card into another did, so that it can be taken back: the lines, contexts and priorities that the other
 * card got by it, and how the merged one stood before. A merged card is retired, never removed.
 */
import { z } from 'zod'
import { CardId, CardStatus, ContextId, Instant, limits, PolicyId } from '../schema.ts'

export const Merge = z.strictObject({
  card: CardId,
  into: CardId,
  /** Each line of the merged card that the other one got, and the id that it has there. */
  lines: z.array(z.strictObject({ from: PolicyId, to: PolicyId })).max(limits.policiesPerCard),
  contexts: z.array(ContextId).max(limits.contextsPerCard),
  /** Keys of the priorities that the other card got. */
  edges: z.array(z.string().max(400)).max(limits.cards),
  was: CardStatus,
  at: Instant
})
export type Merge = z.infer<typeof Merge>
