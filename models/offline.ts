/**
 * Takes the network away from this process ([M8] of shared/ports.ts): every way that Node has of opening a connection, or of
 * asking for a name, throws from now on. For the model's own process only; its channel to the parent is a pipe that was open
 * before.
 */
import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'

/** Once called, never taken back. */
export function refuseNetwork(): void {
  /* Not an arrow, so that `new` gets the same answer. */
  function refuse(): never {
    throw new Error('this process has no network')
  }
  for (const name of ['fetch', 'WebSocket', 'EventSource'] as const) {
    /* Deleted first: to be redefined, Node's own would be loaded. */
    delete (globalThis as Partial<typeof globalThis>)[name]
    Object.defineProperty(globalThis, name, { value: refuse, writable: false, configurable: false })
  }
  for (const [owner, names] of [
    [net.Socket.prototype, ['connect']],
    [net.Server.prototype, ['listen']],
    [dgram.Socket.prototype, ['bind', 'connect', 'send']],
    [dns, ['lookup', 'resolve']],
    [dns.promises, ['lookup', 'resolve']]
  ] as const) {
    for (const name of names) Object.defineProperty(owner, name, { value: refuse, writable: false, configurable: false })
  }
}
