/**
 * Fits models/concern.json: from what one layer of the reader keeps of the arrow behind a line, whether the line has to do with the
 * situation at all. On records that the reader was trained on: their own lines, those that say nothing of any option, and lines of
 * other records; what is printed is measured on writers that it never saw. Nothing of the reader's weights changes.
 *
 *     node models/training/concern.ts [--reader DIR] [--layer 20] [--ridge 0.05] [--dry]
 *
 * What the reader kept stands in a file of the system's; the next run takes a minute.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadCausal } from '../causal.ts'
import { keyOf } from '../embedder.ts'
import { blocksOf, prefixOf } from '../reader.ts'
import { area, createChance, hashOfWeights, readData, readerFolder, rounded, shuffled, writeParameters } from './data.ts'
import type { SituationRecord } from './items.ts'
import { fitLogistic } from './logistic.ts'

const { values: options } = parseArgs({ options: { reader: { type: 'string', default: readerFolder() }, layer: { type: 'string', default: '20' }, ridge: { type: 'string', default: '0.05' }, dry: { type: 'boolean', default: false } } })
const layer = Number(options.layer)
/** Writers that the reader was never trained on, with as many of their records as are measured on; of the others, by kind, as many as are fitted on. */
const held: readonly (readonly [string, number])[] = [['q8', 110], ['q9', 110], ['w6', 80], ['t5', 25]]
const fitted: readonly (readonly [string, number])[] = [['everyday', 700], ['oblique', 260], ['retold', 60]]

interface Row {
  readonly part: string
  /** How it comes to this situation: it says something of an option, it does not, or it is another record's of the same or of another domain. */
  readonly from: 'own' | 'idle' | 'same' | 'far'
  readonly values: Float32Array
}

const chance = createChance(77)
const all = ['steward_records', 'steward_records_more', 'steward_records_retold'].flatMap((name) => readData<SituationRecord>(name))
const isHeld = ({ writer }: SituationRecord): boolean => held.some(([name]) => name === writer)
const poolOf = (record: SituationRecord): string => `${record.kind}${isHeld(record) ? record.writer : ''}`
const pools = Map.groupBy(all, poolOf)
const some = (from: readonly SituationRecord[], count: number): readonly SituationRecord[] => shuffled(from, chance).slice(0, count)
const records = shuffled([
  ...fitted.flatMap(([kind, count]) => some(all.filter((record) => !isHeld(record) && record.kind as string === kind), count)),
  ...held.flatMap(([writer, count]) => some(all.filter((record) => record.writer === writer), count))
], chance)

const causal = await loadCausal(options.reader, { threads: Number(process.env['THREADS'] ?? 2), batchTokens: 256 })
const file = join(tmpdir(), `steward-concern-${layer}-${hashOfWeights(options.reader)}.jsonl`)
const known = new Map((existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []).filter((line) => line.endsWith(']')).map((line) => JSON.parse(line) as [string, string]))

const rows: Row[] = []
for (const [done, record] of records.entries()) {
  const part = isHeld(record) ? record.writer : ''
  const order = shuffled([...record.options.keys()], chance)
  const others = pools.get(poolOf(record)) ?? []
  const strangers = ([['same', 2], ['far', 4]] as const).flatMap(([from, count]) => some(others.filter((other) => other !== record && (other.domain === record.domain) === (from === 'same')), count).map((other) => ({ from, other })))
  const lines = [
    ...record.policies.map(({ text, support }) => ({ text, from: support.some((value) => value !== 0) ? ('own' as const) : ('idle' as const) })),
    ...strangers.map(({ from, other }) => ({ text: (shuffled(other.policies.filter(({ support }) => support.some((value) => value !== 0)), chance)[0] ?? other.policies[0])?.text ?? '', from }))
  ]
  const prefix = prefixOf(causal, record.situation, order.map((at) => record.options[at] ?? ''))
  const blocks = lines.map(({ text }) => blocksOf(causal, { text, context: '' }, order.length)[0] ?? [])
  const keys = blocks.map((tokens) => keyOf(`${prefix.key} ${tokens.join(' ')}`))
  const unknown = keys.flatMap((key, at) => (known.has(key) ? [] : [at]))
  if (unknown.length > 0) {
    const found = await causal.score(await causal.read(prefix.tokens), unknown.map((at) => ({ tokens: blocks[at] ?? [], at: [], inside: { layer, at: (blocks[at]?.length ?? 0) - order.length - 1 } })))
    if (!found.ok) throw new Error(found.error.message)
    for (const [place, at] of unknown.entries()) {
      const [values = new Float32Array()] = found.value[place] ?? []
      known.set(keys[at] ?? '', Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'))
      appendFileSync(file, `${JSON.stringify([keys[at], known.get(keys[at] ?? '')])}\n`)
    }
  }
  lines.forEach(({ from }, at) => rows.push({ part, from, values: new Float32Array(new Uint8Array(Buffer.from(known.get(keys[at] ?? '') ?? '', 'base64')).buffer) }))
  if (done % 50 === 49) console.error(`reading: ${done + 1} of ${records.length} records`)
}

// ---- fitting ---------------------------------------------------------------------------------------------------------

/* Brought to one size, so that one ridge holds for all; the shipped weights take that back. */
const own = rows.filter(({ part }) => part === '')
const width = own[0]?.values.length ?? 0
const means = Array.from({ length: width }, (_, at) => own.reduce((sum, { values }) => sum + (values[at] ?? 0), 0) / own.length)
const spreads = means.map((mean, at) => Math.sqrt(own.reduce((sum, { values }) => sum + ((values[at] ?? 0) - mean) ** 2, 0) / own.length))
const share = own.filter(({ from }) => from === 'own').length / own.length
const [no = [], yes = []] = fitLogistic(own.map(({ from, values }) => ({
  features: [...means.map((mean, at) => ((values[at] ?? 0) - mean) / (spreads[at] ?? 1)), 1], label: Number(from === 'own'), weight: from === 'own' ? 0.5 / share : 0.5 / (1 - share)
})), { classes: 2, ridge: Number(options.ridge), rate: 0.1, steps: 300 })
const weights = spreads.map((spread, at) => ((yes[at] ?? 0) - (no[at] ?? 0)) / spread)
const constant = (yes[width] ?? 0) - (no[width] ?? 0) - weights.reduce((sum, weight, at) => sum + weight * (means[at] ?? 0), 0)

const concernOf = ({ values }: Row): number => weights.reduce((sum, weight, at) => sum + weight * (values[at] ?? 0), constant)
for (const [writer] of held) {
  const theirs = rows.filter(({ part }) => part === writer).map((row) => ({ from: row.from, score: concernOf(row) }))
  const against = (from: Row['from']): string => area(theirs.filter((row) => row.from === 'own' || row.from === from).map(({ from, score }) => ({ score, isTrue: from === 'own' })))
  console.log(`${writer}: lines that say something of an option before idle ones ${against('idle')}, before those of the same domain ${against('same')}, of others ${against('far')} (area)`)
}
if (!options.dry) writeParameters('concern.json', { layer, weights: rounded(weights), constant: Number(constant.toFixed(4)) })
