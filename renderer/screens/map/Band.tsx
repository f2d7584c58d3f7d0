/**
 * One band of the map: its name, the cards that stand in it, the arrows with their sentences, and what pulls apart. It is drawn
 * from plain data, and has no listeners of its own: those of the picture are told what was pressed by `data-…`.
 */
import { memo, type CSSProperties } from 'react'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { nowhere, type Lane } from '../../../shared/map/lanes.ts'
import { size, type PlacedLane } from '../../../shared/map/place.ts'
import type { CardId, CardStatus } from '../../../shared/schema.ts'
import { nameOf } from '../../tasks/priorities.ts'
import { addressOf } from '../../store.ts'
import { whenWords } from '../../language/words.ts'
import { laneWords, pullWords, type MapModel } from './model.ts'

/** How far one lane within another stands in, in units. */
export const step = 24

/** All that one band shows, as plain data, so that it is drawn again only where something in it changed. */
interface Drawn {
  readonly id: Lane['id']
  readonly words: string
  readonly depth: number
  readonly facts: readonly string[]
  readonly isOpen: boolean
  readonly isEmpty: boolean
  readonly place: PlacedLane
  readonly titles: Readonly<Record<CardId, string>>
  readonly statuses: Readonly<Record<CardId, CardStatus>>
  /** A sentence with a place for either name, and what is said of what pulls apart. */
  readonly sentence: string
  readonly pulls: readonly string[]
  readonly said: Readonly<Record<'values' | 'wiser' | 'empty' | 'where', string>>
}

export function drawnOf(model: MapModel, lane: Lane, place: PlacedLane, isOpen: boolean, t: TFunction<'map'>): Drawn {
  return {
    id: lane.id, words: laneWords(lane), depth: lane.depth, isOpen, isEmpty: lane.cards.length === 0, place,
    facts: factsOf(model, lane, t),
    titles: Object.fromEntries(lane.cards.map((card) => [card, nameOf(model.graph, card)])) as Drawn['titles'],
    statuses: Object.fromEntries(lane.cards.map((card) => [card, model.graph.cards[card]?.status ?? 'draft'])) as Drawn['statuses'],
    sentence: sentenceWords(t),
    pulls: place.pulls.map(({ left, right }) => pullWords(model.graph, left, right, model.tensions.get(left, right))),
    said: { values: t('map.here'), wiser: t('map.wiserHere'), empty: t('lane.empty'), where: t('pull.where') }
  }
}

/** What it is part of, and how much stands in it. */
export function factsOf({ graph }: MapModel, { within, cards, edges, circles }: Lane, t: TFunction<'map'>): readonly string[] {
  const counts: readonly (readonly [string, number])[] = [['values', cards.length], ['priorities', edges.length], ['circles', circles.length]]
  return [
    ...(within === null ? [] : [t('lane.partOf', { when: whenWords(graph.contexts[within]?.text ?? '') })]),
    ...counts.filter(([key, count]) => count > 0 || key === 'values').map(([key, count]) => t(key, { count }))
  ]
}

/** "B is wiser than A", with a place for either name. */
export function sentenceWords(t: TFunction<'map'>): string {
  return t('wiser.arrow', { wiser: '\u0001', than: '\u0002' })
}

/** Pixels that a band's name and the room around its body take, where the name has one row: what is not drawn yet is taken for as high as it will be. */
const around = 68

export const Band = memo(function Band({ drawn }: { readonly drawn: Drawn; readonly signature: string }) {
  const { t } = useTranslation('map')
  const { id, words, depth, facts, isOpen, isEmpty, place } = drawn
  return (
    <section className={`lane${isOpen ? '' : ' folded'}`} data-lane={id} style={{ marginInlineStart: em(depth * step), containIntrinsicBlockSize: `auto calc(${em(place.high)} + ${around}px)` }} aria-label={words}>
      <header data-spot>
        <h2><button type="button" className="lane-name own" data-item data-fold={id} aria-expanded={isOpen} tabIndex={-1}><span className="fold-mark" aria-hidden="true" /><span dir="auto">{words}</span></button></h2>
        <span className="facts">{facts.join(' · ')}</span>
        {!isOpen && place.cards.length + place.groups.length > 0 && <Small place={place} />}
        {id !== nowhere && <button type="button" className="spot-more" data-more="" tabIndex={-1} aria-label={t('more', { what: words })}>⋯</button>}
      </header>
      {isOpen && isEmpty && <p className="quiet">{drawn.said.empty}</p>}
      {isOpen && !isEmpty && <Body drawn={drawn} more={(what) => t('more', { what })} group={(title, count, isShown) => t(isShown ? 'group.close' : 'group', { title, count })} />}
    </section>
  )
}, (before, after) => before.signature === after.signature)

