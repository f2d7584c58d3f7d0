/**
 * A device that was paired and means harm: it holds genuine keys and writes whatever it likes into genuine envelopes. And what it
 * likes: mutants of real updates, and the bombs that are known to hurt a Yjs document.
 */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { noPrevious, readEnvelope, writeEnvelope, type Header } from '../../shared/peer/envelope.ts'
import { readSecrets, type DeviceSecrets } from '../../shared/peer/identity.ts'
import { readUpdate } from '../../shared/peer/gate/update.ts'
import { addCard } from '../../shared/commands/card.ts'
import { createDocument } from '../../shared/document/document.ts'
import { commandNames, createMaker, perform, valueOf } from './document.ts'
import type { Device } from './peers.ts'

/** Whole numbers below a bound, the same for the same seed. */
export type Dice = (below: number) => number

export function diceFrom(seed: number): Dice {
  let state = (seed * 2_654_435_761 + 1) >>> 0
  return (below) => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}

export function secretsOf({ keystore }: Device): DeviceSecrets {
  const secrets = readSecrets(valueOf(keystore.read()) ?? new Uint8Array())
  if (secrets === null) throw new Error('the device has keys')
  return secrets
}

/** An envelope of `attacker`, the next of its chain as `victim` knows it unless told otherwise, with any update in it. */
export function envelopeFor(attacker: Device, victim: Device, update: Uint8Array, change: Partial<Header> & { readonly sign?: Uint8Array; readonly key?: Uint8Array } = {}): Uint8Array {
  const [theirs, ours] = [attacker.peers.state, victim.peers.state]
  if (theirs === null || ours === null) throw new Error('both are paired')
  const head = ours.heads.get(theirs.me)
  const contents = readUpdate(update)
  const { current } = ours.membership
  const header: Header = {
    device: theirs.me, epoch: current, seq: (head?.seq ?? 0) + 1, previous: head?.hash ?? noPrevious, seen: new Map(),
    clients: contents === null ? [] : contents.blocks.map(({ client }) => client), brought: [], ...change
  }
  const key = change.key ?? theirs.keys.get(header.epoch) ?? ours.keys.get(header.epoch)
  if (key === undefined) throw new Error('the epoch has a key')
  return writeEnvelope(header, update, key, change.sign ?? secretsOf(attacker).sign, attacker.peers.suite)
}

export function hashOf(device: Device, envelope: Uint8Array): string {
  return readEnvelope(envelope, device.peers.suite)?.hash ?? ''
}

/** What honest editing makes, as the device would send it: each builds on the one before. */
export function realUpdates(start: Uint8Array, count: number, dice: Dice): readonly Uint8Array[] {
  const doc = createDocument(1 + dice(2 ** 31))
  Y.applyUpdate(doc, start)
  const maker = createMaker(`x${dice(1_000_000)}-`)
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  while (updates.length < count) {
    const name = commandNames[dice(commandNames.length)] ?? 'addCard'
    if (name === 'forget') continue
    perform(doc, { name, a: dice(51), b: dice(51), c: dice(51), text: ['when', 'MOMENTS of quiet', 'a😀b', ''][dice(4)] ?? '' }, maker)
  }
  return updates
}

/** The update with something wrong in it: bits, bytes, numbers, ends, or parts of another one. */
export function mutantOf(update: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const copy = [...update]
  const at = dice(Math.max(1, copy.length))
  switch (dice(8)) {
    case 0:
    case 1:
      copy[at] = (copy[at] ?? 0) ^ (1 << dice(8))
      break
    case 2:
      copy[at] = dice(256)
      break
    case 3:
      copy.splice(at, 1 + dice(4))
      break
    case 4:
      copy.splice(at, 0, ...Array.from({ length: 1 + dice(4) }, () => dice(256)))
      break
    case 5:
      copy.length = at
      break
    case 6:
      copy.splice(at, dice(20), ...other.slice(dice(other.length), dice(other.length) + 20))
      break
    default:
      copy.splice(at, 1, ...numberBytes([2 ** 32 - 1, 2 ** 31, 10 ** 15, Number.MAX_SAFE_INTEGER, 0, 127, 128][dice(7)] ?? 0))
  }
  return Uint8Array.from(copy)
}

