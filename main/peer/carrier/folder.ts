/**
 * Frames through any folder that two devices can both get at, now or later: a stick, a network drive, a folder that some
 * service keeps level. Each frame is a file of its own, sealed between the two keys, written beside its name, flushed and
 * renamed; a file that is there is never changed. Each device writes in folders of its own only.
 *
 * Promises: T1–T7 (shared/ports.ts). Who reads leaves word of how far, so that the writer can clear away, and goes on there at
 * its next start; a file that is not whole is waited for, and given up with the channel where later ones are whole.
 */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import type { PeerTransport } from '../../../shared/ports.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
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
  /** Resolves when all that was sent lies in the folder and all that lay there was handed over; the other is not told. */
  leave(): Promise<void>
}

const kinds = { frame: 0, bye: 1 } as const
const usualPause = 1_000
/** Looks at a file that is not whole, before the channel is given up. */
const mostLooks = 20
const nonceLength = 24
const tagLength = 16

/** Errors: `not-found` (no such folder), `denied`, `bad-input` (that is this device's own key). */
export async function openFolder(options: FolderOptions): Promise<Result<FolderTransport>> {
  const own = ed25519.getPublicKey(options.secret)
  if (Buffer.compare(own, options.remote) === 0) return fail('bad-input', 'that is this device itself', 'choose another device')
  const shared = x25519.getSharedSecret(ed25519.utils.toMontgomerySecret(options.secret), ed25519.utils.toMontgomery(options.remote))
  const [out, back] = [createLane(options.folder, shared, own, options.remote), createLane(options.folder, shared, options.remote, own)]
  try {
    if (!(await stat(options.folder)).isDirectory()) return fail('not-found', 'that is not a folder', 'name a folder')
    await mkdir(out.place, { recursive: true, mode: 0o700 })
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing ? fail('not-found', 'there is no such folder', 'make it, or put the stick in') : fail('denied', 'that folder cannot be written', 'choose another')
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

  constructor(out: Lane, back: Lane, { remote, pause = usualPause, limits = transportLimits }: FolderOptions) {
    super(remote, limits, 0)
    this.#out = out
    this.#back = back
    this.#pause = pause
    this.#largest = limits.frame
  }

  /** Goes on where both ends stopped. */
  async start(): Promise<void> {
    this.#written = Math.max(await readMark(this.#back.place), ...(await numbersIn(this.#out.place)), 0)
    this.#read = await readMark(this.#out.place)
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
    if (!this.isOver) {
      await this.#reading
      await this.#takeAll()
      this.end()
    }
    await this.#writing
  }

  #write(kind: number, frame: Uint8Array): void {
    this.#writing = this.#writing
      .then(async () => {
        this.#written += 1
        await writeWhole(this.#out.place, nameOf(this.#written), this.#out.seal(this.#written, kind, frame))
        this.wrote(frame.length)
      })
      .catch(() => this.end())
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
    await writeWhole(this.#out.place, 'read', Buffer.from(String(this.#read))).catch(() => undefined)
    await this.#clear().catch(() => undefined)
  }

  /** False where the next one is not there, or not whole. */
  async #takeNext(): Promise<boolean> {
    const number = this.#read + 1
    const path = join(this.#back.place, nameOf(number))
    const size = await stat(path).then((found) => found.size, () => null)
    if (size === null) return false
    if (size > this.#largest + nonceLength + tagLength + 1) return this.#giveUp(number)
    const bytes = await readFile(path).catch(() => null)
    const plain = bytes === null ? null : this.#back.unseal(number, bytes)
    if (plain === null) {
      /* It may still be on its way; where later ones are here, it is not. */
      this.#looks += 1
      const isPassed = this.#looks > mostLooks && (await numbersIn(this.#back.place)).some((each) => each > number)
      return isPassed ? this.#giveUp(number) : false
    }
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

  /** T1: what cannot be read is not left out in silence. The next channel goes on behind it. */
  #giveUp(number: number): false {
    this.#read = number
    this.close()
    return false
  }

  /** What the other has read is of no more use. */
  async #clear(): Promise<void> {
    const mark = await readMark(this.#back.place)
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

async function readMark(place: string): Promise<number> {
  const mark = Number(await readFile(join(place, 'read'), 'utf8').catch(() => '0'))
  return Number.isSafeInteger(mark) && mark > 0 ? mark : 0
}

/** Whole under its name or not there: written beside it, flushed, renamed, and the folder flushed. */
async function writeWhole(place: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(place, `${name}.${randomBytes(4).toString('hex')}.partial`)
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(path, join(place, name))
  const folder = await open(place, 'r').catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
