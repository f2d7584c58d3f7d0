/**
 * The one contract between a window and the steward, whatever door lies between (Electron IPC, loopback HTTP and
 * WebSocket, a direct call in a test). Arguments are parsed by these schemas on the steward's side; every call resolves to
 * a `Result`, never rejects. Edits do not go through here: they are Yjs updates on the sync channel (wire.ts).
 */
import { z } from 'zod'
import type { Decision } from './decision/certificate.ts'
import type { Change } from './decision/change.ts'
import { DevicesArgument, type DevicesView } from './devices.ts'
import { DiskArgument, type DiskView } from './disk.ts'
import { BackupsArgument, type BackupsView } from './keep/backups.ts'
import type { Library } from './packs/pack.ts'
import type { Benchmark, LineKind, Written } from './ports.ts'
import { Hash } from './rehearsal.ts'
import type { Problem, Result } from './result.ts'
import { GraphLists, limits, Mode, Options, text, words, type Evidence } from './schema.ts'
import { ImportArgument, InstallArgument, NameArgument, type Shelf } from './shelf.ts'
import { JobArgument, type JobEvent } from './trials/job.ts'
import { ExplainArgument, MakeArgument, ParaphraseArgument, StopArgument, type WorkEvent } from './work.ts'

export const PreviewArgument = z.strictObject({
  domain: text(limits.title, 'a domain'),
  mode: Mode,
  situation: words(limits.situation, 'the situation'),
  options: Options,
  /** `contentOf` the situation as it is written, where these are not its words: in action mode the options are what their calls did. */
  content: Hash.optional(),
  /** Without it, the person's own graph as the home replica holds it now. */
  sandbox: GraphLists.optional(),
  /** An agent is about to act: it asks where the person does not trust it. Never in a rehearsal. */
  acting: z.boolean().optional()
})
export type PreviewArgument = z.infer<typeof PreviewArgument>

/** A native export (or preview file, or list of cards) as text, and where it came from. */
export const FileArgument = z.strictObject({
  name: words(1_000, 'a file name'),
  text: z.string().max(limits.fileBytes, { error: 'the file is larger than 64 MB' })
})

/** What an agent guided by these cards would do, with everything that a screen needs to say why. */
export interface Preview {
  readonly decision: Decision
  readonly evidence: Evidence
  /** The smallest single change found that turns the outcome; null when none does. */
  readonly change: Change | null
}

/** What an import would do, or did; counts and one readable line each (at most 200 lines). */
export interface ImportPlan {
  readonly added: number
  readonly changed: number
  readonly same: number
  readonly lines: readonly string[]
}

export type ModelState =
  | { readonly kind: 'loading' }
  /** `writes`: a local language model sits there, and writes words when asked. */
  | { readonly kind: 'ready'; readonly name: string; readonly sha256: string; readonly writes?: true }
  | { readonly kind: 'restarting' }
  | { readonly kind: 'unavailable'; readonly problem: Problem }

export type StorageState =
  /** `notice` says what could not be read any more when the home was opened. */
  | { readonly kind: 'writable'; readonly notice?: Problem }
  /** Opened for reading only (a newer version's home, no permission, another process writes it). */
  | { readonly kind: 'read-only'; readonly problem: Problem }
  /** The last write failed; edits are kept in memory and written when there is room. */
  | { readonly kind: 'failing'; readonly problem: Problem }

export interface Status {
  readonly version: string
  /** Names this home among all homes, the same for as long as it lives; null where it has none yet. */
  readonly home: string | null
  readonly storage: StorageState
  readonly model: ModelState
  /** `rulesDigest` of the shipped calibration: an answer that was made by other rules is stale. */
  readonly rules: string
  /** True where this home has no card yet. */
  readonly empty: boolean
}

/** Lines, to be told what kind each is. */
const KindsArgument = z.strictObject({ lines: z.array(text(limits.policy, 'a line')).max(500, { error: 'more than 500 lines at once' }) })

