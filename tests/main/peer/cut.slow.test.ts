/**
 * A first meeting that is cut short: the program that receives, the one that gives, or the process beneath either is killed with
 * much on its way. Real processes on two machines with a slow line between them; nothing is lost, doubled or put aside.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { event, openStewards, stop, type Running, type Stewards } from '../../support/stewards.ts'

const cards = 1_000
/** Kilobits a second, and bytes after which it is cut: all of it takes some seconds, and this is the lesser part. */
const slow = 1_000
const partly = 100_000

let stewards: Stewards

beforeAll(() => {
  stewards = openStewards(2)
})
afterAll(() => stewards.close())

/** Both are started; resolves when the first has sent so much. */
async function startBoth(): Promise<readonly [Running, Running]> {
  const before = stewards.machine(0).sent()
  const both = [stewards.start(0, 'sync', '--json'), stewards.start(1, 'sync', '--json')] as const
  await sentBeyond(before + partly)
  return both
}

async function sentBeyond(bytes: number): Promise<void> {
  await vi.waitFor(() => expect(stewards.machine(0).sent()).toBeGreaterThan(bytes), { timeout: 120_000, interval: 5 })
}

/** The process beneath a command that speaks to the network. */
function beneath(at: number): number {
  const found = stewards.machine(at).programs().find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/main/peer/meeting/process.ts'))
  if (found === undefined) throw new Error(`nothing meets others on machine ${at}`)
  return found
}

describe('a first meeting', () => {
  it('has all on one side, and nothing on the other', async () => {
    const file = Array.from({ length: cards }, (_, at) => ({ title: `Card ${at}`, policies: [`WALKS that begin at door ${at} and end there`, `QUIET in the ${at}th hour`], contexts: [`when it is day ${at}`] }))
    await stewards.run(0, JSON.stringify(file), 'cards', 'add', '-')
    await stewards.pair(0, 1)
    stewards.machine(0).setRate(slow)
    expect(await stewards.titles(1)).toEqual([])
  }, 600_000)

  it.each([['receives', 1, 0], ['gives', 0, 1]])('is cut short by a kill of the one that %s: the other goes on, and no half of it is there', async (_, killed, other) => {
    if (!stewards.lan.isReal) return expect(stewards.lan.machines[0]?.address).toBe('127.0.0.1')
    const both = await startBoth()
    both[killed]?.process.kill('SIGKILL')
    await both[killed]?.ended
    /* What it had started ends with it. */
    await vi.waitFor(() => expect(stewards.machine(killed).programs()).toEqual([]), 30_000)
    await stop(both[other] as Running)
    expect(both.flatMap(({ events }) => events.map(({ event: kind }) => kind)).filter((kind) => kind === 'synced' || kind === 'quarantined')).toEqual([])
    expect(await stewards.titles(1)).toEqual([])
  }, 600_000)

  it('is cut short by the end of the process beneath, on one side and then on the other, and is finished by the next', async () => {
    if (!stewards.lan.isReal) return expect(stewards.lan.machines[0]?.address).toBe('127.0.0.1')
    const both = await startBoth()
    let last = 0
    for (const at of [1, 0]) {
      const pid = beneath(at)
      process.kill(pid, 'SIGKILL')
      last = stewards.machine(0).sent()
      await vi.waitFor(() => expect(beneath(at)).not.toBe(pid), 30_000)
      if (at === 1) await sentBeyond(last + partly)
    }
    for (const one of both) await event(one, 'synced')
    /* Each time there was more to come than had gone out: this is what all of it takes. */
    expect(stewards.machine(0).sent() - last).toBeGreaterThan(2 * partly)
    await Promise.all(both.map((one) => stop(one)))
    expect(both.flatMap(({ events }) => events.map(({ event: kind }) => kind)).filter((kind) => kind === 'refused' || kind === 'quarantined')).toEqual([])
  }, 600_000)

  it('ends with the same on both, each card once, and with nothing to complain of', async () => {
    const both = [await stewards.exported(0), await stewards.exported(1)]
    if (stewards.lan.isReal) expect(both[1] === both[0]).toBe(true)
    expect(new Set(await stewards.titles(0)).size).toBe(cards)
    expect((JSON.parse(both[0] ?? '') as { cards: readonly unknown[] }).cards).toHaveLength(cards)
    for (const at of [0, 1]) {
      const findings = (await stewards.run(at, '', 'doctor', '--json')).trim().split('\n').map((line) => JSON.parse(line) as { kind: string })
      expect(findings.filter(({ kind }) => kind !== 'well')).toEqual([])
    }
  }, 600_000)
})
