/** scorer.ts over embeddings that the test chooses: each text points where its words say. */
import { describe, expect, it } from 'vitest'
import type { Embedder } from '../../models/embedder.ts'
import type { Answers, Question } from '../../models/messages.ts'
import { dimensions } from '../../models/runtime.ts'
import { supportRow as rowOf } from '../../models/likeness.ts'
import type { Reader } from '../../models/reader.ts'
import { createScorer, type Seat } from '../../models/scorer.ts'
import type { PairAnswer } from '../../shared/ports.ts'
import { ok, type Result } from '../../shared/result.ts'

const supportRow = (line: Float32Array, options: readonly Float32Array[]) => rowOf(line, options, 2)
const calm = { isStopped: () => false, report: () => {} }
const directions = ['truth', 'peace', 'rest', 'money']

describe('support', () => {
  it('is a row in [-1, 1] that sums to 0, highest where the option is nearest to the line', () => {
    const row = supportRow(embed('truth'), ['truth', 'truth peace', 'peace'].map(embed))
    expect(row[0]).toBeGreaterThan(row[1] ?? 1)
    expect(row[1]).toBeGreaterThan(row[2] ?? 1)
    expect(Math.abs(row.reduce((sum, support) => sum + support, 0))).toBeLessThan(1e-5)
    expect(Math.max(...row.map(Math.abs))).toBeLessThanOrEqual(1)
  })

  it('depends on the options, not on their order', () => {
    const [first, second, third] = supportRow(embed('truth'), ['truth', 'truth peace', 'peace'].map(embed))
    expect(supportRow(embed('truth'), ['peace', 'truth', 'truth peace'].map(embed))).toEqual([third, first, second])
  })

  it('says nothing where the line has no words, or the options are alike', () => {
    expect(supportRow(embed(''), ['truth', 'peace'].map(embed))).toEqual([0, 0])
    expect(supportRow(embed('truth'), ['peace', 'rest'].map(embed))).toEqual([0, 0])
  })
})

describe('evidence', () => {
  it('holds the card that shares the situation’s meaning for more relevant, and an empty one for not at all', async () => {
    const { cards, contexts } = await scores({ cards: [card(['truth']), card(['money']), card([]), { title: 'truth', contexts: [], policies: [] }], contexts: ['truth', 'money', ''] })
    expect(cards[0]?.relevance).toBeGreaterThan(cards[1]?.relevance ?? 1)
    expect(cards[2]).toEqual({ relevance: 0, support: [] })
    expect(cards[3]?.relevance).toBeGreaterThan(cards[1]?.relevance ?? 1)
    expect(contexts[0]).toBeGreaterThan(contexts[1] ?? 1)
    expect(contexts[2]).toBe(0)
  })

  it('[M3] gives a card the same numbers whatever cards stand beside it', async () => {
    const alone = await scores({ cards: [card(['truth', 'peace'])] })
    const beside = await scores({ cards: [card(['money']), card(['truth', 'peace']), card(['rest truth'])] })
    expect(beside.cards[1]).toEqual(alone.cards[0])
  })

  it('lets a norm that says what not to do be broken by the option that is nearest to it', async () => {
    const [command, ban, prohibition, unrelated] = (await scores({ norms: [['truth', false], ['never truth', false], ['truth', true], ['money', false]] })).norms
    expect(command?.[0]).toBeGreaterThan(0)
    expect(ban?.[0]).toBeLessThan(0)
    expect(prohibition?.[0]).toBeLessThan(0)
    expect(unrelated).toEqual([0, 0])
  })
})

