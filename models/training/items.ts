/**
 * Whole decisions to fit and measure on, made from everyday records: a situation, its options, one or two cards that bear on it
 * (lines of the record, with the context they came with), cards of other domains that do not, priorities, and what follows.
 * Each item stands beside its flip: the same situation under the line or priority that asks for another option.
 */
import type { createChance } from './data.ts'

export interface RecordLine {
  readonly text: string
  readonly context: string
  readonly style: string
  readonly support: readonly number[]
}

export interface SituationRecord {
  readonly id: string
  readonly writer: string
  readonly domain: string
  readonly situation: string
  readonly options: readonly string[]
  readonly policies: readonly RecordLine[]
}

/** A preview file (INTERFACES.md) with what is expected of it. */
export interface Item {
  readonly id: string
  readonly kind: 'one' | 'priority' | 'torn' | 'none'
  readonly writer: string
  readonly domain: string
  readonly situation: string
  readonly options: readonly string[]
  readonly cards: readonly { readonly id: string; readonly title: string; readonly contexts: readonly string[]; readonly policies: readonly string[] }[]
  readonly wiser_than: readonly { readonly wiser: string; readonly than: string; readonly context: string }[]
  readonly expected: number | 'ask'
  /** Which cards bear, by position. */
  readonly bearing: readonly number[]
}

type Chance = ReturnType<typeof createChance>

/** Up to four items a record: two that differ in the line, and, by turns, two that differ in the priority, or one that must be asked. */
export function createItems(records: readonly SituationRecord[], chance: Chance): readonly Item[] {
  return records.flatMap((record, at) => {
    const decisive = shuffled(record.policies.filter((line) => bestOf(line) !== null), chance)
    const [first] = decisive
    const second = decisive.find((line) => first !== undefined && bestOf(line) !== bestOf(first))
    if (first === undefined || second === undefined) return []
    const others = records.filter(({ domain }) => domain !== record.domain)
    const distractors = shuffled(others, chance).slice(0, Math.floor(chance() * 6)).map(({ policies }) => pick(policies, chance))
    /* A third of the people write no contexts. */
    const contextsOf = ({ context }: RecordLine): readonly string[] => (at % 3 === 0 ? [] : [context])
    const make = (kind: Item['kind'], lines: readonly RecordLine[], wiser: readonly [number, number] | null, expected: Item['expected']): Item => {
      const all = shuffled([...lines.map((line, place) => ({ line, place })), ...distractors.map((line) => ({ line, place: -1 }))], chance)
      const names = lines.map((_, place) => `c${all.findIndex((card) => card.place === place)}`)
      return {
        id: `${record.id}-${kind}-${expected}`, kind, writer: record.writer, domain: record.domain, situation: record.situation, options: record.options,
        cards: all.map(({ line }, card) => ({ id: `c${card}`, title: '', contexts: contextsOf(line), policies: [line.text] })),
        wiser_than: wiser === null ? [] : [{ wiser: names[wiser[0]] ?? '', than: names[wiser[1]] ?? '', context: at % 4 === 0 ? '' : (lines[wiser[0]]?.context ?? '') }],
        expected,
        bearing: all.flatMap(({ place }, card) => (place === -1 ? [] : [card]))
      }
    }
    const pair = [make('one', [first], null, bestOf(first) ?? 'ask'), make('one', [second], null, bestOf(second) ?? 'ask')]
    if (at % 2 === 0) return [...pair, make('priority', [first, second], [0, 1], bestOf(first) ?? 'ask'), make('priority', [first, second], [1, 0], bestOf(second) ?? 'ask')]
    return [...pair, at % 4 === 1 || distractors.length === 0 ? make('torn', [first, second], null, 'ask') : make('none', [], null, 'ask')]
  })
}

/** The one option that the line upholds; null where there is none or more than one. */
function bestOf({ support }: RecordLine): number | null {
  const upheld = support.flatMap((value, option) => (value === 1 ? [option] : []))
  return upheld.length === 1 ? (upheld[0] ?? null) : null
}

function pick<Thing>(things: readonly Thing[], chance: Chance): Thing {
  return things[Math.floor(chance() * things.length)] as Thing
}

function shuffled<Thing>(things: readonly Thing[], chance: Chance): readonly Thing[] {
  return things.map((thing) => ({ thing, place: chance() })).toSorted((left, right) => left.place - right.place).map(({ thing }) => thing)
}
