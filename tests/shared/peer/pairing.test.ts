/**
 * Pairing, as two machines whose frames pass through whatever the test puts between them: nobody, somebody in the middle,
 * somebody who guesses, replays or sends back.
 */
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSuite } from '../../../main/peer/circle/suite.ts'
import { cardOf, drawSecrets } from '../../../shared/peer/identity.ts'
import { createJoin, createOffer, type PairingEvent, type PairingRun, type Step } from '../../../shared/peer/pairing.ts'
import { drawCode, readCode, readPhrase, wordsFrom, writeCode, writePhrase } from '../../../shared/peer/words.ts'

const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }
const suite = createSuite(random)
const cards = [cardOf(drawSecrets(suite), 'laptop', suite), cardOf(drawSecrets(suite), 'phone', suite), cardOf(drawSecrets(suite), 'stranger', suite)] as const

const offer = (secret: string): PairingRun => createOffer({ suite, secret, card: cards[0] })
const join = (secret: string): PairingRun => createJoin({ suite, secret, card: cards[1] })
const guess = (secret: string): PairingRun => createJoin({ suite, secret, card: cards[2] })

interface Exchange {
  readonly frames: { readonly from: 'left' | 'right'; readonly frame: Uint8Array }[]
  readonly left: PairingEvent[]
  readonly right: PairingEvent[]
}

/** Hands frames over until nobody says anything more. */
function exchange(left: PairingRun, right: PairingRun, first: Step = left.start()): Exchange {
  const result: Exchange = { frames: [], left: [], right: [] }
  const queue: { readonly from: 'left' | 'right'; readonly step: Step }[] = [{ from: 'left', step: first }]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next.step.event !== null) result[next.from].push(next.step.event)
    for (const frame of next.step.send) {
      result.frames.push({ from: next.from, frame })
      queue.push({ from: next.from === 'left' ? 'right' : 'left', step: (next.from === 'left' ? right : left).take(frame) })
    }
  }
  return result
}

const wordsOf = (events: readonly PairingEvent[]): readonly string[] | null => events.flatMap((event) => (event.kind === 'words' ? [event.words] : []))[0] ?? null
const failureOf = (events: readonly PairingEvent[]) => events.find((event) => event.kind === 'failed')

describe('two devices that know the code', () => {
  it('show the same six words, name each other, and are paired once both persons said yes', () => {
    const [left, right] = [offer('123456789'), join('123456789')]
    const met = exchange(left, right)
    expect(wordsOf(met.left)).toHaveLength(6)
    expect(wordsOf(met.left)).toEqual(wordsOf(met.right))
    expect(met.left).toMatchObject([{ kind: 'words', card: { name: 'phone' } }])
    expect(met.right).toMatchObject([{ kind: 'words', card: { name: 'laptop' } }])
    const one = exchange(right, left, right.say(true))
    expect(one.left).toEqual([])
    const both = exchange(left, right, left.say(true))
    expect(both.left).toEqual([{ kind: 'admit', card: cards[1] }])
    const entries = [Uint8Array.of(1, 2, 3)]
    const admitted = exchange(left, right, left.admit(entries, 51_234))
    expect(admitted.right).toEqual([{ kind: 'welcome', card: cards[0], entries, port: 51_234 }])
    const settled = exchange(right, left, right.settle())
    expect([settled.left, settled.right]).toEqual([[{ kind: 'paired', card: cards[0] }], [{ kind: 'paired', card: cards[1] }]])
  })

  it('are not paired where one person says no, or both did not speak', () => {
    const [left, right] = [offer('1'), join('1')]
    exchange(left, right)
    const refused = exchange(right, left, right.say(false))
    expect(failureOf(refused.left)).toMatchObject({ isSpent: true })
    expect(failureOf(refused.right)).toMatchObject({ isSpent: true, problem: { kind: 'denied' } })
    expect(left.say(true)).toEqual({ send: [], event: null })
    const [quiet, loud] = [offer('1'), join('1')]
    exchange(quiet, loud)
    expect(exchange(loud, quiet, loud.say(true)).right).toEqual([])
    expect(quiet.admit([])).toEqual({ send: [], event: null })
  })

  it('show other words each time', () => {
    expect(wordsOf(exchange(offer('1'), join('1')).left)).not.toEqual(wordsOf(exchange(offer('1'), join('1')).left))
  })
})

