/**
 * Everything in a home but its log: sealed one file for one file, and what was plain before, or is put there by hand, is sealed
 * when the home is next opened for writing.
 *
 * Sealed, beside the logs `values.sqlite` and `devices/values.sqlite` (their rows): `devices/keys.sealed` (this device's secrets),
 * `devices/places.json.sealed` (where devices were last seen), `packs/*.sealed` (packs that the person added), and what lies in folders
 * `damaged-*` (files put aside).
 *
 * Plain, and meant to be: `vault.json` and its copy (how the key is kept), `writer.lock` and `writer.pid` (who writes: a number),
 * the folder `models` (models that anybody can fetch, and which is chosen), and under Electron what Chromium keeps of itself. What
 * the person exports or prints is plain because they asked for a file that others can read.
 */
import { createHmac } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import { limits } from '../../shared/schema.ts'
import { problemOf } from '../home/disk.ts'
import { openLog } from '../log/log.ts'
import { readSealedFile, scrubFile, writeSealedFile } from './files.ts'
import { noteSealed } from './open.ts'
import type { Vault } from './vault.ts'

/** What a home is sealed by. */
export interface Seal {
  /** Null: nothing is sealed, in a home of before that is opened for reading. */
  readonly vault: Vault | null
  /** A plain file of before is taken, since not everything was sealed yet. */
  readonly takesPlain: boolean
}

export const noSeal: Seal = { vault: null, takesPlain: true }

/** `path` without `.sealed`: the sealed file of that name, or the plain one of before. Null where there is none. */
export function readPersonal(home: string, path: string, { vault, takesPlain }: Seal): Result<Uint8Array | null> {
  const sealed = `${path}.sealed`
  if (existsSync(join(home, sealed))) return vault === null ? locked : readSealedFile(home, sealed, vault)
  if (!takesPlain) return ok(null)
  try {
    return ok(new Uint8Array(readFileSync(join(home, path))))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? ok(null) : { ok: false, error: problemOf(error, home) }
  }
}

/** Durable when it returns; a plain one of before is overwritten and taken away. */
export function writePersonal(home: string, path: string, bytes: Uint8Array, { vault }: Seal): Result<void> {
  if (vault === null) return locked
  const written = writeSealedFile(home, `${path}.sealed`, bytes, vault)
  if (written.ok) scrubFile(join(home, path))
  return written
}

/** A file's own name may tell something: another one for it, always the same, that tells nothing. */
function hiddenName(name: string, vault: Vault): string {
  return createHmac('sha256', vault.derive('names')).update(name).digest('hex').slice(0, 32)
}

/**
 * Seals what is plain in a home that this process writes; what stands against it, else null: the home can be used all the same,
 * and it is tried again at the next opening.
 */
export async function sealPlain(home: string, seal: Seal): Promise<Problem | null> {
  const { vault } = seal
  if (vault === null) return null
  try {
    const steps: readonly (() => Result<void> | Promise<Result<void>>)[] = [
      () => (seal.takesPlain ? sealDevices(home, seal) : ok(undefined)),
      () => sealDropped(home, vault),
      () => sealAside(home, '', vault),
      () => sealAside(home, 'devices', vault),
      () => (seal.takesPlain ? noteSealed(home, vault) : ok(undefined))
    ]
    for (const step of steps) {
      const done = await step()
      if (!done.ok) return leftPlain(done.error)
    }
    return null
  } catch (error) {
    return leftPlain(problemOf(error, home))
  }
}

/** A pack of the home, under a name that tells nothing, in the place of one that was called the same, sealed or plain. */
export function sealPack(home: string, name: string, text: Uint8Array, vault: Vault): Result<void> {
  const piece = Buffer.concat([Buffer.from(`${name.replaceAll('\n', ' ')}\n`, 'utf8'), text])
  const written = writeSealedFile(home, `packs/${hiddenName(name, vault)}.sealed`, piece, vault)
  /* In a backup that somebody else made, it may lead out of the folder. */
  if (written.ok && basename(name) === name) scrubFile(join(home, 'packs', name))
  return written
}

/** Name and text of a sealed pack. */
export function openPack(home: string, file: string, vault: Vault): Result<{ readonly name: string; readonly text: Uint8Array }> {
  const opened = readSealedFile(home, `packs/${file}`, vault)
  if (!opened.ok) return opened
  const end = opened.value?.indexOf(0x0a) ?? -1
  if (opened.value === null || end === -1) return fail('storage', 'a pack is damaged', 'add it again')
  return ok({ name: Buffer.from(opened.value.subarray(0, end)).toString('utf8'), text: opened.value.subarray(end + 1) })
}

async function sealDevices(home: string, seal: Seal): Promise<Result<void>> {
  for (const path of ['devices/keys', 'devices/places.json']) {
    const plain = existsSync(join(home, path)) && !existsSync(join(home, `${path}.sealed`)) ? readPersonal(home, path, seal) : ok(null)
    const done = !plain.ok || plain.value === null ? plain : writePersonal(home, path, plain.value, seal)
    if (!done.ok) return done
    scrubFile(join(home, path))
  }
  rmSync(join(home, 'devices', 'keys.new'), { force: true })
  if (!existsSync(join(home, 'devices', 'values.sqlite'))) return ok(undefined)
  const log = await openLog({ directory: join(home, 'devices'), mode: 'write', store: 'devices', ...seal })
  if (!log.ok) return log
  await log.value.close()
  return log.value.opened.kind === 'writable' ? ok(undefined) : { ok: false, error: log.value.opened.problem }
}

/** Packs that were added before, or that somebody put into the folder by hand. */
function sealDropped(home: string, vault: Vault): Result<void> {
  for (const name of namesIn(join(home, 'packs')).filter((each) => /\.jsonl?(?:\.part)?$/iu.test(each))) {
    const path = join(home, 'packs', name)
    const found = lstatSync(path)
    if (!found.isFile() || found.size > limits.fileBytes) continue
    const done = name.endsWith('.part') ? ok(scrubFile(path)) : sealPack(home, name, readFileSync(path), vault)
    if (!done.ok) return done
  }
  return ok(undefined)
}

/** What was put aside before it was sealed, or sealed only row by row. */
function sealAside(home: string, under: string, vault: Vault): Result<void> {
  for (const folder of namesIn(join(home, under)).filter((name) => /^damaged-\d+$/u.test(name))) {
    for (const name of namesIn(join(home, under, folder)).filter((each) => !/\.(?:sealed|new)$/u.test(each))) {
      const path = [under, folder, name].filter((part) => part !== '').join('/')
      /* A link leads to something that is not of this home. */
      if (!lstatSync(join(home, path)).isFile()) continue
      const done = writeSealedFile(home, `${path}.sealed`, readFileSync(join(home, path)), vault)
      if (!done.ok) return done
      scrubFile(join(home, path))
    }
  }
  return ok(undefined)
}

/** None where something else than a folder lies there. */
function namesIn(folder: string): readonly string[] {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : []
}

function leftPlain({ remedy }: Problem): Problem {
  return { kind: 'storage', message: 'some files of this home could not be sealed yet, and can be read by whoever has the disk', remedy: `${remedy}; then open the app again` }
}

const locked = fail('denied', 'this home is sealed, and was opened without its key', 'open it with its key file or passphrase')
