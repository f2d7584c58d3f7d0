/**
 * Going back to what a snapshot or a backup says.
 *
 * Invariants: a plan changes nothing; before anything is changed a snapshot is taken, by which all of it can be taken back. In a
 * home that says something, it is done by new edits (shared/keep/difference.ts), so that other devices take them like any
 * others. An empty home takes the document itself, with its history; and where it belongs to no other devices, it takes the
 * place of the device that the backup was made on, under keys of its own (peer/belonging.ts).
 */
import * as Y from 'yjs'
import { bringBack, compare, documentOf, isEmpty, type Difference } from '../../shared/keep/difference.ts'
import { cardOf, readSecrets } from '../../shared/peer/identity.ts'
import { writePhrase } from '../../shared/peer/words.ts'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import type { Peers } from '../peer/circle/peers.ts'
import { createSuite } from '../peer/circle/suite.ts'
import type { Home } from '../replica.ts'
import { systemRandom } from '../system.ts'
import { sealPack } from '../vault/seal.ts'
import type { Secret } from './backup.ts'
import type { Content } from './content.ts'
import { circleOf } from './identity.ts'

/** What was done. */
export interface Restored {
  readonly differences: readonly Difference[]
  /** The snapshot of before; null where there was nothing before. */
  readonly before: number | null
  /** It stands among the person's other devices in the place of the one that the backup was made on. */
  readonly isBack: boolean
  /** What of it could not be done, though the values are there. */
  readonly problem: Problem | null
}

export interface RestoreOptions {
  readonly home: Home
  readonly directory: string
  readonly content: Content
  /** What opened the backup; null for a snapshot of this very home. */
  readonly secret: Secret | null
  readonly takeSnapshot: () => Promise<Result<{ readonly number: number }>>
  /** The circle of this home; null where it is not to be touched. */
  readonly peers: Pick<Peers, 'state' | 'recover' | 'succeed'> | null
}

/** What it would change. Errors: `storage` where what is to be restored is no document. */
export function planRestore(home: Pick<Home, 'doc'>, content: Pick<Content, 'document'>): Result<readonly Difference[]> {
  const then = documentOf(content.document)
  return then === null ? notOne : ok(compare(home.doc, then))
}

/** Durable when it resolves. Errors: those of `planRestore`, `read-only`, those of the disk: nothing was changed then. */
export async function restore({ home, directory, content, secret, takeSnapshot, peers }: RestoreOptions): Promise<Result<Restored>> {
  const state = home.state()
  if (state.kind === 'read-only') return { ok: false, error: state.problem }
  const then = documentOf(content.document)
  if (then === null) return notOne
  const isNew = isEmpty(home.doc)
  const differences = compare(home.doc, then)
  const before = isNew || differences.length === 0 ? null : await takeSnapshot()
  if (before !== null && !before.ok) return before
  if (isNew) Y.applyUpdate(home.doc, content.document)
  /* Of a history that goes on elsewhere, this home may have forgotten some: then it is written anew. */
  bringBack(home.doc, then)
  const saved = await home.saved()
  if (!saved.ok) return saved
  const packs = restorePacks(directory, content, home)
  const back = isNew && secret !== null && peers !== null ? await comeBack(peers, content, secret) : ok(false)
  return ok({ differences, before: before?.ok === true ? before.value.number : null, isBack: back.ok && back.value, problem: back.ok ? packs : back.error })
}

async function comeBack(peers: Pick<Peers, 'state' | 'recover' | 'succeed'>, { secrets: kept, circle }: Content, secret: Secret): Promise<Result<boolean>> {
  const [secrets, known] = [kept === null ? null : readSecrets(kept), circleOf(circle)]
  if (secrets === null || known === null || peers.state !== null) return ok(false)
  const lost = cardOf(secrets, '', createSuite(systemRandom)).id
  const byPhrase = secret.kind === 'phrase' ? await peers.recover(writePhrase(secret.bytes), known.entries, [lost], known.base) : null
  const done = byPhrase?.ok === true ? byPhrase : await peers.succeed(secrets, known.entries, known.base)
  return done.ok ? ok(true) : done
}

/** One that is here under the same name is replaced: it is the notebook as it was then. */
function restorePacks(directory: string, { packs }: Content, { seal: { vault } }: Home): Problem | null {
  if (vault === null) return null
  for (const { name, text } of packs) {
    const done = sealPack(directory, name, text, vault)
    if (!done.ok) return done.error
  }
  return null
}

const notOne = fail('storage', 'what is in this backup cannot be read whole', 'take another copy of it, or an older backup')
