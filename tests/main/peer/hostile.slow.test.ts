/**
 * What a device that was paired and means harm can do to another: nothing by halves, and nothing that the other did not look at.
 * The full count is `npm run bench -- peer`; this is a seeded part of it.
 */
import * as Y from 'yjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGatekeeper } from '../../../main/peer/circle/gatekeeper.ts'
import { addCard } from '../../../shared/commands/card.ts'
import { createDocument, readDocument } from '../../../shared/document/document.ts'
import { rootNames } from '../../../shared/document/layout.ts'
import { createGate, nothingRemoved } from '../../../shared/peer/gate/gate.ts'
import { readUpdate } from '../../../shared/peer/gate/update.ts'
import { createMaker, valueOf } from '../../support/document.ts'
import { bombs, crowd, diceFrom, envelopeFor, hashOf, misplaced, mutantOf, realUpdates, secretsOf } from '../../support/hostile.ts'
import { fingerprint, meet, openDevice, pair, type Device } from '../../support/peers.ts'

let victim: Device
let attacker: Device
let bystander: Device

beforeAll(async () => {
  victim = await openDevice('victim', { createGatekeeper })
  attacker = await openDevice('attacker')
  bystander = await openDevice('bystander')
  for (let index = 0; index < 12; index += 1) valueOf(addCard(victim.home.doc, { title: `Card ${index}`, policies: ['MOMENTS of one', 'WORDS of another'], contexts: [] }, victim.maker))
  await pair(victim, attacker)
  await pair(victim, bystander)
  await meet(victim, attacker)
})
afterAll(async () => {
  for (const device of [victim, attacker, bystander]) await device.close()
})

const stateOf = ({ home }: Device): Uint8Array => Y.encodeStateAsUpdate(home.doc)

/** Gives it to the victim; whether its document changed at all, and how often. */
async function send(envelope: Uint8Array): Promise<number> {
  let changes = 0
  const note = (): void => void (changes += 1)
  victim.home.doc.on('update', note)
  await victim.peers.receive([envelope])
  victim.home.doc.off('update', note)
  victim.peers.state?.held.clear()
  return changes
}

