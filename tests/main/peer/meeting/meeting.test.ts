/** Who is dialled and when, and which of two lines stays: with a clock and a network of the test's own. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startMeeting, type Meeting, type MeetingPeers } from '../../../../main/peer/meeting/meeting.ts'
import type { Network, NetworkListeners } from '../../../../main/peer/meeting/network.ts'
import type { Places } from '../../../../main/peer/meeting/places.ts'
import type { PeerTransport } from '../../../../shared/ports.ts'
import { fail, ok, type Result } from '../../../../shared/result.ts'
import { diceFrom, type Dice } from '../../../support/hostile.ts'

type Dialled = Result<PeerTransport>
interface Dial {
  readonly addresses: readonly string[]
  readonly signal: AbortSignal | undefined
  readonly at: number
  readonly answer: (dialled: Dialled) => void
}
interface Side {
  readonly meeting: Meeting
  readonly listeners: NetworkListeners
  readonly dials: Dial[]
  readonly lines: PeerTransport[]
}

const keyOf = (id: string): string => id.repeat(64).slice(0, 64)
const nobody: Dialled = fail('not-found', 'nobody answers', 'wait')
const known = (address: string): Partial<Places> => ({ devices: { a: [address], b: [address] } })

const meetings: Meeting[] = []
beforeEach(() => vi.useFakeTimers())
afterEach(async () => {
  await Promise.all(meetings.splice(0).map((meeting) => meeting.close()))
  vi.useRealTimers()
})

/** The device `me` of a circle of a and b. `lines`: those over which it has had a session. */
function start(me: 'a' | 'b', places: Partial<Places> = {}, dial?: (side: Side, dial: Dial) => void, isForked = false): Side {
  const [dials, lines]: [Dial[], PeerTransport[]] = [[], []]
  const card = (id: string) => ({ id, name: id, state: id === me ? 'this' : 'active', isForked: isForked && id !== me, transport: keyOf(id), addedAt: 0, lastMet: null, waiting: 0 })
  const peers = {
    me: card(me),
    standing: () => ({ kind: 'member' }),
    devices: () => [card('a'), card('b')],
    connect: (transport: PeerTransport) => {
      lines.push(transport)
      return { nudge: () => undefined, level: () => Promise.resolve(true) }
    },
    transportSecret: () => ok(new Uint8Array(32)),
    discoveryKeys: () => [],
    onEvent: () => () => undefined
  } as unknown as MeetingPeers
  let listeners: NetworkListeners = {}
  const network: Network = {
    state: { kind: 'quiet' },
    listen: () => undefined,
    dial: (target, _purpose, signal) => new Promise((resolve) => {
      const one: Dial = { addresses: target.addresses, signal, at: performance.now(), answer: resolve }
      signal?.addEventListener('abort', () => resolve(fail('cancelled', 'it was stopped', 'try again')))
      dials.push(one)
      dial?.(side, one)
    }),
    offer: () => Promise.resolve(ok([])),
    withdraw: () => undefined,
    close: () => Promise.resolve()
  }
  const meeting = startMeeting({
    peers, places: { port: 0, relay: null, devices: {}, ...places }, onPlaces: () => undefined,
    startNetwork: (given) => {
      listeners = given
      return network
    }
  })
  meetings.push(meeting)
  const side: Side = { meeting, dials, lines, get listeners() {
    return listeners
  } }
  return side
}

/** Two ends of a line; what happens at one is known at the other `delay` later. */
function lineBetween(left: string, right: string, delay: () => number): readonly [PeerTransport, PeerTransport] {
  const ends = [left, right].map((remote) => {
    const tells: (() => void)[] = []
    let isOver = false
    const end = (): void => {
      if (isOver) return
      isOver = true
      for (const tell of tells) tell()
    }
    return { remote: Uint8Array.from(Buffer.from(keyOf(remote), 'hex')), end, isOver: () => isOver, tells }
  })
  const [one, other] = ends.map(({ remote, end, isOver, tells }, at): PeerTransport => ({
    remote, pending: 0, send: () => undefined, drained: () => Promise.resolve(), onFrame: () => undefined,
    onClose: (tell) => (isOver() ? tell() : void tells.push(tell)),
    close() {
      if (isOver()) return
      end()
      setTimeout(() => ends[1 - at]?.end(), delay())
    }
  }))
  if (one === undefined || other === undefined) throw new Error('a line has two ends')
  return [one, other]
}

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds)

