/** PLACEHOLDER of the shape only. */
import type { CardId, ContextId, Outcome, PolicyId } from './schema.ts'

export type Change =
  /** A line dropped. */
  | { readonly kind: 'drop-line'; readonly card: CardId; readonly policy: PolicyId; readonly outcome: Outcome }
  /** A card set aside. */
  | { readonly kind: 'drop-card'; readonly card: CardId; readonly outcome: Outcome }
  /** `to` wiser than `from` here. */
  | { readonly kind: 'add-priority'; readonly from: CardId; readonly to: CardId; readonly context: ContextId | null; readonly outcome: Outcome }
  | { readonly kind: 'drop-priority'; readonly edge: string; readonly outcome: Outcome }
  /** An option's detail: it no longer bears on this line. */
  | { readonly kind: 'option-detail'; readonly option: number; readonly card: CardId; readonly policy: PolicyId; readonly outcome: Outcome }
