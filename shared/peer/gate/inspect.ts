/**
 * Whether an update fits a document, looked at without applying it: everything it builds on is there, every struct stands
 * where the layout has a place for it, nothing is nested deeper than the layout goes. An update that passes leaves nothing
 * pending and cannot fail half-way.
 */
import * as Y from 'yjs'
import { rootNames } from '../../document/layout.ts'
import type { Contents, Id, Inserted, Range } from './update.ts'

/** Maps within maps; the layout uses four. */
const maximumNesting = 8

export type Misfit =
  | 'missing' // it builds on something that is not here
  | 'shape' // it puts something where nothing of the kind belongs
  | 'newer' // it writes where only a newer version of the program does

/** Where a struct stands: in which type, of which kind, how deep, under which key. `gone`: what holds it was deleted for good, and it goes too. */
type Place = { readonly holder: unknown; readonly kind: 'map' | 'text' | 'list'; readonly depth: number; readonly key: string | null } | 'gone'

const known = new Set<string>(rootNames)
const rootName = /^[a-z][A-Za-z]{0,63}$/u

/** Null where it fits. */
export function misfitOf(contents: Contents, doc: Y.Doc): Misfit | null {
  const inspector = new Inspection(contents, doc)
  for (const { client, clock, structs } of contents.blocks) {
    const state = Y.getState(doc.store, client)
    if (clock > state) return 'missing'
    /* Structs that are known already too: Yjs looks for their neighbours before it sees that. */
    for (const struct of structs) {
      const misfit = inspector.look(struct)
      if (misfit !== null) return misfit
    }
  }
  for (const { client, ranges } of contents.deletions) {
    const last = ranges.at(-1)
    if (last !== undefined && last.clock + last.length > inspector.stateOf(client)) return 'missing'
  }
  return cutsCharacters(contents, doc) ? 'shape' : null
}

/**
 * Whether it would cut a text of the document between the two units of one character: Yjs puts two others in their place then,
 * for good, and says nothing. No device of ours cuts there.
 */
function cutsCharacters({ blocks, deletions }: Contents, doc: Y.Doc): boolean {
  const cuts = (client: number, clock: number): boolean => {
    const item = itemAt(doc, { client, clock })
    return item instanceof Y.Item && item.content instanceof Y.ContentString && clock > item.id.clock && (item.content.str.codePointAt(clock - item.id.clock - 1) ?? 0) > 0xffff
  }
  return (
    blocks.some(({ structs }) => structs.some(({ left, right }) => (left !== null && cuts(left.client, left.clock + 1)) || (right !== null && cuts(right.client, right.clock)))) ||
    deletions.some(({ client, ranges }) => ranges.some(({ clock, length }) => cuts(client, clock) || cuts(client, clock + length)))
  )
}

class Inspection {
  readonly #doc: Y.Doc
  readonly #blocks: ReadonlyMap<number, Contents['blocks'][number]>
  readonly #deletions: ReadonlyMap<number, readonly Range[]>
  /** Of each client's structs, by their numbers. */
  readonly #places: ReadonlyMap<number, Place[]>
  /** What was looked for last: many stand in the same holder, one after another. */
  #found: Inserted | null = null

  constructor(contents: Contents, doc: Y.Doc) {
    this.#doc = doc
    this.#blocks = new Map(contents.blocks.map((block) => [block.client, block]))
    this.#places = new Map(contents.blocks.map(({ client }) => [client, []]))
    this.#deletions = new Map(contents.deletions.map(({ client, ranges }) => [client, ranges]))
  }

  /** How far a client's clock goes once the update is in. */
  stateOf(client: number): number {
    return Math.max(this.#blocks.get(client)?.end ?? 0, Y.getState(this.#doc.store, client))
  }

  look(struct: Inserted): Misfit | null {
    if (struct.kind === 'gone') return null
    const place = this.#resolve(struct)
    if (isMisfit(place)) return place
    if (place === 'gone') return null
    if (!this.#continues(struct, place)) return 'shape'
    switch (place.kind) {
      case 'map':
        /* What was overwritten under one key, one after another, is written as one: empty, or whole where it is kept for undo. */
        return place.key !== null && struct.kind !== 'string' && (struct.length === 1 || struct.kind === 'deleted' || (struct.kind === 'plain' && this.#deletes(struct))) ? null : 'shape'
      case 'text':
        return place.key === null && (struct.kind === 'string' || struct.kind === 'deleted') ? null : 'shape'
      case 'list':
        return place.key === null && (struct.kind === 'plain' || struct.kind === 'deleted') ? null : 'shape'
    }
  }

  /** Whether the update takes all of the struct away again. */
  #deletes({ client, clock, length }: Inserted): boolean {
    const ranges = this.#deletions.get(client) ?? []
    return ranges.some((range) => range.clock <= clock && clock + length <= range.clock + range.length)
  }

  /** Of a struct whose beginning is known already, Yjs puts the rest behind what is known: that has to stand in the same place. */
  #continues(struct: Inserted, place: Exclude<Place, 'gone'>): boolean {
    const state = Y.getState(this.#doc.store, struct.client)
    if (struct.clock >= state || struct.clock + struct.length <= state) return true
    const item = itemAt(this.#doc, { client: struct.client, clock: state - 1 })
    if (!(item instanceof Y.Item) || !(item.parent instanceof Y.AbstractType)) return false
    const known = placeIn(item.parent, item.parentSub)
    return known !== 'gone' && known.holder === place.holder && known.key === place.key
  }

  #placeOf({ client, number }: Inserted): Place | undefined {
    return this.#places.get(client)?.[number]
  }

  #note({ client, number }: Inserted, place: Place): void {
    const places = this.#places.get(client)
    if (places !== undefined) places[number] = place
  }

  /** Along neighbours and parents, without recursion: a chain of them may be as long as the update. */
  #resolve(start: Inserted): Place | Misfit {
    const done = this.#placeOf(start)
    if (done !== undefined) return done
    /* What most builds on came before it. */
    const first = this.#step(start)
    if (isMisfit(first)) return first
    if (first === 'gone' || !('client' in first)) {
      this.#note(start, first)
      return first
    }
    const stack = [start, first]
    const onStack = new Set<Inserted>(stack)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const found = this.#step(top)
      if (isMisfit(found)) return found
      if (found === 'gone' || !('client' in found)) {
        this.#note(top, found)
        stack.pop()
        onStack.delete(top)
        continue
      }
      /* Two that build on each other are both without a ground. */
      if (onStack.has(found)) return 'missing'
      stack.push(found)
      onStack.add(found)
    }
    return this.#placeOf(start) ?? 'missing'
  }

