/**
 * The map as a picture: each kind of situation is a band, a card stands in every one that it shows up in or has a priority in,
 * and an arrow leads from a card to a wiser one and is read as a sentence. Places come from shared/map/place.ts.
 *
 * Moving over it is scrolling, by the browser itself: nothing is rendered by React meanwhile, and bands out of sight are
 * skipped by the browser (content-visibility) but stay in the tab order, in searches and for screen readers. Of its many
 * things one is in the tab order; arrow keys go on from there. Whatever can be done here can be done in the tables too.
 */
import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog, Popover } from 'react-aria-components'
import { nowhere } from '../../shared/map/lanes.ts'
import { placeLane } from '../../shared/map/place.ts'
import type { CardId } from '../../shared/schema.ts'
import { Band, drawnOf, em, step } from '../screens/map/Band.tsx'
import { Details, type Selected } from '../screens/map/Details.tsx'
import { find, keepOneInTabOrder, moveTabOrder, pressKey } from '../screens/map/keys.ts'
import { standingOf, type MapModel } from '../screens/map/model.ts'
import { useDragging, useRoom, useZoom } from '../screens/map/plane.ts'
import { MapTools } from '../screens/map/Tools.tsx'
import { useMapView } from '../screens/map/view.ts'

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
