/**
 * Whether an update's structs stand where they say. Yjs finds each a place between a left and a right neighbour, and is right to
 * trust that the left one comes first; where it does not, the place depends on the order in which a device integrates, and
 * devices that have the same edits show different texts. No device of ours writes that.
 */
import * as Y from 'yjs'

/** Whether every struct that is new stands between its neighbours, in one list with them. To be asked before Yjs cleans up. */
export function isInOrder({ doc, beforeState, afterState }: Y.Transaction): boolean {
  const orders = new Map<unknown, ReadonlyMap<Y.Item | Y.GC, number>>()
  for (const [client, end] of afterState) {
    const start = beforeState.get(client) ?? 0
    const structs = doc.store.clients.get(client)
    if (end === start || structs === undefined) continue
    for (let index = Y.findIndexSS(structs, start); index < structs.length; index += 1) {
      const struct = structs[index]
      if (!(struct instanceof Y.Item) || !(struct.parent instanceof Y.AbstractType)) continue
      const left = struct.origin === null ? null : structAt(doc, struct.origin)
      const right = struct.rightOrigin === null ? null : structAt(doc, struct.rightOrigin)
      if ((left === null || struct.left === left) && (right === null || struct.right === right)) continue
      const list: unknown = struct.parentSub === null ? struct.parent : (struct.parent._map.get(struct.parentSub) ?? null)
      const order = orders.get(list) ?? orderOf(struct.parent, struct.parentSub)
      orders.set(list, order)
      const place = order.get(struct) ?? -1
      if (place < 0 || (left !== null && !((order.get(left) ?? Infinity) < place)) || (right !== null && !((order.get(right) ?? -1) > place))) return false
    }
  }
  return true
}

/** The place of each struct of a list or text, or of all that was ever set under a key. */
function orderOf(parent: Y.AbstractType<unknown>, key: string | null): ReadonlyMap<Y.Item | Y.GC, number> {
  const order = new Map<Y.Item | Y.GC, number>()
  let item = key === null ? parent._start : (parent._map.get(key) ?? null)
  while (key !== null && item !== null && item.left !== null) item = item.left
  for (; item !== null; item = item.right) order.set(item, order.size)
  return order
}

function structAt(doc: Y.Doc, { client, clock }: Y.ID): Y.Item | Y.GC | null {
  const structs = doc.store.clients.get(client)
  return structs?.[Y.findIndexSS(structs, clock)] ?? null
}
