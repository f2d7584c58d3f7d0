/**
 * Rows of a log found by their shape alone, wherever they stand in a file or in what lies beside it: for a page whose head is
 * damaged, which SQLite then reads nothing of. A row that lies over several pages is not found.
 *
 * A row's cell is the length of its record, its number, and the record: how long the record's head is, NULL in place of the
 * number, a blob, a blob of 16 bytes; then both. Source: https://sqlite.org/fileformat2.html#record_format
 */
export interface Carved {
  readonly number: number
  readonly bytes: Uint8Array
  readonly checksum: Uint8Array
}

/** What only looks like a row is among them: its checksum tells. */
export function* carve(file: Uint8Array): Generator<Carved> {
  for (let at = 1; at < file.length; at += 1) {
    const head = file[at] ?? 0
    if (head < 4 || head > 7 || file[at + 1] !== 0 || file[at + head - 1] !== blobOf16) continue
    const blob = readVarint(file, at + 2)
    if (blob === null || blob.length !== head - 3 || blob.value < 14 || blob.value % 2 !== 0) continue
    const [start, size] = [at + head, (blob.value - 12) / 2]
    const number = numberBefore(file, at)
    if (number !== null && start + size + 16 <= file.length) yield { number, bytes: file.slice(start, start + size), checksum: file.slice(start + size, start + size + 16) }
  }
}

const blobOf16 = 12 + 2 * 16

/** The varint that ends just before `at`; the byte before it ends another one. */
function numberBefore(file: Uint8Array, at: number): number | null {
  let from = at - 1
  while (from > 0 && at - from < 8 && ((file[from - 1] ?? 0) & 0x80) !== 0) from -= 1
  const found = readVarint(file, from)
  return found?.length === at - from ? found.value : null
}

/** Of eight bytes at most: none of a log is larger. */
function readVarint(file: Uint8Array, at: number): { readonly value: number; readonly length: number } | null {
  let value = 0
  for (let length = 1; length <= 8; length += 1) {
    const byte = file[at + length - 1]
    if (byte === undefined) return null
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return { value, length }
  }
  return null
}
