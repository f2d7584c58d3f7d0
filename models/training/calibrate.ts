/**
 * Fits models/calibration.json: how evidence becomes a decision. Whole graphs are made from records of writers that the reader never
 * saw, and the shipped evidence is computed for them (reader, encoder, scorer.json as they stand). What is shipped is chosen on all of
 * them; what is printed is chosen on one half of the writers and measured on the other, each in turn. Files of graphs that stand
 * elsewhere (reader/graphs.py) take part.
 *
 *     node models/training/calibrate.ts [--reader DIR] [--dry] [FILE.jsonl …]
 *
 * What is wanted: the outcome right, *ask* among them, with most of the cases found in which it should ask, and the surer half of
 * what it does right more often than the rest.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { deliberate, gather } from '../../shared/decision/decide.ts'
import { emptyGraph } from '../../shared/graph.ts'
import { readPreview, type PreviewRequest } from '../../shared/decision/preview.ts'
import type { Calibration, Evidence, Outcome } from '../../shared/schema.ts'
import shipped from '../calibration.json' with { type: 'json' }
import type { Answers } from '../messages.ts'
import { evidenceFrom, evidenceQuestion } from '../model.ts'
import { createScorer } from '../scorer.ts'
import { atLeisure, openEmbedder, openReader, readerFolder, writeParameters } from './data.ts'
import { halfOf, itemKinds, readItems, type Item } from './items.ts'
import { readPairs } from './pairs.ts'

const { values: options, positionals: files } = parseArgs({ allowPositionals: true, options: { reader: { type: 'string', default: readerFolder() }, dry: { type: 'boolean', default: false } } })

interface Trial {
  readonly item: Item
  readonly source: string
  readonly request: PreviewRequest
  readonly evidence: Evidence
}

const { items: made } = readItems()
const given = files.flatMap((file) => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => ({ item: JSON.parse(line) as Item, source: basename(file, '.jsonl') })))
/* One rule and two acts, nothing else: a card without contexts that surely bears. */
const plain = [...Map.groupBy(readPairs(1).filter(({ source, label }) => source === 'story' && label !== 'neutral'), ({ group, value }) => JSON.stringify([group, value])).entries()].flatMap(([id, pairs]): readonly Item[] => {
  const [first, second] = pairs
  if (first === undefined || second === undefined || pairs.length !== 2 || first.label === second.label) return []
  const card = { id: 'c1', title: '', contexts: [], policies: [first.value] }
  return [{ id, kind: 'one', writer: first.half === 1 ? 'q9' : 'q8', domain: '', situation: 'One of two things can be done.', options: [first.option, second.option], cards: [card], wiser_than: [], expected: first.label === 'upholds' ? 0 : 1, bearing: [0] }]
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
const halves = [0, 1].map((half) => trials.filter(({ item }) => halfOf(item) === half))

// ---- fitting -----------------------------------------------------------------------------------------------------------

/* Each number in turn, then once more: the outcome has no slope to follow, and a gain of less than 0.3 points is chance. */
const grid: Partial<Record<keyof Calibration, readonly number[]>> = {
  relevanceFloor: [0.06, 0.1, 0.13, 0.17, 0.2, 0.22, 0.25, 0.28, 0.34, 0.42, 0.5],
  margin: [0.02, 0.05, 0.1, 0.15, 0.2],
  pull: [0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3],
  temperature: [0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5],
  quantile: [0.4, 0.45, 0.5, 0.55, 0.6]
}

function chosenOn(some: readonly Trial[]): Calibration {
  let best: Calibration = { ...(shipped as Calibration), name: 'shipped with the built-in model', source: 'shipped', relevanceFloor: 0.15, contextFloor: contextFloorOf(some), supportFloor: 0.05, margin: 0.1, pull: 0.07, undercutFloor: 0, temperature: 0.4, quantile: 0.6 }
  let reached = worth(some, best)
  for (const round of [1, 2]) {
    for (const [name, values] of Object.entries(grid)) {
      for (const value of values) {
        const changed = { ...best, [name]: value }
        const gained = worth(some, changed)
        if (gained > reached + 0.003) [best, reached] = [changed, gained]
      }
    }
    console.error(`round ${round}: ${reached.toFixed(4)} with ${JSON.stringify(best)}`)
  }
  const acting = some.filter(({ item }) => item.expected !== 'ask')
  const missed = acting.filter((trial) => 1 - (decided(trial, best).probabilities[Number(trial.item.expected)] ?? 0) > best.quantile).length
  return { ...best, alpha: Number(((missed + 1) / (acting.length + 1)).toFixed(3)), answers: acting.length }
}

const fitted = chosenOn(trials)
console.log(JSON.stringify(fitted))
if (!options.dry) writeParameters('calibration.json', fitted)

// ---- what that gives: chosen on one half, measured on the other --------------------------------------------------------

interface Measured {
  readonly trial: Trial
  readonly isRight: boolean
  readonly outcome: Outcome
  readonly probabilities: readonly number[]
}

const chosen = halves.map((_, half) => chosenOn(halves[1 - half] ?? []))
const crossed = halves.flatMap((own, half) => own.map((trial) => measuredBy(trial, chosen[half] ?? fitted)))
for (const [how, all] of [['chosen on the other half', crossed], ['as shipped (chosen on these, too)', trials.map((trial) => measuredBy(trial, fitted))]] as const) {
  for (const [source, own] of Map.groupBy(all, ({ trial }) => trial.source)) {
    const rate = (some: readonly Measured[]): string => share(some.filter(({ isRight }) => isRight).length, some.length)
    const acted = own.filter(({ outcome }) => outcome.kind === 'act').toSorted((left, right) => Math.max(...right.probabilities) - Math.max(...left.probabilities))
    console.log(`${how}, ${source}: right ${rate(own)} (${itemKinds.map((kind) => `${kind} ${rate(own.filter(({ trial }) => trial.item.kind === kind))}`).join(', ')})`)
    console.log(`  asks found ${rate(own.filter(({ trial }) => trial.item.expected === 'ask'))}, asks ${share(own.length - acted.length, own.length)}; acts rightly ${rate(acted)}, on the surer half ${rate(acted.slice(0, Math.ceil(acted.length / 2)))}`)
  }
}
const matches = matchesOf(trials)
const reach = (isOwn: boolean): string => share(matches.filter((one) => one.isOwn === isOwn && one.match >= fitted.contextFloor).length, matches.filter((one) => one.isOwn === isOwn).length)
console.log(`contexts that match: of cards that bear ${reach(true)}, of others ${reach(false)}`)

/* Of graphs with a right option: how often the likeliest one is right, by how likely it is said to be. */
const told = crossed.flatMap(({ trial, probabilities }) => {
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

function measuredBy(trial: Trial, by: Calibration): Measured {
  return { trial, isRight: isRight(trial, by), ...decided(trial, by) }
}

function isRight(trial: Trial, calibration: Calibration): boolean {
  const { outcome } = decided(trial, calibration)
  return (outcome.kind === 'act' ? outcome.option : 'ask') === trial.item.expected
}

/**
 * Of everyday graphs, each source counting the same: the share of right outcomes and a quarter of that share on the surer half of what
 * it does, less where fewer than 65 in a hundred of the cases to ask about are found, and less a tenth of the log loss, or it would
 * sound surer than it is. Oblique graphs and single rules count a tenth
 * each, since the reader knows too little of the first and needs no floor for the second.
 */
function worth(some: readonly Trial[], calibration: Calibration): number {
  const all = some.map((trial) => measuredBy(trial, calibration))
  const rate = (own: readonly Measured[]): number => own.filter(({ isRight }) => isRight).length / Math.max(1, own.length)
  const bySource = [...Map.groupBy(all, ({ trial }) => trial.source)]
  const everyday = bySource.filter(([source]) => source.includes('everyday')).map(([, own]) => {
    const acted = own.filter(({ outcome }) => outcome.kind === 'act').toSorted((left, right) => Math.max(...right.probabilities) - Math.max(...left.probabilities))
    const found = rate(own.filter(({ trial }) => trial.item.expected === 'ask'))
    return rate(own) + 0.25 * rate(acted.slice(0, Math.ceil(acted.length / 2))) - 0.5 * Math.max(0, 0.65 - found) - 0.1 * loss(own)
  })
  const others = bySource.filter(([source]) => !source.includes('everyday')).map(([, own]) => rate(own))
  return everyday.reduce((sum, one) => sum + one, 0) / Math.max(1, everyday.length) + 0.1 * others.reduce((sum, one) => sum + one, 0)
}

/** The mean log loss of the probabilities, where there is a right option. */
function loss(some: readonly Measured[]): number {
  const own = some.flatMap(({ trial: { item }, probabilities }) => (item.expected === 'ask' ? [] : [0 - Math.log(Math.max(1e-6, probabilities[item.expected] ?? 0))]))
  return own.reduce((sum, one) => sum + one, 0) / Math.max(1, own.length)
}

function share(some: number, all: number): string {
  return all === 0 ? '-' : `${((100 * some) / all).toFixed(1)} (${all})`
}
