/** A reader in its seat in the model's own process: what is read, what is kept, and what is said where it cannot be loaded. */
import { open, rm, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { builtIn, reader } from '../../models/manifest.ts'
import { startModel, type ModelOptions, type RunningModel } from '../../models/model.ts'
import { emptyGraph } from '../../shared/graph.ts'
import { readPreview } from '../../shared/decision/preview.ts'
import type { Result } from '../../shared/result.ts'
import { limits } from '../../shared/schema.ts'
import { createReaderFolder, type ReaderFolder } from '../support/reader.ts'

const opened: RunningModel[] = []
const folders: string[] = []
let whole: ReaderFolder
/** One process for all that asks nothing of a fresh one. */
let shared: RunningModel
beforeAll(async () => {
  whole = await createReaderFolder()
  shared = startModel({ folder: whole.folder })
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((model) => model.close()))
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})
afterAll(async () => {
  await shared.close()
  await rm(whole.folder, { recursive: true, force: true })
})

describe('a model with a reader', () => {
  it('says so in its name, and has another hash than without', async () => {
    const identity = value(await shared.identity())
    expect(identity.name).toBe(`${builtIn} + ${reader}`)
    const other = await createReaderFolder({ reader: { label_rows: [1, 2, 3] } })
    folders.push(other.folder)
    expect(value(await start(other).identity()).sha256).not.toBe(identity.sha256)
  })

  it('[M3] reads nothing twice, and after an edit the edited line alone', async () => {
    const reads: number[] = []
    const model = start(whole, { onRead: (_, tokens) => reads.push(tokens) })
    const first = value(await model.evidence(request()))
    const again = value(await model.evidence(request()))
    const edited = value(await model.evidence(request({ line: 'MORNINGS when the bread is still warm' })))
    expect(again).toEqual(first)
    expect(reads[0]).toBeGreaterThan(200)
    expect(reads[1]).toBe(0)
    /* The line in two orders of the options. */
    expect(reads[2]).toBeGreaterThan(0)
    expect(reads[2]).toBeLessThan((reads[0] ?? 0) / 4)
    const changed = Object.keys(first.support).filter((line) => JSON.stringify(first.support[line as never]) !== JSON.stringify(edited.support[line as never]))
    expect(changed).toEqual(['p2.1'])
    /* The card that is nowhere near was not read, now or then. */
    for (const line of ['p3.1', 'p3.2'] as never[]) expect(first.support[line]).toEqual([0, 0, 0])
    expect(first.relevance['c3' as never]).toBeLessThan(0.01)
  })

  it('[M1] gives the same to the bit from another process, and for a card among others', async () => {
    const first = value(await shared.evidence(request()))
    const model = start(whole)
    value(await model.evidence(request({ line: 'ANYTHING else', situation: 'Another day.' })))
    const alone = value(await model.evidence(request({ cards: 1 })))
    expect(value(await model.evidence(request()))).toEqual(first)
    for (const line of ['p1.1', 'p1.2'] as never[]) expect(alone.support[line]).toEqual(first.support[line])
    expect(alone.relevance['c1' as never]).toBe(first.relevance['c1' as never])
  })

  it('gives each option the same, in whatever order they stand', async () => {
    const model = shared
    const first = value(await model.evidence(request()))
    const turned = value(await model.evidence(request({ options: ['Change the subject.', 'Tell her the truth.', 'Say that you love it.'] })))
    for (const line of Object.keys(first.support) as never[]) expect(turned.support[line]).toEqual([2, 0, 1].map((at) => (first.support[line] as number[])[at]))
  })

  it('[M4] takes a hundred thousand characters, and holds a line without words for nothing', async () => {
    const model = shared
    const long = 'a word or two '.repeat(8_000)
    const evidence = value(await model.evidence(request({ situation: long.slice(0, limits.situation), line: ' ', cards: 2 })))
    expect(evidence.support['p2.1' as never]).toEqual([0, 0, 0])
    const [answer, empty] = value(await model.pairs([{ value: long, option: long, situation: long, context: long }, { value: '', option: long }]))
    expect((answer?.upholds ?? 0) + (answer?.violates ?? 0) + (answer?.neutral ?? 0)).toBeCloseTo(1, 9)
    expect(empty).toEqual({ upholds: 0, violates: 0, neutral: 1 })
  })

  it('says that it reads another language less well, and counts its verdicts less', async () => {
    const model = shared
    expect(value(await model.evidence(request())).notes).toBeUndefined()
    const foreign = value(await model.evidence(request({ situation: 'Eine Freundin fragt, was du von ihrem Bild hältst. Die Wahrheit würde ihr wehtun, und das weißt du.' })))
    expect(foreign.notes).toEqual(['not-english'])
    expect(Math.max(...Object.values(foreign.support as Record<string, number[]>).flat().map(Math.abs))).toBeLessThanOrEqual(0.4)
  })

  it('[M6] stops reading within 200 ms when it is aborted, and answers the next', async () => {
    const model = shared
    value(await model.identity())
    const controller = new AbortController()
    const many = Array.from({ length: 300 }, (_, at) => ({ value: `care for the ${at}th`, option: `Leave number ${at} alone.` }))
    let aborted = 0
    const result = await model.pairs(many, { signal: controller.signal, onProgress: (share) => {
      if (share < 0.2 || controller.signal.aborted) return
      aborted = performance.now()
      controller.abort()
    } })
    expect(result).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
    expect(performance.now() - aborted).toBeLessThan(200)
    expect(value(await model.rank('dogs', ['tax law', 'puppies']))[0]).toBe(1)
  })
})

