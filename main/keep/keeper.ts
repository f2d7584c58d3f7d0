/**
 * Takes the snapshots of an open home: by itself, an hour after the last one where something changed since, and when asked.
 *
 * Invariants: one at a time; nothing waits for it but who asked; what is left undone when the program ends is done at the next
 * change; a home that can only be read takes none.
 */
import { Worker } from 'node:worker_threads'
import * as Y from 'yjs'
import type { Clock } from '../../shared/ports.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import type { Home } from '../replica.ts'
import { integratedUpdate } from '../../shared/document/integrated.ts'
import { readIdentity } from './identity.ts'
import { listSnapshots, type SnapshotFile } from './snapshots.ts'
import type { SnapshotWork } from './worker.ts'

export interface Keeper {
  /** One now. Errors: `read-only`, those of the disk. */
  take(): Promise<Result<SnapshotFile>>
  /** Why the last one that was due, or asked for, was not taken. */
  problem(): Problem | null
  /** Called after each that was taken by itself; returns its own end. */
  onTaken(listener: () => void): () => void
  /** Ends; takes one that is due first. Before the home is closed. */
  close(): Promise<void>
}

export interface KeeperOptions {
  readonly home: Pick<Home, 'doc' | 'seal' | 'state'>
  readonly directory: string
  readonly clock: Clock
  /** Milliseconds from one to the next, and from the first change on. */
  readonly pauses?: { readonly between: number; readonly first: number }
}

const usualPauses = { between: 60 * 60_000, first: 60_000 } as const

export function createKeeper({ home, directory, clock, pauses = usualPauses }: KeeperOptions): Keeper {
  const listeners = new Set<() => void>()
  let isChanged = false
  let problem: Problem | null = null
  let timer: NodeJS.Timeout | null = null
  let turn: Promise<unknown> = Promise.resolve()
  /** Milliseconds until the next one is due; a clock that was set back does not put it off. */
  const due = (): number => {
    const listed = listSnapshots(directory)
    const last = listed.ok ? listed.value[0]?.takenAt : undefined
    const since = last === undefined ? pauses.between : clock.now() - last
    return since < 0 ? 0 : Math.max(0, pauses.between - since)
  }
  const take = (): Promise<Result<SnapshotFile>> => {
    const done = turn.then(async (): Promise<Result<SnapshotFile>> => {
      isChanged = false
      const taken = await takeOnce(home, directory, clock)
      /* Still to be done: at the next change, or at the end. */
      if (!taken.ok) isChanged = true
      problem = taken.ok ? null : taken.error
      return taken
    })
    turn = done
    return done
  }
  const takeByItself = async (): Promise<void> => {
    timer = null
    const taken = await take()
    if (taken.ok) for (const listener of listeners) listener()
  }
  const onUpdate = (): void => {
    isChanged = true
    if (timer !== null) return
    timer = setTimeout(() => void takeByItself(), Math.max(pauses.first, due()))
    timer.unref()
  }
  if (home.state().kind !== 'read-only') home.doc.on('update', onUpdate)
  return {
    take,
    problem: () => problem,
    onTaken(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      home.doc.off('update', onUpdate)
      if (timer !== null) clearTimeout(timer)
      await turn
      if (isChanged && due() === 0) await take()
    }
  }
}

async function takeOnce(home: Pick<Home, 'doc' | 'seal' | 'state'>, directory: string, clock: Clock): Promise<Result<SnapshotFile>> {
  const state = home.state()
  const { vault } = home.seal
  if (state.kind === 'read-only') return { ok: false, error: state.problem }
  if (vault === null) return fail('denied', 'this home is not sealed yet, so no snapshot was taken', 'open it where it can be written')
  const identity = await readIdentity(directory, home.seal)
  const document = integratedUpdate(home.doc)
  const work: SnapshotWork = { home: directory, vault: vault.material(), content: { takenAt: clock.now(), document, ...identity }, vector: Y.encodeStateVector(home.doc) }
  return await new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: work })
    worker.once('message', (result: Result<SnapshotFile>) => resolve(result.ok ? ok(result.value) : result))
    worker.once('error', () => resolve(fail('storage', 'the snapshot could not be taken', 'check that there is memory and room on the disk')))
    worker.once('exit', () => resolve(fail('storage', 'the snapshot could not be taken', 'check that there is memory and room on the disk')))
  })
}
