/**
 * The browser's own store of edits that a window was closed on: a cache, sealed under a key that the host hands over and that is
 * kept nowhere in the browser (AES-GCM of WebCrypto; 96 random bits of nonce, for far fewer than 2^32 rows).
 *
 * Invariants: it is read once the replica is level with the home, its rows tried on a copy of the document first; one that is
 * full, hangs or cannot be opened is deleted without a word; what cannot be read in it is replaced by what can; a plain one of
 * before is taken in and deleted. No window takes away a row that it has not read. When the person forgets something for good,
 * one row takes the place of all, and the store is cleared for it.
 */
import * as Y from 'yjs'
import { hasForgotten } from '../shared/document/document.ts'
import { hasPending, integratedUpdate } from '../shared/document/integrated.ts'

export interface Cache {
  /** Once the replica is level. */
  begin(): void
  /** Resolves once what was written until now lies in the store, or the store was given up. */
  settled(): Promise<void>
  /** What was written until now still goes into the store. */
  end(): void
}

/** Milliseconds that the store may take before it is given up, and rows from which they are made one again. */
const cachePatience = 4_000
const mostRows = 500

/** Of the database: 1 was y-indexeddb's, whose rows are plain. */
const sealedVersion = 2
const store = 'updates'

/** The database as long as it is open here, and the keys of the rows in it that this window has read or written. */
interface Held {
  readonly database: IDBDatabase
  known: readonly IDBValidKey[]
}

/** `key`: 32 bytes in hexadecimal digits. Updates from the store carry `origin`. */
export function createCache(name: string, key: string, doc: Y.Doc, origin: object): Cache {
  const sealer = createSealer(name, key)
  let held: Held | null = null
  let isOver = false
  let isListening = false
  let hasToRenew = false
  /** What is done with the database, one after the other. */
  let last: Promise<void> = Promise.resolve()
  const queue = (work: () => Promise<void>): void => {
    last = last.then(work).catch(giveUp)
  }

  async function begin(): Promise<void> {
    const found = await openWithin(name, null)
    if (found !== null && found.version !== sealedVersion) await takePlain(found)
    const own = hold(found?.version === sealedVersion ? found : await openWithin(name, sealedVersion))
    const forgot = await takeRows(own)
    if (isOver) return
    isListening = true
    doc.on('afterTransaction', onTransaction)
    doc.on('update', onUpdate)
    await (forgot ? renew() : writeAll())
  }

  /** One of version 1 goes as a whole: it is not to be read on the disk. */
  async function takePlain(found: IDBDatabase): Promise<void> {
    try {
      takeIn((await within(readRows(found))).rows)
    } finally {
      found.close()
    }
    if (!(await within(deleteStore(name)))) throw new Error('the cache cannot be deleted')
  }

  /** Takes in what can be read in the store, and knows every row from then on; whether the rows have what the document forgot. */
  async function takeRows(own: Held): Promise<boolean> {
    const { rows, keys } = await within(readRows(own.database))
    own.known = keys
    return takeIn(await Promise.all(rows.map((row) => sealer.open(row))))
  }

  function takeIn(updates: readonly unknown[]): boolean {
    const forgot = hasForgottenOf(updates)
    const trial = takeWhole(doc, updates)
    if (updates.length > 0) Y.applyUpdate(doc, Y.encodeStateAsUpdate(trial, Y.encodeStateVector(doc)), origin)
    trial.destroy()
    return forgot
  }

  /** Whether the rows still have what the document forgot. */
  function hasForgottenOf(updates: readonly unknown[]): boolean {
    const copy = new Y.Doc()
    let forgot = false
    copy.on('afterTransaction', (transaction: Y.Transaction) => void (forgot ||= hasForgotten(copy, transaction)))
    for (const update of updates) if (update !== null) isTaken(copy, update)
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(copy)))
    copy.destroy()
    return forgot
  }

  function hold(database: IDBDatabase | null): Held {
    if (database === null) throw new Error('the cache cannot be made')
    const own: Held = { database, known: [] }
    held = own
    /* Another window gave the store up and throws it away: let go of it, and be there again behind that. */
    database.onversionchange = () => {
      database.close()
      if (held !== own) return
      held = null
      queue(async () => {
        if (isOver || held !== null) return
        hold(await openWithin(name, sealedVersion))
        await writeAll()
      })
    }
    return own
  }

  /** As one row, in the place of those that are known. */
  async function writeAll(): Promise<void> {
    const own = held
    const row = await sealer.seal(integratedUpdate(doc))
    /* The keys of another database of this name would be those of other rows. */
    if (own !== null && held === own) own.known = [(await write(own.database, row, own.known)).key]
  }

  /** As one row in the place of all; what another window wrote meanwhile is taken in first. */
  async function renew(): Promise<void> {
    for (let hasWords = true; hasWords; ) {
      const own = held
      const row = await sealer.seal(integratedUpdate(doc))
      if (own === null || held !== own) return
      const { key: added, isAlone } = await write(own.database, row, own.known)
      own.known = [added]
      hasWords = !isAlone && (await takeRows(own))
    }
  }

  const onTransaction = (transaction: Y.Transaction): void => {
    hasToRenew ||= hasForgotten(doc, transaction)
  }
  const onUpdate = (update: Uint8Array): void => {
    if (hasToRenew) {
      hasToRenew = false
      return queue(renew)
    }
    /* Sealed at once, whatever is still to be done before it. */
    const sealed = sealer.seal(update)
    sealed.catch(giveUp)
    queue(async () => {
      const row = await sealed
      const own = held
      if (own === null) return
      if (own.known.length >= mostRows && !isOver) await writeAll()
      else own.known = [...own.known, (await write(own.database, row, [])).key]
    })
  }
  function end(): void {
    isOver = true
    if (isListening) {
      doc.off('afterTransaction', onTransaction)
      doc.off('update', onUpdate)
    }
    void last.then(() => {
      held?.database.close()
      held = null
    })
  }
  function giveUp(): void {
    if (!isOver) end()
    held?.database.close()
    held = null
    void within(deleteStore(name)).catch(() => undefined)
  }
  return { begin: () => queue(async () => (isOver ? undefined : await begin())), settled: () => last, end }
}

