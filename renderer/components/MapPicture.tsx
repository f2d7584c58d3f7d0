/**
 * The map as a picture: each context is a lane, a card stands in every lane that it shows up in or has a priority in, and an
 * arrow leads from a card to a wiser one and is read as a sentence. The wiser stand further right. Places follow from the
 * notebook alone, so that it looks the same at every visit. An arrow that does not lead to the next column runs below the cards
 * of its lane, never behind one, and no sentence lies on another.
 */
import { BaseEdge, Controls, EdgeLabelRenderer, getBezierPath, Handle, MarkerType, Position, ReactFlow, type Edge, type EdgeProps, type Node, type NodeProps } from '@xyflow/react'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { indexContexts, valuesOf } from '../../shared/graph.ts'
import type { CardId, CardStatus, ContextId, Graph } from '../../shared/schema.ts'
import { nameOf, type Priority } from '../priorities.ts'
import { addressOf, go, useView } from '../store.ts'
import { whenWords } from '../words.ts'

const size = { head: 52, row: 84, column: 420, card: 220, low: 56, edge: 24, gap: 20, pad: 16, words: 44, below: 40 }

type CardNode = Node<{ readonly card: CardId; readonly title: string; readonly status: CardStatus }, 'card'>
type LaneNode = Node<{ readonly words: string }, 'lane'>
type Arrow = Edge<{ readonly wiser: string; readonly than: string; readonly isInCircle: boolean; readonly wordsAt: number; readonly below: number | null }, 'wiser'>

const nodeTypes = { card: CardBox, lane: LaneBox }
const edgeTypes = { wiser: WiserArrow }

export function MapPicture({ graph, priorities }: { readonly graph: Graph; readonly priorities: readonly Priority[] }) {
  const theme = useView((view) => view.theme)
  const [width, setWidth] = useState(0)
  const figure = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const element = figure.current
    if (element === null) return
    const measure = (): void => setWidth(element.clientWidth)
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [])
  const { nodes, edges, wide, high } = useMemo(() => layOut(graph, priorities, width - 2 * size.pad), [graph, priorities, width])
  const zoom = Math.min(1, (width - 2 * size.pad) / wide)
  return (
    <figure className="picture" ref={figure} aria-label="The map as a picture; the table holds the same" style={{ height: `min(${Math.ceil(high * zoom) + 2 * size.pad}px, 85vh)` }}>
      {width > 0 && (
        <ReactFlow
          key={Math.round(zoom * 20)}
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          colorMode={theme === 'dark' ? 'dark' : theme === 'system' ? 'system' : 'light'}
          defaultViewport={{ x: size.pad, y: size.pad, zoom }}
          minZoom={0.05}
          maxZoom={2}
          zoomOnScroll={false}
          preventScrolling={false}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          onlyRenderVisibleElements
          proOptions={{ hideAttribution: true }}
          onNodeClick={(_event, node) => node.type === 'card' && go({ room: 'values', card: node.data.card })}
        >
          <Controls showInteractive={false} position="top-right" />
        </ReactFlow>
      )}
    </figure>
  )
}

interface Lane {
  readonly id: ContextId | null
  readonly words: string
  readonly cards: readonly CardId[]
  readonly priorities: readonly Priority[]
}

interface Layout {
  readonly nodes: (CardNode | LaneNode)[]
  readonly edges: Arrow[]
  readonly wide: number
  readonly high: number
}

