import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createModelShelf, type ModelShelf } from '../../../main/models/shelf.ts'
import { readInstalled } from '../../../models/installed.ts'
import { builtIn } from '../../../models/manifest.ts'
import { ok, type Result } from '../../../shared/result.ts'
import type { CatalogueEntry } from '../../../models/catalogue.ts'
import { mountDisk } from '../../support/disk.ts'
import { entryOf, modelFiles, onnxBytes, sha256, startSource, type TestSource } from '../../support/source.ts'

let home: string
let source: TestSource
let shelf: ModelShelf
const files = modelFiles()
const own = join(import.meta.dirname, '../../../models')
const at = (...path: readonly string[]) => join(home, 'models', ...path)

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'shelf-'))
  source = await startSource(files)
  shelf = open([entryOf(files)])
})
afterEach(async () => {
  await shelf.close()
  await source.close()
  await rm(home, { recursive: true, force: true })
})

function open(entries: readonly CatalogueEntry[], base: Result<URL> = ok(new URL(source.base))): ModelShelf {
  return createModelShelf({ home, own, readCatalogue: async () => ok(entries), base, web: { environment: {}, patience: 2_000 }, now: () => Date.now(), pause: 1 })
}

async function install(name = 'Tiny', accepted = false) {
  const begun = await shelf.install(name, accepted)
  return begun.ok ? await shelf.finished() : begun
}

async function importFrom(folder: string, accepted = false) {
  const begun = await shelf.importFrom(folder, accepted)
  return begun.ok ? await shelf.finished() : begun
}

async function listed() {
  const list = await shelf.list()
  if (!list.ok) throw new Error(list.error.message)
  return list.value
}

