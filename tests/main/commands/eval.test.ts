/** `npm run eval` with the fake model: the four tasks, bad lines, and runs that were cut off anywhere. */
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runEval } from '../../../main/commands/eval.ts'
import { createFakeModel } from '../../support/model.ts'

let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'steward-eval-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('eval', () => {
  it('decides previews: id, outcome and probabilities, in the order of the items, whatever is expected of them', async () => {
    const item = { situation: 'A friend asks about her painting.', options: ['Tell the truth to my friend.', 'Watch the weather.'], cards: [{ title: '', context: '', policies: ['truth to a friend'] }] }
    const out = await answers('decisions', [{ id: 'b', ...item, expected: 1 }, { id: 7, ...item, options: item.options.toReversed() }, { ...item, id: 'none', cards: [] }])
    expect(out.map(({ id, outcome }) => ({ id, outcome }))).toEqual([{ id: 'b', outcome: 0 }, { id: 7, outcome: 1 }, { id: 'none', outcome: 'ask' }])
    expect(out.every((answer) => Object.keys(answer).join() === 'id,outcome,probabilities')).toBe(true)
    expect(out[0]?.['probabilities']).toEqual([expect.closeTo(1, 0), expect.closeTo(0, 0)])
  })

  it('judges pairs, with situation and context or without', async () => {
    const out = await answers('pairs', [{ id: 1, value: 'tell the truth', option: 'I tell the truth' }, { id: 2, value: 'never lie', option: 'I lie', situation: 'At home', context: null }])
    expect(out).toEqual([{ id: 1, upholds: 1, violates: 0, neutral: 0 }, { id: 2, upholds: 0, violates: 1, neutral: 0 }])
  })

  it('ranks candidates, given as a list or as the name of one beside the items', async () => {
    await writeFile(join(folder, 'list.json'), '["taxes", "dogs and cats", "dogs"]')
    const out = await answers('retrieval', [{ id: 'a', query: 'dogs', candidates: ['cats', 'dogs'] }, { id: 'b', query: 'dogs', candidates: 'list.json' }])
    expect(out).toEqual([{ id: 'a', ranking: [1, 0] }, { id: 'b', ranking: [2, 1, 0] }])
  })

  it('names the kind of each line', async () => {
    expect(await answers('kinds', [{ id: 'x', text: 'HONESTY with friends' }, { id: 'y', text: 'You must not lie' }])).toEqual([{ id: 'x', kind: 'policy' }, { id: 'y', kind: 'rule' }])
  })

  it('skips empty lines, takes Windows line ends, and a last line without an end', async () => {
    expect((await run('kinds', '\n{"id":1,"text":"a"}\r\n \n{"id":2,"text":"b"}')).code).toBe(0)
    expect(await read()).toBe('{"id":1,"kind":"name"}\n{"id":2,"kind":"name"}\n')
  })

  it.each([
    ['not JSON', '{"id":3,'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['not a record', '[]'],
    ['without an id', '{"text":"a"}'],
    ['with a wrong id', '{"id":{},"text":"a"}'],
    ['without what is asked', '{"id":3}'],
    ['with a key that reaches the prototype', '{"id":3,"text":"a","__proto__":{}}']
  ])('ends at a line that is %s: says which, and keeps what was done', async (_, line) => {
    const before = '{"id":1,"text":"a"}\n{"id":2,"text":"b"}\n'
    const { code, notes } = await run('kinds', Buffer.concat([Buffer.from(before), Buffer.from(line), Buffer.from('\n{"id":4,"text":"c"}\n')]))
    expect(code).toBe(1)
    expect(notes.at(-1)).toMatch(/^error: line 3 of ".*items\.jsonl": .+; .+$/u)
    expect(await read()).toBe('{"id":1,"kind":"name"}\n{"id":2,"kind":"name"}\n')
  })

  it('goes on, once the bad line is mended, as if it had not been there', async () => {
    await run('kinds', '{"id":1,"text":"a"}\nbad\n')
    expect((await run('kinds', '{"id":1,"text":"a"}\n{"id":2,"text":"b"}\n')).code).toBe(0)
    expect(await read()).toBe('{"id":1,"kind":"name"}\n{"id":2,"kind":"name"}\n')
  })

  it.each([['missing.json', 'no file'], ['../list.json', 'not the name'], ['broken.json', 'JSON'], ['record.json', 'list of texts']])('refuses a list of candidates at %s', async (name, why) => {
    await writeFile(join(folder, 'broken.json'), '[')
    await writeFile(join(folder, 'record.json'), '{}')
    const { code, notes } = await run('retrieval', `${JSON.stringify({ id: 1, query: 'a', candidates: name })}\n`)
    expect(code).toBe(1)
    expect(notes.at(-1)).toContain(why)
  })

  it('reads a list of candidates from a file only, whatever its name and where items are named from', async () => {
    const before = process.cwd()
    process.chdir(folder)
    try {
      await writeFile('items.jsonl', '{"id":1,"query":"a","candidates":"-"}\n')
      const notes: string[] = []
      expect(await runEval(['retrieval', 'items.jsonl', 'out.jsonl'], { openModel: () => createFakeModel(), note: (line) => notes.push(line) })).toBe(1)
      expect(notes).toEqual([expect.stringContaining('there is no file')])
    } finally {
      process.chdir(before)
    }
  })

  it('ends with the same bytes wherever it was interrupted', async () => {
    const items = Array.from({ length: 150 }, (_, at) => `${JSON.stringify({ id: at % 2 === 0 ? at : `é${at}`, text: at % 3 === 0 ? 'HONESTY' : `line ${at}` })}\n`).join('')
    await run('kinds', items)
    const whole = await readFile(join(folder, 'out.jsonl'))
    expect(whole.toString().split('\n')).toHaveLength(151)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (cut) => {
        await writeFile(join(folder, 'out.jsonl'), whole.subarray(0, cut))
        expect((await run('kinds', items)).code).toBe(0)
        expect((await readFile(join(folder, 'out.jsonl'))).equals(whole)).toBe(true)
      }),
      { numRuns: 40 }
    )
  })

  it('does not compute again what is there', async () => {
    const items = '{"id":1,"text":"a"}\n{"id":2,"text":"b"}\n'
    await run('kinds', items)
    let asked = 0
    expect(await runEval(['kinds', join(folder, 'items.jsonl'), join(folder, 'out.jsonl')], { openModel: () => ((asked += 1), createFakeModel()), note: () => {} })).toBe(0)
    expect(asked).toBe(0)
  })

  it('refuses to go on with answers to other items, and leaves them as they are', async () => {
    await run('kinds', '{"id":1,"text":"a"}\n')
    const before = await read()
    expect((await run('kinds', '{"id":2,"text":"a"}\n')).notes.at(-1)).toMatch(/^error: line 1 of ".*out\.jsonl" is not the answer to line 1/u)
    expect((await run('kinds', '')).notes.at(-1)).toContain('more answers than there are items')
    expect(await read()).toBe(before)
    for (const other of ['a note without an end', '{"id":1,"kind":"name"}\nand a note', 'a note\n{"id":', '{"id":1,"text":"an item without an end"}', '{"id":1,"kind":"name"}\n{"id":3,"kind":"na']) {
      await writeFile(join(folder, 'out.jsonl'), other)
      expect((await run('kinds', '{"id":1,"text":"a"}\n{"id":2,"text":"a"}\n')).code).toBe(1)
      expect(await read()).toBe(other)
    }
  })

  it('keeps items that the name of the answers leads to, too', async () => {
    await symlink('items.jsonl', join(folder, 'out.jsonl'))
    expect((await run('kinds', '{"id":1,"text":"a"}')).code).toBe(1)
    expect(await readFile(join(folder, 'items.jsonl'), 'utf8')).toBe('{"id":1,"text":"a"}')
  })

  it('takes answers over from a run that was killed, whoever has its number now, and from no run that goes on', async () => {
    await writeFile(join(folder, 'items.jsonl'), '{"id":1,"text":"a"}\n')
    const go = (openModel = () => createFakeModel()) => runEval(['kinds', join(folder, 'items.jsonl'), join(folder, 'out.jsonl')], { openModel, note: () => {} })
    for (const pid of [process.pid, process.ppid]) {
      await writeFile(join(folder, 'out.jsonl.lock'), `${pid}\n`)
      expect(await go()).toBe(0)
      await rm(join(folder, 'out.jsonl'))
    }
    let second: Promise<number> | null = null
    expect(await go(() => ((second = go()), createFakeModel({ pause: async () => void (await second) })))).toBe(0)
    expect(await second).toBe(1)
    expect(await readdir(folder)).toEqual(['items.jsonl', 'out.jsonl'])
  })

  it('passes on what is wrong with the model, and keeps what was done', async () => {
    let left = 1
    const openModel = () => createFakeModel({ problem: () => (left-- > 0 ? null : { kind: 'model', message: 'it broke', remedy: 'mend it' }) })
    await writeFile(join(folder, 'items.jsonl'), Array.from({ length: 100 }, (_, at) => `{"id":${at},"text":"a"}\n`).join(''))
    const notes: string[] = []
    expect(await runEval(['kinds', join(folder, 'items.jsonl'), join(folder, 'out.jsonl')], { openModel, note: (line) => notes.push(line) })).toBe(1)
    expect(notes.at(-1)).toBe('error: it broke; mend it')
    expect((await read()).split('\n')).toHaveLength(65)
  })

  it.each([[[]], [['kinds']], [['kinds', 'a']], [['nonsense', 'a', 'b']], [['constructor', 'a', 'b']], [['kinds', 'a', 'b', 'c']], [['kinds', 'a', 'b', '--port', '3']], [['kinds', '', 'b']]])('takes %j for wrong usage', async (argv) => {
    expect(await runEval(argv, { openModel: () => createFakeModel(), note: () => {} })).toBe(2)
  })

  it('names a file that is missing, a folder, and items that would be overwritten', async () => {
    const notes: string[] = []
    const go = (items: string, out: string) => runEval(['kinds', items, out], { openModel: () => createFakeModel(), note: (line) => notes.push(line) })
    await writeFile(join(folder, 'items.jsonl'), '')
    expect([await go(join(folder, 'none'), join(folder, 'o')), await go(folder, join(folder, 'o')), await go(join(folder, 'items.jsonl'), folder), await go(join(folder, 'items.jsonl'), join(folder, 'items.jsonl')), await go(join(folder, 'items.jsonl'), join(folder, 'no', 'o'))]).toEqual([1, 1, 1, 1, 1])
    expect(notes.every((line) => /^error: .+; .+$/u.test(line))).toBe(true)
  })
})

async function answers(task: string, items: readonly object[]): Promise<readonly Record<string, unknown>[]> {
  const { code, notes } = await run(task, items.map((item) => `${JSON.stringify(item)}\n`).join(''))
  if (code !== 0) throw new Error(notes.at(-1))
  return (await read()).trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
}

async function run(task: string, items: string | Uint8Array): Promise<{ readonly code: number; readonly notes: readonly string[] }> {
  const notes: string[] = []
  await writeFile(join(folder, 'items.jsonl'), items)
  const code = await runEval([task, join(folder, 'items.jsonl'), join(folder, 'out.jsonl')], { openModel: () => createFakeModel(), note: (line) => notes.push(line) })
  return { code, notes }
}

function read(): Promise<string> {
  return readFile(join(folder, 'out.jsonl'), 'utf8')
}
