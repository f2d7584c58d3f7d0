/** Pairing over transports: attempts, time, consent, and codes that are used once. */
import { afterEach, describe, expect, it } from 'vitest'
import { joinPairing, offerPairing, type Offer } from '../../../../main/peer/meeting/pair.ts'
import { addCard } from '../../../../shared/commands/card.ts'
import { readGraph } from '../../../../shared/document/document.ts'
import { valueOf } from '../../../support/document.ts'
import { meet, openDevice, pair, reopen, type Device } from '../../../support/peers.ts'
import { createTransportPair } from '../../../support/transport.ts'

const open: Device[] = []
async function device(name: string): Promise<Device> {
  const made = await openDevice(name)
  open.push(made)
  return made
}
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

function attempt(offer: Offer, joining: Device, code = offer.code) {
  const [left, right] = createTransportPair()
  const join = joinPairing({ peers: joining.peers, code, transport: right })
  join.onWords(() => join.answer(true))
  offer.attempt(left)
  return join.ended
}

const wrongCode = ({ code }: Offer): string => code.slice(0, -1) + String((Number(code.at(-1)) + 1) % 10)

describe('an offer', () => {
  it('ends after three wrong codes, and the right one comes too late then', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    const offer = valueOf(offerPairing({ peers: laptop.peers }))
    for (let tries = 0; tries < 3; tries += 1) expect(await attempt(offer, phone, wrongCode(offer))).toMatchObject({ ok: false, error: { kind: 'denied' } })
    expect(await offer.ended).toMatchObject({ ok: false, error: { kind: 'denied', message: 'a wrong code was typed three times' } })
    expect((await attempt(offer, phone)).ok).toBe(false)
    expect(laptop.peers.devices()).toEqual([])
  })

  it('survives two wrong codes', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    const offer = valueOf(offerPairing({ peers: laptop.peers }))
    offer.onWords(() => offer.answer(true))
    for (let tries = 0; tries < 2; tries += 1) expect((await attempt(offer, phone, wrongCode(offer))).ok).toBe(false)
    expect((await attempt(offer, phone)).ok).toBe(true)
    expect((await offer.ended).ok).toBe(true)
  })

  it('is over when its time is, when somebody says no, and once it has led to words', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    const short = valueOf(offerPairing({ peers: laptop.peers, patience: 20 }))
    expect(await short.ended).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    expect((await attempt(short, phone)).ok).toBe(false)
    const refused = valueOf(offerPairing({ peers: laptop.peers }))
    refused.onWords(() => refused.answer(false))
    expect((await attempt(refused, phone)).ok).toBe(false)
    expect(await refused.ended).toMatchObject({ ok: false })
    expect((await attempt(refused, phone)).ok).toBe(false)
    expect(laptop.peers.devices()).toEqual([])
  })

  it('says on the other side that it was stopped, not that its time is over, where somebody stops it or has no room', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    const stopped = valueOf(offerPairing({ peers: laptop.peers }))
    stopped.onWords(() => stopped.cancel())
    expect(await attempt(stopped, phone)).toMatchObject({ ok: false, error: { message: 'the pairing was stopped on the other device' } })
    phone.peerDisk.problem = { kind: 'storage', message: 'full', remedy: 'wait' }
    const full = valueOf(offerPairing({ peers: laptop.peers }))
    full.onWords(() => full.answer(true))
    expect(await attempt(full, phone)).toMatchObject({ ok: false, error: { message: 'full' } })
    expect(await full.ended).toMatchObject({ ok: false, error: { message: 'the pairing was stopped on the other device' } })
    const short = valueOf(offerPairing({ peers: laptop.peers, patience: 50 }))
    expect(await attempt(short, phone)).toMatchObject({ ok: false, error: { message: 'the two minutes for this code are over' } })
  })

  it('takes one device at a time, and its code works once', async () => {
    const [laptop, phone, tablet] = [await device('laptop'), await device('phone'), await device('tablet')]
    const offer = valueOf(offerPairing({ peers: laptop.peers }))
    const first = attempt(offer, phone)
    expect(await attempt(offer, tablet)).toMatchObject({ ok: false, error: { kind: 'conflict' } })
    offer.onWords(() => offer.answer(true))
    expect((await first).ok).toBe(true)
    expect((await attempt(offer, tablet)).ok).toBe(false)
    expect(laptop.peers.devices().map(({ name }) => name)).toEqual(['laptop', 'phone'])
  })

  it('is not kept from the right one by somebody who comes and says nothing', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    const offer = valueOf(offerPairing({ peers: laptop.peers, contact: 1_000 }))
    offer.onWords(() => offer.answer(true))
    const [left, silent] = createTransportPair()
    const gone = new Promise<void>((resolve) => silent.onClose(resolve))
    offer.attempt(left)
    expect(await attempt(offer, phone)).toMatchObject({ ok: false, error: { kind: 'conflict' } })
    await gone
    expect((await attempt(offer, phone)).ok).toBe(true)
    /* Words that somebody reads slowly stay. */
    const slow = valueOf(offerPairing({ peers: laptop.peers, contact: 1_000 }))
    slow.onWords(() => setTimeout(() => slow.answer(true), 1_200))
    expect((await attempt(slow, await device('tablet'))).ok).toBe(true)
  })

  it('that is shown on the new one of two leaves nothing behind: both are told, and the other way round it goes', async () => {
    const [laptop, phone, fresh] = [await device('laptop'), await device('phone'), await device('fresh')]
    await pair(laptop, phone)
    const offer = valueOf(offerPairing({ peers: fresh.peers }))
    offer.onWords(() => offer.answer(true))
    expect(await attempt(offer, laptop)).toMatchObject({ ok: false, error: { kind: 'conflict', message: 'this computer already belongs to other devices', remedy: 'remove it there first, or offer the code on this one' } })
    expect(await offer.ended).toMatchObject({ ok: false, error: { kind: 'conflict', message: 'the other device already belongs to other devices', remedy: 'show the code on that one, and type it on this one' } })
    expect([fresh.peers.devices(), laptop.peers.devices().length]).toEqual([[], 2])
    await pair(laptop, fresh)
    expect(fresh.peers.devices().map(({ name }) => name).toSorted()).toEqual(['fresh', 'laptop', 'phone'])
  })

  it('may be typed on a device of the same circle, which is still there afterwards', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    await pair(laptop, phone)
    const offer = valueOf(offerPairing({ peers: laptop.peers }))
    offer.onWords(() => offer.answer(true))
    expect([(await attempt(offer, phone)).ok, (await offer.ended).ok]).toEqual([true, true])
    expect(laptop.peers.devices().map(({ name }) => name)).toEqual(['laptop', 'phone'])
  })

  it('shows a code of which only the first three digits may be told', async () => {
    const offer = valueOf(offerPairing({ peers: (await device('laptop')).peers }))
    expect(offer.code).toMatch(/^\d{3}-\d{3}-\d{3}-\d{3}$/u)
    expect(offer.code.startsWith(`${offer.nameplate}-`)).toBe(true)
    offer.cancel()
    expect(await offer.ended).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
  })
})

