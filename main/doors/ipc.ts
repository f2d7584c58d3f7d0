/**
 * The door between the Electron window and the steward: calls, events and replica frames over Electron's IPC.
 *
 * Invariants: of every message the sender is checked first (the top frame of one of our own pages, nothing else), then its
 * arguments; what fails is answered by a Problem where an answer is due, and otherwise dropped; a page has one channel at
 * most, and it ends with the page.
 */
import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron'
import { z } from 'zod'
import type { Transport } from '../../shared/ports.ts'
import { fail } from '../../shared/result.ts'
import { maximumFrame } from '../../shared/wire.ts'
import type { HostedSteward } from './browser.ts'
import { channels } from './channels.ts'
import { dispatch } from './dispatch.ts'
import { createInbox } from './inbox.ts'
import { isAppAddress } from './window.ts'

const Channel = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER)
const Frame = z.instanceof(Uint8Array).refine((frame) => frame.length <= maximumFrame)

/** Serves every window until the returned function is called. */
export function serveWindows(ipcMain: IpcMain, steward: HostedSteward): () => void {
  const pages = new Map<WebContents, Page>()

  ipcMain.handle(channels.call, async (event, name: unknown, argument: unknown) => {
    if (!isTrusted(event)) return fail('denied', 'a page that is not ours asked for your values and was refused', 'close it; nothing was shown to it')
    return await dispatch(steward, name, argument)
  })
  ipcMain.on(channels.open, (event, number: unknown) => {
    const channel = Channel.safeParse(number)
    if (!isTrusted(event) || !channel.success) return
    const contents = event.sender
    pages.get(contents)?.end()
    const page = openPage(contents, channel.data)
    pages.set(contents, page)
    const stop = steward.onEvent((each) => post(contents, channels.event, each))
    page.transport.onClose(() => {
      stop()
      if (pages.get(contents) === page) pages.delete(contents)
    })
    post(contents, channels.opened, channel.data)
    steward.connectWindow(page.transport)
    void dispatch(steward, 'status', null).then((status) => {
      if (status.ok) post(contents, channels.event, { kind: 'status', status: status.value })
    })
  })
  ipcMain.on(channels.frame, (event, number: unknown, bytes: unknown) => {
    const frame = Frame.safeParse(bytes)
    const page = pages.get(event.sender)
    if (isTrusted(event) && frame.success && page !== undefined && page.number === number) page.take(frame.data)
  })

  return () => {
    ipcMain.removeHandler(channels.call)
    for (const channel of [channels.open, channels.frame]) ipcMain.removeAllListeners(channel)
    for (const page of pages.values()) page.transport.close()
  }
}

/** The top frame of a page of ours; a frame that is gone or was led elsewhere meanwhile is none. */
export function isTrusted(event: Pick<IpcMainEvent | IpcMainInvokeEvent, 'senderFrame'>): boolean {
  const frame = event.senderFrame
  return frame !== null && frame.parent === null && isAppAddress(frame.url)
}

interface Page {
  readonly number: number
  readonly transport: Transport
  take(frame: Uint8Array): void
  /** The page is gone or has closed: nothing is sent to it any more. */
  end(): void
}

function openPage(contents: WebContents, number: number): Page {
  const inbox = createInbox(() => {
    contents.off('destroyed', inbox.end)
    contents.off('render-process-gone', inbox.end)
  })
  contents.on('destroyed', inbox.end)
  contents.on('render-process-gone', inbox.end)
  const transport: Transport = {
    send(frame) {
      if (!inbox.isOver) post(contents, channels.frame, number, frame)
    },
    onFrame: inbox.onFrame,
    onClose: inbox.onClose,
    close() {
      if (inbox.isOver) return
      post(contents, channels.closed, number)
      inbox.end()
    }
  }
  return { number, transport, take: inbox.take, end: inbox.end }
}

/** Sends where there is still somebody; a page may go at any time. */
function post(contents: WebContents, channel: string, ...values: readonly unknown[]): void {
  if (!contents.isDestroyed()) contents.send(channel, ...values)
}
