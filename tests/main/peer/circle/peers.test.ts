/** Devices that belong together: paired, edited apart, met again. */
import { afterEach, describe, expect, it } from 'vitest'
import { addCard, editText, forgetCard } from '../../../../shared/commands/card.ts'
import { readGraph } from '../../../../shared/document/document.ts'
import { activeMembers } from '../../../../shared/peer/membership.ts'
import { readMessage, writeMessage } from '../../../../shared/peer/message.ts'
import type { Transport } from '../../../../shared/ports.ts'
import { listDevices, tellRefused } from '../../../../main/peer/commands.ts'
import { joinPairing, offerPairing } from '../../../../main/peer/meeting/pair.ts'
import { valueOf } from '../../../support/document.ts'
import { connect, fingerprint, meet, openDevice, pair, reopen, type Device, type DeviceOptions } from '../../../support/peers.ts'
import { createTransportPair } from '../../../support/transport.ts'

const open: Device[] = []
async function device(name: string, options: DeviceOptions = {}): Promise<Device> {
  const made = await openDevice(name, options)
  open.push(made)
  return made
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const titles = ({ home }: Device): readonly string[] => Object.values(readGraph(home.doc).cards).map((card) => card.title).sort()
/** Is added, and has not met anybody yet. */
const join = async (existing: Device, joining: Device): Promise<void> => valueOf(await joining.peers.join(valueOf(await existing.peers.admit(valueOf(joining.peers.joiningCard())))))
const add = ({ home, maker }: Device, title: string) => valueOf(addCard(home.doc, { title, policies: [`MOMENTS of ${title}`] }, maker))

describe('a device that says what is not known here', () => {
  it('is let go of, and its person is told to bring both to one version', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    await pair(laptop, phone)
    const [near, far] = createTransportPair()
    laptop.peers.connect(near, { remote: valueOf(phone.peers.ownCard()).transport })
    far.send(Uint8Array.of(255, 1, 2, 3))
    await expect.poll(() => laptop.events.find(({ kind }) => kind === 'refused')).toMatchObject({ reason: 'malformed' })
    expect(tellRefused(laptop.peers.devices(), phone.peers.me?.id, 'malformed')).toBe('phone said something that is not known here: see that both run the same version of Values Steward')
  })
})

