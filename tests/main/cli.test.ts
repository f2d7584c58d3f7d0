import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CardView } from '../../main/cards.ts'
import { badPreviews, brokenFiles, goodPreview, oddPreviews } from '../support/bad.ts'
import { createFakeModel } from '../support/model.ts'
import { plainCalibration } from '../support/given.ts'
import { expectRefusal, printOf, runHere as runWithModel } from '../support/terminal.ts'

const loadModel = async () => ({ model: createFakeModel(), calibration: plainCalibration })
const runHere: typeof runWithModel = (argv, options) => runWithModel(argv, { loadModel, ...options })

let folder: string
let made = 0
const at = (name: string) => join(folder, name)
const freshHome = () => at(`home-${(made += 1)}`)
async function file(content: string | Uint8Array | object): Promise<string> {
  const path = at(`file-${(made += 1)}.json`)
  await writeFile(path, typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content))
  return path
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'))
})
afterAll(() => rm(folder, { recursive: true }))

const lines = (text: string) => text.trimEnd().split('\n').map((line) => JSON.parse(line) as CardView)

async function homeWith(cards: unknown): Promise<string> {
  const home = freshHome()
  expect(await runHere(['cards', 'add', '-', '--home', home], { input: JSON.stringify(cards) })).toMatchObject({ code: 0, errors: '' })
  return home
}

