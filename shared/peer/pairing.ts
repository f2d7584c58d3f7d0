/**
 * How two devices meet for the first time: both sides as machines that take frames and give frames, with no clock, no wire and
 * no chance of their own. The offering device shows a code, the joining one is given it; then
 *
 *     offer → join  greet    a nonce
 *     join → offer  hello    a nonce, and a commitment to the joiner's share
 *     offer → join  share    the offerer's CPace share (cpace.ts), the code being the password
 *     join → offer  reveal   the joiner's share, its proof of the key, its card
 *     offer → join  confirm  the offerer's proof of the key, its card
 *     both ways     sealed   yes or no of the person who compared the words; the membership log; done
 *
 * One run tests one code: a wrong proof ends it and counts. A code that led to words is spent, whatever is said to them. The
 * words come from key and transcript; since the joiner is bound to its share before it sees the other, somebody in the middle
 * who knew the code would have one try in 2⁶⁶ at equal words, not a search. Anything out of turn ends the run.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { parseJson } from '../json.ts'
import type { Problem } from '../result.ts'
import { startCpace, type CpaceRun } from './cpace.ts'
import { DeviceCard, isGenuine } from './identity.ts'
import type { Suite } from './suite.ts'
import { wordsFrom } from './words.ts'

/** Wrong codes that one offer survives: one less than its attempts. Contacts count too, and each has `contact` milliseconds to come to words, so that nobody keeps it busy. */
export const pairingLimits = { attempts: 3, contacts: 30, contact: 10_000, milliseconds: 120_000, frame: 4_096, welcome: 2 * 1024 * 1024 } as const

interface PairingInput {
  readonly suite: Suite
  /** The secret part of the code. */
  readonly secret: string
  readonly card: DeviceCard
  /** The circle that this device is in; joining: the one whose other devices it belongs to, which it cannot leave for another. */
  readonly circle?: string | null
}

export type PairingEvent =
  /** Show both; `say` what the person says. */
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly card: DeviceCard }
  /** Offering side: both persons said yes; take the device in and call `admit`. */
  | { readonly kind: 'admit'; readonly card: DeviceCard }
  /** Joining side: the membership log; look at it, keep it and call `settle`. */
  | { readonly kind: 'welcome'; readonly card: DeviceCard; readonly entries: readonly Uint8Array[]; /** Where the other one will listen from now on; 0 for unknown. */ readonly port: number }
  | { readonly kind: 'paired'; readonly card: DeviceCard }
  /** `wasGuess`: somebody tried a code. `isSpent`: the code has led to words. */
  | { readonly kind: 'failed'; readonly problem: Problem; readonly wasGuess: boolean; readonly isSpent: boolean }

export interface Step {
  readonly send: readonly Uint8Array[]
  readonly event: PairingEvent | null
}

export interface PairingRun {
  /** The offering side speaks first. */
  start(): Step
  take(frame: Uint8Array): Step
  say(yes: boolean): Step
  /** Offering side, after `admit`: the whole membership log, and the port at which this device will listen. */
  admit(entries: readonly Uint8Array[], port?: number): Step
  /** Joining side, after `welcome`. */
  settle(): Step
  /** `reason`: what the other side is told. */
  stop(problem: Problem, reason: 'time' | 'busy' | 'stopped'): Step
}

// ---- messages -------------------------------------------------------------------------------------------------------

const hex32 = z.string().regex(/^[0-9a-f]{64}$/u)
const box = z.string().regex(/^(?:[0-9a-f]{2})+$/u)
const Message = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('greet'), version: z.literal(1), nonce: hex32 }),
  z.strictObject({ kind: z.literal('hello'), nonce: hex32, commitment: hex32 }),
  z.strictObject({ kind: z.literal('share'), share: hex32 }),
  z.strictObject({ kind: z.literal('reveal'), share: hex32, blind: hex32, proof: hex32, card: box }),
  z.strictObject({ kind: z.literal('confirm'), proof: hex32, card: box }),
  z.strictObject({ kind: z.literal('sealed'), box }),
  z.strictObject({ kind: z.literal('end'), reason: z.enum(['code', 'refused', 'time', 'busy', 'elsewhere', 'stopped']) })
])
type Message = z.infer<typeof Message>

