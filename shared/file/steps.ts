/**
 * What a file would do to a document, record by record. Our own file restores every record as it was; of a record that is here too
 * and says something else, the file's counts only where its `updatedAt` is later.
 */
import * as Y from 'yjs'
import { nextCharacter, paintCard, writeVersionSpans } from '../articulation/provenance.ts'
import { cardMap, writeCard } from '../commands/card.ts'
import { contextMap } from '../commands/context.ts'
import type { Maker } from '../commands/edit.ts'
import { plainMap } from '../commands/norm.ts'
import { edgeMap } from '../commands/priority.ts'
import { rehearsalEntries, rehearsalMap } from '../commands/rehearsal.ts'
import { sessionMap } from '../commands/session.ts'
import { writeVersion } from '../commands/version.ts'
import { readVersions, type Reading } from '../document/document.ts'
import { valuesOf } from '../graph.ts'
import { quoted } from '../json.ts'
import { newMap, recordMap, rootMap, versionKey, type RootName } from '../document/layout.ts'
import type { Rehearsal } from '../rehearsal.ts'
import { ok, type Result } from '../result.ts'
import { CardId, edgeKey, limits, type Card, type Context, type Graph, type PolicyId } from '../schema.ts'
import { isCommand } from '../strange.ts'
import type { Incoming } from './incoming.ts'
import { refuse } from './native.ts'

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
  /** It reads the same, and more is stored, which shows as soon as another record changes. */
  readonly hides: boolean
  readonly write: () => void
}

/** `from`: the share that was done before. */
export function* planning(doc: Y.Doc, reading: Reading, incoming: Incoming, maker: Maker, from: number): Generator<number, Result<readonly Step[]>> {
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
    const one = step('contexts', context.id, `the context ${quoted(context.text)}`, asSaid(doc, graph.contexts[context.id], context), context, [context.text], false, () => rootMap(doc, 'contexts')?.set(context.id, contextMap(context)))
    steps.push({ ...one, hides: incoming.isOurs && one.verb === 'same' && hidesMore(doc, context) })
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
  return { table, id, verb, name, commands: verb === 'same' || verb === 'keep' ? [] : texts.filter(isCommand), here: here ?? null, record, hides: false, write }
}

/** What is here, but one that counts as another only because both have the same words (linking.ts) is not said to differ from the file's, which stands by itself: no choice could change that. */
function asSaid(doc: Y.Doc, here: Context | undefined, record: Context): Context | undefined {
  const isMergedByWords = here !== undefined && record.synonymOf === null && here.synonymOf !== null && (recordMap(doc, 'contexts', here.id)?.get('synonymOf') ?? null) === null
  return isMergedByWords ? { ...here, synonymOf: null } : here
}

/** A place within another one is hidden where it would run in a circle (linking.ts), until what hides it changes. */
function hidesMore(doc: Y.Doc, context: Context): boolean {
  const within = recordMap(doc, 'contexts', context.id)?.get('within')
  return within instanceof Y.Map && [...within.keys()].some((id) => !context.within.some((wider) => wider === id))
}

/** Ids of what was added to a rehearsal after it began. */
function addendaOf(rehearsal: Rehearsal | undefined): readonly string[] {
  if (rehearsal === undefined) return []
  return [...(rehearsal.agent === null ? [] : ['agent']), ...[...rehearsal.verdicts, ...rehearsal.edits, ...rehearsal.reasks].map(({ id }): string => id)]
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
