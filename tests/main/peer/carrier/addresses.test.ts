import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { atPort, isNearby, splitAddress } from '../../../../main/peer/carrier/addresses.ts'

function own(address: string, length: number): NetworkInterfaceInfo {
  const family = address.includes(':') ? { family: 'IPv6' as const, scopeid: 0 } : { family: 'IPv4' as const }
  return { address, cidr: `${address}/${length}`, netmask: '', mac: '', internal: false, ...family }
}

describe('an address', () => {
  it('is cut into host and port', () => {
    expect([splitAddress('192.168.1.4:51234'), splitAddress('[fd00::1]:7')]).toEqual([{ host: '192.168.1.4', port: 51_234 }, { host: 'fd00::1', port: 7 }])
  })

  it('is put at another port', () => {
    expect(atPort(['192.168.1.4:51234', '[fd00::1]:7'], 9)).toEqual(['192.168.1.4:9', '[fd00::1]:9'])
  })

  it('is near where it lies in a network of this machine, and nowhere else', () => {
    const here = { lan0: [own('192.168.1.4', 24), own('fd00::4', 64)], more: [own('10.0.0.1', 30)], vpn: [own('100.64.0.9', 32)], odd: [{ ...own('172.16.0.1', 12), cidr: null }] }
    for (const near of ['192.168.1.200:1', '[fd00::99]:1', '10.0.0.2:1', '100.64.0.9:1']) expect([near, isNearby(near, null, here)]).toEqual([near, true])
    for (const far of ['192.168.2.1:1', '[fd01::1]:1', '10.0.0.9:1', '100.64.0.10:1', '172.16.0.2:1', '8.8.8.8:1', 'somebody.example:1', ':1', '']) expect([far, isNearby(far, null, here)]).toEqual([far, false])
    expect(isNearby('192.168.1.4:1', null, {})).toBe(false)
    expect(['192.168.1.200:1', '10.0.0.2:1'].map((address) => isNearby(address, '10.0.0.1', here))).toEqual([false, true])
  })

  it('of this very machine is near', () => {
    expect([isNearby('127.0.0.1:1'), isNearby('203.0.113.9:1')]).toEqual([true, false])
  })
})
