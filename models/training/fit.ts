/**
 * Fits models/scorer.json: how likeness becomes relevance, context match, support and pair probabilities (on writers that the
 * reader was trained on, since likeness was not), and how the reader's verdicts are stacked with it (on writers and stories that
 * the reader never saw; it is too sure of those that it did). Says how well that goes on a half left out.
 *
 *     node models/training/fit.ts [--reader DIR] [--records 150] [--dry]
 *
 * What the reader read is kept: the next run takes seconds. calibrate.ts comes next.
 */
import { parseArgs } from 'node:util'
import type { PairAnswer } from '../../shared/ports.ts'
import { cosine } from '../embedder.ts'
import type { Reading } from '../reader.ts'
import parameters from '../scorer.json' with { type: 'json' }
import { cardText, concernFeatures, contextFeatures, isPlaced, pairFeatures, pairStackFeatures, relevanceFeatures, stackFeatures, wholeSituation } from '../likeness.ts'
import { dot, softmax } from '../scorer.ts'
import { atLeisure, createChance, embedAll, openReader, readData, readerFolder, rounded, writeParameters } from './data.ts'
import { createItems, isHeldRecord, readerWriters, type Item, type SituationRecord } from './items.ts'
import { fitLogistic, type Example } from './logistic.ts'
import { readPairs, type LabelledPair } from './pairs.ts'

const { values: options } = parseArgs({ options: { reader: { type: 'string', default: readerFolder() }, records: { type: 'string', default: '150' }, dry: { type: 'boolean', default: false } } })
const most = Number(options.records)

const chance = createChance(3)
const records = readData<SituationRecord>('steward_records')
const seen = records.filter(({ writer }) => !readerWriters.has(writer)).filter((_, at) => at % 8 === 0)
const unseen = [...Map.groupBy(records.filter(({ writer }) => readerWriters.has(writer)), ({ writer }) => writer).values()].flatMap((own) => own.slice(0, most))
const shares = { one: 0.6, agree: 0.3, priority: 0.2, 'ask-conflict': 0.3, 'ask-none': 0.4 }
const items = createItems(seen, chance, shares)
const fresh = createItems(unseen, chance, shares)
const pairs = readPairs(most)
console.error(`${items.length} items of writers that the reader knows, ${fresh.length} of others; ${pairs.length} pairs`)

const look = await embedAll([
  ...[...items, ...fresh].flatMap((item) => [wholeSituation(item), item.situation, ...item.options, ...item.cards.flatMap((card) => [cardText(card), cardText({ ...card, contexts: [] }), ...card.contexts, ...card.policies])]),
  ...[...seen, ...unseen].flatMap(({ options, policies }) => [...options, ...policies.map(({ text }) => text)]),
  ...pairs.flatMap(({ value, option, situation = '' }) => [value, option, `${situation} ${option}`])
])

// ---- likeness alone --------------------------------------------------------------------------------------------------

const bearing = items.flatMap((item) => item.cards.flatMap((card, at) => (card.contexts.length > 0 ? [card, { ...card, contexts: [] }] : [card]).map((card) => ({ card, features: relevanceFeatures(card, item, look), isTrue: item.bearing.includes(at) }))))
const relevance = { placed: fitBinary(bearing.filter(({ card }) => isPlaced(card))), general: fitBinary(bearing.filter(({ card }) => !isPlaced(card))) }
const context = fitBinary(items.flatMap((item) => item.cards.flatMap(({ contexts: [first] }, at) => (first === undefined ? [] : [{ features: contextFeatures(first, item, look), isTrue: item.bearing.includes(at) }]))))
/* Of an option that the line upholds and one that it goes against, the difference of cosines; and its mirror image. */
const differences = seen.flatMap(({ options, policies }) =>
  policies.flatMap(({ text, support }) =>
    options.flatMap((good, x) => options.flatMap((bad, y) => (support[x] === 1 && support[y] === -1 ? [cosine(look(text), look(good)) - cosine(look(text), look(bad))] : [])))
  )
)
const [slope = 1] = fitBinary(differences.flatMap((difference) => [{ features: [difference * 10], isTrue: true }, { features: [difference * -10], isTrue: false }])).map((weight) => weight * 10)
const labels = ['upholds', 'violates', 'neutral']
const likePairs = fitClasses(pairs.filter(({ isHeld }) => !isHeld).map((pair) => ({ features: pairFeatures(pair, look), label: labels.indexOf(pair.label), weight: pair.weight })))

