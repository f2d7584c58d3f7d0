/** How a vault is made and opened: by a key file, a passphrase, a keychain; and all that can be wrong with these. */
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openLog } from '../../../main/log/log.ts'
import { keysFolder } from '../../../main/vault/keyfile.ts'
import { createKeychain } from '../../../main/vault/keychain.ts'
import { openVault, readKeeping, rekeep, unlock, type Opening, type VaultOptions } from '../../../main/vault/open.ts'
import type { Vault } from '../../../main/vault/vault.ts'
import type { Result } from '../../../shared/result.ts'
import { filesIn } from '../../support/bytes.ts'
import { mountDisk } from '../../support/disk.ts'
import { FakeSafeStorage } from '../../support/electron.ts'

/* A guess at a passphrase is meant to take its time, and a loaded machine takes several times that. */
vi.setConfig({ testTimeout: 180_000 })

let base: string
let directory: string
let keys: string
let environment: NodeJS.ProcessEnv

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'steward-vault-'))
  directory = join(base, 'home')
  keys = join(base, 'keys')
  environment = { VALUES_STEWARD_KEYS: keys }
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const open = (more: Partial<VaultOptions> = {}): Promise<Result<Opening>> => openVault({ directory, mode: 'write', environment, ...more })
async function opened(more: Partial<VaultOptions> = {}): Promise<Extract<Opening, { kind: 'open' }>> {
  const result = await open(more)
  if (!result.ok || result.value.kind !== 'open') throw new Error(result.ok ? 'there is no vault' : result.error.message)
  /* As who holds the home's lock does. */
  result.value.tidy()
  return result.value
}
const keyFile = (): string => join(keys, readdirSync(keys)[0] ?? '')
const keep = (vault: Vault, passphrase: string, current: string | null = null) => rekeep({ directory, environment }, vault, { kind: 'passphrase', passphrase }, current)
/** Every file of home and keys with what it holds: what must not change where something is refused. */
const everything = (): readonly (readonly [string, string])[] => [...filesIn(base)].map(([path, bytes]) => [path, bytes.toString('base64')] as const)
async function refuses(more: Partial<VaultOptions>, error: object): Promise<void> {
  const before = everything()
  expect(await open(more)).toMatchObject({ ok: false, error })
  expect(everything()).toEqual(before)
}
async function withLog(vault: Vault): Promise<void> {
  const log = await openLog({ directory, mode: 'write', vault })
  if (!log.ok) throw new Error(log.error.message)
  expect(await log.value.append(Buffer.from('an edit'))).toMatchObject({ ok: true })
  await log.value.close()
}

