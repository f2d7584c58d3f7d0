/** The map by keyboard: which of its things is in the tab order, where a key leads, and where something that is wanted stands. */
import { useMapView, zooms, type Wanted } from './view.ts'

/** Of everything on the map one thing, and what can be done with it, is reached by Tab. */
export function keepOneInTabOrder(view: HTMLElement | null): void {
  if (view === null || view.querySelector('[data-current]') !== null) return
  moveTabOrder(view, view.querySelector('[data-item]'))
}

export function moveTabOrder(view: HTMLElement | null, target: Element | null): void {
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
export function pressKey(view: HTMLElement, event: KeyboardEvent, press: (target: Element) => void): void {
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

/** Where what is wanted stands, else the first thing of its band. */
export function find(view: HTMLElement | null, wanted: Wanted): HTMLElement | null {
  const lane = view?.querySelector<HTMLElement>(`[data-lane="${CSS.escape(wanted.lane)}"]`) ?? null
  const name = wanted.kind === 'arrow' ? `[data-arrow="${CSS.escape(wanted.key)}"]` : `[data-pull="${CSS.escape(`${wanted.left}|${wanted.right}`)}"]`
  return lane?.querySelector<HTMLElement>(name) ?? lane?.querySelector<HTMLElement>('[data-item]') ?? null
}
