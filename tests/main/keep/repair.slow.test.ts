/**
 * A home that somebody lived in, with a snapshot, another device and edits after the snapshot; then each of its files damaged in
 * many places. It opens every time, in time, and everything is there that is in rows that can be read or in a snapshot.
 */
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examineHome } from '../../../main/keep/doctor.ts'
import { createKeeper } from '../../../main/keep/keeper.ts'
import { openPeersIn } from '../../../main/peer/circle/open.ts'
import type { Peers } from '../../../main/peer/circle/peers.ts'
import { writePlaces } from '../../../main/peer/meeting/places.ts'
import { openHome, type Home } from '../../../main/replica.ts'
import { systemClock, systemRandom } from '../../../main/system.ts'
import { addCard } from '../../../shared/commands/card.ts'
import { readGraph } from '../../../shared/document/document.ts'
import { createMaker, valueOf } from '../../support/document.ts'
import { runHere } from '../../support/terminal.ts'
import { fingerprint, meet, pair, type Device } from '../../support/peers.ts'

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
  it('gets the keys of its device back from a snapshot where they are gone, and the doctor says so before and does it', async () => {
    const { home, found, isPaired } = await opened((copy) => rm(join(copy, 'devices', 'keys.sealed')))
    expect({ found, isPaired }).toEqual({ found: ['devices/keys.sealed'], isPaired: true })
    await rm(join(home, 'devices', 'keys.sealed'))
    const mended = await runHere(['doctor', '--mend', '--home', home])
    expect(mended).toMatchObject({ code: 0, errors: 'note: the keys of this device were gone, and came back from a snapshot; nothing is to be done\n' })
    expect((await runHere(['devices', '--home', home])).output).toMatch(/ this /u)
  })

  it('is told where keys are gone that no snapshot has, and can be paired again', async () => {
    const told: string[] = []
    const { home } = await opened((copy) => Promise.all([rm(join(copy, 'devices', 'keys.sealed')), rm(join(copy, 'snapshots'), { recursive: true })]).then(() => undefined))
    const replica = valueOf(await openHome({ directory: home, mode: 'write', random: systemRandom }))
    const peers = valueOf(await openPeersIn(home, replica, 'write', ({ message }) => void told.push(message)))
    expect(told).toEqual(['the keys of this device are gone, and no snapshot has them'])
    expect([peers.state, peers.joiningCard().ok]).toEqual([null, true])
    await peers.close()
    await replica.close()
  })

  it('is found out, too, where the list of its others is gone, or where they were seen last is damaged, which the doctor puts right', async () => {
    const { found } = await opened((copy) => rm(join(copy, 'devices', 'values.sqlite')))
    expect(found).toEqual(['devices/values.sqlite'])
    const places = async (copy: string): Promise<void> => {
      const replica = valueOf(await openHome({ directory: copy, mode: 'write', random: systemRandom }))
      writePlaces(copy, { port: 51_234, relay: 'https://relay.example.org', devices: {} }, replica.seal)
      await replica.close()
    }
    const kept = await opened(places)
    expect(kept.found).toEqual([])
    const told = await opened(async (copy) => {
      await places(copy)
      await flip(join(copy, 'devices', 'places.json.sealed'), 40)
    })
    expect(told.found).toEqual(['devices/places.json.sealed'])
    const run = async (...argv: readonly string[]): Promise<readonly unknown[]> => (await runHere(['doctor', ...argv, '--json', '--home', told.home])).output.split('\n').filter((line) => line.includes('places.json')).map((line) => JSON.parse(line) as unknown)
    expect(await run('--mend')).toMatchObject([{ kind: 'trouble', mended: true, remedy: expect.stringContaining('steward anywhere') as string }])
    expect(await run()).toEqual([])
  })

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

/** A device in folders of its own, as a person has it; what `support/peers.ts` pairs and brings together. */
interface Real extends Pick<Device, 'name' | 'maker'> {
  readonly directory: string
  readonly home: Home
  readonly peers: Peers
  readonly told: readonly string[]
}

async function openReal(name: string, directory: string): Promise<Device & Real> {
  const home = valueOf(await openHome({ directory, mode: 'write', random: systemRandom }))
  const told: string[] = []
  const peers = valueOf(await openPeersIn(directory, home, 'write', ({ message }) => told.push(message)))
  const real: Real = { name, directory, home, peers, told, maker: createMaker(`${name}${Math.random()}-`) }
  return { ...real, close: () => closeReal(real) } as Device & Real
}

async function closeReal({ home, peers }: Pick<Real, 'home' | 'peers'>): Promise<void> {
  await peers.close()
  await home.close()
}

const titlesOf = ({ home }: Pick<Real, 'home'>): readonly string[] => Object.values(readGraph(home.doc).cards).map(({ title }) => title).sort()

/** The number of the row that was written last. */
function lastRow(directory: string): number {
  const database = new DatabaseSync(join(directory, 'values.sqlite'), { readOnly: true })
  const number = Number(database.prepare('SELECT max(number) AS number FROM entries').get()?.['number'])
  database.close()
  return number
}

