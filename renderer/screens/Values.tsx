/** All cards: what one pays attention to, and when. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { valuesOf } from '../../shared/graph.ts'
import type { Card } from '../../shared/schema.ts'
import { Field } from '../components/fields/Field.tsx'
import { AllPaper, PrintButton } from '../components/Paper.tsx'
import { useReading } from '../notebook.tsx'
import { toldWords } from '../language/problems.ts'
import { Near } from './articulation/Near.tsx'
import { Norms, Notes } from './articulation/Norms.tsx'
import { addressOf } from '../store.ts'
import { authorWords, statusWords, whenWords } from '../language/words.ts'

const order = { endorsed: 0, draft: 1, retired: 2 } as const
const shownAtFirst = 200

export function Values() {
  const { t } = useTranslation('values')
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
          <h1 tabIndex={-1}>{t('title')}</h1>
          <p className="lead">{t('lead')}</p>
        </div>
        <a className="button primary" href={addressOf({ room: 'words', session: null, card: null })}>{t('words')}</a>
      </header>
      {all.length > 5 && <Field isLoose label={t('search')} isPlain value={search} onChange={setSearch} placeholder={t('search.hint')} />}
      <output className="said quiet">{wanted === '' ? t('count', { count: all.length }) : t('found', { count: found.length, words: search.trim() })}</output>
      <ul className="cards">
        {shown.map((card) => (
          <li key={card.id}>
            <a href={addressOf({ room: 'values', card: card.id })} className={`card ${card.status}`}>
              {card.title.trim() === '' ? <span className="title quiet">{t('nameless')}</span> : <span className="title own" dir="auto">{card.title}</span>}
              {card.status !== 'endorsed' && <span className="chip">{statusWords(card.status)}</span>}
              {card.author.kind === 'import' && <span className="chip source">{authorWords(card.author)}</span>}
              <FirstLine text={card.policies.find(({ text }) => text.trim() !== '')?.text} />
              {contextsOf(card).length > 0 && <span className="quiet" dir="auto">{contextsOf(card).map(whenWords).join(' · ')}</span>}
            </a>
          </li>
        ))}
      </ul>
      {shown.length < found.length && <button type="button" className="button" onClick={() => setIsWhole(true)}>{t('all', { count: found.length })}</button>}
      {all.length > 0 && <p className="actions"><PrintButton /></p>}
      <AllPaper />
      <Near />
      <Norms />
      <Notes />
      {problems.length > 0 && (
        <details className="problems">
          <summary>{t('problems', { count: problems.length })}</summary>
          <ul>{problems.slice(0, 50).map((problem) => <li key={problem}>{toldWords(problem)}</li>)}</ul>
        </details>
      )}
    </div>
  )
}

function FirstLine({ text }: { readonly text: string | undefined }) {
  const { t } = useTranslation('values')
  return text === undefined ? <span className="line quiet">{t('empty')}</span> : <span className="line own" dir="auto">{text}</span>
}
