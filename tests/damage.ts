/**
 * A small home in which bytes were changed, or that was cut off: opened, read, written, opened again, at every place or at one in so many.
 * Whatever the place: it opens, nothing is given out that was not written, what is lost is said, and what reads only says so too.
 * `node tests/damage.ts [--step N]` prints one JSON line.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { examineHome } from '../main/keep/doctor.ts'
import { createKeeper } from '../main/keep/keeper.ts'
import { openLogFile, type LogFile } from '../main/log/file.ts'
import type { LogMode } from '../main/log/log.ts'
import { openPeersIn } from '../main/peer/circle/open.ts'
import { openHome } from '../main/replica.ts'
import { systemClock, systemRandom } from '../main/system.ts'
import { sealPack } from '../main/vault/seal.ts'
import { addCard } from '../shared/commands/card.ts'
import { readGraph } from '../shared/document/document.ts'
import { quickFolder } from './support/disk.ts'
import { createMaker, valueOf } from './support/document.ts'
import { keepTestKeys } from './support/keys.ts'
import { testLog } from './support/vault.ts'

export interface DamageReport {
  readonly places: number
  /** Places at which nothing was lost. */
  readonly lossless: number
  /** The fewest entries that were left. */
  readonly least: number
  /** What went wrong, by place. */
  readonly wrong: readonly string[]
}

type Files = Readonly<Record<string, Uint8Array>>

const rows = 12
/** One of them lies over several pages. */
const entryOf = (at: number): Buffer => Buffer.alloc(at === 5 ? 9_000 : 150 + at * 40, at + 1)
const all = Array.from({ length: rows }, (_, at) => entryOf(at))

/** A byte of a log that was closed in good order, at every `step`th place. */
export function flipLog(step: number, from = 0): DamageReport {
  return inFolder((folder) => {
    const files = closedLog(folder)
    const whole = files['values.sqlite'] ?? new Uint8Array()
    return atPlaces(placesIn(whole.length, step, from), (at) => live(folder, { ...files, 'values.sqlite': flipped(whole, at) }))
  })
}

/** A byte of what a kill left beside the log. */
export function flipBeside(step: number, from = 0): DamageReport {
  return inFolder((folder) => {
    const { files } = killedLog(folder)
    const wal = files['values.sqlite-wal'] ?? new Uint8Array()
    return atPlaces(placesIn(wal.length, step, from), (at) => live(folder, { ...files, 'values.sqlite-wal': flipped(wal, at) }))
  })
}

/** What a kill left beside the log, cut off within the last entry that was written: every one before it is there. */
export function tearLast(step: number, from = 0): DamageReport {
  return inFolder((folder) => {
    const { files, before } = killedLog(folder)
    const wal = files['values.sqlite-wal'] ?? new Uint8Array()
    return atPlaces(placesIn(wal.length - before, step, from), (at) => {
      const found = live(folder, { ...files, 'values.sqlite-wal': wal.subarray(0, before + at) })
      /* A tail that is torn is an entry that nobody was told of. */
      return found.left === rows - 1 ? { ...found, isSaid: true } : { ...found, wrong: `${found.left} entries are left` }
    })
  })
}

