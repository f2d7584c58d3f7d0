/**
 * Fits models/kinds.json on data/kinds.jsonl.gz and says how well that goes: five folds, each trained without its lines.
 *
 *     node models/training/kinds.ts
 */
import { lineKinds, type LineKind } from '../../shared/ports.ts'
import { kindFeatures } from '../kinds.ts'
import { dot } from '../scorer.ts'
import { createChance, embedAll, readData, rounded, writeParameters } from './data.ts'
import { fitLogistic, type Example } from './logistic.ts'

const settings = { classes: lineKinds.length, ridge: Number(process.argv[2] ?? 0.005), rate: 0.3, steps: 250 }
const folds = 5

const lines = readData<{ readonly text: string; readonly kind: LineKind }>('kinds')
const look = await embedAll(lines.map(({ text }) => text))
const chance = createChance(1)
const examples = lines
  .map(({ text, kind }) => ({ features: kindFeatures(text, look(text)), label: lineKinds.indexOf(kind), place: chance() }))
  .toSorted((left, right) => left.place - right.place)

const held: { readonly wanted: number; readonly found: number }[] = []
for (let fold = 0; fold < folds; fold += 1) {
  const weights = fitLogistic(examples.filter((_, at) => at % folds !== fold), settings)
  for (const example of examples.filter((_, at) => at % folds === fold)) held.push({ wanted: example.label, found: bestOf(weights, example) })
}
const scores = lineKinds.map((kind, label) => {
  const [hits, found, wanted] = [held.filter((one) => one.wanted === label && one.found === label), held.filter((one) => one.found === label), held.filter((one) => one.wanted === label)]
  console.log(`${kind}: F1 ${((2 * hits.length) / (found.length + wanted.length)).toFixed(3)}, ${wanted.length} lines`)
  return (2 * hits.length) / (found.length + wanted.length)
})
console.log(`held out, ${folds} folds: macro F1 ${(scores.reduce((sum, score) => sum + score, 0) / scores.length).toFixed(3)}, accuracy ${(held.filter((one) => one.wanted === one.found).length / held.length).toFixed(3)}`)

writeParameters('kinds.json', { weights: fitLogistic(examples, settings).map((row) => rounded(row)) })

function bestOf(weights: readonly (readonly number[])[], { features }: Example): number {
  const scores = weights.map((row) => dot(row, features))
  return scores.indexOf(Math.max(...scores))
}
