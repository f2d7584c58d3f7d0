/**
 * Where everything stands in the Y.Doc (layout 2), and the writes that more than one command needs. Ids are keys and never
 * stand inside a record, so that the two cannot disagree.
 *
 * | root map    | key                  | value                                                                             |
 * | cards       | CardId               | Y.Map: title, story, obstacles (Y.Text); for each line, under `line:` and its PolicyId, Y.Map: text (Y.Text), author, order; contexts (Y.Map by ContextId of an order); status, kind, author, createdAt, updatedAt |
 * | contexts    | ContextId            | Y.Map: text (Y.Text); within (Y.Map by ContextId of an order); synonymOf           |
 * | edges       | from, to and context | Y.Map: reallyAbout, confused, story (Y.Text); mapping (Y.Map by PolicyId of {becomes, because}); createdAt |
 * | norms, commitments, scenarios | their id | Y.Map of plain values by field                                               |
 * | rehearsals  | RehearsalId          | Y.Map of plain values by field; each verdict, mend and later answer under `verdict:`, `edit:`, `reask:` and its id, only ever added |
 * | domains     | key of a domain      | Y.Map of plain values by field                                                     |
 * | trials      | ScenarioId           | a plain record, replaced as a whole                                                |
 * | sessions    | SessionId            | Y.Map of plain values by field; under `text:` and a question, Y.Text; under `turn:` and a question {at, answer}; under `pick:`, a question and a place, Y.Map: text (Y.Text), isKept; under `settled:`, a PolicyId and a rule, the line's words then |
 * | notes       | NoteId               | Y.Map of plain values by field                                                     |
 * | merges      | CardId               | what merging this card into another did, replaced as a whole (commands/merge.ts); under two ids, that they are to stay two |
 * | provenance  | a run of characters  | whose they are, only ever added (provenance.ts)                                    |
 * | versions    | CardId and VersionId | {savedAt, author, card}, never changed: two devices append without meeting         |
 * | meta        | layout               | the layout's number                                                                |
 *
 * An order is a fraction between 0 and 1 written in base 62: moving a line writes that line's order and nothing else, so a
 * line is never lost or doubled by moves on two devices; equal orders stand by id.
 */
import * as Y from 'yjs'
import type { CardId, PolicyId, VersionId } from '../schema.ts'

/** The layout that this program writes. */
export const currentLayout = 2

export const rootNames = ['cards', 'contexts', 'edges', 'norms', 'commitments', 'scenarios', 'rehearsals', 'domains', 'trials', 'sessions', 'notes', 'merges', 'provenance', 'versions', 'meta'] as const
export type RootName = (typeof rootNames)[number]

/** Roots whose every entry is one record of a reading; the others are looked up where they are needed. */
export type TableName = Exclude<RootName, 'versions' | 'provenance' | 'meta'>

export function isTable(name: RootName): name is TableName {
  return name !== 'versions' && name !== 'provenance' && name !== 'meta'
}

/** A root map; null where a hostile document has made it something else. */
export function rootMap(doc: Y.Doc, name: RootName): Y.Map<unknown> | null {
  try {
    return doc.getMap(name)
  } catch {
    return null
  }
}

/** A record of a root map, or null where there is none. */
export function recordMap(doc: Y.Doc, name: RootName, key: string): Y.Map<unknown> | null {
  return mapAt(rootMap(doc, name), key)
}

/** The map under `key`, or null where something else or nothing stands there. */
export function mapAt(map: Y.Map<unknown> | null, key: string): Y.Map<unknown> | null {
  const value = map?.get(key)
  return value instanceof Y.Map && !(value instanceof Y.XmlHook) ? value : null
}

/** The text under `key`, or null where something else or nothing stands there. */
export function textAt(map: Y.Map<unknown> | null, key: string): Y.Text | null {
  const value = map?.get(key)
  return value instanceof Y.Text && !(value instanceof Y.XmlText) ? value : null
}

