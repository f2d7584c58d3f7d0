/**
 * The home replica against the least that could be done: opening a store of 5,000 cards against a bare Yjs load of the same
 * update, and a keystroke until it is durable against a bare SQLite commit of the same size on the same disk.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as Y from 'yjs'
import { openHome, type Home } from '../../main/replica.ts'
import { addCard, editText } from '../../shared/commands/card.ts'
import { createDocument, readGraph } from '../../shared/document/document.ts'
import type { CardId } from '../../shared/schema.ts'
import { connectClient } from '../support/client.ts'
import { createTransportPair } from '../support/transport.ts'
import type { Measurement } from './run.ts'

const cards = 5_000
const keystrokes = 300

export async function benchHome(): Promise<readonly Measurement[]> {
  const directory = await mkdtemp(join(tmpdir(), 'steward-bench-'))
  try {
    const update = manyCards()
    const filled = await open(directory)
    Y.applyUpdate(filled.doc, update)
    await filled.saved()
    await filled.close()
    const opening: number[] = []
    const bare: number[] = []
    for (let round = 0; round < 7; round += 1) {
      const started = performance.now()
      const home = await open(directory)
      const count = Object.keys(readGraph(home.doc).cards).length
      opening.push(performance.now() - started)
      await home.close()
      if (count !== cards) throw new Error(`${count} cards of ${cards} were read`)
      const bareStarted = performance.now()
      const doc = new Y.Doc()
      Y.applyUpdate(doc, update)
      bare.push(performance.now() - bareStarted)
    }
    const typed = await timeKeystrokes(directory)
    const committed = timeCommits(directory)
    return [
      measure(`home: open ${cards} cards, read all`, median(opening), median(bare), 'bare Yjs load of the same update'),
      measure('home: keystroke to durable acknowledgement, p95', quantile(typed, 0.95), quantile(committed, 0.95), 'bare SQLite commit, p95')
    ]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function manyCards(): Uint8Array {
  const doc = createDocument(1)
  let number = 0
  const maker = { now: 1_000, newId: () => `id-${(number += 1)}` }
  for (let card = 0; card < cards; card += 1) {
    const added = addCard(doc, { title: `Being there for others ${card}`, policies: Array.from({ length: 4 }, (_, line) => `MOMENTS number ${line} when somebody needs more than words`) }, maker)
    if (!added.ok) throw new Error(added.error.message)
  }
  return Y.encodeStateAsUpdate(doc)
}

/** Milliseconds from the edit in a window's document to the home's word that it is durable, one after another. */
async function timeKeystrokes(directory: string): Promise<readonly number[]> {
  const home = await open(directory)
  const [near, far] = createTransportPair()
  const client = connectClient(near, createDocument())
  home.connect(far)
  while (client.doc.getMap('cards').size < cards || client.saved.at(-1) !== client.sent.at(-1)) await turn()
  const card = [...client.doc.getMap('cards').keys()][0] as CardId
  const times: number[] = []
  for (let key = 0; key < keystrokes; key += 1) {
    const started = performance.now()
    editText(client.doc, { kind: 'card', card, field: 'title' }, `Being there ${'x'.repeat(key % 50)}${key}`, { now: key, newId: () => 'unused' })
    while (client.saved.at(-1) !== client.sent.at(-1)) await turn()
    times.push(performance.now() - started)
  }
  await home.close()
  return times
}

function timeCommits(directory: string): readonly number[] {
  const database = new DatabaseSync(join(directory, 'bare.sqlite'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entries (bytes BLOB)')
  const insert = database.prepare('INSERT INTO entries VALUES (?)')
  const times = Array.from({ length: keystrokes }, () => {
    const started = performance.now()
    insert.run(randomBytes(60))
    return performance.now() - started
  })
  database.close()
  return times
}

async function open(directory: string): Promise<Home> {
  const home = await openHome({ directory, mode: 'write', random: { bytes: (length) => randomBytes(length) } })
  if (!home.ok) throw new Error(home.error.message)
  return home.value
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function measure(name: string, value: number, reference: number, referenceName: string): Measurement {
  return { name, value: round(value), unit: 'ms', reference: round(reference), reference_name: referenceName, ratio: round(value / reference) }
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