describe('whoever is found', () => {
  it('is dialled at once by the one with the smaller id, and by the other where that one has not come a moment later', async () => {
    const [a, b] = [start('a'), start('b')]
    a.listeners.onDevice?.('b', ['10.0.0.2:1'], true)
    b.listeners.onDevice?.('a', ['10.0.0.1:1'], true)
    await pass(1)
    expect([a.dials.length, b.dials.length]).toEqual([1, 0])
    await pass(600)
    expect(b.dials.length).toBe(1)
  })

  it('is dialled in its turn however often it is heard of meanwhile', async () => {
    const b = start('b')
    for (let time = 0; time < 20; time += 1) {
      b.listeners.onDevice?.('a', ['10.0.0.1:1'], false)
      await pass(50)
    }
    expect(b.dials.length).toBe(1)
  })

  it('at another address is dialled there at once, whatever is under way to where it was', async () => {
    const a = start('a', known('10.0.0.2:1'))
    await pass(1)
    expect(a.dials.map(({ addresses }) => addresses)).toEqual([['10.0.0.2:1']])
    a.listeners.onDevice?.('b', ['10.0.0.9:7'], true)
    await pass(1)
    expect(a.dials.map(({ addresses }) => addresses)).toEqual([['10.0.0.2:1'], ['10.0.0.9:7', '10.0.0.2:1']])
    expect(a.dials[0]?.signal?.aborted).toBe(true)
  })

  it('and has just come back where it was is dialled anew; heard of again, it is left to the dial that is under way', async () => {
    const a = start('a', known('10.0.0.2:1'))
    await pass(1)
    a.listeners.onDevice?.('b', ['10.0.0.2:1'], false)
    await pass(1)
    expect(a.dials.length).toBe(1)
    a.listeners.onDevice?.('b', ['10.0.0.2:1'], true)
    await pass(1)
    expect(a.dials.length).toBe(2)
  })

  it('could not be reached, and is heard of again, is not kept waiting by the pause', async () => {
    const a = start('a', known('10.0.0.2:1'))
    for (let round = 0; round < 4; round += 1) {
      a.dials.at(-1)?.answer(nobody)
      await pass(2_500)
    }
    a.dials.at(-1)?.answer(nobody)
    await pass(10)
    const before = a.dials.length
    a.listeners.onDevice?.('b', ['10.0.0.2:1'], false)
    await pass(1)
    expect(a.dials.length).toBe(before + 1)
  })
})

describe('one of the circle that nobody told of', () => {
  const key = Uint8Array.from(Buffer.from(keyOf('c'), 'hex'))
  const dialled = (side: Side): number => side.dials.filter(({ addresses }) => addresses[0] === '10.0.0.3:1').length

  it('is dialled, by the one with the smaller key first, and ever more seldom where nothing comes of it', async () => {
    const [small, big] = (['a', 'b'] as const).map((me) => start(me, {}, (_side, { answer }) => setTimeout(() => answer(nobody), 100))) as [Side, Side]
    const low = Uint8Array.from(Buffer.from(keyOf('0'), 'hex'))
    small.listeners.onKin?.(key, ['10.0.0.3:1'])
    big.listeners.onKin?.(low, ['10.0.0.3:1'])
    expect([dialled(small), dialled(big)]).toEqual([1, 0])
    await pass(500)
    big.listeners.onKin?.(low, ['10.0.0.3:1'])
    expect(dialled(big)).toBe(1)
    for (let second = 0; second < 600; second += 1) {
      await pass(1_000)
      small.listeners.onKin?.(key, ['10.0.0.3:1'])
    }
    expect(dialled(small)).toBe(7)
  })

  it('is dialled when others that are said to be some have been: few at one time', async () => {
    const side = start('a')
    for (const id of ['c', 'd', 'e', 'f', '7', '8']) side.listeners.onKin?.(Uint8Array.from(Buffer.from(keyOf(`b${id}`), 'hex')), ['10.0.0.3:1'])
    expect(dialled(side)).toBe(4)
    side.dials.at(-1)?.answer(nobody)
    await pass(1)
    side.listeners.onKin?.(key, ['10.0.0.3:1'])
    expect(dialled(side)).toBe(5)
  })

  it('has a session to show that it belongs, and one only', async () => {
    const side = start('a', {}, (_side, { answer }) => answer(ok(lineBetween('c', 'a', () => 1)[0])))
    side.listeners.onKin?.(key, ['10.0.0.3:1'])
    await pass(10)
    expect(side.lines.length).toBe(1)
    await pass(60_000)
    side.listeners.onKin?.(key, ['10.0.0.3:1'])
    await pass(10)
    expect([side.lines.length, dialled(side)]).toEqual([1, 1])
    side.listeners.onKin?.(Uint8Array.from(Buffer.from(keyOf('b'), 'hex')), ['10.0.0.3:1'])
    expect(dialled(side)).toBe(1)
  })
})

