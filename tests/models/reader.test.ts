/** reader.ts over a causal model that the test can read along with: words are tokens, and a row tells what stood before it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Causal, Past } from '../../models/causal.ts'
import type { Pulse } from '../../models/embedder.ts'
import { createReader, type Reading } from '../../models/reader.ts'
import { ok, type Result } from '../../shared/result.ts'

const busy: Pulse = { isStopped: () => false, report: () => {} }

describe('the reader', () => {
  it('lays a question out as its training did: situation and lettered options once, then each line with the letters', async () => {
    const { causal, prefixes, blocks } = createCausal()
    value(await createReader(causal).verdicts({ situation: 'It rains.', options: ['Stay.', ' Go out. '], lines: [{ text: ' dry feet ', context: '' }, { text: 'fresh air', context: 'when at home' }] }, busy))
    expect(prefixes).toEqual(['Situation: It rains.\nOption A: Go out. = A\nOption B: Stay. = B\n', 'Situation: It rains.\nOption A: Stay. = A\nOption B: Go out. = B\n'])
    expect(blocks.slice(0, 2)).toEqual(['Value: dry feet -> A B', 'Value: fresh air (when at home) -> A B'])
  })

  it('asks for one option alone without a letter beside it, and leaves out a situation that has no words', async () => {
    const { causal, prefixes, blocks } = createCausal()
    value(await createReader(causal).verdicts({ situation: ' ', options: ['Stay.'], lines: [{ text: 'rest', context: '' }] }, busy))
    expect(prefixes).toEqual(['Option A: Stay. = A\n'])
    expect(blocks).toEqual(['Value: rest -> A'])
  })

  it('gives three probabilities a line and option, that sum to 1, whatever the texts', async () => {
    const words = fc.string({ maxLength: 40, unit: fc.constantFrom('a', 'b', ' ', '\n', 'é', '(', '->', 'A') })
    await fc.assert(fc.asyncProperty(words, fc.uniqueArray(words, { minLength: 1, maxLength: 6 }), fc.array(words, { maxLength: 4 }), async (situation, options, lines) => {
      const rows = value(await createReader(createCausal().causal).verdicts({ situation, options, lines: lines.map((text) => ({ text, context: '' })) }, busy))
      expect(rows).toHaveLength(lines.length)
      for (const row of rows) {
        expect(row).toHaveLength(options.length)
        for (const { upholds, violates, neutral } of row) {
          expect(upholds + violates + neutral).toBeCloseTo(1, 9)
          expect(Math.min(upholds, violates, neutral)).toBeGreaterThanOrEqual(0)
        }
      }
    }), { numRuns: 60 })
  })

  it('gives each option the same numbers, to the bit, in whatever order the options stand', async () => {
    const lines = ['dry feet', 'fresh air', 'company'].map((text) => ({ text, context: '' }))
    const first = value(await createReader(createCausal().causal).verdicts({ situation: 'It rains.', options: ['Stay.', 'Go.', 'Wait.'], lines }, busy))
    const second = value(await createReader(createCausal().causal).verdicts({ situation: 'It rains.', options: ['Wait.', 'Stay.', 'Go.'], lines }, busy))
    expect(second.map(([wait, stay, go]) => [stay, go, wait])).toEqual(first)
    expect(new Set(first.flat().map(({ upholds }) => upholds)).size).toBe(9)
  })

  it('[M4] holds a line without words for neutral, and reads nothing for it', async () => {
    const { causal, blocks } = createCausal()
    const rows = value(await createReader(causal).verdicts({ situation: 'It rains.', options: ['Stay.', 'Go.'], lines: [{ text: ' \n', context: 'when it rains' }, { text: 'rest', context: '' }] }, busy))
    expect(rows[0]).toEqual([{ upholds: 0, violates: 0, neutral: 1 }, { upholds: 0, violates: 0, neutral: 1 }])
    expect(rows[1]?.[0]?.neutral).toBeLessThan(1)
    expect(new Set(blocks)).toEqual(new Set(['Value: rest -> A B']))
  })

  it('[M3] reads an edited line and nothing else, behind a prefix that it still has', async () => {
    const { causal, prefixes, blocks } = createCausal()
    const reader = createReader(causal)
    const asked = (...texts: readonly string[]): Reading => ({ situation: 'It rains.', options: ['Stay.', 'Go.'], lines: texts.map((text) => ({ text, context: '' })) })
    const before = value(await reader.verdicts(asked('rest', 'company', 'rest'), busy))
    expect(blocks).toHaveLength(4)
    expect(before[2]).toEqual(before[0])
    const after = value(await reader.verdicts(asked('rest', 'fresh air', 'rest'), busy))
    expect(blocks.slice(4)).toEqual(['Value: fresh air -> A B', 'Value: fresh air -> A B'])
    expect(prefixes).toHaveLength(2)
    expect(after[0]).toEqual(before[0])
    expect(after[1]).not.toEqual(before[1])
  })

  it('gives up the prefixes that were used least recently once they fill the memory', async () => {
    const { causal, prefixes } = createCausal({ bytes: 70 * 1024 * 1024 })
    const reader = createReader(causal)
    const ask = async (situation: string, text: string): Promise<void> => void value(await reader.verdicts({ situation, options: ['Stay.'], lines: [{ text, context: '' }] }, busy))
    await ask('one', 'rest')
    await ask('two', 'rest')
    await ask('one', 'company')
    await ask('three', 'rest')
    expect(prefixes).toHaveLength(3)
    await ask('one', 'air')
    expect(prefixes).toHaveLength(3)
    await ask('two', 'air')
    expect(prefixes.map((prefix) => prefix.split('\n')[0])).toEqual(['Situation: one', 'Situation: two', 'Situation: three', 'Situation: two'])
  })

  it('reads what is too long in a few windows, never more at once than the model takes', async () => {
    const { causal, blocks, longest } = createCausal()
    const long = (count: number, word: string): string => Array.from({ length: count }, (_, at) => `${word}${at}`).join(' ')
    const [row] = value(await createReader(causal).verdicts({ situation: long(20_000, 's'), options: Array.from({ length: 6 }, (_, at) => long(1_000, `o${at}x`)), lines: [{ text: long(400, 'l'), context: '' }] }, busy))
    expect(row?.map(({ upholds, violates, neutral }) => upholds + violates + neutral).every((sum) => Math.abs(sum - 1) < 1e-9)).toBe(true)
    expect(longest()).toBeLessThan(2_048)
    /* Two orders, three windows of the situation, three of the line. */
    expect(blocks).toHaveLength(18)
    expect(blocks.some((block) => block.includes('l0 '))).toBe(true)
    expect(blocks.some((block) => block.includes('l399 '))).toBe(true)
  })

  it('[M6] stops between two pieces of a prefix, or two batches, and answers the next question', async () => {
    const { causal } = createCausal()
    const reader = createReader(causal)
    const reading: Reading = { situation: 'It rains.', options: ['Stay.', 'Go.'], lines: [{ text: 'rest', context: '' }] }
    expect(await reader.verdicts(reading, { isStopped: () => true, report: () => {} })).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    expect((await reader.verdicts(reading, busy)).ok).toBe(true)
  })

  it('tells kinds of line where it was trained to, at the arrow behind each line, and reads none twice', async () => {
    const { causal, blocks } = createCausal()
    expect(createReader(causal).kinds).toBeUndefined()
    const reader = createReader({ ...causal, config: { reader: { label_rows: [0, 1, 2], kind_rows: [0, 1, 2, 0, 1, 2, 0, 1, 2, 0] } } })
    const rows = value((await reader.kinds?.(['dry feet ', 'rest', 'dry feet'], busy)) ?? ok([]))
    expect(blocks).toEqual(['Line: dry feet ->', 'Line: rest ->'])
    expect(rows.map((row) => row.length)).toEqual([10, 10, 10])
    for (const row of rows) expect(row.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9)
    expect(rows[0]).toEqual(rows[2])
    expect(rows[0]).not.toEqual(rows[1])
  })

  it('tells how far a line has to do with the situation, at the arrow behind it, and reads nothing more for that', async () => {
    const { causal, blocks } = createCausal()
    const readOut = { layer: 1, weights: [1, 0.5, -1], constant: 0.25 }
    expect(createReader(causal, undefined, readOut).concerns).toBeUndefined()
    const shaped = { ...causal, config: { ...causal.config, num_key_value_heads: 3, head_dim: 1, num_hidden_layers: 2 } }
    expect(createReader(shaped, undefined, { ...readOut, layer: 2 }).concerns).toBeUndefined()
    expect(createReader({ ...shaped, isPlain: false }, undefined, readOut).concerns).toBeUndefined()
    const reader = createReader(shaped, undefined, readOut)
    const reading: Reading = { situation: 'It rains.', options: ['Stay.', 'Go.'], lines: [{ text: 'rest', context: '' }, { text: ' ', context: '' }, { text: 'rest', context: 'when tired' }] }
    const verdicts = value(await reader.verdicts(reading, busy))
    const count = blocks.length
    const concerns = value((await reader.concerns?.(reading, busy)) ?? ok([]))
    expect(blocks).toHaveLength(count)
    expect(concerns[1]).toBe(-Infinity)
    expect(concerns[0]).not.toBe(concerns[2])
    /* The mean of both orders of the options, each read where the arrow is. */
    const ofOrder = (first: string, second: string): number => {
      const values = rowOf(`layer 1 of Situation: It rains.\nOption A: ${first} = A\nOption B: ${second} = B\n|Value: rest ->`)
      return (values[0] ?? 0) + (values[1] ?? 0) / 2 - (values[2] ?? 0) + 0.25
    }
    expect(concerns[0]).toBeCloseTo((ofOrder('Go.', 'Stay.') + ofOrder('Stay.', 'Go.')) / 2, 5)
    expect(verdicts[0]).toEqual(value(await createReader(causal).verdicts(reading, busy))[0])
  })

  it('refuses weights that were not trained to read values', () => {
    expect(() => createReader({ ...createCausal().causal, config: {} })).toThrow('not trained')
  })
})

