/**
 * Edits of values cards and their lines. Texts are written by their difference (layout.ts), a move writes one line's order,
 * and everything that changes a card says so in its `updatedAt`.
 */
import * as Y from 'yjs'
import { origins, readVersions } from '../document/document.ts'
import { quoted } from '../json.ts'
import { lineAt, lineIds, lineKey, newMap, newOrderedSet, orderBetween, rootMap, spreadOrders, textAt, writeOrderedSet, writeText } from '../document/layout.ts'
import { fail, ok, type Result } from '../result.ts'
import { Card, CardKind, CardStatus, limits, PolicyId, text, type Author, type CardId, type ContextId, type Policy } from '../schema.ts'
import { addRecord, check, edit, ensureMap, ensureText, findRecord, setField, type Maker } from './edit.ts'

/** What is known of a card when it is made; the rest is empty. Contexts must be there already. */
export interface NewCard {
  readonly title?: string
  readonly story?: string
  readonly obstacles?: string
  /** The texts of its lines, in order. */
  readonly policies?: readonly string[]
  readonly contexts?: readonly ContextId[]
  readonly kind?: CardKind
  readonly author?: Author
}

export type CardField = 'title' | 'story' | 'obstacles'

/** A text that is edited by character. */
export type TextTarget =
  | { readonly kind: 'card'; readonly card: CardId; readonly field: CardField }
  | { readonly kind: 'policy'; readonly card: CardId; readonly policy: PolicyId }
  | { readonly kind: 'context'; readonly context: ContextId }

/** A new card, a draft. */
export function addCard(doc: Y.Doc, fields: NewCard, maker: Maker): Result<CardId> {
  return edit(doc, () => {
    const author = fields.author ?? { kind: 'you' }
    const card = check(Card, {
      id: maker.newId(), title: fields.title ?? '', story: fields.story ?? '', obstacles: fields.obstacles ?? '',
      policies: (fields.policies ?? []).map((line) => ({ id: maker.newId(), text: line, author })), contexts: [...new Set(fields.contexts ?? [])],
      status: 'draft', kind: fields.kind ?? 'unclear', author, createdAt: maker.now, updatedAt: maker.now
    })
    if (!card.ok) return card
    const missing = missingContext(doc, card.value.contexts)
    return missing ?? addRecord(doc, 'cards', card.value.id, cardMap(card.value))
  })
}

/** Makes a text read `next`; what others write elsewhere in it at the same time stays. */
export function editText(doc: Y.Doc, target: TextTarget, next: string, maker: Maker): Result<void> {
  return edit(doc, () => {
    switch (target.kind) {
      case 'card': {
        const schema = target.field === 'title' ? text(limits.title, 'a title') : text(limits.story, target.field === 'story' ? 'a story' : 'what gets in the way')
        return withCard(doc, target.card, maker, (card) => put(schema, next, () => ensureText(card, target.field)))
      }
      case 'policy':
        return withLine(doc, target.card, target.policy, maker, (line) => put(text(limits.policy, 'a line'), next, () => ensureText(line, 'text')))
      case 'context': {
        const context = findRecord(doc, 'contexts', target.context)
        return context.ok ? put(text(limits.context, 'a context'), next, () => ensureText(context.value, 'text')) : context
      }
    }
  })
}

/** A new line at place `at` (0 is the first; the end without it). */
export function addPolicy(doc: Y.Doc, card: CardId, line: string, maker: Maker, at?: number, author: Author = { kind: 'you' }): Result<PolicyId> {
  return edit(doc, () =>
    withCard(doc, card, maker, (map) => {
      const read = check(text(limits.policy, 'a line'), line)
      if (!read.ok) return read
      const id = check(PolicyId, maker.newId())
      if (!id.ok) return id
      const rest = lineIds(map)
      if (rest.length >= limits.policiesPerCard) return fail('bad-input', `a card has at most ${limits.policiesPerCard} lines`, 'remove one first, or make a second card')
      const order = orderAt(map, rest, at ?? rest.length)
      map.set(lineKey(id.value), lineMap({ id: id.value, text: read.value, author }, order ?? ''))
      if (order === null) spreadLines(map, placedAmong(rest, id.value, at ?? rest.length))
      return ok(id.value)
    })
  )
}

/** Moves a line to place `to` among the card's lines (0 is the first; beyond the end counts as the end). */
export function movePolicy(doc: Y.Doc, card: CardId, policy: PolicyId, to: number, maker: Maker): Result<void> {
  return edit(doc, () =>
    withLine(doc, card, policy, maker, (line, map) => {
      const rest = lineIds(map).filter((id) => id !== policy)
      const order = orderAt(map, rest, to)
      if (order === null) spreadLines(map, placedAmong(rest, policy, to))
      else if (lineIds(map).indexOf(policy) !== placeAmong(rest, to)) line.set('order', order)
      return ok(undefined)
    })
  )
}

