/** The command line as a process of its own, as a shell starts it; and beside another process on the same home. */
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHome } from '../../main/replica.ts'
import { systemRandom } from '../../main/system.ts'
import { badPreviews, brokenFiles, goodPreview } from '../support/bad.ts'
import { plainCalibration } from '../support/given.ts'
import { createFakeModel } from '../support/model.ts'
import { ended, expectRefusal, printOf, runHere, runProcess, startProcess, type Ended } from '../support/terminal.ts'

let folder: string
let made = 0
const freshName = (name: string) => join(folder, `${name}-${(made += 1)}`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-slow-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(content: string | Uint8Array): Promise<string> {
  const path = freshName('file')
  await writeFile(path, content)
  return path
}

async function homeWith(cards: unknown): Promise<string> {
  const home = freshName('home')
  expect(await runHere(['cards', 'add', '-', '--home', home], { input: JSON.stringify(cards) })).toMatchObject({ code: 0, errors: '' })
  return home
}

describe('as a process, the command line', () => {
  it('prints help and its version', async () => {
    expect(await runProcess(['help'])).toMatchObject({ code: 0, errors: '' })
    expect(await runProcess(['--version'])).toEqual({ code: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u), errors: '' })
    expect(await runProcess(['nonsense'])).toEqual({ code: 2, output: '', errors: 'error: there is no command "nonsense"; see "steward help"\n' })
  })

  it('refuses every kind of bad file as it does within a test', async () => {
    const home = await homeWith(goodPreview().cards)
    const before = await printOf(home)
    const files = await Promise.all([...Object.values(brokenFiles), ...Object.values(badPreviews)].map((make) => file(make())))
    const jobs = [...files, folder, '/dev/zero', join(folder, 'missing.json')].map((path, index) => [path, ['preview', 'import'][index % 2] ?? ''] as const)
    for (let next = 0; next < jobs.length; next += 4) {
      const results = await Promise.all(jobs.slice(next, next + 4).map(([path, command]) => runProcess([command, path, '--home', home])))
      results.forEach(expectRefusal)
    }
    expect(await printOf(home)).toEqual(before)
  }, 180_000)

  it('previews with the real model, deterministic to the byte, and verify agrees', async () => {
    const path = await file(JSON.stringify(goodPreview()))
    const [first, second] = [await runProcess(['preview', path, '--json']), await runProcess(['preview', path, '--json'])]
    expect(first).toMatchObject({ code: 0, errors: '' })
    expect(second.output).toBe(first.output)
    expect(await runProcess(['verify', '-'], first.output)).toEqual({ code: 0, output: 'valid\n', errors: '' })
    expect((JSON.parse(first.output) as { model: { sha256: string } }).model.sha256).toMatch(/^[0-9a-f]{64}$/u)
  })

  it('loads nothing of models/ but for preview', async () => {
    const home = freshName('home')
    const loadModel = async () => ({ model: createFakeModel(), calibration: plainCalibration })
    const { output } = await runHere(['preview', '-', '--json'], { input: JSON.stringify(goodPreview()), loadModel })
    const loader = join(folder, 'no-models.mjs')
    await writeFile(loader, `import { registerHooks } from 'node:module'
registerHooks({ resolve(name, context, next) {
  const found = next(name, context)
  if (/\\/models\\/|huggingface|onnxruntime/.test(found.url)) { process.stderr.write('LOADED ' + found.url); process.exit(9) }
  return found
} })`)
    const here = process.env['NODE_OPTIONS']
    process.env['NODE_OPTIONS'] = `--import=${loader}`
    try {
      expect(await runProcess(['verify', '-'], output)).toEqual({ code: 0, output: 'valid\n', errors: '' })
      expect(await runProcess(['cards', 'add', '-', '--home', home], JSON.stringify(goodPreview().cards))).toMatchObject({ code: 0 })
      expect(await runProcess(['cards', 'list', '--home', home])).toMatchObject({ code: 0 })
      expect((await runProcess(['preview', '-', '--home', home], JSON.stringify(goodPreview()))).errors).toContain('LOADED')
    } finally {
      if (here === undefined) delete process.env['NODE_OPTIONS']
      else process.env['NODE_OPTIONS'] = here
    }
  })

  it('is quiet when its reader goes away', async () => {
    const cards = Array.from({ length: 3_000 }, (_, index) => ({ title: `Card ${index} ${'x'.repeat(100)}`, policies: ['x'] }))
    const home = await homeWith(cards)
    const child = startProcess('main/cli.ts', ['cards', 'list', '--json', '--home', home])
    child.stdout?.once('data', () => child.stdout?.destroy())
    const { errors } = await ended(child)
    expect(errors).toBe('')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on %s while it waits for its input', async (signal) => {
    const home = freshName('home')
    const endAfter = async (milliseconds: number): Promise<Ended> => {
      const child = startProcess('main/cli.ts', ['import', '-', '--yes', '--home', home])
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
      child.kill(signal)
      return await ended(child)
    }
    let told = await endAfter(2_500)
    /* On a busy machine it had not begun to listen, and the system ended it. */
    for (let wait = 5_000; told.code === -1 && wait <= 20_000; wait *= 2) told = await endAfter(wait)
    expectRefusal(told)
    expect(existsSync(home)).toBe(false)
  })
})

