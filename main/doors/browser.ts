/**
 * The browser host: one steward over loopback HTTP and WebSocket, to the same window that Electron shows.
 *
 * Contract with the window (renderer/bridge.ts):
 * - The address is `http://127.0.0.1:PORT/#token=TOKEN`. On load, a window that finds `token` in the fragment takes it out
 *   (history.replaceState), then sends `POST /session`, `Content-Type: application/json`, body `{"token":"TOKEN"}`; without
 *   a token in the fragment, body `{}`. Answer 204: the cookie is set (or was valid already), go on, unless the header
 *   `Notebook` names another one than before: what is in this window belongs to that. 401: a Problem as JSON; this browser
 *   has no session, the way in is a fresh link from the terminal. The token counts once.
 * - Then `new WebSocket('ws://' + location.host + '/steward')`. Text frames: `{"id":1,"name":"preview","argument":…}` is
 *   answered, in any order, by `{"id":1,"result":Result}` (shared/ipc.ts); `{"event":StewardEvent}` comes unasked, once at
 *   the start and at every change. Binary frames are those of shared/wire.ts, both ways. Close codes: 1000 a binary frame
 *   that is none of wire.ts, 1001 the host stops, 1006 the line broke (a reader that is too slow is cut off), 1008 a text
 *   frame that is none of these, 1009 a frame that is too long, 1013 too many windows; after any the
 *   window may connect again. Where the upgrade is refused, `POST /session` with `{}` tells whether the session is over (401).
 * Invariants: binds to 127.0.0.1 alone; what acts needs Host, Origin and token or cookie, all three; scripts cannot read
 * the cookie; nothing is printed here.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { z } from 'zod'
import type { StewardEvent } from '../../shared/ipc.ts'
import type { Random, Transport } from '../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import { maximumFrame } from '../../shared/wire.ts'
import { readAsset, securityHeaders } from './assets.ts'
import { CallMessage, dispatch, type Calls } from './dispatch.ts'
import { createSocketTransport } from './socket.ts'

/** What this door needs of the steward. */
export interface HostedSteward extends Calls {
  onEvent(listener: (event: StewardEvent) => void): () => void
  connectWindow(transport: Transport): void
}

export interface HostLimits {
  /** Bytes of one frame from a window; a file of 64 MB as JSON text must fit. */
  readonly frameBytes: number
  /** Bytes that may wait for a window that does not read, beyond the frame under way. */
  readonly backlogBytes: number
  /** Windows at one time. */
  readonly windows: number
  /** Calls of one window that are not yet answered. */
  readonly calls: number
  /** Milliseconds within which whoever connects has to say what for. */
  readonly patience: number
}

export const hostLimits: HostLimits = { frameBytes: 2 * maximumFrame, backlogBytes: maximumFrame, windows: 32, calls: 64, patience: 10_000 }

export interface BrowserHostOptions {
  readonly steward: HostedSteward
  readonly random: Random
  /** The folder of the built window. */
  readonly assets: string
  /** 0 to 65,535; 0 takes any free port. */
  readonly port: number
  /** Names the home that is open here among all that may be at this address: letters and digits. */
  readonly notebook: string
  readonly limits?: HostLimits
}

export interface BrowserHost {
  readonly port: number
  /** `http://127.0.0.1:PORT/#token=…`, good for one browser. */
  readonly address: string
  /** Closes every window's connection (1001) and frees the port. */
  close(): Promise<void>
}

