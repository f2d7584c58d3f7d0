import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planRotation, rotation, type SnapshotName } from '../../../shared/keep/rotation.ts'

const hour = 60 * 60_000
const day = 24 * hour
const year = 365 * day
const start = Date.UTC(2026, 5, 15, 12)

/** Taken one after another, at these times; each is planned for as soon as it is there, as the program does. */
function live(times: readonly number[], bytes = 1): readonly SnapshotName[] {
  let kept: readonly SnapshotName[] = []
  for (const [at, takenAt] of times.entries()) kept = planRotation([{ number: at + 1, takenAt, bytes }, ...kept]).keep
  return kept
}

/** Steps of minutes to weeks, and now and then a clock that is set back or forward by up to a year. */
const anyTimes = fc.array(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 7 * day }) }, { weight: 1, arbitrary: fc.integer({ min: -year, max: year }) }), { minLength: 1, maxLength: 200 })
  .map((steps) => steps.reduce<number[]>((times, step) => [...times, (times.at(-1) ?? start) + step], []))

describe('which snapshots stay', () => {
  it('a year of an hour each: 24 hours, 30 days, 12 months', () => {
    const kept = live(Array.from({ length: 365 * 24 }, (_, at) => start + at * hour))
    const end = start + (365 * 24 - 1) * hour
    expect(kept.filter(({ takenAt }) => end - takenAt < 24 * hour)).toHaveLength(rotation.hours)
    expect(new Set(kept.filter(({ takenAt }) => end - takenAt < 30 * day).map(({ takenAt }) => Math.floor(takenAt / day))).size).toBe(rotation.days)
    expect(new Set(kept.map(({ takenAt }) => new Date(takenAt).toISOString().slice(0, 7))).size).toBe(rotation.months)
    expect(kept.length).toBeLessThanOrEqual(rotation.hours + rotation.days + rotation.months)
  })

  it('a clock set back by a year drops nothing that is taken then, nor the months before', () => {
    const before = Array.from({ length: 60 * 24 }, (_, at) => start + at * hour)
    const after = Array.from({ length: 5 }, (_, at) => start - year + at * hour)
    const kept = live([...before, ...after]).map(({ takenAt }) => takenAt)
    for (const time of [...after, before.at(-1) ?? 0]) expect(kept).toContain(time)
    expect(kept.filter((time) => time >= start).length).toBeGreaterThan(40)
  })

  it('whatever the times: the newest stays, nothing is lost between the two, few stay, and they stay', () => {
    fc.assert(fc.property(anyTimes, (times) => {
      const kept = live(times)
      expect(kept[0]).toMatchObject({ number: times.length })
      expect(kept.length).toBeLessThanOrEqual(rotation.hours + rotation.days + rotation.months)
      expect(planRotation(kept).drop).toEqual([])
      const all = times.map((takenAt, at) => ({ number: at + 1, takenAt, bytes: 1 }))
      const plan = planRotation(all)
      expect([...plan.keep, ...plan.drop].map(({ number }) => number).sort((left, right) => left - right)).toEqual(all.map(({ number }) => number))
      expect(planRotation(all.toReversed())).toEqual(plan)
    }))
  })

  it('they take no more room than they may, but for the newest', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 500 }), (sizes, most) => {
      const { keep } = planRotation(sizes.map((bytes, at) => ({ number: at + 1, takenAt: start + at * hour, bytes })), most)
      expect(keep[0]?.number).toBe(sizes.length)
      expect(keep.length === 1 || keep.reduce((sum, { bytes }) => sum + bytes, 0) <= most).toBe(true)
    }))
  })
})
