/** What can be done with one thing on the map: a value, an arrow, a kind of situation, two values that pull apart. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Heading } from 'react-aria-components'
import { mergeContexts, nestContext, removeContext, renameContext, unmergeContext } from '../../../shared/commands/context.ts'
import { editEdge, removeEdge } from '../../../shared/commands/priority.ts'
import type { CardId, Context, ContextId } from '../../../shared/schema.ts'
import { Choice } from '../../components/fields/Choice.tsx'
import { Field } from '../../components/fields/Field.tsx'
import { useSubjects } from '../../tasks/library.ts'
import { perform, useNotebook } from '../../notebook.tsx'
import { nameOf } from '../../tasks/priorities.ts'
import { addressOf, useView } from '../../store.ts'
import { dateWords, listWords, whenWords } from '../../language/words.ts'
import { edgeWords, laneWords, pullWords, standingOf, type MapModel } from './model.ts'
import { useMapView, type Begun } from './view.ts'

export type Selected =
  | { readonly kind: 'card'; readonly card: CardId; readonly lane: string }
  | { readonly kind: 'arrow'; readonly key: string }
  | { readonly kind: 'lane'; readonly lane: string }
  | { readonly kind: 'pull'; readonly left: CardId; readonly right: CardId }

interface DetailsProps {
  readonly model: MapModel
  readonly selected: Selected
  readonly onDone: () => void
}

export function Details(props: DetailsProps) {
  const { t } = useTranslation('map')
  return (
    <>
      <Chosen {...props} />
      <div className="actions"><Button className="button" onPress={props.onDone}>{t('close')}</Button></div>
    </>
  )
}

function Chosen({ model, selected, onDone }: DetailsProps) {
  switch (selected.kind) {
    case 'card':
      return <CardDetails model={model} card={selected.card} lane={selected.lane} onDone={onDone} />
    case 'arrow':
      return <ArrowDetails model={model} edgeKey={selected.key} onDone={onDone} />
    case 'lane':
      return <LaneDetails model={model} lane={selected.lane as ContextId} onDone={onDone} />
    case 'pull':
      return <PullDetails model={model} left={selected.left} right={selected.right} onDone={onDone} />
  }
}

function CardDetails({ model: { graph, index }, card, lane, onDone }: { readonly model: MapModel; readonly card: CardId; readonly lane: string; readonly onDone: () => void }) {
  const { t } = useTranslation('map')
  const begin = useBegin(onDone)
  const when = graph.contexts[lane as ContextId]?.text ?? ''
  const where = [...new Set((graph.cards[card]?.contexts ?? []).map(index.canonical))].map((id) => whenWords(graph.contexts[id]?.text ?? ''))
  return (
    <>
      <Heading slot="title" className="own">{nameOf(graph, card)}</Heading>
      <p className="quiet">{t('card.stands', { where: where.length === 0 ? t('card.notSaid') : listWords(where) })}</p>
      <div className="actions">
        <a className="button" href={addressOf({ room: 'values', card })}>{t('open')}</a>
        <Button className="button" onPress={() => begin({ wiser: card, when })}>{t('card.wiserThan')}</Button>
        <Button className="button" onPress={() => begin({ than: card, when })}>{t('card.wiser')}</Button>
      </div>
    </>
  )
}

function ArrowDetails({ model: { graph, isInCircle }, edgeKey: key, onDone }: { readonly model: MapModel; readonly edgeKey: string; readonly onDone: () => void }) {
  const { t } = useTranslation('map')
  const takeBack = useTakeBack()
  const { doc } = useNotebook()
  const edge = graph.edges[key]
  if (edge === undefined) return null
  return (
    <>
      <Heading slot="title">{edgeWords(graph, edge)}</Heading>
      {isInCircle.has(key) && <p><strong>{t('edge.circle')}</strong></p>}
      <Field label={t('edge.about', { than: nameOf(graph, edge.from) })} isLong rows={1} value={edge.reallyAbout} onChange={(reallyAbout) => perform(editEdge(doc, key, { reallyAbout }))} />
      {edge.createdAt > 0 && <p className="quiet">{t('edge.since', { date: dateWords(edge.createdAt) })}</p>}
      <div className="actions">
        <Button className="button" onPress={() => {
          takeBack(key, edgeWords(graph, edge))
          onDone()
        }}>{t('takeBack')}</Button>
        {[edge.to, edge.from].map((card) => <a key={card} className="button own" href={addressOf({ room: 'values', card })}>{nameOf(graph, card)}</a>)}
      </div>
    </>
  )
}

function LaneDetails({ model: { graph, lanes: all }, lane, onDone }: { readonly model: MapModel; readonly lane: ContextId; readonly onDone: () => void }) {
  const { t } = useTranslation('map')
  const say = useView((view) => view.say)
  const lanes = useMapView((view) => view.lanes)
  const { setLanes } = useMapView.getState()
  const begin = useBegin(onDone)
  const context = graph.contexts[lane]
  if (context === undefined) return null
  const words = laneWords({ id: lane, text: context.text })
  const own = all.find(({ id }) => id === lane)
  const isFolded = own !== undefined && standingOf(all, lanes)(own) === 'folded'
  return (
    <>
      <Heading slot="title" className="own">{words}</Heading>
      <ContextFields context={context} contexts={Object.values(graph.contexts)} />
      <div className="actions">
        <Button className="button" onPress={() => begin({ when: context.text })}>{t('lane.say')}</Button>
        <Button className="button" onPress={() => {
          setLanes({ [lane]: 'hidden' })
          say(t('lane.hid', { when: words }))
          onDone()
        }}>{t('lane.hide')}</Button>
        <Button className="button" onPress={() => {
          setLanes({ [lane]: isFolded ? 'open' : 'folded' })
          onDone()
        }}>{t(isFolded ? 'lane.unfold' : 'lane.fold')}</Button>
        <TakeAway context={context} isShort={false} />
      </div>
    </>
  )
}

/** The words of a kind of situation, which it is part of, and which it means the same as. */
export function ContextFields({ context, contexts }: { readonly context: Context; readonly contexts: readonly Context[] }) {
  const { t } = useTranslation('map')
  const { doc } = useNotebook()
  const others = contexts.filter(({ id, synonymOf }) => id !== context.id && synonymOf === null)
  const choices = (none: string) => [{ key: 'none', text: none }, ...others.map(({ id, text }) => ({ key: id as string, text: whenWords(text) }))]
  const nameOfOther = (id: ContextId): string => whenWords(contexts.find((other) => other.id === id)?.text ?? '')
  return (
    <>
      <Field label={t('lane.words')} value={context.text} onChange={(text) => text.trim() !== '' && perform(renameContext(doc, context.id, text))} />
      <Choice label={t('lane.within')} value={context.within[0] ?? 'none'} options={choices(t('lane.nothingWider'))} onChange={(wider) => perform(nestContext(doc, context.id, wider === 'none' ? [] : [wider as ContextId]))} />
      {context.within.length > 1 && <p className="quiet">{t('lane.withinMany', { others: listWords(context.within.slice(1).map(nameOfOther)) })}</p>}
      <Choice label={t('lane.same')} value={context.synonymOf ?? 'none'} options={choices(t('lane.nothingElse'))} onChange={(same) => perform(same === 'none' ? unmergeContext(doc, context.id) : mergeContexts(doc, context.id, same as ContextId))} />
    </>
  )
}