describe('preview', () => {
  it('answers in the form of the interface, the same bytes each time, and makes no home', async () => {
    const home = freshHome()
    const path = await file(goodPreview())
    const first = await runHere(['preview', path, '--json', '--home', home])
    expect(first).toMatchObject({ code: 0, errors: '' })
    expect(first.output).toMatch(/^\{"outcome":[^\n]+\}\n$/u)
    const answer = JSON.parse(first.output) as Record<string, never>
    expect(Object.keys(answer)).toEqual(['outcome', 'reason', 'probabilities', 'relevance', 'support', 'model', 'certificate'])
    expect(answer).toMatchObject({ probabilities: [expect.any(Number), expect.any(Number)], relevance: [expect.any(Number), expect.any(Number)], model: { name: 'shared-words' } })
    expect((answer['support'] as unknown as number[][][]).map((card) => card.map((policy) => policy.length))).toEqual([[2, 2], [2]])
    expect((await runHere(['preview', '-', '--json', '--home', home], { input: JSON.stringify(goodPreview()) })).output).toBe(first.output)
    expect(existsSync(home)).toBe(false)
  })

  it('says in words what would be done or why not, how likely each option is, and what would change it', async () => {
    const { code, output } = await runHere(['preview', await file(goodPreview())])
    expect(code).toBe(0)
    expect(output).toMatch(/^It would (choose: |ask you, because )/u)
    for (const option of goodPreview().options) expect(output).toContain(option)
    expect(output).toMatch(/\d+ %/u)
    expect(output).toContain('What would change it')
    expect(output).not.toMatch(/undefined|null|\bNaN\b|\{/u)
  })

  it("uses the person's own endorsed cards where the file has none, and no retired one", async () => {
    const { cards, wiser_than: _, ...bare } = goodPreview()
    const home = await homeWith(cards)
    const preview = await file(bare)
    const asked = async () => JSON.parse((await runHere(['preview', preview, '--json', '--home', home])).output) as { relevance: number[]; certificate: unknown }
    expect((await asked()).relevance).toHaveLength(2)
    expect(JSON.stringify((await asked()).certificate)).toContain('MOMENTS where my friend hears')
    await runHere(['cards', 'retire', 'c1', '--home', home])
    expect((await asked()).relevance).toHaveLength(1)
    const empty = freshHome()
    expect(JSON.parse((await runHere(['preview', preview, '--json', '--home', empty])).output)).toMatchObject({ outcome: 'ask', reason: 'no-card', relevance: [] })
    expect(existsSync(empty)).toBe(false)
  })

  it.each(Object.entries(oddPreviews))('takes %s', async (_, make) => {
    const result = await runHere(['preview', '-', '--json'], { input: make() })
    expect(result).toMatchObject({ code: 0, errors: '' })
    expect((await runHere(['verify', '-'], { input: result.output }))).toEqual({ code: 0, output: 'valid\n', errors: '' })
  })

  it('takes 5,000 cards', async () => {
    const { cards: _, wiser_than: __, ...rest } = goodPreview()
    const cards = Array.from({ length: 5_000 }, (_, index) => ({ title: `Card ${index}`, contexts: [`when ${index} asks`], policies: [`MOMENTS of kind ${index}`] }))
    const result = await runHere(['preview', '-', '--json'], { input: JSON.stringify({ ...rest, cards }) })
    expect(result).toMatchObject({ code: 0, errors: '' })
    expect((JSON.parse(result.output) as { relevance: number[] }).relevance).toHaveLength(5_000)
  })

  it('says so when the model is away', async () => {
    const away = createFakeModel({ problem: () => ({ kind: 'model', message: 'the model is not installed', remedy: 'run the installer again' }) })
    const result = await runHere(['preview', await file(goodPreview())], { loadModel: async () => ({ model: away, calibration: plainCalibration }) })
    expect(result).toEqual({ code: 1, output: '', errors: 'error: the model is not installed; run the installer again\n' })
  })
})

describe('verify', () => {
  it('accepts an answer and its certificate alone, and rejects either when one field is changed', async () => {
    const { output } = await runHere(['preview', await file(goodPreview()), '--json'])
    const answer = JSON.parse(output) as { probabilities: number[]; certificate: { derived: { probabilities: number[] } } }
    expect(await runHere(['verify', await file(output)])).toEqual({ code: 0, output: 'valid\n', errors: '' })
    expect(await runHere(['verify', await file(answer.certificate)])).toEqual({ code: 0, output: 'valid\n', errors: '' })
    expect(JSON.parse((await runHere(['verify', await file(output), '--json'])).output)).toMatchObject({ valid: true })
    expectRefusal(await runHere(['verify', await file({ ...answer, probabilities: [0.25, 0.75] })]))
    answer.certificate.derived.probabilities = [0.25, 0.75]
    expectRefusal(await runHere(['verify', await file(answer.certificate)]))
  })
})

describe('cards', () => {
  it('that are being saved are saved, and said to be, also where the command is told to stop meanwhile: nobody adds them twice', async () => {
    const home = await homeWith({ title: 'Rest', policies: ['quiet'] })
    const stop = new AbortController()
    const { postMessage } = Worker.prototype
    const posted = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: { kind?: string }) {
      if (message.kind === 'append') setImmediate(() => stop.abort())
      return postMessage.call(this, message)
    })
    const added = await runHere(['cards', 'add', '-', '--json', '--home', home], { input: JSON.stringify({ title: 'Work', policies: ['care'] }), signal: stop.signal })
    posted.mockRestore()
    expect(stop.signal.aborted).toBe(true)
    expect(added).toMatchObject({ code: 0, errors: '' })
    expect(lines(added.output).map(({ title }) => title)).toEqual(['Work'])
  })

  it('are added one or many, each printed with its id, endorsed, and listed in DESIGN words', async () => {
    const home = freshHome()
    const one = await runHere(['cards', 'add', '-', '--json', '--home', home], { input: JSON.stringify({ title: 'Rest', context: 'when tired', policies: ['MOMENTS of quiet'] }) })
    expect(one).toMatchObject({ code: 0, errors: '' })
    const [card] = lines(one.output)
    expect(card).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9][\w.:-]*$/u), title: 'Rest', story: '', policies: ['MOMENTS of quiet'], contexts: ['when tired'], obstacles: '', status: 'endorsed', kind: 'unclear'
    })
    const many = await runHere(['cards', 'add', await file(goodPreview().cards), '--json', '--home', home])
    expect(lines(many.output).map(({ id }) => id)).toEqual(['c1', 'c2'])
    const list = await runHere(['cards', 'list', '--json', '--home', home])
    expect(lines(list.output).map(({ title }) => title).sort()).toEqual(['Gentleness', 'Honest company', 'Rest'])
    expect((await runHere(['cards', 'list', '--home', home])).output).toMatch(/^c1 {2}endorsed {2}Honest company$/mu)
    expect(lines((await runHere(['cards', 'show', 'c1', '--json', '--home', home])).output)[0]).toMatchObject({ title: 'Honest company', policies: goodPreview().cards[0]?.policies })
    const words = (await runHere(['cards', 'show', 'c1', '--home', home])).output
    for (const text of ['Honest company', 'c1, endorsed', ...(goodPreview().cards[0]?.policies ?? []), 'when a friend asks what I think']) expect(words).toContain(text)
  })

  it('with the same context share it, and with an id that is taken change nothing', async () => {
    const home = await homeWith(goodPreview().cards)
    const before = await runHere(['export', '--home', home])
    expectRefusal(await runHere(['cards', 'add', '-', '--home', home], { input: JSON.stringify([{ title: 'New', policies: ['x'] }, { id: 'c1', title: 'Taken', policies: ['x'] }]) }))
    expect((await runHere(['export', '--home', home])).output).toBe(before.output)
    await runHere(['cards', 'add', '-', '--home', home], { input: JSON.stringify({ title: 'Tact', contexts: ['When a friend asks what I think.'], policies: ['x'] }) })
    expect((JSON.parse((await runHere(['export', '--home', home])).output) as { contexts: unknown[] }).contexts).toHaveLength(2)
  })

  it('are retired and kept; an unknown id is exit 1', async () => {
    const home = await homeWith(goodPreview().cards)
    expect(lines((await runHere(['cards', 'retire', 'c1', '--json', '--home', home])).output)[0]).toMatchObject({ id: 'c1', status: 'retired' })
    expect(lines((await runHere(['cards', 'list', '--json', '--home', home])).output).map(({ id, status }) => `${String(id)} ${String(status)}`).toSorted()).toEqual(['c1 retired', 'c2 endorsed'])
    for (const id of ['c9', '__proto__', 'constructor', '\u202e', 'x'.repeat(10_000)]) {
      expectRefusal(await runHere(['cards', 'show', id, '--home', home]))
      expectRefusal(await runHere(['cards', 'retire', id, '--home', home]))
    }
  })

  it('go from one home into another as they are listed, whatever their status', async () => {
    const home = await homeWith([
      { ...goodPreview().cards[0], story: 'She asked me.\nI said it.', obstacles: 'Wanting to be liked', kind: 'constitutive' }, { title: 'Not yet', policies: [], status: 'draft' },
      { title: 'No more', policies: ['x'], status: 'retired' }
    ])
    const listed = lines((await runHere(['cards', 'list', '--json', '--home', home])).output)
    expect(listed.map(({ status }) => status).sort()).toEqual(['draft', 'endorsed', 'retired'])
    expect(listed.find(({ id }) => id === 'c1')).toMatchObject({ story: 'She asked me.\nI said it.', obstacles: 'Wanting to be liked', kind: 'constitutive' })
    const other = await homeWith(listed)
    const order = (cards: readonly CardView[]) => cards.toSorted((left, right) => (left.id < right.id ? -1 : 1))
    expect(order(lines((await runHere(['cards', 'list', '--json', '--home', other])).output))).toEqual(order(listed))
    for (const wrong of [{ status: 'active' }, { kind: 7 }, { story: '\u202e' }, { obstacles: 'x'.repeat(30_000) }]) {
      expectRefusal(await runHere(['cards', 'add', '-', '--home', other], { input: JSON.stringify({ title: 'T', policies: ['x'], ...wrong }) }))
    }
  })

  it('can be 5,000', async () => {
    const home = freshHome()
    const cards = Array.from({ length: 5_000 }, (_, index) => ({ id: `k${index}`, title: `Card ${index}`, contexts: [`when ${index} asks`], policies: [`MOMENTS of kind ${index}`] }))
    const added = await runHere(['cards', 'add', '-', '--home', home], { input: JSON.stringify(cards) })
    expect(added).toMatchObject({ code: 0, errors: '' })
    expect(added.output.trimEnd().split('\n')).toHaveLength(5_000)
    expect(lines((await runHere(['cards', 'list', '--json', '--home', home])).output)).toHaveLength(5_000)
  }, 60_000)

  it('are none in a home that is not there, which is not made by looking', async () => {
    const home = freshHome()
    expect(await runHere(['cards', 'list', '--home', home])).toEqual({ code: 0, output: '', errors: '' })
    expectRefusal(await runHere(['cards', 'show', 'c1', '--home', home]))
    expectRefusal(await runHere(['cards', 'add', '-', '--home', home], { input: '{}' }))
    expect(existsSync(home)).toBe(false)
  })

  it('nor by asking after the devices of a home that is not there', async () => {
    const home = freshHome()
    expect(await runHere(['devices', '--json', '--home', home])).toEqual({ code: 0, output: '', errors: '' })
    expect((await runHere(['devices', '--home', home])).output).toBe(aloneText)
    expect(await runHere(['quarantine', 'list', '--home', home])).toEqual({ code: 0, output: 'Nothing is put aside.\n', errors: '' })
    for (const asked of [['sync', '--once'], ['revoke', 'laptop'], ['rename', 'laptop', 'desk'], ['quarantine', 'drop', 'ab12'], ['anywhere', 'https://relay.example.org'], ['anywhere']]) {
      expect(await runHere([...asked, '--home', home])).toEqual({ code: 1, output: '', errors: 'error: this home is not paired with another; start with "steward pair --offer" here and "steward pair CODE" there\n' })
    }
    expect(existsSync(home)).toBe(false)
  })
})

