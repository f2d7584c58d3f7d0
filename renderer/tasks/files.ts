/**
 * A file that is being taken in: read, looked at, chosen from, taken, and taken back; one at a time, kept while one walks through
 * the rooms. What it changes goes through the window's own replica, so that one step of undo takes all of it back.
 *
 * Invariants: nothing changes before `take`; the window is never held up for longer than `breath`; whatever is stopped in the
 * middle is taken back; a file that is none of ours is told what it is and where it belongs.
 */
import { create } from 'zustand'
import { studyFile, suggestedFor, takeFile, type Study } from '../../shared/file/study.ts'
import { parseJson } from '../../shared/json.ts'
import { readPack } from '../../shared/packs/pack.ts'
import type { Bridge } from '../../shared/ipc.ts'
import type { Problem } from '../../shared/result.ts'
import { limits } from '../../shared/schema.ts'
import { newMaker } from '../notebook.tsx'
import { sentenceOf } from '../language/problems.ts'
import type { Replica } from '../replica.ts'
import { useView } from '../store.ts'

/** What was given that is no notebook, cards or situation: a pack, a page of text, an agent's log, a folder, more than one file. */
export type Stranger = 'pack' | 'page' | 'log' | 'folder' | 'many'

export type Taking =
  | { readonly kind: 'none' }
  | { readonly kind: 'reading'; readonly name: string; readonly share: number }
  /** `text` where it can be handed on. */
  | { readonly kind: 'stranger'; readonly name: string; readonly stranger: Stranger; readonly text: string }
  | { readonly kind: 'refused'; readonly name: string; readonly problem: Problem | 'large' | 'notText' }
  | { readonly kind: 'ready'; readonly name: string; readonly text: string; readonly study: Study; readonly choices: ReadonlyMap<string, 'here' | 'file'> }
  | { readonly kind: 'taking'; readonly name: string; readonly share: number }
  | { readonly kind: 'taken'; readonly name: string; readonly study: Study; readonly count: number }
  | { readonly kind: 'stopped'; readonly name: string }

export const useTaking = create<{ readonly taking: Taking }>()(() => ({ taking: { kind: 'none' } }))

/** Milliseconds that one goes on before the window may draw and answer. */
const breath = 12

/* Which file is looked at: an earlier one that is still under way ends by itself. */
let turn = 0

function set(taking: Taking): void {
  useTaking.setState({ taking })
}

export function leaveFile(): void {
  turn += 1
  set({ kind: 'none' })
}

export function refuseFile(name: string, stranger: 'folder' | 'many'): void {
  turn += 1
  set({ kind: 'stranger', name, stranger, text: '' })
}

/** Reads a file and says what it would change. */
export async function lookAtFile(file: File, replica: Replica): Promise<void> {
  const mine = (turn += 1)
  const { name } = file
  set({ kind: 'reading', name, share: 0 })
  if (file.size > limits.fileBytes) return set({ kind: 'refused', name, problem: 'large' })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
  } catch {
    if (turn === mine) set({ kind: 'refused', name, problem: 'notText' })
    return
  }
  if (turn !== mine) return
  const stranger = strangerOf(name, text)
  if (stranger !== null) return set({ kind: 'stranger', name, stranger, text })
  await study(name, text, replica, mine, new Map())
}

async function study(name: string, text: string, replica: Replica, mine: number, choices: ReadonlyMap<string, 'here' | 'file'>): Promise<Study | null> {
  const done = await run(studyFile(replica.doc, replica.projection.current(), text, name, newMaker()), (share) => set({ kind: 'reading', name, share }), () => turn === mine)
  if (done === null) return null
  if (!done.ok) {
    set({ kind: 'refused', name, problem: done.error })
    return null
  }
  set({ kind: 'ready', name, text, study: done.value, choices })
  return done.value
}

export function chooseFor(keys: readonly string[], choice: 'here' | 'file' | 'suggested'): void {
  const { taking } = useTaking.getState()
  if (taking.kind !== 'ready') return
  const choices = new Map(taking.choices)
  for (const key of keys) if (choice === 'suggested') choices.delete(key)
  else choices.set(key, choice)
  set({ ...taking, choices })
}

export function chosenFor(clash: Study['clashes'][number], choices: ReadonlyMap<string, 'here' | 'file'>): 'here' | 'file' {
  return choices.get(clash.key) ?? suggestedFor(clash)
}

/** Takes in what is ready, as it was chosen; where the notebook has changed meanwhile it is looked at again first, and new clashes are asked about. */
export async function take(replica: Replica): Promise<void> {
  const { taking } = useTaking.getState()
  if (taking.kind !== 'ready') return
  const mine = (turn += 1)
  const { name, text, choices } = taking
  let ready = taking.study
  if (ready.reading !== replica.projection.current()) {
    const known = new Set(ready.clashes.map(({ key }) => key))
    const again = await study(name, text, replica, mine, choices)
    if (again === null || again.clashes.some(({ key }) => !known.has(key))) return
    ready = again
  }
  set({ kind: 'taking', name, share: 0 })
  replica.undo.stopCapturing()
  const steps = replica.undo.undoStack.length
  const done = await run(takeFile(replica.doc, ready, choices, newMaker()), (share) => set({ kind: 'taking', name, share }), () => turn === mine)
  replica.undo.stopCapturing()
  if (done?.ok === true) return set({ kind: 'taken', name, study: ready, count: done.value })
  if (replica.undo.undoStack.length > steps) replica.undo.undo()
  if (done === null) return
  set({ kind: 'refused', name, problem: done.error })
}

/** Everything that is in the notebook, as one file that the browser saves. */
export async function exportNotebook(bridge: Bridge): Promise<void> {
  const file = await bridge.call('exportNative', null)
  if (!file.ok) return useView.getState().say(sentenceOf(file.error))
  const address = URL.createObjectURL(new Blob([file.value], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = 'values-steward.json'
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** Stops what is under way; what was taken of it so far is taken back. */
export function stop(): void {
  const { taking } = useTaking.getState()
  turn += 1
  set(taking.kind === 'none' ? taking : { kind: 'stopped', name: 'name' in taking ? taking.name : '' })
}

/** A bit at a time; null where it was stopped. */
async function run<Value>(steps: Generator<number, Value>, onShare: (share: number) => void, goesOn: () => boolean): Promise<Value | null> {
  let told = 0
  for (;;) {
    const until = performance.now() + breath
    do {
      const next = steps.next()
      if (next.done === true) return next.value
      told = next.value
    } while (performance.now() < until)
    onShare(told)
    await new Promise<void>((resolve) => setTimeout(resolve))
    if (!goesOn()) return null
  }
}

/** Null for what may be a notebook, cards or a situation. */
function strangerOf(name: string, text: string): Stranger | null {
  if (readPack(text, name, 'imported').ok) return 'pack'
  if (parseJson(text).ok) return null
  /* A broken pack is one all the same: where it belongs it is said what is wrong with it. */
  const first = parseJson(text.trimStart().split('\n', 1)[0] ?? '')
  if (first.ok && typeof first.value === 'object' && first.value !== null) return 'licence' in first.value && 'author' in first.value ? 'pack' : 'log'
  if (/\.(?:log|jsonl)$/iu.test(name)) return 'log'
  return /\.(?:md|markdown|txt)$/iu.test(name) || /^(?:---\n|#{1,6} \S)/mu.test(text.slice(0, 4_000)) ? 'page' : null
}