describe('a device whose home was copied', () => {
  /** The same home once more, as somebody has who copied its folder. */
  const copyOf = async (one: Device): Promise<Device> => await device(one.name, { homeDisk: { ...one.homeDisk, entries: [...one.homeDisk.entries] }, peerDisk: { ...one.peerDisk, entries: [...one.peerDisk.entries] }, keystore: one.keystore })
  /** Of three that were level, the phone is there twice. */
  const copiedPhone = async (): Promise<Readonly<Record<'laptop' | 'tablet' | 'copy' | 'own', Device>>> => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    add(laptop, 'Before')
    await pair(laptop, phone)
    await pair(laptop, tablet)
    await meet(phone, tablet)
    await phone.close()
    const copy = await copyOf(phone)
    const own = await reopen(phone)
    open.push(own)
    return { laptop, tablet, copy, own }
  }
  const forkedAt = ({ peers }: Device): readonly string[] => peers.devices().filter(({ isForked, state }) => isForked && state !== 'revoked').map(({ name, state }) => `${name} ${state}`)

  it('is found out by its first edit, and is not called level', async () => {
    const { laptop, tablet, copy, own } = await copiedPhone()
    add(copy, 'Of the copy')
    await meet(laptop, copy)
    add(own, 'Of the phone')
    await own.peers.flushed()
    await meet(tablet, own)
    /* Each of the others has met one of the two, and neither is told a word that is not signed. */
    const synced = (): number => own.events.filter(({ kind }) => kind === 'synced').length
    const before = synced()
    await meet(laptop, own)
    expect(synced()).toBe(before)
    await expect.poll(() => [forkedAt(laptop), forkedAt(own), own.peers.isCopied()]).toEqual([['phone active'], ['phone this'], true])
    expect(forkedAt(tablet)).toEqual([])
    const line = connect(laptop, tablet)
    await expect.poll(() => forkedAt(tablet)).toEqual(['phone active'])
    line.end()
    expect([titles(laptop), titles(tablet)]).toEqual([['Before', 'Of the copy'], ['Before', 'Of the phone']])
    /* Removed and paired again, each as a device of its own, they bring what both wrote. */
    valueOf(await laptop.peers.revoke(own.peers.me?.id as never))
    for (const one of [own, copy]) {
      const gone = connect(laptop, one, true)
      await expect.poll(() => one.peers.standing().kind).toBe('removed')
      gone.end()
      await pair(laptop, one)
    }
    for (const one of [own, copy, tablet, own]) await meet(laptop, one)
    for (const one of [own, copy, tablet]) expect([titles(one), fingerprint(one)]).toEqual([['Before', 'Of the copy', 'Of the phone'], fingerprint(laptop)])
  })

  it('goes on as one where it was copied before the notebook of the others had come: nothing stands twice in a place', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    add(laptop, 'Before')
    await join(laptop, phone)
    await phone.close()
    const copy = await copyOf(phone)
    const own = await reopen(phone)
    open.push(own)
    const states = (): readonly boolean[] => [laptop, copy, own].map(({ peers }) => peers.isComing())
    expect(states()).toEqual([false, true, true])
    expect(listDevices(own.peers.devices(), true)).toMatchObject({ value: expect.stringContaining('"isComing":true') })
    expect(listDevices(own.peers.devices(), false)).toMatchObject({ value: expect.stringContaining('has not come here yet') })
    add(copy, 'Of the copy')
    await meet(laptop, copy)
    add(own, 'Of the phone')
    await own.peers.flushed()
    /* As while both run: nobody asks whether they are level. */
    const line = connect(laptop, own)
    await expect.poll(() => titles(laptop), { timeout: 10_000 }).toContain('Of the phone')
    line.end()
    await meet(laptop, own)
    expect(states()).toEqual([false, false, false])
    expect([forkedAt(laptop), forkedAt(own), own.peers.isCopied()]).toEqual([[], [], false])
    const all = ['Before', 'Of the copy', 'Of the phone']
    expect([titles(laptop), titles(own)]).toEqual([all, all])
    expect(fingerprint(own)).toBe(fingerprint(laptop))
    expect(listDevices(own.peers.devices(), true)).toMatchObject({ value: expect.not.stringContaining('isComing') })
  })

  it('leaves nobody apart who took in what the one of the two wrote, where what the other wrote counts in the end', async () => {
    const { laptop, tablet, copy, own } = await copiedPhone()
    for (const title of ['One of the copy', 'Two of the copy']) {
      add(copy, title)
      await meet(laptop, copy)
    }
    for (const title of ['One of the phone', 'Two of the phone', 'Three of the phone']) {
      add(own, title)
      await meet(tablet, own)
    }
    add(tablet, 'Of the tablet')
    valueOf(await laptop.peers.revoke(own.peers.me?.id as never))
    for (let turn = 0; turn < 3; turn += 1) await meet(laptop, tablet)
    const all = ['Before', 'Of the tablet', 'One of the copy', 'One of the phone', 'Three of the phone', 'Two of the copy', 'Two of the phone']
    expect([titles(laptop), titles(tablet)]).toEqual([all, all])
    expect(fingerprint(tablet)).toBe(fingerprint(laptop))
    /* And so it is after a restart, and for what comes next. */
    await tablet.close()
    const again = await reopen(tablet)
    open.push(again)
    add(again, 'Later')
    add(laptop, 'Later too')
    await meet(laptop, again)
    expect(fingerprint(again)).toBe(fingerprint(laptop))
    expect(titles(laptop)).toEqual(expect.arrayContaining(['Later', 'Later too']))
  })

  it('is found out when both write, on both ends and after a restart, holds up nobody, and comes back with all it has once it is paired anew', async () => {
    const { laptop, tablet, copy, own } = await copiedPhone()
    add(copy, 'Of the copy')
    await meet(laptop, copy)
    add(own, 'Of the phone')
    add(own, 'Of the phone, too')
    await own.peers.flushed()
    add(own, 'And later')
    /* Whoever waits for both to be level waits no longer than that. */
    await meet(laptop, own)
    await expect.poll(() => [forkedAt(laptop), forkedAt(own)]).toEqual([['phone active'], ['phone this']])
    expect(titles(laptop)).toEqual(['Before', 'Of the copy'])
    expect(laptop.events.filter(({ kind }) => kind === 'refused')).toEqual([{ kind: 'refused', device: own.peers.me?.id, reason: 'fork' }])
    await own.close()
    const again = await reopen(own)
    open.push(again)
    expect(forkedAt(again)).toEqual(['phone this'])
    expect(valueOf(listDevices(laptop.peers.devices(), true))).toContain('"state":"forked"')
    expect(valueOf(listDevices(again.peers.devices(), false))).toContain('two devices write under this name: one was probably set up from a copy of the other. Remove this one on another of yours, and pair it again.')
    /* The copy is told, too, though all that it says goes on. */
    await meet(laptop, copy)
    await expect.poll(() => forkedAt(copy)).toEqual(['phone this'])
    /* Others are level all the same, and it takes what they write. */
    add(laptop, 'After')
    await meet(laptop, tablet)
    await meet(laptop, again)
    expect(titles(tablet)).toEqual(['After', 'Before', 'Of the copy'])
    expect(titles(again)).toEqual(expect.arrayContaining(['After', 'Of the phone']))
    valueOf(await laptop.peers.revoke(again.peers.me?.id as never))
    const gone = connect(laptop, again, true)
    await expect.poll(() => again.peers.standing().kind).toBe('removed')
    gone.end()
    await pair(laptop, again)
    await meet(laptop, again)
    await meet(laptop, tablet)
    expect([forkedAt(laptop), forkedAt(again)]).toEqual([[], []])
    expect(titles(laptop)).toEqual(['After', 'And later', 'Before', 'Of the copy', 'Of the phone', 'Of the phone, too'])
    expect([fingerprint(again), fingerprint(tablet)]).toEqual([fingerprint(laptop), fingerprint(laptop)])
  })
})

