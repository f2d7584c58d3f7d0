/** The list of devices is read once for all that shows it, whatever its order, and again when the line comes back. */
import { expect, it } from 'vitest'
import { actOnDevices, deviceList, followDevices, readDevices } from '../../../renderer/tasks/devices.ts'
import type { DevicesView } from '../../../shared/devices.ts'
import type { Bridge, StewardEvent } from '../../../shared/ipc.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'

const empty: DevicesView = { me: null, others: [], fallen: [], network: { kind: 'off' }, pairing: { kind: 'none' }, notice: null, held: [], canRestore: false, relay: null }
const named = (relay: string): DevicesView => ({ ...empty, relay })

/** A steward that knows of devices only; `calls` is what it was asked. */
function fakeBridge() {
  const calls: string[] = []
  let answer: Result<DevicesView> = ok(empty)
  const events = new Set<(event: StewardEvent) => void>()
  const lines = new Set<(isConnected: boolean) => void>()
  const following = <Listener>(all: Set<Listener>) => (listener: Listener) => (all.add(listener), () => void all.delete(listener))
  const bridge = {
    call: (_name: string, { do: what }: { readonly do: string }) => (calls.push(what), Promise.resolve(answer)),
    onEvent: following(events),
    sync: { send: () => undefined, onFrame: () => () => undefined, onConnected: following(lines) }
  } as unknown as Bridge
  return {
    bridge, calls, events, lines,
    answers: (next: Result<DevicesView>) => void (answer = next),
    connect: async () => {
      for (const line of lines) line(true)
      await Promise.resolve()
      await Promise.resolve()
    },
    tell: (devices: DevicesView) => events.forEach((event) => event({ kind: 'devices', devices }))
  }
}

it('is read once for two that follow it, told to both, and left alone once nobody does', async () => {
  const steward = fakeBridge()
  const told = [0, 0]
  const ends = told.map((_, at) => followDevices(steward.bridge, () => void ((told[at] as number) += 1)))
  expect([steward.events.size, steward.lines.size]).toEqual([1, 1])
  steward.answers(ok(named('at first')))
  await Promise.all([steward.connect(), readDevices(steward.bridge)])
  expect(steward.calls).toEqual(['look'])
  expect([deviceList().view?.relay, ...told]).toEqual(['at first', 1, 1])

  steward.tell(named('told'))
  expect([deviceList().view?.relay, ...told]).toEqual(['told', 2, 2])
  steward.answers(ok(named('done')))
  await actOnDevices(steward.bridge, { do: 'restore' })
  expect([deviceList().view?.relay, ...told]).toEqual(['done', 3, 3])

  ends[0]?.()
  ends[0]?.()
  steward.tell(named('to one'))
  expect(told).toEqual([3, 4])
  ends[1]?.()
  expect([steward.events.size, steward.lines.size]).toEqual([0, 0])
})

it('a read that fails leaves what is known and says why; the next one that is told of takes that back', async () => {
  const steward = fakeBridge()
  const end = followDevices(steward.bridge, () => undefined)
  steward.tell(named('known'))
  steward.answers(fail('conflict', 'no answer', 'try again'))
  await steward.connect()
  expect(deviceList()).toMatchObject({ view: { relay: 'known' }, problem: { message: 'no answer' } })
  expect(await actOnDevices(steward.bridge, { do: 'restore' })).toMatchObject({ ok: false })
  steward.tell(named('again'))
  expect(deviceList()).toEqual({ view: named('again'), problem: null })
  end()
})