const Sealed = z.discriminatedUnion('say', [
  /** `circle`: a tag of the one that the joining side cannot leave; it tells nobody who does not know it. */
  z.strictObject({ say: z.literal('yes'), circle: hex32.optional() }),
  z.strictObject({ say: z.literal('no') }),
  z.strictObject({ say: z.literal('welcome'), entries: z.array(box).max(10_000), port: z.number().int().min(0).max(65_535) }),
  z.strictObject({ say: z.literal('done') })
])
type Sealed = z.infer<typeof Sealed>

// ---- the two machines -----------------------------------------------------------------------------------------------

/** The side that shows the code. One run is one attempt; pair.ts counts them. */
export function createOffer(input: PairingInput): PairingRun {
  return new Run('offer', input)
}

/** The side that was given the code. */
export function createJoin(input: PairingInput): PairingRun {
  return new Run('join', input)
}

type Side = 'offer' | 'join'
/** What is waited for next; `say` is: for the person, and for the other one's person. */
type Phase = 'new' | 'greet' | 'hello' | 'share' | 'reveal' | 'confirm' | 'say' | 'admit' | 'welcome' | 'settle' | 'done' | 'over'

interface Keys {
  readonly proof: Readonly<Record<Side, Uint8Array>>
  readonly box: Readonly<Record<Side, Uint8Array>>
  readonly circle: Uint8Array
  readonly words: readonly string[]
}

const channelName = utf8ToBytes('values-steward pairing 1')
const silent: Step = { send: [], event: null }

const problems = {
  code: { kind: 'denied', message: 'the code is not the one on the other screen', remedy: 'ask for a new code if this was the last try' },
  refused: { kind: 'denied', message: 'the other device said no', remedy: 'start again with a new code, and compare all six words' },
  time: { kind: 'cancelled', message: 'the two minutes for this code are over', remedy: 'show a new code and try again' },
  busy: { kind: 'conflict', message: 'the other device is pairing with somebody else', remedy: 'show a new code there and try again' },
  stopped: { kind: 'cancelled', message: 'the pairing was stopped on the other device', remedy: 'see what it says there, and start again with a new code' },
  elsewhere: { kind: 'conflict', message: 'this computer already belongs to other devices', remedy: 'remove it there first, or offer the code on this one' },
  taken: { kind: 'conflict', message: 'the other device already belongs to other devices', remedy: 'show the code on that one, and type it on this one' },
  strange: { kind: 'bad-input', message: 'the other device said something that is no part of pairing', remedy: 'see that both run the same version, and try again' },
  itself: { kind: 'bad-input', message: 'this is the same device', remedy: 'type the code on another one' },
  own: { kind: 'cancelled', message: 'the pairing was refused here', remedy: 'start again with a new code if that was a slip' }
} as const satisfies Readonly<Record<string, Problem>>

class Run implements PairingRun {
  readonly #side: Side
  readonly #input: PairingInput
  readonly #nonce: Uint8Array
  readonly #blind: Uint8Array
  #phase: Phase
  /** Every frame until the proofs, in the order of the exchange, both ways. */
  readonly #transcript: Uint8Array[] = []
  #exchange: CpaceRun | null = null
  #session: Uint8Array = new Uint8Array()
  #commitment = ''
  #keys: Keys | null = null
  #card: DeviceCard | null = null
  readonly #counters: Record<Side, number> = { offer: 0, join: 0 }
  #saidHere = false
  #saidThere = false

  constructor(side: Side, input: PairingInput) {
    this.#side = side
    this.#input = input
    this.#nonce = input.suite.random(32)
    this.#blind = input.suite.random(32)
    this.#phase = side === 'offer' ? 'new' : 'greet'
  }