// ---- sealing --------------------------------------------------------------------------------------------------------

interface Sealer {
  seal(update: Uint8Array): Promise<Uint8Array>
  /** Null where it is not what was sealed under this name. */
  open(row: unknown): Promise<Uint8Array | null>
}

const nonceLength = 12

/** Throws nothing here: without WebCrypto each use rejects. */
function createSealer(name: string, key: string): Sealer {
  const bytes = Uint8Array.from(key.match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16))
  let made: Promise<CryptoKey> | null = null
  const keyOf = async (): Promise<CryptoKey> => await (made ??= crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']))
  const additionalData = new TextEncoder().encode(name)
  return {
    async seal(update) {
      const iv = crypto.getRandomValues(new Uint8Array(nonceLength))
      const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, await keyOf(), Uint8Array.from(update)))
      const row = new Uint8Array(nonceLength + sealed.length)
      row.set(iv)
      row.set(sealed, nonceLength)
      return row
    },
    async open(row) {
      if (!(row instanceof Uint8Array) || row.length < nonceLength) return null
      const own = Uint8Array.from(row)
      const cryptoKey = await keyOf()
      try {
        return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: own.subarray(0, nonceLength), additionalData }, cryptoKey, own.subarray(nonceLength)))
      } catch {
        return null
      }
    }
  }
}

// ---- the store ------------------------------------------------------------------------------------------------------

/** Of this version, made where there is none; of whatever version there is where that is null, and null where there is none. */
function openStore(name: string, version: number | null): Promise<IDBDatabase | null> {
  return new Promise((resolve, reject) => {
    const request = version === null ? indexedDB.open(name) : indexedDB.open(name, version)
    let isAbsent = false
    request.onupgradeneeded = () => {
      if (version === null) {
        isAbsent = true
        request.transaction?.abort()
      } else if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store, { autoIncrement: true })
    }
    request.onerror = () => (isAbsent ? resolve(null) : reject(new Error('the cache cannot be opened')))
    request.onsuccess = () => resolve(request.result)
  })
}