describe('the first opening', () => {
  it('for writing draws a key, which lies in a file of mode 600 outside of the home, and the next one finds it', async () => {
    const first = await opened()
    expect([statSync(keyFile()).mode & 0o777, statSync(keys).mode & 0o777, statSync(join(directory, 'vault.json')).mode & 0o777]).toEqual([0o600, 0o700, 0o600])
    const second = await opened()
    expect(second.vault.material()).toEqual(first.vault.material())
    const key = Buffer.from(first.vault.material().key)
    expect([...filesIn(base).values()].filter((bytes) => bytes.includes(key) || bytes.includes(key.toString('hex')) || bytes.includes(key.toString('base64')))).toEqual([])
  })

  it('for reading makes nothing', async () => {
    expect(await open({ mode: 'read' })).toEqual({ ok: true, value: { kind: 'none', why: null } })
    expect(existsSync(directory) || existsSync(keys)).toBe(false)
  })

  it('by several processes at once gives them one and the same', async () => {
    const script = `import { openVault } from ${JSON.stringify(new URL('../../../main/vault/open.ts', import.meta.url).href)}
      const found = await openVault({ directory: process.argv[1], mode: 'write' })
      process.stdout.write(found.ok && found.value.kind === 'open' ? Buffer.from(found.value.vault.material().key).toString('hex') : JSON.stringify(found))`
    const one = (): Promise<string> => new Promise((resolve) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory], { env: { ...process.env, ...environment }, cwd: fileURLToPath(new URL('../../..', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] })
      let text = ''
      child.stdout.on('data', (chunk) => (text += String(chunk)))
      child.on('close', () => resolve(text))
    })
    const found = await Promise.all(Array.from({ length: 6 }, one))
    expect(found[0]).toMatch(/^[0-9a-f]{64}$/u)
    expect(new Set(found).size).toBe(1)
    expect(readdirSync(keys)).toHaveLength(1)
  })

  it('refuses to put the key into the home itself, whichever way that is named', async () => {
    for (const inside of [join(directory, 'keys'), directory, join(directory, '..', 'home', 'x')]) {
      expect(await open({ environment: { VALUES_STEWARD_KEYS: inside } })).toMatchObject({ ok: false, error: { kind: 'bad-input', message: 'the key of this home would lie in the home itself' } })
    }
  })

  it('looks for keys where each platform keeps such things', () => {
    expect(keysFolder({ XDG_CONFIG_HOME: '/c' }, 'linux', '/u')).toBe('/c/values-steward/keys')
    expect(keysFolder({ XDG_CONFIG_HOME: 'relative' }, 'linux', '/u')).toBe('/u/.config/values-steward/keys')
    expect(keysFolder({}, 'darwin', '/u')).toBe('/u/Library/Application Support/Values Steward Keys')
    expect(keysFolder({ LOCALAPPDATA: 'C:\\L' }, 'win32', 'C:\\u')).toBe('C:\\L\\Values Steward Keys')
  })
})

describe('a key file', () => {
  it('that is missing is said with its path, and put back it opens again', async () => {
    await opened()
    const path = keyFile()
    copyFileSync(path, join(base, 'copy'))
    rmSync(path)
    await refuses({}, { kind: 'not-found', message: expect.stringContaining(path) })
    await refuses({ mode: 'read' }, { kind: 'not-found' })
    copyFileSync(join(base, 'copy'), path)
    await opened()
  })

  it('of another home, damaged, or no file at all is refused', async () => {
    await opened()
    const path = keyFile()
    const own = readFileSync(path)
    const other = join(base, 'other')
    await openVault({ directory: other, mode: 'write', environment: { VALUES_STEWARD_KEYS: join(base, 'others') } })
    const [foreign] = filesIn(join(base, 'others')).values()
    writeFileSync(path, foreign ?? '')
    await refuses({}, { kind: 'bad-input', message: `the key file ${path} belongs to another home` })
    for (const [text, message] of [['', 'is damaged'], [own.subarray(0, 40), 'is damaged'], [own.toString().replace(/"key":"[0-9a-f]{64}"/u, `"key":"${'0'.repeat(64)}"`), 'does not open this home']] as const) {
      writeFileSync(path, text)
      await refuses({}, { message: expect.stringContaining(message) })
    }
    rmSync(path)
    mkdirSync(path)
    await refuses({}, { kind: 'bad-input', message: expect.stringContaining('is no key file') })
  })

  it('that others may read is put right, and that is said once', async () => {
    await opened()
    chmodSync(keyFile(), 0o644)
    expect((await opened()).notice).toMatchObject({ message: expect.stringContaining('could read the key') })
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
    expect((await opened()).notice).toBe(null)
  })
})

describe('a key file on a disk that lets nobody change who may read it', () => {
  it('opens its home all the same, and that is said', async () => {
    await opened()
    const disk = mountDisk(keys)
    try {
      const first = await openVault({ directory: join(base, 'other'), mode: 'write', environment })
      expect(first.ok).toBe(true)
      chmodSync(keyFile(), 0o644)
      disk.makeReadOnly()
      const again = await openVault({ directory: join(base, 'other'), mode: 'read', environment })
      expect(again.ok && again.value.kind === 'open' ? again.value.notice?.message : again).toEqual(disk.isMounted ? 'other accounts of this computer may read the key of this home, since its disk lets nobody change that' : expect.anything())
    } finally {
      disk.end()
    }
  })
})

