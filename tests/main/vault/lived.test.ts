/**
 * Whoever steals the disk of somebody who has lived with their notebook: every byte of every file is looked through for what
 * they wrote, for their devices' names, for any key; while it is open, after it was killed, and after it was closed.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openHome, type Home } from '../../../main/replica.ts'
import { addPack, readLibrary } from '../../../main/packs.ts'
import { openPeersIn } from '../../../main/peer/circle/open.ts'
import { readPlaces, writePlaces } from '../../../main/peer/meeting/places.ts'
import { openVault, rekeep } from '../../../main/vault/open.ts'
import { addCard, editText } from '../../../shared/commands/card.ts'
import { readGraph } from '../../../shared/document/document.ts'
import type { Result } from '../../../shared/result.ts'
import { filesIn, wordsFound } from '../../support/bytes.ts'

const planted = ['Xylotitle', 'xyloline', 'xylostory', 'xylopack', 'xylosituation', 'xyloplace', 'ÄÖxylogrüße']
const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }
let base: string
let directory: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'steward-lived-'))
  directory = join(base, 'home')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.message}; ${result.error.remedy}`)
  return result.value
}

/** Writes a little of everything that a home holds; gives what must be found nowhere. */
async function live(home: Home): Promise<readonly (string | Uint8Array)[]> {
  const maker = { now: 1_000, newId: () => crypto.randomUUID() }
  const card = value(addCard(home.doc, { title: 'Xylotitle', policies: ['xyloline that is long enough to be one'] }, maker))
  value(editText(home.doc, { kind: 'card', card, field: 'story' }, 'ÄÖxylogrüße and xylostory', maker))
  for (let key = 0; key < 40; key += 1) value(editText(home.doc, { kind: 'card', card, field: 'obstacles' }, 'xyloline '.repeat(key % 7), maker))
  value(await home.saved())
  const pack = [{ id: 'xylopack', title: 'xylopack', licence: 'CC0-1.0', author: 'Ana', language: 'en' }, { id: 'late', domain: 'friendship', mode: 'theory', situation: 'xylosituation', options: ['Wait', 'Go'], paraphrases: ['Again.'], reversibility: 'easily', stakes: 'low' }]
  value(await addPack(directory, 'xylopack.jsonl', pack.map((line) => JSON.stringify(line)).join('\n'), home.seal))
  writePlaces(directory, { port: 7, relay: 'xyloplace.example', devices: { xyloplace: ['192.168.77.77:7'] } }, home.seal)
  const peers = value(await openPeersIn(directory, home))
  const phrase = value(await peers.makeRecovery())
  const me = value(peers.ownCard())
  value(await peers.rename(me.id, 'Xylodevice'))
  const secrets = Object.values(value(peers.secrets())).filter((secret) => secret instanceof Uint8Array)
  const told = peers.devices().map(({ id, name, transport }) => [id, name, transport])
  await peers.close()
  expect([secrets.length >= 2, told]).toEqual([true, [[me.id, 'Xylodevice', me.transport]]])
  const material = home.seal.vault?.material()
  if (material === undefined) throw new Error('it is not sealed')
  return [...planted, '192.168.77.77', 'Xylodevice', me.id, me.transport, phrase, ...secrets, material.key, ...['header', 'names', 'the browser’s store'].map((purpose) => home.seal.vault?.derive(purpose) ?? 'none')]
}

it('finds nothing of it in any file, open, killed, closed, damaged, locked and opened again', async () => {
  const home = value(await openHome({ directory, mode: 'write', random }))
  const sought = await live(home)
  expect(sought.length).toBeGreaterThan(12)
  const names = [...filesIn(directory).keys()].toSorted()
  expect(names).toEqual(expect.arrayContaining(['devices/keys.sealed', 'devices/places.json.sealed', 'devices/values.sqlite', 'values.sqlite', 'values.sqlite-wal', 'vault.json', 'writer.pid']))
  expect(wordsFound(directory, sought)).toEqual([])

  /* As a kill leaves it, with what lies beside the log; and as its file is damaged and mended then. */
  const killed = join(base, 'killed')
  mkdirSync(killed)
  for (const name of readdirSync(directory).filter((each) => !/^(?:devices|packs)$/u.test(each))) copyFileSync(join(directory, name), join(killed, name))
  await home.close()
  expect(wordsFound(base, sought)).toEqual([])
  const torn = [...filesIn(killed)].find(([path]) => path === 'values.sqlite-wal')?.[1] ?? Buffer.alloc(0)
  expect(torn.length).toBeGreaterThan(20_000)
  torn.fill(0x77, 9_000, 9_100)
  writeFileSync(join(killed, 'values.sqlite-wal'), torn)
  const mended = value(await openHome({ directory: killed, mode: 'write', random }))
  expect(mended.notice).not.toBe(null)
  await mended.close()
  expect(wordsFound(base, sought)).toEqual([])

  const again = value(await openHome({ directory, mode: 'write', random }))
  expect(Object.values(readGraph(again.doc).cards).map(({ title, story }) => [title, story])).toEqual([['Xylotitle', 'ÄÖxylogrüße and xylostory']])
  expect((await readLibrary({ directory, seal: again.seal })).scenarios.at(-1)).toMatchObject({ situation: 'xylosituation' })
  expect(readPlaces(directory, again.seal).relay).toBe('xyloplace.example')
  const { vault } = again.seal
  if (vault === null) throw new Error('it is not sealed')
  value(await rekeep({ directory }, vault, { kind: 'passphrase', passphrase: 'xylopassphrase of mine' }, null))
  await again.close()
  expect(wordsFound(base, [...sought, 'xylopassphrase'])).toEqual([])
  expect(await openVault({ directory, mode: 'write' })).toMatchObject({ ok: false, error: { kind: 'denied' } })
})

it('would find them: the search sees words in UTF-16, base64 and hexadecimal digits, wherever they begin', () => {
  mkdirSync(directory)
  const forms = [(text: string) => Buffer.from(text), (text: string) => Buffer.from(text, 'utf16le'), (text: string) => Buffer.from(text, 'utf16le').swap16(), (text: string) => Buffer.from(Buffer.from(text).toString('base64')), (text: string) => Buffer.from(Buffer.from(text, 'utf16le').toString('base64url')), (text: string) => Buffer.from(Buffer.from(text).toString('hex'))]
  for (const [at, form] of forms.entries()) {
    for (const before of ['', 'a', 'ab', 'abc']) {
      writeFileSync(join(directory, 'file'), Buffer.concat([Buffer.alloc(50, at), form(`${before}ÄÖxylogrüße and more`)]))
      expect([at, before, wordsFound(directory, ['ÄÖxylogrüße'])]).toEqual([at, before, ['ÄÖxylogrüße in file']])
    }
  }
})
