import { describe, expect, it } from 'vitest'
import { createSeat, type ModelChoice, type StartedModel } from '../../../main/models/seat.ts'
import type { ModelState } from '../../../shared/ipc.ts'
import { fail, ok, type Problem } from '../../../shared/result.ts'
import { createFakeModel, fakeIdentity } from '../../support/model.ts'

const broken: Problem = { kind: 'model', message: 'the model Tiny cannot be used: its file config.json is missing', remedy: 'remove it and install it again' }
const tiny: ModelChoice = { name: 'Tiny', folder: '/models/Tiny' }

/** Models that begin as a real one does: it says how it is a moment later. `breaks` names those that cannot be loaded. */
function createWorld(breaks: readonly string[] = []) {
  const started: { readonly name: string; isClosed: boolean; say(state: ModelState): void }[] = []
  const start = (onState: (state: ModelState) => void, choice: ModelChoice): StartedModel => {
    const name = choice.name ?? 'built-in'
    const entry = { name, isClosed: false, say: (state: ModelState) => ((model as { state: ModelState }).state = state, onState(state)) }
    started.push(entry)
    const fake = createFakeModel()
    const isBroken = breaks.includes(name)
    const ready = new Promise<void>((resolve) => setTimeout(() => {
      entry.say(isBroken ? { kind: 'unavailable', problem: broken } : { kind: 'ready', name, sha256: fakeIdentity.sha256 })
      resolve()
    }, 5))
    const model: StartedModel = {
      ...fake,
      state: { kind: 'loading' },
      identity: async () => (await ready, isBroken ? { ok: false, error: broken } : ok({ ...fakeIdentity, name })),
      rank: async (query, candidates) => (await ready, isBroken ? { ok: false, error: broken } : await fake.rank(query, candidates)),
      close: async () => void (entry.isClosed = true)
    }
    return model
  }
  return { started, start }
}

const later = (milliseconds = 20) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('the seat', () => {
  it('holds the chosen model, and gives it up for another one at once', async () => {
    const { started, start } = createWorld()
    let told = 0
    const seat = createSeat(start, () => (told += 1), { choice: tiny, notice: null })
    expect(await seat.identity()).toMatchObject({ ok: true, value: { name: 'Tiny' } })
    expect(seat.state.kind).toBe('ready')
    expect(await seat.take({})).toEqual({ ok: true, value: undefined })
    expect(await seat.identity()).toMatchObject({ ok: true, value: { name: 'built-in' } })
    expect(started.map(({ name, isClosed }) => [name, isClosed])).toEqual([['Tiny', true], ['built-in', false]])
    expect(seat.choice).toEqual({})
    expect(told).toBeGreaterThan(1)
    started[0]?.say({ kind: 'restarting' })
    expect(seat.state.kind).toBe('ready')
    await seat.close()
    expect(started.every(({ isClosed }) => isClosed)).toBe(true)
  })

  it('gives it to the built-in model, with a sentence, where the chosen one cannot be loaded, and nobody’s question is lost', async () => {
    const { started, start } = createWorld(['Tiny'])
    const seat = createSeat(start, () => undefined, { choice: tiny, notice: null })
    expect(await seat.rank('a', ['b', 'a'])).toMatchObject({ ok: true })
    expect(seat.notice).toMatchObject({ kind: 'model', message: `${broken.message}; the built-in model answers instead` })
    expect(seat.choice).toEqual({})
    expect(started.map(({ name, isClosed }) => [name, isClosed])).toEqual([['Tiny', true], ['built-in', false]])
    await seat.close()
  })

  it('says why when the one that is chosen now cannot sit there', async () => {
    const { start } = createWorld(['Tiny'])
    const seat = createSeat(start, () => undefined)
    expect(await seat.take(tiny)).toEqual({ ok: false, error: broken })
    await later()
    expect(seat.choice).toEqual({})
    expect(seat.notice?.message).toContain('the built-in model answers instead')
    expect(seat.state.kind).toBe('ready')
    expect(await seat.take({})).toMatchObject({ ok: true })
    expect(seat.notice).toBeNull()
    await seat.close()
  })

  it('keeps a built-in model that cannot be loaded: there is nobody else', async () => {
    const { started, start } = createWorld(['built-in'])
    const seat = createSeat(start, () => undefined)
    expect(await seat.rank('a', ['b'])).toEqual({ ok: false, error: broken })
    await later()
    expect(started).toHaveLength(1)
    expect(seat.state.kind).toBe('unavailable')
    await seat.close()
  })

  it('gives way also later, when the chosen one stops working for good', async () => {
    const { started, start } = createWorld()
    const seat = createSeat(start, () => undefined, { choice: tiny, notice: null })
    await seat.identity()
    started[0]?.say({ kind: 'unavailable', problem: broken })
    await later()
    expect(seat.choice).toEqual({})
    expect(await seat.identity()).toMatchObject({ ok: true, value: { name: 'built-in' } })
    await seat.close()
  })

  it('tests for speed what can be tested', async () => {
    const { start } = createWorld()
    const seat = createSeat(start, () => undefined)
    expect(await seat.benchmark()).toMatchObject({ ok: false, error: { kind: 'model' } })
    await seat.close()
    const measured = { model: 'x', device: 'cpu', notes: [], tokensPerSecond: { read: 1, write: 1 }, memoryBandwidth: 1, weightBytes: 1, share: 1, seconds: 1 }
    const other = createSeat((onState, choice) => ({ ...start(onState, choice), benchmark: async () => ok(measured) }), () => undefined)
    expect(await other.benchmark()).toEqual({ ok: true, value: measured })
    expect(await createSeat((onState, choice) => ({ ...start(onState, choice), benchmark: async () => fail('cancelled', 'stopped', 'again') }), () => undefined).benchmark()).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    await other.close()
  })
})
