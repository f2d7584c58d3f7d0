/**
 * What the window's *Who can read this disk* shows and changes (shared/disk.ts), of a home that is open; and, of one that is
 * locked, a steward that answers nothing but the passphrase until it is given.
 */
import { callArguments, type CallArgument, type CallName, type CallResult, type StewardEvent } from '../../shared/ipc.ts'
import type { DiskArgument, DiskView } from '../../shared/disk.ts'
import type { Transport } from '../../shared/ports.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { HostedSteward } from '../doors/browser.ts'
import type { Keychain } from './keeping.ts'
import { readKeeping, rekeep, unlock, type Opening } from './open.ts'
import type { Vault } from './vault.ts'

/** What the steward needs of it. */
export interface Disk {
  act(argument: DiskArgument): Promise<Result<DiskView>>
  /** What the window seals the browser's store with: 64 hexadecimal digits. Errors: `not-found` where nothing is sealed. */
  cacheKey(): Result<string>
}

/** A home without a vault: an old one that can only be read, or one in memory. */
export const noDisk: Disk = {
  act: ({ do: what }) => Promise.resolve(what === 'look' ? ok({ isLocked: false, keeper: null, path: null, keychain: { kind: 'elsewhere' } }) : fail('read-only', 'this home is not sealed, since it can only be read', 'open it where it can be written')),
  cacheKey: () => fail('not-found', 'this home is not sealed', 'nothing is kept in the browser')
}

export interface DiskOptions {
  readonly directory: string
  readonly environment: NodeJS.ProcessEnv
  readonly keychain: Keychain | null
  readonly vault: Vault | null
}

export function createDisk({ vault, ...options }: DiskOptions): Disk {
  if (vault === null) return noDisk
  const { keychain } = options
  async function change(argument: DiskArgument): Promise<Result<void>> {
    if (vault === null) return ok(undefined)
    switch (argument.do) {
      case 'look':
      case 'unlock':
        return ok(undefined)
      case 'passphrase':
        return await rekeep(options, vault, { kind: 'passphrase', passphrase: argument.passphrase }, argument.current)
      case 'remove':
        return await rekeep(options, vault, { kind: keychain !== null && (await keychain.obstacle()) === null ? 'keychain' : 'file' }, argument.current)
      case 'keep':
        return await rekeep(options, vault, { kind: argument.where }, null)
    }
  }
  return {
    async act(argument) {
      const done = await change(argument)
      return done.ok ? await viewOf(options, false) : done
    },
    cacheKey: () => ok(Buffer.from(vault.derive('the browser’s store')).toString('hex'))
  }
}

export interface GateOptions extends Omit<DiskOptions, 'vault'> {
  /** Called once the passphrase was right; what it says against it, the person is told, and may try again. */
  readonly open: (opening: Opening) => Promise<Result<HostedSteward>>
}

/** For a home that is locked: everything waits or is refused until `unlock`, and then goes to the steward that is opened. */
export function createGate({ open, ...options }: GateOptions): HostedSteward {
  let inner: HostedSteward | null = null
  let isTrying = false
  const listeners = new Map<(event: StewardEvent) => void, () => void>()
  const waiting: Transport[] = []

  async function tryPassphrase(passphrase: string): Promise<Result<DiskView>> {
    if (isTrying) return fail('conflict', 'a passphrase is just being tried', 'wait a moment')
    isTrying = true
    try {
      const opening = await unlock({ ...options, mode: 'write' }, passphrase)
      const opened = opening.ok ? await open(opening.value) : opening
      if (!opened.ok) return opened
      inner = opened.value
      for (const listener of listeners.keys()) listeners.set(listener, inner.onEvent(listener))
      for (const transport of waiting.splice(0)) inner.connectWindow(transport)
      const [view, status] = [await viewOf(options, false), await inner.status(null)]
      for (const listener of listeners.keys()) {
        if (view.ok) listener({ kind: 'disk', disk: view.value })
        if (status.ok) listener({ kind: 'status', status: status.value })
      }
      return view
    } finally {
      isTrying = false
    }
  }
  async function answer<Name extends CallName>(name: Name, argument: CallArgument<Name>): Promise<CallResult<Name>> {
    if (inner !== null) return await (inner[name] as (argument: CallArgument<Name>) => CallResult<Name> | Promise<CallResult<Name>>)(argument)
    if (name !== 'disk') return locked
    const disk = argument as DiskArgument
    if (disk.do === 'look') return (await viewOf(options, true)) as CallResult<Name>
    return (disk.do === 'unlock' ? await tryPassphrase(disk.passphrase) : locked) as CallResult<Name>
  }
  const calls = Object.fromEntries((Object.keys(callArguments) as CallName[]).map((name) => [name, (argument: never) => answer(name, argument)])) as unknown as Pick<HostedSteward, CallName>
  return {
    ...calls,
    onEvent(listener) {
      listeners.set(listener, inner?.onEvent(listener) ?? (() => undefined))
      return () => {
        listeners.get(listener)?.()
        listeners.delete(listener)
      }
    },
    connectWindow(transport) {
      if (inner === null) waiting.push(transport)
      else inner.connectWindow(transport)
    }
  }
}

async function viewOf({ directory, environment, keychain }: Omit<DiskOptions, 'vault'>, isLocked: boolean): Promise<Result<DiskView>> {
  const found = readKeeping(directory, environment)
  if (!found.ok) return found
  const why = keychain === null ? null : await keychain.obstacle()
  return ok({
    isLocked, keeper: found.value?.keeper ?? null, path: found.value?.path ?? null,
    keychain: keychain === null ? { kind: 'elsewhere' } : why === null ? { kind: 'ready' } : { kind: 'unsafe', why }
  })
}

const locked = fail('denied', 'this notebook is locked', 'type its passphrase')
