import { describe, expect, it } from 'vitest'
import type { Reask, Rehearsal } from '../../../shared/rehearsal.ts'
import { VersionId } from '../../../shared/schema.ts'
import { burnedOf } from '../../../shared/trust/counted.ts'
import { stoodBy as stoodByCounted } from '../../../shared/trust/stand.ts'
import { answer, day, start } from '../../support/people.ts'
import { seeded } from '../../support/worlds.ts'

type Word = 'yes' | 'no' | 'unsure' | 'unanswered'
const said = (days: number, stands: Word): Reask => ({ id: VersionId.parse(`s${days}`), at: start + days * day, kind: 'stand', days, stands })
const person = (words: Partial<Record<1 | 30 | 90, Word>>, number = 0) => answer(number, { at: start, reasks: Object.entries(words).map(([days, word]) => said(Number(days), word)) })
const late = start + 120 * day
const stoodBy = (rehearsals: readonly Rehearsal[], now: number) => stoodByCounted(rehearsals, burnedOf(rehearsals), now)

describe('stoodBy', () => {
  it('is the plain share where everybody answers every time', () => {
    const all = [person({ 1: 'yes', 30: 'yes', 90: 'yes' }), person({ 1: 'yes', 30: 'yes', 90: 'no' }), person({ 1: 'yes', 30: 'no' }), person({ 1: 'no' })]
    expect(stoodBy(all, late).map(({ share }) => share)).toEqual([0.75, 0.5, 0.25].map((share) => expect.closeTo(share, 9)))
    expect(stoodBy(all, late).map(({ known }) => [known.hits, known.tries])).toEqual([[3, 4], [2, 4], [1, 4]])
  })

  it('what was not answered, or answered unsure, is not known, and never a yes', () => {
    const all = [person({ 1: 'unsure', 30: 'unanswered' }), person({}), person({ 1: 'yes' })]
    expect(stoodBy(all, late).map(({ known, censored }) => [known.hits, known.tries, censored])).toEqual([[1, 1, 2], [0, 0, 3], [0, 0, 3]])
    expect(stoodBy(all, late)[1]?.share).toBeNull()
    expect(stoodBy([person({}), person({ 30: 'unsure' })], late).map(({ share }) => share)).toEqual([null, null, null])
  })

  it('a no after a silence stopped standing at some time before: the estimate holds both', () => {
    const [first, second, third] = stoodBy([person({ 30: 'no' }), person({ 1: 'yes', 30: 'yes', 90: 'yes' })], late)
    expect(second?.share).toBeCloseTo(0.5, 6)
    expect(third?.share).toBeCloseTo(0.5, 6)
    expect(first?.share).toBeGreaterThanOrEqual(0.5)
    expect(first?.known.tries).toBe(1)
  })

  it('a yes at ninety days says yes of the days before', () => {
    expect(stoodBy([person({ 90: 'yes' })], late).map(({ known }) => [known.hits, known.tries])).toEqual([[1, 1], [1, 1], [1, 1]])
  })

  it('days that are not there yet, and a clock that is set back a year, leave it empty rather than wrong', () => {
    expect(stoodBy([person({})], start + 2 * day).map(({ censored }) => censored)).toEqual([1, 0, 0])
    expect(stoodBy([person({ 1: 'yes' })], start - 365 * day).map(({ share, known, censored }) => [share, known.tries, censored])).toEqual([[null, 0, 0], [null, 0, 0], [null, 0, 0]])
  })

  it('[K1] knows nothing of a situation that led to a change of the values, whatever was said of it and under whatever id', () => {
    const kept = [person({ 1: 'yes' }, 1), person({ 1: 'no' }, 2)]
    const mended = person({ 1: 'no' }, 3)
    const copy = { ...person({ 1: 'no' }, 4), content: mended.content }
    expect(stoodBy([...kept, { ...mended, burnedAt: start }, copy], late)).toEqual(stoodBy(kept, late))
    expect(stoodBy([...kept, mended, copy], late)).not.toEqual(stoodBy(kept, late))
  })

  it('finds the true shares again though a third of the questions are never answered', () => {
    const next = seeded(30)
    const truth = [0.9, 0.7, 0.6]
    const all = Array.from({ length: 3_000 }, (_, number) => {
      const end = next()
      const words = ([1, 30, 90] as const).flatMap((days, at) => (next() < 1 / 3 ? [] : [[days, end < (truth[at] ?? 0) ? 'yes' : 'no'] as const]))
      return person(Object.fromEntries(words), number)
    })
    stoodBy(all, late).forEach(({ share }, at) => expect(Math.abs((share ?? 0) - (truth[at] ?? 0))).toBeLessThan(0.03))
  })
})
