/**
 * A local language model in the model's process, held to the same contract as the built-in one, and to that of its words: the tiny
 * one always, SmolLM2-135M-Instruct where STEWARD_SMOLLM2 names its folder.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
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
