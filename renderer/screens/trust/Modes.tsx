/** An agent that acts, by words and by deeds: how often either was what one stands behind, and how often the two disagreed. Nothing where it did not act. */
import { useTranslation } from 'react-i18next'
import type { DomainTrust } from '../../../shared/trust/domain.ts'
import { useFigures } from './figures.ts'

export function Modes({ modes }: Pick<DomainTrust, 'modes'>) {
  const { t } = useTranslation('trust')
  const { rate } = useFigures()
  const { theory, action, differ } = modes
  if (differ.tries === 0) return null
  return (
    <>
      <h3>{t('modes')}</h3>
      <table>
        <caption>{t('modesCaption')}</caption>
        <thead><tr><th scope="col">{t('armsWay')}</th><th scope="col">{t('armsRight')}</th></tr></thead>
        <tbody>
          <tr><th scope="row">{t('modesTheory')}</th><td>{rate(theory)}</td></tr>
          <tr><th scope="row">{t('modesAction')}</th><td>{rate(action)}</td></tr>
        </tbody>
      </table>
      <p>{t('modesDiffer', { rate: rate(differ) })}</p>
    </>
  )
}
