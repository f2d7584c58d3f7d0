/**
 * The app packed as it is shipped, as far as a machine without Electron's program can: electron-builder packs it around a
 * stand-in for that program (which carries Electron's fuse wire), and what came out is looked into, its fuses are read, and
 * its main is run from the packed files, under the fake of Electron, with the real model.
 */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pathToFileURL } from 'node:url'
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Preview, Status } from '../shared/ipc.ts'

/** What electron-builder itself packs with. */
interface Archive {
  listPackage(path: string, options: { readonly isPack: boolean }): readonly string[]
  extractAll(path: string, folder: string): void
}
const archive = createRequire(createRequire(import.meta.url).resolve('app-builder-lib/package.json'))('@electron/asar') as Archive

const root = join(import.meta.dirname, '..')
const runFile = promisify(execFile)
let folder = ''
let unpacked = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packed-'))
  const prepare = pathToFileURL(join(root, 'main', 'prepare.mjs')).href
  await runFile(process.execPath, ['--input-type=module', '-e', `import { prepareDesktop, prepareRenderer } from '${prepare}'; await prepareRenderer(); await prepareDesktop()`], { cwd: root })
  await makeStandIn(join(folder, 'electron'))
  const builder = join(root, 'node_modules', 'electron-builder', 'cli.js')
  await runFile(process.execPath, [builder, '--linux', '--x64', '--dir', `-c.electronDist=${join(folder, 'electron')}`, `-c.directories.output=${join(folder, 'out')}`], { cwd: root })
  unpacked = join(folder, 'out', 'linux-unpacked')
}, 180_000)
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('the packed app', () => {
  it('holds the built app, the window, the model and the packages, and nothing of the sources', () => {
    const files = listFiles()
    for (const file of ['main/index.js', 'main/preload.cjs', 'main/log/worker.js', 'models/process.js', 'shared/decision/decide.js', 'shared/packs/library/mail.jsonl', 'out/renderer/index.html', 'models/manifest.json', 'models/weights/all-MiniLM-L6-v2/onnx/model_quantized.onnx', 'node_modules/yjs/package.json']) {
      expect(files).toContain(file)
    }
    expect(files.filter((file) => !/^(main|models|shared|out\/renderer|out|node_modules|package\.json)(\/|$)/u.test(file))).toEqual([])
    expect(files.filter((file) => /^(main|shared|models)\/.*\.(ts|mjs)$/u.test(file) || /^(tests|models\/training)/u.test(file))).toEqual([])
  })

  it('holds one ONNX runtime: this system’s', () => {
    const runtimes = listFiles().filter((file) => file.endsWith('/onnxruntime_binding.node'))
    expect(runtimes).toEqual(['node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node'])
  })

  it('has its fuses set in the program itself', async () => {
    const wire = await getCurrentFuseWire(join(unpacked, 'values-steward'))
    const states = [FuseV1Options.RunAsNode, FuseV1Options.EnableCookieEncryption, FuseV1Options.EnableNodeOptionsEnvironmentVariable, FuseV1Options.EnableNodeCliInspectArguments, FuseV1Options.EnableEmbeddedAsarIntegrityValidation, FuseV1Options.OnlyLoadAppFromAsar, FuseV1Options.GrantFileProtocolExtraPrivileges].map((fuse) => wire[fuse])
    const [off, on] = [FuseState.DISABLE, FuseState.ENABLE]
    expect(states).toEqual([off, on, off, off, on, on, off])
  })

  it('starts in a home that is not there yet, shows its page, asks its model, and ends in good order', async () => {
    expect(await layOut().then(runApp)).toEqual(whole)
  })
})

describe('the app that npm start gives to Electron', () => {
  it('does the same, and says where it begins', async () => {
    const app = join(root, 'out', 'app')
    expect(JSON.parse(await readFile(join(app, 'package.json'), 'utf8'))).toMatchObject({ type: 'module', main: 'main/index.js' })
    expect(await runApp(app)).toEqual(whole)
  })
})

const whole = { page: 200, script: 200, connected: true, preview: 'all-MiniLM-L6-v2 + SmolLM2-135M-values', storage: 'writable', model: 'ready', isHome: true }

/** What tests/support/packed.ts saw, in a home that nobody has made. */
async function runApp(app: string): Promise<typeof whole> {
  const home = join(await mkdtemp(join(folder, 'home-')), 'new')
  const { stdout } = await runFile(process.execPath, [join(root, 'tests', 'support', 'packed.ts'), app, '--home', home], { cwd: folder })
  const { page, script, connected, preview, status, userData } = JSON.parse(stdout) as Seen
  return { page, script, connected, preview: preview.value?.evidence.model.name ?? '', storage: status.value.storage.kind, model: status.value.model.kind, isHome: userData === home }
}

interface Seen {
  readonly page: number
  readonly script: number
  readonly connected: boolean
  readonly preview: { readonly value?: Preview }
  readonly status: { readonly value: Status }
  readonly userData: string
}

/**
 * The archive as a folder, for a Node that cannot look into one. Of what was packed outside, Electron shows scripts and
 * libraries inside too; the model's files are left outside alone, since ONNX Runtime would not see them inside.
 */
async function layOut(): Promise<string> {
  const resources = join(unpacked, 'resources')
  const app = join(folder, 'laid', 'app.asar')
  archive.extractAll(join(resources, 'app.asar'), app)
  await rm(join(app, 'models', 'weights'), { recursive: true })
  await rm(join(app, 'models', 'manifest.json'))
  await rename(join(resources, 'app.asar.unpacked'), `${app}.unpacked`)
  return app
}

function listFiles(): readonly string[] {
  return archive.listPackage(join(unpacked, 'resources', 'app.asar'), { isPack: false }).map((file) => file.replaceAll('\\', '/').replace(/^\//u, ''))
}

/** A folder that looks like Electron's own to electron-builder; its program is the fuse wire as Electron 45 delivers it. */
async function makeStandIn(path: string): Promise<void> {
  await mkdir(join(path, 'resources'), { recursive: true })
  const { version } = createRequire(import.meta.url)('electron/package.json') as { version: string }
  const delivered = '101100011'
  await writeFile(join(path, 'version'), version)
  await writeFile(join(path, 'electron'), Buffer.concat([Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, delivered.length]), Buffer.from(delivered)]))
  await chmod(join(path, 'electron'), 0o755)
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'chrome_crashpad_handler']) await writeFile(join(path, name), '')
}
