/**
 * The map as a picture: each kind of situation is a band, a card stands in every one that it shows up in or has a priority in,
 * and an arrow leads from a card to a wiser one and is read as a sentence. Places come from shared/map/place.ts.
 *
 * Moving over it is scrolling, by the browser itself: nothing is rendered by React meanwhile, and bands out of sight are
 * skipped by the browser (content-visibility) but stay in the tab order, in searches and for screen readers. Of its many
 * things one is in the tab order; arrow keys go on from there. Whatever can be done here can be done in the tables too.
 */
import { memo, useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState, type CSSProperties } from 'react'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { Dialog, Popover } from 'react-aria-components'
import { nowhere, type Lane } from '../../shared/map/lanes.ts'
import { placeLane, size, type PlacedLane } from '../../shared/map/place.ts'
import type { CardId, CardStatus } from '../../shared/schema.ts'
import { nameOf } from '../priorities.ts'
import { laneWords, pullWords, standingOf, type MapModel } from '../screens/map/model.ts'
import { Details, type Selected } from '../screens/map/Details.tsx'
import { MapTools } from '../screens/map/Tools.tsx'
import { useMapView, zooms, type Wanted } from '../screens/map/view.ts'
import { addressOf } from '../store.ts'
import { whenWords } from '../words.ts'

export function MapPicture({ model }: { readonly model: MapModel }) {
  const { t } = useTranslation('map')
  const chosen = useMapView((kept) => kept.lanes)
  const groups = useMapView((kept) => kept.groups)
  const wanted = useMapView((kept) => kept.wanted)
  const { setLanes, setGroup, want } = useMapView.getState()
  const [selected, setSelected] = useState<Selected | null>(null)
  const anchor = useRef<HTMLElement | null>(null)
  const view = useRef<HTMLDivElement>(null)
  const plane = useRef<HTMLDivElement>(null)
  const room = useRoom(view)
  const standing = standingOf(model.lanes, chosen)
  const shown = model.lanes.filter((lane) => standing(lane) !== 'hidden')
  const placed = useMemo(() => new Map(model.lanes.map((lane) => [lane.id, placeLane(lane, room - lane.depth * step, (founder) => groups.includes(founder))])), [model.lanes, room, groups])
  const widest = Math.max(0, ...shown.filter((lane) => standing(lane) === 'open').map((lane) => (placed.get(lane.id)?.wide ?? 0) + lane.depth * step))
  useZoom(view, plane)
  useDragging(view)
  useEffect(() => keepOneInTabOrder(view.current))
  useEffect(() => {
    const element = wanted === null ? null : find(view.current, wanted)
    if (element === null) return
    element.scrollIntoView({ block: 'center', inline: 'center' })
    element.focus({ preventScroll: true })
    want(null)
  }, [wanted, want, room])

  const press = useEffectEvent((target: Element): void => {
    const element = target.closest<HTMLElement>('[data-more], [data-arrow], [data-pull], [data-fold], [data-group]')
    if (element === null) return
    const { more, arrow, pull, fold, group } = element.dataset
    const lane = element.closest<HTMLElement>('[data-lane]')?.dataset['lane'] ?? nowhere
    const isShut = element.getAttribute('aria-expanded') !== 'true'
    if (fold !== undefined) return setLanes({ [fold]: isShut ? 'open' : 'folded' })
    if (group !== undefined) return setGroup(group as CardId, isShut)
    anchor.current = element
    const [left = '', right = ''] = pull?.split('|') ?? []
    if (arrow !== undefined) setSelected({ kind: 'arrow', key: arrow })
    else if (pull !== undefined) setSelected({ kind: 'pull', left: left as CardId, right: right as CardId })
    else setSelected(more === '' || more === undefined ? { kind: 'lane', lane } : { kind: 'card', card: more as CardId, lane })
  })

  useEffect(() => {
    const element = view.current
    if (element === null) return
    /* One listener for all of it, however much there is. */
    const onClick = (event: Event): void => press(event.target as Element)
    const onFocus = (event: Event): void => moveTabOrder(element, event.target as Element)
    const onKey = (event: KeyboardEvent): void => pressKey(element, event, press)
    element.addEventListener('click', onClick)
    element.addEventListener('focusin', onFocus)
    element.addEventListener('keydown', onKey)
    return () => {
      element.removeEventListener('click', onClick)
      element.removeEventListener('focusin', onFocus)
      element.removeEventListener('keydown', onKey)
    }
  }, [])

  return (
    <>
      <MapTools model={model} standing={standing} />
      <figure className="picture" aria-label={t('map.label')} aria-describedby="map-hint">
        <div className="map-view" ref={view}>
          <div className="map-plane" ref={plane} style={{ minWidth: em(widest + 36) }}>
            {shown.map((lane) => {
              const place = placed.get(lane.id)
              if (place === undefined) return null
              const drawn = drawnOf(model, lane, place, standing(lane) === 'open', t)
              return <Band key={lane.id} drawn={drawn} signature={JSON.stringify(drawn)} />
            })}
          </div>
        </div>
      </figure>
      <details className="quiet map-hint"><summary>{t('map.keys')}</summary><p id="map-hint">{t('map.hint')}</p></details>
      <Popover triggerRef={anchor} isOpen={selected !== null} onOpenChange={(isOpen) => void (!isOpen && setSelected(null))} className="map-popover">
        <Dialog className="map-details">
          {selected !== null && <Details model={model} selected={selected} onDone={() => setSelected(null)} />}
        </Dialog>
      </Popover>
    </>
  )
}