/** Changes a byte of the row, as a bad disk does. */
function spoil(directory: string, number: number): void {
  const database = new DatabaseSync(join(directory, 'values.sqlite'))
  const bytes = database.prepare('SELECT bytes FROM entries WHERE number = ?').get(number)?.['bytes'] as Uint8Array
  database.prepare('UPDATE entries SET bytes = ? WHERE number = ?').run(bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte)), number)
  database.close()
}

describe('of two devices, one that', () => {
  it.each([['lost a row of its values', ''], ['lost a row of what it knows of the others', 'devices']])('%s, and has no snapshot, has it all again when they next meet, and both go on', async (_, store) => {
    const [laptop, phone] = [await openReal('laptop', await mkdtemp(join(folder, 'laptop-'))), await openReal('phone', await mkdtemp(join(folder, 'phone-')))]
    const first = valueOf(addCard(laptop.home.doc, { title: 'One' }, laptop.maker))
    valueOf(await laptop.home.saved())
    /* Of before they were paired: no envelope of this device holds it. */
    const alone = lastRow(laptop.directory)
    await pair(laptop, phone)
    valueOf(addCard(laptop.home.doc, { title: 'Two' }, laptop.maker))
    await meet(laptop, phone)
    const row = store === '' ? alone : lastRow(join(laptop.directory, store))
    valueOf(addCard(laptop.home.doc, { title: 'Three' }, laptop.maker))
    await meet(laptop, phone)
    expect(titlesOf(phone)).toEqual(['One', 'Three', 'Two'])
    await laptop.close()

    spoil(join(laptop.directory, store), row)
    const mended = await openReal('laptop', laptop.directory)
    if (store === '') expect([mended.home.notice?.message, titlesOf(mended)]).toEqual(['one change that you made cannot be read any more', expect.not.arrayContaining(['One'])])
    else expect(mended.told).toEqual([expect.stringContaining('part of what this device knew of your others was damaged')])

    await meet(mended, phone)
    expect(titlesOf(mended)).toEqual(['One', 'Three', 'Two'])
    valueOf(addCard(mended.home.doc, { title: 'Four' }, mended.maker))
    valueOf(addCard(phone.home.doc, { title: 'Five' }, phone.maker))
    await meet(mended, phone)
    expect(titlesOf(phone)).toEqual(['Five', 'Four', 'One', 'Three', 'Two'])
    expect(fingerprint(mended)).toBe(fingerprint(phone))
    expect(Object.keys(readGraph(mended.home.doc).cards)).toContain(first)
    await mended.close()
    const again = await openReal('laptop', laptop.directory)
    expect([again.home.notice, again.told, titlesOf(again)]).toEqual([null, [], titlesOf(phone)])
    await again.close()
    await phone.close()
  })

  it('is lost with its key, comes back on a new computer from its backup by the command line, in its place among the others', async () => {
    const [laptop, phone] = [await openReal('laptop', await mkdtemp(join(folder, 'laptop-'))), await openReal('phone', await mkdtemp(join(folder, 'phone-')))]
    valueOf(addCard(laptop.home.doc, { title: 'One' }, laptop.maker))
    await pair(laptop, phone)
    await laptop.close()
    const [file, words] = [join(folder, 'laptop.backup'), join(folder, 'words')]
    const made = await runHere(['backup', file, '--home', laptop.directory, '--json'])
    const told = JSON.parse(made.output) as { readonly devices: boolean; readonly phrase: string }
    expect(told.devices).toBe(true)
    await writeFile(words, told.phrase)
    /* Said to the phone after the backup. */
    const later = await openReal('laptop', laptop.directory)
    valueOf(addCard(later.home.doc, { title: 'Two' }, later.maker))
    await meet(later, phone)
    await later.close()
    const [vault] = JSON.parse(`[${await readFile(join(laptop.directory, 'vault.json'), 'utf8')}]`) as [{ readonly vault: string }]
    await rm(join(process.env['VALUES_STEWARD_KEYS'] ?? '', `${vault.vault}.key`))
    expect((await runHere(['cards', 'list', '--home', laptop.directory])).errors).toContain('the key of this home is missing')
    await rm(laptop.directory, { recursive: true })

    const directory = join(folder, 'new')
    const done = await runHere(['restore', file, '--yes', '--phrase-file', words, '--home', directory, '--json'])
    expect([done.errors, JSON.parse(done.output.trimEnd().split('\n').at(-1) ?? '')]).toEqual(['', { event: 'restored', added: 1, changed: 0, removed: 0, before: null, devices: true }])
    const fresh = await openReal('new', directory)
    expect([fresh.told, titlesOf(fresh)]).toEqual([[], ['One']])
    await meet(fresh, phone)
    valueOf(addCard(fresh.home.doc, { title: 'Three' }, fresh.maker))
    await meet(fresh, phone)
    expect([titlesOf(phone), fingerprint(fresh)]).toEqual([['One', 'Three', 'Two'], fingerprint(phone)])
    expect(phone.peers.devices().map(({ state }) => state).sort()).toEqual(['active', 'revoked', 'this'])
    await fresh.close()
    await phone.close()
  })
})
