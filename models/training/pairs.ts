/**
 * Labelled pairs of a line and an option that the reader was never trained on, to fit and measure its pair read-out: the same
 * held-out stories, scenes, acts and values as in reader/data.py, and the held-out writers' records, each option alone. Each source
 * falls into two halves, by story, scene, act or value.
 */
import { crc32 } from 'node:zlib'
import type { PairRequest } from '../../shared/ports.ts'
import { createChance, readData } from './data.ts'
import { halfOf, readerWriters, type SituationRecord } from './items.ts'

export interface LabelledPair extends PairRequest {
  readonly label: 'upholds' | 'violates' | 'neutral'
  readonly source: 'everyday' | 'oblique' | 'story' | 'rule' | 'trait' | 'item'
  /** Pairs that are comparable: of one record, story, act. */
  readonly group: string
  readonly half: 0 | 1
  /** All sources count the same in a fit. */
  readonly weight: number
}

interface PublicRow {
  readonly value: string
  readonly option: string
  readonly label: string
  readonly story?: string
  readonly scenario?: string
}

/** `most` groups of each source; of stories and scenes, all. */
export function readPairs(most: number): readonly LabelledPair[] {
  const chance = createChance(11)
  const pick = <Thing>(things: readonly Thing[], count: number): readonly Thing[] => things.map((thing) => ({ thing, place: chance() })).toSorted((left, right) => left.place - right.place).slice(0, count).map(({ thing }) => thing)
  const records = readData<SituationRecord>('steward_records').filter(({ writer }) => readerWriters.has(writer))
  const found: Omit<LabelledPair, 'weight'>[] = []
  for (const source of ['everyday', 'oblique'] as const) {
    for (const record of pick(records.filter(({ kind }) => kind === source), Math.ceil(most / 3))) {
      for (const { text, support } of pick(record.policies, 4)) {
        record.options.forEach((option, at) => found.push({ value: text, option, situation: record.situation, label: labelOf(support[at] ?? 0), source, group: record.id, half: halfOf(record) }))
      }
    }
  }
  const rowsOf = (name: string, keyOf: (row: PublicRow) => string, count = most): ReadonlyMap<string, readonly PublicRow[]> => new Map(pick([...Map.groupBy(readData<PublicRow>(name).filter((row) => isHeldOut(keyOf(row))), keyOf)], count))
  for (const [story, rows] of rowsOf('cms_dev_MIT', ({ story = '' }) => story, Infinity)) {
    for (const { value, option, label } of rows) found.push({ value, option, label: labelled(label), source: 'story', group: story, half: crc32(story) % 20 === 0 ? 1 : 0 })
  }
  for (const [scene, rows] of rowsOf('moralchoice_low_rules_CCBY_MIT', ({ scenario = '' }) => scenario, Infinity)) {
    for (const { value, option, label } of pick(rows, 10)) found.push({ value, option, situation: scene, label: label === 'violates' ? 'violates' : 'neutral', source: 'rule', group: scene, half: crc32(scene) % 20 === 0 ? 1 : 0 })
  }
  for (const [act, rows] of rowsOf('virtue_train_disjoint_MIT', ({ option }) => option)) {
    const shown = rows.filter(({ label }) => label === 'shows')
    if (shown.length === 0) continue
    for (const { value, option, label } of [...shown.slice(0, 1), ...rows.filter(({ label }) => label !== 'shows').slice(0, 4)]) found.push({ value, option, label: label === 'shows' ? 'upholds' : 'neutral', source: 'trait', group: act, half: crc32(act) % 20 === 0 ? 1 : 0 })
  }
  for (const name of ['valuebench_train_MIT', 'ipip_items_PD']) {
    for (const [value, rows] of rowsOf(name, ({ value }) => value)) {
      for (const { option, label } of pick(rows, 6)) found.push({ value, option: option.trim(), label: labelled(label), source: 'item', group: value, half: crc32(value) % 20 === 0 ? 1 : 0 })
    }
  }
  const sizes = new Map([...Map.groupBy(found, ({ source }) => source)].map(([source, own]) => [source, own.length]))
  return found.map((pair) => ({ ...pair, weight: found.length / (sizes.size * (sizes.get(pair.source) ?? 1)) }))
}

/** As in reader/data.py: a tenth of the stories, scenes, acts and values. */
function isHeldOut(key: string): boolean {
  return crc32(key) % 10 === 0
}

function labelOf(support: number): LabelledPair['label'] {
  return support > 0 ? 'upholds' : support < 0 ? 'violates' : 'neutral'
}

function labelled(label: string): LabelledPair['label'] {
  return label === 'upholds' || label === 'violates' ? label : 'neutral'
}
