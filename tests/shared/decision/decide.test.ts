import { describe, expect, it } from 'vitest'
import { decide } from '../../../shared/decision/decide.ts'
import type { Graph } from '../../../shared/schema.ts'
import { act, ask, given } from '../../support/given.ts'
import { randomWorld } from '../../support/worlds.ts'

const labelsOf = (decision: ReturnType<ReturnType<typeof given>['decide']>): Record<string, string> =>
  Object.fromEntries(decision.certificate.derived.arguments.map(({ policy, option, label }) => [`${policy}@${option}`, label]))

describe('[D1] what bears on the situation', () => {
  it('[D1] asks where there is no card, or none that bears', () => {
    given('A (.1): + -').expect(ask('no-card'))
    for (const what of ['draft', 'retired', 'instrumental', 'suggested', 'imported']) given('A: + -', `A is ${what}`).expect(ask('no-card'))
    given('A:').expect(ask('no-card'))
  })

  it('[D1] a distractor has no vote, however strongly it speaks', () => {
    given('A (.3): .4 -.4', 'B (.19): - +').expect(act(0))
  })

  it('[D1] of a crowd, the 64 most relevant cards bear and the rest is set aside', () => {
    const crowd = Array.from({ length: 70 }, (_, at) => `C${at} (${(0.3 + at / 1000).toFixed(3)}): ${at < 6 ? '- +' : '+ -'}`)
    const { certificate } = given(...crowd).expect(act(0))
    expect(certificate.inputs.cards).toHaveLength(64)
    expect(certificate.inputs.others.map(({ standing }) => standing)).toEqual(Array(6).fill('crowded-out'))
  })
})

describe('[D3] priorities decide', () => {
  it('[P1] in a context that is the situation’s, and nowhere else', () => {
    given('A: + -', 'B: - +', 'B > A when grieving', 'grieving matches').expect(act(1))
    given('A: + -', 'B: - +', 'A > B when grieving', 'grieving matches').expect(act(0))
    given('A: + -', 'B: - +', 'B > A when grieving').expect(ask('values-conflict'))
    given('A: + -', 'B: - +', 'B > A').expect(act(1))
  })

  it('[P1] a synonym’s match counts, and a narrower context’s match is its wider one’s', () => {
    given('A: + -', 'B: - +', 'B > A when grieving', 'mourning is grieving', 'mourning matches').expect(act(1))
    given('A: + -', 'B: - +', 'B > A when loss', 'grieving within loss', 'grieving matches').expect(act(1))
    given('A: + -', 'B: - +', 'B > A when grieving', 'grieving within loss', 'loss matches').expect(ask('values-conflict'))
  })

  it('[P2] the narrowest context wins', () => {
    given('A: + -', 'B: - +', 'B > A when loss', 'A > B when grieving', 'grieving within loss', 'grieving matches').expect(act(0))
    given('A: + -', 'B: - +', 'B > A when loss', 'A > B when grieving', 'grieving within loss', 'loss matches').expect(act(1))
  })

  it('[P3] two unrelated contexts that disagree are a conflict, not a guess', () => {
    const { certificate } = given('A: .2 -.2', 'B: -.2 .3', 'B > A when loss', 'A > B when hurry', 'loss matches', 'hurry matches').expect(ask('values-conflict'))
    expect(certificate.derived.conflicts).toEqual([{ cards: ['A', 'B'], contexts: ['hurry', 'loss'] }])
    expect(certificate.derived.priorities).toEqual([])
  })

  it('[P3] a circle is suspended and shown, and asks where it matters', () => {
    const circle = ['A > B when c', 'B > C when c', 'C > A when c', 'c matches']
    const { certificate } = given('A: + -', 'B: - +', 'C: 0 0', ...circle).expect(ask('cycle'))
    expect(certificate.derived.suspended).toEqual([{ cards: ['A', 'B', 'C'], contexts: ['c'] }])
    given('A: + -', 'B: + -', 'C: + -', ...circle).expect(act(0))
    given('A: + -', 'B: - +', 'C: 0 0', 'D: + -', 'D > A when c', 'D > B when c', ...circle).expect(act(0))
  })

  it('[P4] a chain holds, also through a card that does not bear on the situation', () => {
    given('A: + -', 'B (.1): 0 0', 'C: - +', 'C > B', 'B > A').expect(act(1))
  })

  it('[P5] a commitment settles what is on a par, from then on', () => {
    given('A: .8 0', 'B: 0 .9').expect(ask('on-a-par'))
    given('A: .8 0', 'B: 0 .9', 'stand for A when c', 'c matches').expect(act(0))
    given('A: .8 0', 'B: 0 .9', 'stand for A when c', 'stand for B when c on 7', 'c matches').expect(act(1))
    given('A: .8 0', 'B: 0 .9', 'stand for A when c').expect(ask('on-a-par'))
  })

  it('[P5] a commitment never overturns what the person said is wiser', () => {
    given('A: + -', 'B: - +', 'B > A', 'stand for A when c', 'c matches').expect(act(1))
  })
})

