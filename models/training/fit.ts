/**
 * Fits models/scorer.json: how likeness becomes relevance, context match, support and pair probabilities (on writers that the
 * encoder never saw), and what the reader's verdicts, those on a line's contrary and likeness are worth
 * together (on writers and stories that neither saw; both are too sure of those that they did). What is shipped is fitted on
 * all of these; what is printed is fitted on one half and measured on the other, each in turn.
 *
 *     node models/training/fit.ts [--reader DIR] [--pairs 60] [--quick] [--dry]
 *
 * What the reader read is kept: the next run takes seconds. `--quick` passes over pairs of one line and one option, of which the reader's part is printed only. calibrate.ts comes next.
 */
import { parseArgs } from 'node:util'
import type { PairAnswer } from '../../shared/ports.ts'
import { cosine } from '../embedder.ts'
import type { Reading } from '../reader.ts'
import parameters from '../scorer.json' with { type: 'json' }
import { contraryOf } from '../contrary.ts'
import { cardText, concernFeatures, contextFeatures, isPlaced, leadsOf, nearestContext, pairFeatures, relevanceFeatures, weighed, wholeSituation, type Weighing } from '../likeness.ts'
import { dot, softmax } from '../scorer.ts'
import { area, atLeisure, createChance, embedAll, openReader, readData, readerFolder, rounded, share, writeParameters } from './data.ts'
import { createItems, encoderWriters, halfOf, readItems, type SituationRecord } from './items.ts'
import { fitLogistic, type Example } from './logistic.ts'
import { readPairs, type LabelledPair } from './pairs.ts'

const { values: options } = parseArgs({ options: { reader: { type: 'string', default: readerFolder() }, pairs: { type: 'string', default: '60' }, quick: { type: 'boolean', default: false }, dry: { type: 'boolean', default: false } } })

const seen = readData<SituationRecord>('steward_records').filter(({ writer }) => encoderWriters.has(writer))
const items = createItems(seen, createChance(3), { one: 0.6, agree: 0.3, priority: 0.2, 'ask-conflict': 0.3, 'ask-none': 0.4 })
const { records: unseen, items: fresh } = readItems()
const pairs = readPairs(Number(options.pairs))
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
const likePairs = fitClasses(pairs.map((pair) => ({ features: pairFeatures(pair, look), label: labels.indexOf(pair.label), weight: pair.weight })))

// ---- with the reader --------------------------------------------------------------------------------------------------

/** One answer of the reader with what is known of it. */
interface Cell {
  readonly source: string
  readonly half: 0 | 1
  readonly verdict: PairAnswer
  readonly contrary: PairAnswer | null
  readonly lead: number
  /** 1 upholds, -1 violates, 0 neither. */
  readonly truth: number
}
/** Two cells of which the first should be held for better. */
type Contest = readonly [Cell, Cell]

/* By hand, from what is printed for each below: what a single fit chooses here differs from half to half. The temperature is fitted but for single
   pairs, where the log loss would say 1.25, and rules are told apart better the less the sure ones are squeezed together. */
const besides = { support: { contrary: 0.2, likeness: 0.1 }, pairs: { contrary: 0.55, likeness: 0 } }
const pairTemperature = 2

