import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { editText, forgetCard, setStatus } from '../../../shared/commands/card.ts'
import type { Maker } from '../../../shared/commands/edit.ts'
import { setPriority } from '../../../shared/commands/priority.ts'
import { addReask, addVerdict, beginRehearsal, recordAgent, recordMend, recordMendsElsewhere, withdrawRehearsal, writeTrial, type Committed } from '../../../shared/commands/rehearsal.ts'
import { createDocument, createProjection, createUndo, readDocument } from '../../../shared/document/document.ts'
import { writeNative } from '../../../shared/file/native.ts'
import { applyImport } from '../../../shared/file/plan.ts'
import { forecastOf, verdictOf, versionOf, type AgentAnswer, type Verdict } from '../../../shared/rehearsal.ts'
import type { RehearsalId, ScenarioId } from '../../../shared/schema.ts'
import { createMaker, createReplicas, createSample, deliverAll, lineOf, valueOf } from '../../support/document.ts'

const hash = 'a'.repeat(64)
const scenario = { id: 'mail-1' as ScenarioId, domain: 'mail', mode: 'action', situation: 'A letter came.', options: ['Answer it', 'Leave it', 'Ask her'] } satisfies Committed['scenario']
const said: Committed = { scenario, pack: 'library', shown: 'cards', own: { kind: 'option', option: 1 }, forecast: valueOf(forecastOf([20, 60, 10], 10)) }
const agent: AgentAnswer = {
  at: 5, outcome: { kind: 'act', option: 0 }, probabilities: [0.6, 0.3, 0.1], model: { name: 'm', sha256: hash }, calibration: { name: 'c', source: 'shipped', digest: hash },
  cited: [], graph: hash, evidence: hash, certificate: hash, modes: { theory: { kind: 'act', option: 0 }, action: { kind: 'ask', reason: 'on-a-par' } }
}
const verdict = { verdict: 'not-that', door: 'card-wrong', card: null, note: '' } as const

