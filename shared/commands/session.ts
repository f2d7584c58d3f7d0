/**
 * Edits of a session in which a value is put into words. Half-written answers are texts that merge by character; a turn, a
 * phrase and a remark each have a key of their own, so that two windows on one session keep what either did.
 */
import * as Y from 'yjs'
import { byProbes, probeNames, answerOf } from '../articulation/kinship.ts'
import type { LintRule } from '../articulation/lint.ts'
import { kinshipOf, mayConfirm } from '../articulation/machine.ts'
import { Kinship, Note, QuestionKey, Way, type Session } from '../articulation/session.ts'
import { isSlogan } from '../articulation/slogan.ts'
import { readCard } from '../document/document.ts'
import { quoted } from '../json.ts'
import { newMap, recordMap, rootMap, textAt, writeText } from '../document/layout.ts'
import { sessionFrom } from '../document/records.ts'
import { fail, ok, type Result } from '../result.ts'
import { limits, SessionId, text, type CardId, type Norm, type NormId, type NoteId, type PolicyId } from '../schema.ts'
import { addCard, addPolicy, removePolicy, setCardContexts, setKind, setStatus } from './card.ts'
import { addContext } from './context.ts'
import { addRecord, check, edit, ensureText, findRecord, setField, type Maker } from './edit.ts'
import { addNorm, plainMap } from './norm.ts'
import { saveVersion } from './version.ts'

/** Begins a session; `card`: one that is there already is to be put into words further. */
export function startSession(doc: Y.Doc, way: Way, maker: Maker, { isQuick = false, card = null }: { readonly isQuick?: boolean; readonly card?: CardId | null } = {}): Result<SessionId> {
  return edit(doc, () => {
    const id = check(SessionId, maker.newId())
    if (!id.ok) return id
    const read = check(Way, way)
    if (!read.ok) return read
    return addRecord(doc, 'sessions', id.value, newMap({ way: read.value, isQuick, card, overruled: null, createdAt: maker.now, updatedAt: maker.now, finishedAt: null }))
  })
}

/** Makes an answer read `next`, half-written or whole. */
export function writeAnswer(doc: Y.Doc, id: SessionId, question: QuestionKey, next: string, maker: Maker): Result<void> {
  return withSession(doc, id, maker, (map) => {
    const read = check(text(limits.story, 'an answer'), next)
    if (!read.ok) return read
    const key = check(QuestionKey, question)
    if (!key.ok) return key
    writeText(ensureText(map, `text:${key.value}`), read.value)
    return ok(undefined)
  })
}

/** A turn: `answer` is the chosen one's key, `told` for words, `skipped` for none; `phrases` of the answer wait to be picked from. */
export function takeTurn(doc: Y.Doc, id: SessionId, question: QuestionKey, answer: string, maker: Maker, phrases: readonly string[] = []): Result<void> {
  return withSession(doc, id, maker, (map) => {
    const key = check(QuestionKey, question)
    if (!key.ok) return key
    const there = readSession(doc, id)?.picks.filter((pick) => pick.question === question) ?? []
    const isTaken = map.has(`turn:${question}`)
    const first = isTaken ? 0 : Math.max(-1, ...there.map(({ place }) => place)) + 1
    for (const [at, phrase] of phrases.entries()) {
      const key = `pick:${question}|${first + at}`
      /* A window that was quicker has them already, perhaps mended. */
      if (!map.has(key)) map.set(key, newMap({ text: new Y.Text(phrase.slice(0, limits.policy)), isKept: true }))
    }
    setField(map, `turn:${question}`, { at: maker.now, answer })
    return ok(undefined)
  })
}

/** The question is asked again; what was written in answer to it, and every phrase that was mended, is still there. */
export function takeBackTurn(doc: Y.Doc, id: SessionId, question: QuestionKey, maker: Maker): Result<void> {
  return withSession(doc, id, maker, (map) => {
    const session = readSession(doc, id)
    const answer = session?.texts[question] ?? ''
    map.delete(`turn:${question}`)
    for (const { question: of, place, text: words } of session?.picks ?? []) if (of === question && answer.includes(words.trim())) map.delete(`pick:${question}|${place}`)
    return ok(undefined)
  })
}

