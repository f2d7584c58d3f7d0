/** `steward backup`, `restore` and `doctor`, through the real command line. */
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { examineHome } from '../../../main/keep/doctor.ts'
import { examineModels } from '../../../main/keep/models.ts'
import { systemClock } from '../../../main/system.ts'
import { mountDisk } from '../../support/disk.ts'
import { expectRefusal, printOf, runHere } from '../../support/terminal.ts'

let folder: string
let home: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-keep-'))
  home = join(folder, 'home')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const cards = [{ title: 'Honest friend', contexts: ['when a friend asks'], policies: ['MOMENTS where my friend says the thing nobody else will'] }, { title: 'Quiet company', policies: ['MOMENTS where nobody has to speak'] }]

async function run(...argv: readonly string[]) {
  return await runHere(argv)
}

async function lived(): Promise<readonly { readonly id: string; readonly title: string }[]> {
  const added = await runHere(['cards', 'add', '-', '--home', home, '--json'], { input: JSON.stringify(cards) })
  expect(added.errors).toBe('')
  return linesOf(added.output) as unknown as readonly { readonly id: string; readonly title: string }[]
}

/** The file, and the words that open it, in a file of their own. */
async function backedUp(name = 'all.backup'): Promise<{ readonly file: string; readonly words: string }> {
  const file = join(folder, name)
  const made = await run('backup', file, '--home', home, '--json')
  expect(made.errors).toBe('')
  const [told] = linesOf(made.output)
  expect(told).toMatchObject({ event: 'backup', file, cards: 2 })
  expect(String(told?.['phrase']).split(' ')).toHaveLength(24)
  const words = `${file}.words`
  await writeFile(words, `${String(told?.['phrase'])}\n`)
  return { file, words }
}

function linesOf(output: string): readonly Record<string, unknown>[] {
  return output.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
}

async function titles(where = home): Promise<readonly string[]> {
  const listed = await run('cards', 'list', '--home', where, '--json')
  return listed.output === '' ? [] : linesOf(listed.output).map((card) => `${String(card['title'])} ${String(card['status'])}`).sort()
}

describe('a backup', () => {
  it('brings everything back into an empty home, which is not made before --yes', async () => {
    await lived()
    const { file, words } = await backedUp()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const before = await titles()
    const other = join(folder, 'other')
    const plan = await run('restore', file, '--phrase-file', words, '--home', other, '--json')
    expect(linesOf(plan.output)).toEqual(expect.arrayContaining([{ event: 'added', what: 'cards', id: expect.any(String) as string, name: 'Honest friend' }]))
    expect(linesOf(plan.output).at(-1)).toMatchObject({ event: 'plan', changed: 0, removed: 0, done: false })
    expect(await printOf(other)).toEqual({})
    const done = await run('restore', file, '--yes', '--phrase-file', words, '--home', other, '--json')
    expect(done.errors).toBe('')
    expect(linesOf(done.output).at(-1)).toMatchObject({ event: 'restored', before: null })
    expect(await titles(other)).toEqual(before)
    const again = await run('restore', file, '--phrase-file', words, '--home', other)
    expect(again.output).toBe('This home says just what the backup says. Nothing would change.\n')
  })

  it('takes a home that was written in since back to what it said, and can be taken back', async () => {
    const [first] = await lived()
    const { file, words } = await backedUp()
    await run('cards', 'retire', first?.id ?? '', '--home', home)
    await runHere(['cards', 'add', '-', '--home', home], { input: JSON.stringify({ title: 'Later', policies: ['MOMENTS that came later'] }) })
    const since = await titles()
    const plan = await run('restore', file, '--phrase-file', words, '--home', home)
    expect(plan.output).toContain('the card "Honest friend" becomes as it was\n')
    expect(plan.output).toContain('the card "Later" goes\n')
    expect(plan.output).toContain('Nothing was changed; add --yes to do it.')
    expect(await titles()).toEqual(since)
    const done = await run('restore', file, '--yes', '--phrase-file', words, '--home', home, '--json')
    expect(linesOf(done.output).at(-1)).toMatchObject({ event: 'restored', removed: expect.any(Number) as number, before: expect.any(Number) as number })
    expect(await titles()).toEqual(['Honest friend endorsed', 'Quiet company endorsed'])
  })

  it('opens by a passphrase of one’s own where one is given', async () => {
    await lived()
    const file = join(folder, 'own.backup')
    const environment = { VALUES_STEWARD_BACKUP_PHRASE: 'four words of mine' }
    const made = await runHere(['backup', file, '--home', home, '--json'], { environment })
    expect(linesOf(made.output)[0]).toMatchObject({ phrase: null })
    const opened = await runHere(['restore', file, '--home', join(folder, 'other'), '--yes'], { environment })
    expect(opened.output).toContain('Done:')
    expectRefusal(await runHere(['restore', file, '--home', join(folder, 'third')], { environment: { VALUES_STEWARD_BACKUP_PHRASE: 'not those words' } }))
  })

  it('says nothing of what is in it to whoever has not the words', async () => {
    await lived()
    const { file } = await backedUp()
    const bytes = await readFile(file)
    for (const text of ['Honest friend', 'nobody has to speak']) expect(bytes.includes(text)).toBe(false)
  })
})

