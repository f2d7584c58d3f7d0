/** What the training scripts share: reading data/, the encoder without a process around it, and chance that is the same each time. */
import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { createEmbedder, type Embedding } from '../embedder.ts'
import { builtIn, readWeights } from '../manifest.ts'
import { loadEncoder } from '../runtime.ts'

export const models = new URL('..', import.meta.url)

export function readData<Row>(name: string): readonly Row[] {
  const text = gunzipSync(readFileSync(new URL(`data/${name}.jsonl.gz`, import.meta.url))).toString('utf8')
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
}

export function writeParameters(name: string, value: unknown): void {
  writeFileSync(new URL(name, models), `${JSON.stringify(value)}\n`)
}

/** Embeddings of all texts, by text. */
export async function embedAll(texts: Iterable<string>): Promise<(text: string) => Embedding> {
  const weights = await readWeights(new URL('.', models).pathname, builtIn)
  if (!weights.ok) throw new Error(weights.error.message)
  let shown = 0
  const pulse = { isStopped: () => false, report: (share: number) => void (share - shown > 0.05 && console.error(`embedding: ${Math.round((shown = share) * 100)} %`)) }
  const found = await createEmbedder(await loadEncoder(weights.value.folder)).embed(texts, pulse)
  if (!found.ok) throw new Error(found.error.message)
  const { value } = found
  return (text) => value.get(text) as Embedding
}

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
