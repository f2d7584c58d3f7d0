/**
 * Frames through any folder that two devices can both get at, now or later: a stick, a network drive, a folder that some
 * service keeps level. Each frame is a file of its own, sealed between the two keys, written beside its name, flushed and
 * renamed; a file that is there is never changed. Each device writes in folders of its own only.
 *
 * Promises: T1–T7 (shared/ports.ts). Who reads leaves word of how far, so that the writer can clear away, and goes on there at
 * its next start; a file that is not there or not whole is waited for, and where later ones are there it is given up with the
 * channel, for this long or when it was waited for at the last start already. Nothing that is no file is opened.
 */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import type { PeerTransport } from '../../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../../shared/result.ts'
import { transportLimits, type TransportLimits } from './carrier.ts'
import { Line } from './line.ts'

export interface FolderOptions {
  readonly folder: string
  /** The seed of this device's ed25519 key, and the other's public key. */
  readonly secret: Uint8Array
  readonly remote: Uint8Array
  /** Milliseconds between two looks into the folder. */
  readonly pause?: number
  readonly limits?: TransportLimits
}

export interface FolderTransport extends PeerTransport {
  /** Why it ended where the folder took no more; null for any other end. */
  readonly problem: Problem | null
  /** Resolves when all that was sent lies in the folder, or cannot, and all that lay there was handed over; the other is not told. */
  leave(): Promise<void>
}

const kinds = { frame: 0, bye: 1 } as const
const usualPause = 1_000
/** Looks at a file that is not there or not whole, though later ones are there, before the channel is given up. */
const mostLooks = 20
/** Files beside those that carry frames: up to where was read here, and what was waited for when this device left. */
const marks = { read: 'read', awaited: 'awaited' } as const
/** Numbers that are written out in twelve digits, and some room behind. */
const mostNumber = 900_000_000_000
const nonceLength = 24
const tagLength = 16

/** Errors: `not-found` (no such folder), `denied`, `bad-input` (that is this device's own key). */
export async function openFolder(options: FolderOptions): Promise<Result<FolderTransport>> {
  const own = ed25519.getPublicKey(options.secret)
  if (Buffer.compare(own, options.remote) === 0) return fail('bad-input', 'that is this device itself', 'choose another device')
  const shared = x25519.getSharedSecret(ed25519.utils.toMontgomerySecret(options.secret), ed25519.utils.toMontgomery(options.remote))
  const [out, back] = [createLane(options.folder, shared, own, options.remote), createLane(options.folder, shared, options.remote, own)]
  const there = await stat(options.folder).catch(() => null)
  if (there === null) return fail('not-found', 'there is no such folder', 'make it, or put the stick in')
  if (!there.isDirectory()) return fail('not-found', 'that is not a folder', 'name a folder')
  try {
    await mkdir(out.place, { recursive: true, mode: 0o700 })
  } catch (error) {
    return { ok: false, error: problemOf(error) }
  }
  const exchange = new FolderExchange(out, back, options)
  await exchange.start()
  return ok(exchange)
}

/** One direction: where its files lie, and what seals them. */
interface Lane {
  readonly place: string
  seal(number: number, kind: number, frame: Uint8Array): Uint8Array
  /** Null where it is not whole or not for this lane. */
  unseal(number: number, bytes: Uint8Array): { readonly kind: number; readonly frame: Uint8Array } | null
}

function createLane(folder: string, shared: Uint8Array, from: Uint8Array, to: Uint8Array): Lane {
  const ends = Buffer.concat([from, to])
  const key = new Uint8Array(hkdfSync('sha256', shared, createHash('sha256').update(ends).digest(), 'values steward: sealed files', 32))
  const name = createHmac('sha256', key).update('name').digest('hex').slice(0, 32)
  const numbered = (number: number): Uint8Array => {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(number))
    return bytes
  }
  return {
    place: join(folder, `values-steward-${name}`),
    seal(number, kind, frame) {
      const nonce = Uint8Array.from(randomBytes(nonceLength))
      return Buffer.concat([nonce, xchacha20poly1305(key, nonce, numbered(number)).encrypt(Buffer.concat([Uint8Array.of(kind), frame]))])
    },
    unseal(number, bytes) {
      if (bytes.length < nonceLength + tagLength + 1) return null
      try {
        const plain = xchacha20poly1305(key, bytes.subarray(0, nonceLength), numbered(number)).decrypt(bytes.subarray(nonceLength))
        return { kind: plain[0] ?? 0, frame: plain.subarray(1) }
      } catch {
        return null
      }
    }
  }
}

class FolderExchange extends Line implements FolderTransport {
  readonly #out: Lane
  readonly #back: Lane
  readonly #pause: number
  readonly #largest: number
  #writing: Promise<void> = Promise.resolve()
  #reading: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  /** The last file written, the last one read, and the last one that lay there when this began. */
  #written = 0
  #read = 0
  #old = 0
  #looks = 0
  /** What was waited for in vain when this device left last. */
  #awaited = 0
  #problem: Problem | null = null

  constructor(out: Lane, back: Lane, { remote, pause = usualPause, limits = transportLimits }: FolderOptions) {
    super(remote, limits, 0)
    this.#out = out
    this.#back = back
    this.#pause = pause
    this.#largest = limits.frame
  }

  get problem(): Problem | null {
    return this.#problem
  }