/** A folder beside the home with these files. */
async function folderOf(given: Readonly<Record<string, Buffer | string>>, name = 'Tiny'): Promise<string> {
  const folder = join(home, 'stick', name)
  for (const [path, bytes] of Object.entries(given)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  return folder
}

describe('installing from the source', () => {
  it('brings every file, in the Hugging Face layout, with a record that says where from, which licence and which hashes', async () => {
    const heard: number[] = []
    shelf.onChange(() => void shelf.list().then((list) => list.ok && heard.push(list.value.job?.done ?? -1)))
    const record = await install()
    expect(record).toMatchObject({ ok: true, value: { name: 'Tiny', licence: { name: 'Apache-2.0', acceptedAt: null }, dtype: 'q4', attention: 'plain', context: 2048 } })
    expect(await readInstalled(at('Tiny'))).toMatchObject({ ok: true, value: { name: 'Tiny', folder: at('Tiny'), hashes: Object.values(files).map(sha256) } })
    for (const [path, bytes] of Object.entries(files)) expect((await readFile(at('Tiny', path))).equals(bytes)).toBe(true)
    expect(existsSync(at('.partial', 'Tiny'))).toBe(false)
    const list = await listed()
    expect(list.models.map(({ name, state, origin }) => [name, state, origin])).toEqual([[builtIn, 'installed', 'built-in'], ['Tiny', 'installed', 'catalogue']])
    expect(list.models[0]).toMatchObject({ languages: ['en'], licence: { name: 'Apache-2.0' } })
    expect(list.models[0]?.bytes).toBeGreaterThan(1_000_000)
    expect(list.job).toMatchObject({ name: 'Tiny', state: 'done' })
    expect(heard.length).toBeGreaterThan(1)
  })

  it('is not done twice, and never two at a time', async () => {
    source.pace = 200_000
    expect(await shelf.install('Tiny', false)).toMatchObject({ ok: true })
    expect(await shelf.install('Tiny', false)).toMatchObject({ ok: false, error: { kind: 'conflict', message: 'Tiny is being installed' } })
    const other = open([entryOf(files)])
    await vi.waitFor(() => expect(existsSync(at('.partial', 'writer.lock'))).toBe(true))
    expect(await other.install('Tiny', false).then(() => other.finished())).toMatchObject({ ok: false, error: { kind: 'conflict', message: expect.stringContaining('another Values Steward') as string } })
    await other.close()
    source.pace = null
    expect(await shelf.finished()).toMatchObject({ ok: true })
    expect(await install()).toMatchObject({ ok: false, error: { kind: 'conflict', message: 'Tiny is installed already' } })
  })

  it('stops when the person says so, keeps what is here, and goes on from there', async () => {
    source.pace = 300_000
    await shelf.install('Tiny', false)
    await vi.waitFor(async () => expect((await listed()).job?.done).toBeGreaterThan(60_000), { timeout: 5_000 })
    expect(shelf.stop()).toMatchObject({ ok: true })
    expect(await shelf.finished()).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    const list = await listed()
    expect(list.job?.state).toBe('stopped')
    expect(list.models.find(({ name }) => name === 'Tiny')).toMatchObject({ state: 'partial' })
    expect(list.models.find(({ name }) => name === 'Tiny')?.here).toBeGreaterThan(60_000)
    source.pace = null
    const sent = source.sent
    expect(await install()).toMatchObject({ ok: true })
    expect(source.sent).toBeLessThan(sent + Object.values(files).reduce((sum, { length }) => sum + length, 0) - 50_000)
  })

  it('asks for the terms before the first byte, and notes when they were accepted', async () => {
    shelf = open([entryOf(files, { terms: true })])
    expect(await install()).toMatchObject({ ok: false, error: { kind: 'denied', message: 'Tiny may only be used under its terms (Terms of Nobody, https://example.org/terms)' } })
    expect(source.asked).toEqual([])
    expect(existsSync(at())).toBe(false)
    const before = Date.now()
    expect(await install('Tiny', true)).toMatchObject({ ok: true })
    const accepted = (await listed()).models[1]?.licence.acceptedAt
    expect(accepted).toBeGreaterThanOrEqual(before)
  })

  it('pins what nobody knew beforehand: the second time it must be the same', async () => {
    shelf = open([entryOf(files, { unknown: ['config.json', 'onnx/model_q4.onnx'] })])
    expect((await listed()).models[1]?.unknownHashes).toBe(2)
    expect(await install()).toMatchObject({ ok: true })
    expect(await shelf.remove('Tiny', builtIn)).toMatchObject({ ok: true })
    const changed = Buffer.from(files['onnx/model_q4.onnx'] ?? '')
    changed[100_000] = (changed[100_000] ?? 0) ^ 1
    source.files = { ...files, 'onnx/model_q4.onnx': changed }
    expect(await install()).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining('SHA-256 differs') as string } })
    source.files = files
    expect(await install()).toMatchObject({ ok: true })
  })

  it('pins nothing where the source may change', async () => {
    shelf = open([entryOf(files, { unknown: Object.keys(files), fixed: false })])
    expect(await install()).toMatchObject({ ok: true })
    expect(await readFile(at('pinned.json'), 'utf8').then(JSON.parse)).toEqual({})
  })

  it('leaves out an optional file that the source lacks', async () => {
    shelf = open([entryOf(files, { optional: ['chat_template.jinja'] })])
    expect(await install()).toMatchObject({ ok: true, value: { files: Object.keys(files).map((path) => ({ path })) } })
  })

  it('refuses weights that are no model where no hash says so', async () => {
    const odd = { ...files, 'onnx/model_q4.onnx': Buffer.from('<html>Sorry</html>'.repeat(1_000)) }
    source.files = odd
    shelf = open([entryOf(odd, { unknown: Object.keys(odd) })])
    expect(await install()).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining('is no ONNX model') as string } })
    expect((await listed()).models.some(({ name, state }) => name === 'Tiny' && state === 'installed')).toBe(false)
  })

  it('refuses a changed byte, keeps the other files, and is whole at the next attempt', async () => {
    const changed = Buffer.from(files['onnx/model_q4.onnx'] ?? '')
    changed[123_456] = (changed[123_456] ?? 0) ^ 128
    source.files = { ...files, 'onnx/model_q4.onnx': changed }
    expect(await install()).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    source.files = files
    source.asked.length = 0
    expect(await install()).toMatchObject({ ok: true })
    expect(source.asked.every((line) => line.startsWith('onnx/model_q4.onnx'))).toBe(true)
  })

  it('says so where nothing of that name can be had', async () => {
    expect(await install('No such')).toMatchObject({ ok: false, error: { kind: 'not-found', message: 'the catalogue has no model "No such"' } })
  })
})