describe('somebody without the code', () => {
  it('gets no words, and has spent a guess', () => {
    const met = exchange(offer('123456789'), guess('123456780'))
    expect([...met.left, ...met.right].filter((event) => event.kind === 'words')).toEqual([])
    expect(failureOf(met.left)).toMatchObject({ wasGuess: true, isSpent: false, problem: { kind: 'denied' } })
    /* The frames hold nothing of the offering device: no name, no key. */
    const said = met.frames.filter(({ from }) => from === 'left').map(({ frame }) => new TextDecoder().decode(frame)).join('')
    expect(said).not.toContain('laptop')
    expect(said).not.toContain(cards[0].sign)
  })

  it('in the middle is found out on both sides', () => {
    for (const known of [false, true]) {
      const [code, theirs] = ['123456789', known ? '123456789' : '987654321']
      const toOffer = exchange(offer(code), guess(theirs))
      const toJoin = exchange(createOffer({ suite, secret: theirs, card: cards[2] }), join(code))
      if (known) expect(wordsOf(toOffer.left)).not.toEqual(wordsOf(toJoin.right))
      else expect([wordsOf(toOffer.left), wordsOf(toJoin.right)]).toEqual([null, null])
    }
  })

  it('is right one time in as many as there are codes, as the formula says', () => {
    /* One digit, one guess a run: 1 in 10. Nine digits and three guesses are 3 in 10⁹ by the same count. */
    const runs = 120
    let hits = 0
    for (let run = 0; run < runs; run += 1) {
      const { secret } = drawCode(random, 1)
      if (wordsOf(exchange(offer(secret), guess(String(run % 10))).left) !== null) hits += 1
    }
    const [mean, deviation] = [runs / 10, Math.sqrt(runs * 0.1 * 0.9)]
    expect(Math.abs(hits - mean)).toBeLessThan(5 * deviation)
    expect(hits).toBeGreaterThan(0)
  })

  it('gets nowhere by replaying what was said before, or by sending back what it hears', () => {
    const recorded = exchange(offer('1'), join('1')).frames
    const fresh = offer('1')
    const events = [fresh.start(), ...recorded.filter(({ from }) => from === 'right').map(({ frame }) => fresh.take(frame))].flatMap(({ event }) => (event === null ? [] : [event]))
    expect(wordsOf(events)).toBeNull()
    expect(failureOf(events)).toMatchObject({ wasGuess: true })
    for (const make of [offer, join]) {
      const mirror = make('1')
      const heard: PairingEvent[] = []
      const queue = [...(make === offer ? mirror.start() : mirror.take((recorded[0] as { readonly frame: Uint8Array }).frame)).send]
      for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) {
        const step = mirror.take(frame)
        if (step.event !== null) heard.push(step.event)
        if (step.event?.kind !== 'failed') queue.push(...step.send)
      }
      expect(heard.map((event) => event.kind)).toEqual(['failed'])
    }
  })

  it('cannot change a single frame unseen, whichever and wherever', () => {
    let changed = 0
    fc.assert(
      fc.property(fc.nat(4), fc.nat(10_000), fc.integer({ min: 1, max: 255 }), (which, where, bits) => {
        const [left, right] = [offer('42'), join('42')]
        const events: PairingEvent[] = []
        const queue: { readonly to: PairingRun; readonly frame: Uint8Array }[] = left.start().send.map((frame) => ({ to: right, frame }))
        let number = 0
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const frame = next.frame.slice()
          if (number === which) {
            frame[where % frame.length] = (frame[where % frame.length] ?? 0) ^ bits
            changed += 1
          }
          number += 1
          const { send, event } = next.to.take(frame)
          if (event !== null) events.push(event)
          queue.push(...send.map((one) => ({ to: next.to === left ? right : left, frame: one })))
        }
        const shown = events.flatMap((event) => (event.kind === 'words' ? [event.words.join(' ')] : []))
        /* The offering side may have shown words that the joining one never confirms: never the same ones on both. */
        expect(shown.length === 2 && shown[0] === shown[1]).toBe(false)
      }),
      { numRuns: 40 }
    )
    expect(changed).toBe(40)
  })
})

