/**
 * Whose words these are, character by character: *you*, *model, accepted on …* or *import from …*.
 *
 * Each character of a Y.Text has an identity that no edit and no merge changes. What came with a line or card when it was
 * made is its author's; what was typed later is the person's; everything else (accepted into a text, merged, restored, or
 * brought back by undo, which gives characters a new identity) stands in the root `provenance`, under the identity of a run's
 * first character. Formatting marks of Yjs were not used: merged with a deletion they can spill over the text behind them.
 * Invariants: entries are only ever added, and none is about words that were not accepted (those are lines of their own).
 */
import * as Y from 'yjs'
import { z } from 'zod'
import { lineAt, lineIds, recordMap, rootMap, textAt } from '../document/layout.ts'
import { Author, CardId, limits, VersionId, type Card, type PolicyId } from '../schema.ts'

/** So many characters (UTF-16 units) by one author. */
export const Span = z.strictObject({ length: z.number().int().min(1).max(limits.fileBytes), author: Author })
export type Span = z.infer<typeof Span>

/** The spans of a card's texts, in their order. */
export const CardSpans = z.strictObject({
  title: z.array(Span), story: z.array(Span), obstacles: z.array(Span),
  lines: z.array(z.strictObject({ line: z.string().max(200), spans: z.array(Span) })).max(limits.policiesPerCard)
})
export type CardSpans = z.infer<typeof CardSpans>

/** Of a card as it stands, or of a version of it; as our own file holds it. */
export const SpansOf = z.strictObject({ card: CardId, version: VersionId.nullable(), spans: CardSpans })
export type SpansOf = z.infer<typeof SpansOf>

export const you: Author = { kind: 'you' }
const textFields = ['title', 'story', 'obstacles'] as const

/** Whose each stretch of a text is; neighbours by one author are one span. Nothing for an empty text. */
export function spansOf(doc: Y.Doc, text: Y.Text): readonly Span[] {
  const rule = ruleOf(doc, text)
  const spans: Span[] = []
  eachRun(text, (client, clock, length) => {
    for (const part of authorsOf(rule, client, clock, length)) push(spans, part.length, part.author)
  })
  return spans
}

/** Of all texts of a card; null where there is no such card. */
export function cardSpans(doc: Y.Doc, id: CardId): CardSpans | null {
  const card = recordMap(doc, 'cards', id)
  if (card === null) return null
  const of = (text: Y.Text | null): Span[] => (text === null ? [] : [...spansOf(doc, text)])
  return { title: of(textAt(card, 'title')), story: of(textAt(card, 'story')), obstacles: of(textAt(card, 'obstacles')), lines: lineIds(card).map((line) => ({ line, spans: of(textAt(lineAt(card, line), 'text')) })) }
}

export interface Share {
  readonly author: Author
  readonly characters: number
  /** In [0, 1]. */
  readonly share: number
}

/** How much of some spans is whose, the person's own first, then by size; the same source twice counts as one. */
export function sharesOf(spans: readonly Span[]): readonly Share[] {
  const sums = new Map<string, { author: Author; characters: number }>()
  for (const { length, author } of spans) {
    const key = author.kind === 'you' ? '' : author.kind === 'model' ? `model ${author.name}` : `import ${author.source}`
    const sum = sums.get(key) ?? { author, characters: 0 }
    sum.characters += length
    sums.set(key, sum)
  }
  const total = [...sums.values()].reduce((sum, { characters }) => sum + characters, 0)
  return [...sums.values()]
    .map(({ author, characters }) => ({ author, characters, share: characters / total }))
    .sort((left, right) => Number(left.author.kind !== 'you') - Number(right.author.kind !== 'you') || right.characters - left.characters)
}

export function allSpans(spans: CardSpans): readonly Span[] {
  return [...spans.title, ...spans.story, ...spans.obstacles, ...spans.lines.flatMap((line) => line.spans)]
}

/** The number that the next character written here gets: what `paint` takes as the beginning of what is new. */
export function nextCharacter(doc: Y.Doc): number {
  return Y.getState(doc.store, doc.clientID)
}

/** Makes the characters that this device wrote into `text` since `since` be whose `spans` (of the whole text) say. Within a transaction. */
export function paint(doc: Y.Doc, text: Y.Text, spans: readonly Span[], since: number): void {
  const wanted = expand(spans)
  const rule = ruleOf(doc, text)
  let at = 0
  eachRun(text, (client, clock, length) => {
    for (const part of authorsOf(rule, client, clock, length)) {
      if (client === doc.clientID && part.clock + part.length > since) paintRun(doc, client, Math.max(part.clock, since), part.clock + part.length, part.author, (number) => wanted[at + number - part.clock] ?? you)
      at += part.length
    }
  })
}

