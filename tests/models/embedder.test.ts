import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cosine, createEmbedder, type Pulse } from '../../models/embedder.ts'
import { dimensions, window, type Encoder } from '../../models/runtime.ts'

const busy: Pulse = { isStopped: () => false, report: () => {} }

/** Tokens are words by their length; a row's embedding points to the number of its tokens. Notes every batch. */
function createEncoder() {
  const batches: number[][] = []
  const encoder: Encoder = {
    tokens: (text) => (text.match(/\S+/gu) ?? []).map((word) => word.length),
    embed: async (rows) => {
      batches.push(rows.map((row) => row.length))
      return rows.map((row) => Float32Array.from({ length: dimensions }, (_, at) => Number(at === row.length % dimensions)))
    }
  }
  return { encoder, batches }
}

describe('the embedder', () => {
  it('reads each text once, however often and in whatever job it is asked for', async () => {
    const { encoder, batches } = createEncoder()
    const embedder = createEmbedder(encoder)
    await embedder.embed(['one two', 'one', 'one two'], busy)
    await embedder.embed(['one', 'one two', 'three words here'], busy)
    expect(new Set(batches.flat())).toEqual(new Set([1, 2, 3]))
    expect(batches.flat()).toHaveLength(3)
    expect(embedder.count).toBe(3)
  })

  it('[E1] puts only texts of equal length into a batch, so that none is padded, and no more tokens than can be stopped soon', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 60 }), async (lengths) => {
        const { encoder, batches } = createEncoder()
        await createEmbedder(encoder).embed(lengths.map((length, at) => `${'x '.repeat(length - 1)}${'y'.repeat(at + 1)}`), busy)
        for (const batch of batches) {
          expect(new Set(batch).size).toBe(1)
          expect(batch.length === 1 || batch.length * ((batch[0] ?? 0) + 2) <= 1_024).toBe(true)
        }
        const expected = lengths.flatMap((length) => [...Array.from({ length: Math.floor(length / window) }, () => window), ...(length % window === 0 ? [] : [length % window])])
        expect(batches.flat().toSorted((left, right) => left - right)).toEqual(expected.toSorted((left, right) => left - right))
      }),
      { numRuns: 50 }
    )
  })

  it('lets the mean of its windows, weighted by length, stand for a text that is longer than one', async () => {
    const embedder = createEmbedder(createEncoder().encoder)
    const found = await embedder.embed(['x '.repeat(window + 10)], busy)
    const [embedding] = found.ok ? [...found.value.values()] : []
    expect(embedding?.[window] ?? 0).toBeCloseTo(window / Math.hypot(window, 10), 6)
    expect(embedding?.[10] ?? 0).toBeCloseTo(10 / Math.hypot(window, 10), 6)
  })

  it('gives what has no words the zero vector, which is like nothing', async () => {
    const { encoder, batches } = createEncoder()
    const found = await createEmbedder(encoder).embed(['', ' \n', 'word'], busy)
    if (!found.ok) throw new Error('not embedded')
    expect(cosine(found.value.get('') as Float32Array, found.value.get('word') as Float32Array)).toBe(0)
    expect(found.value.get(' \n')?.every((value) => value === 0)).toBe(true)
    expect(batches).toEqual([[1]])
  })

  it('stops between two batches, and keeps what it has read', async () => {
    const { encoder } = createEncoder()
    const embedder = createEmbedder(encoder)
    let batches = 0
    const stopping: Pulse = { isStopped: () => batches >= 2, report: (share) => (batches += Number(share > 0)) }
    const texts = ['a', 'a b', 'a b c', 'a b c d']
    expect(await embedder.embed(texts, stopping)).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    expect(embedder.count).toBe(2)
    expect((await embedder.embed(texts, busy)).ok).toBe(true)
    expect(embedder.count).toBe(4)
  })
})
