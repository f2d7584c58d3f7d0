/** An answer at a terminal. */
import { expect, it } from 'vitest'
import { reportPreview } from '../../../main/commands/report.ts'
import { given } from '../../support/given.ts'

it('shows how likely the options are in whole percents that sum to 100', () => {
  const world = given('A: .9 0 0')
  const decision = { ...world.decide(), probabilities: [0.335, 0.335, 0.33] }
  const shares = [...reportPreview({ decision, graph: world.graph, scenario: world.scenario, change: null }).matchAll(/^ +(\d+) % /gmu)].map(([, share]) => Number(share))
  expect(shares).toEqual([34, 33, 33])
})
