/**
 * What would have to change in a notebook for it to say what another state of it says, and how that is done: as new edits on
 * what is there, so that every other device takes them like any edit, and nothing goes backwards.
 *
 * Invariants: afterwards both say the same, record for record (`compare` gives nothing); what is the same in both is not
 * touched; where a text differs, the words that it shares stay, with their authors; whose the words are that come back is
 * as it was then.
 */
import * as Y from 'yjs'
import { cardSpans, nextCharacter, paintCard, readVersionSpans, writeVersionSpans } from '../articulation/provenance.ts'
import { origins, readDocument, type Reading } from '../document/document.ts'
import { rootMap, rootNames, writeText, type RootName } from '../document/layout.ts'
import { CardId } from '../schema.ts'

export interface Difference {
  readonly table: KeptName
  readonly id: string
  /** What going back to the other state does: brings it back, makes it as it was, takes it away. */
  readonly verb: 'added' | 'changed' | 'removed'
  /** The words that a person knows it by; empty where it has none. */
  readonly name: string
}

/** Everything but the layout's number, and whose the words are, which comes with the words. */
export type KeptName = Exclude<RootName, 'meta' | 'provenance'>

const keptNames = rootNames.filter((name): name is KeptName => name !== 'meta' && name !== 'provenance')

/** In the order of the tables, then by words. */
export function compare(now: Y.Doc, then: Y.Doc): readonly Difference[] {
  const [here, there] = [readDocument(now), readDocument(then)]
  const found: Difference[] = []
  for (const table of keptNames) {
    const [mine, theirs] = [rootMap(now, table), rootMap(then, table)]
    const rows: Difference[] = []
    for (const id of new Set([...(mine?.keys() ?? []), ...(theirs?.keys() ?? [])])) {
      const verb = verbOf(mine, theirs, id)
      if (verb !== null) rows.push({ table, id, verb, name: nameOf(verb === 'removed' ? here : there, table, id) })
    }
    found.push(...rows.sort((left, right) => compareWords(left.name, right.name) || compareWords(left.id, right.id)))
  }
  return found
}

/** Makes `doc` say what `then` says, in one transaction. */
export function bringBack(doc: Y.Doc, then: Y.Doc): readonly Difference[] {
  const differences = compare(doc, then)
  if (differences.length === 0) return differences
  doc.transact(() => {
    const since = nextCharacter(doc)
    for (const { table, id, verb } of differences) {
      const map = rootMap(doc, table)
      const value = rootMap(then, table)?.get(id)
      if (verb === 'removed') map?.delete(id)
      else if (map !== null) match(map, id, value)
    }
    for (const { table, id, verb } of differences) if (verb !== 'removed') tellAuthors(doc, then, table, id, since)
  }, origins.import)
  return differences
}

/** Does it say nothing at all? */
export function isEmpty(doc: Y.Doc): boolean {
  return keptNames.every((name) => (rootMap(doc, name)?.size ?? 0) === 0)
}

function verbOf(mine: Y.Map<unknown> | null, theirs: Y.Map<unknown> | null, id: string): Difference['verb'] | null {
  const [isHere, isThere] = [mine?.has(id) === true, theirs?.has(id) === true]
  if (!isHere) return isThere ? 'added' : null
  if (!isThere) return 'removed'
  return plainly(mine?.get(id)) === plainly(theirs?.get(id)) ? null : 'changed'
}

/** Everything in it, keys in order, texts told from plain words. */
function plainly(value: unknown): string {
  if (value instanceof Y.Text) return `T${JSON.stringify(value.toString())}`
  if (value instanceof Y.Map) return `M{${[...value.keys()].sort().map((key) => `${JSON.stringify(key)}:${plainly(value.get(key))}`).join(',')}}`
  if (value instanceof Y.AbstractType) return `A${JSON.stringify(value.toJSON())}`
  return ordered(value)
}

function ordered(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(ordered).join(',')}]`
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return JSON.stringify(value) ?? 'null'
  return `{${Object.entries(value).sort(([left], [right]) => compareWords(left, right)).map(([key, one]) => `${JSON.stringify(key)}:${ordered(one)}`).join(',')}}`
}

/** What stands under `key` becomes `wanted`, with as few writes as that takes. */
function match(map: Y.Map<unknown>, key: string, wanted: unknown): void {
  const here = map.get(key)
  if (plainly(here) === plainly(wanted) && map.has(key)) return
  if (here instanceof Y.Text && wanted instanceof Y.Text) return writeText(here, wanted.toString())
  if (here instanceof Y.Map && wanted instanceof Y.Map) {
    for (const each of [...here.keys()]) if (!wanted.has(each)) here.delete(each)
    for (const each of wanted.keys()) match(here, each, wanted.get(each))
    return
  }
  map.set(key, fresh(wanted))
}

function fresh(value: unknown): unknown {
  if (value instanceof Y.Text) return new Y.Text(value.toString())
  if (value instanceof Y.Map) return new Y.Map([...value.entries()].map(([key, one]): [string, unknown] => [key, fresh(one)]))
  return value instanceof Y.AbstractType ? value.toJSON() : value
}

function tellAuthors(doc: Y.Doc, then: Y.Doc, table: KeptName, id: string, since: number): void {
  const [first = '', second] = id.split('|')
  const card = CardId.safeParse(first)
  if (!card.success) return
  if (table === 'cards') {
    const spans = cardSpans(then, card.data)
    if (spans !== null) paintCard(doc, card.data, spans, since)
  } else if (table === 'versions' && second !== undefined) {
    const spans = readVersionSpans(then, card.data, second)
    if (spans !== null) writeVersionSpans(doc, card.data, second, spans)
  }
}

function nameOf(reading: Reading, table: KeptName, id: string): string {
  const { graph } = reading
  const record = (table === 'cards' || table === 'contexts' || table === 'edges' || table === 'norms' || table === 'commitments' ? graph[table] : table === 'versions' ? {} : reading[table]) as Readonly<Record<string, unknown>>
  const title = (card: unknown): string => graph.cards[card as CardId]?.title ?? ''
  const found = Object.hasOwn(record, id) ? (record[id] as Readonly<Record<string, unknown>>) : undefined
  switch (table) {
    case 'edges':
      return found === undefined ? '' : `${title(found['to'])} > ${title(found['from'])}`
    case 'versions':
      return title(id.split('|')[0])
    case 'merges':
      return title(id.split('|')[0])
    case 'sessions':
      return title(found?.['card'])
    case 'trials':
      return reading.scenarios[id as keyof Reading['scenarios']]?.situation.slice(0, 200) ?? ''
    case 'domains':
    case 'cards':
    case 'contexts':
    case 'norms':
    case 'commitments':
    case 'scenarios':
    case 'rehearsals':
    case 'notes':
      return String(found?.['title'] ?? found?.['name'] ?? found?.['situation'] ?? found?.['text'] ?? found?.['reason'] ?? '').slice(0, 200)
  }
}

function compareWords(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** A document that says what these bytes say; null where they are no whole document. */
export function documentOf(update: Uint8Array): Y.Doc | null {
  try {
    const doc = new Y.Doc()
    for (const name of rootNames) doc.getMap(name)
    Y.applyUpdate(doc, update)
    return doc.store.pendingStructs === null && doc.store.pendingDs === null ? doc : null
  } catch {
    return null
  }
}
