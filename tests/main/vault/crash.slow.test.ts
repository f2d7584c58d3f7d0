/**
 * Who keeps a home's key is changed on a disk that is full from its Nth write on, or loses its power at its Nth change, for every N there
 * is: the old secret opens the home, or the new one, and nothing of the other is left.
 */
import type * as crypto from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import type * as os from 'node:os'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { Choice } from '../../../main/vault/keeping.ts'
import { openVault, rekeep, unlock, type Opening } from '../../../main/vault/open.ts'
import { createVault, type VaultMaterial } from '../../../main/vault/vault.ts'
import type { Result } from '../../../shared/result.ts'
import { failAfter, heal } from '../../support/faultydisk.ts'

vi.mock('node:fs', async (original) => (await import('../../support/faultydisk.ts')).faulty(await original()))
/* A passphrase then costs the least that it may. */
vi.mock('node:os', async (original) => ({ ...(await original<typeof os>()), freemem: () => 0 }))
/* And what one passphrase and salt come to is worked out once, however often a home is opened by it. */
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>()
  const made = new Map<string, Uint8Array>()
  const argon2 = ((algorithm, parameters, then) => {
    const key = JSON.stringify([algorithm, parameters])
    const known = made.get(key)
    if (known !== undefined) return void setImmediate(then, null, Buffer.from(known))
    real.argon2(algorithm, parameters, (error, found) => {
      if (error === null) made.set(key, Uint8Array.from(found))
      then(error, found)
    })
  }) satisfies typeof crypto.argon2
  return { ...real, argon2, default: { ...real, argon2 } }
})
vi.setConfig({ testTimeout: 300_000 })

const first = 'the first passphrase'
const second = 'another passphrase'
/** What opens the home: a passphrase, or the key file. */
type Opener = string | null

let base: string
let material: VaultMaterial
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'steward-crash-'))
  const opening = await open(join(base, 'file'), null)
  if (opening === null) throw new Error('it did not open')
  material = opening.vault.material()
  cpSync(join(base, 'file'), join(base, 'passphrase'), { recursive: true })
  if (!(await change(join(base, 'passphrase'), null, first)).ok) throw new Error('it was not locked')
})
afterEach(() => void heal())
afterAll(() => rmSync(base, { recursive: true, force: true }))

function placesIn(folder: string) {
  return { directory: join(folder, 'home'), environment: { VALUES_STEWARD_KEYS: join(folder, 'keys') } }
}

type Opened = Extract<Opening, { kind: 'open' }>

/** Null where the home is not opened by that. */
async function open(folder: string, opener: Opener): Promise<Opened | null> {
  const options = { ...placesIn(folder), mode: 'write' as const }
  const opening = opener === null ? await openVault(options) : await unlock(options, opener)
  return opening.ok && opening.value.kind === 'open' && opening.value.keeper === (opener === null ? 'file' : 'passphrase') ? opening.value : null
}

async function change(folder: string, current: Opener, next: Opener): Promise<Result<void>> {
  const choice: Choice = next === null ? { kind: 'file' } : { kind: 'passphrase', passphrase: next }
  return await rekeep(placesIn(folder), createVault(material), choice, current)
}

it.each([
  ['set', 'file', null, first], ['changed', 'passphrase', first, second], ['taken away', 'passphrase', first, null]
] as const)('a passphrase that is being %s', async (_, from, current, next) => {
  for (const fault of ['off', 'full'] as const) {
    let count = 0
    for (let isHit = true; isHit; count += 1) {
      const folder = join(base, 'work')
      rmSync(folder, { recursive: true, force: true })
      cpSync(join(base, from), folder, { recursive: true })
      failAfter(count, fault)
      const done = await change(folder, current, next)
      isHit = heal()
      const where = `${fault} at change ${count}`
      const fresh = await open(folder, next)
      const opening = fresh ?? (await open(folder, current))
      if (opening === null) throw new Error(`nothing opens it: ${where}`)
      expect(opening.vault.material(), where).toEqual(material)
      if (done.ok) expect(fresh, where).not.toBe(null)
      else if (fault === 'full') expect([fresh, done.error.kind], where).toEqual([null, 'storage'])
      /* The next opening by who holds the lock: both copies then name one keeper. */
      opening.tidy()
      const { directory } = placesIn(folder)
      expect(readFileSync(join(directory, 'vault.copy.json')), where).toEqual(readFileSync(join(directory, 'vault.json')))
      const keys = existsSync(join(folder, 'keys')) ? readdirSync(join(folder, 'keys')).filter((name) => name.endsWith('.key')) : []
      expect(keys.length, where).toBe(opening.keeper === 'file' ? 1 : 0)
    }
    expect(count).toBeGreaterThan(fault === 'off' ? 8 : 5)
  }
})
