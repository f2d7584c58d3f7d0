/** One card: its name, what one pays attention to, when, its story; in force or not; as it was before. Every key stroke is kept. */
import { useRef, useState, type FocusEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Gone } from '../components/frame/Gone.tsx'
import { Button, Label, RadioGroup } from 'react-aria-components'
import { editText, forgetCard, setCardContexts, setKind, setStatus, type CardField } from '../../shared/commands/card.ts'
import { addContext } from '../../shared/commands/context.ts'
import { saveVersion } from '../../shared/commands/version.ts'
import { CardKind, type Card, type CardId, type CardStatus } from '../../shared/schema.ts'
import { Ask } from '../components/fields/Ask.tsx'
import { Field } from '../components/fields/Field.tsx'
import { Lines } from '../components/Lines.tsx'
import { CardPaper, PrintButton } from '../components/Paper.tsx'
import { Pick } from '../components/fields/Pick.tsx'
import { Versions } from '../components/Versions.tsx'
import { newMaker, perform, together, useNotebook, useReading } from '../notebook.tsx'
import { MergedInto } from './articulation/Near.tsx'
import { InWords } from './articulation/InWords.tsx'
import { Whose } from './articulation/Whose.tsx'
import { addressOf, go, useView } from '../store.ts'
import { kindWords, statusHints, statusWords, whenWords } from '../language/words.ts'

export function CardRoom({ id }: { readonly id: string }) {
  const { t } = useTranslation('card')
  const { graph } = useReading()
  const card = Object.hasOwn(graph.cards, id) ? graph.cards[id as CardId] : undefined
  if (card === undefined) return <Gone title={t('gone')} text={t('gone.text')} back={t('gone.back')} to={{ room: 'values', card: null }} />
  return <Editor card={card} />
}

function Editor({ card }: { readonly card: Card }) {
  const { t } = useTranslation('card')
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const write = (field: CardField) => (next: string) => perform(editText(doc, { kind: 'card', card: card.id, field }, next, newMaker()))

  /* As it is found, before anything is changed in it: nothing that is written over here is lost. */
  const isPutBy = useRef(false)
  function putBy({ target }: FocusEvent): void {
    if (isPutBy.current || !target.matches('input,textarea,button')) return
    isPutBy.current = true
    saveVersion(doc, card.id, newMaker())
  }

  function become(status: CardStatus): void {
    if (perform(setStatus(doc, card.id, status, newMaker())) === null) return
    perform(saveVersion(doc, card.id, newMaker()))
    say(t('became', { title: card.title, hint: statusHints(status) }))
  }

  return (
    <article className="column editor" onFocusCapture={putBy}>
      <p className="crumb"><a href={addressOf({ room: 'values', card: null })}>{t('crumb')}</a></p>
      {card.title.trim() === '' ? <h1 tabIndex={-1}>{t('nameless')}</h1> : <h1 tabIndex={-1} className="own" dir="auto">{card.title}</h1>}
      <p className="standing">
        <span className={`chip ${card.status}`}>{statusWords(card.status)}</span> <span className="quiet">{statusHints(card.status)}</span>
      </p>
      {card.author.kind !== 'you' && (
        <p className="provenance">{card.author.kind === 'import' ? t('from', { source: card.author.source }) : t('proposed', { name: card.author.name })}{' '}
          {(card.author.kind === 'import' ? card.author.confirmedAt : card.author.acceptedAt) === null ? t('notYours') : t('yours')}
        </p>
      )}
      <MergedInto card={card} />
      <Whose card={card} />
      <Field label={t('name')} value={card.title} onChange={write('title')} />
      <Lines card={card} />
      <Contexts card={card} />
      <Field label={t('story')} isLong value={card.story} onChange={write('story')} hint={t('story.hint')} />
      <Field label={t('obstacles')} isLong value={card.obstacles} onChange={write('obstacles')} />
      <RadioGroup className="radios" value={card.kind} onChange={(kind) => perform(setKind(doc, card.id, kind as CardKind, newMaker()))}>
        <Label>{t('kind')}</Label>
        {CardKind.options.map((kind) => (
          <Pick key={kind} value={kind}>{kindWords(kind)}</Pick>
        ))}
      </RadioGroup>
      {card.kind === 'instrumental' && <p className="hint">{t('means')}</p>}
      <InWords card={card} />
      <div className="actions">
        {card.status !== 'endorsed' && <Button className="button primary" onPress={() => become('endorsed')}>{t('endorse')}</Button>}
        {card.status === 'endorsed' && <a className="button primary" href={addressOf({ room: 'rehearse', scenario: 'new' })}>{t('rehearse')}</a>}
        {card.status === 'endorsed' && <Button className="button" onPress={() => become('draft')}>{t('draft')}</Button>}
        {card.status !== 'retired' && <Button className="button" onPress={() => become('retired')}>{t('retire')}</Button>}
        <PrintButton />
        {card.status === 'retired' && (
          <Ask
            action={t('forget')}
            question={t('forget.question', { title: card.title })}
            text={t('forget.text')}
            onYes={() => {
              if (perform(forgetCard(doc, card.id)) === null) return
              say(t('forgotten'))
              go({ room: 'values', card: null })
            }}
          />
        )}
      </div>
      <Versions card={card} />
      <CardPaper card={card} />
    </article>
  )
}

function Contexts({ card }: { readonly card: Card }) {
  const { t } = useTranslation('card')
  const { doc } = useNotebook()
  const { graph } = useReading()
  const [next, setNext] = useState('')
  const others = Object.values(graph.contexts).filter(({ id, text, synonymOf }) => synonymOf === null && text.trim() !== '' && !card.contexts.includes(id))

  function add(text: string): void {
    const words = text.trim()
    if (words === '') return
    const isAdded = together(doc, () => {
      const context = perform(addContext(doc, words, newMaker()))
      return context !== null && perform(setCardContexts(doc, card.id, [...card.contexts, context], newMaker())) !== null
    })
    if (isAdded) setNext('')
  }

  return (
    <section className="contexts" aria-label={t('places')}>
      <h2>{t('places')}</h2>
      <ul className="chips">
        {card.contexts.map((id) => {
          const words = whenWords(graph.contexts[id]?.text ?? '')
          return (
            <li key={id} className="chip own"><span dir="auto">{words}</span>
              <Button className="plain" aria-label={t('place.away', { words })} onPress={() => perform(setCardContexts(doc, card.id, card.contexts.filter((other) => other !== id), newMaker()))}>✕</Button>
            </li>
          )
        })}
      </ul>
      <div className="adder">
        <Field isLoose label={t('place')} value={next} onChange={setNext} onEnter={() => add(next)} placeholder={t('place.example')} />
        <Button className="button" isDisabled={next.trim() === ''} onPress={() => add(next)}>{t('place.add')}</Button>
      </div>
      {others.length > 0 && (
        <p className="known"><span className="quiet">{t('place.known')}</span>{' '}
          {others.slice(0, 8).map(({ id, text }) => <Button key={id} className="chip button-chip" onPress={() => add(text)}><span dir="auto">{whenWords(text)}</span></Button>)}
        </p>
      )}
    </section>
  )
}
