/** What an agent reads where a person reads it in another language: as it was written, marked as that, and opened by whoever wants to see it. */
import { useTranslation } from 'react-i18next'
import { languageWords, type Shown } from '../language/shown.ts'

export interface OriginalProps {
  readonly shown: Shown
  readonly situation: string
  readonly options: readonly string[]
  /** What the log of each option's calls says; the options themselves in theory mode. */
  readonly judged?: readonly string[]
}

export function Original({ shown, situation, options, judged = options }: OriginalProps) {
  const { t } = useTranslation('rehearse')
  if (shown.original === null) return null
  return (
    <details className="reminder original">
      <summary>{t('original', { language: languageWords(shown.original) })}</summary>
      <p className="quiet">{t('original.hint')}</p>
      <p className="own" dir="auto" lang={shown.original}>{situation}</p>
      <ul lang={shown.original}>{options.map((option, at) => <li key={at}><span className="own" dir="auto">{option}</span>{judged[at] !== option && <p className="log quiet" dir="auto">{judged[at]}</p>}</li>)}</ul>
    </details>
  )
}