/** New words, or kept or not, for one phrase; one behind the last is a new one. */
export function writePick(doc: Y.Doc, id: SessionId, question: QuestionKey, place: number, change: { readonly text?: string; readonly isKept?: boolean }, maker: Maker): Result<void> {
  return withSession(doc, id, maker, (map) => {
    const read = check(text(limits.policy, 'a line'), change.text ?? '')
    if (!read.ok) return read
    const key = `pick:${question}|${place}`
    const pick = recordMapOf(map, key) ?? map.set(key, newMap({ text: new Y.Text(), isKept: true }))
    if (change.text !== undefined) writeText(ensureText(pick, 'text'), read.value)
    if (change.isKept !== undefined) setField(pick, 'isKept', change.isKept)
    return ok(undefined)
  })
}

/** The phrases that were kept become lines of the card, which is made where there is none yet. */
export function takePicks(doc: Y.Doc, id: SessionId, question: QuestionKey, maker: Maker): Result<CardId | null> {
  return withSession(doc, id, maker, (map) => {
    const session = readSession(doc, id)
    if (session === null) return noSession(id)
    const lines = keptLines(session, question)
    setField(map, `turn:pick.${question}`, { at: maker.now, answer: 'told' })
    const about = /^decided\.(.+)$/u.exec(question)?.[1] as PolicyId | undefined
    const card = session.card === null ? null : readCard(doc, session.card)
    if (about !== undefined && card?.policies.some((line) => line.id === about) === true) {
      const noted = noteSlogan(doc, card.id, about, maker)
      if (!noted.ok) return noted
    }
    return addLines(doc, map, session, lines, maker)
  })
}

/** From the first question to a card in force: name, and when it shows up where that was said. Slogans become notes. The session goes on another day. */
export function keepQuick(doc: Y.Doc, id: SessionId, title: string, context: string, maker: Maker): Result<CardId> {
  return withSession(doc, id, maker, (map) => {
    const session = readSession(doc, id)
    if (session === null) return noSession(id)
    const all = keptLines(session, 'story')
    const settled = new Set(session.settled.filter(({ rule }) => rule === 'slogan').map((one) => one.text.trim()))
    const lines = all.filter((line) => !isSlogan(line) || settled.has(line))
    if (title.trim() === '') return fail('bad-input', 'this value has no name', 'give it a short one')
    if (lines.length === 0) return fail('bad-input', 'there is no line of what you paid attention to', 'keep or write at least one')
    const place = context.trim() === '' ? null : addContext(doc, context.trim(), maker)
    if (place?.ok === false) return place
    for (const slogan of all.filter((line) => !lines.includes(line))) {
      const noted = addNote(doc, 'slogan', slogan, maker)
      if (!noted.ok) return noted
    }
    const card = addCard(doc, { title: title.trim(), story: (session.texts['story'] ?? '').trim(), policies: lines, contexts: place === null ? [] : [place.value] }, maker)
    if (!card.ok) return card
    const status = setStatus(doc, card.value, 'endorsed', maker)
    if (!status.ok) return status
    setField(map, 'card', card.value)
    setField(map, 'turn:pick.story', { at: maker.now, answer: 'told' })
    return ok(card.value)
  })
}

/** The remark may stand, on these very words. */
export function settleRemark(doc: Y.Doc, id: SessionId, policy: PolicyId, rule: LintRule, words: string, maker: Maker): Result<void> {
  return withSession(doc, id, maker, (map) => {
    setField(map, `settled:${policy}|${rule}`, words)
    return ok(undefined)
  })
}

