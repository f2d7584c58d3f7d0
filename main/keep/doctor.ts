/**
 * Looks whether all is well with a home, file by file. Changes nothing unless told (`mend`), and then only what loses nothing:
 * who may read the files, and a broken snapshot put out of the way; what a damaged log still holds is brought over when the
 * home and its circle are opened for writing (repair.ts, mending.ts), which the command does first.
 */
import { accessSync, chmodSync, constants, existsSync, lstatSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as Y from 'yjs'
import { createDocument, readDocument } from '../../shared/document/document.ts'
import { documentOf } from '../../shared/keep/difference.ts'
import { readSecrets } from '../../shared/peer/identity.ts'
import type { Clock } from '../../shared/ports.ts'
import { ok, type Problem } from '../../shared/result.ts'
import { attempt, fileInPlace, folderInPlace, isFolder } from '../home/disk.ts'
import { isAlive, writerOf } from '../home/lock.ts'
import { openLog } from '../log/log.ts'
import { mending } from '../log/read.ts'
import { holdsCircle, readRow } from '../peer/circle/store.ts'
import { placesFile } from '../peer/meeting/places.ts'
import { readLibrary } from '../packs.ts'
import { readHeader } from '../vault/header.ts'
import { openFor, type Sources } from '../vault/commands.ts'
import { readPersonal, type Seal } from '../vault/seal.ts'
import { note, trouble, well, type Finding } from './finding.ts'
import { listSnapshots, putAside, readSnapshot } from './snapshots.ts'

export interface DoctorOptions extends Sources {
  readonly clock: Clock
  readonly mend: boolean
}

/** Bytes below which a disk is nearly full. */
const leastRoom = 100 * 1024 * 1024
/** Milliseconds by which a clock may seem to run behind. */
const mostBehind = 24 * 60 * 60_000

/** In the order in which it looks. Never rejects for what it finds. */
export async function examineHome(options: DoctorOptions): Promise<readonly Finding[]> {
  const { directory, mend, clock } = options
  const entry = attempt(directory, () => ok(['values.sqlite', 'vault.json'].some((name) => statSync(join(directory, name), { throwIfNoEntry: false }) !== undefined)))
  if (!entry.ok) return [trouble('', entry.error.message, entry.error.remedy)]
  if (!entry.value) return [note('', 'there is nothing in this home yet', '')]
  const findings: Finding[] = [...lookAtLock(directory), ...lookAtPermissions(directory, mend), ...lookAtRoom(directory)]
  const header = readHeader(directory)
  if (!header.ok) return [...findings, trouble('vault.json', header.error.message, header.error.remedy)]
  if (header.value?.isTorn === true) findings.push(trouble('vault.json', 'one of the two copies of what says how this home is opened is damaged', mend ? 'it could not be written anew: see that vault.json and vault.copy.json are files that this account may write' : 'run "steward doctor --mend"'))
  else if (header.value !== null) findings.push(well('vault.json', 'says how this home is opened'))
  const opening = await openFor('read', options)
  if (!opening.ok) return [...findings, trouble('', opening.error.message, opening.error.remedy)]
  const seal: Seal = opening.value.kind === 'open' ? { vault: opening.value.vault, takesPlain: !opening.value.isSealed } : { vault: null, takesPlain: true }
  findings.push(...(await lookAtValues(directory, seal)), ...(await lookAtDevices(directory, seal, mend)), ...lookAtSnapshots(directory, seal, clock, mend))
  const library = await readLibrary({ directory, seal })
  findings.push(...(library.problems.length === 0 ? [well('packs', 'every pack can be read')] : library.problems.map((problem) => trouble('packs', problem, 'add the pack again'))))
  return findings
}

function lookAtLock(directory: string): readonly Finding[] {
  if (isFolder(join(directory, 'writer.lock'))) return [trouble('writer.lock', folderInPlace.message, folderInPlace.remedy)]
  const writer = writerOf(directory)
  return writer !== null && isAlive(writer) ? [note('writer.pid', `this home is open in process ${writer}`, '')] : [well('writer.lock', 'no other program writes this home')]
}

/** Folders of 700, files of 600: of what we make ourselves. What a link leads to is somebody else's. */
function lookAtPermissions(directory: string, mend: boolean): readonly Finding[] {
  if (process.platform === 'win32') return []
  const open: string[] = []
  const walk = (path: string): void => {
    const found = path === '' ? statSync(directory, { throwIfNoEntry: false }) : lstatSync(join(directory, path), { throwIfNoEntry: false })
    if (found === undefined || found.isSymbolicLink()) return
    if ((found.mode & 0o077) !== 0) open.push(path)
    if (found.isDirectory()) for (const name of readdirSync(join(directory, path))) if (path !== '' || isOurs(name)) walk(path === '' ? name : `${path}/${name}`)
  }
  try {
    walk('')
  } catch {
    return [trouble('', 'not all of this home may be looked at by this account', 'run this as the account that the home belongs to')]
  }
  if (open.length === 0) return [well('', 'nobody else may read or write this home')]
  return open.map((path) => {
    const isMended = mend && close(join(directory, path))
    const remedy = isMended ? '' : mend ? 'this account, or the disk, does not let it be changed: move the home to a place that is yours' : 'run "steward doctor --mend"'
    return trouble(path, 'other accounts of this computer may read or write it', remedy, isMended)
  })
}

/** To all others; false where that cannot be. */
function close(path: string): boolean {
  try {
    chmodSync(path, statSync(path).isDirectory() ? 0o700 : 0o600)
    return (statSync(path).mode & 0o077) === 0
  } catch {
    return false
  }
}

function isOurs(name: string): boolean {
  return /^(?:values\.sqlite|vault\.|writer\.|devices$|packs$|snapshots$|damaged-)/u.test(name)
}

function lookAtRoom(directory: string): readonly Finding[] {
  const writing = attempt(directory, () => ok(accessSync(directory, constants.W_OK)))
  if (!writing.ok) return [note('', writing.error.message, writing.error.remedy)]
  try {
    const { bavail, bsize } = statfsSync(directory)
    const room = bavail * bsize
    return [room < leastRoom ? trouble('', `there is little room left on the disk (${Math.floor(room / 1024 / 1024)} MB)`, 'free some room') : well('', 'there is room on the disk')]
  } catch {
    return []
  }
}

async function lookAtValues(directory: string, seal: Seal): Promise<readonly Finding[]> {
  const loaded = await load(directory, 'values', seal)
  if ('message' in loaded) return [trouble('values.sqlite', loaded.message, loaded.remedy)]
  if (loaded.notice !== null) return [trouble('values.sqlite', loaded.notice.message, mending)]
  const doc = createDocument()
  let broken = 0
  for (const entry of loaded.entries) {
    try {
      Y.applyUpdate(doc, entry)
    } catch {
      broken += 1
    }
  }
  const { problems, graph } = readDocument(doc)
  return [
    ...(broken > 0 ? [trouble('values.sqlite', `${broken} of ${loaded.entries.length} entries cannot be taken in`, 'restore a snapshot or a backup')] : []),
    ...(doc.store.pendingStructs !== null || doc.store.pendingDs !== null ? [trouble('values.sqlite', 'some edits build on others that are not here', 'start the app where your other devices are, or restore a snapshot')] : []),
    ...problems.map((problem) => note('values.sqlite', problem.replace(/\.$/u, ''), 'look at it in the app')),
    well('values.sqlite', `${loaded.entries.length} entries with sound checksums, ${Object.keys(graph.cards).length} cards`)
  ]
}

async function lookAtDevices(directory: string, seal: Seal, mend: boolean): Promise<readonly Finding[]> {
  const folder = join(directory, 'devices')
  if (existsSync(folder) && !isFolder(folder)) return [trouble('devices', fileInPlace.message, fileInPlace.remedy)]
  if (!existsSync(folder)) return [well('devices', 'this home was never paired')]
  const keys = readPersonal(directory, 'devices/keys', seal)
  const findings: Finding[] = []
  if (!keys.ok || (keys.value !== null && readSecrets(keys.value) === null)) findings.push(trouble('devices/keys.sealed', 'the keys of this device cannot be read', 'run "steward doctor --mend", or start the app: they come from a snapshot, or this device is paired again'))
  findings.push(...lookAtPlaces(directory, seal, mend))
  const cut = trouble('devices/values.sqlite', 'part of what this device knows of the others cannot be read', 'run "steward doctor --mend", or start the app')
  /* Keys are drawn after it was made. */
  if (!existsSync(join(directory, 'devices', 'values.sqlite'))) return keys.ok && keys.value === null ? findings : [...findings, cut]
  const loaded = await load(join(directory, 'devices'), 'devices', seal)
  if ('message' in loaded) return [...findings, loaded.kind === 'storage' ? cut : trouble('devices/values.sqlite', loaded.message, loaded.remedy)]
  if (keys.ok && keys.value === null && holdsCircle(loaded.entries)) findings.push(trouble('devices/keys.sealed', 'the keys of this device are gone', 'run "steward doctor --mend", or start the app: they come from a snapshot, or this device is paired again'))
  if (loaded.notice !== null) findings.push(cut)
  else if (loaded.entries.some((entry) => readRow(entry) === null)) findings.push(trouble('devices/values.sqlite', 'something that this device knows of the others was written by another version', 'update the app'))
  else findings.push(well('devices/values.sqlite', `${loaded.entries.length} entries with sound checksums`))
  return findings
}

/** Hints, and whether the others are met through a relay: what cannot be read is as good as gone. */
function lookAtPlaces(directory: string, seal: Seal, mend: boolean): readonly Finding[] {
  const kept = readPersonal(directory, placesFile, seal)
  if (kept.ok) return []
  const isMended = mend && attempt(directory, () => ok(rmSync(join(directory, `${placesFile}.sealed`)))).ok
  return [trouble(`${placesFile}.sealed`, 'where this device saw your others last cannot be read', `${mend ? '' : 'run "steward doctor --mend"; '}they find each other anew, and where they met through a relay, too, name it again with "steward anywhere"`, isMended)]
}

async function load(directory: string, store: 'values' | 'devices', seal: Seal): Promise<{ readonly entries: readonly Uint8Array[]; readonly notice: Problem | null } | Problem> {
  const log = await openLog({ directory, mode: 'read', store, ...seal })
  if (!log.ok) return log.error
  const entries = await log.value.load()
  const notice = log.value.notice()
  await log.value.close()
  return entries.ok ? { entries: entries.value, notice } : entries.error
}

function lookAtSnapshots(directory: string, { vault }: Seal, clock: Clock, mend: boolean): readonly Finding[] {
  const listed = listSnapshots(directory)
  if (!listed.ok) return [trouble('snapshots', listed.error.message, listed.error.remedy)]
  const [newest] = listed.value
  if (newest === undefined) return [note('snapshots', 'no snapshot was taken yet', 'one is taken by itself an hour after the first change, or when you ask for it')]
  const findings: Finding[] = []
  if (vault === null) return findings
  for (const { file } of listed.value) {
    const content = readSnapshot(directory, file, vault)
    if (content.ok && documentOf(content.value.document) !== null) findings.push(well(`snapshots/${file}`, 'can be read whole'))
    else {
      if (mend) putAside(directory, file)
      findings.push(trouble(`snapshots/${file}`, content.ok ? 'this snapshot holds no whole document' : content.error.message, mend ? 'it was put aside; the others are sound' : 'run "steward doctor --mend" to put it aside', mend))
    }
  }
  if (newest.takenAt - clock.now() > mostBehind) findings.push(note('snapshots', 'the newest snapshot is from the future: the clock of this computer was set back, or was wrong then', 'set the clock right'))
  return findings
}