describe('two devices', () => {
  it('have the same graph once they are paired, each with what the other had', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    add(laptop, 'Honest friend')
    add(phone, 'Respect quiet')
    await pair(laptop, phone)
    expect(titles(laptop)).toEqual(['Honest friend', 'Respect quiet'])
    expect(fingerprint(phone)).toBe(fingerprint(laptop))
    expect(laptop.peers.devices().map(({ name, state }) => [name, state])).toEqual([['laptop', 'this'], ['phone', 'active']])
  })

  it('edit apart, meet again, and are equal', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    const card = add(laptop, 'Honest friend')
    await pair(laptop, phone)
    valueOf(editText(laptop.home.doc, { kind: 'card', card, field: 'story' }, 'She told me.', laptop.maker))
    valueOf(editText(phone.home.doc, { kind: 'card', card, field: 'title' }, 'Honest friends', phone.maker))
    add(phone, 'Respect quiet')
    await meet(laptop, phone)
    expect(titles(laptop)).toEqual(['Honest friends', 'Respect quiet'])
    expect(fingerprint(phone)).toBe(fingerprint(laptop))
  })

  it('go on from where they were after a restart', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    add(laptop, 'One')
    await pair(laptop, phone)
    await laptop.close()
    const again = await reopen(laptop)
    open.push(again)
    add(again, 'Two')
    await meet(again, phone)
    expect(titles(phone)).toEqual(['One', 'Two'])
    expect(fingerprint(phone)).toBe(fingerprint(again))
  })
})

describe('a third device', () => {
  it('passes on what one wrote to the other, who never met', async () => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    await pair(laptop, phone)
    await pair(laptop, tablet)
    add(phone, 'From the phone')
    await meet(phone, laptop)
    await meet(laptop, tablet)
    expect(titles(tablet)).toEqual(['From the phone'])
    expect(fingerprint(tablet)).toBe(fingerprint(phone))
  })
})

