/**
 * The Devices room's side in the steward: this device's circle, the network that keeps it level, and pairing one step at a time.
 *
 * Invariants: nothing listens and nothing is sent before this home is paired or the person asks to pair it; one pairing at a time;
 * whatever the person is asked to compare came from pair.ts, and their answer goes there.
 */
import type { DevicesArgument, DevicesView } from '../../shared/devices.ts'
import { fail, ok, type Result } from '../../shared/result.ts'

/** What the steward needs of it. */
export interface DevicesDoor {
  view(): DevicesView
  act(argument: DevicesArgument): Promise<Result<DevicesView>>
  /** Called at every change of `view`; returns its own end. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

/** A home that cannot be paired: one that is open for reading only. */
export const noDevices: DevicesDoor = {
  view: () => ({ me: null, others: [], network: { kind: 'off' }, pairing: { kind: 'none' }, held: [], relay: null }),
  act: (argument) => Promise.resolve(argument.do === 'look' ? ok(noDevices.view()) : fail('read-only', 'this home can only be read', 'open it where it can be written')),
  onChange: () => () => undefined,
  close: () => Promise.resolve()
}
