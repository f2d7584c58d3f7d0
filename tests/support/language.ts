/** Local language models for tests: the tiny one that is always here, SmolLM2-135M-Instruct where it was exported, and one whose memory cannot be shared. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Causal } from '../../models/causal.ts'
import { recordName, type ModelRecord } from '../../models/installed.ts'
import { logProbability, ordersOf, type Choices } from '../../models/language/choice.ts'

export const tinyFolder = fileURLToPath(new URL('../models/fixtures/tiny-llama', import.meta.url))

/** The variable that names the folder of models/training/language/export.py. */
export const exportVariable = 'STEWARD_SMOLLM2'

/** The folder of SmolLM2-135M-Instruct, or null, said loudly. */
export function smollm2Folder(): string | null {
  const folder = process.env[exportVariable]
  if (folder !== undefined && existsSync(`${folder}/config.json`)) return folder
  process.stderr.write(`\n*** ${exportVariable} names no folder with SmolLM2-135M-Instruct: what it alone can show was NOT tested. Make it with models/training/language/export.py. ***\n\n`)
  return null
}

/** The same model as one with hybrid layers looks from outside. */
export function asHybrid(causal: Causal): Causal {
  return {
    ...causal,
    isPlain: false,
    read: () => Promise.reject(new Error('the cache of this model cannot be shared')),
    score: (past, blocks, pulse) => (past === null ? causal.score(null, blocks, pulse) : Promise.reject(new Error('no past here')))
  }
}

/** The plain path: one whole prompt for every choice in every order, nothing shared; also how many tokens that is. */
export async function plainScores(causal: Causal, before: readonly number[], choices: Choices): Promise<{ readonly scores: readonly number[]; readonly tokens: number }> {
  const orders = ordersOf(choices.count)
  const sums = Array.from({ length: choices.count }, () => 0)
  let read = 0
  for (const order of orders) {
    for (const choice of sums.keys()) {
      const [prompt, answer] = [[...before, ...choices.pieces(order).flat()], choices.answer(order, choice)]
      const tokens = [...prompt, ...answer]
      const rows = await causal.score(null, [{ tokens, at: answer.map((_, at) => prompt.length - 1 + at) }])
      if (!rows.ok) throw new Error(rows.error.message)
      read += tokens.length
      const sum = answer.reduce((total, token, at) => total + logProbability(rows.value[0]?.[at] ?? new Float32Array(), token), 0)
      sums[choice] = (sums[choice] ?? 0) + sum / answer.length / orders.length
    }
  }
  return { scores: sums, tokens: read }
}

/** Nothing is heard, nothing stops it. */
export const calm = { isStopped: () => false, report: () => undefined, tell: () => undefined }

/** Copies a model in the Hugging Face layout to `home`/models/`name`, with the record that an install leaves; gives what `startModel` takes. */
export async function install(from: string, home: string, name: string): Promise<{ readonly name: string; readonly folder: string }> {
  const folder = join(home, 'models', name)
  await cp(from, folder, { recursive: true })
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) => each.isFile()).map((each) => relative(folder, join(each.parentPath, each.name)).replaceAll('\\', '/')).toSorted()
  const files = await Promise.all(paths.map(async (path) => {
    const bytes = await readFile(join(folder, path))
    return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  }))
  const record: ModelRecord = {
    version: 1, name, source: null, licence: { name: 'Apache-2.0', address: null, acceptedAt: null }, dtype: paths.includes('onnx/model_q4.onnx') ? 'q4' : 'fp32',
    attention: 'plain', context: 2_048, languages: ['en'], parameters: 0, memory: 0, installedAt: 0, files
  }
  await writeFile(join(folder, recordName), JSON.stringify(record))
  return { name, folder }
}