describe('a removed device', () => {
  it('is refused by all, after one round', async () => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    await pair(laptop, phone)
    const lost = await pair(laptop, tablet)
    await meet(laptop, phone)
    valueOf(await laptop.peers.revoke(lost))
    await meet(laptop, phone)
    add(tablet, 'From a thief')
    for (const one of [laptop, phone]) await expect(meet(one, tablet)).rejects.toThrow('did not come level')
    expect(titles(laptop)).toEqual([])
    expect(titles(phone)).toEqual([])
  })
})

describe('much taken away at once', () => {
  it('is held until the person says, can be looked at, dropped for everybody, or taken and put back', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    const cards = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'].map((title) => add(laptop, title))
    await pair(laptop, phone)
    for (const card of cards.slice(0, 4)) valueOf(forgetCard(phone.home.doc, card))
    await meet(laptop, phone)
    expect(titles(laptop)).toHaveLength(6)
    const [held] = laptop.peers.quarantine()
    expect(held).toMatchObject({ name: 'phone', canTake: true })
    const shown = valueOf(await laptop.peers.show(held?.key ?? ''))
    expect(shown.removed).toBe(4)
    expect(shown.lines).toContain('removes the card “One”')
    valueOf(await laptop.peers.drop(held?.key ?? ''))
    expect(titles(laptop)).toHaveLength(6)
    await meet(laptop, phone)
    expect(titles(phone)).toHaveLength(6)
    expect(fingerprint(phone)).toBe(fingerprint(laptop))

    const again = Object.keys(readGraph(phone.home.doc).cards).slice(0, 4)
    for (const card of again) valueOf(forgetCard(phone.home.doc, card as never))
    await meet(laptop, phone)
    const [second] = laptop.peers.quarantine()
    valueOf(await laptop.peers.take(second?.key ?? ''))
    expect(titles(laptop)).toHaveLength(2)
    expect(laptop.peers.undo()).toBe(true)
    expect(titles(laptop)).toHaveLength(6)
    await meet(laptop, phone)
    expect(fingerprint(phone)).toBe(fingerprint(laptop))
  })
})

describe('a device that joined while another was away', () => {
  it.each([['both sign', false], ['the line proves the keys', true]])('shows that one how it came in, and is let in at once, where %s', async (_, isProven) => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    await pair(laptop, phone)
    await pair(laptop, tablet)
    const card = add(tablet, 'Said meanwhile')
    await meet(tablet, phone, isProven)
    expect(readGraph(phone.home.doc).cards[card]?.title).toBe('Said meanwhile')
    expect(fingerprint(phone)).toBe(fingerprint(tablet))
    expect(phone.events.filter(({ kind }) => kind === 'refused')).toEqual([])
  })

  it('is let in although the only other one that it knew was removed before', async () => {
    const [laptop, phone, tablet, watch] = [await device('laptop'), await device('phone'), await device('tablet'), await device('watch')]
    await pair(laptop, phone)
    await pair(laptop, tablet)
    await pair(laptop, watch)
    await meet(tablet, watch)
    /* The tablet knows all others; the phone knows the laptop alone, and that one is removed. */
    valueOf(await tablet.peers.revoke(laptop.peers.me?.id as never))
    await meet(tablet, watch)
    add(phone, 'From the phone')
    await meet(watch, phone)
    await meet(watch, tablet)
    expect([titles(tablet), titles(phone)]).toEqual([['From the phone'], ['From the phone']])
    await expect(meet(phone, laptop)).rejects.toThrow('did not come level')
  })

  it.each([['both sign', false], ['the line proves the keys', true]])('meets another one that came in through somebody else, though neither knows the other, where %s', async (_, isProven) => {
    const [laptop, phone, tablet, watch] = [await device('laptop'), await device('phone'), await device('tablet'), await device('watch')]
    await pair(laptop, phone)
    await pair(laptop, tablet)
    await pair(phone, watch)
    add(tablet, 'From the tablet')
    add(watch, 'From the watch')
    await meet(tablet, watch, isProven)
    expect([titles(tablet), titles(watch)]).toEqual([['From the tablet', 'From the watch'], ['From the tablet', 'From the watch']])
    expect(fingerprint(tablet)).toBe(fingerprint(watch))
    /* Who knows the circle as it was, and is known to be removed, is shown nothing. */
    valueOf(await laptop.peers.revoke(tablet.peers.me?.id as never))
    await meet(laptop, phone)
    await expect(meet(phone, tablet, isProven)).rejects.toThrow('did not come level')
  })

  it('is not let in where it was removed meanwhile, nor is anybody whom a removed one brings', async () => {
    const [laptop, phone, tablet, friend] = [await device('laptop'), await device('phone'), await device('tablet'), await device('friend')]
    await pair(laptop, phone)
    const lost = await pair(laptop, tablet)
    await meet(laptop, phone)
    valueOf(await laptop.peers.revoke(lost))
    await meet(laptop, phone)
    await pair(tablet, friend)
    add(friend, 'From a friend of a thief')
    const before = fingerprint(phone)
    for (const one of [tablet, friend]) for (const home of [laptop, phone]) await expect(meet(one, home)).rejects.toThrow('did not come level')
    expect(fingerprint(phone)).toBe(before)
    expect(phone.peers.devices().map(({ name, state }) => [name, state])).toEqual([['laptop', 'active'], ['phone', 'this'], ['tablet', 'revoked']])
  })
})

