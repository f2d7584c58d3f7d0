/**
 * What a paired device that means harm can do, in full: 100,000 mutants of real updates and every known bomb, in genuine
 * envelopes, through the whole way in (signature, chain, gate in its thread, store, document), against what bare Yjs does with
 * the same bytes; 10,000 envelopes that are not the next of their device; and what looking costs.
 */
import * as Y from 'yjs'
import { createGatekeeper } from '../../main/peer/circle/gatekeeper.ts'
import { addCard } from '../../shared/commands/card.ts'
import { createDocument } from '../../shared/document/document.ts'
import { valueOf } from '../support/document.ts'
import { bombs, diceFrom, envelopeFor, misplaced, mutantOf, realUpdates, secretsOf, type Dice } from '../support/hostile.ts'
import { fingerprint, meet, openDevice, pair, type Device } from '../support/peers.ts'
import type { Measurement } from './run.ts'

const mutants = 100_000
const wrongs = 10_000
const part = 64 * 1024

interface Watch {
  /** Milliseconds of the processor, all threads together, for each 64 KB begun. */
  readonly times: number[]
  taken: number
  halves: number
}

export async function benchPeer(): Promise<readonly Measurement[]> {
  const victim = await openDevice('victim', { createGatekeeper })
  const attacker = await openDevice('attacker')
  for (let index = 0; index < 12; index += 1) valueOf(addCard(victim.home.doc, { title: `Card ${index}`, policies: ['MOMENTS of one', 'WORDS of another'] }, victim.maker))
  await pair(victim, attacker)
  await meet(victim, attacker)
  const memoryBefore = process.memoryUsage().rss
  const dice = diceFrom(1)
  const watch: Watch = { times: [], taken: 0, halves: 0 }
  /* The thread starts, and the program gets warm. */
  for (const update of realUpdates(stateOf(victim), 100, diceFrom(2))) await send(victim, attacker, update, { times: [], taken: 0, halves: 0 })
  const bare = { tried: 0, halves: 0 }
  let memory = memoryBefore
  for (let done = 0; done < mutants; ) {
    const start = stateOf(victim)
    const updates = realUpdates(start, 30, dice)
    for (let number = 0; number < 500 && done < mutants; number += 1, done += 1) {
      /* A hundred of each, then the real one. Every fifth is well written, and stands where it should not. */
      const real = updates[Math.floor(number / 100)] as Uint8Array
      const moved = number % 100 === 99 ? real : number % 5 === 4 ? misplaced(real, victim.home.doc, dice) : null
      const update = moved ?? mutantOf(real, updates[dice(updates.length)] as Uint8Array, dice)
      await send(victim, attacker, update, watch)
      if (number < 25) tryBare(start, update, bare)
    }
    memory = Math.max(memory, process.memoryUsage().rss)
    if (done % 10_000 === 0) process.stderr.write(`peer: ${done} mutants, ${watch.taken} taken in whole, ${watch.halves} by halves\n`)
  }
  const bombTimes: Watch = { times: [], taken: 0, halves: 0 }
  const all = bombs(stateOf(victim))
  for (let round = 0; round < 5; round += 1) for (const { update } of all) await send(victim, attacker, update, bombTimes)
  const accepted = await sendWrong(victim, attacker, dice)
  await victim.close()
  await attacker.close()
  return [
    { name: 'hostile updates taken in by halves', value: (watch.halves + bombTimes.halves) / (mutants + all.length * 5), unit: 'share', reference: bare.halves / bare.tried, reference_name: 'bare Yjs', ratio: (watch.halves + bombTimes.halves) / mutants / Math.max(bare.halves / bare.tried, 1e-9) },
    compare('looking at a mutant, 99th of 100', quantile(watch.times, 0.99)),
    compare('looking at a bomb, median', quantile(bombTimes.times, 0.5)),
    compare('looking at a mutant, longest', quantile(watch.times, 1)),
    compare('looking at a bomb, longest', quantile(bombTimes.times, 1)),
    { name: 'wrong, removed, replayed or reordered envelopes taken in', value: accepted, unit: 'envelopes', reference: wrongs, reference_name: 'envelopes tried', ratio: accepted / wrongs },
    { name: 'memory that it took', value: (memory - memoryBefore) / 2 ** 20, unit: 'MB', reference: 512, reference_name: 'cap of the gate’s thread', ratio: (memory - memoryBefore) / 2 ** 20 / 512 }
  ]
}

const stateOf = ({ home }: Device): Uint8Array => Y.encodeStateAsUpdate(home.doc)