describe('a reader that cannot be used', () => {
  it.each<[string, string, (own: string) => Promise<unknown>]>([
    ['was cut off', `${reader}/onnx/model.onnx has 10000 bytes`, (own) => truncate(join(own, 'onnx', 'model.onnx'), 10_000)],
    ['is damaged', `${reader}/tokenizer.json is damaged`, (own) => flip(join(own, 'tokenizer.json'))],
    ['is missing', `${reader}/config.json is missing`, (own) => unlink(join(own, 'config.json'))]
  ])('is named where it %s, and looked for again at the next call', async (_, message, damage) => {
    const broken = await createReaderFolder()
    folders.push(broken.folder)
    await damage(broken.reader)
    const model = start(broken)
    expect(await model.evidence(request())).toMatchObject({ ok: false, error: { kind: 'model', message: expect.stringContaining(message) as string, remedy: expect.stringContaining('everything but previews works') as string } })
    expect(model.state).toMatchObject({ kind: 'unavailable' })
    expect(await model.rank('a', ['b'])).toMatchObject({ ok: false, error: { kind: 'model' } })
  })

  it('is refused where it was not trained to read values', async () => {
    const foreign = await createReaderFolder({})
    folders.push(foreign.folder)
    expect(await start(foreign).identity()).toMatchObject({ ok: false, error: { kind: 'model', message: expect.stringContaining('were not trained to read values') as string } })
  })

  it('is not loaded where there is too little memory for it', async () => {
    const huge = await createReaderFolder()
    folders.push(huge.folder)
    /* A file with a hole: as large as it says, and empty on the disk. */
    await writeFile(join(huge.reader, 'more.onnx_data'), '')
    await truncate(join(huge.reader, 'more.onnx_data'), 4e12)
    expect(await start(huge).identity()).toMatchObject({ ok: false, error: { kind: 'model', message: expect.stringMatching(/too little memory .* needs about \d+ MB, and \d+ MB are free/u) as string } })
  })
})

function start({ folder }: ReaderFolder, options: ModelOptions = {}): RunningModel {
  const model = startModel({ folder, ...options })
  opened.push(model)
  return model
}

async function flip(path: string): Promise<void> {
  const file = await open(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 5_000)
  await file.write(Buffer.of((buffer[0] ?? 0) ^ 1), 0, 1, 5_000)
  await file.close()
}

function request({ line = 'PEACE at the table', situation = 'A friend asks what you think of her painting. The truth would hurt.', options = ['Tell her the truth.', 'Say that you love it.', 'Change the subject.'], cards = 3 } = {}) {
  return value(readPreview({
    situation, options,
    cards: [
      { title: 'Honesty', contexts: ['when a friend asks my opinion'], policies: ['THE TRUTH told to a friend', 'WORDS that I would say to their face'] },
      { title: 'Harmony', contexts: ['when the truth would hurt a friend'], policies: [line, 'GUESTS who stay longer than they meant to'] },
      { title: 'Order', contexts: ['when the quarter’s accounts are due'], policies: ['COLUMNS that add up', 'RECEIPTS in their folders'] }
    ].slice(0, cards)
  }, emptyGraph()))
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.kind}: ${result.error.message}`)
  return result.value
}