describe('a rehearsal', () => {
  it('is written down step by step, and read back', () => {
    const { doc, maker, honest } = createSample()
    const id = valueOf(beginRehearsal(doc, said, maker))
    expect(readDocument(doc).rehearsals[id]).toMatchObject({ scenario: 'mail-1', own: { kind: 'option', option: 1 }, agent: null, verdicts: [], burnedAt: null })
    valueOf(recordAgent(doc, id, agent))
    valueOf(addVerdict(doc, id, { ...verdict, card: honest }, maker))
    valueOf(addVerdict(doc, id, { ...verdict, verdict: 'yes', door: null }, maker))
    valueOf(addReask(doc, id, { kind: 'choice', choice: { kind: 'par' } }, maker))
    const read = readDocument(doc).rehearsals[id]
    expect(read).toMatchObject({ agent, reasks: [{ kind: 'choice', choice: { kind: 'par' } }] })
    expect(read?.verdicts.map((one) => one.verdict)).toEqual(['not-that', 'yes'])
    expect(read === undefined ? null : verdictOf(read)?.verdict).toBe('yes')
  })

  it('keeps the answer that was forecast: a second one is refused', () => {
    const { doc, maker } = createSample()
    const id = valueOf(beginRehearsal(doc, said, maker))
    valueOf(recordAgent(doc, id, agent))
    expect(lineOf(recordAgent(doc, id, { ...agent, at: 9 }))).toContain('the agent’s answer to this rehearsal is there already')
    expect(lineOf(recordAgent(doc, 'gone' as RehearsalId, agent))).toContain('there is no rehearsal "gone"')
    const other = valueOf(beginRehearsal(doc, said, maker))
    expect(lineOf(recordAgent(doc, other, { ...agent, probabilities: [0.5, 0.5] }))).toContain('not about the options')
  })

  it('is burned by the first mend it leads to, and neither undo nor a second mend changes that', () => {
    const { doc, maker, honest } = createSample()
    const undo = createUndo(doc)
    const id = valueOf(beginRehearsal(doc, said, maker))
    valueOf(setStatus(doc, honest, 'endorsed', maker))
    const mended = { door: 'card-wrong', card: honest, words: 'a line was taken away', before: agent.outcome, after: null, turned: [] } as const
    valueOf(recordMend(doc, id, { ...mended, turned: [] }, { ...maker, now: 40 }))
    valueOf(recordMend(doc, id, { ...mended, turned: [] }, { ...maker, now: 50 }))
    while (undo.undo() !== null) { /* everything that can be taken back */ }
    expect(readDocument(doc).graph.cards[honest]?.status).toBe('draft')
    expect(readDocument(doc).rehearsals[id]).toMatchObject({ burnedAt: 40, edits: [{ at: 40 }, { at: 50 }] })
  })

  describe('that was mended elsewhere: in the card’s own room, on the map, on another day', () => {
    const start = 1_800_000_000_000
    /** Answered by a card in force, and judged; then comes `change`. */
    const burnedBy = (judged: Verdict['verdict'], names: 'honest' | 'quiet' | null, change: (sample: ReturnType<typeof createSample>, maker: Maker) => unknown): number | null => {
      const sample = createSample()
      const { doc, honest } = sample
      const at = (later: number): Maker => ({ ...sample.maker, now: start + later })
      valueOf(setStatus(doc, honest, 'endorsed', at(10)))
      const id = valueOf(beginRehearsal(doc, said, at(11)))
      valueOf(recordAgent(doc, id, { ...agent, cited: [{ card: honest, version: versionOf(readDocument(doc).graph, honest) ?? '' }] }))
      valueOf(addVerdict(doc, id, { verdict: judged, door: names === null ? null : 'card-wrong', card: names === null ? null : sample[names], note: '' }, at(20)))
      recordMendsElsewhere(doc, readDocument(doc), at(25))
      expect(readDocument(doc).rehearsals[id]?.burnedAt).toBeNull()
      change(sample, at(30))
      recordMendsElsewhere(doc, readDocument(doc), at(40))
      recordMendsElsewhere(doc, readDocument(doc), at(50))
      const { burnedAt = null, edits = [] } = readDocument(doc).rehearsals[id] ?? {}
      expect(edits.length).toBe(burnedAt === null ? 0 : 1)
      return burnedAt === null ? null : burnedAt - start
    }
    const mend = ({ doc, honest }: ReturnType<typeof createSample>, maker: Maker) => editText(doc, { kind: 'card', card: honest, field: 'title' }, 'Telling them', maker)

    it('is burned once, whichever card its verdict named, and by an arrow too', () => {
      expect(burnedBy('not-that', 'honest', mend)).toBe(40)
      expect(burnedBy('not-that', null, mend)).toBe(40)
      expect(burnedBy('not-that', 'quiet', mend)).toBe(40)
      expect(burnedBy('not-that', 'quiet', ({ doc, quiet }, maker) => setStatus(doc, quiet, 'retired', maker))).toBe(40)
      expect(burnedBy('not-that', 'honest', ({ doc, honest }, maker) => setStatus(doc, honest, 'retired', maker))).toBe(40)
      expect(burnedBy('not-that', 'honest', ({ doc, honest, quiet, work }, maker) => setPriority(doc, { from: honest, to: quiet, context: work }, maker))).toBe(40)
    })

    it('is not where it was not judged wrong, or nothing that an agent reads of it changed', () => {
      expect(burnedBy('yes', 'honest', mend)).toBeNull()
      expect(burnedBy('unsure', 'honest', mend)).toBeNull()
      expect(burnedBy('not-that', 'honest', ({ doc, honest }, maker) => editText(doc, { kind: 'card', card: honest, field: 'story' }, 'It was in May.', maker))).toBeNull()
      expect(burnedBy('not-that', 'honest', ({ doc, quiet }, maker) => editText(doc, { kind: 'card', card: quiet, field: 'title' }, 'Another', maker))).toBeNull()
    })
  })

  it('is kept when it is withdrawn, and counts again when that is taken back', () => {
    const { doc, maker } = createSample()
    const id = valueOf(beginRehearsal(doc, said, maker))
    valueOf(withdrawRehearsal(doc, id, true, { ...maker, now: 7 }))
    expect(readDocument(doc).rehearsals[id]?.withdrawnAt).toBe(7)
    valueOf(withdrawRehearsal(doc, id, false, maker))
    expect(readDocument(doc).rehearsals[id]?.withdrawnAt).toBeNull()
  })

  it.each([
    [{ own: { kind: 'option', option: 3 } }, 'the choice is none of the options'],
    [{ forecast: { kind: 'given', options: [0.5, 0.2], ask: 0.3 } }, 'the expectation is not about these options'],
    [{ forecast: { kind: 'given', options: [0.5, 0.2, 0.2], ask: 0.3 } }, 'forecast: the expectation does not sum to 100\u00A0%'],
    [{ shown: 'some' as 'cards' }, 'shown: must be one of "cards", "no-cards"']
  ] as const)('refuses %j and changes nothing', (changes, message) => {
    const { doc, maker } = createSample()
    const before = Y.encodeStateAsUpdate(doc)
    expect(lineOf(beginRehearsal(doc, { ...said, ...changes } as Committed, maker))).toContain(message)
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
  })

  it('whose expectation cannot be read any more stays, without one, and says so', () => {
    const { doc, maker } = createSample()
    const id = valueOf(beginRehearsal(doc, said, maker))
    valueOf(addVerdict(doc, id, verdict, maker))
    const map = doc.getMap('rehearsals').get(id) as Y.Map<unknown>
    for (const [spoilt, why] of [[{ kind: 'given', options: [0.9, 0.9, 0], ask: 0 }, 'does not sum to 100\u00A0%'], [{ kind: 'given', options: [0.5, 0.5], ask: 0 }, 'it is not about these options'], ['x', '']] as const) {
      map.set('forecast', spoilt)
      const reading = readDocument(doc)
      expect(reading.rehearsals[id]).toMatchObject({ own: said.own, forecast: { kind: 'skipped' }, verdicts: [verdict] })
      expect(reading.problems.join()).toContain(`the rehearsal of "A letter came.": its expectation is left out: `)
      expect(reading.problems.join()).toContain(why)
    }
    map.set(`verdict:${'v'.repeat(9)}`, { verdict: 'perhaps' })
    expect(readDocument(doc).rehearsals[id]?.verdicts).toHaveLength(1)
    expect(readDocument(doc).problems.join()).toContain('a verdict is left out')
  })
})

