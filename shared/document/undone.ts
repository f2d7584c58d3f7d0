/**
 * What undo must not leave behind. Where two windows wrote the same field at once, one value won. Undo of the winner takes it
 * away, and undo of a removal brings back what held it; but Yjs brings the value of before back only where nobody else wrote:
 * the field would be gone, and with it the whole record that cannot be read without it. So the value that the undone step
 * itself had replaced or removed is put back.
 *
 * Invariants: only fields that held a value before the step and hold none after it; never what was absent before; plain
 * values alone. (Yjs keeps what a step replaced for as long as it may be undone.)
 */
import * as Y from 'yjs'

type Structs = Parameters<typeof Y.iterateDeletedStructs>[1]

/** Ends with the manager. `origin` is that of the edits it makes. */
export function keepFields(doc: Y.Doc, undo: Y.UndoManager, origin: string): void {
  undo.on('stack-item-popped', ({ stackItem: { insertions, deletions } }: { stackItem: { insertions: Structs; deletions: Structs } }) => {
    doc.transact((transaction) => {
      const before = new Map<Y.Map<unknown>, Map<string, unknown>>()
      Y.iterateDeletedStructs(transaction, deletions, (struct: unknown) => {
        /* Of several values in one step the first is the one of before: the others came with the step itself. */
        if (!(struct instanceof Y.Item) || struct.parentSub === null || !(struct.content instanceof Y.ContentAny) || Y.isDeleted(insertions, struct.id)) return
        const parent = standing(doc, struct.parent)
        if (parent !== null && !parent.has(struct.parentSub)) before.set(parent, (before.get(parent) ?? new Map<string, unknown>()).set(struct.parentSub, struct.content.arr.at(-1)))
      })
      for (const [parent, fields] of before) for (const [key, value] of fields) parent.set(key, value)
    }, origin)
  })
}

/** The map, or the one that undo brought back in its place; null where there is none any more. */
function standing(doc: Y.Doc, parent: Y.Item['parent']): Y.Map<unknown> | null {
  if (!(parent instanceof Y.Map)) return null
  let item = parent._item
  while (item !== null && item.redone !== null) {
    const made: unknown = Y.getItem(doc.store, Y.createID(item.redone.client, item.redone.clock))
    if (!(made instanceof Y.Item)) return null
    item = made
  }
  if (item === null) return parent as Y.Map<unknown>
  const type = item.content instanceof Y.ContentType ? item.content.type : null
  return item.deleted || !(type instanceof Y.Map) ? null : (type as Y.Map<unknown>)
}
