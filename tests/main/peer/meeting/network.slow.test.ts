/** The process that meets other devices, as a process: two of them over real sockets, one that dies, one that is put out. */
import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ownAddresses } from '../../../../main/peer/carrier/addresses.ts'
import { privateKeyOf, publicBytesOf } from '../../../../main/peer/carrier/der.ts'
import type { FromProcess, ToProcess } from '../../../../main/peer/meeting/messages.ts'
import { startNetwork, type Network, type NetworkHost, type NetworkListeners } from '../../../../main/peer/meeting/network.ts'
import type { PeerTransport } from '../../../../shared/ports.ts'
import { peerTransportContract } from '../../../contracts/transport.ts'

const limits = { frame: 4_000_000, backlog: 8_000_000 }
const keys = [new Uint8Array(32).fill(9)]
/** Where both are: iroh listens at no other address. */
const here = ownAddresses()[0] ?? '127.0.0.1'

interface Device {
  readonly network: Network
  readonly id: string
  readonly secret: Uint8Array
  readonly key: Uint8Array
  readonly hex: string
  readonly arrivals: PeerTransport[]
  readonly found: string[][]
  readonly children: ChildProcess[]
  listen(members: readonly Device[]): void
  port(): number
}

const devices: Device[] = []
afterEach(async () => {
  await Promise.all(devices.splice(0).map(({ network }) => network.close()))
})

function createDevice(id: string, more: NetworkListeners = {}): Device {
  const secret = Uint8Array.from(randomBytes(32))
  const key = publicBytesOf(privateKeyOf(secret)) as Uint8Array
  const [arrivals, found, children]: [PeerTransport[], string[][], ChildProcess[]] = [[], [], []]
  const network = startNetwork({ onArrival: (transport) => arrivals.push(transport), onDevice: (device, addresses) => found.push([device, ...addresses]), ...more }, (entry) => host(entry, children), limits)
  const device: Device = {
    network, id, secret, key, hex: Buffer.from(key).toString('hex'), arrivals, found, children,
    listen: (members) => network.listen({ secret, port: 0, relay: null, members: members.map(({ hex }) => hex), circle: { me: id, key, others: members.map((one) => one.id), keys } }),
    port: () => (network.state.kind === 'listening' ? network.state.port : 0)
  }
  devices.push(device)
  return device
}

