/**
 * Cards, and kinds of situation, that say much the same: suggested, never merged by themselves.
 *
 * By the words that two have in common, rare words counting more; and by the model, where each of two cards is the other's
 * nearest, before all other cards and those of strangers, in two of three ways to look at them (all of it, its name, its lines):
 * one way alone sees likenesses that are none. Pure, and the same whatever the order of the records.
 */
import { indexContexts, valuesOf } from '../graph.ts'
import type { Card, ContextId, Graph } from '../schema.ts'

export interface Pair {
  readonly left: string
  readonly right: string
  /** Share of their words that they have in common, in [0, 1]; 0 where the model tells it. */
  readonly overlap: number
  readonly isByModel: boolean
}

const clearFrom = 0.5
const mostPairs = 50

/** What a card says, as one text: its name and its lines. */
export function wordsOfCard(card: Card): string {
  return [card.title, ...card.policies.map(({ text }) => text)].join('. ')
}

/** Pairs of cards, the nearest first; retired ones are none, and those of `apart` (`smaller|larger` id) are two to the person. */
export function nearCards(graph: Pick<Graph, 'cards'>, apart: readonly string[] = []): readonly Pair[] {
  return nearPairs(valuesOf(graph.cards).filter(({ status, policies }) => status !== 'retired' && policies.length > 0).map((card) => [card.id, wordsOfCard(card)]), apart).slice(0, mostPairs)
}

/** Pairs of contexts that are not one yet, and of which neither is part of the other. */
export function nearContexts(graph: Pick<Graph, 'contexts'>, apart: readonly string[] = []): readonly Pair[] {
  const index = indexContexts(graph.contexts)
  const own = valuesOf(graph.contexts).filter(({ id, text }) => index.canonical(id) === id && text.trim() !== '')
  return nearPairs(own.map(({ id, text }) => [id, text]), apart).filter(({ left, right }) => !index.ancestors(left as ContextId).has(right as ContextId) && !index.ancestors(right as ContextId).has(left as ContextId)).slice(0, mostPairs)
}

/** Indices of `candidates` by how many of the words of `text` they have, rare ones counting more; of equal ones the shorter first. */
export function bearingOrder(text: string, candidates: readonly string[]): readonly number[] {
  const words = candidates.map(stemsOf)
  const holders = new Map<string, number>()
  for (const stems of words) for (const stem of stems) holders.set(stem, (holders.get(stem) ?? 0) + 1)
  const wanted = stemsOf(text)
  const scores = words.map((stems) => sum([...wanted].filter((stem) => stems.has(stem)).map((stem) => 1 / Math.log2(1 + (holders.get(stem) ?? 1)))))
  return candidates.map((_, index) => index).sort((left, right) => (scores[right] ?? 0) - (scores[left] ?? 0) || (candidates[left]?.length ?? 0) - (candidates[right]?.length ?? 0) || left - right)
}

/** A card, or one of a stranger's, as the model is asked about it. */
export type View = 'whole' | 'name' | 'lines'
export const views: readonly View[] = ['whole', 'name', 'lines']

/** What a card says, looked at in that way; '' where there is nothing of it. */
export function viewOfCard(card: Card, view: View): string {
  return view === 'whole' ? wordsOfCard(card) : view === 'name' ? card.title.trim() : card.policies.map(({ text }) => text.trim()).filter((text) => text !== '').join('. ')
}

/** What stands beside the person's own cards, so that the nearest of two cards is near and not only the other one. */
export function viewsOfStrangers(view: View): readonly string[] {
  return strangers.map((text) => {
    const at = text.indexOf('. ')
    return view === 'whole' ? text : view === 'name' ? text.slice(0, at) : text.slice(at + 2)
  })
}

