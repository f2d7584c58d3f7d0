/**
 * Reading one record out of the document, by itself: a map of the layout in, a record of the schema out, or none and one
 * sentence that says why. What merging alone can bring about never costs the record: a text that is too long is shown cut
 * and a list that is too long without its end, each with a sentence. Never throws, whatever stands where.
 */
import * as Y from 'yjs'
import type { z } from 'zod'
import { Merge } from '../articulation/merge.ts'
import { Note, Pick, QuestionKey, Session, Settled, Turn } from '../articulation/session.ts'
import { describeIssue, quoted } from '../json.ts'
import { lineAt, lineIds, mapAt, orderedKeys, textAt } from './layout.ts'
import { Domain, Forecast, Mended, Reask, Rehearsal, Trial, Verdict } from '../rehearsal.ts'
import { Card, Commitment, Context, ContextId, Edge, limits, Norm, Policy, Scenario } from '../schema.ts'

/** One record as read: null where it had to be left out. */
export interface Read<Item> {
  readonly item: Item | null
  readonly problems: readonly string[]
}

export function cardFrom(key: string, value: unknown): Read<Card> {
  const map = asMap(value)
  const problems: string[] = []
  const title = clipped(textAt(map, 'title'), limits.title)
  const place = `the card ${quoted(title === undefined || title.trim() === '' ? key : title)}`
  const contexts = mapAt(map, 'contexts')
  const policies = map === null ? undefined : lineIds(map).map((id) => {
    const line = lineAt(map, id)
    return { id, text: clipped(textAt(line, 'text'), limits.policy), author: line?.get('author') }
  })
  const candidate = {
    id: key, title, story: clipped(textAt(map, 'story'), limits.story), obstacles: clipped(textAt(map, 'obstacles'), limits.story), policies,
    contexts: contexts === null ? undefined : orderedKeys(contexts),
    status: map?.get('status'), kind: map?.get('kind'), author: map?.get('author'), createdAt: map?.get('createdAt'), updatedAt: fieldOr(map, 'updatedAt', map?.get('createdAt'))
  }
  noteClipped(problems, place, map, { title: limits.title, story: limits.story, obstacles: limits.story })
  const whole = Card.safeParse(candidate)
  if (whole.success) {
    for (const { id } of whole.data.policies) noteClipped(problems, place, lineAt(map, id), { text: limits.policy })
    return { item: whole.data, problems }
  }
  const kept = keepReadable(policies, Policy, limits.policiesPerCard, `${place}: a line`, problems)
  const known = keepReadable(candidate.contexts, ContextId, limits.contextsPerCard, `${place}: a context`, problems)
  return finish(Card, { ...candidate, policies: kept, contexts: known }, place, problems)
}

export function contextFrom(key: string, value: unknown): Read<Context> {
  const map = asMap(value)
  const problems: string[] = []
  const text = clipped(textAt(map, 'text'), limits.context)
  const place = `the context ${quoted(text === undefined || text.trim() === '' ? key : text)}`
  noteClipped(problems, place, map, { text: limits.context })
  const set = mapAt(map, 'within')
  const within = set === null ? undefined : keepReadable(orderedKeys(set), ContextId, limits.contextsWithin, `${place}: a wider context`, problems)
  return finish(Context, { id: key, text, within, synonymOf: map?.get('synonymOf') }, place, problems)
}

export function edgeFrom(key: string, value: unknown): Read<Edge> {
  const map = asMap(value)
  const problems: string[] = []
  const place = `the priority ${quoted(key)}`
  const [from, to, context, ...rest] = key.split('|')
  if (rest.length > 0) return { item: null, problems: [`${place} is left out: its key is not that of one`] }
  const texts = { reallyAbout: limits.reason, confused: limits.reason, story: limits.story }
  noteClipped(problems, place, map, texts)
  const set = mapAt(map, 'mapping')
  const mapping: unknown[] = []
  set?.forEach((entry, policy) => mapping.push(typeof entry === 'object' && entry !== null ? { ...entry, policy } : entry))
  const kept = set === null ? undefined : keepReadable(mapping, Edge.shape.mapping.element, limits.policiesPerCard, `${place}: a line of its mapping`, problems)
  kept?.sort((a, b) => (a.policy < b.policy ? -1 : 1))
  return finish(Edge, {
    from, to, context, reallyAbout: clipped(textAt(map, 'reallyAbout'), texts.reallyAbout), confused: clipped(textAt(map, 'confused'), texts.confused),
    story: clipped(textAt(map, 'story'), texts.story), mapping: kept, createdAt: map?.get('createdAt')
  }, place, problems)
}

