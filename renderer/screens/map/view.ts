/**
 * How the person has the map before them: what is folded or hidden, which groups are open, how large it is. View state alone,
 * kept on this machine, so that the map looks the same at the next visit; nothing of it is in the notebook.
 */
import { create } from 'zustand'
import type { CardId } from '../../../shared/schema.ts'

/** What one may want to be shown, wherever it stands: a priority, a value, or two values that pull apart. */
export type Wanted =
  | { readonly kind: 'arrow'; readonly key: string; readonly lane: string }
  | { readonly kind: 'pull'; readonly left: CardId; readonly right: CardId; readonly lane: string }

/** What the form below is to begin with. */
export interface Begun {
  readonly wiser?: CardId
  readonly than?: CardId
  readonly when?: string
}

export interface MapView {
  /** What the person chose, by lane; what they did not choose follows from how much there is. */
  readonly lanes: Readonly<Record<string, 'open' | 'folded' | 'hidden'>>
  /** Groups that are open, by the card after which they are named. */
  readonly groups: readonly string[]
  readonly zoom: number
  readonly hasPulls: boolean
  readonly wanted: Wanted | null
  readonly begun: Begun | null
  /** How often it was begun: each time is a form of its own. */
  readonly timesBegun: number
  setLanes(lanes: Readonly<Record<string, 'open' | 'folded' | 'hidden'>>): void
  setGroup(founder: CardId, isOpen: boolean): void
  setZoom(zoom: number): void
  setPulls(hasPulls: boolean): void
  want(wanted: Wanted | null): void
  begin(begun: Begun): void
  /** The form has taken over what it begins with. */
  hasBegun(): void
}

export const zooms = { least: 0.4, most: 2, step: 1.2 } as const

const place = 'map'

export const useMapView = create<MapView>()((set, get) => ({
  ...readKept(),
  wanted: null,
  begun: null,
  timesBegun: 0,
  setLanes: (lanes) => set({ lanes: { ...get().lanes, ...lanes } }),
  setGroup: (founder, isOpen) => set({ groups: isOpen ? [...new Set([...get().groups, founder])] : get().groups.filter((other) => other !== founder) }),
  setZoom: (zoom) => set({ zoom: Math.round(Math.min(zooms.most, Math.max(zooms.least, zoom)) * 100) / 100 }),
  setPulls: (hasPulls) => set({ hasPulls }),
  want: (wanted) => set(wanted === null ? { wanted } : { wanted, lanes: { ...get().lanes, [wanted.lane]: 'open' }, hasPulls: get().hasPulls || wanted.kind === 'pull' }),
  begin: (begun) => set({ begun, timesBegun: get().timesBegun + 1 }),
  hasBegun: () => set({ begun: null })
}))

/* At once; but while the map grows and shrinks only when it has come to rest, or the window goes. */
let timer: ReturnType<typeof setTimeout> | undefined
useMapView.subscribe((now, before) => {
  if (now.lanes !== before.lanes || now.groups !== before.groups || now.hasPulls !== before.hasPulls) return keep()
  if (now.zoom === before.zoom) return
  clearTimeout(timer)
  timer = setTimeout(keep, 200)
})
addEventListener('pagehide', () => void (timer !== undefined && keep()))

function keep(): void {
  const { lanes, groups, zoom, hasPulls } = useMapView.getState()
  try {
    localStorage.setItem(place, JSON.stringify({ lanes, groups, zoom, hasPulls }))
  } catch {
    /* Not kept, then. */
  }
}

function readKept(): Pick<MapView, 'lanes' | 'groups' | 'zoom' | 'hasPulls'> {
  let kept: unknown = null
  try {
    kept = JSON.parse(localStorage.getItem(place) ?? 'null')
  } catch {
    /* As if nothing had been kept. */
  }
  const { lanes, groups, zoom, hasPulls } = (typeof kept === 'object' && kept !== null ? kept : {}) as Readonly<Record<string, unknown>>
  const isChoice = (value: unknown): value is 'open' | 'folded' | 'hidden' => value === 'open' || value === 'folded' || value === 'hidden'
  return {
    lanes: Object.fromEntries(Object.entries(typeof lanes === 'object' && lanes !== null ? lanes : {}).flatMap(([lane, choice]) => (isChoice(choice) ? [[lane, choice] as const] : []))),
    groups: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [],
    zoom: typeof zoom === 'number' && zoom >= zooms.least && zoom <= zooms.most ? zoom : 1,
    hasPulls: hasPulls === true
  }
}
