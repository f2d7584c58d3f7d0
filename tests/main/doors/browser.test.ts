import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect, createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { hostLimits, startBrowserHost, type BrowserHost, type HostedSteward, type HostLimits } from '../../../main/doors/browser.ts'
import type { Status, StewardEvent } from '../../../shared/ipc.ts'
import type { Transport } from '../../../shared/ports.ts'
import { fail, ok } from '../../../shared/result.ts'
import { everyCall } from '../../support/calls.ts'

const status: Status = { version: '1', home: 'h', storage: { kind: 'writable' }, model: { kind: 'loading' }, rules: '', empty: true }

/** The side of the steward that a door sees; what is asked, told and connected stands in the open. */
function createHostedSteward() {
  const listeners = new Set<(event: StewardEvent) => void>()
  const transports: Transport[] = []
  let release = () => {}
  const gate = new Promise<void>((resolve) => (release = resolve))
  const steward: HostedSteward = {
    ...everyCall(),
    status: () => ok(status),
    preview: async () => (await gate, fail('model', 'the model is away', 'wait')),
    planImport: () => ok({ added: 0, changed: 0, same: 0, lines: [] }),
    applyImport: () => ok({ added: 0, changed: 0, same: 0, lines: [] }),
    exportNative: () => ok('x'.repeat(1_000_000)),
    onEvent: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    connectWindow: (transport) => void transports.push(transport)
  }
  return { steward, listeners, transports, release: () => release() }
}

const bytes = () => {
  let calls = 0
  return { bytes: (length: number) => new Uint8Array(length).fill((calls += 1)) }
}

const notebook = 'aa00'
let assets: string
let world: ReturnType<typeof createHostedSteward>
let host: BrowserHost
let token: string
const open: WebSocket[] = []

beforeAll(async () => {
  assets = await mkdtemp(join(tmpdir(), 'host-'))
  await mkdir(join(assets, 'assets'))
  await writeFile(join(assets, 'index.html'), '<!doctype html><title>Values Steward</title>')
  await writeFile(join(assets, 'assets', 'index-Ab3_x9Zk.js'), 'export {}')
})
afterAll(() => rm(assets, { recursive: true }))

async function start(limits: HostLimits = hostLimits) {
  world = createHostedSteward()
  const started = await startBrowserHost({ steward: world.steward, random: bytes(), assets, port: 0, notebook, limits })
  if (!started.ok) throw new Error(started.error.message)
  host = started.value
  token = new URL(host.address).hash.slice('#token='.length)
}
beforeEach(() => start())
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate()
  await host.close()
})

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request exactly as given: no header is added but the connection's own; a header of null is left out. */
async function ask(method: string, path: string, headers: Record<string, string | null> = {}, body = ''): Promise<Answer> {
  const all = { Host: `127.0.0.1:${host.port}`, ...headers }
  const request = httpRequest({
    host: '127.0.0.1', port: host.port, method, path, setHost: false, agent: false,
    headers: Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null))
  })
  request.on('error', () => undefined)
  request.end(body)
  const [response] = await once(request, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode, headers: response.headers, body: text }
}

const origin = () => `http://127.0.0.1:${host.port}`
const exchange = (given: unknown = { token }, headers: Record<string, string | null> = {}) =>
  ask('POST', '/session', { Origin: origin(), 'Content-Type': 'application/json', ...headers }, typeof given === 'string' ? given : JSON.stringify(given))

async function signIn(): Promise<string> {
  const answer = await exchange()
  expect(answer.status).toBe(204)
  return (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? ''
}

/** The status of the answer to an upgrade, sent exactly as given. */
async function upgrade(headers: Record<string, string | null>, path = '/steward'): Promise<number> {
  const all = {
    Host: `127.0.0.1:${host.port}`, Connection: 'Upgrade', Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers
  }
  const request = httpRequest({
    host: '127.0.0.1', port: host.port, path, setHost: false, agent: false,
    headers: Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null))
  })
  request.end()
  return await new Promise((resolve, reject) => {
    request.on('upgrade', (response, socket) => (socket.destroy(), resolve(response.statusCode ?? 0)))
    request.on('response', (response) => (response.resume(), resolve(response.statusCode ?? 0)))
    request.on('error', reject)
  })
}

