/**
 * The packs that there are: those shipped with the app, and those in the folder `packs` of the person's home, where a file
 * that somebody drops is read the next time anyone looks.
 *
 * Invariants: never throws; a file that cannot be read is left out with one sentence, and the others are kept; nothing is
 * written but by `addPack`, and that only into the home's folder, under a name made from the pack's own id.
 */
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quoted } from '../shared/json.ts'
import { readPack, type Library, type LibraryScenario, type Pack } from '../shared/packs/pack.ts'
import { fail, ok, type Result } from '../shared/result.ts'
import { limits, type Scenario } from '../shared/schema.ts'

/** Found beside this file in the sources and in the packed app alike. */
const shipped = fileURLToPath(new URL('../shared/packs/library/', import.meta.url))
const mostFiles = 200

/** What the steward needs of the packs of one home. */
export function packsOf(home: string): { readonly read: () => Promise<Library>; readonly add: (name: string, text: string) => Promise<Result<string>> } {
  return { read: () => readLibrary(home), add: (name, text) => addPack(home, name, text) }
}

/** `home` null: the shipped ones alone. */
export async function readLibrary(home: string | null): Promise<Library> {
  const ours = await readFolder(shipped, 'library')
  const others = home === null ? { packs: [], problems: [] } : await readFolder(join(home, 'packs'), 'imported')
  const packs: Pack[] = []
  const problems = [...ours.problems, ...others.problems]
  for (const pack of [...ours.packs, ...others.packs]) {
    if (packs.some(({ head }) => head.id === pack.head.id)) problems.push(`the pack ${quoted(pack.head.title)} is left out: there is another one of the id ${quoted(pack.head.id)}`)
    else packs.push(pack)
  }
  return {
    packs: packs.map(({ head, scenarios }, at) => ({ ...head, source: ours.packs[at] === undefined ? 'imported' : 'library', count: scenarios.length })),
    scenarios: packs.flatMap((pack) => pack.scenarios),
    problems
  }
}

/** A situation in DESIGN's words; `pack` null for one of the person's own. */
export interface ScenarioView {
  readonly id: string
  readonly domain: string
  readonly mode: Scenario['mode']
  readonly situation: string
  readonly options: readonly string[]
  readonly paraphrases: readonly string[]
  readonly pack: string | null
}

/** Those of the packs in their order, then the person's own, the oldest first. */
export function viewScenarios(library: Library, own: Readonly<Record<string, Scenario>>): readonly ScenarioView[] {
  const ours = Object.values(own).sort((left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1))
  return [
    ...library.scenarios.map(({ id, domain, mode, situation, options, paraphrases, pack }) => ({ id, domain, mode, situation, options, paraphrases: paraphrases.map((other) => other.situation), pack })),
    ...ours.map(({ id, domain, mode, situation, options }) => ({ id, domain, mode, situation, options, paraphrases: [], pack: null }))
  ]
}

/** Puts a pack into the home's folder, in the place of one of the same id there; gives its id. Errors: `bad-input`, `conflict` with a shipped pack, `storage`. */
export async function addPack(home: string, name: string, text: string): Promise<Result<string>> {
  const pack = readPack(text, name, 'imported')
  if (!pack.ok) return pack
  const { id } = pack.value.head
  const ours = await readFolder(shipped, 'library')
  if (ours.packs.some(({ head }) => head.id === id)) return fail('conflict', `a pack of the id ${quoted(id)} comes with the app`, 'give yours another id')
  const folder = join(home, 'packs')
  const target = join(folder, `${id}.${/\.json$/iu.test(name) ? 'json' : 'jsonl'}`)
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(`${target}.part`, text)
    await rename(`${target}.part`, target)
    return ok(id)
  } catch {
    return fail('storage', 'the pack could not be written into your home folder', 'make room, or look whether it may be written')
  }
}

async function readFolder(folder: string, source: LibraryScenario['source']): Promise<{ readonly packs: readonly Pack[]; readonly problems: readonly string[] }> {
  const names = await readdir(folder).catch((): string[] => [])
  const files = names.filter((name) => /\.jsonl?$/iu.test(name)).sort()
  const packs: Pack[] = []
  const problems: string[] = files.length > mostFiles ? [`there are more than ${mostFiles} packs; the others are left out`] : []
  for (const name of files.slice(0, mostFiles)) {
    const text = await readPackFile(join(folder, name), name)
    const pack = text.ok ? readPack(text.value, name, source) : text
    if (!pack.ok) problems.push(pack.error.message)
    else {
      packs.push(pack.value)
      problems.push(...pack.value.problems)
    }
  }
  return { packs, problems }
}

async function readPackFile(path: string, name: string): Promise<Result<string>> {
  try {
    const { size } = await stat(path)
    if (size > limits.fileBytes) return fail('bad-input', `the pack ${quoted(name)} is larger than 64 MB`, 'split it')
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)))
  } catch {
    return fail('bad-input', `the pack ${quoted(name)} could not be read as text`, 'look whether it is UTF-8 and may be read')
  }
}
