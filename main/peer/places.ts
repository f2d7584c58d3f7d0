/**
 * Where this device listened last and where its others were last seen, in a file of the home: so that they meet again where
 * multicast does not get through, and after a restart. Hints only; what is lost or wrong here is found anew.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeTextFile } from '../files.ts'

const Address = z.string().max(60)
const Places = z.object({
  /** 0 where it never listened. */
  port: z.number().int().min(0).max(65_535).catch(0),
  /** A relay's address where *anywhere* is on. */
  relay: z.string().max(300).nullable().catch(null),
  devices: z.record(z.string().max(64), z.array(Address).max(16)).catch({})
})
export type Places = z.infer<typeof Places>

const none: Places = { port: 0, relay: null, devices: {} }

export async function readPlaces(home: string): Promise<Places> {
  try {
    return Places.parse(JSON.parse(await readFile(fileIn(home), 'utf8')))
  } catch {
    return none
  }
}

/** What cannot be written is not missed. */
export async function writePlaces(home: string, places: Places): Promise<void> {
  await mkdir(join(home, 'devices'), { recursive: true, mode: 0o700 }).catch(() => undefined)
  await writeTextFile(fileIn(home), `${JSON.stringify(places)}\n`)
}

function fileIn(home: string): string {
  return join(home, 'devices', 'places.json')
}