const strangers: readonly string[] = [
  'Keeping my word. PROMISES that others have planned around', 'Rest. EVENINGS that belong to nobody', 'Craft. JOINTS that fit, TOOLS kept sharp', 'Curiosity. QUESTIONS that nobody has an answer to yet', 'Thrift. THINGS that can be mended instead of bought',
  'Courage. MOMENTS when speaking up costs something', 'Fairness. SHARES that everybody at the table can accept', 'Beauty. LIGHT and colours that make me stop', 'Faith. HOURS that are kept for prayer', 'Play. GAMES in which nobody counts', 'Order. PLACES where everything has its place',
  'Hospitality. GUESTS who stay longer than they meant to', 'Privacy. DOORS that stay closed', 'Loyalty. PEOPLE I stand by when it is not easy', 'Honesty. WORDS I would also say to their face', 'Care. SIGNS that somebody is not well', 'Independence. DECISIONS I can make by myself', 'Humour. JOKES that hurt nobody'
]

/** Pairs of which the model holds each to be the other's nearest, in two ways at least; `nearest`, one a way, of a card whose nearest is a stranger is undefined. */
export function mutualPairs(nearest: readonly ReadonlyMap<string, string | undefined>[]): readonly Pair[] {
  const times = new Map<string, number>()
  for (const way of nearest) for (const [left, right] of way) if (right !== undefined && left < right && way.get(right) === left) times.set(`${left}|${right}`, (times.get(`${left}|${right}`) ?? 0) + 1)
  return [...times].filter(([, count]) => count >= 2).map(([key]): Pair => {
    const [left = '', right = ''] = key.split('|')
    return { left, right, overlap: 0, isByModel: true }
  })
}

/** `texts` in the order of their ids. One after another is held against all behind it that share a word, so that what is kept in mind grows with their number alone. */
function nearPairs(texts: readonly (readonly [id: string, text: string])[], apart: readonly string[]): readonly Pair[] {
  const kept = new Set(apart)
  const words = texts.map(([, text]) => stemsOf(text))
  const holders = new Map<string, number[]>()
  for (const [at, stems] of words.entries()) {
    for (const stem of stems) {
      const list = holders.get(stem)
      if (list === undefined) holders.set(stem, [at])
      else list.push(at)
    }
  }
  const weightOf = (stem: string): number => 1 / Math.log2(1 + (holders.get(stem)?.length ?? 1))
  const sizes = words.map((stems) => sum([...stems].map(weightOf)))
  const common = new Float64Array(texts.length)
  const pairs: Pair[] = []
  for (const [left, stems] of words.entries()) {
    const met = new Set<number>()
    for (const stem of stems) {
      const list = holders.get(stem) ?? []
      /* A word that stands nearly everywhere tells nothing apart, and would make the work grow with the square. */
      if (list.length > 200) continue
      for (const right of list) {
        if (right <= left) continue
        common[right] = (common[right] ?? 0) + weightOf(stem)
        met.add(right)
      }
    }
    for (const right of met) {
      const overlap = (2 * (common[right] ?? 0)) / ((sizes[left] ?? 0) + (sizes[right] ?? 0))
      common[right] = 0
      const pair = { left: texts[left]?.[0] ?? '', right: texts[right]?.[0] ?? '' }
      if (overlap >= clearFrom && !kept.has(`${pair.left}|${pair.right}`)) pairs.push({ ...pair, overlap, isByModel: false })
    }
  }
  return pairs.sort((a, b) => b.overlap - a.overlap || (`${a.left}|${a.right}` < `${b.left}|${b.right}` ? -1 : 1))
}

const empty = new Set(
  `a about all an and any are as at be been before but by can did do does for from had has have he her him his how i if in into is it its just like me more my no not of on one or our out she so some somebody someone
  than that the their them there they thing this to up us was we were what when where which who whom whose will with would you your moments signs people chances ways times
  als am an auf aus bei das dem den der des die du ein eine einem einen einer er es für hat haben ich ihm ihn ihr im in ist jemand man mein meine mich mir mit nicht oder sein sich sie so und uns von war was wem wen wenn
  wer wie wir wird wo zu zum zur`.split(/\s+/u)
)

/** The words of a text without endings and without those that say little. */
export function stemsOf(text: string): ReadonlySet<string> {
  const found = text.normalize('NFKC').toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []
  return new Set(found.filter((word) => !empty.has(word)).map((word) => (word.length > 3 ? word.replace(/(?:ing|edly|ed|es|s|ly|ness|en|er|e|n)$/u, '') : word)))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
