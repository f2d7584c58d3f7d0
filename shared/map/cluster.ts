/**
 * Groups of cards that are near each other, so that a place with many cards can be looked over.
 *
 * Card after card in the order in which they were made: each joins the group of the earlier card that it is nearest to, in
 * words or in what it wanted in rehearsals, or founds one of its own. So a group is named after its founder, a new card moves
 * no other one to another group, and renaming or retiring a card moves that card alone, and at most those it founded.
 */
import { stemsOf, wordsOfCard } from '../articulation/duplicates.ts'
import type { Card, CardId } from '../schema.ts'
import type { Tensions } from './tension.ts'

export interface Cluster {
  /** The card that was there first, after which the group is named. */
  readonly founder: CardId
  /** The founder first, then as they were made; three at least. */
  readonly cards: readonly CardId[]
}

/** Share of their words that two cards of a group have in common (Dice), in [0, 1]. */
const nearFrom = 0.4
/** What two cards of a group want alike, and in how many situations at least. */
const alike = { from: 0.7, situations: 3 }
const smallest = 3

/** `cards` in the order in which they were made. Groups of one or two are none. */
export function clustersOf(cards: readonly Card[], tensions: Pick<Tensions, 'pairs'>): readonly Cluster[] {
  const groups = new Map<CardId, CardId[]>()
  const sizes = new Map<CardId, number>()
  const founders = new Map<string, CardId[]>()
  const agreeing = new Map<CardId, Map<CardId, number>>()
  for (const { left, right, value, shared } of tensions.pairs) {
    if (value < alike.from || shared.length < alike.situations) continue
    noteAt(agreeing, left).set(right, value)
    noteAt(agreeing, right).set(left, value)
  }
  for (const card of cards) {
    const stems = stemsOf(wordsOfCard(card))
    const founder = nearest(card.id)
    if (founder !== null) {
      groups.get(founder)?.push(card.id)
      continue
    }
    groups.set(card.id, [card.id])
    sizes.set(card.id, stems.size)
    for (const stem of stems) {
      const known = founders.get(stem)
      if (known === undefined) founders.set(stem, [card.id])
      else known.push(card.id)
    }

    function nearest(own: CardId): CardId | null {
      const common = new Map<CardId, number>()
      for (const stem of stems) for (const other of founders.get(stem) ?? []) common.set(other, (common.get(other) ?? 0) + 1)
      const nearness = new Map([...common].map(([other, count]) => [other, (2 * count) / (stems.size + (sizes.get(other) ?? 0))] as const).filter(([, share]) => share >= nearFrom))
      for (const [other, value] of agreeing.get(own) ?? []) if (groups.has(other)) nearness.set(other, Math.max(nearness.get(other) ?? 0, value))
      let best: CardId | null = null
      for (const [other, value] of nearness) {
        const known = best === null ? -1 : (nearness.get(best) ?? 0)
        if (value > known || (value === known && best !== null && other < best)) best = other
      }
      return best
    }
  }
  return [...groups].filter(([, members]) => members.length >= smallest).map(([founder, members]) => ({ founder, cards: members }))
}

function noteAt(map: Map<CardId, Map<CardId, number>>, card: CardId): Map<CardId, number> {
  const notes = map.get(card) ?? new Map<CardId, number>()
  map.set(card, notes)
  return notes
}
