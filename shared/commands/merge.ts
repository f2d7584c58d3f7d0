/**
 * Two cards that say much the same made one, and taken apart again. The lines that the person chose, the contexts and the
 * priorities of the one go to the other as well, each character staying whose it was; the one is retired, and what was done
 * stands in the root `merges`. Nothing is removed, so that taking apart brings both cards back as they were.
 */
import type * as Y from 'yjs'
import { Merge } from '../articulation/merge.ts'
import { nextCharacter, paint, spansOf } from '../articulation/provenance.ts'
import { readCard } from '../document/document.ts'
import { quoted } from '../json.ts'
import { lineAt, recordMap, rootMap, textAt } from '../document/layout.ts'
import { edgeFrom, mergeFrom } from '../document/records.ts'
import { fail, ok, type Result } from '../result.ts'
import { edgeKey, limits, type Card, type CardId, type Edge, type PolicyId } from '../schema.ts'
import { addPolicy, removePolicy, setCardContexts, setStatus } from './card.ts'
import { check, edit, setField, type Maker } from './edit.ts'
import { edgeMap } from './priority.ts'
import { saveVersion } from './version.ts'

/** `card` counts as `into` from now on; `lines` of it are taken over. One that was merged before, and taken up again, is taken apart from that one first. */
export function mergeCards(doc: Y.Doc, card: CardId, into: CardId, lines: readonly PolicyId[], maker: Maker): Result<void> {
  return edit(doc, () => {
    const [from, to] = [readCard(doc, card), readCard(doc, into)]
    if (from === null || to === null) return fail('not-found', `there is no card ${quoted(from === null ? card : into)}`, 'look at the list again: it may have been removed on another device')
    if (card === into) return fail('bad-input', 'a card cannot be merged into itself', 'choose another one')
    if (readMerge(doc, into)?.into === card) return fail('conflict', 'these two cards are merged already, the other way round', 'separate them first')
    const wanted = from.policies.filter((line) => lines.includes(line.id))
    if (to.policies.length + wanted.length > limits.policiesPerCard) return fail('bad-input', `a card has at most ${limits.policiesPerCard} lines`, 'take over fewer')
    if (new Set([...from.contexts, ...to.contexts]).size > limits.contextsPerCard) return fail('bad-input', `a card has at most ${limits.contextsPerCard} contexts`, 'take some away first')
    if (readMerge(doc, card) !== null) {
      const apart = separateCards(doc, card, maker)
      return apart.ok ? mergeCards(doc, card, into, lines, maker) : apart
    }
    for (const each of [from, to]) {
      const saved = saveVersion(doc, each.id, maker)
      if (!saved.ok) return saved
    }
    const given: { from: PolicyId; to: PolicyId }[] = []
    for (const line of wanted) {
      const added = takeOver(doc, card, into, line.id, maker)
      if (!added.ok) return added
      given.push({ from: line.id, to: added.value })
    }
    const contexts = from.contexts.filter((context) => !to.contexts.includes(context))
    if (contexts.length > 0) {
      const set = setCardContexts(doc, into, [...to.contexts, ...contexts], maker)
      if (!set.ok) return set
    }
    const edges = takeEdges(doc, card, into, new Map(given.map((pair) => [pair.from, pair.to])))
    const merge = check(Merge, { card, into, lines: given, contexts, edges, was: from.status, at: maker.now })
    if (!merge.ok) return merge
    const { card: _card, ...fields } = merge.value
    rootMap(doc, 'merges')?.set(card, fields)
    return setStatus(doc, card, 'retired', maker)
  })
}

