import { rm } from 'node:fs/promises'
import { afterAll } from 'vitest'
import { startModel, type RunningModel } from '../../models/model.ts'
import { createReaderFolder, type ReaderFolder } from '../support/reader.ts'
import { modelContract } from './model.ts'

/* One process for all promises but the last, which closes it: [M1] then speaks of a model that has been asked much. */
let model: RunningModel | null = null
modelContract('the built-in model', async () => (model ??= startModel()))
afterAll(() => model?.close())

let tiny: ReaderFolder | null = null
let read: RunningModel | null = null
modelContract('the built-in model with a tiny reader', async () => (read ??= startModel({ folder: (tiny = await createReaderFolder()).folder })))
afterAll(async () => {
  await read?.close()
  if (tiny !== null) await rm(tiny.folder, { recursive: true, force: true })
})
