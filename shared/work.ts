/**
 * Work that a window asked of the local language model, as it goes over the contract of shared/ipc.ts: words that come one after
 * another, and the test of this machine. A job has a name of the window's own, by which it is followed and stopped.
 */
import { z } from 'zod'
import { writingLanguages } from './ports.ts'
import { limits, Options, text, words } from './schema.ts'

const JobName = z.string({ error: 'a job needs a name' }).regex(/^[A-Za-z0-9-]{1,64}$/u, { error: 'a job’s name must be letters, digits and "-"' })
const job = { job: JobName, seed: z.number().int().min(0).max(0xffffffff).optional(), language: z.enum(writingLanguages).optional() }
const scene = { situation: words(limits.situation, 'the situation'), options: Options }

/** One sentence that says why: `lines` are what the decision rests on, `outcome` is what was decided, in words. */
export const ExplainArgument = z.strictObject({ ...job, ...scene, outcome: words(limits.option, 'what was decided'), lines: z.array(text(limits.policy, 'a line')).max(64) })
/** One more situation like this one. */
export const MakeArgument = z.strictObject({ ...job, ...scene })
/** The same in other words. */
export const ParaphraseArgument = z.strictObject({ ...job, text: words(limits.situation, 'the text') })
export const StopArgument = z.strictObject({ job: JobName })
export type ExplainArgument = z.infer<typeof ExplainArgument>
export type MakeArgument = z.infer<typeof MakeArgument>
export type ParaphraseArgument = z.infer<typeof ParaphraseArgument>

/** The name under which `testModel` runs. */
export const testJob = 'test-of-this-machine'

/** How far a job is: all its words so far (null: it writes none), and the share done in [0, 1]. */
export interface WorkEvent {
  readonly kind: 'work'
  readonly job: string
  readonly share: number
  readonly text: string | null
}
