/**
 * Pairing over real transports: one offer with its code, its attempts and its two minutes; one join. What is said when stands in
 * shared/peer/pairing.ts; here are the clock, the wires, the person, and what becomes of it.
 */
import { createJoin, createOffer, pairingLimits, type PairingEvent, type PairingRun, type Step } from '../../../shared/peer/pairing.ts'
import type { DeviceId } from '../../../shared/peer/identity.ts'
import { drawCode, readCode, secretDigits, writeCode } from '../../../shared/peer/words.ts'
import type { Transport } from '../../../shared/ports.ts'
import { ok, type Problem, type Result } from '../../../shared/result.ts'
import type { Peers } from '../circle/peers.ts'

interface WordsShown {
  readonly words: readonly string[]
  /** What the other device calls itself. */
  readonly name: string
}

interface Pairing {
  /** Called once, when the words are there; at once where they are already. */
  onWords(listener: (shown: WordsShown) => void): void
  /** What the person says to them. */
  answer(yes: boolean): void
  readonly ended: Promise<Result<DeviceId>>
  cancel(): void
}

export interface Offer extends Pairing {
  /** `123-456-789-012`. */
  readonly code: string
  /** The first three digits: all that may be told to the network. */
  readonly nameplate: string
  /** Somebody has come. One at a time: who comes meanwhile is sent away. */
  attempt(transport: Transport): void
}

export interface Join extends Pairing {
  /** The port at which the other device will listen, once it has said so; else 0. */
  port(): number
}

interface PairingOptions {
  readonly peers: Peers
  /** Milliseconds until it is over. */
  readonly patience?: number
}

const busy: Problem = { kind: 'conflict', message: 'another device is just being added', remedy: 'wait until that is done' }
const late: Problem = { kind: 'cancelled', message: 'the two minutes for this code are over', remedy: 'show a new code and try again' }
const stopped: Problem = { kind: 'cancelled', message: 'the pairing was stopped', remedy: 'start again with a new code' }
const heardNow: Problem = { kind: 'conflict', message: 'the other device had been removed, and has heard of it only now', remedy: 'show a new code, and pair it once more: it comes back under new keys, with all that it has' }
const guessed: Problem = { kind: 'denied', message: 'a wrong code was typed three times', remedy: 'show a new code and try again' }
const lost: Problem = { kind: 'storage', message: 'the line to the other device was lost', remedy: 'try again' }

function reasonOf(problem: Problem): 'time' | 'stopped' {
  return problem === late ? 'time' : 'stopped'
}

interface OfferOptions extends PairingOptions {
  /** Where this device will listen. */
  readonly port?: number
  /** Of the secret part: fewer only in the test of its strength. */
  readonly digits?: number
  /** Milliseconds until somebody who came must have led to words. */
  readonly contact?: number
}

/** Errors: those of the keystore. */
export function offerPairing({ peers, patience = pairingLimits.milliseconds, port = 0, digits = secretDigits, contact = pairingLimits.contact }: OfferOptions): Result<Offer> {
  const card = peers.ownCard()
  if (!card.ok) return card
  const code = drawCode({ bytes: (length) => peers.suite.random(length) }, digits)
  const outcome = createOutcome(patience)
  let current: Driver | null = null
  let guesses = 0
  let contacts = 0
  let joiner: DeviceId | null = null
  const isRemoved = (device: DeviceId | null): boolean => peers.devices().some(({ id, state }) => id === device && state === 'revoked')

  function hear(event: PairingEvent, driver: Driver): void {
    switch (event.kind) {
      case 'words':
        outcome.show({ words: event.words, name: event.card.name })
        break
      case 'admit':
        joiner = event.card.id
        void peers.admit(event.card).then((log) => {
          if (log.ok) driver.go((run) => run.admit(log.value, port))
          else outcome.end(log)
        })
        break
      case 'paired':
        outcome.end(ok(event.card.id))
        break
      case 'failed':
        if (event.wasGuess) guesses += 1
        current = null
        driver.close()
        /* A code that led to words is spent, and so is one that was guessed at three times. */
        if (event.isSpent || guesses >= pairingLimits.attempts) outcome.end({ ok: false, error: !event.isSpent ? guessed : isRemoved(joiner) ? heardNow : event.problem })
        break
      case 'welcome':
    }
  }
  outcome.onEnd((problem) => {
    if (problem !== null) current?.go((run) => run.stop(problem, reasonOf(problem)))
    current?.closeSoon()
  })

  return ok({
    code: writeCode(code),
    nameplate: code.nameplate,
    ...outcome.pairing(() => current),
    attempt(transport) {
      contacts += 1
      if (current !== null || outcome.isOver() || contacts > pairingLimits.contacts) {
        createDriver(createOffer({ suite: peers.suite, secret: '', card: card.value }), transport, () => undefined, () => undefined).go((run) => (outcome.isOver() ? run.stop(late, 'time') : run.stop(busy, 'busy'))).closeSoon()
        return
      }
      const driver = createDriver(createOffer({ suite: peers.suite, secret: code.secret, card: card.value, circle: peers.state?.isMember === true ? peers.state.circle : null }), transport, hear, () => {
        if (current === driver) current = null
        if (driver.isIntroduced()) outcome.end({ ok: false, error: lost })
      })
      current = driver
      driver.go((run) => run.start())
      /* Who says nothing keeps nobody else out. */
      setTimeout(() => {
        if (current !== driver || driver.isIntroduced()) return
        current = null
        driver.close()
      }, contact).unref()
    }
  })
}

