/**
 * The command line under test: in this process with its streams in memory, or as a process of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { expect } from 'vitest'
import { runCli } from '../../main/cli.ts'
import type { Terminal } from '../../main/commands/terminal.ts'

export const root = join(import.meta.dirname, '../..')

export interface Ended {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs a command here; `input` is its standard input. */
export async function runHere(argv: readonly string[], { input = '', environment = {}, ...terminal }: { input?: string | Uint8Array } & Partial<Omit<Terminal, 'input'>> = {}): Promise<Ended> {
  const [output, errors] = [collector(), collector()]
  const code = await runCli(argv, {
    input: Readable.from([typeof input === 'string' ? Buffer.from(input) : input]),
    output: output.stream,
    errors: errors.stream,
    /* The keys of test homes lie where tests keep them. */
    environment: { VALUES_STEWARD_KEYS: process.env['VALUES_STEWARD_KEYS'], ...environment },
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

/** Exit 1, nothing on standard output, one sentence and no trace of our insides on standard error. */
export function expectRefusal(result: Ended): void {
  expect(result.errors).toMatch(/^error: [^\n]+; [^\n]+\n$/u)
  expect(result.errors.length).toBeLessThan(600)
  expect(result.errors.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\bat .+:\d+:\d+|node:|Error:|ZodError|undefined|\[object|went wrong inside/u)
  expect(result).toMatchObject({ code: 1, output: '' })
}

/** Every file of a home with the digest of its content. */
export async function printOf(home: string): Promise<Record<string, string>> {
  const names = existsSync(home) ? await readdir(home, { recursive: true, withFileTypes: true }) : []
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()
  return Object.fromEntries(await Promise.all(files.map(async (path) => [path, createHash('sha256').update(await readFile(path)).digest('hex')] as const)))
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