describe('beside another process that writes the same home, the command line', () => {
  it('reads, also what was written a moment ago, and refuses to write', async () => {
    const home = await homeWith([{ id: 'c1', title: 'Rest', policies: ['x'] }])
    const opened = await openHome({ directory: home, mode: 'write', random: systemRandom })
    if (!opened.ok) throw new Error(opened.error.message)
    try {
      expect(await runProcess(['cards', 'list', '--home', home])).toEqual({ code: 0, output: 'c1  endorsed  Rest\n', errors: '' })
      expect(await runProcess(['export', '--home', home])).toMatchObject({ code: 0, errors: '' })
      const export_ = (await runProcess(['export', '--home', home])).output
      for (const [argv, input] of [
        [['cards', 'add', '-'], '{"title":"New","policies":["x"]}'],
        [['cards', 'retire', 'c1'], ''],
        [['import', '-', '--yes'], export_]
      ] as const) {
        const refused = await runProcess([...argv, '--home', home], input)
        expectRefusal(refused)
        expect(refused.errors).toContain('another Values Steward is using this home')
      }
    } finally {
      await opened.value.close()
    }
    expect(await runProcess(['cards', 'retire', 'c1', '--home', home])).toMatchObject({ code: 0, output: 'c1  retired   Rest\n' })
  })

  it('never loses a card where many add at once: each is there or was refused', async () => {
    const home = await homeWith([{ id: 'first', title: 'First', policies: ['x'] }])
    const results = await Promise.all(Array.from({ length: 6 }, (_, index) => runProcess(['cards', 'add', '-', '--home', home], JSON.stringify({ id: `k${index}`, title: `Card ${index}`, policies: ['x'] }))))
    for (const result of results) if (result.code !== 0) expectRefusal(result)
    const added = results.flatMap(({ code }, index) => (code === 0 ? [`k${index}`] : []))
    expect(added.length).toBeGreaterThan(0)
    const { output } = await runHere(['cards', 'list', '--json', '--home', home])
    expect(output.trimEnd().split('\n').map((line) => (JSON.parse(line) as { id: string }).id).sort()).toEqual(['first', ...added].sort())
  })
})

describe('on a home from a newer version, the command line', () => {
  it('reads and says so on standard error, and refuses to write', async () => {
    const home = await homeWith([{ id: 'c1', title: 'Rest', policies: ['x'] }])
    const database = new DatabaseSync(join(home, 'values.sqlite'))
    database.exec('PRAGMA user_version = 99')
    database.close()
    const list = await runHere(['cards', 'list', '--home', home])
    expect(list).toMatchObject({ code: 0, output: 'c1  endorsed  Rest\n' })
    expect(list.errors).toMatch(/^note: this home was written by a newer version [^\n]+\n$/u)
    expectRefusal(await runHere(['cards', 'retire', 'c1', '--home', home]))
  })
})

describe('on a home that this account may not look into, the command line', () => {
  it('says so, instead of showing an empty one', async () => {
    const home = await homeWith([{ id: 'c1', title: 'Rest', policies: ['x'] }])
    await chmod(home, 0o000)
    /* Whoever may read everything asks as somebody who may not. */
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      expectRefusal(await runHere(['cards', 'list', '--home', home]))
      expectRefusal(await runHere(['cards', 'add', '-', '--home', home], { input: '{"title":"New","policies":["x"]}' }))
    } finally {
      if (isRoot) process.seteuid?.(0)
      await chmod(home, 0o700)
    }
    expect((await runHere(['cards', 'list', '--home', home])).output).toBe('c1  endorsed  Rest\n')
  })
})
