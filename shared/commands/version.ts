/**
 * Versions of a card: snapshots that are only ever added, each under a key of its own, so that two devices that put one by
 * at the same time keep both. Restoring writes an old version over the card by difference, after putting by what stood there.
 */
import type * as Y from 'yjs'
import { nextCharacter, paintCard, readVersionSpans, saveVersionSpans } from '../articulation/provenance.ts'
import { readCard, readVersions } from '../document/document.ts'
import { quoted } from '../json.ts'
import { recordMap, rootMap, versionKey } from '../document/layout.ts'
import { fail, ok, type Result } from '../result.ts'
import { VersionId, type Author, type Card, type CardId, type Version } from '../schema.ts'
import { writeCard } from './card.ts'
import { check, edit, type Maker } from './edit.ts'

/** Puts the card by as it stands; gives the newest version's id where that says the same already. */
export function saveVersion(doc: Y.Doc, card: CardId, maker: Maker, author: Author = { kind: 'you' }): Result<VersionId> {
  return edit(doc, () => {
    const now = readCard(doc, card)
    return now === null ? noCard(card) : putBy(doc, now, maker, author)
  })
}

/** Makes the card say what it said then; its status stays, and contexts that are gone stay gone. */
export function restoreVersion(doc: Y.Doc, card: CardId, version: VersionId, maker: Maker): Result<void> {
  return edit(doc, () => {
    const map = recordMap(doc, 'cards', card)
    const now = readCard(doc, card)
    if (map === null || now === null) return noCard(card)
    const then = readVersions(doc, card).find((one) => one.id === version)
    if (then === undefined) return fail('not-found', `this card has no version ${quoted(version)}`, 'choose one from its timeline')
    const saved = putBy(doc, now, maker, { kind: 'you' })
    if (!saved.ok) return saved
    const contexts = then.card.contexts.filter((context) => rootMap(doc, 'contexts')?.has(context) === true)
    const since = nextCharacter(doc)
    writeCard(map, { ...then.card, contexts, status: now.status, createdAt: now.createdAt, updatedAt: maker.now })
    const spans = readVersionSpans(doc, card, version)
    if (spans !== null) paintCard(doc, card, spans, since)
    return ok(undefined)
  })
}

/** Puts a version where it belongs, as it came. */
export function writeVersion(doc: Y.Doc, version: Version): void {
  const { id, ...snapshot } = version
  rootMap(doc, 'versions')?.set(versionKey(version.card.id, id), snapshot)
}

function putBy(doc: Y.Doc, card: Card, maker: Maker, author: Author): Result<VersionId> {
  const newest = readVersions(doc, card.id).at(-1)
  if (newest !== undefined && sameContent(newest.card, card)) return ok(newest.id)
  const id = check(VersionId, maker.newId())
  if (id.ok) {
    writeVersion(doc, { id: id.value, savedAt: maker.now, author, card })
    saveVersionSpans(doc, id.value, card.id)
  }
  return id
}

function sameContent(a: Card, b: Card): boolean {
  const content = ({ updatedAt: _updatedAt, ...rest }: Card): string => JSON.stringify(rest)
  return content(a) === content(b)
}

function noCard(card: CardId): Result<never> {
  return fail('not-found', `there is no card ${quoted(card)}`, 'look at the list again: it may have been removed on another device')
}
