/** Snapshots on a disk that is full from its Nth write on, or loses its power at its Nth change, for every N there is. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { writeBackupFile } from '../../../main/keep/backupfile.ts'
import type { Content } from '../../../main/keep/content.ts'
import { listSnapshots, readSnapshot, takeSnapshot } from '../../../main/keep/snapshots.ts'
import { addCard } from '../../../shared/commands/card.ts'
import { createDocument, readGraph } from '../../../shared/document/document.ts'
import { documentOf } from '../../../shared/keep/difference.ts'
import { createMaker, valueOf } from '../../support/document.ts'
import { failAfter, heal } from '../../support/faultydisk.ts'
import { testVault } from '../../support/vault.ts'

vi.mock('node:fs', async (original) => (await import('../../support/faultydisk.ts')).faulty(await original()))

const hour = 60 * 60_000
const start = Date.UTC(2026, 5, 15, 12)
let base: string
let lived: string
const doc = createDocument(1)
const maker = createMaker('snapshots-')

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'steward-snapshots-'))
  lived = join(base, 'lived')
  /* The second gives way to the third, which is of the same hour. */
  for (const at of [start, start + hour]) valueOf(take(lived, at))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

function take(home: string, takenAt: number) {
  valueOf(addCard(doc, { title: `At ${takenAt}` }, maker))
  const content: Content = { takenAt, document: Y.encodeStateAsUpdate(doc), secrets: null, circle: null, packs: [] }
  return takeSnapshot(home, testVault, content, Y.encodeStateVector(doc))
}

/** When each was taken, newest first; every one of them read whole. */
function timesIn(home: string): readonly number[] {
  return valueOf(listSnapshots(home)).map(({ file, takenAt }) => {
    const then = documentOf(valueOf(readSnapshot(home, file, testVault)).document)
    expect(Object.values(readGraph(then ?? new Y.Doc()).cards).map(({ title }) => title)).toContain(`At ${takenAt}`)
    return takenAt
  })
}

describe.each(['full', 'off'] as const)('where the disk is %s', (fault) => {
  it('those that were taken stay whole, the reason is said, and the next one is taken', () => {
    let count = 0
    for (let isHit = true; isHit; count += 1) {
      const home = join(base, 'work')
      rmSync(home, { recursive: true, force: true })
      cpSync(lived, home, { recursive: true })
      failAfter(count, fault)
      const taken = take(home, start + hour + 1)
      isHit = heal()
      const where = `change ${count}`
      const left = timesIn(home)
      expect(left, where).toEqual(expect.arrayContaining([start]))
      expect(left.filter((at) => at >= start + hour).length, where).toBeGreaterThan(0)
      if (taken.ok) expect(left[0], where).toBe(start + hour + 1)
      else if (fault === 'full') expect([taken.error.message, left], where).toEqual(['there is no room left on the disk', [start + hour, start]])
      const next = valueOf(take(home, start + 2 * hour))
      expect(timesIn(home).slice(0, 2), where).toEqual([start + 2 * hour, taken.ok ? start + hour + 1 : left[0]])
      expect(readdirSync(join(home, 'snapshots')).filter((name) => !name.endsWith('.snapshot')), where).toEqual([])
      expect(next.number, where).toBeGreaterThan(2)
    }
    expect(count).toBeGreaterThan(5)
  })
})

it('a backup for which there is no room leaves nothing, and its name is free again', () => {
  let count = 0
  for (let isHit = true; isHit; count += 1) {
    const name = join(base, 'a.backup')
    failAfter(count, 'full')
    const written = writeBackupFile(name, Buffer.alloc(10_000, 7))
    isHit = heal()
    expect(readdirSync(base).includes('a.backup'), `change ${count}`).toBe(written.ok)
    if (written.ok) rmSync(name)
    else expect(written.error.message, `change ${count}`).toContain('there is no room left on the disk')
  }
  expect(count).toBeGreaterThan(2)
})
