/**
 * The home of one command: opened for one piece of work and let go of.
 *
 * Invariants: only for `write` a home is made and a lock taken; a file that a command names is read and parsed before the home
 * is opened, so a bad one changes nothing.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { parseJson } from '../../shared/json.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { quote, readTextFile } from '../home/files.ts'
import { createKeeper } from '../keep/keeper.ts'
import { lookingOnly } from '../log/log.ts'
import { homeFolder } from '../home/place.ts'
import { openHome, type Home } from '../replica.ts'
import { systemClock, systemRandom } from '../system.ts'
import type { Options } from './usage.ts'
import { openFor, type Sources } from '../vault/commands.ts'
import type { Opening } from '../vault/open.ts'
import { write, type Terminal } from './terminal.ts'

/** Opens the home for one piece of work and lets go of it; only for `write` a home is made and a lock taken. `try` looks ahead without a word. */
export async function withHome<Value>(mode: 'read' | 'try' | 'write', options: Options, terminal: Terminal, work: (home: Home) => Result<Value> | Promise<Result<Value>>): Promise<Result<Value>> {
  const sources = sourcesOf(options, terminal)
  const opening = await openOnce(mode === 'write' ? 'write' : 'read', sources, terminal)
  if (!opening.ok) return opening
  const home = await openHome({ directory: sources.directory, mode: mode === 'write' ? 'write' : 'read', random: systemRandom, opening: opening.value })
  if (!home.ok) return home
  const keeper = mode === 'write' ? createKeeper({ home: home.value, directory: sources.directory, clock: systemClock }) : null
  try {
    const { notice } = home.value
    if (mode !== 'try' && notice !== null) await write(terminal.errors, `note: ${notice.message}; ${notice.remedy}\n`)
    const state = home.value.state()
    if (mode === 'write' && state.kind !== 'writable') return { ok: false, error: state.problem }
    if (mode !== 'try' && state.kind === 'read-only' && state.problem.kind === 'read-only' && state.problem.message !== lookingOnly.message) {
      await write(terminal.errors, `note: ${state.problem.message}; ${state.problem.remedy}\n`)
    }
    return await work(home.value)
  } finally {
    await keeper?.close()
    await home.value.close()
  }
}

export function sourcesOf(options: Options, terminal: Terminal): Sources {
  return {
    directory: directoryOf(options, terminal),
    environment: terminal.environment,
    file: options.passphraseFile ?? null,
    get input() {
      return terminal.input
    },
    ask: terminal.askSecret ?? null
  }
}

export function directoryOf(options: Options, terminal: Terminal): string {
  return homeFolder(options.home ?? undefined, terminal.environment)
}

/** Whether somebody's data lies there. A folder that may not be looked into counts as one: opening it says what is the matter. */
export function hasHome(directory: string): boolean {
  try {
    return ['values.sqlite', 'vault.json'].some((name) => statSync(join(directory, name), { throwIfNoEntry: false }) !== undefined)
  } catch {
    return true
  }
}

/** A command that opens its home twice asks once. */
const openings = new WeakMap<Terminal, Opening>()

async function openOnce(mode: 'read' | 'write', sources: Sources, terminal: Terminal): Promise<Result<Opening>> {
  const known = openings.get(terminal)
  if (known !== undefined) return ok(known)
  const opening = await openFor(mode, sources)
  if (opening.ok && opening.value.kind === 'open') openings.set(terminal, opening.value)
  return opening
}

export const stopped = fail('cancelled', 'it was stopped', 'run it again')

/** Those whose command has begun to change their home: it is waited for, since whoever is told that it was stopped does it again. */
const changing = new WeakSet<Terminal>()

export function isChanging(terminal: Terminal): boolean {
  return changing.has(terminal)
}

/** What `edit` gives, once it is durable; what a disk does not take is lost with this process, unlike in one that goes on. */
export async function change<Value>(home: Home, terminal: Terminal, edit: () => Result<Value>): Promise<Result<Value>> {
  if (terminal.signal.aborted) return stopped
  changing.add(terminal)
  const edited = edit()
  const saved = edited.ok ? await home.saved() : edited
  if (saved.ok) return edited
  return saved.error.kind === 'storage' ? fail('storage', saved.error.message, 'it was not saved: make room and run it again') : saved
}

/** A file that a command names, or standard input. */
export async function readJson(file: string, terminal: Terminal): Promise<Result<unknown>> {
  const text = await readTextFile(file, terminal.input)
  return text.ok ? parseJson(text.value, file === '-' ? 'standard input' : quote(file)) : text
}
