/** Putting a value into words: one question at a time, at most twelve, and over only when nothing is missing. */
import * as fc from 'fast-check'
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { byFilters, byProbes, filterNames, probeNames, type Answer } from '../../../shared/articulation/kinship.ts'
import { checklist, checks, isOver, kinshipOf, mayConfirm, mostTurns, nextQuestion, turnsBehind, turnsTaken, type Articulation, type Check } from '../../../shared/articulation/machine.ts'
import { phrasesIn } from '../../../shared/articulation/phrases.ts'
import { ways, type Session } from '../../../shared/articulation/session.ts'
import { addPolicy, editText } from '../../../shared/commands/card.ts'
import { becomeBelief, becomeNorm, confirmSession, keepQuick, overrule, removeSession, settleRemark, startSession, takeBackTurn, takePicks, takeTurn, writeAnswer, writePick } from '../../../shared/commands/session.ts'
import { createDocument, createUndo, readDocument } from '../../../shared/document/document.ts'
import type { Card, CardId, SessionId } from '../../../shared/schema.ts'
import { createMaker, createReplicas, deliverAll, lineOf, valueOf } from '../../support/document.ts'

const you = { kind: 'you' } as const
const goodLines = ['MOMENTS when a friend says what nobody else will', 'SIGNS that somebody would rather be asked', 'CHANCES to give the credit to who it is due']

/** A session and a card to which nothing is missing. */
const whole = fc.record({ way: fc.constantFrom(...ways), extra: fc.nat(2), probes: fc.tuple(...probeNames.map(() => fc.constantFrom<Answer>('yes', 'no', 'unsure'))), at: fc.nat(1_000_000) }).map(({ way, extra, probes, at }): Articulation => {
  const session = {
    id: 's1', way, isQuick: false, card: 'c1', texts: { story: 'I told him the truth about his book.', boundary: 'when he has just lost somebody' },
    turns: [{ question: 'story', at, answer: 'told' }, { question: 'boundary', at: 0, answer: 'told' }, ...probeNames.map((name, index) => ({ question: `probe.${name}`, at: at + index, answer: probes[index] ?? 'no' }))],
    picks: [], settled: [], overruled: null, createdAt: at, updatedAt: at, finishedAt: at
  } as unknown as Session
  const lines = [...goodLines, 'PEOPLE who are always interrupted at the table', 'QUESTIONS that I can keep to myself a while'].slice(0, 3 + extra)
  const card = { id: 'c1', title: 'Honesty', story: '', obstacles: '', policies: lines.map((text, index) => ({ id: `p${index}`, text, author: you })), contexts: [], status: 'endorsed', kind: 'constitutive', author: you, createdAt: at, updatedAt: at } as unknown as Card
  return { session, card }
})

/** Each takes one item of the checklist away, in one of several ways. */
const removals: Readonly<Record<Check, readonly ((all: Articulation) => Articulation)[]>> = {
  lines: [
    ({ session, card }) => ({ session, card: card === null ? null : { ...card, policies: card.policies.slice(0, 2) } }),
    ({ session, card }) => ({ session, card: card === null ? null : { ...card, policies: card.policies.map((line, at) => (at < 2 ? line : { ...line, text: '  ' })) } }),
    ({ session, card }) => ({ session, card: card === null ? null : { ...card, policies: card.policies.map((line) => ({ ...line, text: card.policies[0]?.text ?? '' })) } }),
    ({ session, card }) => ({ session, card: card === null ? null : { ...card, policies: card.policies.map((line) => ({ ...line, author: { kind: 'model', name: 'm', acceptedAt: null } })) } })
  ],
  past: [without('story'), ({ session, card }) => ({ card, session: { ...session, texts: { ...session.texts, story: 'hm' } } }), skipping('story')],
  boundary: [without('boundary'), ({ session, card }) => ({ card, session: { ...session, texts: { ...session.texts, boundary: '' } } }), skipping('boundary')],
  probes: probeNames.flatMap((name) => [without(`probe.${name}`), skipping(`probe.${name}`)]),
  remarks: [
    ({ session, card }) => ({ session, card: card === null ? null : { ...card, policies: [...card.policies, { id: 'px', text: 'friends who should have heard it from me', author: you }] as unknown as Card['policies'] } }),
    ({ session, card }) => ({ session, card: card === null ? null : { ...card, policies: [...card.policies, { id: 'py', text: 'Family values', author: you }] as unknown as Card['policies'] } }),
    ({ session, card }) => ({ session, card: card === null ? null : { ...card, policies: [...card.policies, { id: 'pz', text: 'WORDS that a model would like to add', author: { kind: 'model', name: 'm', acceptedAt: null } }] as unknown as Card['policies'] } })
  ],
  confirmed: [({ session, card }) => ({ card, session: { ...session, finishedAt: null } })]
}

