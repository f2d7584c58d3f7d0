/** Every way between two devices keeps the same promises (shared/ports.ts T1–T7); nobody comes in under another's key. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openIroh } from '../../main/iroh.ts'
import type { Arrival, Carrier, CarrierOptions, Purpose } from '../../main/peer/carrier/carrier.ts'
import { pem, privateKeyOf, publicBytesOf, selfSigned } from '../../main/peer/carrier/der.ts'
import { openFolder } from '../../main/peer/carrier/folder.ts'
import { openTls } from '../../main/peer/carrier/tls.ts'
import type { Result } from '../../shared/result.ts'
import { createFaultWorld } from '../support/faults.ts'
import { peerTransportContract } from './transport.ts'

const limits = { frame: 4_000_000, backlog: 8_000_000 }
type Open = (options: CarrierOptions) => Promise<Result<Carrier>>
const ways: readonly (readonly [name: string, open: Open])[] = [
  ['iroh', (options) => openIroh({ ...options, host: '127.0.0.1', relay: null })],
  ['TLS over TCP', openTls]
]

interface End {
  readonly secret: Uint8Array
  readonly key: Uint8Array
  readonly carrier: Carrier
  readonly arrivals: Arrival[]
  /** The next device that comes in. */
  arrival(): Promise<Arrival>
}

async function openEnd(open: Open, accepts: (key: Uint8Array, purpose: Purpose) => boolean = () => true, pace?: number): Promise<End> {
  const secret = Uint8Array.from(randomBytes(32))
  const carrier = await open({ secret, port: 0, accepts, limits: pace === undefined ? limits : { ...limits, pace } })
  if (!carrier.ok) throw new Error(carrier.error.message)
  const arrivals: Arrival[] = []
  const waiting: ((arrival: Arrival) => void)[] = []
  carrier.value.onArrival((arrival) => {
    arrivals.push(arrival)
    waiting.shift()?.(arrival)
  })
  return { secret, key: publicBytesOf(privateKeyOf(secret)) as Uint8Array, carrier: carrier.value, arrivals, arrival: () => new Promise((resolve) => waiting.push(resolve)) }
}

const addressOf = ({ carrier }: End): string => `127.0.0.1:${carrier.port}`

for (const [name, open] of ways) {
  peerTransportContract(name, async () => {
    const [left, right] = [await openEnd(open), await openEnd(open)]
    const arriving = right.arrival()
    const dialled = await left.carrier.dial({ key: right.key, addresses: [addressOf(right)] }, 'sync')
    if (!dialled.ok) throw new Error(dialled.error.message)
    return {
      left: dialled.value,
      right: (await arriving).transport,
      keys: { left: left.key, right: right.key },
      limits,
      async dispose() {
        await left.carrier.close()
        await right.carrier.close()
      }
    }
  })

  describe(name, () => {
    it('does not connect to somebody else at the right address', async () => {
      const [left, right, other] = [await openEnd(open), await openEnd(open), await openEnd(open)]
      expect(await left.carrier.dial({ key: other.key, addresses: [addressOf(right)] }, 'sync')).toMatchObject({ ok: false, error: { kind: 'not-found' } })
      expect(right.arrivals).toEqual([])
      for (const end of [left, right, other]) await end.carrier.close()
    })

    it('lets nobody in for sync whom this device does not know, and anybody for pairing while it says so', async () => {
      const left = await openEnd(open)
      const asked: Purpose[] = []
      const right = await openEnd(open, (key, purpose) => {
        expect(key).toEqual(left.key)
        asked.push(purpose)
        return purpose === 'pair'
      })
      const dialled = await left.carrier.dial({ key: right.key, addresses: [addressOf(right)] }, 'sync')
      if (dialled.ok) await new Promise<void>((resolve) => dialled.value.onClose(resolve))
      expect([asked, right.arrivals]).toEqual([['sync'], []])
      const arriving = right.arrival()
      expect((await left.carrier.dial({ key: right.key, addresses: [addressOf(right)] }, 'pair')).ok).toBe(true)
      expect(await arriving).toMatchObject({ purpose: 'pair', transport: { remote: left.key } })
      for (const end of [left, right]) await end.carrier.close()
    })

    it('says that nobody answers where nobody does', async () => {
      const left = await openEnd(open)
      expect(await left.carrier.dial({ key: left.key, addresses: ['127.0.0.1:9'] }, 'sync')).toMatchObject({ ok: false, error: { kind: 'not-found' } })
      await left.carrier.close()
    }, 20_000)

    it('connects again after the other end went and came back', async () => {
      const left = await openEnd(open)
      const first = await openEnd(open)
      const dialled = await left.carrier.dial({ key: first.key, addresses: [addressOf(first)] }, 'sync')
      if (!dialled.ok) throw new Error(dialled.error.message)
      const closed = new Promise<void>((resolve) => dialled.value.onClose(resolve))
      await first.carrier.close()
      await closed
      const again = await open({ secret: first.secret, port: 0, accepts: () => true, limits })
      if (!again.ok) throw new Error(again.error.message)
      expect(await left.carrier.dial({ key: first.key, addresses: [`127.0.0.1:${again.value.port}`] }, 'sync')).toMatchObject({ ok: true })
      for (const carrier of [left.carrier, again.value]) await carrier.close()
    }, 20_000)
  })
}

