/** `steward cards`: listed, shown, added and retired. */
import { randomUUID } from 'node:crypto'
import { setStatus } from '../../shared/commands/card.ts'
import type { Maker } from '../../shared/commands/edit.ts'
import { readGraph } from '../../shared/document/document.ts'
import { quoted } from '../../shared/json.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Card, CardId, Graph } from '../../shared/schema.ts'
import { addCards, readNewCards, viewCard, viewCards, type CardView } from '../cards.ts'
import type { Options } from './usage.ts'
import { change, readJson, withHome } from './home.ts'
import { onOneLine, type Terminal } from './terminal.ts'

export function listCards(graph: Graph, options: Options): string {
  return lines(viewCards(graph), options)
}

export function showCard(graph: Graph, id: string, options: Options): Result<string> {
  const card = findCard(graph, id)
  if (!card.ok) return card
  const view = viewCard(card.value, graph)
  return ok(options.json ? `${JSON.stringify(view)}\n` : inWords(view))
}

export async function addFromFile(file: string, options: Options, terminal: Terminal): Promise<Result<string>> {
  const value = await readJson(file, terminal)
  const drafts = value.ok ? readNewCards(value.value) : value
  if (!drafts.ok) return drafts
  /* Tried where nothing is kept, so that what is refused makes no home and touches none. */
  const tried = await withHome('try', options, terminal, (home) => addCards(home.doc, drafts.value, maker()))
  if (!tried.ok) return tried
  return await withHome('write', options, terminal, async (home) => {
    const ids = await change(home, terminal, () => addCards(home.doc, drafts.value, maker()))
    if (!ids.ok) return ids
    const graph = readGraph(home.doc)
    return ok(lines(ids.value.flatMap((id) => graph.cards[id] ?? []).map((card) => viewCard(card, graph)), options))
  })
}

export async function retireCard(id: string, options: Options, terminal: Terminal): Promise<Result<string>> {
  const known = await withHome('try', options, terminal, (home) => findCard(readGraph(home.doc), id))
  if (!known.ok) return known
  return await withHome('write', options, terminal, async (home) => {
    const card = findCard(readGraph(home.doc), id)
    if (!card.ok) return card
    const retired = await change(home, terminal, () => setStatus(home.doc, card.value.id, 'retired', maker()))
    if (!retired.ok) return retired
    const graph = readGraph(home.doc)
    return ok(lines([viewCard(graph.cards[card.value.id] ?? card.value, graph)], options))
  })
}

function findCard(graph: Graph, id: string): Result<Card> {
  const card = Object.hasOwn(graph.cards, id) ? graph.cards[id as CardId] : undefined
  return card === undefined ? fail('not-found', `there is no card ${quoted(id)}`, 'see "steward cards list"') : ok(card)
}

export function maker(): Maker {
  return { now: Date.now(), newId: randomUUID }
}

function lines(cards: readonly CardView[], options: Options): string {
  return cards.map((card) => (options.json ? JSON.stringify(card) : `${card.id}  ${card.status.padEnd(8)}  ${onOneLine(card.title)}`)).map((line) => `${line}\n`).join('')
}

function inWords(card: CardView): string {
  const section = (name: string, texts: readonly string[]) => (texts.length === 0 ? [] : ['', name, ...texts.map((text) => `  ${onOneLine(text)}`)])
  return `${[
    onOneLine(card.title),
    `${card.id}, ${card.status}`,
    ...section('What you pay attention to', card.policies),
    ...section('When', card.contexts),
    ...section('The story', card.story === '' ? [] : [card.story]),
    ...section('What gets in its way', card.obstacles === '' ? [] : [card.obstacles])
  ].join('\n')}\n`
}
