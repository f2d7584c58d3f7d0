/** How far a job is, and the button that stops it. */
import { useTranslation } from 'react-i18next'
import { Button, ProgressBar } from 'react-aria-components'
import { percent } from '../../language/words.ts'

export function Progress({ label, share, onStop }: { readonly label: string; readonly share: number; readonly onStop: () => void }) {
  const { t } = useTranslation('rehearse')
  return (
    <div className="job">
      <p className="quiet">{label}</p>
      <ProgressBar aria-label={label} value={share * 100} valueLabel={t('progress', { percent: percent(share) })}>
        <span className="bar" ref={(element) => element?.style.setProperty('--share', String(share))}><span /></span>
      </ProgressBar>
      <Button className="button" onPress={onStop}>{t('stop')}</Button>
    </div>
  )
}
