/**
 * Where everything of one lane stands. Units: one is a sixteenth of the text's size (a pixel at 16 px), from the lane's own
 * upper corner; x runs the way the language is read.
 *
 * [L1] A lane's places follow from what stands in it and from the room there is, and from nothing else: what is added to,
 *      retired from or renamed in one lane moves nothing within another one.
 * [L2] The wiser stand further on: a card stands one column behind the furthest of those it is wiser than, those of a circle
 *      one behind the other. Within a column, and among the cards without priorities, they stand as they were made.
 * [L3] An arrow to the next column runs between the two and through its sentence; every other one below the cards with priorities, in a channel of
 *      its own, never behind a card. No sentence lies on another.
 * [L4] Cards without priorities stand in rows below; then groups: a folded one takes the place of one card, an open one a
 *      block of its own.
 * [L5] What pulls apart is joined by a jagged line behind the cards; its mark stands where it hides no card, and on no other mark.
 */
import { edgeKey, type CardId, type Edge } from '../schema.ts'
import type { Lane } from './lanes.ts'

export const size = {
  card: { wide: 220, high: 64 }, row: 84, column: 468, slot: 240, edge: 20,
  /** Sentences of arrows: between columns, and in a channel. */
  words: { wide: 156, high: 76 }, channel: { wide: 400, high: 44 },
  head: 44, mark: 28
} as const

export interface Spot {
  readonly x: number
  readonly y: number
}

export interface PlacedCard extends Spot {
  readonly card: CardId
}

export interface PlacedArrow {
  readonly key: string
  readonly edge: Edge
  readonly isInCircle: boolean
  /** It leads to the next column. */
  readonly isNear: boolean
  /** An SVG path from the card to the wiser one, and its head. */
  readonly path: string
  readonly head: string
  /** The middle of its sentence. */
  readonly words: Spot
}

export interface PlacedGroup extends Spot {
  readonly founder: CardId
  readonly cards: readonly CardId[]
  readonly isOpen: boolean
  readonly wide: number
  readonly high: number
}

export interface PlacedPull {
  readonly left: CardId
  readonly right: CardId
  readonly path: string
  readonly mark: Spot
}

export interface PlacedLane {
  readonly wide: number
  readonly high: number
  readonly cards: readonly PlacedCard[]
  readonly arrows: readonly PlacedArrow[]
  readonly groups: readonly PlacedGroup[]
  readonly pulls: readonly PlacedPull[]
}

/** `room`: how wide a lane may be before its rows wrap; `isOpen`: whether the group of this founder is unfolded. */
export function placeLane(lane: Lane, room: number, isOpen: (founder: CardId) => boolean): PlacedLane {
  const columns = columnsOf(lane)
  const at = new Map<CardId, { readonly column: number; readonly row: number }>()
  const cards: PlacedCard[] = []
  columns.forEach((column, number) => column.forEach((card, row) => {
    at.set(card, { column: number, row })
    cards.push({ card, x: size.edge + number * size.column, y: row * size.row })
  }))
  const rows = Math.max(0, ...columns.map((column) => column.length))
  const { arrows, bottom } = arrowsOf(lane, at, rows)
  const flow = flowOf(lane, at, room, bottom, isOpen)
  cards.push(...flow.cards)
  const ranked = columns.length === 0 ? 0 : columns.length * size.column - (size.column - size.card.wide) + 2 * size.edge
  /* Room for an arrow that leaves the last column to go round below. */
  const out = arrows.some(({ isNear }) => !isNear) ? size.edge : 0
  return { wide: Math.max(ranked + out, flow.wide), high: flow.bottom, cards, arrows, groups: flow.groups, pulls: pullsOf(lane, cards, flow.groups, arrows) }
}

/** How many cards stand side by side in this much room. */
export function abreast(room: number): number {
  return Math.max(1, Math.floor((room - 2 * size.edge + (size.slot - size.card.wide)) / size.slot))
}

/** [L2] The cards with a priority, column by column. Linear in cards and priorities. */
function columnsOf({ cards, edges, circles }: Lane): readonly (readonly CardId[])[] {
  const knotOf = new Map<CardId, string>()
  const offset = new Map<CardId, number>()
  for (const { cards: members, round } of circles) {
    /* Around the circle towards the wiser, then those that are only tied into it. */
    const along = [...round.toReversed(), ...members.filter((card) => !round.includes(card))]
    along.forEach((card, step) => {
      knotOf.set(card, members[0] ?? card)
      offset.set(card, step)
    })
  }
  const knot = (card: CardId): string => knotOf.get(card) ?? card
  const start = new Map<string, number>()
  const waits = new Map<string, number>()
  const next = new Map<string, Edge[]>()
  for (const edge of edges) {
    const [from, to] = [knot(edge.from), knot(edge.to)]
    for (const name of [from, to]) if (!start.has(name)) start.set(name, 0)
    if (from === to) continue
    waits.set(to, (waits.get(to) ?? 0) + 1)
    const out = next.get(from)
    if (out === undefined) next.set(from, [edge])
    else out.push(edge)
  }
  const ready = [...start.keys()].filter((name) => !waits.has(name))
  for (const name of ready) {
    for (const { from, to } of next.get(name) ?? []) {
      const target = knot(to)
      start.set(target, Math.max(start.get(target) ?? 0, (start.get(name) ?? 0) + (offset.get(from) ?? 0) + 1 - (offset.get(to) ?? 0)))
      const left = (waits.get(target) ?? 1) - 1
      waits.set(target, left)
      if (left === 0) ready.push(target)
    }
  }
  const columns: CardId[][] = []
  for (const card of cards) {
    const first = start.get(knot(card))
    if (first !== undefined) (columns[first + (offset.get(card) ?? 0)] ??= []).push(card)
  }
  return Array.from(columns, (column) => column ?? [])
}

