import { describe, expect, it } from 'vitest'
import { sealed } from '../../../shared/decision/certificate.ts'
import { decide } from '../../../shared/decision/decide.ts'
import { emptyGraph } from '../../../shared/graph.ts'
import { parseJson } from '../../../shared/json.ts'
import { createAnswer, readCards, readPreview, verifyAnswer, type Answer, type PreviewRequest } from '../../../shared/decision/preview.ts'
import type { Evidence, Graph, PolicyId } from '../../../shared/schema.ts'
import { given, model, plainCalibration } from '../../support/given.ts'

const file = {
  id: 'item-7', domain: 'family', situation: 'A friend is grieving.', options: ['Call now', 'Wait'], mode: 'theory',
  cards: [
    { id: 'quiet', title: 'Respect quiet', contexts: ['when someone withdraws'], policies: ['SIGNS that they want to be alone'] },
    { title: 'Being there', context: 'when someone grieves', policies: ['MOMENTS when a voice helps', 'WORDS that nobody else says'] }
  ],
  wiser_than: [[1, 0]], norms: ['Do not call after ten.'], expected: { anything: ['goes'] }
}

function read(value: unknown, own: Graph = emptyGraph()): PreviewRequest {
  const request = readPreview(value, own)
  if (!request.ok) throw new Error(request.error.message)
  return request.value
}

/** Evidence in which line `n` of the file supports the options by turns. */
function evidenceFor({ graph, scenario, order }: PreviewRequest): Evidence {
  const cards = order.flatMap(({ card }) => graph.cards[card] ?? [])
  return {
    model,
    relevance: Object.fromEntries(cards.map((card, at) => [card.id, at === 2 ? 0.01 : 1])),
    contexts: Object.fromEntries(Object.keys(graph.contexts).map((id) => [id, 0])),
    support: Object.fromEntries(cards.flatMap((card, at) => card.policies.map(({ id }, line) => [id, scenario.options.map((_, option) => ((at + option) % 2 === 0 ? -0.7 : 0.6 + line / 10))]))),
    norms: Object.fromEntries(Object.keys(graph.norms).map((id) => [id, scenario.options.map(() => 0.1)]))
  }
}

function answer(value: unknown, own?: Graph): Answer {
  const request = read(value, own)
  const evidence = evidenceFor(request)
  return createAnswer(request, decide(request.graph, request.scenario, evidence, plainCalibration), evidence)
}

