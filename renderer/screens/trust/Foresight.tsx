/** Did you foresee it? Skill with your cards before your eyes and without, their difference, and how far your numbers can be taken as said. */
import { useTranslation } from 'react-i18next'
import type { DomainTrust } from '../../../shared/trust/domain.ts'
import type { Bin, Skill } from '../../../shared/trust/forecast.ts'
import { useFigures } from './figures.ts'

export function Foresight({ forecast }: { readonly forecast: DomainTrust['forecast'] }) {
  const { t } = useTranslation('trust')
  const { percent, points, point, rate } = useFigures()
  const { all, shown, hidden, trust, bins } = forecast
  return (
    <section aria-labelledby="foresight">
      <h2 id="foresight">{t('foresight')}</h2>
      {all.n === 0 ? <p className="quiet">{t('foresightNone')}</p> : (
        <>
          <p>{t('foresightHow')}</p>
          <table>
            <caption>{t('foresightCaption')}</caption>
            <thead><tr><th scope="col">{t('foresightWhen')}</th><th scope="col">{t('foresightN')}</th><th scope="col">{t('foresightSkill')}</th><th scope="col">{t('foresightScores')}</th></tr></thead>
            <tbody>
              <SkillRow name={t('foresightShown')} skill={shown} />
              <SkillRow name={t('foresightHidden')} skill={hidden} />
              <SkillRow name={t('foresightAll')} skill={all} />
            </tbody>
          </table>
          <p>{trust.difference === null ? t('cardsAddNothing') : t('cardsAdd', { difference: point(trust.difference), points: points(trust.low, trust.high), shown: trust.n[0], hidden: trust.n[1] })}</p>
          <h3>{t('bins')}</h3>
          {bins.length === 0 ? <p className="quiet">{t('binsFew')}</p> : (
            <>
              <Diagram bins={bins} />
              <table>
                <caption>{t('binsCaption')}</caption>
                <thead><tr><th scope="col">{t('binsFrom')}</th><th scope="col">{t('binsSaid')}</th><th scope="col">{t('binsCame')}</th></tr></thead>
                <tbody>
                  {bins.map(({ from, to, said, came }) => (
                    <tr key={from}><th scope="row">{t('binsSpan', { from: percent(from), to: percent(to) })}</th><td>{percent(said)}</td><td>{rate(came)}</td></tr>
                  ))}
                </tbody>
              </table>
            </>
          )}
        </>
      )}
    </section>
  )
}

function SkillRow({ name, skill }: { readonly name: string; readonly skill: Skill }) {
  const { t } = useTranslation('trust')
  const { point, points, decimal } = useFigures()
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{t('nAnswers', { count: skill.n })}</td>
      <td>{skill.skill === null ? t('notKnown') : t('skill', { skill: point(skill.skill), points: points(Math.max(-9.99, skill.low), skill.high) })}</td>
      <td>{skill.brier === null || skill.log === null || skill.base === null ? '' : t('scores', { brier: decimal(skill.brier), base: decimal(skill.base), log: decimal(skill.log) })}</td>
    </tr>
  )
}

/** What you said across, what came upwards; on the line both are the same. The table below says all of it. */
function Diagram({ bins }: { readonly bins: readonly Bin[] }) {
  const most = Math.max(...bins.map(({ came }) => came.tries))
  return (
    <svg className="diagram" viewBox="-4 -4 108 108" aria-hidden="true">
      <rect className="frame-line" x="0" y="0" width="100" height="100" />
      <line className="even" x1="0" y1="100" x2="100" y2="0" />
      <polyline className="went" points={bins.map(({ said, came }) => `${said * 100},${100 - (came.rate ?? 0) * 100}`).join(' ')} />
      {bins.map(({ from, said, came }) => <line key={from} className="went" x1={said * 100} x2={said * 100} y1={100 - came.low * 100} y2={100 - came.high * 100} />)}
      {bins.map(({ from, said, came }) => <circle key={from} cx={said * 100} cy={100 - (came.rate ?? 0) * 100} r={2 + 2 * Math.sqrt(came.tries / most)} />)}
    </svg>
  )
}
