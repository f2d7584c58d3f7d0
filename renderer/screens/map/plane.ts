/** The plane on which the bands lie: how much room there is, how large it is drawn, and how it is moved by hand. */
import { useEffect, useLayoutEffect, useState } from 'react'
import { size } from '../../../shared/map/place.ts'
import { step } from './Band.tsx'
import { useMapView } from './view.ts'

/** The width in units that bands may take without running out of sight, in steps, so that a hair's breadth moves nothing. */
export function useRoom(view: React.RefObject<HTMLElement | null>): number {
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
export function useZoom(view: React.RefObject<HTMLElement | null>, plane: React.RefObject<HTMLElement | null>): void {
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
export function useDragging(view: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = view.current
    if (element === null) return
    let from: { readonly x: number; readonly y: number } | null = null
    let hasMoved = false
    const begin = (event: PointerEvent): void => {
      hasMoved = false
      if (event.button !== 0 || event.pointerType === 'touch') return
      const box = element.getBoundingClientRect()
      /* Not on the scroll bars. */
      if (event.clientX > box.left + element.clientLeft + element.clientWidth || event.clientY > box.top + element.clientTop + element.clientHeight) return
      from = { x: event.clientX, y: event.clientY }
    }
    const move = (event: PointerEvent): void => {
      if (from === null) return
      const [x, y] = [event.clientX - from.x, event.clientY - from.y]
      if (!hasMoved && Math.abs(x) + Math.abs(y) < 6) return
      if (!hasMoved) element.setPointerCapture(event.pointerId)
      hasMoved = true
      element.classList.add('held')
      /* By as much as the hand went since: lanes that come into sight take their true height, and the browser scrolls on for it. */
      element.scrollBy({ left: -x, top: -y, behavior: 'instant' })
      from = { x: event.clientX, y: event.clientY }
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
