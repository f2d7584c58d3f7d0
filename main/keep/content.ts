/**
 * What a snapshot or a backup holds: the whole document, and what a home needs to be itself again: the secrets of its device,
 * what it knows of the circle of devices, and the packs that the person added.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { z } from 'zod'
import { parseJson } from '../../shared/json.ts'

export interface Content {
  /** Milliseconds since 1970, by the clock of that moment. */
  readonly takenAt: number
  readonly document: Uint8Array
  /** Of the device; null where it never had any. */
  readonly secrets: Uint8Array | null
  /** Rows of the circle's store in one (peer/store.ts); null where the home was never paired. */
  readonly circle: Uint8Array | null
  readonly packs: readonly { readonly name: string; readonly text: Uint8Array }[]
}

const contentVersion = 1
const Head = z.object({ version: z.number().int().min(1), takenAt: z.number().int().min(0).max(8_640_000_000_000_000) })

export function writeContent({ takenAt, document, secrets, circle, packs }: Content): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, JSON.stringify({ version: contentVersion, takenAt }))
  for (const part of [document, secrets ?? new Uint8Array(), circle ?? new Uint8Array()]) encoding.writeVarUint8Array(encoder, part)
  encoding.writeVarUint(encoder, packs.length)
  for (const { name, text } of packs) {
    encoding.writeVarString(encoder, name)
    encoding.writeVarUint8Array(encoder, text)
  }
  return encoding.toUint8Array(encoder)
}

/** `newer`: a later version of this program wrote it. Null where it is none. */
export function readContent(bytes: Uint8Array): Content | 'newer' | null {
  try {
    const decoder = decoding.createDecoder(bytes)
    const value = parseJson(decoding.readVarString(decoder), 'the head')
    const head = value.ok ? Head.safeParse(value.value) : null
    if (head?.success !== true) return null
    if (head.data.version > contentVersion) return 'newer'
    const [document, secrets, circle] = [part(decoder), part(decoder), part(decoder)]
    const packs: { name: string; text: Uint8Array }[] = []
    for (let count = decoding.readVarUint(decoder); count > 0; count -= 1) packs.push({ name: decoding.readVarString(decoder), text: part(decoder) })
    if (decoding.hasContent(decoder)) return null
    return { takenAt: head.data.takenAt, document, secrets: secrets.length === 0 ? null : secrets, circle: circle.length === 0 ? null : circle, packs }
  } catch {
    return null
  }
}

function part(decoder: decoding.Decoder): Uint8Array {
  return decoding.readVarUint8Array(decoder).slice()
}
