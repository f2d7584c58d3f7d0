/** What the map and its tables are drawn from, worked out once for each change of the notebook. */
import { useMemo } from 'react'
import i18next from 'i18next'
import { indexContexts, type ContextIndex } from '../../../shared/graph.ts'
import { circlesOf, type Circle } from '../../../shared/map/circle.ts'
import { lanesOf, nowhere, type Lane } from '../../../shared/map/lanes.ts'
import { clearPull, hearingsOf, tensionsOf, type Tension, type Tensions } from '../../../shared/map/tension.ts'
import { edgeKey, type CardId, type Edge, type Graph } from '../../../shared/schema.ts'
import { useReading } from '../../notebook.tsx'
import { nameOf } from '../../tasks/priorities.ts'
import { numberWords } from '../../language/language.ts'
import { listWords, whenWords } from '../../language/words.ts'
import { useMapView, type MapView } from './view.ts'

export interface MapModel {
  readonly graph: Graph
  readonly index: ContextIndex
  readonly lanes: readonly Lane[]
  readonly circles: readonly Circle[]
  readonly isInCircle: ReadonlySet<string>
  readonly tensions: Tensions
  /** Those that clearly pull apart, between cards that are not retired. */
  readonly pulls: readonly Tension[]
  /** Answers from before it was kept what each card said. */
  readonly untold: number
}

/** From so many cards standing somewhere on, lanes are folded until one opens them. */
const manyFrom = 60

export function useMapModel(): MapModel {
  const { graph, rehearsals, domains } = useReading()
  const hasPulls = useMapView((view) => view.hasPulls)
  const { tensions, untold } = useMemo(() => {
    const heard = hearingsOf(graph, rehearsals, domains)
    return { tensions: tensionsOf(heard.hearings), untold: heard.untold }
  }, [graph, rehearsals, domains])
  return useMemo(() => {
    const circles = circlesOf(graph)
    const isThere = (card: CardId): boolean => graph.cards[card] !== undefined && graph.cards[card].status !== 'retired'
    const pulls = tensions.pairs.filter(({ left, right, value }) => value <= -clearPull && isThere(left) && isThere(right))
    return {
      graph, tensions, untold, circles, pulls, index: indexContexts(graph.contexts), lanes: lanesOf(graph, tensions, hasPulls ? pulls : []),
      isInCircle: new Set(circles.flatMap(({ edges }) => edges.map(edgeKey)))
    }
  }, [graph, tensions, untold, hasPulls])
}

/** Whether a lane is open, folded or hidden: as chosen, else open where there are few. */
export function standingOf(lanes: readonly Lane[], chosen: MapView['lanes']): (lane: Lane) => 'open' | 'folded' | 'hidden' {
  const isMany = lanes.reduce((sum, { cards }) => sum + cards.length, 0) > manyFrom
  return (lane) => chosen[lane.id] ?? (isMany ? 'folded' : 'open')
}

export function laneWords({ id, text }: Pick<Lane, 'id' | 'text'>): string {
  return id === nowhere ? i18next.t('map:lane.nowhere') : whenWords(text)
}

/** A circle as a sentence, told to so many steps. */
export function circleWords(graph: Graph, { context, round }: Circle, most = round.length): string {
  const steps = round.map((wiser, at) => i18next.t(at === 0 ? 'map:circle.first' : 'map:circle.next', { wiser: nameOf(graph, wiser), than: nameOf(graph, round[(at + 1) % round.length] ?? wiser) }))
  return i18next.t('map:circle.says', { when: whenWords(graph.contexts[context]?.text ?? ''), steps: listWords(steps.length > most ? [...steps.slice(0, most), '…'] : steps) })
}

/** "‘B’ is wiser than ‘A’ when …". */
export function edgeWords(graph: Graph, { from, to, context }: Pick<Edge, 'from' | 'to' | 'context'>): string {
  return i18next.t('map:wiser.when', { wiser: nameOf(graph, to), than: nameOf(graph, from), when: whenWords(graph.contexts[context]?.text ?? '') })
}

/** The whole of what is known of two cards, as a sentence. */
export function pullWords(graph: Graph, left: CardId, right: CardId, tension: Tension | null): string {
  const names = { left: nameOf(graph, left), right: nameOf(graph, right) }
  if (tension === null) return i18next.t('map:pull.unknown', names)
  const how = tension.value <= -clearPull ? 'apart' : tension.value >= clearPull ? 'together' : 'neither'
  const said = i18next.t(`map:pull.${how}`, { ...names, value: valueWords(tension.value), count: tension.shared.length })
  return tension.changed === 0 ? said : `${said} ${i18next.t('map:pull.changed', { count: tension.changed })}`
}

/** Signed, with two decimals, as the language writes it. */
export function valueWords(value: number): string {
  return numberWords(value, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'exceptZero' })
}