function without(question: string): (all: Articulation) => Articulation {
  return ({ session, card }) => ({ card, session: { ...session, turns: session.turns.filter((turn) => turn.question !== question) } })
}

function skipping(question: string): (all: Articulation) => Articulation {
  return ({ session, card }) => ({ card, session: { ...session, turns: session.turns.map((turn) => (turn.question === question ? { ...turn, answer: 'skipped' } : turn)) } })
}

describe('the checklist', () => {
  it('is done when nothing is missing, and taking any one item away opens it again', () => {
    fc.assert(fc.property(whole, (all) => {
      expect(isOver(all)).toBe(true)
      expect(checklist(all).map(({ check }) => check)).toEqual(checks)
      for (const check of checks) {
        for (const remove of removals[check]) {
          const left = remove(all)
          expect(isOver(left), check).toBe(false)
          expect(checklist(left).find((item) => item.check === check)?.isDone, check).toBe(false)
          if (check !== 'confirmed') expect(mayConfirm({ ...left, session: { ...left.session, finishedAt: null } })).toBe(false)
        }
      }
    }))
  })

  it('can be done in any script: words that no space stands between are counted, and no capitals are asked for', () => {
    const { session, card } = fc.sample(whole, 1)[0] as Articulation
    const lines = ['誰にも言えないことを打ち明けられたとき', '急がずに最後まで話を聞くこと', '助けを断れる余地があること']
    const texts = { story: '友達が泣いていたので朝まで話を聞いた', boundary: '一人になりたいと言われたとき' }
    expect(isOver({ session: { ...session, texts }, card: card === null ? null : { ...card, policies: card.policies.slice(0, 3).map((line, at) => ({ ...line, text: lines[at] ?? '' })) } })).toBe(true)
  })

  it('lets a remark stand, on these very words and no others', () => {
    fc.assert(fc.property(whole, (all) => {
      const line = { id: 'px', text: 'friends who should have heard it from me', author: you }
      const card = { ...all.card, policies: [...(all.card?.policies ?? []), line] } as unknown as Card
      const settled = (['head', 'should'] as const).map((rule) => ({ policy: 'px', rule, text: line.text })) as unknown as Session['settled']
      expect(isOver({ card, session: { ...all.session, settled } })).toBe(true)
      expect(isOver({ card, session: { ...all.session, settled: settled.slice(0, 1) } })).toBe(false)
      const mended = { ...card, policies: card.policies.map((one) => (one.id === 'px' ? { ...one, text: 'friends who must hear it from me' } : one)) } as unknown as Card
      expect(isOver({ card: mended, session: { ...all.session, settled } })).toBe(false)
    }))
  })
})