const seat = await openReader(options.reader)
const sideBySide: { readonly cells: Cell[]; readonly contests: Contest[] } = { cells: [], contests: [] }
for (const [at, { situation, options: choices, policies, ...record }] of unseen.entries()) {
  const rows = await readBoth(situation, choices, policies.map(({ text, context }) => ({ text, context })))
  for (const [line, { text, support }] of policies.entries()) {
    const leads = leadsOf(look(text), choices.map(look))
    const cells = choices.map((_, option): Cell => ({ source: record.writer, half: halfOf(record), ...cellOf(rows, line, option), lead: leads[option] ?? 0, truth: support[option] ?? 0 }))
    sideBySide.cells.push(...cells)
    /* Of the lines that cards are made of (items.ts): those that uphold one option. */
    if (support.filter((value) => value === 1).length === 1) for (const one of cells) for (const other of cells) if (one.truth > other.truth) sideBySide.contests.push([one, other])
  }
  if (at % 25 === 24) console.error(`reading: ${at + 1} of ${unseen.length} records`)
}
const alone: { readonly cells: Cell[]; readonly contests: Contest[] } = { cells: [], contests: [] }
const ofPair = new Map<LabelledPair, Cell>()
for (const group of Map.groupBy(options.quick ? [] : pairs, ({ situation, option }) => JSON.stringify([situation, option])).values()) {
  const [{ situation = '', option } = { option: '' }] = group
  const rows = await readBoth(situation, [option], group.map(({ value, context = '' }) => ({ text: value, context })))
  group.forEach((pair, at) => ofPair.set(pair, { source: pair.source, half: pair.half, ...cellOf(rows, at, 0), lead: 0, truth: valueOf(pair) }))
  if (ofPair.size % 100 < group.length) console.error(`reading: ${ofPair.size} of ${pairs.length} pairs`)
}
alone.cells.push(...ofPair.values())
for (const group of Map.groupBy(pairs, ({ source, group }) => `${source} ${group}`).values()) {
  for (const one of group) for (const other of group) {
    const [better, worse] = [ofPair.get(one), ofPair.get(other)]
    if (better !== undefined && worse !== undefined && better.truth > worse.truth && one.value === other.value && one.option !== other.option) alone.contests.push([better, worse])
  }
}

const concerned: { readonly half: 0 | 1; readonly features: readonly number[]; readonly isPlaced: boolean; readonly isTrue: boolean }[] = []
for (const [done, item] of fresh.entries()) {
  const situated = item.cards.flatMap((card) => (isPlaced(card) ? [card, { ...card, contexts: [] }] : [card]).map((one) => ({ one, isTrue: item.bearing.includes(item.cards.indexOf(card)), lines: one.policies.map((text) => ({ text, context: nearestContext(one, item, look) })) })))
  const reading = { situation: item.situation, options: item.options, lines: situated.flatMap(({ lines }) => lines) }
  const verdicts = await read(reading)
  const concerns = await seat.concerns?.(reading, atLeisure)
  let next = 0
  for (const { one, isTrue, lines } of situated) {
    const rows = lines.map((_, at) => ({ verdicts: verdicts[next + at] ?? [], concern: concerns?.ok === true ? (concerns.value[next + at] ?? null) : null }))
    next += lines.length
    concerned.push({ half: halfOf(item), features: [...relevanceFeatures(one, item, look), ...concernFeatures(rows)], isPlaced: isPlaced(one), isTrue })
  }
  if (done % 50 === 49) console.error(`reading: ${done + 1} of ${fresh.length} items`)
}

// ---- what that gives: fitted on one half, measured on the other --------------------------------------------------------

for (const [name, { cells, contests }, given] of [['side by side', sideBySide, besides.support], ['each option alone', alone, besides.pairs]] as const) {
  for (const [source, own] of Map.groupBy(contests, ([{ source }]) => source)) {
    const by = ([0, 1] as const).map((half) => (given === besides.pairs ? { temperature: pairTemperature, ...given } : fitWeighing(cells.filter((cell) => cell.half !== half), given)))
    console.log(`${name}, ${source}: what should be better is held for better: reader ${won(own, ({ verdict }) => verdict.upholds - verdict.violates)}, weighed ${won(own, (cell) => balanceOf(cell, by[cell.half] ?? fitWeighing(cells, given)))}`)
    for (const [what, tries] of [['contrary', [0, 0.2, 0.4, 0.6, 0.8, 1]], ['likeness', [0, 0.2, 0.4, 0.6]]] as const) {
      console.log(`  ${what}: ${tries.map((tried) => `${tried} ${won(own, (cell) => balanceOf(cell, { temperature: 1.5, ...given, [what]: tried }))}`).join(', ')}`)
    }
  }
}
for (const placed of [true, false]) {
  const own = concerned.filter(({ isPlaced }) => isPlaced === placed)
  const scored = ([0, 1] as const).flatMap((half) => {
    const weights = fitBinary(own.filter((one) => one.half !== half))
    return own.filter((one) => one.half === half).map((one) => ({ ...one, score: dot([...one.features, 1], weights) }))
  })
  const likely = placed ? relevance.placed : relevance.general
  console.log(`cards ${placed ? 'with' : 'without'} contexts, bearing ones before others (area): likeness ${area(own.map((one) => ({ ...one, score: dot([...one.features.slice(0, -4), 1], likely) })))}, with the reader ${area(scored)}`)
}

