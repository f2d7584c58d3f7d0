/** On a card: how far it is put into words, when it is not called for, and the way to go on. */
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { checklist } from '../../../shared/articulation/machine.ts'
import { startSession } from '../../../shared/commands/session.ts'
import { valuesOf } from '../../../shared/graph.ts'
import type { Card } from '../../../shared/schema.ts'
import { newMaker, perform, useNotebook, useReading } from '../../notebook.tsx'
import { go } from '../../store.ts'

export function InWords({ card }: { readonly card: Card }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { sessions } = useReading()
  const own = valuesOf(sessions).filter((session) => session.card === card.id).toSorted((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? -1 : 1))
  const open = own.find((session) => session.finishedAt === null)
  const boundary = own.map((session) => session.texts['boundary'] ?? '').find((text) => text.trim() !== '')
  const items = open === undefined ? null : checklist({ session: open, card })
  return (
    <section className="in-words">
      {boundary !== undefined && <p><span className="quiet">{t('grow.boundary')}:</span> <span className="own" dir="auto">{boundary}</span></p>}
      <p>
        <Button className="plain words" onPress={() => {
          const id = open?.id ?? perform(startSession(doc, 'choice', newMaker(), { card: card.id }))
          if (id !== null) go({ room: 'words', session: id, card: null })
        }}>{t('card.session')}</Button>
        {items !== null && <span className="quiet"> · {t('card.session.of', { done: items.filter(({ isDone }) => isDone).length, all: items.length })}</span>}
      </p>
    </section>
  )
}
