/** The window's side of a vault: a locked home answers nothing but its passphrase; then the window goes on as if it had been open. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HostedSteward } from '../../../main/doors/browser.ts'
import { dispatch } from '../../../main/doors/dispatch.ts'
import { createDisk, createGate, type DiskOptions } from '../../../main/vault/disk.ts'
import { createKeychain } from '../../../main/vault/keychain.ts'
import { openVault, rekeep } from '../../../main/vault/open.ts'
import { createVault, type Vault } from '../../../main/vault/vault.ts'
import { callArguments, type StewardEvent } from '../../../shared/ipc.ts'
import type { Transport } from '../../../shared/ports.ts'
import { fail, ok } from '../../../shared/result.ts'
import { FakeSafeStorage } from '../../support/electron.ts'
import { createTransportPair } from '../../support/transport.ts'

const passphrase = 'a passphrase of mine'
let base: string
let means: Omit<DiskOptions, 'vault'>
let vault: Vault

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'steward-disk-'))
  means = { directory: join(base, 'home'), environment: { VALUES_STEWARD_KEYS: join(base, 'keys') }, keychain: null }
  const opening = await openVault({ ...means, mode: 'write' })
  if (!opening.ok || opening.value.kind !== 'open') throw new Error('it did not open')
  vault = opening.value.vault
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

describe('a locked home', () => {
  const wired: Transport[] = []
  /** What the gate opens, which says of each call that it came. */
  const inner = {
    ...Object.fromEntries(Object.keys(callArguments).map((name) => [name, () => ok(`${name} was answered`)])),
    onEvent: (listener: (event: StewardEvent) => void) => {
      listener({ kind: 'disk', disk: { isLocked: false, keeper: null, path: null, keychain: { kind: 'elsewhere' } } })
      return () => undefined
    },
    connectWindow: (transport: Transport) => void wired.push(transport)
  } as unknown as HostedSteward

  it('answers nothing but its passphrase, opens by that alone, and then passes everything on', async () => {
    await rekeep(means, vault, { kind: 'passphrase', passphrase }, null)
    wired.length = 0
    let opened: Vault | null = null
    const gate = createGate({ ...means, open: async (opening) => (opening.kind === 'open' ? ((opened = opening.vault), ok(inner)) : fail('internal', 'nothing', 'nothing')) })
    const events: StewardEvent['kind'][] = []
    const end = gate.onEvent(({ kind }) => void events.push(kind))
    const [near] = createTransportPair()
    gate.connectWindow(near)
    const locked = { ok: false, error: { kind: 'denied', message: 'this notebook is locked' } }
    for (const name of ['status', 'exportNative', 'library', 'models', 'cacheKey']) expect(await dispatch(gate, name, null)).toMatchObject(locked)
    expect(await dispatch(gate, 'preview', { domain: 'work', mode: 'theory', situation: 'x', options: ['a', 'b'] })).toMatchObject(locked)
    for (const argument of [{ do: 'remove', current: passphrase }, { do: 'keep', where: 'file' }, { do: 'passphrase', passphrase: 'x'.repeat(9), current: passphrase }]) expect(await dispatch(gate, 'disk', argument)).toMatchObject(locked)
    expect(await dispatch(gate, 'disk', { do: 'look' })).toMatchObject({ ok: true, value: { isLocked: true, keeper: 'passphrase', path: null } })
    expect(await dispatch(gate, 'disk', { do: 'unlock', passphrase: 'a wrong one' })).toMatchObject({ ok: false, error: { kind: 'denied', message: 'that is not the passphrase' } })
    expect([opened, wired, events]).toEqual([null, [], []])
    const both = await Promise.all([dispatch(gate, 'disk', { do: 'unlock', passphrase }), dispatch(gate, 'disk', { do: 'unlock', passphrase })])
    expect(both).toMatchObject([{ ok: true, value: { isLocked: false } }, { ok: false, error: { kind: 'conflict' } }])
    expect((opened as Vault | null)?.material()).toEqual(vault.material())
    expect([wired, events]).toEqual([[near], ['disk', 'disk', 'status']])
    expect(await dispatch(gate, 'exportNative', null)).toEqual(ok('exportNative was answered'))
    end()
  })

  it('that cannot be opened, since another program holds it, says so and stays locked', async () => {
    await rekeep(means, vault, { kind: 'passphrase', passphrase }, null)
    const gate = createGate({ ...means, open: () => Promise.resolve(fail('conflict', 'another Values Steward is using this home', 'close it first')) })
    expect(await dispatch(gate, 'disk', { do: 'unlock', passphrase })).toMatchObject({ ok: false, error: { kind: 'conflict' } })
    expect(await dispatch(gate, 'disk', { do: 'look' })).toMatchObject({ ok: true, value: { isLocked: true } })
  })
})

