/** The circle of one home in production: its store and its keys in the folder `devices` of the home, its gate in a thread. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ok, type Problem, type Result } from '../../../shared/result.ts'
import { openLog, type LogMode } from '../../log/log.ts'
import type { Home } from '../../replica.ts'
import { systemClock, systemRandom } from '../../system.ts'
import { createGatekeeper } from './gatekeeper.ts'
import { createFileKeystore } from './keys.ts'
import { mendCircle, mendKeys } from './mending.ts'
import { openPeers, type Peers } from './peers.ts'

/** Close it before the home. `tell`: what was damaged of it, and what became of that. Errors: those of the log and of the keystore. */
export async function openPeersIn(directory: string, home: Pick<Home, 'doc' | 'saved' | 'seal' | 'isMended'>, mode: LogMode = 'write', tell: (problem: Problem) => void = () => undefined): Promise<Result<Peers>> {
  const keys = mode === 'write' ? mendKeys(directory, home.seal) : null
  if (keys !== null) tell(keys)
  const log = await openLog({ directory: join(directory, 'devices'), mode, store: 'devices', ...home.seal })
  if (!log.ok) return log
  const peers = await openPeers({ home, storage: log.value, keystore: createFileKeystore(directory, home.seal), clock: systemClock, random: systemRandom, createGatekeeper, name: hostname() })
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