/** What the person says it is, whatever the answers point at; null: as the answers say. */
export function overrule(doc: Y.Doc, id: SessionId, kinship: Kinship | null, maker: Maker): Result<void> {
  return withSession(doc, id, maker, (map) => {
    const read = check(Kinship.nullable(), kinship)
    if (!read.ok) return read
    setField(map, 'overruled', read.value)
    return ok(undefined)
  })
}

/** The slogan becomes a note, and is a line of the card no more. */
export function noteSlogan(doc: Y.Doc, card: CardId, policy: PolicyId, maker: Maker): Result<NoteId> {
  return edit(doc, () => {
    const line = readCard(doc, card)?.policies.find(({ id }) => id === policy)
    if (line === undefined) return fail('not-found', `this card has no line ${quoted(policy)}`, 'look at the card again: it may have been removed on another device')
    const noted = addNote(doc, 'slogan', line.text, maker)
    if (!noted.ok) return noted
    const removed = removePolicy(doc, card, policy, maker)
    return removed.ok ? noted : removed
  })
}

export function addNote(doc: Y.Doc, kind: Note['kind'], words: string, maker: Maker): Result<NoteId> {
  return edit(doc, () => {
    const note = check(Note, { id: maker.newId(), kind, text: words, createdAt: maker.now })
    return note.ok ? addRecord(doc, 'notes', note.value.id, plainMap(note.value)) : note
  })
}

export function removeNote(doc: Y.Doc, id: NoteId): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'notes', id)
    if (found.ok) rootMap(doc, 'notes')?.delete(id)
    return found.ok ? ok(undefined) : found
  })
}

/** The rule is a norm: it is kept as one (the answer to `norm` is its id), and the session is over; its card is no value any more. */
export function becomeNorm(doc: Y.Doc, id: SessionId, norm: Omit<Norm, 'id'>, maker: Maker): Result<NormId> {
  return withSession(doc, id, maker, (map) => {
    const made = addNorm(doc, norm, maker)
    if (!made.ok) return made
    setField(map, 'turn:norm', { at: maker.now, answer: made.value })
    const over = endWithout(doc, map, id, maker)
    return over.ok ? made : over
  })
}

/** The words are a belief: they are kept as a note, and the session is over; its card is no value any more. */
export function becomeBelief(doc: Y.Doc, id: SessionId, words: string, maker: Maker): Result<NoteId> {
  return withSession(doc, id, maker, (map) => {
    const made = addNote(doc, 'belief', words, maker)
    if (!made.ok) return made
    const over = endWithout(doc, map, id, maker)
    return over.ok ? made : over
  })
}

/** The person's word: the card is in force, of the kind that the answers or the person said. Refused where the checklist is not done. */
export function confirmSession(doc: Y.Doc, id: SessionId, maker: Maker): Result<CardId> {
  return withSession(doc, id, maker, (map) => {
    const session = readSession(doc, id)
    if (session === null) return noSession(id)
    const card = session.card === null ? null : readCard(doc, session.card)
    if (card === null || !mayConfirm({ session, card })) return fail('bad-input', 'something of the checklist is still missing', 'see at the right what it is; or leave it as a draft')
    const kind = setKind(doc, card.id, cardKindOf(session), maker)
    if (!kind.ok) return kind
    const status = setStatus(doc, card.id, 'endorsed', maker)
    if (!status.ok) return status
    setField(map, 'finishedAt', maker.now)
    const saved = saveVersion(doc, card.id, maker)
    return saved.ok ? ok(card.id) : saved
  })
}

/** Takes a session away; its card stays. */
export function removeSession(doc: Y.Doc, id: SessionId): Result<void> {
  return edit(doc, () => {
    const found = findRecord(doc, 'sessions', id)
    if (found.ok) rootMap(doc, 'sessions')?.delete(id)
    return found.ok ? ok(undefined) : found
  })
}

