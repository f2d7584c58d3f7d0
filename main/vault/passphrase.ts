/**
 * A key that a passphrase opens: argon2id (RFC 9106) makes 32 bytes of the passphrase, and these seal the key. The result is a
 * plain object that tells how much work a guess costs, and nothing else.
 *
 * The work is measured where it is set: memory grows from 64 MiB until a guess takes about half a second here, as far as this
 * machine has room. What is read is held to bounds, so that a hostile file neither hangs nor fills this machine.
 */
import * as crypto from 'node:crypto'
import { freemem } from 'node:os'
import { argon2idAsync } from '@noble/hashes/argon2.js'
import { z } from 'zod'
import { fail, ok, type Result } from '../../shared/result.ts'
import { createVault, type Place } from './vault.ts'

/** MiB, passes, and characters of a passphrase. */
export const passphraseLimits = { leastMemory: 64, mostMemory: 1_024, mostPasses: 16, shortest: 8, longest: 1_000 } as const

const MiB = 1_024
/** Milliseconds that a guess should cost, and the most memory that is taken by ourselves. */
const aim = { milliseconds: 500, memory: 256 }

export const Work = z.strictObject({
  name: z.literal('argon2id'),
  /** KiB. */
  memory: z.number().int().min(passphraseLimits.leastMemory * MiB).max(passphraseLimits.mostMemory * MiB),
  passes: z.number().int().min(1).max(passphraseLimits.mostPasses),
  lanes: z.literal(1),
  salt: z.string().regex(/^[0-9a-f]{32}$/u)
})
export type Work = z.infer<typeof Work>

export const Lock = z.strictObject({ work: Work, wrapped: z.base64().max(200) })
/** What a passphrase opens. */
export type Lock = z.infer<typeof Lock>

/** What stands against it as a new passphrase; null where nothing does. */
export function objectionTo(passphrase: string): Result<never> | null {
  const length = Array.from(passphrase).length
  if (length < passphraseLimits.shortest) return fail('bad-input', `a passphrase has ${passphraseLimits.shortest} characters or more`, 'four or five words that you do not find in a song are good')
  if (length > passphraseLimits.longest) return fail('bad-input', `a passphrase has ${passphraseLimits.longest.toLocaleString('en')} characters at most`, 'take a shorter one')
  return null
}

/** `name` says what the key is of: it opens under the same name alone. Errors: `bad-input` (too short), `storage` (no memory for it). */
export async function lockWithPassphrase(key: Uint8Array, passphrase: string, name: string): Promise<Result<Lock>> {
  const objection = objectionTo(passphrase)
  if (objection !== null) return objection
  try {
    const { work, made } = await measuredWork(passphrase)
    return ok({ work, wrapped: Buffer.from(createVault({ home: name, key: made }).seal(key, placeOf(work))).toString('base64') })
  } catch {
    return noMemory
  }
}

/** Errors: `denied` where it is not the passphrase, `storage` where this machine has not the memory for it. */
export async function unlockWithPassphrase({ work, wrapped }: Lock, passphrase: string, name: string): Promise<Result<Uint8Array>> {
  try {
    const made = await work32(passphrase, work)
    const key = createVault({ home: name, key: made }).open(Buffer.from(wrapped, 'base64'), placeOf(work))
    return key.ok ? key : wrongPassphrase
  } catch {
    return noMemory
  }
}

/** Doubles the memory while that fits the time and leaves most of what is free. */
async function measuredWork(passphrase: string): Promise<{ readonly work: Work; readonly made: Uint8Array }> {
  const room = Math.min(aim.memory * MiB, freemem() / 1_024 / 4)
  let work: Work = { name: 'argon2id', memory: passphraseLimits.leastMemory * MiB, passes: 3, lanes: 1, salt: crypto.randomBytes(16).toString('hex') }
  for (;;) {
    const started = performance.now()
    const made = await work32(passphrase, work)
    const took = performance.now() - started
    if (took * 1.5 > aim.milliseconds || work.memory * 2 > room) return { work, made }
    work = { ...work, memory: work.memory * 2 }
  }
}

/** The same passphrase typed on another system may be composed of other characters: NFKC makes them the same. */
async function work32(passphrase: string, { memory, passes, lanes, salt }: Work): Promise<Uint8Array> {
  const message = Buffer.from(passphrase.normalize('NFKC'), 'utf8')
  const nonce = Buffer.from(salt, 'hex')
  /* Node has it from 24.7 on, with OpenSSL; Electron's, without, has not. Both give the same bytes. */
  const native: typeof crypto.argon2 | undefined = crypto.argon2
  if (native === undefined) return await argon2idAsync(message, nonce, { m: memory, t: passes, p: lanes, dkLen: 32, maxmem: 2 ** 31 })
  return await new Promise((resolve, reject) => {
    native('argon2id', { message, nonce, memory, passes, parallelism: lanes, tagLength: 32 }, (error, made) => (error === null ? resolve(new Uint8Array(made)) : reject(error)))
  })
}

function placeOf({ memory, passes, lanes, salt }: Work): Place {
  return ['passphrase', memory, passes, lanes, salt]
}

export const wrongPassphrase = fail('denied', 'that is not the passphrase', 'type it again; capital letters and spaces count')
const noMemory = fail('storage', 'this computer has not enough free memory to try the passphrase', 'close other programs and try again')
