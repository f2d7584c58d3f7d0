/**
 * The home's end of the sync channel to one window (shared/wire.ts): asks on connecting, answers, passes on what others edit,
 * and says of each edit that came whether it is durable.
 *
 * Invariant: `saved` is sent after the replica says so, and `refused` with what stands against it; a frame that is no message
 * of a window closes the channel.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageYjsSyncStep1, writeSyncStep1, writeUpdate } from 'y-protocols/sync'
import * as Y from 'yjs'
import type { Transport } from '../shared/ports.ts'
import type { Problem, Result } from '../shared/result.ts'
import { readFrame, writeFrame, type Frame } from '../shared/wire.ts'

/** What became of an update; nothing has changed where it was malformed. */
export type Taken = 'new' | 'known' | 'malformed'

/** The replica at this end. */
export interface Replica {
  readonly doc: Y.Doc
  /** Why it takes nothing; null where it does. */
  readonly readOnly: Problem | null
  take(update: Uint8Array, channel: Channel): Taken
  saved(): Promise<Result<void>>
  /** Like `saved`, but waits through failures too; false when the home closed before. */
  durable(): Promise<boolean>
}

export class Channel {
  readonly #home: Replica
  readonly #transport: Transport
  #sent = 0

  constructor(home: Replica, transport: Transport) {
    this.#home = home
    this.#transport = transport
  }

  start(): void {
    this.#transport.onFrame((bytes) => {
      const frame = readFrame(bytes)
      if (!frame.ok || !this.#take(frame.value)) this.#transport.close()
    })
    this.#send({ kind: 'ask', message: encoded((encoder) => writeSyncStep1(encoder, this.#home.doc)) })
  }

  /** An update made elsewhere. */
  give(update: Uint8Array): void {
    this.#sent += 1
    this.#send({ kind: 'edits', number: this.#sent, message: encoded((encoder) => writeUpdate(encoder, update)) })
  }

  end(): void {
    this.#transport.close()
  }

  /** False where it is no message of a window. */
  #take(frame: Frame): boolean {
    switch (frame.kind) {
      case 'ask':
        return this.#answer(frame.message)
      case 'edits':
        return this.#edit(frame.number, frame.message)
      case 'saved':
      case 'refused':
        return true
    }
  }

  #answer(message: Uint8Array): boolean {
    try {
      const decoder = decoding.createDecoder(message)
      if (decoding.readVarUint(decoder) !== messageYjsSyncStep1) return false
      this.give(Y.encodeStateAsUpdate(this.#home.doc, decoding.readVarUint8Array(decoder)))
      return true
    } catch {
      return false
    }
  }

  #edit(number: number, message: Uint8Array): boolean {
    const update = updateIn(message)
    const taken = update === null ? 'malformed' : this.#home.take(update, this)
    if (taken === 'malformed') return false
    if (this.#home.readOnly === null) void this.#acknowledge(number)
    else this.#send(taken === 'new' ? { kind: 'refused', number, problem: this.#home.readOnly } : { kind: 'saved', number })
    return true
  }

  async #acknowledge(number: number): Promise<void> {
    const saved = await this.#home.saved()
    if (saved.ok) return this.#send({ kind: 'saved', number })
    this.#send({ kind: 'refused', number, problem: saved.error })
    if (await this.#home.durable()) this.#send({ kind: 'saved', number })
  }

  #send(frame: Frame): void {
    this.#transport.send(writeFrame(frame))
  }
}

/** The update inside a sync message, if it is whole: read to its end before the document sees it. */
function updateIn(message: Uint8Array): Uint8Array | null {
  try {
    const decoder = decoding.createDecoder(message)
    const kind = decoding.readVarUint(decoder)
    if (kind !== 1 && kind !== 2) return null
    const update = decoding.readVarUint8Array(decoder)
    Y.decodeUpdate(update)
    return update
  } catch {
    return null
  }
}

function encoded(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}
