/**
 * What a home keeps about its circle, as rows on the Storage port: the membership log, the envelopes that some device may still
 * need, what was held for the person, and how far everything has been taken in. Made whole again by reading them in order.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Head } from '../../../shared/peer/chain.ts'
import type { DeviceId } from '../../../shared/peer/identity.ts'
import { createCoverage, type Coverage } from '../../../shared/peer/gate/ranges.ts'
import type { Range } from '../../../shared/peer/gate/update.ts'

export type Verdict = 'take' | 'drop'

export type Row =
  /** This home belongs to this circle from here on; what stood before is over. */
  | { readonly kind: 'circle'; readonly circle: string; readonly isFounder: boolean }
  | { readonly kind: 'entry'; readonly bytes: Uint8Array }
  /** Taken in, whoever made it. */
  | { readonly kind: 'envelope'; readonly bytes: Uint8Array }
  | { readonly kind: 'held'; readonly bytes: Uint8Array; readonly why: string }
  | { readonly kind: 'verdict'; readonly hash: string; readonly verdict: Verdict }
  | { readonly kind: 'met'; readonly device: DeviceId; readonly at: number; readonly heads: ReadonlyMap<DeviceId, number> }
  | { readonly kind: 'base'; readonly base: Base }
  /** Whose clients these are, of a document that is about to be taken in whole. */
  | { readonly kind: 'owners'; readonly owners: Base['owners'] }
  /** A device that belongs said that this one was removed. */
  | { readonly kind: 'removed' }
  /** It said two things in one place of its chain. */
  | { readonly kind: 'forked'; readonly device: DeviceId }
  /** A compaction: all that still counts. */
  /** Something of the document was lost here: the whole is wanted from whoever has it. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'all'; readonly rows: readonly Row[] }

/** How far all has been taken in. */
export interface Base {
  readonly heads: ReadonlyMap<DeviceId, Head>
  readonly owners: ReadonlyMap<number, DeviceId>
  readonly coverage: Coverage
}

const kinds = ['circle', 'entry', 'envelope', 'held', 'verdict', 'met', 'base', 'all', 'removed', 'lost', 'owners', 'forked'] as const

export function writeRow(row: Row): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, kinds.indexOf(row.kind))
  switch (row.kind) {
    case 'circle':
      encoding.writeUint8Array(encoder, hexToBytes(row.circle))
      encoding.writeUint8(encoder, row.isFounder ? 1 : 0)
      break
    case 'entry':
    case 'envelope':
      encoding.writeUint8Array(encoder, row.bytes)
      break
    case 'held':
      encoding.writeVarString(encoder, row.why)
      encoding.writeUint8Array(encoder, row.bytes)
      break
    case 'verdict':
      encoding.writeUint8Array(encoder, hexToBytes(row.hash))
      encoding.writeUint8(encoder, row.verdict === 'take' ? 1 : 0)
      break
    case 'met':
      encoding.writeUint8Array(encoder, hexToBytes(row.device))
      encoding.writeVarUint(encoder, row.at)
      encoding.writeVarUint(encoder, row.heads.size)
      for (const [device, seq] of row.heads) {
        encoding.writeUint8Array(encoder, hexToBytes(device))
        encoding.writeVarUint(encoder, seq)
      }
      break
    case 'base':
      writeBase(encoder, row.base)
      break
    case 'owners':
      writeOwners(encoder, row.owners)
      break
    case 'removed':
    case 'lost':
      break
    case 'forked':
      encoding.writeUint8Array(encoder, hexToBytes(row.device))
      break
    case 'all':
      encoding.writeVarUint(encoder, row.rows.length)
      for (const one of row.rows) encoding.writeVarUint8Array(encoder, writeRow(one))
      break
  }
  return encoding.toUint8Array(encoder)
}

/** Null where it is none: written by a newer version, or damaged in a way that its checksum did not show. */
export function readRow(bytes: Uint8Array): Row | null {
  try {
    const decoder = decoding.createDecoder(bytes)
    const kind = kinds[decoding.readUint8(decoder)]
    return kind === undefined ? null : readBody(kind, decoder)
  } catch {
    return null
  }
}

/** Whether a home with these rows was ever paired. */
export function holdsCircle(rows: readonly Uint8Array[]): boolean {
  return rows.map(readRow).some((row) => row?.kind === 'circle' || (row?.kind === 'all' && row.rows.some(({ kind }) => kind === 'circle')))
}