describe('a disk without room', () => {
  it('is seen before the first byte is asked for', async () => {
    await mkdir(at(), { recursive: true })
    const disk = mountDisk(at(), 16_384)
    try {
      if (!disk.isMounted) throw new Error('this test mounts a small disk, and may not here')
      expect(await install()).toMatchObject({ ok: false, error: { kind: 'storage', message: expect.stringMatching(/there is not enough room on the disk: \d+ MB are needed, \d+ MB are free/u) as string } })
      expect(source.asked).toEqual([])
    } finally {
      disk.end()
    }
  })

  it('takes in nothing from a folder, with nothing of it kept', async () => {
    const folder = await folderOf({ ...modelFiles(12_000_000) }, 'Large')
    await mkdir(at(), { recursive: true })
    const disk = mountDisk(at(), 16_384)
    try {
      if (!disk.isMounted) throw new Error('this test mounts a small disk, and may not here')
      expect(await importFrom(folder)).toMatchObject({ ok: false, error: { kind: 'storage', message: expect.stringMatching(/there is not enough room on the disk/u) as string } })
      expect((await listed()).models.map(({ name }) => name)).not.toContain('Large')
      expect(existsSync(at('.partial', '.copy-Large'))).toBe(false)
    } finally {
      disk.end()
    }
  })

  it('that fills meanwhile ends it with what was fetched kept, and it goes on when there is room again', async () => {
    const large = modelFiles(12_000_000)
    source.files = large
    shelf = open([entryOf(large)])
    await mkdir(at(), { recursive: true })
    const disk = mountDisk(at(), 54_000)
    try {
      let isFilled = false
      source.mischief = async () => {
        if (source.sent > 2_000_000 && !isFilled) {
          isFilled = true
          await writeFile(at('filler'), Buffer.alloc(18_000_000))
        }
        return false
      }
      expect(await install()).toMatchObject({ ok: false, error: { kind: 'storage', remedy: expect.stringContaining('what was fetched is kept') as string } })
      const sent = source.sent
      await rm(at('filler'))
      expect(await install()).toMatchObject({ ok: true })
      expect(source.sent - sent).toBeLessThan(11_000_000)
    } finally {
      disk.end()
    }
  })
})

