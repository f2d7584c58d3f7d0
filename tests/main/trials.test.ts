import { describe, expect, it } from 'vitest'
import { createTrials } from '../../main/trials.ts'
import { setStatus } from '../../shared/commands/card.ts'
import { writeTrial } from '../../shared/commands/rehearsal.ts'
import { readDocument } from '../../shared/document/document.ts'
import { toLists } from '../../shared/graph.ts'
import { arms, contentOf, digestOfGraph, flipKinds, orderOf } from '../../shared/rehearsal.ts'
import type { ScenarioId } from '../../shared/schema.ts'
import { JobArgument, type JobEvent } from '../../shared/trials/job.ts'
import { createSample, lineOf, valueOf } from '../support/document.ts'
import { plainCalibration } from '../support/given.ts'
import { createFakeModel, type FakeOptions } from '../support/model.ts'

const scenario = (id: string, situation: string) => ({
  id: id as ScenarioId, domain: 'friends', mode: 'theory' as const, situation, options: ['Say it with kind words', 'Stay silent'], before: null, order: orderOf(['Say it with kind words', 'Stay silent']),
  paraphrases: [{ situation: `${situation} So it is.`, options: null }], content: contentOf({ situation, options: ['Say it with kind words', 'Stay silent'] })
})
const scenarios = ['a friend is grieving and asks for words', 'my friend asked for silence', 'you are at work'].map((words, at) => scenario(`s${at}`, words))
const argument = (changes: object = {}): JobArgument => JobArgument.parse({ kind: 'trials', scenarios, arms: [...arms], flips: [...flipKinds], profile: 'WORDS that stay kind', ...changes })

function start(options: FakeOptions = {}) {
  const sample = createSample()
  for (const card of [sample.honest, sample.quiet]) valueOf(setStatus(sample.doc, card, 'endorsed', sample.maker))
  const events: JobEvent[] = []
  let over = (): void => {}
  const ended = new Promise<void>((resolve) => (over = resolve))
  const trials = createTrials({
    model: createFakeModel(options), calibration: plainCalibration, now: () => 77, reading: () => readDocument(sample.doc), keep: (trial) => writeTrial(sample.doc, trial),
    tell: (event) => {
      events.push(event)
      if (event.state !== 'running') over()
    }
  })
  return { ...sample, events, ended, trials }
}

describe('a job', () => {
  it('tries every arm and every change of wording of each situation, keeps what it found, and says how far it is', async () => {
    const { doc, events, ended, trials } = start()
    const job = valueOf(trials.start(argument()))
    expect(events).toEqual([])
    await ended
    expect(events.map(({ share }) => share)).toEqual(events.map(({ share }) => share).toSorted((left, right) => left - right))
    expect(events.every((event) => event.job === job)).toBe(true)
    expect(events.at(-1)).toMatchObject({ state: 'finished', share: 1 })
    const { trials: kept, graph } = readDocument(doc)
    expect(Object.keys(kept)).toEqual(['s0', 's1', 's2'])
    const first = kept['s0' as ScenarioId]
    expect(Object.keys(first?.arms ?? {}).sort()).toEqual(['cards', 'none', 'profile', 'shuffled'])
    expect(first).toMatchObject({ at: 77, graph: digestOfGraph(graph), flips: [{ kind: 'order', asked: 1, flipped: 0 }, { kind: 'paraphrase', asked: 1 }, { kind: 'role', asked: 0 }, { kind: 'pressure' }] })
    expect(kept['s2' as ScenarioId]?.flips.find(({ kind }) => kind === 'role')?.asked).toBe(1)
    expect(first?.profile).toMatch(/^[0-9a-f]{64}$/u)
  })

  it('stops within one question, and what was found before stays', async () => {
    let asked = 0
    let stop = (): void => {}
    const { doc, events, ended, trials } = start({ pause: async () => {
      asked += 1
      if (asked === 4) stop()
    } })
    const job = valueOf(trials.start(argument({ arms: ['cards'], flips: [], profile: null })))
    stop = () => void trials.stop(job)
    await ended
    expect(events.at(-1)).toMatchObject({ state: 'stopped' })
    expect(Object.keys(readDocument(doc).trials)).toEqual(['s0'])
    expect(asked).toBeLessThan(6)
  })

  it('says which rehearsals a change of the values turns', async () => {
    const { events, ended, trials } = start()
    const ask = { kind: 'ask', reason: 'no-card' }
    valueOf(trials.start(argument({ kind: 'turned', arms: [], flips: [], profile: null, scenarios: scenarios.map((each, at) => ({ ...each, before: at === 1 ? { kind: 'act', option: 1 } : ask })) })))
    await ended
    const turned = events.flatMap((event) => event.turned ?? [])
    for (const { before, after } of turned) expect(after).not.toEqual(before)
    expect(turned.map(({ id }) => id)).toContain('s0')
  })

  it('writes nothing of a sandbox', async () => {
    const { doc, events, ended, trials } = start()
    valueOf(trials.start(argument({ sandbox: toLists(readDocument(doc).graph) })))
    await ended
    expect(events.flatMap(({ trial }) => trial ?? [])).toHaveLength(3)
    expect(readDocument(doc).trials).toEqual({})
  })

  it('ends with what the model says when it fails, and the next may succeed', async () => {
    let isAway = true
    const { events, ended, trials } = start({ problem: () => (isAway ? { kind: 'model', message: 'the model is away', remedy: 'wait' } : null) })
    valueOf(trials.start(argument()))
    await ended
    expect(events.at(-1)).toMatchObject({ state: { kind: 'model', message: 'the model is away' } })
    isAway = false
    expect(trials.start(argument()).ok).toBe(true)
    trials.close()
  })

  it('ends with a problem where something throws inside, and takes nothing else down', async () => {
    const { events, ended, trials } = start({ pause: () => Promise.reject(new Error('a secret of ours')) })
    valueOf(trials.start(argument()))
    await ended
    expect(events.at(-1)).toMatchObject({ state: { kind: 'internal', message: 'something went wrong inside Values Steward' } })
    expect(JSON.stringify(events)).not.toContain('secret')
    trials.close()
  })

  it('is refused beside four others', () => {
    const { trials } = start({ pause: () => new Promise(() => {}) })
    for (let count = 0; count < 4; count += 1) valueOf(trials.start(argument()))
    expect(lineOf(trials.start(argument()))).toContain('4 runs are under way already')
    trials.close()
  })
})