// ---- with the reader --------------------------------------------------------------------------------------------------

const seat = await openReader(options.reader)
const cells: { readonly record: SituationRecord; readonly line: number; readonly verdicts: readonly PairAnswer[] }[] = []
for (const [at, record] of unseen.entries()) {
  const verdicts = await read({ situation: record.situation, options: record.options, lines: record.policies.map(({ text }) => ({ text, context: '' })) })
  verdicts.forEach((row, line) => cells.push({ record, line, verdicts: row }))
  if (at % 25 === 24) console.error(`reading: ${at + 1} of ${unseen.length} records`)
}
const featuresOf = ({ record, line, verdicts }: (typeof cells)[number]): readonly (readonly number[])[] => stackFeatures(verdicts, look(record.policies[line]?.text ?? ''), record.options.map(look))
const supportExamples = (isHeld: boolean): readonly Example[] =>
  cells.filter(({ record }) => isHeldRecord(record) === isHeld).flatMap((cell) => featuresOf(cell).map((features, option) => ({ features, label: [1, -1, 0].indexOf(cell.record.policies[cell.line]?.support[option] ?? 0) })))
const support = fitClasses(supportExamples(false))

const concerned: { readonly item: Item; readonly features: readonly number[]; readonly isPlaced: boolean; readonly isTrue: boolean }[] = []
for (const item of fresh) {
  const lines = item.cards.flatMap(({ policies }) => policies)
  const verdicts = await read({ situation: item.situation, options: item.options, lines: lines.map((text) => ({ text, context: '' })) })
  for (const [at, card] of item.cards.entries()) {
    const rows = card.policies.map((line) => verdicts[lines.indexOf(line)] ?? [])
    for (const one of card.contexts.length > 0 ? [card, { ...card, contexts: [] }] : [card]) concerned.push({ item, features: [...relevanceFeatures(one, item, look), ...concernFeatures(rows)], isPlaced: isPlaced(one), isTrue: item.bearing.includes(at) })
  }
}
const fitting = concerned.filter(({ item }) => !isHeldRecord(item))
const readRelevance = { placed: fitBinary(fitting.filter(({ isPlaced }) => isPlaced)), general: fitBinary(fitting.filter(({ isPlaced }) => !isPlaced)) }

const pairRows: { readonly pair: LabelledPair; readonly features: readonly number[] }[] = []
for (const group of Map.groupBy(pairs, ({ situation, option }) => JSON.stringify([situation, option])).values()) {
  const [{ situation = '', option } = { option: '' }] = group
  const verdicts = await read({ situation, options: [option], lines: group.map(({ value, context = '' }) => ({ text: value, context })) })
  group.forEach((pair, at) => pairRows.push({ pair, features: pairStackFeatures(verdicts[at]?.[0] ?? { upholds: 0, violates: 0, neutral: 1 }, pair, look) }))
  if (pairRows.length % 100 < group.length) console.error(`reading: ${pairRows.length} of ${pairs.length} pairs`)
}
const readPairWeights = fitClasses(pairRows.filter(({ pair }) => !pair.isHeld).map(({ pair, features }) => ({ features, label: labels.indexOf(pair.label), weight: pair.weight })))

// ---- what that gives ---------------------------------------------------------------------------------------------------