  start(): Step {
    if (this.#phase !== 'new') return silent
    this.#phase = 'hello'
    return this.#say({ kind: 'greet', version: 1, nonce: bytesToHex(this.#nonce) })
  }

  take(frame: Uint8Array): Step {
    if (this.#phase === 'over' || this.#phase === 'done') return silent
    const message = read(frame)
    if (message === null) return this.#fail('strange')
    if (message.kind === 'end') return this.#over(problems[message.reason], message.reason === 'code')
    if (message.kind === 'sealed') return this.#open(message.box)
    if (message.kind !== this.#phase) return this.#fail('strange')
    switch (message.kind) {
      case 'greet':
        return this.#greeted(message, frame)
      case 'hello':
        return this.#hailed(message, frame)
      case 'share':
        return this.#shared(message, frame)
      case 'reveal':
        return this.#revealed(message)
      case 'confirm':
        return this.#confirmed(message)
    }
  }

  say(yes: boolean): Step {
    if (this.#phase !== 'say' || this.#saidHere) return silent
    if (!yes) return { send: [this.#seal({ say: 'no' })], event: this.#over(problems.own, false).event }
    this.#saidHere = true
    const circle = this.#side === 'join' ? this.#tag() : null
    const send = [this.#seal({ say: 'yes', ...(circle === null ? {} : { circle }) })]
    return { send, event: this.#bothSaid() }
  }

  admit(entries: readonly Uint8Array[], port = 0): Step {
    if (this.#phase !== 'admit') return silent
    this.#phase = 'settle'
    return { send: [this.#seal({ say: 'welcome', entries: entries.map((entry) => bytesToHex(entry)), port })], event: null }
  }

  settle(): Step {
    if (this.#phase !== 'settle' || this.#card === null) return silent
    this.#phase = 'done'
    return { send: [this.#seal({ say: 'done' })], event: { kind: 'paired', card: this.#card } }
  }

  stop(problem: Problem, reason: 'time' | 'busy' | 'stopped'): Step {
    if (this.#phase === 'over' || this.#phase === 'done') return silent
    return { send: [write({ kind: 'end', reason })], event: this.#over(problem, false).event }
  }

  // ---- the exchange

  #greeted({ nonce }: Extract<Message, { kind: 'greet' }>, frame: Uint8Array): Step {
    if (nonce === bytesToHex(this.#nonce)) return this.#fail('itself')
    this.#transcript.push(frame)
    const share = this.#begin(hexToBytes(nonce), this.#nonce)
    this.#phase = 'share'
    return this.#say({ kind: 'hello', nonce: bytesToHex(this.#nonce), commitment: this.#commit(share, this.#blind) })
  }

  #hailed({ nonce, commitment }: Extract<Message, { kind: 'hello' }>, frame: Uint8Array): Step {
    if (nonce === bytesToHex(this.#nonce)) return this.#fail('itself')
    this.#transcript.push(frame)
    this.#commitment = commitment
    const share = this.#begin(this.#nonce, hexToBytes(nonce))
    this.#phase = 'reveal'
    return this.#say({ kind: 'share', share: bytesToHex(share) })
  }

  #shared({ share }: Extract<Message, { kind: 'share' }>, frame: Uint8Array): Step {
    this.#transcript.push(frame)
    if (!this.#agree(hexToBytes(share), this.#blind)) return this.#fail('code')
    const keys = this.#keys as Keys | null
    if (keys === null || this.#exchange === null) return this.#fail('strange')
    this.#phase = 'confirm'
    const card = this.#encrypt(utf8ToBytes(JSON.stringify(this.#input.card)))
    return { send: [write({ kind: 'reveal', share: bytesToHex(this.#exchange.share), blind: bytesToHex(this.#blind), proof: bytesToHex(keys.proof.join), card })], event: null }
  }

  /** Here the offering side learns whether the other one knew the code. */
  #revealed({ share, blind, proof, card }: Extract<Message, { kind: 'reveal' }>): Step {
    const [point, blinding] = [hexToBytes(share), hexToBytes(blind)]
    if (this.#commit(point, blinding) !== this.#commitment || !this.#agree(point, blinding)) return this.#fail('code', true)
    const keys = this.#keys as Keys | null
    if (keys === null || !isSame(hexToBytes(proof), keys.proof.join)) return this.#fail('code', true)
    const answer = (): Uint8Array => write({ kind: 'confirm', proof: bytesToHex(keys.proof.offer), card: this.#encrypt(utf8ToBytes(JSON.stringify(this.#input.card))) })
    return this.#introduced(card, keys, answer)
  }

  #confirmed({ proof, card }: Extract<Message, { kind: 'confirm' }>): Step {
    if (this.#keys === null || !isSame(hexToBytes(proof), this.#keys.proof.offer)) return this.#fail('code', true)
    return this.#introduced(card, this.#keys, null)
  }

  #introduced(sealed: string, keys: Keys, answer: (() => Uint8Array) | null): Step {
    const opened = this.#decrypt(sealed)
    const parsed = opened === null ? null : parseJson(opened)
    const card = parsed?.ok === true ? DeviceCard.safeParse(parsed.value) : null
    if (card?.success !== true || !isGenuine(card.data, this.#input.suite)) return this.#fail('strange')
    if (card.data.id === this.#input.card.id) return this.#fail('itself')
    this.#card = card.data
    this.#phase = 'say'
    return { send: answer === null ? [] : [answer()], event: { kind: 'words', words: keys.words, card: card.data } }
  }

  /** The share that this side will send. `offered` and `joined` are the nonces. */
  #begin(offered: Uint8Array, joined: Uint8Array): Uint8Array {
    this.#session = this.#input.suite.hash(concatBytes(channelName, offered, joined))
    this.#exchange = startCpace({ code: utf8ToBytes(this.#input.secret), channel: channelName, session: this.#session, random: this.#input.suite.random(32) })
    return this.#exchange.share
  }

  #commit(share: Uint8Array, blind: Uint8Array): string {
    return bytesToHex(this.#input.suite.hash(concatBytes(channelName, utf8ToBytes('commitment'), this.#session, share, blind)))
  }

  /** The keys, from the other side's share. False where it is no share, or our own sent back. */
  #agree(share: Uint8Array, blind: Uint8Array): boolean {
    const run = this.#exchange
    if (run === null || isSame(share, run.share)) return false
    const [joined, offered] = this.#side === 'join' ? [run.share, share] : [share, run.share]
    const secret = run.finish({ initiator: { share: joined, beside: utf8ToBytes('join') }, responder: { share: offered, beside: utf8ToBytes('offer') }, own: this.#side === 'join' ? 'initiator' : 'responder' })
    if (secret === null) return false
    const transcript = this.#input.suite.hash(concatBytes(...this.#transcript.map((frame) => this.#input.suite.hash(frame)), joined, blind))
    const derive = (label: string): Uint8Array => hkdf(sha256, secret, transcript, utf8ToBytes(`values-steward pairing 1 ${label}`), 32)
    const prove = (side: Side): Uint8Array => hmac(sha256, derive(`proof ${side}`), transcript)
    this.#keys = { proof: { offer: prove('offer'), join: prove('join') }, box: { offer: derive('box offer'), join: derive('box join') }, circle: derive('circle'), words: wordsFrom(derive('words')) }
    return true
  }

  // ---- after the proofs

  #open(sealed: string): Step {
    if (this.#card === null) return this.#fail('strange')
    const opened = this.#decrypt(sealed)
    const parsed = opened === null ? null : parseJson(opened)
    const message = parsed?.ok === true ? Sealed.safeParse(parsed.value) : null
    if (message?.success !== true) return this.#fail('strange')
    return this.#heard(message.data, this.#card)
  }

  #heard(message: Sealed, card: DeviceCard): Step {
    switch (message.say) {
      case 'no':
        return this.#over(problems.refused, false)
      case 'yes':
        if (this.#phase !== 'say' || this.#saidThere) return this.#fail('strange')
        /* Seen before anybody is taken in, so that neither is left with a device that never came. */
        if (message.circle !== undefined && message.circle !== this.#tag()) return this.#fail('taken')
        this.#saidThere = true
        return { send: [], event: this.#bothSaid() }
      case 'welcome':
        if (this.#side !== 'join' || this.#phase !== 'welcome') return this.#fail('strange')
        this.#phase = 'settle'
        return { send: [], event: { kind: 'welcome', card, entries: message.entries.map((entry) => hexToBytes(entry)), port: message.port } }
      case 'done':
        if (this.#side !== 'offer' || this.#phase !== 'settle') return this.#fail('strange')
        this.#phase = 'done'
        return { send: [], event: { kind: 'paired', card } }
    }
  }

  #bothSaid(): PairingEvent | null {
    if (!this.#saidHere || !this.#saidThere || this.#card === null) return null
    this.#phase = this.#side === 'offer' ? 'admit' : 'welcome'
    return this.#side === 'offer' ? { kind: 'admit', card: this.#card } : null
  }

  #tag(): string | null {
    const { circle } = this.#input
    return this.#keys === null || circle === undefined || circle === null ? null : bytesToHex(hmac(sha256, this.#keys.circle, hexToBytes(circle)))
  }

  #seal(message: Sealed): Uint8Array {
    return write({ kind: 'sealed', box: this.#encrypt(utf8ToBytes(JSON.stringify(message))) })
  }

  /** Under this side's own key; the nonce counts, so that nothing can be left out, swapped or sent twice. */
  #encrypt(plain: Uint8Array): string {
    const keys = this.#keys
    if (keys === null) throw new Error('nothing is sealed before there is a key')
    return bytesToHex(this.#input.suite.encrypt(keys.box[this.#side], this.#count(this.#side), plain, channelName))
  }

  #decrypt(sealed: string): Uint8Array | null {
    const other = this.#side === 'offer' ? 'join' : 'offer'
    return this.#keys === null ? null : this.#input.suite.decrypt(this.#keys.box[other], this.#count(other), hexToBytes(sealed), channelName)
  }

  #count(side: Side): Uint8Array {
    const nonce = new Uint8Array(24)
    new DataView(nonce.buffer).setUint32(0, (this.#counters[side] += 1))
    return nonce
  }

  // ---- ends

  #say(message: Message): Step {
    const frame = write(message)
    this.#transcript.push(frame)
    return { send: [frame], event: null }
  }

  #fail(why: 'code' | 'strange' | 'itself' | 'taken', wasGuess = false): Step {
    const reason = why === 'code' ? 'code' : why === 'taken' ? 'elsewhere' : 'refused'
    return { send: [write({ kind: 'end', reason })], event: this.#over(problems[why], wasGuess).event }
  }

  #over(problem: Problem, wasGuess: boolean): Step {
    const isSpent = this.#card !== null
    this.#phase = 'over'
    return { send: [], event: { kind: 'failed', problem, wasGuess, isSpent } }
  }
}

function write(message: Message): Uint8Array {
  return utf8ToBytes(JSON.stringify(message))
}

function read(frame: Uint8Array): Message | null {
  if (frame.length > pairingLimits.welcome) return null
  const value = parseJson(frame, 'the message')
  const message = value.ok ? Message.safeParse(value.value) : null
  if (message?.success !== true || (frame.length > pairingLimits.frame && message.data.kind !== 'sealed')) return null
  return message.data
}

/** In a time that does not tell where they differ. */
function isSame(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length
  for (let index = 0; index < left.length; index += 1) difference |= (left[index] ?? 0) ^ (right[index] ?? 0)
  return difference === 0
}
