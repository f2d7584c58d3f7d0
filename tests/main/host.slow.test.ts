/** The browser host as a process of its own, on a real home, with the real model, spoken to as a window speaks. */
import { execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createSocketTransport } from '../../main/doors/socket.ts'
import { addCard, setStatus } from '../../shared/commands/card.ts'
import type { Preview, Status } from '../../shared/ipc.ts'
import type { Result } from '../../shared/result.ts'
import { verify } from '../../shared/decision/verify.ts'
import { connectClient } from '../support/client.ts'
import { ended, expectRefusal, root, runHere, startProcess, type Ended } from '../support/terminal.ts'

let folder: string
let home: string
const running: Host[] = []

beforeAll(async () => {
  const prepare = pathToFileURL(join(root, 'main', 'prepare.mjs')).href
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', `import { prepareRenderer } from '${prepare}'; await prepareRenderer()`], { cwd: root })
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-'))
  home = join(folder, 'home')
})
afterEach(async () => {
  for (const { process: child, end } of running.splice(0)) {
    child.kill('SIGKILL')
    await end
  }
  await rm(folder, { recursive: true })
})

interface Host {
  readonly process: ChildProcess
  readonly address: URL
  readonly end: Promise<Ended>
}

async function start(): Promise<Host> {
  const child = startProcess('main/host.ts', ['--browser', '--no-open', '--port', '0', '--home', home])
  const end = ended(child)
  let text = ''
  child.stdout?.on('data', (chunk: string) => (text += chunk))
  await vi.waitUntil(() => text.includes('\n') || child.exitCode !== null, { timeout: 20_000, interval: 20 })
  const address = /^Values Steward is at (http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43})\n$/u.exec(text)?.[1]
  if (address === undefined) throw new Error(`no address: ${JSON.stringify(text)}`)
  const host = { process: child, address: new URL(address), end }
  running.push(host)
  return host
}

/** What a window does: the token for the cookie, then the channel. */
async function openWindow({ address }: Host) {
  const answer = await fetch(new URL('/session', address), {
    method: 'POST', headers: { 'Content-Type': 'application/json', Origin: address.origin }, body: JSON.stringify({ token: address.hash.slice('#token='.length) })
  })
  expect(answer.status).toBe(204)
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const socket = new WebSocket(`ws://${address.host}/steward`, { headers: { Origin: address.origin, Cookie: cookie } })
  const results = new Map<number, unknown>()
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return
    const { id, result } = JSON.parse(data.toString()) as { id?: number; result: unknown }
    if (id !== undefined) results.set(id, result)
  })
  const client = connectClient(createSocketTransport(socket, Number.MAX_SAFE_INTEGER))
  await once(socket, 'open')
  client.disconnect = () => socket.terminate()
  let asked = 0
  return {
    socket,
    client,
    async ask<Value>(name: string, argument: unknown): Promise<Result<Value>> {
      const id = (asked += 1)
      socket.send(JSON.stringify({ id, name, argument }))
      return (await vi.waitUntil(() => results.get(id), { timeout: 30_000, interval: 20 })) as Result<Value>
    }
  }
}

let ids = 0
const maker = { now: 1_000, newId: () => `id-${(ids += 1)}` }

describe('the browser host', () => {
  it('prints one line once it answers, keeps what a window writes, previews with the real model, and ends with 0 on SIGTERM', async () => {
    const host = await start()
    const page = await fetch(host.address)
    expect([page.status, page.headers.get('content-security-policy')?.startsWith("default-src 'none'")]).toEqual([200, true])
    const { client, ask, socket } = await openWindow(host)
    expect(await ask<Status>('status', null)).toMatchObject({ ok: true, value: { storage: { kind: 'writable' }, empty: true } })
    const card = addCard(client.doc, { title: 'Honest company', policies: ['MOMENTS where my friend hears the thing nobody else will say'] }, maker)
    if (!card.ok) throw new Error(card.error.message)
    expect(setStatus(client.doc, card.value, 'endorsed', maker).ok).toBe(true)
    await vi.waitUntil(() => client.sent.every((number) => client.saved.some((saved) => saved >= number)), { timeout: 20_000 })
    const preview = await ask<Preview>('preview', {
      domain: 'friendship', mode: 'theory', situation: 'A friend shows me the novel that she has worked on for three years. I found it dull.', options: ['Tell her plainly that it is dull', 'Praise the cover and change the subject']
    })
    if (!preview.ok) throw new Error(preview.error.message)
    expect(verify(preview.value.decision.certificate).ok).toBe(true)
    expect(JSON.stringify(preview.value.decision.certificate)).toContain('MOMENTS where my friend hears')
    const closed = once(socket, 'close')
    host.process.kill('SIGTERM')
    expect((await closed)[0]).toBe(1001)
    expect(await host.end).toEqual({ code: 0, output: `Values Steward is at ${host.address.href}\n`, errors: '' })
    expect((await runHere(['cards', 'list', '--home', home])).output).toBe(`${card.value}  endorsed  Honest company\n`)
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('loses no edit that arrived before %s, acknowledged or not', async (signal) => {
    const host = await start()
    const { client, ask } = await openWindow(host)
    for (let card = 0; card < 100; card += 1) addCard(client.doc, { title: `Card ${card}` }, maker)
    /* Answered in order, so the edits arrived; that they are saved is not waited for. */
    await ask('status', null)
    host.process.kill(signal)
    expect(await host.end).toMatchObject({ code: 0, errors: '' })
    expect((await runHere(['cards', 'list', '--json', '--home', home])).output.trimEnd().split('\n')).toHaveLength(100)
  })

  it('says in one line that its port is taken, and lets go of the home', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const refused = await ended(startProcess('main/host.ts', ['--no-open', '--port', String(port), '--home', home]))
    expectRefusal(refused)
    expect(refused.errors).toContain(`port ${port} is in use`)
    taken.close()
    expect(await runHere(['cards', 'add', '-', '--home', home], { input: '{"title":"Rest","policies":["x"]}' })).toMatchObject({ code: 0 })
  })

  it('says in one line that another one has this home, which goes on as before', async () => {
    const first = await start()
    const second = await ended(startProcess('main/host.ts', ['--no-open', '--home', home]))
    expectRefusal(second)
    expect(second.errors).toContain('another Values Steward is using this home')
    const { ask } = await openWindow(first)
    expect(await ask<Status>('status', null)).toMatchObject({ ok: true, value: { storage: { kind: 'writable' } } })
  })

  it.each([[['--port', 'x']], [['--port', '65536']], [['--port', '-1']], [['--loud']], [['--home=']], [['extra']]])('takes %j for wrong usage', async (argv) => {
    const result = await ended(startProcess('main/host.ts', ['--no-open', '--home', home, ...argv]))
    expect(result).toMatchObject({ code: 2, output: '' })
    expect(result.errors).toMatch(/^error: [^\n]+\n$/u)
    expect(existsSync(home)).toBe(false)
  })
})