describe('what the trained reader says', () => {
  const torn = { upholds: 0.45, violates: 0.45, neutral: 0.1 }
  const surely = { upholds: 0.9, violates: 0.05, neutral: 0.05 }
  const ask = async (line: string, verdicts: Readonly<Record<string, readonly PairAnswer[]>>, kind: Seat['kind'] = 'trained') => {
    const asked: string[] = []
    const reader: Reader = {
      verdicts: async ({ options, lines }) => {
        asked.push(...lines.map(({ text }) => text))
        return ok(lines.map(({ text }) => options.map((_, option) => verdicts[text]?.[option] ?? torn)))
      }
    }
    const scorer = createScorer(embedder, { kind, reader })
    const question: Question = { kind: 'evidence', situation: 'truth peace', options: ['rest', 'money'], cards: [card([line])], contexts: [], norms: [] }
    const pairs: Question = { kind: 'pairs', requests: ['rest', 'money'].map((option) => ({ value: line, option })) }
    const [evidence, pair] = [value(await scorer.answer(question, calm)) as Answers['evidence'], value(await scorer.answer(pairs, calm)) as Answers['pairs']]
    return { support: evidence.cards[0]?.support[0] ?? [], pairs: pair, asked: [...new Set(asked)] }
  }

  it('is asked of the contrary, too, where the line has one: what upholds that violates the line', async () => {
    const { support, pairs, asked } = await ask('You should say the truth', { 'You should not say the truth': [surely, torn] })
    expect(asked).toEqual(['You should say the truth', 'You should not say the truth'])
    expect(support[0]).toBeLessThan(-0.05)
    expect(support[1]).toBe(0)
    expect(pairs[0]?.violates).toBeGreaterThan((pairs[0]?.upholds ?? 1) + 0.05)
  })

  it('weighs more than its contrary, and is tempered', async () => {
    const { support } = await ask('You should say the truth', { 'You should say the truth': [surely, torn], 'You should not say the truth': [surely, torn] })
    expect(support[0]).toBeGreaterThan(0)
    const [alone] = (await ask('truth', { truth: [surely, torn] })).support
    expect(alone).toBeGreaterThan(support[0] ?? 1)
    expect(alone).toBeLessThan(surely.upholds - surely.violates)
  })

  it('leaves what it cannot tell apart to likeness, which never outweighs it', async () => {
    const { support } = await ask('rest', {})
    expect(support[0]).toBeGreaterThan(support[1] ?? 1)
    const against = await ask('rest', { rest: [{ upholds: 0.05, violates: 0.9, neutral: 0.05 }, surely] })
    expect(against.support[0]).toBeLessThan(against.support[1] ?? -1)
  })

  it('sums to one for a pair, whose answer follows from that pair alone', async () => {
    const { pairs } = await ask('You should say the truth', { 'You should say the truth': [surely] })
    for (const { upholds, violates, neutral } of pairs) expect(upholds + violates + neutral).toBeCloseTo(1, 12)
  })

  it('needs no likeness for pairs: the encoder reads nothing for them', async () => {
    const asked: string[] = []
    const watched: Embedder = { ...embedder, embed: (texts, pulse) => (asked.push(...texts), embedder.embed(texts, pulse)) }
    const pairs: Question = { kind: 'pairs', requests: [{ value: 'truth', option: 'rest', situation: 'peace' }] }
    const reader: Reader = { verdicts: async ({ options, lines }) => ok(lines.map(() => options.map(() => surely))) }
    value(await createScorer(watched, { kind: 'trained', reader }).answer(pairs, calm))
    expect(asked).toEqual([])
    value(await createScorer(watched).answer(pairs, calm))
    expect(asked).toEqual(['truth', 'rest', 'peace rest'])
  })

  it('reads a line with the context of its card that is nearest to the situation, and a contrary with the same', async () => {
    const asked: (readonly [string, string])[] = []
    const reader: Reader = { verdicts: async ({ options, lines }) => (asked.push(...lines.map(({ text, context }) => [text, context] as const)), ok(lines.map(({ context }) => options.map(() => (context === 'when peace' ? surely : torn))))) }
    const cards = [
      { title: '', contexts: ['when money', 'when peace', ''], policies: ['You should rest', ''] },
      { title: '', contexts: [], policies: ['You should rest'] }
    ]
    const question: Question = { kind: 'evidence', situation: 'truth peace', options: ['rest', 'money'], cards, contexts: [], norms: [{ text: 'You should rest', isProhibition: false }] }
    const found = value(await createScorer(embedder, { kind: 'trained', reader }).answer(question, calm)) as Answers['evidence']
    expect(asked).toEqual([['You should rest', 'when peace'], ['', 'when peace'], ['You should rest', ''], ['You should not rest', 'when peace'], ['You should not rest', '']])
    expect(found.cards[0]?.support[0]).not.toEqual(found.cards[1]?.support[0])
    expect(found.cards[0]?.support[1]).toEqual([0, 0])
  })

  it('[M3] gives a line the same numbers whether an empty one stands beside it or not', async () => {
    const reader: Reader = { verdicts: async ({ options, lines }) => ok(lines.map(({ text }) => options.map(() => (text === '' ? { upholds: 0, violates: 0, neutral: 1 } : surely)))) }
    const rows = await Promise.all([['truth'], ['truth', '']].map(async (policies) => {
      const question: Question = { kind: 'evidence', situation: 'truth peace', options: ['rest', 'money'], cards: [card(policies)], contexts: [], norms: [] }
      return (value(await createScorer(embedder, { kind: 'trained', reader }).answer(question, calm)) as Answers['evidence']).cards[0]?.support[0]
    }))
    expect(rows[1]).toEqual(rows[0])
  })

  it('tells a card that has to do with the situation from one that has not, where the reader says so', async () => {
    const relevanceBy = async (concern: number): Promise<number> => {
      const reader: Reader = { verdicts: async ({ options, lines }) => ok(lines.map(() => options.map(() => torn))), concerns: async ({ lines }) => ok(lines.map(() => concern)) }
      const question: Question = { kind: 'evidence', situation: 'truth peace', options: ['rest', 'money'], cards: [card(['truth'])], contexts: [], norms: [] }
      return (value(await createScorer(embedder, { kind: 'trained', reader }).answer(question, calm)) as Answers['evidence']).cards[0]?.relevance ?? 0
    }
    expect(await relevanceBy(4)).toBeGreaterThan(await relevanceBy(0))
    expect(await relevanceBy(0)).toBeGreaterThan(await relevanceBy(-4))
  })

  it('is not weighed where a language model sits in its seat', async () => {
    const { support, asked } = await ask('You should say the truth', { 'You should say the truth': [surely, torn] }, 'language')
    expect(asked).toEqual(['You should say the truth'])
    expect(support.every((each) => [0, 0.85].includes(each))).toBe(true)
  })
})

async function scores(parts: { readonly cards?: Extract<Question, { kind: 'evidence' }>['cards']; readonly contexts?: readonly string[]; readonly norms?: readonly (readonly [string, boolean])[] }): Promise<Answers['evidence']> {
  const norms = (parts.norms ?? []).map(([text, isProhibition]) => ({ text, isProhibition }))
  const question: Question = { kind: 'evidence', situation: 'truth peace', options: ['truth', 'peace'], cards: parts.cards ?? [], contexts: parts.contexts ?? [], norms }
  const found = await createScorer(embedder).answer(question, calm)
  return value(found) as Answers['evidence']
}

function value<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

function card(policies: readonly string[]) {
  return { title: '', contexts: [], policies }
}

const embedder: Embedder = { embed: async (texts) => ok(new Map([...texts].map((text) => [text, embed(text)]))), count: 0 }

function embed(text: string): Float32Array {
  const vector = new Float32Array(dimensions)
  directions.forEach((word, at) => (vector[at] = Number(text.includes(word))))
  const length = Math.hypot(...vector)
  return length === 0 ? vector : vector.map((value) => value / length)
}
