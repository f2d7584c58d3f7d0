/** A home whose file was hurt: read as far as it can be, or refused in one sentence; it never hangs and never throws. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHome } from '../../main/replica.ts'
import type { Random } from '../../shared/ports.ts'

const random: Random = { bytes: (length) => randomBytes(length) }
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'steward-home-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('a damaged file', () => {
  async function damagedHome(): Promise<Buffer> {
    const home = await openHome({ directory, mode: 'write', random })
    if (!home.ok) throw new Error(home.error.message)
    for (let edit = 0; edit < 40; edit += 1) {
      home.value.doc.getMap('edits').set(`k${edit}`, 'x'.repeat(300))
      await home.value.saved()
    }
    await home.value.close()
    return await readFile(join(directory, 'values.sqlite'))
  }

  it('a flipped byte anywhere never hangs and never throws: it opens with what can be read, or says that it is damaged', { timeout: 120_000 }, async () => {
    const whole = await damagedHome()
    let opened = 0
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 60)) {
      const copy = await mkdtemp(join(tmpdir(), 'steward-damaged-'))
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ 0xff
      await writeFile(join(copy, 'values.sqlite'), bytes)
      const home = await openHome({ directory: copy, mode: 'write', random })
      if (home.ok) {
        opened += 1
        for (const value of home.value.doc.getMap('edits').values()) expect(value).toBe('x'.repeat(300))
        await home.value.close()
      } else expect(['storage', 'bad-input', 'read-only']).toContain(home.error.kind)
      await rm(copy, { recursive: true, force: true })
    }
    expect(opened).toBeGreaterThan(30)
  })

  it('a file cut off anywhere never hangs and never throws', { timeout: 120_000 }, async () => {
    const whole = await damagedHome()
    for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 40)) {
      const copy = await mkdtemp(join(tmpdir(), 'steward-damaged-'))
      await writeFile(join(copy, 'values.sqlite'), whole.subarray(0, length))
      const home = await openHome({ directory: copy, mode: 'write', random })
      if (home.ok) await home.value.close()
      else expect(['storage', 'bad-input', 'read-only']).toContain(home.error.kind)
      await rm(copy, { recursive: true, force: true })
    }
  })
})
