/**
 * The commands about devices, on a home that is open: brings together the circle (peers.ts), pairing (pair.ts), and what prints
 * and listens (commands.ts).
 */
import { fail, type Result } from '../../shared/result.ts'
import type { Home } from '../replica.ts'
import type { Request } from '../usage.ts'
import type { Console } from './commands.ts'

export type DevicesRequest = Extract<Request, { command: 'pair' | 'devices' | 'revoke' | 'sync' }>

export interface DevicesOptions {
  readonly home: Home
  readonly directory: string
  readonly console: Console
}

export async function runDevices(_request: DevicesRequest, _options: DevicesOptions): Promise<Result<string>> {
  return await Promise.resolve(fail('internal', 'devices cannot be paired yet', 'update the app'))
}
