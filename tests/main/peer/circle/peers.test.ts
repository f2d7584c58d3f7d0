/** Devices that belong together: paired, edited apart, met again. */
import { describe, expect, it } from 'vitest'
import { editText, forgetCard } from '../../../../shared/commands/card.ts'
import { readGraph } from '../../../../shared/document/document.ts'
import { readMessage, writeMessage } from '../../../../shared/peer/message.ts'
import { tellRefused } from '../../../../main/peer/commands.ts'
import { add, titles, devicesOfTests } from '../../../support/circle.ts'
import { valueOf } from '../../../support/document.ts'
import { connect, fingerprint, meet, pair, reopen } from '../../../support/peers.ts'
import { createTransportPair } from '../../../support/transport.ts'

const { device, open } = devicesOfTests()

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
