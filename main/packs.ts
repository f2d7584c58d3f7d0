/**
 * The packs that there are: those shipped with the app, and those in the folder `packs` of the person's home, where a file
 * that somebody drops is read the next time anyone looks.
 *
 * Those that were added are sealed; a file that was put there by hand is so from the next opening of the home on.
 *
 * Invariants: never throws; a file that cannot be read is left out with one sentence, and the others are kept; nothing is
 * written but by `addPack`, and that only into the home's folder, under a name made from the pack's own id; nothing is taken
 * away but by `removePack` and `removeUnused`, and only from there.
 */
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quoted } from '../shared/json.ts'
import { readPack, type Library, type LibraryScenario, type Pack } from '../shared/packs/pack.ts'
import { fail, ok, type Result } from '../shared/result.ts'
import { limits, type Scenario } from '../shared/schema.ts'
import { scrubFile, syncFolder } from './vault/files.ts'
import { openPack, sealPack, type Seal } from './vault/seal.ts'

/** Found beside this file in the sources and in the packed app alike. */
const shipped = fileURLToPath(new URL('../shared/packs/library/', import.meta.url))
const mostFiles = 200

/** What the steward needs of the packs of one home. */
export function packsOf(home: string, seal: Seal): {
  readonly read: () => Promise<Library>
  readonly add: (name: string, text: string) => Promise<Result<string>>
  readonly remove: (id: string) => Promise<Result<void>>
  readonly removeUnused: (file: string) => Promise<Result<void>>
} {
  return {
    read: () => readLibrary({ directory: home, seal }), add: (name, text) => addPack(home, name, text, seal),
    remove: (id) => removePack(home, id, seal), removeUnused: (file) => removeUnused(home, file, seal)
  }
}

/** Where all of them are well; they stay as they are for as long as the app runs. */
let ours: Awaited<ReturnType<typeof readFolder>> | null = null

async function readShipped(): Promise<NonNullable<typeof ours>> {
  const read = ours ?? (await readFolder(shipped, 'library'))
  if (read.problems.length === 0) ours = read
  return read
}