describe('what a crash left of a change', () => {
  it('is put right by who holds the home, as the header says it then: nothing that was changed meanwhile is brought back', async () => {
    const { vault } = await opened()
    const path = keyFile()
    const [key, older] = [readFileSync(path), readFileSync(join(directory, 'vault.copy.json'))]
    expect(await keep(vault, 'a passphrase of mine')).toMatchObject({ ok: true })
    /* The power went before the copy was written and the key file taken away. */
    writeFileSync(path, key)
    writeFileSync(join(directory, 'vault.copy.json'), older)
    const waiting = await unlock({ directory, mode: 'write', environment }, 'a passphrase of mine')
    expect([existsSync(path), readFileSync(join(directory, 'vault.copy.json'))]).toEqual([true, older])
    expect(await keep(vault, 'another passphrase', 'a passphrase of mine')).toMatchObject({ ok: true })
    writeFileSync(join(directory, 'vault.copy.json'), older)
    if (waiting.ok && waiting.value.kind === 'open') waiting.value.tidy()
    expect([existsSync(path), readFileSync(join(directory, 'vault.copy.json'))]).toEqual([false, readFileSync(join(directory, 'vault.json'))])
    expect((await unlock({ directory, mode: 'write', environment }, 'another passphrase')).ok).toBe(true)
  })
})

describe('a passphrase', () => {
  const passphrase = 'vier Wörter ohne Lied'

  it('set, changed and taken away, opens and then no more; the home’s key stays', async () => {
    const { vault } = await opened()
    await withLog(vault)
    expect(await keep(vault, passphrase)).toEqual({ ok: true, value: undefined })
    expect(readdirSync(keys)).toEqual([])
    await refuses({}, { kind: 'denied', message: 'this home is locked with a passphrase' })
    const again = await opened({ environment: { ...environment, VALUES_STEWARD_PASSPHRASE: passphrase } })
    expect(again.vault.material()).toEqual(vault.material())
    /* The same letters, composed otherwise. */
    expect((await unlock({ directory, mode: 'read', environment }, passphrase.normalize('NFD'))).ok).toBe(true)
    expect(await keep(vault, 'another one', passphrase)).toMatchObject({ ok: true })
    await refuses({ environment: { ...environment, VALUES_STEWARD_PASSPHRASE: passphrase } }, { kind: 'denied', message: 'that is not the passphrase' })
    expect(await rekeep({ directory, environment }, vault, { kind: 'file' }, 'another one')).toMatchObject({ ok: true })
    expect((await opened()).vault.material()).toEqual(vault.material())
    expect(readKeeping(directory, environment)).toMatchObject({ ok: true, value: { keeper: 'file', path: keyFile() } })
  })

  it('that is wrong is said at once, three times at most, and touches no file', async () => {
    const { vault } = await opened()
    await keep(vault, passphrase)
    const before = everything()
    const asked: (string | null)[] = []
    const found = await open({ ask: (again) => Promise.resolve(asked.push(again?.message ?? null) === 2 ? passphrase : 'wrong one') })
    expect(found.ok).toBe(true)
    expect(asked).toEqual([null, 'that is not the passphrase'])
    let count = 0
    await refuses({ ask: () => Promise.resolve(`wrong ${(count += 1)}`) }, { kind: 'denied', message: 'that is not the passphrase' })
    expect(count).toBe(3)
    await refuses({ ask: () => Promise.resolve(null) }, { kind: 'denied', message: 'this home is locked with a passphrase' })
    for (const current of ['wrong one', '', null]) expect(await keep(vault, 'a new one of mine', current)).toMatchObject({ ok: false, error: { kind: 'denied' } })
    expect(everything()).toEqual(before)
  })

  it('that is too short or too long is refused, and all is as before', async () => {
    const { vault } = await opened()
    const before = everything()
    for (const bad of ['', 'seven c', 'x'.repeat(1_001)]) expect(await keep(vault, bad)).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    expect(everything()).toEqual(before)
  })

  it('costs a guess 64 MiB or more, as its header says, and a header that asks for too much or too little is none', async () => {
    const { vault } = await opened()
    await keep(vault, passphrase)
    const header = JSON.parse(readFileSync(join(directory, 'vault.json'), 'utf8')) as { keeper: { lock: { work: { memory: number; passes: number; name: string; salt: string } } } }
    const { work } = header.keeper.lock
    expect(work).toMatchObject({ name: 'argon2id', passes: 3, salt: expect.stringMatching(/^[0-9a-f]{32}$/u) })
    expect(work.memory).toBeGreaterThanOrEqual(64 * 1_024)
    for (const memory of [8, 2 ** 31]) {
      const hostile = JSON.stringify({ ...header, keeper: { ...header.keeper, lock: { ...header.keeper.lock, work: { ...work, memory } } } })
      for (const name of ['vault.json', 'vault.copy.json']) writeFileSync(join(directory, name), hostile)
      await refuses({ environment: { ...environment, VALUES_STEWARD_PASSPHRASE: passphrase } }, { kind: 'storage', message: expect.stringContaining('is damaged') })
    }
  })
})

