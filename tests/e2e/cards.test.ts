/** The life of a card in a real Chromium: as it was before, retired, brought back, and forgotten so that its words are nowhere. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { goTo, whenSaved, writeValue } from '../support/notebook.ts'
import { chromiumFlags, openChromium, openPage, rowsOfCache, startApp, type App } from '../support/window.ts'

let app: App
let profile: string
beforeEach(async () => {
  app = await startApp()
  profile = await mkdtemp(join(tmpdir(), 'steward-profile-'))
})
afterEach(async () => {
  await app.end()
  await rm(profile, { recursive: true, force: true, maxRetries: 5 })
})

it('a card is mended, looked at as it was, brought back, retired and put in force again, each with one click and each undone', async () => {
  const browser = await openChromium()
  const { page, errors } = await openPage(browser, app.address)
  await writeValue(page, { story: 'I told him the truth about his book.', lines: ['WORDS nobody else will say to him'], name: 'Honesty', when: 'when a friend asks me' })
  /* Mended without a thought of how it was: that was put by all the same. */
  await page.getByLabel('Line 1', { exact: true }).fill('WORDS somebody else should not have to say to him')
  await page.getByLabel('The story behind it').fill('I told him the truth about his second book.')
  await page.getByRole('button', { name: 'Take away “when a friend asks me”' }).click()
  await page.getByText('How it was before (1)').click()
  const version = page.locator('.versions ol > li')
  await expect.poll(() => version.locator('li').first().innerText()).toBe('WORDS nobody somebody else will should not have to say to him')
  expect(await version.locator('del').allInnerTexts()).toEqual(['nobody ', 'will ', 'when a friend asks me '].map((text) => expect.stringContaining(text.trim())))
  expect(await version.locator('ins').allInnerTexts()).toEqual(['somebody ', 'should not have to ', 'second '].map((text) => expect.stringContaining(text.trim())))
  await version.getByText('by you').waitFor()
  await version.getByRole('heading', { name: new RegExp(String(new Date().getDate()), 'u') }).waitFor()
  await version.getByRole('button', { name: 'Bring this back' }).click()
  await expect.poll(() => page.getByLabel('Line 1', { exact: true }).inputValue()).toBe('WORDS nobody else will say to him')
  await page.getByRole('button', { name: 'Take away “when a friend asks me”' }).waitFor()
  /* What was there before bringing back is kept too. */
  await page.getByText('How it was before (2)').waitFor()

  await page.getByRole('button', { name: 'Retire it' }).click()
  await page.locator('.standing', { hasText: 'Retired' }).waitFor()
  await page.keyboard.press('Control+z')
  await page.locator('.standing', { hasText: 'In force' }).waitFor()
  await page.getByRole('button', { name: 'Retire it' }).click()
  await goTo(page, 'Values')
  await page.getByRole('link', { name: /Honesty.*Retired/u }).click()
  await page.getByRole('button', { name: 'Put it in force' }).click()
  await page.locator('.standing', { hasText: 'In force' }).waitFor()
  expect(errors).toEqual([])
  await browser.close()
}, 240_000)

it('in a window that is made narrower every field grows with its words, and shrinks again', async () => {
  const browser = await openChromium()
  const { page, errors } = await openPage(browser, app.address)
  await writeValue(page, { story: 'I told him the truth about his book, and then about the second one, which he had not shown to anybody else.', lines: ['WORDS that nobody else will say to him, however long they have known each other, and that he would rather hear from me today than from a stranger in the paper next week'], name: 'Honesty', when: 'when a friend asks me' })
  const line = page.getByLabel('Line 1', { exact: true })
  const hidden = (): Promise<number> => page.locator('textarea').evaluateAll((areas) => Math.max(...areas.map((area) => area.scrollHeight - area.clientHeight)))
  const tall = (): Promise<number> => line.evaluate((area) => area.clientHeight)
  const before = await tall()
  await page.setViewportSize({ width: 360, height: 640 })
  await expect.poll(tall).toBeGreaterThan(before)
  expect(await hidden()).toBeLessThanOrEqual(0)
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect.poll(tall).toBe(before)
  expect(errors).toEqual([])
  await browser.close()
}, 240_000)

