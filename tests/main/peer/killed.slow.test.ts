/**
 * Two computers that were level, one of which took in a big file since: what receives it is killed with much on its way, and what gives
 * it, and then what receives it again and again, later each time: while it looks at what came, keeps it, takes it in. Each is started
 * again. All or nothing of it is there each time, and in the end the same on both.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { event, openStewards, stop, type Running, type Stewards } from '../../support/stewards.ts'

const cards = 500
/** Kilobits a second, and bytes after which it is cut: all of it takes two seconds or so, and this is the lesser part. */
const slow = 600
const fast = 1_000_000
const partly = 40_000
/** Milliseconds after the two met. */
const moments = [0, 40, 80, 160, 320, 640] as const

const [giver, receiver] = [0, 1]
let stewards: Stewards

beforeAll(() => {
  stewards = openStewards(2)
})
afterAll(() => stewards.close())

const sync = (at: number): Running => stewards.start(at, 'sync', '--json')
const later = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function kill(command: Running): Promise<void> {
  command.process.kill('SIGKILL')
  await command.ended
}

async function sentBeyond(bytes: number): Promise<void> {
  await vi.waitFor(() => expect(stewards.machine(giver).sent()).toBeGreaterThan(bytes), { timeout: 120_000, interval: 5 })
}

/** How many of the file's cards the other one has: of the card that both had before, there is one. */
async function arrived(): Promise<number> {
  const titles = await stewards.titles(receiver)
  expect(titles.filter((title) => title === 'Before')).toHaveLength(1)
  return titles.length - 1
}

describe('what is taken in by one of two that were level', () => {
  it('is a big file', async () => {
    await stewards.run(giver, '{"title":"Before","policies":["SILENCE that nobody fills"]}', 'cards', 'add', '-')
    await stewards.pair(giver, receiver)
    const both = [sync(giver), sync(receiver)]
    for (const one of both) await event(one, 'synced')
    await Promise.all(both.map((one) => stop(one)))
    const file = Array.from({ length: cards }, (_, at) => ({ title: `Card ${at}`, policies: [`WALKS that begin at door ${at} and end there`, `QUIET in the ${at}th hour`], contexts: [`when it is day ${at}`] }))
    await stewards.run(giver, JSON.stringify(file), 'cards', 'add', '-')
    expect(await arrived()).toBe(0)
  }, 600_000)

  it('is not there by halves where the one that receives it, and then the one that gives it, is killed with much on its way', async () => {
    if (!stewards.lan.isReal) return expect(stewards.lan.machines[0]?.address).toBe('127.0.0.1')
    stewards.machine(giver).setRate(slow)
    const giving = sync(giver)
    for (const killed of [receiver, giver]) {
      const from = stewards.machine(giver).sent()
      const receiving = sync(receiver)
      await event(receiving, 'peer')
      await sentBeyond(from + partly)
      if (killed === receiver) await kill(receiving)
      else {
        await kill(giving)
        await stop(receiving)
      }
      expect(receiving.events.map((one) => one.event)).not.toContain('synced')
    }
    expect(await arrived()).toBe(0)
    stewards.machine(giver).setRate(fast)
  }, 600_000)

  it('is there whole or not at all, whenever the one that receives it is killed', async () => {
    const giving = sync(giver)
    for (const moment of moments) {
      const receiving = sync(receiver)
      await event(receiving, 'peer')
      await later(moment)
      await kill(receiving)
      expect([0, cards]).toContain(await arrived())
    }
    const last = sync(receiver)
    await event(last, 'synced')
    await Promise.all([stop(last), stop(giving)])
    const told = [giving, last].flatMap(({ events }) => events.map((one) => one.event))
    expect(told.filter((kind) => kind === 'refused' || kind === 'quarantined')).toEqual([])
  }, 600_000)

  it('is the same on both in the end, and nothing is to complain of', async () => {
    expect(await stewards.exported(receiver)).toBe(await stewards.exported(giver))
    expect(await arrived()).toBe(cards)
    for (const at of [giver, receiver]) {
      const findings = (await stewards.run(at, '', 'doctor', '--json')).trim().split('\n').map((line) => JSON.parse(line) as { kind: string })
      expect(findings.filter(({ kind }) => kind !== 'well')).toEqual([])
    }
  }, 600_000)
})
