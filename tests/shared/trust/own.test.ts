import { describe, expect, it } from 'vitest'
import { answersNeeded, calibrate } from '../../../shared/trust/own.ts'
import { decide } from '../../../shared/decision/decide.ts'
import { nowOf } from '../../../shared/trust/stale.ts'
import { verify } from '../../../shared/decision/verify.ts'
import type { Rehearsal } from '../../../shared/rehearsal.ts'
import { given, plainCalibration } from '../../support/given.ts'
import { answer, now, sha } from '../../support/people.ts'

const scores = [0.05, 0.1, 0.12, 0.2, 0.25, 0.3, 0.4, 0.55, 0.7]
/** Answers in which what the person stood behind had these chances. */
const told = (list: readonly number[]): Rehearsal[] => list.map((score, number) => answer(number, { agent: { probabilities: [1 - score, score] } }))

describe('calibrate', () => {
  it('[§9] from nine answers on it is the person’s own: (.05 … .7) at α = .1 gives .7', () => {
    expect(calibrate(plainCalibration, 'work', told(scores.slice(1)), now)).toBe(plainCalibration)
    const own = calibrate(plainCalibration, 'work', told(scores), now)
    expect(own).toMatchObject({ name: 'own answers: work', source: 'own', quantile: 0.7, answers: 9, alpha: 0.1 })
    expect({ ...own, name: '', source: '', quantile: 0, answers: 0 }).toEqual({ ...plainCalibration, name: '', source: '', quantile: 0, answers: 0 })
  })

  it('[§9] the first number of answers that bounds anything is 9 for .1, 19 for .05, 4 for .2', () => {
    expect([0.1, 0.05, 0.2].map(answersNeeded)).toEqual([9, 19, 4])
    for (const [alpha, needed] of [[0.1, 9], [0.05, 19], [0.2, 4]] as const) {
      const many = told(Array.from({ length: needed }, () => 0.65))
      expect(calibrate(plainCalibration, 'work', many, now, alpha)).toMatchObject({ quantile: 0.65, alpha, answers: needed })
      expect(calibrate(plainCalibration, 'work', many.slice(1), now, alpha)).toBe(plainCalibration)
    }
  })

  it('is made for one wrong act in ten, whatever bound the shipped one was made for', () => {
    const shipped = { ...plainCalibration, alpha: 0.527 }
    expect(calibrate(shipped, 'work', told(scores.slice(1)), now)).toBe(shipped)
    expect(calibrate(shipped, 'work', told(scores), now)).toMatchObject({ alpha: 0.1, quantile: 0.7 })
  })

  it('counts no answer of another model, of other rules, or with another version of a card', () => {
    const many = told(scores)
    expect(calibrate(plainCalibration, 'work', many, { ...now, model: sha('9') })).toBe(plainCalibration)
    expect(calibrate(plainCalibration, 'work', many, { ...now, rules: sha('9') })).toBe(plainCalibration)
    expect(calibrate(plainCalibration, 'work', many, nowOf(given('A: - +', 'A is a draft').graph, [], sha('1'), sha('2')))).toBe(plainCalibration)
  })

  it('counts no answer in which the person stood behind no option', () => {
    const many = told(scores).map((one, at): Rehearsal => (at === 0 ? { ...one, own: { kind: 'par' } } : one))
    expect(calibrate(plainCalibration, 'work', many, now)).toBe(plainCalibration)
  })

  it('forgets the oldest of more than a hundred', () => {
    const many = told([...Array.from({ length: 50 }, () => 0.9), ...Array.from({ length: 100 }, () => 0.6)])
    expect(calibrate(plainCalibration, 'work', many, now)).toMatchObject({ answers: 100, quantile: 0.6 })
  })

  it('never rules out the likeliest option with all others, where the agent was right and sure every time', () => {
    const own = calibrate(plainCalibration, 'work', told(Array.from({ length: 20 }, () => 0.000_1)), now)
    expect(own).toMatchObject({ source: 'own', quantile: 0.5 })
    const { graph, scenario, evidence } = given('A: .4 0')
    expect(decide(graph, scenario, evidence, own).outcome).toEqual({ kind: 'act', option: 0 })
  })

  it('is what decide goes by and what the certificate says, and verify agrees', () => {
    const { graph, scenario, evidence } = given('A: .3 0')
    const shipped = { ...plainCalibration, quantile: 0.1 }
    expect(decide(graph, scenario, evidence, shipped).outcome).toEqual({ kind: 'ask', reason: 'low-confidence' })
    const own = calibrate(shipped, 'tests', told(scores.map((score) => score / 2)), now)
    const { outcome, certificate } = decide(graph, scenario, evidence, own)
    expect(outcome).toEqual({ kind: 'act', option: 0 })
    expect(certificate.inputs.calibration).toMatchObject({ source: 'own', answers: 9, quantile: 0.5 })
    expect(verify(JSON.parse(JSON.stringify(certificate)), graph)).toMatchObject({ ok: true })
  })
})
