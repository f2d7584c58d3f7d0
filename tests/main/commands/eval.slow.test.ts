/** `npm run eval -- decisions` with the real model on decisions of our own, made from records of a writer that the reader never saw. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runEval } from '../../../main/commands/eval.ts'
import { cosine } from '../../../models/embedder.ts'
import { createChance, embedAll, readData } from '../../../models/training/data.ts'
import { createItems, type SituationRecord } from '../../../models/training/items.ts'

const folder = await mkdtemp(join(tmpdir(), 'steward-eval-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

it('decides far better than plain cosine for a writer that the reader never saw, and the same to the byte in another run', async () => {
  const records = readData<SituationRecord>('steward_records').filter(({ writer }) => writer === 'q9')
  const items = createItems(records, createChance(5), { one: 0.5, agree: 0.5, priority: 0.45, 'ask-conflict': 0.7, 'ask-none': 0.45 }).slice(0, 60)
  const notes: string[] = []
  const run = async (name: string, asked: typeof items): Promise<string> => {
    await writeFile(join(folder, `${name}.items.jsonl`), asked.map((item) => `${JSON.stringify(item)}\n`).join(''))
    expect(await runEval(['decisions', join(folder, `${name}.items.jsonl`), join(folder, `${name}.jsonl`)], { note: (line) => notes.push(line) })).toBe(0)
    return await readFile(join(folder, `${name}.jsonl`), 'utf8')
  }
  /* The last of them alone in a run of their own, without what was read before them in the other. */
  const some = items.slice(-10)
  const fewer = await run('some', some)
  const all = await run('all', items)
  expect(fewer.split('\n')).toHaveLength(some.length + 1)
  expect(all.split('\n').slice(-fewer.split('\n').length).join('\n')).toBe(fewer)
  const outcomes = all.trimEnd().split('\n').map((line) => (JSON.parse(line) as { readonly outcome: number | 'ask' }).outcome)
  const look = await embedAll(items.flatMap(({ options, cards }) => [...options, ...cards.flatMap(({ policies }) => policies)]))
  const plain = items.map(({ options, cards }) => {
    const scores = options.map((option) => cards.reduce((sum, { policies: [line = ''] }) => sum + cosine(look(line), look(option)), 0))
    return scores.indexOf(Math.max(...scores))
  })
  const right = (answers: readonly (number | 'ask')[]): number => items.filter(({ expected }, at) => answers[at] === expected).length
  expect(outcomes).toHaveLength(items.length)
  expect(right(outcomes) - right(plain)).toBeGreaterThanOrEqual(6)
  expect(notes.at(-1)).toBe('decisions: 60 items done')
}, 240_000)

it('refuses a model that is not installed in one line', async () => {
  const notes: string[] = []
  await writeFile(join(folder, 'one.jsonl'), '{"id":1,"text":"a"}\n')
  expect(await runEval(['kinds', join(folder, 'one.jsonl'), join(folder, 'out.jsonl'), '--model', 'no-such-model'], { note: (line) => notes.push(line) })).toBe(1)
  expect(notes).toEqual(['error: no model "no-such-model" is installed; see "steward models list", or Models in Settings'])
})
