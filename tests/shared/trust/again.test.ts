import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reask, Rehearsal } from '../../../shared/rehearsal.ts'
import { VersionId } from '../../../shared/schema.ts'
import { dueAgain, isSameChoice, selfConsistency, selfNormalised, type Due } from '../../../shared/trust/again.ts'
import { burnedOf } from '../../../shared/trust/counted.ts'
import { answer, day, start } from '../../support/people.ts'

const due = (rehearsals: readonly Rehearsal[], now: number) => dueAgain(rehearsals, burnedOf(rehearsals), now)
const many = (length: number, at: (number: number) => number = () => start): Rehearsal[] => Array.from({ length }, (_, number) => answer(number, { at: at(number) }))
const again = (at: number, option: number): Reask => ({ id: VersionId.parse(`r${at}`), at, kind: 'choice', choice: { kind: 'option', option } })
const stand = (days: number, stands: 'yes' | 'no' | 'unsure' | 'unanswered'): Reask => ({ id: VersionId.parse(`s${days}`), at: start + days * day, kind: 'stand', days, stands })
const choices = (list: readonly Due[]) => list.filter(({ kind }) => kind === 'choice')

describe('dueAgain', () => {
  it('[A1] asks between 15 and 20 % again after seven days, and nobody before', () => {
    for (const length of [20, 33, 40, 57, 100, 1_000]) {
      const all = many(length)
      expect(choices(due(all, start + 7 * day - 1))).toEqual([])
      const share = choices(due(all, start + 7 * day)).length / length
      expect(share).toBeGreaterThanOrEqual(0.15)
      expect(share).toBeLessThanOrEqual(0.2)
    }
  })

  it('[A1] stays between 15 and 20 % as answers come in and are asked again, day by day', () => {
    let all: Rehearsal[] = []
    for (let today = 0; today < 200; today += 1) {
      const now = start + today * day
      all = [...all, answer(today, { at: now })]
      for (const { rehearsal } of choices(due(all, now))) all = all.map((one) => (one === rehearsal ? { ...one, reasks: [again(now, 0)] } : one))
      const rested = all.filter(({ startedAt }) => now - startedAt >= 7 * day)
      const asked = rested.filter(({ reasks }) => reasks.length > 0).length
      if (rested.length >= 40) expect(asked / rested.length).toBeGreaterThanOrEqual(0.15)
      if (rested.length >= 40) expect(asked / rested.length).toBeLessThanOrEqual(0.2)
    }
  })

  it('[A1] chooses the same on every device, in whatever order the answers come', () => {
    const all = many(60)
    const ids = (list: readonly Due[]) => list.map(({ rehearsal }) => rehearsal.id).sort()
    expect(ids(due([...all].reverse(), start + 10 * day))).toEqual(ids(due(all, start + 10 * day)))
  })

  it('[A2] asks after 1, 30 and 90 days whether one still stands by it, each once, and not when the next of these days is there', () => {
    const stands = (reasks: readonly Reask[], days: number) => due([answer(1, { at: start, reasks })], start + days * day).map((one) => (one.kind === 'stand' ? one.days : one.kind))
    expect(stands([], 0.9)).toEqual([])
    expect(stands([], 1)).toEqual([1])
    expect(stands([stand(1, 'yes')], 8)).toEqual([])
    expect(stands([], 29)).toEqual([1])
    expect(stands([], 30)).toEqual([30])
    expect(stands([stand(30, 'unanswered')], 60)).toEqual([])
    expect(stands([], 90)).toEqual([90])
    expect(stands([], 365)).toEqual([])
  })

  it('[A3] survives a clock that is set back a year, or forward: nothing is due of the future, nothing is asked twice, no answer is lost', () => {
    const all = many(40)
    expect(due(all, start - 365 * day)).toEqual([])
    expect(due(all, start + 10 * day).length).toBeGreaterThan(0)
    fc.assert(fc.property(fc.array(fc.integer({ min: -800, max: 800 }), { maxLength: 30 }), fc.integer({ min: -400, max: 400 }), (shifts, today) => {
      const some = shifts.map((shift, number) => answer(number, { at: start + shift * day, reasks: number % 3 === 0 ? [again(start + number * day, 0)] : [] }))
      for (const one of due(some, start + today * day)) {
        expect(one.rehearsal.startedAt).toBeLessThanOrEqual(start + (today - 1) * day)
        if (one.kind === 'choice') expect(one.rehearsal.reasks).toEqual([])
      }
    }))
  })

  it('asks nothing of what was skipped, withdrawn or burned', () => {
    const others = [answer(1, { at: start, own: { kind: 'skipped' } }), answer(2, { at: start, withdrawnAt: start }), answer(3, { at: start, burnedAt: start })]
    expect(due(others, start + 2 * day)).toEqual([])
  })
})

describe('self-consistency', () => {
  it('is over the first later choice after seven days, and knows options, on a par and ask apart', () => {
    const all = [
      answer(1, { at: start, reasks: [again(start + 8 * day, 0)] }),
      answer(2, { at: start, reasks: [again(start + 8 * day, 1)] }),
      answer(3, { at: start, reasks: [again(start + 2 * day, 1)] }),
      answer(4, { at: start, reasks: [again(start - 300 * day, 1)] }),
      answer(5, { at: start })
    ]
    expect(selfConsistency(all, burnedOf(all))).toEqual({ hits: 1, tries: 2 })
    expect(isSameChoice({ kind: 'par' }, { kind: 'par' })).toBe(true)
    expect(isSameChoice({ kind: 'par' }, { kind: 'ask' })).toBe(false)
    expect(isSameChoice({ kind: 'option', option: 0 }, { kind: 'ask' })).toBe(false)
  })

  it('is what agreement is divided by, with bounds that hold both', () => {
    const result = selfNormalised({ rate: 0.72, low: 0.6, high: 0.8 }, { rate: 0.9, low: 0.8, high: 1 })
    expect(result.share).toBeCloseTo(0.8, 12)
    expect(result.low).toBeCloseTo(0.6, 12)
    expect(result.high).toBeCloseTo(1, 12)
    expect(selfNormalised({ rate: 0.7, low: 0.6, high: 0.8 }, { rate: null, low: 0, high: 1 })).toEqual({ share: null, low: 0.6, high: Infinity })
  })
})
