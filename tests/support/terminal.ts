/**
 * The command line under test: in this process with its streams in memory, or as a process of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { runCli, type Terminal } from '../../main/cli.ts'

export const root = join(import.meta.dirname, '../..')

export interface Ended {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs a command here; `input` is its standard input. */
export async function runHere(argv: readonly string[], { input = '', ...terminal }: { input?: string | Uint8Array } & Partial<Omit<Terminal, 'input'>> = {}): Promise<Ended> {
  const [output, errors] = [collector(), collector()]
  const code = await runCli(argv, {
    input: Readable.from([typeof input === 'string' ? Buffer.from(input) : input]),
    output: output.stream,
    errors: errors.stream,
    environment: {},
    signal: new AbortController().signal,
    loadModel: () => Promise.reject(new Error('this test has no model')),
    ...terminal
  })
  return { code, output: output.text(), errors: errors.text() }
}

/** Runs a command as the real process; `input` is written to its standard input, which is then closed. */
export async function runProcess(argv: readonly string[], input: string | Uint8Array = ''): Promise<Ended> {
  const child = startProcess('main/cli.ts', argv)
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
  return await ended(child)
}

/** A file of ours as a process with open pipes, under this very Node; a home must be among its arguments. */
export function startProcess(file: string, argv: readonly string[]): ChildProcess {
  const { VALUES_STEWARD_HOME: _, DISPLAY: __, WAYLAND_DISPLAY: ___, ...env } = process.env
  return spawn(process.execPath, [join(root, file), ...argv], { env, stdio: 'pipe' })
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const texts = ['', '']
  for (const [index, stream] of [child.stdout, child.stderr].entries()) stream?.setEncoding('utf8').on('data', (chunk: string) => (texts[index] += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? -1, output: texts[0] ?? '', errors: texts[1] ?? '' }
}

function collector() {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    }
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}
