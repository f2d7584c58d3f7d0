/**
 * The list of devices as the steward told it last: one for the whole window, followed as long as something shows it. Read when the
 * line to the steward comes up, and again when asked to; every change that is told of, and what a deed comes to, is in it at once.
 */
import { useCallback, useSyncExternalStore } from 'react'
import type { DevicesArgument, DevicesView } from '../../shared/devices.ts'
import type { Bridge } from '../../shared/ipc.ts'
import type { Problem, Result } from '../../shared/result.ts'

export interface DeviceList {
  /** Null before it was told. */
  readonly view: DevicesView | null
  /** Why it could not be read the last time that it was asked for. */
  readonly problem: Problem | null
}

export function useDeviceList(bridge: Bridge): DeviceList {
  return useSyncExternalStore(useCallback((listener) => followDevices(bridge, listener), [bridge]), deviceList)
}

export function deviceList(): DeviceList {
  return list
}

/** Calls at each change; gives what ends it. */
export function followDevices(bridge: Bridge, listener: () => void): () => void {
  listeners.add(listener)
  if (listeners.size === 1) {
    const followed = [
      bridge.onEvent((event) => void (event.kind === 'devices' && take({ view: event.devices, problem: null }))),
      bridge.sync.onConnected((isConnected) => void (isConnected && readDevices(bridge)))
    ]
    unfollow = () => followed.forEach((end) => end())
  }
  return () => {
    if (!listeners.delete(listener) || listeners.size > 0) return
    unfollow()
    unfollow = () => undefined
  }
}

/** As it is now; whoever asks meanwhile waits for the same answer. */
export function readDevices(bridge: Bridge): Promise<Result<DevicesView>> {
  reading ??= bridge.call('devices', { do: 'look' }).then((result) => {
    reading = null
    take(result.ok ? { view: result.value, problem: null } : { ...list, problem: result.error })
    return result
  })
  return reading
}

export async function actOnDevices(bridge: Bridge, argument: DevicesArgument): Promise<Result<DevicesView>> {
  const result = await bridge.call('devices', argument)
  if (result.ok) take({ view: result.value, problem: null })
  return result
}

let list: DeviceList = { view: null, problem: null }
let reading: Promise<Result<DevicesView>> | null = null
let unfollow = (): void => undefined
const listeners = new Set<() => void>()

function take(next: DeviceList): void {
  list = next
  for (const listener of [...listeners]) listener()
}
