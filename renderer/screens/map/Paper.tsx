/**
 * The map on paper: every kind of situation that is shown, opened, with its picture as wide as the sheet is, and below them the
 * tables that say the same and more. It is written only while something is printed.
 *
 * A picture that would have to be made too small to be read is told arrow by arrow instead. Lengths within a picture are in em,
 * and its text is as large as lets it fit, so that every size of sheet is filled alike.
 */
import type { CSSProperties } from 'react'
import { useTranslation } from 'react-i18next'
import { valuesOf } from '../../../shared/graph.ts'
import type { Lane } from '../../../shared/map/lanes.ts'
import { placeLane, type PlacedLane } from '../../../shared/map/place.ts'
import { edgeKey, type CardId, type ContextId } from '../../../shared/schema.ts'
import { useIsPrinting } from '../../components/Paper.tsx'
import { nameOf } from '../../tasks/priorities.ts'
import { dateWords, listWords, whenWords } from '../../language/words.ts'
import { boxAt, em, factsOf, Sentence, sentenceWords } from './Band.tsx'
import { circleWords, laneWords, pullWords, standingOf, valueWords, type MapModel } from './model.ts'
import { useMapView } from './view.ts'

/** How wide a sheet is in units, about, at the size of the text; and the widest picture that can still be read on it. */
const sheet = { room: 660, most: 1_240 } as const
/** So many pairs stand in the table; a thousand values have half a million. */
const mostPairs = 300

export function MapPaper({ model }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  const chosen = useMapView((view) => view.lanes)
  if (!useIsPrinting()) return null
  const standing = standingOf(model.lanes, chosen)
  const shown = model.lanes.filter((lane) => standing(lane) !== 'hidden')
  const hidden = model.lanes.length - shown.length
  return (
    <div className="paper map-paper">
      <h1>{t('title')}</h1>
      <p className="quiet">{t('legend')}</p>
      {model.circles.map((circle) => <p key={`${circle.context} ${circle.cards.join(' ')}`}><strong>{t('circle.look')}</strong> {circleWords(model.graph, circle)}</p>)}
      {shown.map((lane) => <LanePaper key={lane.id} model={model} lane={lane} />)}
      {hidden > 0 && <p className="quiet">{t('paper.hidden', { count: hidden })}</p>}
      <Priorities model={model} />
      <Values model={model} />
      <Pulls model={model} />
      <Kinds model={model} standing={standing} />
    </div>
  )
}

function LanePaper({ model, lane }: { readonly model: MapModel; readonly lane: Lane }) {
  const { t } = useTranslation('map')
  const whole = placeLane(lane, sheet.room, () => true)
  const isDrawn = whole.wide <= sheet.most
  const place = isDrawn ? whole : placeLane({ ...lane, edges: [], circles: [], pulls: [] }, sheet.room, () => true)
  return (
    <section className={`band${place.high < 700 ? ' whole' : ''}`}>
      <h2 className="own" dir="auto">{laneWords(lane)}</h2>
      <p className="quiet">{factsOf(model, lane, t).join(' · ')}</p>
      {lane.cards.length === 0 ? <p className="quiet">{t('lane.empty')}</p> : <Picture model={model} place={place} />}
      {!isDrawn && <ul className="told">{lane.edges.map((edge) => <li key={edgeKey(edge)}><Sentence sentence={sentenceWords(t)} wiser={nameOf(model.graph, edge.to)} than={nameOf(model.graph, edge.from)} /></li>)}</ul>}
      {lane.pulls.length > 0 && <ol className="told">{(isDrawn ? place.pulls : lane.pulls).map(({ left, right }) => <li key={`${left} ${right}`}>{pullWords(model.graph, left, right, model.tensions.get(left, right))}</li>)}</ol>}
    </section>
  )
}

function Picture({ model: { graph }, place }: { readonly model: MapModel; readonly place: PlacedLane }) {
  const { t } = useTranslation('map')
  const { wide, high, cards, arrows, groups, pulls } = place
  return (
    <div className="fit">
      <div className="plane" style={{ '--wide': wide, width: em(wide, 'em'), height: em(high, 'em') } as CSSProperties}>
        {groups.map((box) => <div key={box.founder} className="near" style={boxAt(box, 'em')}><span>{t('group', { title: nameOf(graph, box.founder), count: box.cards.length - 1 })}</span></div>)}
        <svg className="lines" viewBox={`0 0 ${wide} ${high}`} style={{ width: em(wide, 'em'), height: em(high, 'em') }} aria-hidden="true">
          {pulls.map(({ left, right, path }) => <path key={`${left} ${right}`} className="pull" d={path} />)}
          {arrows.map(({ key, path, head, isInCircle }) => <g key={key} className={isInCircle ? 'circle' : undefined}><path className="arrow" d={path} /><path className="arrow-head" d={head} /></g>)}
        </svg>
        {cards.map(({ card, x, y }) => <div key={card} className="spot" style={boxAt({ x, y }, 'em')}><div className={`value own ${graph.cards[card]?.status ?? ''}`} dir="auto"><span>{nameOf(graph, card)}</span></div></div>)}
        {arrows.map(({ key, edge, isNear, words }) => <div key={key} className={`said${isNear ? '' : ' far'}`} style={boxAt(words, 'em')}><Sentence sentence={sentenceWords(t)} wiser={nameOf(graph, edge.to)} than={nameOf(graph, edge.from)} /></div>)}
        {pulls.map(({ left, right, mark }, at) => <div key={`${left} ${right}`} className="number" style={boxAt(mark, 'em')}><span>{at + 1}</span></div>)}
      </div>
    </div>
  )
}

