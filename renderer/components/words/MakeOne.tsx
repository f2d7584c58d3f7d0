/**
 * One more situation like this one, by the local language model: streamed, labelled as the model's, and in the notebook only once the
 * person takes it, as one that was made here. Not there without such a model.
 */
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { addScenario } from '../../../shared/commands/scenario.ts'
import type { Shown } from '../../language/shown.ts'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'
import { go } from '../../store.ts'
import { useWriterName, useWriting } from '../../tasks/writing.ts'
import { ByModel } from './ByModel.tsx'

export function MakeOne({ shown: { situation, options }, domain }: { readonly shown: Shown; readonly domain: string }) {
  const { t } = useTranslation('words-model')
  const { doc } = useNotebook()
  const model = useWriterName()
  const { writing, start, stop, clear } = useWriting('makeScenario')
  if (model === null) return null
  const draft = writing.state === 'written' ? writing.written.draft : null

  function take(): void {
    if (draft === null) return
    const id = perform(addScenario(doc, { domain, mode: 'theory', source: 'generated', situation: draft.situation, options: [...draft.options] }, newMaker()))
    if (id !== null) go({ room: 'rehearse', scenario: id })
  }

  return (
    <section className="model-words" aria-label={t('make')}>
      <ByModel model={model} writing={writing} onStop={stop} />
      {writing.state !== 'writing' && (
        <div className="actions">
          {draft !== null && <Button className="button" onPress={take}>{t('take')}</Button>}
          <Button className="button" onPress={() => start({ situation, options: [...options] })}>{t(writing.state === 'idle' ? 'make' : 'again')}</Button>
          {draft !== null && <Button className="button" onPress={clear}>{t('leave')}</Button>}
        </div>
      )}
    </section>
  )
}
