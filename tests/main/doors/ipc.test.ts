/**
 * The Electron door from the page's Bridge to the steward, over a fake IPC that is typed by electron.d.ts.
 */
import { describe, expect, it, vi } from 'vitest'
import { serveWindows } from '../../../main/doors/ipc.ts'
import { createBridge } from '../../../main/doors/preload.ts'
import { channels } from '../../../main/doors/channels.ts'
import type { HostedSteward } from '../../../main/doors/browser.ts'
import type { CallName, Status, StewardEvent } from '../../../shared/ipc.ts'
import type { Transport } from '../../../shared/ports.ts'
import { ok } from '../../../shared/result.ts'
import { maximumFrame } from '../../../shared/wire.ts'
import { transportContract } from '../../contracts/transport.ts'
import { everyCall } from '../../support/calls.ts'
import { asIpcMain, asIpcRenderer, electron, FakeContents, FakeIpcMain } from '../../support/electron.ts'

vi.mock('electron', async () => (await import('../../support/electron.ts')).electron)

const status: Status = { version: '1', home: 'h', storage: { kind: 'writable' }, model: { kind: 'loading' }, rules: '', empty: true }

describe('calls', () => {
  it('reach the steward with parsed arguments, and answer with its result', async () => {
    const { bridge, steward } = openDoor()
    expect(await bridge.call('planImport', { name: 'a.json', text: '{}' })).toEqual({ ok: true, value: 'planImport' })
    expect(steward.asked).toEqual([['planImport', { name: 'a.json', text: '{}' }]])
  })

  it('with arguments that are not the call’s, or a name that is no call, are a problem and reach nothing', async () => {
    const { page, steward } = openDoor()
    const wrong = [['preview', { situation: '' }], ['planImport', null], ['toString', null], ['__proto__', {}], [7, null], ['status', { extra: 1 }]]
    for (const [name, argument] of wrong) {
      expect(await page.renderer.invoke(channels.call, name, argument)).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    }
    expect(steward.asked).toEqual([])
  })

  it('never reject, even where nobody answers', async () => {
    const { bridge, stop } = openDoor()
    stop()
    expect(await bridge.call('status', null)).toMatchObject({ ok: false, error: { kind: 'internal' } })
  })
})

describe('[17] the sender of every message is checked', () => {
  const strangers: readonly (readonly [string, FakeContents['frame']])[] = [
    ['another page', { url: 'https://example.org/', parent: null }],
    ['a file', { url: 'file:///home/me/index.html', parent: null }],
    ['a host that begins like ours', { url: 'app://steward.example.org/', parent: null }],
    ['a name before the host', { url: 'app://steward@example.org/', parent: null }],
    ['a name before our host', { url: 'app://me@steward/', parent: null }],
    ['an empty page', { url: 'about:blank', parent: null }],
    ['no address', { url: '', parent: null }],
    ['a frame inside our page', { url: 'app://steward/', parent: {} as never }],
    ['a frame that is gone', null]
  ]
  for (const [name, frame] of strangers) {
    it(`${name} is refused, and opens no channel`, async () => {
      const { page, bridge, steward } = openDoor()
      const connected = vi.fn<(connected: boolean) => void>()
      page.frame = frame
      bridge.sync.onConnected(connected)
      expect(await bridge.call('exportNative', null)).toMatchObject({ ok: false, error: { kind: 'denied' } })
      expect(steward.asked).toEqual([])
      expect(steward.transports).toEqual([])
      expect(connected).not.toHaveBeenCalled()
    })
  }

  it('a frame of a page that was led elsewhere meanwhile is dropped', async () => {
    const { page, transport, received } = await openChannel()
    transport.onFrame((frame) => received.push(frame))
    page.frame = { url: 'https://example.org/', parent: null }
    page.renderer.send(channels.frame, page.number, Uint8Array.of(1))
    page.frame = { url: 'app://steward/', parent: null }
    await turns()
    page.frame = { url: 'https://example.org/', parent: null }
    page.renderer.send(channels.frame, page.number, Uint8Array.of(2))
    await turns()
    expect(received).toEqual([Uint8Array.of(1)])
  })
})

