/**
 * A whole document that passed every check, taken into another one. Who listens for updates is told first, of the bytes as they
 * came: Yjs would encode as much again to tell them afterwards, and the disk can write while the document is made.
 *
 * Only for bytes that are sure to go in, since nobody is told if they did not. What was there already is told once more, which
 * costs its bytes and changes nothing. What listeners edit meanwhile is told as ever.
 */
import * as Y from 'yjs'

type Listener = (update: Uint8Array, origin: unknown, doc: Y.Doc, transaction: Y.Transaction) => void

export function applyWhole(doc: Y.Doc, update: Uint8Array, origin: unknown): void {
  const listeners = (doc._observers.get('update') ?? new Set()) as Set<Listener>
  let own: Y.Transaction | null = null
  /* Yjs encodes right after a transaction's `afterTransactionCleanup`, where anybody listens. */
  const hide = (transaction: Y.Transaction): void => {
    if (transaction === own) doc._observers.delete('update')
  }
  const show = (): void => {
    if (listeners.size > 0) doc._observers.set('update', listeners)
  }
  doc.on('afterTransactionCleanup', hide)
  doc.on('beforeObserverCalls', show)
  try {
    doc.transact((transaction) => {
      own = transaction
      for (const listener of [...listeners]) listener(update, origin, doc, transaction)
      Y.applyUpdate(doc, update, origin)
    }, origin)
  } finally {
    doc.off('afterTransactionCleanup', hide)
    doc.off('beforeObserverCalls', show)
    show()
  }
}