async function openFolders(folder: string, { pause = 5 } = {}) {
  const [a, b] = [Uint8Array.from(randomBytes(32)), Uint8Array.from(randomBytes(32))]
  const keys = { left: publicBytesOf(privateKeyOf(a)) as Uint8Array, right: publicBytesOf(privateKeyOf(b)) as Uint8Array }
  const open = async (secret: Uint8Array, remote: Uint8Array) => {
    const opened = await openFolder({ folder, secret, remote, pause, limits })
    if (!opened.ok) throw new Error(opened.error.message)
    return opened.value
  }
  return { keys, left: () => open(a, keys.right), right: () => open(b, keys.left), stranger: () => open(Uint8Array.from(randomBytes(32)), keys.right) }
}

peerTransportContract('sealed files in a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'exchange-'))
  const ends = await openFolders(folder)
  const [left, right] = [await ends.left(), await ends.right()]
  return {
    left, right, keys: ends.keys, limits,
    async dispose() {
      await Promise.all([left.leave(), right.leave()])
      await rm(folder, { recursive: true })
    }
  }
})

peerTransportContract('memory, over a network that loses, doubles and reorders', async () => {
  const tick = setInterval
  const stop = clearInterval
  const world = createFaultWorld(7, limits)
  world.setFaults({ drop: 0.15, double: 0.15, delay: 60 })
  const keys = { left: new Uint8Array(32).fill(1), right: new Uint8Array(32).fill(2) }
  const [left, right] = world.connect({ name: 'left', key: keys.left }, { name: 'right', key: keys.right })
  let passing = Promise.resolve()
  const timer = tick(() => {
    passing = passing.then(() => world.pass(20))
  }, 2)
  return {
    left, right, keys, limits,
    async dispose() {
      stop(timer)
      await passing
      world.end()
    }
  }
})