/** A folded band: the picture of it, as small as a word. */
function Small({ place: { wide, high, cards, groups, arrows } }: { readonly place: PlacedLane }) {
  const boxes = [...cards, ...groups.filter(({ isOpen }) => !isOpen)].map(({ x, y }) => `M${x},${y} h${size.card.wide} v${size.card.high} h-${size.card.wide} z`).join(' ')
  return <svg className="small" viewBox={`0 0 ${wide} ${high}`} preserveAspectRatio="xMinYMid meet" aria-hidden="true"><path className="arrow" d={arrows.map(({ path }) => path).join(' ')} /><path className="boxes" d={boxes} /></svg>
}

interface BodyProps {
  readonly drawn: Drawn
  readonly more: (what: string) => string
  readonly group: (title: string, count: number, isShown: boolean) => string
}

function Body({ drawn: { place, titles, statuses, sentence, pulls, said }, more, group }: BodyProps) {
  return (
    <>
      <div className="lane-body" style={{ width: em(place.wide), height: em(place.high) }}>
        {place.groups.filter(({ isOpen }) => isOpen).map((box) => (
          <div key={box.founder} className="group-box" data-spot style={boxAt(box)}>
            <button type="button" data-item data-group={box.founder} aria-expanded tabIndex={-1} className="group-name"><span className="fold-mark" aria-hidden="true" />{group(titles[box.founder] ?? '', box.cards.length - 1, true)}</button>
          </div>
        ))}
        <svg className="lane-lines" viewBox={`0 0 ${place.wide} ${place.high}`} style={{ width: em(place.wide), height: em(place.high) }} aria-hidden="true">
          {place.pulls.map(({ left, right, path }) => <path key={`${left} ${right}`} className="pull" d={path} />)}
          {place.arrows.map(({ key, path, head, isInCircle }) => (
            <g key={key} className={isInCircle ? 'circle' : undefined}><path className="arrow" d={path} /><path className="arrow-head" d={head} /></g>
          ))}
        </svg>
        <ul aria-label={said.values}>
          {place.cards.map(({ card, x, y }) => (
            <li key={card} className="place-box" data-spot style={boxAt({ x, y })}>
              <a className={`place own ${statuses[card] ?? ''}`} href={addressOf({ room: 'values', card })} data-item data-card={card} tabIndex={-1} draggable={false} title={titles[card]}><span dir="auto">{titles[card]}</span></a>
              <button type="button" className="spot-more" data-more={card} tabIndex={-1} aria-label={more(titles[card] ?? '')}>⋯</button>
            </li>
          ))}
          {place.groups.filter(({ isOpen }) => !isOpen).map(({ founder, cards, x, y }) => (
            <li key={founder} className="place-box" data-spot style={boxAt({ x, y })}>
              <button type="button" className="place stack" data-item data-group={founder} aria-expanded={false} tabIndex={-1}><span>{group(titles[founder] ?? '', cards.length - 1, false)}</span></button>
            </li>
          ))}
        </ul>
        {place.arrows.length > 0 && (
          <ul aria-label={said.wiser}>
            {place.arrows.map(({ key, edge, isInCircle, isNear, words }) => (
              <li key={key} className={`words-box${isNear ? '' : ' far'}`} data-spot style={{ insetInlineStart: em(words.x), insetBlockStart: em(words.y) }}>
                <button type="button" className={`arrow-words${isInCircle ? ' circle' : ''}`} data-item data-arrow={key} tabIndex={-1}><Sentence sentence={sentence} wiser={titles[edge.to] ?? ''} than={titles[edge.from] ?? ''} /></button>
              </li>
            ))}
          </ul>
        )}
        {place.pulls.map(({ left, right, mark }, at) => (
          <span key={`${left} ${right}`} className="mark-box" data-spot style={{ insetInlineStart: em(mark.x), insetBlockStart: em(mark.y) }}>
            <button type="button" className="pull-mark" data-item data-pull={`${left}|${right}`} tabIndex={-1} aria-label={`${at + 1} ${pulls[at] ?? ''}`}>{at + 1}</button>
          </span>
        ))}
      </div>
      {pulls.length > 0 && <ol className="lane-pulls" aria-label={said.where}>{pulls.map((words) => <li key={words}>{words}</li>)}</ol>}
    </>
  )
}

/** The app's words around the person's own, whichever of the two names comes first. */
export function Sentence({ sentence, wiser, than }: { readonly sentence: string; readonly wiser: string; readonly than: string }) {
  const parts = sentence.split(/([\u0001\u0002])/u)
  return <span>{parts.map((part, at) => (part === '\u0001' || part === '\u0002' ? <em key={String(at)} className="own">{part === '\u0001' ? wiser : than}</em> : part))}</span>
}

export function em(units: number, unit: 'rem' | 'em' = 'rem'): string {
  return `${units / 16}${unit}`
}

export function boxAt({ x, y, wide, high }: { readonly x: number; readonly y: number; readonly wide?: number; readonly high?: number }, unit: 'rem' | 'em' = 'rem'): CSSProperties {
  return { insetInlineStart: em(x, unit), insetBlockStart: em(y, unit), ...(wide === undefined ? {} : { width: em(wide, unit) }), ...(high === undefined ? {} : { height: em(high, unit) }) }
}