describe('a session', () => {
  /** Answers whatever is asked, by the numbers; gives what was asked. */
  function run(seed: readonly number[], way: Session['way']) {
    const doc = createDocument(1)
    const maker = createMaker('m')
    const id = valueOf(startSession(doc, way, maker))
    const asked: string[] = []
    const read = (): Articulation => {
      const { sessions, graph } = readDocument(doc)
      const session = sessions[id] as Session
      return { session, card: session.card === null ? null : (graph.cards[session.card] ?? null) }
    }
    for (let step = 0; step < 60; step += 1) {
      const question = nextQuestion(read())
      if (question === null) break
      asked.push(question.key)
      const number = seed[step % Math.max(1, seed.length)] ?? 0
      if (question.kind === 'pick') valueOf(takePicks(doc, id, question.key.slice('pick.'.length), maker))
      else if (number % 7 === 6) valueOf(takeTurn(doc, id, question.key, 'skipped', maker))
      else if (question.kind === 'choose') valueOf(takeTurn(doc, id, question.key, question.options[number % question.options.length] ?? '', maker))
      else if (question.kind === 'tell') {
        const words = ['I saw that she was alone, and nobody had asked her.', 'Family values', 'He needed somebody who listens. I knew it.', ''][number % 4] ?? ''
        valueOf(writeAnswer(doc, id, question.key, words, maker))
        valueOf(takeTurn(doc, id, question.key, 'told', maker, /^(?:story|more|decided)/u.test(question.key) ? [...phrasesIn(words).map(({ text }) => text), ''] : []))
      } else if (question.kind === 'line' && question.policy !== null && question.rule !== null) {
        if (number % 2 === 0) valueOf(settleRemark(doc, id, question.policy, question.rule, question.words, maker))
        valueOf(takeTurn(doc, id, question.key, 'told', maker))
      } else valueOf(takeTurn(doc, id, question.key, 'told', maker))
    }
    return { doc, id, asked, read }
  }

  it('asks one question at a time, none twice, at most twelve, and always comes to an end', () => {
    let most = 0
    fc.assert(fc.property(fc.array(fc.nat(100), { minLength: 3, maxLength: 20 }), fc.constantFrom(...ways), (seed, way) => {
      const { asked, read } = run(seed, way)
      const turns = asked.filter((key) => !key.startsWith('pick.'))
      most = Math.max(most, turns.length)
      expect(new Set(asked).size).toBe(asked.length)
      expect(turns.length).toBeLessThanOrEqual(mostTurns)
      expect(nextQuestion(read())).toBeNull()
      expect(turnsTaken(read().session)).toBe(turns.length)
      expect(readDocument(run(seed, way).doc).problems).toEqual([])
    }), { numRuns: 150 })
    expect(most).toBe(mostTurns)
  }, 120_000)

  /** Answers every question to the full, keeps every phrase, lets every remark stand; says `own` where it is asked what it is. */
  function finish(way: Session['way'], story: string, more: string, filter: Answer, probe: Answer, leavesOut: (key: string) => boolean = () => false) {
    const doc = createDocument(1)
    const maker = createMaker('f')
    const id = valueOf(startSession(doc, way, maker))
    const read = (): Articulation => {
      const { sessions, graph } = readDocument(doc)
      const session = sessions[id] as Session
      return { session, card: session.card === null ? null : (graph.cards[session.card] ?? null) }
    }
    const go = (leaves: typeof leavesOut): void => {
      for (let question = nextQuestion(read()); question !== null; question = nextQuestion(read())) {
        const { key, kind } = question
        const words = key === 'boundary' ? 'when somebody would rather be alone' : key.startsWith('more') ? more : story
        if (kind === 'pick') valueOf(takePicks(doc, id, key.slice('pick.'.length), maker))
        else if (leaves(key)) valueOf(takeTurn(doc, id, key, 'skipped', maker))
        else if (kind === 'choose') {
          if (key === 'kinship') valueOf(overrule(doc, id, 'value', maker))
          valueOf(takeTurn(doc, id, key, key === 'kinship' ? 'value' : key.startsWith('filter') ? filter : key.startsWith('probe') ? probe : (question.options[0] ?? ''), maker))
        } else {
          if (kind === 'tell') valueOf(writeAnswer(doc, id, key, words, maker))
          if (kind === 'line' && question.policy !== null && question.rule !== null) valueOf(settleRemark(doc, id, question.policy, question.rule, question.words, maker))
          valueOf(takeTurn(doc, id, key, 'told', maker, kind === 'tell' ? phrasesIn(words).map(({ text }) => text) : []))
        }
      }
    }
    go(leavesOut)
    return { doc, id, maker, read, go, isDone: (check: Check) => checklist(read()).find((item) => item.check === check)?.isDone }
  }
  const lives = fc.record({
    way: fc.constantFrom(...ways), story: fc.constantFrom('She was alone with it.', 'I saw that he was lost. I knew that she needed help. Nobody had asked him. He trusted me with it. I felt that they were afraid.'),
    more: fc.constantFrom('He was afraid of it.', 'Family values come first. Freedom for all. Truth always wins. People over profit.'), filter: fc.constantFrom<Answer>('yes', 'no'), probe: fc.constantFrom<Answer>('yes', 'no')
  })

  it('has a turn for everything that only a question can bring, whatever way it takes and however much else there is to ask', () => {
    let atTheLimit = 0
    fc.assert(fc.property(lives, ({ way, story, more, filter, probe }) => {
      const { read, isDone } = finish(way, story, more, filter, probe)
      for (const check of ['past', 'boundary', 'probes'] as const) expect(isDone(check), `${way} ${check}`).toBe(true)
      if (turnsTaken(read().session) === mostTurns) atTheLimit += 1
    }), { numRuns: 50 })
    expect(atTheLimit).toBeGreaterThan(5)
  }, 120_000)

  it('asks again what was left out or said too briefly, where the person wants it; a card that is to be mended is no question', () => {
    const needs = ['story', 'boundary', 'probe.reasons', 'probe.drop', 'probe.clone', 'probe.payoff']
    fc.assert(fc.property(lives, fc.subarray(needs, { minLength: 1 }), fc.boolean(), ({ way, story, more, filter, probe }, leftOut, isBrief) => {
      const { doc, id, maker, read, go, isDone } = finish(way, isBrief ? 'I quit' : story, more, filter, probe, (key) => leftOut.includes(key))
      const open = checklist(read()).filter(({ isDone: isThere }) => !isThere)
      expect(open.map(({ check }) => check)).toEqual(expect.arrayContaining([...(leftOut.includes('boundary') ? ['boundary'] : []), ...(leftOut.some((key) => key.startsWith('probe')) ? ['probes'] : [])]))
      expect(nextQuestion(read())).toBeNull()
      for (const item of open) for (const key of turnsBehind(read(), item)) valueOf(takeBackTurn(doc, id, key, maker))
      const first = nextQuestion(read())
      if (open.some(({ check }) => ['past', 'boundary', 'probes'].includes(check))) expect(first?.key).toBe([...needs].find((key) => !read().session.turns.some(({ question }) => question === key)))
      go(() => false)
      for (const check of ['boundary', 'probes'] as const) expect(isDone(check), check).toBe(true)
      expect(checklist(read()).flatMap((item) => turnsBehind(read(), { ...item, isDone: true }))).toEqual([])
      for (const check of ['lines', 'remarks', 'confirmed'] as const) expect(turnsBehind(read(), { check, isDone: false })).toEqual([])
    }), { numRuns: 40 })
  }, 120_000)

  it('begins with what the way in is about, and comes to a real choice from every one', () => {
    expect(ways.map((way) => run([0], way).asked.slice(0, 6))).toEqual([
      ['story', 'pick.story', 'more-1', 'pick.more-1', 'more-2', 'pick.more-2'],
      ['feeling', 'threat', 'story', 'pick.story', 'more-1', 'pick.more-1'],
      ['admired', 'story', 'pick.story', 'more-1', 'pick.more-1', 'more-2'],
      ['rule', 'filter.nobody', 'filter.others', 'filter.untrue', 'story', 'pick.story'],
      ['mistake', 'story', 'pick.story', 'more-1', 'pick.more-1', 'more-2']
    ])
  })

  it('quotes only what the person wrote', () => {
    fc.assert(fc.property(fc.array(fc.nat(100), { minLength: 3, maxLength: 20 }), fc.constantFrom(...ways), fc.nat(20), (seed, way, stop) => {
      const { read } = run(seed.slice(0, 1 + (stop % seed.length)), way)
      const { session, card } = read()
      const question = nextQuestion({ session: { ...session, finishedAt: null, turns: session.turns.slice(0, stop) }, card })
      if (question === null || question.words === '') return
      const written = [...Object.values(session.texts), ...(card?.policies ?? []).map(({ text }) => text)]
      expect(written.some((text) => text.includes(question.words))).toBe(true)
    }))
  })

  it('meets a slogan with the question when it last decided something, keeps it as a note, and never as a line', () => {
    const { doc, id, read } = run([0, 0], 'choice')
    const card = read().session.card
    if (card === null) throw new Error('there is no card')
    const maker = createMaker('x')
    const line = valueOf(addPolicy(doc, card, 'Family values', maker))
    const question = nextQuestion({ ...read(), session: { ...read().session, turns: read().session.turns.filter((turn) => turn.question.endsWith('story')) } })
    expect(question).toMatchObject({ key: `decided.${line}`, kind: 'tell', words: 'Family values' })
    valueOf(writeAnswer(doc, id, `decided.${line}`, 'I went home early because my son needed me.', maker))
    valueOf(takeTurn(doc, id, `decided.${line}`, 'told', maker, ['my son needed me']))
    valueOf(takePicks(doc, id, `decided.${line}`, maker))
    const { graph, notes } = readDocument(doc)
    expect(graph.cards[card]?.policies.map(({ text }) => text)).toContain('my son needed me')
    expect(graph.cards[card]?.policies.map(({ text }) => text)).not.toContain('Family values')
    expect(Object.values(notes)).toMatchObject([{ kind: 'slogan', text: 'Family values' }])
  })

  it('ends by the person’s word alone, and only when the checklist is done', () => {
    const { doc, id, read } = run([0, 1, 2, 3, 4, 5], 'choice')
    const maker = createMaker('x')
    expect(lineOf(confirmSession(doc, id, maker))).toContain('still missing')
    const card = read().session.card
    if (card === null) throw new Error('there is no card')
    for (const line of readDocument(doc).graph.cards[card]?.policies ?? []) valueOf(editText(doc, { kind: 'policy', card, policy: line.id }, '', maker))
    for (const line of goodLines) valueOf(addPolicy(doc, card, line, maker))
    valueOf(writeAnswer(doc, id, 'story', 'I told him the truth about his book.', maker))
    valueOf(writeAnswer(doc, id, 'boundary', 'when he has just lost somebody', maker))
    for (const key of ['story', 'boundary']) valueOf(takeTurn(doc, id, key, 'told', maker))
    for (const name of probeNames) valueOf(takeTurn(doc, id, `probe.${name}`, 'no', maker))
    expect(lineOf(confirmSession(doc, id, maker))).toContain('still missing')
    valueOf(editText(doc, { kind: 'card', card, field: 'title' }, 'Honesty', maker))
    expect(isOver(read())).toBe(false)
    valueOf(confirmSession(doc, id, maker))
    expect(isOver(read())).toBe(true)
    expect(read().card).toMatchObject({ status: 'endorsed', kind: 'constitutive' })
    expect(nextQuestion(read())).toBeNull()
  })
})

