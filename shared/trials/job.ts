/**
 * A job that goes over many situations in the background: the arms and the changes of wording of each, or which of them a
 * change of the values turns. What a window asks for, and what it is told while the job runs.
 */
import { z } from 'zod'
import { arms, flipKinds, Hash, type Trial } from '../rehearsal.ts'
import type { Problem } from '../result.ts'
import { GraphLists, limits, Mode, Options, Outcome, ScenarioId, text, words } from '../schema.ts'

/** A situation as it is judged: in action mode, `options` are what the log of the calls says. */
const Gone = z.strictObject({
  id: ScenarioId, domain: text(limits.title, 'a domain'), mode: Mode, situation: words(limits.situation, 'the situation'), options: Options,
  paraphrases: z.array(z.strictObject({ situation: words(limits.situation, 'a paraphrase'), options: z.array(words(limits.option, 'an option')).nullable() })).max(10),
  /** `contentOf` the words of the situation itself. */
  content: Hash,
  /** `orderOf` its options, in whose places the answers are kept. */
  order: Hash,
  /** What it was the last time; asked for `turned` alone. */
  before: Outcome.nullable()
})
export type Gone = z.infer<typeof Gone>

export const JobArgument = z.strictObject({
  kind: z.enum(['trials', 'turned']),
  scenarios: z.array(Gone).min(1, { error: 'there is no situation to go over' }).max(5_000),
  arms: z.array(z.enum(arms)).max(arms.length),
  flips: z.array(z.enum(flipKinds)).max(flipKinds.length),
  /** The text for the arm `profile`. */
  profile: z.string().max(200_000, { error: 'the text about yourself is longer than 200,000 characters' }).nullable(),
  sandbox: GraphLists.optional()
})
export type JobArgument = z.infer<typeof JobArgument>

export interface Turned {
  readonly id: ScenarioId
  readonly before: Outcome
  readonly after: Outcome
}

export interface JobEvent {
  readonly kind: 'job'
  readonly job: number
  /** In [0, 1], never falling. */
  readonly share: number
  readonly trial: Trial | null
  readonly turned: Turned | null
  /** `running`, or how it ended; what was found before stays. */
  readonly state: 'running' | 'finished' | 'stopped' | Problem
}
