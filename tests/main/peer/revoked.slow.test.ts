/**
 * Three computers of one person, one of which is removed while another is away: what the two that do not know it yet do, and what holds
 * from the next meeting on. Real processes on a network of their own.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openHome } from '../../../main/replica.ts'
import { openPeersIn } from '../../../main/peer/circle/open.ts'
import type { Peers } from '../../../main/peer/circle/peers.ts'
import { systemRandom } from '../../../main/system.ts'
import { readEnvelope } from '../../../shared/peer/envelope.ts'
import { valueOf } from '../../support/document.ts'
import { event, openStewards, stop, type Stewards } from '../../support/stewards.ts'

const [here, away, lost] = [0, 1, 2]
/** What each is called by the others. */
const names: string[] = []
const told = 'this device was removed from the others; pair it with one of them again; what it has stays, and comes along\n'
let stewards: Stewards

beforeAll(() => {
  stewards = openStewards(3)
})
afterAll(() => stewards.close())

/** The circle of a home that no command is open on. */
async function withPeers<Value>(at: number, look: (peers: Peers) => Value | Promise<Value>): Promise<Value> {
  const directory = stewards.home(at)
  const home = valueOf(await openHome({ directory, mode: 'write', random: systemRandom }))
  const peers = valueOf(await openPeersIn(directory, home))
  try {
    return await look(peers)
  } finally {
    await peers.close()
    await home.close()
  }
}

const epoch = (at: number): Promise<string> => withPeers(at, ({ state }) => state?.membership.current ?? '')
const add = (at: number, title: string): Promise<string> => stewards.run(at, JSON.stringify({ title, policies: [`${title.toUpperCase()} and all that belongs to it`] }), 'cards', 'add', '-')

/** Until all of them are level with all of them. */
async function meet(...machines: readonly number[]): Promise<void> {
  const commands = machines.map((at) => ({ at, command: stewards.start(at, 'sync', '--json') }))
  for (const { at, command } of commands) for (const other of machines) if (other !== at) await event(command, 'synced', names[other])
  await Promise.all(commands.map(({ command }) => stop(command)))
}

describe('three computers, one of which is removed', () => {
  let before = ''

  it('are level first', async () => {
    await add(here, 'First')
    ;[names[away] = '', names[here] = ''] = await stewards.pair(here, away)
    ;[names[lost] = ''] = await stewards.pair(here, lost)
    await meet(here, away, lost)
    for (const at of [away, lost]) expect(await stewards.titles(at)).toEqual(['First'])
    before = await epoch(away)
  }, 600_000)

  it('one is away while another removes the third: those two meet as before, and what they say then counts', async () => {
    stewards.machine(away).setLink(false)
    await stewards.run(here, '', 'revoke', names[lost] ?? '')
    await add(lost, 'Said before they knew')
    stewards.machine(here).setLink(false)
    stewards.machine(away).setLink(true)
    await meet(away, lost)
    expect(await stewards.titles(away)).toEqual(['First', 'Said before they knew'])
  }, 600_000)

  it('those that stay meet: both come to the same, what one had of the removed one before it knew among it', async () => {
    stewards.machine(here).setLink(true)
    if (stewards.lan.isReal) stewards.machine(lost).setLink(false)
    await meet(here, away)
    expect(await stewards.titles(here)).toEqual(['First', 'Said before they knew'])
    expect(await stewards.exported(away)).toBe(await stewards.exported(here))
  }, 600_000)

  it('and from then on it is refused by both, told so in plain words, and what it writes reaches nobody', async () => {
    stewards.machine(lost).setLink(true)
    await add(lost, 'Late')
    const [near, far, gone] = [stewards.start(here, 'sync', '--json'), stewards.start(away, 'sync', '--json'), stewards.start(lost, 'sync')]
    for (const one of [near, far]) expect(await event(one, 'refused', names[lost])).toMatchObject({ reason: 'revoked' })
    await vi.waitFor(() => expect(gone.errors()).toBe(`note: ${told}`), 60_000)
    expect(gone.output()).toMatch(/ did not let this device in: revoked$/mu)
    gone.process.kill('SIGTERM')
    expect(await gone.ended).toBe(0)
    await Promise.all([stop(near), stop(far)])
    const again = stewards.start(lost, 'sync', '--once')
    expect([await again.ended, again.output(), again.errors()]).toEqual([1, '', `error: ${told}`])
    for (const at of [here, away]) {
      expect(await stewards.titles(at)).toEqual(['First', 'Said before they knew'])
      const listed = (await stewards.run(at, '', 'devices', '--json')).trim().split('\n').map((line) => JSON.parse(line) as { id: string; state: string })
      expect(listed.find(({ id }) => id === names[lost])?.state).toBe('revoked')
    }
  }, 600_000)

  it('and the key is another, which it has not; what it wrote under the old one is not taken in, whoever brings it', async () => {
    const now = await epoch(here)
    expect(now).not.toBe(before)
    expect(await epoch(away)).toBe(now)
    const late = await withPeers(lost, ({ state, suite }) => {
      expect(state?.keys.has(now as never)).toBe(false)
      const envelopes = [...(state?.kept.get(state.me)?.values() ?? [])].map(({ bytes }) => bytes)
      expect(readEnvelope(envelopes.at(-1) ?? new Uint8Array(), suite)?.epoch).toBe(before)
      return envelopes
    })
    for (const at of [here, away]) {
      const refused = await withPeers(at, async (peers) => {
        const reasons: string[] = []
        peers.onEvent((one) => one.kind === 'refused' && reasons.push(one.reason))
        await peers.receive(late)
        return reasons
      })
      expect(refused).toEqual(['revoked'])
      expect(await stewards.titles(at)).toEqual(['First', 'Said before they knew'])
    }
  }, 600_000)

  it('and those that stay write on, and meet', async () => {
    await add(here, 'After')
    await add(away, 'After, too')
    await meet(here, away)
    expect(await stewards.titles(away)).toEqual(['After', 'After, too', 'First', 'Said before they knew'])
    expect(await stewards.exported(away)).toBe(await stewards.exported(here))
  }, 600_000)
})
