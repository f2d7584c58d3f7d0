/**
 * The shelf of one home, as the environment wants it: VALUES_STEWARD_MODELS_AT names another address to fetch models from (a
 * mirror; https, or http on this machine), VALUES_STEWARD_CATALOGUE a file with another list, in the form of models/catalogue.json.
 */
import { Readable } from 'node:stream'
import { catalogue, readCatalogue, type CatalogueEntry } from '../../models/catalogue.ts'
import { ownFolder } from '../../models/installed.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { quote, readTextFile } from '../home/files.ts'
import { createModelShelf, type ModelShelf } from './shelf.ts'
import { isAllowed } from './web.ts'

const usualAddress = 'https://huggingface.co'
/** Milliseconds without a byte. */
const patience = 30_000

export interface ShelfPlace {
  /** The home's folder. */
  readonly home: string
  readonly environment: NodeJS.ProcessEnv
  /** The folder of the built-in model; where the app is packed, it is not where it seems. */
  readonly own?: string
}

export function openShelf({ home, environment, own = ownFolder }: ShelfPlace): ModelShelf {
  return createModelShelf({ home, own, base: readAddress(environment), readCatalogue: () => readList(environment), web: { environment, patience }, now: () => Date.now() })
}

function readAddress(environment: NodeJS.ProcessEnv): Result<URL> {
  const given = environment['VALUES_STEWARD_MODELS_AT']
  const address = URL.parse(given === undefined || given === '' ? usualAddress : given)
  if (address === null || !isAllowed(address, true)) return fail('bad-input', 'VALUES_STEWARD_MODELS_AT is not an address that models may be fetched from', 'give one that begins with https://, or take it away')
  return ok(address)
}

async function readList(environment: NodeJS.ProcessEnv): Promise<Result<readonly CatalogueEntry[]>> {
  const given = environment['VALUES_STEWARD_CATALOGUE']
  if (given === undefined || given === '') return ok(catalogue)
  const text = await readTextFile(given, Readable.from([]))
  return text.ok ? readCatalogue(text.value, quote(given)) : text
}
