/**
 * Two computers of one person in a network of their own, each a real process on a real network stack: they pair by code, get level,
 * are edited apart, meet again, change their address, and one is put out. Nothing leaves the network.
 */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { event, openStewards, stop, type Running, type Stewards } from '../../support/stewards.ts'

let stewards: Stewards

beforeAll(() => {
  stewards = openStewards(3)
  /* Each has a network of its own beside, that nobody else is in: where that is tried, it is tried over the router. */
  for (const at of [0, 1, 2]) stewards.machine(at).join(`172.${30 + at}.0.1`)
})
afterAll(() => stewards.close())

const start = (at: number, ...argv: readonly string[]): Running => stewards.start(at, ...argv)
const run = (at: number, input: string, ...argv: readonly string[]): Promise<string> => stewards.run(at, input, ...argv)
const titles = (at: number): Promise<string[]> => stewards.titles(at)

describe('two computers in one network', () => {
  let left = ''
  let right = ''

  it('both end in one line where one is told to stop while the words are compared', async () => {
    const offer = start(0, 'pair', '--offer', '--json')
    const joining = start(1, 'pair', (await event(offer, 'code')).code ?? '', '--json')
    for (const one of [offer, joining]) await event(one, 'words')
    joining.process.kill('SIGTERM')
    expect([await joining.ended, joining.errors()]).toEqual([1, 'error: the pairing was stopped; start again with a new code\n'])
    expect([await offer.ended, offer.errors()]).toEqual([1, 'error: the pairing was stopped on the other device; see what it says there, and start again with a new code\n'])
  }, 600_000)

  it('pair by code, found by itself, and get level', async () => {
    await run(0, JSON.stringify([{ title: 'Rest', policies: ['SILENCE that nobody fills'], contexts: ['when I am tired'] }]), 'cards', 'add', '-')
    ;[right, left] = await stewards.pair(0, 1)
    const [here, there] = [start(0, 'sync', '--json'), start(1, 'sync', '--json')]
    await event(here, 'synced')
    await event(there, 'synced')
    await Promise.all([stop(here), stop(there)])
    expect(await titles(1)).toEqual(['Rest'])
  }, 600_000)

  it('are edited apart, meet, and have what both wrote', async () => {
    await run(0, '{"title":"Left","policies":["x"]}', 'cards', 'add', '-')
    await run(1, '{"title":"Right","policies":["y"]}', 'cards', 'add', '-')
    const [here, there] = [start(0, 'sync', '--json'), start(1, 'sync', '--once', '--json')]
    expect([await there.ended, there.errors()]).toEqual([0, ''])
    expect(there.output()).toMatch(/"listening"[^]*"peer"[^]*"synced"/u)
    await stop(here)
    expect([await titles(0), await titles(1)]).toEqual([['Left', 'Rest', 'Right'], ['Left', 'Rest', 'Right']])
  }, 600_000)

  it('find each other again after one was given another address, and after the plug was out', async () => {
    const [here, there] = [start(0, 'sync', '--json'), start(1, 'sync', '--json')]
    await event(here, 'synced')
    const before = there.events.filter((one) => one.event === 'peer').length
    stewards.machine(1).move('10.77.0.77')
    await event(there, 'peer', before + 1)
    const again = there.events.filter((one) => one.event === 'peer').length
    stewards.machine(1).setLink(false)
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    stewards.machine(1).setLink(true)
    await event(there, 'peer', again + 1)
    await Promise.all([stop(here), stop(there)])
  }, 600_000)

  it('take in a third by its address, where nothing that is sent to everybody reaches it, and edits of one reach the other through it', async () => {
    stewards.machine(2).setMulticast(false)
    await stewards.pair(1, 2, true)
    await run(0, '{"title":"Far","policies":["z"]}', 'cards', 'add', '-')
    const between = start(1, 'sync', '--json')
    await run(0, '', 'sync', '--once')
    const third = start(2, 'sync', '--json')
    await event(third, 'synced')
    await Promise.all([stop(third), stop(between)])
    expect(await titles(2)).toEqual(['Far', 'Left', 'Rest', 'Right'])
  }, 600_000)

  it('let a removed one in no more, and take nothing of it', async () => {
    expect(await start(0, 'revoke', left).ended).toBe(1)
    await run(0, '', 'revoke', right)
    await run(1, '{"title":"Late","policies":["w"]}', 'cards', 'add', '-')
    const [here, there] = [start(0, 'sync', '--json'), start(1, 'sync', '--json')]
    expect(await event(here, 'refused')).toMatchObject({ device: right })
    await vi.waitFor(() => expect(there.errors()).toBe('note: this device was removed from the others; pair it with one of them again; what it has stays, and comes along\n'), 60_000)
    there.process.kill('SIGTERM')
    await Promise.all([stop(here), there.ended])
    expect(await titles(0)).toEqual(['Far', 'Left', 'Rest', 'Right'])
    const listed = (await run(0, '', 'devices', '--json')).trim().split('\n').map((line) => JSON.parse(line) as { id: string; state: string })
    expect(listed.find(({ id }) => id === right)?.state).toBe('revoked')
    expect(listed.find(({ id }) => id === left)?.state).toBe('this')
  }, 600_000)

  it('sent nothing out of their network; and what is sent out is seen', async () => {
    if (!stewards.lan.isReal) return expect(stewards.lan.machines[0]?.address).toBe('127.0.0.1')
    expect(stewards.lan.leaked()).toBe(0)
    const stray = stewards.machine(0).start('bash', ['-c', 'echo hello > /dev/udp/198.51.100.7/9'])
    await once(stray, 'close')
    await vi.waitFor(() => expect(stewards.lan.leaked()).toBeGreaterThan(0), 5_000)
  })
})
