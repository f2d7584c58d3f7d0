/**
 * What a room looks like on paper: one card, or all of them by the kinds of situation they show up in. It is written only while
 * something is printed (Ctrl-P of the browser too), so that a large notebook costs nothing on the screen.
 */
import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { valuesOf } from '../../shared/graph.ts'
import type { Card, Graph } from '../../shared/schema.ts'
import { useReading } from '../notebook.tsx'
import { printPage } from '../print.ts'
import { authorWords, kindWords, statusWords, whenWords } from '../language/words.ts'

export function PrintButton() {
  const { t } = useTranslation('print')
  return <Button className="button" onPress={() => void printPage()}>{t('print')}</Button>
}

/** One card, for its room. */
export function CardPaper({ card }: { readonly card: Card }) {
  const { graph } = useReading()
  return useIsPrinting() ? <div className="paper"><Sheet card={card} graph={graph} isAlone /></div> : null
}

/** All cards that are not retired, under each kind of situation; those that show up in none stand last. */
export function AllPaper() {
  const { t } = useTranslation('print')
  const { graph } = useReading()
  if (!useIsPrinting()) return null
  const cards = valuesOf(graph.cards).filter(({ status }) => status !== 'retired').sort((left, right) => left.title.localeCompare(right.title) || (left.id < right.id ? -1 : 1))
  const places = valuesOf(graph.contexts).map((context) => ({ name: whenWords(context.text), cards: cards.filter((card) => card.contexts.includes(context.id)) })).filter((place) => place.cards.length > 0)
  const others = cards.filter((card) => card.contexts.every((id) => graph.contexts[id] === undefined))
  return (
    <div className="paper">
      <h1>{t('title')}</h1>
      {[...places.sort((left, right) => left.name.localeCompare(right.name)), ...(others.length === 0 ? [] : [{ name: t('anywhere'), cards: others }])].map((place) => (
        <section key={place.name}>
          <h2 dir="auto">{place.name}</h2>
          {place.cards.map((card) => <Sheet key={card.id} card={card} graph={graph} />)}
        </section>
      ))}
    </div>
  )
}

function Sheet({ card, graph, isAlone = false }: { readonly card: Card; readonly graph: Graph; readonly isAlone?: boolean }) {
  const { t } = useTranslation('print')
  const Name = isAlone ? 'h1' : 'h3'
  const places = card.contexts.flatMap((id) => graph.contexts[id]?.text ?? []).map(whenWords)
  return (
    <article className={isAlone ? undefined : 'sheet'}>
      {card.title.trim() === '' ? <Name>{t('nameless')}</Name> : <Name className="own" dir="auto">{card.title}</Name>}
      <p className="quiet">{[statusWords(card.status), ...(card.author.kind === 'you' ? [] : [authorWords(card.author)]), ...(card.kind === 'unclear' ? [] : [kindWords(card.kind)])].join(' · ')}</p>
      {card.policies.length > 0 && <ul>{card.policies.map(({ id, text, author }) => <li key={id}><span className="own" dir="auto">{text}</span>{author.kind !== 'you' && <span className="quiet"> ({authorWords(author)})</span>}</li>)}</ul>}
      {isAlone && places.length > 0 && <p><span className="quiet">{t('places')}</span> <span className="own" dir="auto">{places.join(' · ')}</span></p>}
      {card.story.trim() !== '' && <p className="own" dir="auto">{card.story}</p>}
      {card.obstacles.trim() !== '' && <p><span className="quiet">{t('obstacles')}</span> <span className="own" dir="auto">{card.obstacles}</span></p>}
    </article>
  )
}

/** True from just before something is printed until it was. */
export function useIsPrinting(): boolean {
  const [isPrinting, setIsPrinting] = useState(false)
  useEffect(() => {
    /* At once: the page is taken as it is when the event has been told. */
    const begin = (): void => flushSync(() => setIsPrinting(true))
    const end = (): void => setIsPrinting(false)
    addEventListener('beforeprint', begin)
    addEventListener('afterprint', end)
    return () => {
      removeEventListener('beforeprint', begin)
      removeEventListener('afterprint', end)
    }
  }, [])
  return isPrinting
}
