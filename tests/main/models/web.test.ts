import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createWeb, isAllowed, type Trouble, type Web } from '../../../main/models/web.ts'

const servers: Server[] = []
const webs: Web[] = []
afterEach(async () => {
  for (const web of webs.splice(0)) web.close()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: Parameters<typeof createServer>[1] & object, onConnect?: (host: string, socket: net.Socket) => void): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  if (onConnect !== undefined) server.on('connect', (asked, socket) => onConnect(asked.url ?? '', socket as net.Socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function open(environment: NodeJS.ProcessEnv = {}, patience = 2_000): Web {
  const web = createWeb({ environment, patience })
  webs.push(web)
  return web
}

async function read(web: Web, address: string, signal = new AbortController().signal): Promise<string | Trouble> {
  const answer = await web.get(new URL(address), {}, signal)
  if (!answer.ok) return answer.error
  const chunks: Uint8Array[] = []
  for await (const chunk of answer.value.body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('redirects', () => {
  it('are followed on this machine, and it is told where the answer came from', async () => {
    const address = await serve((asked, response) => (asked.url === '/a' ? response.writeHead(302, { location: '/b', 'x-linked-etag': `"${'0f'.repeat(32)}"` }).end() : response.end('here')))
    const answer = await open().get(new URL(`${address}/a`), {}, new AbortController().signal)
    expect(answer).toMatchObject({ ok: true, value: { status: 200, claim: '0f'.repeat(32) } })
    if (answer.ok) expect(answer.value.address.href).toBe(`${address}/b`)
  })

  it.each(['http://example.org/x', 'ftp://example.org/x', 'file:///etc/passwd', 'http://127.0.0.1.example.org/', 'https://name:word@example.org/', 'http://[::2]/', 'http:///'])('to %s are refused, and nobody is asked', async (location) => {
    const connect = vi.spyOn(net.Socket.prototype, 'connect')
    const address = await serve((_asked, response) => response.writeHead(302, { location }).end())
    expect(await read(open(), address)).toMatchObject({ kind: 'redirect' })
    expect(connect).toHaveBeenCalledTimes(1)
    connect.mockRestore()
  })

  it('in a circle end', async () => {
    let asked = 0
    const address = await serve((_request, response) => ((asked += 1), response.writeHead(302, { location: '/again' }).end()))
    expect(await read(open(), address)).toMatchObject({ kind: 'redirect' })
    expect(asked).toBe(6)
  })

  it('from a source on the network lead to https alone, never to this machine', () => {
    expect(isAllowed(new URL('http://127.0.0.1/x'), false)).toBe(false)
    expect(isAllowed(new URL('http://localhost/x'), false)).toBe(false)
    expect(isAllowed(new URL('http://example.org/x'), false)).toBe(false)
    expect(isAllowed(new URL('https://cdn.example.org/x'), false)).toBe(true)
    expect(isAllowed(new URL('http://localhost:8080/x'), true)).toBe(true)
    expect(isAllowed(new URL('http://example.org/x'), true)).toBe(false)
  })
})

describe('the proxy', () => {
  it('of HTTP_PROXY is asked for the whole address', async () => {
    const asked: string[] = []
    const proxy = await serve((request, response) => (asked.push(request.url ?? ''), response.end('through the proxy')))
    expect(await read(open({ HTTP_PROXY: proxy }), 'http://127.0.0.1:9/x')).toBe('through the proxy')
    expect(asked).toEqual(['http://127.0.0.1:9/x'])
  })

  it('of https_proxy is asked to open a way to the host, and to nothing else', async () => {
    const hosts: string[] = []
    const proxy = await serve((_request, response) => response.writeHead(500).end(), (host, socket) => {
      hosts.push(host)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    expect(await read(open({ https_proxy: proxy }), 'https://models.example.org/x')).toMatchObject({ kind: expect.stringMatching(/proxy|unreachable/u) as string })
    expect(hosts).toEqual(['models.example.org:443'])
  })

  it('of ALL_PROXY stands in where there is none of its own, and one that cannot be used is said', async () => {
    const asked: string[] = []
    const proxy = await serve((request, response) => (asked.push(request.url ?? ''), response.end('through the proxy')))
    expect(await read(open({ ALL_PROXY: proxy, https_proxy: 'http://127.0.0.1:9' }), 'http://127.0.0.1:9/x')).toBe('through the proxy')
    expect(await read(open({ all_proxy: 'socks5://127.0.0.1:9', HTTP_PROXY: proxy }), 'http://127.0.0.1:9/y')).toBe('through the proxy')
    expect(await read(open({ all_proxy: 'socks5://127.0.0.1:9', https_proxy: proxy }), 'http://127.0.0.1:9/z')).toMatchObject({ kind: 'proxy', message: expect.stringContaining('all_proxy') as string })
    expect(asked).toEqual(['http://127.0.0.1:9/x', 'http://127.0.0.1:9/y'])
  })

  it('is gone round for what NO_PROXY names', async () => {
    const address = await serve((_request, response) => response.end('straight'))
    expect(await read(open({ HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' }), address)).toBe('straight')
  })

  it.each(['not an address', 'socks5://127.0.0.1:9', 'proxy.example.org:3128'])('that cannot be used (%s) is said, rather than going without one', async (proxy) => {
    const connect = vi.spyOn(net.Socket.prototype, 'connect')
    expect(await read(open({ HTTP_PROXY: proxy }), 'http://127.0.0.1:9/')).toMatchObject({ kind: 'proxy', message: expect.stringContaining('HTTP_PROXY') as string })
    expect(connect).not.toHaveBeenCalled()
    connect.mockRestore()
  })
})

describe('an answer', () => {
  it('that does not come, or stops coming, ends as stalled', async () => {
    const silent = await serve(() => undefined)
    expect(await read(open({}, 80), silent)).toMatchObject({ kind: 'stalled', message: expect.stringContaining('does not answer') as string })
    const half = await serve((_request, response) => void response.writeHead(200, { 'content-length': 100 }).write('half'))
    await expect(read(open({}, 80), half)).rejects.toMatchObject({ kind: 'stalled', message: expect.stringContaining('sends nothing any more') as string })
  })

  it('that breaks off is told from one that ends', async () => {
    const address = await serve((_request, response) => void response.writeHead(200, { 'content-length': 100 }).write('half', () => setTimeout(() => response.destroy(), 20)))
    await expect(read(open(), address)).rejects.toMatchObject({ kind: 'broken' })
  })

  it('is given up at once when the person stops it', async () => {
    const address = await serve((_request, response) => void response.writeHead(200).write('first'))
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 30)
    await expect(read(open(), address, stop.signal)).rejects.toMatchObject({ kind: 'cancelled' })
    expect(await read(open(), address, stop.signal)).toMatchObject({ kind: 'cancelled' })
  })

  it('leaves the connection open for the next one', async () => {
    let connections = 0
    const address = await serve((_request, response) => response.end('x'))
    servers.at(-1)?.on('connection', () => (connections += 1))
    const web = open()
    for (let count = 0; count < 5; count += 1) expect(await read(web, address)).toBe('x')
    expect(connections).toBe(1)
  })
})

it('no socket is opened before something is asked for', async () => {
  const connect = vi.spyOn(net.Socket.prototype, 'connect')
  open()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(connect).not.toHaveBeenCalled()
  connect.mockRestore()
})
