/**
 * Forced choice on SmolLM2-135M-Instruct, where STEWARD_SMOLLM2 names its folder (said loudly where not; models/training/language makes it), else
 * on the tiny model: shared beginnings against the plain path, token for token of what the model really reads; and without a cache that can be shared.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadCausal, type Causal } from '../../../models/causal.ts'
import { createComparer } from '../../../models/language/compare.ts'
import { extend, scoreChoices, type Choices } from '../../../models/language/choice.ts'
import { createLanguageReader } from '../../../models/language/seat.ts'
import { asHybrid, calm, plainScores, smollm2Folder, tinyFolder } from '../../support/language.ts'
import { scene } from './injection.ts'

const real = smollm2Folder()
/* Some ten thousand tokens a test, on a slow and busy machine. */
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 })

describe(`forced choice by ${real === null ? 'the tiny model' : 'SmolLM2-135M-Instruct'}`, () => {
  let causal: Causal
  beforeAll(async () => {
    causal = await loadCausal(real ?? tinyFolder)
  })
  afterAll(() => causal.close())

  /** How many tokens the model reads meanwhile. */
  async function counted<Value>(work: () => Promise<Value>): Promise<readonly [Value, number]> {
    const start = causal.count
    return [await work(), causal.count - start]
  }

  /** The four options under letters behind the scene, answered by a letter or by their own words. */
  function listed(isLong: boolean): Choices {
    return {
      count: scene.options.length,
      pieces: (order) => [...order.map((option, place) => causal.tokens(`${'ABCD'[place]}. ${scene.options[option]}\n`)), causal.tokens('Answer: ')],
      answer: (order, choice) => causal.tokens(isLong ? (scene.options[choice] ?? '') : ('ABCD'[order.indexOf(choice)] ?? ''))
    }
  }

  it.each([['a letter', false, 10], ['their own words', true, 3]] as const)('[F2] of four options answered by %s is within 1e-3 nats of the plain path, with a tenth of its tokens where answers are letters', async (_, isLong, fewer) => {
    const choices = listed(isLong)
    const before = causal.tokens(`Situation: "${scene.situation} ${'It has been a long day for everybody, and nobody wants a quarrel tonight. '.repeat(3)}"\n`)
    const [shared, read] = await counted(async () => await scoreChoices(causal, await extend(causal, null, before), choices, calm))
    const [plain, readPlain] = await counted(() => plainScores(causal, before, choices))
    if (!shared.ok) throw new Error(shared.error.message)
    expect(new Set(plain.scores).size).toBe(scene.options.length)
    for (const [at, score] of plain.scores.entries()) expect(Math.abs(score - (shared.value[at] ?? Infinity))).toBeLessThan(1e-3)
    expect(read * fewer).toBeLessThanOrEqual(readPlain)
  })

  it('[F3] gives the choice asked straight out the same shares by the plain path, where no cache can be shared', async () => {
    const [shared, apart] = [await createComparer(causal)(scene, calm), await createComparer(asHybrid(causal))(scene, calm)]
    if (!shared.ok || !apart.ok) throw new Error('nothing was compared')
    for (const [at, share] of apart.value.entries()) expect(Math.abs(Math.log(share) - Math.log(shared.value[at] ?? 0))).toBeLessThan(1e-3)
  })

  it('[F3] gives lines and options the same verdicts by the plain path, and reads them again with shared beginnings ten times cheaper than whole prompts', async () => {
    const question = { situation: scene.situation, options: scene.options.slice(0, 2), lines: scene.lines.slice(0, 2).map((text) => ({ text, context: '' })) }
    const [shared, read] = await counted(() => createLanguageReader(causal).verdicts(question, calm))
    const [apart, readPlain] = await counted(() => createLanguageReader(asHybrid(causal)).verdicts(question, calm))
    if (!shared.ok || !apart.ok) throw new Error('nothing was read')
    for (const [line, row] of apart.value.entries()) {
      for (const [option, { upholds, violates, neutral }] of row.entries()) {
        const other = shared.value[line]?.[option]
        for (const [left, right] of [[upholds, other?.upholds], [violates, other?.violates], [neutral, other?.neutral]] as const) expect(Math.abs(Math.log(left) - Math.log(right ?? 0))).toBeLessThan(1e-3)
      }
    }
    expect(read * 10).toBeLessThan(readPlain)
  })

  it('is stopped in the middle, and answers the next question', async () => {
    let asked = 0
    const stopped = await createComparer(causal)(scene, { ...calm, isStopped: () => (asked += 1) > 3 })
    expect(stopped).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    expect(asked).toBeLessThan(20)
    expect((await createComparer(causal)(scene, calm)).ok).toBe(true)
  })
})