describe('whoever cannot be reached', () => {
  it('is dialled again and again, with never more than two seconds between', async () => {
    const a = start('a', known('10.0.0.2:1'), (_side, { answer }) => setTimeout(() => answer(nobody), 100))
    await pass(60_000)
    const pauses = a.dials.slice(1).map(({ at }, index) => at - (a.dials[index]?.at ?? 0))
    expect(Math.max(...pauses)).toBeLessThanOrEqual(2_200)
    expect(a.dials.length).toBeLessThan(40)
  })

  it('is dialled anew after sleep and after a change of address, by both, whatever is under way', async () => {
    for (const me of ['a', 'b'] as const) {
      const side = start(me, known('10.0.0.2:1'))
      await pass(1_000)
      side.listeners.onMoved?.()
      await pass(1)
      expect([side.dials.length, side.dials[0]?.signal?.aborted]).toEqual([2, true])
    }
  })

  it('and was never seen is dialled where a relay is allowed, at the moment at which it is', async () => {
    const [near, far] = [start('a'), start('a', { relay: 'https://relay.example.org' })]
    await pass(10_000)
    expect([near.dials.length, far.dials.length]).toEqual([0, 1])
    near.meeting.setRelay('https://relay.example.org')
    await pass(1)
    expect(near.dials.map(({ addresses }) => addresses)).toEqual([[]])
  })
})

describe('two that dial each other', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('end with one line, the same for both, and keep it [seed %i]', async (seed) => {
    const dice = diceFrom(seed)
    const [a, b] = createPair(dice)
    const moments = [dice(700), dice(700)]
    setTimeout(() => a.listeners.onDevice?.('b', ['10.0.0.2:1'], true), moments[0])
    setTimeout(() => b.listeners.onDevice?.('a', ['10.0.0.1:1'], true), moments[1])
    if (dice(2) === 0) for (const side of [a, b]) setTimeout(() => side.listeners.onMoved?.(), dice(3_000))
    await pass(15_000)
    const before = [a.lines.length, b.lines.length]
    expect([a.meeting.met(), b.meeting.met()]).toEqual([['b'], ['a']])
    expect(pairs.get(a.lines.at(-1) as PeerTransport)).toBe(b.lines.at(-1))
    await pass(30_000)
    expect([a.lines.length, b.lines.length]).toEqual(before)
  })
})

describe('two computers that go by one name', () => {
  it('take turns of ten seconds, instead of each ending the other’s line as soon as it comes', async () => {
    const side = start('a', {}, undefined, true)
    const arrive = (): PeerTransport => {
      const [mine] = lineBetween('b', 'a', () => 1)
      side.listeners.onArrival?.(mine, 'sync')
      return mine
    }
    const first = arrive()
    for (let come = 0; come < 3; come += 1) {
      await pass(2_500)
      arrive()
    }
    expect(side.lines).toEqual([first])
    await pass(3_000)
    const next = arrive()
    await pass(100)
    expect(side.lines).toEqual([first, next])
    expect(side.meeting.met()).toEqual(['b'])
  })
})

/** An end of a line to the other one. */
const pairs = new WeakMap<PeerTransport, PeerTransport>()

/** Between them everything takes its time: a dial to come through, a line to be known at the other end, an end to be told. */
function createPair(dice: Dice): readonly [Side, Side] {
  const slow = (): number => 1 + dice(dice(4) === 0 ? 900 : 60)
  const through = (to: () => Side, names: readonly [string, string]) => (_side: Side, { signal, answer }: Dial): void => {
    setTimeout(() => {
      /* Given up in time, it is never shown to the other. */
      if (signal?.aborted === true) return
      const [mine, theirs] = lineBetween(names[1], names[0], slow)
      pairs.set(mine, theirs).set(theirs, mine)
      setTimeout(() => to().listeners.onArrival?.(theirs, 'sync'), slow())
      setTimeout(() => (signal?.aborted === true ? mine.close() : answer(ok(mine))), slow())
    }, slow())
  }
  const a: Side = start('a', {}, through(() => b, ['a', 'b']))
  const b: Side = start('b', {}, through(() => a, ['b', 'a']))
  return [a, b]
}
