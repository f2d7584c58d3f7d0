/** The browser's own store by itself: sealed rows, the plain ones of before, and windows that share it. */
import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { createCache } from '../../renderer/cache.ts'

const key = 'c3'.repeat(32)
const origin = { name: 'cache' }
let number = 0
let name = ''
const ends: (() => void)[] = []

/** A window with its document, its store begun. */
function open(more: { readonly key?: string; readonly texts?: readonly string[] } = {}): Y.Doc {
  const doc = new Y.Doc()
  for (const text of more.texts ?? []) write(doc, text)
  const cache = createCache(name, more.key ?? key, doc, origin)
  cache.begin()
  ends.push(() => cache.end())
  return doc
}
const fresh = (): void => {
  name = `store-${(number += 1)}`
}
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function write(doc: Y.Doc, text: string): void {
  doc.getMap('texts').set(text, true)
}
const texts = (doc: Y.Doc): readonly string[] => [...doc.getMap('texts').keys()].toSorted()

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('refused')))
  })
}
async function rows(): Promise<{ readonly version: number; readonly rows: readonly Uint8Array[] }> {
  if (!(await indexedDB.databases()).some((each) => each.name === name)) return { version: 0, rows: [] }
  const database = await settled(indexedDB.open(name))
  try {
    const found = database.objectStoreNames.contains('updates') ? await settled(database.transaction('updates').objectStore('updates').getAll() as IDBRequest<Uint8Array[]>) : []
    return { version: database.version, rows: found }
  } finally {
    database.close()
  }
}
const whenRows = (count: number): Promise<void> => vi.waitFor(async () => expect((await rows()).rows).toHaveLength(count), { timeout: 5_000, interval: 5 })
/** Until the store was written anew, as one row. */
async function whenRewritten(work: () => void): Promise<void> {
  const before = (await rows()).rows.map((row) => Buffer.from(row).toString('hex'))
  work()
  await vi.waitFor(async () => {
    const now = (await rows()).rows.map((row) => Buffer.from(row).toString('hex'))
    expect([now.length, now.some((row) => before.includes(row))]).toEqual([1, false])
  }, { timeout: 5_000, interval: 5 })
}
/** As y-indexeddb left it. */
async function plainStore(...updates: readonly Uint8Array[]): Promise<void> {
  const request = indexedDB.open(name, 1)
  request.addEventListener('upgradeneeded', () => void request.result.createObjectStore('updates', { autoIncrement: true }))
  const database = await settled(request)
  const transaction = database.transaction('updates', 'readwrite')
  for (const update of updates) transaction.objectStore('updates').add(update)
  await new Promise((resolve) => transaction.addEventListener('complete', resolve))
  database.close()
}

