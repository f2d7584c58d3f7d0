/** Pairing as the window drives it, over a network that answers when the test says so: what is stopped stays stopped; and what is said of a damaged home. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FromProcess, ToProcess } from '../../../main/peer/meeting/messages.ts'
import { openDevicesRoom, type DevicesDoor } from '../../../main/peer/room.ts'
import { openHome, type Home } from '../../../main/replica.ts'
import { systemClock, systemRandom } from '../../../main/system.ts'
import { valueOf } from '../../support/document.ts'

/** A process of the network that says nothing by itself. */
interface Silent {
  readonly heard: ToProcess[]
  say(message: FromProcess): void
}

let folder: string
let home: Home
let room: DevicesDoor
let processes: Silent[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-room-'))
  processes = []
  home = valueOf(await openHome({ directory: folder, mode: 'write', random: systemRandom }))
  room = valueOf(await openDevicesRoom({ home, directory: folder, clock: systemClock, host: startSilent }))
})
afterEach(async () => {
  await room.close()
  await home.close()
  await rm(folder, { recursive: true })
})

function startSilent() {
  const heard: ToProcess[] = []
  let [tell, end]: [(message: FromProcess) => void, () => void] = [() => undefined, () => undefined]
  processes.push({ heard, say: (message) => tell(message) })
  return {
    send: (message: ToProcess) => void (heard.push(message), message.kind === 'stop' && end()),
    onMessage: (listener: (message: FromProcess) => void) => void (tell = listener),
    onExit: (listener: () => void) => void (end = listener),
    kill: () => end()
  }
}

const pairing = (): string => room.view().pairing.kind
const offering: FromProcess = { kind: 'offering', addresses: ['10.0.0.1:4000'] }

/** The last process that was started, once it was told this. */
async function told(kind: ToProcess['kind']): Promise<Silent> {
  return await vi.waitFor(() => processes.at(-1)?.heard.some((message) => message.kind === kind) === true ? (processes.at(-1) as Silent) : Promise.reject(new Error(`nobody was told to ${kind}`)))
}

describe('pairing in the window', () => {
  it('shows no code any more that was stopped while the network began', async () => {
    const offered = room.act({ do: 'offer' })
    const network = await told('offer')
    valueOf(await room.act({ do: 'cancel' }))
    network.say(offering)
    valueOf(await offered)
    expect(pairing()).toBe('none')
  })

  it('goes on with a code of its own though a search that was stopped before comes to its end', async () => {
    valueOf(await room.act({ do: 'join', code: '123-456-789-012', address: '10.0.0.9:4000' }))
    const searching = await told('dial')
    valueOf(await room.act({ do: 'cancel' }))
    const offered = room.act({ do: 'offer' })
    ;(await told('offer')).say(offering)
    valueOf(await offered)
    searching.say({ kind: 'failed', number: 1, problem: { kind: 'not-found', message: 'that device does not answer', remedy: 'try again' } })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(pairing()).toBe('offering')
    expect(await room.act({ do: 'offer' })).toMatchObject({ ok: false, error: { kind: 'conflict' } })
  })

  it('says that the code was found nowhere, and can be begun anew', async () => {
    valueOf(await room.act({ do: 'join', code: '123-456-789-012', address: '10.0.0.9:4000' }))
    ;(await told('dial')).say({ kind: 'failed', number: 1, problem: { kind: 'not-found', message: 'that device does not answer', remedy: 'try again' } })
    await vi.waitFor(() => expect(pairing()).toBe('failed'))
    const offered = room.act({ do: 'offer' })
    ;(await told('offer')).say(offering)
    valueOf(await offered)
    expect(pairing()).toBe('offering')
  })
})

describe('the note of where the others were seen', () => {
  const opened = async (): Promise<DevicesDoor> => (room = valueOf(await openDevicesRoom({ home, directory: folder, clock: systemClock, host: startSilent })))

  it('takes the relay with it where it cannot be read, which is said until another takes its place', async () => {
    valueOf(await room.act({ do: 'anywhere', relay: 'https://relay.example.org' }))
    await room.close()
    expect((await opened()).view()).toMatchObject({ relay: 'https://relay.example.org', notice: null })
    await room.close()
    await writeFile(join(folder, 'devices', 'places.json.sealed'), 'torn')
    expect((await opened()).view()).toMatchObject({ relay: null, notice: { message: 'where this device saw your others last cannot be read' } })
    valueOf(await room.act({ do: 'anywhere', relay: null }))
    await room.close()
    expect((await opened()).view().notice).toBe(null)
  })
})
