/**
 * What goes over Electron's IPC between preload.ts and ipc.ts: the names of the channels and the address of the one page
 * that may use them. Imports nothing, since it runs on both sides of the sandbox.
 *
 * A page that loads sends `open` with a number of its own, and gets `opened` back; from then on frames of shared/wire.ts
 * go both ways with that number before them, so that a late frame of an earlier page is known as such. The steward's side
 * ends it with `closed`; a page ends it by going.
 */
export const channels = {
  /** invoke(name, argument) → Result */
  call: 'steward:call',
  /** to the page: a StewardEvent */
  event: 'steward:event',
  /** invoke(title of the page) → Result of the path of the PDF, or null */
  print: 'steward:print',
  open: 'steward:open',
  opened: 'steward:opened',
  frame: 'steward:frame',
  closed: 'steward:closed'
} as const

export const appScheme = 'app'
export const appHost = 'steward'
export const appAddress = `${appScheme}://${appHost}/`
