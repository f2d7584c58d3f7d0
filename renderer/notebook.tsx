/**
 * The notebook that is open: the person's own, level with the home, or the sample in a sandbox of its own. Screens read it
 * through `useNotebook` and `useReading`, and change it only through the commands of shared/commands.
 *
 * The sample's document is never synced and is thrown away when it is closed.
 */
import { createContext, useContext, useSyncExternalStore, type ReactNode } from 'react'
import type * as Y from 'yjs'
import type { Maker } from '../shared/commands/edit.ts'
import { createDocument, createProjection, createUndo, origins, type Projection, type Reading } from '../shared/document/document.ts'
import type { Bridge, Preview, Status } from '../shared/ipc.ts'
import type { Result } from '../shared/result.ts'
import type { Graph, RehearsalId, Scenario, ScenarioId } from '../shared/schema.ts'
import { sentenceOf } from './language/problems.ts'
import type { Replica, SaveState } from './replica.ts'
import { useView } from './store.ts'

export interface Notebook {
  readonly doc: Y.Doc
  readonly projection: Projection
  readonly undo: Y.UndoManager
  readonly isSandbox: boolean
  /** What was asked in this window, by situation, so that it is there on coming back to it; kept nowhere else. */
  readonly answers: Map<ScenarioId, Rehearsed>
}

/** An answer, the words that were asked about, and the graph it was made from. */
export interface Answered {
  /** In action mode, by the log of what each option does. */
  readonly preview: Preview
  /** In action mode, by the words of the options; null in theory mode. */
  readonly theory: Preview | null
  readonly scenario: Scenario
  /** As it held when it was asked. */
  readonly graph: Graph
}

export interface Rehearsed {
  /** The record of what the person said before. */
  readonly rehearsal: RehearsalId
  readonly before: Answered | null
  readonly answered: Answered
}

export interface Steward {
  readonly bridge: Bridge
  readonly replica: Replica
  readonly notebook: Notebook
  readonly status: Status | null
  readonly saveState: SaveState
}

const StewardContext = createContext<Steward | null>(null)

export function StewardProvider({ steward, children }: { readonly steward: Steward; readonly children: ReactNode }) {
  return <StewardContext value={steward}>{children}</StewardContext>
}

export function useSteward(): Steward {
  const steward = useContext(StewardContext)
  if (steward === null) throw new Error('useSteward stands outside of StewardProvider')
  return steward
}

export function useNotebook(): Notebook {
  return useSteward().notebook
}

/** All that the open notebook says, as of the last change. */
export function useReading(): Reading {
  const { projection } = useNotebook()
  return useSyncExternalStore(projection.subscribe, projection.current)
}

export function createSandbox(fill: (doc: Y.Doc, maker: Maker) => void): Notebook {
  const doc = createDocument()
  fill(doc, newMaker())
  return { doc, projection: createProjection(doc), undo: createUndo(doc), isSandbox: true, answers: new Map() }
}

/** Time and ids for one command. */
export function newMaker(): Maker {
  return { now: Date.now(), newId: () => crypto.randomUUID() }
}

/** Several commands that are one deed: they are taken back in one step. */
export function together<Value>(doc: Y.Doc, deed: () => Value): Value {
  return doc.transact(deed, origins.edit)
}

/** Runs a command; a refusal is said at the foot. Gives the value, or null. */
export function perform<Value>(result: Result<Value>): Value | null {
  if (result.ok) return result.value
  useView.getState().say(sentenceOf(result.error))
  return null
}
