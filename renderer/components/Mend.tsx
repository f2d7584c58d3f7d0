/** Four ways to mend what led to an answer, in place: the card, its kind of situation, which is wiser here, or that it was ignored. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { setCardContexts, setStatus } from '../../shared/commands/card.ts'
import { addContext } from '../../shared/commands/context.ts'
import { setPriority } from '../../shared/commands/priority.ts'
import { valuesOf } from '../../shared/graph.ts'
import type { Preview } from '../../shared/ipc.ts'
import type { CardId } from '../../shared/schema.ts'
import { newMaker, perform, useNotebook, useReading } from '../notebook.tsx'
import { nameOf } from '../priorities.ts'
import { addressOf, useView } from '../store.ts'
import { whenWords } from '../words.ts'
import { Choice } from './Choice.tsx'
import { Field } from './Field.tsx'
import { Lines } from './Lines.tsx'

const doors = {
  card: 'This card is wrong',
  place: 'Not in this kind of situation',
  wiser: 'Another value is wiser here',
  ignored: 'It ignored this'
} as const
type Door = keyof typeof doors

export function Mend({ preview }: { readonly preview: Preview }) {
  const { graph } = useReading()
  const [door, setDoor] = useState<Door | null>(null)
  const [picked, setPicked] = useState<CardId | ''>('')
  const { cards } = preview.decision.certificate.inputs
  const bearing = cards.map(({ id }) => id).filter((id) => graph.cards[id] !== undefined)
  const endorsed = valuesOf(graph.cards).filter((card) => card.status === 'endorsed').map((card) => card.id)
  const choices = (door === 'ignored' || bearing.length === 0 ? endorsed : bearing).map((key) => ({ key, text: nameOf(graph, key) }))
  const card = picked === '' ? undefined : graph.cards[picked]
  return (
    <section className="mend" aria-label="Not that?">
      <h3>Not that?</h3>
      <div className="actions">
        {(Object.keys(doors) as Door[]).map((key) => (
          <Button key={key} className={`button${door === key ? ' pressed' : ''}`} aria-expanded={door === key} onPress={() => {
            setDoor(door === key ? null : key)
            setPicked(bearing[0] ?? endorsed[0] ?? '')
          }}>{doors[key]}</Button>
        ))}
      </div>
      {door !== null && (
        <div className="panel">
          {choices.length === 0 ? <p>You have no value in force yet. <a href={addressOf({ room: 'values', card: 'new' })}>Put one into words</a>.</p> : <Choice label="Which card?" value={picked} options={choices} onChange={setPicked} />}
          {door === 'card' && card !== undefined && <Lines card={card} title={`What you pay attention to in ‘${card.title}’`} />}
          {door === 'ignored' && card !== undefined && (
            <>
              <p>It reads only your lines. Say in plainer words what it should have noticed here.</p>
              <Lines card={card} title={`What you pay attention to in ‘${card.title}’`} />
            </>
          )}
          {door === 'place' && card !== undefined && <Place card={card.id} />}
          {door === 'wiser' && picked !== '' && <Wiser than={picked} />}
        </div>
      )}
    </section>
  )
}

function Place({ card }: { readonly card: CardId }) {
  const { doc } = useNotebook()
  const { graph } = useReading()
  const say = useView((view) => view.say)
  const [words, setWords] = useState('')
  const current = graph.cards[card]
  if (current === undefined) return null
  return (
    <>
      <p>{current.contexts.length === 0 ? 'It does not say yet when it shows up.' : `It shows up ${current.contexts.map((id) => whenWords(graph.contexts[id]?.text ?? '')).join(', ')}.`}</p>
      <Field isLoose label="When does it show up instead?" value={words} onChange={setWords} placeholder="when …" />
      <div className="actions">
        <Button className="button" isDisabled={words.trim() === ''} onPress={() => {
          const context = perform(addContext(doc, words.trim(), newMaker()))
          if (context === null || perform(setCardContexts(doc, card, [context], newMaker())) === null) return
          setWords('')
          say(`‘${current.title}’ shows up ${whenWords(words)}.`)
        }}>Say so</Button>
        <Button className="button" onPress={() => {
          if (perform(setStatus(doc, card, 'draft', newMaker())) !== null) say(`‘${current.title}’ is a draft now; no agent sees it.`)
        }}>Make it a draft</Button>
      </div>
    </>
  )
}

function Wiser({ than }: { readonly than: CardId }) {
  const { doc } = useNotebook()
  const { graph } = useReading()
  const say = useView((view) => view.say)
  const [wiser, setWiser] = useState<CardId | ''>('')
  const [context, setContext] = useState('')
  const others = valuesOf(graph.cards).filter((card) => card.status === 'endorsed' && card.id !== than).map((card) => ({ key: card.id, text: nameOf(graph, card.id) }))
  const known = valuesOf(graph.contexts).filter(({ synonymOf, text }) => synonymOf === null && text.trim() !== '')
  return (
    <>
      <Choice label="Which is wiser here?" value={wiser} options={others} onChange={setWiser} placeholder="Choose a value" />
      <Field isLoose label="In which kind of situation?" value={context} onChange={setContext} placeholder="when …" />
      {known.length > 0 && <p className="known">{known.slice(0, 8).map(({ id, text }) => <Button key={id} className="chip button-chip" onPress={() => setContext(text)}>{whenWords(text)}</Button>)}</p>}
      <div className="actions">
        <Button className="button" isDisabled={wiser === '' || context.trim() === ''} onPress={() => {
          if (wiser === '') return
          const place = perform(addContext(doc, context.trim(), newMaker()))
          if (place === null || perform(setPriority(doc, { to: wiser, from: than, context: place }, newMaker())) === null) return
          say(`‘${nameOf(graph, wiser)}’ is wiser than ‘${nameOf(graph, than)}’ ${whenWords(context)}.`)
        }}>Say it</Button>
      </div>
    </>
  )
}
