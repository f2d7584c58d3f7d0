/** What the section "Backups" shows and asks: plain data between the window and the steward (ipc.ts). */
import { z } from 'zod'
import type { Problem } from '../result.ts'
import { limits } from '../schema.ts'
import type { Difference } from './difference.ts'

/** Characters of base64 that stand for a file as large as any that is read. */
const mostCharacters = Math.ceil(limits.fileBytes / 3) * 4

/** Where one goes back to: a snapshot of this home by its number, or a backup with what opens it. */
const From = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('snapshot'), number: z.number().int().min(1) }),
  z.strictObject({ kind: z.literal('file'), name: z.string().max(1_000), content: z.string().max(mostCharacters, { error: 'the file is larger than 64 MB' }), secret: z.string().max(1_000) })
])
export type From = z.infer<typeof From>

export const BackupsArgument = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('look') }),
  /** One now, beside those that are taken by themselves. */
  z.strictObject({ do: z.literal('take') }),
  /** A file to be kept elsewhere, under 24 words that are shown once. */
  z.strictObject({ do: z.literal('make') }),
  /** What going back would change; changes nothing. */
  z.strictObject({ do: z.literal('plan'), from: From }),
  z.strictObject({ do: z.literal('restore'), from: From }),
  z.strictObject({ do: z.literal('remove'), number: z.number().int().min(1) })
])
export type BackupsArgument = z.infer<typeof BackupsArgument>

export interface SnapshotRow {
  readonly number: number
  readonly takenAt: number
  readonly bytes: number
}

/** Of a plan or of what was restored: how many there are in all, and the first of them. */
export interface Changes {
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly rows: readonly Difference[]
}

export interface BackupsView {
  /** Newest first. */
  readonly snapshots: readonly SnapshotRow[]
  /** Why the last one was not taken, where it was not: no room, as a rule. */
  readonly problem: Problem | null
  /** What was asked for last. */
  readonly made: { readonly name: string; readonly content: string; readonly phrase: string } | null
  readonly changes: Changes | null
  /** The snapshot of before, by which a restore is taken back. */
  readonly before: number | null
}

/** Rows that are shown of a plan. */
export const mostRows = 200

export function changesOf(differences: readonly Difference[]): Changes {
  const count = (verb: Difference['verb']): number => differences.filter((each) => each.verb === verb).length
  return { added: count('added'), changed: count('changed'), removed: count('removed'), rows: differences.slice(0, mostRows) }
}
