/**
 * What of a document stands in envelopes already: for each client how far its clock is covered, and which stretches are
 * deleted. What a document holds beyond that was made on this device since.
 */
import type { Contents, Deletions, Range } from './update.ts'

export interface Coverage {
  readonly clocks: Map<number, number>
  /** Rising and apart. */
  readonly deleted: Map<number, readonly Range[]>
}

export function createCoverage(): Coverage {
  return { clocks: new Map(), deleted: new Map() }
}

/** Takes an update in. */
export function cover(coverage: Coverage, { blocks, deletions }: Pick<Contents, 'blocks' | 'deletions'>): void {
  for (const { client, end } of blocks) coverage.clocks.set(client, Math.max(end, coverage.clocks.get(client) ?? 0))
  for (const { client, ranges } of deletions) coverage.deleted.set(client, union(coverage.deleted.get(client) ?? [], ranges))
}

/** The deletions that are not covered. */
export function uncovered(coverage: Coverage, deletions: readonly Deletions[]): readonly Deletions[] {
  return deletions.flatMap(({ client, ranges }) => {
    const left = subtract(ranges, coverage.deleted.get(client) ?? [])
    return left.length === 0 ? [] : [{ client, ranges: left }]
  })
}

/** In parts of at most `most` ranges each. */
export function splitDeletions(deletions: readonly Deletions[], most: number): readonly (readonly Deletions[])[] {
  const parts: Deletions[][] = []
  let room = 0
  for (const { client, ranges } of deletions) {
    for (let at = 0; at < ranges.length; ) {
      if (room === 0) {
        parts.push([])
        room = most
      }
      const piece = ranges.slice(at, at + room)
      parts.at(-1)?.push({ client, ranges: piece })
      at += piece.length
      room -= piece.length
    }
  }
  return parts
}

function union(left: readonly Range[], right: readonly Range[]): readonly Range[] {
  const all = [...left, ...right].sort((a, b) => a.clock - b.clock)
  const merged: Range[] = []
  for (const range of all) {
    const last = merged.at(-1)
    if (last !== undefined && last.clock + last.length >= range.clock) merged[merged.length - 1] = { clock: last.clock, length: Math.max(last.length, range.clock + range.length - last.clock) }
    else merged.push(range)
  }
  return merged
}

function subtract(ranges: readonly Range[], minus: readonly Range[]): readonly Range[] {
  const left: Range[] = []
  let index = 0
  for (const { clock, length } of ranges) {
    const end = clock + length
    let from = clock
    while (index < minus.length && (minus[index] as Range).clock + (minus[index] as Range).length <= from) index += 1
    for (let at = index; at < minus.length && (minus[at] as Range).clock < end; at += 1) {
      const hole = minus[at] as Range
      if (hole.clock > from) left.push({ clock: from, length: hole.clock - from })
      from = Math.max(from, hole.clock + hole.length)
    }
    if (from < end) left.push({ clock: from, length: end - from })
  }
  return left
}
