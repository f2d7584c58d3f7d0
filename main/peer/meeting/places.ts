/**
 * Where this device listened last and where its others were last seen, in a sealed file of the home: so that they meet again where
 * multicast does not get through, and after a restart. Hints only; what is lost or wrong here is found anew.
 */
import { randomInt } from 'node:crypto'
import { z } from 'zod'
import type { Problem } from '../../../shared/result.ts'
import { readPersonal, writePersonal, type Seal } from '../../vault/seal.ts'

const Address = z.string().max(60)
const Places = z.object({
  /** 0 where it never listened. */
  port: z.number().int().min(0).max(65_535).catch(0),
  /** A relay's address where *anywhere* is on. */
  relay: z.string().max(300).nullable().catch(null),
  devices: z.record(z.string().max(64), z.array(Address).max(16)).catch({})
})
export type Places = z.infer<typeof Places>

/** Sealed, in the home. */
export const placesFile = 'devices/places.json'

const none: Places = { port: 0, relay: null, devices: {} }

/** `tell`: it is there and cannot be read; the next that is written takes its place, and the relay is off then. */
export function readPlaces(home: string, seal: Seal, tell: (problem: Problem) => void = () => undefined): Places {
  const found = readPersonal(home, placesFile, seal)
  if (found.ok && found.value === null) return none
  try {
    if (found.ok && found.value !== null) return Places.parse(JSON.parse(Buffer.from(found.value).toString('utf8')))
  } catch {
    /* Opened, and no list of places all the same. */
  }
  tell(lost)
  return none
}

const lost: Problem = { kind: 'storage', message: 'where this device saw your others last cannot be read', remedy: 'they find each other anew; where they met through a relay, too, switch Anywhere on again' }

/** What cannot be written is not missed. */
export function writePlaces(home: string, places: Places, seal: Seal): void {
  writePersonal(home, placesFile, Buffer.from(`${JSON.stringify(places)}\n`), seal)
}

/** With a port to listen at, drawn where there was none: it can be told before anything listens there. */
export function withPort(places: Places): Places {
  return places.port === 0 ? { ...places, port: randomInt(49_152, 65_536) } : places
}
