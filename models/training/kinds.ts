/**
 * Fits models/kinds.json (a linear read-out of a line's embedding and signs) and says how well kinds of line are told: by the
 * read-out, by the reader where it was trained to, and by both together, on the sixth of the lines that the reader never saw
 * (reader/data.py) and that the read-out is fitted without. The shipped read-out is fitted on all lines.
 *
 *     node models/training/kinds.ts [--reader DIR] [--dry]
 */
import { parseArgs } from 'node:util'
import { crc32 } from 'node:zlib'
import { lineKinds, type LineKind } from '../../shared/ports.ts'
import { kindFeatures } from '../kinds.ts'
import { dot } from '../scorer.ts'
import { atLeisure, embedAll, openReader, readData, readerFolder, rounded, writeParameters } from './data.ts'
import { fitLogistic } from './logistic.ts'

const { values: options } = parseArgs({ options: { reader: { type: 'string', default: readerFolder() }, dry: { type: 'boolean', default: false } } })
const settings = { classes: lineKinds.length, ridge: 0.005, rate: 0.3, steps: 250 }

const lines = ['line_kinds', 'line_kinds_more'].flatMap((name) => readData<{ readonly text: string; readonly kind: LineKind }>(name))
const look = await embedAll(lines.map(({ text }) => text))
const examples = lines.map(({ text, kind }) => ({ text, features: kindFeatures(text, look(text)), label: lineKinds.indexOf(kind), isHeld: crc32(text) % 6 === 0 }))
const held = examples.filter(({ isHeld }) => isHeld)

const weights = fitLogistic(examples.filter(({ isHeld }) => !isHeld), settings)
const byReadOut = held.map(({ features }) => weights.map((row) => dot(row, features)))
report('the read-out', byReadOut)
const reader = await openReader(options.reader)
const read = await reader.kinds?.(held.map(({ text }) => text), atLeisure)
if (read?.ok === true) {
  const byReader = read.value.map((row) => row.map((share) => Math.log(Math.max(1e-6, share))))
  report('the reader', byReader)
  for (const share of [0.25, 0.5, 1]) report(`the reader and ${share} of the read-out`, byReader.map((row, at) => row.map((score, kind) => score + share * (byReadOut[at]?.[kind] ?? 0))))
}
if (!options.dry) writeParameters('kinds.json', { weights: fitLogistic(examples, settings).map((row) => rounded(row)) })

function report(name: string, rows: readonly (readonly number[])[]): void {
  const found = rows.map((scores) => scores.indexOf(Math.max(...scores)))
  const scores = lineKinds.map((_, label) => {
    const hits = found.filter((kind, at) => kind === label && held[at]?.label === label).length
    return (2 * hits) / Math.max(1, found.filter((kind) => kind === label).length + held.filter((one) => one.label === label).length)
  })
  const right = found.filter((kind, at) => kind === held[at]?.label).length
  console.log(`${name}: macro F1 ${((100 * scores.reduce((sum, score) => sum + score, 0)) / scores.length).toFixed(1)}, right ${((100 * right) / found.length).toFixed(1)} of ${found.length} (${lineKinds.map((kind, at) => `${kind} ${(100 * (scores[at] ?? 0)).toFixed(0)}`).join(', ')})`)
}