/** The update with one of its structs put beside others of `doc`, or some clocks off; null where none of them stands beside anything. */
export function misplaced(update: Uint8Array, doc: Y.Doc, dice: Dice): Uint8Array | null {
  const { structs } = Y.decodeUpdate(update)
  const placed = structs.filter((struct): struct is Y.Item => struct instanceof Y.Item && (struct.origin !== null || struct.rightOrigin !== null))
  const item = placed[dice(Math.max(1, placed.length))]
  if (item === undefined) return null
  const clients = [...doc.store.clients.keys()]
  const anywhere = (): Y.ID => {
    const client = clients[dice(clients.length)] ?? 0
    return Y.createID(client, dice(Math.max(1, Y.getState(doc.store, client))))
  }
  const nearby = (id: Y.ID | null): Y.ID => (id === null ? anywhere() : Y.createID(id.client, Math.max(0, id.clock + dice(9) - 4)))
  switch (dice(4)) {
    case 0:
      return beside(update, item.id, { right: anywhere() })
    case 1:
      return beside(update, item.id, { left: anywhere() })
    case 2:
      return beside(update, item.id, { right: nearby(item.rightOrigin ?? item.origin) })
    default:
      return beside(update, item.id, { left: nearby(item.origin ?? item.rightOrigin) })
  }
}

/** The update with other neighbours for the struct of this id. */
export function beside(update: Uint8Array, id: Y.ID, { left, right }: { readonly left?: Y.ID; readonly right?: Y.ID }): Uint8Array {
  const { structs, ds } = Y.decodeUpdate(update)
  const groups = new Map<number, (Y.Item | Y.GC)[]>()
  for (const struct of structs) {
    if (!(struct instanceof Y.Item) && !(struct instanceof Y.GC)) throw new Error('an update of ours has no gaps')
    if (struct instanceof Y.Item && struct.id.client === id.client && struct.id.clock === id.clock) {
      if (left !== undefined) struct.origin = left
      if (right !== undefined) struct.rightOrigin = right
    }
    groups.set(struct.id.client, [...(groups.get(struct.id.client) ?? []), struct])
  }
  const encoder = new Y.UpdateEncoderV1()
  const { restEncoder } = encoder
  const write = (...numbers: readonly number[]): void => numbers.forEach((number) => encoding.writeVarUint(restEncoder, number))
  write(groups.size)
  for (const [client, group] of groups) {
    write(group.length, client, group[0]?.id.clock ?? 0)
    for (const struct of group) struct.write(encoder, 0)
  }
  write(ds.clients.size)
  for (const [client, ranges] of ds.clients) {
    write(client, ranges.length)
    for (const { clock, len } of ranges) write(clock, len)
  }
  return encoding.toUint8Array(restEncoder)
}

function numberBytes(number: number): readonly number[] {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, number)
  return [...encoding.toUint8Array(encoder)]
}

// ---- bombs ----------------------------------------------------------------------------------------------------------

type Part = number | string | Uint8Array | readonly Part[]

/** Numbers as Yjs writes them, strings with their length, bytes as they are. */
function bytes(...parts: readonly Part[]): Uint8Array {
  const encoder = encoding.createEncoder()
  const write = (part: Part): void => {
    if (typeof part === 'number') encoding.writeVarUint(encoder, part)
    else if (typeof part === 'string') encoding.writeVarString(encoder, part)
    else if (part instanceof Uint8Array) encoding.writeUint8Array(encoder, part)
    else for (const one of part) write(one)
  }
  for (const part of parts) write(part)
  return encoding.toUint8Array(encoder)
}

const byte = (value: number): Uint8Array => Uint8Array.of(value)
const text = (value: unknown): Uint8Array => {
  const encoder = encoding.createEncoder()
  encoding.writeAny(encoder, value as never)
  return encoding.toUint8Array(encoder)
}
/** A value under a key of a root map: struct of kind 8 (any), with a parent key. */
const entry = (root: string, key: string, ...values: readonly Uint8Array[]): Part => [byte(0x28), 1, root, key, values.length, ...values]
const map = (root: string, key: string): Part => [byte(0x27), 1, root, key, 1]

