/** The ways beside each other, on the same situations: with your values, without, shuffled, by a profile, by your nearest answers. */
import { useTranslation } from 'react-i18next'
import type { ArmScore } from '../../../shared/trust/domain.ts'
import type { Rate } from '../../../shared/trust/interval.ts'
import { useFigures } from './figures.ts'

export interface Beside {
  readonly arms: readonly ArmScore[]
  /** The person, asked again: no way can agree with them oftener. */
  readonly self: Rate
}

/** A line for a list: only the ways that were tried. */
export function ArmsLine({ arms, self }: Beside) {
  const { t } = useTranslation('trust')
  const { rate } = useFigures()
  const tried = arms.filter((arm) => arm.rate.tries > 0)
  if (tried.length === 0) return <p className="quiet">{t('armsNone')}</p>
  return (
    <dl className="arms" aria-label={t('armsName')}>
      {tried.map((arm) => (
        <div key={arm.arm}>
          <dt>{t(`arm_${arm.arm}`)}</dt>
          <dd>{rate(arm.rate)}</dd>
        </div>
      ))}
      {self.tries > 0 && <div><dt>{t('arm_you')}</dt><dd>{rate(self)}</dd></div>}
    </dl>
  )
}

export function ArmsTable({ arms, self }: Beside) {
  const { t } = useTranslation('trust')
  const { rate, point, points } = useFigures()
  return (
    <table>
      <caption>{t('armsCaption')}</caption>
      <thead>
        <tr><th scope="col">{t('armsWay')}</th><th scope="col">{t('armsRight')}</th><th scope="col">{t('armsLess')}</th></tr>
      </thead>
      <tbody>
        {arms.map(({ arm, rate: right, less }) => (
          <tr key={arm}>
            <th scope="row">{t(`arm_${arm}`)}</th>
            <td>{rate(right)}</td>
            <td>{less === null ? '' : less.difference === null ? t('notTried') : t('armsDifference', { difference: point(less.difference), points: points(less.low, less.high), count: less.n })}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">{t('arm_you')}</th>
          <td>{rate(self)}</td>
          <td>{t('armsCeiling')}</td>
        </tr>
      </tbody>
    </table>
  )
}