describe('a device that is removed', () => {
  it('leaves its edits to one that never met it, though all others had them in a whole document', async () => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    await pair(laptop, phone)
    add(laptop, 'After the phone was there')
    const lost = laptop.peers.me?.id as never
    await pair(laptop, tablet)
    valueOf(await tablet.peers.revoke(lost))
    add(tablet, 'From the tablet')
    await meet(tablet, phone)
    expect(titles(phone)).toEqual(['After the phone was there', 'From the tablet'])
    expect(fingerprint(phone)).toBe(fingerprint(tablet))
  })

  it.each([['once', 1], ['each time', Infinity]])('leaves nobody waiting where its document came, and what was to be kept beside it for the others was lost %s', async (_, most) => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    await pair(laptop, phone)
    add(laptop, 'After the phone was there')
    await join(laptop, tablet)
    const [near, far] = createTransportPair()
    const given: string[] = []
    const lossy: Transport = {
      ...near,
      send(frame) {
        const kind = readMessage(frame)?.kind ?? ''
        given.push(kind)
        if (kind !== 'envelopes' || given.filter((one) => one === kind).length > most) near.send(frame)
      }
    }
    const [giving, taking] = [laptop.peers.connect(lossy, { remote: null }), tablet.peers.connect(far, { remote: null })]
    const speaking = setInterval(() => taking.nudge(), 20)
    await expect.poll(() => given.filter((kind) => kind === 'whole').length).toBeGreaterThan(1)
    clearInterval(speaking)
    /* What was sent arrives before that. */
    await new Promise<void>((resolve) => {
      far.onClose(resolve)
      giving.close()
    })
    add(tablet, 'From the tablet')
    valueOf(await tablet.peers.revoke(laptop.peers.me?.id as never))
    await meet(tablet, phone)
    /* Where nothing of it ever came whole, it is gone with the one that had it. */
    expect(titles(phone)).toEqual([...(most === 1 ? ['After the phone was there'] : []), 'From the tablet'])
    expect(fingerprint(phone)).toBe(fingerprint(tablet))
    expect([phone, tablet].map(({ peers }) => peers.devices().map(({ waiting }) => waiting))).toEqual(Array(2).fill([0, 0, 0]))
  })

  it('leaves what others lack to whoever has its document, at whatever moment that one loses its power', async () => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    await pair(laptop, phone)
    add(laptop, 'After the phone was there')
    await pair(laptop, tablet)
    const { homeDisk, peerDisk, keystore } = tablet
    const given: number[] = []
    for (let count = 0; count <= peerDisk.entries.length; count += 1) {
      const again = await device('tablet', { homeDisk: { ...homeDisk, entries: [...homeDisk.entries] }, peerDisk: { ...peerDisk, entries: peerDisk.entries.slice(0, count) }, keystore })
      const { state } = again.peers
      if (state?.hasBase === true) given.push(state.beside(phone.peers.state?.seqs() ?? new Map()).length)
    }
    expect(new Set(given)).toEqual(new Set([1]))
  })

  it('before it gave anybody what it had leaves the others with what they have', async () => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    add(laptop, 'Never given')
    for (const one of [phone, tablet]) valueOf(await one.peers.join(valueOf(await laptop.peers.admit(valueOf(one.peers.ownCard())))))
    add(phone, 'From the phone')
    add(tablet, 'From the tablet')
    valueOf(await tablet.peers.revoke(laptop.peers.me?.id as never))
    await meet(tablet, phone)
    expect(titles(phone)).toEqual(['From the phone', 'From the tablet'])
    expect(fingerprint(phone)).toBe(fingerprint(tablet))
  })

  it('is not held for the only one who had the document, by those who heard of another that waited for it before', async () => {
    const laptop = await device('laptop')
    add(laptop, 'Of the laptop')
    const others = [await device('one'), await device('two'), await device('three')]
    for (const one of others) valueOf(await laptop.peers.admit(valueOf(one.peers.ownCard())))
    /* All of them know of each other. */
    for (const one of others) valueOf(await one.peers.join(laptop.peers.state?.entries ?? []))
    others.sort((left, right) => (valueOf(left.peers.ownCard()).id < valueOf(right.peers.ownCard()).id ? -1 : 1))
    const [first, second, third] = others as [Device, Device, Device]
    const early = connect(first, second)
    await expect.poll(() => first.peers.devices().find(({ name }) => name === second.name)?.lastMet ?? null).not.toBe(null)
    early.end()
    await meet(laptop, second)
    valueOf(await first.peers.revoke(laptop.peers.me?.id as never))
    /* Two that wait have nothing to give each other. */
    const between = connect(first, third)
    await expect.poll(() => third.peers.devices().find(({ name }) => name === 'laptop')?.state).toBe('revoked')
    await first.peers.flushed()
    between.end()
    await meet(first, second)
    await meet(first, third)
    for (const one of others) {
      expect(titles(one)).toEqual(['Of the laptop'])
      expect(fingerprint(one)).toBe(fingerprint(second))
    }
  })
})