/** `home` null: the shipped ones alone. */
export async function readLibrary(home: { readonly directory: string; readonly seal: Seal } | null): Promise<Library> {
  const ours = await readShipped()
  const others = home === null ? { packs: [], problems: [], unused: [] } : await readFolder(join(home.directory, 'packs'), 'imported', home)
  const packs: Pack[] = []
  const problems = [...ours.problems, ...others.problems]
  const unused = [...others.unused]
  for (const { pack, file, name } of [...ours.packs, ...others.packs]) {
    if (packs.every(({ head }) => head.id !== pack.head.id)) packs.push(pack)
    else {
      const problem = `the pack ${quoted(pack.head.title)} is left out: there is another one of the id ${quoted(pack.head.id)}`
      problems.push(problem)
      unused.push({ file, name, problem })
    }
  }
  return {
    packs: packs.map(({ head, scenarios }, at) => ({ ...head, source: ours.packs[at] === undefined ? 'imported' : 'library', count: scenarios.length })),
    scenarios: packs.flatMap((pack) => pack.scenarios),
    problems,
    unused
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

/** Puts a pack into the home's folder, in the place of every file of the same id there; gives its id. Errors: `bad-input`, `conflict` with a shipped pack, `storage`. */
export async function addPack(home: string, name: string, text: string, seal: Seal): Promise<Result<string>> {
  const pack = readPack(text, name, 'imported')
  if (!pack.ok) return pack
  const { id } = pack.value.head
  const ours = await readShipped()
  if (ours.packs.some(({ pack: { head } }) => head.id === id)) return fail('conflict', `a pack of the id ${quoted(id)} comes with the app`, 'give yours another id')
  if (seal.vault === null) return unwritable
  const files = await filesById(home, seal)
  /* A file that somebody called so holds another pack, which must stay. */
  const ending = /\.json$/iu.test(name) ? 'json' : 'jsonl'
  const isTaken = (own: string): boolean => files.some((file) => file.name === own && file.id !== id)
  const own = [`${id}.${ending}`, ...files.map((_, at) => `${id}-${at + 2}.${ending}`)].find((each) => !isTaken(each)) ?? `${id}.${ending}`
  if (!sealPack(home, own, Buffer.from(text, 'utf8'), seal.vault).ok) return unwritable
  const isCleared = clear(home, files.filter((file) => file.id === id && file.name !== own))
  return isCleared.ok ? ok(id) : isCleared
}

const unwritable = fail('storage', 'the pack could not be written into your home folder', 'make room, or look whether it may be written')

/** Takes every file of this pack out of the home's folder; what comes with the app stays. Errors: `not-found`, `storage`. */
export async function removePack(home: string, id: string, seal: Seal): Promise<Result<void>> {
  const own = (await filesById(home, seal)).filter((file) => file.id === id)
  return own.length === 0 ? fail('not-found', `there is no pack ${quoted(id)} that was added`, 'look at the list again') : clear(home, own)
}

/** Takes a file of the home's folder away of which nothing can be used (`Library.unused`). Errors: `not-found`, `storage`. */
export async function removeUnused(home: string, file: string, seal: Seal): Promise<Result<void>> {
  const isThere = async (): Promise<boolean> => (await readLibrary({ directory: home, seal })).unused.some((one) => one.file === file)
  if (!(await isThere())) return fail('not-found', `there is no file ${quoted(file)} among those that cannot be used`, 'look at the list again')
  const isCleared = clear(home, [{ file }])
  if (!isCleared.ok || !(await isThere())) return isCleared
  return fail('storage', `${quoted(file)} cannot be taken out of your home folder: it is no file`, 'look at it there, and take it away yourself')
}

function clear(home: string, files: readonly Pick<PackFile, 'file'>[]): Result<void> {
  const folder = join(home, 'packs')
  try {
    for (const { file } of files) scrubFile(join(folder, file))
    syncFolder(folder)
    return ok(undefined)
  } catch {
    return fail('storage', 'the pack could not be taken out of your home folder', 'look whether that folder may be written')
  }
}

/** The files of the home's folder, each with the id of its pack; null where it cannot be read. */
async function filesById(home: string, seal: Seal): Promise<readonly (PackFile & { readonly id: string | null })[]> {
  const { files } = await filesIn(join(home, 'packs'), { directory: home, seal })
  const found: (PackFile & { readonly id: string | null })[] = []
  for (const file of files) {
    const text = await file.text()
    const pack = text.ok ? readPack(text.value, file.name, 'imported') : text
    found.push({ ...file, id: pack.ok ? pack.value.head.id : null })
  }
  return found
}

interface PackFile {
  /** In its folder; a sealed one has another name than the pack was added under. */
  readonly file: string
  readonly name: string
  readonly text: () => Promise<Result<string>>
}

interface ReadPack extends Pick<PackFile, 'file' | 'name'> {
  readonly pack: Pack
}

/** Plain ones, and where it is a home's those that are sealed, by the names that they were added under. */
async function filesIn(folder: string, home: { readonly directory: string; readonly seal: Seal } | null): Promise<{ readonly files: readonly PackFile[]; readonly unused: Library['unused'] }> {
  const names = await readdir(folder).catch((): string[] => [])
  const files: PackFile[] = names.filter((name) => /\.jsonl?$/iu.test(name)).map((name) => ({ file: name, name, text: () => readPackFile(join(folder, name), name) }))
  const unused: Library['unused'][number][] = []
  const vault = home?.seal.vault ?? null
  if (home === null || vault === null) return { files: sorted(files), unused }
  for (const file of names.filter((name) => name.endsWith('.sealed'))) {
    const opened = (await lstat(join(folder, file))).isFile() ? openPack(home.directory, file, vault) : noFile(file)
    if (opened.ok) files.push({ file, name: opened.value.name, text: () => Promise.resolve(decoded(opened.value.text, opened.value.name)) })
    else unused.push({ file, name: file, problem: opened.error.message })
  }
  return { files: sorted(files), unused }
}

function sorted(files: readonly PackFile[]): readonly PackFile[] {
  return files.toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

async function readFolder(folder: string, source: LibraryScenario['source'], home: { readonly directory: string; readonly seal: Seal } | null = null): Promise<{ readonly packs: readonly ReadPack[]; readonly problems: readonly string[]; readonly unused: Library['unused'] }> {
  const { files, unused: unopened } = await filesIn(folder, home)
  const unused = [...unopened]
  const problems: string[] = unopened.map(({ problem }) => problem)
  const packs: ReadPack[] = []
  if (files.length > mostFiles) problems.push(`there are more than ${mostFiles} packs; the others are left out`)
  for (const { file, name, text: read } of files.slice(0, mostFiles)) {
    const text = await read()
    const pack = text.ok ? readPack(text.value, name, source) : text
    if (!pack.ok) {
      problems.push(pack.error.message)
      unused.push({ file, name, problem: pack.error.message })
    } else {
      packs.push({ pack: pack.value, file, name })
      problems.push(...pack.value.problems)
    }
  }
  return { packs, problems, unused }
}

async function readPackFile(path: string, name: string): Promise<Result<string>> {
  try {
    const found = await lstat(path)
    if (!found.isFile()) return noFile(name)
    if (found.size > limits.fileBytes) return fail('bad-input', `the pack ${quoted(name)} is larger than 64 MB`, 'split it')
    return decoded(await readFile(path), name)
  } catch {
    return unreadable(name)
  }
}

/** A link could lead anywhere, and a pipe never ends. */
function noFile(name: string): Result<never> {
  return fail('bad-input', `the pack ${quoted(name)} is no file of its own`, 'put the file itself into the folder')
}

function decoded(bytes: Uint8Array, name: string): Result<string> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return unreadable(name)
  }
}

function unreadable(name: string): Result<never> {
  return fail('bad-input', `the pack ${quoted(name)} could not be read as text`, 'look whether it is UTF-8 and may be read')
}
