/**
 * Fits models/calibration.json: how evidence becomes a decision. Whole graphs are made from records of writers that the reader never
 * saw, the shipped evidence is computed for them (reader, encoder, scorer.json as they stand), and the thresholds are chosen on one
 * half of the writers; the other half is only measured. Files of graphs that stand elsewhere may be measured, too.
 *
 *     node models/training/calibrate.ts [--reader DIR] [--records 100] [--dry] [FILE.jsonl …]
 *
 * What is wanted: the outcome right, *ask* among them, with most of the cases found in which it should ask.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { deliberate, gather } from '../../shared/decide.ts'
import { emptyGraph } from '../../shared/graph.ts'
import { readPreview, type PreviewRequest } from '../../shared/preview.ts'
import type { Calibration, Evidence, Outcome } from '../../shared/schema.ts'
import shipped from '../calibration.json' with { type: 'json' }
import type { Answers } from '../messages.ts'
import { evidenceFrom, evidenceQuestion } from '../model.ts'
import { createScorer } from '../scorer.ts'
import { atLeisure, createChance, openEmbedder, openReader, readData, readerFolder, writeParameters } from './data.ts'
import { createItems, isHeldRecord, itemKinds, readerWriters, type Item, type SituationRecord } from './items.ts'
import { readPairs } from './pairs.ts'

const { values: options, positionals: files } = parseArgs({ allowPositionals: true, options: { reader: { type: 'string', default: readerFolder() }, records: { type: 'string', default: '100' }, dry: { type: 'boolean', default: false } } })

interface Trial {
  readonly item: Item
  readonly source: string
  readonly request: PreviewRequest
  readonly evidence: Evidence
}

const records = [...Map.groupBy(readData<SituationRecord>('steward_records').filter(({ writer }) => readerWriters.has(writer)), ({ writer }) => writer).values()].flatMap((own) => own.slice(0, Number(options.records)))
const made = createItems(records, createChance(5), { one: 0.5, agree: 0.5, priority: 0.45, 'ask-conflict': 0.7, 'ask-none': 0.45 })
const given = files.flatMap((file) => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => ({ item: JSON.parse(line) as Item, source: basename(file, '.jsonl') })))
/* One rule and two acts, nothing else: a card without contexts that surely bears. */
const plain = [...Map.groupBy(readPairs(Number(options.records)).filter(({ source, label }) => source === 'story' && label !== 'neutral'), ({ group, value }) => JSON.stringify([group, value])).entries()].flatMap(([id, pairs]): readonly Item[] => {
  const [first, second] = pairs
  if (first === undefined || second === undefined || pairs.length !== 2 || first.label === second.label) return []
  const card = { id: 'c1', title: '', contexts: [], policies: [first.value] }
  return [{ id, kind: 'one', writer: first.isHeld ? 'q9' : 'q8', domain: '', situation: 'One of two things can be done.', options: [first.option, second.option], cards: [card], wiser_than: [], expected: first.label === 'upholds' ? 0 : 1, bearing: [0] }]
})
const scorer = createScorer(await openEmbedder(), { kind: 'trained', reader: await openReader(options.reader) })

const trials: Trial[] = []
const asked = [...made.map((item) => ({ item, source: `made, ${item.writer.startsWith('w') ? 'oblique' : 'everyday'}` })), ...plain.map((item) => ({ item, source: 'one rule, two acts' })), ...given]
for (const [at, { item, source }] of asked.entries()) {
  const read = readPreview(item, emptyGraph())
  if (!read.ok) throw new Error(`${item.id}: ${read.error.message}`)
  const scores = await scorer.answer(evidenceQuestion(read.value), atLeisure)
  if (!scores.ok) throw new Error(scores.error.message)
  trials.push({ item, source, request: read.value, evidence: evidenceFrom(read.value, scores.value as Answers['evidence'], { name: 'fitting', sha256: '0'.repeat(64) }) })
  if (at % 50 === 49) console.error(`reading: ${at + 1} of ${asked.length} graphs`)
}
const [fitting, held] = [trials.filter(({ item }) => !isHeldRecord(item)), trials.filter(({ item }) => isHeldRecord(item))]

// ---- fitting -----------------------------------------------------------------------------------------------------------

/* Each number in turn, then once more: the outcome has no slope to follow, and a gain of less than 0.3 points is chance. */
const grid: Partial<Record<keyof Calibration, readonly number[]>> = {
  relevanceFloor: [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8],
  supportFloor: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3],
  margin: [0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4],
  pull: [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8],
  temperature: [0.03, 0.05, 0.07, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5],
  quantile: [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]
}
let best: Calibration = { ...(shipped as Calibration), name: 'shipped with the built-in model', relevanceFloor: 0.6, contextFloor: contextFloorOf(fitting), supportFloor: 0.05, margin: 0.1, pull: 0.2, undercutFloor: 0, temperature: 0.3, quantile: 0.55 }
let reached = worth(fitting, best)
for (const round of [1, 2]) {
  for (const [name, values] of Object.entries(grid)) {
    for (const value of values) {
      const changed = { ...best, [name]: value }
      const gained = worth(fitting, changed)
      if (gained > reached + 0.003) [best, reached] = [changed, gained]
    }
  }
  console.error(`round ${round}: ${reached.toFixed(4)} with ${JSON.stringify(best)}`)
}
const acting = fitting.filter(({ item }) => item.expected !== 'ask')
const missed = acting.filter((trial) => 1 - (decided(trial, best).probabilities[Number(trial.item.expected)] ?? 0) > best.quantile).length
const fitted: Calibration = { ...best, source: 'shipped', alpha: Number(((missed + 1) / (acting.length + 1)).toFixed(3)), answers: acting.length }
console.log(JSON.stringify(fitted))
if (!options.dry) writeParameters('calibration.json', fitted)

