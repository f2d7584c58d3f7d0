/** Forced choice on the tiny model: the orders, the tree of shared beginnings against the plain path, hybrids, being stopped. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCausal, type Causal } from '../../../models/causal.ts'
import { extend, logProbability, ordersOf, scoreChoices, type Choices } from '../../../models/language/choice.ts'
import { asHybrid, calm, plainScores, tinyFolder } from '../../support/language.ts'

let causal: Causal
beforeAll(async () => {
  causal = await loadCausal(tinyFolder)
})
afterAll(() => causal.close())

describe('the orders', () => {
  it('[F1] are all of them up to four, each once', () => {
    for (const [count, all] of [[1, 1], [2, 2], [3, 6], [4, 24]] as const) expect(new Set(ordersOf(count).map(String)).size).toBe(all)
  })

  it('[F1] are a Latin square above four: everyone stands once at every place', () => {
    fc.assert(fc.property(fc.integer({ min: 5, max: 12 }), (count) => {
      const orders = ordersOf(count)
      expect(orders).toHaveLength(count)
      for (let place = 0; place < count; place += 1) expect(new Set(orders.map((order) => order[place])).size).toBe(count)
      for (const order of orders) expect(new Set(order).size).toBe(count)
    }))
  })
})

describe('forced choice', () => {
  const before = 'Situation: "A friend asks for money."\n'
  /** Options under letters, listed in this order; with `isLong`, answered by their own words. */
  function listed(count: number, isLong: boolean): Choices {
    const options = ['Help at once.', 'Say nothing for now, and wait.', 'Go home early.', 'Ask what they need.', 'Write a letter.', 'Keep the promise.'].slice(0, count)
    return {
      count,
      pieces: (order) => [...order.map((option, place) => causal.tokens(`${'ABCDEF'[place]}. ${options[option]}\n`)), causal.tokens('Answer: ')],
      answer: (order, choice) => causal.tokens(isLong ? (options[choice] ?? '') : ('ABCDEF'[order.indexOf(choice)] ?? ''))
    }
  }

  for (const [count, isLong] of [[2, false], [3, true], [4, false], [4, true], [5, false], [6, true]] as const) {
    it(`[F2] with ${count} options, answered by ${isLong ? 'their words' : 'a letter'}, is within 1e-3 nats of the plain path, with fewer tokens`, async () => {
      const choices = listed(count, isLong)
      const plain = await plainScores(causal, causal.tokens(before), choices)
      const start = causal.count
      const found = await scoreChoices(causal, await extend(causal, null, causal.tokens(before)), choices, calm)
      const read = causal.count - start
      expect(found.ok).toBe(true)
      if (found.ok) for (const [at, score] of found.value.entries()) expect(Math.abs(score - (plain.scores[at] ?? 0))).toBeLessThan(1e-3)
      expect(plain.scores.every(Number.isFinite)).toBe(true)
      expect(new Set(plain.scores).size).toBe(count)
      expect(read * 2).toBeLessThan(plain.tokens)
    })
  }

  it('[F3] gives the same where the memory cannot be shared, by the plain path', async () => {
    const choices = listed(4, false)
    const shared = await scoreChoices(causal, await extend(causal, null, causal.tokens(before)), choices, calm)
    const hybrid = asHybrid(causal)
    const apart = await scoreChoices(hybrid, await extend(hybrid, null, hybrid.tokens(before)), choices, calm)
    expect(shared.ok && apart.ok).toBe(true)
    if (shared.ok && apart.ok) for (const [at, score] of apart.value.entries()) expect(Math.abs(score - (shared.value[at] ?? 0))).toBeLessThan(1e-3)
  })

  it('counts an answer by its mean log-probability a token: longer ones are not worse for being longer', async () => {
    const prompt = causal.tokens(`${before}Answer: `)
    const answer = causal.tokens('Help at once.')
    const rows = await causal.score(null, [{ tokens: [...prompt, ...answer], at: answer.map((_, at) => prompt.length - 1 + at) }])
    const byHand = rows.ok ? answer.reduce((sum, token, at) => sum + logProbability(rows.value[0]?.[at] ?? new Float32Array(), token), 0) / answer.length : NaN
    const found = await scoreChoices(causal, await extend(causal, null, causal.tokens(before)), { count: 1, pieces: () => [causal.tokens('Answer: ')], answer: () => answer }, calm)
    expect(found.ok && Math.abs((found.value[0] ?? 0) - byHand) < 1e-3).toBe(true)
    expect(answer.length).toBeGreaterThan(2)
  })

  it('[F2] reads a long beginning in pieces, with a sign of life before each, to what reading it at once gives', async () => {
    const page = causal.tokens(before.repeat(40))
    const [signs, read]: [number[], number[]] = [[], []]
    const counted: Causal = { ...causal, read: (tokens, past) => (read.push(tokens.length), causal.read(tokens, past)) }
    const { past } = await extend(counted, null, page, { ...calm, report: (share) => void signs.push(share) })
    const whole = await causal.read(page)
    expect(past?.length).toBe(page.length)
    expect(Math.max(...whole.last.map((logit, at) => Math.abs(logit - (past?.last[at] ?? NaN))))).toBeLessThan(1e-3)
    expect(Math.max(...read)).toBeLessThan(page.length / 3)
    expect(signs).toHaveLength(read.length)
  })

  it('ends when it is stopped', async () => {
    const from = await extend(causal, null, causal.tokens(before))
    expect(await scoreChoices(causal, from, listed(4, false), { ...calm, isStopped: () => true })).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
  })
})

it('a log-probability is that of the soft maximum, also of large logits', () => {
  expect(logProbability(Float32Array.of(1000, 1000, -1000), 0)).toBeCloseTo(Math.log(0.5), 10)
  expect(logProbability(Float32Array.of(0, Math.log(3)), 1)).toBeCloseTo(Math.log(0.75), 6)
})
