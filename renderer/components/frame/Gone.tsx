/** In place of what an address names, where that is not here: says so, and leads on. */
import { useTranslation } from 'react-i18next'
import { addressOf, type Route } from '../../store.ts'

export function Gone({ title, text, back, to }: { readonly title: string; readonly text: string; readonly back: string; readonly to: Route }) {
  return (
    <div className="column">
      <h1 tabIndex={-1}>{title}</h1>
      <p>{text}</p>
      <p><a className="button" href={addressOf(to)}>{back}</a></p>
    </div>
  )
}

/** An address of nothing at all. */
export function Nowhere() {
  const { t } = useTranslation('frame')
  return <Gone title={t('nowhere')} text={t('nowhere.text')} back={t('nowhere.back')} to={{ room: 'values', card: null }} />
}
