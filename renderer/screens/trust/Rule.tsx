/** Why "safe to say" is less than what was approved: the rule for looking, and what several domains at once cost. */
import { useTranslation } from 'react-i18next'
import type { Badge } from '../../../shared/trust/badge.ts'
import { lowerBound } from '../../../shared/trust/interval.ts'
import { useFigures } from './figures.ts'

export function Rule({ badge, tried }: { readonly badge: Badge; readonly tried: number }) {
  const { t, i18n } = useTranslation('trust')
  const { safely } = useFigures()
  const sure = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 }).format(1 - badge.alpha)
  const { hits, tries } = badge.approval
  return (
    <details className="rule">
      <summary>{t('rule')}</summary>
      <p>{t(badge.rule === 'sequence' ? 'ruleSequence' : 'ruleFixed')}</p>
      {badge.rule === 'sequence' && tries > 0 && <p>{t('ruleBeside', { low: safely(lowerBound({ hits, tries }, 'jeffreys', 0.05)), count: tries })}</p>}
      <p>{t('ruleTried', { count: Math.max(1, tried), sure })}</p>
      <p>{t('ruleCounts')}</p>
    </details>
  )
}
