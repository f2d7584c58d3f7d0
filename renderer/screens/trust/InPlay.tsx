/** How many values have a part in what is decided, over time and against one's own beginning; and whether those held wiser decide. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { valuesOf } from '../../../shared/graph.ts'
import type { Rehearsal } from '../../../shared/rehearsal.ts'
import type { CardId, Graph } from '../../../shared/schema.ts'
import { chanceOf, decisionsOf, inPlay, rankGap, type Cited } from '../../../shared/trust/play.ts'
import { useReading } from '../../notebook.tsx'
import { useFigures } from './figures.ts'

/** One's own beginning, and the latest behind it. */
const mostShown = 12

export function InPlay({ rehearsals }: { readonly rehearsals: readonly Rehearsal[] }) {
  const { t } = useTranslation('trust')
  const { decimal, percent, date } = useFigures()
  const { graph } = useReading()
  const found = useMemo(() => {
    const decisions = decisionsOf(rehearsals)
    const stated = statedIn(graph)
    return { ...inPlay(decisions, chanceOf(decisions.length)), gap: rankGap(stated, enactedIn(decisions, stated)) }
  }, [rehearsals, graph])
  const { windows, left, size, change, chance, gap } = found
  const most = Math.max(1, ...windows.map(({ effective }) => effective))
  const between = Math.max(0, windows.length - mostShown)
  return (
    <section aria-labelledby="in-play">
      <h2 id="in-play">{t('inPlay')}</h2>
      <p>{t('inPlayHow', { size })}</p>
      {windows.length === 0 ? <p className="quiet">{t('inPlayFew', { count: size - left })}</p> : (
        <>
          <ol className="windows">
            {windows.map(({ from, to, n, effective, low, high }, at) => at > 0 && at <= between ? (at === 1 && <li key={at} className="quiet">{t('inPlayBetween', { count: between })}</li>) : (
              <li key={at}>
                <span>{t('inPlaySpan', { from: date(from), to: date(to) })}</span>
                <svg width="100%" height="14" aria-hidden="true"><rect className="span" x="0" y="1" height="12" rx="3" width={`${Math.round((effective / most) * 100)}%`} /></svg>
                <span>{t('inPlayCount', { effective: decimal(effective), low: decimal(low), high: decimal(high), count: n })}</span>
              </li>
            ))}
          </ol>
          {change !== null && chance !== null && <p>{t(change >= 1 ? 'inPlayNoFall' : chance <= 0.05 ? 'inPlayFall' : 'inPlaySteady', { change: percent(change), chance: percent(chance) })}</p>}
        </>
      )}
      <p>{gap === null ? t('gapNone') : t('gap', { gap: percent(gap.gap), count: gap.n })}</p>
    </section>
  )
}

/** How much oftener a card is held wiser than another than the other way about; cards without any priority are not ranked. */
function statedIn(graph: Graph): ReadonlyMap<CardId, number> {
  const stated = new Map<CardId, number>()
  for (const { from, to } of valuesOf(graph.edges)) {
    stated.set(to, (stated.get(to) ?? 0) + 1)
    stated.set(from, (stated.get(from) ?? 0) - 1)
  }
  return stated
}

/** In how many decisions a card had a part; none at all is known as well. */
function enactedIn(decisions: readonly Cited[], stated: ReadonlyMap<CardId, number>): ReadonlyMap<CardId, number> {
  const enacted = new Map<CardId, number>([...stated.keys()].map((card) => [card, 0]))
  for (const { cards } of decisions) for (const card of cards) enacted.set(card, (enacted.get(card) ?? 0) + 1 / cards.length)
  return enacted
}
