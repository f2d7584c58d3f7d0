/** Four ways to mend what led to an answer, in place: the card, its kind of situation, which is wiser here, or that it was ignored. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { setCardContexts, setStatus } from '../../shared/commands/card.ts'
import { addContext } from '../../shared/commands/context.ts'
import { setPriority } from '../../shared/commands/priority.ts'
import { valuesOf } from '../../shared/graph.ts'
import type { Preview } from '../../shared/ipc.ts'
import { Door } from '../../shared/rehearsal.ts'
import type { CardId, Graph } from '../../shared/schema.ts'
import { newMaker, perform, together, useNotebook, useReading } from '../notebook.tsx'
import { nameOf } from '../tasks/priorities.ts'
import { addressOf, useView } from '../store.ts'
import { listWords, placeWords, whenWords } from '../language/words.ts'
import { Choice } from './fields/Choice.tsx'
import { Field } from './fields/Field.tsx'
import { Lines } from './Lines.tsx'

export interface MendProps {
  readonly preview: Preview
  /** The notebook that the answer was made from. */
  readonly asked: Graph
  /** Called when the person says where it went wrong, and of which card. */
  readonly onDoor: (door: Door, card: CardId | null) => void
}

export function Mend({ preview, asked, onDoor }: MendProps) {
  const { t } = useTranslation('rehearse')
  const { graph } = useReading()
  const [door, setDoor] = useState<Door | null>(null)
  const [picked, setPicked] = useState<CardId | ''>('')
  /* Put out of force here, as a mend. */
  const [drafted, setDrafted] = useState<readonly CardId[]>([])
  const { cards } = preview.decision.certificate.inputs
  /* Also those that are gone by now, elsewhere: what one has to say of them is said of the answer. */
  const bearing = cards.map(({ id }) => id)
  const endorsed = valuesOf(graph.cards).filter((card) => card.status === 'endorsed').map((card) => card.id)
  const choices = (door === 'ignored' || bearing.length === 0 ? endorsed : bearing).map((key) => ({ key, text: graph.cards[key] === undefined ? nameOf(asked, key) : nameOf(graph, key) }))
  const card = picked === '' ? undefined : graph.cards[picked]
  const isGone = picked !== '' && !drafted.includes(picked) && card?.status !== 'endorsed' && asked.cards[picked]?.status === 'endorsed'
  const choose = (next: Door | null, id: CardId | ''): void => {
    setDoor(next)
    setPicked(id)
    if (next !== null) onDoor(next, id === '' ? null : id)
  }
  return (
    <section className="mend" aria-label={t('mend')}>
      <h3>{t('mend.question')}</h3>
      <div className="actions">
        {Door.options.map((key) => (
          <Button key={key} className={`button${door === key ? ' pressed' : ''}`} aria-expanded={door === key} onPress={() => choose(door === key ? null : key, bearing[0] ?? endorsed[0] ?? '')}>{t(`door.${key}`)}</Button>
        ))}
      </div>
      {door !== null && (
        <div className="panel">
          {choices.length === 0 ? <p>{t('none.inForce')} <a href={addressOf({ room: 'values', card: 'new' })}>{t('write')}</a>.</p> : <Choice label={t('which')} value={picked} options={choices} onChange={(id) => choose(door, id)} />}
          {isGone && <output className="said notice">{t('retired', { title: nameOf(card === undefined ? asked : graph, picked) })}</output>}
          {door === 'ignored' && card !== undefined && <p>{t('ignored.hint')}</p>}
          {(door === 'card-wrong' || door === 'ignored') && card !== undefined && !isGone && <Lines card={card} title={t('lines', { title: card.title })} />}
          {door === 'not-here' && card !== undefined && !isGone && <Place card={card.id} onDraft={() => setDrafted([...drafted, card.id])} />}
          {door === 'another-wiser' && picked !== '' && card !== undefined && !isGone && <Wiser than={picked} />}
        </div>
      )}
    </section>
  )
}

function Place({ card, onDraft }: { readonly card: CardId; readonly onDraft: () => void }) {
  const { t } = useTranslation('rehearse')
  const { doc } = useNotebook()
  const { graph } = useReading()
  const say = useView((view) => view.say)
  const [words, setWords] = useState('')
  const current = graph.cards[card]
  if (current === undefined) return null
  return (
    <>
      <p>{current.contexts.length === 0 ? t('place.none') : t('place.now', { when: placeWords(listWords(current.contexts.map((id) => whenWords(graph.contexts[id]?.text ?? '')))) })}</p>
      <Field isLoose label={t('place.field')} value={words} onChange={setWords} placeholder={t('place.hint')} />
      <div className="actions">
        <Button className="button" isDisabled={words.trim() === ''} onPress={() => {
          const isSaid = together(doc, () => {
            const context = perform(addContext(doc, words.trim(), newMaker()))
            return context !== null && perform(setCardContexts(doc, card, [context], newMaker())) !== null
          })
          if (!isSaid) return
          setWords('')
          say(t('place.said', { title: current.title, when: placeWords(whenWords(words)) }))
        }}>{t('place.say')}</Button>
        <Button className="button" onPress={() => {
          onDraft()
          if (perform(setStatus(doc, card, 'draft', newMaker())) !== null) say(t('draft.said', { title: current.title }))
        }}>{t('draft')}</Button>
      </div>
    </>
  )
}

function Wiser({ than }: { readonly than: CardId }) {
  const { t } = useTranslation('rehearse')
  const { doc } = useNotebook()
  const { graph } = useReading()
  const say = useView((view) => view.say)
  const [wiser, setWiser] = useState<CardId | ''>('')
  const [context, setContext] = useState('')
  const others = valuesOf(graph.cards).filter((card) => card.status === 'endorsed' && card.id !== than).map((card) => ({ key: card.id, text: nameOf(graph, card.id) }))
  const known = valuesOf(graph.contexts).filter(({ synonymOf, text }) => synonymOf === null && text.trim() !== '')
  return (
    <>
      <Choice label={t('wiser')} value={wiser} options={others} onChange={setWiser} placeholder={t('wiser.hint')} />
      <Field isLoose label={t('wiser.when')} value={context} onChange={setContext} placeholder={t('place.hint')} />
      {known.length > 0 && <p className="known">{known.slice(0, 8).map(({ id, text }) => <Button key={id} className="chip button-chip" onPress={() => setContext(text)}><span dir="auto">{whenWords(text)}</span></Button>)}</p>}
      <div className="actions">
        <Button className="button" isDisabled={wiser === '' || context.trim() === ''} onPress={() => {
          if (wiser === '') return
          const isSaid = together(doc, () => {
            const place = perform(addContext(doc, context.trim(), newMaker()))
            return place !== null && perform(setPriority(doc, { to: wiser, from: than, context: place }, newMaker())) !== null
          })
          if (!isSaid) return
          say(t('wiser.said', { wiser: nameOf(graph, wiser), than: nameOf(graph, than), when: placeWords(whenWords(context)) }))
        }}>{t('wiser.say')}</Button>
      </div>
    </>
  )
}