/** How far one lane within another stands in, in units. */
const step = 24

/** All that one band shows, as plain data, so that it is drawn again only where something in it changed. */
interface Drawn {
  readonly id: Lane['id']
  readonly words: string
  readonly partOf: string | null
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

function drawnOf(model: MapModel, lane: Lane, place: PlacedLane, isOpen: boolean, t: TFunction<'map'>): Drawn {
  const facts: readonly (readonly [string, number])[] = [['values', lane.cards.length], ['priorities', lane.edges.length], ['circles', lane.circles.length]]
  return {
    id: lane.id, words: laneWords(lane), depth: lane.depth, isOpen, isEmpty: lane.cards.length === 0, place,
    partOf: lane.within === null ? null : t('lane.partOf', { when: whenWords(model.graph.contexts[lane.within]?.text ?? '') }),
    facts: facts.filter(([key, count]) => count > 0 || key === 'values').map(([key, count]) => t(key, { count })),
    titles: Object.fromEntries(lane.cards.map((card) => [card, nameOf(model.graph, card)])) as Drawn['titles'],
    statuses: Object.fromEntries(lane.cards.map((card) => [card, model.graph.cards[card]?.status ?? 'draft'])) as Drawn['statuses'],
    sentence: t('wiser.arrow', { wiser: '\u0001', than: '\u0002' }),
    pulls: place.pulls.map(({ left, right }) => pullWords(model.graph, left, right, model.tensions.get(left, right))),
    said: { values: t('map.here'), wiser: t('map.wiserHere'), empty: t('lane.empty'), where: t('pull.where') }
  }
}

const Band = memo(function Band({ drawn }: { readonly drawn: Drawn; readonly signature: string }) {
  const { t } = useTranslation('map')
  const { id, words, partOf, depth, facts, isOpen, isEmpty, place } = drawn
  return (
    <section className={`lane${isOpen ? '' : ' folded'}`} data-lane={id} style={{ marginInlineStart: em(depth * step), containIntrinsicBlockSize: `auto ${em(place.high + 100)}` }} aria-label={words}>
      <header data-spot>
        <h2><button type="button" className="lane-name own" data-item data-fold={id} aria-expanded={isOpen} tabIndex={-1}><span className="fold-mark" aria-hidden="true" /><span dir="auto">{words}</span></button></h2>
        <span className="facts">{[...(partOf === null ? [] : [partOf]), ...facts].join(' · ')}</span>
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
function Sentence({ sentence, wiser, than }: { readonly sentence: string; readonly wiser: string; readonly than: string }) {
  const parts = sentence.split(/([\u0001\u0002])/u)
  return <span>{parts.map((part, at) => (part === '\u0001' || part === '\u0002' ? <em key={String(at)} className="own">{part === '\u0001' ? wiser : than}</em> : part))}</span>
}

function em(units: number): string {
  return `${units / 16}rem`
}

function boxAt({ x, y, wide, high }: { readonly x: number; readonly y: number; readonly wide?: number; readonly high?: number }): CSSProperties {
  return { insetInlineStart: em(x), insetBlockStart: em(y), ...(wide === undefined ? {} : { width: em(wide) }), ...(high === undefined ? {} : { height: em(high) }) }
}

/** The width in units that bands may take without running out of sight, in steps, so that a hair's breadth moves nothing. */
function useRoom(view: React.RefObject<HTMLElement | null>): number {
  const [room, setRoom] = useState(960)
  useLayoutEffect(() => {
    const element = view.current
    if (element === null) return
    const measure = (): void => {
      const unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16
      setRoom(Math.max(size.slot, Math.floor((element.clientWidth / unit - 34) / step) * step))
    }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [view])
  return room
}

/**
 * Keeps the plane as large as wanted, and what is in the middle (or under the pointer) where it is. While Ctrl and the wheel
 * change it, what is drawn already is only stretched; it is laid out anew once the wheel has come to rest.
 */
function useZoom(view: React.RefObject<HTMLElement | null>, plane: React.RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const [outer, inner] = [view.current, plane.current]
    if (outer === null || inner === null) return
    let laidOut = useMapView.getState().zoom
    let under: { readonly x: number; readonly y: number } | null = null
    let factor = 1
    let frame = 0
    let rest: ReturnType<typeof setTimeout> | undefined
    inner.style.setProperty('zoom', String(laidOut))

    const layOut = (): void => {
      const { zoom } = useMapView.getState()
      const { x, y } = under ?? { x: outer.clientWidth / 2, y: outer.clientHeight / 2 }
      const ratio = zoom / laidOut
      const [left, top] = [outer.scrollLeft, outer.scrollTop]
      under = null
      laidOut = zoom
      for (const name of ['transform', 'transform-origin', 'will-change']) inner.style.removeProperty(name)
      inner.style.setProperty('zoom', String(zoom))
      /* Scrolled from right to left, the start is 0 and the rest below it. */
      const start = getComputedStyle(outer).direction === 'rtl' ? outer.clientWidth : 0
      outer.scrollLeft = (left + x - start) * ratio - x + start
      outer.scrollTop = (top + y) * ratio - y
    }
    const stretch = (): void => {
      frame = 0
      const { zoom, setZoom } = useMapView.getState()
      setZoom(zoom * factor)
      factor = 1
      if (under === null) return
      const box = inner.getBoundingClientRect()
      if (inner.style.getPropertyValue('transform') === '') {
        const outerBox = outer.getBoundingClientRect()
        inner.style.setProperty('transform-origin', `${(outerBox.left + under.x - box.left) / laidOut}px ${(outerBox.top + under.y - box.top) / laidOut}px`)
        inner.style.setProperty('will-change', 'transform')
      }
      inner.style.setProperty('transform', `scale(${useMapView.getState().zoom / laidOut})`)
      clearTimeout(rest)
      rest = setTimeout(layOut, 180)
    }
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey) return
      event.preventDefault()
      factor *= Math.exp(-Math.max(-50, Math.min(50, event.deltaY)) / 250)
      const box = outer.getBoundingClientRect()
      under ??= { x: event.clientX - box.left, y: event.clientY - box.top }
      if (frame === 0) frame = requestAnimationFrame(stretch)
    }
    outer.addEventListener('wheel', onWheel, { passive: false })
    const end = useMapView.subscribe((now, before) => void (now.zoom !== before.zoom && under === null && layOut()))
    return () => {
      end()
      clearTimeout(rest)
      cancelAnimationFrame(frame)
      outer.removeEventListener('wheel', onWheel)
    }
  }, [view, plane])
}

/** With the mouse the map can be taken hold of anywhere; a press that moved nothing stays a press. */
function useDragging(view: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = view.current
    if (element === null) return
    let from: { readonly x: number; readonly y: number; readonly left: number; readonly top: number } | null = null
    let hasMoved = false
    const begin = (event: PointerEvent): void => {
      hasMoved = false
      if (event.button !== 0 || event.pointerType === 'touch') return
      const box = element.getBoundingClientRect()
      /* Not on the scroll bars. */
      if (event.clientX > box.left + element.clientLeft + element.clientWidth || event.clientY > box.top + element.clientTop + element.clientHeight) return
      from = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop }
    }
    const move = (event: PointerEvent): void => {
      if (from === null) return
      const [x, y] = [event.clientX - from.x, event.clientY - from.y]
      if (!hasMoved && Math.abs(x) + Math.abs(y) < 6) return
      if (!hasMoved) element.setPointerCapture(event.pointerId)
      hasMoved = true
      element.classList.add('held')
      element.scrollLeft = from.left - x
      element.scrollTop = from.top - y
    }
    const end = (): void => {
      from = null
      element.classList.remove('held')
    }
    const press = (event: MouseEvent): void => {
      if (!hasMoved) return
      hasMoved = false
      event.preventDefault()
      event.stopPropagation()
    }
    element.addEventListener('pointerdown', begin)
    element.addEventListener('pointermove', move)
    element.addEventListener('pointerup', end)
    element.addEventListener('pointercancel', end)
    element.addEventListener('click', press, true)
    return () => {
      element.removeEventListener('pointerdown', begin)
      element.removeEventListener('pointermove', move)
      element.removeEventListener('pointerup', end)
      element.removeEventListener('pointercancel', end)
      element.removeEventListener('click', press, true)
    }
  }, [view])
}