/** Every row, as it lies there. */
function readRows(database: IDBDatabase): Promise<{ readonly rows: readonly unknown[]; readonly keys: readonly IDBValidKey[] }> {
  return new Promise((resolve, reject) => {
    if (!database.objectStoreNames.contains(store)) return resolve({ rows: [], keys: [] })
    const transaction = database.transaction(store)
    const rows = transaction.objectStore(store).getAll()
    const keys = transaction.objectStore(store).getAllKeys()
    transaction.oncomplete = () => resolve({ rows: rows.result as readonly unknown[], keys: keys.result })
    transaction.onabort = () => reject(new Error('the cache cannot be read'))
  })
}

/**
 * Adds a row in the place of others, in one step: the key that it got, and whether it is the only one. Where it is, the others are
 * cleared: browsers make such a store compact, and rows that are deleted one by one would stay on the disk.
 */
function write(database: IDBDatabase, row: Uint8Array, instead: readonly IDBValidKey[]): Promise<{ readonly key: IDBValidKey; readonly isAlone: boolean }> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, 'readwrite')
    const rows = transaction.objectStore(store)
    let isAlone = false
    let added: IDBRequest<IDBValidKey> | null = null
    if (instead.length === 0) added = rows.add(row)
    else {
      const keys = rows.getAllKeys()
      keys.onsuccess = () => {
        const known = new Set(instead)
        isAlone = keys.result.every((key) => known.has(key))
        if (isAlone) rows.clear()
        else for (const key of instead) rows.delete(key)
        added = rows.add(row)
      }
    }
    transaction.oncomplete = () => (added === null ? reject(new Error('the cache takes nothing')) : resolve({ key: added.result, isAlone }))
    transaction.onabort = () => reject(new Error('the cache takes nothing'))
  })
}

function deleteStore(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve(true)
    request.onerror = () => resolve(false)
  })
}

/**
 * Fails where it takes longer than one waits for a cache. A database that comes after all is closed: one that is open and in
 * nobody's hands would hold up for ever whoever deletes it, and all who open it behind that.
 */
async function openWithin(name: string, version: number | null): Promise<IDBDatabase | null> {
  const opening = openStore(name, version)
  try {
    return await within(opening)
  } catch (error) {
    void opening.then((late) => late?.close(), () => undefined)
    throw error
  }
}

/** Fails where it takes longer than one waits for a cache. */
function within<Value>(work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the cache does not answer')), cachePatience)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/**
 * A copy of the document with each of the updates that it could take as a whole, in whatever order they can be. One that builds on a row that is gone would wait for ever, here and at home, and what it deletes would be deleted all the
 * same: so it is left out.
 */
function takeWhole(doc: Y.Doc, updates: readonly unknown[]): Y.Doc {
  const taken: Uint8Array[] = []
  const begin = (): Y.Doc => {
    const copy = new Y.Doc()
    for (const update of [integratedUpdate(doc), ...taken]) Y.applyUpdate(copy, update)
    return copy
  }
  let trial = begin()
  let left = updates
  for (let isMoving = true; isMoving && left.length > 0; ) {
    const waiting: unknown[] = []
    for (const update of left) {
      if (!continues(trial, update)) waiting.push(update)
      else if (isTaken(trial, update) && !hasPending(trial)) taken.push(update)
      else {
        /* It has spoilt the copy. */
        waiting.push(update)
        trial.destroy()
        trial = begin()
      }
    }
    isMoving = waiting.length < left.length
    left = waiting
  }
  return trial
}

/** Whether the bytes are an update that leaves no gap behind what the document has of each client. */
function continues(doc: Y.Doc, update: unknown): update is Uint8Array {
  if (!(update instanceof Uint8Array)) return false
  try {
    const { from } = Y.parseUpdateMeta(update)
    return [...from].every(([client, clock]) => clock <= Y.getState(doc.store, client))
  } catch {
    return false
  }
}

/** Whether the document could take the bytes as an update. */
function isTaken(doc: Y.Doc, bytes: unknown): bytes is Uint8Array {
  try {
    Y.applyUpdate(doc, bytes as Uint8Array)
    return true
  } catch {
    return false
  }
}