export function removePolicy(doc: Y.Doc, card: CardId, policy: PolicyId, maker: Maker): Result<void> {
  return edit(doc, () =>
    withLine(doc, card, policy, maker, (_line, map) => {
      map.delete(lineKey(policy))
      return ok(undefined)
    })
  )
}

/** Endorsing needs a title and one line that says something, and confirms whatever a file or a model proposed in the card. */
export function setStatus(doc: Y.Doc, card: CardId, status: CardStatus, maker: Maker): Result<void> {
  return edit(doc, () =>
    withCard(doc, card, maker, (map) => {
      const read = check(CardStatus, status)
      if (!read.ok) return read
      const lines = lineIds(map).map((id) => lineAt(map, id))
      if (status === 'endorsed') {
        if ((textAt(map, 'title')?.toString() ?? '').trim() === '') return fail('bad-input', 'this card has no title', 'give it a short name, then endorse it')
        if (lines.every((line) => (textAt(line, 'text')?.toString() ?? '').trim() === '')) return fail('bad-input', 'this card has no line of what you pay attention to', 'write at least one, then endorse it')
        confirm(map, maker.now)
        for (const line of lines) confirm(line, maker.now)
      }
      setField(map, 'status', status)
      return ok(undefined)
    })
  )
}

export function setKind(doc: Y.Doc, card: CardId, kind: CardKind, maker: Maker): Result<void> {
  return edit(doc, () =>
    withCard(doc, card, maker, (map) => {
      const read = check(CardKind, kind)
      if (!read.ok) return read
      setField(map, 'kind', kind)
      return ok(undefined)
    })
  )
}

/** The contexts that a card shows up in, all of them, in this order. */
export function setCardContexts(doc: Y.Doc, card: CardId, contexts: readonly ContextId[], maker: Maker): Result<void> {
  return edit(doc, () =>
    withCard(doc, card, maker, (map) => {
      const wanted = [...new Set(contexts)]
      if (wanted.length > limits.contextsPerCard) return fail('bad-input', `a card has at most ${limits.contextsPerCard} contexts`, 'choose fewer')
      const missing = missingContext(doc, wanted)
      if (missing !== null) return missing
      writeOrderedSet(ensureMap(map, 'contexts'), wanted)
      return ok(undefined)
    })
  )
}

/**
 * Removes a card for good, with its priorities, commitments, sessions and versions, and its name from what was mended for a
 * rehearsal. Undo does not bring it back. Contexts stay: another device may just have put a card there.
 */
export function forgetCard(doc: Y.Doc, card: CardId): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'cards', card)
    if (!found.ok) return found
    const titles = [textAt(found.value, 'title')?.toString() ?? '', ...readVersions(doc, card).map((version) => version.card.title)].map((title) => title.trim()).filter((title) => title !== '')
    rootMap(doc, 'rehearsals')?.forEach((rehearsal) => {
      if (rehearsal instanceof Y.Map) forgetMends(rehearsal as Y.Map<unknown>, card, titles)
    })
    rootMap(doc, 'cards')?.delete(card)
    deleteWhere(rootMap(doc, 'edges'), (key) => key.split('|').slice(0, 2).includes(card))
    deleteWhere(rootMap(doc, 'commitments'), (_key, value) => value instanceof Y.Map && value.get('card') === card)
    deleteWhere(rootMap(doc, 'sessions'), (_key, value) => value instanceof Y.Map && value.get('card') === card)
    deleteWhere(rootMap(doc, 'merges'), (key) => key === card)
    deleteWhere(rootMap(doc, 'versions'), (key) => key.startsWith(`${card}|`))
    deleteWhere(rootMap(doc, 'provenance'), (key) => key.endsWith(`|${card}`))
    return ok(undefined)
  }, origins.forget)
}

/** The whole card as a fresh map. */
export function cardMap(card: Card): Y.Map<unknown> {
  const orders = spreadOrders(card.policies.length)
  return newMap({
    title: new Y.Text(card.title), story: new Y.Text(card.story), obstacles: new Y.Text(card.obstacles),
    ...Object.fromEntries(card.policies.map((policy, index) => [lineKey(policy.id), lineMap(policy, orders[index] ?? '')])),
    contexts: newOrderedSet(card.contexts), status: card.status, kind: card.kind, author: card.author, createdAt: card.createdAt, updatedAt: card.updatedAt
  })
}

