import { describe, expect, it, vi } from 'vitest'
import type { Bridge } from '../../../shared/ipc.ts'
import { fail, ok } from '../../../shared/result.ts'

/* The window's address is read as its modules are. */
vi.stubGlobal('location', { hash: '' })
vi.stubGlobal('addEventListener', () => undefined)
vi.stubGlobal('localStorage', { getItem: () => null })
const { beginLibrary } = await import('../../../renderer/tasks/library.ts')

/** A line to the steward that comes and goes: what is asked while it is away fails at once. */
function createLine() {
  const listeners = new Set<(connected: boolean) => void>()
  const line = { isThere: false, asked: 0 }
  const bridge = {
    call: () => {
      line.asked += 1
      return Promise.resolve(line.isThere ? ok({ scenarios: [], packs: [], problems: [] }) : fail('conflict', 'Values Steward does not answer', 'wait'))
    },
    sync: {
      onConnected(listener: (connected: boolean) => void) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      }
    }
  }
  const tell = async (isThere: boolean): Promise<void> => {
    line.isThere = isThere
    for (const listener of listeners) listener(isThere)
    await new Promise(setImmediate)
  }
  return { bridge: bridge as unknown as Bridge, line, tell, listeners }
}

describe('the library', () => {
  it('that could not be read before the line was there is read as soon as it is, and not again while it is kept', async () => {
    const { bridge, line, tell, listeners } = createLine()
    const end = beginLibrary(bridge)
    await tell(false)
    expect(line.asked).toBe(1)
    await tell(true)
    expect(line.asked).toBe(2)
    await tell(false)
    await tell(true)
    expect(line.asked).toBe(2)
    end()
    expect(listeners.size).toBe(0)
  })
})
