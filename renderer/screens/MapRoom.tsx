/** Which is wiser, where: the picture, and its twin as a table with every fact and every action. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { addContext } from '../../shared/commands/context.ts'
import { editEdge, removeEdge, setPriority } from '../../shared/commands/priority.ts'
import { valuesOf } from '../../shared/graph.ts'
import type { CardId } from '../../shared/schema.ts'
import { Choice } from '../components/Choice.tsx'
import { ContextTable } from '../components/ContextTable.tsx'
import { Field } from '../components/Field.tsx'
import { MapPicture } from '../components/MapPicture.tsx'
import { newMaker, perform, useNotebook, useReading } from '../notebook.tsx'
import { circlesOf, nameOf, prioritiesOf, type Priority } from '../priorities.ts'
import { addressOf, useView } from '../store.ts'
import { counted, dateWords, whenWords } from '../words.ts'
import { NearContexts } from './articulation/Near.tsx'

export function MapRoom({ view }: { readonly view: 'picture' | 'table' }) {
  const { graph } = useReading()
  const priorities = prioritiesOf(graph)
  const circles = circlesOf(graph)
  const count = valuesOf(graph.cards).filter((card) => card.status !== 'retired').length
  return (
    <div className="column wide">
      <header className="head">
        <div>
          <h1 tabIndex={-1}>Map</h1>
          <p className="lead">Which is wiser, where?</p>
        </div>
        <nav className="views" aria-label="How it is shown">
          <a href={addressOf({ room: 'map', view: 'picture' })} aria-current={view === 'picture' ? 'true' : undefined}>Picture</a>
          <a href={addressOf({ room: 'map', view: 'table' })} aria-current={view === 'table' ? 'true' : undefined}>Table</a>
        </nav>
      </header>
      {circles.map(({ context, cards }) => (
        <p className="notice" key={`${context} ${cards.join(' ')}`}>
          <strong>Look at this:</strong> {cards.map((card) => `‘${nameOf(graph, card)}’`).join(', ')} are each held wiser than another in a circle, {whenWords(graph.contexts[context]?.text ?? '')}. None of these counts until you take one away.
        </p>
      ))}
      {count < 2 && <p className="quiet">With two values or more you can say which is wiser, and when.</p>}
      {view === 'picture' ? <MapPicture graph={graph} priorities={priorities} /> : <Table priorities={priorities} />}
      {count >= 2 && <NewPriority />}
    </div>
  )
}

function NewPriority() {
  const { doc } = useNotebook()
  const { graph } = useReading()
  const say = useView((view) => view.say)
  const [wiser, setWiser] = useState<CardId | ''>('')
  const [than, setThan] = useState<CardId | ''>('')
  const [context, setContext] = useState('')
  const [about, setAbout] = useState('')
  const cards = valuesOf(graph.cards).filter((card) => card.status !== 'retired').map((card) => ({ key: card.id, text: nameOf(graph, card.id) }))
  const known = valuesOf(graph.contexts).filter(({ synonymOf, text }) => synonymOf === null && text.trim() !== '')

  function add(): void {
    if (wiser === '' || than === '') return
    const maker = newMaker()
    const place = perform(addContext(doc, context.trim(), maker))
    if (place === null || perform(setPriority(doc, { to: wiser, from: than, context: place, reallyAbout: about.trim() }, maker)) === null) return
    say(`‘${nameOf(graph, wiser)}’ is wiser than ‘${nameOf(graph, than)}’ ${whenWords(context)}.`)
    setWiser('')
    setThan('')
    setContext('')
    setAbout('')
  }

  return (
    <section className="panel" aria-label="Say which is wiser here">
      <h2>Say which is wiser here</h2>
      <div className="sentence">
        <Choice label="This one" value={wiser} options={cards.filter(({ key }) => key !== than)} onChange={setWiser} placeholder="Choose a value" />
        <Choice label="is wiser than" value={than} options={cards.filter(({ key }) => key !== wiser)} onChange={setThan} placeholder="Choose a value" />
      </div>
      <Field isLoose label="When? In which kind of situation?" value={context} onChange={setContext} placeholder="when someone I love is grieving" hint="It holds there, and nowhere else." />
      {known.length > 0 && (
        <p className="known"><span className="quiet">Known already:</span>{' '}
          {known.slice(0, 10).map(({ id, text }) => <Button key={id} className="chip button-chip" onPress={() => setContext(text)}>{whenWords(text)}</Button>)}
        </p>
      )}
      <Field isLoose label="What was the other one really about? (if you like)" value={about} onChange={setAbout} />
      <div className="actions">
        <Button className="button primary" isDisabled={wiser === '' || than === '' || context.trim() === ''} onPress={add}>Say it</Button>
      </div>
    </section>
  )
}

function Table({ priorities }: { readonly priorities: readonly Priority[] }) {
  const { graph } = useReading()
  const cards = valuesOf(graph.cards).filter((card) => card.status !== 'retired')
  return (
    <>
      <section className="scroll" aria-label="Which is wiser, where">
        <table>
          <caption>{counted(priorities.length, 'priority', 'priorities')}</caption>
          <thead><tr><th scope="col">Wiser</th><th scope="col">than</th><th scope="col">when</th><th scope="col">what it was really about</th><th scope="col">since</th><th scope="col">actions</th></tr></thead>
          <tbody>{priorities.map((priority) => <Row key={priority.key} priority={priority} />)}</tbody>
        </table>
      </section>
      <section className="scroll" aria-label="Where each value stands">
        <table>
          <caption>{counted(cards.length, 'value', 'values')}</caption>
          <thead><tr><th scope="col">Value</th><th scope="col">shows up</th></tr></thead>
          <tbody>
            {cards.map((card) => (
              <tr key={card.id}>
                <th scope="row" className="own"><a href={addressOf({ room: 'values', card: card.id })}>{nameOf(graph, card.id)}</a></th>
                <td>{card.contexts.map((id) => whenWords(graph.contexts[id]?.text ?? '')).join('; ') || 'not said'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <ContextTable />
      <NearContexts />
    </>
  )
}

function Row({ priority: { key, edge, wiser, than, when, isInCircle } }: { readonly priority: Priority }) {
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  return (
    <tr className={isInCircle ? 'circle' : undefined}>
      <th scope="row" className="own"><a href={addressOf({ room: 'values', card: edge.to })}>{wiser}</a></th>
      <td className="own"><a href={addressOf({ room: 'values', card: edge.from })}>{than}</a></td>
      <td>{when}{isInCircle && <strong> (in a circle)</strong>}</td>
      <td><Field label={`What ‘${than}’ was really about`} isLabelHidden isLong rows={1} value={edge.reallyAbout} onChange={(reallyAbout) => perform(editEdge(doc, key, { reallyAbout }))} /></td>
      <td>{edge.createdAt === 0 ? 'not known' : dateWords(edge.createdAt)}</td>
      <td>
        <Button className="button" aria-label={`Take away: ‘${wiser}’ is wiser than ‘${than}’ ${when}`} onPress={() => {
          if (perform(removeEdge(doc, key)) !== null) say(`Taken away: ‘${wiser}’ is wiser than ‘${than}’ ${when}.`)
        }}>Take away</Button>
      </td>
    </tr>
  )
}
