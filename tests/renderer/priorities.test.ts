import { expect, it } from 'vitest'
import { circlesOf, prioritiesOf } from '../../renderer/priorities.ts'
import { given } from '../support/given.ts'

it('reads each priority as a sentence, and knows which of them run in a circle within one context', () => {
  const { graph } = given('A: +', 'B: +', 'C: +', 'B > A when rain', 'C > B when rain', 'A > C when rain', 'C > A when home')
  expect(prioritiesOf(graph).map(({ wiser, than, when, isInCircle }) => `${wiser} > ${than} ${when}${isInCircle ? ' (circle)' : ''}`).toSorted()).toEqual([
    'A > C when rain (circle)', 'B > A when rain (circle)', 'C > A when home', 'C > B when rain (circle)'
  ])
  expect(circlesOf(graph).map(({ cards }) => cards)).toEqual([['A', 'B', 'C']])
})

it('a pair that only differs by context is no circle', () => {
  const { graph } = given('A: +', 'B: +', 'B > A when rain', 'A > B when home')
  expect(circlesOf(graph)).toEqual([])
})