describe('readPreview', () => {
  it('reads every form of the file', () => {
    const { id, graph, scenario, order } = read(file)
    expect([id, scenario.situation, scenario.mode, scenario.domain]).toEqual(['item-7', 'A friend is grieving.', 'theory', 'family'])
    expect(order.map(({ card, policies }) => [card, policies.length])).toEqual([['quiet', 1], ['c2', 2]])
    expect(Object.values(graph.edges)).toMatchObject([{ from: 'quiet', to: 'c2', context: 'everywhere' }])
    expect(Object.values(graph.contexts).map(({ text }) => text)).toEqual(['', 'when someone withdraws', 'when someone grieves'])
    expect(Object.values(graph.norms)).toMatchObject([{ text: 'Do not call after ten.', strength: 1 }])
    expect(Object.values(graph.cards).every(({ status }) => status === 'endorsed')).toBe(true)
  })

  it('takes edges as records, with a context or without, and norms as records', () => {
    const { graph } = read({ ...file, wiser_than: [{ wiser: 'c2', than: 'quiet', context: 'When someone grieves' }, { wiser: 'quiet', than: 'c2', context: '' }], norms: [{ text: 'No calls', force: 'prohibition', strength: 0.5 }] })
    expect(Object.values(graph.edges).map(({ context }) => graph.contexts[context]?.text)).toEqual(['', 'When someone grieves'])
    expect(Object.values(graph.norms)).toMatchObject([{ force: 'prohibition', strength: 0.5 }])
  })

  it('needs nothing but a situation and options, and nulls are as good as nothing', () => {
    expect(read({ situation: 's', options: ['a', 'b'] }).graph.cards).toEqual(emptyGraph().cards)
    const bare = read({ id: null, domain: null, situation: 's\r\nt', options: ['a', 'b'], mode: null, cards: [{ title: null, context: '', policies: [] }], wiser_than: null, norms: null })
    expect([bare.id, bare.scenario.situation, bare.scenario.mode]).toEqual([null, 's\nt', 'theory'])
  })

  it('keeps given and generated ids apart', () => {
    const { order } = read({ ...file, wiser_than: [], cards: [{ policies: [] }, { id: 'c1', policies: [] }, { id: 'c3', policies: [] }, { policies: [] }, { policies: [] }] })
    expect(order.map(({ card }) => card)).toEqual(['c1-2', 'c1', 'c3', 'c4', 'c5'])
  })

  it('without cards uses the person’s own, by id in order', () => {
    const own = given('B: + -', 'A: - +', 'D: + +', 'D is a draft').graph
    const { order, graph } = read({ situation: 's', options: ['a', 'b'], wiser_than: [{ wiser: 'A', than: 'B' }] }, own)
    expect(order.map(({ card }) => card)).toEqual(['A', 'B'])
    expect(Object.keys(graph.edges)).toEqual(['B|A|everywhere'])
  })

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['no record', [], /^a preview must be a record/u],
    ['no situation', { options: ['a', 'b'] }, /^situation: the situation must be text$/u],
    ['empty situation', { ...file, situation: ' \n' }, /^situation: the situation is empty$/u],
    ['no options', { situation: 's' }, /^options: options must be a list of texts$/u],
    ['no option', { ...file, options: [] }, /^options: a situation needs at least 2 options$/u],
    ['one option', { ...file, options: ['a'] }, /^options: a situation needs at least 2 options$/u],
    ['seven options', { ...file, options: 'abcdefg'.split('') }, /^options: a situation has at most 6 options$/u],
    ['two equal options', { ...file, options: ['a', ' a'] }, /^options: two options are the same$/u],
    ['an empty option', { ...file, options: ['a', ''] }, /^options\[1\]: an option is empty$/u],
    ['an unknown mode', { ...file, mode: 'dream' }, /^mode: must be one of "theory", "action"$/u],
    ['duplicated ids', { ...file, wiser_than: [], cards: [{ id: 'x', policies: [] }, { id: 'x', policies: [] }] }, /^cards\[1\]\.id: "x" is the id of an earlier card$/u],
    ['an id of another kind', { ...file, cards: [{ id: true, policies: [] }] }, /^cards\[0\]\.id: /u],
    ['a reserved id', { ...file, cards: [{ id: 'constructor', policies: [] }] }, /^cards\[0\]\.id: a card id is a reserved word$/u],
    ['a card that is none', { ...file, cards: ['x'] }, /^cards\[0\]: a card must be a record with policies$/u],
    ['a card without policies', { ...file, cards: [{ title: 'x' }] }, /^cards\[0\]\.policies: policies must be a list of texts$/u],
    ['a line that is none', { ...file, cards: [{ policies: [3] }] }, /^cards\[0\]\.policies\[0\]: a line must be text$/u],
    ['a title of 100,000 characters', { ...file, cards: [{ title: 'x'.repeat(100_000), policies: [] }] }, /^cards\[0\]\.title: a title is longer than 200 characters$/u],
    ['a line of 100,000 characters', { ...file, cards: [{ policies: ['x'.repeat(100_000)] }] }, /^cards\[0\]\.policies\[0\]: a line is longer than 2,000 characters$/u],
    ['a lone surrogate', { ...file, situation: 'x\uD800' }, /^situation: the situation holds half of a character/u],
    ['a control character', { ...file, options: ['a\u0007', 'b'] }, /^options\[0\]: an option holds an invisible control character$/u],
    ['a right-to-left override', { ...file, options: ['a\u202E', 'b'] }, /^options\[0\]: an option holds an invisible control character$/u],
    ['a pair of one', { ...file, wiser_than: [[1]] }, /^wiser_than\[0\]: must be two card numbers/u],
    ['a number of no card', { ...file, wiser_than: [[0, 1], [0, 9]] }, /^wiser_than\[1\]: there is no card 9; the file holds 2/u],
    ['a card wiser than itself', { ...file, wiser_than: [[1, 1]] }, /^wiser_than\[0\]: a card cannot be wiser than itself$/u],
    ['an id wiser than itself', { ...file, wiser_than: [{ wiser: 'quiet', than: 'quiet' }] }, /^wiser_than\[0\]: a card cannot be wiser than itself$/u],
    ['an edge to a missing card', { ...file, wiser_than: [{ wiser: 'quiet', than: 'gone' }] }, /^wiser_than\[0\]\.than: there is no card with the id "gone"$/u],
    ['an edge that is none', { ...file, wiser_than: ['x'] }, /^wiser_than\[0\]: must be a record with wiser and than/u],
    ['numbers without cards', { situation: 's', options: ['a', 'b'], wiser_than: [[0, 1]] }, /^wiser_than\[0\]: numbers of cards mean nothing here/u],
    ['a strength that is no number', { ...file, norms: [{ text: 'x', strength: 'much' }] }, /^norms\[0\]\.strength: a strength must be a number from 0 to 1$/u],
    ['an empty norm', { ...file, norms: [''] }, /^norms\[0\]\.text: a norm is empty$/u]
  ]
  it.each(wrong)('refuses %s, naming the place', (_, value, message) => {
    const request = readPreview(value, emptyGraph())
    expect(request).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    if (!request.ok) {
      expect(request.error.message).toMatch(message)
      expect(request.error.message).not.toContain('\n')
    }
  })

  it('reads 5,000 cards', () => {
    expect(read({ ...file, wiser_than: [], cards: Array.from({ length: 5_000 }, (_, at) => ({ title: `t${at}`, context: `when ${at}`, policies: ['x'] })) }).order).toHaveLength(5_000)
  })
})

