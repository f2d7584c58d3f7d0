/** When snapshots are taken by themselves, whatever the clock says and the disk does. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createKeeper } from '../../../main/keep/keeper.ts'
import { listSnapshots } from '../../../main/keep/snapshots.ts'
import { addCard } from '../../../shared/commands/card.ts'
import { createDocument } from '../../../shared/document/document.ts'
import { createMaker, valueOf } from '../../support/document.ts'
import { testSeal } from '../../support/vault.ts'

const hour = 60 * 60_000
/* Shorter than what a timer can wait. */
const month = 20 * 24 * hour
const year = 365 * 24 * hour
const start = Date.UTC(2026, 5, 15, 12)
let directory: string
let now: number

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'steward-keeper-'))
  now = start
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function live() {
  const doc = createDocument()
  const maker = createMaker('keeper-')
  const keeper = createKeeper({ home: { doc, seal: testSeal, state: () => ({ kind: 'writable' }) }, directory, clock: { now: () => now }, pauses: { between: hour, first: 1 } })
  return { keeper, edit: () => valueOf(addCard(doc, { title: `At ${now}` }, maker)) }
}
/** A snapshot is taken in a thread of its own, which has to start. */
const eventually = (expectation: () => void): Promise<void> => vi.waitFor(expectation, { timeout: 20_000 })
const times = (): readonly number[] => valueOf(listSnapshots(directory)).map(({ takenAt }) => takenAt)

it('one an hour, where something changed; a clock that is set back, by weeks or a year, and right again puts none off and takes none away', async () => {
  const { keeper, edit } = live()
  edit()
  await eventually(() => expect(times()).toEqual([start]))
  now = start - month
  edit()
  await eventually(() => expect(times()).toEqual([start - month, start]))
  now = start - year
  edit()
  await eventually(() => expect(times()).toEqual([start - year, start - month, start]))
  /* Within the hour after it. */
  now += hour / 2
  edit()
  now = start + 2 * hour
  edit()
  await keeper.close()
  expect(times()).toEqual([start + 2 * hour, start - year, start - month, start])
})

it('one that could not be taken is told, and taken at the end where that can be', async () => {
  const { keeper, edit } = live()
  writeFileSync(join(directory, 'snapshots'), 'in the way')
  edit()
  await eventually(() => expect(keeper.problem()).toMatchObject({ kind: 'bad-input' }))
  rmSync(join(directory, 'snapshots'))
  mkdirSync(join(directory, 'snapshots'))
  writeFileSync(join(directory, 'snapshots', '000001-1.snapshot.new'), 'what a crash left')
  await keeper.close()
  expect([keeper.problem(), times()]).toEqual([null, [start]])
})
