/** Two in touch: those that leave as soon as they may (`sync --once` on both), and those that speak at the same moments. */
import { afterEach, describe, expect, it } from 'vitest'
import { addCard, forgetCard } from '../../../../shared/commands/card.ts'
import { readGraph } from '../../../../shared/document/document.ts'
import type { PeerTransport, Transport } from '../../../../shared/ports.ts'
import { valueOf } from '../../../support/document.ts'
import { fingerprint, openDevice, pair, type Device } from '../../../support/peers.ts'
import { createTransportPair } from '../../../support/transport.ts'

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

/** As over a line on which a frame is out only when the other end has said so. */
function measured(transport: Transport): PeerTransport {
  const out = { bytes: 0 }
  return {
    remote: new Uint8Array(32),
    get pending() {
      return out.bytes
    },
    send(frame) {
      out.bytes += frame.length
      setTimeout(() => (out.bytes -= frame.length), 40)
      transport.send(frame)
    },
    drained: () => Promise.resolve(),
    onFrame: (listener) => transport.onFrame(listener),
    onClose: (tell) => transport.onClose(tell),
    close: () => transport.close()
  }
}

describe('two that say at the same moments what they have', () => {
  it('see all the same that something given was not taken, and give it again', async () => {
    const [laptop, phone] = [await openDevice('laptop'), await openDevice('phone')]
    open.push(laptop, phone)
    const titles = (): readonly string[] => Object.values(readGraph(laptop.home.doc).cards).map(({ title }) => title)
    const cards = ['One', 'Two', 'Three', 'Four'].map((title) => valueOf(addCard(laptop.home.doc, { title, policies: [] }, laptop.maker)))
    await pair(laptop, phone)
    for (const card of cards) valueOf(forgetCard(phone.home.doc, card))
    valueOf(await phone.peers.flushed())
    const sessions = createTransportPair().map((end, at) => [laptop, phone][at]?.peers.connect(measured(end), { remote: valueOf([phone, laptop][at]?.peers.ownCard() ?? phone.peers.ownCard()).transport }))
    await expect.poll(() => laptop.peers.quarantine().length).toBe(1)
    valueOf(addCard(phone.home.doc, { title: 'Behind what is held', policies: [] }, phone.maker))
    valueOf(await phone.peers.flushed())
    await new Promise((resolve) => setTimeout(resolve, 200))
    valueOf(await laptop.peers.take(laptop.peers.quarantine()[0]?.key ?? ''))
    const speaking = setInterval(() => {
      for (const session of sessions) session?.nudge()
    }, 100)
    await expect.poll(titles, { timeout: 20_000 }).toEqual(['Behind what is held']).finally(() => clearInterval(speaking))
    expect(fingerprint(laptop)).toBe(fingerprint(phone))
  })
})