/** As network.ts starts one, with the child kept, so that a test can kill it. */
function host(entry: URL, children: ChildProcess[]): NetworkHost {
  const child = fork(fileURLToPath(entry), { execArgv: [], serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  children.push(child)
  return {
    send: (message: ToProcess) => void (child.connected && child.send(message, () => undefined)),
    onMessage: (listener) => void child.on('message', (message) => listener(message as FromProcess)),
    onExit: (listener) => void (child.exitCode === null && child.signalCode === null ? child.once('exit', () => listener()) : listener()),
    kill: () => void child.kill('SIGKILL')
  }
}

async function createPair(): Promise<readonly [Device, Device]> {
  const [left, right] = [createDevice('left'), createDevice('right')]
  left.listen([right])
  right.listen([left])
  await vi.waitFor(() => expect([left.port(), right.port()]).not.toContain(0), 45_000)
  return [left, right]
}

async function connect(left: Device, right: Device): Promise<readonly [PeerTransport, PeerTransport]> {
  const before = right.arrivals.length
  const dialled = await left.network.dial({ key: right.key, addresses: [`${here}:${right.port()}`] }, 'sync')
  if (!dialled.ok) throw new Error(dialled.error.message)
  await vi.waitFor(() => expect(right.arrivals.length).toBeGreaterThan(before), 10_000)
  return [dialled.value, right.arrivals.at(-1) as PeerTransport]
}

peerTransportContract('a process of its own', async () => {
  const [left, right] = await createPair()
  const [atLeft, atRight] = await connect(left, right)
  return { left: atLeft, right: atRight, keys: { left: left.key, right: right.key }, limits, dispose: async () => undefined }
})

describe('the process that meets other devices', () => {
  it('listens over iroh and TLS at one port, and is found by its own circle', async () => {
    const [left, right] = await createPair()
    expect(left.network.state).toMatchObject({ carriers: ['iroh', 'tls'] })
    await vi.waitFor(() => expect([left.found[0]?.[0], right.found[0]?.[0]]).toEqual(['right', 'left']), 10_000)
    expect(left.found[0]?.[1]).toMatch(new RegExp(`:${right.port()}$`, 'u'))
  })

  it('finds those of its circle too whom it does not know, by their key, and nobody of another circle', async () => {
    const found: [string, string][] = []
    const left = createDevice('left', { onKin: (one, [address]) => void found.push([Buffer.from(one).toString('hex'), address ?? '']) })
    const [right, outsider] = [createDevice('right'), createDevice('outsider')]
    outsider.network.listen({ secret: outsider.secret, port: 0, relay: null, members: [], circle: { me: 'outsider', key: outsider.key, others: [], keys: [new Uint8Array(32).fill(99)] } })
    left.listen([])
    right.listen([])
    await vi.waitFor(() => expect(found.length).toBeGreaterThan(0), 45_000)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(new Set(found.map(([one]) => one))).toEqual(new Set([right.hex]))
    expect(found[0]?.[1]).toMatch(new RegExp(`:${right.port()}$`, 'u'))
  })

  it('is started again when it dies, closes what it had, and connects again', async () => {
    const [left, right] = await createPair()
    const [atLeft] = await connect(left, right)
    const closed = vi.fn()
    atLeft.onClose(closed)
    left.children[0]?.kill('SIGKILL')
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1), 10_000)
    await vi.waitFor(() => expect(left.children.length).toBe(2), 10_000)
    await vi.waitFor(async () => expect((await left.network.dial({ key: right.key, addresses: [`${here}:${right.port()}`] }, 'sync')).ok).toBe(true), 10_000)
  })

  it('sends away at once whoever is no member any more, and lets them in no more', async () => {
    const refused = vi.fn()
    const [left, right] = [createDevice('left'), createDevice('right', { onRefused: refused })]
    left.listen([right])
    right.listen([left])
    await vi.waitFor(() => expect([left.port(), right.port()]).not.toContain(0), 45_000)
    const dialled = await left.network.dial({ key: right.key, addresses: [`${here}:${right.port()}`] }, 'sync')
    if (!dialled.ok) throw new Error(dialled.error.message)
    const closed = vi.fn()
    dialled.value.onClose(closed)
    right.listen([])
    await vi.waitFor(() => expect(closed).toHaveBeenCalled(), 10_000)
    const again = await left.network.dial({ key: right.key, addresses: [`${here}:${right.port()}`] }, 'sync')
    if (again.ok) await new Promise<void>((resolve) => again.value.onClose(resolve))
    await vi.waitFor(() => expect(refused).toHaveBeenCalledWith(left.key), 10_000)
  })

  it('sends away a member that is one no more by the time its line is there, whenever that is', async () => {
    const [left, right] = [createDevice('left'), createDevice('right')]
    left.listen([right])
    right.listen([left])
    await vi.waitFor(() => expect([left.port(), right.port()]).not.toContain(0), 45_000)
    for (const after of [0, 2, 5, 10, 20, 40]) {
      right.listen([left])
      const dialling = left.network.dial({ key: right.key, addresses: [`${here}:${right.port()}`] }, 'sync')
      await new Promise((resolve) => setTimeout(resolve, after))
      right.listen([])
      const dialled = await dialling
      if (dialled.ok) await new Promise<void>((resolve) => dialled.value.onClose(resolve))
    }
  })

  it('hears somebody unknown where somebody asks to, in small frames only, and keeps it once it is a member', async () => {
    const strangers: PeerTransport[] = []
    const [left, right] = [createDevice('left'), createDevice('right', { onStranger: (transport) => strangers.push(transport) })]
    left.listen([right])
    right.listen([])
    await vi.waitFor(() => expect([left.port(), right.port()]).not.toContain(0), 45_000)
    const dial = async (): Promise<PeerTransport> => {
      const dialled = await left.network.dial({ key: right.key, addresses: [`${here}:${right.port()}`] }, 'sync')
      if (!dialled.ok) throw new Error(dialled.error.message)
      return dialled.value
    }
    const first = await dial()
    await vi.waitFor(() => expect(strangers.length).toBe(1), 10_000)
    expect([right.arrivals.length, strangers[0]?.remote]).toEqual([0, left.key])
    first.send(new Uint8Array(3_000_000))
    await new Promise<void>((resolve) => first.onClose(resolve))

    const second = await dial()
    await vi.waitFor(() => expect(strangers.length).toBe(2), 10_000)
    right.listen([left])
    const heard: number[] = []
    strangers[1]?.onFrame((frame) => heard.push(frame.length))
    /* In order: what comes after the members were told is whole. */
    await vi.waitFor(() => {
      second.send(new Uint8Array(1))
      expect(heard.length).toBeGreaterThan(0)
    }, 10_000)
    second.send(new Uint8Array(3_000_000))
    await vi.waitFor(() => expect(heard).toContain(3_000_000), 20_000)
    second.close()
  })

  it('stays alive whatever strangers send into the network it listens to', async () => {
    const { createSocket } = await import('node:dgram')
    const [left, right] = await createPair()
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, resolve))
    for (let round = 0; round < 300; round += 1) {
      const packet = randomBytes(1 + (round % 200))
      /* A response that claims records. */
      if (round % 2 === 0 && packet.length > 12) packet.set([0, 0, 0x84, 0, 0, 0, 0, round % 5, 0, 0, 0, 0])
      await new Promise<void>((resolve) => socket.send(packet, 5353, '224.0.0.251', () => resolve()))
    }
    socket.close()
    await connect(left, right)
    expect([left.children.length, right.children.length]).toEqual([1, 1])
  })
})