/** When the card shows up, said in the session. */
export function sayWhen(doc: Y.Doc, card: CardId, words: string, maker: Maker): Result<void> {
  return edit(doc, () => {
    const context = addContext(doc, words.trim(), maker)
    if (!context.ok) return context
    const here = readCard(doc, card)
    return setCardContexts(doc, card, [...(here?.contexts ?? []), context.value], maker)
  })
}

/** The whole session as a fresh map. */
export function sessionMap(session: Session): Y.Map<unknown> {
  const { id: _id, texts, turns, picks, settled, ...fields } = session
  return newMap({
    ...fields,
    ...Object.fromEntries(Object.entries(texts).map(([question, answer]) => [`text:${question}`, new Y.Text(answer)])),
    ...Object.fromEntries(turns.map(({ question, ...turn }) => [`turn:${question}`, turn])),
    ...Object.fromEntries(picks.map((pick) => [`pick:${pick.question}|${pick.place}`, newMap({ text: new Y.Text(pick.text), isKept: pick.isKept })])),
    ...Object.fromEntries(settled.map(({ policy, rule, text: words }) => [`settled:${policy}|${rule}`, words]))
  })
}

/** The session is over, and what it put into words is no value: a card that it grew is retired. */
function endWithout(doc: Y.Doc, map: Y.Map<unknown>, id: SessionId, maker: Maker): Result<void> {
  setField(map, 'finishedAt', maker.now)
  const card = readSession(doc, id)?.card ?? null
  return card === null || readCard(doc, card) === null ? ok(undefined) : setStatus(doc, card, 'retired', maker)
}

function cardKindOf(session: Session): 'constitutive' | 'instrumental' | 'unclear' {
  if (kinshipOf(session) === 'strategy') return 'instrumental'
  const given = Object.fromEntries(probeNames.map((name) => [name, answerOf(session.turns.find(({ question }) => question === `probe.${name}`)?.answer)])) as Parameters<typeof byProbes>[0]
  const kind = byProbes(given)
  return session.overruled === 'value' ? 'constitutive' : kind
}

function addLines(doc: Y.Doc, map: Y.Map<unknown>, session: Session, lines: readonly string[], maker: Maker): Result<CardId | null> {
  const card = session.card === null ? null : readCard(doc, session.card)
  if (card === null) {
    if (lines.length === 0) return ok(null)
    const made = addCard(doc, { story: (session.texts['story'] ?? '').trim(), policies: lines }, maker)
    if (made.ok) setField(map, 'card', made.value)
    return made
  }
  const present = new Set(card.policies.map((line) => line.text.trim()))
  for (const line of lines.filter((one) => !present.has(one))) {
    const added = addPolicy(doc, card.id, line, maker)
    if (!added.ok) return added
  }
  return ok(card.id)
}

function keptLines(session: Session, question: QuestionKey): readonly string[] {
  const kept = session.picks.filter((pick) => pick.question === question && pick.isKept).map((pick) => pick.text.replace(/\s+/gu, ' ').trim()).filter((line) => line !== '')
  return [...new Set(kept)]
}

function readSession(doc: Y.Doc, id: SessionId): Session | null {
  return sessionFrom(id, rootMap(doc, 'sessions')?.get(id)).item
}

function recordMapOf(map: Y.Map<unknown>, key: string): Y.Map<unknown> | null {
  const value = map.get(key)
  return value instanceof Y.Map && textAt(value as Y.Map<unknown>, 'text') !== null ? (value as Y.Map<unknown>) : null
}

function withSession<Value>(doc: Y.Doc, id: SessionId, maker: Maker, change: (session: Y.Map<unknown>) => Result<Value>): Result<Value> {
  return edit(doc, () => {
    const found = recordMap(doc, 'sessions', id)
    if (found === null) return noSession(id)
    const result = change(found)
    if (result.ok) setField(found, 'updatedAt', maker.now)
    return result
  })
}

function noSession(id: SessionId): Result<never> {
  return fail('not-found', `there is no session ${quoted(id)}`, 'look at the list again: it may have been taken away on another device')
}