  /** Goes on where both ends stopped. */
  async start(): Promise<void> {
    await clearPartial(this.#out.place)
    this.#written = Math.max(await readMark(this.#back.place, marks.read), ...(await numbersIn(this.#out.place)), 0)
    this.#read = await readMark(this.#out.place, marks.read)
    this.#awaited = await readMark(this.#out.place, marks.awaited)
    this.#old = Math.max(this.#read, ...(await numbersIn(this.#back.place)))
    this.#look()
  }

  protected pass(frame: Uint8Array): void {
    this.#write(kinds.frame, frame)
  }

  protected hangUp(): void {
    this.#write(kinds.bye, new Uint8Array(0))
  }

  protected override ended(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  async leave(): Promise<void> {
    await this.#reading
    if (!this.isOver) {
      await this.#takeAll()
      if (this.#looks > 0) await this.#mark(marks.awaited, this.#read + 1)
      this.end()
    }
    await this.#writing
  }

  #write(kind: number, frame: Uint8Array): void {
    this.#writing = this.#writing
      .then(async () => {
        /* Behind one that is missing nothing would be read. */
        if (this.#problem !== null) return
        this.#written += 1
        await writeWhole(this.#out.place, nameOf(this.#written), this.#out.seal(this.#written, kind, frame))
        this.wrote(frame.length)
      })
      .catch((error: unknown) => {
        this.#problem = problemOf(error)
        this.end()
      })
  }

  #look(): void {
    this.#reading = this.#takeAll().then(() => {
      if (this.isOver) return
      this.#timer = setTimeout(() => this.#look(), this.#pause)
      this.#timer.unref()
    })
  }

  async #takeAll(): Promise<void> {
    const before = this.#read
    while (!this.isOver && (await this.#takeNext()));
    if (this.#read === before) return
    await this.#mark(marks.read, this.#read)
    await this.#clear().catch(() => undefined)
  }

  /** False where the next one is not there, or not whole. */
  async #takeNext(): Promise<boolean> {
    const number = this.#read + 1
    const path = join(this.#back.place, nameOf(number))
    const size = await sizeOf(path)
    if (size !== null && size > this.#largest + nonceLength + tagLength + 1) return this.#giveUp(number)
    const bytes = size === null ? null : await readFile(path).catch(() => null)
    const plain = bytes === null ? null : this.#back.unseal(number, bytes)
    if (plain === null) return await this.#await(number)
    this.#looks = 0
    this.#read = number
    if (plain.kind === kinds.bye) {
      /* One that lay there already ended what was before. */
      if (number > this.#old) this.end()
      return true
    }
    this.take(plain.frame)
    return true
  }

  /** It may still be on its way; where later ones are here, it is not for long. */
  async #await(number: number): Promise<false> {
    const later = (await numbersIn(this.#back.place)).filter((each) => each > number)
    this.#looks = later.length === 0 ? 0 : this.#looks + 1
    return this.#looks > mostLooks || (this.#looks > 0 && this.#awaited === number) ? this.#giveUp(Math.min(...later) - 1) : false
  }

  /** T1: what cannot be read is not left out in silence. The next channel goes on behind it. */
  #giveUp(last: number): false {
    this.#read = last
    this.close()
    return false
  }

  async #mark(name: string, number: number): Promise<void> {
    await writeWhole(this.#out.place, name, Buffer.from(String(number))).catch(() => undefined)
  }

  /** What the other has read is of no more use. */
  async #clear(): Promise<void> {
    const mark = await readMark(this.#back.place, marks.read)
    for (const number of await numbersIn(this.#out.place)) if (number <= mark) await unlink(join(this.#out.place, nameOf(number)))
  }
}

function nameOf(number: number): string {
  return `${String(number).padStart(12, '0')}.sealed`
}

async function numbersIn(place: string): Promise<number[]> {
  const names = await readdir(place).catch(() => [])
  return names.flatMap((name) => (/^\d{12}\.sealed$/u.test(name) ? [Number(name.slice(0, 12))] : []))
}

async function readMark(place: string, name: string): Promise<number> {
  const path = join(place, name)
  const size = await sizeOf(path)
  const mark = size === null || size > 20 ? 0 : Number(await readFile(path, 'utf8').catch(() => '0'))
  return Number.isSafeInteger(mark) && mark > 0 && mark <= mostNumber ? mark : 0
}

/** Null where there is none: of what is no file, reading may never end. */
async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null)
  return found?.isFile() === true ? found.size : null
}

/** What a run left that was killed. */
async function clearPartial(place: string): Promise<void> {
  const names = await readdir(place).catch(() => [])
  for (const name of names) if (name.endsWith('.partial')) await unlink(join(place, name)).catch(() => undefined)
}

function problemOf(error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') return { kind: 'storage', message: 'there is no room left in that folder', remedy: 'make room there, or choose another folder; nothing is lost here' }
  return { kind: 'denied', message: 'that folder cannot be written', remedy: 'choose another' }
}

/** Whole under its name or not there: written beside it, flushed, renamed, and the folder flushed. */
async function writeWhole(place: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(place, `${name}.${randomBytes(4).toString('hex')}.partial`)
  const file = await open(path, 'wx', 0o600)
  try {
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(path, join(place, name))
  } catch (error) {
    await unlink(path).catch(() => undefined)
    throw error
  }
  const folder = await open(place, 'r').catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