/** Errors at `ended`: `bad-input` (no code), `denied` (not the code, or no), `cancelled`, `storage`. */
export function joinPairing({ peers, code: typed, transport, patience = pairingLimits.milliseconds }: PairingOptions & { readonly code: string; readonly transport: Transport }): Join {
  const outcome = createOutcome(patience)
  const code = readCode(typed)
  const card = peers.joiningCard()
  if (!code.ok || !card.ok) {
    transport.close()
    outcome.end(!code.ok ? code : (card as Result<never>))
    return { ...outcome.pairing(() => null), port: () => 0 }
  }
  let port = 0
  const driver: Driver = createDriver(createJoin({ suite: peers.suite, secret: code.value.secret, card: card.value, circle: peers.circleWithOthers() }), transport, (event) => {
    switch (event.kind) {
      case 'words':
        outcome.show({ words: event.words, name: event.card.name })
        break
      case 'welcome':
        port = event.port
        void peers.join(event.entries).then((joined) => {
          if (joined.ok) driver.go((run) => run.settle())
          else outcome.end(joined)
        })
        break
      case 'paired':
        outcome.end(ok(event.card.id))
        break
      case 'failed':
        outcome.end({ ok: false, error: event.problem })
        break
      case 'admit':
    }
  }, () => outcome.end({ ok: false, error: lost }))
  outcome.onEnd((problem) => {
    if (problem !== null) driver.go((run) => run.stop(problem, reasonOf(problem)))
    driver.closeSoon()
  })
  return { ...outcome.pairing(() => driver), port: () => port }
}

// ---- one run over one transport -------------------------------------------------------------------------------------

interface Driver {
  go(act: (run: PairingRun) => Step): Driver
  /** Whether the words were there. */
  isIntroduced(): boolean
  /** Once what was said is on its way. */
  closeSoon(): void
  close(): void
}

function createDriver(run: PairingRun, transport: Transport, hear: (event: PairingEvent, driver: Driver) => void, onLost: () => void): Driver {
  let isIntroduced = false
  let isOver = false
  const driver: Driver = {
    go(act) {
      const step = act(run)
      for (const frame of step.send) transport.send(frame)
      if (step.event?.kind === 'words') isIntroduced = true
      if (step.event?.kind === 'failed' || step.event?.kind === 'paired') isOver = true
      if (step.event !== null) hear(step.event, driver)
      return driver
    },
    isIntroduced: () => isIntroduced && !isOver,
    closeSoon() {
      isOver = true
      setTimeout(() => transport.close(), 200).unref()
    },
    close() {
      isOver = true
      setTimeout(() => transport.close(), 200).unref()
    }
  }
  transport.onClose(() => {
    if (!isOver) onLost()
  })
  transport.onFrame((frame) => driver.go((machine) => machine.take(frame)))
  return driver
}

function createOutcome(patience: number) {
  let shown: WordsShown | null = null
  let onShown: ((shown: WordsShown) => void) | null = null
  let atEnd: ((problem: Problem | null) => void) | null = null
  let isOver = false
  let resolve: (result: Result<DeviceId>) => void = () => undefined
  const ended = new Promise<Result<DeviceId>>((settle) => (resolve = settle))
  const timer = setTimeout(() => end({ ok: false, error: late }), patience)
  function end(result: Result<DeviceId>): void {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    atEnd?.(result.ok ? null : result.error)
    resolve(result)
  }
  return {
    end,
    isOver: () => isOver,
    onEnd(listener: (problem: Problem | null) => void) {
      atEnd = listener
    },
    show(next: WordsShown) {
      shown = next
      onShown?.(next)
    },
    pairing: (driver: () => Driver | null): Pairing => ({
      ended,
      onWords(listener) {
        onShown = listener
        if (shown !== null) listener(shown)
      },
      answer: (yes) => void driver()?.go((run) => run.say(yes)),
      cancel: () => end({ ok: false, error: stopped })
    })
  }
}
