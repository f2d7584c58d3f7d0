/** The process as a command sees it: its streams, its environment, and how it is told to end. */
import type { Writable } from 'node:stream'
import type { Model } from '../../shared/ports.ts'
import type { Calibration } from '../../shared/schema.ts'
import type { ModelChoice } from '../models/seat.ts'
import { askSecret } from '../vault/prompt.ts'

export interface Terminal {
  readonly input: AsyncIterable<Uint8Array | string>
  readonly output: Writable
  readonly errors: Writable
  readonly environment: NodeJS.ProcessEnv
  /** Aborts when the person wants it to end. */
  readonly signal: AbortSignal
  /** Asks for a secret and shows nothing of it; not there where nobody sits at a terminal. */
  readonly askSecret?: (question: string) => Promise<string | null>
  /** Called by `preview` alone. */
  readonly loadModel: (choice: ModelChoice) => Promise<LoadedModel>
}

export interface LoadedModel {
  readonly model: Model
  readonly calibration: Calibration
}

/** Standard streams; the first Ctrl-C or SIGTERM asks the command to end. */
export function processTerminal(): Terminal {
  const stop = new AbortController()
  let isReading = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      stop.abort()
      if (isReading) process.stdin.destroy()
    })
  }
  /* Who reads our output may stop whenever they like: `steward cards list | head`. */
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write('error: the answer could not be written out; free some room on the disk, or write it elsewhere\n', () => process.exit(1))
  })
  return {
    get input() {
      isReading = true
      return process.stdin
    },
    output: process.stdout,
    errors: process.stderr,
    environment: process.env,
    signal: stop.signal,
    ...(process.stdin.isTTY && process.stderr.isTTY ? { askSecret: (question: string) => askSecret(process.stdin, process.stderr, question) } : {}),
    loadModel
  }
}

/** Imported only when it is called for: a model costs more than all the rest together. */
async function loadModel(choice: ModelChoice): Promise<LoadedModel> {
  const { startModel, calibration } = await import('../../models/model.ts')
  return { model: startModel(choice), calibration }
}

/** Resolves once the text is handed over, so that a process that ends then has lost none of it. */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve) => (text === '' ? resolve() : stream.write(text, () => resolve())))
}

export function onOneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim()
}
