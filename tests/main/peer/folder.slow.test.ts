/** Two computers that meet in no network, and exchange through a folder that both can get at: as a person runs it, in real processes. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { event, openStewards, stop, type Stewards } from '../../support/stewards.ts'

let stewards: Stewards
let folder = ''

beforeAll(() => {
  stewards = openStewards(2)
  folder = join(stewards.folder, 'stick')
  mkdirSync(folder)
})
afterAll(() => stewards.close())

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

  it('are told where there is no such folder', async () => {
    const command = stewards.start(0, 'sync', '--once', '--folder', join(folder, 'nowhere'))
    expect([await command.ended, command.errors()]).toEqual([1, 'error: there is no such folder; make it, or put the stick in\n'])
  }, 600_000)
})