describe('sealed files in a folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'exchange-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const heard = (end: { onFrame(listener: (frame: Uint8Array) => void): void }): string[] => {
    const texts: string[] = []
    end.onFrame((frame) => texts.push(Buffer.from(frame).toString()))
    return texts
  }
  const say = (text: string): Uint8Array => Buffer.from(text)
  const sealed = async (): Promise<string[]> => (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.sealed')).map((name) => join(folder, name)).toSorted()

  it('carries frames between two devices that are never awake together, once each, and clears away what was read', async () => {
    const ends = await openFolders(folder)
    const first = await ends.left()
    for (const text of ['one', 'two']) first.send(say(text))
    await first.leave()
    const second = await ends.right()
    const atRight = heard(second)
    second.send(say('back'))
    await second.leave()
    expect(atRight).toEqual(['one', 'two'])
    const third = await ends.left()
    const atLeft = heard(third)
    third.send(say('three'))
    await third.leave()
    expect(atLeft).toEqual(['back'])
    expect((await sealed()).length).toBe(2)
    const fourth = await ends.right()
    const again = heard(fourth)
    await fourth.leave()
    expect(again).toEqual(['three'])
  })

  it('shows nothing of what is said, nor who says it to whom', async () => {
    const ends = await openFolders(folder)
    const left = await ends.left()
    left.send(say('I am grieving'.repeat(100)))
    await left.leave()
    const names = (await readdir(folder, { recursive: true })).join(' ')
    const bytes = Buffer.concat(await Promise.all((await sealed()).map((path) => readFile(path))))
    expect(bytes.includes('grieving')).toBe(false)
    for (const key of [ends.keys.left, ends.keys.right]) expect(names + bytes.toString('hex')).not.toContain(Buffer.from(key).toString('hex').slice(0, 12))
  })

  it('waits for a file that is not whole yet, takes no notice of partial ones, and reads on when it is', async () => {
    const ends = await openFolders(folder)
    const left = await ends.left()
    for (const text of ['one', 'two']) left.send(say(text))
    await left.leave()
    const [first] = await sealed()
    const whole = await readFile(first as string)
    await writeFile(first as string, whole.subarray(0, 20))
    await writeFile(`${first}.partial`, 'half')
    const right = await ends.right()
    const frames = heard(right)
    const closed = vi.fn()
    right.onClose(closed)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect([frames, closed.mock.calls]).toEqual([[], []])
    await writeFile(first as string, whole)
    await vi.waitFor(() => expect(frames).toEqual(['one', 'two']))
    await right.leave()
  })

  it('closes at a file that was changed, and goes on behind it at its next start', async () => {
    const ends = await openFolders(folder)
    const left = await ends.left()
    for (const text of ['one', 'two', 'three']) left.send(say(text))
    await left.leave()
    const second = (await sealed())[1] as string
    const bytes = await readFile(second)
    bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30)
    await writeFile(second, bytes)
    const right = await ends.right()
    const frames = heard(right)
    await new Promise<void>((resolve) => right.onClose(resolve))
    expect(frames).toEqual(['one'])
    await right.leave()
    const next = await ends.right()
    const rest = heard(next)
    await next.leave()
    expect(rest).toEqual(['three'])
  })

  it('waits for a file that is gone only until later ones lie there, closes, and goes on behind it', async () => {
    const ends = await openFolders(folder)
    const left = await ends.left()
    for (const text of ['one', 'two', 'three']) left.send(say(text))
    await left.leave()
    await rm((await sealed())[1] as string)
    const right = await ends.right()
    const frames = heard(right)
    await new Promise<void>((resolve) => right.onClose(resolve))
    await right.leave()
    const next = await ends.right()
    const rest = heard(next)
    await next.leave()
    expect([frames, rest]).toEqual([['one'], ['three']])
  })

  it('gives it up at its second start already: who carries a stick does not come twenty times', async () => {
    const ends = await openFolders(folder, { pause: 60_000 })
    const left = await ends.left()
    for (const text of ['one', 'two', 'three', 'four']) left.send(say(text))
    await left.leave()
    for (const gone of (await sealed()).slice(1, 3)) await rm(gone)
    const all: string[][] = []
    for (let start = 0; start < 3; start += 1) {
      const right = await ends.right()
      all.push(heard(right))
      await right.leave()
    }
    expect(all).toEqual([['one'], [], ['four']])
  })

  it('says why where the folder takes nothing more, and writes nothing behind what is missing', async () => {
    const ends = await openFolders(folder)
    const left = await ends.left()
    left.send(say('one'))
    await left.leave()
    const again = await ends.left()
    const closed = vi.fn()
    again.onClose(closed)
    const place = dirname((await sealed())[0] as string)
    await rename(place, `${place}-away`)
    for (const text of ['two', 'three']) again.send(say(text))
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    await rename(`${place}-away`, place)
    await again.leave()
    expect(again.problem).toMatchObject({ message: 'that folder cannot be written' })
    expect((await readdir(place)).length).toBe(1)
  })

  it('clears away what a run left half written, and opens nothing that is no file', async () => {
    const ends = await openFolders(folder)
    const left = await ends.left()
    left.send(say('one'))
    await left.leave()
    const [first = ''] = await sealed()
    const place = dirname(first)
    await writeFile(`${first}.0011aabb.partial`, 'half')
    for (const name of ['read', '000000000002.sealed', '000000000003.sealed']) execFileSync('mkfifo', [join(place, name)])
    await (await ends.left()).leave()
    const right = await ends.right()
    const frames = heard(right)
    await right.leave()
    expect(frames).toEqual(['one'])
    expect((await readdir(place)).filter((name) => name.endsWith('.partial'))).toEqual([])
  })

  it('reads nothing of somebody else, and no file in the place of another', async () => {
    const ends = await openFolders(folder)
    const left = await ends.left()
    for (const text of ['one', 'two']) left.send(say(text))
    await left.leave()
    const stranger = await ends.stranger()
    expect(heard(stranger)).toEqual([])
    await stranger.leave()
    const [first, second] = await sealed()
    await copyFile(second as string, first as string)
    const right = await ends.right()
    const frames = heard(right)
    await right.leave()
    expect(frames).toEqual([])
  })

  it('says that there is no such folder', async () => {
    expect(await openFolder({ folder: join(folder, 'none'), secret: randomBytes(32), remote: publicBytesOf(privateKeyOf(randomBytes(32))) as Uint8Array })).toMatchObject({ ok: false, error: { kind: 'not-found' } })
  })
})

