/**
 * Two computers of one person in a network of their own, each a real process on a real network stack: they pair by code, get level,
 * are edited apart, meet again, change their address, and one is put out. Nothing leaves the network.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openLan, type Lan, type Machine } from '../../support/lan.ts'
import { root } from '../../support/terminal.ts'

interface Event {
  readonly event: string
  readonly device?: string
  readonly code?: string
  readonly address?: string
  readonly words?: readonly string[]
}

/** A command that runs on a machine. */
interface Running {
  readonly process: ChildProcess
  readonly events: Event[]
  readonly errors: () => string
  readonly output: () => string
  readonly ended: Promise<number>
}

let lan: Lan
let folder: string
const running = new Set<ChildProcess>()

beforeAll(async () => {
  lan = openLan(3)
  /* Each has a network of its own beside, that nobody else is in: where that is tried, it is tried over the router. */
  for (const at of [0, 1, 2]) lan.machines[at]?.join(`172.${30 + at}.0.1`)
  folder = await mkdtemp(join(tmpdir(), 'namespaces-'))
})
afterAll(async () => {
  for (const process of running) process.kill('SIGKILL')
  lan.close()
  await rm(folder, { recursive: true })
})

function machineAt(at: number): Machine {
  const machine = lan.machines[at]
  if (machine === undefined) throw new Error(`there is no machine ${at}`)
  return machine
}

function start(at: number, ...argv: readonly string[]): Running {
  const child = machineAt(at).start(process.execPath, [join(root, 'main', 'cli.ts'), ...argv, '--home', join(folder, `home-${at}`)])
  running.add(child)
  const events: Event[] = []
  let [output, errors, rest] = ['', '', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    rest += text
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('{"event"')) events.push(JSON.parse(line) as Event)
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text))
  child.stdin?.on('error', () => undefined)
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return Number(code)
  })
  return { process: child, events, output: () => output, errors: () => errors, ended }
}

async function run(at: number, input: string, ...argv: readonly string[]): Promise<string> {
  const command = start(at, ...argv)
  command.process.stdin?.end(input)
  expect([await command.ended, command.errors()]).toEqual([0, ''])
  return command.output()
}

async function event({ events, errors }: Running, kind: string, count = 1): Promise<Event> {
  return await vi.waitFor(() => {
    const found = events.filter((one) => one.event === kind)[count - 1]
    if (found === undefined) throw new Error(`no ${kind} among ${JSON.stringify(events)} ${errors()}`)
    return found
  }, { timeout: 200_000, interval: 50 })
}

async function stop(command: Running): Promise<void> {
  command.process.kill('SIGTERM')
  expect([await command.ended, command.errors()]).toEqual([0, ''])
}

async function titles(at: number): Promise<string[]> {
  return (await run(at, '', 'cards', 'list', '--json')).split('\n').flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { title: string }).title])).toSorted()
}

/** `joiner` types the code that `offerer` shows; both say yes to the same words. */
async function pair(offerer: number, joiner: number, byAddress: boolean): Promise<readonly [string, string]> {
  const offer = start(offerer, 'pair', '--offer', '--json')
  const { code = '', address = '' } = await event(offer, 'code')
  expect(code).toMatch(/^\d{3}(?:-\d{3}){3}$/u)
  if (lan.isReal) expect(address).toMatch(new RegExp(`^${machineAt(offerer).address.replaceAll('.', String.raw`\.`)}:\\d+$`, 'u'))
  const join = start(joiner, 'pair', code, '--json', ...(byAddress ? ['--address', address] : []))
  const words = [await event(offer, 'words'), await event(join, 'words')]
  expect(words[0]?.words).toHaveLength(6)
  expect(words[1]?.words).toEqual(words[0]?.words)
  for (const side of [offer, join]) side.process.stdin?.write('yes\n')
  const paired = [await event(offer, 'paired'), await event(join, 'paired')]
  expect([await offer.ended, await join.ended]).toEqual([0, 0])
  return [paired[0]?.device ?? '', paired[1]?.device ?? '']
}

