/** The map's twin: every fact of the picture in tables, and every action. Rows are plain words until one of them is changed. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { editEdge } from '../../../shared/commands/priority.ts'
import { valuesOf } from '../../../shared/graph.ts'
import { edgeKey, type Card, type CardId, type Edge } from '../../../shared/schema.ts'
import { ContextTable } from '../../components/ContextTable.tsx'
import { Field } from '../../components/fields/Field.tsx'
import { perform, useNotebook } from '../../notebook.tsx'
import { nameOf } from '../../tasks/priorities.ts'
import { addressOf, go } from '../../store.ts'
import { dateWords, namedWords, whenWords } from '../../language/words.ts'
import { NearContexts } from '../articulation/Near.tsx'
import { useBegin, useTakeBack } from './Details.tsx'
import { edgeWords, laneWords, type MapModel } from './model.ts'
import { MoreRows, rowsAtFirst } from './MoreRows.tsx'
import { PullTables } from './Pulls.tsx'
import { useMapView } from './view.ts'

/** From so many rows on one can look for some. */
const findFrom = 12

export function MapTables({ model }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  const [search, setSearch] = useState('')
  const { graph } = model
  const edges = valuesOf(graph.edges)
  const cards = valuesOf(graph.cards).filter((card) => card.status !== 'retired')
  const wanted = search.trim().toLowerCase()
  const isFound = (...texts: readonly string[]): boolean => wanted === '' || texts.some((text) => text.toLowerCase().includes(wanted))
  const places: readonly (readonly [string, string])[] = [['map-priorities', 'table.prioritiesLabel'], ['map-values', 'table.values'], ['map-pulls', 'pull.title'], ...(valuesOf(graph.contexts).length === 0 ? [] : [['map-kinds', 'table.kinds'] as const])]
  return (
    <>
      <nav className="jumps" aria-label={t('table.jump')}>
        {places.map(([id, words]) => <Button key={id} className="plain words" onPress={() => jump(id)}>{t(words)}</Button>)}
      </nav>
      {edges.length + cards.length > findFrom && <Field isLoose isPlain label={t('table.find')} placeholder={t('table.findHint')} value={search} onChange={setSearch} />}
      <Priorities model={model} edges={edges.filter((edge) => isFound(edgeWords(graph, edge)))} />
      <Values model={model} cards={cards.filter((card) => isFound(nameOf(graph, card.id), ...card.contexts.map((id) => graph.contexts[id]?.text ?? '')))} />
      <Groups model={model} />
      <PullTables model={model} />
      <ContextTable model={model} isFound={isFound} />
      <NearContexts />
    </>
  )
}

function jump(id: string): void {
  const heading = document.getElementById(id)?.querySelector<HTMLElement>('h2')
  heading?.focus()
  heading?.scrollIntoView({ block: 'start' })
}

function Priorities({ model, edges }: { readonly model: MapModel; readonly edges: readonly Edge[] }) {
  const { t } = useTranslation('map')
  const [most, setMost] = useState(rowsAtFirst)
  const [changing, setChanging] = useState<string | null>(null)
  return (
    <section className="scroll" id="map-priorities" aria-label={t('table.prioritiesLabel')}>
      <h2 tabIndex={-1}>{t('table.prioritiesLabel')}</h2>
      {valuesOf(model.graph.edges).length === 0 ? <p className="quiet">{t('table.prioritiesNone')}</p> : <table className="stacks">
        <caption>{t('table.priorities', { count: edges.length })}</caption>
        <thead><tr>{['wiser', 'than', 'when', 'about', 'since', 'actions'].map((name) => <th key={name} scope="col">{t(`table.${name}`)}</th>)}</tr></thead>
        <tbody>{edges.slice(0, most).map((edge) => <PriorityRow key={edgeKey(edge)} model={model} edge={edge} isChanging={changing === edgeKey(edge)} onChanging={(isChanging) => setChanging(isChanging ? edgeKey(edge) : null)} />)}</tbody>
      </table>}
      <MoreRows shown={most} all={edges.length} onMore={setMost} />
    </section>
  )
}

interface PriorityRowProps {
  readonly model: MapModel
  readonly edge: Edge
  readonly isChanging: boolean
  readonly onChanging: (isChanging: boolean) => void
}