describe('TLS over TCP', () => {
  const tryConnect = (port: number, options: object): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['values-steward/sync/1'], ...options })
      socket.on('error', (error) => resolve(error.message))
      socket.on('close', () => resolve('closed'))
      socket.on('data', () => resolve('data'))
    })
  const identity = (secret: Uint8Array) => {
    const key = privateKeyOf(secret)
    return { key: key.export({ format: 'pem', type: 'pkcs8' }), cert: pem(selfSigned(key)) }
  }

  it('takes nothing older than TLS 1.3, nobody without a key, nobody with another protocol, nobody under a key that they do not hold', async () => {
    const right = await openEnd(openTls)
    const { port } = right.carrier
    const [mine, other] = [identity(randomBytes(32)), identity(randomBytes(32))]
    expect(await tryConnect(port, { ...mine, maxVersion: 'TLSv1.2' })).toMatch(/version|alert|closed/u)
    expect(await tryConnect(port, {})).toBe('closed')
    expect(await tryConnect(port, { ...mine, ALPNProtocols: ['http/1.1'] })).toMatch(/no application protocol|alert|closed|reset/u)
    expect(await tryConnect(port, { ...mine, ALPNProtocols: undefined })).toBe('closed')
    expect(() => connect({ host: '127.0.0.1', port, key: mine.key, cert: other.cert }).destroy()).toThrow(/key values mismatch/u)
    expect(right.arrivals).toEqual([])
    await right.carrier.close()
  })

  /** Somebody who holds a key and writes as fast as the line takes it; `isDeaf`: they read nothing. */
  const flood = (port: number, bytes: Uint8Array, isDeaf: boolean): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['values-steward/sync/1'], minVersion: 'TLSv1.3', ...identity(randomBytes(32)) }, () => {
        if (isDeaf) socket.pause()
        const pump = (): void => {
          while (socket.write(bytes));
          socket.once('drain', pump)
        }
        pump()
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
    })

  it('keeps one answer for somebody who asks without end and reads none, and lets go of them once the line is closed', async () => {
    const right = await openEnd(openTls)
    const arriving = right.arrival()
    const flooded = flood(right.carrier.port, Buffer.alloc(256 * 1024, 0xff), true)
    const { transport } = await arriving
    let most = 0
    for (const until = performance.now() + 500; performance.now() < until; await new Promise((resolve) => setTimeout(resolve, 10))) most = Math.max(most, transport.pending)
    expect(most).toBeLessThanOrEqual(8)
    transport.close()
    await flooded
    await vi.waitFor(() => expect(right.carrier.lines).toBe(0))
    await right.carrier.close()
  }, 20_000)

  it('sends away whoever says more in a second than anybody has to say, and hands on no more of it', async () => {
    const right = await openEnd(openTls, undefined, 100)
    const arriving = right.arrival()
    const flooded = flood(right.carrier.port, Buffer.alloc(256 * 1024), false)
    let frames = 0
    const { transport } = await arriving
    transport.onFrame(() => (frames += 1))
    await flooded
    expect(frames).toBeLessThanOrEqual(100)
    await right.carrier.close()
  })
})