// ---- what that gives ---------------------------------------------------------------------------------------------------

for (const [name, some] of [['fitted on', fitting], ['left out', held]] as const) {
  for (const [source, own] of Map.groupBy(some, (trial) => trial.source)) {
    const right = own.filter((trial) => isRight(trial, fitted))
    const kinds = itemKinds.map((kind) => `${kind} ${share(right.filter(({ item }) => item.kind === kind).length, own.filter(({ item }) => item.kind === kind).length)}`)
    const toAsk = own.filter(({ item }) => item.expected === 'ask')
    const acted = own.filter((trial) => decided(trial, fitted).outcome.kind === 'act').toSorted((left, right) => sureness(right) - sureness(left))
    const surer = acted.slice(0, Math.ceil(acted.length / 2))
    console.log(`${name}, ${source}: right ${share(right.length, own.length)} (${kinds.join(', ')})`)
    console.log(`  asks found ${share(toAsk.filter((trial) => isRight(trial, fitted)).length, toAsk.length)}, asks ${share(own.length - acted.length, own.length)}; acts rightly ${share(acted.filter((trial) => isRight(trial, fitted)).length, acted.length)}, on the surer half ${share(surer.filter((trial) => isRight(trial, fitted)).length, surer.length)}`)
  }
  const matches = matchesOf(some)
  const reach = (isOwn: boolean): string => share(matches.filter((one) => one.isOwn === isOwn && one.match >= fitted.contextFloor).length, matches.filter((one) => one.isOwn === isOwn).length)
  console.log(`  contexts that match: of cards that bear ${reach(true)}, of others ${reach(false)}`)
}

/* Of graphs with a right option, left out: how often the likeliest one is right, by how likely it is said to be. */
const told = held.flatMap((trial) => {
  const { probabilities } = decided(trial, fitted)
  const highest = Math.max(...probabilities)
  return trial.item.expected === 'ask' ? [] : [{ said: highest, isRight: probabilities.indexOf(highest) === trial.item.expected }]
})
for (const low of [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) {
  const own = told.filter(({ said }) => said >= low && said < low + 0.1 + (low === 0.9 ? 0.01 : 0))
  if (own.length > 0) console.log(`reliability: said ${((100 * own.reduce((sum, { said }) => sum + said, 0)) / own.length).toFixed(1)}, right ${share(own.filter(({ isRight }) => isRight).length, own.length)}`)
}

// ---- helpers -----------------------------------------------------------------------------------------------------------

/** Outcomes hardly tell it, since priorities of other situations are rare in a file: two missed contexts of the situation's own weigh as much as one that matches from elsewhere. */
function contextFloorOf(some: readonly Trial[]): number {
  const matches = matchesOf(some)
  const cost = (floor: number): number => matches.reduce((sum, { isOwn, match }) => sum + (isOwn ? (match < floor ? 2 / matches.filter((one) => one.isOwn).length : 0) : match >= floor ? 1 / matches.filter((one) => !one.isOwn).length : 0), 0)
  return [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6].reduce((best, floor) => (cost(floor) < cost(best) ? floor : best), 0.25)
}

/** How well each context of a card matches, and whether the card bears on the situation. */
function matchesOf(some: readonly Trial[]): readonly { readonly isOwn: boolean; readonly match: number }[] {
  return some.filter(({ item }) => item.bearing !== undefined).flatMap(({ request, evidence, item }) => request.order.flatMap(({ card }, at) => (request.graph.cards[card]?.contexts ?? []).map((id) => ({ isOwn: item.bearing.includes(at), match: evidence.contexts[id] ?? 0 }))))
}

interface Decided {
  readonly outcome: Outcome
  readonly probabilities: readonly number[]
}

function decided({ request, evidence }: Trial, calibration: Calibration): Decided {
  return deliberate(gather(request.graph, request.scenario, evidence, calibration))
}

function isRight(trial: Trial, calibration: Calibration): boolean {
  const { outcome } = decided(trial, calibration)
  return (outcome.kind === 'act' ? outcome.option : 'ask') === trial.item.expected
}

function sureness(trial: Trial): number {
  return Math.max(...decided(trial, fitted).probabilities)
}

/**
 * The share of right outcomes of everyday graphs, less where fewer than six in ten of the cases to ask about are found; those of
 * oblique ones and of single rules count a tenth each, since the reader knows too little of the first and needs no floor for the second.
 */
function worth(some: readonly Trial[], calibration: Calibration): number {
  const results = some.map((trial) => ({ trial, isRight: isRight(trial, calibration) }))
  const rate = (own: typeof results): number => own.filter(({ isRight }) => isRight).length / Math.max(1, own.length)
  const [everyday, oblique, single] = ['everyday', 'oblique', 'one rule'].map((name) => results.filter(({ trial }) => trial.source.includes(name)))
  const found = rate((everyday ?? []).filter(({ trial }) => trial.item.expected === 'ask'))
  return rate(everyday ?? []) + 0.1 * rate(oblique ?? []) + 0.1 * rate(single ?? []) - 0.5 * Math.max(0, 0.6 - found)
}

function share(some: number, all: number): string {
  return all === 0 ? '-' : `${((100 * some) / all).toFixed(1)} (${all})`
}
