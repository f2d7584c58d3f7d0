/** The card as it grows beside the questions: its name, its lines with what can be said of each, and what it still needs. */
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { checklist, kinshipOf, mayConfirm, turnsBehind, type Articulation, type CheckItem } from '../../../shared/articulation/machine.ts'
import { editText } from '../../../shared/commands/card.ts'
import { confirmSession, overrule, takeBackTurn } from '../../../shared/commands/session.ts'
import type { Card } from '../../../shared/schema.ts'
import { Field } from '../../components/fields/Field.tsx'
import { Lines } from '../../components/Lines.tsx'
import { newMaker, perform, together, useNotebook, useReading } from '../../notebook.tsx'
import { useView } from '../../store.ts'
import { namedWords, whenWords } from '../../language/words.ts'

export function Growing({ articulation }: { readonly articulation: Articulation }) {
  const { t } = useTranslation('articulation')
  const { session, card } = articulation
  const boundary = session.texts['boundary'] ?? ''
  return (
    <aside className="growing" aria-label={t('grow.title')}>
      <h2>{t('grow.title')}</h2>
      {card === null ? <p className="quiet">{t('grow.empty')}</p> : <CardSoFar card={card} articulation={articulation} />}
      {boundary.trim() !== '' && <p><span className="quiet">{t('grow.boundary')}:</span> <span className="own" dir="auto">{boundary}</span></p>}
      <Checklist articulation={articulation} />
    </aside>
  )
}

function CardSoFar({ card, articulation }: { readonly card: Card; readonly articulation: Articulation }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { graph } = useReading()
  return (
    <>
      <Field label={t('grow.name')} value={card.title} onChange={(next) => perform(editText(doc, { kind: 'card', card: card.id, field: 'title' }, next, newMaker()))} />
      <Lines card={card} title={t('grow.lines')} session={articulation.session} />
      {card.contexts.length > 0 && <p><span className="quiet">{t('grow.when')}:</span> <span className="own" dir="auto">{card.contexts.map((id) => whenWords(graph.contexts[id]?.text ?? '')).join(' · ')}</span></p>}
    </>
  )
}

function Checklist({ articulation }: { readonly articulation: Articulation }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const { session, card } = articulation
  const items = checklist(articulation)
  const isReady = mayConfirm(articulation)
  return (
    <section aria-label={t('grow.missing')}>
      <h3>{t('grow.missing')}</h3>
      <ul className="checklist">
        {items.map((item) => (
          <li key={item.check} className={item.isDone ? 'done' : 'open'}>
            <span aria-hidden="true" className="tick">{item.isDone ? '✓' : '○'}</span>
            <span>
              {wordsOf(item, t)} <span className="unseen">({t(item.isDone ? 'check.done' : 'check.open')})</span>
              {turnsBehind(articulation, item).length > 0 && (
                <> <Button className="plain words" aria-label={namedWords(t('check.again'), wordsOf(item, t))} onPress={() => {
                  together(doc, () => turnsBehind(articulation, item).map((key) => perform(takeBackTurn(doc, session.id, key, newMaker()))))
                }}>{t('check.again')}</Button></>
              )}
            </span>
          </li>
        ))}
      </ul>
      {session.finishedAt === null && card !== null && kinshipOf(session) === 'strategy' && (
        <p className="hint">{t('grow.strategy')} <Button className="plain words" onPress={() => perform(overrule(doc, session.id, 'value', newMaker()))}>{t('grow.overrule')}</Button></p>
      )}
      {session.finishedAt === null && (
        <div className="actions">
          <Button className="button primary" isDisabled={!isReady} onPress={() => {
            if (perform(confirmSession(doc, session.id, newMaker())) !== null) say(t('grow.confirmed', { title: card?.title.trim() ?? '' }))
          }}>{t('grow.confirm')}</Button>
        </div>
      )}
    </section>
  )
}

function wordsOf({ check, count, of }: CheckItem, t: (key: string, values: Readonly<Record<string, number>>) => string): string {
  return t(`check.${check}`, { count, of })
}
