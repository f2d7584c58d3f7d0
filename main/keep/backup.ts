/**
 * A backup: one file that holds a whole home, sealed under 24 words or a passphrase, to be kept elsewhere.
 *
 * A line of JSON (what it is, how its key is made, how long the rest is), then the rest, sealed as everything in a home is
 * (vault/vault.ts) under a key of its own. `check` is eight bytes that only the right key makes, so that wrong words and a
 * damaged file are told apart; it is no help in guessing, for whoever guesses has the rest to try it on.
 */
import { hkdfSync, randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { z } from 'zod'
import { parseJson } from '../../shared/json.ts'
import { readPhrase } from '../../shared/peer/words.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { lockWithPassphrase, Lock, unlockWithPassphrase } from '../vault/passphrase.ts'
import { createVault } from '../vault/vault.ts'
import { readContent, writeContent, type Content } from './content.ts'

/** What opens a backup: 32 bytes that 24 words stand for, or a passphrase. */
export type Secret = { readonly kind: 'phrase'; readonly bytes: Uint8Array } | { readonly kind: 'passphrase'; readonly text: string }

const mostHead = 4_096
const headEnd = /"length":\d+\}/u
/** What stands in every head: two of them are enough to know a damaged one by. Or it is called as the app calls them. */
const marks = [/values-steward-backup/u, /"name":"[0-9a-f]{32}"/u, /"lock":(?:null|\{)/u, /"check":"[0-9a-f]{16}"/u, headEnd] as const
const ownName = /^values-steward-\d{4}-\d\d-\d\d.*\.backup$/u
const mostBytes = 1024 * 1024 * 1024
const backupVersion = 1

const Named = z.object({ format: z.literal('values-steward-backup'), version: z.number().int().min(1) })
const Head = z.strictObject({
  format: z.literal('values-steward-backup'),
  version: z.literal(backupVersion),
  name: z.string().regex(/^[0-9a-f]{32}$/u),
  /** Null where 24 words open it. */
  lock: Lock.nullable(),
  check: z.string().regex(/^[0-9a-f]{16}$/u),
  length: z.number().int().min(1).max(mostBytes)
})

/** Words that look like a phrase are one; anything else is a passphrase. Errors: those of `readPhrase`. */
export function readSecret(typed: string): Result<Secret> {
  const text = typed.trim()
  if (text.split(/\s+/u).length < 20) return ok({ kind: 'passphrase', text: typed.replace(/\r?\n$/u, '') })
  const phrase = readPhrase(text)
  return phrase.ok ? ok({ kind: 'phrase', bytes: phrase.value }) : phrase
}

/** Errors: `bad-input` (the passphrase is too short), `storage` (no memory). */
export async function writeBackup(content: Content, secret: Secret): Promise<Result<Uint8Array>> {
  const name = randomBytes(16).toString('hex')
  const drawn = new Uint8Array(randomBytes(32))
  const lock = secret.kind === 'passphrase' ? await lockWithPassphrase(drawn, secret.text, name) : null
  if (lock !== null && !lock.ok) return lock
  const key = secret.kind === 'passphrase' ? drawn : phraseKey(secret.bytes, name)
  const sealed = createVault({ home: name, key }).seal(deflateRawSync(writeContent(content)), ['backup', backupVersion])
  const head = { format: 'values-steward-backup', version: backupVersion, name, lock: lock?.value ?? null, check: checkOf(key, name), length: sealed.length }
  return ok(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`, 'utf8'), sealed]))
}

/** What can be said of a file of this name without what opens it. Errors: `bad-input` (none, cut short, of a newer version), `storage` (damaged). */
export function lookAtBackup(bytes: Uint8Array, file: string): Result<{ readonly opensBy: Secret['kind'] }> {
  const parts = partsOf(bytes, file)
  return parts.ok ? ok({ opensBy: parts.value.head.lock === null ? 'phrase' : 'passphrase' }) : parts
}

/** Errors: those of `lookAtBackup`; `denied` (not what opens it), `storage` (damaged). */
export async function readBackup(bytes: Uint8Array, secret: Secret, file = ''): Promise<Result<Content>> {
  const parts = partsOf(bytes, file)
  if (!parts.ok) return parts
  const { head, sealed } = parts.value
  if ((head.lock === null) !== (secret.kind === 'phrase')) return head.lock === null ? needsPhrase : needsPassphrase
  const key = secret.kind === 'phrase' ? ok(phraseKey(secret.bytes, head.name)) : head.lock === null ? needsPhrase : await unlockWithPassphrase(head.lock, secret.text, head.name)
  if (!key.ok) return key
  if (checkOf(key.value, head.name) !== head.check) return fail('denied', 'these are not the words of this backup', 'type the 24 words that were shown when it was made')
  const opened = createVault({ home: head.name, key: key.value }).open(sealed, ['backup', backupVersion])
  if (!opened.ok) return damaged
  try {
    const content = readContent(new Uint8Array(inflateRawSync(opened.value, { maxOutputLength: mostBytes })))
    return content === 'newer' ? newer : content === null ? damaged : ok(content)
  } catch {
    return damaged
  }
}

function partsOf(bytes: Uint8Array, file: string): Result<{ readonly head: z.infer<typeof Head>; readonly sealed: Uint8Array }> {
  const end = bytes.subarray(0, mostHead).indexOf(0x0a)
  const value = end === -1 ? null : parseJson(bytes.subarray(0, end), 'the backup')
  if (value === null && isBegun(bytes) && !headEnd.test(headOf(bytes))) return cut
  if (value?.ok !== true) return isBegun(bytes) || isOurs(bytes, file) ? damaged : none
  const named = Named.safeParse(value.value)
  if (!named.success) return isOurs(bytes, file) ? damaged : none
  if (named.data.version > backupVersion) return newer
  const head = Head.safeParse(value.value)
  if (!head.success) return damaged
  const sealed = bytes.subarray(end + 1)
  if (sealed.length < head.data.length) return cut
  return sealed.length > head.data.length ? damaged : ok({ head: head.data, sealed })
}

function isBegun(bytes: Uint8Array): boolean {
  const mark = Buffer.from('{"format":"values-steward-backup"', 'utf8')
  return bytes.length > 0 && Buffer.compare(bytes.subarray(0, mark.length), mark.subarray(0, Math.min(bytes.length, mark.length))) === 0
}

/** Whether it was a backup once. */
function isOurs(bytes: Uint8Array, file: string): boolean {
  const head = headOf(bytes)
  return marks.filter((mark) => mark.test(head)).length >= 2 || ownName.test(basename(file))
}

function headOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, mostHead)).toString('latin1')
}

function phraseKey(phrase: Uint8Array, name: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', phrase, Buffer.from(name, 'hex'), 'values-steward: backup key', 32))
}

function checkOf(key: Uint8Array, name: string): string {
  return Buffer.from(hkdfSync('sha256', key, Buffer.from(name, 'hex'), 'values-steward: backup check', 8)).toString('hex')
}

const none = fail('bad-input', 'this file is not a backup of Values Steward', 'name a file that "steward backup" or the window made; if it is one, its beginning is damaged: take another copy of it')
const cut = fail('bad-input', 'this backup is cut short', 'take another copy of it')
const damaged = fail('storage', 'this backup is damaged', 'take another copy of it, or an older backup')
const newer = fail('read-only', 'this backup was made by a newer version of Values Steward', 'update the app and try again')
const needsPhrase = fail('denied', 'this backup opens by 24 words', 'give the words that were shown when it was made')
const needsPassphrase = fail('denied', 'this backup opens by a passphrase', 'give the passphrase that it was made with')