/** The number of the layout that `doc` is written in; that of this program where it says nothing (an empty document). */
export function layoutVersion(doc: Y.Doc): number {
  const layout = rootMap(doc, 'meta')?.get('layout')
  return typeof layout === 'number' && Number.isSafeInteger(layout) && layout > 0 ? layout : currentLayout
}

export function versionKey(card: CardId, version: VersionId): string {
  return `${card}|${version}`
}

/** A fresh map of these entries, to be put into the document once. */
export function newMap(fields: Readonly<Record<string, unknown>>): Y.Map<unknown> {
  return new Y.Map(Object.entries(fields))
}

/** A fresh map of `keys` in their order. */
export function newOrderedSet(keys: readonly string[]): Y.Map<unknown> {
  const orders = spreadOrders(keys.length)
  return new Y.Map(keys.map((key, index): [string, unknown] => [key, orders[index]]))
}

/** Keys of an ordered set as they stand. */
export function orderedKeys(set: Y.Map<unknown>): readonly string[] {
  const entries: Placed[] = []
  set.forEach((order, key) => entries.push(placed(key, order)))
  return inOrder(entries)
}

/** The key of a line in its card's map. */
export function lineKey(id: PolicyId): string {
  return `line:${id}`
}

/** A line of a card, or null where there is none. */
export function lineAt(card: Y.Map<unknown> | null, id: PolicyId): Y.Map<unknown> | null {
  return mapAt(card, lineKey(id))
}

/** Ids of a card's lines in the order in which they stand; a hostile document may hold ids here that are none. */
export function lineIds(card: Y.Map<unknown>): readonly PolicyId[] {
  const lines: Placed[] = []
  card.forEach((value, key) => {
    if (key.startsWith('line:')) lines.push(placed(key.slice('line:'.length), value instanceof Y.Map ? value.get('order') : ''))
  })
  return inOrder(lines) as readonly PolicyId[]
}

/** Makes `keys` the whole of an ordered set, in their order, with as few writes as that takes. */
export function writeOrderedSet(set: Y.Map<unknown>, keys: readonly string[]): void {
  for (const key of [...set.keys()]) if (!keys.includes(key)) set.delete(key)
  const orders = keys.map((key) => set.get(key))
  if (isRising(orders)) return
  const fresh = spreadOrders(keys.length)
  keys.forEach((key, index) => {
    if (set.get(key) !== fresh[index]) set.set(key, fresh[index])
  })
}

/**
 * Makes `target` read `next` by deleting and inserting what stands between what stays: what both begin and end with, and the
 * longest stretches of whole words between. So edits made elsewhere in the text at the same time survive, and words that stay
 * stay whose they are. Never cuts a surrogate pair.
 */
export function writeText(target: Y.Text, next: string): void {
  const now = target.toString()
  if (now === next) return
  if (target.length !== now.length) {
    // Something that is no text stands in it: only a whole replacement is safe.
    target.delete(0, target.length)
    target.insert(0, next)
    return
  }
  for (const { at, gone, come } of editsBetween(now, next).toReversed()) {
    if (gone > 0) target.delete(at, gone)
    if (come !== '') target.insert(at, come)
  }
}

interface Edit {
  /** Place in the text as it was. */
  readonly at: number
  readonly gone: number
  readonly come: string
}