/** Makes what this device wrote into a card since `since` be whose `spans` say. */
export function paintCard(doc: Y.Doc, id: CardId, spans: CardSpans, since: number): void {
  const card = recordMap(doc, 'cards', id)
  if (card === null) return
  for (const field of textFields) paintText(doc, textAt(card, field), spans[field], since)
  for (const { line, spans: wanted } of spans.lines) paintText(doc, textAt(lineAt(card, line as PolicyId), 'text'), wanted, since)
}

/** The spans of every card, and of every version put by, that its authors alone do not tell. */
export function writtenSpans(doc: Y.Doc, cards: readonly Card[]): readonly SpansOf[] {
  const found: SpansOf[] = []
  for (const card of cards) {
    const spans = cardSpans(doc, card.id)
    if (spans !== null && !isTold(card, spans)) found.push({ card: card.id, version: null, spans })
  }
  rootMap(doc, 'provenance')?.forEach((value, key) => {
    const [kind, version, card] = key.split('|')
    const read = SpansOf.safeParse({ card, version, spans: value })
    if (kind === 'version' && read.success && cards.some(({ id }) => id === card)) found.push(read.data)
  })
  return found.sort((left, right) => (`${left.card}|${left.version ?? ''}` < `${right.card}|${right.version ?? ''}` ? -1 : 1))
}

/** Puts the spans of a version where they belong, as they came. */
export function writeVersionSpans(doc: Y.Doc, card: CardId, version: string, spans: CardSpans): void {
  const key = `version|${version}|${card}`
  if (rootMap(doc, 'provenance')?.has(key) === false) rootMap(doc, 'provenance')?.set(key, spans)
}

/** Whether every character is its line's or card's author's: nothing more to write down. */
function isTold(card: Card, spans: CardSpans): boolean {
  const by = (author: Author, list: readonly Span[]): boolean => list.every((span) => sameAuthor(span.author, author))
  return textFields.every((field) => by(card.author, spans[field])) && card.policies.every(({ id, author }) => by(author, spans.lines.find(({ line }) => line === id)?.spans ?? []))
}

/** Characters that undo brings back have a new identity; they stay whose they were. Ends with the manager. */
export function followUndo(doc: Y.Doc, undo: Y.UndoManager, origin: string): void {
  undo.on('stack-item-popped', ({ stackItem }: { stackItem: { deletions: Parameters<typeof Y.iterateDeletedStructs>[1] } }) => {
    doc.transact((transaction) => {
      Y.iterateDeletedStructs(transaction, stackItem.deletions, (struct: unknown) => {
        if (struct instanceof Y.Item && struct.redone !== null && struct.content instanceof Y.ContentString) bringBack(doc, struct, struct.redone)
      })
    }, origin)
  })
}

/** The spans that were put by with a version, or null where all of it was the person's own. */
export function readVersionSpans(doc: Y.Doc, card: CardId, version: string): CardSpans | null {
  const read = CardSpans.safeParse(rootMap(doc, 'provenance')?.get(`version|${version}|${card}`))
  return read.success ? read.data : null
}

/** Puts the spans of a card by with a version of it; nothing where all of it is the person's own. */
export function saveVersionSpans(doc: Y.Doc, version: string, card: CardId): void {
  const spans = cardSpans(doc, card)
  if (spans !== null && allSpans(spans).some(({ author }) => author.kind !== 'you')) writeVersionSpans(doc, card, version, spans)
}

// ---- identities -----------------------------------------------------------------------------------------------------

/** Who wrote a character of one text, by its identity. */
interface Rule {
  /** The author of what came with the record. */
  readonly author: Author
  readonly client: number
  /** Clocks that came with the record: from, to (without it). */
  readonly from: number
  readonly to: number
  readonly entries: Entries
}

type Entries = ReadonlyMap<number, readonly { readonly clock: number; readonly length: number; readonly author: Author }[]>

function ruleOf(doc: Y.Doc, text: Y.Text): Rule {
  const owner = text._item?.parent
  const read = Author.safeParse(owner instanceof Y.Map ? owner.get('author') : undefined)
  return ruleBy(doc, text, read.success ? read.data : you)
}

/** What a text is made with follows its own identity at once; whatever is written later comes behind the record's other fields. */
function ruleBy(doc: Y.Doc, text: Y.Text, author: Author): Rule {
  const id = text._item?.id
  const entries = entriesOf(doc)
  if (id === undefined || author.kind === 'you') return { author: you, client: -1, from: 0, to: 0, entries }
  const lengths = new Map<number, number>()
  for (let item = text._start; item !== null; item = item.right) if (item.id.client === id.client) lengths.set(item.id.clock, item.length)
  let to = id.clock + 1
  for (let length = lengths.get(to); length !== undefined; length = lengths.get(to)) to += length
  return { author, client: id.client, from: id.clock + 1, to, entries }
}

