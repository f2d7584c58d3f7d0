/** Near duplicates as the real model sees them: each of two must be the other’s nearest. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startModel, type RunningModel } from '../../models/model.ts'
import { mutualPairs, nearCards, strangers, wordsOfCard } from '../../shared/articulation/duplicates.ts'
import { addCard } from '../../shared/commands/card.ts'
import { createDocument, readGraph } from '../../shared/document.ts'
import type { CardId } from '../../shared/schema.ts'
import { createMaker, valueOf } from '../support/document.ts'

let model: RunningModel
beforeAll(() => {
  model = startModel()
})
afterAll(() => model.close())

/** The same said twice in other words; and cards that share a word or a subject and nothing else. */
const same = [
  [['Honest friend', ['MOMENTS when a friend tells me the truth nobody else dares to', 'WORDS that stay kind']], ['Frank friendship', ['TRUTHS that only someone close will say to my face', 'HONESTY without cruelty']]],
  [['Teaching patiently', ['LEARNERS who need one more explanation']], ['Patience with beginners', ['BEGINNERS who ask for the explanation again']]],
  [['Standing beside people', ['PEOPLE who are left alone with a mistake', 'MOMENTS when nobody is helping']], ['Having someone’s back', ['COLLEAGUES who get blamed and have nobody to defend them']]]
] as const
const different = [
  ['Night watch', ['NIGHTS spent beside a sick child']], ['Stargazing', ['NIGHTS clear enough for the telescope']], ['Bank of trust', ['MONEY lent to a friend without a paper']], ['River bank', ['FRIENDS fishing at the bank, lines in the water']],
  ['Craft', ['JOINTS that fit without glue', 'TOOLS kept sharp']], ['Repair', ['SHOES that can be mended']], ['Beauty', ['LIGHT on the river that makes me stop']], ['Curiosity', ['QUESTIONS nobody has answered yet']]
] as const

it('two cards that say the same in other words are suggested, cards that share a word or a subject are not', async () => {
  const doc = createDocument(1)
  const maker = createMaker('n')
  for (const [title, policies] of [...same.flat(), ...different]) valueOf(addCard(doc, { title, policies }, maker))
  const { cards } = readGraph(doc)
  const all = Object.values(cards)
  const nearest = new Map<string, string | undefined>()
  for (const card of all) {
    const others = all.filter(({ id }) => id !== card.id)
    nearest.set(card.id, others[valueOf(await model.rank(wordsOfCard(card), [...others.map(wordsOfCard), ...strangers]))[0] ?? -1]?.id)
  }
  const found = mutualPairs(nearest).map(({ left, right }) => [left, right].map((id) => cards[id as CardId]?.title ?? '').toSorted((a, b) => (a < b ? -1 : 1)).join(' | '))
  expect(found.toSorted()).toEqual(same.map((pair) => pair.map(([title]) => title).toSorted((a, b) => (a < b ? -1 : 1)).join(' | ')).toSorted())
  /* By their words alone, none of them is. */
  expect(nearCards({ cards })).toEqual([])
})
