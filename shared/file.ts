/**
 * Files that hold values: our own, lossless, written and read; and cards or a preview file, read only.
 *
 * Writing is deterministic: records in the order of their keys, fields in the order of their schema, so that export, import
 * into an empty home and export again give the same bytes. Reading refuses a file as a whole, in one sentence that names
 * the place, and changes nothing then. Our own file restores every record as it was; of a record that is here too and says
 * something else, the file's counts only where its `updatedAt` is later. What comes in any other form is somebody's
 * proposal: it becomes a draft that wears its source, and only the person endorses it.
 */
import type * as Y from 'yjs'
import { z } from 'zod'
import { Merge } from './articulation/merge.ts'
import { nextCharacter, paintCard, SpansOf, writeVersionSpans, writtenSpans } from './articulation/provenance.ts'
import { Note, Session } from './articulation/session.ts'
import { cardMap, writeCard } from './commands/card.ts'
import { contextMap } from './commands/context.ts'
import { edit, type Maker } from './commands/edit.ts'
import { plainMap } from './commands/norm.ts'
import { edgeMap } from './commands/priority.ts'
import { rehearsalEntries, rehearsalMap } from './commands/rehearsal.ts'
import { sessionMap } from './commands/session.ts'
import { saveVersion, writeVersion } from './commands/version.ts'
import { origins, readDocument, readVersions, type Reading } from './document.ts'
import { indexContexts, loopsOf, sameWords, toLists, valuesOf } from './graph.ts'
import type { ImportPlan } from './ipc.ts'
import { describeIssue, parseJson, quoted } from './json.ts'
import { newMap, recordMap, rootMap, versionKey, type RootName } from './layout.ts'
import { readCards, readPreview } from './preview.ts'
import { Domain, Rehearsal, Trial } from './rehearsal.ts'
import { fail, ok, type Result } from './result.ts'
import {
  CardId, ContextId, edgeKey, GraphLists, limits, NormId, PolicyId, Scenario, ScenarioId, Version,
  type Author, type Card, type Context, type Graph
} from './schema.ts'
import { isCommand } from './strange.ts'

/** The form of our own file that this program writes. */
export const fileVersion = 1

/** Our own file: the graph as lists, the situations, the rehearsals with what they count for, and the versions of each card. */
export const NativeFile = z.strictObject({
  format: z.literal('values-steward'),
  version: z.literal(fileVersion),
  ...GraphLists.shape,
  scenarios: z.array(Scenario).max(limits.cards),
  /* Files from before there were any have none of these. */
  rehearsals: z.array(Rehearsal).max(limits.rehearsals).default([]),
  domains: z.array(Domain).max(limits.cards).default([]),
  trials: z.array(Trial).max(limits.cards).default([]),
  sessions: z.array(Session).max(limits.cards).default([]),
  notes: z.array(Note).max(limits.cards).default([]),
  merges: z.array(Merge).max(limits.cards).default([]),
  provenance: z.array(SpansOf).default([]),
  apart: z.array(z.string().max(300).regex(/^[^|]+\|[^|]+$/u)).max(limits.cards).default([]),
  versions: z.array(Version)
})
export type NativeFile = z.infer<typeof NativeFile>

/** A record, by what it is and the words that it is known by ("" where it has none). */
export interface Named {
  readonly table: RootName
  readonly title: string
}

/** A record of the file that is here too and says something else: the person chooses. */
export interface Clash extends Named {
  readonly key: string
  /** Which was changed last, where such records have a date; only then is it the file's that is suggested. */
  readonly newer: 'here' | 'file' | null
  /** Names of the fields that differ. */
  readonly fields: readonly string[]
  /** All that either says, a line each. */
  readonly here: string
  readonly file: string
}

/** What a file would do to what is here; nothing is done yet. */
export interface Study {
  /** Of the file: from this app, so that everything is taken as it was; else what comes are drafts. */
  readonly isOurs: boolean
  /** As it was when it was studied: with another one, study again. */
  readonly reading: Reading
  readonly added: number
  /** Records that the file knows more of, and that lose nothing: later answers of a rehearsal, a newer trial. */
  readonly extended: number
  readonly same: number
  readonly clashes: readonly Clash[]
  /** What is new or known more of, in its order. */
  readonly taken: readonly Named[]
  /** Each text that reads like a command to a model. */
  readonly flagged: readonly (Named & { readonly text: string })[]
  readonly steps: readonly Step[]
}

