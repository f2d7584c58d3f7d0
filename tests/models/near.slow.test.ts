/** Near duplicates as the real model sees them: each of two must be the other’s nearest, in two of three ways to look at them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startModel, type RunningModel } from '../../models/model.ts'
import { mutualPairs, nearCards, viewOfCard, views, viewsOfStrangers } from '../../shared/articulation/duplicates.ts'
import { addCard } from '../../shared/commands/card.ts'
import { createDocument, readGraph } from '../../shared/document/document.ts'
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
/** Harder ones: of these most are found, and no two that are not meant. */
const further = [
  [['Owning up', ['MISTAKES that I name before anybody asks', 'BROKEN things with my hand on them']], ['Taking the blame that is mine', ['ERRORS I report myself', 'DAMAGE that I caused']]],
  [['Fair shares', ['PORTIONS that everybody would choose from', 'TURNS that come to all']], ['Sharing evenly', ['SLICES cut by the one who picks last', 'CHORES that go round']]],
  [['Looking after my body', ['NIGHTS of eight hours', 'STAIRS instead of lifts']], ['Health', ['SLEEP before midnight', 'WALKS after lunch']]],
  [['Welcoming newcomers', ['STRANGERS who stand at the door', 'NAMES I have not learned yet']], ['Making room for new people', ['GUESTS whom nobody knows', 'CHAIRS that I pull up']]]
] as const
const apart = [['Politeness', ['DOORS held for the next one']], ['Winning', ['RACES that I can still turn']], ['Speed', ['MAILS answered within the hour']], ['Singing', ['SONGS that the whole room knows']]] as const
const different = [
  ['Night watch', ['NIGHTS spent beside a sick child']], ['Stargazing', ['NIGHTS clear enough for the telescope']], ['Bank of trust', ['MONEY lent to a friend without a paper']], ['River bank', ['FRIENDS fishing at the bank, lines in the water']],
  ['Craft', ['JOINTS that fit without glue', 'TOOLS kept sharp']], ['Repair', ['SHOES that can be mended']], ['Beauty', ['LIGHT on the river that makes me stop']], ['Curiosity', ['QUESTIONS nobody has answered yet']]
] as const

type Told = readonly [title: string, policies: readonly string[]]
const keyOf = (titles: readonly string[]): string => titles.toSorted((a, b) => (a < b ? -1 : 1)).join(' | ')

/** What is suggested of these cards, by the model alone. */
async function suggested(told: readonly Told[]): Promise<readonly string[]> {
  const doc = createDocument(1)
  const maker = createMaker('n')
  for (const [title, policies] of told) valueOf(addCard(doc, { title, policies }, maker))
  const { cards } = readGraph(doc)
  const all = Object.values(cards)
  const nearest = await Promise.all(views.map(async (view) => {
    const way = new Map<string, string | undefined>()
    for (const card of all) {
      const others = all.filter(({ id }) => id !== card.id)
      const ranked = valueOf(await model.rank(viewOfCard(card, view), [...others.map((other) => viewOfCard(other, view)), ...viewsOfStrangers(view)]))
      way.set(card.id, others[ranked[0] ?? -1]?.id)
    }
    return way
  }))
  /* By their words alone, none of them is. */
  expect(nearCards({ cards })).toEqual([])
  return mutualPairs(nearest).map(({ left, right }) => keyOf([left, right].map((id) => cards[id as CardId]?.title ?? ''))).toSorted()
}

it('two cards that say the same in other words are suggested, cards that share a word or a subject are not', async () => {
  expect(await suggested([...same.flat(), ...different])).toEqual(same.map((pair) => keyOf(pair.map(([title]) => title))).toSorted())
})

it('of pairs that share no word and hardly a subject most are suggested, and no two that are not meant', async () => {
  const found = await suggested([...further.flat(), ...apart])
  const meant = further.map((pair) => keyOf(pair.map(([title]) => title)))
  expect(found.filter((pair) => !meant.includes(pair))).toEqual([])
  expect(found.length).toBeGreaterThanOrEqual(3)
})
