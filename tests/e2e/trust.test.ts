/** What the window promises about a person's words: the example never mixes with them, and "saved" is never said before it is. */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { goTo, takeIn, whenSaved, writeValue } from '../support/notebook.ts'
import { openChromium, openPage, portOf, startApp, type App } from '../support/window.ts'

let browser: Browser
let app: App
const value = { story: 'I told my friend the truth about his book.', lines: ['WORDS nobody else will say to him'], name: 'Honesty', when: 'when a friend asks me' }

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.end())

it('the example is a notebook of its own: marked, changed at will, thrown away, and nothing of it is left', async () => {
  const { page, errors } = await openPage(browser, app.address)
  await page.getByRole('button', { name: 'Show me an example instead' }).click()
  await page.getByText('This is an example').waitFor()
  await page.getByRole('link', { name: /Being there/u }).click()
  await page.getByLabel('Its name').fill('Being there, changed')
  await goTo(page, 'Settings')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save it to a file' }).click()
  const file = await (await download).createReadStream()
  let text = ''
  for await (const chunk of file) text += String(chunk)
  expect(JSON.parse(text)).toMatchObject({ format: 'values-steward', cards: [], scenarios: [] })
  await page.getByRole('button', { name: 'Throw it away' }).click()
  await page.getByRole('heading', { name: /Think of a choice/u }).waitFor()
  await writeValue(page, value)
  await goTo(page, 'Values')
  await expect.poll(() => page.locator('.card .title').allTextContents()).toEqual(['Honesty'])
  expect(errors).toEqual([])
  await page.context().close()
}, 240_000)

it('when the host is gone the window says so, keeps what is written, and saves it when the host is back', async () => {
  const { page } = await openPage(browser, app.address)
  await writeValue(page, value)
  await whenSaved(page)
  const port = portOf(app.address)
  await app.kill()
  await page.getByText(/^Connecting/u).waitFor()
  await page.getByLabel('Its name').fill('Honesty, even so')
  await page.getByText(/^Not saved yet/u).waitFor()
  expect(await page.getByText('Saved on this device').count()).toBe(0)
  await app.start(port)
  /* A host that was started again gives a new link; the window says what to do, and still holds the words. */
  await page.getByText(/^Not connected/u).waitFor()
  const link = await page.context().newPage()
  await link.goto(app.address)
  await link.locator('h1').first().waitFor()
  await page.getByText('Saved on this device').waitFor()
  await link.getByRole('link', { name: /Honesty, even so/u }).waitFor()
  await page.context().close()
}, 240_000)

it('two windows show each other’s edits, and each undoes its own', async () => {
  const first = await openPage(browser, app.address)
  await writeValue(first.page, value)
  await whenSaved(first.page)
  const second = await first.page.context().newPage()
  await second.goto(`http://127.0.0.1:${portOf(app.address)}/#/values`)
  await second.getByRole('link', { name: /Honesty/u }).click()
  await second.getByLabel('The story behind it').fill('Another story.')
  await expect.poll(() => first.page.getByLabel('The story behind it').inputValue()).toBe('Another story.')
  await first.page.getByLabel('What gets in its way').fill('Fear')
  await expect.poll(() => second.getByLabel('What gets in its way').inputValue()).toBe('Fear')
  await second.getByRole('heading', { level: 1 }).click()
  await second.keyboard.press('Control+z')
  await expect.poll(() => second.getByLabel('The story behind it').inputValue()).toBe(value.story)
  expect(await second.getByLabel('What gets in its way').inputValue()).toBe('Fear')
  await first.page.context().close()
}, 240_000)

it('a notebook goes to a file and comes back into another home, with what would change shown first', async () => {
  const { page } = await openPage(browser, app.address)
  await writeValue(page, value)
  await goTo(page, 'Settings')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save it to a file' }).click()
  const path = await (await download).path()
  const other = await startApp()
  try {
    const there = await openPage(browser, other.address)
    await takeIn(there.page, path)
    await there.page.getByText(/^\d new · 0 with more to them · 0 here in other words · 0 already there\.$/u).waitFor()
    await goTo(there.page, 'Values')
    await there.page.getByRole('heading', { name: /Think of a choice/u }).waitFor()
    await takeIn(there.page, path)
    await there.page.getByRole('button', { name: /^Take in \d things$/u }).click()
    await there.page.getByText('Taken in from').waitFor()
    await goTo(there.page, 'Values')
    await there.page.getByRole('link', { name: /Honesty/u }).waitFor()
    await there.page.context().close()
  } finally {
    await other.end()
  }
  await page.context().close()
}, 240_000)