/* A card that says no context is meant to hold generally: its doubt is given to it, or rules without one would be passed over. */
const meantGenerally = (weights: readonly number[]): readonly number[] => weights.map((weight, at) => (at === weights.length - 1 ? weight + 0.8 : weight))
const fitted = {
  /* Tried on whole decisions: 1, 3 and 5 (calibrate.ts). */
  sharpness: 3,
  relevance: { placed: rounded(relevance.placed), general: rounded(meantGenerally(relevance.general)) }, context: rounded(context), support: { slope: Number(slope.toFixed(4)) }, pairs: likePairs,
  reader: {
    relevance: { placed: rounded(fitBinary(concerned.filter(({ isPlaced }) => isPlaced))), general: rounded(meantGenerally(fitBinary(concerned.filter(({ isPlaced }) => !isPlaced)))) },
    support: fitWeighing(sideBySide.cells, besides.support),
    pairs: { temperature: pairTemperature, ...besides.pairs }
  }
}
console.log(JSON.stringify(fitted))
if (!options.dry) writeParameters('scorer.json', fitted satisfies Record<keyof typeof parameters, unknown>)

// ---- helpers -----------------------------------------------------------------------------------------------------------

async function read(reading: Reading): Promise<readonly (readonly PairAnswer[])[]> {
  const found = await seat.verdicts(reading, atLeisure)
  if (!found.ok) throw new Error(found.error.message)
  return found.value
}

/** Each line's verdicts, and those on its contrary where it has one. */
async function readBoth(situation: string, choices: readonly string[], lines: Reading['lines']): Promise<readonly { readonly own: readonly PairAnswer[]; readonly contrary: readonly PairAnswer[] | null }[]> {
  const turned = lines.flatMap(({ text, context }, at) => (contraryOf(text) === null ? [] : [{ at, line: { text: contraryOf(text) ?? '', context } }]))
  const rows = await read({ situation, options: choices, lines: [...lines, ...turned.map(({ line }) => line)] })
  return lines.map((_, at) => ({ own: rows[at] ?? [], contrary: rows[lines.length + turned.findIndex((one) => one.at === at)] ?? null })).map((row, at) => (turned.some((one) => one.at === at) ? row : { ...row, contrary: null }))
}

function cellOf(rows: Awaited<ReturnType<typeof readBoth>>, line: number, option: number): Pick<Cell, 'verdict' | 'contrary'> {
  return { verdict: rows[line]?.own[option] ?? { upholds: 0, violates: 0, neutral: 1 }, contrary: rows[line]?.contrary?.[option] ?? null }
}

/** The temperature, by the log loss; all sources count the same. */
function fitWeighing(cells: readonly Cell[], given: Pick<Weighing, 'contrary' | 'likeness'>): Weighing {
  const bySource = [...Map.groupBy(cells, ({ source }) => source).values()]
  const loss = (by: Weighing): number => mean(bySource.map((own) => mean(own.map((cell) => 0 - Math.log(Math.max(1e-9, sharesOf(cell, by)[cell.truth === 1 ? 0 : cell.truth === -1 ? 1 : 2] ?? 0))))))
  const tried = [1, 1.25, 1.5, 1.75, 2, 2.5, 3].map((temperature): Weighing => ({ temperature, ...given }))
  return tried.reduce((best, by) => (loss(by) < loss(best) ? by : best))
}

/** How often what should be held for better is. */
function won(contests: readonly Contest[], score: (cell: Cell) => number): string {
  return share(contests.reduce((sum, [better, worse]) => sum + (score(better) > score(worse) ? 1 : score(better) === score(worse) ? 0.5 : 0), 0), contests.length)
}

function sharesOf({ verdict, contrary, lead }: Cell, by: Weighing): readonly number[] {
  return softmax(weighed(verdict, contrary, lead, by))
}

function balanceOf(cell: Cell, by: Weighing): number {
  const [upholds = 0, violates = 0] = sharesOf(cell, by)
  return upholds - violates
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

function valueOf({ label }: { readonly label: string }): number {
  return label === 'upholds' ? 1 : label === 'violates' ? -1 : 0
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