export const normFrom = plainReader('the norm', Norm)
export const commitmentFrom = plainReader('the commitment', Commitment)
export const scenarioFrom = plainReader('the situation', Scenario)

/** A rehearsal whose expectation cannot be read stays, without one: what the person stood behind and judged is not lost by it. */
export function rehearsalFrom(key: string, value: unknown): Read<Rehearsal> {
  const map = asMap(value)
  const problems: string[] = []
  const situation = map?.get('situation')
  const place = `the rehearsal of ${quoted(typeof situation === 'string' && situation.trim() !== '' ? situation : key)}`
  const { verdict, edit, reask } = addendaOf(map)
  const options = map?.get('options')
  const forecast = Forecast.safeParse(map?.get('forecast'))
  const isAbout = forecast.success && (forecast.data.kind === 'skipped' || (Array.isArray(options) && forecast.data.options.length === options.length))
  if (map !== null && !isAbout) problems.push(`${place}: its expectation is left out: ${forecast.success ? 'it is not about these options' : describeIssue(forecast.error)}`)
  const plain = Object.fromEntries(Object.keys(Rehearsal.shape).map((field) => [field, map?.get(field)]))
  return finish(Rehearsal, {
    ...plain, id: key, forecast: isAbout ? forecast.data : { kind: 'skipped' },
    verdicts: inTime(keepReadable(verdict, Verdict, limits.addenda, `${place}: a verdict`, problems)),
    edits: inTime(keepReadable(edit, Mended, limits.addenda, `${place}: a mend`, problems)),
    reasks: inTime(keepReadable(reask, Reask, limits.addenda, `${place}: a later answer`, problems))
  }, place, problems)
}

export function domainFrom(key: string, value: unknown): Read<Domain> {
  const map = asMap(value)
  return finish(Domain, { ...Object.fromEntries(Object.keys(Domain.shape).map((field) => [field, map?.get(field)])), key }, `the domain ${quoted(key)}`, [])
}

export function trialFrom(key: string, value: unknown): Read<Trial> {
  return finish(Trial, typeof value === 'object' && value !== null ? { ...value, scenario: key } : value, `what was tried of ${quoted(key)}`, [])
}

export const noteFrom = plainReader('the note', Note)

/**
 * Answers are shown cut where two devices made one too long; an odd turn, phrase or remark is left out alone. What an undo
 * beside another window's edit may have taken away, before undone.ts put it back, is read as not said.
 */
export function sessionFrom(key: string, value: unknown): Read<Session> {
  const map = asMap(value)
  const problems: string[] = []
  const place = `the session ${quoted(key)}`
  const texts: Record<string, string | undefined> = {}
  const [turns, picks, settled]: [unknown[], unknown[], unknown[]] = [[], [], []]
  for (const field of [...(map?.keys() ?? [])].sort()) {
    const [kind, rest] = [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)]
    const entry = map?.get(field)
    const [first = '', second] = rest.split('|')
    if (kind === 'text' && textAt(map, field) !== null && QuestionKey.safeParse(rest).success) {
      texts[rest] = clipped(textAt(map, field), limits.story)
      noteClipped(problems, place, map, { [field]: limits.story })
    } else if (kind === 'turn') turns.push(typeof entry === 'object' && entry !== null ? { ...entry, question: rest } : entry)
    else if (kind === 'pick') picks.push({ question: first, place: Number(second), text: clipped(textAt(asMap(entry), 'text'), limits.policy), isKept: fieldOr(asMap(entry), 'isKept', true) })
    else if (kind === 'settled') settled.push({ policy: first, rule: second, text: entry })
  }
  const kept = keepReadable(picks, Pick, 1_000, `${place}: a phrase`, problems) ?? []
  return finish(Session, {
    ...Object.fromEntries(['way', 'isQuick', 'createdAt'].map((field) => [field, map?.get(field)])),
    ...Object.fromEntries(['card', 'overruled', 'finishedAt'].map((field) => [field, fieldOr(map, field, null)])), updatedAt: fieldOr(map, 'updatedAt', map?.get('createdAt')),
    id: key, texts, turns: keepReadable(turns, Turn, 200, `${place}: a turn`, problems), settled: keepReadable(settled, Settled, 1_000, `${place}: a remark`, problems),
    picks: kept.sort((left, right) => (left.question === right.question ? left.place - right.place : left.question < right.question ? -1 : 1))
  }, place, problems)
}

