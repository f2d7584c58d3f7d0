/**
 * node:fs on a disk that fails from its Nth change on: `full` or at this account's `quota`, so that nothing more is written, though files
 * may still be taken away; or `off`, as with the machine: half of what is just written is there, and nothing at all happens after it.
 *
 * `vi.mock('node:fs', async (original) => (await import('…/faultydisk.ts')).faulty(await original()))` in a test, then `failAfter` and `heal`.
 */
import type * as fs from 'node:fs'

type FileSystem = typeof fs

export type Fault = 'full' | 'quota' | 'off'

let fault: Fault | null = null
let left = 0
let isHit = false

/** After so many more changes. */
export function failAfter(changes: number, kind: Fault): void {
  fault = kind
  left = changes
  isHit = false
}

/** From now on everything goes well; whether anything failed. */
export function heal(): boolean {
  fault = null
  return isHit
}

export function faulty(real: FileSystem): FileSystem {
  const writes = (flags: unknown): boolean => typeof flags === 'string' && /[wa]/u.test(flags)
  const onFull = <Name extends 'fsyncSync' | 'renameSync' | 'linkSync' | 'mkdirSync' | 'copyFileSync' | 'writeFileSync'>(name: Name): FileSystem[Name] => wrapped(real[name], () => isDue('full'))
  const onOff = <Name extends 'rmSync' | 'ftruncateSync' | 'chmodSync'>(name: Name): FileSystem[Name] => wrapped(real[name], () => isDue('off'))
  return {
    ...real,
    openSync: ((path, flags, mode) => {
      if (writes(flags)) check(isDue('full'))
      return real.openSync(path, flags, mode)
    }) satisfies FileSystem['openSync'],
    writeSync: ((file: number, bytes: NodeJS.ArrayBufferView, offset?: number, length?: number, position?: number | null) => {
      const due = isDue('full')
      if (due === 'off' && !isHit) real.writeSync(file, bytes, offset ?? 0, Math.floor((length ?? bytes.byteLength - (offset ?? 0)) / 2), position ?? null)
      check(due)
      return real.writeSync(file, bytes, offset, length, position)
    }) as FileSystem['writeSync'],
    fsyncSync: onFull('fsyncSync'), renameSync: onFull('renameSync'), linkSync: onFull('linkSync'), mkdirSync: onFull('mkdirSync'),
    copyFileSync: onFull('copyFileSync'), writeFileSync: onFull('writeFileSync'),
    rmSync: onOff('rmSync'), ftruncateSync: onOff('ftruncateSync'), chmodSync: onOff('chmodSync')
  }
}

function wrapped<Call extends (...given: never[]) => unknown>(call: Call, due: () => Fault | null): Call {
  return ((...given: never[]) => {
    check(due())
    return call(...given)
  }) as Call
}

/** `from`: a change that needs room fails on a full disk too; every one does where the machine is off. Counts it where it is still to succeed. */
function isDue(from: 'full' | 'off'): Fault | null {
  if (fault === null || (fault !== 'off' && from === 'off')) return null
  if (!isHit && left > 0) {
    left -= 1
    return null
  }
  return fault
}

function check(due: Fault | null): void {
  if (due === null) return
  isHit = true
  throw due === 'off' ? new Error('the machine is off') : Object.assign(new Error('no room'), { code: due === 'full' ? 'ENOSPC' : 'EDQUOT' })
}
