/**
 * A local language model in the model's process, held to the same contract as the built-in one, and to that of its words: the tiny
 * one always, SmolLM2-135M-Instruct where STEWARD_SMOLLM2 names its folder.
 */
import { cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { ownFolder } from '../../models/installed.ts'
import { startModel, type RunningModel } from '../../models/model.ts'
import { install, smollm2Folder, tinyFolder } from '../support/language.ts'
import { modelContract } from './model.ts'
import { writerContract } from './writer.ts'

let home = ''
const opened: RunningModel[] = []
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'steward-language-'))
})
afterAll(async () => {
  await Promise.all(opened.map((model) => model.close()))
  await rm(home, { recursive: true, force: true })
})

const smollm2 = smollm2Folder()
/* A process that starts, and weights that read a text of 20,000 characters, on a slow machine. */
vi.setConfig({ testTimeout: smollm2 === null ? 180_000 : 600_000 })
for (const [name, from] of [['tiny-llama', tinyFolder], ...(smollm2 === null ? [] : [['SmolLM2-135M-Instruct', smollm2]])] as const) {
  let model: RunningModel | null = null
  const open = async (): Promise<RunningModel> => {
    if (model === null) opened.push((model = startModel(await install(from, home, name))))
    return model
  }
  writerContract(`the words of ${name}`, open)
  modelContract(`${name} in the reader’s seat`, open)
}

it('[W7] the built-in model says that it writes no words', async () => {
  const model = startModel()
  opened.push(model)
  expect(await model.write({ kind: 'paraphrase', text: 'A friend asks for money.' })).toMatchObject({ ok: false, error: { kind: 'model' } })
  expect(model.state).not.toHaveProperty('writes')
})

it('[W7] a language model with a damaged file says so for every call', async () => {
  const { folder } = await install(tinyFolder, home, 'damaged')
  await rm(join(folder, 'onnx', 'model.onnx'))
  const model = startModel({ name: 'damaged', folder })
  opened.push(model)
  expect(await model.write({ kind: 'paraphrase', text: 'A friend asks for money.' })).toMatchObject({ ok: false, error: { kind: 'model', message: expect.stringContaining('model.onnx') as string } })
})

it.each<[string, (folder: string) => Promise<unknown>]>([
  ['another kind of model', (folder) => cp(join(ownFolder, 'weights', 'all-MiniLM-L6-v2', 'onnx', 'model_quantized.onnx'), join(folder, 'onnx', 'model.onnx'))],
  ['something else', (folder) => writeFile(join(folder, 'onnx', 'model.onnx'), 'holiday '.repeat(1_000))],
  ['half of a model', (folder) => truncate(join(folder, 'onnx', 'model.onnx'), 100_000)],
  ['a model whose tokenizer is none', (folder) => writeFile(join(folder, 'tokenizer.json'), '{}')],
  ['a model of a kind that nobody knows', (folder) => writeFile(join(folder, 'config.json'), '{"model_type":"abacus"}')]
])('%s that was taken in as it is cannot be loaded, and says so', async (what, harm) => {
  const name = what.replaceAll(' ', '-')
  await cp(tinyFolder, join(home, name), { recursive: true })
  await harm(join(home, name))
  const model = startModel(await install(join(home, name), home, name))
  opened.push(model)
  expect(await model.pairs([{ value: 'Never lie', option: 'Say that you love it.' }])).toMatchObject({
    ok: false, error: { kind: 'model', message: expect.stringMatching(new RegExp(`^the model ${name} cannot be loaded \\(.+\\)$`, 'u')) as string, remedy: 'remove it and install it again, or choose another one' }
  })
  expect(model.state.kind).toBe('unavailable')
})

it('a language model that there is too little memory for is not loaded, and says how much it needs', async () => {
  const { folder } = await install(tinyFolder, home, 'huge')
  /* A file with a hole: as large as it says, and empty on the disk. */
  await writeFile(join(folder, 'onnx', 'model.onnx_data'), '')
  await truncate(join(folder, 'onnx', 'model.onnx_data'), 4e12)
  const model = startModel({ name: 'huge', folder })
  opened.push(model)
  expect(await model.write({ kind: 'paraphrase', text: 'A friend asks for money.' })).toMatchObject({ ok: false, error: { kind: 'model', message: expect.stringMatching(/^there is too little memory for the model: it needs about \d+ MB, and \d+ MB are free$/u) as string } })
})

it('measures how fast it is beside the memory, tells how far it is, and can be stopped', async () => {
  const model = startModel(await install(tinyFolder, home, 'measured'))
  opened.push(model)
  const shares: number[] = []
  const found = await model.benchmark({ onProgress: (share) => shares.push(share) })
  expect(found).toMatchObject({ ok: true, value: { model: 'measured' } })
  if (!found.ok) return
  const { tokensPerSecond, memoryBandwidth, weightBytes, share, seconds } = found.value
  for (const figure of [tokensPerSecond.read, tokensPerSecond.write, memoryBandwidth, share, seconds]) expect(figure).toBeGreaterThan(0)
  expect(share).toBeCloseTo(tokensPerSecond.write / (memoryBandwidth / weightBytes), 10)
  expect(weightBytes).toBeGreaterThan(500_000)
  expect(new Set(shares).size).toBeGreaterThan(10)
  const controller = new AbortController()
  expect(await model.benchmark({ signal: controller.signal, onProgress: (part) => part > 0.1 && controller.abort() })).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
})
