/**
 * Keeps this device level with the person's others through a folder that they can all get at, for as long as it runs: an exchange
 * (folder.ts) with each device that belongs, whoever came in meanwhile among them, opened again where one ended.
 *
 * What the folder does not take is told when it begins, and tried again. Who belongs no more itself exchanges nothing.
 */
import { ok, type Problem, type Result } from '../../../shared/result.ts'
import { openFolder, type FolderTransport } from '../carrier/folder.ts'
import type { Peers } from '../circle/peers.ts'

export interface FoldersOptions {
  readonly folder: string
  readonly peers: Pick<Peers, 'me' | 'standing' | 'devices' | 'connect' | 'transportSecret' | 'onEvent'>
  readonly onProblem: (problem: Problem) => void
}

export interface Folders {
  /** Resolves when what was said last lies in the folder; with why, where it does not. */
  close(): Promise<Result<void>>
}

/** Milliseconds until one that ended is opened again: longer each time, but for one that lasted. */
const pauses = { first: 100, last: 10_000, lasted: 10_000 } as const

interface Other {
  readonly id: string
  readonly remote: Uint8Array
  /** Why it ended last. */
  problem: Problem | null
  pause: number
  timer: NodeJS.Timeout | null
}

/** Errors: those of the folder, and of the keystore. */
export async function openFolders(options: FoldersOptions): Promise<Result<Folders>> {
  const opened = new Exchanges(options)
  const done = await opened.start()
  if (done.ok) return ok(opened)
  await opened.close()
  return done
}

class Exchanges implements Folders {
  readonly #options: FoldersOptions
  readonly #others = new Map<string, Other>()
  /** That still read or write. */
  readonly #exchanges = new Set<FolderTransport>()
  readonly #end: () => void
  /** What is the matter with the folder, as it was told. */
  #told: string | null = null
  #isClosed = false

  constructor(options: FoldersOptions) {
    this.#options = options
    this.#end = options.peers.onEvent((event) => {
      if (event.kind === 'devices') for (const other of this.#follow()) void this.#try(other)
    })
  }

  async start(): Promise<Result<void>> {
    const opened = await Promise.all(this.#follow().map((other) => this.#open(other)))
    return opened.find(({ ok: isOpen }) => !isOpen) ?? ok(undefined)
  }

  async close(): Promise<Result<void>> {
    this.#isClosed = true
    this.#end()
    const others = [...this.#others.values()]
    const exchanges = [...this.#exchanges]
    for (const { timer } of others) if (timer !== null) clearTimeout(timer)
    await Promise.all(exchanges.map((exchange) => exchange.leave()))
    const problem = [...exchanges, ...others].map((each) => each.problem).find((each) => each !== null) ?? null
    return problem === null ? ok(undefined) : { ok: false, error: problem }
  }

  /** Those that are new. */
  #follow(): readonly Other[] {
    const { peers } = this.#options
    const active = this.#isClosed || peers.standing().kind !== 'member' ? [] : peers.devices().filter(({ id, state }) => id !== peers.me?.id && state === 'active')
    /* Who was removed is told so in its session, which ends with that. */
    for (const [id, { timer }] of this.#others) {
      if (active.some((device) => device.id === id)) continue
      this.#others.delete(id)
      if (timer !== null) clearTimeout(timer)
    }
    return active.filter(({ id }) => !this.#others.has(id)).map(({ id, transport }) => {
      const other: Other = { id, remote: Uint8Array.from(Buffer.from(transport, 'hex')), problem: null, pause: pauses.first, timer: null }
      this.#others.set(id, other)
      return other
    })
  }

  async #open(other: Other): Promise<Result<void>> {
    const { folder, peers } = this.#options
    const secret = peers.transportSecret()
    if (!secret.ok) return secret
    const opened = await openFolder({ folder, secret: secret.value, remote: other.remote })
    if (!opened.ok) return opened
    const exchange = opened.value
    if (this.#isClosed || this.#others.get(other.id) !== other) {
      await exchange.leave()
      return ok(undefined)
    }
    const since = performance.now()
    other.problem = null
    this.#exchanges.add(exchange)
    exchange.onClose(() => {
      if (performance.now() - since > pauses.lasted) {
        other.pause = pauses.first
        this.#told = null
      }
      /* The next one goes on behind what this one still writes. */
      void exchange.leave().then(() => {
        this.#exchanges.delete(exchange)
        this.#again(other, exchange.problem)
      })
    })
    peers.connect(exchange, { remote: Buffer.from(other.remote).toString('hex') })
    return ok(undefined)
  }

  async #try(other: Other): Promise<void> {
    const opened = await this.#open(other)
    if (!opened.ok) this.#again(other, opened.error)
  }

  #again(other: Other, problem: Problem | null): void {
    other.problem = problem
    if (this.#isClosed || this.#others.get(other.id) !== other || this.#options.peers.standing().kind !== 'member') return
    if (problem !== null && problem.message !== this.#told) {
      this.#told = problem.message
      this.#options.onProblem(problem)
    }
    other.timer = setTimeout(() => {
      other.timer = null
      void this.#try(other)
    }, other.pause)
    other.timer.unref()
    other.pause = Math.min(2 * other.pause, pauses.last)
  }
}
