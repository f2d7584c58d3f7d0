/** What a device is given that joins: the whole document, made ready before it asks, and sent once. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createGatekeeper } from '../../../../main/peer/circle/gatekeeper.ts'
import { addCard } from '../../../../shared/commands/card.ts'
import { createDocument, readGraph } from '../../../../shared/document/document.ts'
import { nothingRemoved } from '../../../../shared/peer/gate/gate.ts'
import { readMessage, writeMessage, type PeerMessage } from '../../../../shared/peer/message.ts'
import { readWhole } from '../../../../shared/peer/gate/whole.ts'
import type { PeerTransport } from '../../../../shared/ports.ts'
import * as Y from 'yjs'
import { valueOf } from '../../../support/document.ts'
import { openDevice, pair, reopen, type Device } from '../../../support/peers.ts'

const open: Device[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const add = ({ home, maker }: Device, title: string) => valueOf(addCard(home.doc, { title, policies: [] }, maker))

/** A device with a circle, and another one that belongs to it and was never met. */
async function begin(): Promise<readonly [laptop: Device, phone: Device]> {
  const devices = [await openDevice('laptop'), await openDevice('phone')] as const
  open.push(...devices)
  const [laptop, phone] = devices
  add(laptop, 'One')
  valueOf(await phone.peers.join(valueOf(await laptop.peers.admit(valueOf(phone.peers.ownCard())))))
  return devices
}

function titlesIn({ peers }: Device, bytes: Uint8Array | null): readonly string[] {
  const { state } = peers
  const whole = bytes === null || state === null ? null : readWhole(bytes, state.membership, (epoch) => state.keys.get(epoch), peers.suite)
  const doc = createDocument()
  if (whole !== null) Y.applyUpdate(doc, whole.document)
  return Object.values(readGraph(doc).cards).map(({ title }) => title).sort()
}

describe('the whole document', () => {
  it('is ready when a device is opened that belongs with one it never met, and is made anew after an edit and after a removal', async () => {
    const [before, phone] = await begin()
    await before.close()
    const laptop = await reopen(before)
    open.push(laptop)
    valueOf(await laptop.peers.flushed())
    const packing = vi.spyOn(laptop.peers.suite, 'deflate')
    const first = await laptop.peers.whole()
    expect(packing).not.toHaveBeenCalled()
    expect(titlesIn(phone, first)).toEqual(['One'])
    add(laptop, 'Two')
    const second = await laptop.peers.whole()
    expect(titlesIn(phone, second)).toEqual(['One', 'Two'])
    expect(await laptop.peers.whole()).toBe(second)
    const tablet = await openDevice('tablet')
    open.push(tablet)
    const id = await pair(laptop, tablet)
    const known = await laptop.peers.whole()
    valueOf(await laptop.peers.revoke(id))
    const third = await laptop.peers.whole()
    /* Under a key that the removed one does not have. */
    expect([titlesIn(tablet, known), titlesIn(tablet, third), titlesIn(laptop, third)]).toEqual([['One', 'Two'], [], ['One', 'Two']])
  })

  it('is not sent again while it is on its way, however often its wish is repeated, and is where it was lost', async () => {
    const [laptop, phone] = await begin()
    const sent: PeerMessage['kind'][] = []
    const line = createSlowLine((frame) => sent.push(readMessage(frame)?.kind ?? 'refused'))
    const session = laptop.peers.connect(line, { remote: valueOf(phone.peers.ownCard()).transport })
    const wholes = (): number => sent.filter((kind) => kind === 'whole').length
    const ask = async (): Promise<void> => {
      line.hear(writeMessage({ kind: 'have', heads: new Map(), entries: phone.peers.state?.entryHashes() ?? [], isNew: true, isHeld: false }))
      for (let turn = 0; turn < 5; turn += 1) await laptop.peers.flushed()
    }
    await ask()
    await expect.poll(wholes).toBe(1)
    line.pending = 1_000_000
    for (let time = 0; time < 3; time += 1) await ask()
    expect(wholes()).toBe(1)
    line.pending = 0
    await ask()
    await expect.poll(wholes).toBe(2)
    session.close()
  })
})

describe('the gate’s thread', () => {
  it('can be woken before the first question, and begins with the document as it was then', async () => {
    const doc = createDocument(1)
    let asked = 0
    const gate = createGatekeeper(() => {
      asked += 1
      return Y.encodeStateAsUpdate(doc)
    })
    gate.wake()
    gate.wake()
    expect(asked).toBe(1)
    const judged = await gate.judge({ update: Y.encodeStateAsUpdate(createDocument(2)), whole: true, allowed: true, before: nothingRemoved })
    expect([judged.kind, asked]).toEqual(['sound', 1])
    await gate.close()
    gate.wake()
    expect(asked).toBe(1)
  })
})

/** A line to a device that is slow: it says what waits, as the test wants it. */
function createSlowLine(onSend: (frame: Uint8Array) => void): PeerTransport & { pending: number; hear(frame: Uint8Array): void } {
  let listener: (frame: Uint8Array) => void = () => undefined
  return {
    remote: new Uint8Array(32),
    pending: 0,
    send: onSend,
    drained: () => Promise.resolve(),
    onFrame: (next) => void (listener = next),
    onClose: () => undefined,
    close: () => undefined,
    hear: (frame) => listener(frame)
  }
}