function readBody(kind: Row['kind'], decoder: decoding.Decoder): Row {
  switch (kind) {
    case 'circle':
      return { kind, circle: readHex(decoder, 32), isFounder: decoding.readUint8(decoder) === 1 }
    case 'entry':
    case 'envelope':
      return { kind, bytes: decoding.readTailAsUint8Array(decoder).slice() }
    case 'held': {
      const why = decoding.readVarString(decoder)
      return { kind, why, bytes: decoding.readTailAsUint8Array(decoder).slice() }
    }
    case 'verdict':
      return { kind, hash: readHex(decoder, 32), verdict: decoding.readUint8(decoder) === 1 ? 'take' : 'drop' }
    case 'met': {
      const device = readHex(decoder, 16) as DeviceId
      const at = decoding.readVarUint(decoder)
      const heads = new Map<DeviceId, number>()
      for (let count = decoding.readVarUint(decoder); count > 0; count -= 1) heads.set(readHex(decoder, 16) as DeviceId, decoding.readVarUint(decoder))
      return { kind, device, at, heads }
    }
    case 'base':
      return { kind, base: readBase(decoder) }
    case 'owners':
      return { kind, owners: readOwners(decoder) }
    case 'removed':
    case 'lost':
      return { kind }
    case 'forked':
      return { kind, device: readHex(decoder, 16) as DeviceId }
    case 'all': {
      const rows: Row[] = []
      for (let count = decoding.readVarUint(decoder); count > 0; count -= 1) {
        const row = readRow(decoding.readVarUint8Array(decoder).slice())
        if (row !== null) rows.push(row)
      }
      return { kind, rows }
    }
  }
}

function writeBase(encoder: encoding.Encoder, { heads, owners, coverage }: Base): void {
  encoding.writeVarUint(encoder, heads.size)
  for (const [device, { seq, hash }] of heads) {
    encoding.writeUint8Array(encoder, hexToBytes(device))
    encoding.writeVarUint(encoder, seq)
    encoding.writeUint8Array(encoder, hexToBytes(hash))
  }
  writeOwners(encoder, owners)
  encoding.writeVarUint(encoder, coverage.clocks.size)
  for (const [client, clock] of coverage.clocks) {
    encoding.writeVarUint(encoder, client)
    encoding.writeVarUint(encoder, clock)
  }
  encoding.writeVarUint(encoder, coverage.deleted.size)
  for (const [client, ranges] of coverage.deleted) {
    encoding.writeVarUint(encoder, client)
    encoding.writeVarUint(encoder, ranges.length)
    for (const { clock, length } of ranges) {
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarUint(encoder, length)
    }
  }
}

function writeOwners(encoder: encoding.Encoder, owners: Base['owners']): void {
  encoding.writeVarUint(encoder, owners.size)
  for (const [client, device] of owners) {
    encoding.writeVarUint(encoder, client)
    encoding.writeUint8Array(encoder, hexToBytes(device))
  }
}

function readBase(decoder: decoding.Decoder): Base {
  const heads = new Map<DeviceId, Head>()
  for (let count = decoding.readVarUint(decoder); count > 0; count -= 1) {
    const device = readHex(decoder, 16) as DeviceId
    heads.set(device, { seq: decoding.readVarUint(decoder), hash: readHex(decoder, 32) })
  }
  const owners = readOwners(decoder)
  const coverage = createCoverage()
  for (let count = decoding.readVarUint(decoder); count > 0; count -= 1) coverage.clocks.set(decoding.readVarUint(decoder), decoding.readVarUint(decoder))
  for (let count = decoding.readVarUint(decoder); count > 0; count -= 1) {
    const client = decoding.readVarUint(decoder)
    const ranges: Range[] = []
    for (let number = decoding.readVarUint(decoder); number > 0; number -= 1) ranges.push({ clock: decoding.readVarUint(decoder), length: decoding.readVarUint(decoder) })
    coverage.deleted.set(client, ranges)
  }
  return { heads, owners, coverage }
}

function readOwners(decoder: decoding.Decoder): Base['owners'] {
  const owners = new Map<number, DeviceId>()
  for (let count = decoding.readVarUint(decoder); count > 0; count -= 1) owners.set(decoding.readVarUint(decoder), readHex(decoder, 16) as DeviceId)
  return owners
}

function readHex(decoder: decoding.Decoder, length: number): string {
  return bytesToHex(decoding.readUint8Array(decoder, length))
}