describe('importing from a folder or a stick', () => {
  it('copies a model of the catalogue, checked against it, and asks nobody', async () => {
    const folder = await folderOf({ ...files, 'notes.txt': 'not ours' })
    expect(await importFrom(folder)).toMatchObject({ ok: true, value: { name: 'Tiny', source: { repository: 'people/tiny-ONNX' } } })
    expect(await readInstalled(at('Tiny'))).toMatchObject({ ok: true })
    expect(existsSync(at('Tiny', 'notes.txt'))).toBe(false)
    expect(source.asked).toEqual([])
  })

  it('takes away what is left of a copy that was cut off by force', async () => {
    await mkdir(at('.partial', '.copy-Large'), { recursive: true })
    await writeFile(at('.partial', '.copy-Large', 'weights'), Buffer.alloc(1_000))
    expect(await importFrom(await folderOf(files))).toMatchObject({ ok: true })
    expect(existsSync(at('.partial', '.copy-Large'))).toBe(false)
  })

  it('takes what another home installed, by its record', async () => {
    await install()
    await cp(at('Tiny'), join(home, 'stick', 'Tiny'), { recursive: true })
    expect(await shelf.remove('Tiny', builtIn)).toMatchObject({ ok: true })
    expect(await importFrom(join(home, 'stick', 'Tiny'))).toMatchObject({ ok: true, value: { name: 'Tiny' } })
    expect(await readInstalled(at('Tiny'))).toMatchObject({ ok: true })
  })

  it('takes another build of a model as the person’s own', async () => {
    const folder = await folderOf({ ...files, 'onnx/model_q4.onnx': onnxBytes(50_000, { 'model_q4.onnx_data': 9_000 }), 'onnx/model_q4.onnx_data': Buffer.alloc(9_000), 'generation_config.json': '{}' }, 'My-own.1')
    expect(await importFrom(`${folder}/`)).toMatchObject({ ok: true, value: { name: 'My-own.1', source: null, licence: { name: 'not known' }, dtype: 'q4', attention: 'plain', context: 2048 } })
    expect((await listed()).models.find(({ name }) => name === 'My-own.1')).toMatchObject({ origin: 'folder', state: 'installed', from: null })
    expect(existsSync(at('My-own.1', 'onnx', 'model_q4.onnx_data'))).toBe(true)
  })

  it('sees a model whose layers are of several kinds', async () => {
    const folder = await folderOf({ ...files, 'config.json': '{"model_type":"lfm2","layer_types":["conv","full_attention"]}' }, 'Liquid')
    expect(await importFrom(folder)).toMatchObject({ ok: true, value: { attention: 'hybrid' } })
  })

  it.each<readonly [string, Readonly<Record<string, Buffer | string>>, RegExp]>([
    ['a folder with something else', { 'holiday.txt': 'sun' }, /it has no config\.json of a model/u],
    ['a model whose record is cut off', { ...files, 'steward-model.json': '{"version":1,' }, /the record in ".*Foreign", steward-model\.json, is damaged/u],
    ['a model without its tokenizer', { 'config.json': files['config.json'] ?? '' }, /tokenizer\.json is missing/u],
    ['a model without weights', { ...files, 'onnx/model_q4.onnx': '' }, /is no ONNX model, or is cut off/u],
    ['weights that are something else', { ...files, 'onnx/model_q4.onnx': Buffer.alloc(200_000, 7) }, /is no ONNX model, or is cut off/u],
    ['weights that are cut off', { ...files, 'onnx/model_q4.onnx': (files['onnx/model_q4.onnx'] ?? Buffer.alloc(0)).subarray(0, 200_000) }, /is no ONNX model, or is cut off/u],
    ['weights beside it that are cut off', { ...files, 'onnx/model_q4.onnx': onnxBytes(10, { 'model_q4.onnx_data': 9_000 }), 'onnx/model_q4.onnx_data': Buffer.alloc(8_999) }, /is cut off: 8999 of 9000 bytes are there/u],
    ['weights beside it that are missing', { ...files, 'onnx/model_q4.onnx': onnxBytes(10, { 'model_q4.onnx_data': 9_000 }) }, /onnx\/model_q4\.onnx_data with the weights is missing/u],
    ['weights that reach elsewhere', { ...files, 'onnx/model_q4.onnx': onnxBytes(10, { '../../../../etc/passwd': 10 }) }, /reaches for weights outside of its folder/u]
  ])('refuses %s, with nothing of it kept', async (_, given, message) => {
    expect(await importFrom(await folderOf(given, 'Foreign'))).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringMatching(message) as string } })
    expect((await listed()).models.map(({ name }) => name)).not.toContain('Foreign')
    expect(existsSync(at('.partial', '.copy-Foreign'))).toBe(false)
  })

  it('refuses a model of the catalogue with a changed byte, by folder and by record', async () => {
    const changed = Buffer.from(files['onnx/model_q4.onnx'] ?? '')
    changed[200_000] = (changed[200_000] ?? 0) ^ 1
    expect(await importFrom(await folderOf({ ...files, 'onnx/model_q4.onnx': changed }))).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining('is not the one that Tiny has: its SHA-256 differs') as string } })
    await rm(join(home, 'stick'), { recursive: true })
    await install()
    await cp(at('Tiny'), join(home, 'stick', 'Tiny'), { recursive: true })
    await shelf.remove('Tiny', builtIn)
    await writeFile(join(home, 'stick', 'Tiny', 'onnx', 'model_q4.onnx'), changed)
    expect(await importFrom(join(home, 'stick', 'Tiny'))).toMatchObject({ ok: false, error: { kind: 'bad-input', message: expect.stringContaining('SHA-256 differs') as string } })
    expect((await listed()).models.some(({ state, name }) => name === 'Tiny' && state === 'installed')).toBe(false)
  })

  it('asks for the terms of the catalogue here too', async () => {
    shelf = open([entryOf(files, { terms: true })])
    const folder = await folderOf(files)
    expect(await importFrom(folder)).toMatchObject({ ok: false, error: { kind: 'denied' } })
    expect(await importFrom(folder, true)).toMatchObject({ ok: true })
  })

  it('says where there is no such folder', async () => {
    expect(await importFrom(join(home, 'nowhere'))).toMatchObject({ ok: false, error: { kind: 'not-found' } })
    await writeFile(join(home, 'file'), '')
    expect(await importFrom(join(home, 'file'))).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
  })
})