async function openSocket(): Promise<{ socket: WebSocket; messages: Record<string, unknown>[] }> {
  const cookie = await cookieOnce()
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}/steward`, { headers: { Origin: origin(), Cookie: cookie } })
  const messages: Record<string, unknown>[] = []
  socket.on('message', (data: Buffer, isBinary) => void (isBinary || messages.push(JSON.parse(data.toString()) as Record<string, unknown>)))
  open.push(socket)
  await once(socket, 'open')
  return { socket, messages }
}

async function openWindow() {
  const { socket, messages } = await openSocket()
  let id = 0
  return {
    socket,
    messages,
    async ask(name: string, argument: unknown): Promise<unknown> {
      const mine = (id += 1)
      socket.send(JSON.stringify({ id: mine, name, argument }))
      return await vi.waitUntil(() => messages.find((message) => message['id'] === mine)?.['result'], { timeout: 5_000 })
    }
  }
}

const cookies = new WeakMap<BrowserHost, string>()
async function cookieOnce(): Promise<string> {
  const known = cookies.get(host) ?? (await signIn())
  cookies.set(host, known)
  return known
}

describe('the address', () => {
  it('holds 256 bits of chance in its fragment, which no request carries', () => {
    expect(host.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[A-Za-z0-9_-]{43}$/u)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  })

  it('answers on the loopback address alone', async () => {
    const others = Object.values(networkInterfaces()).flat().filter((each) => each !== undefined && each.address !== '127.0.0.1')
    for (const address of ['::1', '127.0.0.2', ...others.map((each) => each?.address ?? '').filter((each) => !each.startsWith('fe80'))]) {
      const socket = connect({ host: address, port: host.port })
      const outcome = await new Promise((resolve) => socket.on('connect', () => resolve('open')).on('error', () => resolve('refused')))
      socket.destroy()
      expect([address, outcome]).toEqual([address, 'refused'])
    }
  })
})

describe('files', () => {
  it('come with their type and every protection', async () => {
    const { status, headers, body } = await ask('GET', '/')
    expect([status, body]).toEqual([200, '<!doctype html><title>Values Steward</title>'])
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin', 'cache-control': 'no-cache'
    })
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; /u)
    expect(headers).not.toHaveProperty('x-powered-by')
    expect((await ask('GET', '/assets/index-Ab3_x9Zk.js')).headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff'
    })
    expect(await ask('HEAD', '/')).toMatchObject({ status: 200, body: '' })
  })

  it.each([['/../package.json'], ['/%2e%2e/package.json'], ['/assets/..%2f..%2fpackage.json'], ['//etc/passwd'], ['/missing.js'], ['http://127.0.0.1/index.html'], ['*']])(
    'do not lie at %s',
    async (path) => {
      expect(await ask('GET', path)).toMatchObject({ status: 404 })
    }
  )

  it.each([['POST'], ['PUT'], ['DELETE'], ['OPTIONS'], ['PATCH']])('do not answer to %s', async (method) => {
    const { status, headers } = await ask(method, '/')
    expect(status).toBe(405)
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  })
})

/* name, Host ('PORT' is the host's own), Origin, with the right token or cookie; expected status, or null for "let in" */
const strangers: readonly (readonly [string, string | null, string | null, number | null])[] = [
  ['the window itself', '127.0.0.1:PORT', 'http://127.0.0.1:PORT', null],
  ['a name rebound to this machine', 'evil.example:PORT', 'http://evil.example:PORT', 403],
  ['a rebound name that forges the origin', 'evil.example:PORT', 'http://127.0.0.1:PORT', 403],
  ['another site', '127.0.0.1:PORT', 'https://evil.example', 403],
  ['a name that begins like ours', '127.0.0.1:PORT', 'http://127.0.0.1:PORT.evil.example', 403],
  ['another program on this machine', '127.0.0.1:PORT', 'http://127.0.0.1:1', 403],
  ['our port under another name', '127.0.0.1:PORT', 'http://localhost:PORT', 403],
  ['the other scheme', '127.0.0.1:PORT', 'https://127.0.0.1:PORT', 403],
  ['a sandboxed frame or a file', '127.0.0.1:PORT', 'null', 403],
  ['an empty origin', '127.0.0.1:PORT', '', 403],
  ['two origins', '127.0.0.1:PORT', 'http://127.0.0.1:PORT, https://evil.example', 403],
  ['no origin', '127.0.0.1:PORT', null, 403],
  ['localhost', 'localhost:PORT', 'http://localhost:PORT', 403],
  ['no port', '127.0.0.1', 'http://127.0.0.1', 403],
  ['the wrong port', '127.0.0.1:1', 'http://127.0.0.1:PORT', 403],
  ['IPv6', '[::1]:PORT', 'http://[::1]:PORT', 403],
  ['IPv4 within IPv6', '[::ffff:127.0.0.1]:PORT', 'http://[::ffff:127.0.0.1]:PORT', 403],
  ['the short form', '127.1:PORT', 'http://127.1:PORT', 403],
  ['the decimal form', '2130706433:PORT', 'http://2130706433:PORT', 403],
  ['a trailing dot', '127.0.0.1.:PORT', 'http://127.0.0.1.:PORT', 403],
  ['a user in the host', 'a@127.0.0.1:PORT', 'http://127.0.0.1:PORT', 403],
  ['an empty host', '', 'http://127.0.0.1:PORT', 403],
  ['no host', null, 'http://127.0.0.1:PORT', 403]
]

describe.each(strangers)('%s', (_, hostHeader, originHeader, expected) => {
  const headers = () => ({
    Host: hostHeader?.replace('PORT', String(host.port)) ?? null,
    Origin: originHeader?.replaceAll('PORT', String(host.port)) ?? null
  })

  it(expected === null ? 'may exchange the token' : `is refused the exchange with ${expected}, and the token stays good`, async () => {
    expect(await exchange({ token }, headers())).toMatchObject({ status: expected ?? 204 })
    if (expected === null) return
    expect(await exchange()).toMatchObject({ status: 204 })
  })

  it(expected === null ? 'may open the channel' : `is refused the channel with ${expected}, cookie or not`, async () => {
    const cookie = await signIn()
    expect(await upgrade({ ...headers(), Cookie: cookie })).toBe(expected ?? 101)
    expect(world.transports).toHaveLength(expected === null ? 1 : 0)
    expect(await upgrade(headers())).toBe(expected ?? 401)
  })

  it('gets files only under the right host', async () => {
    const wanted = hostHeader === '127.0.0.1:PORT' ? 200 : 403
    expect(await ask('GET', '/', headers())).toMatchObject({ status: wanted })
  })
})

describe('the token', () => {
  it('is exchanged once for a cookie that scripts and other sites cannot use', async () => {
    const answer = await exchange()
    expect(answer).toMatchObject({ status: 204, body: '', headers: { 'cache-control': 'no-store' } })
    const [cookie = ''] = answer.headers['set-cookie'] ?? []
    expect(cookie).toMatch(new RegExp(`^steward-${host.port}=[A-Za-z0-9_-]{43}; `, 'u'))
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(cookie.split('; ')).toContain(attribute)
    expect(cookie).not.toContain(token)
    expect(await exchange()).toMatchObject({ status: 401 })
  })

  it('is not needed again on reload and in a second tab, which the cookie serves', async () => {
    const cookie = await signIn()
    expect(await exchange({}, { Cookie: cookie })).toMatchObject({ status: 204 })
    expect(await exchange({ token }, { Cookie: `other=1; ${cookie}` })).toMatchObject({ status: 204 })
    expect(await upgrade({ Origin: origin(), Cookie: cookie })).toBe(101)
    expect(await upgrade({ Origin: origin(), Cookie: `a=b; ${cookie}; c=d` })).toBe(101)
  })

  it.each([
    ['another', { token: 'A'.repeat(43) }, 401],
    ['an empty one', { token: '' }, 401],
    ['none', {}, 401],
    ['one that is no text', { token: 7 }, 400],
    ['one in a list', [], 400],
    ['something else beside it', { token: 'x', admin: true }, 400],
    ['no JSON', '{"token":', 400],
    ['no body', '', 400],
    ['a body that is too long', JSON.stringify({ token: 'x'.repeat(5_000) }), 413],
    ['a body of 10 MB', 'x'.repeat(10_000_000), 413]
  ])('is refused when it is %s', async (_, body, status) => {
    const answer = await exchange(body)
    expect(answer).toMatchObject({ status })
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(JSON.parse(answer.body)).toMatchObject({ kind: expect.any(String), message: expect.any(String), remedy: expect.any(String) })
    expect(await exchange()).toMatchObject({ status: 204 })
  })

  it('is refused in a form, which any site can send', async () => {
    expect(await exchange({ token }, { 'Content-Type': 'text/plain' })).toMatchObject({ status: 415 })
    expect(await exchange({ token }, { 'Content-Type': null })).toMatchObject({ status: 415 })
    expect(await ask('GET', '/session', { Origin: origin() })).toMatchObject({ status: 405 })
  })

  it('makes a session that nobody can guess or have before it', async () => {
    const guess = Buffer.from(new Uint8Array(32).fill(3)).toString('base64url')
    /* The seeded chance of this test gives the session as its second draw; without the exchange even that is worth nothing. */
    const second = Buffer.from(new Uint8Array(32).fill(2)).toString('base64url')
    for (const value of [guess, second, '', token]) {
      expect(await upgrade({ Origin: origin(), Cookie: `steward-${host.port}=${value}` })).toBe(401)
    }
    expect(await upgrade({ Origin: origin(), Cookie: 'steward-1=x' })).toBe(401)
  })
})

describe('the channel', () => {
  it('carries calls and their answers, told apart by their ids', async () => {
    const window = await openWindow()
    const slow = window.ask('preview', { domain: '', mode: 'theory', situation: 'A friend asks.', options: ['a', 'b'] })
    expect(await window.ask('status', null)).toEqual(ok(status))
    world.release()
    expect(await slow).toMatchObject({ ok: false, error: { kind: 'model' } })
    expect(await window.ask('nonsense', null)).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    expect(await window.ask('preview', null)).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
  })

  it('tells the status at once and again at each change, to every window, and forgets a window that left', async () => {
    const [first, second] = [await openWindow(), await openWindow()]
    await vi.waitUntil(() => first.messages.length === 1 && second.messages.length === 1)
    expect(first.messages[0]).toEqual({ event: { kind: 'status', status } })
    const changed: StewardEvent = { kind: 'status', status: { ...status, empty: false } }
    for (const listener of world.listeners) listener(changed)
    await vi.waitUntil(() => first.messages.length === 2 && second.messages.length === 2)
    expect(second.messages[1]).toEqual({ event: changed })
    first.socket.close()
    await vi.waitUntil(() => world.listeners.size === 1)
  })

  it('carries sync frames both ways, apart from calls', async () => {
    const { socket } = await openWindow()
    await vi.waitUntil(() => world.transports.length === 1)
    const [transport] = world.transports
    const atHome: Uint8Array[] = []
    const atWindow: Buffer[] = []
    transport?.onFrame((frame) => atHome.push(Uint8Array.from(frame)))
    socket.on('message', (data: Buffer, isBinary) => void (isBinary && atWindow.push(data)))
    socket.send(Uint8Array.of(0, 1, 2))
    transport?.send(Uint8Array.of(3, 4))
    await vi.waitUntil(() => atHome.length === 1 && atWindow.length === 1)
    expect([atHome[0], [...(atWindow[0] ?? [])]]).toEqual([Uint8Array.of(0, 1, 2), [3, 4]])
  })

  it.each([['not JSON'], ['[]'], ['{"id":-1,"name":"status","argument":null}'], ['{"name":"status"}'], ['{"id":1,"name":"status","argument":null,"more":1}'], ['null'], ['']])(
    'is closed by the malformed message %s, and only that one',
    async (message) => {
      const [bad, good] = [await openWindow(), await openWindow()]
      bad.socket.send(message)
      expect((await once(bad.socket, 'close'))[0]).toBe(1008)
      expect(await good.ask('status', null)).toEqual(ok(status))
    }
  )

  it('is closed by a frame that is too long', async () => {
    await host.close()
    await start({ ...hostLimits, frameBytes: 1_000 })
    const { socket } = await openWindow()
    socket.send(new Uint8Array(1_001))
    expect((await once(socket, 'close'))[0]).toBe(1009)
  })

  it('is not opened for more windows than there may be', async () => {
    await host.close()
    await start({ ...hostLimits, windows: 2 })
    const first = await openWindow()
    await openWindow()
    const { socket } = await openSocket()
    expect((await once(socket, 'close'))[0]).toBe(1013)
    expect(world.transports).toHaveLength(2)
    first.socket.close()
    await once(first.socket, 'close')
    await vi.waitUntil(() => world.listeners.size === 1)
    expect(await (await openWindow()).ask('status', null)).toEqual(ok(status))
  })

  it('answers too many open questions with a Problem instead of piling them up', async () => {
    await host.close()
    await start({ ...hostLimits, calls: 2 })
    const window = await openWindow()
    const question = { domain: '', mode: 'theory', situation: 'A friend asks.', options: ['a', 'b'] }
    const waiting = [window.ask('preview', question), window.ask('preview', question)]
    expect(await window.ask('preview', question)).toMatchObject({ ok: false, error: { kind: 'conflict' } })
    world.release()
    await Promise.all(waiting)
    expect(await window.ask('status', null)).toEqual(ok(status))
  })

  it('cuts off a window that asks and never reads', async () => {
    await host.close()
    await start({ ...hostLimits, backlogBytes: 1_000_000, calls: 1_000 })
    const { socket } = await openWindow()
    socket.pause()
    for (let id = 1; id <= 60; id += 1) socket.send(JSON.stringify({ id, name: 'exportNative', argument: null }))
    await vi.waitUntil(() => world.listeners.size === 0, { timeout: 5_000 })
    socket.resume()
  })

  it('does not open elsewhere', async () => {
    const cookie = await signIn()
    for (const path of ['/', '/session', '/steward/', '/steward?token=x', '//steward']) {
      expect(await upgrade({ Origin: origin(), Cookie: cookie }, path)).toBe(404)
    }
  })
})

describe('starting and stopping', () => {
  it('says so when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const result = await startBrowserHost({ steward: world.steward, random: bytes(), assets, port, notebook })
    expect(result).toMatchObject({ ok: false, error: { kind: 'conflict', message: `port ${port} is in use` } })
    taken.close()
  })

  it('says so when the window is not built', async () => {
    const result = await startBrowserHost({ steward: world.steward, random: bytes(), assets: join(assets, 'nowhere'), port: 0, notebook })
    expect(result).toMatchObject({ ok: false, error: { kind: 'not-found' } })
  })

  it('lets go of whoever connects and does not say what for, so that a window finds room', async () => {
    await host.close()
    await start({ ...hostLimits, patience: 100 })
    const strangers = ['', 'GET / HT', `GET / HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nX: `].map((said) => {
      const stranger = connect({ host: '127.0.0.1', port: host.port }).on('error', () => undefined).resume()
      if (said !== '') stranger.write(said)
      return stranger
    })
    await Promise.all(strangers.map((stranger) => once(stranger, 'close')))
    expect((await ask('GET', '/')).status).toBe(200)
  })

  it('tells its windows, frees the port, and waits for no request that hangs', async () => {
    const { socket } = await openWindow()
    const hanging = connect({ host: '127.0.0.1', port: host.port })
    hanging.on('error', () => undefined)
    hanging.write('GET / HTTP/1.1\r\n')
    const closed = once(socket, 'close')
    await host.close()
    expect((await closed)[0]).toBe(1001)
    hanging.destroy()
    const again = await startBrowserHost({ steward: world.steward, random: bytes(), assets, port: host.port, notebook })
    expect(again.ok).toBe(true)
    if (again.ok) await again.value.close()
  })
})