/** Of everything on the map one thing, and what can be done with it, is reached by Tab. */
function keepOneInTabOrder(view: HTMLElement | null): void {
  if (view === null || view.querySelector('[data-current]') !== null) return
  moveTabOrder(view, view.querySelector('[data-item]'))
}

function moveTabOrder(view: HTMLElement | null, target: Element | null): void {
  const next = target?.closest<HTMLElement>('[data-spot]') ?? null
  if (view === null || next === null) return
  for (const old of view.querySelectorAll<HTMLElement>('[data-current]')) {
    if (old === next) continue
    delete old.dataset['current']
    for (const each of old.querySelectorAll<HTMLElement>('[data-item], [data-more]')) each.tabIndex = -1
  }
  next.dataset['current'] = ''
  for (const each of next.querySelectorAll<HTMLElement>('[data-item], [data-more]')) each.tabIndex = 0
}

/** Keys on the map: its size, moving it under one's eyes (with Shift), going from thing to thing, and what else can be done. */
function pressKey(view: HTMLElement, event: KeyboardEvent, press: (target: Element) => void): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const { zoom, setZoom } = useMapView.getState()
  const resized = { '+': zoom * zooms.step, '=': zoom * zooms.step, '-': zoom / zooms.step, '0': 1 }[event.key]
  if (resized !== undefined) return setZoom(resized)
  const current = (event.target as Element).closest<HTMLElement>('[data-spot]')
  if (current === null) return
  const shift = { ArrowLeft: [-80, 0], ArrowRight: [80, 0], ArrowUp: [0, -80], ArrowDown: [0, 80] }[event.key]
  if (event.shiftKey && shift !== undefined) {
    event.preventDefault()
    return view.scrollBy({ left: shift[0] ?? 0, top: shift[1] ?? 0 })
  }
  const other = event.key.toLowerCase() === 'm' || event.key === 'ContextMenu' ? current.querySelector('[data-more], [data-arrow], [data-pull]') : null
  const next = other === null ? neighbour(view, current, event.key) : null
  if (other === null && next === null) return
  event.preventDefault()
  if (other !== null) press(other)
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}

