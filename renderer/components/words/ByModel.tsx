/** Words of the local language model's as they come: dotted underline and its name, until somebody takes them; a button that stops it. */
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { sentenceOf } from '../../language/problems.ts'
import type { Writing } from '../../tasks/writing.ts'

export function ByModel({ model, writing, onStop }: { readonly model: string; readonly writing: Writing; readonly onStop: () => void }) {
  const { t } = useTranslation('words-model')
  const text = writing.state === 'writing' ? writing.text : writing.state === 'written' ? writing.written.text : ''
  return (
    <>
      {text !== '' && (
        /* Not a live region: while it grows it is seen; that it is whole is said below. */
        <figure className="written" aria-busy={writing.state === 'writing'}>
          <blockquote dir="auto" className="by-model">{text}</blockquote>
        </figure>
      )}
      <output className="said">
        {writing.state === 'writing' && <p className="quiet">{t('writing')}</p>}
        {writing.state === 'written' && <p className="quiet">{t('by', { model })}</p>}
        {writing.state === 'failed' && <p className="notice">{sentenceOf(writing.problem)}</p>}
      </output>
      {writing.state === 'writing' && <div className="actions"><Button className="button" onPress={onStop}>{t('stop')}</Button></div>}
    </>
  )
}