describe('frames that are no pairing', () => {
  it('end a run and never throw', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.json().map((text) => new TextEncoder().encode(text))), { maxLength: 4 }), (frames) => {
        const run = join('1')
        const events = frames.map((frame) => run.take(frame).event).filter((event) => event !== null)
        expect(events.every((event) => event.kind === 'failed')).toBe(true)
        expect(events.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 200 }
    )
  })

  it('are not read beyond their size', () => {
    const run = join('1')
    const long = new TextEncoder().encode(JSON.stringify({ kind: 'greet', version: 1, nonce: 'a'.repeat(64), more: 'x'.repeat(5_000) }))
    expect(run.take(long).event).toMatchObject({ kind: 'failed' })
  })
})

describe('codes, words and phrases', () => {
  it('are read as they are written, however they are grouped', () => {
    fc.assert(
      fc.property(fc.nat(999_999), () => {
        const code = drawCode(random)
        expect(readCode(writeCode(code))).toEqual({ ok: true, value: code })
        expect(readCode(writeCode(code).replaceAll('-', ' '))).toEqual({ ok: true, value: code })
      }),
      { numRuns: 50 }
    )
    for (const wrong of ['', '123', '123-456-789-01a', '1'.repeat(13)]) expect(readCode(wrong).ok).toBe(false)
  })

  it('draw each digit as often as the others', () => {
    const counts = new Map<string, number>()
    for (let index = 0; index < 2_000; index += 1) for (const digit of drawCode(random).secret) counts.set(digit, (counts.get(digit) ?? 0) + 1)
    expect(counts.size).toBe(10)
    for (const count of counts.values()) expect(Math.abs(count - 1_800)).toBeLessThan(5 * Math.sqrt(18_000 * 0.1 * 0.9))
  })

  it('bring a recovery phrase back, and say which word is wrong', () => {
    const secret = random.bytes(32)
    const phrase = writePhrase(secret)
    expect(phrase.split(' ')).toHaveLength(24)
    expect(readPhrase(` ${phrase.toUpperCase()} `)).toEqual({ ok: true, value: secret })
    expect(readPhrase(phrase.replace(/^\w+/u, 'valuesx'))).toMatchObject({ ok: false, error: { message: expect.stringContaining('valuesx') } })
    expect(readPhrase(phrase.split(' ').slice(1).join(' ')).ok).toBe(false)
  })

  it('bring a recovery phrase back as it was shown, with a number before each word, or as somebody wrote it down', () => {
    const secret = random.bytes(32)
    const words = writePhrase(secret).split(' ')
    const numbered = (write: (word: string, number: number) => string, between: string) => words.map((word, at) => write(word, at + 1)).join(between)
    for (const typed of [
      numbered((word, number) => `${String(number).padStart(2)} ${word.padEnd(9)}`, '  '), numbered((word, number) => `${number}. ${word}`, '\n'),
      numbered((word, number) => `${number}) ${word.toUpperCase()}`, '\r\n'), numbered((word, number) => `${number}.${word}`, ' '), words.join(', '), `${words.join(',')},`
    ]) expect(readPhrase(typed)).toEqual({ ok: true, value: secret })
    expect(readPhrase(numbered((word, number) => `${number} ${word}`, ' ').replace(/24 \w+$/u, '24')).ok).toBe(false)
  })

  it('use 66 bits of what they are made from', () => {
    expect(wordsFrom(new Uint8Array(9))).toEqual(Array.from({ length: 6 }, () => 'abandon'))
    expect(wordsFrom(new Uint8Array(9).fill(255))).toEqual(Array.from({ length: 6 }, () => 'zoo'))
    for (let bit = 0; bit < 66; bit += 1) {
      const bytes = new Uint8Array(9)
      bytes[bit >> 3] = 0x80 >> (bit & 7)
      expect(wordsFrom(bytes)).not.toEqual(wordsFrom(new Uint8Array(9)))
    }
  })
})
