import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDocument, readDocument } from '../../../shared/document/document.ts'
import { hearingsOf, tensionsOf, type Hearing } from '../../../shared/map/tension.ts'
import { withdrawRehearsal } from '../../../shared/commands/rehearsal.ts'
import type { CardId, RehearsalId } from '../../../shared/schema.ts'
import { createMaker, valueOf } from '../../support/document.ts'
import { fillMap, rehearse } from '../../support/map.ts'

const names = ['A', 'B', 'C', 'D'] as const

/** Situations of two to six options; any of four cards bears on each, and says of each option something in [-1, 1]. */
const situations = fc.array(
  fc.integer({ min: 2, max: 6 }).chain((options) =>
    fc.record({ A: voice(options), B: voice(options), C: voice(options), D: voice(options) }).map((voices) => ({ options, voices }))
  ),
  { maxLength: 8 }
)

function voice(options: number): fc.Arbitrary<readonly number[] | null> {
  return fc.option(fc.array(fc.integer({ min: -100, max: 100 }).map((hundredths) => hundredths / 100), { minLength: options, maxLength: options }), { freq: 3 })
}

type Told = { readonly voices: Readonly<Record<string, readonly number[] | null>> }

function hear(told: readonly Told[]): readonly Hearing[] {
  return told.map(({ voices }, at) => ({
    situation: `situation ${at}`, domain: '', changed: new Set(),
    voices: new Map(Object.entries(voices).filter((entry): entry is [CardId, readonly number[]] => entry[1] !== null))
  }))
}

function pairOf(hearings: readonly Hearing[], one: string, other: string) {
  return tensionsOf(hearings).get(one as CardId, other as CardId)
}

describe('what stands between two cards', () => {
  it('is known exactly where both bore on a situation, and is never made a 0 where not', () => {
    fc.assert(
      fc.property(situations, (told) => {
        const tensions = tensionsOf(hear(told))
        for (const one of names) {
          for (const other of names) {
            if (one === other) continue
            const shared = told.filter(({ voices }) => voices[one] !== null && voices[other] !== null).length
            const tension = tensions.get(one as CardId, other as CardId)
            expect(tension === null).toBe(shared === 0)
            expect(tension?.shared.length ?? 0).toBe(shared)
            expect(tension).toBe(tensions.get(other as CardId, one as CardId))
            if (tension !== null) expect(Math.abs(tension.value)).toBeLessThanOrEqual(1)
          }
        }
      })
    )
  })

  it('turns its sign when one card wants the opposite, is 1 for a card of the same words and -1 for one against it', () => {
    fc.assert(
      fc.property(situations, (told) => {
        const turned = told.map(({ voices }) => ({ voices: { ...voices, B: voices.B?.map((score) => -score) ?? null } }))
        const [plain, opposite] = [pairOf(hear(told), 'A', 'B'), pairOf(hear(turned), 'A', 'B')]
        expect(opposite?.value).toBe(plain === null ? undefined : -plain.value + 0)
        const echoes = told.map(({ voices }) => ({ voices: { A: voices.A, same: voices.A, against: voices.A?.map((score) => -score) ?? null } }))
        const tells = told.some(({ voices }) => voices.A !== null && new Set(voices.A).size > 1)
        const heard = told.some(({ voices }) => voices.A !== null)
        expect(pairOf(hear(echoes), 'A', 'same')?.value).toBe(tells ? 1 : heard ? 0 : undefined)
        expect(pairOf(hear(echoes), 'A', 'against')?.value).toBe(tells ? -1 : heard ? 0 : undefined)
      })
    )
  })

  it('does not depend on the order of situations, of options or of cards, nor on what a card says of all options alike', () => {
    fc.assert(
      fc.property(situations, fc.integer({ min: -50, max: 50 }), (told, more) => {
        const plain = tensionsOf(hear(told)).pairs.map(({ left, right, value }) => [left, right, value])
        const mixed = told.toReversed().map(({ voices }) => ({ voices: Object.fromEntries(Object.entries(voices).toReversed().map(([card, scores]) => [card, scores?.toReversed() ?? null])) }))
        expect(tensionsOf(hear(mixed)).pairs.map(({ left, right, value }) => [left, right, value])).toEqual(plain)
        const raised = told.map(({ voices }) => ({ voices: { ...voices, B: voices.B?.map((score) => score + more / 100) ?? null } }))
        const [before, after] = [pairOf(hear(told), 'A', 'B'), pairOf(hear(raised), 'A', 'B')]
        if (before !== null && after !== null) expect(after.value).toBeCloseTo(before.value, 5)
      })
    )
  })

  it('is the cosine of what tells the options apart, counted by hand', () => {
    const hearings = hear([{ voices: { A: [1, 0], B: [0, 0.5] } }, { voices: { A: [0.5, 0, -0.5], B: [0.5, 0.5, 0.5] } }])
    /* A: (.5, -.5) and (.5, 0, -.5); B: (-.25, .25) and nothing: -.25 / √(1 × .125). */
    expect(pairOf(hearings, 'A', 'B')?.value).toBeCloseTo(-0.25 / Math.sqrt(0.125), 6)
  })

  it('where both bore on it, but one told no option from another, is 0: that much is known', () => {
    expect(pairOf(hear([{ voices: { A: [1, -1], B: [0, 0] } }]), 'A', 'B')).toMatchObject({ value: 0, shared: ['situation 0'] })
  })
})

describe('what is heard of a notebook', () => {
  it('is the last answer to each situation, without the rehearsals that were taken out; what was not kept is counted', () => {
    const doc = createDocument(1)
    const [one, other] = fillMap(doc, 2).cards as [CardId, CardId]
    rehearse(doc, 'The same evening.', { [one]: [1, 0], [other]: [1, 0] }, 1_000)
    rehearse(doc, 'The same evening.', { [one]: [1, 0], [other]: [0, 1] }, 2_000)
    rehearse(doc, 'Another evening.', { [one]: [1, 0], [other]: [1, 0] })
    const heard = () => {
      const { graph, rehearsals, domains } = readDocument(doc)
      return hearingsOf(graph, rehearsals, domains)
    }
    expect(tensionsOf(heard().hearings).get(one, other)).toMatchObject({ value: 0, shared: ['Another evening.', 'The same evening.'] })
    const { rehearsals } = readDocument(doc)
    const [again] = Object.values(rehearsals).filter(({ situation }) => situation === 'Another evening.')
    valueOf(withdrawRehearsal(doc, again?.id as RehearsalId, true, createMaker('w')))
    expect(tensionsOf(heard().hearings).get(one, other)).toMatchObject({ value: -1, shared: ['The same evening.'] })
    expect(heard().untold).toBe(0)
    const { agent, ...rest } = Object.values(rehearsals)[0] ?? {}
    const { voices: _, ...older } = agent ?? {}
    expect(hearingsOf(readDocument(doc).graph, { x: { ...rest, agent: older } } as never, {}).untold).toBe(1)
  })
})
