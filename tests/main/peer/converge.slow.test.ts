/**
 * Honest devices that edit the same values apart, whatever they do and whoever meets whom: nothing of theirs is ever refused, and
 * they end up the same. One seed repeats a run.
 */
import { describe, expect, it } from 'vitest'
import { commandNames, perform, type Command } from '../../support/document.ts'
import { fingerprint, meet, openDevice, pair, reopen, type Device } from '../../support/peers.ts'

/** Every entry of every device was let through that was held for taking much away. */
async function release(devices: readonly Device[]): Promise<number> {
  let released = 0
  for (const device of devices) {
    for (const { key, why } of device.peers.quarantine()) {
      expect(why).toBe('it would take away much of what is here at once')
      expect((await device.peers.take(key)).ok).toBe(true)
      released += 1
    }
  }
  return released
}

async function run(seed: number, steps: number): Promise<{ readonly performed: number; readonly met: number; readonly restarted: number }> {
  const next = randomFrom(seed)
  const devices: Device[] = []
  for (const name of ['a', 'b', 'c']) devices.push(await openDevice(name))
  const [first, ...others] = devices as [Device, ...Device[]]
  for (const other of others) await pair(first, other)
  let [performed, met, restarted] = [0, 0, 0]
  for (let step = 0; step < steps; step += 1) {
    const which = next(devices.length)
    const device = devices[which] as Device
    const what = next(24)
    if (what === 0) {
      const other = devices[(which + 1 + next(devices.length - 1)) % devices.length] as Device
      await meet(device, other)
      await release(devices)
      met += 1
    } else if (what === 1) {
      await device.close()
      devices[which] = await reopen(device)
      restarted += 1
    } else {
      const command: Command = { name: commandNames[next(commandNames.length)] ?? 'addCard', a: next(51), b: next(51), c: next(51), text: ['when', 'a😀b', 'MOMENTS', 'שלום', ''][next(5)] ?? '' }
      if (perform(device.home.doc, command, device.maker).ok) performed += 1
    }
  }
  for (let round = 0; round < 12; round += 1) {
    for (const [left, right] of [[0, 1], [1, 2], [0, 2]] as const) await meet(devices[left] as Device, devices[right] as Device)
    if ((await release(devices)) === 0 && new Set(devices.map(fingerprint)).size === 1) break
  }
  const prints = devices.map(fingerprint)
  expect(new Set(prints).size).toBe(1)
  expect(prints[0]).toContain('"pending":false')
  for (const device of devices) {
    expect(device.events.filter((event) => event.kind === 'refused')).toEqual([])
    await device.close()
  }
  return { performed, met, restarted }
}

describe('three devices', () => {
  for (const seed of [1, 2, 3]) {
    it(`are the same in the end, and refuse each other nothing (seed ${seed})`, async () => {
      const { performed, met, restarted } = await run(seed, 600)
      expect(performed).toBeGreaterThan(100)
      expect(met).toBeGreaterThan(3)
      expect(restarted).toBeGreaterThan(0)
    })
  }
})

function randomFrom(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0
  return (below) => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}
