/** causal.ts on a real graph: a tiny llama of random weights (models/training/language/tiny.py), through transformers.js and ONNX Runtime. */
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCausal, loadCausal, type Block, type Causal } from '../../models/causal.ts'
import { loadCausalSession, numbersOf, type CausalSession, type Numbers } from '../../models/runtime.ts'
import type { Result } from '../../shared/result.ts'

const folder = fileURLToPath(new URL('fixtures/tiny-llama', import.meta.url))
let causal: Causal
beforeAll(async () => {
  causal = await loadCausal(folder)
})
afterAll(() => causal.close())
const folders: string[] = []
afterEach(() => Promise.all(folders.splice(0).map((each) => rm(each, { recursive: true, force: true }))))

const texts = ['A friend asks for money.', ' You have little yourself', ', and he has never paid back', ' anything', ' at all.', ' So you', ' say no', ' or yes']

describe('reading behind a past', () => {
  it('[K3] knows that the cache of a llama is plain attention', () => {
    expect(causal.isPlain).toBe(true)
    expect(causal.window).toBeGreaterThan(100)
  })

  it('[K2] gives what reading everything at once gives, within 1e-3 of a logit', async () => {
    const beginning = causal.tokens(texts.slice(0, 3).join(''))
    const past = await causal.read(beginning)
    const tails = texts.slice(3).map((text) => causal.tokens(text))
    const behind = value(await causal.score(past, tails.map(everywhere)))
    const whole = value(await causal.score(null, tails.map((tokens) => ({ tokens: [...beginning, ...tokens], at: tokens.map((_, at) => beginning.length + at) }))))
    behind.forEach((rows, block) => rows.forEach((row, at) => expect(furthest(row, whole[block]?.[at])).toBeLessThan(1e-3)))
    expect(past.length).toBe(beginning.length)
    const [last] = value(await causal.score(null, [{ tokens: beginning, at: [beginning.length - 1] }]))
    expect(furthest(past.last, last?.[0])).toBeLessThan(1e-3)
  })

  it('[K2] may be done in several pieces, of one token even', async () => {
    const tokens = causal.tokens(texts.join('')).slice(0, 24)
    let past = await causal.read(tokens.slice(0, 10))
    for (const token of tokens.slice(10)) past = await causal.read([token], past)
    expect(past.length).toBe(24)
    expect(furthest(past.last, (await causal.read(tokens)).last)).toBeLessThan(1e-3)
  })

  it('[K4] changes no past that is read behind', async () => {
    const past = await causal.read(causal.tokens(texts[0] ?? ''))
    const block = everywhere(causal.tokens(texts[1] ?? ''))
    const before = value(await causal.score(past, [block]))
    await causal.read(causal.tokens(texts[2] ?? ''), past)
    value(await causal.score(past, texts.slice(3).map((text) => everywhere(causal.tokens(text)))))
    expect(value(await causal.score(past, [block]))).toEqual(before)
    expect(past.bytes).toBeGreaterThan(0)
  })

  it('[K1] gives a block the same numbers to the bit, whatever is asked for beside it', async () => {
    const past = await causal.read(causal.tokens(texts[0] ?? ''))
    const blocks = texts.flatMap((text) => [1, 2, 3, 4].map((length) => everywhere(causal.tokens(text).slice(0, length))))
    const together = value(await causal.score(past, blocks))
    const turned = value(await causal.score(past, blocks.toReversed())).toReversed()
    const alone: (readonly Float32Array[])[] = []
    for (const block of blocks) alone.push(...value(await causal.score(past, [block])))
    expect(turned).toEqual(together)
    expect(alone).toEqual(together)
  })

  it('[K1] gives what a layer keeps of a place, the same to the bit however it is asked for, and as the whole text gives it', async () => {
    const beginning = causal.tokens(texts[0] ?? '')
    const past = await causal.read(beginning)
    const asked = texts.slice(1).map((text): Block => {
      const tokens = causal.tokens(text)
      return { tokens, at: [tokens.length - 1], inside: { layer: 1, at: tokens.length - 1 } }
    })
    const together = value(await causal.score(past, asked))
    const alone: (readonly Float32Array[])[] = []
    for (const block of asked) alone.push(...value(await causal.score(past, [block])))
    expect(alone).toEqual(together)
    const whole = value(await causal.score(null, asked.map(({ tokens }): Block => ({ tokens: [...beginning, ...tokens], at: [], inside: { layer: 1, at: beginning.length + tokens.length - 1 } }))))
    together.forEach(([, inside], at) => {
      expect(inside?.length).toBe(Number(causal.config.num_key_value_heads) * Number(causal.config.head_dim ?? Number(causal.config.hidden_size) / Number(causal.config.num_attention_heads)))
      expect(furthest(inside ?? new Float32Array(), whole[at]?.[0])).toBeLessThan(1e-3)
    })
    const [other] = value(await causal.score(past, [{ ...(asked[0] as Block), inside: { layer: 0, at: 0 } }]))
    expect(other?.[1]).not.toEqual(together[0]?.[1])
  })

  it('[K5] stops between two batches, and goes on with the next question', async () => {
    let asked = 0
    const blocks = [1, 2, 3, 4].map((length) => everywhere(causal.tokens(texts.join('')).slice(0, length)))
    expect(await causal.score(null, blocks, { isStopped: () => (asked += 1) > 2, report: () => {} })).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    const shares: number[] = []
    expect(value(await causal.score(null, blocks, { isStopped: () => false, report: (share) => shares.push(share) }))).toHaveLength(4)
    expect(shares).toEqual([0.25, 0.5, 0.75, 1])
  })

  it('counts what it reads, and refuses what is more than the model takes, or nothing', async () => {
    const before = causal.count
    await causal.read(causal.tokens('one two three').slice(0, 3))
    expect(causal.count - before).toBe(3)
    await expect(causal.read([])).rejects.toThrow('nothing to read')
    await expect(causal.read(Array.from({ length: causal.window + 1 }, () => 5))).rejects.toThrow('more than the model reads at once')
  })

  it('gives back its words from its tokens', () => {
    for (const text of ['A friend asks for money.', ' café, 12 €', '🙂']) expect(causal.text(causal.tokens(text))).toBe(text)
  })
})