/** Every word, with the space or line break before it, is a token; its row of logits hangs on all that stands before. */
function createCausal({ bytes = 1 } = {}) {
  const words: string[] = []
  const numbers = new Map<string, number>()
  const prefixes: string[] = []
  const blocks: string[] = []
  let longest = 0
  const text = (tokens: readonly number[]): string => tokens.map((token) => words[token] ?? '').join('')
  const tokens = (given: string): readonly number[] => (given.match(/\s*\S+|\s+/gu) ?? []).map((word) => {
    const known = numbers.get(word)
    if (known !== undefined) return known
    numbers.set(word, words.length)
    return words.push(word) - 1
  })
  const causal: Causal = {
    config: { reader: { label_rows: [0, 1, 2] } }, file: 'model.onnx', device: 'cpu', isPlain: true, window: 2_048, specials: [], count: 0,
    tokens, text, chatText: () => null, close: async () => {},
    read: async (given, past = null) => {
      const before = past === null ? '' : (past as unknown as { readonly text: string }).text
      const all = `${before}${text(given)}`
      if (past === null) prefixes.push(all)
      else prefixes[prefixes.length - 1] = all
      longest = Math.max(longest, (past?.length ?? 0) + given.length)
      return { length: (past?.length ?? 0) + given.length, last: rowOf(all), bytes, layers: {}, text: all } as Past
    },
    score: async (past, asked, pulse): Promise<Result<readonly (readonly Float32Array[])[]>> => {
      if (pulse?.isStopped() === true) return { ok: false, error: { kind: 'cancelled', message: 'stopped', remedy: 'ask again' } }
      return ok(asked.map(({ tokens: given, at, inside }) => {
        blocks.push(text(given))
        longest = Math.max(longest, (past?.length ?? 0) + given.length)
        const upTo = (place: number): string => `${(past as unknown as { readonly text: string } | null)?.text ?? ''}|${text(given.slice(0, place + 1))}`
        return [...at.map((place) => rowOf(upTo(place))), ...(inside === undefined ? [] : [rowOf(`layer ${inside.layer} of ${upTo(inside.at)}`)])]
      }))
    }
  }
  return { causal, prefixes, blocks, longest: () => longest }
}

function rowOf(all: string): Float32Array {
  let sum = 7
  for (const letter of all) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
  return Float32Array.of((sum % 97) / 20, (sum % 89) / 20, (sum % 83) / 20)
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