describe('[D2] lines that do not apply', () => {
  it('[D2] a line that the person gave up in a context is out there', () => {
    const decision = given('A: - + / + -', 'B: 0 0', 'B > A when c dropping A.1', 'c matches').expect(act(0))
    expect(labelsOf(decision)['A.1@1']).toBe('out')
    given('A: - + / + -', 'B: 0 0', 'B > A when c dropping A.1').expect(ask('low-confidence'))
  })

  it('[D2] a card none of whose contexts matches is undercut, where the calibration says so', () => {
    given('A when rain: + -', 'B: -.2 .2').with({ undercutFloor: 0.4 }).expect(act(1))
    given('A when rain: + -', 'B: -.2 .2', 'rain matches').with({ undercutFloor: 0.4 }).expect(act(0))
    given('A when rain: + -', 'B: -.2 .2').expect(act(0))
  })
})

describe('labels', () => {
  it('are IN for the wiser card, OUT for the one it overrules, UNDECIDED where nothing settles it', () => {
    expect(labelsOf(given('A: + -', 'B: - +', 'B > A').decide())).toEqual({ 'A.1@0': 'out', 'A.1@1': 'out', 'B.1@0': 'in', 'B.1@1': 'in' })
    expect(new Set(Object.values(labelsOf(given('A: + -', 'B: - +').decide())))).toEqual(new Set(['undecided']))
    expect(new Set(Object.values(labelsOf(given('A: + -', 'B: .8 -.2').decide())))).toEqual(new Set(['in']))
  })
})

describe('[D4] when it asks', () => {
  it('[D4] strong pulls apart ask; weak ones are settled by weights', () => {
    given('A: + -', 'B: - +').expect(ask('values-conflict'))
    given('A: .3 .1', 'B: .1 .25').expect(act(0))
    given('A: + -', 'B: - +', 'C: + -').with({ pull: 3, quantile: 0.6 }).expect(act(0))
  })

  it('[D4] an option that goes against nobody is taken', () => {
    given('A: + - .8', 'B: - + .8').with({ pull: 0.6 }).expect(act(2))
  })

  it('[D4] on a par: each option upheld, none violated, no priority', () => {
    const { certificate } = given('A: .9 .1', 'B: .1 .9').expect(ask('on-a-par'))
    expect(certificate.derived.relations).toEqual([{ options: [0, 1], relation: 'on-a-par', by: null, improved: 'on-a-par' }])
  })

  it('[D4] a norm that would turn the choice asks, and says at which weight it would', () => {
    const { certificate } = given('A: .5 0', 'norm quiet: - +').expect(ask('norm-conflict'))
    expect(certificate.derived.norms).toEqual([{ norm: 'quiet', violates: [true, false], weight: 1, flip: 0.5 }])
    given('A: .5 0', 'norm quiet (.4): - +').expect(act(0))
    given('A: 0 .5', 'norm quiet: - +').expect(act(1))
  })

  it('[D4] says it is not sure where nothing speaks, or the calibration cannot rule an option out', () => {
    given('A: .01 -.02').expect(ask('low-confidence'))
    given('A: .5 .45').with({ quantile: 0.9 }).expect(ask('low-confidence'))
    given('A: + +').expect(ask('low-confidence'))
  })
})