/** Both cards stand by themselves again; what was written into the other one since stays there, in lines of its own. */
export function separateCards(doc: Y.Doc, card: CardId, maker: Maker): Result<void> {
  return edit(doc, () => {
    const merge = readMerge(doc, card)
    const map = recordMap(doc, 'cards', card)
    if (merge === null || map === null) return fail('conflict', 'this card is not merged into another', 'nothing more is needed')
    const [from, into] = [readCard(doc, card), readCard(doc, merge.into)]
    if (into !== null) {
      const saved = saveVersion(doc, into.id, maker)
      if (!saved.ok) return saved
      for (const { from: source, to } of merge.lines) {
        if (isUntouched(from, into, source, to)) {
          const removed = removePolicy(doc, into.id, to, maker)
          if (!removed.ok) return removed
        }
      }
      const set = setCardContexts(doc, into.id, into.contexts.filter((context) => !merge.contexts.includes(context)), maker)
      if (!set.ok) return set
    }
    for (const key of merge.edges) rootMap(doc, 'edges')?.delete(key)
    rootMap(doc, 'merges')?.delete(card)
    setField(map, 'status', merge.was)
    setField(map, 'updatedAt', maker.now)
    return ok(undefined)
  })
}

/** The two are different things to the person, and are not suggested again. */
export function keepApart(doc: Y.Doc, one: string, other: string, maker: Maker): Result<void> {
  return edit(doc, () => {
    rootMap(doc, 'merges')?.set([one, other].sort().join('|'), maker.now)
    return ok(undefined)
  })
}

/** A line that was mended since in the other card is the person's by now, and stays there. */
function isUntouched(from: Card | null, into: Card, source: PolicyId, to: PolicyId): boolean {
  const text = (card: Card | null, id: PolicyId): string | undefined => card?.policies.find((line) => line.id === id)?.text
  return text(into, to) !== undefined && text(into, to) === text(from, source)
}

function takeOver(doc: Y.Doc, card: CardId, into: CardId, policy: PolicyId, maker: Maker): Result<PolicyId> {
  const source = textAt(lineAt(recordMap(doc, 'cards', card), policy), 'text')
  const line = readCard(doc, card)?.policies.find(({ id }) => id === policy)
  if (source === null || line === undefined) return fail('not-found', `this card has no line ${quoted(policy)}`, 'look at the card again')
  const spans = spansOf(doc, source)
  const since = nextCharacter(doc)
  const added = addPolicy(doc, into, line.text, maker, undefined, line.author)
  const text = added.ok ? textAt(lineAt(recordMap(doc, 'cards', into), added.value), 'text') : null
  if (text !== null) paint(doc, text, spans, since)
  return added
}

/** Priorities of the card hold for the other one too; keys of those that are new. */
function takeEdges(doc: Y.Doc, card: CardId, into: CardId, lines: ReadonlyMap<PolicyId, PolicyId>): string[] {
  const edges = rootMap(doc, 'edges')
  const made: string[] = []
  for (const [key, value] of [...(edges?.entries() ?? [])]) {
    const edge = edgeFrom(key, value).item
    if (edge === null || (edge.from !== card && edge.to !== card)) continue
    const next = moved(edge, card, into, lines)
    if (next === null || edges?.has(edgeKey(next)) === true) continue
    edges?.set(edgeKey(next), edgeMap(next))
    made.push(edgeKey(next))
  }
  return made
}

function moved(edge: Edge, card: CardId, into: CardId, lines: ReadonlyMap<PolicyId, PolicyId>): Edge | null {
  const [from, to] = [edge.from === card ? into : edge.from, edge.to === card ? into : edge.to]
  if (from === to) return null
  const mapping = edge.mapping.flatMap((one) => {
    const policy = edge.from === card ? lines.get(one.policy) : one.policy
    const becomes = edge.to === card && one.becomes !== null ? (lines.get(one.becomes) ?? null) : one.becomes
    return policy === undefined ? [] : [{ ...one, policy, becomes }]
  })
  return { ...edge, from, to, mapping }
}

function readMerge(doc: Y.Doc, card: CardId): Merge | null {
  const value = rootMap(doc, 'merges')?.get(card)
  return value === undefined ? null : mergeFrom(card, value).item
}
