/** In place of a room, where the address is of nothing. */
import { useTranslation } from 'react-i18next'
import { addressOf } from '../store.ts'

export function Nowhere() {
  const { t } = useTranslation('frame')
  return (
    <div className="column">
      <h1 tabIndex={-1}>{t('nowhere')}</h1>
      <p>{t('nowhere.text')}</p>
      <p><a className="button" href={addressOf({ room: 'values', card: null })}>{t('nowhere.back')}</a></p>
    </div>
  )
}
