/** Computers of one person to whom something happens while they are kept level: real processes on a network of their own. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fillDisk, mountDisk, type Disk } from '../../support/disk.ts'
import { event, openStewards, stop, type Running, type Stewards } from '../../support/stewards.ts'

let stewards: Stewards
let disk: Disk

beforeAll(() => {
  stewards = openStewards(3)
  mkdirSync(stewards.home(1))
  disk = mountDisk(stewards.home(1), 8_192)
})
afterAll(async () => {
  disk.end()
  await stewards.close()
})

const add = (at: number, title: string): Promise<string> => stewards.run(at, JSON.stringify({ title, policies: [`MOMENTS of ${title}`] }), 'cards', 'add', '-')
const peersOf = ({ events }: Running): number => events.filter((one) => one.event === 'peer').length

/** Told to stop, which has something to complain of. */
async function end(command: Running): Promise<void> {
  command.process.kill('SIGTERM')
  await command.ended
}

describe('two computers', () => {
  it('of which one has no room left take nothing in there, and come level by themselves once it has', async () => {
    await add(0, 'First')
    await stewards.pair(0, 1)
    const made = JSON.parse(await stewards.run(0, '', 'backup', join(stewards.folder, 'first.backup'), '--json')) as { readonly phrase: string }
    writeFileSync(join(stewards.folder, 'words'), made.phrase)
    const filler = disk.isMounted ? fillDisk(stewards.home(1)) : null
    await add(0, 'While it was full')
    const both = [stewards.start(0, 'sync', '--json'), stewards.start(1, 'sync', '--json')] as const
    await event(both[1], 'peer')
    if (filler !== null) {
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      expect(both.flatMap(({ events }) => events.filter((one) => one.event === 'synced'))).toEqual([])
      rmSync(filler)
    }
    for (const one of both) await event(one, 'synced')
    for (const one of both) await stop(one)
    expect(await stewards.titles(1)).toEqual(['First', 'While it was full'])
  }, 600_000)

  it('of which one goes back to a backup: not while it is kept level itself, and then on both', async () => {
    const restore = ['restore', join(stewards.folder, 'first.backup'), '--yes', '--phrase-file', join(stewards.folder, 'words')] as const
    const [here, there] = [stewards.start(0, 'sync', '--json'), stewards.start(1, 'sync', '--json')]
    await event(here, 'synced')
    const refused = stewards.start(0, ...restore)
    expect([await refused.ended, refused.errors()]).toEqual([1, expect.stringMatching(/^error: another Values Steward is using this home \(process \d+\); close it first, or choose another folder with --home\n$/u)])
    await stop(here)
    expect(await stewards.run(0, '', ...restore)).toContain('the card "While it was full" goes\n')
    await stewards.run(0, '', 'sync', '--once')
    await stop(there)
    expect([await stewards.titles(0), await stewards.titles(1)]).toEqual([['First'], ['First']])
    expect(await stewards.exported(1)).toBe(await stewards.exported(0))
  }, 600_000)

  it('of which one was copied to a third, and both of these are on: they are told, end no line of each other’s over and over, and bring all they have once they are paired anew', async () => {
    if (!stewards.lan.isReal) return
    cpSync(stewards.home(1), stewards.home(2), { recursive: true })
    await add(1, 'Of the one')
    await add(2, 'Of its copy')
    const all = [0, 1, 2].map((at) => stewards.start(at, 'sync', '--json'))
    const note = 'note: two devices write under the name of this one: its home was copied, or set back, and the others take in what only one of the two writes; remove this device on another one, and pair it again; what it has stays, and comes along\n'
    const [here] = all as [Running, Running, Running]
    await vi.waitFor(() => expect(here.errors()).toContain('two devices write under the name of'), { timeout: 60_000, interval: 100 })
    const before = peersOf(here)
    await new Promise((resolve) => setTimeout(resolve, 20_000))
    expect(peersOf(here) - before).toBeLessThanOrEqual(3)
    await Promise.all(all.map(end))
    /* The one that is met and the other one: either knows it by now, or knows it at its next turn. */
    const told: string[] = []
    for (const at of [1, 2]) {
      const near = stewards.start(0, 'sync')
      const once = stewards.start(at, 'sync', '--once')
      if ((await once.ended) === 1) told.push(once.errors())
      await end(near)
    }
    expect(told).toEqual([note.replace('note', 'error'), note.replace('note', 'error')])
    const id = /^([0-9a-f]{32}) {2}forked/mu.exec(await stewards.run(0, '', 'devices'))?.[1] ?? ''
    await stewards.run(0, '', 'revoke', id)
    for (const at of [1, 2]) {
      const near = stewards.start(0, 'sync')
      const once = stewards.start(at, 'sync')
      await vi.waitFor(() => expect(once.errors()).toContain('this device was removed from the others'), { timeout: 60_000, interval: 100 })
      await Promise.all([end(near), end(once)])
      await stewards.pair(0, at)
    }
    const again = [0, 1, 2].map((at) => stewards.start(at, 'sync', '--json'))
    await vi.waitFor(() => expect(again.map(({ events }) => new Set(events.filter((one) => one.event === 'synced').map(({ device }) => device)).size)).toEqual([2, 2, 2]), { timeout: 120_000, interval: 200 })
    for (const one of again) await stop(one)
    for (const at of [0, 1, 2]) expect(await stewards.titles(at)).toEqual(['First', 'Of its copy', 'Of the one'])
  }, 600_000)
})
