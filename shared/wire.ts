/**
 * Frames between a window's replica and the home replica. The payload is y-protocols' sync protocol (state vector, then
 * difference, then updates); around it stands what that protocol lacks: a number on each frame that carries edits, and
 * the home's word that everything up to a number is durable.
 *
 * Invariants: numbers start at 1 and rise by 1 on each connection; `saved(n)` is sent only after the storage
 * acknowledged every edit in frames 1 … n; `refused` says why an edit is kept in memory only.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { fail, ok, type Problem, type Result } from './result.ts'

/** Bytes; a longer frame is refused before it is decoded. */
export const maximumFrame = 64 * 1024 * 1024

export type Frame =
  /** A y-protocols message that asks (sync step 1). */
  | { readonly kind: 'ask'; readonly message: Uint8Array }
  /** A y-protocols message that carries edits (sync step 2 or update), to be acknowledged by `saved` or `refused`. */
  | { readonly kind: 'edits'; readonly number: number; readonly message: Uint8Array }
  | { readonly kind: 'saved'; readonly number: number }
  | { readonly kind: 'refused'; readonly number: number; readonly problem: Problem }

const kinds = ['ask', 'edits', 'saved', 'refused'] as const

export function writeFrame(frame: Frame): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, kinds.indexOf(frame.kind))
  switch (frame.kind) {
    case 'ask':
      encoding.writeVarUint8Array(encoder, frame.message)
      break
    case 'edits':
      encoding.writeVarUint(encoder, frame.number)
      encoding.writeVarUint8Array(encoder, frame.message)
      break
    case 'saved':
      encoding.writeVarUint(encoder, frame.number)
      break
    case 'refused':
      encoding.writeVarUint(encoder, frame.number)
      encoding.writeVarString(encoder, JSON.stringify(frame.problem))
      break
  }
  return encoding.toUint8Array(encoder)
}

/** Anything but a whole, well-formed frame is a `bad-input` problem; never throws. */
export function readFrame(bytes: Uint8Array): Result<Frame> {
  if (bytes.length > maximumFrame) return malformed()
  try {
    const decoder = decoding.createDecoder(bytes)
    const kind = kinds[decoding.readVarUint(decoder)]
    const frame = kind === undefined ? null : readBody(kind, decoder)
    if (frame === null || decoding.hasContent(decoder)) return malformed()
    return ok(frame)
  } catch {
    return malformed()
  }
}

function readBody(kind: Frame['kind'], decoder: decoding.Decoder): Frame | null {
  switch (kind) {
    case 'ask':
      return { kind, message: decoding.readVarUint8Array(decoder) }
    case 'edits':
      return { kind, number: decoding.readVarUint(decoder), message: decoding.readVarUint8Array(decoder) }
    case 'saved':
      return { kind, number: decoding.readVarUint(decoder) }
    case 'refused': {
      const number = decoding.readVarUint(decoder)
      const problem: unknown = JSON.parse(decoding.readVarString(decoder))
      return isProblem(problem) ? { kind, number, problem } : null
    }
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'kind' in value && 'message' in value && 'remedy' in value
}

function malformed(): Result<never> {
  return fail('bad-input', 'a message between two replicas was malformed', 'reload the window; nothing was changed')
}
