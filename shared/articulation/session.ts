/**
 * What is kept of putting a value into words: one session with its half-written answers, the phrases to pick from, the turns
 * taken, and what the person decided; and notes (slogans, beliefs), which are kept and never exported as values.
 *
 * Invariants: a session is a record of the person's document, so that it is there tomorrow and on all devices; a turn is
 * known by its question and not by its time, so that a clock set back changes nothing. Leaves out what is asked next
 * (machine.ts) and how a session is changed (commands/session.ts).
 */
import { z } from 'zod'
import { CardId, Instant, limits, NoteId, PolicyId, SessionId, text, words } from '../schema.ts'

/** How one comes to a value. */
export const ways = ['choice', 'feeling', 'admired', 'rule', 'mistake'] as const
export const Way = z.enum(ways)
export type Way = z.infer<typeof Way>

/** What the words turn out to be. */
export const kinships = ['value', 'norm', 'strategy', 'belief'] as const
export const Kinship = z.enum(kinships)
export type Kinship = z.infer<typeof Kinship>

/** A question's name, with the line or rule that it is about behind a full stop: `story`, `decided.LINE`, `remark.LINE.RULE`. */
export const QuestionKey = z.string().regex(/^[a-z]+(?:-[a-z0-9]+)*(?:\.[A-Za-z0-9_.:-]{1,200})?$/u, { error: 'a question has an odd name' })
export type QuestionKey = z.infer<typeof QuestionKey>

export const Turn = z.strictObject({
  question: QuestionKey,
  at: Instant,
  /** The key of the chosen answer; `told` for one in words, `skipped` for none. */
  answer: words(100, 'an answer')
})
export type Turn = z.infer<typeof Turn>

/** A phrase of an answer, to keep, mend or drop. */
export const Pick = z.strictObject({ question: QuestionKey, place: z.number().int().min(0).max(999), text: text(limits.policy, 'a line'), isKept: z.boolean() })
export type Pick = z.infer<typeof Pick>

/** A remark on a line that the person let stand, and the words that it was on. */
export const Settled = z.strictObject({ policy: PolicyId, rule: words(40, 'a rule'), text: text(limits.policy, 'a line') })
export type Settled = z.infer<typeof Settled>

export const Session = z.strictObject({
  id: SessionId,
  way: Way,
  /** Begun from the first question: three steps, and the rest another day. */
  isQuick: z.boolean(),
  /** The card that it grows; null until a line was kept. */
  card: CardId.nullable(),
  /** Answers in words, half-written ones too. */
  texts: z.record(QuestionKey, text(limits.story, 'an answer')),
  turns: z.array(Turn).max(200),
  picks: z.array(Pick).max(1_000),
  settled: z.array(Settled).max(1_000),
  /** What the person said it is, whatever the answers point at. */
  overruled: Kinship.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  finishedAt: Instant.nullable()
})
export type Session = z.infer<typeof Session>

export const Note = z.strictObject({
  id: NoteId,
  kind: z.enum(['slogan', 'belief']),
  text: words(limits.story, 'a note'),
  createdAt: Instant
})
export type Note = z.infer<typeof Note>