describe('a bomb in a genuine envelope', () => {
  it('changes nothing, whichever it is, and is held with a reason', async () => {
    const before = fingerprint(victim)
    for (const { name, update } of bombs(stateOf(victim))) {
      const written = readUpdate(update)?.blocks.map(({ client }) => client) ?? []
      for (const named of name === 'the victim’s own client' ? [{ clients: [] }, { clients: written }, { clients: [], brought: written }] : [{}]) {
        victim.events.length = 0
        expect(await send(envelopeFor(attacker, victim, update, named)), name).toBe(0)
        expect(fingerprint(victim), name).toBe(before)
        expect(victim.events.filter((event) => event.kind === 'quarantined').map((event) => event.reason !== ''), name).toEqual([true])
      }
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('that unpacks to more than may be is not unpacked', async () => {
    const before = fingerprint(victim)
    const zeros = new Uint8Array(60 * 1024 * 1024)
    expect(await send(envelopeFor(attacker, victim, zeros))).toBe(0)
    expect(fingerprint(victim)).toBe(before)
  })

  it('that is only slow is cut off, and the next honest edit is taken in as before', async () => {
    const before = fingerprint(victim)
    const impatient = createGatekeeper(() => stateOf(victim), { milliseconds: 50, megabytes: 64 })
    const judged = await impatient.judge({ update: crowd(stateOf(victim), 60_000), whole: false, allowed: false, before: nothingRemoved })
    expect(judged).toMatchObject({ kind: 'unsound', reason: 'overwhelming' })
    const again = await impatient.judge({ update: realUpdates(stateOf(victim), 1, diceFrom(1))[0] as Uint8Array, whole: false, allowed: false, before: nothingRemoved })
    expect(['sound', 'unsound']).toContain(again.kind)
    await impatient.close()
    expect(fingerprint(victim)).toBe(before)
  })
})

describe('a mutant of a real update', () => {
  it('is taken in whole or not at all', () => {
    const dice = diceFrom(42)
    let [sound, unsound, broken] = [0, 0, 0]
    for (let round = 0; round < 30; round += 1) {
      const start = stateOf(victim)
      const updates = realUpdates(start, 20, dice)
      for (let number = 0; number < 100; number += 1) {
        const at = dice(updates.length)
        const base = number % 10 === 0 ? Y.mergeUpdates([start, ...updates.slice(0, at)]) : start
        const update = mutantOf(updates[number % 10 === 0 ? at : 0] as Uint8Array, updates[dice(updates.length)] as Uint8Array, dice)
        const gate = createGate(base)
        const judged = gate.judge({ update, whole: false, allowed: true, before: nothingRemoved })
        if (judged.kind !== 'sound') {
          unsound += 1
          if (judged.kind === 'unsound' && judged.reason === 'broken') broken += 1
          continue
        }
        sound += 1
        /* Then Yjs takes all of it, keeps nothing aside, and every record still reads. */
        const doc = new Y.Doc()
        Y.applyUpdate(doc, base)
        const problems = new Set(readDocument(doc).problems)
        Y.applyUpdate(doc, update)
        expect([doc.store.pendingStructs, doc.store.pendingDs]).toEqual([null, null])
        /* A link to what is not there is shown as such: two honest devices can bring that about. */
        expect(readDocument(doc).problems.filter((problem) => !problems.has(problem) && !/not here/u.test(problem))).toEqual([])
      }
    }
    /* Not vacuous; and what gets as far as Yjs is what Yjs can take. */
    expect(sound).toBeGreaterThan(100)
    expect(unsound).toBeGreaterThan(1_000)
    expect(broken).toBe(0)
  })

  it('that stands beside others comes to the same in a document that keeps for undo what was deleted, in one that does not, and in one read anew', () => {
    const dice = diceFrom(44)
    let [sound, unsound] = [0, 0]
    for (let round = 0; round < 5; round += 1) {
      const live = createDocument(1 + dice(2 ** 31))
      const maker = createMaker(`r${round}-`)
      for (let index = 0; index < 12; index += 1) valueOf(addCard(live, { title: `Card ${index}`, policies: ['MOMENTS of one', 'WORDS of another'] }, maker))
      const undo = new Y.UndoManager(rootNames.map((name) => live.getMap(name)), { trackedOrigins: new Set(['peer']), captureTimeout: 0 })
      const gate = createGate(Y.encodeStateAsUpdate(live))
      const updates = realUpdates(Y.encodeStateAsUpdate(live), 40, dice)
      for (let number = 0; number < 240; number += 1) {
        /* Each honest one is followed by what others would have been in its place. */
        const honest = updates[Math.floor(number / 6)] as Uint8Array
        const update = number % 6 === 0 ? honest : misplaced(updates[Math.min(updates.length - 1, Math.floor(number / 6) + dice(2))] as Uint8Array, live, dice)
        if (update === null || gate.judge({ update, whole: false, allowed: true, before: nothingRemoved }).kind !== 'sound') {
          unsound += 1
          continue
        }
        sound += 1
        const given = createDocument()
        Y.applyUpdate(given, Y.encodeStateAsUpdate(live))
        Y.applyUpdate(given, update)
        Y.applyUpdate(live, update, 'peer')
        const anew = createDocument()
        Y.applyUpdate(anew, Y.encodeStateAsUpdate(live))
        const [mine, theirs, later] = [live, given, anew].map((doc) => fingerprint({ home: { ...victim.home, doc } }))
        expect([theirs, later], `round ${round}, number ${number}`).toEqual([mine, mine])
      }
      expect(undo.canUndo()).toBe(true)
      undo.destroy()
    }
    expect(sound).toBeGreaterThan(200)
    expect(unsound).toBeGreaterThan(200)
  })
})

describe('an envelope that is not the next one of its device', () => {
  it('is never taken in: forged, changed, replayed, out of order, of a stranger, under another epoch, brought by anybody', async () => {
    const before = fingerprint(victim)
    const [update] = realUpdates(stateOf(victim), 1, diceFrom(7)) as [Uint8Array]
    const genuine = envelopeFor(attacker, victim, update)
    const stranger = await openDevice('stranger')
    valueOf(stranger.peers.secrets())
    const wrong: readonly Uint8Array[] = [
      envelopeFor(attacker, victim, update, { sign: secretsOf(stranger).sign }),
      envelopeFor(attacker, victim, update, { sign: secretsOf(bystander).sign }),
      envelopeFor(attacker, victim, update, { device: bystander.peers.state?.me as never }),
      envelopeFor(attacker, victim, update, { device: 'ab'.repeat(16) as never }),
      envelopeFor(attacker, victim, update, { seq: 9 }),
      envelopeFor(attacker, victim, update, { previous: 'cd'.repeat(32) }),
      envelopeFor(attacker, victim, update, { epoch: 'ef'.repeat(16) as never, key: new Uint8Array(32) }),
      envelopeFor(attacker, victim, update, { key: new Uint8Array(32) }),
      ...Array.from({ length: 400 }, (_, index) => {
        const copy = genuine.slice()
        copy[index % copy.length] = (copy[index % copy.length] ?? 0) ^ (1 << (index % 7))
        return copy
      })
    ]
    for (const [index, envelope] of wrong.entries()) expect(await send(envelope), `number ${index}`).toBe(0)
    expect(fingerprint(victim)).toBe(before)
    expect(await send(genuine)).toBe(1)
    const after = fingerprint(victim)
    for (let index = 0; index < 5; index += 1) expect(await send(genuine)).toBe(0)
    const second = envelopeFor(attacker, victim, update, { seq: 1, previous: '00'.repeat(32) })
    victim.events.length = 0
    expect(await send(second)).toBe(0)
    expect(victim.events).toContainEqual({ kind: 'refused', device: attacker.peers.state?.me, reason: 'fork' })
    expect(fingerprint(victim)).toBe(after)
    expect(hashOf(victim, genuine)).not.toBe(hashOf(victim, second))
    await stranger.close()
  })

  it('is refused of a removed device, though it is well made, whoever brings it', async () => {
    const lost = await openDevice('lost')
    const id = await pair(victim, lost)
    await meet(victim, bystander)
    valueOf(await victim.peers.revoke(id))
    await meet(victim, bystander)
    const before = fingerprint(victim)
    const envelope = envelopeFor(lost, victim, realUpdates(stateOf(lost), 1, diceFrom(3))[0] as Uint8Array, { epoch: lost.peers.state?.membership.current as never })
    for (const device of [victim, bystander]) {
      device.events.length = 0
      await device.peers.receive([envelope])
      expect(device.events).toContainEqual({ kind: 'refused', device: id, reason: 'revoked' })
    }
    expect(fingerprint(victim)).toBe(before)
    await lost.close()
  })
})