type Place = { readonly column: number; readonly row: number }

/** [L3] */
function arrowsOf({ edges, circles }: Lane, at: ReadonlyMap<CardId, Place>, rows: number): { readonly arrows: readonly PlacedArrow[]; readonly bottom: number } {
  const isInCircle = new Set(circles.flatMap((circle) => circle.edges.map(edgeKey)))
  const placeOf = (card: CardId): Place => at.get(card) ?? { column: 0, row: 0 }
  const isNear = ({ from, to }: Edge): boolean => placeOf(to).column === placeOf(from).column + 1
  const words = wordsOf(edges.filter(isNear), placeOf)
  const lowest = Math.max(rows * size.row - (size.row - size.card.high), ...[...words.values()].map(({ y }) => y + size.words.high / 2), 0)
  let channel = lowest + 4
  const arrows = edges.map((edge): PlacedArrow => {
    const key = edgeKey(edge)
    const [from, to] = [placeOf(edge.from), placeOf(edge.to)]
    const [startX, endX] = [size.edge + from.column * size.column + size.card.wide, size.edge + to.column * size.column]
    const [startY, endY] = [from.row * size.row + size.card.high / 2, to.row * size.row + size.card.high / 2]
    const near = words.get(key)
    const common = { key, edge, isInCircle: isInCircle.has(key), head: `M${endX - 9},${endY - 6} L${endX - 1},${endY} L${endX - 9},${endY + 6} Z` }
    if (near !== undefined) {
      const [into, out] = [near.x - size.words.wide / 2, near.x + size.words.wide / 2]
      const [first, second] = [(startX + into) / 2, (out + endX) / 2]
      const path = `M${startX},${startY} C${first},${startY} ${first},${near.y} ${into},${near.y} H${out} C${second},${near.y} ${second},${endY} ${endX - 8},${endY}`
      return { ...common, isNear: true, path, words: near }
    }
    channel += size.channel.high
    const y = channel - size.channel.high / 2
    /* Arrows of one card go down side by side rather than one on another. */
    const step = 5 * (Math.round(channel / size.channel.high) % 3)
    return { ...common, isNear: false, path: roundBelow(startX, startY, endX, endY, y, 6 + step), words: { x: middle(startX, endX), y } }
  })
  return { arrows, bottom: edges.length === 0 ? 0 : arrows.some((arrow) => !arrow.isNear) ? channel + 8 : lowest }
}

/** Half way, and never out at the near side. */
function middle(startX: number, endX: number): number {
  return Math.max(size.channel.wide / 2 + size.edge, (startX + endX) / 2)
}

/** The middles of sentences between two columns, by key: half way, and never one on another. */
function wordsOf(edges: readonly Edge[], placeOf: (card: CardId) => Place): ReadonlyMap<string, Spot> {
  const spots = new Map<string, Spot>()
  for (const [column, between] of Map.groupBy(edges, ({ from }) => placeOf(from).column)) {
    const wanted = between.map((edge) => {
      const [from, to] = [placeOf(edge.from).row, placeOf(edge.to).row]
      return { key: edgeKey(edge), y: size.card.high / 2 + ((from + to) / 2) * size.row }
    })
    let free = size.card.high / 2
    for (const { key, y } of wanted.sort((left, right) => left.y - right.y || (left.key < right.key ? -1 : 1))) {
      const own = Math.max(y, free)
      spots.set(key, { x: size.edge + column * size.column + (size.column + size.card.wide) / 2, y: own })
      free = own + size.words.high
    }
  }
  return spots
}

/** Out, down, along below the cards, up, and in from the other side. */
function roundBelow(startX: number, startY: number, endX: number, endY: number, below: number, reach: number): string {
  const [out, into] = [startX + reach, endX - reach - 6]
  const turn = out < into ? 6 : -6
  return `M${startX},${startY} H${out - 6} Q${out},${startY} ${out},${startY + 6} V${below - 6} Q${out},${below} ${out + turn},${below} H${into - turn} Q${into},${below} ${into},${below - 6} V${endY + 6} Q${into},${endY} ${into + 6},${endY} H${endX - 8}`
}

