/** `steward passphrase`, and every command on a home that is locked. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { helpText } from '../../../main/commands/usage.ts'
import { filesIn } from '../../support/bytes.ts'
import { runHere, type Ended } from '../../support/terminal.ts'

const first = 'the first one of all'
const second = 'and then the second'
let base: string
let home: string
let environment: NodeJS.ProcessEnv

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'steward-passphrase-'))
  home = join(base, 'home')
  environment = { VALUES_STEWARD_KEYS: join(base, 'keys') }
  await succeed(['cards', 'add', '-'], { input: '{"title":"Listening","policies":["SILENCES that somebody fills by and by"]}' })
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const run = (argv: readonly string[], { environment: more = {}, ...options }: Parameters<typeof runHere>[1] = {}): Promise<Ended> => runHere([...argv, '--home', home], { ...options, environment: { ...environment, ...more } })
async function succeed(...command: Parameters<typeof run>): Promise<void> {
  const { code, errors } = await run(...command)
  if (code !== 0) throw new Error(errors)
}
/** Somebody at a terminal who types these, one after the other. */
function typing(...answers: readonly string[]): { readonly asked: string[]; readonly askSecret: (question: string) => Promise<string | null> } {
  const left = [...answers]
  const asked: string[] = []
  return { asked, askSecret: (question) => Promise.resolve((asked.push(question), left.shift() ?? null)) }
}
const everything = (): readonly (readonly [string, string])[] => [...filesIn(base)].map(([path, bytes]) => [path, bytes.toString('base64')] as const)
const knows = (word: string): boolean => [...filesIn(base).values()].some((bytes) => bytes.includes(word))

describe('steward passphrase', () => {
  it('is set, changed and taken away at a terminal, is asked for twice when it is new, and is written nowhere', async () => {
    const set = typing(first, first)
    const done = await run(['passphrase', 'set'], set)
    expect(done).toMatchObject({ code: 0, errors: '' })
    expect(done.output).toContain('locked with your passphrase')
    expect(set.asked).toEqual(['New passphrase: ', 'Once more: '])
    expect(readdirSync(join(base, 'keys'))).toEqual([])
    expect(await run(['passphrase', 'change'], typing(first, second, second))).toMatchObject({ code: 0 })
    expect(await run(['passphrase', 'remove', '--json'], typing(second))).toMatchObject({ code: 0, output: expect.stringMatching(/^\{"keeper":"file","path":".*\.key"\}\n$/u) })
    expect(await run(['cards', 'list'])).toMatchObject({ code: 0, output: expect.stringContaining('Listening') })
    expect([first, second].some(knows)).toBe(false)
  }, 180_000)

  it('comes from the environment, from a file, and from standard input, the present one first', async () => {
    expect(await run(['passphrase', 'set'], { environment: { VALUES_STEWARD_NEW_PASSPHRASE: first } })).toMatchObject({ code: 0 })
    expect(await run(['passphrase', 'change'], { input: `${first}\n${second}\n` })).toMatchObject({ code: 0 })
    const file = join(base, 'words')
    writeFileSync(file, `${second}\r\n${first}\r\n`)
    expect(await run(['passphrase', 'change', '--passphrase-file', file])).toMatchObject({ code: 0 })
    rmSync(file)
    expect(await run(['passphrase', 'remove'], { environment: { VALUES_STEWARD_PASSPHRASE: first } })).toMatchObject({ code: 0 })
    expect(await run(['cards', 'list'])).toMatchObject({ code: 0 })
  }, 180_000)

  it.each([
    ['two that are not the same', ['set'], typing(first, second), 1, 'the two were not the same'],
    ['one that is too short', ['set'], typing('short'), 1, 'a passphrase has 8 characters or more'],
    ['none', ['set'], typing(), 1, 'a passphrase has 8 characters or more'],
    ['none on standard input', ['set'], {}, 1, 'a passphrase has 8 characters or more'],
    ['a change where there is none', ['change'], typing(first), 1, 'this home has no passphrase'],
    ['taking away where there is none', ['remove'], typing(first), 1, 'this home has no passphrase'],
    ['something else', ['guess'], {}, 2, 'passphrase takes set, change or remove'],
    ['nothing', [], {}, 2, 'passphrase takes set, change or remove'],
    ['a passphrase as an argument', ['set', first], {}, 2, 'usage: steward passphrase set']
  ] as const)('%s is one line, and changes nothing', async (_, argv, terminal, code, message) => {
    const before = everything()
    const ended = await run(['passphrase', ...argv], terminal)
    expect(ended).toMatchObject({ code, output: '', errors: expect.stringMatching(/^error: .*\n$/u) })
    expect(ended.errors).toContain(message)
    expect(everything()).toEqual(before)
  })

  it('that is wrong changes nothing, and a second one is no way round the first', async () => {
    await run(['passphrase', 'set'], typing(first, first))
    const before = everything()
    for (const argv of [['change'], ['remove']]) expect(await run(['passphrase', ...argv], typing('a wrong one', second, second))).toMatchObject({ code: 1, errors: expect.stringContaining('that is not the passphrase') })
    expect(await run(['passphrase', 'set'], typing(second, second))).toMatchObject({ code: 1, errors: expect.stringContaining('has a passphrase already') })
    expect(everything()).toEqual(before)
  }, 180_000)
})