/** A key of two ids says that they are to stay two: no merge, and no problem. */
export function mergeFrom(key: string, value: unknown): Read<Merge> {
  if (key.includes('|')) return { item: null, problems: [] }
  return finish(Merge, typeof value === 'object' && value !== null ? { ...value, card: key } : value, `the merging of ${quoted(key)}`, [])
}

/** Entries under `verdict:`, `edit:` and `reask:`, each with the id that its key names. */
function addendaOf(map: Y.Map<unknown> | null): Readonly<Record<'verdict' | 'edit' | 'reask', unknown[]>> {
  const found = { verdict: [] as unknown[], edit: [] as unknown[], reask: [] as unknown[] }
  map?.forEach((entry, key) => {
    const [kind, ...rest] = key.split(':')
    if (kind === undefined || !Object.hasOwn(found, kind)) return
    found[kind as keyof typeof found].push(typeof entry === 'object' && entry !== null ? { ...entry, id: rest.join(':') } : entry)
  })
  return found
}

function inTime<Item extends { readonly at: number; readonly id: string }>(items: Item[] | undefined): Item[] | undefined {
  return items?.sort((left, right) => left.at - right.at || (left.id < right.id ? -1 : 1))
}

/** Reads a record of plain values; fields that the schema does not know are passed over. */
function plainReader<Shape extends z.ZodRawShape>(name: string, schema: z.ZodObject<Shape>) {
  const fields = Object.keys(schema.shape)
  return (key: string, value: unknown): Read<z.infer<z.ZodObject<Shape>>> => {
    const map = asMap(value)
    const candidate = Object.fromEntries(fields.map((field) => [field, map?.get(field)]))
    return finish(schema, { ...candidate, id: key }, `${name} ${quoted(key)}`, [])
  }
}

function finish<Item>(schema: z.ZodType<Item>, candidate: unknown, place: string, problems: string[]): Read<Item> {
  const read = schema.safeParse(candidate)
  if (read.success) return { item: read.data, problems }
  return { item: null, problems: [...problems, `${place} is left out: ${describeIssue(read.error)}`] }
}

/** The entries that the schema takes, at most `most`; a sentence for each other one. */
function keepReadable<Item>(entries: readonly unknown[] | undefined, schema: z.ZodType<Item>, most: number, place: string, problems: string[]): Item[] | undefined {
  if (entries === undefined) return undefined
  const kept: Item[] = []
  for (const entry of entries) {
    const read = schema.safeParse(entry)
    if (read.success) kept.push(read.data)
    else problems.push(`${place} is left out: ${describeIssue(read.error)}`)
  }
  if (kept.length > most) problems.push(`${place} is left out, ${kept.length - most} in all: there may be ${most} at most`)
  return kept.slice(0, most)
}

function asMap(value: unknown): Y.Map<unknown> | null {
  return value instanceof Y.Map && !(value instanceof Y.XmlHook) ? value : null
}

function fieldOr(map: Y.Map<unknown> | null, field: string, otherwise: unknown): unknown {
  return map === null || map.has(field) ? map?.get(field) : otherwise
}

/** At most `most` characters, never half of a pair. */
function clipped(text: Y.Text | null, most: number): string | undefined {
  if (text === null) return undefined
  const whole = text.toString()
  if (whole.length <= most) return whole
  const end = /[\uD800-\uDBFF]/u.test(whole.charAt(most - 1)) ? most - 1 : most
  return whole.slice(0, end)
}

function noteClipped(problems: string[], place: string, map: Y.Map<unknown> | null, fields: Readonly<Record<string, number>>): void {
  for (const [field, most] of Object.entries(fields)) {
    const text = textAt(map, field)
    if (text !== null && text.length > most && text.toString().length > most) {
      problems.push(`${place} is shown without the end of its ${field}: more than ${most.toLocaleString('en')} characters came together`)
    }
  }
}