describe('what is not right is said in one line, and nothing is touched', () => {
  it('backup: the file is there already, no folder, a folder that may not be written, no home', async () => {
    expectRefusal(await run('backup', join(folder, 'a'), '--home', home))
    await lived()
    const { file } = await backedUp()
    const before = await printOf(folder)
    for (const name of [file, join(folder, 'none', 'a'), folder, join(folder, 'x'.repeat(300))]) expectRefusal(await run('backup', name, '--home', home))
    expect((await run('backup', folder, '--home', home)).errors).toBe(`error: "${folder}" is a folder; name a file in it\n`)
    expect(await printOf(folder)).toEqual(before)
    const full = await runHere(['backup', '/dev/full', '--home', home])
    expectRefusal(full)
    if (process.getuid?.() !== 0) {
      await chmod(folder, 0o500)
      expectRefusal(await run('backup', join(folder, 'b'), '--home', home))
      await chmod(folder, 0o700)
    }
  })

  it('restore: no backup, of a newer version, cut short, damaged, wrong words, words that are none', async () => {
    await lived()
    const { file, words } = await backedUp()
    const bytes = await readFile(file)
    const end = bytes.indexOf(0x0a)
    const head = JSON.parse(bytes.subarray(0, end).toString()) as object
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(end + 60) ^ 1, end + 60)
    const bad: readonly (readonly [name: string, content: Uint8Array | string, said: string])[] = [
      ['empty', '', 'not a backup'], ['text', 'hello\n', 'not a backup'], ['json', '{"format":"other"}\n', 'not a backup'],
      ['newer', `${JSON.stringify({ ...head, version: 2, more: 1 })}\nxyz`, 'newer version'],
      ['short', bytes.subarray(0, bytes.length - 1), 'cut short'], ['head', bytes.subarray(0, 40), 'cut short'], ['long', Buffer.concat([bytes, Buffer.from('x')]), 'damaged'],
      ['flipped', flipped, 'damaged'],
      /* Known by what is left of its head, or by its name. */
      ...Array.from({ length: end + 1 }, (_, at) => at).filter((at) => at % 23 === 0 || at === end).map((at) => [`head-${at}`, Buffer.from(bytes.map((byte, where) => (where === at ? byte ^ 0x80 : byte))), 'this backup is damaged; take another copy of it, or an older backup'] as const),
      ['zeros', Buffer.concat([Buffer.alloc(100), bytes.subarray(100)]), 'damaged'], ['values-steward-2026-11-28-2.backup', Buffer.concat([Buffer.alloc(512), bytes.subarray(512)]), 'damaged'],
      ['unknown', Buffer.concat([Buffer.alloc(512), bytes.subarray(512)]), 'if it is one, its beginning is damaged']
    ]
    const before = await printOf(home)
    for (const [name, content, said] of bad) {
      const path = join(folder, name)
      await writeFile(path, content)
      const refused = await run('restore', path, '--yes', '--phrase-file', words, '--home', home)
      expectRefusal(refused)
      expect(refused.errors).toContain(said)
    }
    const other = await backedUp('other.backup')
    for (const [secret, said] of [[other.words, 'not the words'], [file, '"']] as const) {
      const refused = await run('restore', file, '--yes', '--phrase-file', secret, '--home', home)
      expectRefusal(refused)
      expect(refused.errors).toContain(said)
    }
    const typed = (await readFile(words, 'utf8')).trim().split(' ')
    for (const [text, said] of [[[...typed.slice(1), typed[0]].join(' '), 'do not belong together'], [typed.slice(0, 23).join(' '), '24 words'], [['valueless', ...typed.slice(1)].join(' '), 'valueless'], ['a passphrase', 'opens by 24 words'], ['', 'opens by 24 words']] as const) {
      const refused = await runHere(['restore', file, '--yes', '--home', home], { environment: { VALUES_STEWARD_BACKUP_PHRASE: text } })
      expectRefusal(refused)
      expect(refused.errors).toContain(said)
    }
    expectRefusal(await run('restore', join(folder, 'nowhere'), '--home', home))
    expectRefusal(await run('restore', folder, '--home', home))
    expect(await printOf(home)).toEqual(before)
  })
})

