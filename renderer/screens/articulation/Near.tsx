/** Cards and kinds of situation that say much the same, to look at side by side; merged by the person alone, and taken apart again. */
import { useEffect, useMemo, useState } from 'react'
import { Button, CheckboxButton, CheckboxField, Label, RadioGroup } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { mutualPairs, nearCards, nearContexts, viewOfCard, views, viewsOfStrangers, type Pair } from '../../../shared/articulation/duplicates.ts'
import { mergeContexts } from '../../../shared/commands/context.ts'
import { keepApart, mergeCards, separateCards } from '../../../shared/commands/merge.ts'
import { valuesOf } from '../../../shared/graph.ts'
import type { Card, CardId, ContextId, PolicyId } from '../../../shared/schema.ts'
import { Pick } from '../../components/fields/Pick.tsx'
import { newMaker, perform, useNotebook, useReading, useSteward } from '../../notebook.tsx'
import { nameOf } from '../../tasks/priorities.ts'
import { useView } from '../../store.ts'
import { dateWords, listWords, namedWords, whenWords } from '../../language/words.ts'

/** The model is asked about every card of a notebook of this size, about none of a larger one. */
const mostAsked = 120

export function Near() {
  const { t } = useTranslation('articulation')
  const { graph, apart } = useReading()
  const [open, setOpen] = useState<string | null>(null)
  const byWords = useMemo(() => nearCards(graph, apart), [graph, apart])
  const byModel = useMutual().filter((pair) => !apart.includes(keyOf(pair)) && !byWords.some((other) => keyOf(other) === keyOf(pair)))
  const shown = [...byWords, ...byModel]
  if (shown.length === 0) return null
  return (
    <section className="near" aria-label={t('near.title')}>
      <h2>{t('near.title')}</h2>
      <p className="quiet">{t('near.lead')}</p>
      <ul>
        {shown.slice(0, 10).map((pair) => (
          <li key={keyOf(pair)}>
            <span>{t('near.pair', { left: nameOf(graph, pair.left as CardId), right: nameOf(graph, pair.right as CardId) })}{pair.isByModel && <span className="quiet"> · {t('near.byModel')}</span>}</span>{' '}
            <Button className="plain words" aria-expanded={open === keyOf(pair)} aria-label={namedWords(t('near.look'), t('near.pair', { left: nameOf(graph, pair.left as CardId), right: nameOf(graph, pair.right as CardId) }))} onPress={() => setOpen(open === keyOf(pair) ? null : keyOf(pair))}>{t(open === keyOf(pair) ? 'near.close' : 'near.look')}</Button>
            {open === keyOf(pair) && <Beside left={graph.cards[pair.left as CardId]} right={graph.cards[pair.right as CardId]} onDone={() => setOpen(null)} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

export function NearContexts() {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { graph, apart } = useReading()
  const say = useView((view) => view.say)
  const pairs = useMemo(() => nearContexts(graph, apart), [graph, apart])
  const words = (id: string): string => whenWords(graph.contexts[id as ContextId]?.text ?? '')
  if (pairs.length === 0) return null
  return (
    <section className="near" aria-label={t('near.contexts')}>
      <h2>{t('near.contexts')}</h2>
      <ul>
        {pairs.slice(0, 10).map((pair) => (
          <li key={keyOf(pair)}>
            <span className="beside-columns"><span className="own" dir="auto">{words(pair.left)}</span><span className="own" dir="auto">{words(pair.right)}</span></span>
            <span className="actions-row">
              <Button className="button" aria-label={namedWords(t('near.context.merge'), listWords([words(pair.left), words(pair.right)]))} onPress={() => {
                if (perform(mergeContexts(doc, pair.right as ContextId, pair.left as ContextId)) !== null) say(t('near.context.merged', { from: words(pair.right), into: words(pair.left) }))
              }}>{t('near.context.merge')}</Button>
              <Button className="button" aria-label={namedWords(t('near.apart'), listWords([words(pair.left), words(pair.right)]))} onPress={() => perform(keepApart(doc, pair.left, pair.right, newMaker()))}>{t('near.apart')}</Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Beside({ left, right, onDone }: { readonly left: Card | undefined; readonly right: Card | undefined; readonly onDone: () => void }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { graph } = useReading()
  const say = useView((view) => view.say)
  const [kept, setKept] = useState<CardId | undefined>(left?.id)
  const [dropped, setDropped] = useState<readonly PolicyId[]>([])
  if (left === undefined || right === undefined) return null
  const [into, from] = kept === right.id ? [right, left] : [left, right]
  return (
    <div className="panel">
      <div className="beside-columns">
        {[left, right].map((card) => (
          <article key={card.id} aria-label={nameOf(graph, card.id)}>
            <h3 className="own" dir="auto">{nameOf(graph, card.id)}</h3>
            <ul>{card.policies.map(({ id, text }) => <li key={id} className="own" dir="auto">{text}</li>)}</ul>
            <p className="quiet">{card.contexts.map((id) => whenWords(graph.contexts[id]?.text ?? '')).join(' · ')}</p>
          </article>
        ))}
      </div>
      <RadioGroup className="radios" value={into.id} onChange={(id) => setKept(id as CardId)}>
        <Label>{t('near.keep.which')}</Label>
        {[left, right].map((card) => <Pick key={card.id} value={card.id}>{t('near.keep', { title: nameOf(graph, card.id) })}</Pick>)}
      </RadioGroup>
      <h3>{t('near.lines', { title: nameOf(graph, from.id) })}</h3>
      <ul className="lines">
        {from.policies.map(({ id, text }) => (
          <li key={id}>
            <CheckboxField isSelected={!dropped.includes(id)} onChange={(isKept) => setDropped(isKept ? dropped.filter((other) => other !== id) : [...dropped, id])}>
              <CheckboxButton className="check words"><span className="box" aria-hidden="true" /><span className="own" dir="auto">{text}</span></CheckboxButton>
            </CheckboxField>
          </li>
        ))}
      </ul>
      <div className="actions">
        <Button className="button primary" onPress={() => {
          const lines = from.policies.map(({ id }) => id).filter((id) => !dropped.includes(id))
          if (perform(mergeCards(doc, from.id, into.id, lines, newMaker())) === null) return
          say(t('near.merged', { from: nameOf(graph, from.id), into: nameOf(graph, into.id) }))
          onDone()
        }}>{t('near.merge')}</Button>
        <Button className="button" onPress={() => {
          if (perform(keepApart(doc, left.id, right.id, newMaker())) === null) return
          say(t('near.apartSaid'))
          onDone()
        }}>{t('near.apart')}</Button>
        <Button className="button" onPress={onDone}>{t('near.close')}</Button>
      </div>
    </div>
  )
}

/** On a card that was merged into another: with which, when, and the way back. */
export function MergedInto({ card }: { readonly card: Card }) {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { graph, merges } = useReading()
  const say = useView((view) => view.say)
  const merge = merges[card.id]
  if (merge === undefined || card.status !== 'retired') return null
  return (
    <p className="notice-quiet">{t('near.isMerged', { title: nameOf(graph, merge.into), date: dateWords(merge.at) })}{' '}
      <Button className="button" onPress={() => {
        if (perform(separateCards(doc, card.id, newMaker())) !== null) say(t('near.separated'))
      }}>{t('near.separate')}</Button>
    </p>
  )
}

/** Pairs that the model holds to be each other's nearest. */
function useMutual(): readonly Pair[] {
  const { bridge, status } = useSteward()
  const { graph } = useReading()
  const isReady = status?.model.kind === 'ready'
  const [found, setFound] = useState<{ readonly asked: string; readonly pairs: readonly Pair[] }>({ asked: '', pairs: [] })
  const cards = valuesOf(graph.cards).filter((card) => card.status !== 'retired' && card.policies.some(({ text }) => text.trim() !== ''))
  const asked = JSON.stringify(cards.length < 2 || cards.length > mostAsked ? [] : cards.map((card) => [card.id, ...views.map((view) => viewOfCard(card, view).slice(0, 2_000))]))
  useEffect(() => {
    const texts = JSON.parse(asked) as readonly (readonly [id: string, ...views: string[]])[]
    if (!isReady || texts.length === 0) return
    let isOver = false
    const look = async (): Promise<void> => {
      const nearest = views.map(() => new Map<string, string | undefined>())
      for (const [at, view] of views.entries()) {
        const told = texts.flatMap(([id, ...all]) => ((all[at] ?? '') === '' ? [] : [{ id, text: all[at] ?? '' }]))
        for (const { id, text } of told) {
          const others = told.filter((other) => other.id !== id)
          const ranked = await bridge.call('rank', { query: text, candidates: [...others.map((other) => other.text), ...viewsOfStrangers(view)] })
          if (isOver || !ranked.ok) return
          nearest[at]?.set(id, others[ranked.value[0] ?? -1]?.id)
        }
      }
      setFound({ asked, pairs: mutualPairs(nearest) })
    }
    const timer = setTimeout(() => void look(), 800)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [asked, bridge, isReady])
  /* Of other words than those that stand now, nothing is said. */
  return found.asked === asked ? found.pairs : []
}

function keyOf({ left, right }: Pair): string {
  return `${left}|${right}`
}
