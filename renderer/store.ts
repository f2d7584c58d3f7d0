/**
 * View state alone: where one is, how it looks, what was just said. What the person wrote lives in the document, never here.
 *
 * Addresses are fragments (`#/values/CARD`), so that back, forward and a reload work as in any browser.
 */
import { create } from 'zustand'

export type Route =
  | { readonly room: 'values'; readonly card: string | null }
  /** Putting a value into words: where to begin, a session, or what an agent would do by a card that was just kept. */
  | { readonly room: 'words'; readonly session: string | null; readonly card: string | null }
  | { readonly room: 'map'; readonly view: 'picture' | 'table' }
  /** `domain`: the list, of that domain alone; `said`: one rehearsal of the situation, as it was. */
  | { readonly room: 'rehearse'; readonly scenario: string | null; readonly domain?: string; readonly said?: string }
  | { readonly room: 'trust'; readonly domain: string | null }
  | { readonly room: 'settings'; readonly page?: 'models' | 'import' }
  | { readonly room: 'agents' }
  /** `device`: one of them. */
  | { readonly room: 'devices'; readonly device?: string }
  | { readonly room: 'help' }
  /** An address of nothing. */
  | { readonly room: 'nowhere' }

export const themes = ['system', 'light', 'dark', 'contrast'] as const
export type Theme = (typeof themes)[number]

export interface View {
  readonly route: Route
  readonly theme: Theme
  /** The person's choice; without one, the system's. */
  readonly language: string | undefined
  /** Said once, at the foot; with a number, so that the same words twice are said twice. */
  readonly toast: { readonly text: string; readonly number: number } | null
  /** The sample is open, in a document of its own. */
  readonly isSandbox: boolean
  readonly isPaletteOpen: boolean
  setTheme(theme: Theme): void
  /** Kept; undefined follows the system's again. */
  setLanguage(language: string | undefined): void
  say(text: string): void
  hush(): void
  setSandbox(isSandbox: boolean): void
  setPalette(isPaletteOpen: boolean): void
}

export const useView = create<View>()((set) => ({
  route: readRoute(),
  theme: readTheme(),
  language: readKept('language') || undefined,
  toast: null,
  isSandbox: false,
  isPaletteOpen: false,
  setTheme: (theme) => {
    keep('theme', theme)
    set({ theme })
  },
  setLanguage: (language) => {
    keep('language', language ?? '')
    set({ language })
  },
  say: (text) => set(({ toast }) => ({ toast: { text, number: (toast?.number ?? 0) + 1 } })),
  hush: () => set({ toast: null }),
  setSandbox: (isSandbox) => set({ isSandbox }),
  setPalette: (isPaletteOpen) => set({ isPaletteOpen })
}))

/** Follows the address bar; returns its own end. */
export function followAddress(): () => void {
  const follow = (): void => useView.setState({ route: readRoute() })
  addEventListener('hashchange', follow)
  follow()
  return () => removeEventListener('hashchange', follow)
}

export function addressOf(route: Route): string {
  switch (route.room) {
    case 'values':
      return route.card === null ? '#/values' : `#/values/${encodeURIComponent(route.card)}`
    case 'words':
      if (route.session !== null) return `#/words/${encodeURIComponent(route.session)}`
      return route.card === null ? '#/words' : `#/words/kept/${encodeURIComponent(route.card)}`
    case 'map':
      return route.view === 'table' ? '#/map/table' : '#/map'
    case 'rehearse':
      if (route.scenario !== null) return `#/rehearse/${encodeURIComponent(route.scenario)}${route.said === undefined ? '' : `/${encodeURIComponent(route.said)}`}`
      return route.domain === undefined ? '#/rehearse' : `#/rehearse/in/${encodeURIComponent(route.domain)}`
    case 'trust':
      return route.domain === null ? '#/trust' : `#/trust/${encodeURIComponent(route.domain)}`
    case 'settings':
      return route.page === undefined ? '#/settings' : `#/settings/${route.page}`
    case 'devices':
      return route.device === undefined ? '#/devices' : `#/devices/${encodeURIComponent(route.device)}`
    case 'agents':
    case 'help':
    case 'nowhere':
      return `#/${route.room}`
  }
}

export function go(route: Route): void {
  location.hash = addressOf(route)
}

function readRoute(): Route {
  const [room, rest, more] = location.hash.replace(/^#\/?/u, '').split('/')
  const detail = rest === undefined || rest === '' ? null : decode(rest)
  /* Not as an address is written. */
  if (rest !== undefined && rest !== '' && detail === null) return { room: 'nowhere' }
  switch (room) {
    case '':
      return { room: 'values', card: null }
    case 'values':
      return { room, card: detail }
    case 'words':
      return detail === 'kept' ? { room, session: null, card: decode(more ?? '') } : { room, session: detail, card: null }
    case 'map':
      return detail === null || detail === 'table' ? { room, view: detail === 'table' ? 'table' : 'picture' } : { room: 'nowhere' }
    case 'rehearse':
      if (detail === 'in') return { room, scenario: null, domain: decode(more ?? '') ?? '' }
      return { room, scenario: detail, ...(more === undefined || more === '' ? {} : { said: decode(more) ?? '' }) }
    case 'trust':
      return { room, domain: detail }
    case 'settings':
      return detail === null ? { room } : detail === 'models' || detail === 'import' ? { room, page: detail } : { room: 'nowhere' }
    case 'devices':
      return detail === null ? { room } : { room, device: detail }
    case 'agents':
    case 'help':
      return detail === null ? { room } : { room: 'nowhere' }
    default:
      /* The token that opens a window is taken out of the address at once. */
      return room?.startsWith('token=') === true ? { room: 'values', card: null } : { room: 'nowhere' }
  }
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

function readTheme(): Theme {
  const kept = readKept('theme')
  return themes.find((theme) => theme === kept) ?? 'system'
}

function readKept(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    /* Not kept, then. */
  }
}
