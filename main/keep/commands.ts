/**
 * `steward backup`, `restore` and `doctor`. With `--json` every line is one object.
 *
 * A secret of a backup is never an argument, where other programs could read it: it comes from the file of `--phrase-file`, from
 * VALUES_STEWARD_BACKUP_PHRASE, or from the terminal, in this order.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readGraph } from '../../shared/document/document.ts'
import type { Difference, KeptName } from '../../shared/keep/difference.ts'
import { writePhrase } from '../../shared/peer/words.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { quote, readTextFile } from '../home/files.ts'
import { integratedUpdate } from '../../shared/document/integrated.ts'
import { openPeersIn } from '../peer/circle/open.ts'
import type { Home } from '../replica.ts'
import { systemClock } from '../system.ts'
import type { Request } from '../commands/usage.ts'
import type { Sources } from '../vault/commands.ts'
import { freeName, readBackupFile, writeBackupFile } from './backupfile.ts'
import { lookAtBackup, readBackup, readSecret, writeBackup, type Secret } from './backup.ts'
import { examineHome } from './doctor.ts'
import type { Finding } from './finding.ts'
import { readIdentity } from './identity.ts'
import { createKeeper } from './keeper.ts'
import { examineModels } from './models.ts'
import { planRestore, restore } from './restore.ts'

export type KeepRequest = Extract<Request, { command: 'backup' | 'restore' | 'doctor' }>

export interface KeepConsole {
  readonly sources: Sources
  readonly print: (text: string) => Promise<unknown>
  readonly note: (line: string) => Promise<unknown>
  readonly withHome: (mode: 'read' | 'try' | 'write', work: (home: Home) => Result<string> | Promise<Result<string>>) => Promise<Result<string>>
}

export async function runKeep(request: KeepRequest, console: KeepConsole): Promise<Result<string>> {
  switch (request.command) {
    case 'backup':
      return await backup(request, console)
    case 'restore':
      return await restoreFile(request, console)
    case 'doctor':
      return await doctor(request, console)
  }
}

async function backup({ file, secretFile, options }: Extract<KeepRequest, { command: 'backup' }>, { sources, withHome }: KeepConsole): Promise<Result<string>> {
  const given = await givenSecret(secretFile, sources)
  if (!given.ok) return given
  const secret: Secret = given.value ?? { kind: 'phrase', bytes: new Uint8Array(randomBytes(32)) }
  return await withHome('read', async (home) => {
    if (home.name === null) return fail('not-found', 'there is nothing in this home yet', 'choose the right one with --home, or add a card first')
    const takenAt = systemClock.now()
    const content = { takenAt, document: integratedUpdate(home.doc), ...(await readIdentity(sources.directory, home.seal)) }
    const sealed = await writeBackup(content, secret)
    if (!sealed.ok) return sealed
    const read = await readBackup(sealed.value, secret)
    if (!read.ok) return read
    const name = file ?? freeName(takenAt)
    const written = writeBackupFile(name, sealed.value)
    if (!written.ok) return written
    const cards = Object.keys(readGraph(home.doc).cards).length
    const phrase = given.value === null && secret.kind === 'phrase' ? writePhrase(secret.bytes) : null
    if (options.json) return ok(`${JSON.stringify({ event: 'backup', file: name, bytes: sealed.value.length, cards, devices: content.circle !== null, phrase })}\n`)
    const shown = phrase === null ? '' : `\nIt opens by these 24 words alone. Write them down, in their order, and keep them elsewhere; they are shown only now:\n\n${numbered(phrase)}\n`
    return ok(`${quote(name)} holds everything (${sealed.value.length} bytes, ${cards} ${cards === 1 ? 'card' : 'cards'}), and was read back.\n${shown}`)
  })
}

async function restoreFile({ file, yes, secretFile, options }: Extract<KeepRequest, { command: 'restore' }>, { sources, note, withHome }: KeepConsole): Promise<Result<string>> {
  const bytes = readBackupFile(file)
  if (!bytes.ok) return bytes
  const seen = lookAtBackup(bytes.value, file)
  if (!seen.ok) return seen
  const given = await givenSecret(secretFile, sources)
  const secret = given.ok && given.value === null ? await askedSecret(seen.value.opensBy, sources) : given
  if (!secret.ok) return secret
  if (secret.value === null) return fail('denied', seen.value.opensBy === 'phrase' ? 'this backup opens by 24 words' : 'this backup opens by a passphrase', 'give it in a file with --phrase-file, or in VALUES_STEWARD_BACKUP_PHRASE')
  const opener = secret.value
  const content = await readBackup(bytes.value, opener, file)
  if (!content.ok) return content
  /* Looked at first either way, so that a bad file makes no home. */
  const planned = await withHome(yes ? 'try' : 'read', (home) => {
    const plan = planRestore(home, content.value)
    return plan.ok ? ok(planText(plan.value, options.json)) : plan
  })
  if (!planned.ok || !yes) return planned
  return await withHome('write', async (home) => {
    const peers = await openPeersIn(sources.directory, home, 'write', ({ message, remedy }) => void note(`${message}; ${remedy}`))
    if (!peers.ok) await note(`${peers.error.message}; ${peers.error.remedy}`)
    const keeper = createKeeper({ home, directory: sources.directory, clock: systemClock })
    try {
      const done = await restore({ home, directory: sources.directory, content: content.value, secret: opener, takeSnapshot: () => keeper.take(), peers: peers.ok ? peers.value : null })
      if (!done.ok) return done
      const { differences, before, isBack, problem } = done.value
      if (problem !== null) await note(`${problem.message}; ${problem.remedy}`)
      if (options.json) return ok(`${differenceLines(differences)}${JSON.stringify({ event: 'restored', ...counts(differences), before, devices: isBack })}\n`)
      const back = before === null ? '' : `\nIt can be taken back: the window shows the snapshot of before, number ${before}, under Devices, Backups.`
      return ok(`${inWords(differences)}Done: ${counted(differences)}.${back}${isBack ? '\nThis device takes the place of the lost one among your other devices. If none of them comes, another computer has that place already: pair this one with them by a code.' : ''}\n`)
    } finally {
      if (peers.ok) await peers.value.close()
      await keeper.close()
    }
  })
}