describe('a power cut', () => {
  it('between an envelope and the document loses nothing on either side', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    await pair(laptop, phone)
    valueOf(addCard(phone.home.doc, { title: 'From the phone', policies: [] }, phone.maker))
    /* The laptop's own log takes nothing from here on; the envelope is kept all the same. */
    laptop.homeDisk.problem = { kind: 'storage', message: 'full', remedy: 'wait' }
    await meet(laptop, phone)
    laptop.crash()
    open.splice(open.indexOf(laptop), 1)
    laptop.homeDisk.problem = null
    const again = await reopen(laptop)
    open.push(again)
    expect(Object.values(readGraph(again.home.doc).cards).map(({ title }) => title)).toEqual(['From the phone'])
  })
})

describe('a recovery phrase', () => {
  it('brings a person back in from a backup, as a new device, and removes the lost one', async () => {
    const [laptop, fresh] = [await device('laptop'), await device('fresh')]
    const phone = await device('phone')
    const lost = await pair(laptop, phone)
    const words = valueOf(await laptop.peers.makeRecovery())
    const backup = laptop.peers.state?.entries ?? []
    const owner = laptop.peers.me?.id
    if (owner === undefined) throw new Error('the laptop has a card')
    expect(await fresh.peers.recover(words.split(' ').reverse().join(' '), backup)).toMatchObject({ ok: false })
    valueOf(await fresh.peers.recover(words, backup, [lost]))
    expect(fresh.peers.devices().filter(({ state }) => state !== 'revoked').map(({ name }) => name).sort()).toEqual(['fresh', 'laptop'])
    expect(fresh.peers.discoveryKeys().length).toBeGreaterThan(0)
    await expect(meet(fresh, phone)).rejects.toThrow('did not come level')
  })
})
