/**
 * A process that edits a home as a window does, over the sync channel, and prints the number of each edit once the home has
 * acknowledged it. Killed from outside at any moment (tests/kill.ts). `node writer.ts DIRECTORY FIRST [COUNT]`
 * ends by itself after so many.
 */
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import * as encoding from 'lib0/encoding'
import { writeUpdate } from 'y-protocols/sync'
import * as Y from 'yjs'
import { openHome } from '../../main/replica.ts'
import { readFrame, writeFrame } from '../../shared/wire.ts'
import { createTransportPair } from './transport.ts'

const [directory = '', first = '0', count = 'Infinity'] = process.argv.slice(2)
const home = await openHome({ directory, mode: 'write', random: { bytes: (length) => randomBytes(length) } })
if (!home.ok) throw new Error(home.error.message)
const [near, far] = createTransportPair()
home.value.connect(far)

const doc = new Y.Doc()
let number = 0
near.onFrame((bytes) => {
  const frame = readFrame(bytes)
  if (frame.ok && frame.value.kind === 'saved') writeSync(1, `${Number(first) + frame.value.number - 1}\n`)
})
doc.on('update', (update: Uint8Array) => {
  const encoder = encoding.createEncoder()
  writeUpdate(encoder, update)
  number += 1
  near.send(writeFrame({ kind: 'edits', number, message: encoding.toUint8Array(encoder) }))
})
for (let edit = Number(first); edit < Number(first) + Number(count); edit += 1) {
  doc.getMap('edits').set(String(edit), 'x'.repeat(edit % 700))
  await new Promise((resolve) => setTimeout(resolve, edit % 3))
}
await home.value.saved()
await home.value.close()
process.exit(0)