const aloneText = `This device, ${hostname()}, is not paired with another.\nTo add one: "steward pair --offer" here and "steward pair CODE" on the other, or the other way round.\n`

it('a home that was never paired names this device and how to add another; as JSON it lists none', async () => {
  const home = await homeWith(goodPreview().cards)
  expect(await runHere(['devices', '--home', home])).toEqual({ code: 0, output: aloneText, errors: '' })
  expect(await runHere(['devices', '--json', '--home', home])).toEqual({ code: 0, output: '', errors: '' })
})

describe('import and export', () => {
  it('bring a home whole into another, and the same bytes out again', async () => {
    const [from, to] = [await homeWith(goodPreview().cards), freshHome()]
    const path = at('export.json')
    expect(await runHere(['export', '--format', 'native', path, '--home', from])).toEqual({ code: 0, output: '', errors: '' })
    expect((await runHere(['export', '--format', 'native', '--home', from])).output).toBe(await readFile(path, 'utf8'))
    const plan = await runHere(['import', path, '--home', to])
    expect(plan).toMatchObject({ code: 0, errors: '' })
    expect(plan.output).toMatch(/Nothing was changed; add --yes to do it\.\n$/u)
    expect(existsSync(to)).toBe(false)
    expect(await runHere(['import', path, '--yes', '--home', to])).toMatchObject({ code: 0, errors: '' })
    expect((await runHere(['export', '--home', to])).output).toBe(await readFile(path, 'utf8'))
    const again = await printOf(to)
    expect(JSON.parse((await runHere(['import', path, '--json', '--home', to])).output)).toMatchObject({ added: 0, changed: 0, done: false })
    expect(await printOf(to)).toEqual(again)
  })

  it('of a preview file bring drafts, which are not in force', async () => {
    const home = freshHome()
    expect(await runHere(['import', await file(goodPreview()), '--yes', '--home', home])).toMatchObject({ code: 0 })
    expect(lines((await runHere(['cards', 'list', '--json', '--home', home])).output).map(({ status }) => status)).toEqual(['draft', 'draft'])
  })

  it('to a place that cannot be written say so', async () => {
    const home = await homeWith(goodPreview().cards)
    for (const path of [folder, at('nowhere/export.json'), '/dev/full']) expectRefusal(await runHere(['export', path, '--home', home]))
  })
})

