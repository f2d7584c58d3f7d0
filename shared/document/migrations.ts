/**
 * Bringing a document of an earlier layout up to this one. Layout 1 kept a card's lines as a list of plain strings under
 * `policies`; layout 2 (layout.ts) gives each its id, author, place, and a text that merges by character.
 *
 * Devices migrate without asking each other, so: an old line's new id comes from its identity in the document; and all
 * writes of one migration carry a client number that is a digest of exactly these writes. Two devices that held the same
 * make the very same structs, and edits of either merge into them; two that did not make different ones, key by key, and no
 * line is lost. A migration takes what it read out of the old list, so an old line that arrives later is brought over then.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import * as Y from 'yjs'
import { currentLayout, lineAt, lineIds, lineKey, layoutVersion, newMap, orderBetween, rootMap } from './layout.ts'
import { origins } from './document.ts'
import { fail, ok, type Result } from '../result.ts'
import type { PolicyId } from '../schema.ts'

/** One old line of one card. */
interface OldLine {
  readonly card: Y.Map<unknown>
  readonly list: Y.Array<unknown>
  readonly id: PolicyId
  readonly text: string
  readonly order: string
}

/**
 * Brings `doc` up to this program's layout, in one transaction of origin `migration`; gives how many lines were brought
 * over, 0 for a document that needs nothing. A document of a newer layout is `read-only` and left alone.
 */
export function migrate(doc: Y.Doc): Result<number> {
  const layout = layoutVersion(doc)
  if (layout > currentLayout) return fail('read-only', 'these values were written by a newer version of the app', 'update the app to change them; they can be read meanwhile')
  const lines = oldLines(doc)
  if (lines.length > 0) bringOver(doc, lines)
  if (layout < currentLayout) doc.transact(() => rootMap(doc, 'meta')?.set('layout', currentLayout), origins.migration)
  return ok(lines.length)
}

function oldLines(doc: Y.Doc): readonly OldLine[] {
  const lines: OldLine[] = []
  for (const key of [...(rootMap(doc, 'cards')?.keys() ?? [])].sort()) {
    const card = rootMap(doc, 'cards')?.get(key)
    const list = card instanceof Y.Map ? (card as Y.Map<unknown>).get('policies') : null
    if (!(card instanceof Y.Map) || !(list instanceof Y.Array)) continue
    const present = lineIds(card as Y.Map<unknown>)
    let last = present.reduce<string | null>((_, id) => String(lineAt(card as Y.Map<unknown>, id)?.get('order') ?? ''), null)
    for (const { identity, text } of stringsOf(list as Y.Array<unknown>)) {
      last = orderBetween(last, null) ?? orderBetween(null, null) ?? ''
      lines.push({ card: card as Y.Map<unknown>, list: list as Y.Array<unknown>, id: `old-${identity}` as PolicyId, text, order: last })
    }
  }
  return lines
}

/** The strings that stand in a list, each with the number that it alone has on every device. */
function stringsOf(list: Y.Array<unknown>): readonly { readonly identity: string; readonly text: string }[] {
  const strings: { readonly identity: string; readonly text: string }[] = []
  for (let item = list._start; item !== null; item = item.right) {
    if (item.deleted || !item.countable) continue
    const { client, clock } = item.id
    item.content.getContent().forEach((text: unknown, index) => {
      if (typeof text === 'string') strings.push({ identity: `${client.toString(36)}-${(clock + index).toString(36)}`, text })
    })
  }
  return strings
}

function bringOver(doc: Y.Doc, lines: readonly OldLine[]): void {
  const own = doc.clientID
  const client = clientFor(lines)
  try {
    doc.clientID = client
    doc.transact(() => {
      for (const { card, id, text, order } of lines) {
        if (!card._map.has(lineKey(id))) card.set(lineKey(id), newMap({ text: new Y.Text(text), author: card.get('author'), order }))
      }
      for (const list of new Set(lines.map((line) => line.list))) {
        for (let index = list.length - 1; index >= 0; index -= 1) if (typeof list.get(index) === 'string') list.delete(index)
      }
    }, origins.migration)
  } finally {
    doc.clientID = own
  }
}

/* Stands for the code that writes: another order of fields would be other structs, so it must get another name here. */
const writer = 'layout 1 to 2, text author order'

/** 48 bits of a digest of all that will be written, above the 32 bits that devices draw theirs from. */
function clientFor(lines: readonly OldLine[]): number {
  const writes = lines.map(({ card, id, text, order }) => [card._item?.id.client, card._item?.id.clock, id, text, order, card.get('author')])
  const digest = sha256(utf8ToBytes(JSON.stringify([writer, writes])))
  return digest.slice(0, 6).reduce((number, byte) => number * 256 + byte, 0) + 2 ** 51
}
