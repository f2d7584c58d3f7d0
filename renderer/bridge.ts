/**
 * The window's way to the steward: the Bridge of shared/ipc.ts, as Electron's preload gives it, or over the browser host's
 * HTTP and WebSocket (the contract is the header of main/doors/browser.ts).
 *
 * Invariants: a call resolves always, also when the line breaks under it; the line is opened again by itself, with pauses
 * that grow to 2 s, and to no other notebook than the first; the token leaves the address bar before anything else happens.
 */
import type { Bridge, CallName, CallResult, StewardEvent } from '../shared/ipc.ts'
import { fail, type Problem, type Result } from '../shared/result.ts'

declare global {
  interface Window {
    readonly steward?: Bridge
  }
}

const pauses = { first: 50, last: 2_000 }

/** Milliseconds that a call waits for a line before it says that there is none. */
const callPatience = 5_000

export interface OpenedBridge {
  readonly bridge: Bridge
  /** Called when this browser has no session (any more): the link was used, or the host was started again. Null: it has one again. */
  onRefused(listener: (problem: Problem | null) => void): void
}

export function openBridge(): OpenedBridge {
  if (window.steward !== undefined) return { bridge: window.steward, onRefused: () => undefined }
  const token = takeToken()
  return new BrowserBridge(token)
}

/** The token of the address, taken out of it. */
function takeToken(): string | null {
  const match = /[#&]token=([^&]+)/u.exec(location.hash)
  if (match === null) return null
  history.replaceState(null, '', location.pathname + location.search)
  return match[1] ?? null
}

class BrowserBridge implements OpenedBridge {
  readonly bridge: Bridge
  #socket: WebSocket | null = null
  #pause = pauses.first
  #number = 0
  #isConnected = false
  /** Whose words are in this window; null before the first session. */
  #notebook: string | null = null
  #problem: Problem | null = null
  /** From a fresh link that was opened in this very window. */
  #fresh: string | null = null
  readonly #early: Uint8Array[] = []
  readonly #calls = new Map<number, (result: Result<never>) => void>()
  /** By number; what is here was not sent, and is not done. */
  readonly #unsent = new Map<number, string>()
  readonly #events = new Set<(event: StewardEvent) => void>()
  readonly #frames = new Set<(frame: Uint8Array) => void>()
  readonly #states = new Set<(connected: boolean) => void>()
  readonly #refusals = new Set<(problem: Problem | null) => void>()

  constructor(token: string | null) {
    this.bridge = {
      call: (name, argument) => this.#call(name, argument),
      onEvent: (listener) => follow(this.#events, listener),
      sync: {
        send: (frame) => {
          if (this.#isConnected) this.#socket?.send(frame as Uint8Array<ArrayBuffer>)
        },
        onFrame: (listener) => {
          const end = follow(this.#frames, listener)
          for (const frame of this.#early.splice(0)) listener(frame)
          return end
        },
        onConnected: (listener) => {
          if (this.#isConnected) listener(true)
          return follow(this.#states, listener)
        }
      }
    }
    /* Only what stands behind the # differs, so the page is not loaded anew. */
    addEventListener('hashchange', () => {
      const token = takeToken()
      if (!this.#isConnected) this.#fresh = token ?? this.#fresh
    })
    void this.#open(token)
  }

  onRefused(listener: (problem: Problem | null) => void): void {
    this.#refusals.add(listener)
    if (this.#problem !== null) listener(this.#problem)
  }

  async #open(given: string | null): Promise<void> {
    const token = this.#fresh ?? given
    this.#fresh = null
    const answer = await fetch('session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(token === null ? {} : { token })
    }).catch(() => null)
    if (answer?.status === 401) {
      this.#refuse(((await answer.json().catch(() => null)) as Problem | null) ?? noSession)
      /* The fresh link may be opened beside this window, in the same browser. */
      return this.#again(null)
    }
    if (answer === null || !answer.ok) return this.#again(token)
    const notebook = answer.headers.get('Notebook')
    this.#notebook ??= notebook
    if (notebook !== this.#notebook) {
      this.#refuse(otherNotebook)
      return this.#again(null)
    }
    if (this.#problem !== null) this.#refuse(null)
    const socket = new WebSocket(`ws://${location.host}/steward`)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.addEventListener('open', () => {
      this.#pause = pauses.first
      this.#tell(true)
      for (const message of this.#unsent.values()) socket.send(message)
      this.#unsent.clear()
    })
    socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | string>) => this.#hear(data))
    socket.addEventListener('close', () => {
      this.#early.length = 0
      for (const [id, settle] of this.#calls) {
        if (this.#unsent.has(id)) continue
        settle(lineBroke)
        this.#calls.delete(id)
      }
      if (this.#isConnected) this.#tell(false)
      this.#again(null)
    })
  }

  #again(token: string | null): void {
    setTimeout(() => void this.#open(token), this.#pause)
    this.#pause = Math.min(pauses.last, this.#pause * 2)
  }

  #refuse(problem: Problem | null): void {
    this.#problem = problem
    if (problem !== null) {
      for (const settle of this.#calls.values()) settle({ ok: false, error: problem })
      this.#calls.clear()
      this.#unsent.clear()
    }
    for (const listener of this.#refusals) listener(problem)
  }

  #hear(data: ArrayBuffer | string): void {
    if (typeof data !== 'string') {
      const frame = new Uint8Array(data)
      if (this.#frames.size === 0) this.#early.push(frame)
      for (const listener of this.#frames) listener(frame)
      return
    }
    const message = JSON.parse(data) as { readonly id?: number; readonly result?: Result<never>; readonly event?: StewardEvent }
    if (message.event !== undefined) for (const listener of this.#events) listener(message.event)
    if (message.id === undefined || message.result === undefined) return
    this.#calls.get(message.id)?.(message.result)
    this.#calls.delete(message.id)
  }

  #call<Name extends CallName>(name: Name, argument: unknown): Promise<CallResult<Name>> {
    if (this.#problem !== null) return Promise.resolve({ ok: false, error: this.#problem })
    this.#number += 1
    const id = this.#number
    const message = JSON.stringify({ id, name, argument })
    return new Promise((resolve) => {
      this.#calls.set(id, resolve as (result: Result<never>) => void)
      if (this.#isConnected) this.#socket?.send(message)
      else {
        this.#unsent.set(id, message)
        /* At the start, the status is worth any wait. */
        if (name !== 'status') setTimeout(() => this.#giveUp(id), callPatience)
      }
    })
  }

  #giveUp(id: number): void {
    if (!this.#unsent.delete(id)) return
    this.#calls.get(id)?.(noAnswer)
    this.#calls.delete(id)
  }

  #tell(connected: boolean): void {
    this.#isConnected = connected
    for (const listener of this.#states) listener(connected)
  }
}

const noSession: Problem = { kind: 'denied', message: 'this browser has no open session', remedy: 'start Values Steward again and open the fresh link' }
const otherNotebook: Problem = { kind: 'conflict', message: 'another notebook is open at this address now', remedy: 'start the one of this window again, or reload the window to see the other' }
const noAnswer = fail('conflict', 'Values Steward does not answer, so nothing was asked of it', 'it is tried again by itself; ask once more when it is back')
const lineBroke = fail('conflict', 'the connection to Values Steward broke', 'it is being opened again; try once more')

function follow<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
