/** What was put aside, by the command line: shown, let in, left out. */
import { describe, expect, it } from 'vitest'
import { listQuarantine, settleHeld } from '../../../main/peer/quarantine.ts'
import { renameDevice } from '../../../main/peer/commands.ts'
import { forgetCard } from '../../../shared/commands/card.ts'
import { readGraph } from '../../../shared/document/document.ts'
import { add, devicesOfTests, titles } from '../../support/circle.ts'
import { valueOf } from '../../support/document.ts'
import { connect, meet, pair, type Device } from '../../support/peers.ts'

const { device } = devicesOfTests()
const names = ['Five', 'Four', 'One', 'Six', 'Three', 'Two']

/** The phone deleted five of the laptop's six cards, and the laptop has put that aside. */
async function withHeld(): Promise<readonly [laptop: Device, phone: Device]> {
  const [laptop, phone] = [await device('laptop'), await device('phone')]
  for (const name of names) add(laptop, name)
  await pair(laptop, phone)
  for (const { id, title } of Object.values(readGraph(phone.home.doc).cards)) if (title !== 'Six') valueOf(forgetCard(phone.home.doc, id))
  await phone.peers.flushed()
  const line = connect(laptop, phone)
  await expect.poll(() => laptop.peers.quarantine().length).toBe(1)
  line.end()
  return [laptop, phone]
}

describe('what was put aside', () => {
  it('is shown with what it would do, as words and as one object a line', async () => {
    const [laptop, phone] = await withHeld()
    const [held] = laptop.peers.quarantine()
    const { lines, ...told } = JSON.parse(valueOf(await listQuarantine(laptop.peers, true))) as { readonly lines: readonly string[] }
    expect(told).toEqual({ key: held?.key, device: phone.peers.me?.id, name: 'phone', reason: held?.why, canTake: true })
    expect(lines.toSorted()).toEqual(names.filter((name) => name !== 'Six').map((name) => `removes the card “${name}”`))
    const words = valueOf(await listQuarantine(laptop.peers, false))
    expect(words).toContain(`${held?.key}  from phone: `)
    for (const name of names.filter((one) => one !== 'Six')) expect(words).toContain(`\n  removes the card “${name}”`)
    expect([await listQuarantine(phone.peers, false), await listQuarantine(phone.peers, true), await listQuarantine(null, true)]).toEqual([{ ok: true, value: 'Nothing is put aside.\n' }, { ok: true, value: '' }, { ok: true, value: '' }])
  })

  it.each([
    ['let in', 'take', ['Six'], 'taken'],
    ['left out, which leaves everything where it was on both', 'drop', names, 'dropped']
  ] as const)('is %s by the beginning of its key', async (_, verdict, left, event) => {
    const [laptop, phone] = await withHeld()
    const key = laptop.peers.quarantine()[0]?.key ?? ''
    expect(JSON.parse(valueOf(await settleHeld(laptop.peers, verdict, key.slice(0, 8), true)))).toEqual({ event, key })
    await meet(laptop, phone)
    expect([titles(laptop), titles(phone)]).toEqual([left, left])
    expect(valueOf(await listQuarantine(laptop.peers, true))).toBe('')
  })

  it('is not found by another key, nor by too little of one', async () => {
    const [laptop] = await withHeld()
    const key = laptop.peers.quarantine()[0]?.key ?? ''
    for (const named of ['nonsense', key.slice(0, 3), '']) expect(await settleHeld(laptop.peers, 'take', named, false)).toMatchObject({ ok: false, error: { kind: 'not-found', remedy: 'see "steward quarantine list"' } })
    expect(titles(laptop)).toEqual(names)
  })
})

describe('another name for a device', () => {
  it('is on all of them once they met; one too long, and a device that is not there, are refused in a sentence', async () => {
    const [laptop, phone] = [await device('laptop'), await device('phone')]
    await pair(laptop, phone)
    expect(await renameDevice(laptop.peers, 'phone', 'Pocket', false)).toEqual({ ok: true, value: 'It is called Pocket now, on your other devices when they next meet.\n' })
    await meet(laptop, phone)
    expect(phone.peers.me?.name).toBe('Pocket')
    expect(await renameDevice(laptop.peers, 'tablet', 'Slate', false)).toMatchObject({ ok: false, error: { kind: 'not-found' } })
    expect(await renameDevice(laptop.peers, 'Pocket', 'x'.repeat(10_000), false)).toMatchObject({ ok: false, error: { kind: 'bad-input' } })
  })
})
