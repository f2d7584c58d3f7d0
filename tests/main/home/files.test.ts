import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quote, readTextFile, writeTextFile } from '../../../main/home/files.ts'
import { ok } from '../../../shared/result.ts'

let folder: string
const at = (name: string): string => join(folder, name)
const nothing = Readable.from([])

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('reading a file that a person names', () => {
  it('gives its text, without the byte order mark', async () => {
    await writeFile(at('plain.json'), '{"é": "שלום 🌱"}')
    await writeFile(at('marked.json'), '\uFEFF{}')
    await writeFile(at('empty'), '')
    expect(await readTextFile(at('plain.json'), nothing)).toEqual(ok('{"é": "שלום 🌱"}'))
    expect(await readTextFile(at('marked.json'), nothing)).toEqual(ok('{}'))
    expect(await readTextFile(at('empty'), nothing)).toEqual(ok(''))
  })

  it('reads standard input for -, in chunks that split a character', async () => {
    const bytes = Buffer.from('{"é":1}')
    expect(await readTextFile('-', Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]))).toEqual(ok('{"é":1}'))
  })

  it.each([
    ['a folder', async (): Promise<string> => folder, 'bad-input', 'is a folder'],
    ['a missing file', async (): Promise<string> => at('missing'), 'not-found', 'there is no file'],
    ['a file under a file', async (): Promise<string> => at('plain.json/x'), 'not-found', 'there is no file'],
    ['a pipe that nobody writes to', async (): Promise<string> => (execFileSync('mkfifo', [at('pipe')]), at('pipe')), 'bad-input', 'is not an ordinary file'],
    ['a device without an end', async (): Promise<string> => '/dev/zero', 'bad-input', 'is not an ordinary file'],
    ['a name that is too long', async (): Promise<string> => at('x'.repeat(5_000)), 'bad-input', 'cannot be the name'],
    ['a name with a zero in it', async (): Promise<string> => 'a\0b', 'storage', 'could not be read'],
    ['a link to itself', async (): Promise<string> => (await symlink('loop', at('loop')), at('loop')), 'bad-input', 'cannot be the name'],
    ['UTF-16', async (): Promise<string> => (await writeFile(at('utf16'), Buffer.from('\uFEFF{}', 'utf16le')), at('utf16')), 'bad-input', 'not text in UTF-8'],
    ['a cut character', async (): Promise<string> => (await writeFile(at('cut'), Buffer.from('é').subarray(0, 1)), at('cut')), 'bad-input', 'not text in UTF-8'],
    ['100 MB', async (): Promise<string> => (await writeFile(at('large'), ''), await truncate(at('large'), 100_000_000), at('large')), 'bad-input', 'larger than 64 MB']
  ] as const)('refuses %s', async (_, make, kind, message) => {
    const result = await readTextFile(await make(), nothing)
    expect(result).toMatchObject({ ok: false, error: { kind, message: expect.stringContaining(message) } })
  })

  it('refuses what this account may not read', async () => {
    await writeFile(at('private'), 'x')
    await chmod(at('private'), 0o000)
    /* Whoever may read everything asks as somebody who may not. */
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      expect(await readTextFile(at('private'), nothing)).toMatchObject({ ok: false, error: { kind: 'denied' } })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  it('refuses a socket', async () => {
    const server = createServer().listen(at('socket'))
    await once(server, 'listening')
    expect(await readTextFile(at('socket'), nothing)).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    server.close()
  })

  it('stops reading an endless standard input at the limit', async () => {
    let given = 0
    async function* endless() {
      for (;;) {
        given += 1
        yield Buffer.alloc(1024 * 1024)
      }
    }
    expect(await readTextFile('-', endless())).toMatchObject({ ok: false, error: { message: 'standard input is larger than 64 MB' } })
    expect(given).toBe(65)
  })

  it('names a file in one line without what could be taken for something else', () => {
    expect(quote('a\nb\u202Ec\u001B[31m')).toBe('"a�b�c�[31m"')
    expect(quote('x'.repeat(1_000)).length).toBeLessThan(125)
    expect(quote('\ud800')).toBe('"�"')
  })
})

describe('writing a file that a person names', () => {
  it('makes it readable by its owner alone, and leaves nothing beside it', async () => {
    await mkdir(at('fresh'))
    expect(await writeTextFile(at('fresh/new.json'), 'é')).toEqual(ok(undefined))
    expect(await readFile(at('fresh/new.json'), 'utf8')).toBe('é')
    expect((await stat(at('fresh/new.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(at('fresh'))).toEqual(['new.json'])
  })

  it('replaces what is there, keeps its mode, and follows a link', async () => {
    await writeFile(at('old.json'), 'old')
    await chmod(at('old.json'), 0o640)
    await symlink('old.json', at('link.json'))
    expect(await writeTextFile(at('link.json'), 'new')).toEqual(ok(undefined))
    expect(await readFile(at('old.json'), 'utf8')).toBe('new')
    expect((await stat(at('old.json'))).mode & 0o777).toBe(0o640)
  })

  it.each([
    ['a folder', (): string => folder, 'bad-input'],
    ['a device', (): string => '/dev/null', 'bad-input'],
    ['a folder that is missing', (): string => at('nowhere/file'), 'not-found'],
    ['a full disk', (): string => '/dev/full', 'bad-input'],
    ['a name that is too long', (): string => at('x'.repeat(5_000)), 'bad-input']
  ] as const)('refuses %s', async (_, name, kind) => {
    expect(await writeTextFile(name(), 'x')).toMatchObject({ ok: false, error: { kind } })
  })

  it('leaves the old file whole and nothing beside it where the new one cannot take its place', async () => {
    await mkdir(at('odd'))
    /* 255 bytes are the longest name: the file itself can exist, and its temporary neighbour still has a short name. */
    const longest = at(`odd/${'y'.repeat(255)}`)
    await writeFile(longest, 'old')
    expect(await writeTextFile(longest, 'new')).toEqual(ok(undefined))
    expect(await readdir(at('odd'))).toEqual(['y'.repeat(255)])
  })
})
