/** Who can read this disk: a passphrase is set in the window, the next start is locked, and what the browser keeps is sealed. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeViolations } from '../support/axe.ts'
import { filesIn, wordsFound } from '../support/bytes.ts'
import { whenSaved, writeValue } from '../support/notebook.ts'
import { chromiumFlags, openChromium, openPage, portOf, rowsOfCache, startApp, type App } from '../support/window.ts'

const passphrase = 'xylopassphrase of four words'
let browser: Browser
let app: App
let profile: string

beforeAll(async () => {
  profile = await mkdtemp(join(tmpdir(), 'steward-profile-'))
  browser = await openChromium()
  app = await startApp()
})
afterAll(async () => {
  await app.end()
  await browser.close()
  await rm(profile, { recursive: true, force: true })
})

describe('a notebook that is locked in its window', () => {
  it('is set a passphrase, asks for it at the next start, and is there again', async () => {
    const { page, errors } = await openPage(browser, app.address)
    await writeValue(page, { story: 'Xylostory of an afternoon.', lines: ['XYLOLINES that somebody fills by and by'], name: 'Xylolistening', when: 'when a friend is troubled' })
    await whenSaved(page)
    await page.goto(`http://127.0.0.1:${portOf(app.address)}/#/settings`)
    const section = page.getByRole('region', { name: 'Who can read this disk' })
    await section.getByText(/The key lies in a file of your account: .*\.key/u).waitFor()
    expect(await axeViolations(page)).toEqual([])

    await section.getByRole('button', { name: 'Set a passphrase' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('New passphrase').fill('short')
    await dialog.getByLabel('The same once more').fill('other')
    await dialog.getByRole('button', { name: 'Lock with it' }).click()
    await dialog.getByText('The two are not the same.').waitFor()
    await dialog.getByLabel('The same once more').fill('short')
    await dialog.getByRole('button', { name: 'Lock with it' }).click()
    await dialog.getByText(/has 8 characters or more/u).waitFor()
    for (const label of ['New passphrase', 'The same once more']) await dialog.getByLabel(label).fill(passphrase)
    expect(await axeViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Lock with it' }).click()
    await section.getByText('This notebook is locked with your passphrase from now on.').waitFor()
    /* One that is wrong leaves the keyboard where it was, and in a small window all of the dialog can be reached. */
    await page.setViewportSize({ width: 640, height: 400 })
    await section.getByRole('button', { name: 'Change the passphrase' }).click()
    await dialog.getByLabel('Passphrase until now').fill('a wrong one')
    for (const label of ['New passphrase', 'The same once more']) await dialog.getByLabel(label).fill('another of four words')
    await dialog.getByRole('button', { name: 'Lock with it' }).click()
    await dialog.getByText(/That is not the passphrase/u).waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Lock with it')
    for (const part of [dialog.getByRole('heading'), dialog.getByRole('button', { name: 'Leave it as it is' })]) {
      await part.scrollIntoViewIfNeeded()
      expect(await part.evaluate((element) => element.getBoundingClientRect().top >= 0 && element.getBoundingClientRect().bottom <= innerHeight)).toBe(true)
    }
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.setViewportSize({ width: 1280, height: 800 })

    /* The host stops, and is started again: another browser, another window, and this one too. */
    const port = portOf(app.address)
    await app.kill()
    expect(wordsFound(app.home, ['Xylolistening', 'Xylostory', 'XYLOLINES', 'xylopassphrase'])).toEqual([])
    await app.start(port)
    const next = await page.context().newPage()
    await next.goto(app.address)
    await next.getByRole('heading', { level: 1, name: 'This notebook is locked' }).waitFor()
    expect(await next.getByRole('navigation').count()).toBe(0)
    expect(await axeViolations(next)).toEqual([])
    await page.getByRole('heading', { level: 1, name: 'This notebook is locked' }).waitFor()

    await next.getByLabel('Passphrase').fill('a wrong one')
    await next.keyboard.press('Enter')
    await next.getByText(/That is not the passphrase/u).waitFor()
    await next.getByLabel('Passphrase').fill(passphrase)
    await next.getByLabel('Show what I type').check({ force: true })
    await next.getByRole('button', { name: 'Open' }).click()
    await next.getByRole('link', { name: /Xylolistening/u }).waitFor()
    await whenSaved(next)
    /* The window that was open all the while goes on by itself. */
    await page.getByRole('region', { name: 'Who can read this disk' }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)
})

describe('what the browser keeps', () => {
  it('holds no word of the person’s, and a plain store of before is taken in and deleted', async () => {
    await app.end()
    app = await startApp()
    /* A profile that stays on the disk, with its history and what it would bring back after a crash. */
    const context = await chromium.launchPersistentContext(profile, { executablePath: process.env['CHROMIUM'] ?? '', args: chromiumFlags })
    const page = context.pages()[0] ?? (await context.newPage())
    page.setDefaultTimeout(90_000)
    await page.goto(app.address)
    await writeValue(page, { story: 'Xylostory of an afternoon.', lines: ['XYLOLINES that somebody fills by and by'], name: 'Xylolistening', when: 'when a friend is troubled' })
    await whenSaved(page)
    await expect.poll(() => rowsOfCache(page).then((rows) => rows.length)).toBeGreaterThan(0)
    expect((await rowsOfCache(page)).filter((row) => /xylo/iu.test(row))).toEqual([])
    expect(await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie]))).not.toMatch(/xylo|[0-9a-f]{64}/iu)

    /* As the version before this one left it: rows as they are, in a database of version 1. */
    const name = await page.evaluate(async () => (await indexedDB.databases()).find((each) => each.name?.startsWith('values-steward-'))?.name ?? '')
    await page.goto('about:blank')
    await page.goto(`http://127.0.0.1:${portOf(app.address)}/icon.svg`)
    await page.evaluate(async (name) => {
      await new Promise((resolve) => indexedDB.deleteDatabase(name).addEventListener('success', resolve))
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open(name, 1)
        request.addEventListener('upgradeneeded', () => void request.result.createObjectStore('updates', { autoIncrement: true }))
        request.addEventListener('success', () => resolve(request.result))
      })
      const transaction = database.transaction('updates', 'readwrite')
      transaction.objectStore('updates').add(new TextEncoder().encode('xylo plain and no update'))
      await new Promise((resolve) => transaction.addEventListener('complete', resolve))
      database.close()
    }, name)
    await page.goto(`http://127.0.0.1:${portOf(app.address)}/#/values`)
    await page.getByRole('link', { name: /Xylolistening/u }).waitFor()
    await expect.poll(async () => [(await page.evaluate(async () => await indexedDB.databases())).map(({ version }) => version), (await rowsOfCache(page)).some((row) => row.includes('xylo'))]).toEqual([[2], false])
    await context.close()
    expect(filesIn(profile).size).toBeGreaterThan(20)
    expect(wordsFound(profile, ['Xylolistening', 'Xylostory', 'XYLOLINES'])).toEqual([])
  }, 240_000)
})
