/**
 * A document as an update, without what Yjs keeps aside because something before it is missing (a full disk may have kept a
 * later edit and not an earlier one): that is nobody's edit yet, and sending it would be a promise about what is not here.
 */
import * as Y from 'yjs'

/** `from`: clocks by client that are not wanted again. */
export function integratedUpdate(doc: Y.Doc, from: ReadonlyMap<number, number> = new Map()): Uint8Array {
  const { store } = doc
  const { pendingStructs, pendingDs } = store
  try {
    store.pendingStructs = null
    store.pendingDs = null
    return Y.encodeStateAsUpdate(doc, Y.encodeStateVector(from as unknown as Y.Doc))
  } finally {
    store.pendingStructs = pendingStructs
    store.pendingDs = pendingDs
  }
}

export function hasPending({ store }: Y.Doc): boolean {
  return store.pendingStructs !== null || store.pendingDs !== null
}
