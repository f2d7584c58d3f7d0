/**
 * The commands about devices, on a home that is open: brings together the circle (peers.ts), pairing (pair.ts), and what prints
 * and listens (commands.ts, quarantine.ts).
 */
import type { Transport } from '../../shared/ports.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Home } from '../replica.ts'
import type { Request } from '../commands/usage.ts'
import { findRevocable, joinDevice, listDevices, offerDevice, renameDevice, syncDevices, tellAnywhere, type Console } from './commands.ts'
import { openPeersIn } from './circle/open.ts'
import { listQuarantine, settleHeld } from './quarantine.ts'
import { joinPairing, offerPairing, type Join } from './meeting/pair.ts'
import type { Peers } from './circle/peers.ts'
import { readPlaces, withPort, writePlaces, type Places } from './meeting/places.ts'

export { listDevices, listQuarantine }

export type DevicesRequest = Extract<Request, { command: 'pair' | 'devices' | 'rename' | 'revoke' | 'quarantine list' | 'quarantine take' | 'quarantine drop' | 'sync' | 'anywhere' }>

export interface DevicesOptions {
  readonly home: Home
  readonly directory: string
  readonly console: Console
}

export async function runDevices(request: DevicesRequest, options: DevicesOptions): Promise<Result<string>> {
  const opened = await openPeersIn(options.directory, options.home, request.command === 'devices' || request.command === 'quarantine list' ? 'read' : 'write', ({ message, remedy }) => void options.console.note(`${message}; ${remedy}`))
  if (!opened.ok) return opened
  try {
    return await run(request, opened.value, options)
  } finally {
    await opened.value.close()
  }
}

async function run(request: DevicesRequest, peers: Peers, { home, directory, console }: DevicesOptions): Promise<Result<string>> {
  const nameOf = (device: string): string => peers.devices().find(({ id }) => id === device)?.name ?? device
  const places = readPlaces(directory, home.seal, ({ message, remedy }) => void console.note(`${message}; ${remedy}`))
  const note = (next: Places): void => writePlaces(directory, next, home.seal)
  switch (request.command) {
    case 'pair': {
      const { code, address } = request
      if (code !== null) {
        const join = (transport: Transport): Join => joinPairing({ peers, code, transport })
        const onPlace = (device: string, addresses: readonly string[]): void => note({ ...places, devices: { ...places.devices, [device]: [...addresses] } })
        return await joinDevice({ code, address, join, nameOf, onPlace }, console)
      }
      const own = withPort(places)
      note(own)
      const offer = offerPairing({ peers, port: own.port })
      return offer.ok ? await offerDevice(offer.value, nameOf, console) : offer
    }
    case 'devices':
      return listDevices(peers.devices(), console.json)
    case 'revoke': {
      const device = findRevocable(peers.devices(), request.device)
      if (!device.ok) return device
      const revoked = await peers.revoke(device.value.id)
      if (!revoked.ok) return revoked
      return ok(console.json ? `${JSON.stringify({ event: 'revoked', device: device.value.id })}\n` : `${device.value.name} is let in no more. Your other devices hear of it when they next meet.\n`)
    }
    case 'rename':
      return await renameDevice(peers, request.device, request.name, console.json)
    case 'quarantine list':
      return await listQuarantine(peers, console.json)
    case 'quarantine take':
      return await settleHeld(peers, 'take', request.key, console.json)
    case 'quarantine drop':
      return await settleHeld(peers, 'drop', request.key, console.json)
    case 'anywhere':
      if (request.relay === undefined) return tellAnywhere(places.relay, console.json)
      note({ ...places, relay: request.relay })
      return tellAnywhere(request.relay, console.json)
    case 'sync':
      return await syncDevices({ peers, console, once: request.once, folder: request.folder, places, onPlaces: note })
  }
}