/** Lanes one below the other, as wide as the room there is; in each the cards with priorities by their columns, then the rest side by side. */
function layOut(graph: Graph, priorities: readonly Priority[], room: number): Layout {
  const nodes: (CardNode | LaneNode)[] = []
  const edges: Arrow[] = []
  const placed = lanesOf(graph, priorities).map((lane) => ({ lane, columns: columnsOf(lane) }))
  const widest = Math.max(1, ...placed.map(({ columns }) => columns.length))
  const wide = Math.max(room, widest * size.column - (size.column - size.card) + 2 * size.edge)
  const abreast = Math.max(1, Math.floor((wide - 2 * size.edge + size.gap) / (size.card + size.gap)))
  let y = 0
  for (const { lane, columns } of placed) {
    const at = lane.id ?? ''
    const inColumns = new Set(columns.flat())
    const apart = lane.cards.filter((card) => !inColumns.has(card))
    const rows = Math.max(0, ...columns.map((column) => column.length))
    const put = (card: CardId, x: number, row: number): void => {
      const { status } = graph.cards[card] ?? { status: 'draft' as const }
      nodes.push({ id: `${card} ${at}`, type: 'card', position: { x: size.edge + x, y: y + size.head + row * size.row }, width: size.card, data: { card, title: nameOf(graph, card), status } })
    }
    const columnOf = new Map(columns.flatMap((column, number) => column.map((card, row) => [card, { number, row }] as const)))
    const placeOf = (card: CardId) => columnOf.get(card) ?? { number: 0, row: 0 }
    const isNext = ({ edge }: Priority): boolean => placeOf(edge.to).number === placeOf(edge.from).number + 1
    const bottom = y + size.head + (rows + Math.ceil(apart.length / abreast)) * size.row - (size.row - size.low)
    const far = lane.priorities.filter((priority) => !isNext(priority))
    const words = wordsPlaces(lane.priorities.filter(isNext), placeOf, y + size.head)
    const height = Math.max(bottom, ...[...words.values()].map((at) => at + size.words / 2)) - y + far.length * size.below + size.edge
    const floor = y + height - size.edge - far.length * size.below
    nodes.push({ id: `lane ${at}`, type: 'lane', position: { x: 0, y }, data: { words: lane.words }, width: wide, height, selectable: false, zIndex: -1 })
    columns.forEach((column, number) => column.forEach((card, row) => put(card, number * size.column, row)))
    apart.forEach((card, number) => put(card, (number % abreast) * (size.card + size.gap), rows + Math.floor(number / abreast)))
    for (const { key, edge, wiser, than, isInCircle } of lane.priorities) {
      const place = far.findIndex((priority) => priority.key === key)
      const below = place < 0 ? null : floor + (place + 0.75) * size.below
      edges.push({ id: key, type: 'wiser', source: `${edge.from} ${at}`, target: `${edge.to} ${at}`, data: { wiser, than, isInCircle, below, wordsAt: below ?? words.get(key) ?? y }, markerEnd: { type: MarkerType.ArrowClosed, width: 20, height: 20 } })
    }
    y += height + size.gap
  }
  return { nodes, edges, wide, high: Math.max(0, y - size.gap) }
}

/** Where the sentences of arrows to the next column stand, by key: near where each starts, and never one on another. */
function wordsPlaces(priorities: readonly Priority[], placeOf: (card: CardId) => { readonly number: number; readonly row: number }, top: number): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  for (const between of Map.groupBy(priorities, ({ edge }) => placeOf(edge.from).number).values()) {
    let free = Number.NEGATIVE_INFINITY
    const wanted = between.map(({ key, edge }) => {
      const [from, to] = [placeOf(edge.from).row, placeOf(edge.to).row]
      return { key, at: top + size.low / 2 + (from + (to - from) * 0.3) * size.row }
    })
    for (const { key, at } of wanted.sort((left, right) => left.at - right.at)) {
      places.set(key, Math.max(at, free))
      free = Math.max(at, free) + size.words
    }
  }
  return places
}

/** Contexts with a card or a priority, by their words; then the cards that stand in none. */
function lanesOf(graph: Graph, priorities: readonly Priority[]): readonly Lane[] {
  const index = indexContexts(graph.contexts)
  const shown = valuesOf(graph.cards).filter((card) => card.status !== 'retired').sort((left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1))
  const ids = [...new Set([...shown.flatMap((card) => card.contexts), ...priorities.map(({ edge }) => edge.context)].map(index.canonical))]
  const lanes = ids.map((id): Lane => {
    const own = priorities.filter(({ edge }) => index.canonical(edge.context) === id && graph.cards[edge.from]?.status !== 'retired' && graph.cards[edge.to]?.status !== 'retired')
    const inEdges = new Set(own.flatMap(({ edge }) => [edge.from, edge.to]))
    return {
      id, words: whenWords(graph.contexts[id]?.text ?? ''), priorities: own,
      cards: shown.filter((card) => inEdges.has(card.id) || card.contexts.some((context) => index.canonical(context) === id)).map((card) => card.id)
    }
  }).sort((left, right) => (left.words < right.words ? -1 : 1))
  const standing = new Set(lanes.flatMap((lane) => lane.cards))
  const rest = shown.map((card) => card.id).filter((card) => !standing.has(card))
  return rest.length === 0 ? lanes : [...lanes, { id: null, words: 'not said when', cards: rest, priorities: [] }]
}

