/**
 * Cards, and kinds of situation, that say much the same: suggested, never merged by themselves.
 *
 * By the words that two have in common, rare words counting more; and by the model, where each of two cards is the other's
 * nearest, before all other cards and those of strangers. Pure, and the same whatever the order of the records.
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

/** Pairs of cards, the nearest first; retired ones are none. */
export function nearCards(graph: Pick<Graph, 'cards'>): readonly Pair[] {
  return nearPairs(valuesOf(graph.cards).filter(({ status, policies }) => status !== 'retired' && policies.length > 0).map((card) => [card.id, wordsOfCard(card)]))
}

/** Pairs of contexts that are not one yet, and of which neither is part of the other. */
export function nearContexts(graph: Pick<Graph, 'contexts'>): readonly Pair[] {
  const index = indexContexts(graph.contexts)
  const own = valuesOf(graph.contexts).filter(({ id, text }) => index.canonical(id) === id && text.trim() !== '')
  return nearPairs(own.map(({ id, text }) => [id, text])).filter(({ left, right }) => !index.ancestors(left as ContextId).has(right as ContextId) && !index.ancestors(right as ContextId).has(left as ContextId))
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

/** What stands beside the person's own cards when the model is asked, so that the nearest of two cards is near and not only the other one. */
export const strangers: readonly string[] = [
  'Keeping my word. PROMISES that others have planned around', 'Rest. EVENINGS that belong to nobody', 'Craft. JOINTS that fit, TOOLS kept sharp', 'Curiosity. QUESTIONS that nobody has an answer to yet', 'Thrift. THINGS that can be mended instead of bought',
  'Courage. MOMENTS when speaking up costs something', 'Fairness. SHARES that everybody at the table can accept', 'Beauty. LIGHT and colours that make me stop', 'Faith. HOURS that are kept for prayer', 'Play. GAMES in which nobody counts', 'Order. PLACES where everything has its place',
  'Hospitality. GUESTS who stay longer than they meant to', 'Privacy. DOORS that stay closed', 'Loyalty. PEOPLE I stand by when it is not easy', 'Honesty. WORDS I would also say to their face', 'Care. SIGNS that somebody is not well', 'Independence. DECISIONS I can make by myself', 'Humour. JOKES that hurt nobody'
]

/** Pairs of which the model holds each to be the other's nearest; `nearest` of a card whose nearest is a stranger is undefined. */
export function mutualPairs(nearest: ReadonlyMap<string, string | undefined>): readonly Pair[] {
  return [...nearest].flatMap(([left, right]): readonly Pair[] => (right !== undefined && left < right && nearest.get(right) === left ? [{ left, right, overlap: 0, isByModel: true }] : []))
}

function nearPairs(texts: readonly (readonly [id: string, text: string])[]): readonly Pair[] {
  const words = new Map(texts.map(([id, text]) => [id, stemsOf(text)]))
  const holders = new Map<string, string[]>()
  for (const [id, stems] of words) for (const stem of stems) holders.set(stem, [...(holders.get(stem) ?? []), id])
  const weightOf = (stem: string): number => 1 / Math.log2(1 + (holders.get(stem)?.length ?? 1))
  const sizes = new Map([...words].map(([id, stems]) => [id, sum([...stems].map(weightOf))]))
  const shared = new Map<string, number>()
  for (const [stem, ids] of holders) {
    /* A word that stands nearly everywhere tells nothing apart, and would make the work grow with the square. */
    if (ids.length > 200) continue
    const sorted = ids.toSorted()
    for (const [at, left] of sorted.entries()) for (const right of sorted.slice(at + 1)) shared.set(`${left}|${right}`, (shared.get(`${left}|${right}`) ?? 0) + weightOf(stem))
  }
  return [...shared]
    .map(([key, common]): Pair => {
      const [left = '', right = ''] = key.split('|')
      const overlap = (2 * common) / ((sizes.get(left) ?? 0) + (sizes.get(right) ?? 0))
      return { left, right, overlap, isByModel: false }
    })
    .filter(({ overlap }) => overlap >= clearFrom)
    .sort((a, b) => b.overlap - a.overlap || (`${a.left}|${a.right}` < `${b.left}|${b.right}` ? -1 : 1))
    .slice(0, mostPairs)
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
