/** The circle of one home in production: its store and its keys in the folder `devices` of the home, its gate in a thread. */
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fail, ok, type Problem, type Result } from '../../../shared/result.ts'
import { fileInPlace, isFolder } from '../../home/disk.ts'
import { openLog, type Log, type LogMode } from '../../log/log.ts'
import type { Home } from '../../replica.ts'
import { systemClock, systemRandom } from '../../system.ts'
import type { Seal } from '../../vault/seal.ts'
import { createGatekeeper } from './gatekeeper.ts'
import { createFileKeystore, type Keystore } from './keys.ts'
import { findKeys, mendCircle, mendKeys } from './mending.ts'
import { openPeers, type Peers } from './peers.ts'
import { holdsCircle } from './store.ts'

/** Close it before the home. `tell`: what was damaged of it, and what became of that. Errors: those of the log and of the keystore. */
export async function openPeersIn(directory: string, home: Pick<Home, 'doc' | 'saved' | 'seal' | 'isMended'>, mode: LogMode = 'write', tell: (problem: Problem) => void = () => undefined): Promise<Result<Peers>> {
  const keys = mode === 'write' ? mendKeys(directory, home.seal) : null
  if (keys !== null) tell(keys)
  const folder = join(directory, 'devices')
  if (existsSync(folder) && !isFolder(folder)) return { ok: false, error: fileInPlace }
  const log = await openLog({ directory: folder, mode, store: 'devices', ...home.seal })
  if (!log.ok) return mode === 'read' && log.error.kind === 'storage' ? unreadable : log
  const keystore = createFileKeystore(directory, home.seal)
  const storage = mode === 'write' && isKeyless(keystore) ? await findKeysOf(log.value, directory, home.seal, tell) : log.value
  const peers = await openPeers({ home, storage, keystore, clock: systemClock, random: systemRandom, createGatekeeper, name: hostname() })
  if (!peers.ok) {
    await log.value.close()
    return peers
  }
  if (log.value.opened.kind === 'writable') {
    const circle = log.value.notice() === null ? null : await mendCircle(directory, home.seal, peers.value)
    if (circle !== null) tell(circle)
    else if (home.isMended) await peers.value.wantWhole()
  }
  return ok(peers.value)
}

const unreadable = fail('storage', 'what this device knows of your others cannot be read', 'run "steward doctor --mend", or start the app')

function isKeyless(keystore: Keystore): boolean {
  const kept = keystore.read()
  return kept.ok && kept.value === null
}

/** A circle that is there without the keys of this device: they were taken away, and may come from a snapshot. A log is loaded once. */
async function findKeysOf(log: Log, directory: string, seal: Seal, tell: (problem: Problem) => void): Promise<Log> {
  const loaded = await log.load()
  const found = loaded.ok && holdsCircle(loaded.value) ? findKeys(directory, seal) : null
  if (found !== null) tell(found)
  return { ...log, load: () => Promise.resolve(loaded) }
}