describe('the doctor', () => {
  it('finds nothing in a sound home, and changes nothing', async () => {
    await lived()
    const before = await printOf(home)
    const told = await run('doctor', '--home', home, '--json')
    expect(told).toMatchObject({ code: 0, errors: '' })
    expect(linesOf(told.output).filter(({ kind }) => kind === 'trouble')).toEqual([])
    expect(await printOf(home)).toEqual(before)
  })

  it('names a file that others may read, and mends that alone when told', async () => {
    await lived()
    await chmod(join(home, 'values.sqlite'), 0o644)
    const told = await run('doctor', '--home', home, '--json')
    expect(told.code).toBe(1)
    expect(linesOf(told.output).filter(({ kind }) => kind === 'trouble')).toMatchObject([{ file: 'values.sqlite', mended: false }])
    expect((await stat(join(home, 'values.sqlite'))).mode & 0o777).toBe(0o644)
    expect((await run('doctor', '--mend', '--home', home)).code).toBe(0)
    expect((await stat(join(home, 'values.sqlite'))).mode & 0o777).toBe(0o600)
  })

  it('takes a home that it may not look into for no empty one, and says that a disk can only be read', async () => {
    await lived()
    const isRoot = process.getuid?.() === 0
    await chmod(home, 0o000)
    if (isRoot) process.seteuid?.(65_534)
    try {
      expect(await examineHome({ directory: home, environment: {}, file: null, ask: null, input: Readable.from([]), clock: systemClock, mend: false })).toMatchObject([{ kind: 'trouble', message: 'this account may not open or write this home' }])
    } finally {
      if (isRoot) process.seteuid?.(0)
      await chmod(home, 0o700)
    }
    const disk = mountDisk(home)
    try {
      if (disk.isMounted) await lived()
      disk.makeReadOnly()
      const told = linesOf((await run('doctor', '--home', home, '--json')).output)
      if (disk.isMounted) expect(told.filter(({ kind }) => kind !== 'well')).toMatchObject([{ kind: 'note', message: 'this home is on a disk that can only be read' }])
      else expect(told.length).toBeGreaterThan(1)
    } finally {
      disk.end()
    }
  })

  it('brings a damaged file of the devices in order, and calls it what it is', async () => {
    await lived()
    const file = join(home, 'devices', 'values.sqlite')
    await run('revoke', 'nobody', '--home', home)
    const bytes = await readFile(file)
    for (let at = 0; at < bytes.length; at += 97) bytes[at] = (bytes[at] ?? 0) ^ 0x55
    await writeFile(file, bytes)
    expect(linesOf((await run('doctor', '--home', home, '--json')).output).filter(({ kind }) => kind === 'trouble')).toMatchObject([{ file: 'devices/values.sqlite', message: 'part of what this device knows of the others cannot be read' }])
    expect(await run('devices', '--home', home)).toMatchObject({ code: 1, errors: 'error: what this device knows of your others cannot be read; run "steward doctor --mend", or start the app\n' })
    const mended = await run('doctor', '--mend', '--home', home, '--json')
    expect(mended.code).toBe(0)
    expect(linesOf(mended.output)).toContainEqual(expect.objectContaining({ kind: 'well', file: 'devices/values.sqlite' }))
    expect(await run('devices', '--home', home)).toMatchObject({ code: 0, errors: '' })
    expect(await titles()).toHaveLength(2)
  })

  it('says once that nothing says how the home is opened, and what to do, which mending is not', async () => {
    await lived()
    for (const name of ['vault.json', 'vault.copy.json']) await writeFile(join(home, name), '{"half')
    const line = 'the file vault.json, which says how this home is opened, is damaged, and there is no sound copy of it; put vault.json back from a copy of this folder; without one, restore a backup into another folder, or pair that with another device; nothing in this home was touched'
    const told = await run('doctor', '--home', home)
    expect(told.output.match(/^trouble .*$/gmu)).toEqual([`trouble  vault.json: ${line}`])
    expect(told.errors).toBe('error: one thing is not well with this home or its models; see above what you can do\n')
    expect((await run('cards', 'list', '--home', home)).errors).toBe(`error: ${line}\n`)
  })

  it('is what a list of a home whose file was emptied names, and it brings back what a snapshot holds', async () => {
    await lived()
    await backedUp()
    for (const suffix of ['-wal', '-shm']) await rm(join(home, `values.sqlite${suffix}`), { force: true })
    await writeFile(join(home, 'values.sqlite'), '')
    expect(await run('cards', 'list', '--home', home)).toMatchObject({ code: 0, output: '', errors: 'note: the file that held your values is empty; run "steward doctor --mend", or start the app: it keeps the damaged file and puts back what can be\n' })
    await run('doctor', '--mend', '--home', home)
    expect(await titles()).toHaveLength(2)
  })

  it('says of a folder in place of a file that it is one, and takes the copy of vault.json for it', async () => {
    await lived()
    await rm(join(home, 'vault.json'))
    await mkdir(join(home, 'vault.json'))
    expect(await titles()).toHaveLength(2)
    for (const suffix of ['', '-wal', '-shm']) await rm(join(home, `values.sqlite${suffix}`), { force: true })
    await mkdir(join(home, 'values.sqlite'))
    const line = 'what lies in place of the file values.sqlite of this home is a folder, or no file at all; move it out of this home, and open it again: what can be is put back from a snapshot'
    for (const argv of [['cards', 'list'], ['cards', 'retire', 'x']]) expect(await run(...argv, '--home', home)).toMatchObject({ code: 1, errors: `error: ${line}\n` })
    expect((await run('doctor', '--mend', '--home', home)).output).toContain(`trouble  values.sqlite: ${line}\n`)
  })

  it.each([
    ['snapshots', 'a file where a folder', ['cards', 'list'], 0], ['devices', 'a file where a folder', ['devices'], 1], ['writer.lock', 'a folder where a file', ['revoke', 'x'], 1]
  ] as const)('says of what lies in place of %s that it is %s of this home should be', async (name, what, argv, code) => {
    await lived()
    await rm(join(home, name), { recursive: true, force: true })
    await (name === 'writer.lock' ? mkdir(join(home, name)) : writeFile(join(home, name), 'hi'))
    const line = `there is ${what} of this home should be; move it out of this home, and open it again`
    expect(await run(...argv, '--home', home)).toMatchObject({ code, errors: code === 0 ? '' : `error: ${line}\n` })
    expect((await run('doctor', '--home', home)).output).toContain(`trouble  ${name}: ${line}\n`)
  })

  it('mends nothing that a link in the home leads to', async () => {
    await lived()
    await writeFile(join(folder, 'shared'), 'read by others', { mode: 0o644 })
    await mkdir(join(home, 'packs'), { mode: 0o700 })
    await symlink(join(folder, 'shared'), join(home, 'packs', 'shared.txt'))
    await symlink(folder, join(home, 'packs', 'round'))
    expect((await run('doctor', '--mend', '--home', home)).code).toBe(0)
    expect((await stat(join(folder, 'shared'))).mode & 0o777).toBe(0o644)
  })

  it('finds a model that is not what was installed, and says what to do, also where it is the one that predicts', async () => {
    await lived()
    expect((await run('doctor', '--home', home)).output).toContain('the model all-MiniLM-L6-v2, which comes with the app, is whole')
    const model = join(home, 'models', 'Tiny')
    await mkdir(join(model, 'onnx'), { recursive: true })
    const bytes = Buffer.from('weights')
    await writeFile(join(model, 'onnx', 'model.onnx'), bytes)
    const record = {
      version: 1, name: 'Tiny', source: null, licence: { name: 'MIT', address: null, acceptedAt: null }, dtype: 'fp32', attention: 'plain', context: 512, languages: ['en'], parameters: 0, memory: 1, installedAt: 1,
      files: [{ path: 'onnx/model.onnx', bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }]
    }
    await writeFile(join(model, 'steward-model.json'), JSON.stringify(record))
    await mkdir(join(home, 'models', '.partial', 'Half'), { recursive: true })
    await writeFile(join(home, 'models', '.partial', 'Half', 'part'), 'half')
    const sound = await run('doctor', '--home', home, '--json')
    expect([sound.code, linesOf(sound.output).filter(({ file }) => String(file).startsWith('models'))]).toMatchObject([0, [{ kind: 'well', file: 'models/Tiny' }, { kind: 'note', file: 'models/.partial/Half' }]])
    bytes[3] = (bytes[3] ?? 0) ^ 1
    await writeFile(join(model, 'onnx', 'model.onnx'), bytes)
    await writeFile(join(home, 'models', 'chosen.json'), '{"name":"Tiny"}')
    const told = await run('doctor', '--home', home)
    expect(told.code).toBe(1)
    expect(told.output).toContain('trouble  models/Tiny: the model Tiny cannot be used: its file onnx/model.onnx is damaged; choose another one ("steward models choose all-MiniLM-L6-v2"), then remove it ("steward models remove Tiny") and install it again\n')
    await rm(model, { recursive: true })
    await writeFile(join(home, 'models', 'pinned.json'), '{"half')
    expect(linesOf((await run('doctor', '--home', home, '--json')).output).filter(({ kind }) => kind === 'trouble').map(({ file }) => file)).toEqual(['models/chosen.json', 'models/pinned.json'])
  })

  it('finds a file of the built-in models that is not what was shipped', async () => {
    const own = join(folder, 'own')
    await mkdir(join(own, 'weights', 'all-MiniLM-L6-v2'), { recursive: true })
    const file = { path: 'all-MiniLM-L6-v2/config.json', bytes: 2, sha256: createHash('sha256').update('{}').digest('hex') }
    const model = (name: string) => ({ name, licence: 'x', source: 'x', files: [file] })
    await writeFile(join(own, 'manifest.json'), JSON.stringify({ models: [model('all-MiniLM-L6-v2'), model('SmolLM2-135M-values')] }))
    await writeFile(join(own, 'weights', file.path), '{}')
    expect((await examineModels(home, own)).map(({ kind }) => kind)).toEqual(['well', 'well'])
    await writeFile(join(own, 'weights', file.path), '[]')
    expect(await examineModels(home, own)).toEqual([{ kind: 'trouble', file: '', message: 'the built-in model cannot be used: the file all-MiniLM-L6-v2/config.json is damaged', remedy: 'install the app again; everything but previews works without it', mended: false }])
  })
})
