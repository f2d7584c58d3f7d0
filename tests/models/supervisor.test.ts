/**
 * model.ts with a process that is played by the test: what happens when it dies, hangs, or cannot load.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ModelState } from '../../shared/ipc.ts'
import { startModel, type ModelHost, type ModelOptions } from '../../models/model.ts'
import type { FromProcess, ToProcess } from '../../models/messages.ts'

const ready: FromProcess = { kind: 'ready', identity: { name: 'played', sha256: 'a'.repeat(64) } }
const answering = (message: ToProcess, play: Played): void => {
  if (message.kind === 'start') play.say(ready)
  if (message.kind === 'ask') play.say({ kind: 'answer', number: message.number, result: { ok: true, value: [0] }, texts: 1, tokens: 0 })
}

afterEach(() => void vi.useRealTimers())

describe('the supervisor of the model’s process', () => {
  it('asks a job again where the process died on it, and tells so', async () => {
    const { model, states, processes } = start((message, play) => {
      if (message.kind === 'ask' && play.generation === 1) play.die()
      else answering(message, play)
    })
    expect(await model.rank('a', ['b'])).toEqual({ ok: true, value: [0] })
    expect(states()).toEqual(['ready', 'restarting', 'ready'])
    expect(processes).toHaveLength(2)
    await model.close()
  })

  it('[M5] gives up a job that two processes died on, and answers the next', async () => {
    const { model, processes } = start((message, play) => {
      if (message.kind === 'ask' && message.question.kind === 'kinds') play.die()
      else answering(message, play)
    })
    expect(await model.kinds(['deadly'])).toMatchObject({ ok: false, error: { kind: 'model' } })
    expect(await model.rank('a', ['b'])).toEqual({ ok: true, value: [0] })
    expect(processes).toHaveLength(3)
    await model.close()
  })

  it('kills a process that gives no sign of life while a job is under way', async () => {
    vi.useFakeTimers()
    const { model, processes } = start((message, play) => {
      if (message.kind === 'ask' && play.generation === 1) return
      answering(message, play)
    }, { patience: 30 })
    const answer = model.rank('a', ['b'])
    await vi.advanceTimersByTimeAsync(100)
    expect(await answer).toEqual({ ok: true, value: [0] })
    expect(processes.map(({ isDead }) => isDead)).toEqual([true, false])
    vi.useRealTimers()
    await model.close()
  })

  it('leaves a process alone that is idle, or slow but alive', async () => {
    vi.useFakeTimers()
    let asked: number | null = null
    const { model, processes } = start((message, play) => {
      if (message.kind === 'ask') asked = message.number
      else answering(message, play)
    }, { patience: 60 })
    await vi.advanceTimersByTimeAsync(150)
    const answer = model.rank('a', ['b'])
    for (let tick = 1; tick <= 8; tick += 1) {
      await vi.advanceTimersByTimeAsync(25)
      if (asked !== null) processes[0]?.say({ kind: 'progress', number: asked, share: tick / 10 })
    }
    if (asked !== null) processes[0]?.say({ kind: 'answer', number: asked, result: { ok: true, value: [0] }, texts: 0, tokens: 0 })
    await vi.advanceTimersByTimeAsync(1)
    expect(await answer).toEqual({ ok: true, value: [0] })
    expect(processes).toHaveLength(1)
    vi.useRealTimers()
    await model.close()
  })

  it('stops trying when processes keep dying, says so, and tries again at the next call', async () => {
    let isWell = false
    const { model, states, processes } = start((message, play) => {
      if (isWell) answering(message, play)
      else play.die()
    })
    expect(await model.identity()).toMatchObject({ ok: false, error: { kind: 'model' } })
    expect(processes).toHaveLength(3)
    expect(states().at(-1)).toBe('unavailable')
    isWell = true
    expect(await model.identity()).toMatchObject({ ok: true })
    await model.close()
  })

  it('passes on why the weights cannot be used, and looks again at the next call', async () => {
    let isWhole = false
    const problem = { kind: 'model', message: 'a file is missing', remedy: 'install the app again' } as const
    const { model, processes } = start((message, play) => {
      if (message.kind === 'start' && !isWhole) play.say({ kind: 'broken', problem })
      else answering(message, play)
    })
    expect(await model.rank('a', ['b'])).toEqual({ ok: false, error: problem })
    expect(model.state).toEqual({ kind: 'unavailable', problem })
    isWhole = true
    expect(await model.rank('a', ['b'])).toEqual({ ok: true, value: [0] })
    expect(processes[0]?.isDead).toBe(true)
    await model.close()
  })

  it('[M6] tells the process to stop a job that is aborted, and drops what it still says about it', async () => {
    const heard: ToProcess[] = []
    const { model, processes } = start((message, play) => {
      heard.push(message)
      if (message.kind !== 'ask') answering(message, play)
    })
    const controller = new AbortController()
    const shares: number[] = []
    await model.identity()
    const answer = model.rank('a', ['b'], { signal: controller.signal, onProgress: (share) => shares.push(share) })
    await wait(20)
    controller.abort()
    expect(await answer).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    await wait(20)
    const number = heard.flatMap((message) => (message.kind === 'ask' ? [message.number] : []))[0] ?? -1
    expect(heard.at(-1)).toEqual({ kind: 'stop', number })
    processes[0]?.say({ kind: 'progress', number, share: 0.5 })
    processes[0]?.say({ kind: 'answer', number, result: { ok: true, value: [0] }, texts: 0, tokens: 0 })
    await wait(20)
    expect(shares).toEqual([0])
    await model.close()
  })

  it('answers what waits when it is closed, and starts nothing any more', async () => {
    const { model, processes } = start(() => {})
    const answer = model.rank('a', ['b'])
    await model.close()
    expect(await answer).toMatchObject({ ok: false, error: { kind: 'model' } })
    expect(processes.map(({ isDead }) => isDead)).toEqual([true])
  })
})

interface Played {
  readonly generation: number
  readonly isDead: boolean
  say(message: FromProcess): void
  die(): void
}

function start(behave: (message: ToProcess, play: Played) => void, options: ModelOptions = {}) {
  const seen: ModelState[] = []
  const processes: Played[] = []
  const host = (): ModelHost => {
    let listener: (message: FromProcess) => void = () => {}
    const exits: (() => void)[] = []
    const play = {
      generation: processes.length + 1,
      isDead: false,
      say: (message: FromProcess): void => void (play.isDead || setTimeout(() => play.isDead || listener(message))),
      die: (): void => {
        if (play.isDead) return
        play.isDead = true
        setTimeout(() => exits.forEach((exit) => exit()))
      }
    }
    processes.push(play)
    return {
      send: (message) => void setTimeout(() => play.isDead || behave(message, play)),
      onMessage: (given) => (listener = given),
      onExit: (exit) => void exits.push(exit),
      kill: play.die,
      pid: undefined
    }
  }
  const model = startModel({ host, onState: (state) => seen.push(state), ...options })
  return { model, processes: processes as readonly Played[], states: () => seen.map(({ kind }) => kind) }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