/** A text, and those to be brought into the order of their nearness to it. */
const RankArgument = z.strictObject({ query: text(limits.story, 'a text'), candidates: z.array(text(limits.story, 'a text')).max(2_000, { error: 'more than 2,000 texts at once' }) })

/** Name → schema of its one argument. */
export const callArguments = {
  status: z.null(),
  preview: PreviewArgument,
  planImport: FileArgument,
  applyImport: FileArgument,
  exportNative: z.null(),
  kinds: KindsArgument,
  rank: RankArgument,
  library: z.null(),
  addPack: FileArgument,
  removePack: z.union([z.strictObject({ id: words(limits.title, 'a pack’s id') }), z.strictObject({ file: words(limits.title, 'a file’s name') })]),
  startJob: JobArgument,
  stopJob: z.strictObject({ job: z.number().int().min(0) }),
  models: z.null(),
  installModel: InstallArgument,
  importModel: ImportArgument,
  stopModel: z.null(),
  chooseModel: NameArgument,
  removeModel: NameArgument,
  testModel: z.null(),
  explain: ExplainArgument,
  makeScenario: MakeArgument,
  paraphrase: ParaphraseArgument,
  stopWork: StopArgument,
  devices: DevicesArgument,
  backups: BackupsArgument,
  disk: DiskArgument,
  cacheKey: z.null()
} as const

export type CallName = keyof typeof callArguments
export type CallArgument<Name extends CallName> = z.infer<(typeof callArguments)[Name]>
export interface CallValues {
  status: Status
  preview: Preview
  planImport: ImportPlan
  applyImport: ImportPlan
  exportNative: string
  kinds: readonly LineKind[]
  /** Indices of the candidates, nearest first. */
  rank: readonly number[]
  library: Library
  /** The pack's id, and `library` as it is then. */
  addPack: { readonly added: string; readonly library: Library }
  /** As it is then. */
  removePack: Library
  /** Its number; how far it is comes as events. */
  startJob: number
  stopJob: void
  models: Shelf
  /** Begun; how far it is comes as an event. */
  installModel: Shelf
  importModel: Shelf
  stopModel: Shelf
  /** Resolves once it answers, or cannot: then the built-in one answers. */
  chooseModel: Shelf
  removeModel: Shelf
  /** How far it is comes as `work` events under `testJob`, by which it is stopped. */
  testModel: Benchmark
  /** Words of a local language model, which come as `work` events meanwhile; proposals, kept nowhere. */
  explain: Written
  makeScenario: Written
  paraphrase: Written
  stopWork: void
  /** As it is then. */
  devices: DevicesView
  /** As it is then, and what was asked for. */
  backups: BackupsView
  /** As it is then. */
  disk: DiskView
  /** What the browser's store is sealed with, 32 bytes in hexadecimal digits: kept in memory alone. */
  cacheKey: string
}
export type CallResult<Name extends CallName> = Result<CallValues[Name]>

/** Pushed to every window, unasked. */
export type StewardEvent = { readonly kind: 'status'; readonly status: Status } | { readonly kind: 'models'; readonly models: Shelf } | { readonly kind: 'devices'; readonly devices: DevicesView } | { readonly kind: 'disk'; readonly disk: DiskView } | JobEvent | WorkEvent

/** What a door gives the window. `sync` frames are those of wire.ts. */
export interface Bridge {
  call<Name extends CallName>(name: Name, argument: CallArgument<Name>): Promise<CallResult<Name>>
  onEvent(listener: (event: StewardEvent) => void): () => void
  /** Where the door has a dialog of its own for it: the page as a PDF, where the person says; its path, or null for nowhere. */
  print?(title: string): Promise<Result<string | null>>
  sync: {
    send(frame: Uint8Array): void
    onFrame(listener: (frame: Uint8Array) => void): () => void
    /** `true` when the channel opens, `false` when it is lost; reopened by the door itself with growing pauses of at most 2 s. */
    onConnected(listener: (connected: boolean) => void): () => void
  }
}
