/** The keyboard's place, where what had it goes away under it. */
import { useEffect, useRef, type RefObject } from 'react'

/** Has the focus once `state` changes and what had it is gone: a key pressed next does not begin at the top of the page. */
export function useFocusKept<Kept extends HTMLElement>(state: unknown): RefObject<Kept | null> {
  const kept = useRef<Kept>(null)
  const before = useRef(state)
  useEffect(() => {
    if (before.current === state) return
    before.current = state
    if (document.activeElement === document.body) kept.current?.focus({ preventScroll: true })
  }, [state])
  return kept
}