describe('the header', () => {
  it('that is cut or has a byte flipped anywhere is opened by its copy and mended; without a sound copy it is said, and nothing is touched', async () => {
    await withLog((await opened()).vault)
    const [path, copy] = [join(directory, 'vault.json'), join(directory, 'vault.copy.json')]
    const sound = readFileSync(path)
    const damages: readonly Buffer[] = [
      ...Array.from({ length: sound.length }, (_, at) => Buffer.from(sound.map((byte, where) => (where === at ? byte ^ 0x04 : byte)))),
      ...[0, 1, sound.length >> 1, sound.length - 3].map((length) => sound.subarray(0, length))
    ]
    for (const [at, damaged] of damages.entries()) {
      /* Each is written to the disk for good: one byte in four, of the one and of the other. */
      if (at % 4 > 1 && at < sound.length) continue
      writeFileSync(at % 2 === 0 ? path : copy, damaged)
      await opened()
      /* White space tells nothing, and may stay. */
      expect([readFileSync(path), readFileSync(copy)].every((bytes) => JSON.stringify(JSON.parse(bytes.toString())) === JSON.stringify(JSON.parse(sound.toString())))).toBe(true)
    }
    for (const damaged of damages.filter((_, at) => at % 7 === 0)) {
      for (const one of [path, copy]) writeFileSync(one, damaged)
      const before = everything()
      const found = await open()
      if (!found.ok) expect(found.error).toMatchObject({ kind: 'storage', message: expect.stringContaining('vault.json') })
      expect(found.ok ? JSON.stringify(JSON.parse(damaged.toString())) : '').toBe(found.ok ? JSON.stringify(JSON.parse(sound.toString())) : '')
      expect(everything()).toEqual(before)
    }
  })

  it('that is missing altogether is said, and no new one takes its place: what is sealed would be lost', async () => {
    await withLog((await opened()).vault)
    for (const name of ['vault.json', 'vault.copy.json']) rmSync(join(directory, name))
    for (const mode of ['read', 'write'] as const) await refuses({ mode }, { kind: 'storage', message: expect.stringContaining('is missing') })
  })

  it('of which the copy is older never brings back a passphrase that was changed', async () => {
    const { vault } = await opened()
    await keep(vault, 'the first one of all')
    copyFileSync(join(directory, 'vault.copy.json'), join(base, 'older'))
    await keep(vault, 'the second one', 'the first one of all')
    copyFileSync(join(base, 'older'), join(directory, 'vault.copy.json'))
    expect((await unlock({ directory, mode: 'write', environment }, 'the first one of all')).ok).toBe(false)
    await opened({ ask: () => Promise.resolve('the second one') })
    expect(readFileSync(join(directory, 'vault.copy.json'))).toEqual(readFileSync(join(directory, 'vault.json')))
  })

  it('of a newer version, or changed by somebody who worked out its digest, is refused', async () => {
    const { digestOf } = await import('../../support/header.ts')
    await opened()
    const { digest: _, ...header } = JSON.parse(readFileSync(join(directory, 'vault.json'), 'utf8')) as Record<string, unknown>
    for (const [change, message] of [[{ format: 2, novelty: [] }, 'newer version'], [{ isSealed: false }, 'was changed by something else'], [{ revision: 99 }, 'was changed by something else']] as const) {
      const next = { ...header, ...change }
      for (const name of ['vault.json', 'vault.copy.json']) writeFileSync(join(directory, name), JSON.stringify({ ...next, digest: digestOf(next) }))
      await refuses({}, { message: expect.stringContaining(message) })
    }
  })

  it('of which a part was written by a kill is no obstacle', async () => {
    const { vault } = await opened()
    writeFileSync(join(directory, 'vault.json.new'), '{"half')
    truncateSync(join(directory, 'vault.copy.json'), 10)
    expect(await keep(vault, 'a passphrase of mine')).toMatchObject({ ok: true })
    expect((await unlock({ directory, mode: 'write', environment }, 'a passphrase of mine')).ok).toBe(true)
  })
})