describe('the clock set back a year', () => {
  it('makes no later verdict an earlier one: the last that was said counts', () => {
    const { doc, maker } = createSample()
    const now = 1_800_000_000_000
    const id = valueOf(beginRehearsal(doc, said, { ...maker, now }))
    valueOf(addVerdict(doc, id, { ...verdict, verdict: 'yes', door: null }, { ...maker, now }))
    valueOf(addVerdict(doc, id, { ...verdict, verdict: 'not-that' }, { ...maker, now: now - 365 * 86_400_000 }))
    valueOf(addVerdict(doc, id, { ...verdict, verdict: 'unsure', door: null }, { ...maker, now: now - 364 * 86_400_000 }))
    expect(readDocument(doc).rehearsals[id]?.verdicts.map(({ verdict: judged }) => judged)).toEqual(['yes', 'not-that', 'unsure'])
  })
})

describe('two windows', () => {
  it('that judge the same rehearsal keep both verdicts, in the same order everywhere; also of a card that the other just retired or forgot', () => {
    const { doc, maker, honest, quiet } = createSample()
    const id = valueOf(beginRehearsal(doc, said, maker))
    const [one, other] = createReplicas(2, Y.encodeStateAsUpdate(doc)) as [ReturnType<typeof createReplicas>[0], ReturnType<typeof createReplicas>[0]]
    valueOf(setStatus(one.doc, honest, 'retired', one.maker))
    valueOf(forgetCard(one.doc, quiet))
    valueOf(addVerdict(one.doc, id, { ...verdict, verdict: 'unsure', door: null }, { ...one.maker, now: 20 }))
    valueOf(addVerdict(other.doc, id, { ...verdict, card: honest }, { ...other.maker, now: 30 }))
    valueOf(addVerdict(other.doc, id, { ...verdict, card: quiet }, { ...other.maker, now: 31 }))
    valueOf(recordMend(other.doc, id, { door: 'card-wrong', card: quiet, words: 'x', before: agent.outcome, after: null, turned: [] }, { ...other.maker, now: 32 }))
    deliverAll([one, other])
    for (const { doc: replica } of [one, other]) {
      const reading = readDocument(replica)
      expect(reading.rehearsals[id]?.verdicts.map(({ verdict: judged, card }) => [judged, card])).toEqual([['unsure', null], ['not-that', honest], ['not-that', quiet]])
      expect(reading.rehearsals[id]?.burnedAt).toBe(32)
      expect(reading.problems.filter((problem) => problem.includes('rehearsal'))).toEqual([])
    }
  })

  it('that ask the agent at once keep one answer, the same everywhere', () => {
    const { doc, maker } = createSample()
    const id = valueOf(beginRehearsal(doc, said, maker))
    const [one, other] = createReplicas(2, Y.encodeStateAsUpdate(doc)) as [ReturnType<typeof createReplicas>[0], ReturnType<typeof createReplicas>[0]]
    valueOf(recordAgent(one.doc, id, { ...agent, at: 1 }))
    valueOf(recordAgent(other.doc, id, { ...agent, at: 2 }))
    deliverAll([one, other])
    expect(readDocument(one.doc).rehearsals[id]?.agent).toEqual(readDocument(other.doc).rehearsals[id]?.agent)
  })
})

