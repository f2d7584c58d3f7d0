/** Why "safe to say" is less than what was approved: the rule for looking, and what several domains at once cost. */
import { useTranslation } from 'react-i18next'
import type { Badge } from '../../../shared/trust/badge.ts'
import { lowerBound } from '../../../shared/trust/interval.ts'
import { percentWords } from '../../language/words.ts'
import { useFigures } from './figures.ts'

export function Rule({ badge, tried }: { readonly badge: Badge; readonly tried: number }) {
  const { t } = useTranslation('trust')
  const { safely } = useFigures()
  const sure = percentWords(Math.round((1 - badge.alpha) * 1_000) / 10)
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