function compare(name: string, value: number): Measurement {
  return { name, value, unit: 'ms per 64 KB', reference: 50, reference_name: 'the most that it may take', ratio: value / 50 }
}

/** In a genuine envelope, the next of its chain. What it changed must be all that it says, or nothing. */
async function send(victim: Device, attacker: Device, update: Uint8Array, watch: Watch): Promise<void> {
  const before = stateOf(victim)
  const envelope = envelopeFor(attacker, victim, update)
  let changes = 0
  const note = (): void => void (changes += 1)
  victim.home.doc.on('update', note)
  const from = process.cpuUsage()
  await victim.peers.receive([envelope])
  const { user, system } = process.cpuUsage(from)
  watch.times.push((user + system) / 1_000 / Math.ceil(Math.max(1, update.length) / part))
  victim.home.doc.off('update', note)
  victim.peers.state?.held.clear()
  if (changes > 0) watch.taken += 1
  if (changes > 0 ? isWhole(victim, before, update) : Buffer.compare(before, stateOf(victim)) === 0) return
  watch.halves += 1
  process.stderr.write(`peer: by halves: ${Buffer.from(update).toString('hex')}\npeer: in ${Buffer.from(before).toString('hex')}\n`)
}

/** Whether it came to the same as in a document that was read before it came, and in one that is read now. */
function isWhole(victim: Device, before: Uint8Array, update: Uint8Array): boolean {
  const [given, anew] = [createDocument(), createDocument()]
  try {
    Y.applyUpdate(given, before)
    Y.applyUpdate(given, update)
    Y.applyUpdate(anew, stateOf(victim))
  } catch {
    return false
  }
  return [given, anew].every((doc) => fingerprint({ home: { ...victim.home, doc } }) === fingerprint(victim))
}

/** Yjs by itself: it threw, or kept a part aside, and the document is another one all the same. */
function tryBare(start: Uint8Array, update: Uint8Array, bare: { tried: number; halves: number }): void {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, start)
  const before = Y.encodeStateAsUpdate(doc)
  let isWhole = true
  bare.tried += 1
  try {
    Y.applyUpdate(doc, update)
    isWhole = doc.store.pendingStructs === null && doc.store.pendingDs === null
  } catch {
    isWhole = false
  }
  if (!isWhole && Buffer.compare(before, Y.encodeStateAsUpdate(doc)) !== 0) bare.halves += 1
}

/** How many of them changed anything. */
async function sendWrong(victim: Device, attacker: Device, dice: Dice): Promise<number> {
  const stranger = await openDevice('stranger')
  valueOf(stranger.peers.secrets())
  const lost = await openDevice('lost')
  const id = await pair(victim, lost)
  const epoch = victim.peers.state?.membership.current
  valueOf(await victim.peers.revoke(id))
  const [update] = realUpdates(stateOf(victim), 1, dice) as [Uint8Array]
  const genuine = envelopeFor(attacker, victim, update)
  await victim.peers.receive([genuine])
  const before = Buffer.from(stateOf(victim))
  let accepted = 0
  for (let number = 0; number < wrongs; number += 1) {
    const kinds: readonly (() => Uint8Array)[] = [
      () => envelopeFor(attacker, victim, update, { sign: secretsOf(stranger).sign }),
      () => envelopeFor(attacker, victim, update, { device: victim.peers.state?.me as never }),
      () => envelopeFor(lost, victim, update, { epoch: epoch as never }),
      () => genuine,
      () => envelopeFor(attacker, victim, update, { seq: 2 + (victim.peers.state?.heads.get(attacker.peers.state?.me as never)?.seq ?? 0) + dice(1_000) }),
      () => envelopeFor(attacker, victim, update, { previous: dice(2 ** 31).toString(16).padStart(64, '0') }),
      () => envelopeFor(attacker, victim, update, { device: dice(2 ** 31).toString(16).padStart(32, '0') as never }),
      () => envelopeFor(attacker, victim, update, { key: new Uint8Array(32).fill(dice(256)) }),
      () => {
        const copy = genuine.slice()
        const at = dice(copy.length)
        copy[at] = (copy[at] ?? 0) ^ (1 << dice(8))
        return copy
      }
    ]
    await victim.peers.receive([(kinds[number % kinds.length] as () => Uint8Array)()])
    victim.peers.state?.held.clear()
    if (number % 100 === 99 && Buffer.compare(before, stateOf(victim)) !== 0) accepted += 1
  }
  await stranger.close()
  await lost.close()
  return accepted
}

function quantile(times: readonly number[], at: number): number {
  const sorted = [...times].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0
}
