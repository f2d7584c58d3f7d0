/**
 * The bytes of a Yjs update (format 1), read by ourselves before Yjs may: what it would insert, whose it is, what it would
 * delete. Never throws, allocates no more than the bytes call for, and lets pass only what this program's own documents hold.
 *
 * Refused: lengths of 0, beyond the bytes or beyond `updateLimits`; a client named twice; gaps (Skip); numbers not in their
 * shortest form; text that is not UTF-8; kinds of content that the layout has no use for; keys that reach a prototype; nesting.
 * Source of the format: yjs 13.6, src/utils/encoding.js and src/structs/; lib0's encoding.js.
 */
import * as encoding from 'lib0/encoding'

/** Bytes, levels and counts. */
export const updateLimits = {
  /** Of an update in an envelope, and of a whole document sent to a new device. */
  bytes: 48 * 1024 * 1024,
  whole: 64 * 1024 * 1024,
  clients: 20_000,
  structs: 2_000_000,
  ranges: 4_096,
  wholeRanges: 2_000_000,
  depth: 24,
  key: 1_000,
  /** Of one client's clock: no honest one comes near it. */
  clock: 2 ** 40
} as const

export interface Id {
  readonly client: number
  readonly clock: number
}

/** What one struct claims about its place. A struct that was deleted for good (GC) has none. */
export interface Inserted extends Id {
  /** Its number among the structs of its block. */
  readonly number: number
  readonly length: number
  readonly kind: 'gone' | 'deleted' | 'text' | 'plain' | 'map' | 'list' | 'string'
  readonly left: Id | null
  readonly right: Id | null
  /** A root's name, or the id of the struct that holds the parent; null where a neighbour says it. */
  readonly parent: string | Id | null
  readonly key: string | null
}

/** The structs of one client: clocks `clock` to below `end`, bytes `from` to below `to` of the update. */
export interface Block {
  readonly client: number
  readonly clock: number
  readonly end: number
  readonly structs: readonly Inserted[]
  readonly from: number
  readonly to: number
}

export interface Range {
  readonly clock: number
  readonly length: number
}

export interface Deletions {
  readonly client: number
  readonly ranges: readonly Range[]
}

export interface Contents {
  readonly blocks: readonly Block[]
  readonly deletions: readonly Deletions[]
  /** Where the deletions begin. */
  readonly tail: number
}

const dangerous = new Set(['__proto__', 'constructor', 'prototype'])

/** Null where it is no update that this program could have made. `whole` allows what a whole document needs. */
export function readUpdate(bytes: Uint8Array, whole = false): Contents | null {
  if (bytes.length > (whole ? updateLimits.whole : updateLimits.bytes)) return null
  const reader = new Reader(bytes)
  try {
    const blocks = readBlocks(reader)
    const tail = reader.at
    const deletions = readDeletions(reader, whole ? updateLimits.wholeRanges : updateLimits.ranges)
    reader.check(reader.at === bytes.length)
    return { blocks, deletions, tail }
  } catch (error) {
    if (error === refusal) return null
    throw error
  }
}

/** The same update without the structs of some clients, and with these deletions. */
export function rewriteUpdate(bytes: Uint8Array, contents: Contents, keep: (client: number) => boolean, deletions: readonly Deletions[]): Uint8Array {
  const blocks = contents.blocks.filter(({ client }) => keep(client))
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, blocks.length)
  for (const { from, to } of blocks) encoding.writeUint8Array(encoder, bytes.subarray(from, to))
  encoding.writeVarUint(encoder, deletions.length)
  for (const { client, ranges } of deletions) {
    encoding.writeVarUint(encoder, client)
    encoding.writeVarUint(encoder, ranges.length)
    for (const { clock, length } of ranges) {
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarUint(encoder, length)
    }
  }
  return encoding.toUint8Array(encoder)
}

// ---- reading --------------------------------------------------------------------------------------------------------

/* Thrown and caught here alone: the readers are recursive, and a value at each step would double them. */
const refusal = new Error('not an update of this program')

/** Keys that are remembered while an update is read. */
const mostKeys = 10_000

class Reader {
  readonly bytes: Uint8Array
  at = 0
  /** Where the text that was read last begins. */
  #text = 0
  readonly #keys = new Map<number, string>()

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  check(holds: boolean): void {
    if (!holds) throw refusal
  }

  byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw refusal
    this.at += 1
    return byte
  }

  /** Up to 2⁵³ - 1, in its shortest form. */
  number(): number {
    const first = this.bytes[this.at]
    if (first !== undefined && first < 128) {
      this.at += 1
      return first
    }
    let value = 0
    let factor = 1
    for (let count = 0; count < 8; count += 1) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      factor *= 128
      if (byte < 128) {
        this.check((byte !== 0 || count === 0) && value <= Number.MAX_SAFE_INTEGER)
        return value
      }
    }
    throw refusal
  }

  skip(length: number): void {
    this.check(length <= this.bytes.length - this.at)
    this.at += length
  }

  id(): Id {
    return { client: this.number(), clock: this.number() }
  }

  /** A string's UTF-16 units; it is well-formed UTF-8. */
  units(): number {
    const length = this.number()
    const start = this.at
    this.#text = start
    this.skip(length)
    let units = 0
    for (let index = start; index < this.at; units += 1) {
      const lead = this.bytes[index] ?? 0
      if (lead < 0x80) {
        index += 1
        continue
      }
      const follow = lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1
      this.check(follow >= 0 && index + follow < this.at)
      for (let next = 1; next <= follow; next += 1) {
        const byte = this.bytes[index + next] ?? 0
        /* Overlong forms, surrogates, and beyond U+10FFFF show in the second byte. */
        const least = next > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
        const most = next > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
        this.check(byte >= least && byte <= most)
      }
      if (follow === 3) units += 1
      index += follow + 1
    }
    return units
  }

  /** A key or a root's name: few different ones, most of them said thousands of times. */
  key(): string {
    const units = this.units()
    this.check(units <= updateLimits.key)
    const from = this.#text
    const isPlain = this.at - from === units
    let sum = units
    for (let index = from; isPlain && index < this.at; index += 1) sum = (Math.imul(sum, 31) + (this.bytes[index] ?? 0)) | 0
    const known = isPlain ? this.#keys.get(sum) : undefined
    if (known !== undefined && this.#stands(known, from)) return known
    const key = decodeText(this.bytes.subarray(from, this.at))
    this.check(!dangerous.has(key))
    if (isPlain && this.#keys.size < mostKeys) this.#keys.set(sum, key)
    return key
  }

  #stands(key: string, from: number): boolean {
    if (key.length !== this.at - from) return false
    for (let index = 0; index < key.length; index += 1) if (key.charCodeAt(index) !== this.bytes[from + index]) return false
    return true
  }

  /** A value as lib0 writes it: null, numbers, strings, booleans, lists and records of these. */
  value(depth: number): void {
    this.check(depth <= updateLimits.depth)
    switch (this.byte()) {
      case 127: // undefined
      case 126: // null
      case 121: // false
      case 120: // true
        return
      case 125: // a whole number, its sign in the first byte
        this.#signed()
        return
      case 124:
        return this.skip(4)
      case 123:
        return this.skip(8)
      case 119:
        this.units()
        return
      case 118: {
        for (let count = this.number(); count > 0; count -= 1) {
          this.key()
          this.value(depth + 1)
        }
        return
      }
      case 117: {
        for (let count = this.number(); count > 0; count -= 1) this.value(depth + 1)
        return
      }
      default:
        throw refusal
    }
  }

  #signed(): void {
    for (let byte = this.byte(), count = 1; byte >= 128; count += 1) {
      this.check(count < 8)
      byte = this.byte()
    }
  }
}

function readBlocks(reader: Reader): readonly Block[] {
  const count = reader.number()
  reader.check(count <= updateLimits.clients)
  const blocks: Block[] = []
  const seen = new Set<number>()
  let total = 0
  for (let index = 0; index < count; index += 1) {
    const from = reader.at
    const structs = reader.number()
    total += structs
    reader.check(structs > 0 && total <= updateLimits.structs)
    const client = reader.number()
    reader.check(!seen.has(client))
    seen.add(client)
    const clock = reader.number()
    const inserted: Inserted[] = []
    let end = clock
    for (let number = 0; number < structs; number += 1) {
      const struct = readStruct(reader, client, end, number)
      inserted.push(struct)
      end += struct.length
      reader.check(struct.length > 0 && end <= updateLimits.clock)
    }
    blocks.push({ client, clock, end, structs: inserted, from, to: reader.at })
  }
  return blocks
}

const kinds: Readonly<Record<number, Inserted['kind']>> = { 0: 'list', 1: 'map', 2: 'text' }

function readStruct(reader: Reader, client: number, clock: number, number: number): Inserted {
  const info = reader.byte()
  if (info === 0) return { client, clock, number, length: reader.number(), kind: 'gone', left: null, right: null, parent: null, key: null }
  const left = (info & 0x80) !== 0 ? reader.id() : null
  const right = (info & 0x40) !== 0 ? reader.id() : null
  let parent: string | Id | null = null
  let key: string | null = null
  if (left === null && right === null) {
    const how = reader.number()
    reader.check(how <= 1)
    parent = how === 1 ? reader.key() : reader.id()
    if ((info & 0x20) !== 0) key = reader.key()
  }
  switch (info & 0x1f) {
    case 1:
      return { client, clock, number, length: reader.number(), kind: 'deleted', left, right, parent, key }
    case 4:
      return { client, clock, number, length: reader.units(), kind: 'string', left, right, parent, key }
    case 7: {
      const kind = kinds[reader.number()]
      if (kind === undefined) throw refusal
      return { client, clock, number, length: 1, kind, left, right, parent, key }
    }
    case 8: {
      const length = reader.number()
      for (let index = 0; index < length; index += 1) reader.value(0)
      return { client, clock, number, length, kind: 'plain', left, right, parent, key }
    }
    default:
      /* Gaps, JSON of old versions, binary, embeds, formatting, XML, documents within documents. */
      throw refusal
  }
}

function readDeletions(reader: Reader, most: number): readonly Deletions[] {
  const count = reader.number()
  reader.check(count <= updateLimits.clients)
  const deletions: Deletions[] = []
  const seen = new Set<number>()
  let total = 0
  for (let index = 0; index < count; index += 1) {
    const client = reader.number()
    reader.check(!seen.has(client))
    seen.add(client)
    const number = reader.number()
    total += number
    reader.check(total <= most)
    const ranges: Range[] = []
    let last = 0
    for (let range = 0; range < number; range += 1) {
      const clock = reader.number()
      const length = reader.number()
      /* Rising and apart, as they are written. */
      reader.check(length > 0 && clock >= last && clock + length <= updateLimits.clock)
      last = clock + length
      ranges.push({ clock, length })
    }
    deletions.push({ client, ranges })
  }
  return deletions
}

/** Well-formed UTF-8 of a few hundred bytes. */
function decodeText(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < bytes.length; ) {
    const lead = bytes[index] ?? 0
    const follow = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
    let code = follow === 0 ? lead : lead & (0x3f >> follow)
    for (let next = 1; next <= follow; next += 1) code = (code << 6) | ((bytes[index + next] ?? 0) & 0x3f)
    text += String.fromCodePoint(code)
    index += follow + 1
  }
  return text
}