/** Where a key leads from here: on or back by one, to the ends, or to the next or last kind of situation. */
function neighbour(view: HTMLElement, current: HTMLElement, key: string): HTMLElement | null {
  const items = [...view.querySelectorAll<HTMLElement>('[data-item]')]
  const at = items.findIndex((item) => current.contains(item))
  const isMirrored = getComputedStyle(view).direction === 'rtl'
  const [on, back] = isMirrored ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft']
  const heads = items.filter((item) => item.dataset['fold'] !== undefined)
  switch (key) {
    case on:
    case 'ArrowDown':
      return items[at + 1] ?? null
    case back:
    case 'ArrowUp':
      return items[at - 1] ?? null
    case 'Home':
      return items[0] ?? null
    case 'End':
      return items.at(-1) ?? null
    case 'PageDown':
      return heads.find((head) => items.indexOf(head) > at) ?? items.at(-1) ?? null
    case 'PageUp':
      return heads.findLast((head) => items.indexOf(head) < at) ?? items[0] ?? null
    default:
      return null
  }
}

function find(view: HTMLElement | null, wanted: Wanted): HTMLElement | null {
  const lane = view?.querySelector<HTMLElement>(`[data-lane="${CSS.escape(wanted.lane)}"]`) ?? null
  const name = wanted.kind === 'arrow' ? `[data-arrow="${CSS.escape(wanted.key)}"]` : `[data-pull="${CSS.escape(`${wanted.left}|${wanted.right}`)}"]`
  return lane?.querySelector<HTMLElement>(name) ?? lane?.querySelector<HTMLElement>('[data-item]') ?? null
}