/** [L4] */
function flowOf(lane: Lane, at: ReadonlyMap<CardId, Place>, room: number, top: number, isOpen: (founder: CardId) => boolean) {
  const grouped = new Set(lane.clusters.flatMap((cluster) => cluster.cards))
  const single = lane.cards.filter((card) => !at.has(card) && !grouped.has(card))
  const most = abreast(room)
  const cards: PlacedCard[] = []
  const groups: PlacedGroup[] = []
  let y = top + (top > 0 && (single.length > 0 || grouped.size > 0) ? size.edge : 0)
  let slot = 0
  let wide = 0
  const spotOf = (): Spot => {
    if (slot === most) {
      slot = 0
      y += size.row
    }
    const spot = { x: size.edge + slot * size.slot, y }
    slot += 1
    wide = Math.max(wide, spot.x + size.card.wide + size.edge)
    return spot
  }
  const newRow = (): void => {
    if (slot > 0) y += size.row
    slot = 0
  }
  for (const card of single) cards.push({ card, ...spotOf() })
  for (const { founder, cards: members } of lane.clusters) {
    if (!isOpen(founder)) {
      groups.push({ founder, cards: members, isOpen: false, ...spotOf(), wide: size.card.wide, high: size.card.high })
      continue
    }
    newRow()
    const block = y
    y += size.head
    for (const card of members) cards.push({ card, ...spotOf() })
    newRow()
    const across = Math.min(most, members.length)
    groups.push({ founder, cards: members, isOpen: true, x: size.edge - 10, y: block, wide: across * size.slot, high: y - block - (size.row - size.card.high) + 10 })
    y += 10
  }
  newRow()
  return { cards, groups, wide, bottom: Math.max(top, y - (single.length + grouped.size > 0 ? size.row - size.card.high : 0)) }
}

/** [L5] Lines between the cards, or between the groups in which these are folded. */
function pullsOf(lane: Lane, cards: readonly PlacedCard[], groups: readonly PlacedGroup[], arrows: readonly PlacedArrow[]): readonly PlacedPull[] {
  const spots = new Map<CardId, Spot>(groups.flatMap((group) => (group.isOpen ? [] : group.cards.map((card) => [card, group] as const))))
  for (const placed of cards) spots.set(placed.card, placed)
  const boxes = [
    ...[...cards, ...groups.filter((group) => !group.isOpen)].map(({ x, y }) => ({ x, y, ...size.card })),
    ...arrows.map(({ words, isNear }) => ({ x: words.x - (isNear ? size.words : size.channel).wide / 2, y: words.y - 28, wide: (isNear ? size.words : size.channel).wide, high: 56 }))
  ]
  const taken: Spot[] = []
  return lane.pulls.flatMap(({ left, right }): readonly PlacedPull[] => {
    const [one, other] = [spots.get(left), spots.get(right)]
    if (one === undefined || other === undefined || (one.x === other.x && one.y === other.y)) return []
    const [from, to] = [centreOf(one), centreOf(other)]
    const spotAt = (share: number): Spot => ({ x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share })
    const isFree = (spot: Spot): boolean => !boxes.some((box) => isOver(box, spot)) && !taken.some((mark) => Math.abs(mark.x - spot.x) < size.mark && Math.abs(mark.y - spot.y) < size.mark)
    const shares = Array.from({ length: 99 }, (_, step) => 0.5 + (step % 2 === 0 ? 1 : -1) * Math.ceil(step / 2) * 0.01)
    const mark = shares.map(spotAt).find(isFree) ?? spotAt(0.5)
    taken.push(mark)
    return [{ left, right, path: jagged(from, to), mark }]
  })
}

function centreOf({ x, y }: Spot): Spot {
  return { x: x + size.card.wide / 2, y: y + size.card.high / 2 }
}

function isOver({ x, y, wide, high }: Spot & { readonly wide: number; readonly high: number }, spot: Spot): boolean {
  const reach = size.mark / 2 - 2
  return spot.x > x - reach && spot.x < x + wide + reach && spot.y > y - reach && spot.y < y + high + reach
}

/** A line of teeth, six units to either side. */
function jagged(from: Spot, to: Spot): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const teeth = Math.max(2, Math.round(length / 12))
  const [acrossX, acrossY] = [-(to.y - from.y) / length, (to.x - from.x) / length]
  const points = Array.from({ length: teeth + 1 }, (_, tooth) => {
    const share = tooth / teeth
    const lean = tooth === 0 || tooth === teeth ? 0 : tooth % 2 === 0 ? 5 : -5
    return `${short(from.x + (to.x - from.x) * share + acrossX * lean)},${short(from.y + (to.y - from.y) * share + acrossY * lean)}`
  })
  return `M${points.join(' L')}`
}

function short(value: number): number {
  return Math.round(value * 10) / 10
}
