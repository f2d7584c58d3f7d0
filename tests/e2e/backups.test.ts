/** The section "Backups" in a real Chromium: a card is forgotten and comes back; a backup and its words bring a new home everything. */
import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { faultsOf } from '../support/axe.ts'
import { goTo, writeValue } from '../support/notebook.ts'
import { openChromium, openPage, startApp, type App } from '../support/window.ts'

let browser: Browser
const apps: App[] = []

beforeAll(async () => {
  browser = await openChromium()
})
afterAll(async () => {
  await browser.close()
  for (const app of apps) await app.end()
})

async function open(options: BrowserContextOptions = {}): Promise<{ readonly app: App; readonly page: Page; readonly errors: string[] }> {
  const app = await startApp()
  apps.push(app)
  return { app, ...(await openPage(browser, app.address, { reducedMotion: 'reduce', ...options })) }
}

async function toDevices(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Devices' }).click()
  await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor()
}

const section = (page: Page) => page.locator('section.backups')
const value = { story: 'A friend sat with me.', lines: ['MOMENTS where nobody has to speak'], name: 'Sitting with someone', when: 'when someone grieves' }

it('a snapshot brings back what was there, after showing what would change', async () => {
  const { page, errors } = await open()
  await goTo(page, 'Values')
  await writeValue(page, value)
  await toDevices(page)
  await section(page).getByRole('button', { name: 'Take a snapshot now' }).click()
  await section(page).getByText('A snapshot was taken, and read back.').waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Take a snapshot now')
  await goTo(page, 'Values')
  await page.getByRole('link', { name: /Sitting with someone/u }).click()
  await page.getByRole('button', { name: 'Retire it' }).click()
  await page.getByRole('button', { name: 'Forget for good' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Forget for good' }).click()
  await page.getByText('Forgotten.').waitFor()
  await toDevices(page)
  await section(page).getByRole('button', { name: /^See what going back would change/u }).first().click()
  const plan = page.locator('.plan')
  await plan.getByText('Sitting with someone').first().waitFor()
  await plan.getByRole('button', { name: 'Go back to this' }).click()
  await section(page).getByText('Your notebook says again what it said then.').waitFor()
  await goTo(page, 'Values')
  await page.getByRole('link', { name: /Sitting with someone/u }).waitFor()
  expect(errors).toEqual([])
})

it('a backup and its words, shown once, bring everything into a new home', async () => {
  const { page, errors } = await open({ acceptDownloads: true })
  await goTo(page, 'Values')
  await writeValue(page, value)
  await toDevices(page)
  const saving = page.waitForEvent('download')
  await section(page).getByRole('button', { name: 'Make a backup now' }).click()
  const file = await (await saving).path()
  expect((await readFile(file)).includes('nobody has to speak')).toBe(false)
  const words = await section(page).locator('.words li').allTextContents()
  expect(words).toHaveLength(24)
  await look(page)
  await section(page).getByRole('button', { name: 'I have written them down' }).click()
  expect(await page.getByText(words.join(' ')).count()).toBe(0)

  const other = await open()
  await toDevices(other.page)
  await section(other.page).locator('input[type=file]').setInputFiles(file)
  await section(other.page).getByLabel('Its 24 words').fill([...words.slice(1), words[0]].join(' '))
  await section(other.page).getByRole('button', { name: 'See what it would change' }).click()
  await section(other.page).locator('.notice').waitFor()
  await section(other.page).getByLabel('Its 24 words').fill(words.join(' '))
  await section(other.page).getByRole('button', { name: 'See what it would change' }).click()
  await other.page.locator('.plan').getByText('Sitting with someone').first().waitFor()
  await other.page.locator('.plan').getByRole('button', { name: 'Go back to this' }).click()
  await section(other.page).getByText('Your notebook says again').waitFor()
  await goTo(other.page, 'Values')
  await other.page.getByRole('link', { name: /Sitting with someone/u }).waitFor()
  expect([...errors, ...other.errors]).toEqual([])
})

it.each([['dark', { colorScheme: 'dark' }], ['200 %', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }], ['narrow, in German', { viewport: { width: 360, height: 640 }, locale: 'de-DE' }]] as const)('%s: nothing for axe, nothing out of the window', async (_, options) => {
  const { page } = await open(options)
  await page.evaluate(() => void (location.hash = '#/devices'))
  await section(page).locator('.button').nth(1).click()
  await section(page).locator('.snapshot').waitFor()
  await section(page).locator('.snapshot .button').first().click()
  await page.locator('.plan').waitFor()
  await look(page)
})

async function look(page: Page): Promise<void> {
  expect(await faultsOf(page, '.backups')).toEqual([])
  const pictures = process.env['PICTURES']
  if (pictures !== undefined) await section(page).screenshot({ path: `${pictures}/backups-${page.viewportSize()?.width}-${Math.round(performance.now())}.png` })
}
