/** What a card is called within a sentence. */
import i18next from 'i18next'
import type { CardId, Graph } from '../../shared/schema.ts'
import '../language/words.ts'

export function nameOf(graph: Graph, card: CardId): string {
  return graph.cards[card]?.title.trim() || i18next.t('common:card.nameless')
}