async function doctor({ mend, options }: Extract<KeepRequest, { command: 'doctor' }>, { sources, print, note, withHome }: KeepConsole): Promise<Result<string>> {
  if (mend) {
    /* Opening it for writing, and what it knows of the others, puts right what can be. */
    const opened = await withHome('write', async (home) => {
      if (!existsSync(join(sources.directory, 'devices'))) return ok('')
      const peers = await openPeersIn(sources.directory, home, 'write', ({ message, remedy }) => void note(`${message}; ${remedy}`))
      if (peers.ok) await peers.value.close()
      return ok('')
    })
    if (!opened.ok && opened.error.kind === 'conflict') return opened
  }
  const findings = [...(await examineHome({ ...sources, clock: systemClock, mend })), ...(await examineModels(sources.directory))]
  const isWell = findings.every(({ kind, mended }) => kind !== 'trouble' || mended)
  const lines = findings.map((finding) => (options.json ? JSON.stringify(finding) : findingLine(finding))).map((line) => `${line}\n`).join('')
  if (isWell) return ok(lines)
  await print(lines)
  const count = findings.filter(({ kind, mended }) => kind === 'trouble' && !mended).length
  return fail('storage', `${count === 1 ? 'one thing is' : `${count} things are`} not well with this home or its models`, mend || !findings.some(({ kind, remedy }) => kind === 'trouble' && remedy.includes('--mend')) ? 'see above what you can do' : 'steward doctor --mend puts right what can be')
}

function findingLine({ kind, file, message, remedy, mended }: Finding): string {
  const mark = { well: 'well   ', note: 'note   ', trouble: mended ? 'mended ' : 'trouble' }[kind]
  return `${mark}  ${file === '' ? '' : `${file}: `}${message}${remedy === '' ? '' : `; ${remedy}`}`
}

// ---- what opens a backup --------------------------------------------------------------------------------------------

/** Null where nobody gave any. */
async function givenSecret(file: string | null, { environment, input }: Sources): Promise<Result<Secret | null>> {
  if (file !== null) {
    const text = await readTextFile(file, input)
    return text.ok ? readSecret(text.value.split(/\r?\n/u).filter((line) => line.trim() !== '').join(' ')) : text
  }
  const given = environment['VALUES_STEWARD_BACKUP_PHRASE']
  return given === undefined || given === '' ? ok(null) : readSecret(given)
}

async function askedSecret(opensBy: Secret['kind'], { ask }: Sources): Promise<Result<Secret | null>> {
  const typed = ask === null ? null : await ask(opensBy === 'phrase' ? 'The 24 words: ' : 'Passphrase of the backup: ')
  return typed === null || typed === '' ? ok(null) : readSecret(typed)
}

// ---- what is printed ------------------------------------------------------------------------------------------------

const whats: Readonly<Record<KeptName, string>> = {
  cards: 'the card', contexts: 'the context', edges: 'the priority', norms: 'the norm', commitments: 'the commitment', scenarios: 'the situation',
  rehearsals: 'the rehearsal of', domains: 'the part of life', trials: 'what was tried of', sessions: 'the session of', notes: 'the note',
  merges: 'the merging of', versions: 'an earlier version of the card'
}
const verbs = { added: 'comes back', changed: 'becomes as it was', removed: 'goes' } as const
const mostLines = 200

function planText(differences: readonly Difference[], json: boolean): string {
  if (json) return `${differenceLines(differences)}${JSON.stringify({ event: 'plan', ...counts(differences), done: false })}\n`
  return differences.length === 0 ? 'This home says just what the backup says. Nothing would change.\n' : `${inWords(differences)}This would be: ${counted(differences)}. Nothing was changed; add --yes to do it.\n`
}

function differenceLines(differences: readonly Difference[]): string {
  return differences.map(({ verb, table, id, name }) => `${JSON.stringify({ event: verb, what: table, id, name })}\n`).join('')
}

function inWords(differences: readonly Difference[]): string {
  const lines = differences.map(({ table, verb, name }) => `${whats[table]} ${quote(name.replace(/\s+/gu, ' '))} ${verbs[verb]}`)
  const shown = lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), `and ${lines.length - mostLines} more`]
  return shown.map((line) => `${line}\n`).join('')
}

function counts(differences: readonly Difference[]) {
  const count = (verb: Difference['verb']): number => differences.filter((each) => each.verb === verb).length
  return { added: count('added'), changed: count('changed'), removed: count('removed') }
}

function counted(differences: readonly Difference[]): string {
  const { added, changed, removed } = counts(differences)
  return `${added} back, ${changed} as before, ${removed} gone`
}

function numbered(phrase: string): string {
  const words = phrase.split(' ')
  return Array.from({ length: 6 }, (_, row) => words.slice(row * 4, row * 4 + 4).map((word, at) => `${String(row * 4 + at + 1).padStart(2)} ${word.padEnd(9)}`).join('  ').trimEnd()).join('\n')
}