function authorsOf(rule: Rule, client: number, clock: number, length: number): readonly { readonly clock: number; readonly length: number; readonly author: Author }[] {
  const parts: { clock: number; length: number; author: Author }[] = []
  const end = clock + length
  const known = rule.entries.get(client) ?? []
  let at = clock
  while (at < end) {
    const index = lastAtOrBefore(known, at)
    const entry = known[index]
    const covers = entry !== undefined && entry.clock + entry.length > at
    const isMade = client === rule.client && at >= rule.from && at < rule.to
    const border = covers ? entry.clock + entry.length : Math.min(known[index + 1]?.clock ?? end, client === rule.client && at < rule.from ? rule.from : isMade ? rule.to : end)
    const next = Math.min(end, border)
    parts.push({ clock: at, length: next - at, author: covers ? entry.author : isMade ? rule.author : you })
    at = next
  }
  return parts
}

function lastAtOrBefore(entries: readonly { readonly clock: number }[], clock: number): number {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle]?.clock ?? 0) <= clock) low = middle + 1
    else high = middle
  }
  return low - 1
}

const Entry = z.object({ length: z.number().int().min(1), author: Author })
const known = new WeakMap<Y.Map<unknown>, { readonly size: number; readonly entries: Entries }>()

/** Read once for as long as none was added. */
function entriesOf(doc: Y.Doc): Entries {
  const map = rootMap(doc, 'provenance')
  if (map === null) return new Map()
  const last = known.get(map)
  if (last?.size === map.size) return last.entries
  const entries = new Map<number, { clock: number; length: number; author: Author }[]>()
  map.forEach((value, key) => {
    const id = /^([0-9a-z]{1,12})\.([0-9a-z]{1,12})$/u.exec(key)
    const read = id === null ? null : Entry.safeParse(value)
    if (id === null || read?.success !== true) return
    const client = Number.parseInt(id[1] ?? '', 36)
    const list = entries.get(client) ?? []
    list.push({ clock: Number.parseInt(id[2] ?? '', 36), ...read.data })
    entries.set(client, list)
  })
  for (const list of entries.values()) list.sort((left, right) => left.clock - right.clock)
  known.set(map, { size: map.size, entries })
  return entries
}

function remember(doc: Y.Doc, client: number, clock: number, length: number, author: Author): void {
  const map = rootMap(doc, 'provenance')
  const key = `${client.toString(36)}.${clock.toString(36)}`
  if (map?.has(key) === false) map.set(key, { length, author })
}

/** The characters of an item that undo made again, from `redone` on. */
function bringBack(doc: Y.Doc, item: Y.Item, redone: { readonly client: number; readonly clock: number }): void {
  const made = Y.getItem(doc.store, Y.createID(redone.client, redone.clock))
  if (!(made instanceof Y.Item) || !(item.parent instanceof Y.Text) || !(made.parent instanceof Y.Text)) return
  const now = ruleOf(doc, made.parent)
  /* The record may be a new one too: only it can still say whose the old one was. */
  const then = item.parent === made.parent ? now : ruleBy(doc, item.parent, now.author)
  for (const part of authorsOf(then, item.id.client, item.id.clock, item.length)) {
    const clock = redone.clock + part.clock - item.id.clock
    paintRun(doc, redone.client, clock, clock + part.length, null, () => part.author, now)
  }
}

/** Writes down whose the characters from `from` to `to` are, where that is not what they would count as. */
function paintRun(doc: Y.Doc, client: number, from: number, to: number, counts: Author | null, wanted: (clock: number) => Author, rule?: Rule): void {
  let at = from
  while (at < to) {
    const author = wanted(at)
    let end = at + 1
    while (end < to && sameAuthor(wanted(end), author)) end += 1
    const isKnown = rule === undefined ? sameAuthor(counts ?? you, author) : authorsOf(rule, client, at, end - at).every((part) => sameAuthor(part.author, author))
    if (!isKnown) remember(doc, client, at, end - at, author)
    at = end
  }
}

function eachRun(text: Y.Text, each: (client: number, clock: number, length: number) => void): void {
  for (let item = text._start; item !== null; item = item.right) {
    if (!item.deleted && item.content instanceof Y.ContentString) each(item.id.client, item.id.clock, item.length)
  }
}

function paintText(doc: Y.Doc, text: Y.Text | null, spans: readonly Span[], since: number): void {
  if (text !== null) paint(doc, text, spans, since)
}

function expand(spans: readonly Span[]): readonly Author[] {
  return spans.flatMap(({ length, author }) => Array.from({ length }, () => author))
}

function push(spans: Span[], length: number, author: Author): void {
  const last = spans.at(-1)
  if (last !== undefined && sameAuthor(last.author, author)) spans[spans.length - 1] = { length: last.length + length, author }
  else spans.push({ length, author })
}

function sameAuthor(left: Author, right: Author): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right)
}
