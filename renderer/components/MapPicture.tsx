/**
 * The map as a picture: contexts are lanes, cards stand in them, an arrow from a card to a wiser one is read as a sentence.
 * Places follow from the cards alone, so that the same notebook looks the same at every visit.
 */
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react'
import { useMemo } from 'react'
import { indexContexts, valuesOf } from '../../shared/graph.ts'
import type { Card, ContextId, Graph } from '../../shared/schema.ts'
import { nameOf, type Priority } from '../priorities.ts'
import { addressOf, go, useView } from '../store.ts'
import { whenWords } from '../words.ts'

const lane = { width: 260, gap: 72, head: 76, card: 96 }

type CardNode = Node<{ readonly title: string; readonly status: Card['status']; readonly address: string }, 'card'>
type LaneNode = Node<{ readonly words: string }, 'lane'>

const nodeTypes = { card: CardBox, lane: LaneBox }

export function MapPicture({ graph, priorities }: { readonly graph: Graph; readonly priorities: readonly Priority[] }) {
  const theme = useView((view) => view.theme)
  const nodes = useMemo(() => layOut(graph), [graph])
  const edges = useMemo(() => priorities.map(arrow), [priorities])
  return (
    <div className="picture" role="group" aria-label="The map as a picture. The table holds the same.">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={theme === 'dark' ? 'dark' : theme === 'system' ? 'system' : 'light'}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.12 }}
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable
        onlyRenderVisibleElements
        proOptions={{ hideAttribution: true }}
        onNodeClick={(_event, node) => node.type === 'card' && go({ room: 'values', card: node.id })}
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  )
}

function layOut(graph: Graph): (CardNode | LaneNode)[] {
  const index = indexContexts(graph.contexts)
  const cards = valuesOf(graph.cards).filter((card) => card.status !== 'retired').sort((left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1))
  const byPlace = Map.groupBy(cards, (card): ContextId | null => (card.contexts[0] === undefined ? null : index.canonical(card.contexts[0])))
  const places = [...byPlace.keys()].sort((left, right) => (left === null ? 1 : right === null ? -1 : wordsOf(graph, left) < wordsOf(graph, right) ? -1 : 1))
  return places.flatMap((place, at): (CardNode | LaneNode)[] => {
    const here = byPlace.get(place) ?? []
    const x = at * (lane.width + lane.gap)
    return [
      {
        id: `lane ${place ?? ''}`, type: 'lane', position: { x, y: 0 }, data: { words: place === null ? 'not said when' : whenWords(wordsOf(graph, place)) },
        width: lane.width, height: lane.head + here.length * lane.card, selectable: false, focusable: false, draggable: false, zIndex: -1
      },
      ...here.map((card, row): CardNode => ({
        id: card.id, type: 'card', position: { x: x + 20, y: lane.head + row * lane.card }, width: lane.width - 40,
        data: { title: nameOf(graph, card.id), status: card.status, address: addressOf({ room: 'values', card: card.id }) }, focusable: false
      }))
    ]
  })
}

function wordsOf(graph: Graph, context: ContextId): string {
  return graph.contexts[context]?.text ?? ''
}

function arrow({ key, edge, wiser, than, when, isInCircle }: Priority): Edge {
  return {
    id: key,
    source: edge.from,
    target: edge.to,
    label: when,
    ariaLabel: `‘${wiser}’ is wiser than ‘${than}’ ${when}`,
    className: isInCircle ? 'arrow circle' : 'arrow',
    markerEnd: { type: MarkerType.ArrowClosed, width: 18, height: 18 },
    focusable: true,
    labelBgPadding: [6, 3],
    labelBgBorderRadius: 4
  }
}

function CardBox({ data }: NodeProps<CardNode>) {
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <a className={`place own ${data.status}`} href={data.address}>{data.title}</a>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  )
}

function LaneBox({ data }: NodeProps<LaneNode>) {
  return <div className="lane"><span>{data.words}</span></div>
}
