/** Devices that are let in no more: what they had, what they may still hear, and how they come back. */
import { describe, expect, it } from 'vitest'
import { activeMembers } from '../../../../shared/peer/membership.ts'
import { readMessage } from '../../../../shared/peer/message.ts'
import type { Transport } from '../../../../shared/ports.ts'
import { joinPairing, offerPairing } from '../../../../main/peer/meeting/pair.ts'
import { add, join, titles, devicesOfTests } from '../../../support/circle.ts'
import { valueOf } from '../../../support/document.ts'
import { connect, fingerprint, meet, pair, reopen, type Device } from '../../../support/peers.ts'
import { createTransportPair } from '../../../support/transport.ts'

const { device, open } = devicesOfTests()

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
