/**
 * The records of a file that holds values, as they would stand in the document: our own file's as they are; cards and preview files
 * as somebody's proposal, which becomes drafts that wear their source.
 */
import { indexContexts, sameWords, valuesOf } from '../graph.ts'
import { parseJson } from '../json.ts'
import { readCards, readPreview } from '../decision/preview.ts'
import type { Maker } from '../commands/edit.ts'
import type { Reading } from '../document/document.ts'
import { ok, type Result } from '../result.ts'
import { CardId, ContextId, NormId, PolicyId, ScenarioId, type Author, type Card, type Context } from '../schema.ts'
import { readNative, refuse, type NativeRecords } from './native.ts'

/** `isOurs` where they come from our own file. */
export interface Incoming extends NativeRecords {
  readonly isOurs: boolean
}

export function readIncoming(input: string | Uint8Array, source: string, reading: Reading, maker: Maker): Result<Incoming> {
  const value = parseJson(input)
  return value.ok ? readValue(value.value, source, reading, maker) : value
}

export function readValue(value: unknown, source: string, reading: Reading, maker: Maker): Result<Incoming> {
  if (Array.isArray(value)) return readOthers(value, source, reading, maker)
  if (typeof value !== 'object' || value === null) return refuse('the file holds no values: a list of cards, a preview file or an export of this app was expected')
  if (!('format' in value || 'version' in value)) return readOthers(value, source, reading, maker)
  const records = readNative(value)
  return records.ok ? ok({ ...records.value, isOurs: true }) : records
}

/** Cards, or a preview file, as drafts under ids of their own; what says the same as a record here is that record. */
function readOthers(value: object, source: string, reading: Reading, maker: Maker): Result<Incoming> {
  const author: Author = { kind: 'import', source: sourceName(source), confirmedAt: null }
  const empty: Incoming = { cards: [], contexts: [], edges: [], norms: [], commitments: [], scenarios: [], rehearsals: [], domains: [], trials: [], sessions: [], notes: [], merges: [], provenance: [], apart: [], versions: [], isOurs: false }
  const contexts = createContexts(reading, maker)
  const here = new Map(valuesOf(reading.graph.cards).map((card): [string, Card] => [contentOf(card.title, card.policies.map((policy) => policy.text)), card]))
  // Never under the file's own ids: "c1" of two files, brought in on two devices, would become one card.
  const draft = (title: string, lines: readonly string[], places: readonly string[]): Card => here.get(contentOf(title, lines)) ?? {
    id: CardId.parse(maker.newId()), title, story: '', obstacles: '', policies: lines.map((line) => ({ id: PolicyId.parse(maker.newId()), text: line, author })),
    contexts: [...new Set(places.filter((place) => place.trim() !== '').map(contexts.idFor))], status: 'draft', kind: 'unclear', author, createdAt: maker.now, updatedAt: maker.now
  }
  if (!('situation' in value)) {
    const read = readCards('cards' in value ? value.cards : value)
    if (!read.ok) return read
    const cards = read.value.map((card) => draft(card.title, card.policies, card.contexts))
    return ok({ ...empty, cards, contexts: contexts.made() })
  }
  const read = readPreview(value, reading.graph)
  if (!read.ok) return read
  const { graph, scenario } = read.value
  const hasCards = 'cards' in value
  const ids = new Map<CardId, CardId>()
  const policies = new Map<PolicyId, PolicyId>()
  const cards = !hasCards ? [] : read.value.order.flatMap(({ card: id }) => {
    const card = graph.cards[id]
    if (card === undefined) return []
    const lines = card.policies.map((policy) => policy.text)
    const own = draft(card.title, lines, card.contexts.map((context) => graph.contexts[context]?.text ?? ''))
    ids.set(id, own.id)
    card.policies.forEach((policy, index) => policies.set(policy.id, own.policies[index]?.id ?? policy.id))
    return [own]
  })
  const edges = !hasCards ? [] : valuesOf(graph.edges).flatMap((edge) => {
    const [from, to] = [ids.get(edge.from), ids.get(edge.to)]
    if (from === undefined || to === undefined || from === to) return []
    const mapping = edge.mapping.map((one) => ({ ...one, policy: policies.get(one.policy) ?? one.policy, becomes: one.becomes === null ? null : (policies.get(one.becomes) ?? one.becomes) }))
    return [{ ...edge, from, to, context: contexts.idFor(graph.contexts[edge.context]?.text ?? ''), mapping, createdAt: maker.now }]
  })
  const norms = !hasCards ? [] : valuesOf(graph.norms).map((norm) => {
    const same = valuesOf(reading.graph.norms).find((own) => own.text === norm.text && own.force === norm.force && own.holder === norm.holder)
    return same ?? { ...norm, id: NormId.parse(maker.newId()) }
  })
  const same = valuesOf(reading.scenarios).find((own) => own.situation === scenario.situation && own.mode === scenario.mode && JSON.stringify(own.options) === JSON.stringify(scenario.options))
  const scenarios = [same ?? { ...scenario, id: ScenarioId.parse(maker.newId()), source: 'imported' as const, createdAt: maker.now }]
  return ok({ ...empty, cards, contexts: contexts.made(), edges, norms, scenarios })
}

/** Contexts by their words: one that is here, else one to be made. */
function createContexts(reading: Reading, maker: Maker) {
  const made = new Map<string, Context>()
  const { canonical } = indexContexts(reading.graph.contexts)
  const here = new Map(valuesOf(reading.graph.contexts).map((context): [string, ContextId] => [sameWords(context.text), canonical(context.id)]))
  return {
    made: () => [...made.values()],
    idFor(text: string): ContextId {
      const words = sameWords(text)
      const found = here.get(words)
      if (found !== undefined) return found
      const context = made.get(words) ?? { id: ContextId.parse(maker.newId()), text, within: [], synonymOf: null }
      made.set(words, context)
      return context.id
    }
  }
}

function contentOf(title: string, lines: readonly string[]): string {
  return JSON.stringify([title, ...lines])
}

function sourceName(source: string): string {
  const plain = source.toWellFormed().replace(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/gu, ' ').trim()
  return plain === '' ? 'a file' : plain.slice(0, 500).toWellFormed()
}
