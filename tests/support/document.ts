/**
 * Documents for tests: a maker that counts, unwrapping, random edits that any replica may make, and replicas that hand their
 * updates over in any order. What an edit does is chosen by numbers alone, so that a failing case can be printed and replayed.
 */
import * as fc from 'fast-check'
import * as Y from 'yjs'
import { addCard, addPolicy, editText, forgetCard, movePolicy, removePolicy, setCardContexts, setKind, setStatus } from '../../shared/commands/card.ts'
import { addContext, mergeContexts, nestContext, renameContext, unmergeContext } from '../../shared/commands/context.ts'
import type { Maker } from '../../shared/commands/edit.ts'
import { addNorm, commit, editNorm, revokeCommitment } from '../../shared/commands/norm.ts'
import { editEdge, removeEdge, setPriority } from '../../shared/commands/priority.ts'
import { addReask, addVerdict, beginRehearsal, recordMend, withdrawRehearsal } from '../../shared/commands/rehearsal.ts'
import { mergeDomains, renameDomain, unmergeDomain } from '../../shared/commands/domain.ts'
import { keepApart, mergeCards, separateCards } from '../../shared/commands/merge.ts'
import { acceptLine } from '../../shared/commands/proposal.ts'
import { addScenario, editScenario, removeScenario } from '../../shared/commands/scenario.ts'
import { addNote, startSession, takeBackTurn, takePicks, takeTurn, writeAnswer } from '../../shared/commands/session.ts'
import { restoreVersion, saveVersion } from '../../shared/commands/version.ts'
import { createDocument, createProjection, readVersions, type Projection } from '../../shared/document/document.ts'
import { edgeKey, type CardId, type ContextId } from '../../shared/schema.ts'
import { problemLine, type Result } from '../../shared/result.ts'

/** Time that rises by a second with each look, and ids that no other maker of another name gives. */
export function createMaker(name = 'm'): Maker {
  let made = 0
  let seconds = 0
  return {
    get now() {
      return (seconds += 1) * 1_000
    },
    newId: () => `${name}${(made += 1)}`
  }
}

/** The value, or a thrown problem. */
export function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(problemLine(result.error))
  return result.value
}

/** The line that a door would print for a refusal. */
export function lineOf(result: Result<unknown>): string {
  if (result.ok) throw new Error('a refusal was expected')
  return problemLine(result.error)
}

export const commandNames = [
  'addCard', 'addCard', 'title', 'story', 'line', 'addPolicy', 'addPolicy', 'movePolicy', 'movePolicy', 'movePolicy', 'removePolicy', 'status', 'kind', 'forget', 'addContext', 'addContext',
  'rename', 'nest', 'nest', 'merge', 'merge', 'unmerge', 'cardContexts', 'priority', 'priority', 'editEdge', 'removeEdge', 'addNorm', 'editNorm', 'commit', 'revoke', 'addScenario', 'editScenario',
  'removeScenario', 'rehearse', 'judge', 'mend', 'again', 'withdraw', 'renameDomain', 'mergeDomains', 'unmergeDomain', 'saveVersion', 'restoreVersion',
  'session', 'answer', 'answer', 'turn', 'picks', 'propose', 'accept', 'mergeCards', 'separate', 'keepApart', 'note'
] as const
export type CommandName = (typeof commandNames)[number]

export interface Command {
  readonly name: CommandName
  readonly a: number
  readonly b: number
  readonly c: number
  readonly text: string
}

const someText = fc.oneof(
  fc.constantFrom('', 'when', 'When my friend grieves', 'when my friend grieves.', 'MOMENTS where nobody speaks', '😀', 'a😀b', 'שלום', 'é', 'é'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text.isWellFormed() && !/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u.test(text))
)

export const someCommand: fc.Arbitrary<Command> = fc.record({ name: fc.constantFrom(...commandNames), a: fc.nat(50), b: fc.nat(50), c: fc.nat(50), text: someText })

/** Read once and followed since: to read all of it before each edit takes longer than the edit. */
const followed = new WeakMap<Y.Doc, Projection>()

function follow(doc: Y.Doc): Projection {
  const projection = followed.get(doc) ?? createProjection(doc)
  followed.set(doc, projection)
  return projection
}

