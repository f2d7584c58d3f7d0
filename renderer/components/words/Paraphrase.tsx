/**
 * A line of a card in other words, by the local language model: streamed, labelled as the model's, and in the card only once the
 * person takes it; from then on those characters are the model's, accepted that day. Not there without such a model.
 */
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { takeWords } from '../../../shared/commands/proposal.ts'
import type { CardId, Policy } from '../../../shared/schema.ts'
import { newMaker, perform, useNotebook } from '../../notebook.tsx'
import { useView } from '../../store.ts'
import { useWriterName, useWriting } from '../../tasks/writing.ts'
import { ByModel } from './ByModel.tsx'

export function Paraphrase({ card, policy, number }: { readonly card: CardId; readonly policy: Policy; readonly number: number }) {
  const { t } = useTranslation('words-model')
  const { doc } = useNotebook()
  const model = useWriterName()
  const { writing, start, stop, clear } = useWriting('paraphrase')
  if (model === null || policy.text.trim() === '') return null
  const words = writing.state === 'written' ? writing.written.text.replace(/\s+/gu, ' ').trim() : ''

  function take(name: string): void {
    if (perform(takeWords(doc, card, policy.id, words, name, newMaker())) === null) return
    clear()
    useView.getState().say(t('paraphrase.taken'))
  }

  return (
    <section className="model-words" aria-label={t('paraphrase.line', { number })}>
      <ByModel model={model} writing={writing} onStop={stop} />
      {writing.state !== 'writing' && (
        <div className="actions tight">
          {words !== '' && <Button className="button" onPress={() => take(model)}>{t('paraphrase.take')}</Button>}
          <Button className="plain words" aria-label={t(writing.state === 'idle' ? 'paraphrase.line' : 'paraphrase.again', { number })} onPress={() => start({ text: policy.text })}>{t(writing.state === 'idle' ? 'paraphrase' : 'again')}</Button>
          {writing.state !== 'idle' && <Button className="button" onPress={clear}>{t('leave')}</Button>}
        </div>
      )}
    </section>
  )
}
