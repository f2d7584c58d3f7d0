/** The rooms, at the side (at the foot of a narrow window), Settings and Help behind them. */
import { useEffect, useLayoutEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf, useView, type Route } from '../../store.ts'

const places: readonly { readonly route: Exclude<Route, { room: 'words' | 'nowhere' }>; readonly mark: string }[] = [
  { route: { room: 'values', card: null }, mark: 'M5 5l7 14 7-14' },
  { route: { room: 'map', view: 'picture' }, mark: 'M6 17a2 2 0 1 0 .1 0M18 5a2 2 0 1 0 .1 0M8 16L17 8' },
  { route: { room: 'rehearse', scenario: null }, mark: 'M12 20V10M12 10L6 4M12 10l6-6' },
  { route: { room: 'trust', domain: null }, mark: 'M4 18h16M6 18v-5M12 18V6M18 18v-8M3 9l3 2 6-6' },
  { route: { room: 'agents' }, mark: 'M12 3v3M7 6h10v8H7zM10 10v.1M14 10v.1M9 14v3M15 14v3M5 9H3M21 9h-2' },
  { route: { room: 'devices' }, mark: 'M4 6h11v9H4zM2 18h12M17 9h4v9h-4zM19 16v.1' },
  { route: { room: 'settings' }, mark: 'M4 8h10M18 8h2M16 6v4M4 16h4M12 16h8M10 14v4' },
  { route: { room: 'help' }, mark: 'M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 18v.1' }
]

export function Rail() {
  const { t } = useTranslation('frame')
  /* Putting a value into words belongs to Values. */
  const current = useView(({ route }) => (route.room === 'words' ? 'values' : route.room))
  const list = useRef<HTMLUListElement>(null)
  useLayoutEffect(() => {
    const outer = list.current
    if (outer === null) return
    /* Where they do not fit beside each other, whichever language they are in, they stand in two rows. */
    const { dataset } = document.documentElement
    const fold = (): void => {
      delete dataset['rail']
      if (outer.scrollWidth > outer.clientWidth) dataset['rail'] = 'folded'
    }
    const observer = new ResizeObserver(fold)
    observer.observe(outer)
    fold()
    return () => {
      observer.disconnect()
      delete dataset['rail']
    }
  }, [t])
  useEffect(() => {
    /* Where not all of them have room, the one that is open is in sight. */
    const [outer, inner] = [list.current, list.current?.querySelector<HTMLElement>('[aria-current]')]
    if (outer === null || inner === null || inner === undefined || outer.scrollWidth <= outer.clientWidth) return
    const [around, box] = [outer.getBoundingClientRect(), inner.getBoundingClientRect()]
    outer.scrollLeft += Math.min(0, box.left - around.left - 8) + Math.max(0, box.right - around.right + 8)
  }, [current])
  return (
    <nav className="rail" aria-label={t('rooms')}>
      <ul ref={list}>
        {places.map(({ route, mark }) => (
          <li key={route.room} className={route.room === 'settings' ? 'foot' : undefined}>
            <a href={addressOf(route)} aria-current={current === route.room ? 'page' : undefined}>
              <svg viewBox="0 0 24 24" aria-hidden="true"><path d={mark} /></svg>
              <span>{t(`room.${route.room}`)}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