describe('two computers in one network', () => {
  let left = ''
  let right = ''

  it('pair by code, found by itself, and get level', async () => {
    await run(0, JSON.stringify([{ title: 'Rest', policies: ['SILENCE that nobody fills'], contexts: ['when I am tired'] }]), 'cards', 'add', '-')
    ;[right, left] = await pair(0, 1, false)
    const [here, there] = [start(0, 'sync', '--json'), start(1, 'sync', '--json')]
    await event(here, 'synced')
    await event(there, 'synced')
    await Promise.all([stop(here), stop(there)])
    expect(await titles(1)).toEqual(['Rest'])
  }, 600_000)

  it('are edited apart, meet, and have what both wrote', async () => {
    await run(0, '{"title":"Left","policies":["x"]}', 'cards', 'add', '-')
    await run(1, '{"title":"Right","policies":["y"]}', 'cards', 'add', '-')
    const [here, there] = [start(0, 'sync', '--json'), start(1, 'sync', '--once', '--json')]
    expect([await there.ended, there.errors()]).toEqual([0, ''])
    expect(there.output()).toMatch(/"listening"[^]*"peer"[^]*"synced"/u)
    await stop(here)
    expect([await titles(0), await titles(1)]).toEqual([['Left', 'Rest', 'Right'], ['Left', 'Rest', 'Right']])
  }, 600_000)

  it('find each other again after one was given another address, and after the plug was out', async () => {
    const [here, there] = [start(0, 'sync', '--json'), start(1, 'sync', '--json')]
    await event(here, 'synced')
    const before = there.events.filter((one) => one.event === 'peer').length
    machineAt(1).move('10.77.0.77')
    await event(there, 'peer', before + 1)
    const again = there.events.filter((one) => one.event === 'peer').length
    machineAt(1).setLink(false)
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    machineAt(1).setLink(true)
    await event(there, 'peer', again + 1)
    await Promise.all([stop(here), stop(there)])
  }, 600_000)

  it('take in a third by its address, where nothing that is sent to everybody reaches it, and edits of one reach the other through it', async () => {
    machineAt(2).setMulticast(false)
    await pair(1, 2, true)
    await run(0, '{"title":"Far","policies":["z"]}', 'cards', 'add', '-')
    const between = start(1, 'sync', '--json')
    await run(0, '', 'sync', '--once')
    const third = start(2, 'sync', '--json')
    await event(third, 'synced')
    await Promise.all([stop(third), stop(between)])
    expect(await titles(2)).toEqual(['Far', 'Left', 'Rest', 'Right'])
  }, 600_000)

  it('let a removed one in no more, and take nothing of it', async () => {
    expect(await start(0, 'revoke', left).ended).toBe(1)
    await run(0, '', 'revoke', right)
    await run(1, '{"title":"Late","policies":["w"]}', 'cards', 'add', '-')
    const [here, there] = [start(0, 'sync', '--json'), start(1, 'sync', '--json')]
    expect(await event(here, 'refused')).toMatchObject({ device: right })
    await Promise.all([stop(here), stop(there)])
    expect(await titles(0)).toEqual(['Far', 'Left', 'Rest', 'Right'])
    const listed = (await run(0, '', 'devices', '--json')).trim().split('\n').map((line) => JSON.parse(line) as { id: string; state: string })
    expect(listed.find(({ id }) => id === right)?.state).toBe('revoked')
    expect(listed.find(({ id }) => id === left)?.state).toBe('this')
  }, 600_000)

  it('sent nothing out of their network; and what is sent out is seen', async () => {
    if (!lan.isReal) return expect(lan.machines[0]?.address).toBe('127.0.0.1')
    expect(lan.leaked()).toBe(0)
    const stray = machineAt(0).start('bash', ['-c', 'echo hello > /dev/udp/198.51.100.7/9'])
    await once(stray, 'close')
    await vi.waitFor(() => expect(lan.leaked()).toBeGreaterThan(0), 5_000)
  })
})
