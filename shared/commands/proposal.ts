/**
 * Words that a model or a file proposed, accepted by the person: as a line of its own, or in place of the words of another
 * line. Until then they are a line whose author is not the person, which no decision looks at (decide.ts, D1).
 */
import type * as Y from 'yjs'
import { nextCharacter, paint, spansOf } from '../articulation/provenance.ts'
import { quoted } from '../json.ts'
import { lineAt, lineKey, writeText } from '../document/layout.ts'
import { fail, ok, type Result } from '../result.ts'
import { Author, type CardId, type PolicyId } from '../schema.ts'
import { addPolicy } from './card.ts'
import { edit, ensureText, findRecord, type Maker } from './edit.ts'
import { saveVersion } from './version.ts'

/** The proposed line is the person's from now on; with `into`, its words take the place of that line's, and it goes. */
export function acceptLine(doc: Y.Doc, card: CardId, policy: PolicyId, maker: Maker, into?: PolicyId): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'cards', card)
    if (!found.ok) return found
    const line = lineAt(found.value, policy)
    const author = Author.safeParse(line?.get('author'))
    if (line === null || !author.success) return noLine(policy)
    if (author.data.kind === 'you') return fail('conflict', 'this line is your own already', 'nothing more is needed')
    const accepted = accept(author.data, maker.now)
    if (into === undefined) line.set('author', accepted)
    else {
      const target = lineAt(found.value, into)
      if (target === null || into === policy) return noLine(into)
      /* What the person wrote into the proposal meanwhile is theirs. */
      const proposed = ensureText(line, 'text')
      const spans = spansOf(doc, proposed).map(({ length, author: by }) => ({ length, author: by.kind === 'you' ? by : accept(by, maker.now) }))
      const since = nextCharacter(doc)
      const text = ensureText(target, 'text')
      writeText(text, proposed.toString())
      paint(doc, text, spans, since)
      found.value.delete(lineKey(policy))
    }
    found.value.set('updatedAt', maker.now)
    return ok(undefined)
  })
}

/** Words that a model wrote take the place of a line's own, accepted by the person now; one step, and the line keeps its place. */
export function takeWords(doc: Y.Doc, card: CardId, policy: PolicyId, words: string, model: string, maker: Maker): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'cards', card)
    if (!found.ok) return found
    if (lineAt(found.value, policy) === null) return noLine(policy)
    const saved = saveVersion(doc, card, maker)
    if (!saved.ok) return saved
    const proposed = addPolicy(doc, card, words, maker, undefined, { kind: 'model', name: model, acceptedAt: null })
    return proposed.ok ? acceptLine(doc, card, proposed.value, maker, policy) : proposed
  })
}

function accept(author: Exclude<Author, { kind: 'you' }>, now: number): Author {
  return author.kind === 'model' ? { ...author, acceptedAt: author.acceptedAt ?? now } : { ...author, confirmedAt: author.confirmedAt ?? now }
}

function noLine(policy: PolicyId): Result<never> {
  return fail('not-found', `this card has no line ${quoted(policy)}`, 'look at the card again: it may have been removed on another device')
}