/** Makes an existing card's map say what `card` says, with as few writes as that takes. */
export function writeCard(map: Y.Map<unknown>, card: Card): void {
  for (const field of ['title', 'story', 'obstacles'] as const) writeText(ensureText(map, field), card[field])
  const wanted = card.policies.map((policy) => policy.id)
  for (const id of lineIds(map)) if (!wanted.includes(id)) map.delete(lineKey(id))
  for (const policy of card.policies) {
    const line = lineAt(map, policy.id)
    if (line === null) map.set(lineKey(policy.id), lineMap(policy, ''))
    else {
      writeText(ensureText(line, 'text'), policy.text)
      setField(line, 'author', policy.author)
    }
  }
  if (lineIds(map).some((id, index) => id !== wanted[index])) spreadLines(map, wanted)
  writeOrderedSet(ensureMap(map, 'contexts'), card.contexts)
  for (const field of ['status', 'kind', 'author', 'createdAt', 'updatedAt'] as const) setField(map, field, card[field])
}

function lineMap(policy: Policy, order: string): Y.Map<unknown> {
  return newMap({ text: new Y.Text(policy.text), author: policy.author, order })
}

/** An order at place `to` among `rest`, or null where there is no room. */
function orderAt(card: Y.Map<unknown>, rest: readonly PolicyId[], to: number): string | null {
  const place = placeAmong(rest, to)
  const orderOf = (index: number): string | null => {
    const other = rest[index]
    return other === undefined ? null : String(lineAt(card, other)?.get('order') ?? '')
  }
  return orderBetween(orderOf(place - 1), orderOf(place))
}

function placeAmong(rest: readonly PolicyId[], to: number): number {
  return Number.isNaN(to) ? rest.length : Math.max(0, Math.min(rest.length, Math.trunc(to)))
}

function placedAmong(rest: readonly PolicyId[], id: PolicyId, to: number): readonly PolicyId[] {
  return rest.toSpliced(placeAmong(rest, to), 0, id)
}

function spreadLines(card: Y.Map<unknown>, ids: readonly PolicyId[]): void {
  const orders = spreadOrders(ids.length)
  ids.forEach((id, index) => {
    const line = lineAt(card, id)
    if (line !== null) setField(line, 'order', orders[index])
  })
}

function withCard<Value>(doc: Y.Doc, id: CardId, maker: Maker, change: (card: Y.Map<unknown>) => Result<Value>): Result<Value> {
  const card = findRecord(doc, 'cards', id)
  if (!card.ok) return card
  const result = change(card.value)
  if (result.ok) setField(card.value, 'updatedAt', maker.now)
  return result
}

function withLine(doc: Y.Doc, card: CardId, policy: PolicyId, maker: Maker, change: (line: Y.Map<unknown>, card: Y.Map<unknown>) => Result<void>): Result<void> {
  return withCard(doc, card, maker, (map) => {
    const line = lineAt(map, policy)
    if (line === null) return fail('not-found', `this card has no line ${quoted(policy)}`, 'look at the card again: it may have been removed on another device')
    return change(line, map)
  })
}

function put(schema: ReturnType<typeof text>, next: string, target: () => Y.Text): Result<void> {
  const read = check(schema, next)
  if (!read.ok) return read
  writeText(target(), read.value)
  return ok(undefined)
}

function confirm(map: Y.Map<unknown> | null, now: number): void {
  const author = map?.get('author') as Author | undefined
  if (author?.kind === 'import' && author.confirmedAt === null) map?.set('author', { ...author, confirmedAt: now })
  if (author?.kind === 'model' && author.acceptedAt === null) map?.set('author', { ...author, acceptedAt: now })
}

function missingContext(doc: Y.Doc, contexts: readonly ContextId[]): Result<never> | null {
  for (const context of contexts) {
    const found = findRecord(doc, 'contexts', context)
    if (!found.ok) return found
  }
  return null
}

/** What was mended stays counted, and no longer says which words it was about. */
function forgetMends(rehearsal: Y.Map<unknown>, card: CardId, titles: readonly string[]): void {
  for (const [key, value] of [...rehearsal.entries()]) {
    if (!key.startsWith('edit:') || typeof value !== 'object' || value === null) continue
    const { card: of, words } = value as { readonly card?: unknown; readonly words?: unknown }
    if (typeof words === 'string' && words !== '' && (of === card || titles.some((title) => words.includes(title)))) rehearsal.set(key, { ...value, words: '' })
  }
}

function deleteWhere(map: Y.Map<unknown> | null, isMeant: (key: string, value: unknown) => boolean): void {
  if (map === null) return
  for (const [key, value] of [...map.entries()]) if (isMeant(key, value)) map.delete(key)
}
