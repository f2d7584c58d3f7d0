/** How steady it all is: the agent under small changes of the words, the person asked again, and approval since the beginning. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { selfNormalised } from '../../../shared/trust/again.ts'
import type { DomainTrust } from '../../../shared/trust/domain.ts'
import { driftOf } from '../../../shared/trust/drift.ts'
import { stoodBy } from '../../../shared/trust/stand.ts'
import { useFigures } from './figures.ts'
import { useBurned } from './known.ts'

export function Steadiness({ domain }: { readonly domain: DomainTrust }) {
  const { t } = useTranslation('trust')
  const { rate, percent, between, point, points } = useFigures()
  const burned = useBurned()
  const [opened] = useState(() => Date.now())
  const { flips, self, rehearsals, counted, arms } = domain
  const cards = arms.find(({ arm }) => arm === 'cards')?.rate
  const share = cards === undefined ? null : selfNormalised(cards, self)
  const drift = driftOf(counted.answers)
  const stood = stoodBy(rehearsals, burned, opened)
  const isFlipKnown = flips.some((flip) => flip.rate.tries > 0)
  return (
    <section aria-labelledby="steadiness">
      <h2 id="steadiness">{t('steadiness')}</h2>
      <h3>{t('flips')}</h3>
      {!isFlipKnown ? <p className="quiet">{t('flipsNone')}</p> : (
        <table>
          <caption>{t('flipsCaption')}</caption>
          <thead><tr><th scope="col">{t('flipsKind')}</th><th scope="col">{t('flipsRate')}</th></tr></thead>
          <tbody>{flips.map((flip) => <tr key={flip.kind}><th scope="row">{t(`flip_${flip.kind}`)}</th><td>{flip.over > 0 && flip.rate.tries === 0 ? t('flipsNothing') : rate(flip.rate)}</td></tr>)}</tbody>
        </table>
      )}
      <h3>{t('self')}</h3>
      {self.rate === null ? <p className="quiet">{t('selfNone')}</p> : (
        <>
          <p>{t('selfRate', { rate: rate(self) })}</p>
          {share?.share != null && <p>{share.high > 1.5 ? t('selfWide') : t('selfShare', { share: percent(share.share), between: between(share.low, share.high) })}</p>}
        </>
      )}
      <table>
        <caption>{t('stoodCaption')}</caption>
        <thead><tr><th scope="col">{t('stoodAfter')}</th><th scope="col">{t('stoodShare')}</th><th scope="col">{t('stoodKnown')}</th><th scope="col">{t('stoodCensored')}</th></tr></thead>
        <tbody>
          {stood.map(({ days, share: still, known, censored }) => (
            <tr key={days}><th scope="row">{t('days', { count: days })}</th><td>{still === null ? t('notKnown') : percent(still)}</td><td>{rate(known)}</td><td>{censored}</td></tr>
          ))}
        </tbody>
      </table>
      <h3>{t('drift')}</h3>
      {drift.difference === null
        ? <p className="quiet">{t('driftFew')}</p>
        : <p>{t('driftSays', { first: rate(drift.first), since: rate(drift.since), difference: point(drift.difference), points: points(drift.low, drift.high) })} {t(drift.high < 0 ? 'driftDown' : drift.low > 0 ? 'driftUp' : 'driftNone')}</p>}
    </section>
  )
}