describe('the browser’s own store', () => {
  it('gives a later window what an earlier one wrote, and holds no word of it', async () => {
    fresh()
    const first = open({ texts: ['xylo before'] })
    await whenRows(1)
    write(first, 'xylo after')
    await whenRows(2)
    expect((await rows()).rows.filter((row) => Buffer.from(row).includes('xylo'))).toEqual([])
    ends.pop()?.()
    const second = open()
    await vi.waitFor(() => expect(texts(second)).toEqual(['xylo after', 'xylo before']))
    await whenRows(1)
  })

  it('takes in the good rows of a plain one of before, and nothing plain is left', async () => {
    fresh()
    const old = new Y.Doc()
    write(old, 'xylo plain')
    await plainStore(Y.encodeStateAsUpdate(old), Uint8Array.of(255, 1, 2))
    const doc = open({ texts: ['new'] })
    await vi.waitFor(() => expect(texts(doc)).toEqual(['new', 'xylo plain']))
    await vi.waitFor(async () => expect(await rows()).toEqual({ version: 2, rows: [expect.any(Uint8Array)] }))
    expect(Buffer.concat((await rows()).rows).includes('xylo')).toBe(false)
  })

  it('deletes a plain one of before that cannot be read, so that the next window has one of its own', async () => {
    fresh()
    await plainStore(Uint8Array.of(1))
    const reading = vi.spyOn(IDBObjectStore.prototype, 'getAll').mockImplementationOnce(() => {
      throw new DOMException('the disk is broken', 'UnknownError')
    })
    open()
    await vi.waitFor(() => expect(reading).toHaveBeenCalledOnce())
    reading.mockRestore()
    open({ texts: ['new'] })
    await vi.waitFor(async () => expect(await rows()).toEqual({ version: 2, rows: [expect.any(Uint8Array)] }))
  })

  it('takes nothing that was not sealed with its key: a flipped byte, a plain row, another key; the rest is kept', async () => {
    fresh()
    const first = open({ texts: ['kept'] })
    await whenRows(1)
    write(first, 'flipped')
    await whenRows(2)
    ends.pop()?.()
    const evil = new Y.Doc()
    write(evil, 'evil')
    const database = await settled(indexedDB.open(name))
    const store = database.transaction('updates', 'readwrite').objectStore('updates')
    const [, last] = await settled(store.getAllKeys())
    const row = (await settled(store.get(last ?? 0) as IDBRequest<Uint8Array>)).map((byte, at) => (at === 20 ? byte ^ 1 : byte))
    await settled(store.put(row, last))
    await settled(store.add(Y.encodeStateAsUpdate(evil)))
    database.close()
    const second = open()
    await vi.waitFor(() => expect(texts(second)).toEqual(['kept']))
    await whenRows(1)
    ends.pop()?.()
    let third = new Y.Doc()
    await whenRewritten(() => void (third = open({ key: 'd4'.repeat(32), texts: ['other'] })))
    write(third, 'more')
    await whenRows(2)
    expect(texts(third)).toEqual(['more', 'other'])
  })

  it('takes in no half of what builds on a row that is spoilt', async () => {
    fresh()
    const home = new Y.Doc()
    home.getMap('texts').set('title', 'as it was')
    const first = new Y.Doc()
    Y.applyUpdate(first, Y.encodeStateAsUpdate(home))
    const cache = createCache(name, key, first, origin)
    cache.begin()
    await whenRows(1)
    write(first, 'spoilt')
    await whenRows(2)
    /* It takes away what was there, and puts something in its place that comes behind the one that is spoilt. */
    first.getMap('texts').set('title', 'as it would be')
    await whenRows(3)
    cache.end()
    const database = await settled(indexedDB.open(name))
    const store = database.transaction('updates', 'readwrite').objectStore('updates')
    const keys = await settled(store.getAllKeys())
    await settled(store.put('rubbish', keys[1]))
    database.close()
    const second = new Y.Doc()
    Y.applyUpdate(second, Y.encodeStateAsUpdate(home))
    const after = createCache(name, key, second, origin)
    ends.push(() => after.end())
    after.begin()
    await whenRows(1)
    expect(second.getMap('texts').toJSON()).toEqual({ title: 'as it was' })
    expect([second.store.pendingStructs, second.store.pendingDs]).toEqual([null, null])
  })

  it('takes in what is whole where something else still waits for what it builds on, in the window as in the store', async () => {
    fresh()
    const other = new Y.Doc()
    write(other, 'still on its way')
    const vector = Y.encodeStateVector(other)
    write(other, 'come too soon')
    other.getMap('texts').delete('still on its way')
    const early = Y.encodeStateAsUpdate(other, vector)
    const first = new Y.Doc()
    Y.applyUpdate(first, early)
    expect(first.store.pendingStructs).not.toBe(null)
    write(first, 'first')
    const cache = createCache(name, key, first, origin)
    cache.begin()
    await whenRows(1)
    write(first, 'later')
    await whenRows(2)
    cache.end()
    const second = new Y.Doc()
    Y.applyUpdate(second, early)
    const after = createCache(name, key, second, origin)
    ends.push(() => after.end())
    after.begin()
    await whenRows(1)
    expect(texts(second)).toEqual(['first', 'later'])
    Y.applyUpdate(second, Y.encodeStateAsUpdate(other))
    expect(texts(second)).toEqual(['come too soon', 'first', 'later'])
  })

  it('lets go of a store that answers only once it was given up, so that the next window has it', async () => {
    fresh()
    open({ texts: ['of the first'] })
    await whenRows(1)
    const stranger = await settled(indexedDB.open(name))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      /* The first lets go, and asks for the store again behind the deletion, which waits for the stranger. */
      const deletion = indexedDB.deleteDatabase(name)
      await new Promise((resolve) => deletion.addEventListener('blocked', resolve))
      await vi.advanceTimersByTimeAsync(4_000)
    } finally {
      vi.useRealTimers()
    }
    stranger.close()
    const second = open({ texts: ['of the second'] })
    await whenRows(1)
    write(second, 'later')
    await whenRows(2)
    ends.pop()?.()
    const third = open()
    await vi.waitFor(() => expect(texts(third)).toEqual(['later', 'of the second']))
  })

  it('makes many rows one again, and never takes away one that another window wrote', async () => {
    fresh()
    const first = open()
    await whenRows(1)
    let second = new Y.Doc()
    await whenRewritten(() => void (second = open({ texts: ['of the second'] })))
    write(second, 'of the second, later')
    ends.pop()?.()
    await vi.waitFor(async () => expect((await rows()).rows.length).toBeGreaterThan(1))
    for (let at = 0; at < 510; at += 1) write(first, `of the first ${at}`)
    /* One that holds nearly all, and few beside it. */
    await vi.waitFor(async () => {
      const { rows: found } = await rows()
      expect([found.some(({ length }) => length > 5_000), found.length < 50]).toEqual([true, true])
    }, { timeout: 20_000, interval: 20 })
    await vi.waitFor(async () => {
      const third = open()
      await vi.waitFor(() => expect(texts(third)).toHaveLength(512), { timeout: 500 })
      expect(texts(third)).toEqual(expect.arrayContaining(['of the second', 'of the second, later']))
    }, { timeout: 10_000 })
  })
})
