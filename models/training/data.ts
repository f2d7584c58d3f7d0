/** What the training scripts share: reading data/, the two models without a process around them, and chance that is the same each time. */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { ok } from '../../shared/result.ts'
import { loadCausal } from '../causal.ts'
import concern from '../concern.json' with { type: 'json' }
import { createEmbedder, keyOf, type Embedder, type Embedding, type Pulse } from '../embedder.ts'
import { builtIn, reader, readWeights } from '../manifest.ts'
import { createReader, type Reader } from '../reader.ts'
import { loadEncoder } from '../runtime.ts'

export const models = new URL('..', import.meta.url)

/** Where the reader's weights are once they are shipped. */
export function readerFolder(): string {
  return fileURLToPath(new URL(`weights/${reader}`, models))
}

export function readData<Row>(name: string): readonly Row[] {
  const text = gunzipSync(readFileSync(new URL(`data/${name}.jsonl.gz`, import.meta.url))).toString('utf8')
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
}

export function writeParameters(name: string, value: unknown): void {
  writeFileSync(new URL(name, models), `${JSON.stringify(value)}\n`)
}

/** Embeddings stand in a file of the system's, so that no run embeds what an earlier one did. */
export async function openEmbedder(): Promise<Embedder> {
  const weights = await readWeights(new URL('.', models).pathname, builtIn)
  if (!weights.ok) throw new Error(weights.error.message)
  const file = join(tmpdir(), `steward-embeddings-${keyOf(weights.value.hashes.join()).replaceAll(/\W/gu, '').slice(0, 16)}.jsonl`)
  const known = new Map(readKept<string>(file).map(([key, value = '']): [string, Embedding] => [key, new Float32Array(new Uint8Array(Buffer.from(value, 'base64')).buffer)]))
  const embedder = createEmbedder(await loadEncoder(weights.value.folder))
  return {
    embed: async (texts, pulse) => {
      const all = [...new Set(texts)]
      const found = await embedder.embed(all.filter((text) => !known.has(keyOf(text))), pulse)
      if (!found.ok) return found
      for (const [text, embedding] of found.value) known.set(keyOf(text), embedding)
      appendFileSync(file, [...found.value].map(([text, embedding]) => `${JSON.stringify([keyOf(text), Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength).toString('base64')])}\n`).join(''))
      return ok(new Map(all.map((text) => [text, known.get(keyOf(text)) as Embedding])))
    },
    get count() {
      return embedder.count
    }
  }
}

/** Embeddings of all texts, by text; a thousand at a time, so that an interrupted run has not run in vain. */
export async function embedAll(texts: Iterable<string>): Promise<(text: string) => Embedding> {
  const embedder = await openEmbedder()
  const all = [...new Set(texts)]
  const embeddings = new Map<string, Embedding>()
  for (let start = 0; start < all.length; start += 1_000) {
    const found = await embedder.embed(all.slice(start, start + 1_000), atLeisure)
    if (!found.ok) throw new Error(found.error.message)
    for (const [text, embedding] of found.value) embeddings.set(text, embedding)
    console.error(`embedding: ${Math.min(all.length, start + 1_000)} of ${all.length} texts`)
  }
  return (text) => embeddings.get(text) as Embedding
}

/** Of the weights in a folder, so that what one set of them gave is not taken for another's. */
export function hashOfWeights(folder: string): string {
  const weights = createHash('sha256')
  for (const name of readdirSync(join(folder, 'onnx')).toSorted()) weights.update(readFileSync(join(folder, 'onnx', name)))
  return weights.digest('hex').slice(0, 16)
}

/** What these weights read stands in a file of the system's, so that the same is not read again by the next run. */
export async function openReader(folder: string): Promise<Reader> {
  const readOut = keyOf(JSON.stringify(concern)).replaceAll(/\W/gu, '').slice(0, 8)
  const file = join(tmpdir(), `steward-reader-${hashOfWeights(folder)}-${readOut}.jsonl`)
  const known = new Map(readKept<number>(file).map(([key, ...row]): [string, readonly number[]] => [key, row]))
  return createReader(await loadCausal(folder, { threads: Number(process.env['THREADS'] ?? 2), batchTokens: 256 }), {
    get: (key) => known.get(key),
    set: (key, row) => {
      known.set(key, row)
      appendFileSync(file, `${JSON.stringify([key, ...row])}\n`)
    }
  })
}

/** Lines of a key and what is kept under it; one that was cut off is passed over. */
function readKept<Value>(file: string): readonly [string, ...Value[]][] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  return lines.filter((line) => line.endsWith(']')).map((line) => JSON.parse(line) as [string, ...Value[]])
}

export const atLeisure: Pulse = { isStopped: () => false, report: () => {} }

/** Numbers in [0, 1): mulberry32. */
export function createChance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export function rounded(values: readonly number[], digits = 4): readonly number[] {
  return values.map((value) => Number(value.toFixed(digits)) + 0)
}

export function shuffled<Thing>(things: readonly Thing[], chance: () => number): readonly Thing[] {
  return things.map((thing) => ({ thing, place: chance() })).toSorted((left, right) => left.place - right.place).map(({ thing }) => thing)
}

/** How often a true one stands before a false one. */
export function area(rows: readonly { readonly score: number; readonly isTrue: boolean }[]): string {
  const [yes = [], no = []] = [true, false].map((isTrue) => rows.filter((row) => row.isTrue === isTrue).map(({ score }) => score))
  return share(yes.reduce((sum, mine) => sum + no.filter((other) => mine > other).length, 0), yes.length * no.length)
}

export function share(some: number, all: number): string {
  return `${((100 * some) / Math.max(1, all)).toFixed(1)} % (${all})`
}
