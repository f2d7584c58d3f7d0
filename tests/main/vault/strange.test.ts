/** What does not belong into a home and lies there all the same: links, folders in place of files, names that lead out of it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openHome } from '../../../main/replica.ts'
import { replaceFile, scrubFile } from '../../../main/vault/files.ts'
import { sealPack } from '../../../main/vault/seal.ts'
import { systemRandom } from '../../../main/system.ts'
import { addCard } from '../../../shared/commands/card.ts'
import { readGraph } from '../../../shared/document/document.ts'
import { createMaker, valueOf } from '../../support/document.ts'
import { testVault } from '../../support/vault.ts'

let base: string
let home: string
const precious = 'what somebody needs elsewhere'
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'steward-strange-'))
  home = join(base, 'home')
  writeFileSync(join(base, 'precious'), precious)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

async function live(title: string): Promise<readonly [titles: readonly string[], notice: string | null]> {
  const opened = valueOf(await openHome({ directory: home, mode: 'write', random: systemRandom }))
  valueOf(addCard(opened.doc, { title }, createMaker(`${title}-`)))
  valueOf(await opened.saved())
  const titles = Object.values(readGraph(opened.doc).cards).map((card) => card.title).sort()
  await opened.close()
  return [titles, opened.notice?.message ?? null]
}

it('what a link in a home leads to is neither overwritten nor sealed', async () => {
  await live('One')
  const link = (path: string): void => symlinkSync(join(base, 'precious'), path)
  for (const name of ['damaged-1', 'packs']) mkdirSync(join(home, name))
  for (const path of ['damaged-1/values.sqlite', 'packs/mine.jsonl', 'values.sqlite-plain', 'vault.json.new']) link(join(home, path))
  mkdirSync(join(home, 'damaged-1', 'folder'))
  mkdirSync(join(base, 'aside'))
  writeFileSync(join(base, 'aside', 'file'), precious)
  symlinkSync(join(base, 'aside'), join(home, 'damaged-2'))
  writeFileSync(join(home, 'damaged-3'), 'no folder')
  expect(await live('Two')).toEqual([['One', 'Two'], null])
  replaceFile(join(home, 'vault.json'), readFileSync(join(home, 'vault.json')))
  scrubFile(join(home, 'damaged-1', 'folder'))
  expect([readFileSync(join(base, 'precious'), 'utf8'), readFileSync(join(base, 'aside', 'file'), 'utf8')]).toEqual([precious, precious])
  expect(readdirSync(join(home, 'damaged-1')).sort()).toEqual(['folder', 'values.sqlite'])
})

it('a home that is itself a link, and one whose folders are, is a home like any', async () => {
  mkdirSync(join(base, 'real'))
  symlinkSync(join(base, 'real'), home)
  expect(await live('One')).toEqual([['One'], null])
  for (const name of ['packs', 'snapshots']) {
    mkdirSync(join(base, name))
    symlinkSync(join(base, name), join(home, name))
  }
  expect(await live('Two')).toEqual([['One', 'Two'], null])
})

it('the name of a pack from a backup that somebody else made takes nothing away outside of the folder of packs', () => {
  mkdirSync(join(home, 'packs'), { recursive: true })
  for (const name of ['../../precious', '../packs', join(base, 'precious'), '..']) valueOf(sealPack(home, name, Buffer.from('{}'), testVault))
  expect(readFileSync(join(base, 'precious'), 'utf8')).toBe(precious)
  writeFileSync(join(home, 'packs', 'mine.jsonl'), 'plain')
  valueOf(sealPack(home, 'mine.jsonl', Buffer.from('{}'), testVault))
  expect(readdirSync(join(home, 'packs')).every((name) => name.endsWith('.sealed'))).toBe(true)
})
