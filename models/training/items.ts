/**
 * Whole decisions to fit and measure on, made from records: a situation, its options, one or more cards that bear on it (lines of
 * the record, with the contexts they came with), cards of other domains that do not, priorities, and what follows. Several items a
 * record, so that its situation is read once: under one card, under two that agree, under two that pull apart and a priority
 * either way, under the same without a priority, and under strangers alone.
 */
import { createChance, readData, shuffled } from './data.ts'

export interface RecordLine {
  readonly text: string
  readonly context: string
  readonly style: string
  readonly support: readonly number[]
}

export interface SituationRecord {
  readonly id: string
  readonly kind: 'everyday' | 'oblique'
  readonly writer: string
  readonly domain: string
  readonly situation: string
  readonly options: readonly string[]
  readonly policies: readonly RecordLine[]
}

export type ItemKind = 'one' | 'agree' | 'priority' | 'ask-conflict' | 'ask-none'
export const itemKinds: readonly ItemKind[] = ['one', 'agree', 'priority', 'ask-conflict', 'ask-none']

/** A preview file (INTERFACES.md) with what is expected of it. */
export interface Item {
  readonly id: string
  readonly kind: ItemKind
  readonly writer: string
  readonly domain: string
  readonly situation: string
  readonly options: readonly string[]
  readonly cards: readonly ItemCard[]
  readonly wiser_than: readonly ({ readonly wiser: string; readonly than: string; readonly context: string } | readonly [number, number])[]
  readonly expected: number | 'ask'
  /** Which cards bear, by position. */
  readonly bearing: readonly number[]
}

export interface ItemCard {
  readonly id: string
  readonly title: string
  readonly contexts: readonly string[]
  readonly policies: readonly string[]
}

/** Those that the reader was never trained on, with as many of their records as decisions are made of: two everyday ones, and an oblique one. */
export const readerWriters: ReadonlyMap<string, number> = new Map([['q8', 130], ['q9', 130], ['w6', 60]])

/** Those that the encoder was never trained on, though the reader was (encoder/train.py): what likeness is worth is fitted on them. */
export const encoderWriters: ReadonlySet<string> = new Set(['q7', 'w5'])

/** Which half of the records and items of `readerWriters`: what is fitted on one is measured on the other. Each has an everyday writer of its own. */
export function halfOf({ id, writer }: { readonly id: string; readonly writer: string }): 0 | 1 {
  return writer === 'q9' || (writer === 'w6' && Number(/^w6-(\d+)/u.exec(id)?.[1]) % 2 === 1) ? 1 : 0
}

/** The records of `readerWriters`, and the decisions made of them. */
export function readItems(): { readonly records: readonly SituationRecord[]; readonly items: readonly Item[] } {
  const own = Map.groupBy(readData<SituationRecord>('steward_records'), ({ writer }) => writer)
  const records = [...own].flatMap(([writer, all]) => all.slice(0, readerWriters.get(writer) ?? 0))
  return { records, items: createItems(records, createChance(5), { one: 0.5, agree: 0.5, priority: 0.45, 'ask-conflict': 0.7, 'ask-none': 0.45 }) }
}

type Chance = ReturnType<typeof createChance>
type Lines = readonly RecordLine[]

