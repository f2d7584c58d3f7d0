/** Devices that belong together: paired, edited apart, met again. */
import { afterEach, describe, expect, it } from 'vitest'
import { addCard, editText, forgetCard } from '../../../shared/commands/card.ts'
import { readGraph } from '../../../shared/document.ts'
import { valueOf } from '../../support/document.ts'
import { fingerprint, meet, openDevice, pair, reopen, type Device, type DeviceOptions } from '../../support/peers.ts'

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
const add = ({ home, maker }: Device, title: string) => valueOf(addCard(home.doc, { title, policies: [`MOMENTS of ${title}`] }, maker))

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
  it('is a stranger to that one until it has met somebody who knows both, and is let in then', async () => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    await pair(laptop, phone)
    await pair(laptop, tablet)
    await expect(meet(tablet, phone)).rejects.toThrow('did not come level')
    expect(phone.events).toContainEqual({ kind: 'refused', device: null, reason: 'stranger' })
    const card = add(tablet, 'Said meanwhile')
    expect(titles(phone)).toEqual([])
    await meet(laptop, phone)
    await meet(tablet, phone)
    expect(readGraph(phone.home.doc).cards[card]?.title).toBe('Said meanwhile')
    expect(fingerprint(phone)).toBe(fingerprint(tablet))
  })
})
