/** The digest of a home's header, worked out anew: keys in order, SHA-256, the first 16 bytes. */
import { createHash } from 'node:crypto'

export function digestOf(header: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(JSON.stringify(sorted(header))).digest('hex').slice(0, 32)
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted((value as Record<string, unknown>)[key])]))
}