describe('left and come back to', () => {
  it('goes on at the same question with the same half-written words, wherever it was cut off, on another device too', () => {
    const [first, second] = createReplicas(2) as unknown as readonly [ReturnType<typeof createReplicas>[0], ReturnType<typeof createReplicas>[0]]
    if (first === undefined || second === undefined) throw new Error('no replicas')
    const id = valueOf(startSession(first.doc, 'choice', first.maker))
    for (let length = 1; length <= 20; length += 1) valueOf(writeAnswer(first.doc, id, 'story', 'I stayed with my ill brother.'.slice(0, length), first.maker))
    deliverAll([first, second])
    const there = readDocument(second.doc).sessions[id] as Session
    expect(there.texts['story']).toBe('I stayed with my ill')
    expect(nextQuestion({ session: there, card: null })?.key).toBe('story')
    const copy = createDocument(5)
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(first.doc))
    expect(readDocument(copy).sessions[id]).toEqual(there)
  })

  it('in two windows at once keeps what either wrote, and both ask the same next', () => {
    const replicas = createReplicas(2)
    const [first, second] = replicas as unknown as readonly [NonNullable<(typeof replicas)[0]>, NonNullable<(typeof replicas)[0]>]
    const id = valueOf(startSession(first.doc, 'choice', first.maker))
    valueOf(writeAnswer(first.doc, id, 'story', 'She was alone.', first.maker))
    deliverAll(replicas)
    valueOf(writeAnswer(first.doc, id, 'story', 'Yesterday I saw that she was alone.', first.maker))
    valueOf(writeAnswer(second.doc, id, 'story', 'She was alone. Nobody had asked her.', second.maker))
    valueOf(takeTurn(second.doc, id, 'story', 'told', second.maker, ['She was alone', 'Nobody had asked her']))
    deliverAll(replicas)
    valueOf(takePicks(first.doc, id, 'story', first.maker))
    valueOf(takeTurn(second.doc, id, 'boundary', 'told', second.maker))
    deliverAll(replicas)
    const readings = replicas.map(({ doc }) => readDocument(doc))
    expect(readings[0]).toEqual(readings[1])
    const session = readings[0]?.sessions[id] as Session
    expect(session.texts['story']).toContain('Nobody had asked her.')
    expect(session.texts['story']).toContain('esterday I saw that s')
    const card = readings[0]?.graph.cards[session.card as CardId] ?? null
    expect(card?.policies.map(({ text }) => text)).toEqual(['She was alone', 'Nobody had asked her'])
    expect(session.turns.map(({ question }) => question)).toEqual(['boundary', 'pick.story', 'story'])
  })

  it('whose card both windows made at once loses no line', () => {
    const replicas = createReplicas(2)
    const [first, second] = replicas as unknown as readonly [NonNullable<(typeof replicas)[0]>, NonNullable<(typeof replicas)[0]>]
    const id = valueOf(startSession(first.doc, 'choice', first.maker))
    valueOf(takeTurn(first.doc, id, 'story', 'told', first.maker, ['She was alone', 'Nobody had asked her']))
    deliverAll(replicas)
    for (const { doc, maker } of [first, second]) valueOf(takePicks(doc, id, 'story', maker))
    deliverAll(replicas)
    const { graph, sessions } = readDocument(first.doc)
    expect(readDocument(second.doc).graph).toEqual(graph)
    for (const card of Object.values(graph.cards)) expect(card.policies.map(({ text }) => text)).toEqual(['She was alone', 'Nobody had asked her'])
    expect(graph.cards[sessions[id]?.card as CardId]).toBeDefined()
  })

  it('with the clock set back a year asks and shows the same, and nothing is lost', () => {
    const year = 365 * 86_400_000
    const steps = (now: (step: number) => number): Session => {
      const doc = createDocument(1)
      let made = 0
      const at = (step: number) => ({ now: now(step), newId: () => `i${(made += 1)}` })
      const id = valueOf(startSession(doc, 'rule', at(0)))
      valueOf(writeAnswer(doc, id, 'rule', 'Never leave without a word', at(1)))
      valueOf(takeTurn(doc, id, 'rule', 'told', at(2)))
      filterNames.forEach((name, index) => valueOf(takeTurn(doc, id, `filter.${name}`, 'yes', at(3 + index))))
      valueOf(writeAnswer(doc, id, 'story', 'I went back to say goodbye.', at(7)))
      return readDocument(doc).sessions[id] as Session
    }
    const strip = ({ createdAt: _c, updatedAt: _u, turns, ...rest }: Session) => ({ ...rest, turns: turns.map(({ question, answer }) => ({ question, answer })) })
    const [usual, back] = [steps((step) => 2 * year + step), steps((step) => (step < 4 ? 2 * year + step : year + step))]
    expect(strip(back)).toEqual(strip(usual))
    expect(nextQuestion({ session: back, card: null })?.key).toBe('story')
    expect(back.turns.map(({ at }) => at < 2 * year)).toContain(true)
  })

  it('is taken back question by question, by undo too, and its card outlives it', () => {
    const doc = createDocument(1)
    const maker = createMaker('m')
    const undo = createUndo(doc, 0)
    const id = valueOf(startSession(doc, 'choice', maker))
    valueOf(writeAnswer(doc, id, 'story', 'She was alone and I saw it.', maker))
    valueOf(takeTurn(doc, id, 'story', 'told', maker, ['She was alone']))
    valueOf(takeBackTurn(doc, id, 'story', maker))
    const session = (): Session => readDocument(doc).sessions[id] as Session
    expect([session().texts['story'], session().turns, session().picks]).toEqual(['She was alone and I saw it.', [], []])
    undo.undo()
    expect(session().picks.map(({ text }) => text)).toEqual(['She was alone'])
    valueOf(writePick(doc, id, 'story', 0, { text: 'She was so much alone' }, maker))
    valueOf(takeBackTurn(doc, id, 'story', maker))
    valueOf(takeTurn(doc, id, 'story', 'told', maker, ['I saw it', '']))
    expect(session().picks.map(({ text }) => text)).toEqual(['She was so much alone', 'I saw it', ''])
    valueOf(takePicks(doc, id, 'story', maker))
    const card = session().card
    valueOf(removeSession(doc, id))
    expect(Object.keys(readDocument(doc).graph.cards)).toEqual([card])
    undo.undo()
    expect(session().card).toBe(card)
  })
})