describe('bad input', () => {
  const everyDoor = ['preview', 'verify', 'import', 'import --yes', 'cards add'] as const

  describe.each(everyDoor)('given to %s', (door) => {
    const argv = (path: string, home: string) => [...door.split(' '), path, '--home', home]

    it.each(Object.entries(brokenFiles))('%s is refused in one sentence and changes nothing', async (_, make) => {
      const home = freshHome()
      expectRefusal(await runHere(argv('-', home), { input: make() }))
      expectRefusal(await runHere(argv(await file(make()), home)))
      expect(existsSync(home)).toBe(false)
    })

    it('nothing else than a file is refused, and never waited for', async () => {
      const home = freshHome()
      await writeFile(at('large.json'), '')
      await truncate(at('large.json'), 100_000_000)
      if (!existsSync(at('pipe'))) execFileSync('mkfifo', [at('pipe')])
      for (const path of [folder, at('missing.json'), at('pipe'), '/dev/zero', at('large.json'), `${at('missing')}\n\u001b[31m`, 'x'.repeat(10_000)]) {
        expectRefusal(await runHere(argv(path, home)))
      }
      expect(existsSync(home)).toBe(false)
    })
  })

  describe('in a home with cards', () => {
    let home: string
    let before: Record<string, string>
    beforeAll(async () => {
      home = await homeWith(goodPreview().cards)
      before = await printOf(home)
    })

    it.each(Object.entries(badPreviews))('%s is refused by preview and by import, and the home stays as it is', async (name, make) => {
      expectRefusal(await runHere(['preview', '-', '--json', '--home', home], { input: make() }))
      /* A file of cards alone is no preview, and yet cards that one can take in. */
      if (name !== 'a situation left out') expectRefusal(await runHere(['import', '-', '--yes', '--home', home], { input: make() }))
      expect(await printOf(home)).toEqual(before)
    })
  })

  it('pollutes no prototype', async () => {
    for (const make of Object.values(brokenFiles)) await runHere(['preview', '-'], { input: make() })
    expect('polluted' in {}).toBe(false)
  })

  it('in a home is refused as clearly: a file for a folder, a folder that cannot be made', async () => {
    expectRefusal(await runHere(['cards', 'list', '--home', await file('x')]))
    expectRefusal(await runHere(['cards', 'add', '-', '--home', await file('x')], { input: JSON.stringify(goodPreview().cards) }))
    expectRefusal(await runHere(['cards', 'add', '-', '--home', '/dev/null/home'], { input: JSON.stringify(goodPreview().cards) }))
  })

  it('typed is wrong usage: exit 2 and one line', async () => {
    for (const argv of [[], ['nonsense\n\u001b[31m'], ['preview'], ['cards', 'list', 'x'], ['verify', 'x', '--loud'], ['export', '--format', 'x']]) {
      const result = await runHere(argv)
      expect(result).toMatchObject({ code: 2, output: '' })
      expect(result.errors).toMatch(/^error: [^\n\u001b]+; see "steward help"\n$/u)
    }
  })
})
