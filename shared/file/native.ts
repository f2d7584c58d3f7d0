/**
 * Our own file: everything that a document says, lossless, written and read.
 *
 * Writing is deterministic: records in the order of their keys, fields in the order of their schema, so that export, import
 * into an empty home and export again give the same bytes. Reading refuses a file as a whole, in one sentence that names the
 * place.
 */
import type * as Y from 'yjs'
import { z } from 'zod'
import { Merge } from '../articulation/merge.ts'
import { SpansOf, writtenSpans } from '../articulation/provenance.ts'
import { Note, Session } from '../articulation/session.ts'
import { readDocument, readVersions } from '../document/document.ts'
import { loopsOf, toLists, valuesOf } from '../graph.ts'
import { describeIssue, quoted } from '../json.ts'
import { versionKey } from '../document/layout.ts'
import { Domain, Rehearsal, Trial } from '../rehearsal.ts'
import { fail, ok, type Result } from '../result.ts'
import { edgeKey, GraphLists, limits, Scenario, Version, type Context } from '../schema.ts'

/** The form of our own file that this program writes. */
const fileVersion = 1

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

/** All that it holds. */
export type NativeRecords = Omit<NativeFile, 'format' | 'version'>

/** Everything that a document says, as our own file. */
export function writeNative(doc: Y.Doc): string {
  const { graph, scenarios, rehearsals, domains, trials, sessions, notes, merges, apart } = readDocument(doc)
  const file: NativeFile = { format: 'values-steward', version: fileVersion, ...toLists(graph), scenarios: [...valuesOf(scenarios)], rehearsals: [...valuesOf(rehearsals)], domains: [...valuesOf(domains)], trials: [...valuesOf(trials)], sessions: [...valuesOf(sessions)], notes: [...valuesOf(notes)], merges: valuesOf(merges).filter((merge) => merge.card in graph.cards && merge.into in graph.cards), provenance: [...writtenSpans(doc, valuesOf(graph.cards))], apart: [...apart], versions: readVersions(doc).filter((version) => version.card.id in graph.cards) }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** `value` is parsed JSON that calls itself our own file. Errors: `bad-input`. */
export function readNative(value: object): Result<NativeRecords> {
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
    edges: records.edges.map((edge) => ({ ...edge, mapping: edge.mapping.toSorted((a, b) => (a.policy < b.policy ? -1 : 1)) }))
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

export function refuse(message: string): Result<never> {
  return fail('bad-input', message, 'mend that place and try again; nothing was changed')
}