describe('a home that is locked', () => {
  const commands: readonly (readonly [argv: readonly string[], input: string])[] = [
    [['cards', 'list'], ''], [['scenarios', 'list'], ''], [['cards', 'add', '-'], '{"title":"Another","policies":["LAUGHTER that is shared"]}'],
    [['export', '--format', 'native'], ''], [['devices'], ''], [['import', '-', '--yes'], '[{"title":"Third","policies":["QUESTIONS that stay open"]}]']
  ]
  const opener = 'what the backup opens by'
  let backup: string
  beforeEach(async () => {
    backup = join(base, 'backup')
    await succeed(['backup', backup], { environment: { VALUES_STEWARD_BACKUP_PHRASE: opener } })
    await succeed(['passphrase', 'set'], typing(first, first))
  })

  it('is opened by no command without it, nor with a wrong one: one line says what to do, and no file is touched', async () => {
    const [situation, cards, folder] = [join(base, 'situation.json'), join(base, 'cards.json'), join(base, 'folder')]
    writeFileSync(situation, '{"situation":"A friend is silent.","options":["Wait","Speak"]}')
    writeFileSync(cards, '[{"title":"Third","policies":["QUESTIONS that stay open"]}]')
    mkdirSync(folder)
    const others: readonly (readonly string[])[] = [
      ['preview', situation], ['cards', 'show', 'c1'], ['cards', 'retire', 'c1'], ['pair', '--offer'], ['pair', '123-456-789-012'], ['rename', 'ab12', 'x'], ['revoke', 'ab12'], ['quarantine', 'list'], ['quarantine', 'take', 'ab12'], ['quarantine', 'drop', 'ab12'], ['sync'], ['sync', '--once'],
      ['sync', '--folder', folder], ['anywhere'], ['anywhere', 'https://relay.example.org'], ['backup', join(base, 'new')], ['restore', backup], ['restore', backup, '--yes'],
      ['passphrase', 'change'], ['passphrase', 'remove'], ['import', cards], ['export', '--format', 'native', join(base, 'out')]
    ]
    const all = [...commands, ...others.map((argv) => [argv, ''] as const)]
    const named = new Set(all.map(([argv]) => argv.join(' ')))
    const without = /^(?:models|verify|help|doctor)|passphrase set/u
    for (const [, command = ''] of helpText.matchAll(/^ {2}([a-z]+(?: [a-z]+)?)\b/gmu)) expect([command, without.test(command) || [...named].some((one) => one.startsWith(command))]).toEqual([command, true])
    const before = everything()
    const more = { VALUES_STEWARD_BACKUP_PHRASE: opener, VALUES_STEWARD_NEW_PASSPHRASE: second }
    for (const [argv, input] of all) {
      const errors = argv[0] === 'passphrase' ? expect.stringMatching(/^error: no passphrase was given; nothing was changed/u) : 'error: this home is locked with a passphrase; give the passphrase in VALUES_STEWARD_PASSPHRASE or with --passphrase-file FILE, or run this in a terminal\n'
      expect([argv, await run(argv, { input, environment: more })]).toEqual([argv, { code: 1, output: '', errors }])
      expect([argv, await run(argv, { input, environment: { ...more, VALUES_STEWARD_PASSPHRASE: 'a wrong one' } })]).toEqual([argv, { code: 1, output: '', errors: expect.stringMatching(/^error: that is not the passphrase; [^\n]*\n$/u) }])
    }
    expect(everything()).toEqual(before)
  }, 180_000)

  it('is looked at by the doctor from outside: that it is locked is all that is wrong, and it mends nothing', async () => {
    const before = everything()
    for (const argv of [['doctor', '--json'], ['doctor', '--json', '--mend']]) for (const environment of [{}, { VALUES_STEWARD_PASSPHRASE: 'a wrong one' }]) {
      const ended = await run(argv, { environment })
      const troubles = ended.output.trim().split('\n').map((line) => JSON.parse(line) as { kind: string; message: string; mended: boolean }).filter(({ kind }) => kind === 'trouble')
      expect([ended.code, troubles]).toEqual([1, [expect.objectContaining({ message: expect.stringMatching(/locked with a passphrase|that is not the passphrase/u), mended: false })]])
    }
    expect(everything()).toEqual(before)
  }, 180_000)

  it('is opened by each with it, which is asked for once', async () => {
    for (const [argv, input] of commands) {
      const person = typing(first)
      const ended = await run(argv, { input, ...person })
      expect([argv, ended.code, ended.errors, person.asked]).toEqual([argv, 0, '', ['Passphrase: ']])
    }
    expect((await run(['cards', 'list'], { environment: { VALUES_STEWARD_PASSPHRASE: first } })).output.split('\n')).toHaveLength(4)
    const words = join(base, 'words')
    writeFileSync(words, `${first}\n`)
    expect(await run(['cards', 'list', '--passphrase-file', words])).toMatchObject({ code: 0 })
    expect(await run(['cards', 'list', '--passphrase-file', '-'], { input: `${first}\n` })).toMatchObject({ code: 0 })
    expect(await run(['cards', 'add', '-', '--passphrase-file', '-'], { input: 'x' })).toMatchObject({ code: 2 })
    expect(await run(['cards', 'list', '--passphrase-file', join(base, 'nowhere')])).toMatchObject({ code: 1, errors: expect.stringContaining('nowhere') })
  }, 180_000)

  it('says again what was wrong, and gives up when the person does', async () => {
    const person = typing('a wrong one', first)
    expect(await run(['cards', 'list'], person)).toMatchObject({ code: 0 })
    expect(person.asked[1]).toBe('that is not the passphrase; type it again; capital letters and spaces count\nPassphrase: ')
    expect(await run(['cards', 'list'], typing())).toMatchObject({ code: 1, output: '' })
    expect(existsSync(join(home, 'values.sqlite-wal'))).toBe(false)
    expect(readFileSync(join(home, 'vault.json'), 'utf8')).toContain('argon2id')
  }, 180_000)
})
