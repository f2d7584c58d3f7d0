import { afterAll } from 'vitest'
import { startModel, type RunningModel } from '../../models/model.ts'
import { modelContract } from './model.ts'

/* One process for all promises but the last, which closes it: [M1] then speaks of a model that has been asked much. */
let model: RunningModel | null = null
modelContract('the built-in model', async () => (model ??= startModel()))
afterAll(() => model?.close())