// ---- the tables -----------------------------------------------------------------------------------------------------

function Priorities({ model: { graph, isInCircle } }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  const edges = valuesOf(graph.edges)
  if (edges.length === 0) return null
  return (
    <section>
      <h2>{t('table.prioritiesLabel')}</h2>
      <table>
        <Head names={['wiser', 'than', 'when', 'about', 'since']} />
        <tbody>
          {edges.map((edge) => (
            <tr key={edgeKey(edge)}>
              <th scope="row" className="own"><span dir="auto">{nameOf(graph, edge.to)}</span></th>
              <td className="own"><span dir="auto">{nameOf(graph, edge.from)}</span></td>
              <td><span dir="auto">{whenWords(graph.contexts[edge.context]?.text ?? '')}</span>{isInCircle.has(edgeKey(edge)) && <strong> {t('table.inCircle')}</strong>}</td>
              <td className="own"><span dir="auto">{edge.reallyAbout}</span></td>
              <td>{edge.createdAt === 0 ? t('table.unknown') : dateWords(edge.createdAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Values({ model: { graph } }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  const cards = valuesOf(graph.cards).filter(({ status }) => status !== 'retired')
  if (cards.length === 0) return null
  return (
    <section>
      <h2>{t('table.values')}</h2>
      <table>
        <Head names={['value', 'shows']} />
        <tbody>
          {cards.map(({ id, contexts }) => (
            <tr key={id}>
              <th scope="row" className="own"><span dir="auto">{nameOf(graph, id)}</span></th>
              <td><span dir="auto">{contexts.length === 0 ? t('card.notSaid') : contexts.map((context) => whenWords(graph.contexts[context]?.text ?? '')).join(' · ')}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Pulls({ model: { graph, tensions } }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  const isThere = (card: CardId): boolean => graph.cards[card] !== undefined && graph.cards[card].status !== 'retired'
  const pairs = tensions.pairs.filter(({ left, right }) => isThere(left) && isThere(right))
  if (pairs.length === 0) return null
  return (
    <section>
      <h2>{t('pull.title')}</h2>
      <p className="quiet">{t('pull.how')}</p>
      <table>
        <thead><tr><th scope="col">{t('pull.pair')}</th><th scope="col">{t('pull.value')}</th><th scope="col">{t('pull.shared')}</th></tr></thead>
        <tbody>
          {pairs.slice(0, mostPairs).map(({ left, right, value, shared }) => (
            <tr key={`${left} ${right}`}>
              <th scope="row" className="own"><span dir="auto">{nameOf(graph, left)}</span> · <span dir="auto">{nameOf(graph, right)}</span></th>
              <td>{valueWords(value)}</td>
              <td>{t('pull.count', { count: shared.length })}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {pairs.length > mostPairs && <p className="quiet">{t('paper.more', { count: pairs.length - mostPairs })}</p>}
    </section>
  )
}

function Kinds({ model: { graph, lanes }, standing }: { readonly model: MapModel; readonly standing: (lane: Lane) => 'open' | 'folded' | 'hidden' }) {
  const { t } = useTranslation('map')
  const contexts = valuesOf(graph.contexts)
  if (contexts.length === 0) return null
  const words = (id: ContextId): string => whenWords(graph.contexts[id]?.text ?? '')
  return (
    <section>
      <h2>{t('table.kinds')}</h2>
      <table>
        <Head names={['when', 'partOf', 'same', 'onMap']} />
        <tbody>
          {contexts.map(({ id, within, synonymOf }) => {
            const lane = lanes.find((one) => one.id === id)
            return (
              <tr key={id}>
                <th scope="row" className="own"><span dir="auto">{words(id)}</span></th>
                <td><span dir="auto">{within.length === 0 ? '–' : listWords(within.map(words))}</span></td>
                <td><span dir="auto">{synonymOf === null ? '–' : words(synonymOf)}</span></td>
                <td>{lane === undefined ? '–' : t(`table.${standing(lane)}`)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

function Head({ names }: { readonly names: readonly string[] }) {
  const { t } = useTranslation('map')
  return <thead><tr>{names.map((name) => <th key={name} scope="col">{t(`table.${name}`)}</th>)}</tr></thead>
}