describe('value, norm, strategy or belief', () => {
  const three: readonly Answer[] = ['yes', 'no', 'unsure']

  it('follows the filters: a "no" to nobody knew or the others stopped is a norm, to turned out false a belief or a strategy', () => {
    for (const nobody of three) for (const others of three) for (const untrue of three) for (const claim of [true, false]) {
      const found = byFilters({ nobody, others, untrue }, claim)
      if (nobody === 'no' || others === 'no') expect(found).toBe('norm')
      else if (untrue === 'no') expect(found).toBe(claim ? 'belief' : 'strategy')
      else expect(found).toBe('value')
    }
  })

  it('follows the probes: two more answers one way than the other decide, and each answer moves it one way only', () => {
    const worth = { instrumental: 1, unclear: 0, constitutive: -1 } as const
    const step = { yes: 1, unsure: 0, no: -1 } as const
    for (const reasons of three) for (const drop of three) for (const clone of three) for (const payoff of three) {
      const given = { reasons, drop, clone, payoff }
      const sum = probeNames.reduce((total, name) => total + step[given[name]], 0)
      expect(worth[byProbes(given)]).toBe(sum >= 2 ? 1 : sum <= -2 ? -1 : 0)
    }
  })

  it('is overruled by the person, and a strategy never reaches an agent as a value', () => {
    const doc = createDocument(1)
    const maker = createMaker('m')
    const id: SessionId = valueOf(startSession(doc, 'choice', maker))
    for (const name of probeNames) valueOf(takeTurn(doc, id, `probe.${name}`, 'yes', maker))
    const session = (): Session => readDocument(doc).sessions[id] as Session
    expect(kinshipOf(session())).toBe('strategy')
    valueOf(overrule(doc, id, 'value', maker))
    expect(kinshipOf(session())).toBe('value')
    valueOf(overrule(doc, id, null, maker))
    expect(kinshipOf(session())).toBe('strategy')
  })

  it.each(['norm', 'belief'] as const)('a value that was in force after the first minute and turns out to be a %s reaches no agent any more, until that is taken back', (kinship) => {
    const doc = createDocument(1)
    const maker = createMaker('m')
    const id: SessionId = valueOf(startSession(doc, 'choice', maker, { isQuick: true }))
    valueOf(writeAnswer(doc, id, 'story', 'I told him the truth about his book.', maker))
    valueOf(takeTurn(doc, id, 'story', 'told', maker, [goodLines[0] ?? '']))
    const card = valueOf(keepQuick(doc, id, 'Honesty', '', maker))
    const undo = createUndo(doc, 0)
    const norm = { text: 'Tell the truth', force: 'obligation', holder: '', purpose: '', exceptions: '', strength: 0.5, intrinsic: true, inForce: 1 } as const
    if (kinship === 'norm') valueOf(becomeNorm(doc, id, norm, maker))
    else valueOf(becomeBelief(doc, id, norm.text, maker))
    const { graph, notes, sessions } = readDocument(doc)
    expect(graph.cards[card]?.status).toBe('retired')
    expect(Object.values(kinship === 'norm' ? graph.norms : notes)).toMatchObject([{ text: norm.text }])
    expect(sessions[id]?.finishedAt).not.toBeNull()
    undo.undo()
    expect(readDocument(doc).graph.cards[card]?.status).toBe('endorsed')
  })
})