describe('who can read this disk', () => {
  it('is shown, and changed by whoever knows the passphrase', async () => {
    const disk = createDisk({ ...means, vault })
    const path = join(base, 'keys', readdirSync(join(base, 'keys'))[0] ?? '')
    expect(await disk.act({ do: 'look' })).toEqual(ok({ isLocked: false, keeper: 'file', path, keychain: { kind: 'elsewhere' } }))
    expect(await disk.act({ do: 'passphrase', passphrase: 'short', current: null })).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
    expect(await disk.act({ do: 'passphrase', passphrase, current: null })).toMatchObject({ ok: true, value: { keeper: 'passphrase', path: null } })
    for (const wrong of [{ do: 'remove', current: 'a wrong one' }, { do: 'keep', where: 'file' }, { do: 'passphrase', passphrase: 'a second one', current: 'a wrong one' }] as const) expect(await disk.act(wrong)).toMatchObject({ ok: false, error: { kind: 'denied' } })
    expect(await disk.act({ do: 'passphrase', passphrase: 'a second one', current: passphrase })).toMatchObject({ ok: true })
    expect(await disk.act({ do: 'remove', current: 'a second one' })).toMatchObject({ ok: true, value: { keeper: 'file', path } })
  })

  it('goes to the keychain and from it, where there is a good one', async () => {
    const storage = new FakeSafeStorage()
    const disk = createDisk({ ...means, keychain: createKeychain(storage, 'linux'), vault })
    expect(await disk.act({ do: 'look' })).toMatchObject({ value: { keychain: { kind: 'ready' } } })
    expect(await disk.act({ do: 'keep', where: 'keychain' })).toMatchObject({ ok: true, value: { keeper: 'keychain', path: null } })
    expect(await disk.act({ do: 'passphrase', passphrase, current: null })).toMatchObject({ ok: true, value: { keeper: 'passphrase' } })
    expect(await disk.act({ do: 'remove', current: passphrase })).toMatchObject({ ok: true, value: { keeper: 'keychain' } })
    storage.backend = 'basic_text'
    expect(await disk.act({ do: 'look' })).toMatchObject({ value: { keychain: { kind: 'unsafe', why: expect.stringContaining('no keychain') } } })
    expect(await disk.act({ do: 'keep', where: 'file' })).toMatchObject({ ok: true, value: { keeper: 'file' } })
  })

  it('gives the browser a key that is no other, always the same, and none where nothing is sealed', async () => {
    const key = createDisk({ ...means, vault }).cacheKey()
    expect(key).toEqual(createDisk({ ...means, vault: createVault(vault.material()) }).cacheKey())
    expect(key.ok && key.value).toMatch(/^[0-9a-f]{64}$/u)
    expect(key.ok && key.value).not.toBe(Buffer.from(vault.material().key).toString('hex'))
    const none = createDisk({ ...means, vault: null })
    expect([none.cacheKey().ok, await none.act({ do: 'look' }), (await none.act({ do: 'keep', where: 'file' })).ok]).toMatchObject([false, { ok: true, value: { keeper: null } }, false])
  })
})
