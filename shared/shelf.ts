/**
 * What a window is told of the models on this device: those that are here, those that can be had, which one predicts, and what is
 * being fetched. Sizes in bytes, instants in milliseconds since 1970.
 */
import { z } from 'zod'
import type { Problem } from './result.ts'

export interface ShelfModel {
  readonly name: string
  /** `folder`: imported, not from the catalogue. */
  readonly origin: 'built-in' | 'catalogue' | 'folder'
  readonly maker: string | null
  /** `partial`: some of it is here, from a download that did not end. */
  readonly state: 'installed' | 'broken' | 'partial' | 'absent'
  readonly problem: Problem | null
  readonly bytes: number
  /** Of a partial one. */
  readonly here: number
  readonly parameters: number
  readonly languages: readonly string[]
  readonly memory: number
  /** Tokens that it reads at once; 0: not known. */
  readonly context: number
  readonly licence: ShelfLicence
  /** Where it comes from, as a person reads it: `huggingface.co/…`; null: from a folder, or with the app. */
  readonly from: string | null
  /** Files whose SHA-256 is not known before they are fetched. */
  readonly unknownHashes: number
}

export interface ShelfLicence {
  readonly name: string
  readonly address: string | null
  /** To be accepted before it is installed; by language. */
  readonly terms: Readonly<Record<'en' | 'de', string>> | null
  readonly acceptedAt: number | null
}

export interface ShelfJob {
  readonly kind: 'download' | 'import'
  readonly name: string
  readonly file: string | null
  readonly done: number
  readonly total: number
  /** Bytes a second of late; null before that can be said. */
  readonly rate: number | null
  readonly state: 'running' | 'done' | 'stopped' | 'failed'
  readonly problem: Problem | null
}

export interface Shelf {
  readonly models: readonly ShelfModel[]
  /** The person's choice. */
  readonly chosen: string
  /** Which one answers now: the built-in one where the chosen one cannot. */
  readonly inUse: string
  /** Why these two differ. */
  readonly notice: Problem | null
  /** The one under way, or the last one. */
  readonly job: ShelfJob | null
  readonly machine: { readonly memory: number; readonly free: number | null }
  /** Nothing but a download asked for reaches it. */
  readonly host: string
}

const name = z.string().min(1).max(100)
export const InstallArgument = z.strictObject({ name, accepted: z.boolean() })
export const ImportArgument = z.strictObject({ folder: z.string().min(1).max(4_096), accepted: z.boolean() })
export const NameArgument = z.strictObject({ name })
