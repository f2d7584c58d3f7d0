/** A language model in the reader's seat, on the tiny model: cells by themselves, what makes no difference. Hidden instructions: seat.slow.test.ts. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadCausal, type Causal } from '../../../models/causal.ts'
import { createLanguageReader, type VerdictQuestion } from '../../../models/language/seat.ts'
import { asHybrid, calm, tinyFolder } from '../../support/language.ts'
import { scene } from './injection.ts'

/* Hundreds of readings of a model, on whatever else the machine does. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

describe('the seat', () => {
  let causal: Causal
  beforeAll(async () => {
    causal = await loadCausal(tinyFolder)
  })
  afterAll(() => causal.close())

  const question: VerdictQuestion = { situation: scene.situation, options: scene.options, lines: scene.lines.map((text) => ({ text, context: '' })) }
  async function verdicts(asked: VerdictQuestion, model: Causal = causal) {
    const found = await createLanguageReader(model).verdicts(asked, calm)
    if (!found.ok) throw new Error(found.error.message)
    return found.value
  }

  it('gives three probabilities that sum to 1 for each line and option', async () => {
    const rows = await verdicts(question)
    expect(rows.map((row) => row.length)).toEqual([4, 4, 4, 4])
    for (const { upholds, violates, neutral } of rows.flat()) {
      expect(Math.abs(upholds + violates + neutral - 1)).toBeLessThan(1e-9)
      expect(Math.min(upholds, violates, neutral)).toBeGreaterThan(0)
    }
  })

  it('[L1] gives each option the same numbers to the bit, in any order and any company', async () => {
    const together = await verdicts(question)
    const turned = await verdicts({ ...question, options: question.options.toReversed(), lines: question.lines.toReversed() })
    expect(turned.map((row) => row.toReversed()).toReversed()).toEqual(together)
    expect(await verdicts({ ...question, options: question.options.slice(2, 3), lines: question.lines.slice(0, 1) })).toEqual([[together[0]?.[2]]])
  })

  it('[L3] takes a line without words as neutral, and reads nothing for it', async () => {
    const before = causal.count
    expect(await verdicts({ ...question, lines: [{ text: ' …', context: 'when it rains' }] })).toEqual([question.options.map(() => ({ upholds: 0, violates: 0, neutral: 1 }))])
    expect(causal.count).toBe(before)
  })

  it('refuses a model that reads too little at once, so that it does not sit here and fail at every question', () => {
    expect(() => createLanguageReader({ ...causal, window: 128 })).toThrow('it reads 128 tokens at once, which are too few')
  })

  it('reads a line again only where it was edited', async () => {
    const reader = createLanguageReader(causal)
    const first = await reader.verdicts(question, calm)
    const before = causal.count
    expect(await reader.verdicts(question, calm)).toEqual(first)
    expect(causal.count).toBe(before)
    const edited = { ...question, lines: question.lines.map((line, at) => (at === 2 ? { ...line, text: 'PEACE after the quarrel' } : line)) }
    await reader.verdicts(edited, calm)
    const again = causal.count - before
    await verdicts(edited)
    expect(again * 2).toBeLessThan(causal.count - before - again)
  })

  it.each([['words', 'word '.repeat(20_000)], ['one letter', 'x'.repeat(100_000)], ['signs without spaces', '漢字'.repeat(50_000)], ['pictures', '🙂'.repeat(50_000)]])('takes a hundred thousand characters of %s, anywhere', async (_, long) => {
    const rows = await verdicts({ situation: long, options: [long, 'Say nothing.'], lines: [{ text: long, context: long }] })
    for (const { upholds, violates, neutral } of rows.flat()) expect(upholds + violates + neutral).toBeCloseTo(1, 9)
  })

  it('gives a hybrid model the plain path, and the same numbers within 1e-3', async () => {
    const few = { ...question, options: question.options.slice(0, 2), lines: question.lines.slice(0, 1) }
    const [shared, plain] = [await verdicts(few), await verdicts(few, asHybrid(causal))]
    for (const [at, answer] of plain.flat().entries()) expect(Math.abs(answer.upholds - (shared.flat()[at]?.upholds ?? NaN))).toBeLessThan(1e-3)
  })

  it('ends when it is stopped', async () => {
    expect(await createLanguageReader(causal).verdicts(question, { ...calm, isStopped: () => true })).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
  })
})
