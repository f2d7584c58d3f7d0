/** A file looked at and brought in in one go, as the command line and the steward do it. */
import type * as Y from 'yjs'
import { edit, type Maker } from '../commands/edit.ts'
import { origins, readDocument, type Reading } from '../document/document.ts'
import type { ImportPlan } from '../ipc.ts'
import { quoted } from '../json.ts'
import { ok, type Result } from '../result.ts'
import { readIncoming } from './incoming.ts'
import { planning, type Step } from './steps.ts'

/** What an import would do, or did; `flagged` names each text that reads like a command to a model (also among `lines`). */
export interface FilePlan extends ImportPlan {
  readonly flagged: readonly string[]
}

/** What `applyImport` would do with this file. `source` names where it came from. */
export function planImport(doc: Y.Doc, input: string | Uint8Array, source: string): Result<FilePlan> {
  let made = 0
  const steps = planSteps(doc, readDocument(doc), input, source, { now: 0, newId: () => `planned-${(made += 1)}` })
  return steps.ok ? ok(describe(steps.value)) : steps
}

/** Brings a file in, in one transaction; gives what it did. */
export function applyImport(doc: Y.Doc, input: string | Uint8Array, source: string, maker: Maker): Result<FilePlan> {
  return edit(doc, () => {
    const steps = planSteps(doc, readDocument(doc), input, source, maker)
    if (!steps.ok) return steps
    for (const step of steps.value) if (step.verb === 'add' || step.verb === 'change') step.write()
    return ok(describe(steps.value))
  }, origins.import)
}

/** In one go. */
function planSteps(doc: Y.Doc, reading: Reading, input: string | Uint8Array, source: string, maker: Maker): Result<readonly Step[]> {
  const read = readIncoming(input, source, reading, maker)
  if (!read.ok) return read
  const plan = planning(doc, reading, read.value, maker, 0)
  for (;;) {
    const next = plan.next()
    if (next.done === true) return next.value
  }
}

const mostLines = 200
const said = { add: 'new', change: 'changed, since the file is newer', keep: 'here already in other words, and stays as it is' } as const

function describe(steps: readonly Step[]): FilePlan {
  const flagged = steps.flatMap(({ name, commands }) => commands.map((text) => `careful: a text of ${name} reads like a command to a model: ${quoted(text)}`))
  const all = [...flagged, ...steps.flatMap(({ verb, name }) => (verb === 'same' ? [] : [`${name}: ${said[verb]}`]))]
  const lines = all.length <= mostLines ? all : [...all.slice(0, mostLines - 1), `and ${(all.length - mostLines + 1).toLocaleString('en')} more`]
  const count = (...verbs: readonly Step['verb'][]): number => steps.filter((one) => verbs.includes(one.verb)).length
  return { added: count('add'), changed: count('change'), same: count('same', 'keep'), lines, flagged }
}
