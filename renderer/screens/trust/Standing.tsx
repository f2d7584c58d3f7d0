/** How a domain stands, in one sentence: its badge, what is safe to say, the bar with its interval, and what has changed since. */
import { useTranslation } from 'react-i18next'
import type { Badge } from '../../../shared/trust/badge.ts'
import { useReading } from '../../notebook.tsx'
import { addressOf } from '../../store.ts'
import { useFigures } from './figures.ts'

export function BadgeChip({ badge }: { readonly badge: Badge }) {
  const { t } = useTranslation('trust')
  return (
    <>
      {badge.standing === 'trusted' && badge.stale !== null ? <span className="badge unknown">{t('badge_was')}</span> : <span className={`badge ${badge.standing}`}>{t(`badge_${badge.standing}`)}</span>}
      {badge.stale !== null && <span className="badge stale">{t('badge_stale')}</span>}
    </>
  )
}

export function Sentence({ badge }: { readonly badge: Badge }) {
  const { t } = useTranslation('trust')
  const { safely, percent, word } = useFigures()
  const { approval, next, toCome, low, rule } = badge
  return (
    <p className="says">
      {approval.tries === 0 ? t('saysNothing') : t('saysApproved', { hits: approval.hits, count: approval.tries })}
      {toCome > 0 && ` ${t('saysPlan', { number: word(toCome, true), count: toCome })}`}
      {toCome === 0 && approval.tries > 0 && ` ${low > 0 ? t(rule === 'jeffreys' ? 'saysSafeOnce' : 'saysSafe', { low: safely(low) }) : t('saysNothingSafe')}`}
      {next !== null && ` ${t(approval.tries === 0 ? 'saysFirst' : 'saysMore', { number: word(next.more, true), count: next.more, share: percent(next.share) })}`}
    </p>
  )
}

/** The share that was approved, its bounds, and the threshold, on a line from 0 to 100 %; the same in words. */
export function Bar({ badge }: { readonly badge: Badge }) {
  const { t } = useTranslation('trust')
  const { rate, percent } = useFigures()
  const { approval, threshold } = badge
  const at = (share: number): string => `${Math.round(share * 1000) / 10}%`
  const isKnown = approval.rate !== null
  return (
    <figure className="interval">
      <svg role="img" aria-label={t('barName', { rate: rate(approval), threshold: percent(threshold) })} width="100%" height="32">
        <line className="track" x1="0" x2="100%" y1="16" y2="16" />
        {isKnown && <rect className="span" x={at(approval.low)} width={at(Math.max(0.002, approval.high - approval.low))} y="9" height="14" rx="3" />}
        <line className="threshold" x1={at(threshold)} x2={at(threshold)} y1="2" y2="30" />
        {isKnown && <circle className="middle" cx={at(approval.rate ?? 0)} cy="16" r="5" />}
      </svg>
      <figcaption className="quiet">{isKnown ? rate(approval) : t('barUnknown')} · {t('barThreshold', { threshold: percent(threshold) })}</figcaption>
    </figure>
  )
}

/** What changed, each with a way to look at it; nothing where all is as it was. */
export function Stale({ badge }: { readonly badge: Badge }) {
  const { t } = useTranslation('trust')
  const { graph } = useReading()
  const { stale } = badge
  if (stale === null) return null
  return (
    <div className="stale-why">
      <p>{t(badge.standing === 'trusted' ? 'staleTrusted' : 'stale')}</p>
      <ul>
        {stale.model && <li>{t('staleModel')}</li>}
        {stale.calibration && <li>{t('staleRules')}</li>}
        {stale.cards.map((id) => {
          const card = graph.cards[id]
          if (card === undefined) return <li key={id}>{t('staleGone')}</li>
          return <li key={id}><a href={addressOf({ room: 'values', card: id })} className="own" dir="auto">{card.title.trim() || t('noName')}</a> {t(card.status === 'endorsed' ? 'staleCard' : 'staleOut')}</li>
        })}
      </ul>
      <p><a href={addressOf({ room: 'rehearse', scenario: 'compare' })}>{t('staleAgain')}</a></p>
    </div>
  )
}
