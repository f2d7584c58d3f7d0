/**
 * Writing down a rehearsal, step by step: what the person says first, then what the agent did, then the verdict, the mends
 * and the later answers. All of it is a record, not an edit: undo does not unsay it, and what was said before the agent was
 * seen is never written again. Verdicts, mends and later answers are only added, each under a key of its own, so that two
 * windows that judge at once keep both; a verdict may name a card that another window has just retired.
 */
import type * as Y from 'yjs'
import { origins, type Reading } from '../document/document.ts'
import { valuesOf } from '../graph.ts'
import { mapAt, newMap, rootMap } from '../document/layout.ts'
import { rehearsalFrom } from '../document/records.ts'
import { AgentAnswer, contentOf, Mended, Reask, Rehearsal, Trial, Verdict, verdictOf, versionOf, type Forecast, type Own } from '../rehearsal.ts'
import { fail, ok, type Result } from '../result.ts'
import { limits, type CardId, type RehearsalId, type Scenario } from '../schema.ts'
import { addRecord, check, edit, findRecord, setField, type Maker } from './edit.ts'

/** What the person said before they saw the agent. */
export interface Committed {
  readonly scenario: Pick<Scenario, 'id' | 'domain' | 'mode' | 'situation' | 'options'>
  readonly pack: string | null
  readonly shown: Rehearsal['shown']
  readonly own: Own
  readonly forecast: Forecast
}

export function beginRehearsal(doc: Y.Doc, { scenario, ...said }: Committed, maker: Maker): Result<RehearsalId> {
  return edit(doc, () => {
    const { id, domain, mode, situation, options } = scenario
    const read = check(Rehearsal, {
      ...said, id: maker.newId(), scenario: id, content: contentOf(scenario), domain, mode, situation, options, startedAt: maker.now,
      agent: null, verdicts: [], edits: [], reasks: [], burnedAt: null, withdrawnAt: null
    })
    return read.ok ? addRecord(doc, 'rehearsals', read.value.id, rehearsalMap(read.value)) : read
  }, origins.record)
}

/** What the agent did; the first answer stands, so that it is the one that was forecast. */
export function recordAgent(doc: Y.Doc, id: RehearsalId, answer: AgentAnswer): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'rehearsals', id)
    if (!found.ok) return found
    const read = check(AgentAnswer, answer)
    if (!read.ok) return read
    const options = found.value.get('options')
    if (!Array.isArray(options) || options.length !== read.value.probabilities.length) return fail('bad-input', 'this answer is not about the options of the rehearsal', 'ask again')
    if ((found.value.get('agent') ?? null) !== null) return fail('conflict', 'the agent’s answer to this rehearsal is there already', 'rehearse the situation again for another one')
    found.value.set('agent', read.value)
    return ok(undefined)
  }, origins.record)
}

/** The one that counts from now on, also where the clock was set back since the last one; and where the card it names is no longer in force, or no longer there. */
export function addVerdict(doc: Y.Doc, id: RehearsalId, verdict: Omit<Verdict, 'id' | 'at'>, maker: Maker): Result<void> {
  return edit(doc, () => {
    const said = rehearsalFrom(id, rootMap(doc, 'rehearsals')?.get(id)).item?.verdicts.at(-1)
    return addendum(doc, id, 'verdict', check(Verdict, { ...verdict, id: maker.newId(), at: Math.max(maker.now, (said?.at ?? -1) + 1) }))
  }, origins.record)
}

/** A change of the values that this rehearsal led to; from then on it counts for no score. */
export function recordMend(doc: Y.Doc, id: RehearsalId, mended: Omit<Mended, 'id' | 'at'>, maker: Maker): Result<void> {
  return edit(doc, () => {
    const added = addendum(doc, id, 'edit', check(Mended, { ...mended, id: maker.newId(), at: maker.now }))
    const map = mapAt(rootMap(doc, 'rehearsals'), id)
    if (added.ok && map !== null && typeof map.get('burnedAt') !== 'number') map.set('burnedAt', maker.now)
    return added
  }, origins.record)
}

/**
 * The same of what was mended anywhere but beside the answer: in the card's own room, on the map, on another day, on another device.
 * Whoever said *not that* was led to it where a card of theirs reads otherwise since, or stands in an arrow that was drawn since:
 * the one that the verdict names, or one that spoke: the first is named by itself, and it need not be the one that is mended.
 * Two windows that notice at once note one mend.
 */
