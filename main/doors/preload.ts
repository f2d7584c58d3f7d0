/**
 * What the page of the Electron window can reach of this machine: the Bridge of shared/ipc.ts, as `window.steward`, and
 * nothing of Electron itself. Runs in the sandbox, before the page.
 *
 * Invariants: a call never rejects; the replica channel is opened when the page first listens for it, and opened again by
 * itself, after growing pauses of at most 2 s, when the other side ends it.
 */
import { contextBridge, ipcRenderer, type IpcRenderer } from 'electron'
import type { Bridge, CallName, CallResult, StewardEvent } from '../../shared/ipc.ts'
import type { Result } from '../../shared/result.ts'
import { channels } from './channels.ts'

const longestPause = 2_000

/** The Bridge over this page's channel. */
export function createBridge(ipcRenderer: IpcRenderer): Bridge {
  return {
    async call<Name extends CallName>(name: Name, argument: unknown): Promise<CallResult<Name>> {
      try {
        return (await ipcRenderer.invoke(channels.call, name, argument)) as CallResult<Name>
      } catch {
        return { ok: false, error: { kind: 'internal', message: 'Values Steward did not answer', remedy: 'try again; nothing that was saved is lost' } }
      }
    },
    onEvent(listener) {
      const receive = (_event: unknown, event: StewardEvent) => listener(event)
      ipcRenderer.on(channels.event, receive)
      return () => void ipcRenderer.off(channels.event, receive)
    },
    async print(title) {
      try {
        return (await ipcRenderer.invoke(channels.print, title)) as Result<string | null>
      } catch {
        return { ok: false, error: { kind: 'internal', message: 'Values Steward did not answer', remedy: 'try again; nothing that was saved is lost' } }
      }
    },
    sync: createSync(ipcRenderer)
  }
}

contextBridge.exposeInMainWorld('steward', createBridge(ipcRenderer))

function createSync(ipcRenderer: IpcRenderer): Bridge['sync'] {
  const frames = new Set<(frame: Uint8Array) => void>()
  const early: Uint8Array[] = []
  const states = new Set<(connected: boolean) => void>()
  // Higher than that of any page before this one, which may have frames under way.
  let number = Date.now()
  let opened = false
  let connected = false
  let pause = 50
  const open = () => {
    opened = true
    number += 1
    ipcRenderer.send(channels.open, number)
  }
  const tell = (next: boolean) => {
    connected = next
    for (const listener of states) listener(next)
  }
  ipcRenderer.on(channels.opened, (_event, which: number) => {
    if (which !== number || connected) return
    pause = 50
    tell(true)
  })
  ipcRenderer.on(channels.frame, (_event, which: number, frame: Uint8Array) => {
    if (which !== number) return
    if (frames.size === 0) early.push(frame)
    for (const listener of frames) listener(frame)
  })
  ipcRenderer.on(channels.closed, (_event, which: number) => {
    if (which !== number) return
    early.length = 0
    tell(false)
    setTimeout(open, pause)
    pause = Math.min(longestPause, pause * 2)
  })
  return {
    send(frame) {
      if (connected) ipcRenderer.send(channels.frame, number, frame)
    },
    onFrame(listener) {
      frames.add(listener)
      for (const frame of early.splice(0)) listener(frame)
      return () => void frames.delete(listener)
    },
    onConnected(listener) {
      states.add(listener)
      if (connected) listener(true)
      else if (!opened) open()
      return () => void states.delete(listener)
    }
  }
}
