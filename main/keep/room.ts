/** The section "Backups" of the Devices room, on the steward's side: snapshots, a backup to take away, and going back. */
import { randomBytes } from 'node:crypto'
import { changesOf, type BackupsArgument, type BackupsView, type From } from '../../shared/keep/backups.ts'
import { writePhrase } from '../../shared/peer/words.ts'
import type { Clock } from '../../shared/ports.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { integratedUpdate } from '../../shared/document/integrated.ts'
import type { Home } from '../replica.ts'
import { readBackup, readSecret, writeBackup, type Secret } from './backup.ts'
import type { Content } from './content.ts'
import { readIdentity } from './identity.ts'
import { createKeeper, type Keeper } from './keeper.ts'
import { planRestore, restore, type RestoreOptions } from './restore.ts'
import { listSnapshots, readSnapshot, removeSnapshot } from './snapshots.ts'

/** What the steward needs of it. */
export interface Backups {
  act(argument: BackupsArgument): Promise<Result<BackupsView>>
  /** Before the home is closed. */
  close(): Promise<void>
}

export const noBackups: Backups = {
  act: () => Promise.resolve(fail('read-only', 'this home can only be read', 'open it where it can be written')),
  close: () => Promise.resolve()
}

export interface BackupsOptions {
  readonly home: Home
  readonly directory: string
  readonly clock: Clock
  readonly peers: RestoreOptions['peers']
  readonly keeper?: Keeper
}

export function createBackups({ home, directory, clock, peers, keeper = createKeeper({ home, directory, clock }) }: BackupsOptions): Backups {
  const view = (more: Partial<BackupsView> = {}): Result<BackupsView> => {
    const listed = listSnapshots(directory)
    if (!listed.ok) return listed
    return ok({ snapshots: listed.value.map(({ number, takenAt, bytes }) => ({ number, takenAt, bytes })), problem: keeper.problem(), made: null, changes: null, before: null, ...more })
  }
  async function contentOf(from: From): Promise<Result<{ readonly content: Content; readonly secret: Secret | null }>> {
    if (from.kind === 'file') {
      const secret = readSecret(from.secret)
      if (!secret.ok) return secret
      const content = await readBackup(Buffer.from(from.content, 'base64'), secret.value, from.name)
      return content.ok ? ok({ content: content.value, secret: secret.value }) : content
    }
    const listed = listSnapshots(directory)
    if (!listed.ok) return listed
    const found = listed.value.find(({ number }) => number === from.number)
    const { vault } = home.seal
    if (found === undefined || vault === null) return fail('not-found', 'there is no such snapshot any more', 'choose another one')
    const content = readSnapshot(directory, found.file, vault)
    return content.ok ? ok({ content: content.value, secret: null }) : content
  }
  async function make(): Promise<Result<BackupsView>> {
    const takenAt = clock.now()
    const secret = { kind: 'phrase' as const, bytes: new Uint8Array(randomBytes(32)) }
    const sealed = await writeBackup({ takenAt, document: integratedUpdate(home.doc), ...(await readIdentity(directory, home.seal)) }, secret)
    if (!sealed.ok) return sealed
    const read = await readBackup(sealed.value, secret)
    if (!read.ok) return read
    const name = `values-steward-${new Date(takenAt).toISOString().slice(0, 10)}.backup`
    return view({ made: { name, content: Buffer.from(sealed.value).toString('base64'), phrase: writePhrase(secret.bytes) } })
  }
  return {
    async act(argument) {
      switch (argument.do) {
        case 'look':
          return view()
        case 'take': {
          const taken = await keeper.take()
          return taken.ok ? view() : taken
        }
        case 'make':
          return await make()
        case 'plan': {
          const found = await contentOf(argument.from)
          const plan = found.ok ? planRestore(home, found.value.content) : found
          return plan.ok ? view({ changes: changesOf(plan.value) }) : plan
        }
        case 'restore': {
          const found = await contentOf(argument.from)
          if (!found.ok) return found
          const done = await restore({ home, directory, ...found.value, takeSnapshot: () => keeper.take(), peers })
          return done.ok ? view({ changes: changesOf(done.value.differences), before: done.value.before }) : done
        }
        case 'remove': {
          const done = removeSnapshot(directory, argument.number)
          return done.ok ? view() : done
        }
      }
    },
    close: () => keeper.close()
  }
}