describe('graphs of other kinds', () => {
  it('[K3] with more than plain attention in their cache are not shared, and are read whole', async () => {
    const session = await loadCausalSession(folder)
    const hybrid = createCausal({
      ...session,
      inputs: [...session.inputs, { name: 'past_conv.0', type: 'float32', shape: ['batch_size', 4, 3] }],
      outputs: [...session.outputs, 'present_conv.0']
    })
    expect(hybrid.isPlain).toBe(false)
    await expect(hybrid.read(hybrid.tokens('a friend'))).rejects.toThrow('cannot be shared')
    const block = everywhere(causal.tokens('a friend'))
    expect(value(await hybrid.score(null, [block]))).toEqual(value(await causal.score(null, [block])))
    await hybrid.close()
  })

  it('that take one row at a time behind a past are read one row at a time', async () => {
    const session = await loadCausalSession(folder)
    const sizes: number[] = []
    const narrow: CausalSession = {
      ...session,
      run: (feed, wanted) => {
        const [size = 0] = feed.input_ids?.dims ?? []
        sizes.push(size)
        return size > 1 ? Promise.reject(new Error('batch_size must be 1')) : session.run(feed, wanted)
      }
    }
    const one = createCausal(narrow)
    const beginning = causal.tokens(texts[0] ?? '')
    const blocks = texts.slice(1, 5).map((text) => everywhere(causal.tokens(text).slice(0, 2)))
    const found = value(await one.score(await one.read(beginning), blocks))
    expect(found).toEqual(value(await causal.score(await causal.read(beginning), blocks)))
    expect(sizes).toEqual([1, 4, 1, 1, 1, 1])
    await session.close()
  })

  it('that spread a past of one row themselves are given one row', async () => {
    const session = await loadCausalSession(folder)
    const seen: (readonly number[] | undefined)[] = []
    const own = createCausal({
      ...session,
      inputs: session.inputs.map((input) => (input.name.startsWith('past') ? { ...input, shape: ['past_batch', ...input.shape.slice(1)] } : input)),
      run: (feed, wanted) => {
        seen.push(Object.entries(feed).find(([name]) => name.startsWith('past'))?.[1].dims)
        return session.run(Object.fromEntries(Object.entries(feed).map(([name, numbers]) => [name, name.startsWith('past') ? spread(numbers, feed.input_ids?.dims[0] ?? 1) : numbers])), wanted)
      }
    })
    const blocks = texts.slice(1, 5).map((text) => everywhere(causal.tokens(text).slice(0, 2)))
    const past = await own.read(causal.tokens(texts[0] ?? ''))
    const found = value(await own.score(past, blocks))
    expect(seen.at(-1)?.[0]).toBe(1)
    expect(found).toEqual(value(await causal.score(await causal.read(causal.tokens(texts[0] ?? '')), blocks)))
    await session.close()
  })
})

describe('a folder that does not hold a whole model', () => {
  it.each([
    ['is empty', 'no such file', async (copy: string) => await rm(join(copy, 'onnx'), { recursive: true })],
    ['lacks the tokenizer', 'tokenizer.json', async (copy: string) => await rm(join(copy, 'tokenizer.json'))],
    ['lacks its configuration', 'config.json', async (copy: string) => await rm(join(copy, 'config.json'))],
    ['has a graph that was cut off', 'Load model from', async (copy: string) => await truncate(join(copy, 'onnx', 'model.onnx'), 20_000)]
  ])('is refused where it %s', async (_, message, damage) => {
    const copy = await mkdtemp(join(tmpdir(), 'steward-causal-'))
    folders.push(copy)
    await cp(folder, copy, { recursive: true })
    await damage(copy)
    await expect(loadCausal(copy)).rejects.toThrow(message)
  })
})

function everywhere(tokens: readonly number[]): Block {
  return { tokens, at: tokens.map((_, at) => at) }
}

function spread(numbers: Numbers, size: number): Numbers {
  const [rows = 1, ...rest] = numbers.dims
  if (rows === size) return numbers
  const values = numbers.data as Float32Array
  const many = new Float32Array(values.length * size)
  for (let row = 0; row < size; row += 1) many.set(values, row * values.length)
  return numbersOf('float32', many, [size, ...rest])
}

function furthest(left: Float32Array, right: Float32Array | undefined): number {
  expect(right).toHaveLength(left.length)
  return Math.max(...left.map((each, at) => Math.abs(each - (right?.[at] ?? NaN))))
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
