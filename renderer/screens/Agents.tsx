/** Who may ask, and what did they do? Nobody yet: there is no door for agents in this version, and that is said as it is. */
import { useTranslation } from 'react-i18next'
import { addressOf } from '../store.ts'

export function Agents() {
  const { t } = useTranslation('agents')
  return (
    <div className="column">
      <h1 tabIndex={-1}>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      <p>{t('none')}</p>
      <p className="quiet">{t('later')}</p>
      <div className="actions">
        <a className="button primary" href={addressOf({ room: 'rehearse', scenario: null })}>{t('rehearse')}</a>
        <a className="button" href={addressOf({ room: 'rehearse', scenario: 'paste' })}>{t('log')}</a>
      </div>
    </div>
  )
}