for (const writer of readerWriters) {
  const own = cells.filter(({ record }) => record.writer === writer && (isHeldRecord(record) || writer !== 'w6'))
  const ranked = (score: (features: readonly number[]) => number): string => {
    let [right, all] = [0, 0]
    for (const cell of own) {
      const truth = cell.record.policies[cell.line]?.support ?? []
      const scores = featuresOf(cell).map(score)
      truth.forEach((mine, x) => truth.forEach((other, y) => {
        if (mine <= other) return
        all += 1
        right += (scores[x] ?? 0) > (scores[y] ?? 0) ? 1 : scores[x] === scores[y] ? 0.5 : 0
      }))
    }
    return share(right, all)
  }
  console.log(`${writer}: options ranked given a line: reader ${ranked(([up = 0, down = 0]) => Math.tanh((up - down) / 2))}, likeness ${ranked(([, , lead = 0]) => lead)}, stacked ${ranked((features) => balanceOf(support, features))}`)
}
for (const [name, placed] of [['with', true], ['without', false]] as const) {
  const held = concerned.filter(({ item, isPlaced }) => isHeldRecord(item) && isPlaced === placed)
  const weights = placed ? [relevance.placed, readRelevance.placed] as const : [relevance.general, readRelevance.general] as const
  console.log(`cards ${name} contexts, bearing ones before others (area): likeness ${area(held, (features) => dot([...features.slice(0, 3), 1], weights[0]))}, with the reader ${area(held, (features) => dot([...features, 1], weights[1]))}, n ${held.length}`)
}
for (const source of new Set(pairs.map(({ source }) => source))) {
  const own = pairRows.filter(({ pair }) => pair.source === source && pair.isHeld)
  const contrast = (score: (features: readonly number[]) => number): string => {
    let [right, all] = [0, 0]
    for (const group of Map.groupBy(own, ({ pair }) => pair.group).values()) {
      for (const one of group) for (const other of group) {
        const [better, worse] = [valueOf(one.pair), valueOf(other.pair)]
        if (better <= worse || (one.pair.value === other.pair.value) === (one.pair.option === other.pair.option)) continue
        all += 1
        right += Number(score(one.features) > score(other.features)) + (score(one.features) === score(other.features) ? 0.5 : 0)
      }
    }
    return share(right, all)
  }
  console.log(`${source}, pairs that differ in value or option: reader ${contrast(([up = 0, down = 0]) => Math.tanh((up - down) / 2))}, likeness ${contrast(([, , near = 0]) => near)}, stacked ${contrast((features) => balanceOf(readPairWeights, features))}`)
}

/* A card that says no context is meant to hold generally: its doubt is given to it, or rules without one would be passed over. */
const meantGenerally = (weights: readonly number[]): readonly number[] => weights.map((weight, at) => (at === weights.length - 1 ? weight + 0.8 : weight))
const fitted = {
  relevance: { placed: rounded(relevance.placed), general: rounded(meantGenerally(relevance.general)) }, context: rounded(context), support: { slope: Number(slope.toFixed(4)) }, pairs: likePairs,
  reader: { relevance: { placed: rounded(readRelevance.placed), general: rounded(meantGenerally(readRelevance.general)) }, support, pairs: readPairWeights }
}
console.log(JSON.stringify(fitted))
if (!options.dry) writeParameters('scorer.json', fitted satisfies Record<keyof typeof parameters, unknown>)

// ---- helpers -----------------------------------------------------------------------------------------------------------

async function read(reading: Reading): Promise<readonly (readonly PairAnswer[])[]> {
  const found = await seat.verdicts(reading, atLeisure)
  if (!found.ok) throw new Error(found.error.message)
  return found.value
}

/** Two classes as one row of weights: those of "true" less those of "false", the constant last. */
function fitBinary(examples: readonly { readonly features: readonly number[]; readonly isTrue: boolean }[]): readonly number[] {
  const share = examples.filter(({ isTrue }) => isTrue).length / examples.length
  const rows = examples.map(({ features, isTrue }): Example => ({ features: [...features, 1], label: Number(isTrue), weight: isTrue ? 0.5 / share : 0.5 / (1 - share) }))
  const [no = [], yes = []] = fitLogistic(rows, { classes: 2, ridge: 0.001, rate: 0.5, steps: 2_000 })
  return yes.map((weight, at) => weight - (no[at] ?? 0))
}

function fitClasses(examples: readonly Example[]): readonly (readonly number[])[] {
  return fitLogistic(examples, { classes: 3, ridge: 0.005, rate: 0.2, steps: 1_500 }).map((row) => rounded(row))
}

function balanceOf(weights: readonly (readonly number[])[], features: readonly number[]): number {
  const [upholds = 0, violates = 0] = softmax(weights.map((row) => dot(row, features)))
  return upholds - violates
}

function valueOf({ label }: { readonly label: string }): number {
  return label === 'upholds' ? 1 : label === 'violates' ? -1 : 0
}

/** How often a true one stands before a false one. */
function area(rows: readonly { readonly features: readonly number[]; readonly isTrue: boolean }[], score: (features: readonly number[]) => number): string {
  const [yes, no] = [true, false].map((isTrue) => rows.filter((row) => row.isTrue === isTrue).map(({ features }) => score(features)))
  const wins = (yes ?? []).reduce((sum, mine) => sum + (no ?? []).filter((other) => mine > other).length, 0)
  return share(wins, (yes?.length ?? 0) * (no?.length ?? 0))
}

function share(some: number, all: number): string {
  return `${((100 * some) / Math.max(1, all)).toFixed(1)} % (${all})`
}