describe('a whole document that was taken in by halves, because the disk was full', () => {
  it('makes nobody’s edits those of the device that took it', async () => {
    const [laptop, phone, tablet, watch] = [await device('laptop'), await device('phone'), await device('tablet'), await device('watch')]
    await pair(laptop, watch)
    await pair(laptop, phone)
    valueOf(await tablet.peers.join(valueOf(await laptop.peers.admit(valueOf(tablet.peers.ownCard())))))
    await meet(laptop, watch)
    add(phone, 'From the phone')
    await meet(laptop, phone)
    tablet.homeDisk.problem = { kind: 'storage', message: 'the disk is full', remedy: 'make room' }
    const line = connect(laptop, tablet)
    await expect.poll(() => titles(tablet)).toEqual(['From the phone'])
    line.end()
    tablet.homeDisk.problem = null
    await expect.poll(async () => (await tablet.home.saved()).ok, { timeout: 10_000 }).toBe(true)
    await tablet.close()
    const again = await reopen(tablet)
    open.push(again)
    add(again, 'From the tablet')
    /* What it writes waits for the envelopes of what it has already. */
    const early = connect(again, watch)
    await expect.poll(() => again.peers.state?.hasBase).toBe(true)
    await again.peers.flushed()
    early.end()
    add(phone, 'Later, from the phone')
    for (const one of [again, watch, laptop]) await meet(one, phone)
    for (const one of [again, watch, laptop]) {
      expect(one.peers.quarantine()).toEqual([])
      expect(titles(one)).toEqual(['From the phone', 'From the tablet', 'Later, from the phone'])
    }
  })
})

