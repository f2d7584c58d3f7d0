/** The real clock, the real chance, and what this program calls itself: what the ports of shared/ports.ts are in production. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Clock, Random } from '../shared/ports.ts'

export const systemClock: Clock = { now: () => Date.now() }

export const systemRandom: Random = { bytes: (length) => randomBytes(length) }

/** Of package.json. */
export function readVersion(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version
}