/** Makes the edit on whatever `doc` holds; refusals are fine. */
export function perform(doc: Y.Doc, { name, a, b, c, text }: Command, maker: Maker): Result<unknown> {
  const { graph, scenarios, rehearsals, domains, sessions } = follow(doc).current()
  const pick = <Key extends string>(record: Readonly<Record<Key, unknown>>, index: number): Key => {
    const keys = Object.keys(record) as Key[]
    return keys[index % Math.max(1, keys.length)] ?? ('nothing' as Key)
  }
  const card = pick(graph.cards, a)
  const other = pick(graph.cards, b)
  const context = pick(graph.contexts, b)
  const wider = pick(graph.contexts, c)
  const edge = pick(graph.edges, a)
  const session = pick(sessions, a)
  const policies = graph.cards[card]?.policies ?? []
  const policy = policies[b % Math.max(1, policies.length)]?.id ?? ('nothing' as never)
  const spliced = (now: string): string => {
    const at = c % (now.length + 1)
    return (now.slice(0, at) + text + now.slice(Math.min(now.length, at + (b % 4)))).toWellFormed()
  }
  switch (name) {
    case 'addCard':
      return addCard(doc, { title: text, policies: Array.from({ length: b % 4 }, (_, index) => `${text} ${index}`), contexts: graph.contexts[context] === undefined ? [] : [context] }, maker)
    case 'title':
    case 'story':
      return editText(doc, { kind: 'card', card, field: name }, spliced(graph.cards[card]?.[name] ?? ''), maker)
    case 'line':
      return editText(doc, { kind: 'policy', card, policy }, spliced(policies.find((one) => one.id === policy)?.text ?? ''), maker)
    case 'addPolicy':
      return addPolicy(doc, card, text, maker, c % 6)
    case 'movePolicy':
      return movePolicy(doc, card, policy, c % 6, maker)
    case 'removePolicy':
      return removePolicy(doc, card, policy, maker)
    case 'status':
      return setStatus(doc, card, (['draft', 'endorsed', 'retired'] as const)[b % 3] ?? 'draft', maker)
    case 'kind':
      return setKind(doc, card, (['constitutive', 'instrumental', 'unclear'] as const)[b % 3] ?? 'unclear', maker)
    case 'forget':
      return forgetCard(doc, card)
    case 'addContext':
      return addContext(doc, text, maker, graph.contexts[context] === undefined ? [] : [context])
    case 'rename':
      return renameContext(doc, context, text)
    case 'nest':
      return nestContext(doc, context, [wider])
    case 'merge':
      return mergeContexts(doc, context, wider)
    case 'unmerge':
      return unmergeContext(doc, context)
    case 'cardContexts':
      return setCardContexts(doc, card, [wider, context], maker)
    case 'priority':
      return setPriority(doc, { from: card, to: other, context: wider, reallyAbout: text, mapping: policies.slice(0, 1).map((line) => ({ policy: line.id, becomes: null, because: text })) }, maker)
    case 'editEdge':
      return editEdge(doc, edge, { story: spliced(graph.edges[edge]?.story ?? ''), confused: text })
    case 'removeEdge':
      return removeEdge(doc, edge)
    case 'addNorm':
      return addNorm(doc, { text, force: 'obligation', holder: text, purpose: '', exceptions: '', strength: a / 50, intrinsic: true, inForce: 1 }, maker)
    case 'editNorm':
      return editNorm(doc, pick(graph.norms, a), { strength: b / 50, text })
    case 'commit':
      return commit(doc, { card, context, reason: text }, maker)
    case 'revoke':
      return revokeCommitment(doc, pick(graph.commitments, a), maker)
    case 'addScenario':
      return addScenario(doc, { domain: text, mode: 'theory', source: 'yours', situation: text, options: [text, `${text} not`] }, maker)
    case 'editScenario':
      return editScenario(doc, pick(scenarios, a), { situation: text, options: ['one', text] })
    case 'removeScenario':
      return removeScenario(doc, pick(scenarios, a))
    case 'rehearse':
      return beginRehearsal(doc, { scenario: { id: pick(scenarios, a), domain: text, mode: 'theory', situation: text, options: [text, `${text} not`] }, pack: null, shown: 'cards', own: { kind: 'option', option: b % 2 }, forecast: { kind: 'given', options: [0.5, 0.25], ask: 0.25 } }, maker)
    case 'judge':
      return addVerdict(doc, pick(rehearsals, a), { verdict: 'not-that', door: 'card-wrong', card, note: text }, maker)
    case 'mend':
      return recordMend(doc, pick(rehearsals, a), { door: 'card-wrong', card, words: text, before: { kind: 'act', option: 0 }, after: null, turned: [] }, maker)
    case 'again':
      return addReask(doc, pick(rehearsals, a), { kind: 'stand', days: b, stands: 'yes' }, maker)
    case 'withdraw':
      return withdrawRehearsal(doc, pick(rehearsals, a), b % 2 === 0, maker)
    case 'renameDomain':
      return renameDomain(doc, pick(domains, a), text)
    case 'mergeDomains':
      return mergeDomains(doc, pick(domains, a), text)
    case 'unmergeDomain':
      return unmergeDomain(doc, pick(domains, a))
    case 'session':
      return startSession(doc, 'choice', maker)
    case 'answer':
      return writeAnswer(doc, session, 'story', spliced(sessions[session]?.texts['story'] ?? ''), maker)
    case 'turn':
      return c % 4 === 0 ? takeBackTurn(doc, session, 'story', maker) : takeTurn(doc, session, 'story', 'told', maker, [text, `${text} more`])
    case 'picks':
      return takePicks(doc, session, 'story', maker)
    case 'propose':
      return addPolicy(doc, card, text, maker, c % 6, { kind: 'model', name: 'writer', acceptedAt: null })
    case 'accept':
      return acceptLine(doc, card, policy, maker, c % 2 === 0 ? undefined : policies[0]?.id)
    case 'mergeCards':
      return mergeCards(doc, card, other, policies.map(({ id }) => id), maker)
    case 'separate':
      return separateCards(doc, card, maker)
    case 'keepApart':
      return keepApart(doc, card, other, maker)
    case 'note':
      return addNote(doc, 'slogan', text, maker)
    case 'saveVersion':
      return saveVersion(doc, card, maker)
    case 'restoreVersion':
      return restoreVersion(doc, card, readVersions(doc, card)[c % Math.max(1, readVersions(doc, card).length)]?.id ?? ('nothing' as never), maker)
  }
}