describe('choosing and removing', () => {
  it('keeps the choice on this device, and gives what starts the model', async () => {
    await install()
    expect(await shelf.choose('Tiny')).toEqual({ ok: true, value: { name: 'Tiny', folder: at('Tiny') } })
    expect(await open([]).choice()).toEqual({ choice: { name: 'Tiny', folder: at('Tiny') }, notice: null })
    expect(await shelf.choose(builtIn)).toEqual({ ok: true, value: {} })
    expect(await shelf.choice()).toEqual({ choice: {}, notice: null })
    expect(await shelf.choose('Nobody')).toMatchObject({ ok: false, error: { kind: 'not-found' } })
  })

  it('falls back to the built-in one, with a sentence, where the chosen one has gone', async () => {
    await install()
    await shelf.choose('Tiny')
    await rm(at('Tiny'), { recursive: true })
    expect(await shelf.choice()).toMatchObject({ choice: {}, notice: { kind: 'model', message: expect.stringContaining('the built-in model answers instead') as string } })
    expect((await listed()).chosen).toBe(builtIn)
  })

  it('shows one whose record is damaged as broken, and does not choose it', async () => {
    await install()
    await writeFile(at('Tiny', 'steward-model.json'), '{}')
    expect((await listed()).models.find(({ name }) => name === 'Tiny')).toMatchObject({ state: 'broken', problem: { kind: 'model' } })
    expect(await shelf.choose('Tiny')).toMatchObject({ ok: false, error: { kind: 'model' } })
    expect(await shelf.remove('Tiny', builtIn)).toMatchObject({ ok: true })
    expect(await install()).toMatchObject({ ok: true })
  })

  it('never removes the one that predicts, nor the built-in one', async () => {
    await install()
    await shelf.choose('Tiny')
    expect(await shelf.remove('Tiny', builtIn)).toMatchObject({ ok: false, error: { kind: 'conflict' } })
    expect(await shelf.remove(builtIn, 'Tiny')).toMatchObject({ ok: false, error: { kind: 'denied' } })
    await shelf.choose(builtIn)
    expect(await shelf.remove('Tiny', 'Tiny')).toMatchObject({ ok: false, error: { kind: 'conflict' } })
    expect(await shelf.remove('Tiny', builtIn)).toMatchObject({ ok: true })
    expect(existsSync(at('Tiny'))).toBe(false)
    expect(await shelf.remove('Tiny', builtIn)).toMatchObject({ ok: false, error: { kind: 'not-found' } })
    for (const name of ['..', '.', '', '../..', '.partial']) expect(await shelf.remove(name, builtIn)).toMatchObject({ ok: false, error: { kind: 'not-found' } })
    expect(existsSync(home)).toBe(true)
  })

  it('throws away what is here of a download that did not end', async () => {
    source.pace = 300_000
    await shelf.install('Tiny', false)
    await vi.waitFor(async () => expect((await listed()).job?.done).toBeGreaterThan(60_000), { timeout: 5_000 })
    expect(await shelf.remove('Tiny', builtIn)).toMatchObject({ ok: false, error: { kind: 'conflict' } })
    shelf.stop()
    await shelf.finished()
    expect(await shelf.remove('Tiny', builtIn)).toMatchObject({ ok: true })
    expect((await listed()).models.find(({ name }) => name === 'Tiny')?.state).toBe('absent')
  })
})

describe('the network', () => {
  it('is not touched by anything but a download that was asked for: no socket is opened', async () => {
    const connect = vi.spyOn(net.Socket.prototype, 'connect')
    try {
      await shelf.list()
      await shelf.choose(builtIn)
      await shelf.choice()
      await shelf.remove('Tiny', builtIn)
      await importFrom(await folderOf(files))
      await shelf.list()
      expect(connect).not.toHaveBeenCalled()
      await shelf.remove('Tiny', builtIn)
      await install()
      expect(connect).toHaveBeenCalled()
    } finally {
      connect.mockRestore()
    }
  })

  it('is not touched where the address of the source is none', async () => {
    shelf = open([entryOf(files)], { ok: false, error: { kind: 'bad-input', message: 'no address', remedy: 'give one' } })
    expect(await install()).toMatchObject({ ok: false, error: { message: 'no address' } })
    expect(await shelf.list()).toMatchObject({ ok: false, error: { message: 'no address' } })
  })
})