describe('readCards', () => {
  it('takes a card or a list, and names the place of what is wrong', () => {
    expect(readCards({ title: 'T', context: 'when x', policies: ['a'] })).toEqual({ ok: true, value: [{ id: null, title: 'T', contexts: ['when x'], policies: ['a'] }] })
    expect(readCards([{ id: 'k', policies: [] }, { policies: ['b'] }])).toMatchObject({ ok: true, value: [{ id: 'k' }, { policies: ['b'] }] })
    expect(readCards([{ policies: [] }, { title: 4, policies: [] }])).toMatchObject({ ok: false, error: { message: 'cards[1].title: a title must be text' } })
    expect(readCards([])).toMatchObject({ ok: false })
    expect(readCards('x')).toMatchObject({ ok: false })
  })
})

describe('the answer', () => {
  const given3 = { ...file, cards: [...file.cards, { id: 'far', title: 'Far away', policies: ['x', 'y'] }] }

  it('has exactly the fields that are promised, in the order of the file', () => {
    const { outcome, reason, probabilities, relevance, support, model: named, certificate, ...rest } = answer(given3)
    expect(rest).toEqual({})
    expect([outcome, reason, relevance]).toEqual([0, null, [1, 1, 0.01]])
    expect(support).toEqual([[[-0.7, 0.6]], [[0.6, -0.7], [0.7, -0.7]], [[-0.7, 0.6], [-0.7, 0.7]]])
    expect(named).toEqual(model)
    expect(probabilities).toEqual(certificate.derived.probabilities)
  })

  it('is the same bytes for the same file', () => {
    expect(JSON.stringify(answer(JSON.parse(JSON.stringify(given3))))).toBe(JSON.stringify(answer(given3)))
  })

  it('is valid after a round trip, with its graph and without, and so is its certificate alone', () => {
    for (const made of [answer(given3), answer({ ...file, wiser_than: [] }), answer({ situation: 's', options: ['a', 'b'] })]) {
      const parsed = parseJson(JSON.stringify(made))
      if (!parsed.ok) throw new Error(parsed.error.message)
      expect(verifyAnswer(parsed.value)).toMatchObject({ ok: true })
      expect(verifyAnswer(made.certificate)).toMatchObject({ ok: true })
    }
    expect(verifyAnswer(answer(given3), read(given3).graph)).toMatchObject({ ok: true })
    expect(verifyAnswer(answer(given3), read(file).graph)).toMatchObject({ ok: false })
  })

  it('is not valid once any field of it was changed', () => {
    const made = JSON.parse(JSON.stringify(answer(given3))) as Record<string, unknown>
    const changes: Record<string, unknown>[] = [{ outcome: 1 }, { outcome: 'ask' }, { outcome: -0 }, { reason: 'cycle' }, { more: 1 }, { certificate: {} }, { certificate: null }, { model: { ...model, name: 'another' } }, { model: { ...model, more: 1 } }]
    const numbers = (value: unknown, put: (changed: unknown) => Record<string, unknown>): void => {
      if (typeof value === 'number') changes.push(put(value + 1e-6), put(-value), put(Number.NaN), put('x'), put(null))
      if (!Array.isArray(value)) return
      value.forEach((item, at) => {
        changes.push(put(value.toSpliced(at, 1)), put(value.toSpliced(at, 0, item)))
        numbers(item, (changed) => put(value.with(at, changed)))
      })
    }
    for (const field of ['probabilities', 'relevance', 'support']) numbers(made[field], (changed) => ({ [field]: changed }))
    expect(changes.length).toBeGreaterThan(100)
    for (const change of changes) {
      const forged = { ...made, ...change }
      if (verifyAnswer(forged).ok) expect.fail(`accepted: ${JSON.stringify(change)}`)
    }
    for (const field of Object.keys(made)) expect(verifyAnswer(Object.fromEntries(Object.entries(made).filter(([name]) => name !== field)))).toMatchObject({ ok: false })
  })

  it('is not valid where it lists other lines than its cards have, also of one that does not bear and with a digest that fits', () => {
    const { graph } = read(given3)
    const { certificate: { digest: _, ...certificate }, ...made } = answer(given3)
    const listing = (change: (policies: readonly PolicyId[]) => PolicyId[]) => ({ ...made, certificate: sealed({ ...certificate, order: certificate.order?.map((entry) => (entry.card === 'far' ? { ...entry, policies: change(entry.policies) } : entry)) ?? null }) })
    expect(certificate.inputs.others.map(({ id }) => id)).toEqual(['far'])
    expect(verifyAnswer(listing((policies) => [...policies]), graph)).toMatchObject({ ok: true })
    for (const change of [(policies: readonly PolicyId[]) => policies.slice(1), (policies: readonly PolicyId[]) => policies.flatMap((id) => [id, id])]) expect(verifyAnswer(listing(change))).toMatchObject({ ok: false })
    expect(verifyAnswer(listing((policies) => policies.toReversed()), graph)).toMatchObject({ ok: false })
  })

  it('is refused in one sentence when it is none', () => {
    for (const value of [null, 3, 'x', [], {}, { outcome: 0 }]) expect(verifyAnswer(value)).toMatchObject({ ok: false, error: { message: 'this is neither the answer of a preview nor a certificate' } })
  })
})