describe('a device that was let in by one that is removed at the same time', () => {
  it.each([['both sign', false], ['the line proves the keys', true]])('is told so, keeps what it has, lets the removed one in no more, and brings its edits along when it is added again, where %s', async (_, isProven) => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    add(laptop, 'One')
    await pair(laptop, phone)
    const [taken, removed] = [await pair(laptop, tablet), laptop.peers.me?.id as never]
    valueOf(await phone.peers.revoke(removed))
    add(tablet, 'From the tablet')
    await expect(meet(tablet, phone, isProven)).rejects.toThrow('did not come level')
    expect(tablet.peers.standing()).toEqual({ kind: 'fallen', by: 'laptop' })
    expect(phone.peers.fallen()).toEqual([{ id: taken, name: 'tablet', by: 'laptop' }])
    add(tablet, 'While it was out')
    await expect(meet(tablet, laptop)).rejects.toThrow('did not come level')
    expect(titles(laptop)).toEqual(['One'])
    expect(titles(tablet)).toEqual(['From the tablet', 'One', 'While it was out'])

    /* It still knows after a restart, and is added like any other. */
    await tablet.close()
    const again = await reopen(tablet)
    open.push(again)
    expect(again.peers.standing()).toEqual({ kind: 'fallen', by: 'laptop' })
    await pair(phone, again)
    expect(again.peers.standing()).toEqual({ kind: 'member' })
    expect(phone.peers.fallen()).toEqual([])
    expect(titles(phone)).toEqual(['From the tablet', 'One', 'While it was out'])
    expect(fingerprint(phone)).toBe(fingerprint(again))
  })

  it('brings what it has where the others began without it, be it heard of that or not', async () => {
    const [laptop, phone, watch, tablet, desk] = [await device('laptop'), await device('phone'), await device('watch'), await device('tablet'), await device('desk')]
    add(laptop, 'In the document')
    await join(laptop, phone)
    await pair(laptop, desk)
    await pair(laptop, tablet)
    add(laptop, 'In an envelope')
    await meet(laptop, tablet)
    for (const one of [tablet, desk]) add(one, `From the ${one.name}`)
    valueOf(await phone.peers.revoke(laptop.peers.me?.id as never))
    await join(phone, watch)
    await meet(phone, watch)
    expect([phone, watch].map(({ peers }) => peers.state?.hasBase)).toEqual([true, true])
    /* One of them heard of it before; each is added by another one, and they have different parts of what the removed one wrote. */
    await expect(meet(tablet, phone)).rejects.toThrow('did not come level')
    const before = [tablet.peers.me?.id, desk.peers.me?.id]
    await join(phone, tablet)
    await join(watch, desk)
    expect([tablet, desk].map(({ peers }, at) => [peers.standing().kind, peers.me?.id === before[at]])).toEqual([['member', false], ['member', false]])
    await meet(phone, tablet)
    await meet(watch, desk)
    const all = [phone, watch, tablet, desk]
    for (const [at, one] of all.entries()) for (const other of all.slice(at + 1)) await meet(one, other)
    for (const one of all) {
      expect(one.peers.quarantine()).toEqual([])
      expect(titles(one)).toEqual(['From the desk', 'From the tablet', 'In an envelope', 'In the document'])
      expect(fingerprint(one)).toBe(fingerprint(phone))
    }
    expect(activeMembers(phone.peers.state?.membership as never).map(({ name }) => name).sort()).toEqual(['desk', 'phone', 'tablet', 'watch'])
    expect(phone.peers.fallen()).toEqual([])
  })

  it('can begin anew with another one that fell out with it', async () => {
    const [laptop, phone, tablet, watch] = [await device('laptop'), await device('phone'), await device('tablet'), await device('watch')]
    add(laptop, 'One')
    await pair(laptop, phone)
    await pair(laptop, tablet)
    await pair(laptop, watch)
    add(tablet, 'From the tablet')
    add(watch, 'From the watch')
    valueOf(await phone.peers.revoke(laptop.peers.me?.id as never))
    for (const one of [tablet, watch]) await expect(meet(one, phone)).rejects.toThrow('did not come level')
    await pair(tablet, watch)
    expect([tablet, watch].map(titles)).toEqual([['From the tablet', 'From the watch', 'One'], ['From the tablet', 'From the watch', 'One']])
    expect(fingerprint(watch)).toBe(fingerprint(tablet))
  })
})

