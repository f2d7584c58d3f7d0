/**
 * Two computers of one person in two networks that cannot reach each other, and in a third a relay: what leaves their networks while
 * *anywhere* is off, that they meet through the relay alone once it is on, and what the relay comes to see. Real processes.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { event, openStewards, stop, type Stewards } from '../../support/stewards.ts'
import { root } from '../../support/terminal.ts'

const [home, work, between] = [0, 1, 2]
/** On a card, in a context, and in no word of the program. */
const planted = ['Zwetschgenkuchen', 'RHABARBERBLATT', 'Quittenbrot']
let stewards: Stewards
let address = ''

beforeAll(() => {
  stewards = openStewards(3)
})
afterAll(() => stewards.close())

const record = (): Buffer => readFileSync(join(stewards.folder, 'heard'))
const names: string[] = []

describe('two computers in networks apart', () => {
  it('were paired at home; then one was taken to work', async () => {
    await stewards.run(home, JSON.stringify({ title: planted[0], policies: [`${planted[1]} that nobody else sees`], contexts: [`when there is ${planted[2]}`] }), 'cards', 'add', '-')
    ;[names[work] = '', names[home] = ''] = await stewards.pair(home, work)
    if (!stewards.lan.isReal) return
    stewards.machine(work).travel(1)
    stewards.machine(between).travel(2)
    for (const network of [0, 1]) stewards.lan.pass(network, 2)
    const file = join(stewards.folder, 'heard')
    const relay = stewards.program(between, join(root, 'tests', 'support', 'relay.ts'), stewards.machine(between).address, file)
    address = await vi.waitFor(() => /^http:.*$/mu.exec(relay.output())?.[0] ?? Promise.reject(new Error(relay.errors())), 60_000)
  }, 600_000)

  it('do not meet while it is off, and send nothing out of their networks', async () => {
    if (!stewards.lan.isReal) return expect(stewards.lan.machines[0]?.address).toBe('127.0.0.1')
    expect(await stewards.run(home, '', 'anywhere', '--json')).toBe('{"relay":null}\n')
    const before = stewards.lan.routed()
    const near = stewards.start(home, 'sync', '--json')
    await event(near, 'listening')
    const far = stewards.start(work, 'sync', '--once', '--json')
    expect([await far.ended, far.errors()]).toEqual([1, 'error: none of your other devices could be reached; see that one is on, in the same network, and that Values Steward runs there\n'])
    await stop(near)
    expect([...near.events, ...far.events].filter((one) => one.event !== 'listening')).toEqual([])
    expect([stewards.lan.routed() - before, stewards.lan.leaked()]).toEqual([0, 0])
    /* What is sent out is seen, be it passed on or not. */
    const stray = stewards.machine(home).start('bash', ['-c', `echo hello > /dev/udp/${stewards.machine(work).address}/9; true`])
    await once(stray, 'close')
    await vi.waitFor(() => expect(stewards.lan.routed()).toBeGreaterThan(before), 5_000)
  }, 600_000)

  it('do not meet either where only one of them has it on', async () => {
    if (!stewards.lan.isReal) return expect(stewards.lan.machines[0]?.address).toBe('127.0.0.1')
    expect(await stewards.run(home, '', 'anywhere', address)).toBe(`On: your devices also meet through ${address}. Set it on each of them.\n`)
    const near = stewards.start(home, 'sync', '--json')
    await event(near, 'listening')
    expect(await stewards.start(work, 'sync', '--once').ended).toBe(1)
    await stop(near)
    expect(near.events.filter((one) => one.event === 'peer')).toEqual([])
  }, 600_000)

  it('meet through the relay once both have it on, and come to the same', async () => {
    if (!stewards.lan.isReal) return expect(stewards.lan.machines[0]?.address).toBe('127.0.0.1')
    expect(await stewards.run(work, '', 'anywhere', address, '--json')).toBe(`${JSON.stringify({ relay: address })}\n`)
    const [near, far] = [stewards.start(home, 'sync', '--json'), stewards.start(work, 'sync', '--json')]
    await event(near, 'synced', names[work])
    await event(far, 'synced', names[home])
    await Promise.all([stop(near), stop(far)])
    expect(await stewards.titles(work)).toEqual([planted[0]])
    await stewards.run(work, JSON.stringify({ title: 'Written at work', policies: [`${planted[1]} again`] }), 'cards', 'add', '-')
    const still = stewards.start(home, 'sync', '--json')
    await stewards.run(work, '', 'sync', '--once')
    await stop(still)
    expect(await stewards.exported(home)).toBe(await stewards.exported(work))
    expect(await stewards.titles(home)).toEqual(['Written at work', planted[0]])
    expect(stewards.lan.leaked()).toBe(0)
  }, 600_000)

  it('showed the relay no word of what they said', () => {
    if (!stewards.lan.isReal) return expect(stewards.lan.machines[0]?.address).toBe('127.0.0.1')
    const heard = record()
    expect(heard.length).toBeGreaterThan(10_000)
    for (const word of [...planted, 'Written at work']) for (const encoding of ['utf8', 'utf16le'] as const) expect(heard.includes(Buffer.from(word, encoding))).toBe(false)
  })

  it('meet no more once it is off again', async () => {
    if (!stewards.lan.isReal) return expect(stewards.lan.machines[0]?.address).toBe('127.0.0.1')
    expect(await stewards.run(work, '', 'anywhere', '--off')).toBe('Off: your devices meet only in the same network, and nothing leaves it.\n')
    const [before, near] = [record().length, stewards.start(home, 'sync', '--json')]
    await event(near, 'listening')
    expect(await stewards.start(work, 'sync', '--once').ended).toBe(1)
    await stop(near)
    expect(near.events.filter((one) => one.event === 'peer')).toEqual([])
    expect(record().length).toBeGreaterThan(before)
  }, 600_000)
})