/** Replicas of one document; each holds the updates of the others that have not arrived yet. */
export interface Replica {
  readonly doc: Y.Doc
  readonly maker: Maker
  readonly inbox: Uint8Array[]
}

export function createReplicas(count: number, start: Uint8Array | null = null): readonly Replica[] {
  const replicas = Array.from({ length: count }, (_, index): Replica => ({ doc: createDocument(index + 1), maker: createMaker(`r${index}-`), inbox: [] }))
  for (const replica of replicas) {
    if (start !== null) Y.applyUpdate(replica.doc, start)
    replica.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'delivery') return
      for (const other of replicas) if (other !== replica) other.inbox.push(update)
    })
  }
  return replicas
}

/** Hands one waiting update over, by number; twice where `isDoubled`. */
export function deliver(replica: Replica, number: number, isDoubled = false): void {
  const [update] = replica.inbox.splice(number % Math.max(1, replica.inbox.length), 1)
  if (update === undefined) return
  for (let times = isDoubled ? 2 : 1; times > 0; times -= 1) Y.applyUpdate(replica.doc, update, 'delivery')
}

export function deliverAll(replicas: readonly Replica[], number = 0): void {
  for (const replica of replicas) while (replica.inbox.length > 0) deliver(replica, number)
}

/** Two cards of two lines in two contexts, and a priority: enough for most tests. */
export function createSample(clientId = 99) {
  const doc = createDocument(clientId)
  const maker = createMaker('s')
  const grief: ContextId = valueOf(addContext(doc, 'When someone I love is grieving', maker))
  const work: ContextId = valueOf(addContext(doc, 'At work', maker))
  const honest: CardId = valueOf(addCard(doc, { title: 'Honest friend', story: 'She told me.', policies: ['MOMENTS where a friend says it', 'WORDS that stay kind'], contexts: [grief, work] }, maker))
  const quiet: CardId = valueOf(addCard(doc, { title: 'Respect quiet', policies: ['SILENCE that someone asked for', 'ROOM to come back later'], contexts: [grief] }, maker))
  const edge = valueOf(setPriority(doc, { from: quiet, to: honest, context: grief, reallyAbout: 'not being alone' }, maker))
  return { doc, maker, grief, work, honest, quiet, edge: edge satisfies string, key: edgeKey({ from: quiet, to: honest, context: grief }) }
}