describe('many', () => {
  it('10,000 rehearsals are read, followed, exported and taken back whole', () => {
    const doc = createDocument(1)
    const maker = createMaker()
    doc.transact(() => {
      for (let at = 0; at < 10_000; at += 1) {
        const id = valueOf(beginRehearsal(doc, { ...said, scenario: { ...scenario, id: `s${at % 500}` as ScenarioId } }, maker))
        if (at % 2 === 0) valueOf(recordAgent(doc, id, agent))
        if (at % 4 === 0) valueOf(addVerdict(doc, id, verdict, maker))
      }
    })
    const projection = createProjection(doc)
    expect(Object.keys(projection.current().rehearsals)).toHaveLength(10_000)
    const first = Object.keys(projection.current().rehearsals)[0] as RehearsalId
    const untouched = Object.values(projection.current().rehearsals)[1]
    valueOf(addVerdict(doc, first, { ...verdict, verdict: 'yes' }, maker))
    expect(projection.current().rehearsals[first]?.verdicts.at(-1)?.verdict).toBe('yes')
    expect(Object.values(projection.current().rehearsals)[1]).toBe(untouched)
    const file = writeNative(doc)
    const fresh = createDocument(2)
    expect(valueOf(applyImport(fresh, file, 'backup.json', createMaker('x'))).added).toBe(10_000)
    expect(writeNative(fresh)).toBe(file)
  }, 60_000)
})

describe('our own file', () => {
  it('brings verdicts of another device to a rehearsal that is here, and takes none away', () => {
    const { doc, maker } = createSample()
    const id = valueOf(beginRehearsal(doc, said, maker))
    const elsewhere = createDocument(5)
    valueOf(applyImport(elsewhere, writeNative(doc), 'a', maker))
    valueOf(recordAgent(elsewhere, id, agent))
    valueOf(addVerdict(elsewhere, id, { ...verdict, note: 'there' }, { now: 20, newId: () => 'there' }))
    valueOf(addVerdict(doc, id, { ...verdict, note: 'here' }, { now: 10, newId: () => 'here' }))
    expect(valueOf(applyImport(doc, writeNative(elsewhere), 'b', maker))).toMatchObject({ changed: 1 })
    expect(readDocument(doc).rehearsals[id]?.verdicts.map(({ note }) => note)).toEqual(['here', 'there'])
    expect(readDocument(doc).rehearsals[id]?.agent).toEqual(agent)
    expect(valueOf(applyImport(doc, writeNative(elsewhere), 'b', maker))).toMatchObject({ changed: 0 })
  })
})

describe('a trial', () => {
  it('is replaced by the next run over the same situation', () => {
    const { doc } = createSample()
    const took = { outcome: { kind: 'act', option: 0 }, probabilities: [1, 0] } as const
    const trial = { scenario: 'mail-1' as ScenarioId, content: hash, domain: 'mail', mode: 'theory' as const, options: 2, at: 1, model: { name: 'm', sha256: hash }, calibration: hash, graph: hash, cited: [], profile: null, arms: { cards: { ...took, probabilities: [1, 0] } }, flips: [] }
    valueOf(writeTrial(doc, trial))
    valueOf(writeTrial(doc, { ...trial, at: 2, flips: [{ kind: 'order', asked: 4, flipped: 1 }] }))
    expect(readDocument(doc).trials).toEqual({ 'mail-1': { ...trial, at: 2, flips: [{ kind: 'order', asked: 4, flipped: 1 }] } })
    doc.getMap('trials').set('odd', { at: 'x' })
    expect(readDocument(doc).problems.join()).toContain('what was tried of "odd" is left out')
  })
})
