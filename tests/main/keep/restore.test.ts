/** What becomes of a device that is lost, or set back: its values and its place among the others come from a backup. */
import { afterEach, describe, expect, it } from 'vitest'
import { writeBackup, readBackup } from '../../../main/keep/backup.ts'
import type { Content } from '../../../main/keep/content.ts'
import { restore } from '../../../main/keep/restore.ts'
import { integratedUpdate } from '../../../shared/document/integrated.ts'
import { writeRow } from '../../../main/peer/circle/store.ts'
import { addCard, editText, forgetCard } from '../../../shared/commands/card.ts'
import { readGraph } from '../../../shared/document/document.ts'
import { compare, documentOf } from '../../../shared/keep/difference.ts'
import { ok } from '../../../shared/result.ts'
import { createMaker, valueOf } from '../../support/document.ts'
import { fingerprint, meet, openDevice, pair, type Device } from '../../support/peers.ts'

const open: Device[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function device(name: string): Promise<Device> {
  const one = await openDevice(name)
  open.push(one)
  return one
}

const add = (one: Device, title: string) => valueOf(addCard(one.home.doc, { title }, one.maker))
const titles = (one: Device): readonly string[] => Object.values(readGraph(one.home.doc).cards).map(({ title }) => title).sort()
const secret = { kind: 'phrase', bytes: new Uint8Array(32).fill(9) } as const

/** Through a file, as a person has it. */
async function backup(one: Device): Promise<Content> {
  valueOf(await one.peers.flushed())
  const { state } = one.peers
  const rows = state?.rows().filter(({ kind }) => kind === 'circle' || kind === 'entry' || kind === 'base') ?? []
  const content: Content = { takenAt: 1, document: integratedUpdate(one.home.doc), secrets: valueOf(one.keystore.read()), circle: state === null ? null : writeRow({ kind: 'all', rows }), packs: [] }
  return valueOf(await readBackup(valueOf(await writeBackup(content, secret)), secret))
}

async function bringBack(one: Device, content: Content) {
  return valueOf(await restore({ home: one.home, directory: '', content, secret, takeSnapshot: () => Promise.resolve(ok({ number: 1 })), peers: one.peers }))
}

describe('a lost device', () => {
  it('comes back on a new computer in its place, under new keys, with what it had; both go on', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    add(laptop, 'One')
    const id = await pair(laptop, phone)
    add(phone, 'Two')
    await meet(laptop, phone)
    const content = await backup(laptop)
    /* Said to the phone after the backup: those places of its chain are given away. */
    add(laptop, 'After the backup')
    await meet(laptop, phone)
    add(laptop, 'Never sent')

    const fresh = await device('new')
    expect(await bringBack(fresh, content)).toMatchObject({ before: null, isBack: true, problem: null })
    expect(titles(fresh)).toEqual(['One', 'Two'])
    await meet(fresh, phone)
    expect(titles(fresh)).toEqual(['After the backup', 'One', 'Two'])
    add(fresh, 'From the new one')
    add(phone, 'From the phone')
    await meet(fresh, phone)
    expect(titles(phone)).toEqual(['After the backup', 'From the new one', 'From the phone', 'One', 'Two'])
    expect(fingerprint(fresh)).toBe(fingerprint(phone))
    expect(phone.peers.devices().map(({ name, state, isForked }) => `${name} ${state} ${isForked ? 'forked' : ''}`).sort()).toEqual(['laptop revoked ', 'new active ', 'phone this '])
    expect(phone.peers.devices().find(({ state }) => state === 'this')?.id).toBe(id)
    await expect(meet(laptop, phone)).rejects.toThrow('did not come level')
  })

  it('comes back where all others are lost too, and takes new ones in', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    add(laptop, 'One')
    await pair(laptop, phone)
    const content = await backup(laptop)
    const fresh = await device('new')
    await bringBack(fresh, content)
    const tablet = await device('tablet')
    await pair(fresh, tablet)
    expect(titles(tablet)).toEqual(['One'])
    expect(fresh.peers.state?.circle).toBe(laptop.peers.state?.circle)
  })
})

describe('a home that goes on', () => {
  it('goes back by new edits, which its other devices take like any, and can be taken back', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    /* So many that what goes is not held for the person. */
    const all = Array.from({ length: 30 }, (_, at) => `Card ${at + 10}`)
    for (const title of all) add(laptop, title)
    await pair(laptop, phone)
    const content = await backup(laptop)
    const [first, second] = Object.keys(readGraph(laptop.home.doc).cards)
    valueOf(forgetCard(laptop.home.doc, first as never))
    valueOf(editText(laptop.home.doc, { kind: 'card', card: second as never, field: 'title' }, 'Renamed', createMaker('since-')))
    add(laptop, 'Came later')
    await meet(laptop, phone)
    const since = await backup(laptop)
    const done = await bringBack(laptop, content)
    expect(done.isBack).toBe(false)
    expect(done.differences.filter(({ table }) => table === 'cards').map(({ verb }) => verb).sort()).toEqual(['added', 'changed', 'removed'])
    expect(compare(laptop.home.doc, documentOf(content.document) as never)).toEqual([])
    await meet(laptop, phone)
    expect(titles(phone)).toEqual(all)
    await bringBack(laptop, since)
    await meet(laptop, phone)
    expect(titles(phone)).toEqual(titles(laptop))
    expect(titles(phone)).toContain('Came later')
    expect(fingerprint(phone)).toBe(fingerprint(laptop))
  })
})