/** A byte of any other file of a home: of what says how it is opened, of the lock, the keys, the packs, the snapshots. */
export async function flipSmall(step: number, from = 0): Promise<DamageReport> {
  const folder = quickFolder()
  try {
    const lived = join(folder, 'lived')
    await makeHome(lived)
    const names = readdirSync(lived, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(lived.length + 1)).filter((name) => !name.endsWith('values.sqlite')).sort()
    const total = { places: 0, lossless: 0, least: Number.POSITIVE_INFINITY, wrong: [] as string[] }
    for (const name of names) {
      const bytes = readFileSync(join(lived, name))
      for (const at of placesIn(bytes.length, step, from)) {
        const home = join(folder, 'copy')
        rmSync(home, { recursive: true, force: true })
        cpSync(lived, home, { recursive: true })
        writeFileSync(join(home, name), flipped(bytes, at))
        const { left, isFound, wrong } = await openDamaged(home)
        total.places += 1
        total.least = Math.min(total.least, left)
        if (left === 2) total.lossless += 1
        /* A number and the lock, which are made anew. */
        const isPlain = name.includes('writer.')
        if (wrong !== null || left < 2 || (!isFound && !isPlain && !isSpace(bytes, at, name))) total.wrong.push(`${name} byte ${at}: ${wrong ?? `${left} cards, ${isFound ? 'found' : 'not found'}`}`)
      }
    }
    return total
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** White space of a JSON file tells nothing. */
function isSpace(bytes: Uint8Array, at: number, name: string): boolean {
  return name.startsWith('vault.') && /\s/u.test(String.fromCharCode(bytes[at] ?? 0))
}

async function makeHome(directory: string): Promise<void> {
  const home = valueOf(await openHome({ directory, mode: 'write', random: systemRandom }))
  const maker = createMaker('damage-')
  for (const title of ['One', 'Two']) valueOf(addCard(home.doc, { title }, maker))
  valueOf(await home.saved())
  const { vault } = home.seal
  const pack = [{ id: 'mine', title: 'Mine', licence: 'CC0-1.0', author: 'Ana', language: 'en' }, { id: 'late', domain: 'work', mode: 'theory', situation: 'She is late.', options: ['Wait', 'Go'], paraphrases: ['Again.'], reversibility: 'easily', stakes: 'low' }]
  if (vault !== null) valueOf(sealPack(directory, 'mine.jsonl', Buffer.from(pack.map((line) => JSON.stringify(line)).join('\n')), vault))
  const peers = valueOf(await openPeersIn(directory, home))
  valueOf(await peers.makeRecovery())
  valueOf(await peers.flushed())
  await peers.close()
  const keeper = createKeeper({ home, directory, clock: systemClock })
  valueOf(await keeper.take())
  await keeper.close()
  await home.close()
}

async function openDamaged(directory: string): Promise<{ readonly left: number; readonly isFound: boolean; readonly wrong: string | null }> {
  const findings = await examineHome({ directory, environment: process.env, file: null, ask: null, input: (async function* () {})(), clock: systemClock, mend: false })
  const isFound = findings.some(({ kind }) => kind === 'trouble')
  const home = await openHome({ directory, mode: 'write', random: systemRandom })
  if (!home.ok) return { left: 0, isFound, wrong: home.error.message }
  const peers = await openPeersIn(directory, home.value)
  const left = Object.keys(readGraph(home.value.doc).cards).length
  const wrong = !peers.ok ? peers.error.message : peers.value.state === null ? 'it is no more among the others' : home.value.state().kind === 'writable' ? null : 'it cannot be written'
  if (peers.ok) await peers.value.close()
  await home.value.close()
  return { left, isFound, wrong }
}

// ---- a log ----------------------------------------------------------------------------------------------------------

function open(directory: string, mode: LogMode = 'write'): LogFile {
  return valueOf(openLogFile({ directory, mode, ...testLog, maximumPages: null }))
}

function closedLog(folder: string): Files {
  const home = mkdtempSync(join(folder, 'made-'))
  const file = open(home)
  file.append(all)
  file.close()
  return filesOf(home)
}

/** Each entry a commit of its own, as a kill leaves them; `before`: bytes beside the log before the last one. */
function killedLog(folder: string): { readonly files: Files; readonly before: number } {
  const home = mkdtempSync(join(folder, 'made-'))
  const file = open(home)
  let before = 0
  for (const entry of all) {
    before = filesOf(home)['values.sqlite-wal']?.length ?? 0
    file.append([entry])
  }
  const { 'values.sqlite-shm': _, ...files } = filesOf(home)
  file.close()
  return { files, before }
}

function filesOf(home: string): Files {
  return Object.fromEntries(readdirSync(home).filter((name) => name !== 'writer.lock').map((name) => [name, new Uint8Array(readFileSync(join(home, name)))]))
}

interface Found {
  readonly left: number
  readonly isSaid: boolean
  readonly wrong: string | null
}

/** Reads a home of these files as the doctor does; then opens it, reads it, writes to it, and opens it again. */
function live(folder: string, files: Files): Found {
  const home = mkdtempSync(join(folder, 'home-'))
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(home, name), bytes)
    const looked = openLogFile({ directory: home, mode: 'read', ...testLog, maximumPages: null })
    const isSeen = !looked.ok || valueOf(looked.value.load()).notice !== null
    const file = open(home)
    const { entries, notice } = valueOf(file.load())
    /* Of the number of its format one byte tells what a newer version would write there. */
    if (file.opened.kind === 'read-only' && file.opened.problem.message.includes('newer version')) return { left: entries.length, isSaid: true, wrong: strangersIn(entries)[0] ?? null }
    const wrong = [...strangersIn(entries), ...(file.opened.kind === 'writable' ? [] : ['it cannot be written']), ...(file.append([Buffer.from('after')]).ok ? [] : ['it takes nothing'])]
    file.close()
    const again = open(home)
    const more = valueOf(again.load())
    again.close()
    if (more.entries.length !== entries.length + 1) wrong.push(`${more.entries.length} of ${entries.length + 1} entries after that`)
    if (more.notice !== null) wrong.push('said twice')
    if (entries.length < rows && notice !== null && !isSeen && files['values.sqlite-wal'] === undefined) wrong.push('not seen by who only reads')
    return { left: entries.length, isSaid: notice !== null, wrong: wrong.length === 0 ? null : wrong.join(', ') }
  } catch (error) {
    return { left: 0, isSaid: true, wrong: String(error) }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** Nothing is given out that was not written. */
function strangersIn(entries: readonly Uint8Array[]): string[] {
  return entries.every((entry) => Buffer.compare(entry, all[(entry[0] ?? 0) - 1] ?? Buffer.of()) === 0) ? [] : ['an entry is not what was written']
}

function atPlaces(places: readonly number[], damage: (at: number) => Found): DamageReport {
  const found = places.map((at) => ({ at, ...damage(at) }))
  const isSilent = ({ left, isSaid }: Found): boolean => left < rows && !isSaid
  return {
    places: places.length,
    lossless: found.filter(({ left }) => left === rows).length,
    least: Math.min(...found.map(({ left }) => left)),
    wrong: found.filter((one) => one.wrong !== null || isSilent(one)).map((one) => `byte ${one.at}: ${one.wrong ?? `${one.left} entries, and nothing is said`}`)
  }
}

function placesIn(length: number, step: number, from: number): readonly number[] {
  return Array.from({ length: Math.ceil(Math.max(0, length - from) / step) }, (_, at) => from + at * step)
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, where) => (where === at ? byte ^ 0xff : byte))
}

function inFolder<Value>(work: (folder: string) => Value): Value {
  const folder = quickFolder()
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  keepTestKeys()
  const { values } = parseArgs({ options: { step: { type: 'string', default: '1' }, from: { type: 'string', default: '0' }, only: { type: 'string' } } })
  const [step, from] = [Number(values.step), Number(values.from)]
  const parts = { log: () => flipLog(step, from), beside: () => flipBeside(step, from), torn: () => tearLast(step, from), small: () => flipSmall(step, from) }
  const report: Record<string, DamageReport> = {}
  for (const [name, part] of Object.entries(parts)) if (values.only === undefined || values.only === name) report[name] = await part()
  process.stdout.write(`${JSON.stringify(report)}\n`)
  process.exitCode = Object.values(report).every(({ wrong }) => wrong.length === 0) ? 0 : 1
}
