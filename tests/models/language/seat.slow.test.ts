/** The suite of hidden instructions: all of it on the tiny model; every second case, which is forty-four, on SmolLM2-135M-Instruct where STEWARD_SMOLLM2 names its folder, said loudly where not. */
import { expect, it, vi } from 'vitest'
import { smollm2Folder, tinyFolder } from '../../support/language.ts'
import { injections } from './injection.ts'
import { injectionSuite } from './seat.ts'

const folder = smollm2Folder()
const some = injections.filter((_, at) => at % 2 === 0)
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })
injectionSuite('the tiny model', tinyFolder)
if (folder !== null) injectionSuite('SmolLM2-135M-Instruct', folder, some)

it('has cases enough, whether or not the model is here', () => {
  expect(some.length).toBeGreaterThanOrEqual(40)
  for (const place of ['option', 'line', 'situation']) expect(some.filter((each) => each.place === place).length).toBeGreaterThanOrEqual(12)
})