/** `shares`: how likely each kind is made of a record that allows it. */
export function createItems(records: readonly SituationRecord[], chance: Chance, shares: Readonly<Record<ItemKind, number>>): readonly Item[] {
  return records.flatMap((record) => {
    const cards = cardsOf(record, chance)
    const [first, second] = shuffled([...new Set(cards.map(({ best }) => best))], chance)
    const others = records.filter(({ domain, kind }) => domain !== record.domain && kind === record.kind)
    if (first === undefined || others.length === 0) return []
    const strangers = shuffled(others, chance).slice(0, 6).flatMap((other) => shuffled(cardsOf(other, chance), chance).slice(0, 1).map(({ lines }) => lines))
    const idle = shuffled(record.policies.filter(({ support }) => support.every((value) => value === 0)), chance).map((line): Lines => [line])
    /* A third of the people write no contexts, and a quarter of the priorities hold everywhere. */
    const isPlaced = chance() < 0.67

    const make = (kind: ItemKind, own: readonly Lines[], isWiserFirst: boolean | null, expected: Item['expected']): Item => {
      const few = strangers.slice(0, 1 + Math.floor(chance() * (kind === 'ask-none' ? 4 : 5)))
      const all = shuffled([...own, ...few, ...(chance() < 0.3 ? idle.slice(0, 1) : [])], chance)
      const place = (lines: Lines | undefined): number => all.findIndex((each) => each === lines)
      const [wiser, than] = isWiserFirst === null ? [] : isWiserFirst ? [own[0], own[1]] : [own[1], own[0]]
      const [up, down] = [place(wiser), place(than)]
      return {
        id: `${record.id}-${kind}-${expected}`, kind, writer: record.writer, domain: record.domain, situation: record.situation, options: record.options,
        cards: all.map((lines, card) => ({ id: `c${card + 1}`, title: titleOf(lines, chance), contexts: isPlaced ? [...new Set(lines.map(({ context }) => context))] : [], policies: lines.map(({ text }) => text) })),
        wiser_than: isWiserFirst === null ? [] : chance() < 0.25 ? [[up, down]] : [{ wiser: `c${up + 1}`, than: `c${down + 1}`, context: isPlaced ? (wiser?.[0]?.context ?? '') : '' }],
        expected,
        bearing: own.map(place)
      }
    }
    const of = (best: number | undefined): readonly Lines[] => cards.flatMap((card) => (card.best === best ? [card.lines] : []))
    const [mine, more, rival] = [of(first)[0], of(first)[1], of(second)[0]]
    const wanted = (kind: ItemKind): boolean => chance() < shares[kind]
    const items: Item[] = []
    if (mine !== undefined && wanted('one')) items.push(make('one', [mine], null, first))
    if (rival !== undefined && second !== undefined && wanted('one')) items.push(make('one', [rival], null, second))
    if (mine !== undefined && more !== undefined && wanted('agree')) items.push(make('agree', [mine, more], null, first))
    if (mine !== undefined && rival !== undefined && second !== undefined) {
      if (wanted('priority')) items.push(make('priority', [mine, rival], true, first))
      if (wanted('priority')) items.push(make('priority', [mine, rival], false, second))
      const serves = (lines: Lines, option: number): boolean => lines.reduce((sum, { support }) => sum + (support[option] ?? 0), 0) > 0
      const isServed = record.options.some((_, option) => serves(mine, option) && serves(rival, option))
      if (!isServed && wanted('ask-conflict')) items.push(make('ask-conflict', [mine, rival], null, 'ask'))
    }
    if (strangers.length > 0 && wanted('ask-none')) items.push(make('ask-none', [], null, 'ask'))
    return items
  })
}

/** Cards of one to three lines that favour one option, the lines of a record dealt out to them. */
function cardsOf({ policies }: SituationRecord, chance: Chance): readonly { readonly best: number; readonly lines: Lines }[] {
  const byOption = Map.groupBy(shuffled(policies.filter(({ support }) => bestOf([support]) !== null), chance), ({ support }) => bestOf([support]) ?? 0)
  return [...byOption].flatMap(([best, lines]) => {
    const dealt: { readonly best: number; readonly lines: Lines }[] = []
    for (let start = 0; start < lines.length; ) {
      const size = 1 + Math.floor(chance() * 2.4)
      const some = lines.slice(start, start + size)
      start += size
      if (bestOf(some.map(({ support }) => support)) === best) dealt.push({ best, lines: some })
    }
    return dealt
  })
}

/** The option that every line upholds and that clearly leads; null where there is none. */
function bestOf(rows: readonly (readonly number[])[]): number | null {
  const totals = (rows[0] ?? []).map((_, option) => rows.reduce((sum, row) => sum + (row[option] ?? 0), 0))
  const top = Math.max(...totals)
  const best = totals.indexOf(top)
  const second = totals.toSorted((left, right) => right - left)[1] ?? -1
  return totals.filter((total) => total === top).length === 1 && rows.every((row) => row[best] === 1) && second < rows.length ? best : null
}

function titleOf(lines: Lines, chance: Chance): string {
  const shortest = lines.map(({ text }) => text).reduce((left, right) => (right.length < left.length ? right : left), lines[0]?.text ?? '')
  return chance() < 0.3 ? '' : shortest.split(' ').slice(0, 4).join(' ')
}
