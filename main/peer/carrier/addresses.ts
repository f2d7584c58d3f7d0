/** Addresses as they are shown and dialled (`IP:PORT`, `[IP]:PORT`), those of this machine, and which lie in a network that it is in itself. */
import { BlockList, isIP } from 'node:net'
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(':')
  const host = address.slice(0, at).replace(/^\[(.*)\]$/u, '$1')
  return { host, port: Number(address.slice(at + 1)) }
}

/** The same hosts at another port. */
export function atPort(addresses: readonly string[], port: number): readonly string[] {
  return addresses.map((address) => {
    const { host } = splitAddress(address)
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  })
}

/** IPv4, of networks that others may be in; where there are none, the machine's own. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []).filter(({ family }) => family === 'IPv4')
  const outward = all.filter(({ internal }) => !internal).map(({ address }) => address)
  return outward.length > 0 ? outward : all.map(({ address }) => address)
}

/** What goes there goes over no router: it stays in a network of this machine, in that of its address `own` where one is named. */
export function isNearby(address: string, own: string | null = null, interfaces: Interfaces = networkInterfaces()): boolean {
  const { host } = splitAddress(address)
  const version = isIP(host)
  if (version === 0) return false
  const networks = new BlockList()
  for (const { address: mine, cidr, family } of Object.values(interfaces).flatMap((each) => each ?? [])) {
    const length = Number(cidr?.split('/')[1])
    if (Number.isInteger(length) && (own === null || own === mine)) networks.addSubnet(mine, length, family === 'IPv4' ? 'ipv4' : 'ipv6')
  }
  return networks.check(host, version === 4 ? 'ipv4' : 'ipv6')
}
