/**
 * Where this device listened last and where its others were last seen, in a sealed file of the home: so that they meet again where
 * multicast does not get through, and after a restart. Hints only; what is lost or wrong here is found anew.
 */
import { randomInt } from 'node:crypto'
import { z } from 'zod'
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

export function readPlaces(home: string, seal: Seal): Places {
  try {
    const found = readPersonal(home, placesFile, seal)
    return found.ok && found.value !== null ? Places.parse(JSON.parse(Buffer.from(found.value).toString('utf8'))) : none
  } catch {
    return none
  }
}

/** What cannot be written is not missed. */
export function writePlaces(home: string, places: Places, seal: Seal): void {
  writePersonal(home, placesFile, Buffer.from(`${JSON.stringify(places)}\n`), seal)
}

/** With a port to listen at, drawn where there was none: it can be told before anything listens there. */
export function withPort(places: Places): Places {
  return places.port === 0 ? { ...places, port: randomInt(49_152, 65_536) } : places
}
