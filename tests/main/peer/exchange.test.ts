/** Two that leave as soon as they may: `sync --once` on both. */
import { afterEach, describe, expect, it } from 'vitest'
import { addCard } from '../../../shared/commands/card.ts'
import type { Transport } from '../../../shared/ports.ts'
import { valueOf } from '../../support/document.ts'
import { fingerprint, openDevice, pair, type Device } from '../../support/peers.ts'
import { createTransportPair } from '../../support/transport.ts'

const open: Device[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** As over a real line: what was said last and that nobody is there any more come together. */
function inBursts(transport: Transport): Transport {
  const waiting: Uint8Array[] = []
  let listener: (frame: Uint8Array) => void = () => undefined
  const flush = (): void => {
    for (const frame of waiting.splice(0)) listener(frame)
  }
  const timer = setInterval(flush, 25)
  transport.onFrame((frame) => waiting.push(frame))
  return {
    send: (frame) => transport.send(frame),
    close: () => transport.close(),
    onFrame: (next) => void (listener = next),
    onClose: (tell) => transport.onClose(() => {
      clearInterval(timer)
      flush()
      tell()
    })
  }
}

describe('whoever is level', () => {
  it('may hang up at once: the other one is level too, and says so', async () => {
    const devices = [await openDevice('laptop'), await openDevice('phone')] as const
    open.push(...devices)
    const [laptop, phone] = devices
    await pair(laptop, phone)
    for (let round = 0; round < 12; round += 1) {
      const slow = round % 2
      for (const { home, maker, name } of devices) valueOf(addCard(home.doc, { title: `${name} ${round}`, policies: [] }, maker))
      const before = devices.map(({ events }) => events.length)
      const ends = createTransportPair().map((end, at) => (at === slow ? inBursts(end) : end))
      const levels = devices.map(async ({ peers }, at) => {
        const remote = valueOf(devices[1 - at]?.peers.ownCard() ?? peers.ownCard()).transport
        const session = peers.connect(ends[at] as Transport, { remote })
        const isLevel = await session.level()
        session.close()
        return isLevel
      })
      expect([round, ...(await Promise.all(levels))]).toEqual([round, true, true])
      expect(devices.map(({ events }, at) => events.slice(before[at]).some(({ kind }) => kind === 'synced'))).toEqual([true, true])
      expect(fingerprint(laptop)).toBe(fingerprint(phone))
    }
  })
})
