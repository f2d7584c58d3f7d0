/**
 * The commands about devices, on a home that is open: brings together the circle (peers.ts), pairing (pair.ts), and what prints
 * and listens (commands.ts).
 */
import { ok, type Result } from '../../shared/result.ts'
import type { Home } from '../replica.ts'
import type { Request } from '../usage.ts'
import { findDevice, joinDevice, listDevices, offerDevice, syncDevices, type Console } from './commands.ts'
import { openPeersIn } from './open.ts'
import { joinPairing, offerPairing } from './pair.ts'
import type { Peers } from './peers.ts'
import { readPlaces, writePlaces } from './places.ts'

export type DevicesRequest = Extract<Request, { command: 'pair' | 'devices' | 'revoke' | 'sync' }>

export interface DevicesOptions {
  readonly home: Home
  readonly directory: string
  readonly console: Console
}

export async function runDevices(request: DevicesRequest, options: DevicesOptions): Promise<Result<string>> {
  const opened = await openPeersIn(options.directory, options.home, request.command === 'devices' ? 'read' : 'write')
  if (!opened.ok) return opened
  try {
    return await run(request, opened.value, options)
  } finally {
    await opened.value.close()
  }
}

async function run(request: DevicesRequest, peers: Peers, { home, directory, console }: DevicesOptions): Promise<Result<string>> {
  const nameOf = (device: string): string => peers.devices().find(({ id }) => id === device)?.name ?? device
  switch (request.command) {
    case 'pair': {
      if (request.code !== null) return await joinDevice(request.code, request.address, (transport) => joinPairing({ peers, code: request.code ?? '', transport }), nameOf, console)
      const offer = offerPairing({ peers })
      return offer.ok ? await offerDevice(offer.value, nameOf, console) : offer
    }
    case 'devices':
      return listDevices(peers.devices(), console.json)
    case 'revoke': {
      const device = findDevice(peers.devices(), request.device)
      if (!device.ok) return device
      const revoked = await peers.revoke(device.value.id)
      if (!revoked.ok) return revoked
      return ok(console.json ? `${JSON.stringify({ event: 'revoked', device: device.value.id })}\n` : `${device.value.name} is let in no more. Your other devices hear of it when they next meet.\n`)
    }
    case 'sync':
      return await syncDevices({ peers, console, once: request.once, folder: request.folder, places: readPlaces(directory, home.seal), onPlaces: (places) => writePlaces(directory, places, home.seal) })
  }
}
