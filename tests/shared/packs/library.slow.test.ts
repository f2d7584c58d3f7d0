/** The situations that come with the app, with the real model and no values: what the words of the options alone suggest. */
import { afterAll, expect, it } from 'vitest'
import { readLibrary } from '../../../main/packs.ts'
import { calibration, startModel } from '../../../models/model.ts'
import { judgedOptions, type LibraryScenario } from '../../../shared/packs/pack.ts'
import { plainRequests, plainScores, tookFrom } from '../../../shared/trials/arms.ts'
import { valueOf } from '../../support/document.ts'

const model = startModel()
afterAll(() => model.close())

it('without cards no place is favoured, and few situations have an option that the model would choose by itself', async () => {
  /* Every third, of every pack: enough to see a place that is favoured, at a third of what it takes to read them all. */
  const scenarios = (await readLibrary(null)).scenarios.filter((_, at) => at % 3 === 0)
  const chosen = await Promise.all(scenarios.map(async (scenario: LibraryScenario) => {
    const asked = { situation: scenario.situation, options: [...judgedOptions(scenario)] }
    const took = tookFrom(plainScores(valueOf(await model.pairs(plainRequests(asked)))), calibration)
    const at = took.probabilities.indexOf(Math.max(...took.probabilities))
    return { at, count: asked.options.length, longest: asked.options.map((option) => option.length).indexOf(Math.max(...asked.options.map((option) => option.length))) }
  }))
  const expected = chosen.reduce((sum, { count }) => sum + 1 / count, 0)
  const deviation = Math.sqrt(chosen.reduce((sum, { count }) => sum + (1 / count) * (1 - 1 / count), 0))
  const first = chosen.filter(({ at }) => at === 0).length
  const last = chosen.filter(({ at, count }) => at === count - 1).length
  const longest = chosen.filter(({ at, longest: place }) => at === place).length
  process.stderr.write(`no values: first ${first}, last ${last}, longest ${longest} of ${chosen.length}; chance ${expected.toFixed(1)} ± ${deviation.toFixed(1)}\n`)
  for (const count of [first, last]) expect(Math.abs(count - expected)).toBeLessThan(2.6 * deviation)
  /* Length by itself gives nothing away that values should decide. */
  expect(longest).toBeLessThan(expected + 3 * deviation)
}, 600_000)
