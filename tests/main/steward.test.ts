import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openShelf } from '../../main/models/open.ts'
import { packsOf } from '../../main/packs.ts'
import { openHome, type Home } from '../../main/replica.ts'
import { createSteward, type Steward } from '../../main/steward.ts'
import { agentAnswer } from '../../shared/decision/answered.ts'
import { addCard, editText, setStatus } from '../../shared/commands/card.ts'
import { addVerdict, beginRehearsal, recordAgent } from '../../shared/commands/rehearsal.ts'
import { createDocument, readGraph } from '../../shared/document/document.ts'
import { toLists } from '../../shared/graph.ts'
import type { ModelState, StewardEvent } from '../../shared/ipc.ts'
import { inForce } from '../../shared/decision/priority.ts'
import { contentOf, orderOf, type AgentAnswer } from '../../shared/rehearsal.ts'
import { ScenarioId } from '../../shared/schema.ts'
import { verify } from '../../shared/decision/verify.ts'
import { connectClient } from '../support/client.ts'
import { plainCalibration } from '../support/given.ts'
import { createFakeModel, fakeIdentity } from '../support/model.ts'
import { createTransportPair } from '../support/transport.ts'

let directory: string
let home: Home
let steward: Steward
let say: (state: ModelState) => void
let number = 0

const maker = { now: 1_000, newId: () => `id-${(number += 1)}` }
const question = { domain: 'friends', mode: 'theory' as const, situation: 'my friend is ill', options: ['visit my friend', 'finish the report'] }

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'steward-'))
  await start()
})
afterEach(async () => {
  await steward.close()
  await rm(directory, { recursive: true, force: true })
})

async function start(): Promise<void> {
  const opened = await openHome({ directory, mode: 'write', random: { bytes: (length) => randomBytes(length) } })
  if (!opened.ok) throw new Error(opened.error.message)
  home = opened.value
  const state: ModelState = { kind: 'ready', ...fakeIdentity }
  steward = createSteward({
    home, calibration: plainCalibration, clock: { now: () => 5_000 }, newId: maker.newId, version: '1.2.3', packs: packsOf(directory, home.seal), shelf: openShelf({ home: directory, environment: {} }),
    startModel: (onState) => {
      const model = { ...createFakeModel(), state: state as ModelState }
      say = (next) => {
        model.state = next
        onState(next)
      }
      return model
    }
  })
}

/** An endorsed card, written into `doc` as the person would. */
function write(doc: Home['doc'], title: string, line: string): string {
  const card = addCard(doc, { title, policies: [line] }, maker)
  if (!card.ok) throw new Error(card.error.message)
  setStatus(doc, card.value, 'endorsed', maker)
  return card.value
}