it('words pasted from a page or a messenger are taken without the marks in them that nobody sees', async () => {
  const browser = await openChromium()
  const { page, errors } = await openPage(browser, app.address)
  await writeValue(page, { story: 'I called her.', lines: ['CALLS that I put off'], name: 'Calling', when: 'when a friend is ill' })
  const line = page.getByLabel('Line 1', { exact: true })
  await line.fill('CALLS that\u0002 I put \u202Aoff\u202C\u0007, and לילה\u200F besides')
  await expect.poll(() => line.inputValue()).toBe('CALLS that I put off, and לילה\u200F besides')
  expect(await page.locator('.toasts').innerText()).not.toContain('control character')
  await whenSaved(page)
  await page.reload()
  await expect.poll(() => line.inputValue()).toBe('CALLS that I put off, and לילה\u200F besides')
  expect(errors).toEqual([])
  await browser.close()
}, 240_000)

const secret = ['Xyloname', 'xylostory', 'XYLOLINES', 'xylomended']

it('a card that is forgotten for good is asked about once, and is then in no window, not in the browser’s store, and in no later one', async () => {
  const context = await chromium.launchPersistentContext(profile, { executablePath: process.env['CHROMIUM'] ?? '', args: chromiumFlags })
  const page = await context.newPage()
  await page.goto(app.address)
  await writeValue(page, { story: 'The xylostory of my week.', lines: ['XYLOLINES that somebody says'], name: 'Xyloname', when: 'when I am tired' })
  await page.getByLabel('What gets in its way').fill('A xylomended hurry')
  await whenSaved(page)
  const here = page.url()
  /* They are sealed, so that the rows themselves stand for the words. */
  await expect.poll(() => rowsOfCache(page).then((rows) => rows.length)).toBeGreaterThan(0)
  const before = await rowsOfCache(page)
  const other = await context.newPage()
  await other.goto(here)
  await other.getByRole('heading', { level: 1, name: 'Xyloname' }).waitFor()

  await page.getByRole('button', { name: 'Retire it' }).click()
  await page.getByRole('button', { name: 'Forget for good' }).click()
  const question = page.getByRole('alertdialog', { name: 'Forget ‘Xyloname’ for good?' })
  await question.getByText('This cannot be taken back').waitFor()
  await question.getByRole('button', { name: 'Leave it' }).click()
  await page.getByRole('heading', { level: 1, name: 'Xyloname' }).waitFor()
  await page.getByRole('button', { name: 'Forget for good' }).click()
  await question.getByRole('button', { name: 'Forget for good' }).click()
  await page.getByText('Forgotten.').waitFor()

  await other.getByRole('heading', { level: 1, name: 'This card is not here' }).waitFor()
  for (const each of [page, other]) await whenSaved(each)
  await page.keyboard.press('Control+z')
  for (const each of [page, other]) await expect.poll(() => rowsOfCache(each).then((rows) => [rows.length > 0, rows.filter((row) => before.includes(row) || secret.some((word) => row.includes(word)))])).toEqual([true, []])
  /* The store goes on, in both windows. */
  const rows = await rowsOfCache(page)
  await other.goto(`${new URL(app.address).origin}/#/words`)
  await other.getByRole('link', { name: 'Just write the card' }).click()
  await other.getByLabel('What happened').fill('Another afternoon')
  await expect.poll(() => rowsOfCache(page).then((now) => now.some((row) => !rows.includes(row)))).toBe(true)
  await context.close()

  /* What the browser keeps of a page on its own account holds no field of it either. */
  const own = await filesOf(join(profile, 'Default'), /Sessions|Web Data/u)
  expect(own.length).toBeGreaterThan(0)
  expect(['xylostory', 'XYLOLINES', 'xylomended'].filter((word) => own.some((bytes) => bytes.includes(word) || bytes.includes(Buffer.from(word, 'utf16le'))))).toEqual([])
  const home = await filesOf(app.home, /./u)
  expect(secret.filter((word) => home.some((bytes) => bytes.includes(word)))).toEqual([])
}, 240_000)

async function filesOf(folder: string, pattern: RegExp): Promise<readonly Buffer[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile() && pattern.test(join(file.parentPath, file.name).slice(folder.length)))
  return await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name))))
}
