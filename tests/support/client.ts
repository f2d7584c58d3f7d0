/** The other end of the sync channel as a test drives it: a document, the frames that it sends, and what the home answered. */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageYjsSyncStep1, readSyncMessage, writeSyncStep1, writeSyncStep2, writeUpdate } from 'y-protocols/sync'
import * as Y from 'yjs'
import type { Transport } from '../../shared/ports.ts'
import type { Problem } from '../../shared/result.ts'
import { readFrame, writeFrame } from '../../shared/wire.ts'

export interface Client {
  readonly doc: Y.Doc
  /** Numbers of the frames with edits that were sent. */
  readonly sent: number[]
  readonly saved: number[]
  readonly refused: { readonly number: number; readonly problem: Problem }[]
  isClosed: boolean
  disconnect(): void
}

/** Connects `doc` as a window does: asks, answers, then sends each edit. */
export function connectClient(transport: Transport, doc = new Y.Doc()): Client {
  const client: Client = { doc, sent: [], saved: [], refused: [], isClosed: false, disconnect: () => transport.close() }
  const give = (write: (encoder: encoding.Encoder) => void): void => {
    const number = client.sent.length + 1
    client.sent.push(number)
    transport.send(writeFrame({ kind: 'edits', number, message: encoded(write) }))
  }
  const onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin !== client) give((encoder) => writeUpdate(encoder, update))
  }
  doc.on('update', onUpdate)
  transport.onClose(() => {
    client.isClosed = true
    doc.off('update', onUpdate)
  })
  transport.onFrame((bytes) => {
    const read = readFrame(bytes)
    if (!read.ok) throw new Error(read.error.message)
    const frame = read.value
    if (frame.kind === 'saved') client.saved.push(frame.number)
    else if (frame.kind === 'refused') client.refused.push(frame)
    else {
      const decoder = decoding.createDecoder(frame.message)
      if (frame.kind === 'ask') {
        if (decoding.readVarUint(decoder) === messageYjsSyncStep1) give((encoder) => writeSyncStep2(encoder, doc, decoding.readVarUint8Array(decoder)))
      } else readSyncMessage(decoder, encoding.createEncoder(), doc, client)
    }
  })
  transport.send(writeFrame({ kind: 'ask', message: encoded((encoder) => writeSyncStep1(encoder, doc)) }))
  return client
}

function encoded(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}