describe('the keychain', () => {
  it('keeps the key where there is one, and no file does; elsewhere it is said what to do', async () => {
    const storage = new FakeSafeStorage()
    const keychain = createKeychain(storage, 'linux')
    const first = await opened({ keychain })
    expect([first.keeper, first.notice, existsSync(keys)]).toEqual(['keychain', null, false])
    expect((await opened({ keychain })).vault.material()).toEqual(first.vault.material())
    await refuses({}, { kind: 'denied', message: expect.stringContaining('only the app’s own window can ask') })
    storage.secret = 0x11
    await refuses({ keychain }, { kind: 'denied', message: 'the keychain of this computer does not give the key of this home' })
    storage.isAvailable = false
    await refuses({ keychain }, { kind: 'denied', message: expect.stringContaining('is not available') })
  })

  it.each(['basic_text', 'unknown'] as const)('that is Chromium’s plain-text fallback (%s) is never used in silence: a key file is, and that is said', async (backend) => {
    const storage = new FakeSafeStorage()
    storage.backend = backend
    const first = await opened({ keychain: createKeychain(storage, 'linux') })
    expect([first.keeper, first.notice?.message]).toEqual(['file', expect.stringContaining('no keychain')])
    expect(readdirSync(keys)).toHaveLength(1)
    expect(await rekeep({ directory, environment, keychain: createKeychain(storage, 'linux') }, first.vault, { kind: 'keychain' }, null)).toMatchObject({ ok: false, error: { kind: 'denied' } })
    /* What Linux calls so means nothing on the others. */
    expect(await createKeychain(storage, 'darwin').obstacle()).toBe(null)
  })

  it('takes the key over from a file, which is then gone, and gives it back', async () => {
    const keychain = createKeychain(new FakeSafeStorage(), 'linux')
    const { vault } = await opened()
    expect(await rekeep({ directory, environment, keychain }, vault, { kind: 'keychain' }, null)).toMatchObject({ ok: true })
    expect(readdirSync(keys)).toEqual([])
    expect((await opened({ keychain })).vault.material()).toEqual(vault.material())
    expect(await rekeep({ directory, environment, keychain }, vault, { kind: 'file' }, null)).toMatchObject({ ok: true })
    expect((await opened()).vault.material()).toEqual(vault.material())
  })
})
