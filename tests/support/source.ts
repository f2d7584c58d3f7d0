/**
 * Where models come from, in a test: files of a small model with a catalogue that names them, and a real HTTP server on loopback
 * that serves them well or badly, and counts what it sent.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CatalogueEntry } from '../../models/catalogue.ts'

export type Files = Readonly<Record<string, Buffer>>

/** A message that is an ONNX model from its outside: a version, and a graph of so many random bytes, or with weights beside it. */
export function onnxBytes(graphBytes: number, external: Readonly<Record<string, number>> = {}): Buffer {
  const tensors = Object.entries(external).map(([location, length]) => delimited(5, delimited(13, Buffer.concat([delimited(1, 'location'), delimited(2, location)])), delimited(13, Buffer.concat([delimited(1, 'offset'), delimited(2, '0')])), delimited(13, Buffer.concat([delimited(1, 'length'), delimited(2, String(length))]))))
  const graph = Buffer.concat([...tensors, delimited(10, randomBytes(graphBytes))])
  return Buffer.concat([Buffer.from([0x08, 0x0a]), delimited(2, 'test'), delimited(7, graph)])
}

function delimited(field: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest >= 128 ? (rest % 128) + 128 : rest)
    if (rest < 128) return Buffer.from(bytes)
  }
}

export function modelFiles(weightBytes = 300_000): Files {
  return {
    'config.json': Buffer.from('{"model_type":"llama","max_position_embeddings":2048}'),
    'tokenizer.json': Buffer.from(JSON.stringify({ model: 'x'.repeat(9_000) })),
    'tokenizer_config.json': Buffer.from('{"tokenizer_class":"GPT2Tokenizer"}'),
    'onnx/model_q4.onnx': onnxBytes(weightBytes)
  }
}

export const repository = 'people/tiny-ONNX'
export const revision = '0123456789abcdef0123456789abcdef01234567'

/** The catalogue's entry of these files; `unknown` are those whose hash nobody knows beforehand. */
export function entryOf(files: Files, { name = 'Tiny', unknown = [], optional = [], terms = false, fixed = true }: { name?: string; unknown?: readonly string[]; optional?: readonly string[]; terms?: boolean; fixed?: boolean } = {}): CatalogueEntry {
  return {
    name, maker: 'Nobody', task: 'text-generation', parameters: 1_000_000, dtype: 'q4', attention: 'plain', context: 2048, languages: ['en', 'de'], memory: 100_000_000,
    licence: terms
      ? { name: 'Terms of Nobody', address: 'https://example.org/terms', terms: { en: 'Nobody’s terms say that this may be used by anybody, for anything, as long as they have read this sentence whole.', de: 'Niemands Bedingungen sagen, dass dies von jedem für alles benutzt werden darf, sofern dieser Satz ganz gelesen wurde.' } }
      : { name: 'Apache-2.0', address: 'https://www.apache.org/licenses/LICENSE-2.0', terms: null },
    source: { repository, revision: fixed ? revision : null },
    files: [...Object.entries(files).map(([path, bytes]) => ({ path, bytes: bytes.length, exact: !unknown.includes(path), sha256: unknown.includes(path) ? null : sha256(bytes), optional: false })), ...optional.map((path) => ({ path, bytes: 100, exact: false, sha256: null, optional: true }))]
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** May answer in place of the well-behaved server; true where it did. */
export type Mischief = (request: IncomingMessage, response: ServerResponse, path: string, bytes: Buffer) => boolean | Promise<boolean>

export interface TestSource {
  readonly base: string
  /** `PATH RANGE`, in order. */
  readonly asked: string[]
  /** Bytes of bodies handed to the network. */
  sent: number
  files: Files
  mischief: Mischief | null
  /** Bytes a second; null as fast as it goes. */
  pace: number | null
  close(): Promise<void>
}

export async function startSource(files: Files, options: { readonly port?: number } = {}): Promise<TestSource> {
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  const source: TestSource = {
    base: '', asked: [], sent: 0, files, mischief: null, pace: null,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = /^\/people\/tiny-ONNX\/resolve\/[^/]+\/(.+)$/u.exec(new URL(request.url ?? '/', 'http://x').pathname)?.[1] ?? ''
    source.asked.push(`${path} ${request.headers.range ?? '-'}`)
    const bytes = source.files[path]
    if (bytes === undefined) return void response.writeHead(404).end('no such file')
    if (source.mischief !== null && (await source.mischief(request, response, path, bytes))) return
    const etag = `"${sha256(bytes)}"`
    const range = /^bytes=(\d+)-(\d*)$/u.exec(request.headers.range ?? '')
    const whole = range === null || (request.headers['if-range'] !== undefined && request.headers['if-range'] !== etag)
    const start = whole ? 0 : Number(range[1])
    if (start >= bytes.length) return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
    const end = whole || range[2] === '' ? bytes.length : Math.min(bytes.length, Number(range[2]) + 1)
    response.writeHead(whole ? 200 : 206, { etag, 'content-type': 'application/octet-stream', 'content-length': end - start, ...(whole ? {} : { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }) })
    await send(response, bytes.subarray(start, end))
  }

  async function send(response: ServerResponse, bytes: Buffer): Promise<void> {
    const step = 16_384
    for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
      const chunk = bytes.subarray(at, at + step)
      source.sent += chunk.length
      if (!response.write(chunk)) await new Promise<void>((resolve) => {
        const go = (): void => {
          response.off('drain', go)
          response.off('close', go)
          resolve()
        }
        response.on('drain', go)
        response.on('close', go)
      })
      if (source.pace !== null) await new Promise((resolve) => setTimeout(resolve, (1_000 * chunk.length) / (source.pace ?? 1)))
    }
    response.end()
  }

  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(source, { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}