describe('the steward', () => {
  it('previews with the person’s own cards, and its certificate holds', async () => {
    write(home.doc, 'friend', 'visit my friend')
    const answer = await steward.preview(question)
    if (!answer.ok) throw new Error(answer.error.message)
    expect(answer.value.decision.outcome).toEqual({ kind: 'act', option: 0 })
    expect(verify(answer.value.decision.certificate, readGraph(home.doc)).ok).toBe(true)
  })

  it('sees, in a preview, every edit that came before it on the same channel', async () => {
    const card = write(home.doc, 'friend', 'visit my friend')
    const [near, far] = createTransportPair()
    steward.connectWindow(far)
    const { doc } = connectClient(near, createDocument())
    await vi.waitFor(() => expect(Object.keys(readGraph(doc).cards)).toEqual([card]))
    const before = await steward.preview(question)
    const policy = readGraph(doc).cards[card as never]?.policies[0]
    editText(doc, { kind: 'policy', card: card as never, policy: policy?.id as never }, 'finish the report', maker)
    /* The transport hands over in the next turn, as the call would be. */
    await new Promise((resolve) => setImmediate(resolve))
    const after = await steward.preview(question)
    expect([before, after].map((answer) => answer.ok && answer.value.decision.outcome)).toEqual([{ kind: 'act', option: 0 }, { kind: 'act', option: 1 }])
  })

  it('previews a sandbox without touching or seeing the person’s own graph', async () => {
    write(home.doc, 'friend', 'visit my friend')
    const sample = createDocument()
    write(sample, 'report', 'finish the report')
    const answer = await steward.preview({ ...question, situation: 'the report is due', sandbox: toLists(readGraph(sample)) })
    expect(answer.ok && answer.value.decision.outcome).toEqual({ kind: 'act', option: 1 })
    expect(Object.values(readGraph(home.doc).cards).map((card) => card.title)).toEqual(['friend'])
  })

  it('says how it is, and says it again at each change and only then', async () => {
    const events: StewardEvent[] = []
    const stop = steward.onEvent((event) => events.push(event))
    expect(steward.status(null)).toMatchObject({ ok: true, value: { version: '1.2.3', empty: true, storage: { kind: 'writable' }, model: { kind: 'ready' } } })
    say({ kind: 'restarting' })
    await Promise.resolve()
    say({ kind: 'restarting' })
    await Promise.resolve()
    write(home.doc, 'friend', 'visit my friend')
    stop()
    say({ kind: 'loading' })
    await Promise.resolve()
    expect(events.flatMap((event) => (event.kind === 'status' ? [[event.status.model.kind, event.status.empty]] : []))).toEqual([['restarting', true], ['restarting', false]])
  })

  it('gives out everything, and an empty home takes it in again, durably', async () => {
    write(home.doc, 'friend', 'visit my friend')
    const file = steward.exportNative(null)
    if (!file.ok) throw new Error(file.error.message)
    await steward.close()
    await rm(directory, { recursive: true, force: true })
    await start()
    const argument = { name: 'mine.json', text: file.value }
    expect(steward.planImport(argument)).toMatchObject({ ok: true, value: { added: 1, changed: 0, same: 0 } })
    expect(Object.keys(readGraph(home.doc).cards)).toHaveLength(0)
    expect(await steward.applyImport(argument)).toMatchObject({ ok: true, value: { added: 1 } })
    await steward.close()
    await start()
    expect(steward.exportNative(null)).toEqual(file)
    expect(steward.planImport(argument)).toMatchObject({ ok: true, value: { added: 0, changed: 0, same: 1 } })
  })

  it('a file that cannot be read changes nothing and says why', async () => {
    expect(steward.planImport({ name: 'x', text: '{' })).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    expect(await steward.applyImport({ name: 'x', text: '{' })).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    expect(steward.status(null)).toMatchObject({ value: { empty: true } })
  })

  it('asks by the person’s own answers from nine of them on, says so, and the certificate holds', async () => {
    write(home.doc, 'friend', 'visit my friend')
    const calibrations: unknown[] = []
    for (let at = 0; at < 10; at += 1) {
      const asked = { ...question, situation: `my friend is ill, day ${at}` }
      const answer = await steward.preview(asked)
      if (!answer.ok) throw new Error(answer.error.message)
      const { decision, evidence } = answer.value
      calibrations.push(decision.certificate.inputs.calibration)
      expect(verify(decision.certificate, readGraph(home.doc)).ok).toBe(true)
      rehearse(asked, agentAnswer(decision.certificate, inForce(readGraph(home.doc), 5_000), evidence, 5_000))
    }
    expect(calibrations.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => plainCalibration))
    expect(calibrations[9]).toMatchObject({ name: 'own answers: friends', source: 'own', answers: 9 })
    const elsewhere = await steward.preview({ ...question, domain: 'work' })
    expect(elsewhere.ok && elsewhere.value.decision.certificate.inputs.calibration).toEqual(plainCalibration)
    const again = await steward.preview({ ...question, situation: 'my friend is ill, day 3' })
    expect(again.ok && again.value.decision.certificate.inputs.calibration.answers).toBe(9)
    const log = await steward.preview({ ...question, options: ['Goes to see my friend.', 'Writes the report.'], content: contentOf({ ...question, situation: 'my friend is ill, day 3' }) })
    expect(log.ok && log.value.decision.certificate.inputs.calibration.answers).toBe(9)
  })

  it('no other wording of a situation is calibrated on the answer to it: what flips there is due to the words', async () => {
    write(home.doc, 'friend', 'visit my friend')
    const asked = Array.from({ length: 9 }, (_, at) => ({ ...question, situation: `my friend is ill, day ${at}` }))
    for (const one of asked) {
      const answer = await steward.preview(one)
      if (!answer.ok) throw new Error(answer.error.message)
      rehearse(one, agentAnswer(answer.value.decision.certificate, inForce(readGraph(home.doc), 5_000), answer.value.evidence, 5_000), 1)
    }
    const [first] = asked
    if (first === undefined) throw new Error('nothing was asked')
    const trial = new Promise((resolve) => steward.onEvent((event) => event.kind === 'job' && event.trial !== null && resolve(event.trial)))
    steward.startJob({ kind: 'trials', arms: ['cards'], flips: ['paraphrase'], profile: null, scenarios: [{ ...first, id: ScenarioId.parse('day-0'), content: contentOf(first), order: orderOf(first.options), before: null, paraphrases: [{ situation: 'ill is my friend, day 0', options: null }] }] })
    expect(await trial).toMatchObject({ arms: { cards: { outcome: { kind: 'act', option: 0 } } }, flips: [{ kind: 'paraphrase', asked: 1, flipped: 0 }] })
  })

  it('an agent that is about to act asks where the person does not trust it, and acts where they do, until a card changes', async () => {
    const card = write(home.doc, 'friend', 'visit my friend')
    const acting = async () => {
      const answer = await steward.preview({ ...question, acting: true })
      if (!answer.ok) throw new Error(answer.error.message)
      expect(verify(answer.value.decision.certificate, readGraph(home.doc)).ok).toBe(true)
      return answer.value.decision
    }
    expect((await acting()).outcome).toEqual({ kind: 'ask', reason: 'untrusted-domain' })
    for (let at = 0; at < 17; at += 1) {
      const asked = { ...question, situation: `my friend is ill, day ${at}` }
      const answer = await steward.preview(asked)
      if (!answer.ok) throw new Error(answer.error.message)
      rehearse(asked, agentAnswer(answer.value.decision.certificate, inForce(readGraph(home.doc), 5_000), answer.value.evidence, 5_000))
    }
    const { outcome, certificate } = await acting()
    expect(outcome).toEqual({ kind: 'act', option: 0 })
    expect(certificate.inputs.trust).toMatchObject({ standing: 'trusted', stale: false, approved: 17, answers: 17, threshold: 0.8 })
    const policy = readGraph(home.doc).cards[card as never]?.policies[0]
    editText(home.doc, { kind: 'policy', card: card as never, policy: policy?.id as never }, 'visit my friend soon', maker)
    const stale = await acting()
    expect(stale.outcome).toEqual({ kind: 'ask', reason: 'untrusted-domain' })
    expect(stale.certificate.inputs.trust).toMatchObject({ standing: 'trusted', stale: true })
    const rehearsed = await steward.preview(question)
    expect(rehearsed.ok && rehearsed.value.decision.outcome).toEqual({ kind: 'act', option: 0 })
  })
})

/** A whole rehearsal, blind and approved, as the window writes it; `option` is what the person stands behind. */
function rehearse(asked: typeof question, answer: AgentAnswer, option = 0): void {
  const id = beginRehearsal(home.doc, { scenario: { ...asked, id: ScenarioId.parse(maker.newId()) }, pack: null, shown: 'cards', own: { kind: 'option', option }, forecast: { kind: 'given', options: [0.8, 0.1], ask: 0.1 } }, maker)
  if (!id.ok) throw new Error(id.error.message)
  for (const done of [recordAgent(home.doc, id.value, answer), addVerdict(home.doc, id.value, { verdict: 'yes', door: null, card: null, note: '' }, maker)]) if (!done.ok) throw new Error(done.error.message)
}