describe('decide', () => {
  it('[D5] acts on the likeliest option alone, one that nothing beats, in 3,000 random worlds', () => {
    let acts = 0
    for (let seed = 20_000; seed < 23_000; seed += 1) {
      const { graph, scenario, evidence, calibration } = randomWorld(seed)
      const { outcome, probabilities, certificate } = decide(graph, scenario, evidence, calibration)
      const sum = probabilities.reduce((total, share) => total + share, 0)
      if (Math.abs(sum - 1) > 1e-12) expect.fail(`seed ${seed}: they sum to ${sum}`)
      for (const { options: [x, y], relation } of certificate.derived.relations) {
        const isSettled = certificate.derived.remaining.length === 1 && certificate.derived.remaining.includes(relation === 'better' ? x : y)
        if (isSettled && relation === 'better' && (probabilities[x] ?? 0) < (probabilities[y] ?? 0)) expect.fail(`seed ${seed}: ${x} beats ${y}`)
      }
      if (outcome.kind === 'ask') continue
      acts += 1
      const rivals = probabilities.filter((share, option) => option !== outcome.option && share >= (probabilities[outcome.option] ?? 0))
      if (rivals.length > 0 || !certificate.derived.remaining.includes(outcome.option)) expect.fail(`seed ${seed}: ${JSON.stringify(probabilities)}`)
    }
    expect(acts).toBeGreaterThan(300)
  })

  it('is polynomial: 5,000 cards, each held wiser than the next, end in a decision', () => {
    const names = Array.from({ length: 5_000 }, (_, at) => `C${String(at).padStart(4, '0')}`)
    const statements = names.flatMap((name, at) => [`${name}: ${at === 0 ? '- +' : '+ -'}`, ...(at === 0 ? [] : [`${names[at - 1]} > ${name}`])])
    given(...statements).expect(act(1))
  })

  it('gives the same bytes whatever the order of the records', () => {
    const one = given('A: + - / .3 .2', 'B: - +', 'B > A when c', 'A > B when d', 'd within c', 'd matches', 'norm n: - +', 'stand for A when c')
    const reversed = <Item>(record: Readonly<Record<string, Item>>): Record<string, Item> => Object.fromEntries(Object.entries(record).reverse())
    const { cards, contexts, edges, norms, commitments } = one.graph
    const graph: Graph = { cards: reversed(cards), contexts: reversed(contexts), edges: reversed(edges), norms: reversed(norms), commitments: reversed(commitments) }
    const evidence = { ...one.evidence, support: reversed(one.evidence.support), relevance: reversed(one.evidence.relevance), contexts: reversed(one.evidence.contexts) }
    expect(JSON.stringify(decide(graph, one.scenario, evidence, one.calibration))).toBe(JSON.stringify(one.decide()))
  })

  it('takes numbers that are missing or not finite as nothing said', () => {
    const { graph, scenario, evidence, calibration } = given('A: + -', 'B: - +')
    const broken = { ...evidence, support: { 'A.1': [1, -1], 'B.1': [Number.NaN, Number.POSITIVE_INFINITY] }, relevance: { A: 1, B: 1 } }
    expect(decide(graph, scenario, broken, calibration).outcome).toEqual(act(0))
    expect(decide(graph, scenario, { ...evidence, relevance: {} }, calibration).outcome).toEqual(ask('no-card'))
  })
})

describe('where an agent is about to act', () => {
  const trust = { standing: 'trusted', stale: false, approved: 17, answers: 17, low: 0.8, threshold: 0.8 } as const
  const outcome = (changes: object, ...statements: readonly string[]) => {
    const { graph, scenario, evidence, calibration } = given(...statements)
    return decide(graph, scenario, evidence, calibration, { ...trust, ...changes }).outcome
  }

  it('[D4] it acts where it is trusted and nothing changed since, and asks everywhere else', () => {
    expect(outcome({}, 'A: + -')).toEqual(act(0))
    expect(outcome({ stale: true }, 'A: + -')).toEqual(ask('untrusted-domain'))
    expect(outcome({ standing: 'ask' }, 'A: + -')).toEqual(ask('untrusted-domain'))
    expect(outcome({ standing: 'unknown' }, 'A: + -')).toEqual(ask('untrusted-domain'))
  })

  it('[D4] says what it would ask anyway before it says that it is not trusted', () => {
    expect(outcome({ standing: 'unknown' }, 'A (.1): + -')).toEqual(ask('no-card'))
    expect(outcome({ standing: 'unknown' }, 'A: + -', 'B: - +')).toEqual(ask('values-conflict'))
  })

  it('a rehearsal shows what it would do, trusted or not, and its certificate does not speak of it', () => {
    const { certificate } = given('A: + -').expect(act(0))
    expect(certificate.inputs).not.toHaveProperty('trust')
    expect(certificate.hashes).not.toHaveProperty('trust')
  })
})
