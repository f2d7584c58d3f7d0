/** All cards: what one pays attention to, and when. */
import { useState } from 'react'
import { valuesOf } from '../../shared/graph.ts'
import type { Card } from '../../shared/schema.ts'
import { Field } from '../components/Field.tsx'
import { useReading } from '../notebook.tsx'
import { Near } from './articulation/Near.tsx'
import { Norms, Notes } from './articulation/Norms.tsx'
import { addressOf } from '../store.ts'
import { counted, statusWords, whenWords } from '../words.ts'

const order = { endorsed: 0, draft: 1, retired: 2 } as const
const shownAtFirst = 200

export function Values() {
  const { graph, problems } = useReading()
  const [search, setSearch] = useState('')
  const [isWhole, setIsWhole] = useState(false)
  const all = valuesOf(graph.cards)
  const wanted = search.trim().toLowerCase()
  const contextsOf = (card: Card): readonly string[] => card.contexts.flatMap((id) => graph.contexts[id]?.text ?? [])
  const found = all
    .filter((card) => wanted === '' || [card.title, card.story, ...card.policies.map(({ text }) => text), ...contextsOf(card)].some((text) => text.toLowerCase().includes(wanted)))
    .sort((left, right) => order[left.status] - order[right.status] || right.updatedAt - left.updatedAt || (left.id < right.id ? -1 : 1))
  const shown = isWhole ? found : found.slice(0, shownAtFirst)
  return (
    <div className="column">
      <header className="head">
        <div>
          <h1 tabIndex={-1}>Values</h1>
          <p className="lead">What do I pay attention to, and when?</p>
        </div>
        <a className="button primary" href={addressOf({ room: 'words', session: null, card: null })}>Put a value into words</a>
      </header>
      {all.length > 5 && <Field isLoose label="Search" isPlain value={search} onChange={setSearch} placeholder="A word of yours" />}
      <output className="said quiet">{wanted === '' ? counted(all.length, 'value', 'values') : `${counted(found.length, 'value', 'values')} with “${search.trim()}”`}</output>
      <ul className="cards">
        {shown.map((card) => (
          <li key={card.id}>
            <a href={addressOf({ room: 'values', card: card.id })} className={`card ${card.status}`}>
              <span className="title own">{card.title.trim() || 'Without a name yet'}</span>
              {card.status !== 'endorsed' && <span className="chip">{statusWords[card.status]}</span>}
              {card.author.kind === 'import' && <span className="chip source">from {card.author.source}</span>}
              <span className="line own">{card.policies.find(({ text }) => text.trim() !== '')?.text ?? 'Nothing written yet'}</span>
              {contextsOf(card).length > 0 && <span className="quiet">{contextsOf(card).map(whenWords).join(' · ')}</span>}
            </a>
          </li>
        ))}
      </ul>
      {shown.length < found.length && <button type="button" className="button" onClick={() => setIsWhole(true)}>Show all {found.length.toLocaleString('en')}</button>}
      <Near />
      <Norms />
      <Notes />
      {problems.length > 0 && (
        <details className="problems">
          <summary>{counted(problems.length, 'thing in this notebook could not be shown', 'things in this notebook could not be shown')}</summary>
          <ul>{problems.slice(0, 50).map((problem) => <li key={problem}>{problem}</li>)}</ul>
        </details>
      )}
    </div>
  )
}