  /** The place, or the struct of the same update whose place has to be known first. */
  #step(struct: Inserted): Place | Misfit | Inserted {
    const { left, right, parent, key } = struct
    if (left !== null && !this.#isThere(left, struct)) return 'missing'
    if (right !== null && !this.#isThere(right, struct)) return 'missing'
    if (left !== null || right !== null) {
      const before = left === null ? null : this.#beside(left)
      const after = right === null ? null : this.#beside(right)
      if (before !== null && before !== 'gone' && 'client' in before) return before
      if (after !== null && after !== 'gone' && 'client' in after) return after
      /* Yjs gives up what stands beside something that is gone; but where only one of two is, a device that still holds that would not. */
      if (before === 'gone' || after === 'gone') return (before ?? after) === (after ?? before) ? 'gone' : 'shape'
      if (before !== null && after !== null && (before.holder !== after.holder || before.key !== after.key)) return 'shape'
      return before ?? after ?? 'shape'
    }
    if (typeof parent === 'string') {
      if (!known.has(parent)) return rootName.test(parent) ? 'newer' : 'shape'
      const root = this.#doc.share.get(parent)
      return root instanceof Y.Map ? { holder: root, kind: 'map', depth: 1, key } : 'shape'
    }
    if (parent === null) return 'shape'
    if (!this.#isThere(parent, struct)) return 'missing'
    const holder = this.#inserted(parent)
    if (holder === null) {
      const item = itemAt(this.#doc, parent)
      if (!(item instanceof Y.Item) || item.content instanceof Y.ContentDeleted) return 'gone'
      return item.content instanceof Y.ContentType ? placeIn(item.content.type, key) : 'shape'
    }
    if (holder.kind === 'gone' || holder.kind === 'deleted') return 'gone'
    if (holder.kind !== 'map' && holder.kind !== 'text' && holder.kind !== 'list') return 'shape'
    const place = this.#placeOf(holder)
    if (place === undefined) return holder
    if (place === 'gone') return 'gone'
    return place.depth >= maximumNesting ? 'shape' : { holder, kind: holder.kind, depth: place.depth + 1, key }
  }

  #beside(id: Id): Place | Inserted {
    const inserted = this.#inserted(id)
    if (inserted !== null) return inserted.kind === 'gone' ? 'gone' : (this.#placeOf(inserted) ?? inserted)
    const item = itemAt(this.#doc, id)
    if (!(item instanceof Y.Item) || !(item.parent instanceof Y.AbstractType)) return 'gone'
    return placeIn(item.parent, item.parentSub)
  }

  /** Of the same client only what came before it. */
  #isThere({ client, clock }: Id, struct: Inserted): boolean {
    return client === struct.client ? clock < struct.clock : clock < this.stateOf(client)
  }

  /** The struct of the update at this id, where the document does not hold it yet. */
  #inserted({ client, clock }: Id): Inserted | null {
    const block = this.#blocks.get(client)
    if (block === undefined || clock < block.clock || clock >= block.end || clock < Y.getState(this.#doc.store, client)) return null
    const last = this.#found
    if (last !== null && last.client === client && clock >= last.clock && clock < last.clock + last.length) return last
    let [low, high] = [0, block.structs.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const struct = block.structs[middle] as Inserted
      if (clock < struct.clock) high = middle - 1
      else if (clock >= struct.clock + struct.length) low = middle + 1
      else return (this.#found = struct)
    }
    return null
  }
}

function itemAt(doc: Y.Doc, { client, clock }: Id): Y.Item | Y.GC | null {
  const structs = doc.store.clients.get(client)
  if (structs === undefined || clock >= Y.getState(doc.store, client)) return null
  return structs[Y.findIndexSS(structs, clock)] ?? null
}

/** What may stand in a type of the document, and how deep it lies. */
function placeIn(type: Y.AbstractType<unknown>, key: string | null): Place {
  let depth = 1
  for (let holder: Y.Item | null = type._item; holder !== null; depth += 1) {
    if (!(holder.parent instanceof Y.AbstractType)) return 'gone'
    holder = holder.parent._item
  }
  const kind = type instanceof Y.Map ? 'map' : type instanceof Y.Text ? 'text' : type instanceof Y.Array ? 'list' : null
  return kind === null ? 'gone' : { holder: type, kind, depth, key }
}

function isMisfit(found: Place | Misfit | Inserted): found is Misfit {
  return found === 'missing' || found === 'shape' || found === 'newer'
}