/** Resolves once the port answers. Errors: `not-found` (window not built), `conflict` (port in use), `denied` (port not allowed). */
export async function startBrowserHost(options: BrowserHostOptions): Promise<Result<BrowserHost>> {
  if ((await readAsset(options.assets, '/')) === null) {
    return fail('not-found', 'the window is not built (out/renderer holds no index.html)', 'start with npm start, which builds it')
  }
  const limits = options.limits ?? hostLimits
  /* A request without Host is refused by the guard, with the same words as any other stranger. Node looks for those who keep it
     waiting every 30 seconds only, unless it is told. */
  const server = createServer({
    requireHostHeader: false, requestTimeout: 3 * limits.patience, headersTimeout: limits.patience, connectionsCheckingInterval: limits.patience / 5, maxHeaderSize: 16_384
  })
  server.maxConnections = 256
  const listening = await listen(server, options.port)
  if (!listening.ok) return listening
  const { port } = server.address() as AddressInfo
  const guard = createGuard(port, options.random)
  const windows = serveWindows(options.steward, limits)
  server.on('request', (request, response) => {
    answer(request, response, guard, options).catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket, head) => {
    const refusal = request.url === '/steward' ? guard.objection(request) : refusals.nothing
    if (refusal === null) windows.accept(request, socket, head)
    else refuseUpgrade(socket, refusal)
  })
  return ok({
    port,
    address: `${guard.origin}/#token=${guard.token}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await windows.close()
      server.closeAllConnections()
      await closed
    }
  })
}

// ---- who may come in ------------------------------------------------------------------------------------------------

interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415
  readonly problem: Problem
}

function refusal(status: Refusal['status'], kind: Problem['kind'], message: string, remedy: string): Refusal {
  return { status, problem: { kind, message, remedy } }
}

const refusals = {
  host: refusal(403, 'denied', 'this address is not the one of Values Steward', 'open the link that was printed when it started'),
  origin: refusal(403, 'denied', 'another site asked for your values and was refused', 'close that site; nothing was shown to it'),
  session: refusal(401, 'denied', 'this browser has no open session, or the link was already used', 'start Values Steward again and open the fresh link'),
  nothing: refusal(404, 'not-found', 'there is nothing at this address', 'open the link that was printed when it started'),
  method: refusal(405, 'bad-input', 'this address does not take that kind of request', 'open the link that was printed when it started'),
  type: refusal(415, 'bad-input', 'the request is not JSON', 'reload the window'),
  size: refusal(413, 'bad-input', 'the request is too long', 'reload the window'),
  body: refusal(400, 'bad-input', 'the request is malformed', 'reload the window')
}

interface Guard {
  readonly origin: string
  readonly token: string
  /** Is the request addressed to this very host? (A rebound name is not.) */
  isHost(request: IncomingMessage): boolean
  /** Does it come from a page of this very host? (A missing Origin does not.) */
  isOrigin(request: IncomingMessage): boolean
  hasSession(request: IncomingMessage): boolean
  /** The cookie to set, once, for the right token; null ever after. */
  exchange(token: string): string | null
  /** What stands against a request that acts; null where nothing does. */
  objection(request: IncomingMessage): Refusal | null
}

function createGuard(port: number, random: Random): Guard {
  const host = port === 80 ? '127.0.0.1' : `127.0.0.1:${port}`
  const token = Buffer.from(random.bytes(32)).toString('base64url')
  const session = Buffer.from(random.bytes(32)).toString('base64url')
  /* Browsers send cookies of 127.0.0.1 to every port, so the name holds ours. */
  const cookie = `steward-${port}`
  let spent = false
  const guard: Guard = {
    origin: `http://${host}`,
    token,
    isHost: (request) => request.headers.host === host,
    isOrigin: (request) => request.headers.origin === `http://${host}`,
    hasSession: (request) =>
      spent && (request.headers.cookie ?? '').split(';').some((pair) => isSame(pair.trim(), `${cookie}=${session}`)),
    exchange(given) {
      if (spent || !isSame(given, token)) return null
      spent = true
      return `${cookie}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000`
    },
    objection(request) {
      if (!guard.isHost(request)) return refusals.host
      if (!guard.isOrigin(request)) return refusals.origin
      return guard.hasSession(request) ? null : refusals.session
    }
  }
  return guard
}

/** Compares in a time that tells nothing but the length. */
function isSame(given: string, wanted: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(wanted)]
  return left.length === right.length && timingSafeEqual(left, right)
}

// ---- HTTP: the window's files, and the exchange of the token --------------------------------------------------------

const SessionBody = z.strictObject({ token: z.string().max(200).optional() })
const bodyBytes = 4_096

