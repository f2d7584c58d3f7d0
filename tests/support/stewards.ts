/**
 * Computers of one person in a network of their own (lan.ts), each with a home: commands of `steward` as real processes on them, what
 * these print, and pairing as two persons at two keyboards do it.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { openLan, type Lan, type Machine } from './lan.ts'
import { root } from './terminal.ts'

export interface Event {
  readonly event: string
  readonly device?: string
  readonly reason?: string
  readonly code?: string
  readonly address?: string
  readonly words?: readonly string[]
}

/** A command that runs on a machine. */
export interface Running {
  readonly process: ChildProcess
  readonly events: Event[]
  readonly errors: () => string
  readonly output: () => string
  readonly ended: Promise<number>
}

export function openStewards(count: number): Stewards {
  return new Stewards(openLan(count))
}

/** Computers are named by their number, from 0 on. */
export class Stewards {
  readonly lan: Lan
  readonly folder = mkdtempSync(join(tmpdir(), 'stewards-'))
  readonly #running = new Set<ChildProcess>()

  constructor(lan: Lan) {
    this.lan = lan
  }

  machine(at: number): Machine {
    const machine = this.lan.machines[at]
    if (machine === undefined) throw new Error(`there is no machine ${at}`)
    return machine
  }

  home(at: number): string {
    return join(this.folder, `home-${at}`)
  }

  /** A command of `steward`. */
  start(at: number, ...argv: readonly string[]): Running {
    return this.program(at, join(root, 'main', 'cli.ts'), ...argv, '--home', this.home(at))
  }

  program(at: number, file: string, ...argv: readonly string[]): Running {
    const child = this.machine(at).start(process.execPath, [file, ...argv])
    this.#running.add(child)
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
      this.#running.delete(child)
      return Number(code)
    })
    return { process: child, events, output: () => output, errors: () => errors, ended }
  }

  /** To its end, which must be a good one; what it printed. */
  async run(at: number, input: string, ...argv: readonly string[]): Promise<string> {
    return await finish(this.start(at, ...argv), input)
  }

  async titles(at: number): Promise<string[]> {
    return (await this.run(at, '', 'cards', 'list', '--json')).split('\n').flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { title: string }).title])).toSorted()
  }

  /** Everything that a home says, with nothing in it of the device that it lies on. */
  async exported(at: number): Promise<string> {
    return await this.run(at, '', 'export', '--format', 'native')
  }

  /** `joiner` types the code that `offerer` shows; both say yes to the same words. What each calls the other. */
  async pair(offerer: number, joiner: number, byAddress = false): Promise<readonly [string, string]> {
    const offer = this.start(offerer, 'pair', '--offer', '--json')
    const { code, address } = await readOffer(offer, this.lan.isReal ? this.machine(offerer).address : null)
    const joining = this.start(joiner, 'pair', code, '--json', ...(byAddress ? ['--address', address] : []))
    return await sayYes(offer, joining)
  }

  async close(): Promise<void> {
    for (const process of this.#running) process.kill('SIGKILL')
    this.lan.close()
    await rm(this.folder, { recursive: true })
  }
}

/** The first event of this kind, or the one of that number, or of that device. */
export async function event({ events, errors }: Running, kind: string, which: number | string = 1): Promise<Event> {
  return await vi.waitFor(() => {
    const all = events.filter((one) => one.event === kind)
    const found = typeof which === 'number' ? all[which - 1] : all.find(({ device }) => device === which)
    if (found === undefined) throw new Error(`no ${kind} among ${JSON.stringify(events)} ${errors()}`)
    return found
  }, { timeout: 200_000, interval: 50 })
}

async function finish(command: Running, input: string): Promise<string> {
  command.process.stdin?.end(input)
  expect([await command.ended, command.errors()]).toEqual([0, ''])
  return command.output()
}

/** `machine`: the address that it must name. */
async function readOffer(offer: Running, machine: string | null): Promise<{ readonly code: string; readonly address: string }> {
  const { code = '', address = '' } = await event(offer, 'code')
  expect(code).toMatch(/^\d{3}(?:-\d{3}){3}$/u)
  if (machine !== null) expect(address).toMatch(new RegExp(`^${machine.replaceAll('.', String.raw`\.`)}:\\d+$`, 'u'))
  return { code, address }
}

async function sayYes(offer: Running, joining: Running): Promise<readonly [string, string]> {
  const words = [await event(offer, 'words'), await event(joining, 'words')]
  expect(words[0]?.words).toHaveLength(6)
  expect(words[1]?.words).toEqual(words[0]?.words)
  for (const side of [offer, joining]) side.process.stdin?.write('yes\n')
  const paired = [await event(offer, 'paired'), await event(joining, 'paired')]
  expect([await offer.ended, await joining.ended]).toEqual([0, 0])
  return [paired[0]?.device ?? '', paired[1]?.device ?? '']
}

/** Tells it to stop, and sees that it had nothing to complain of. */
export async function stop(command: Running): Promise<void> {
  command.process.kill('SIGTERM')
  expect([await command.ended, command.errors()]).toEqual([0, ''])
}
