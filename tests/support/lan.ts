/**
 * A small network of its own in the kernel: machines on one switch, a router, and behind the router a world that counts every
 * packet that leaves the network. Needs Linux and root (`ip netns`); without them there is one machine alone, on loopback, and
 * `isReal` says so.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'

export interface Machine {
  readonly name: string
  /** IPv4; changed by `move`. */
  readonly address: string
  /** A program on this machine. */
  start(command: string, argv: readonly string[], environment?: NodeJS.ProcessEnv): ChildProcess
  /** Takes its address away and gives it another. */
  move(address: string): void
  /** Takes it to network `network` (from 1 on) behind the same router, which passes nothing from one to another but what `Lan.pass` names. */
  travel(network: number): void
  /** What leaves it goes no faster than this. */
  setRate(kilobits: number): void
  /** Process ids of what runs on it. */
  programs(): readonly number[]
  /** Pulls the plug, and puts it back. */
  setLink(isUp: boolean): void
  /** One more interface, up, in a network of its own that nobody else is in: as a virtual machine's, or a second cable's. */
  join(address: string): void
  /** Whether the switch passes what it sends to other machines; the plug stays in, so that nothing tells it. */
  setHeard(isHeard: boolean): void
  /** Whether what is sent to everybody reaches it; what is sent to it alone does. */
  setMulticast(isPassed: boolean): void
  /** Every program on it stands still, and goes on. */
  setAsleep(isAsleep: boolean): void
  /** Bytes that left this machine by its network so far. */
  sent(): number
}

export interface Lan {
  readonly isReal: boolean
  readonly machines: readonly Machine[]
  /** What these two networks send each other is passed on. */
  pass(left: number, right: number): void
  /** Packets that somebody gave the router to be passed on, whether it did or not. */
  routed(): number
  /** Packets that went to the world behind the router. */
  leaked(): number
  close(): void
}

/** Network 0 is the first. */
const prefixOf = (network: number): string => `10.${77 + network}.0`

/** Machines 10.77.0.1, .2, … */
export function openLan(count: number): Lan {
  const prefix = `steward-${process.pid}-${Math.trunc(performance.now())}`
  const made: string[] = []
  const close = (): void => {
    for (const name of made.splice(0)) ip(['netns', 'del', name])
  }
  try {
    const space = (name: string): string => {
      ip(['netns', 'add', `${prefix}-${name}`])
      made.push(`${prefix}-${name}`)
      ip(['-n', `${prefix}-${name}`, 'link', 'set', 'lo', 'up'])
      return `${prefix}-${name}`
    }
    const [router, world] = [space('router'), space('world')]
    const inRouter = (...argv: string[]): string => ip(['-n', router, ...argv])
    inRouter('link', 'add', 'out0', 'type', 'veth', 'peer', 'name', 'world0', 'netns', world)
    for (const [name, device] of [[router, 'out0'], [world, 'world0']] as const) set(name, `net.ipv6.conf.${device}.disable_ipv6`, 1)
    set(router, 'net.ipv4.ip_forward', 1)
    inRouter('address', 'add', '203.0.113.1/24', 'dev', 'out0')
    inRouter('link', 'set', 'out0', 'up')
    ip(['-n', world, 'link', 'set', 'world0', 'up'])
    inRouter('route', 'add', 'default', 'dev', 'out0')
    openNetwork(router, 0)
    const machines = Array.from({ length: count }, (_, at) => createMachine(space(`m${at + 1}`), router, at + 1))
    const before = counter(world, 'world0', 'rx_packets')
    const pass = (from: number, to: number): string => inRouter('rule', 'add', 'priority', '50', 'iif', `switch${from}`, 'to', `${prefixOf(to)}.0/24`, 'lookup', 'main')
    return {
      isReal: true, machines, leaked: () => counter(world, 'world0', 'rx_packets') - before, close,
      pass(left, right) {
        pass(left, right)
        pass(right, left)
      },
      routed: () => statistic(router, 'snmp', 'Ip', 'ForwDatagrams') + statistic(router, 'netstat', 'IpExt', 'InNoRoutes')
    }
  } catch (error) {
    close()
    process.stderr.write(`\n*** NO NETWORK NAMESPACES HERE (${error instanceof Error ? error.message.split('\n')[0] : ''}): everything runs on loopback, and nothing is said about what leaves the network ***\n\n`)
    const still = { travel: () => undefined, setRate: () => undefined, programs: () => [], move: () => undefined, setLink: () => undefined, join: () => undefined, setHeard: () => undefined, setMulticast: () => undefined, setAsleep: () => undefined, sent: () => 0 }
    const alone = (name: string): Machine => ({ name, address: '127.0.0.1', start: (command, argv, environment) => spawn(command, argv, { stdio: 'pipe', env: { ...process.env, ...environment } }), ...still })
    return { isReal: false, machines: Array.from({ length: count }, (_, at) => alone(`m${at + 1}`)), pass: () => undefined, routed: () => 0, leaked: () => 0, close: () => undefined }
  }
}

