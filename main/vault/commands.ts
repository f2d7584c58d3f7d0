/**
 * `steward passphrase set|change|remove`, and where a command gets a passphrase from: VALUES_STEWARD_PASSPHRASE, the file of
 * `--passphrase-file` (`-`: the first line of standard input), or the terminal, in this order.
 *
 * Invariants: a passphrase is never an argument, where other programs could read it, and is never printed; a wrong one changes
 * no file.
 */
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import { readTextFile } from '../home/files.ts'
import { openHome } from '../replica.ts'
import { systemRandom } from '../system.ts'
import { openVault, readKeeping, rekeep, unlock, type Opening } from './open.ts'
import { objectionTo } from './passphrase.ts'

export interface PassphraseRequest {
  readonly command: 'passphrase set' | 'passphrase change' | 'passphrase remove'
  readonly json: boolean
}

/** Where a command of one home gets its passphrases from. */
export interface Sources {
  readonly directory: string
  readonly environment: NodeJS.ProcessEnv
  /** As typed; null where there was none. */
  readonly file: string | null
  readonly input: AsyncIterable<Uint8Array | string>
  /** Null where nobody sits at a terminal. */
  readonly ask: ((question: string) => Promise<string | null>) | null
}

/** The vault of a home for one command. Errors: those of `openVault`; one line says what to do. */
export async function openFor(mode: 'read' | 'write', sources: Sources): Promise<Result<Opening>> {
  const { directory, environment, file, ask } = sources
  const options = { directory, environment, mode }
  if (file !== null) {
    const given = await linesOf(file, sources)
    return given.ok ? await unlock(options, given.value[0] ?? '') : given
  }
  if (ask === null || isGiven(environment['VALUES_STEWARD_PASSPHRASE'])) return explained(await openVault(options))
  return await openVault({ ...options, ask: async (again) => await ask(question('Passphrase: ', again)) })
}

/** Resolves to what is printed. */
export async function runPassphrase({ command, json }: PassphraseRequest, sources: Sources): Promise<Result<string>> {
  const { directory, environment } = sources
  const kept = readKeeping(directory, environment)
  if (!kept.ok) return kept
  const isLocked = kept.value?.keeper === 'passphrase'
  if (command === 'passphrase set' && isLocked) return fail('conflict', 'this home has a passphrase already', 'change it with "steward passphrase change"')
  if (command !== 'passphrase set' && !isLocked) return fail('not-found', 'this home has no passphrase', 'set one with "steward passphrase set"')
  const secrets = await readSecrets(command, sources)
  if (!secrets.ok) return secrets
  const { current, next } = secrets.value
  const opening = current === null ? await openVault({ directory, environment, mode: 'write' }) : await unlock({ directory, environment, mode: 'write' }, current)
  if (!opening.ok) return opening
  const home = await openHome({ directory, mode: 'write', random: systemRandom, opening: opening.value })
  if (!home.ok) return home
  try {
    const state = home.value.state()
    const { vault } = home.value.seal
    if (state.kind !== 'writable' || vault === null) return { ok: false, error: state.kind === 'writable' ? notSealed : state.problem }
    const done = await rekeep({ directory, environment }, vault, next === null ? { kind: 'file' } : { kind: 'passphrase', passphrase: next }, current)
    if (!done.ok) return done
  } finally {
    await home.value.close()
  }
  return told(next !== null, json, directory, environment)
}

interface Secrets {
  /** Null where there is none yet. */
  readonly current: string | null
  /** Null where it is taken away. */
  readonly next: string | null
}

/** From the environment, then from the file's lines in the order current, next, or from the terminal. */
async function readSecrets(command: PassphraseRequest['command'], sources: Sources): Promise<Result<Secrets>> {
  const { environment, file, ask } = sources
  const [hasCurrent, hasNext] = [command !== 'passphrase set', command !== 'passphrase remove']
  let current = hasCurrent ? (environment['VALUES_STEWARD_PASSPHRASE'] ?? '') : ''
  let next = hasNext ? (environment['VALUES_STEWARD_NEW_PASSPHRASE'] ?? '') : ''
  if ((hasCurrent && current === '') || (hasNext && next === '')) {
    const lines = file === null && ask !== null ? ok([]) : await linesOf(file ?? '-', sources)
    if (!lines.ok) return lines
    const left = [...lines.value]
    const answer = async (text: string): Promise<string> => (file === null && ask !== null ? await ask(text) : left.shift()) ?? ''
    if (hasCurrent && current === '') current = await answer('Passphrase until now: ')
    if (hasCurrent && current === '') return fail('cancelled', 'no passphrase was given', 'nothing was changed; type it, or give it in VALUES_STEWARD_PASSPHRASE')
    if (hasNext && next === '') {
      next = await answer('New passphrase: ')
      const objection = objectionTo(next)
      if (objection !== null) return objection
      if (file === null && ask !== null && (await ask('Once more: ')) !== next) return fail('bad-input', 'the two were not the same', 'nothing was changed; try again')
    }
  }
  const objection = hasNext ? objectionTo(next) : null
  return objection ?? ok({ current: hasCurrent ? current : null, next: hasNext ? next : null })
}

function told(isLocked: boolean, json: boolean, directory: string, environment: NodeJS.ProcessEnv): Result<string> {
  const kept = readKeeping(directory, environment)
  if (!kept.ok) return kept
  if (json) return ok(`${JSON.stringify({ keeper: kept.value?.keeper ?? null, path: kept.value?.path ?? null })}\n`)
  return ok(isLocked
    ? 'This home is locked with your passphrase from now on. Nobody can open it without: write it down where only you find it.\n'
    : `This home has no passphrase any more. Its key lies in ${kept.value?.path ?? 'a file'}: whoever has that and the home reads everything.\n`)
}

async function linesOf(file: string, { input }: Sources): Promise<Result<readonly string[]>> {
  const text = await readTextFile(file, input)
  return text.ok ? ok(text.value.split(/\r?\n/u).slice(0, 2)) : text
}

function question(text: string, again: Problem | null): string {
  return again === null ? text : `${again.message}; ${again.remedy}\n${text}`
}

function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== ''
}

/** Where nobody can be asked. */
function explained(opening: Result<Opening>): Result<Opening> {
  return !opening.ok && opening.error.message.includes('locked') ? fail('denied', opening.error.message, 'give the passphrase in VALUES_STEWARD_PASSPHRASE or with --passphrase-file FILE, or run this in a terminal') : opening
}

const notSealed: Problem = { kind: 'read-only', message: 'this home is not sealed', remedy: 'open it where it can be written' }