function PriorityRow({ model: { graph, index, isInCircle }, edge, isChanging, onChanging }: PriorityRowProps) {
  const { t } = useTranslation('map')
  const { doc } = useNotebook()
  const want = useMapView((view) => view.want)
  const takeBack = useTakeBack()
  const key = edgeKey(edge)
  const words = edgeWords(graph, edge)
  const isDrawn = graph.cards[edge.from]?.status !== 'retired' && graph.cards[edge.to]?.status !== 'retired'
  return (
    <tr className={isInCircle.has(key) ? 'circle' : undefined}>
      <th scope="row" className="own"><a dir="auto" href={addressOf({ room: 'values', card: edge.to })}>{nameOf(graph, edge.to)}</a></th>
      <td className="own" data-label={t('table.than')}><a dir="auto" href={addressOf({ room: 'values', card: edge.from })}>{nameOf(graph, edge.from)}</a></td>
      <td data-label={t('table.when')}><span dir="auto">{whenWords(graph.contexts[edge.context]?.text ?? '')}</span>{isInCircle.has(key) && <strong> {t('table.inCircle')}</strong>}</td>
      <td data-label={t('table.about')}>{isChanging ? <Field label={t('edge.about', { than: nameOf(graph, edge.from) })} isLabelHidden isLong rows={1} autoFocus value={edge.reallyAbout} onChange={(reallyAbout) => perform(editEdge(doc, key, { reallyAbout }))} /> : <span className="own" dir="auto">{edge.reallyAbout}</span>}</td>
      <td data-label={t('table.since')}>{edge.createdAt === 0 ? t('table.unknown') : <time>{dateWords(edge.createdAt)}</time>}</td>
      <td className="row-actions">
        <Button className="button" aria-label={isChanging ? t('table.done') : t('table.changeIt', { what: words })} onPress={() => onChanging(!isChanging)}>{t(isChanging ? 'table.done' : 'table.change')}</Button>
        <Button className="button" aria-label={t('takeBack.it', { what: words })} onPress={() => takeBack(key, words)}>{t('takeBack')}</Button>
        {isDrawn && <Button className="button" aria-label={t('look.at', { what: words })} onPress={() => {
          want({ kind: 'arrow', key, lane: index.canonical(edge.context) })
          go({ room: 'map', view: 'picture' })
        }}>{t('look')}</Button>}
      </td>
    </tr>
  )
}

function Values({ model, cards }: { readonly model: MapModel; readonly cards: readonly Card[] }) {
  const { t } = useTranslation('map')
  const { graph } = model
  const [most, setMost] = useState(rowsAtFirst)
  const begin = useBegin(() => undefined)
  const founders = new Map<CardId, CardId>(model.lanes.flatMap(({ clusters }) => clusters.flatMap(({ founder, cards: members }) => members.filter((card) => card !== founder).map((card) => [card, founder] as const))))
  return (
    <section className="scroll" id="map-values" aria-label={t('table.values')}>
      <h2 tabIndex={-1}>{t('table.values')}</h2>
      <table className="stacks">
        <caption>{t('values', { count: cards.length })}</caption>
        <thead><tr><th scope="col">{t('table.value')}</th><th scope="col">{t('table.shows')}</th><th scope="col">{t('table.actions')}</th></tr></thead>
        <tbody>
          {cards.slice(0, most).map((card) => {
            const founder = founders.get(card.id)
            const shows = card.contexts.map((id) => whenWords(graph.contexts[id]?.text ?? '')).join(' · ')
            return (
              <tr key={card.id}>
                <th scope="row" className="own"><a dir="auto" href={addressOf({ room: 'values', card: card.id })}>{nameOf(graph, card.id)}</a></th>
                <td data-label={t('table.shows')}>{shows === '' ? t('card.notSaid') : <span dir="auto">{shows}</span>}{founder !== undefined && <span className="quiet"> · {t('table.nearOf', { title: nameOf(graph, founder) })}</span>}</td>
                <td className="row-actions">
                  <Button className="button" aria-label={namedWords(t('card.wiserThan'), nameOf(graph, card.id))} onPress={() => begin({ wiser: card.id })}>{t('card.wiserThan')}</Button>
                  <Button className="button" aria-label={namedWords(t('card.wiser'), nameOf(graph, card.id))} onPress={() => begin({ than: card.id })}>{t('card.wiser')}</Button>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <MoreRows shown={most} all={cards.length} onMore={setMost} />
    </section>
  )
}

function Groups({ model: { graph, lanes } }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  const open = useMapView((view) => view.groups)
  const { setGroup } = useMapView.getState()
  const [most, setMost] = useState(rowsAtFirst)
  const groups = lanes.flatMap((lane) => lane.clusters.map((cluster) => ({ lane, ...cluster })))
  if (groups.length === 0) return null
  return (
    <section className="scroll" aria-label={t('table.groups')}>
      <h2>{t('table.groups')}</h2>
      <table className="stacks">
        <caption>{t('table.groups', { count: groups.length })}</caption>
        <thead><tr>{['group', 'when', 'members', 'onMap'].map((name) => <th key={name} scope="col">{t(`table.${name}`)}</th>)}</tr></thead>
        <tbody>
          {groups.slice(0, most).map(({ lane, founder, cards }) => (
            <tr key={`${lane.id} ${founder}`}>
              <th scope="row" className="own">{t('group', { title: nameOf(graph, founder), count: cards.length - 1 })}</th>
              <td data-label={t('table.when')}><span dir="auto">{laneWords(lane)}</span></td>
              <td className="own" data-label={t('table.members')}>{cards.slice(0, 12).map((card) => nameOf(graph, card)).join(' · ')}{cards.length > 12 && ' …'}</td>
              <td className="row-actions"><Button className="button" aria-label={namedWords(t(open.includes(founder) ? 'lane.fold' : 'lane.unfold'), nameOf(graph, founder))} onPress={() => setGroup(founder, !open.includes(founder))}>{t(open.includes(founder) ? 'lane.fold' : 'lane.unfold')}</Button></td>
            </tr>
          ))}
        </tbody>
      </table>
      <MoreRows shown={most} all={groups.length} onMore={setMost} />
    </section>
  )
}
