/** A home that is there twice: found out, told, and brought together again. */
import { describe, expect, it } from 'vitest'
import { listDevices } from '../../../../main/peer/commands.ts'
import { add, join, titles, devicesOfTests } from '../../../support/circle.ts'
import { valueOf } from '../../../support/document.ts'
import { connect, fingerprint, meet, pair, reopen, type Device } from '../../../support/peers.ts'

const { device, open } = devicesOfTests()

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