interface Bomb {
  readonly name: string
  readonly update: Uint8Array
}

/** `state`: the document that they are aimed at. Those that need a client of their own take 4,242 and the like. */
export function bombs(state: Uint8Array): readonly Bomb[] {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  const [client, clock] = [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([, left], [, right]) => right - left)[0] ?? [1, 0]
  const own = 4_242
  const nested = (depth: number): Uint8Array => {
    let value = text(null)
    const open = new Uint8Array(depth * 2)
    for (let index = 0; index < depth; index += 1) open.set([117, 1], index * 2)
    value = bytes(open, value)
    return value
  }
  const ranges = (count: number): Part => Array.from({ length: count }, (_, index) => [index * 2, 1])
  const maps = (depth: number): readonly Part[] => [map('norms', 'deep'), ...Array.from({ length: depth - 1 }, (_, index): Part => [byte(0x27), 0, own, index, 'in', 1])]
  const proto = bytes(byte(118), 1, '__proto__', byte(118), 1, 'polluted', byte(120))
  return [
    { name: 'eleven bytes that delete everything', update: bytes(0, 1, client, 1, 0, 2 ** 31 - 1) },
    { name: 'exactly everything of one client deleted', update: bytes(0, 1, client, 1, 0, clock) },
    { name: '__proto__ inside a value', update: bytes(1, 1, own, 0, entry('norms', 'n1', proto), 0) },
    { name: '__proto__ as a key', update: bytes(1, 1, own, 0, entry('norms', '__proto__', text('x')), 0) },
    { name: '__proto__ as a root', update: bytes(1, 1, own, 0, entry('__proto__', 'a', text('x')), 0) },
    { name: 'constructor as a key', update: bytes(1, 1, own, 0, entry('cards', 'constructor', text('x')), 0) },
    { name: 'the same client twice', update: bytes(2, [1, own, 0, entry('norms', 'a', text('x'))], [1, own, 1, entry('norms', 'b', text('x'))], 0) },
    { name: 'the same client twice in the deletions', update: bytes(0, 2, client, 1, 0, 1, client, 1, 0, 1) },
    { name: 'client 2³² - 1', update: bytes(1, 1, 2 ** 32 - 1, 0, entry('norms', 'n', text('not a record')), 0) },
    { name: 'client 2⁵³ - 1', update: bytes(1, 1, Number.MAX_SAFE_INTEGER, 0, entry('norms', 'n', text('not a record')), 0) },
    { name: 'the victim’s own client', update: bytes(1, 1, client, clock, entry('norms', 'n', text('x')), 0) },
    { name: 'a string of length 10¹⁵', update: bytes(1, 1, own, 0, [byte(0x24), 1, 'norms', 'a', 10 ** 15], 0) },
    { name: 'a list of length 10¹⁵', update: bytes(1, 1, own, 0, [byte(0x28), 1, 'norms', 'a', 10 ** 15], 0) },
    { name: 'a deleted stretch of length 10¹⁵', update: bytes(1, 1, own, 0, [byte(0x21), 1, 'norms', 'a', 10 ** 15], 0) },
    { name: 'a stretch gone for good of length 10¹⁵', update: bytes(1, 1, own, 0, byte(0), 10 ** 15, 0) },
    { name: '10¹⁵ structs', update: bytes(1, 10 ** 15, own, 0, byte(0), 1, 0) },
    { name: '10¹⁵ clients', update: bytes(10 ** 15, 1, own, 0, byte(0), 1, 0) },
    { name: 'a gap', update: bytes(1, 1, own, 0, byte(10), 5, 0) },
    { name: 'nothing of length 0', update: bytes(1, 2, own, 0, byte(0), 0, byte(0), 1, 0) },
    { name: 'a left neighbour that was never sent', update: bytes(1, 1, own, 0, [byte(0x84), 999, 5, 'x'], 0) },
    { name: 'a parent that was never sent', update: bytes(1, 1, own, 0, [byte(0x24), 0, 999, 5, 'x'], 0) },
    { name: 'an earlier edit of its own that was never sent', update: bytes(1, 1, own, 7, entry('norms', 'a', text('x')), 0) },
    { name: 'two that each stand behind the other', update: bytes(2, [1, own, 0, [byte(0x84), own + 1, 0, 'x']], [1, own + 1, 0, [byte(0x84), own, 0, 'x']], 0) },
    { name: 'one that stands behind itself', update: bytes(1, 1, own, 0, [byte(0x84), own, 0, 'x'], 0) },
    { name: 'a value 100,000 levels deep', update: bytes(1, 1, own, 0, [byte(0x28), 1, 'norms', 'a', 1, nested(100_000)], 0) },
    { name: 'maps 20,000 levels deep', update: bytes(1, 20_000, own, 0, maps(20_000), 0) },
    { name: 'maps 12 levels deep', update: bytes(1, 12, own, 0, maps(12), 0) },
    { name: 'two million deleted ranges', update: bytes(0, 1, client, 2_000_000, ranges(2_000_000)) },
    { name: 'ranges that fall', update: bytes(0, 1, client, 2, 5, 1, 0, 1) },
    { name: 'a text where a card should be', update: bytes(1, 1, own, 0, [byte(0x27), 1, 'cards', 'c', 2], 0) },
    { name: 'an empty map where a card should be', update: bytes(1, 1, own, 0, map('cards', 'c'), 0) },
    { name: 'a list item in a root map', update: bytes(1, 1, own, 0, [byte(0x08), 1, 'cards', 1, text('x')], 0) },
    { name: 'an XML element', update: bytes(1, 1, own, 0, [byte(0x27), 1, 'cards', 'c', 3, 'script'], 0) },
    { name: 'a document within the document', update: bytes(1, 1, own, 0, [byte(0x29), 1, 'cards', 'c', 'guid', text({})], 0) },
    { name: 'binary', update: bytes(1, 1, own, 0, [byte(0x23), 1, 'norms', 'n', 3, byte(1), byte(2), byte(3)], 0) },
    { name: 'formatting', update: bytes(1, 1, own, 0, [byte(0x26), 1, 'norms', 'n', 'bold', 'true'], 0) },
    { name: 'text that is not UTF-8', update: bytes(1, 1, own, 0, [byte(0x24), 1, 'norms', 'n', 2, byte(0xc0), byte(0x80)], 0) },
    { name: 'half of a surrogate pair', update: bytes(1, 1, own, 0, [byte(0x24), 1, 'norms', 'n', 3, byte(0xed), byte(0xa0), byte(0x80)], 0) },
    { name: 'a root nobody knows', update: bytes(1, 1, own, 0, entry('trojan', 'horse', text('x')), 0) },
    { name: 'a newer layout', update: bytes(1, 1, own, 0, [byte(0xa8), ...layoutItem(doc), 1, text(99)], 0) },
    { name: 'a number in too many bytes', update: Uint8Array.of(0x80, 0x00, 0x00) },
    { name: 'nothing at all', update: new Uint8Array() },
    { name: 'one byte too many', update: bytes(0, 0, 0) }
  ]
}

/** The id of what `meta.layout` holds. */
function layoutItem(doc: Y.Doc): readonly [number, number] {
  const item = doc.getMap('meta')._map.get('layout')
  return item === undefined ? [0, 0] : [item.id.client, item.id.clock]
}

/** Slow for Yjs though each struct is in order: many insertions at one place, each with another right neighbour. */
export function crowd(state: Uint8Array, count: number): Uint8Array {
  const doc = createDocument(77_777)
  Y.applyUpdate(doc, state)
  const before = Y.encodeStateVector(doc)
  valueOf(addCard(doc, { title: 'x'.repeat(150), policies: [] }, createMaker('crowd')))
  const update = Y.encodeStateAsUpdate(doc, before)
  const contents = readUpdate(update)
  const title = contents?.blocks[0]?.structs.find((struct) => struct.kind === 'string' && struct.length === 150)
  if (title === undefined) throw new Error('the title is a string')
  const structs = Array.from({ length: count }, (_, index): Part => [byte(0xc4), title.client, title.clock, title.client, title.clock + 1 + (index % 149), 'y'])
  const block = contents?.blocks[0]
  return bytes(2, update.slice(block?.from, block?.to), [count, 88_888, 0, structs], 0)
}

