/**
 * One sentence of the local language model's that says why, under an answer: asked for by the person, labelled as the model's, kept
 * nowhere; and what the model would choose itself, which decides nothing. Not there without such a model.
 */
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { because } from '../../../shared/decision/because.ts'
import type { Preview } from '../../../shared/ipc.ts'
import type { Shown } from '../../language/shown.ts'
import { useWriterName, useWriting } from '../../tasks/writing.ts'
import { percents } from '../../language/words.ts'
import { ByModel } from './ByModel.tsx'

export function Explain({ preview, shown: { situation, options } }: { readonly preview: Preview; readonly shown: Shown }) {
  const { t, i18n } = useTranslation('words-model')
  const model = useWriterName()
  const { writing, start, stop } = useWriting('explain')
  if (model === null) return null
  const { outcome } = preview.decision
  const direct = writing.state === 'written' && writing.written.direct !== null ? percents(writing.written.direct) : null
  return (
    <section className="model-words" aria-label={t('explain')}>
      <ByModel model={model} writing={writing} onStop={stop} />
      {direct !== null && (
        <p className="quiet">{t('direct', { shares: new Intl.ListFormat(i18n.language, { type: 'unit' }).format(options.map((option, at) => t('direct.share', { option, share: direct[at] ?? '' }))) })}</p>
      )}
      {writing.state !== 'writing' && (
        <div className="actions">
          <Button className="button" onPress={() => start({
            situation, options: [...options], outcome: outcome.kind === 'act' ? (options[outcome.option] ?? '') : t('explain.ask'), lines: because(preview.decision).filter(({ label }) => label !== 'out').map(({ quote }) => quote)
          })}>{t(writing.state === 'idle' ? 'explain' : 'again')}</Button>
        </div>
      )}
    </section>
  )
}
