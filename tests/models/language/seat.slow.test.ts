/** The suite of hidden instructions: all of it on the tiny model; every third case on SmolLM2-135M-Instruct where STEWARD_SMOLLM2 names its folder, said loudly where not. */
import { expect, it, vi } from 'vitest'
import { smollm2Folder, tinyFolder } from '../../support/language.ts'
import { injections } from './injection.ts'
import { injectionSuite } from './seat.ts'

const folder = smollm2Folder()
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })
injectionSuite('the tiny model', tinyFolder)
if (folder !== null) injectionSuite('SmolLM2-135M-Instruct', folder, injections.filter((_, at) => at % 3 === 0))

it('has cases enough, whether or not the model is here', () => {
  expect(injections.filter((_, at) => at % 3 === 0).length).toBeGreaterThan(20)
})
