/**
 * A folder with manifest.json and weights/ in which the encoder is the real one and the reader a tiny llama of random weights that
 * says it was trained to read: what a process does with a reader can be tested in seconds, whatever the shipped one has learnt.
 */
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtIn, reader } from '../../models/manifest.ts'

const models = fileURLToPath(new URL('../../models/', import.meta.url))
const tiny = fileURLToPath(new URL('../models/fixtures/tiny-llama', import.meta.url))

export interface ReaderFolder {
  readonly folder: string
  /** The reader's own. */
  readonly reader: string
}

/** `config`: what its config.json says beside what a llama's says. Who calls removes the folder. */
export async function createReaderFolder(config: object = { reader: { labels: [' yes', ' no', ' neutral'], label_rows: [100, 200, 300] } }): Promise<ReaderFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-reader-'))
  const own = join(folder, 'weights', reader)
  await cp(join(models, 'weights', builtIn), join(folder, 'weights', builtIn), { recursive: true })
  await cp(tiny, own, { recursive: true })
  const given = JSON.parse(await readFile(join(own, 'config.json'), 'utf8')) as object
  await writeFile(join(own, 'config.json'), JSON.stringify({ ...given, ...config }))
  const files: { readonly path: string; readonly bytes: number; readonly sha256: string }[] = []
  for (const entry of await readdir(own, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path)
    files.push({ path: relative(join(folder, 'weights'), path).replaceAll('\\', '/'), bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  const manifest = JSON.parse(await readFile(join(models, 'manifest.json'), 'utf8')) as { readonly models: readonly { readonly name: string }[] }
  const entry = { name: reader, licence: 'Apache-2.0', source: 'random', files }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ models: [...manifest.models.filter(({ name }) => name !== reader), entry] }))
  return { folder, reader: own }
}
