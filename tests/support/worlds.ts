/**
 * Random graphs, evidence and calibrations from one seed: circles, nested and merged contexts, contexts without words, lines
 * given up, norms of each force, commitments, cards of every standing, supports on and around the thresholds.
 */
import type { CertifiedTrust } from '../../shared/decision/certificate.ts'
import type { Question } from '../../shared/decision/decide.ts'
import { fromLists } from '../../shared/graph.ts'
import {
  CardId, CommitmentId, ContextId, NormId, PolicyId, type Author, type Calibration, type Card, type Context, type Evidence, type Graph
} from '../../shared/schema.ts'
import { model, plainCalibration } from './given.ts'

export interface World {
  readonly graph: Graph
  readonly scenario: Question
  readonly evidence: Evidence
  readonly calibration: Calibration
  /** Where an agent is about to act. */
  readonly trust?: CertifiedTrust
}

/** Mulberry32: numbers in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Size {
  readonly cards: number
  readonly lines: number
  readonly options: number
  readonly contexts: number
  readonly edges: number
}

/** A world of at most this size; without `size`, small ones of all shapes. */
export function randomWorld(seed: number, size: Size = { cards: 6, lines: 3, options: 4, contexts: 5, edges: 9 }): World {
  const next = seeded(seed)
  const below = (limit: number): number => Math.floor(next() * limit)
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item
  const chance = (share: number): boolean => next() < share
  const support = (): number => pick([0, 0.1, -0.1, 0.3, 0.7, -0.4, 1, -1, Math.round(next() * 2e6 - 1e6) / 1e6, next() * 2 - 1])
  const optionCount = 2 + below(size.options - 1)
  const row = (): number[] => Array.from({ length: optionCount }, support)
  const author = (): Author =>
    chance(0.85) ? { kind: 'you' } : chance(0.5) ? { kind: 'model', name: 'm', acceptedAt: chance(0.5) ? 5 : null } : { kind: 'import', source: 's', confirmedAt: chance(0.5) ? 5 : null }

  const contextIds = Array.from({ length: 1 + below(size.contexts) }, (_, at) => ContextId.parse(`k${at}`))
  const contexts = contextIds.map((id, at): Context => ({
    id,
    text: chance(0.15) ? '' : chance(0.15) ? 'When it is the same' : `when it is ${at}`,
    within: contextIds.filter(() => chance(0.2)),
    synonymOf: chance(0.2) ? pick(contextIds) : null
  }))
  const cards = Array.from({ length: below(size.cards + 1) }, (_, at): Card => ({
    id: CardId.parse(`c${at}`), title: `card ${at}`, story: '', obstacles: '', createdAt: 0, updatedAt: 0, author: author(),
    policies: Array.from({ length: below(size.lines + 1) }, (__, line) => ({ id: PolicyId.parse(`c${at}.${line}`), text: chance(0.05) ? ' ' : `line ${line}`, author: author() })),
    contexts: contextIds.filter(() => chance(0.3)),
    status: chance(0.9) ? 'endorsed' : pick(['draft', 'retired'] as const),
    kind: chance(0.9) ? 'unclear' : 'instrumental'
  }))
  const ids = cards.map(({ id }) => id)
  const edges = ids.length < 2 ? [] : Array.from({ length: below(size.edges + 1) }, () => ({ from: pick(ids), to: pick(ids), context: pick(contextIds) })).filter(({ from, to }) => from !== to).map((edge) => ({
    ...edge, reallyAbout: '', confused: '', story: '', createdAt: below(4),
    mapping: chance(0.3) ? [{ policy: PolicyId.parse(`${edge.from}.0`), becomes: null, because: 'no' }] : []
  }))
  const norms = Array.from({ length: below(3) }, (_, at) => ({
    id: NormId.parse(`n${at}`), text: `norm ${at}`, force: pick(['obligation', 'permission', 'prohibition'] as const), holder: '', purpose: '', exceptions: '', intrinsic: true, strength: pick([0, 0.5, 1, next()]), inForce: pick([0, 1, next()])
  }))
  const commitments = ids.length === 0 ? [] : Array.from({ length: below(3) }, (_, at) => ({
    id: CommitmentId.parse(`s${at}`), context: pick(contextIds), card: pick(ids), reason: '', createdAt: below(3), expiresAt: chance(0.2) ? 99 : null, revokedAt: chance(0.1) ? 9 : null
  }))
  const evidence: Evidence = {
    model,
    relevance: Object.fromEntries(ids.map((id) => [id, pick([1, 0.2, 0.9, next()])])),
    contexts: Object.fromEntries(contextIds.map((id) => [id, pick([1, 0, 0.5, next()])])),
    support: Object.fromEntries(cards.flatMap((card) => card.policies.map(({ id }) => [id, row()]))),
    norms: Object.fromEntries(norms.map(({ id }) => [id, row()]))
  }
  const calibration: Calibration = {
    ...plainCalibration, pull: pick([0, 0.3, 0.5, 1, 3]), margin: pick([0, 0.1, 0.2]), supportFloor: pick([0, 0.1]), undercutFloor: pick([0, 0, 0.3]),
    relevanceFloor: pick([0, 0.2, 0.5]), quantile: pick([0.5, 0.5, 0.3, 0.7]), temperature: pick([0.02, 0.2, 1]), normWeight: pick([0.3, 1])
  }
  const scenario: Question = { domain: '', mode: 'theory', situation: 'It happens.', options: Array.from({ length: optionCount }, (_, at) => `do ${at}`) }
  const world = { graph: fromLists({ cards, contexts, edges, norms, commitments }), scenario, evidence, calibration }
  if (chance(0.7)) return world
  const standing = pick(['trusted', 'trusted', 'ask', 'unknown'] as const)
  return { ...world, trust: { standing, stale: chance(0.3), approved: 17, answers: 17 + below(4), low: standing === 'trusted' ? 0.85 : 0.6, threshold: 0.8 } }
}