describe('a removed device that is paired again', () => {
  it('comes back under new keys, with what it wrote meanwhile', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    add(laptop, 'One')
    const lost = await pair(laptop, phone)
    valueOf(await laptop.peers.revoke(lost))
    add(phone, 'While it was out')
    await expect(meet(laptop, phone, true)).rejects.toThrow('did not come level')
    expect(phone.peers.standing()).toEqual({ kind: 'removed' })
    const back = await pair(laptop, phone)
    expect(back).not.toBe(lost)
    expect(phone.peers.standing()).toEqual({ kind: 'member' })
    expect(titles(laptop)).toEqual(['One', 'While it was out'])
    expect(fingerprint(phone)).toBe(fingerprint(laptop))
    expect(laptop.peers.devices().map(({ name, state }) => [name, state])).toEqual([['laptop', 'this'], ['phone', 'revoked'], ['phone', 'active']])
  })
})

describe('a removed device that has not heard of it', () => {
  it('reads it in the pairing that is to bring it back, and comes back by the next', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    add(laptop, 'One')
    const lost = await pair(laptop, phone)
    valueOf(await laptop.peers.revoke(lost))
    add(phone, 'While it was out')
    const [left, right] = createTransportPair()
    const offer = valueOf(offerPairing({ peers: laptop.peers }))
    const joining = joinPairing({ peers: phone.peers, code: offer.code, transport: right })
    for (const side of [offer, joining]) side.onWords(() => side.answer(true))
    offer.attempt(left)
    expect(await Promise.all([offer.ended, joining.ended])).toMatchObject([
      { ok: false, error: { message: 'the other device had been removed, and has heard of it only now' } },
      { ok: false, error: { message: 'this device had been removed from the others, and has heard of it only now' } }
    ])
    expect(phone.peers.standing()).toEqual({ kind: 'removed' })
    expect(await pair(laptop, phone)).not.toBe(lost)
    expect([titles(laptop), fingerprint(phone)]).toEqual([['One', 'While it was out'], fingerprint(laptop)])
  })
})

describe('somebody who belongs to nobody', () => {
  it('learns nothing, whatever it shows', async () => {
    const [laptop, phone, stranger] = [await device('laptop'), await device('phone'), await device('stranger')]
    await pair(laptop, phone)
    await pair(stranger, await device('accomplice'))
    const own = stranger.peers.state?.entries ?? []
    const before = [laptop.peers.state?.entryHashes(), fingerprint(laptop)]
    const stolen = laptop.peers.state?.entries ?? []
    for (const shown of [own, [], [new Uint8Array(1_000)], [...own, ...stolen.slice(1)], [...own, ...stolen]]) {
      const [near, far] = createTransportPair()
      const heard: string[] = []
      far.onFrame((frame) => {
        const message = readMessage(frame)
        heard.push(message?.kind ?? 'nothing')
        if (message?.kind !== 'ask') return
        /* As if it knew the circle, and did not know the other. */
        far.send(writeMessage({ kind: 'ask' }))
        far.send(writeMessage({ kind: 'kin', tag: new Uint8Array(32) }))
        far.send(writeMessage({ kind: 'present', entries: shown }))
      })
      const ended = new Promise<void>((resolve) => far.onClose(resolve))
      laptop.peers.connect(near, { remote: valueOf(stranger.peers.ownCard()).transport })
      await ended
      expect(heard).toEqual(['ask', 'kin', 'refused'])
    }
    expect([laptop.peers.state?.entryHashes(), fingerprint(laptop)]).toEqual(before)
  })
})
