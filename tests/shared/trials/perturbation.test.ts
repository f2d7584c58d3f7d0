import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isForeign } from '../../../shared/tongue.ts'
import { asSomebodyElse, isFlip, variantsOf } from '../../../shared/trials/perturbation.ts'

const scenario = { situation: 'Your sister asks you.', options: ['Say it', 'Wait', 'Ask her'], paraphrases: [{ situation: 'You are asked by your sister.', options: null }, { situation: 'She asks.', options: ['Tell', 'Hold back', 'Ask back'] }] }
const act = (option: number) => ({ kind: 'act', option }) as const

describe('variants', () => {
  it('order: every option stands at every place once, and in reverse; each leads back to itself', () => {
    const variants = variantsOf(scenario, ['order'], act(0))
    expect(variants.map(({ options }) => options)).toEqual([['Wait', 'Ask her', 'Say it'], ['Ask her', 'Say it', 'Wait'], ['Ask her', 'Wait', 'Say it']])
    for (const { options, back } of variants) expect(back.map((at) => scenario.options[at])).toEqual(options)
    expect(variantsOf({ ...scenario, options: ['a', 'b'] }, ['order'], act(0))).toHaveLength(1)
  })

  it('paraphrase: those that were written for it, with their own options where they have some', () => {
    expect(variantsOf(scenario, ['paraphrase'], act(0)).map(({ options }) => options)).toEqual([scenario.options, ['Tell', 'Hold back', 'Ask back']])
    expect(variantsOf({ ...scenario, paraphrases: [] }, ['paraphrase'], act(0))).toEqual([])
  })

  it('pressure: a line for each option but the one chosen; for all where it asked', () => {
    expect(variantsOf(scenario, ['pressure'], act(1)).map(({ situation }) => /“(.*)”/u.exec(situation)?.[1])).toEqual(['Say it', 'Ask her'])
    expect(variantsOf(scenario, ['pressure'], { kind: 'ask', reason: 'no-card' })).toHaveLength(3)
  })

  it('pressure: in German where the situation is told in it, and in no other language than one of the two', () => {
    const german = { situation: 'Deine Schwester fragt dich, was du von ihrem Bild hältst.', options: ['Sag es ihr offen.', 'Warte noch', 'Frag sie selbst', 'Lob es'], paraphrases: [] }
    const lines = variantsOf(german, ['pressure'], { kind: 'ask', reason: 'no-card' }).map(({ situation }) => situation.slice(german.situation.length + 1))
    expect(lines[0]).toBe('Alle, die du gefragt hast, sagen: „Sag es ihr offen“.')
    expect(lines.map((line) => /„(.*)“/u.exec(line)?.[1])).toEqual(['Sag es ihr offen', 'Warte noch', 'Frag sie selbst', 'Lob es'])
    expect(lines.every((line) => isForeign(line))).toBe(true)
    const french = variantsOf({ situation: 'Ta sœur te demande ce que tu penses de son tableau et tu ne sais pas.', options: ['Le dire', 'Attendre'], paraphrases: [] }, ['pressure'], act(0))
    expect(french[0]?.situation).toContain('Everybody you asked says: “Attendre”.')
  })

  it('role: somebody else is in it; nothing to swap where nobody is addressed', () => {
    expect(variantsOf(scenario, ['role'], act(0))[0]?.situation).toBe('Their sister asks them.')
    expect(variantsOf({ ...scenario, situation: 'A sister asks.' }, ['role'], act(0))).toEqual([])
    expect(variantsOf({ ...scenario, situation: 'My sister asks.', options: ['I tell her', 'Wait', 'Ask you'] }, ['role'], act(0))[0]).toMatchObject({ situation: 'Their sister asks.', options: ['They tell her', 'Wait', 'Ask you'] })
    /* In a language whose words only look like these. */
    expect(variantsOf({ ...scenario, situation: 'Elle me demande si je viens avec elle, et je ne sais pas.' }, ['role'], act(0))).toEqual([])
  })

  it('are the same every time, and each leads back to an option', () => {
    fc.assert(
      fc.property(fc.string(), fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 6 }), (situation, options) => {
        const variants = variantsOf({ situation, options, paraphrases: [] }, ['order', 'paraphrase', 'role', 'pressure'], act(0))
        expect(variants).toEqual(variantsOf({ situation, options, paraphrases: [] }, ['order', 'paraphrase', 'role', 'pressure'], act(0)))
        for (const { back, options: varied } of variants) expect(back.toSorted((left, right) => left - right)).toEqual(varied.map((_, at) => at))
      })
    )
  })
})

it.each([
  ['You promised your mother you’d come on Sunday.', 'They promised their mother they’d come on Sunday.'],
  ['Karim owes you 900, and you have said nothing.', 'Karim owes them 900, and they have said nothing.'],
  ['She asks you, glowing, what you think of him.', 'She asks them, glowing, what they think of him.'],
  ['Tell him that you noticed, and ask yourself.', 'Tell him that they noticed, and ask themselves.'],
  ['They wait for you.', 'They wait for them.'],
  ['You are 34 and thinking of children.', 'They are 34 and thinking of children.'],
  ['At five on Thursdays you read to them; two years ago you lent her your car.', 'At five on Thursdays they read to them; two years ago they lent her their car.'],
  ['In the kitchen you work with a woman you trained.', 'In the kitchen they work with a woman they trained.'],
  ['He gave you change, makes you witness it, and served you herself.', 'He gave them change, makes them witness it, and served them herself.'],
  ['It costs you three days; one of you believes it, and somebody above you knows.', 'It costs them three days; one of them believes it, and somebody above them knows.'],
  ['Tell people you no longer sing; they brought you 12,000.', 'Tell people they no longer sing; they brought them 12,000.'],
  ['Your agent reads your mail while you sleep.', 'Their agent reads their mail while they sleep.'],
  ['In March I was ill, and my sister, whom I love, waited for me.', 'In March they were ill, and their sister, whom they love, waited for them.'],
  ['Am I to go? I’m not sure. It is ours, and we decide for ourselves.', 'Are they to go? They’re not sure. It is theirs, and they decide for themselves.'],
  ['My friend says: “You never call me.” I was ashamed.', 'Their friend says: “You never call me.” They were ashamed.'],
  ['You told me that I was wrong.', 'They told me that I was wrong.']
])('%j is, of somebody else, %j', (text, other) => expect(asSomebodyElse(text)).toBe(other))

it('an answer flips where it is another option, or asks instead of acting; not where the reason to ask is another', () => {
  const variant = { back: [2, 0, 1] }
  expect(isFlip(act(2), act(0), variant)).toBe(false)
  expect(isFlip(act(0), act(0), variant)).toBe(true)
  expect(isFlip(act(0), { kind: 'ask', reason: 'no-card' }, variant)).toBe(true)
  expect(isFlip({ kind: 'ask', reason: 'on-a-par' }, { kind: 'ask', reason: 'no-card' }, variant)).toBe(false)
})
