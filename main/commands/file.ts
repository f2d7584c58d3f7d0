/** `steward import` and `export`: values from a file, looked at first, and all of them as one. */
import { basename } from 'node:path'
import { applyImport, planImport } from '../../shared/file/plan.ts'
import { writeNative } from '../../shared/file/native.ts'
import type { ImportPlan } from '../../shared/ipc.ts'
import { ok, type Result } from '../../shared/result.ts'
import { readTextFile, writeTextFile } from '../home/files.ts'
import type { Options } from './usage.ts'
import { maker } from './cards.ts'
import { change, withHome } from './home.ts'
import type { Terminal } from './terminal.ts'

export async function importFile(file: string, yes: boolean, options: Options, terminal: Terminal): Promise<Result<string>> {
  const text = await readTextFile(file, terminal.input)
  if (!text.ok) return text
  const source = file === '-' ? 'standard input' : basename(file)
  /* Looked at first either way, so that a bad file makes no home. */
  const plan = await withHome(yes ? 'try' : 'read', options, terminal, (home) => planImport(home.doc, text.value, source))
  if (!plan.ok || !yes) return plan.ok ? ok(planText(plan.value, false, options)) : plan
  return await withHome('write', options, terminal, async (home) => {
    const done = await change(home, terminal, () => applyImport(home.doc, text.value, source, maker()))
    return done.ok ? ok(planText(done.value, true, options)) : done
  })
}

export async function exportFile(file: string | null, options: Options, terminal: Terminal): Promise<Result<string>> {
  const text = await withHome('read', options, terminal, (home) => ok(writeNative(home.doc)))
  if (!text.ok || file === null) return text
  const written = await writeTextFile(file, text.value)
  return written.ok ? ok('') : written
}

function planText(plan: ImportPlan, done: boolean, options: Options): string {
  if (options.json) return `${JSON.stringify({ ...plan, done })}\n`
  const counts = `${plan.added} new, ${plan.changed} changed, ${plan.same} already there`
  return `${[...plan.lines, done ? `Done: ${counts}.` : `This would be: ${counts}. Nothing was changed; add --yes to do it.`].join('\n')}\n`
}