export type Choices = ReadonlyMap<string, 'here' | 'file'>

/** What an import would do, or did; `flagged` names each text that reads like a command to a model (also among `lines`). */
export interface FilePlan extends ImportPlan {
  readonly flagged: readonly string[]
}

/** Everything that a document says, as our own file. */
export function writeNative(doc: Y.Doc): string {
  const { graph, scenarios, rehearsals, domains, trials, sessions, notes, merges, apart } = readDocument(doc)
  const file: NativeFile = { format: 'values-steward', version: fileVersion, ...toLists(graph), scenarios: [...valuesOf(scenarios)], rehearsals: [...valuesOf(rehearsals)], domains: [...valuesOf(domains)], trials: [...valuesOf(trials)], sessions: [...valuesOf(sessions)], notes: [...valuesOf(notes)], merges: valuesOf(merges).filter((merge) => merge.card in graph.cards && merge.into in graph.cards), provenance: [...writtenSpans(doc, valuesOf(graph.cards))], apart: [...apart], versions: readVersions(doc).filter((version) => version.card.id in graph.cards) }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** What `applyImport` would do with this file. `source` names where it came from. */
export function planImport(doc: Y.Doc, input: string | Uint8Array, source: string): Result<FilePlan> {
  let made = 0
  const steps = planSteps(doc, readDocument(doc), input, source, { now: 0, newId: () => `planned-${(made += 1)}` })
  return steps.ok ? ok(describe(steps.value)) : steps
}

/** Brings a file in, in one transaction; gives what it did. */
export function applyImport(doc: Y.Doc, input: string | Uint8Array, source: string, maker: Maker): Result<FilePlan> {
  return edit(doc, () => {
    const steps = planSteps(doc, readDocument(doc), input, source, maker)
    if (!steps.ok) return steps
    for (const step of steps.value) if (step.verb === 'add' || step.verb === 'change') step.write()
    return ok(describe(steps.value))
  }, origins.import)
}

/**
 * The same for a window, which must not stand still: each `next()` does a small part and gives the share that is done; `reading`
 * is what the document says now.
 */
export function* studyFile(doc: Y.Doc, reading: Reading, input: string | Uint8Array, source: string, maker: Maker): Generator<number, Result<Study>> {
  const value = parseJson(input)
  if (!value.ok) return value
  yield 0.05
  const incoming = readValue(value.value, source, reading, maker)
  if (!incoming.ok) return incoming
  yield 0.1
  const planned = yield* planning(doc, reading, incoming.value, maker, 0.1)
  if (!planned.ok) return planned
  const steps = planned.value
  const clashes: Clash[] = []
  for (const [at, one] of steps.entries()) {
    if (at % 100 === 0) yield 0.9 + (0.1 * at) / steps.length
    if (isClash(one)) clashes.push(clashOf(one))
  }
  const taken = steps.filter((one) => one.verb === 'add' || (one.verb === 'change' && !isClash(one)))
  return ok({
    isOurs: incoming.value.isOurs, reading, clashes, steps,
    added: steps.filter(({ verb }) => verb === 'add').length, extended: taken.filter(({ verb }) => verb === 'change').length,
    same: steps.filter((one) => one.verb === 'same' || (one.verb === 'keep' && !isClash(one))).length, taken: taken.map(namedBy), flagged: steps.flatMap((one) => one.commands.map((text) => ({ ...namedBy(one), text })))
  })
}

/** What is suggested where the person has not chosen: the file's where it is newer, else what is here. */
export function suggestedFor({ newer }: Clash): 'here' | 'file' {
  return newer === 'file' ? 'file' : 'here'
}

/**
 * Takes a file in as it was studied, into the very document that it was studied for, a part of it at each `next()`, under the origin of an import throughout; gives how many
 * records were written. A card that gives way to the file's is put by as a version first, so that nothing of it is lost.
 */
export function* takeFile(doc: Y.Doc, { steps, clashes }: Study, choices: Choices, maker: Maker): Generator<number, Result<number>> {
  const suggested = new Map(clashes.map((clash) => [clash.key, choices.get(clash.key) ?? suggestedFor(clash)]))
  const wanted = steps.filter((one) => (isClash(one) ? suggested.get(keyOf(one)) === 'file' : one.verb === 'add' || one.verb === 'change'))
  for (let from = 0; from < wanted.length; from += atOnce) {
    const done = edit(doc, () => {
      for (const one of wanted.slice(from, from + atOnce)) {
        if (isClash(one) && one.table === 'cards') {
          const saved = saveVersion(doc, CardId.parse(one.id), maker)
          if (!saved.ok) return saved
        }
        one.write()
      }
      return ok(undefined)
    }, origins.import)
    if (!done.ok) return done
    yield Math.min(1, (from + atOnce) / wanted.length)
  }
  return ok(wanted.length)
}

/** Records that are written between two breaths of the window. */
const atOnce = 100

// ---- reading a file -------------------------------------------------------------------------------------------------

/** Records as they would stand in the document; `isOurs` where they come from our own file. */
interface Incoming extends Omit<NativeFile, 'format' | 'version'> {
  readonly isOurs: boolean
}

function readIncoming(input: string | Uint8Array, source: string, reading: Reading, maker: Maker): Result<Incoming> {
  const value = parseJson(input)
  return value.ok ? readValue(value.value, source, reading, maker) : value
}

function readValue(value: unknown, source: string, reading: Reading, maker: Maker): Result<Incoming> {
  if (Array.isArray(value)) return readOthers(value, source, reading, maker)
  if (typeof value !== 'object' || value === null) return refuse('the file holds no values: a list of cards, a preview file or an export of this app was expected')
  return 'format' in value || 'version' in value ? readOurs(value) : readOthers(value, source, reading, maker)
}

function readOurs(value: object): Result<Incoming> {
  const head = z.object({ format: z.literal('values-steward'), version: z.number().int().min(1) }).safeParse(value)
  if (!head.success) return refuse(`the file is not an export of this app: ${describeIssue(head.error)}`)
  if (head.data.version > fileVersion) return fail('bad-input', 'the file was written by a newer version of the app', 'update the app, then import it; nothing was changed')
  const read = NativeFile.safeParse(value)
  if (!read.success) return refuse(describeIssue(read.error))
  const broken = firstBroken(read.data)
  if (broken !== null) return refuse(broken)
  const { format: _format, version: _version, ...records } = read.data
  return ok({
    ...records,
    cards: records.cards.map((card) => ({ ...card, contexts: [...new Set(card.contexts)] })),
    contexts: records.contexts.map((context) => ({ ...context, within: [...new Set(context.within)] })),
    edges: records.edges.map((edge) => ({ ...edge, mapping: edge.mapping.toSorted((a, b) => (a.policy < b.policy ? -1 : 1)) })),
    isOurs: true
  })
}

/** The first record of our own file that does not fit the others: an id twice, something missing, a circle. */
function firstBroken(file: NativeFile): string | null {
  const cards = new Set<string>()
  const lines = new Set<string>()
  const contexts = new Set<string>(file.contexts.map((context) => context.id))
  for (const [index, card] of file.cards.entries()) {
    if (cards.has(card.id)) return `cards[${index}].id: the id ${quoted(card.id)} is there twice`
    cards.add(card.id)
    for (const [place, policy] of card.policies.entries()) {
      if (lines.has(policy.id)) return `cards[${index}].policies[${place}].id: the id ${quoted(policy.id)} is there twice`
      lines.add(policy.id)
    }
    const missing = card.contexts.findIndex((context) => !contexts.has(context))
    if (missing !== -1) return `cards[${index}].contexts[${missing}]: there is no context ${quoted(card.contexts[missing] ?? '')}`
  }
  const byKind: readonly (readonly [string, readonly string[]])[] = [
    ['contexts', file.contexts.map((context) => context.id)], ['edges', file.edges.map(edgeKey)], ['norms', file.norms.map((norm) => norm.id)],
    ['commitments', file.commitments.map((commitment) => commitment.id)], ['scenarios', file.scenarios.map((scenario) => scenario.id)],
    ['rehearsals', file.rehearsals.map((rehearsal) => rehearsal.id)], ['domains', file.domains.map((domain) => domain.key)], ['trials', file.trials.map((trial) => trial.scenario)],
    ['sessions', file.sessions.map((session) => session.id)], ['notes', file.notes.map((note) => note.id)], ['merges', file.merges.map((merge) => merge.card)],
    ['provenance', file.provenance.map(({ card, version }) => `${card}|${version ?? ''}`)],
    ['versions', file.versions.map((version) => versionKey(version.card.id, version.id))]
  ]
  for (const [name, keys] of byKind) {
    const seen = new Set<string>()
    for (const [index, key] of keys.entries()) {
      if (seen.has(key)) return `${name}[${index}]: ${quoted(key)} is there twice`
      seen.add(key)
    }
  }
  for (const [index, edge] of file.edges.entries()) {
    for (const end of ['from', 'to'] as const) if (!cards.has(edge[end])) return `edges[${index}].${end}: there is no card ${quoted(edge[end])}`
    if (!contexts.has(edge.context)) return `edges[${index}].context: there is no context ${quoted(edge.context)}`
    const mapped = edge.mapping.map((mapping) => mapping.policy)
    const twice = mapped.findIndex((policy, place) => mapped.indexOf(policy) !== place)
    if (twice !== -1) return `edges[${index}].mapping[${twice}]: the line ${quoted(mapped[twice] ?? '')} is there twice`
  }
  for (const [index, commitment] of file.commitments.entries()) {
    if (!cards.has(commitment.card)) return `commitments[${index}].card: there is no card ${quoted(commitment.card)}`
    if (!contexts.has(commitment.context)) return `commitments[${index}].context: there is no context ${quoted(commitment.context)}`
  }
  const lost = file.versions.findIndex((version) => !cards.has(version.card.id))
  if (lost !== -1) return `versions[${lost}].card.id: there is no card ${quoted(file.versions[lost]?.card.id ?? '')}`
  return firstBrokenContext(file.contexts, contexts)
}

function firstBrokenContext(contexts: readonly Context[], known: ReadonlySet<string>): string | null {
  const wider = new Map(contexts.map((context) => [context.id, context.within]))
  const into = new Map(contexts.map((context) => [context.id, context.synonymOf === null ? [] : [context.synonymOf]]))
  for (const [index, context] of contexts.entries()) {
    const place = context.within.findIndex((other) => !known.has(other) || other === context.id)
    if (place !== -1) return `contexts[${index}].within[${place}]: ${context.within[place] === context.id ? 'a context cannot be part of itself' : `there is no context ${quoted(context.within[place] ?? '')}`}`
    if (context.synonymOf !== null && (!known.has(context.synonymOf) || context.synonymOf === context.id)) return `contexts[${index}].synonymOf: it must name another context of the file`
  }
  for (const [field, next] of [['within', wider], ['synonymOf', into]] as const) {
    const loop = loopsOf([...next.keys()], (id) => next.get(id) ?? [])[0]
    if (loop !== undefined) return `contexts[${contexts.findIndex((context) => context.id === loop[0])}].${field}: it runs in a circle back to ${quoted(loop[0] ?? '')}`
  }
  return null
}

/** Cards, or a preview file, as drafts under ids of their own; what says the same as a record here is that record. */
function readOthers(value: object, source: string, reading: Reading, maker: Maker): Result<Incoming> {
  const author: Author = { kind: 'import', source: sourceName(source), confirmedAt: null }
  const empty: Incoming = { cards: [], contexts: [], edges: [], norms: [], commitments: [], scenarios: [], rehearsals: [], domains: [], trials: [], sessions: [], notes: [], merges: [], provenance: [], apart: [], versions: [], isOurs: false }
  const contexts = createContexts(reading, maker)
  const here = new Map(valuesOf(reading.graph.cards).map((card): [string, Card] => [contentOf(card.title, card.policies.map((policy) => policy.text)), card]))
  // Never under the file's own ids: "c1" of two files, brought in on two devices, would become one card.
  const draft = (title: string, lines: readonly string[], places: readonly string[]): Card => here.get(contentOf(title, lines)) ?? {
    id: CardId.parse(maker.newId()), title, story: '', obstacles: '', policies: lines.map((line) => ({ id: PolicyId.parse(maker.newId()), text: line, author })),
    contexts: [...new Set(places.filter((place) => place.trim() !== '').map(contexts.idFor))], status: 'draft', kind: 'unclear', author, createdAt: maker.now, updatedAt: maker.now
  }
  if (!('situation' in value)) {
    const read = readCards('cards' in value ? value.cards : value)
    if (!read.ok) return read
    const cards = read.value.map((card) => draft(card.title, card.policies, card.contexts))
    return ok({ ...empty, cards, contexts: contexts.made() })
  }
  const read = readPreview(value, reading.graph)
  if (!read.ok) return read
  const { graph, scenario } = read.value
  const hasCards = 'cards' in value
  const ids = new Map<CardId, CardId>()
  const policies = new Map<PolicyId, PolicyId>()
  const cards = !hasCards ? [] : read.value.order.flatMap(({ card: id }) => {
    const card = graph.cards[id]
    if (card === undefined) return []
    const lines = card.policies.map((policy) => policy.text)
    const own = draft(card.title, lines, card.contexts.map((context) => graph.contexts[context]?.text ?? ''))
    ids.set(id, own.id)
    card.policies.forEach((policy, index) => policies.set(policy.id, own.policies[index]?.id ?? policy.id))
    return [own]
  })
  const edges = !hasCards ? [] : valuesOf(graph.edges).flatMap((edge) => {
    const [from, to] = [ids.get(edge.from), ids.get(edge.to)]
    if (from === undefined || to === undefined || from === to) return []
    const mapping = edge.mapping.map((one) => ({ ...one, policy: policies.get(one.policy) ?? one.policy, becomes: one.becomes === null ? null : (policies.get(one.becomes) ?? one.becomes) }))
    return [{ ...edge, from, to, context: contexts.idFor(graph.contexts[edge.context]?.text ?? ''), mapping, createdAt: maker.now }]
  })
  const norms = !hasCards ? [] : valuesOf(graph.norms).map((norm) => {
    const same = valuesOf(reading.graph.norms).find((own) => own.text === norm.text && own.force === norm.force && own.holder === norm.holder)
    return same ?? { ...norm, id: NormId.parse(maker.newId()) }
  })
  const same = valuesOf(reading.scenarios).find((own) => own.situation === scenario.situation && own.mode === scenario.mode && JSON.stringify(own.options) === JSON.stringify(scenario.options))
  const scenarios = [same ?? { ...scenario, id: ScenarioId.parse(maker.newId()), source: 'imported' as const, createdAt: maker.now }]
  return ok({ ...empty, cards, contexts: contexts.made(), edges, norms, scenarios })
}

/** Contexts by their words: one that is here, else one to be made. */
function createContexts(reading: Reading, maker: Maker) {
  const made = new Map<string, Context>()
  const { canonical } = indexContexts(reading.graph.contexts)
  const here = new Map(valuesOf(reading.graph.contexts).map((context): [string, ContextId] => [sameWords(context.text), canonical(context.id)]))
  return {
    made: () => [...made.values()],
    idFor(text: string): ContextId {
      const words = sameWords(text)
      const found = here.get(words)
      if (found !== undefined) return found
      const context = made.get(words) ?? { id: ContextId.parse(maker.newId()), text, within: [], synonymOf: null }
      made.set(words, context)
      return context.id
    }
  }
}

function contentOf(title: string, lines: readonly string[]): string {
  return JSON.stringify([title, ...lines])
}

// ---- what is to be done ---------------------------------------------------------------------------------------------

export interface Step {
  readonly table: RootName
  readonly id: string
  /** `keep`: something else stands here under the same id, and stays. */
  readonly verb: 'add' | 'change' | 'same' | 'keep'
  /** `the card "Honest friend"`. */
  readonly name: string
  /** Texts of it that read like a command to a model. */
  readonly commands: readonly string[]
  /** Under the same id; null where there is none. */
  readonly here: object | null
  readonly record: object
  readonly write: () => void
}

/** In one go. */
function planSteps(doc: Y.Doc, reading: Reading, input: string | Uint8Array, source: string, maker: Maker): Result<readonly Step[]> {
  const read = readIncoming(input, source, reading, maker)
  if (!read.ok) return read
  const plan = planning(doc, reading, read.value, maker, 0)
  for (;;) {
    const next = plan.next()
    if (next.done === true) return next.value
  }
}

/** `from`: the share that was done before. */
function* planning(doc: Y.Doc, reading: Reading, incoming: Incoming, maker: Maker, from: number): Generator<number, Result<readonly Step[]>> {
  const { graph } = reading
  const all = Object.values(incoming).reduce((sum: number, part: unknown) => sum + (Array.isArray(part) ? part.length : 0), 1)
  const strange = firstStrangeLine(graph, incoming.cards)
  if (strange !== null) return refuse(strange)
  const steps: Step[] = []
  const share = (): number => from + (0.9 - from) * Math.min(1, steps.length / all)
  const spans = new Map(incoming.provenance.map((one) => [one.version === null ? one.card : versionKey(one.card, one.version), one.spans]))
  const titles = new Map(incoming.cards.map((card) => [card.id, card.title]))
  const cardName = (id: CardId): string => quoted(titles.get(id) ?? graph.cards[id]?.title ?? id)
  const plain = (table: RootName, what: string, record: { readonly id: string }, here: object | undefined, texts: readonly string[]): void => {
    steps.push(step(table, record.id, `${what} ${quoted(texts[0] ?? '')}`, here, record, texts, false, () => rootMap(doc, table)?.set(record.id, plainMap(record))))
  }
  for (const context of incoming.contexts) {
    if (steps.length % 200 === 0) yield share()
    steps.push(step('contexts', context.id, `the context ${quoted(context.text)}`, graph.contexts[context.id], context, [context.text], false, () => rootMap(doc, 'contexts')?.set(context.id, contextMap(context))))
  }
  for (const card of incoming.cards) {
    if (steps.length % 200 === 0) yield share()
    const here = graph.cards[card.id]
    steps.push(step('cards', card.id, `the card ${quoted(card.title)}`, here, card, textsOf(card), here !== undefined && card.updatedAt > here.updatedAt, () => {
      const map = here === undefined ? null : recordMap(doc, 'cards', card.id)
      const since = nextCharacter(doc)
      if (map === null) rootMap(doc, 'cards')?.set(card.id, cardMap(card))
      else writeCard(map, card)
      const told = spans.get(card.id)
      if (told !== undefined) paintCard(doc, card.id, told, since)
    }))
  }
  for (const edge of incoming.edges) {
    if (steps.length % 200 === 0) yield share()
    const name = `the priority of ${cardName(edge.to)} over ${cardName(edge.from)}`
    const here = graph.edges[edgeKey(edge)]
    const isKnown = !incoming.isOurs && here !== undefined
    steps.push(step('edges', edgeKey(edge), name, here, isKnown ? here : edge, [edge.reallyAbout, edge.confused, edge.story, ...edge.mapping.map((one) => one.because)], false, () => rootMap(doc, 'edges')?.set(edgeKey(edge), edgeMap(edge))))
  }
  for (const norm of incoming.norms) plain('norms', 'the norm', norm, graph.norms[norm.id], [norm.text, norm.purpose, norm.exceptions])
  for (const commitment of incoming.commitments) plain('commitments', 'the commitment', commitment, graph.commitments[commitment.id], [commitment.reason])
  for (const scenario of incoming.scenarios) plain('scenarios', 'the situation', scenario, reading.scenarios[scenario.id], [scenario.situation, ...scenario.options])
  for (const session of incoming.sessions) {
    if (steps.length % 200 === 0) yield share()
    const here = reading.sessions[session.id]
    steps.push(step('sessions', session.id, `the session of ${quoted(titles.get(session.card ?? CardId.parse('none')) ?? session.texts['story'] ?? session.way)}`, here, session, Object.values(session.texts), here !== undefined && session.updatedAt > here.updatedAt, () => rootMap(doc, 'sessions')?.set(session.id, sessionMap(session))))
  }
  for (const note of incoming.notes) plain('notes', 'the note', note, reading.notes[note.id], [note.text])
  for (const merge of incoming.merges) {
    const { card, ...fields } = merge
    steps.push(step('merges', card, `the merging of ${cardName(card)} into ${cardName(merge.into)}`, reading.merges[card], merge, [], false, () => rootMap(doc, 'merges')?.set(card, fields)))
  }
  for (const pair of incoming.apart) {
    const [one = '', other = ''] = pair.split('|')
    steps.push(step('merges', pair, `that ${quoted(one)} and ${quoted(other)} stay two`, reading.apart.includes(pair) ? { pair } : undefined, { pair }, [], false, () => rootMap(doc, 'merges')?.set(pair, maker.now)))
  }
  for (const rehearsal of incoming.rehearsals) {
    if (steps.length % 200 === 0) yield share()
    const here = reading.rehearsals[rehearsal.id]
    const known = new Set(addendaOf(here))
    const isLonger = addendaOf(rehearsal).some((id) => !known.has(id))
    const texts = [rehearsal.situation, ...rehearsal.options, ...rehearsal.verdicts.map(({ note }) => note), ...rehearsal.edits.map(({ words }) => words)]
    steps.push(step('rehearsals', rehearsal.id, `the rehearsal of ${quoted(rehearsal.situation)}`, here, rehearsal, texts, here !== undefined && isLonger, () => {
      const map = recordMap(doc, 'rehearsals', rehearsal.id)
      if (map === null) rootMap(doc, 'rehearsals')?.set(rehearsal.id, rehearsalMap(rehearsal))
      /* What was said stays as it is; what was added elsewhere is added. */
      else for (const [key, value] of rehearsalEntries(rehearsal)) if ((map.get(key) ?? null) === null) map.set(key, value)
    }))
  }
  for (const domain of incoming.domains) {
    const { key, ...fields } = domain
    steps.push(step('domains', key, `the domain ${quoted(domain.name)}`, Object.hasOwn(reading.domains, key) ? reading.domains[key] : undefined, domain, [domain.name, domain.edge], false, () => rootMap(doc, 'domains')?.set(key, newMap(fields))))
  }
  for (const trial of incoming.trials) {
    const { scenario, ...fields } = trial
    const here = reading.trials[scenario]
    steps.push(step('trials', scenario, `what was tried of ${quoted(scenario)}`, here, trial, [], here !== undefined && trial.at > here.at, () => rootMap(doc, 'trials')?.set(scenario, fields)))
  }
  const versions = new Map(readVersions(doc).map((version) => [versionKey(version.card.id, version.id), version]))
  for (const version of incoming.versions) {
    if (steps.length % 200 === 0) yield share()
    const here = versions.get(versionKey(version.card.id, version.id))
    steps.push(step('versions', versionKey(version.card.id, version.id), `a version of the card ${quoted(version.card.title)}`, here, version, textsOf(version.card), false, () => {
      writeVersion(doc, version)
      const told = spans.get(versionKey(version.card.id, version.id))
      if (told !== undefined) writeVersionSpans(doc, version.card.id, version.id, told)
    }))
  }
  for (const table of ['cards', 'contexts', 'edges', 'norms', 'commitments', 'scenarios', 'rehearsals', 'domains', 'trials', 'sessions', 'notes', 'merges'] as const) {
    const added = steps.filter((one) => one.table === table && one.verb === 'add').length
    const most = table === 'rehearsals' ? limits.rehearsals : limits.cards
    if (added > 0 && added + (rootMap(doc, table)?.size ?? 0) > most) return refuse(`with this file there would be more than ${most.toLocaleString('en')} ${table}`)
  }
  return ok(steps)
}

function step(table: RootName, id: string, name: string, here: object | undefined, record: object, texts: readonly string[], isNewer: boolean, write: () => void): Step {
  const verb = here === undefined ? 'add' : JSON.stringify(here) === JSON.stringify(record) ? 'same' : isNewer ? 'change' : 'keep'
  return { table, id, verb, name, commands: verb === 'same' || verb === 'keep' ? [] : texts.filter(isCommand), here: here ?? null, record, write }
}

/** Its name holds the words it is known by in quotes. */
function namedBy({ table, name }: Step): Named {
  return { table, title: [...name.matchAll(/"(?:[^"\\]|\\.)*"/gu)].map(([words]) => String(JSON.parse(words))).join(' · ') }
}

function keyOf({ table, id }: Step): string {
  return `${table}|${id}`
}

/* What is only ever added to, and what the model found out: taking the file's loses nothing that the person said. */
const extending: readonly RootName[] = ['rehearsals', 'trials']

/** Both are here and differ in more than when they were last touched. */
function isClash({ verb, table, here, record }: Step): boolean {
  return (verb === 'keep' || verb === 'change') && !extending.includes(table) && here !== null && differing(here, record).length > 0
}

function differing(here: object, record: object): readonly string[] {
  const [mine, theirs] = [here, record] as Readonly<Record<string, unknown>>[]
  return [...new Set([...Object.keys(mine ?? {}), ...Object.keys(theirs ?? {})])].filter((field) => field !== 'updatedAt' && JSON.stringify(mine?.[field]) !== JSON.stringify(theirs?.[field]))
}

function clashOf(one: Step): Clash {
  const here = one.here ?? {}
  const [mine, theirs] = [here, one.record].map((record) => ('updatedAt' in record && typeof record.updatedAt === 'number' ? record.updatedAt : null))
  return {
    key: keyOf(one), ...namedBy(one), fields: differing(here, one.record),
    newer: mine === undefined || theirs === undefined || mine === null || theirs === null || mine === theirs ? null : theirs > mine ? 'file' : 'here',
    here: wordsIn(here), file: wordsIn(one.record)
  }
}

/** Every text of a record that somebody wrote, a line each, in the order of its fields. */
function wordsIn(record: object): string {
  const found: string[] = []
  const collect = (value: unknown, field: string): void => {
    if (typeof value === 'string') {
      if (spoken.has(field) && value.trim() !== '') found.push(value.trim())
    } else if (Array.isArray(value)) for (const each of value) collect(each, field)
    else if (typeof value === 'object' && value !== null) for (const [name, each] of Object.entries(value)) collect(each, field === 'texts' ? 'text' : name)
  }
  collect(record, '')
  return found.join('\n')
}

/** Fields of records whose value is words rather than an id or a kind. */
const spoken: ReadonlySet<string> = new Set(['title', 'story', 'obstacles', 'text', 'reallyAbout', 'confused', 'because', 'purpose', 'exceptions', 'reason', 'situation', 'options', 'name', 'edge', 'holder'])

/** Ids of what was added to a rehearsal after it began. */
function addendaOf(rehearsal: Rehearsal | undefined): readonly string[] {
  if (rehearsal === undefined) return []
  return [...(rehearsal.agent === null ? [] : ['agent']), ...[...rehearsal.verdicts, ...rehearsal.edits, ...rehearsal.reasks].map(({ id }): string => id)]
}

const mostLines = 200
const said = { add: 'new', change: 'changed, since the file is newer', keep: 'here already in other words, and stays as it is' } as const

function describe(steps: readonly Step[]): FilePlan {
  const flagged = steps.flatMap(({ name, commands }) => commands.map((text) => `careful: a text of ${name} reads like a command to a model: ${quoted(text)}`))
  const all = [...flagged, ...steps.flatMap(({ verb, name }) => (verb === 'same' ? [] : [`${name}: ${said[verb]}`]))]
  const lines = all.length <= mostLines ? all : [...all.slice(0, mostLines - 1), `and ${(all.length - mostLines + 1).toLocaleString('en')} more`]
  const count = (...verbs: readonly Step['verb'][]): number => steps.filter((one) => verbs.includes(one.verb)).length
  return { added: count('add'), changed: count('change'), same: count('same', 'keep'), lines, flagged }
}

/** A line of the file whose id another card here already holds. */
function firstStrangeLine(graph: Graph, cards: readonly Card[]): string | null {
  const owner = new Map(valuesOf(graph.cards).flatMap((card) => card.policies.map((policy): [PolicyId, CardId] => [policy.id, card.id])))
  for (const [index, card] of cards.entries()) {
    const place = card.policies.findIndex((policy) => (owner.get(policy.id) ?? card.id) !== card.id)
    if (place !== -1) return `cards[${index}].policies[${place}].id: the id ${quoted(card.policies[place]?.id ?? '')} belongs to another card here`
  }
  return null
}

function textsOf(card: Card): readonly string[] {
  return [card.title, card.story, card.obstacles, ...card.policies.map((policy) => policy.text)]
}

function sourceName(source: string): string {
  const plain = source.toWellFormed().replace(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/gu, ' ').trim()
  return plain === '' ? 'a file' : plain.slice(0, 500).toWellFormed()
}

function refuse(message: string): Result<never> {
  return fail('bad-input', message, 'mend that place and try again; nothing was changed')
}
