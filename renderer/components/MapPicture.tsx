/**
 * The map as a picture: each context is a lane, a card stands in every lane that it shows up in or has a priority in, and an
 * arrow leads from a card to a wiser one and is read as a sentence. The wiser stand further right. Places follow from the
 * notebook alone, so that it looks the same at every visit.
 */
import { BaseEdge, Controls, EdgeLabelRenderer, getBezierPath, Handle, MarkerType, Position, ReactFlow, type Edge, type EdgeProps, type Node, type NodeProps } from '@xyflow/react'
import { useMemo } from 'react'
import { indexContexts, valuesOf } from '../../shared/graph.ts'
import type { CardId, CardStatus, ContextId, Graph } from '../../shared/schema.ts'
import { nameOf, type Priority } from '../priorities.ts'
import { addressOf, go, useView } from '../store.ts'
import { whenWords } from '../words.ts'

const size = { head: 56, row: 88, column: 420, card: 220, edge: 24, gap: 24 }

type CardNode = Node<{ readonly card: CardId; readonly title: string; readonly status: CardStatus }, 'card'>
type LaneNode = Node<{ readonly words: string }, 'lane'>
type Arrow = Edge<{ readonly wiser: string; readonly than: string; readonly isInCircle: boolean }, 'wiser'>

const nodeTypes = { card: CardBox, lane: LaneBox }
const edgeTypes = { wiser: WiserArrow }

export function MapPicture({ graph, priorities }: { readonly graph: Graph; readonly priorities: readonly Priority[] }) {
  const theme = useView((view) => view.theme)
  const { nodes, edges } = useMemo(() => layOut(graph, priorities), [graph, priorities])
  return (
    <figure className="picture" aria-label="The map as a picture; the table holds the same">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        colorMode={theme === 'dark' ? 'dark' : theme === 'system' ? 'system' : 'light'}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.08 }}
        minZoom={0.05}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        onlyRenderVisibleElements
        proOptions={{ hideAttribution: true }}
        onNodeClick={(_event, node) => node.type === 'card' && go({ room: 'values', card: node.data.card })}
      >
        <Controls showInteractive={false} />
      </ReactFlow>
    </figure>
  )
}

interface Lane {
  readonly id: ContextId | null
  readonly words: string
  readonly cards: readonly CardId[]
  readonly priorities: readonly Priority[]
}

function layOut(graph: Graph, priorities: readonly Priority[]): { readonly nodes: (CardNode | LaneNode)[]; readonly edges: Arrow[] } {
  const nodes: (CardNode | LaneNode)[] = []
  const edges: Arrow[] = []
  const lanes = lanesOf(graph, priorities)
  const placed = lanes.map((lane) => ({ lane, columns: columnsOf(lane) }))
  const width = Math.max(1, ...placed.map(({ columns }) => columns.length)) * size.column - (size.column - size.card) + 2 * size.edge
  let y = 0
  for (const { lane, columns } of placed) {
    const at = lane.id ?? ''
    const height = size.head + Math.max(1, ...columns.map((column) => column.length)) * size.row
    nodes.push({ id: `lane ${at}`, type: 'lane', position: { x: 0, y }, data: { words: lane.words }, width, height, selectable: false, zIndex: -1 })
    columns.forEach((column, number) => column.forEach((card, row) => {
      const { status } = graph.cards[card] ?? { status: 'draft' as const }
      nodes.push({ id: `${card} ${at}`, type: 'card', position: { x: size.edge + number * size.column, y: y + size.head + row * size.row }, width: size.card, data: { card, title: nameOf(graph, card), status } })
    }))
    for (const { key, edge, wiser, than, isInCircle } of lane.priorities) {
      edges.push({ id: key, type: 'wiser', source: `${edge.from} ${at}`, target: `${edge.to} ${at}`, data: { wiser, than, isInCircle }, markerEnd: { type: MarkerType.ArrowClosed, width: 20, height: 20 } })
    }
    y += height + size.gap
  }
  return { nodes, edges }
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

/** Cards by how many stand below them, at most; those of a circle beside each other. Each column holds what fits. */
function columnsOf({ cards, priorities }: Lane): readonly (readonly CardId[])[] {
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
  const circle = [...new Set(priorities.filter(({ isInCircle }) => isInCircle).flatMap(({ edge }) => [edge.from, edge.to]))]
  circle.forEach((card, at) => level.set(card, at))
  const columns: CardId[][] = []
  for (const card of cards) (columns[level.get(card) ?? 0] ??= []).push(card)
  return Array.from(columns, (column) => column ?? [])
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
  const [path, x] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition })
  /* Nearer to where it starts: arrows that meet at one card start at different ones. */
  const y = sourceY + (targetY - sourceY) * 0.3
  return (
    <>
      <BaseEdge path={path} {...(markerEnd === undefined ? {} : { markerEnd })} className={data?.isInCircle === true ? 'arrow circle' : 'arrow'} />
      <EdgeLabelRenderer>
        <span className={`arrow-words${data?.isInCircle === true ? ' circle' : ''}`} ref={(element) => element?.style.setProperty('transform', `translate(-50%, -50%) translate(${x}px, ${y}px)`)}>
          <em className="own">{data?.wiser}</em> is wiser than <em className="own">{data?.than}</em>
        </span>
      </EdgeLabelRenderer>
    </>
  )
}
