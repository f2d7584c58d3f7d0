/** One card: its name, what one pays attention to, when, its story; in force or not; as it was before. Every key stroke is kept. */
import { useState } from 'react'
import { Button, Label, RadioGroup } from 'react-aria-components'
import { editText, forgetCard, setCardContexts, setKind, setStatus, type CardField } from '../../shared/commands/card.ts'
import { addContext } from '../../shared/commands/context.ts'
import { saveVersion } from '../../shared/commands/version.ts'
import type { Card, CardId, CardKind, CardStatus } from '../../shared/schema.ts'
import { Ask } from '../components/Ask.tsx'
import { Field } from '../components/Field.tsx'
import { Lines } from '../components/Lines.tsx'
import { Pick } from '../components/Pick.tsx'
import { Versions } from '../components/Versions.tsx'
import { newMaker, perform, useNotebook, useReading } from '../notebook.tsx'
import { MergedInto } from './articulation/Near.tsx'
import { InWords } from './articulation/InWords.tsx'
import { Whose } from './articulation/Whose.tsx'
import { addressOf, go, useView } from '../store.ts'
import { kindWords, statusHints, statusWords, whenWords } from '../words.ts'

export function CardRoom({ id }: { readonly id: string }) {
  const { graph } = useReading()
  const card = Object.hasOwn(graph.cards, id) ? graph.cards[id as CardId] : undefined
  if (card === undefined) {
    return (
      <div className="column">
        <h1 tabIndex={-1}>This card is not here</h1>
        <p>It may have been forgotten, here or on another device. Nothing else is missing.</p>
        <p><a className="button" href={addressOf({ room: 'values', card: null })}>Back to your values</a></p>
      </div>
    )
  }
  return <Editor card={card} />
}

function Editor({ card }: { readonly card: Card }) {
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const write = (field: CardField) => (next: string) => perform(editText(doc, { kind: 'card', card: card.id, field }, next, newMaker()))

  function become(status: CardStatus): void {
    if (perform(setStatus(doc, card.id, status, newMaker())) === null) return
    perform(saveVersion(doc, card.id, newMaker()))
    say(`‘${card.title}’: ${statusHints[status]}`)
  }

  return (
    <article className="column editor">
      <p className="crumb"><a href={addressOf({ room: 'values', card: null })}>Values</a></p>
      <h1 tabIndex={-1} className="own">{card.title.trim() || 'Without a name yet'}</h1>
      <p className="standing">
        <span className={`chip ${card.status}`}>{statusWords[card.status]}</span> <span className="quiet">{statusHints[card.status]}</span>
      </p>
      {card.author.kind !== 'you' && (
        <p className="provenance">{card.author.kind === 'import' ? `From ${card.author.source}. ` : `Proposed by ${card.author.name}. `}
          {(card.author.kind === 'import' ? card.author.confirmedAt : card.author.acceptedAt) === null ? 'Not yours until you put it in force.' : 'You made it yours.'}
        </p>
      )}
      <MergedInto card={card} />
      <Whose card={card} />
      <Field label="Its name" value={card.title} onChange={write('title')} />
      <Lines card={card} />
      <Contexts card={card} />
      <Field label="The story behind it" isLong value={card.story} onChange={write('story')} hint="A choice in which you lived by it." />
      <Field label="What gets in its way" isLong value={card.obstacles} onChange={write('obstacles')} />
      <RadioGroup className="radios" value={card.kind} onChange={(kind) => perform(setKind(doc, card.id, kind as CardKind, newMaker()))}>
        <Label>What is it to you?</Label>
        {(Object.keys(kindWords) as CardKind[]).map((kind) => (
          <Pick key={kind} value={kind}>{kindWords[kind]}</Pick>
        ))}
      </RadioGroup>
      {card.kind === 'instrumental' && <p className="hint">A means is kept here, and no agent is guided by it as a value.</p>}
      <InWords card={card} />
      <div className="actions">
        {card.status !== 'endorsed' && <Button className="button primary" onPress={() => become('endorsed')}>Put it in force</Button>}
        {card.status === 'endorsed' && <a className="button primary" href={addressOf({ room: 'rehearse', scenario: 'new' })}>Rehearse a situation</a>}
        {card.status === 'endorsed' && <Button className="button" onPress={() => become('draft')}>Make it a draft</Button>}
        {card.status !== 'retired' && <Button className="button" onPress={() => become('retired')}>Retire it</Button>}
        {card.status === 'retired' && (
          <Ask
            action="Forget for good"
            question={`Forget ‘${card.title}’ for good?`}
            text="The card, what it is wiser than, and how it was before are removed from all your devices. This cannot be taken back."
            onYes={() => {
              if (perform(forgetCard(doc, card.id)) === null) return
              say('Forgotten.')
              go({ room: 'values', card: null })
            }}
          />
        )}
      </div>
      <Versions card={card} />
    </article>
  )
}

function Contexts({ card }: { readonly card: Card }) {
  const { doc } = useNotebook()
  const { graph } = useReading()
  const [next, setNext] = useState('')
  const others = Object.values(graph.contexts).filter(({ id, text, synonymOf }) => synonymOf === null && text.trim() !== '' && !card.contexts.includes(id))

  function add(text: string): void {
    const words = text.trim()
    if (words === '') return
    const context = perform(addContext(doc, words, newMaker()))
    if (context === null) return
    perform(setCardContexts(doc, card.id, [...card.contexts, context], newMaker()))
    setNext('')
  }

  return (
    <section className="contexts" aria-label="When it shows up">
      <h2>When it shows up</h2>
      <ul className="chips">
        {card.contexts.map((id) => {
          const words = whenWords(graph.contexts[id]?.text ?? '')
          return (
            <li key={id} className="chip own">{words}
              <Button className="plain" aria-label={`Take away “${words}”`} onPress={() => perform(setCardContexts(doc, card.id, card.contexts.filter((other) => other !== id), newMaker()))}>✕</Button>
            </li>
          )
        })}
      </ul>
      <div className="adder">
        <Field isLoose label="A kind of situation" value={next} onChange={setNext} onEnter={() => add(next)} placeholder="when a friend needs me" />
        <Button className="button" isDisabled={next.trim() === ''} onPress={() => add(next)}>Add</Button>
      </div>
      {others.length > 0 && (
        <p className="known"><span className="quiet">Known already:</span>{' '}
          {others.slice(0, 8).map(({ id, text }) => <Button key={id} className="chip button-chip" onPress={() => add(text)}>{whenWords(text)}</Button>)}
        </p>
      )}
    </section>
  )
}
