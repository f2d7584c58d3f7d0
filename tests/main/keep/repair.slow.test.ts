/**
 * A home that somebody lived in, with a snapshot, another device and edits after the snapshot; then each of its files damaged in
 * many places. It opens every time, in time, and everything is there that is in rows that can be read or in a snapshot.
 */
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examineHome } from '../../../main/keep/doctor.ts'
import { createKeeper } from '../../../main/keep/keeper.ts'
import { openPeersIn } from '../../../main/peer/open.ts'
import { openHome } from '../../../main/replica.ts'
import { systemClock, systemRandom } from '../../../main/system.ts'
import { addCard } from '../../../shared/commands/card.ts'
import { readGraph } from '../../../shared/document.ts'
import { createMaker, valueOf } from '../../support/document.ts'

let folder: string
let lived: string
const snapped = ['One', 'Two', 'Three']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-repair-'))
  lived = join(folder, 'lived')
  const home = valueOf(await openHome({ directory: lived, mode: 'write', random: systemRandom }))
  const maker = createMaker('repair-')
  for (const title of snapped) valueOf(addCard(home.doc, { title }, maker))
  valueOf(await home.saved())
  const peers = valueOf(await openPeersIn(lived, home))
  valueOf(await peers.makeRecovery())
  valueOf(await peers.flushed())
  await peers.close()
  const keeper = createKeeper({ home, directory: lived, clock: systemClock })
  valueOf(await keeper.take())
  valueOf(addCard(home.doc, { title: 'After the snapshot' }, maker))
  valueOf(await home.saved())
  await keeper.close()
  await home.close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What a damaged copy of the home says once it is open, and what is said of the damage. */
async function opened(damage: (home: string) => Promise<void>): Promise<{ readonly titles: readonly string[]; readonly notice: string; readonly home: string; readonly isPaired: boolean; readonly found: readonly string[] }> {
  const home = await mkdtemp(join(folder, 'copy-'))
  await cp(lived, home, { recursive: true })
  await damage(home)
  const findings = await examineHome({ directory: home, environment: process.env, file: null, ask: null, input: (async function* () {})(), clock: systemClock, mend: false })
  const replica = valueOf(await openHome({ directory: home, mode: 'write', random: systemRandom }))
  const peers = valueOf(await openPeersIn(home, replica))
  const isPaired = peers.state !== null
  const titles = Object.values(readGraph(replica.doc).cards).map(({ title }) => title).sort()
  await peers.close()
  await replica.close()
  return { titles, notice: replica.notice?.message ?? '', home, isPaired, found: findings.flatMap(({ kind, file }) => (kind === 'trouble' ? [file] : [])) }
}

async function filesOf(home: string): Promise<readonly string[]> {
  const names = await readdir(home, { recursive: true, withFileTypes: true })
  return names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1)).filter((name) => !name.startsWith('models')).sort()
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x41, at)
  await writeFile(path, bytes)
}

describe('a damaged home', () => {
  it('is sound before', async () => {
    const told = await opened(async () => undefined)
    expect(told).toMatchObject({ titles: ['After the snapshot', 'One', 'Three', 'Two'], notice: '', isPaired: true, found: [] })
    expect(await filesOf(lived)).toEqual(expect.arrayContaining(['devices/keys.sealed', 'devices/values.sqlite', 'values.sqlite', 'vault.copy.json', 'vault.json']))
  })

  it('opens whatever byte of whatever file is flipped, and has all that a snapshot has', { timeout: 300_000 }, async () => {
    let isMended = 0
    for (const name of await filesOf(lived)) {
      const { length } = await readFile(join(lived, name))
      const places = length === 0 ? [] : [0, 24, 100, Math.floor(length / 2), length - 1].filter((at, index, all) => at < length && all.indexOf(at) === index)
      for (const at of places) {
        const told = await opened((home) => flip(join(home, name), at))
        expect({ name, at, titles: told.titles }).toMatchObject({ titles: expect.arrayContaining(snapped) as string[] })
        if (told.notice.includes('came from the snapshot')) isMended += 1
        await rm(told.home, { recursive: true, force: true })
      }
    }
    expect(isMended).toBeGreaterThan(0)
  })

  it('opens wherever a file ends too early, or is gone', { timeout: 300_000 }, async () => {
    for (const name of (await filesOf(lived)).filter((each) => !each.startsWith('vault'))) {
      const { length } = await readFile(join(lived, name))
      for (const left of [0, Math.floor(length / 2)]) {
        const told = await opened((home) => truncate(join(home, name), left))
        expect({ name, left, titles: told.titles }).toMatchObject({ titles: expect.arrayContaining(snapped) as string[] })
        await rm(told.home, { recursive: true, force: true })
      }
      const gone = await opened((home) => rm(join(home, name)))
      expect({ name, titles: gone.titles }).toMatchObject({ titles: expect.arrayContaining(snapped) as string[] })
    }
  })

  it('says in one sentence where its values came from, when their file is gone', async () => {
    const told = await opened((home) => rm(join(home, 'values.sqlite')))
    expect(told.titles).toEqual(['One', 'Three', 'Two'])
    expect(told.notice).toMatch(/^the file that held your values was gone, and what was missing came from the snapshot of \d{4}-\d\d-\d\d \d\d:\d\d \(UTC\)$/u)
  })

  it('has its keys back from the snapshot, and goes on among its devices', async () => {
    const told = await opened((home) => flip(join(home, 'devices', 'keys.sealed'), 60))
    expect(told).toMatchObject({ isPaired: true, found: ['devices/keys.sealed'] })
  })
})