describe('the replica channel', () => {
  it('tells the page the state at once and at every change', async () => {
    const { bridge, steward } = openDoor()
    const events: StewardEvent[] = []
    bridge.onEvent((event) => events.push(event))
    bridge.sync.onConnected(() => undefined)
    await vi.waitFor(() => expect(events).toEqual([{ kind: 'status', status: { ...status } }]))
    steward.tell({ kind: 'status', status: { ...status, empty: false } })
    await vi.waitFor(() => expect(events).toHaveLength(2))
  })

  it('drops what is no frame, is too long, or bears the number of another page', async () => {
    const { page, transport, received } = await openChannel()
    transport.onFrame((frame) => received.push(frame))
    const tooLong = new Uint8Array(maximumFrame + 1)
    for (const [number, frame] of [[page.number, 'text'], [page.number, null], [page.number, [1]], [page.number, tooLong], [page.number - 1, Uint8Array.of(1)], [null, Uint8Array.of(1)], ['1', Uint8Array.of(1)]]) {
      page.renderer.send(channels.frame, number, frame)
    }
    page.renderer.send(channels.frame, page.number, Uint8Array.of(9))
    await vi.waitFor(() => expect(received).toEqual([Uint8Array.of(9)]))
  })

  it('is opened anew by the page when the steward ends it', async () => {
    const { bridge, steward } = openDoor()
    const states: boolean[] = []
    bridge.sync.onConnected((connected) => states.push(connected))
    await vi.waitFor(() => expect(states).toEqual([true]))
    steward.transports[0]?.close()
    await vi.waitFor(() => expect(states).toEqual([true, false, true]))
    expect(steward.transports).toHaveLength(2)
  })

  it('of a page before is ended when the page loads again, and events come once', async () => {
    const { page, bridge, steward } = openDoor()
    bridge.sync.onConnected(() => undefined)
    await vi.waitFor(() => expect(steward.transports).toHaveLength(1))
    const closed = vi.fn<() => void>()
    steward.transports[0]?.onClose(closed)
    page.renderer.removeAllListeners()
    const events: StewardEvent[] = []
    const again = createBridge(asIpcRenderer(page.renderer))
    again.onEvent((event) => events.push(event))
    again.sync.onConnected(() => undefined)
    await vi.waitFor(() => expect(steward.transports).toHaveLength(2))
    expect(closed).toHaveBeenCalledTimes(1)
    await vi.waitFor(() => expect(events).toHaveLength(1))
    steward.tell({ kind: 'status', status })
    await turns()
    expect(events).toHaveLength(2)
  })

  for (const end of ['destroyed', 'render-process-gone']) {
    it(`ends with the page (${end}), and nothing is sent to it any more`, async () => {
      const { page, transport, steward } = await openChannel()
      const closed = vi.fn<() => void>()
      transport.onClose(closed)
      if (end === 'destroyed') page.destroy()
      else page.emit(end)
      expect(closed).toHaveBeenCalledTimes(1)
      expect(() => transport.send(Uint8Array.of(1))).not.toThrow()
      expect(() => steward.tell({ kind: 'status', status })).not.toThrow()
    })
  }
})

transportContract('Electron’s IPC', async () => {
  const { page, transport, bridge } = await openChannel()
  return { left: transport, right: pageEnd(page, bridge), dispose: async () => page.destroy() }
})

describe('[20] the page is given the Bridge and nothing of Electron', () => {
  it('under one name, with the members of the contract alone', () => {
    expect([...electron.contextBridge.exposed.keys()]).toEqual(['steward'])
    const bridge = electron.contextBridge.exposed.get('steward') as object
    expect(Object.keys(bridge).toSorted()).toEqual(['call', 'onEvent', 'print', 'sync'])
    expect(Object.keys((bridge as { sync: object }).sync).toSorted()).toEqual(['onConnected', 'onFrame', 'send'])
  })
})

// ---- a steward that answers with what it was asked ------------------------------------------------------------------

function openDoor() {
  const main = new FakeIpcMain()
  const page = Object.assign(new FakeContents(main), { number: 0 })
  const steward = createSteward()
  const stop = serveWindows(asIpcMain(main), steward)
  main.on(channels.open, (_event, number: number) => (page.number = number))
  return { page, steward, stop, bridge: createBridge(asIpcRenderer(page.renderer)) }
}

async function openChannel() {
  const door = openDoor()
  const connected = new Promise((resolve) => door.bridge.sync.onConnected(resolve))
  await connected
  const [transport] = door.steward.transports
  if (transport === undefined) throw new Error('no channel was opened')
  const received: Uint8Array[] = []
  return { ...door, transport, received }
}

function createSteward() {
  const asked: (readonly [CallName, unknown])[] = []
  const transports: Transport[] = []
  const listeners = new Set<(event: StewardEvent) => void>()
  const steward: HostedSteward = {
    ...everyCall((name, argument) => {
      asked.push([name, argument])
      return ok(name)
    }),
    status: () => ok(status),
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connectWindow: (transport) => void transports.push(transport)
  }
  return { ...steward, asked, transports, tell: (event: StewardEvent) => listeners.forEach((listener) => listener(event)) }
}

/** The page's end as a Transport: it closes by going. */
function pageEnd(page: FakeContents, bridge: ReturnType<typeof createBridge>): Transport {
  const closing = new Set<() => void>()
  let ended = false
  const end = () => {
    if (ended) return
    ended = true
    for (const tell of closing) tell()
  }
  bridge.sync.onConnected((connected) => {
    if (!connected) end()
  })
  return {
    send: (frame) => (ended ? undefined : bridge.sync.send(frame)),
    onFrame: (listener) => void bridge.sync.onFrame((frame) => (ended ? undefined : listener(frame))),
    onClose: (tell) => (ended ? tell() : void closing.add(tell)),
    close() {
      if (ended) return
      end()
      page.destroy()
    }
  }
}

async function turns(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10))
}