/** In their order; `at` is where `now` begins in the text. */
function editsBetween(now: string, next: string, at = 0): readonly Edit[] {
  const shorter = Math.min(now.length, next.length)
  let start = 0
  while (start < shorter && now.charCodeAt(start) === next.charCodeAt(start)) start += 1
  if (start > 0 && isHighSurrogate(now.charCodeAt(start - 1))) start -= 1
  let end = 0
  while (end < shorter - start && now.charCodeAt(now.length - 1 - end) === next.charCodeAt(next.length - 1 - end)) end += 1
  if (end > 0 && isLowSurrogate(now.charCodeAt(now.length - end))) end -= 1
  const [gone, come] = [now.slice(start, now.length - end), next.slice(start, next.length - end)]
  if (gone === '' && come === '') return []
  const stays = longestStretch(gone, come)
  if (stays === null) return [{ at: at + start, gone: gone.length, come }]
  const { from, to, length } = stays
  return [...editsBetween(gone.slice(0, from), come.slice(0, to), at + start), ...editsBetween(gone.slice(from + length), come.slice(to + length), at + start + from + length)]
}

/** Shorter ones, in characters, are in any two texts. */
const shortestStretch = 6
/** Pairs of words that are compared at most. */
const mostPairs = 250_000

/** The longest stretch of whole words that is in both, by its places there; null where none is worth keeping. */
function longestStretch(one: string, other: string): { readonly from: number; readonly to: number; readonly length: number } | null {
  if (Math.min(one.length, other.length) < shortestStretch) return null
  const [words, others] = [one, other].map((text) => text.split(/(?<=\s)/u)) as [string[], string[]]
  if (words.length * others.length > mostPairs) return null
  const runs = new Uint32Array(others.length + 1)
  let best = { from: 0, to: 0, length: 0 }
  let from = 0
  for (const word of words) {
    from += word.length
    let to = other.length
    for (let at = others.length - 1; at >= 0; at -= 1) {
      const length = others[at] === word ? (runs[at] ?? 0) + word.length : 0
      runs[at + 1] = length
      if (length > best.length) best = { from: from - length, to: to - length, length }
      to -= others[at]?.length ?? 0
    }
  }
  return best.length < shortestStretch ? null : best
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** An order strictly between two (null: the start, the end), or null where there is no room: equal, reversed or foreign orders. */
export function orderBetween(before: string | null, after: string | null): string | null {
  if ((before !== null && !isOrder(before)) || (after !== null && !isOrder(after))) return null
  if (before !== null && after !== null && before >= after) return null
  let order = ''
  let upper = after
  for (let index = 0; ; index += 1) {
    const low = before !== null && index < before.length ? digits.indexOf(before.charAt(index)) : 0
    const high = upper === null ? digits.length : index < upper.length ? digits.indexOf(upper.charAt(index)) : 0
    const middle = (low + high) >> 1
    if (middle > low) return order + digits.charAt(middle)
    order += digits.charAt(low)
    if (high > low) upper = null
  }
}

/** `count` rising orders with room before, between and behind them. */
export function spreadOrders(count: number): readonly string[] {
  let width = 1
  while (digits.length ** width <= count) width += 1
  const step = digits.length ** width / (count + 1)
  return Array.from({ length: count }, (_, index) => {
    let rest = Math.floor(step * (index + 1))
    let order = ''
    for (let place = 0; place < width; place += 1) {
      order = digits.charAt(rest % digits.length) + order
      rest = Math.floor(rest / digits.length)
    }
    return order.replace(/0+$/u, '')
  })
}

interface Placed {
  readonly key: string
  readonly order: string
}

/* An order that is no text counts as ''. */
function placed(key: string, order: unknown): Placed {
  return { key, order: typeof order === 'string' ? order : '' }
}

function inOrder(entries: Placed[]): readonly string[] {
  return entries.sort((a, b) => compare(a.order, b.order) || compare(a.key, b.key)).map((entry) => entry.key)
}

/** A fraction above 0 in its shortest form: something in base 62 that does not end in 0. */
function isOrder(order: string): boolean {
  return /^[0-9A-Za-z]*[1-9A-Za-z]$/u.test(order)
}

function isRising(orders: readonly unknown[]): boolean {
  return orders.every((order, index) => {
    const previous = index === 0 ? '' : orders[index - 1]
    return typeof order === 'string' && typeof previous === 'string' && isOrder(order) && previous < order
  })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}