/** A switch that the router is on. */
function openNetwork(router: string, network: number): void {
  const device = `switch${network}`
  const inRouter = (...argv: string[]): string => ip(['-n', router, ...argv])
  inRouter('link', 'add', device, 'type', 'bridge')
  inRouter('address', 'add', `${prefixOf(network)}.254/24`, 'dev', device)
  inRouter('link', 'set', device, 'up')
  inRouter('rule', 'add', 'priority', '100', 'iif', device, 'to', '10.0.0.0/8', 'unreachable')
}

function createMachine(name: string, router: string, number: number): Machine {
  const port = `port${number}`
  let network = 0
  let address = `${prefixOf(network)}.${number}`
  let interfaces = 0
  ip(['-n', router, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'lan0', 'netns', name])
  ip(['-n', router, 'link', 'set', port, 'master', 'switch0', 'up'])
  const settle = (): void => {
    ip(['-n', name, 'address', 'add', `${address}/24`, 'dev', 'lan0'])
    ip(['-n', name, 'route', 'add', 'default', 'via', `${prefixOf(network)}.254`])
  }
  const move = (next: string): void => {
    ip(['-n', name, 'address', 'del', `${address}/24`, 'dev', 'lan0'])
    address = next
    settle()
  }
  const programs = (): readonly number[] => ip(['netns', 'pids', name]).split('\n').filter((line) => line !== '').map(Number)
  ip(['-n', name, 'link', 'set', 'lan0', 'up'])
  settle()
  return {
    name,
    get address() {
      return address
    },
    start: (command, argv, environment) => spawn('ip', ['netns', 'exec', name, command, ...argv], { stdio: 'pipe', env: { ...process.env, ...environment } }),
    move,
    travel(next) {
      try {
        openNetwork(router, next)
      } catch {
        /* Somebody went there before. */
      }
      network = next
      ip(['-n', router, 'link', 'set', port, 'master', `switch${next}`])
      move(`${prefixOf(next)}.${number}`)
    },
    setRate: (kilobits) => execFileSync('ip', ['netns', 'exec', name, 'tc', 'qdisc', 'replace', 'dev', 'lan0', 'root', 'tbf', 'rate', `${kilobits}kbit`, 'burst', '32kb', 'latency', '400ms'], { stdio: 'pipe' }),
    programs,
    setLink(isUp) {
      ip(['-n', name, 'link', 'set', 'lan0', isUp ? 'up' : 'down'])
      if (isUp) ip(['-n', name, 'route', 'replace', 'default', 'via', `${prefixOf(network)}.254`])
    },
    join(own) {
      interfaces += 1
      const [near, far] = [`more${interfaces}`, `far${interfaces}`]
      ip(['-n', name, 'link', 'add', near, 'type', 'veth', 'peer', 'name', far])
      for (const device of [near, far]) ip(['-n', name, 'link', 'set', device, 'up'])
      ip(['-n', name, 'address', 'add', `${own}/24`, 'dev', near])
    },
    setHeard: (isHeard) => bridge(router, port, 'state', isHeard ? '3' : '0'),
    setMulticast: (isPassed) => bridge(router, port, 'mcast_flood', isPassed ? 'on' : 'off'),
    setAsleep(isAsleep) {
      for (const pid of programs()) process.kill(pid, isAsleep ? 'SIGSTOP' : 'SIGCONT')
    },
    sent: () => counter(name, 'lan0', 'tx_bytes')
  }
}

function counter(space: string, device: string, name: 'rx_packets' | 'tx_bytes'): number {
  return Number(execFileSync('ip', ['netns', 'exec', space, 'cat', `/sys/class/net/${device}/statistics/${name}`], { encoding: 'utf8' }))
}

/** Of the kernel's counters of the network protocol: a line of names, and one of numbers. */
function statistic(space: string, file: 'snmp' | 'netstat', group: 'Ip' | 'IpExt', name: string): number {
  const lines = execFileSync('ip', ['netns', 'exec', space, 'cat', `/proc/net/${file}`], { encoding: 'utf8' }).split('\n').filter((line) => line.startsWith(`${group}: `)).map((line) => line.split(' '))
  return Number(lines[1]?.[lines[0]?.indexOf(name) ?? -1])
}

function bridge(space: string, port: string, setting: string, value: string): void {
  execFileSync('ip', ['netns', 'exec', space, 'bridge', 'link', 'set', 'dev', port, setting, value], { stdio: 'pipe' })
}

function set(space: string, name: string, value: number): void {
  execFileSync('ip', ['netns', 'exec', space, 'sysctl', '-qw', `${name}=${value}`], { stdio: 'pipe' })
}

function ip(argv: readonly string[]): string {
  return execFileSync('ip', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
