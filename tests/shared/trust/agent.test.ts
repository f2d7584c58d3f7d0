import { describe, expect, it } from 'vitest'
import { rulesDigest } from '../../../shared/decision/conformal.ts'
import { mergeDomains } from '../../../shared/commands/domain.ts'
import { createDocument, readDocument } from '../../../shared/document/document.ts'
import { contentOf, type Domain, type Rehearsal } from '../../../shared/rehearsal.ts'
import { calibrationFor, trustFor, type Remembered } from '../../../shared/trust/agent.ts'
import { plainCalibration } from '../../support/given.ts'
import { answer, graph, sha } from '../../support/people.ts'

const rules = { name: 'plain', source: 'shipped', digest: rulesDigest(plainCalibration) } as const
const remember = (rehearsals: readonly Rehearsal[], domains: Readonly<Record<string, Domain>> = {}): Remembered => ({ rehearsals: Object.fromEntries(rehearsals.map((one) => [one.id, one])), domains, trials: {} })
const many = (count: number, domain: string, first = 0): Rehearsal[] => Array.from({ length: count }, (_, at) => answer(first + at, { domain, agent: { calibration: rules } }))
const question = { domain: 'work', content: contentOf({ situation: 'Something new happens.', options: ['go there', 'stay here'] }) }

describe('calibrationFor', () => {
  it('takes the answers of this domain alone, also those of one that counts as it', () => {
    const doc = createDocument(3)
    const lived = [...many(5, 'Work'), ...many(4, 'office', 50), ...many(30, 'friends', 100)]
    expect(calibrationFor(remember(lived), question, graph, sha('1'), plainCalibration)).toBe(plainCalibration)
    mergeDomains(doc, 'office', 'Work')
    expect(calibrationFor(remember(lived, readDocument(doc).domains), question, graph, sha('1'), plainCalibration)).toMatchObject({ source: 'own', answers: 9, name: 'own answers: Work' })
  })

  it('never the answer to the very situation that is asked about, and nothing without a domain', () => {
    const lived = many(9, 'work')
    const first = lived[0] as Rehearsal
    expect(calibrationFor(remember(lived), { domain: 'work', content: first.content }, graph, sha('1'), plainCalibration)).toBe(plainCalibration)
    expect(calibrationFor(remember(many(20, '')), { ...question, domain: ' ' }, graph, sha('1'), plainCalibration)).toBe(plainCalibration)
  })

  it('is the shipped one again once the model, the rules or a card are others', () => {
    const lived = remember(many(9, 'work'))
    expect(calibrationFor(lived, question, graph, sha('1'), plainCalibration).source).toBe('own')
    expect(calibrationFor(lived, question, graph, sha('9'), plainCalibration).source).toBe('shipped')
    expect(calibrationFor(lived, question, graph, sha('1'), { ...plainCalibration, margin: 0.2 }).source).toBe('shipped')
    expect(calibrationFor(lived, question, { ...graph, cards: {} }, sha('1'), plainCalibration).source).toBe('shipped')
  })
})

describe('trustFor', () => {
  it('is the badge of the domain, and unknown where there is none', () => {
    const lived = remember(many(17, 'work'))
    expect(trustFor(lived, 'Work', graph, sha('1'), plainCalibration)).toMatchObject({ standing: 'trusted', stale: false, approved: 17, answers: 17, threshold: 0.8 })
    expect(trustFor(lived, 'work', graph, sha('9'), plainCalibration)).toMatchObject({ standing: 'trusted', stale: true })
    for (const domain of ['', 'elsewhere']) expect(trustFor(lived, domain, graph, sha('1'), plainCalibration)).toEqual({ standing: 'unknown', stale: false, approved: 0, answers: 0, low: 0, threshold: 0.8 })
  })
})