export function TakeAway({ context, isShort }: { readonly context: Context; readonly isShort: boolean }) {
  const { t } = useTranslation('map')
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const when = whenWords(context.text)
  return (
    <Button className="button" {...(isShort ? { 'aria-label': t('lane.awayIt', { when }) } : {})} onPress={() => {
      if (perform(removeContext(doc, context.id)) !== null) say(t('lane.gone', { when }))
    }}>{t('lane.away')}</Button>
  )
}

function PullDetails({ model: { graph, tensions }, left, right, onDone }: { readonly model: MapModel; readonly left: CardId; readonly right: CardId; readonly onDone: () => void }) {
  const { t } = useTranslation('map')
  const begin = useBegin(onDone)
  const tension = tensions.get(left, right)
  return (
    <>
      <Heading slot="title">{pullWords(graph, left, right, tension)}</Heading>
      <Situations situations={tension?.shared ?? []} />
      <div className="actions">
        <Button className="button" onPress={() => begin({ wiser: left, than: right })}>{t('pull.wiser')}</Button>
        {[left, right].map((card) => <a key={card} className="button own" href={addressOf({ room: 'values', card })}>{nameOf(graph, card)}</a>)}
      </div>
    </>
  )
}

/** The first few, each with so many lines as there is room for. */
export function Situations({ situations }: { readonly situations: readonly string[] }) {
  const subjects = useSubjects()
  const shown = useMemo(() => new Map(subjects.map((subject) => [subject.scenario.situation, subject.shown.situation])), [subjects])
  return <ul className="situations">{situations.slice(0, 5).map((situation) => <li key={situation} className="own" dir="auto">{shown.get(situation) ?? situation}</li>)}</ul>
}

/** Takes one to the form below, filled in as far as is known. */
export function useBegin(onDone: () => void): (begun: Begun) => void {
  const begin = useMapView((view) => view.begin)
  return (begun) => {
    onDone()
    begin(begun)
  }
}

export function useTakeBack(): (key: string, words: string) => void {
  const { t } = useTranslation('map')
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  return (key, words) => {
    if (perform(removeEdge(doc, key)) !== null) say(t('takenBack', { what: words }))
  }
}
