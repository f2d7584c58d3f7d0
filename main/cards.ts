/**
 * Values cards as the command line shows and takes them: contexts and lines as plain texts, as in a preview file.
 *
 * Invariants: adding is all or nothing, in one update of the document; a card that the person adds here is theirs, and in
 * force (`endorsed`) unless it says otherwise; no card that is there already is touched.
 */
import * as Y from 'yjs'
import { z } from 'zod'
import { addCard, setStatus } from '../shared/commands/card.ts'
import { contextMap } from '../shared/commands/context.ts'
import { addRecord, check, edit, type Maker } from '../shared/commands/edit.ts'
import { createDocument, origins, readContexts } from '../shared/document/document.ts'
import { indexContexts, keysOf, sameWords } from '../shared/graph.ts'
import { describeIssue } from '../shared/json.ts'
import { readCards, type CardDraft } from '../shared/decision/preview.ts'
import { fail, ok, type Result } from '../shared/result.ts'
import { CardKind, CardStatus, Context, limits, text, type Card, type CardId, type ContextId, type Graph } from '../shared/schema.ts'

/** A card in DESIGN's words. */
export interface CardView {
  readonly id: CardId
  readonly title: string
  readonly story: string
  readonly policies: readonly string[]
  readonly contexts: readonly string[]
  readonly obstacles: string
  readonly status: CardStatus
  readonly kind: CardKind
}

export function viewCard(card: Card, graph: Pick<Graph, 'contexts'>): CardView {
  const { id, title, story, policies, contexts, obstacles, status, kind } = card
  return {
    id, title, story,
    policies: policies.map((policy) => policy.text),
    contexts: contexts.flatMap((context) => graph.contexts[context]?.text ?? []),
    obstacles, status, kind
  }
}

/** A card to be added; what it does not say is empty, and it is in force unless it says otherwise. */
export type NewCard = CardDraft & z.infer<typeof Rest>

/** What `viewCard` shows and a preview file has no use for. */
const Rest = z.object({
  story: text(limits.story, 'a story').default(''),
  obstacles: text(limits.story, 'what gets in the way').default(''),
  status: CardStatus.default('endorsed'),
  kind: CardKind.default('unclear')
})

/** One card or a list, as in a preview file or as `cards list --json` prints them. */
export function readNewCards(value: unknown): Result<readonly NewCard[]> {
  const drafts = readCards(value)
  if (!drafts.ok) return drafts
  const rest = z.array(Rest).safeParse(Array.isArray(value) ? value : [value])
  if (!rest.success) return fail('bad-input', describeIssue(rest.error, 'cards'), 'correct it and try again')
  return ok(drafts.value.flatMap((draft, at) => (rest.data[at] === undefined ? [] : [{ ...draft, ...rest.data[at] }])))
}

/** Every card, the oldest first. */
export function viewCards(graph: Pick<Graph, 'cards' | 'contexts'>): readonly CardView[] {
  return Object.values(graph.cards)
    .sort((left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1))
    .map((card) => viewCard(card, graph))
}

/** Adds the cards to `doc`, in their order, a millisecond apart so that they stay in it. Errors: `conflict` where an id is taken, and whatever the commands refuse. */
export function addCards(doc: Y.Doc, drafts: readonly NewCard[], maker: Maker): Result<readonly CardId[]> {
  /* On a copy first: a document has no way back from half of an edit. */
  const copy = createDocument()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  const added = addToCopy(copy, drafts, maker)
  if (added.ok) Y.applyUpdate(doc, Y.encodeStateAsUpdate(copy, Y.encodeStateVector(doc)), origins.edit)
  copy.destroy()
  return added
}

function addToCopy(copy: Y.Doc, drafts: readonly NewCard[], maker: Maker): Result<readonly CardId[]> {
  return edit(copy, () => {
    const contexts = knownContexts(copy)
    const ids: CardId[] = []
    for (const [at, draft] of drafts.entries()) {
      if (draft.id !== null && copy.getMap('cards').has(draft.id)) {
        return fail('conflict', `there is already a card ${draft.id}`, 'leave its id out to add it as a new one; nothing was changed')
      }
      const places: ContextId[] = []
      for (const text of draft.contexts) {
        const place = ensureContext(copy, text, contexts, maker)
        if (!place.ok) return place
        places.push(place.value)
      }
      const card = addCard(copy, { ...draft, contexts: places }, startingWith(draft.id, { ...maker, now: maker.now + at }))
      if (!card.ok) return card
      const status = setStatus(copy, card.value, draft.status, maker)
      if (!status.ok) return status
      ids.push(card.value)
    }
    return ok(ids)
  })
}

/** Which context says which words, so that thousands of cards need one look at the document. */
function knownContexts(doc: Y.Doc): Map<string, ContextId> {
  const contexts = readContexts(doc)
  const index = indexContexts(contexts)
  return new Map(keysOf(contexts).map((id) => [sameWords(contexts[id]?.text ?? ''), index.canonical(id)]))
}

/** The context of these words; a new one where none says them. */
function ensureContext(doc: Y.Doc, text: string, known: Map<string, ContextId>, maker: Maker): Result<ContextId> {
  const same = known.get(sameWords(text))
  if (same !== undefined) return ok(same)
  const context = check(Context, { id: maker.newId(), text, within: [], synonymOf: null })
  if (!context.ok) return context
  known.set(sameWords(text), context.value.id)
  return addRecord(doc, 'contexts', context.value.id, contextMap(context.value))
}

/** The same maker, but for its first id. */
function startingWith(id: CardId | null, maker: Maker): Maker {
  let first = id
  return {
    now: maker.now,
    newId() {
      const next = first ?? maker.newId()
      first = null
      return next
    }
  }
}
