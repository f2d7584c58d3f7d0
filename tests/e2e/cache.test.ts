/** The browser's own store is a cache: corrupt, stale, absent, full or hanging, nothing is lost and nothing waits for it. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whenSaved, writeValue } from '../support/notebook.ts'
import { openChromium, openPage, portOf, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(() => browser.close())

/** Scripts that run before the page's own. */
const troubles: Readonly<Record<string, string>> = {
  'there is none': 'Object.defineProperty(window, "indexedDB", { get() { throw new DOMException("denied", "SecurityError") } })',
  'it never answers': 'IDBFactory.prototype.open = () => ({ set onsuccess(f) {}, set onerror(f) {}, set onupgradeneeded(f) {}, set onblocked(f) {} })',
  'it is full': 'IDBObjectStore.prototype.add = IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError") }',
  'a write is aborted': 'const add = IDBObjectStore.prototype.add; IDBObjectStore.prototype.add = function (...a) { const r = add.apply(this, a); this.transaction.abort(); return r }'
}

describe.each(Object.entries(troubles))('where %s', (_, script) => {
  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(() => app.end())

  it('the window opens, and what is written is saved and there again', async () => {
    const context = await browser.newContext()
    await context.addInitScript(script)
    const page = await context.newPage()
    await page.goto(app.address)
    await writeValue(page, { story: 'I listened for an hour.', lines: ['SILENCES that somebody fills by and by'], name: 'Listening', when: 'when a friend is troubled' })
    await whenSaved(page)
    await page.goto(`http://127.0.0.1:${portOf(app.address)}/#/values`)
    await page.reload()
    await page.getByRole('link', { name: /Listening/u }).waitFor()
    await whenSaved(page)
    await context.close()
  }, 240_000)
})

describe('where a row is not what was written', () => {
  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(() => app.end())

  it('the window opens with what the home has, and goes on saving', async () => {
    const { page } = await openPage(browser, app.address)
    await writeValue(page, { story: 'I listened for an hour.', lines: ['SILENCES that somebody fills by and by'], name: 'Listening', when: 'when a friend is troubled' })
    await whenSaved(page)
    expect(await spoilCache(page)).toBeGreaterThan(0)
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Listening' }).waitFor()
    await page.getByLabel('What gets in its way').fill('My own stories')
    await whenSaved(page)
    await page.reload()
    await expect.poll(() => page.getByLabel('What gets in its way').inputValue()).toBe('My own stories')
    await page.context().close()
  }, 240_000)
})

describe('where the window was closed on an edit that the host did not have', () => {
  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(() => app.end())

  it('the edit is in the next window and then saved, though other rows are spoilt', async () => {
    const { page } = await openPage(browser, app.address)
    await writeValue(page, { story: 'I listened for an hour.', lines: ['SILENCES that somebody fills by and by'], name: 'Listening', when: 'when a friend is troubled' })
    await whenSaved(page)
    await expect.poll(() => rowsInCache(page)).toBeGreaterThan(0)
    const port = portOf(app.address)
    await app.kill()
    await page.getByText(/^Connecting/u).waitFor()
    const before = await rowsInCache(page)
    await page.getByLabel('What gets in its way').fill('My own stories')
    await expect.poll(() => rowsInCache(page)).toBeGreaterThan(before)
    await spoilCache(page, before)
    await app.start(port)
    const next = await page.context().newPage()
    const errors: string[] = []
    next.on('pageerror', (error) => errors.push(error.message))
    await page.close()
    await next.goto(app.address)
    await next.getByRole('link', { name: /Listening/u }).click()
    await expect.poll(() => next.getByLabel('What gets in its way').inputValue()).toBe('My own stories')
    await whenSaved(next)
    expect(errors).toEqual([])
    await next.context().close()
  }, 240_000)
})

describe('where another notebook is open at the address of a window that was left open', () => {
  it('neither takes in anything of the other, and the window finds its own again with what was written meanwhile', async () => {
    const own = await startApp()
    const other = await startApp()
    const { page } = await openPage(browser, own.address)
    await writeValue(page, { story: 'I listened for an hour.', lines: ['SILENCES that somebody fills by and by'], name: 'Listening', when: 'when a friend is troubled' })
    await whenSaved(page)
    const port = portOf(own.address)
    await own.kill()
    await other.kill()
    await other.start(port)
    await page.getByLabel('What gets in its way').fill('My own stories')
    const beside = await page.context().newPage()
    await beside.goto(other.address)
    await page.getByText(/Another notebook is open at this address now/u).waitFor()
    await beside.getByRole('heading', { level: 1 }).waitFor()
    expect(await beside.getByText('Listening').count()).toBe(0)
    await other.end()
    await own.start(port)
    const next = await page.context().newPage()
    await next.goto(own.address)
    await whenSaved(page)
    await next.getByRole('link', { name: /Listening/u }).click()
    await expect.poll(() => next.getByLabel('What gets in its way').inputValue()).toBe('My own stories')
    await page.context().close()
    await own.end()
  }, 240_000)
})

/** Puts rubbish in place of every row, or of the first so many; gives how many. */
async function spoilCache(page: Page, most = Number.POSITIVE_INFINITY): Promise<number> {
  return await changeCache(page, most)
}

async function rowsInCache(page: Page): Promise<number> {
  return await changeCache(page, null)
}

/** Spoils the first `most` rows, or none where it is null; gives how many were spoilt, or are there. */
async function changeCache(page: Page, most: number | null): Promise<number> {
  return await page.evaluate(async (most) => {
    const [{ name = '' } = {}] = (await indexedDB.databases()).filter((each) => each.name?.startsWith('values-steward-'))
    if (name === '') return 0
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name)
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(new Error('the cache does not open')))
    })
    const store = database.transaction('updates', 'readwrite').objectStore('updates')
    const keys = await new Promise<IDBValidKey[]>((resolve) => {
      const request = store.getAllKeys()
      request.addEventListener('success', () => resolve(request.result))
    })
    const spoilt = most === null ? [] : keys.slice(0, most)
    for (const key of spoilt) store.put(Uint8Array.of(255, 254, 3, 9, 9), key)
    await new Promise((resolve) => store.transaction.addEventListener('complete', resolve))
    database.close()
    return most === null ? keys.length : spoilt.length
  }, most)
}