export function recordMendsElsewhere(doc: Y.Doc, { rehearsals, graph }: Pick<Reading, 'rehearsals' | 'graph'>, maker: Pick<Maker, 'now'>): void {
  /* The latest arrow of each card, and what each reads now; worked out once, since every edit asks. */
  const drawn = new Map<CardId, number>()
  for (const { from, to, createdAt } of valuesOf(graph.edges)) for (const card of [from, to]) drawn.set(card, Math.max(createdAt, drawn.get(card) ?? 0))
  const versions = new Map<CardId, string | null>()
  const versionNow = (card: CardId): string | null => {
    const known = versions.get(card)
    const version = known === undefined ? versionOf(graph, card) : known
    versions.set(card, version)
    return version
  }
  for (const rehearsal of valuesOf(rehearsals)) {
    const { id, agent, burnedAt } = rehearsal
    const verdict = verdictOf(rehearsal)
    if (agent === null || burnedAt !== null || verdict?.verdict !== 'not-that') continue
    const { door, card, at } = verdict
    const isMended = (one: CardId): boolean => (drawn.get(one) ?? 0) > at || ((graph.cards[one]?.updatedAt ?? 0) > at && agent.cited.find((cited) => cited.card === one)?.version !== versionNow(one))
    if (![...agent.cited.map((cited) => cited.card), ...(card === null ? [] : [card])].some(isMended)) continue
    recordMend(doc, id, { door, card, words: '', before: agent.outcome, after: null, turned: [] }, { now: maker.now, newId: () => `mend-${verdict.id}` })
  }
}

/** An answer given again later, or whether one still stands by it. */
export function addReask(doc: Y.Doc, id: RehearsalId, reask: DistributiveOmit<Reask, 'id' | 'at'>, maker: Maker): Result<void> {
  return addendum(doc, id, 'reask', check(Reask, { ...reask, id: maker.newId(), at: maker.now }))
}

/** `isWithdrawn`: it is kept, and counts no more; false takes that back. */
export function withdrawRehearsal(doc: Y.Doc, id: RehearsalId, isWithdrawn: boolean, maker: Maker): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'rehearsals', id)
    if (!found.ok) return found
    if (isWithdrawn === (typeof found.value.get('withdrawnAt') === 'number')) return ok(undefined)
    setField(found.value, 'withdrawnAt', isWithdrawn ? maker.now : null)
    return ok(undefined)
  }, origins.record)
}

/** The latest run over one situation takes the place of the one before. */
export function writeTrial(doc: Y.Doc, trial: Trial): Result<void> {
  return edit(doc, () => {
    const read = check(Trial, trial)
    if (!read.ok) return read
    const { scenario, ...fields } = read.value
    const trials = rootMap(doc, 'trials')
    if (trials === null) return fail('internal', 'the document cannot hold what was tried', 'restore a backup')
    if (!trials.has(scenario) && trials.size >= limits.cards) return fail('bad-input', 'there are already as many tried situations as there may be', 'take some away first')
    trials.set(scenario, fields)
    return ok(undefined)
  }, origins.record)
}

/** The whole rehearsal as a fresh map. */
export function rehearsalMap(rehearsal: Rehearsal): Y.Map<unknown> {
  return newMap(Object.fromEntries(rehearsalEntries(rehearsal)))
}

/** What stands in that map, by key. */
export function rehearsalEntries({ id: _id, verdicts, edits, reasks, ...fields }: Rehearsal): readonly (readonly [string, unknown])[] {
  const added = [...verdicts.map((one) => ['verdict', one] as const), ...edits.map((one) => ['edit', one] as const), ...reasks.map((one) => ['reask', one] as const)]
  return [...Object.entries(fields), ...added.map(([kind, { id, ...rest }]) => [`${kind}:${id}`, rest] as const)]
}

/** `Omit` of each member of a union by itself. */
type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never

function addendum(doc: Y.Doc, id: RehearsalId, kind: 'verdict' | 'edit' | 'reask', read: Result<{ readonly id: string }>): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'rehearsals', id)
    if (!found.ok) return found
    if (!read.ok) return read
    if ([...found.value.keys()].filter((key) => key.startsWith(`${kind}:`)).length >= limits.addenda) return fail('bad-input', `this rehearsal holds ${limits.addenda} of these already`, 'rehearse the situation again')
    const { id: own, ...fields } = read.value
    found.value.set(`${kind}:${own}`, fields)
    return ok(undefined)
  }, origins.record)
}