async function answer(request: IncomingMessage, response: ServerResponse, guard: Guard, { assets, notebook }: BrowserHostOptions): Promise<void> {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
  response.setHeader('Cache-Control', 'no-store')
  if (!guard.isHost(request)) return refuse(response, refusals.host)
  const path = (request.url ?? '').split(/[?#]/u)[0] ?? ''
  if (path === '/session') return await answerSession(request, response, guard, notebook)
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, refusals.method)
  const asset = await readAsset(assets, path)
  if (asset === null) return refuse(response, refusals.nothing)
  response.setHeader('Cache-Control', asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  response.writeHead(200, { 'Content-Type': asset.type, 'Content-Length': asset.bytes.length })
  response.end(request.method === 'HEAD' ? undefined : asset.bytes)
}

async function answerSession(request: IncomingMessage, response: ServerResponse, guard: Guard, notebook: string): Promise<void> {
  if (request.method !== 'POST') return refuse(response, refusals.method)
  if (!guard.isOrigin(request)) return refuse(response, refusals.origin)
  if (!/^application\/json\b/iu.test(request.headers['content-type'] ?? '')) return refuse(response, refusals.type)
  const body = await readBody(request)
  if (body === null) return refuse(response, refusals.size)
  const parsed = SessionBody.safeParse(parseJson(body))
  if (!parsed.success) return refuse(response, refusals.body)
  const cookie = parsed.data.token === undefined ? null : guard.exchange(parsed.data.token)
  if (cookie !== null) response.setHeader('Set-Cookie', cookie)
  else if (!guard.hasSession(request)) return refuse(response, refusals.session)
  response.writeHead(204, { Notebook: notebook }).end()
}

/** The whole body as text; null where it is too long. The rest is then left unread, so that the refusal still arrives. */
function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length <= bodyBytes) return
      request.pause()
      resolve(null)
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.on('error', reject)
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refuse(response: ServerResponse, { status, problem }: Refusal): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', Connection: 'close' })
  response.end(JSON.stringify(problem))
}

function refuseUpgrade(socket: Duplex, { status, problem }: Refusal): void {
  const body = JSON.stringify(problem)
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  )
}

// ---- WebSocket: calls, events and sync ------------------------------------------------------------------------------

function serveWindows(steward: HostedSteward, limits: HostLimits) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false })
  sockets.on('connection', (socket) => {
    if (sockets.clients.size > limits.windows) return socket.close(1013, 'too many windows are open')
    serveWindow(socket, steward, limits)
  })
  return {
    accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      sockets.handleUpgrade(request, socket, head, (open) => sockets.emit('connection', open, request))
    },
    async close(): Promise<void> {
      const open = [...sockets.clients]
      for (const socket of open) socket.close(1001, 'Values Steward stops')
      const late = setTimeout(() => open.forEach((socket) => socket.terminate()), 1_000)
      await Promise.all(open.map((socket) => socket.readyState === socket.CLOSED || new Promise((resolve) => socket.once('close', resolve))))
      clearTimeout(late)
    }
  }
}

function serveWindow(socket: WebSocket, steward: HostedSteward, limits: HostLimits): void {
  let waiting = 0
  const post = (message: object) => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > limits.backlogBytes) socket.terminate()
    else socket.send(JSON.stringify(message))
  }
  const answerCall = async ({ id, name, argument }: z.infer<typeof CallMessage>) => {
    if (waiting >= limits.calls) {
      return post({ id, result: fail('conflict', 'too many questions are open at once', 'wait for their answers') })
    }
    waiting += 1
    const result = await dispatch(steward, name, argument)
    waiting -= 1
    post({ id, result })
  }
  socket.on('error', () => socket.terminate())
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return
    const message = CallMessage.safeParse(parseJson(data.toString('utf8')))
    if (message.success) void answerCall(message.data)
    else socket.close(1008, 'a message was malformed')
  })
  const stop = steward.onEvent((event) => post({ event }))
  socket.on('close', stop)
  steward.connectWindow(createSocketTransport(socket, limits.backlogBytes))
  void dispatch(steward, 'status', null).then((status) => {
    if (status.ok) post({ event: { kind: 'status', status: status.value } })
  })
}

function listen(server: Server, port: number): Promise<Result<void>> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(fail('conflict', `port ${port} is in use`, 'choose another with --port, or --port 0 for any that is free'))
      else if (error.code === 'EACCES') resolve(fail('denied', `port ${port} may not be used by this account`, 'choose one above 1023 with --port'))
      else resolve(fail('internal', 'this machine gave no port on its own address', 'choose another with --port'))
    })
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(ok(undefined)))
  })
}
