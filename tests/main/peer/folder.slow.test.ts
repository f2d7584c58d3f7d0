/** Two computers that meet in no network, and exchange through a folder that both can get at: as a person runs it, in real processes. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillDisk, mountDisk } from '../../support/disk.ts'
import { event, openStewards, stop, type Running, type Stewards } from '../../support/stewards.ts'

let stewards: Stewards
let folder = ''

beforeAll(() => {
  stewards = openStewards(3)
  folder = join(stewards.folder, 'stick')
  mkdirSync(folder)
})
afterAll(() => stewards.close())

const sealed = (): readonly string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sealed')).map((name) => join(folder, name)).toSorted()

describe('two computers and a stick', () => {
  it('get level by running once on each in turn, and each run ends well and says what to do', async () => {
    await stewards.run(0, '{"title":"Rest","policies":["SILENCE that nobody fills"]}', 'cards', 'add', '-')
    await stewards.pair(0, 1)
    const said: string[] = []
    for (const at of [0, 1, 0, 1, 0]) said.push(await stewards.run(at, '', 'sync', '--once', '--folder', folder))
    for (const words of said) expect(words).toMatch(/^What your other devices may lack lies in the folder\./mu)
    expect(said.at(-1)).toMatch(/^level with /mu)
    expect(await stewards.titles(1)).toEqual(['Rest'])
  }, 600_000)

  it('stay level for as long as both run, and end when they are told to', async () => {
    await stewards.run(1, '{"title":"Care","policies":["MOMENTS of quiet"]}', 'cards', 'add', '-')
    const both = [stewards.start(0, 'sync', '--json', '--folder', folder), stewards.start(1, 'sync', '--json', '--folder', folder)]
    for (const one of both) await event(one, 'synced')
    for (const one of both) await stop(one)
    expect(await stewards.exported(0)).toBe(await stewards.exported(1))
    expect(await stewards.titles(0)).toEqual(['Care', 'Rest'])
  }, 600_000)

  it('come level again after something took a file of theirs out of the folder', async () => {
    await stewards.run(0, '{"title":"Lost","policies":["LETTERS that never came"]}', 'cards', 'add', '-')
    const [before, files] = [sealed(), () => sealed().filter((path) => !before.includes(path))]
    await stewards.run(0, '', 'sync', '--once', '--folder', folder)
    expect(files()).not.toEqual([])
    rmSync(files()[0] ?? '')
    for (const at of [1, 0, 1, 0, 1]) await stewards.run(at, '', 'sync', '--once', '--folder', folder)
    expect(await stewards.titles(1)).toEqual(['Care', 'Lost', 'Rest'])
  }, 600_000)

  it('are met there by a third that one of them took in, while they run', async () => {
    const [third] = await stewards.pair(1, 2)
    const all = [0, 1, 2].map((at) => stewards.start(at, 'sync', '--json', '--folder', folder))
    await event(all[0] as Running, 'synced', third)
    for (const one of all) await stop(one)
    expect(await stewards.titles(2)).toEqual(['Care', 'Lost', 'Rest'])
  }, 600_000)

  it('are told where there is no room in the folder, and nothing half written stays there', async () => {
    const small = join(stewards.folder, 'small')
    mkdirSync(small)
    const disk = mountDisk(small, 64)
    try {
      if (!disk.isMounted) return
      await stewards.run(0, '{"title":"Room","policies":["ROOMS with nothing in them"]}', 'cards', 'add', '-')
      fillDisk(small)
      const full = stewards.start(0, 'sync', '--once', '--folder', small)
      expect([await full.ended, full.errors()]).toEqual([1, 'error: there is no room left in that folder; make room there, or choose another folder; nothing is lost here\n'])
      expect(readdirSync(small, { recursive: true }).filter((name) => String(name).endsWith('.partial'))).toEqual([])
    } finally {
      disk.end()
    }
  }, 600_000)

  it('are told where there is no such folder', async () => {
    const command = stewards.start(0, 'sync', '--once', '--folder', join(folder, 'nowhere'))
    expect([await command.ended, command.errors()]).toEqual([1, 'error: there is no such folder; make it, or put the stick in\n'])
  }, 600_000)
})