/** The cards with a priority, by how many stand below them, at most; those of a circle beside each other. */
function columnsOf({ cards: all, priorities }: Lane): readonly (readonly CardId[])[] {
  const ranked = new Set(priorities.flatMap(({ edge }) => [edge.from, edge.to]))
  const cards = all.filter((card) => ranked.has(card))
  const level = new Map(cards.map((card) => [card, 0]))
  for (let round = 0; round < cards.length; round += 1) {
    let isChanged = false
    for (const { edge, isInCircle } of priorities) {
      const next = (level.get(edge.from) ?? 0) + 1
      if (isInCircle || next <= (level.get(edge.to) ?? 0)) continue
      level.set(edge.to, next)
      isChanged = true
    }
    if (!isChanged) break
  }
  aroundCircles(priorities).forEach((card, at) => level.set(card, at))
  const columns: CardId[][] = []
  for (const card of cards) (columns[level.get(card) ?? 0] ??= []).push(card)
  return Array.from(columns, (column) => column ?? [])
}

/** The cards of circles, each followed by one that is held wiser where there is one left. */
function aroundCircles(priorities: readonly Priority[]): readonly CardId[] {
  const next = Map.groupBy(priorities.filter(({ isInCircle }) => isInCircle), ({ edge }) => edge.from)
  const seen = new Set<CardId>()
  for (const start of next.keys()) {
    for (let card: CardId | undefined = start; card !== undefined && !seen.has(card); card = next.get(card)?.find(({ edge }) => !seen.has(edge.to))?.edge.to) seen.add(card)
  }
  return [...seen]
}

function CardBox({ data }: NodeProps<CardNode>) {
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <a className={`place own ${data.status}`} href={addressOf({ room: 'values', card: data.card })}>{data.title}</a>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  )
}

function LaneBox({ data }: NodeProps<LaneNode>) {
  return <div className="lane"><span>{data.words}</span></div>
}

function WiserArrow({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, markerEnd, data }: EdgeProps<Arrow>) {
  const [curve, middle] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition })
  const y = data?.wordsAt ?? sourceY
  const below = data?.below ?? null
  const path = below === null ? curve : roundBelow(sourceX, sourceY, targetX, targetY, below)
  const x = below === null ? middle : (sourceX + targetX) / 2
  return (
    <>
      <BaseEdge path={path} {...(markerEnd === undefined ? {} : { markerEnd })} className={data?.isInCircle === true ? 'arrow circle' : 'arrow'} />
      <EdgeLabelRenderer>
        <span className={`arrow-words${data?.isInCircle === true ? ' circle' : ''}${below === null ? '' : ' far'}`} ref={(element) => element?.style.setProperty('transform', `translate(-50%, -50%) translate(${x}px, ${y}px)`)}>
          <em className="own">{data?.wiser}</em> is wiser than <em className="own">{data?.than}</em>
        </span>
      </EdgeLabelRenderer>
    </>
  )
}

/** Out to the right, down, along below the cards, up, and in from the left. */
function roundBelow(sourceX: number, sourceY: number, targetX: number, targetY: number, below: number): string {
  const [out, into] = [sourceX + 14, targetX - 14]
  const turn = out < into ? 8 : -8
  return `M${sourceX},${sourceY} H${out - 8} Q${out},${sourceY} ${out},${sourceY + 8} V${below - 8} Q${out},${below} ${out + turn},${below} H${into - turn} Q${into},${below} ${into},${below - 8} V${targetY + 8} Q${into},${targetY} ${into + 8},${targetY} H${targetX}`
}
